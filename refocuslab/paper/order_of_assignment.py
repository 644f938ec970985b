"""Order of assignment: confidence, orders, and what may be assigned side by side (paper, §2.3)."""

from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from refocuslab.paper.patches import Neighborhood
from refocuslab.running.kernels import kernel

# Side of a tile of ``rounds``, in pixels, even; 64 x 64 pixels and what is read for them fit
# into a cache of 2 MB. Half and double it make 22 and 7 rounds instead of 11 of a photo of 700 x 700.
TILE = 64
# Pixels in a share of a round at least, which takes about a hundredth of a second.
SHARE = 1024
# Below so many pixels a level of the order is done sooner by one thread than handed to several.
WORTH_SHARING = 16


class Rounds(NamedTuple):
    """An order of assignment cut into groups of pixels that lie together; see ``rounds``.

    Attributes
    ----------
    pixels : ndarray of int64, (n,)
        Numbers of the mask's pixels, group by group, each group in its order of assignment.
    starts : ndarray of int64, (G + 1,)
        Where each group begins in ``pixels``, and n.
    groups : ndarray of int64, (R + 1,)
        Which group each round begins with, and G.
    """

    pixels: NDArray[np.int64]
    starts: NDArray[np.int64]
    groups: NDArray[np.int64]

    def shares(self, size: int) -> list[list[NDArray[np.int64]]]:
        """The pixels of each round in shares of whole groups, of ``size`` pixels or more but for the last."""
        found = []
        for first, last in pairwise(self.groups.tolist()):
            bounds = self.starts[first : last + 1]
            wanted = np.arange(bounds[0], bounds[-1], size)
            cuts = np.unique(np.append(bounds[np.searchsorted(bounds, wanted)], bounds[-1]))
            found.append([self.pixels[a:b] for a, b in pairwise(cuts.tolist())])
        return found


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
    when = np.full(mask.shape, -1, np.int64)
    when[mask] = turn
    before = neighborhood.before_center if order == "scanline" else np.ones(neighborhood.size**2, bool)
    known = np.empty((len(turn), neighborhood.size**2), np.bool_)
    neighborhood.fit(mask.shape)
    _known(when, before, neighborhood.radius, first_pass, known)
    return known


@kernel
def _known(
    when: NDArray[np.int64],
    before: NDArray[np.bool_],
    radius: int,
    first_pass: bool,
    known: NDArray[np.bool_],
) -> None:
    """Write ``known``, (n, size^2), pixel by pixel: indices of all windows would be 16 times as large."""
    height, width = when.shape
    size, p = 2 * radius + 1, 0
    for y in range(height):
        for x in range(width):
            if when[y, x] < 0:
                continue
            for o in range(size * size):
                v, u = abs(y + o // size - radius), abs(x + o % size - radius)
                v = v if v < height else 2 * (height - 1) - v
                u = u if u < width else 2 * (width - 1) - u
                earlier = when[v, u] < when[y, x] or not first_pass
                known[p, o] = earlier and before[o] and o != size * size // 2
            p += 1


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


def rounds(turn: NDArray[np.int64], mask: NDArray[np.bool_], radius: int) -> Rounds:
    """Tiles of pixels that may be assigned side by side, round after round (§2.3).

    As ``levels``, for a search that takes one pixel after another. The pixels of a level lie all over the
    photo, and each of them waits for memory; those of a group lie in one tile. A pixel whose earlier
    neighbors are in an earlier round, or in its own tile of this round, is in this round. The tiles of a
    round are moved against those of the round before, so that their edges hold up nothing for long.

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
    Rounds
        The groups of a round may be assigned side by side; the pixels of a group one after the other.
    """
    sequence = np.empty(len(turn), np.int64)
    sequence[turn] = np.arange(len(turn))
    y, x = np.nonzero(mask)
    group = _groups(mask.shape, y[sequence], x[sequence], radius)
    by_group = np.argsort(group, kind="stable")
    group = group[by_group]
    starts = np.flatnonzero(np.diff(group, prepend=-1, append=-1))
    number = group[starts[:-1]] // _tiles(mask.shape)
    first = np.flatnonzero(np.diff(number, prepend=-1, append=-1))
    return Rounds(sequence[by_group], starts, first)


def side_by_side(
    turn: NDArray[np.int64], mask: NDArray[np.bool_], radius: int, threads: int, *, in_sequence: bool
) -> list[list[NDArray[np.int64]]]:
    """The pixels of a mask in steps; the shares of a step may be assigned side by side by threads.

    Parameters
    ----------
    turn : ndarray of int64, (n,)
        As ``turns`` gives it.
    mask : ndarray of bool, (H, W)
        The n pixels to assign.
    radius : int
        How far a window reaches from its center, in pixels.
    threads : int
        How many threads there are; what is assigned does not depend on it.
    in_sequence : bool
        Whether the pixels of a share are assigned one after the other, so that they may see each other.

    Returns
    -------
    list of list of ndarray of int64
        The shares of each step.
    """
    if in_sequence:
        return rounds(turn, mask, radius).shares(SHARE)
    parts = [
        (level, 1 if len(level) < WORTH_SHARING else min(threads, len(level)))
        for level in levels(turn, mask, radius)
    ]
    return [[level[i::count] for i in range(count)] for level, count in parts]


def _tiles(shape: tuple[int, ...]) -> int:
    """How many tiles a round has, those moved beyond the edges among them."""
    return (shape[0] // TILE + 2) * (shape[1] // TILE + 2)


@kernel
def _tile(y: int, x: int, number: int, width: int) -> int:
    """The tile of a pixel in a round; they move by half a tile along x, y, and both in turn."""
    down, right = (number >> 1 & 1) * (TILE // 2), (number & 1) * (TILE // 2)
    return (y + down) // TILE * (width // TILE + 2) + (x + right) // TILE


@kernel
def _groups(
    shape: tuple[int, int], ys: NDArray[np.int64], xs: NDArray[np.int64], radius: int
) -> NDArray[np.int64]:
    """The group of each pixel, its round x tiles a round + its tile; ys, xs (n,) in order of assignment."""
    height, width = shape
    tiles = (height // TILE + 2) * (width // TILE + 2)
    at = np.full((height, width), -1, np.int32)
    group = np.empty(len(ys), np.int64)
    for i in range(len(ys)):
        y, x = ys[i], xs[i]
        top, bottom = max(y - radius, 0), min(y + radius + 1, height)
        begin, end = max(x - radius, 0), min(x + radius + 1, width)
        number = 0
        for v in range(top, bottom):
            for u in range(begin, end):
                number = max(number, at[v, u])
        tile, alone = _tile(y, x, number, width), True
        for v in range(top, bottom):
            for u in range(begin, end):
                alone &= at[v, u] != number or _tile(v, u, number, width) == tile
        if not alone:
            number += 1
        at[y, x] = number
        group[i] = number * tiles + _tile(y, x, number, width)
    return group
