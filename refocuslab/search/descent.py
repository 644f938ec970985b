"""From the root of a k-d tree to the leaves that may hold a patch within a limit (paper, §5.2).

Bounds are lower bounds of squared distances, in (8-bit gray levels)^2. They are float32, and lowered
by more than rounding can raise them, so no patch is ever ruled out that lies within the limit.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from refocuslab.running.kernels import kernel
from refocuslab.search.kd_tree import COORDINATES, FAN, LEAF, Tree

# Most patches are ruled out by the first half of the components; the rest is then not worked out.
HALF = COORDINATES // 2
# Nodes that wait for their visit: fewer than FAN on each level.
_ROOM = 160
# Rounding raises a bound by at most 3e-3 of its root; 1e-3 of the bound and 1 are more than that.
SAFE_SHARE, SAFE_STEP = np.float32(0.999), np.float32(1.0)


class Stack(NamedTuple):
    """The nodes that are still to be visited, by one query; made by ``new_stack``.

    Attributes
    ----------
    nodes : ndarray of int64, (160,)
        Numbers of nodes and leaves, as in ``Tree``; the next one to visit is on top.
    bounds : ndarray of float32, (160,)
        The bound of each.
    height : ndarray of int64, (1,)
        How many there are.
    children : ndarray of float32, (16,)
        Room for the bounds of a node's children.
    """

    nodes: NDArray[np.int64]
    bounds: NDArray[np.float32]
    height: NDArray[np.int64]
    children: NDArray[np.float32]


class Trial:
    """Whether a tree is worth entering: not for a while after most pixels of a share gave up.

    Searches with and without the tree give the same result, so threads share a trial without a lock.

    Parameters
    ----------
    rest : int
        How many shares then go without the tree.
    """

    def __init__(self, rest: int = 15) -> None:
        self._rest, self._shares = rest, 0

    def worth(self) -> bool:
        """Whether the next share of pixels is to enter the tree."""
        self._shares -= 1
        return self._shares < 0

    def judge(self, given_up: int, tried: int) -> bool:
        """Note how many of a share's pixels gave up; whether the tree was of use, to half or more."""
        useful = 2 * given_up <= tried
        self._shares = 0 if useful else self._rest
        return useful


@kernel
def new_stack() -> Stack:
    """An empty stack, for one thread."""
    nodes, bounds = np.empty(_ROOM, np.int64), np.empty(_ROOM, np.float32)
    return Stack(nodes, bounds, np.zeros(1, np.int64), np.empty(FAN, np.float32))


@kernel
def begin(stack: Stack) -> None:
    """Put the root on the stack, and nothing else."""
    stack.nodes[0], stack.bounds[0], stack.height[0] = 0, np.float32(0), 1


@kernel
def next_leaf(tree: Tree, point: NDArray[np.float32], limit: float, stack: Stack) -> int:
    """The next leaf that may hold a patch within the limit (§5.2).

    Parameters
    ----------
    tree : Tree
        The tree.
    point : ndarray of float32, (16,)
        The query's components, as ``project`` makes them.
    limit : float32
        A squared distance; it may fall from call to call.
    stack : Stack
        What is left to visit; call ``begin`` before the first call.

    Returns
    -------
    int
        The leaf, or -1 when no other can.
    """
    first, children, boxes = tree.first, tree.children, tree.boxes
    nodes, bounds, height, found = stack
    top = height[0]
    while top > 0:
        top -= 1
        node = nodes[top]
        if bounds[top] > limit:
            continue
        if node >= len(first):
            height[0] = top
            leaf: int = node - len(first)
            return leaf
        box_bounds(boxes, node, point, found)
        top = _push(first[node], children[node], limit, nodes, bounds, found, top)
    height[0] = 0
    return -1


