"""A k-d tree over patches in principal components, which prunes without ever being wrong.

Blurred patches fill few of their 75 dimensions, so a box in a dozen principal components, and in the
length of the residual, already tells most patches apart. The tree only says which patches cannot be
nearer than a limit (``descent.py``); distances themselves are integers, computed elsewhere. So a
search is fast and its answer still does not depend on rounding (paper, §5.2).
"""

from itertools import pairwise
from typing import NamedTuple, TypeVar, overload

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh

from refocuslab.running.kernels import kernel
from refocuslab.running.progress import breathe
from refocuslab.running.threads import in_parts, one_thread_each, pool, thread_count

# Patches in a leaf, and children of a node. A processor waits longer for a node than it takes to work out
# sixteen bounds, and these in one go; so nodes are wide and few, and leaves large.
LEAF, FAN = 128, 16
# Dimensions of the tree: 15 principal components, and the length of the residual. A constant, so that the
# loops over it compile to a few vector instructions.
COORDINATES = 16
# Components of the padding of a leaf that is not full: beyond every limit.
FAR = np.float32(1e9)
# The least share of the variance that the components must hold for a tree to be built: photographs have
# 0.9 or more in them, grain less than this, and there no box rules anything out.
PROMISING = 0.75
# Patches that are projected between two breaths: some 50 ms.
AT_ONCE = 100_000
# In how many parts, at the least, the lower levels of a tree are grown: between them it can be cancelled.
_SPANS = 64
_Number = TypeVar("_Number", np.uint8, np.float32)


class Tree(NamedTuple):
    """Boxes round ever smaller groups of N patches; M nodes, of which node 0 is the root, and L leaves.

    Attributes
    ----------
    first : ndarray of int32, (M,)
        Number of each node's first child; its others follow. Numbers from M upwards are leaves.
    children : ndarray of int32, (M,)
        How many children each node has, 1 to 16.
    boxes : ndarray of float32, (M, 2, 16, 16)
        Lower and upper corners of the children's boxes, by coordinate, then child.
    starts : ndarray of int64, (L + 1,)
        Where each leaf begins in ``patches``, and N.
    patches : ndarray of int32, (N,)
        Library indices, leaf by leaf.
    rows : ndarray of uint8, (N, D)
        The patches, in the order of ``patches``.
    lanes : ndarray of float32, (L, 16, 128)
        Components of the patches of each leaf; ``FAR`` where a leaf holds fewer than 128.
    mean : ndarray of float64, (D,)
        What is subtracted from a patch before it is projected.
    axes : ndarray of float64, (D, 16)
        Principal axes, in columns; the last column is zero.
    """

    first: NDArray[np.int32]
    children: NDArray[np.int32]
    boxes: NDArray[np.float32]
    starts: NDArray[np.int64]
    patches: NDArray[np.int32]
    rows: NDArray[np.uint8]
    lanes: NDArray[np.float32]
    mean: NDArray[np.float64]
    axes: NDArray[np.float64]


@overload
def build_tree(
    rows: NDArray[np.uint8], dimensions: NDArray[np.bool_] | None = None, *, threads: int | None = None
) -> Tree: ...


@overload
def build_tree(
    rows: NDArray[np.uint8],
    dimensions: NDArray[np.bool_] | None = None,
    *,
    least: float,
    threads: int | None = None,
) -> Tree | None: ...


def build_tree(
    rows: NDArray[np.uint8],
    dimensions: NDArray[np.bool_] | None = None,
    *,
    least: float = 0.0,
    threads: int | None = None,
) -> Tree | None:
    """Build the tree of N patches; its bounds hold for squared distances in the chosen dimensions.

    Parameters
    ----------
    rows : ndarray of uint8, (N, D)
        The patches, at least one.
    dimensions : ndarray of bool, (D,), optional
        The dimensions that a distance counts; all by default.
    least : float
        The least share of the patches' variance that the components must hold, 0 to 1.
    threads : int, optional
        How many threads to use; the tree does not depend on it.

    Returns
    -------
    Tree or None
        None where the components hold less than ``least``.
    """
    count, depth = rows.shape
    chosen = np.ones(depth, bool) if dimensions is None else dimensions
    mean, axes, share = principal_axes(rows, chosen)
    if share < least:
        return None
    points, patches = np.empty((count, COORDINATES), np.float32), np.arange(count, dtype=np.int32)
    leaves = 1 << max(0, int(np.ceil(np.log2(count / LEAF))))
    starts = np.arange(leaves + 1) * count // leaves
    lanes, sorted_rows = np.empty((leaves, COORDINATES, LEAF), np.float32), np.empty_like(rows)
    weights = chosen.astype(np.float64)

    def projected(first: int, last: int) -> None:
        _project_all(rows[first:last], mean, axes, weights, points[first:last])

    def laid(first: int, last: int) -> None:
        _lay(points, starts, lanes, first, last)
        start, end = starts[first], starts[last]
        _gather(rows, patches[start:end], sorted_rows[start:end])

    in_parts(projected, count, threads)
    _split(points, patches, starts, threads)
    in_parts(laid, leaves, threads)
    first, children = _family(leaves)
    boxes = boxes_round(points, starts)
    return Tree(first, children, boxes, starts, patches, sorted_rows, lanes, mean, axes)


