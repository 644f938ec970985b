"""A k-d tree over patches in principal components, which prunes without ever being wrong.

Blurred patches fill few of their 75 dimensions, so a box in a dozen principal components, and in the
length of what these leave over, already tells most patches apart. The tree only says which patches
cannot be nearer than a limit; distances themselves are integers, computed elsewhere. That is how a
search is fast and its answer still does not depend on rounding (paper, §5.2).
"""

from typing import NamedTuple

import numpy as np
from scipy.linalg import eigh

from refocuslab.running.kernels import kernel
from refocuslab.running.threads import one_thread_each

# Patches in a leaf, and children of a node. A processor waits longer for a node than it takes to work out
# sixteen bounds, and these in one go; so nodes are wide and few, and leaves large.
LEAF, FAN = 128, 16
# Principal components, and last the length of what they leave over. Constants, so that the loops over
# them compile to a few vector instructions; most patches are told to be too far by the first half.
COORDINATES, HALF = 16, 8
# Room for the nodes still to be visited: fewer than FAN wait on each of the levels.
STACK = 160
FAR = np.float32(1e9)
# Photographs have nine tenths of their variance and more in the components. Where these hold less than this,
# as in grain, boxes tell nothing apart.
PROMISING = 0.75
# Rounding may make a bound too high by 3e-3 of its root at the most; 1e-3 of the bound and 1 are more.
SAFE_SHARE, SAFE_STEP = np.float32(0.999), np.float32(1.0)


class Tree(NamedTuple):
    """Boxes round ever smaller groups of patches: node 0 is the root, M nodes in all.

    first: (M,) int32, the number of each node's first child; its others follow. Numbers from M upwards
    are leaves. children: (M,) int32, how many it has, at most 16. boxes: (M, 2, 16, 16) float32, lower
    and upper corners of the children: coordinate, child. starts: (L + 1,) int64, where each leaf begins in
    `patches`. patches: (N,) int32, library indices. rows: (N, D) uint8, the patches in the order of the
    leaves. lanes: (L, 16, LEAF) float32, their components, leaf by leaf; FAR where a leaf holds fewer.
    mean (D,), axes (D, 16) float64: from a patch to its components (the last axis is zero).
    """

    first: np.ndarray
    children: np.ndarray
    boxes: np.ndarray
    starts: np.ndarray
    patches: np.ndarray
    rows: np.ndarray
    lanes: np.ndarray
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

    def judge(self, given_up: int, tried: int) -> bool:
        useful = 2 * given_up <= tried
        self._shares = 0 if useful else self._rest
        return useful


def build_tree(rows: np.ndarray, dimensions: np.ndarray | None = None, *, least: float = 0.0) -> Tree | None:
    """Tree of (N, D) uint8 patches; bounds hold for the squared distance in the chosen dimensions.

    dimensions: (D,) bool, those that a distance counts; all by default. least: None where the
    components hold less of the patches' variance than this share.
    """
    count, depth = rows.shape
    chosen = np.ones(depth, bool) if dimensions is None else dimensions
    mean, axes, share = principal_axes(rows, chosen)
    if share < least:
        return None
    points = np.empty((count, COORDINATES), np.float32)
    _project_all(rows, mean, axes, chosen.astype(np.float64), points)
    patches = np.arange(count, dtype=np.int32)
    leaves = 1 << max(0, int(np.ceil(np.log2(count / LEAF))))
    starts = np.arange(leaves + 1) * count // leaves
    _split(points, patches, starts)
    points = points[patches]
    lanes = np.full((leaves, COORDINATES, LEAF), FAR, np.float32)
    _lay(points, starts, lanes)
    first, children = _family(leaves)
    return Tree(
        first, children, boxes_round(points, starts), starts, patches, rows[patches], lanes, mean, axes
    )