@kernel
def next_leaf_of_some(
    tree: Tree,
    own: NDArray[np.uint8],
    window: NDArray[np.uint8],
    counted: NDArray[np.uint8],
    limit: float,
    stack: Stack,
) -> int:
    """As ``next_leaf``, for distances in any subset of the patch's own dimensions.

    Parameters
    ----------
    tree : Tree
        The tree.
    own : ndarray of uint8, (M, 2, D, 16)
        Its boxes in the patch's own dimensions, ``boxes_round(tree.rows, tree.starts)``.
    window : ndarray of uint8, (D,)
        The query.
    counted : ndarray of uint8, (D,)
        255 for a dimension that counts, else 0.
    limit : float
        As for ``next_leaf``.
    stack : Stack
        As for ``next_leaf``.
    """
    first, children = tree.first, tree.children
    nodes, bounds, height, found = stack
    top = height[0]
    while top > 0:
        top -= 1
        node = nodes[top]
        if bounds[top] > limit:
            continue
        if node >= len(first):
            height[0] = top
            leaf: int = node - len(first)
            return leaf
        own_bounds(own, node, window, counted, found)
        top = _push(first[node], children[node], limit, nodes, bounds, found, top)
    height[0] = 0
    return -1


@kernel
def _push(
    first: int,
    children: int,
    limit: float,
    nodes: NDArray[np.int64],
    bounds: NDArray[np.float32],
    found: NDArray[np.float32],
    top: int,
) -> int:
    """Put the children within the limit on the stack, the nearest of them on top; the new height."""
    base, nearest, least = top, top, np.float32(np.inf)
    for c in range(children):
        # Written in any case and kept or not: a branch that cannot be predicted would cost more.
        nodes[top], bounds[top] = first + c, found[c]
        nearest, least = (top, found[c]) if found[c] < least else (nearest, least)
        top += found[c] <= limit
    if top > base:
        last = top - 1
        nodes[nearest], nodes[last] = nodes[last], nodes[nearest]
        bounds[nearest], bounds[last] = bounds[last], bounds[nearest]
    return top


@kernel(fastmath={"reassoc", "contract", "nnan"})
def box_bounds(
    boxes: NDArray[np.float32], node: int, point: NDArray[np.float32], bounds: NDArray[np.float32]
) -> None:
    """Lower bounds of the squared distance to any patch in the boxes of a node's children.

    Parameters
    ----------
    boxes : ndarray of float32, (M, 2, 16, 16)
        As in ``Tree``.
    node : int
        The node.
    point : ndarray of float32, (16,)
        The query's components.
    bounds : ndarray of float32, (16,)
        The bounds are written here; those beyond the node's last child mean nothing.
    """
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
def patch_bounds(
    lanes: NDArray[np.float32],
    leaf: int,
    point: NDArray[np.float32],
    limit: float,
    bounds: NDArray[np.float32],
) -> bool:
    """Lower bounds of the squared distances to the patches of a leaf.

    Parameters
    ----------
    lanes : ndarray of float32, (L, 16, 128)
        As in ``Tree``.
    leaf : int
        The leaf.
    point : ndarray of float32, (16,)
        The query's components.
    limit : float32
        A squared distance.
    bounds : ndarray of float32, (128,)
        The bounds are written here, unless all are beyond the limit.

    Returns
    -------
    bool
        False if all are beyond the limit.
    """
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
def own_bounds(
    boxes: NDArray[np.uint8],
    node: int,
    window: NDArray[np.uint8],
    counted: NDArray[np.uint8],
    bounds: NDArray[np.float32],
) -> None:
    """As ``box_bounds``, in the patch's own dimensions; parameters as for ``next_leaf_of_some``."""
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


@kernel(fastmath={"reassoc"})
def squared_distance(rows: NDArray[np.uint8], i: int, window: NDArray[np.uint8]) -> np.int32:
    """Sum of squared differences of row i and a patch: an exact int32 for patches of up to 31 x 31 pixels.

    Parameters
    ----------
    rows : ndarray of uint8, (N, D)
        Patches; given whole, because threads that make a view of a row count its references in one
        place, and wait for each other.
    i : int
        Which of them.
    window : ndarray of uint8, (D,)
        The patch to compare.
    """
    total = np.int32(0)
    for j in range(len(window)):
        step = np.int32(rows[i, j]) - np.int32(window[j])
        total += step * step
    return total
