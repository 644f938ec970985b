"""A k-d tree over patches in principal components, which prunes without ever being wrong.

Blurred patches fill few of their 75 dimensions, so a box in a dozen principal components, and in the
length of what these leave over, already tells most patches apart. The tree only says which patches
cannot be nearer than a limit; distances themselves are integers, computed elsewhere. That is how a
search is fast and its answer still does not depend on rounding (paper, §5.2).
"""

from typing import NamedTuple

import numpy as np
from numba import njit

LEAF = 16
COMPONENTS = 15
# Rounding may make a bound too high by 3e-3 of its root at the most; 1e-3 of the bound and 1 are more.
SAFE_SHARE, SAFE_STEP = np.float32(0.999), np.float32(1.0)


class Tree(NamedTuple):
    """Boxes round ever smaller groups of patches. Node 1 is the root, 2i and 2i + 1 are i's children.

    lower, upper: (2 L, M) float32, the box of every node. starts: (L + 1,) int64, where each of the L
    leaves begins in `patches`. patches: (N,) int32, library indices. rows: (N, D) uint8, the patches in
    the order of the leaves. mean (D,), axes (D, M - 1) float64: from a patch to its components.
    """

    lower: np.ndarray
    upper: np.ndarray
    starts: np.ndarray
    patches: np.ndarray
    rows: np.ndarray
    mean: np.ndarray
    axes: np.ndarray


def build_tree(rows: np.ndarray, dimensions: np.ndarray | None = None) -> Tree:
    """Tree of (N, D) uint8 patches; bounds hold for the squared distance in the chosen dimensions.

    dimensions: (D,) bool, those that a distance counts; all by default.
    """
    count, depth = rows.shape
    chosen = np.ones(depth, bool) if dimensions is None else dimensions
    mean, axes = principal_axes(rows, chosen)
    points = np.empty((count, axes.shape[1] + 1), np.float32)
    _project_all(rows, mean, axes, chosen.astype(np.float64), points)
    patches = np.arange(count, dtype=np.int32)
    leaves = 1 << max(0, int(np.ceil(np.log2(count / LEAF))))
    starts = np.arange(leaves + 1) * count // leaves
    _split(points, patches, starts)
    lower, upper = boxes(points[patches], starts)
    return Tree(lower, upper, starts, patches, rows[patches], mean, axes)


def principal_axes(rows, chosen, sample: int = 20_000):
    """Mean (D,) and the first principal axes (D, M) of the chosen dimensions; others are zero."""
    some = rows[:: max(1, len(rows) // sample)].astype(np.float64)
    mean = some.mean(axis=0)
    scatter = (some - mean).T @ (some - mean)
    scatter[~chosen] = 0
    scatter[:, ~chosen] = 0
    _, vectors = np.linalg.eigh(scatter)
    kept = min(COMPONENTS, int(chosen.sum()))
    axes = np.ascontiguousarray(vectors[:, ::-1][:, :kept])
    axes[~chosen] = 0
    return mean, axes


@njit(cache=True, nogil=True, fastmath={"reassoc", "contract"})
def project(row, mean, axes, weights, out):
    """Components of a patch, and last the length of what they leave over.

    The distance between two such vectors is never more than that between the patches.
    """
    kept = axes.shape[1]
    sums = np.zeros(kept)
    length = 0.0
    for j in range(len(row)):
        value = (row[j] - mean[j]) * weights[j]
        length += value * value
        for m in range(kept):
            sums[m] += value * axes[j, m]
    for m in range(kept):
        length -= sums[m] * sums[m]
        out[m] = sums[m]
    out[kept] = np.sqrt(max(length, 0.0))


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
def boxes(points, starts):
    """Lower and upper corners (2 L, M) of the boxes round the (N, M) points of every node."""
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
    for node in range(leaves - 1, 0, -1):
        for m in range(points.shape[1]):
            lower[node, m] = min(lower[2 * node, m], lower[2 * node + 1, m])
            upper[node, m] = max(upper[2 * node, m], upper[2 * node + 1, m])
    return lower, upper


@njit(cache=True, nogil=True, fastmath={"reassoc", "contract", "nnan"})
def bound(lower, upper, point, weights):
    """A squared distance that no patch of the box can undercut."""
    total = np.float32(0)
    for m in range(len(point)):
        gap = max(lower[m] - point[m], point[m] - upper[m])
        gap = max(gap, np.float32(0)) * weights[m]
        total += gap * gap
    return total * SAFE_SHARE - SAFE_STEP


@njit(cache=True, nogil=True)
def next_leaf(lower, upper, point, weights, limit, nodes, bounds, top):
    """The next leaf that may hold a patch within the limit: (leaf or -1, what is left of the stack).

    Start with nodes[0] = 1, bounds[0] = 0 and top = 1. `limit` may fall from call to call.
    """
    leaves = len(lower) // 2
    while top > 0:
        top -= 1
        if bounds[top] > limit:
            continue
        node = nodes[top]
        while node < leaves:
            near, far = 2 * node, 2 * node + 1
            near_bound = bound(lower[near], upper[near], point, weights)
            far_bound = bound(lower[far], upper[far], point, weights)
            if far_bound < near_bound:
                near, far = far, near
                near_bound, far_bound = far_bound, near_bound
            if far_bound <= limit:
                nodes[top], bounds[top] = far, far_bound
                top += 1
            if near_bound > limit:
                node = 0
                break
            node = near
        if node > 0:
            return node - leaves, top
    return -1, top


@njit(cache=True, nogil=True, fastmath={"reassoc"})
def squared_distance(a, b):
    """Sum of squared differences of two uint8 patches: an exact int32 (below 2^31 for up to 31 x 31)."""
    total = np.int32(0)
    for j in range(len(a)):
        step = np.int32(a[j]) - np.int32(b[j])
        total += step * step
    return total
