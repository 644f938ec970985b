"""A k-d tree over patches in principal components, which prunes without ever being wrong.

Blurred patches fill few of their 75 dimensions, so a box in a dozen principal components, and in the
length of what these leave over, already tells most patches apart. The tree only says which patches
cannot be nearer than a limit; distances themselves are integers, computed elsewhere. That is how a
search is fast and its answer still does not depend on rounding (paper, §5.2).
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from scipy.linalg import eigh

from refocuslab.linear import one_thread_each

LEAF = 8
# Principal components, and last the length of what they leave over. A constant, so that the loop over
# them compiles to a few vector instructions.
COORDINATES = 16
# Rounding may make a bound too high by 3e-3 of its root at the most; 1e-3 of the bound and 1 are more.
SAFE_SHARE, SAFE_STEP = np.float32(0.999), np.float32(1.0)


class Tree(NamedTuple):
    """Boxes round ever smaller groups of patches. Node 1 is the root, 2i and 2i + 1 are i's children,
    L and above are leaves.

    pairs: (L, 4, 16) float32, of every inner node the lower and upper corners of its two children.
    starts: (L + 1,) int64, where each leaf begins in `patches`. patches: (N,) int32, library indices.
    rows: (N, D) uint8, the patches in the order of the leaves. mean (D,), axes (D, 16) float64: from a
    patch to its components (the last axis is zero).
    """

    pairs: np.ndarray
    starts: np.ndarray
    patches: np.ndarray
    rows: np.ndarray
    mean: np.ndarray
    axes: np.ndarray


class Trial:
    """Whether a tree is worth entering: for a while after most pixels of a share gave up, it is not.

    Searches give the same result either way, so threads may share a trial without a lock.
    """

    def __init__(self, rest: int = 15):
        self._rest, self._shares = rest, 0

    def worth(self) -> bool:
        self._shares -= 1
        return self._shares < 0

    def judge(self, given_up: int, tried: int) -> None:
        self._shares = self._rest if 2 * given_up > tried else 0


def build_tree(rows: np.ndarray, dimensions: np.ndarray | None = None) -> Tree:
    """Tree of (N, D) uint8 patches; bounds hold for the squared distance in the chosen dimensions.

    dimensions: (D,) bool, those that a distance counts; all by default.
    """
    count, depth = rows.shape
    chosen = np.ones(depth, bool) if dimensions is None else dimensions
    mean, axes = principal_axes(rows, chosen)
    points = np.empty((count, COORDINATES), np.float32)
    _project_all(rows, mean, axes, chosen.astype(np.float64), points)
    patches = np.arange(count, dtype=np.int32)
    leaves = 1 << max(0, int(np.ceil(np.log2(count / LEAF))))
    starts = np.arange(leaves + 1) * count // leaves
    _split(points, patches, starts)
    return Tree(pairs(points[patches], starts), starts, patches, rows[patches], mean, axes)


def principal_axes(rows, chosen, sample: int = 20_000):
    """Mean (D,) and the first 15 principal axes of the chosen dimensions, (D, 16); the rest is zero."""
    some = rows[:: max(1, len(rows) // sample)].astype(np.float64)
    mean = some.mean(axis=0)
    kept = min(COORDINATES - 1, int(chosen.sum()))
    depth = some.shape[1]
    axes = np.zeros((depth, COORDINATES))
    # Work this small takes many times as long where BLAS hands it to threads, which then wait for it.
    with one_thread_each():
        scatter = (some - mean).T @ (some - mean)
        scatter[~chosen] = 0
        scatter[:, ~chosen] = 0
        if kept:
            _, vectors = eigh(scatter, subset_by_index=(depth - kept, depth - 1))
            axes[:, :kept] = vectors[:, ::-1]
    axes[~chosen] = 0
    return mean, axes


@njit(cache=True, nogil=True, fastmath={"reassoc", "contract"})
def project(row, mean, axes, weights, out):
    """Components of a patch, and last the length of what they leave over.

    The distance between two such vectors is never more than that between the patches.
    """
    sums = np.zeros(COORDINATES)
    length = 0.0
    for j in range(len(row)):
        value = (row[j] - mean[j]) * weights[j]
        length += value * value
        for m in range(COORDINATES):
            sums[m] += value * axes[j, m]
    for m in range(COORDINATES - 1):
        length -= sums[m] * sums[m]
        out[m] = sums[m]
    out[COORDINATES - 1] = np.sqrt(max(length, 0.0))


@njit(cache=True, nogil=True)
def _project_all(rows, mean, axes, weights, out):
    for i in range(len(rows)):
        project(rows[i], mean, axes, weights, out[i])


@njit(cache=True, nogil=True)
def _split(points, patches, starts):
    """Sort patches so that each node's half with the lower values in its widest component comes first."""
    leaves = len(starts) - 1
    width = leaves
    while width > 1:
        for first in range(0, leaves, width):
            start, end = starts[first], starts[first + width]
            middle = starts[first + width // 2]
            _halve(points, patches, start, middle, end)
        width //= 2


@njit(cache=True, nogil=True)
def _halve(points, patches, start, middle, end):
    widest, reach = 0, np.float32(-1)
    for m in range(points.shape[1]):
        low = high = points[patches[start], m]
        for i in range(start + 1, end):
            low = min(low, points[patches[i], m])
            high = max(high, points[patches[i], m])
        if high - low > reach:
            widest, reach = m, high - low
    low, high = start, end - 1
    while low < high:
        # Hoare's selection with the median of three as the pivot.
        a = points[patches[low], widest]
        b = points[patches[(low + high) // 2], widest]
        c = points[patches[high], widest]
        pivot = max(min(a, b), min(max(a, b), c))
        i, j = low, high
        while i <= j:
            while points[patches[i], widest] < pivot:
                i += 1
            while points[patches[j], widest] > pivot:
                j -= 1
            if i <= j:
                patches[i], patches[j] = patches[j], patches[i]
                i += 1
                j -= 1
        if middle <= j:
            high = j
        elif middle >= i:
            low = i
        else:
            return


@njit(cache=True, nogil=True)
def pairs(points, starts):
    """(L, 4, M): of every inner node the lower and upper corners of its children's boxes round the
    (N, M) points."""
    leaves = len(starts) - 1
    lower = np.zeros((2 * leaves, points.shape[1]), points.dtype)
    upper = np.zeros((2 * leaves, points.shape[1]), points.dtype)
    for leaf in range(leaves):
        low, high = lower[leaves + leaf], upper[leaves + leaf]
        low[:] = points[starts[leaf]]
        high[:] = points[starts[leaf]]
        for i in range(starts[leaf] + 1, starts[leaf + 1]):
            for m in range(points.shape[1]):
                low[m] = min(low[m], points[i, m])
                high[m] = max(high[m], points[i, m])
    together = np.zeros((leaves, 4, points.shape[1]), points.dtype)
    for node in range(leaves - 1, 0, -1):
        for m in range(points.shape[1]):
            together[node, 0, m], together[node, 1, m] = lower[2 * node, m], upper[2 * node, m]
            together[node, 2, m], together[node, 3, m] = lower[2 * node + 1, m], upper[2 * node + 1, m]
            lower[node, m] = min(lower[2 * node, m], lower[2 * node + 1, m])
            upper[node, m] = max(upper[2 * node, m], upper[2 * node + 1, m])
    return together


@njit(cache=True, nogil=True, fastmath={"reassoc", "contract", "nnan"})
def component_bounds(pair, point):
    """Two squared distances that no patch in the left, in the right of two boxes can undercut."""
    left = right = np.float32(0)
    for m in range(COORDINATES):
        gap = max(max(pair[0, m] - point[m], point[m] - pair[1, m]), np.float32(0))
        left += gap * gap
        gap = max(max(pair[2, m] - point[m], point[m] - pair[3, m]), np.float32(0))
        right += gap * gap
    return left * SAFE_SHARE - SAFE_STEP, right * SAFE_SHARE - SAFE_STEP


@njit(cache=True, nogil=True, fastmath={"reassoc"})
def own_bounds(pair, window, counted):
    """The same for uint8 boxes in the patch's own dimensions, of which those with counted 255 count."""
    left = right = np.int32(0)
    for j in range(len(window)):
        value = np.int32(window[j])
        gap = max(max(np.int32(pair[0, j]) - value, value - np.int32(pair[1, j])), 0) & counted[j]
        left += gap * gap
        gap = max(max(np.int32(pair[2, j]) - value, value - np.int32(pair[3, j])), 0) & counted[j]
        right += gap * gap
    return np.float32(left) * SAFE_SHARE, np.float32(right) * SAFE_SHARE


@njit(cache=True, nogil=True)
def next_leaf(pairs, point, limit, nodes, bounds, top):
    """The next leaf that may hold a patch within the limit: (leaf or -1, what is left of the stack).

    Start with nodes[0] = 1, bounds[0] = 0 and top = 1. `limit` may fall from call to call.
    """
    leaves = len(pairs)
    while top > 0:
        top -= 1
        node = nodes[top]
        if bounds[top] > limit:
            continue
        while 0 < node < leaves:
            left, right = component_bounds(pairs[node], point)
            node, top = _descend(node, left, right, limit, nodes, bounds, top)
        if node > 0:
            return node - leaves, top
    return -1, top


@njit(cache=True, nogil=True)
def next_leaf_of_some(pairs, window, counted, limit, nodes, bounds, top):
    """As next_leaf, for uint8 boxes and any subset of the dimensions."""
    leaves = len(pairs)
    while top > 0:
        top -= 1
        node = nodes[top]
        if bounds[top] > limit:
            continue
        while 0 < node < leaves:
            left, right = own_bounds(pairs[node], window, counted)
            node, top = _descend(node, left, right, limit, nodes, bounds, top)
        if node > 0:
            return node - leaves, top
    return -1, top


@njit(cache=True, nogil=True)
def _descend(node, left, right, limit, nodes, bounds, top):
    """The nearer child, or 0 if it is too far; the farther one goes on the stack if it is not."""
    near, far = 2 * node, 2 * node + 1
    if right < left:
        near, far = far, near
        left, right = right, left
    if right <= limit:
        nodes[top], bounds[top] = far, right
        top += 1
    return (near if left <= limit else 0), top


@njit(cache=True, nogil=True, fastmath={"reassoc"})
def squared_distance(a, b):
    """Sum of squared differences of two uint8 patches: an exact int32 (below 2^31 for up to 31 x 31)."""
    total = np.int32(0)
    for j in range(len(a)):
        step = np.int32(a[j]) - np.int32(b[j])
        total += step * step
    return total
