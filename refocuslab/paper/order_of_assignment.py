"""Order of assignment: confidence, orders, and what may be assigned side by side (paper, §2.3)."""

import numpy as np

from refocuslab.paper.patches import Neighborhood
from refocuslab.running.kernels import kernel


def turns(order: str, confidences: np.ndarray, seed: int) -> np.ndarray:
    """(n,) int64: the turn, from 0, at which each pixel (in scanline order) is assigned.

    confidences: (n,) float64, the neighborhood confidence; equal ones keep scanline order.
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


def known_offsets(turn, mask, neighborhood: Neighborhood, *, order: str, first_pass: bool):
    """(n, size^2) bool: the causal neighborhood of every pixel at its turn (§2.2, Figure 1).

    An offset belongs to it when its pixel has a value by then: it lies outside the mask, or was
    assigned earlier, in this pass or the one before. Scanline order keeps, of those, the fixed half
    before the centre.
    """
    y, x = np.nonzero(mask)
    when = np.full(mask.shape, -1, np.int64)
    when[mask] = turn
    rows, columns = neighborhood.positions(y, x, mask.shape)
    known = when[rows, columns] < turn[:, None] if first_pass else np.ones(rows.shape, bool)
    if order == "scanline":
        known &= neighborhood.before_centre
    known[:, neighborhood.centre] = False
    return known


def levels(turn: np.ndarray, mask: np.ndarray, radius: int) -> list[np.ndarray]:
    """Pixels that may be assigned side by side, level after level.

    A pixel's level is one more than the highest level among the earlier pixels of its window, so no
    two pixels of a level see each other, and every pixel finds its window as it was at its turn.
    Returns arrays of pixel numbers (scanline order) that together hold each pixel once.
    """
    sequence = np.argsort(turn)
    y, x = np.nonzero(mask)
    level = _levels(mask.shape, y[sequence], x[sequence], radius)
    by_level = np.argsort(level, kind="stable")
    ends = np.cumsum(np.bincount(level))[:-1]
    return np.split(sequence[by_level], ends)


@kernel
def _levels(shape, ys, xs, radius):
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
