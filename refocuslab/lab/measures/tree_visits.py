"""What the tree alone visits: leaves entered and patches looked at, query by query (paper, §5.2)."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from refocuslab.running.kernels import kernel
from refocuslab.search.descent import begin, new_stack, next_leaf, next_leaf_of_some, squared_distance
from refocuslab.search.kd_tree import COORDINATES, FAN, Tree, boxes_round, build_tree, project


class Query(NamedTuple):
    """One query, in components and in the patch's own dimensions.

    Attributes
    ----------
    point : ndarray of float32, (16,)
        Its components.
    window : ndarray of uint8, (D,)
        The query itself, 0 where a dimension does not count.
    counted : ndarray of uint8, (D,)
        255 for a dimension that counts, else 0.
    """

    point: NDArray[np.float32]
    window: NDArray[np.uint8]
    counted: NDArray[np.uint8]


class Visits(NamedTuple):
    """The leaves that a query entered, in order.

    Attributes
    ----------
    leaves : ndarray of int64, (V,)
        Their numbers.
    limits : ndarray of float64, (V,)
        The limit after each: the squared distance of the K-th nearest patch so far.
    looked : int
        How many patches lay in them.
    """

    leaves: NDArray[np.int64]
    limits: NDArray[np.float64]
    looked: int


def cost(
    rows: NDArray[np.uint8],
    queries: NDArray[np.uint8],
    count: int,
    *,
    limits: NDArray[np.float64] | None = None,
    counted: NDArray[np.bool_] | None = None,
) -> NDArray[np.int64]:
    """Leaves entered and patches looked at, query by query, by our tree alone.

    Parameters
    ----------
    rows : ndarray of uint8, (N, D)
        The patches.
    queries : ndarray of uint8, (n, D)
        The queries.
    count : int
        How many nearest patches are wanted.
    limits : ndarray of float64, (n,), optional
        A squared distance known beforehand to hold that many, such as coherence brings.
    counted : ndarray of bool, (D,), optional
        The dimensions that count, of which the tree, built for all of them, knew nothing: as for a causal
        neighborhood in confidence order.

    Returns
    -------
    ndarray of int64, (n, 2)
        Leaves, patches.
    """
    tree = build_tree(rows)
    limits = np.full(len(queries), np.inf) if limits is None else limits
    looked = np.zeros((len(queries), 2), np.int64)
    every = np.full(rows.shape[1], 255, np.uint8)
    counts = every if counted is None else np.where(counted, 255, 0).astype(np.uint8)
    own = None if counted is None else boxes_round(tree.rows, tree.starts)
    for i, query in enumerate(queries):
        seen = visits(tree, query & counts, count, float(limits[i]), own=own, counted=counts)
        looked[i] = len(seen.leaves), seen.looked
    return looked


def visits(
    tree: Tree,
    query: NDArray[np.uint8],
    count: int,
    limit: float = np.inf,
    *,
    own: NDArray[np.uint8] | None = None,
    counted: NDArray[np.uint8] | None = None,
) -> Visits:
    """One query followed through the tree.

    Parameters
    ----------
    tree : Tree
        The tree.
    query : ndarray of uint8, (D,)
        The query, 0 where a dimension does not count.
    count : int
        K, how many nearest patches are wanted.
    limit : float
        A squared distance known beforehand to hold that many.
    own : ndarray of uint8, (M, 2, D, 16), optional
        The tree's boxes in the patch's own dimensions, to be searched instead of those in components.
    counted : ndarray of uint8, (D,), optional
        255 for a dimension that counts, else 0; all by default.

    Returns
    -------
    Visits
        The leaves entered.
    """
    point = np.empty(COORDINATES, np.float32)
    project(query, tree.mean, tree.axes, np.ones(len(query)), point)
    counted = np.full(len(query), 255, np.uint8) if counted is None else counted
    boxes = np.zeros((0, 2, 1, FAN), np.uint8) if own is None else own
    leaves = len(tree.lanes)
    seen = Visits(np.empty(leaves, np.int64), np.empty(leaves), 0)
    number, looked = _walk(tree, boxes, Query(point, query, counted), np.full(count, limit), seen)
    return Visits(seen.leaves[:number], seen.limits[:number], looked)


@kernel
def _walk(
    tree: Tree, own: NDArray[np.uint8], query: Query, nearest: NDArray[np.float64], seen: Visits
) -> tuple[int, int]:
    """How many leaves are entered and patches looked at (§5.2).

    ``own`` is empty where the tree's boxes are searched. ``nearest``, (K,) squared distances, and
    ``seen`` are written.
    """
    stack = new_stack()
    begin(stack)
    count, number, looked = len(nearest), 0, 0
    while True:
        reach = np.float32(nearest[count - 1])
        if len(own) > 0:
            leaf = next_leaf_of_some(tree, own, query.window, query.counted, reach, stack)
        else:
            leaf = next_leaf(tree, query.point, reach, stack)
        if leaf < 0:
            return number, looked
        for i in range(tree.starts[leaf], tree.starts[leaf + 1]):
            row = (tree.rows[i] & query.counted).reshape(1, -1)
            distance = float(squared_distance(row, 0, query.window))
            looked += 1
            if distance < nearest[count - 1]:
                at = count - 1
                while at > 0 and nearest[at - 1] > distance:
                    nearest[at] = nearest[at - 1]
                    at -= 1
                nearest[at] = distance
        seen.leaves[number], seen.limits[number] = leaf, nearest[count - 1]
        number += 1
