"""Order of assignment: confidence, orders, and what may be assigned side by side (paper, §2.3)."""

import numpy as np
from numpy.typing import NDArray

from refocuslab.paper.patches import Neighborhood
from refocuslab.running.kernels import kernel


def turns(order: str, confidences: NDArray[np.float64], seed: int) -> NDArray[np.int64]:
    """When each pixel is assigned (§2.3).

    Parameters
    ----------
    order : {"scanline", "confidence", "random"}
        "confidence" is by falling neighborhood confidence; equal ones keep scanline order.
    confidences : ndarray of float64, (n,)
        The neighborhood confidence of the mask's pixels, in scanline order.
    seed : int
        Seed of the random order.

    Returns
    -------
    ndarray of int64, (n,)
        The turn of each pixel, from 0.

    Examples
    --------
    >>> import numpy as np
    >>> turns("confidence", np.array([0.5, 1.0, 0.5]), 0)
    array([1, 0, 2])
    """
    n = len(confidences)
    if order == "scanline":
        return np.arange(n)
    if order == "random":
        sequence = np.random.default_rng(seed).permutation(n)
    else:
        sequence = np.argsort(-confidences, kind="stable")
    turn = np.empty(n, np.int64)
    turn[sequence] = np.arange(n)
    return turn


def known_offsets(
    turn: NDArray[np.int64],
    mask: NDArray[np.bool_],
    neighborhood: Neighborhood,
    *,
    order: str,
    first_pass: bool,
) -> NDArray[np.bool_]:
    """The causal neighborhood of every pixel at its turn (§2.2, Figure 1).

    An offset belongs to it when its pixel has a value by then: it lies outside the mask, or was
    assigned earlier, in this pass or the one before. In scanline order, only those before the center
    belong to it (Figure 1a).

    Parameters
    ----------
    turn : ndarray of int64, (n,)
        As ``turns`` gives it.
    mask : ndarray of bool, (H, W)
        The n pixels to assign.
    neighborhood : Neighborhood
        The window.
    order : {"scanline", "confidence", "random"}
        The order that ``turn`` belongs to.
    first_pass : bool
        Whether no pixel of the mask is assigned yet.

    Returns
    -------
    ndarray of bool, (n, size^2)
        The offsets that belong to it; the center never does.
    """
    y, x = np.nonzero(mask)
    when = np.full(mask.shape, -1, np.int64)
    when[mask] = turn
    rows, columns = neighborhood.positions(y, x, mask.shape)
    known: NDArray[np.bool_] = np.ones(rows.shape, bool)
    if first_pass:
        known = when[rows, columns] < turn[:, None]
    if order == "scanline":
        known &= neighborhood.before_center
    known[:, neighborhood.center] = False
    return known


def levels(turn: NDArray[np.int64], mask: NDArray[np.bool_], radius: int) -> list[NDArray[np.int64]]:
    """Pixels that may be assigned side by side, level after level (§2.3).

    A pixel's level is one more than the highest level among the earlier pixels of its window, so no
    two pixels of a level see each other, and every pixel finds its window as it was at its turn.

    Parameters
    ----------
    turn : ndarray of int64, (n,)
        As ``turns`` gives it.
    mask : ndarray of bool, (H, W)
        The n pixels to assign.
    radius : int
        How far a window reaches from its center, in pixels.

    Returns
    -------
    list of ndarray of int64
        Numbers of pixels (scanline order), each in one of the arrays.
    """
    sequence = np.argsort(turn)
    y, x = np.nonzero(mask)
    level = _levels(mask.shape, y[sequence], x[sequence], radius)
    by_level = np.argsort(level, kind="stable")
    ends = np.cumsum(np.bincount(level))[:-1]
    return np.split(sequence[by_level], ends)


@kernel
def _levels(
    shape: tuple[int, int], ys: NDArray[np.int64], xs: NDArray[np.int64], radius: int
) -> NDArray[np.int64]:
    """The level of each pixel, from 0; ys, xs (n,) in the order of assignment."""
    height, width = shape
    at = np.full((height, width), -1, np.int64)
    level = np.empty(len(ys), np.int64)
    for i in range(len(ys)):
        y, x = ys[i], xs[i]
        highest = -1
        for v in range(max(y - radius, 0), min(y + radius + 1, height)):
            for u in range(max(x - radius, 0), min(x + radius + 1, width)):
                highest = max(highest, at[v, u])
        level[i] = highest + 1
        at[y, x] = highest + 1
    return level