def _levels(leaves: int) -> list[int]:
    """How many nodes there are on each level, from the root down."""
    sizes = [-(-leaves // FAN)]
    while sizes[0] > 1:
        sizes.insert(0, -(-sizes[0] // FAN))
    return sizes


def _family(leaves: int) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """``first`` and ``children`` of all nodes."""
    first, children, before = [], [], 0
    sizes = _levels(leaves)
    for size, below in zip(sizes, [*sizes[1:], leaves], strict=True):
        before += size
        place = FAN * np.arange(size)
        first.append(before + place)
        children.append(np.minimum(FAN, below - place))
    return np.concatenate(first).astype(np.int32), np.concatenate(children).astype(np.int32)


def boxes_round(points: NDArray[_Number], starts: NDArray[np.int64]) -> NDArray[_Number]:
    """Boxes round the children of every node.

    Parameters
    ----------
    points : ndarray, (N, K)
        Points in any K coordinates, leaf by leaf.
    starts : ndarray of int64, (L + 1,)
        Where each leaf begins, as in ``Tree``.

    Returns
    -------
    ndarray, (M, 2, K, 16)
        Lower and upper corners, by coordinate, then child; the type is that of the points.
    """
    lower = np.minimum.reduceat(points, starts[:-1], axis=0)
    upper = np.maximum.reduceat(points, starts[:-1], axis=0)
    levels: list[NDArray[_Number]] = []
    while not levels or len(lower) > 1:
        size = -(-len(lower) // FAN)
        level = np.zeros((2, size * FAN, points.shape[1]), points.dtype)
        level[0, : len(lower)], level[1, : len(upper)] = lower, upper
        levels.insert(0, level.reshape(2, size, FAN, -1).transpose(1, 0, 3, 2))
        groups = np.arange(0, len(lower), FAN)
        lower, upper = np.minimum.reduceat(lower, groups, axis=0), np.maximum.reduceat(upper, groups, axis=0)
    return np.ascontiguousarray(np.concatenate(levels))


def principal_axes(
    rows: NDArray[np.uint8], chosen: NDArray[np.bool_], sample: int = 20_000
) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
    """Principal axes of patches, in the chosen dimensions.

    Parameters
    ----------
    rows : ndarray of uint8, (N, D)
        The patches.
    chosen : ndarray of bool, (D,)
        The dimensions that count.
    sample : int
        The axes are those of about this many patches, evenly spaced.

    Returns
    -------
    mean : ndarray of float64, (D,)
        The mean patch.
    axes : ndarray of float64, (D, 16)
        The first 15 principal axes, or as many as there are dimensions; other columns are zero.
    share : float
        The share of the variance in these axes, 0 to 1.
    """
    some = rows[:: max(1, len(rows) // sample)].astype(np.float64)
    mean: NDArray[np.float64] = some.mean(axis=0)
    kept = min(COORDINATES - 1, int(chosen.sum()))
    depth = some.shape[1]
    axes, share = np.zeros((depth, COORDINATES)), 1.0
    breathe()
    # BLAS on several threads took fifty times as long for work this small.
    with one_thread_each():
        scatter = (some - mean).T @ (some - mean)
        scatter[~chosen] = 0
        scatter[:, ~chosen] = 0
        if kept:
            values, vectors = eigh(scatter, subset_by_index=(depth - kept, depth - 1))
            axes[:, :kept] = vectors[:, ::-1]
            # Equal patches have no variance, and no residual either.
            share = float(values.sum() / np.trace(scatter)) if scatter.any() else 1.0
    axes[~chosen] = 0
    return mean, axes, share


@kernel(fastmath={"contract"})
def project(
    row: NDArray[np.uint8],
    mean: NDArray[np.float64],
    axes: NDArray[np.float64],
    weights: NDArray[np.float64],
    out: NDArray[np.float32],
) -> None:
    """Principal components of a patch, and last the length of the residual, into ``out`` (16,).

    The distance between two such vectors is at most that between the patches, so it is a lower bound.

    Parameters
    ----------
    row : ndarray of uint8, (D,)
        The patch; D is a multiple of 3.
    mean, axes : ndarray of float64
        As in ``Tree``.
    weights : ndarray of float64, (D,)
        1 for a dimension that counts, else 0.
    out : ndarray of float32, (16,)
        The components are written here.
    """
    sums = np.zeros(COORDINATES)
    length = 0.0
    # The three channels of a pixel in one go: half the time, and the same sums.
    for j in range(0, len(row), 3):
        red = (row[j] - mean[j]) * weights[j]
        green = (row[j + 1] - mean[j + 1]) * weights[j + 1]
        blue = (row[j + 2] - mean[j + 2]) * weights[j + 2]
        length += red * red
        length += green * green
        length += blue * blue
        for m in range(COORDINATES):
            total = sums[m]
            total += red * axes[j, m]
            total += green * axes[j + 1, m]
            total += blue * axes[j + 2, m]
            sums[m] = total
    for m in range(COORDINATES - 1):
        length -= sums[m] * sums[m]
        out[m] = sums[m]
    out[COORDINATES - 1] = np.sqrt(max(length, 0.0))


@kernel
def _project_all(
    rows: NDArray[np.uint8],
    mean: NDArray[np.float64],
    axes: NDArray[np.float64],
    weights: NDArray[np.float64],
    out: NDArray[np.float32],
) -> None:
    for i in range(len(rows)):
        project(rows[i], mean, axes, weights, out[i])


def _split(
    points: NDArray[np.float32], patches: NDArray[np.int32], starts: NDArray[np.int64], threads: int | None
) -> None:
    """Sort points and patches: each node's half with the lower values in its widest component comes first."""
    spans = np.array([0, len(starts) - 1])
    with pool(count := thread_count(threads)) as workers:
        # The upper levels side by side, as far as there are threads; then what is below, each in one go.
        while len(spans) <= max(2 * count, _SPANS) and spans[1] > 1:
            breathe()
            bounds = list(pairwise(spans.tolist()))
            list(workers.map(lambda span: _halve(points, patches, starts, *span), bounds))
            spans = np.union1d(spans, (spans[1:] + spans[:-1]) // 2)
        for _ in workers.map(
            lambda span: _halve_all(points, patches, starts, *span), pairwise(spans.tolist())
        ):
            breathe()


@kernel
def _halve_all(
    points: NDArray[np.float32], patches: NDArray[np.int32], starts: NDArray[np.int64], begin: int, end: int
) -> None:
    """Halve the leaves begin to end, and each half again, down to single leaves."""
    width = end - begin
    while width > 1:
        for first in range(begin, end, width):
            _halve(points, patches, starts, first, first + width)
        width //= 2


@kernel
def _halve(
    points: NDArray[np.float32], patches: NDArray[np.int32], starts: NDArray[np.int64], begin: int, last: int
) -> None:
    """Sort what lies in the leaves begin to last: the lower values of the widest component come first."""
    start, middle, end = starts[begin], starts[(begin + last) // 2], starts[last]
    widest = _widest(points, start, end)
    low, high = start, end - 1
    while low < high:
        # Hoare's selection with the median of three as the pivot.
        a = points[low, widest]
        b = points[(low + high) // 2, widest]
        c = points[high, widest]
        pivot = max(min(a, b), min(max(a, b), c))
        i, j = low, high
        while i <= j:
            while points[i, widest] < pivot:
                i += 1
            while points[j, widest] > pivot:
                j -= 1
            if i <= j:
                patches[i], patches[j] = patches[j], patches[i]
                for m in range(COORDINATES):
                    points[i, m], points[j, m] = points[j, m], points[i, m]
                i += 1
                j -= 1
        if middle <= j:
            high = j
        elif middle >= i:
            low = i
        else:
            return


@kernel
def _widest(points: NDArray[np.float32], start: int, end: int) -> int:
    """The component in which points[start:end] reach farthest; the first of equal ones."""
    least, most = points[start].copy(), points[start].copy()
    for i in range(start + 1, end):
        for m in range(COORDINATES):
            value = points[i, m]
            least[m] = value if value < least[m] else least[m]
            most[m] = value if value > most[m] else most[m]
    widest = 0
    for m in range(COORDINATES):
        widest = m if most[m] - least[m] > most[widest] - least[widest] else widest
    return widest


@kernel
def _lay(
    points: NDArray[np.float32], starts: NDArray[np.int64], lanes: NDArray[np.float32], begin: int, last: int
) -> None:
    """The points of the leaves begin to last into their lanes, transposed."""
    for leaf in range(begin, last):
        lanes[leaf] = FAR
        for i in range(starts[leaf], starts[leaf + 1]):
            for m in range(COORDINATES):
                lanes[leaf, m, i - starts[leaf]] = points[i, m]


@kernel
def _gather(rows: NDArray[np.uint8], patches: NDArray[np.int32], out: NDArray[np.uint8]) -> None:
    for i in range(len(patches)):
        for j in range(rows.shape[1]):
            out[i, j] = rows[patches[i], j]