def _levels(leaves: int) -> list[int]:
    """How many nodes there are on each level, from the root down."""
    sizes = [-(-leaves // FAN)]
    while sizes[0] > 1:
        sizes.insert(0, -(-sizes[0] // FAN))
    return sizes


def _family(leaves: int):
    """first and children of all nodes."""
    first, children, before = [], [], 0
    sizes = _levels(leaves)
    for size, below in zip(sizes, [*sizes[1:], leaves], strict=True):
        before += size
        place = FAN * np.arange(size)
        first.append(before + place)
        children.append(np.minimum(FAN, below - place))
    return np.concatenate(first).astype(np.int32), np.concatenate(children).astype(np.int32)


def boxes_round(points, starts) -> np.ndarray:
    """(M, 2, K, 16): of every node the lower and upper corners of its children's boxes round the (N, K)
    points, which lie leaf by leaf."""
    lower = np.minimum.reduceat(points, starts[:-1], axis=0)
    upper = np.maximum.reduceat(points, starts[:-1], axis=0)
    levels = []
    while not levels or len(lower) > 1:
        size = -(-len(lower) // FAN)
        level = np.zeros((2, size * FAN, points.shape[1]), points.dtype)
        level[0, : len(lower)], level[1, : len(upper)] = lower, upper
        levels.insert(0, level.reshape(2, size, FAN, -1).transpose(1, 0, 3, 2))
        groups = np.arange(0, len(lower), FAN)
        lower, upper = np.minimum.reduceat(lower, groups, axis=0), np.maximum.reduceat(upper, groups, axis=0)
    return np.ascontiguousarray(np.concatenate(levels))


def principal_axes(rows, chosen, sample: int = 20_000):
    """Mean (D,), the first 15 principal axes of the chosen dimensions, (D, 16), the rest zero, and the share
    of the variance that they hold."""
    some = rows[:: max(1, len(rows) // sample)].astype(np.float64)
    mean = some.mean(axis=0)
    kept = min(COORDINATES - 1, int(chosen.sum()))
    depth = some.shape[1]
    axes, share = np.zeros((depth, COORDINATES)), 1.0
    # Work this small takes many times as long where BLAS hands it to threads, which then wait for it.
    with one_thread_each():
        scatter = (some - mean).T @ (some - mean)
        scatter[~chosen] = 0
        scatter[:, ~chosen] = 0
        if kept:
            values, vectors = eigh(scatter, subset_by_index=(depth - kept, depth - 1))
            axes[:, :kept] = vectors[:, ::-1]
            # Of patches that are all alike nothing is left over.
            share = values.sum() / np.trace(scatter) if scatter.any() else 1.0
    axes[~chosen] = 0
    return mean, axes, share


@kernel(fastmath={"reassoc", "contract"})
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


@kernel
def _project_all(rows, mean, axes, weights, out):
    for i in range(len(rows)):
        project(rows[i], mean, axes, weights, out[i])


@kernel
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


@kernel
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


@kernel
def _lay(points, starts, lanes):
    for leaf in range(len(lanes)):
        for i in range(starts[leaf], starts[leaf + 1]):
            lanes[leaf, :, i - starts[leaf]] = points[i]


@kernel(fastmath={"reassoc", "contract", "nnan"})
def box_bounds(boxes, node, point, bounds):
    """Squared distances that no patch in the boxes of a node's children can undercut, into (16,) bounds."""
    # Four coordinates at a time: compilers make vector instructions of that, and not of more.
    for first in range(0, COORDINATES, 4):
        for c in range(FAN):
            bound = np.float32(0) if first == 0 else bounds[c]
            for m in range(4):
                value = point[first + m]
                below, above = boxes[node, 0, first + m, c] - value, value - boxes[node, 1, first + m, c]
                gap = max(max(below, above), np.float32(0))
                bound += gap * gap
            bounds[c] = bound
    for c in range(FAN):
        bounds[c] = bounds[c] * SAFE_SHARE - SAFE_STEP


@kernel(fastmath={"reassoc", "contract", "nnan"})
def patch_bounds(lanes, leaf, point, limit, bounds):
    """The same for the patches of a leaf, into `bounds` (LEAF,). False: all are beyond the limit."""
    within = np.int32(0)
    for i in range(LEAF):
        bound = np.float32(0)
        for m in range(HALF):
            gap = lanes[leaf, m, i] - point[m]
            bound += gap * gap
        bounds[i] = bound
    for i in range(LEAF):
        within += np.int32(bounds[i] * SAFE_SHARE - SAFE_STEP <= limit)
    if within == 0:
        return False
    for i in range(LEAF):
        bound = bounds[i]
        for m in range(HALF, COORDINATES):
            gap = lanes[leaf, m, i] - point[m]
            bound += gap * gap
        bounds[i] = bound * SAFE_SHARE - SAFE_STEP
    return True


@kernel(fastmath={"reassoc"})
def own_bounds(boxes, node, window, counted, bounds):
    """As box_bounds, for uint8 boxes in the patch's own dimensions, of which those with counted 255 count."""
    totals = np.zeros(FAN, np.int32)
    for j in range(len(window)):
        if counted[j]:
            value = np.int32(window[j])
            for c in range(FAN):
                below = np.int32(boxes[node, 0, j, c]) - value
                gap = max(max(below, value - np.int32(boxes[node, 1, j, c])), np.int32(0))
                totals[c] += gap * gap
    for c in range(FAN):
        bounds[c] = np.float32(totals[c]) * SAFE_SHARE


@kernel
def next_leaf(first, children, boxes, point, limit, nodes, bounds, top):
    """The next leaf that may hold a patch within the limit: (leaf or -1, what is left of the stack).

    Start with nodes[0] = 0, bounds[0] = 0 and top = 1. `limit` may fall from call to call.
    """
    found = bounds[STACK:]
    while top > 0:
        top -= 1
        node = nodes[top]
        if bounds[top] > limit:
            continue
        if node >= len(first):
            return node - len(first), top
        box_bounds(boxes, node, point, found)
        top = _stack(first[node], children[node], found, limit, nodes, bounds, top)
    return -1, top


@kernel
def next_leaf_of_some(first, children, boxes, window, counted, limit, nodes, bounds, top):
    """As next_leaf, for uint8 boxes and any subset of the dimensions."""
    found = bounds[STACK:]
    while top > 0:
        top -= 1
        node = nodes[top]
        if bounds[top] > limit:
            continue
        if node >= len(first):
            return node - len(first), top
        own_bounds(boxes, node, window, counted, found)
        top = _stack(first[node], children[node], found, limit, nodes, bounds, top)
    return -1, top


@kernel
def _stack(first, children, found, limit, nodes, bounds, top):
    """Put the children within the limit on the stack, the nearest of them on top."""
    base, nearest, least = top, top, np.float32(np.inf)
    for c in range(children):
        # Written in any case and kept or not: a branch that nothing foretells would cost more.
        nodes[top], bounds[top] = first + c, found[c]
        nearest, least = (top, found[c]) if found[c] < least else (nearest, least)
        top += found[c] <= limit
    if top > base:
        last = top - 1
        nodes[nearest], nodes[last] = nodes[last], nodes[nearest]
        bounds[nearest], bounds[last] = bounds[last], bounds[nearest]
    return top


@kernel(fastmath={"reassoc"})
def squared_distance(rows, i, window):
    """Sum of squared differences of row i and a patch, uint8: an exact int32 (below 2^31 for up to 31 x 31).

    Rows and their number, as a row of its own would be counted, by all threads in the same place.
    """
    total = np.int32(0)
    for j in range(len(window)):
        step = np.int32(rows[i, j]) - np.int32(window[j])
        total += step * step
    return total
