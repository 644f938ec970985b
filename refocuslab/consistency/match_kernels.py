"""Kernels of coherence matching: distances of windows, sweeps over them, their patches laid over each other.

Beyond the paper. matching.py says what they are for.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from refocuslab.paper.patches import REACH
from refocuslab.running.kernels import kernel

# Matches lie at quarters of a pixel: -2/PARTS to 1/PARTS beside a whole one.
PARTS = 4
# The most steps of a quarter of a pixel in a sweep. Three scenes: 1, -0.31 dB on motorcycle-perturbed, and
# elsewhere nothing; 6, nothing.
_STEPS = 3
# The place of no displacement among the PARTS^2.
WHOLE = PARTS // 2 * (PARTS + 1)
# A photo resampled between its pixels is smoother, and nearer to anything: its squared distance is raised by
# this share. Six scenes: 0.05, nothing but +0.21 dB on astronaut-perspective; 0.2, -0.66 on
# motorcycle-perturbed and -0.17 on astronaut-perspective, elsewhere nothing.
_TOLL = 0.1
# No limit: above every sum of squared differences.
_FAR = np.int64(2**62)


# The inner kernels, called for every match that is tried, take only the arrays that they use: with tuples of
# seven arrays, matching windows of 3 x 3 took 1.4 times as long.
class Seen(NamedTuple):
    """W as the windows see it.

    Attributes
    ----------
    framed : ndarray of uint8, (H + size - 1, W + size - 1, 3)
        W, reflected at its edges.
    inside : ndarray of int32, (H + size - 1, W + size - 1)
        1 in the mask, else 0; reflected alike.
    size : int
        Side of the windows, odd.
    """

    framed: NDArray[np.uint8]
    inside: NDArray[np.int32]
    size: int


class Windows(NamedTuple):
    """The n windows whose center lies in the mask, in scanline order.

    Attributes
    ----------
    y, x : ndarray of int64, (n,)
        Their centers in W, and so their top left corners in its frame.
    counted : ndarray of int64, (n,)
        How many of their pixels lie in the mask.
    """

    y: NDArray[np.int64]
    x: NDArray[np.int64]
    counted: NDArray[np.int64]


class Window(NamedTuple):
    """One of the windows.

    Attributes
    ----------
    y, x : int
        Its center in W.
    whole : bool
        Whether all of it lies in the mask.
    """

    y: int
    x: int
    whole: bool


class Copies(NamedTuple):
    """The focused photos in reflected frames, once for each of the PARTS^2 places between the pixels.

    Attributes
    ----------
    flat : ndarray of uint8, (PARTS^2 length,)
        All of them, strung together: place by place, photo by photo, then by row, column and channel.
    length : int
        How many values one place has.
    at : ndarray of int64, (N,)
        Where in the values of one place the center of each library patch begins.
    row : ndarray of int64, (N,)
        The number of values in a row of its photo.
    """

    flat: NDArray[np.uint8]
    length: int
    at: NDArray[np.int64]
    row: NDArray[np.int64]


class Matches(NamedTuple):
    """What each window matches.

    Attributes
    ----------
    source : ndarray of int64, (n,)
        The library patch that it matches, or the one nearest to its match.
    between : ndarray of int64, (n,)
        Where the match lies: PARTS i + j for (i, j) - 2 quarters of a pixel down and right of that patch.
    """

    source: NDArray[np.int64]
    between: NDArray[np.int64]


class Near(NamedTuple):
    """Where a window finds matches to try.

    Attributes
    ----------
    number : ndarray of int64, (H, W)
        The number of the window centered at each pixel, -1 outside the mask.
    index_at : ndarray of int32
    place, stride : ndarray of int64, (N,)
        The way from a library patch to the one beside it, as in ``Grid`` of patches.py.
    common : ndarray of int64, (n, k)
        The patch that each window matches under each of the k most common displacements, or -1.
    """

    number: NDArray[np.int64]
    index_at: NDArray[np.int32]
    place: NDArray[np.int64]
    stride: NDArray[np.int64]
    common: NDArray[np.int64]


@kernel
def counts(seen: Seen, y: NDArray[np.int64], x: NDArray[np.int64]) -> NDArray[np.int64]:
    """(n,) How many pixels of each window lie in the mask."""
    out = np.zeros(len(y), np.int64)
    for p in range(len(y)):
        for v in range(seen.size):
            for u in range(seen.size):
                out[p] += seen.inside[y[p] + v, x[p] + u]
    return out


@kernel
def _distance(
    seen: Seen, window: Window, flat: NDArray[np.uint8], start: int, row: int, limit: int
) -> np.int64:
    """Sum of squared differences, in the mask, of a window and that whose corner begins at flat[start].

    A sum above the limit may be cut short, but stays above it.
    """
    y, x, size = window.y, window.x, seen.size
    total = np.int64(0)
    for v in range(size):
        partial = np.int32(0)
        line = seen.framed[y + v]
        if window.whole:
            for u in range(size):
                for channel in range(3):
                    step = np.int32(line[x + u, channel]) - np.int32(flat[start + 3 * u + channel])
                    partial += step * step
        else:
            for u in range(size):
                for channel in range(3):
                    step = np.int32(line[x + u, channel]) - np.int32(flat[start + 3 * u + channel])
                    partial += seen.inside[y + v, x + u] * step * step
        total += partial
        if total > limit:
            return total
        start += row
    return total


@kernel
def _of_match(
    seen: Seen, window: Window, flat: NDArray[np.uint8], center: int, row: int, limit: int
) -> np.int64:
    """The distance of a window to that whose center begins at flat[center]."""
    corner = center - seen.size // 2 * (row + 3)
    distance: np.int64 = _distance(seen, window, flat, corner, row, limit)
    return distance


@kernel
def _price(
    seen: Seen, window: Window, flat: NDArray[np.uint8], center: int, row: int, between: int, limit: int
) -> np.int64:
    """The distance as it counts in the choice of a match: a resampled one costs _TOLL more."""
    distance: np.int64 = _of_match(seen, window, flat, center, row, limit)
    return distance if between == WHOLE else distance + np.int64(_TOLL * distance)


@kernel
def measure(
    first: int,
    last: int,
    seen: Seen,
    windows: Windows,
    copies: Copies,
    matches: Matches,
    distances: NDArray[np.int64],
) -> None:
    """Fill in the distances of the matches of the windows first to last - 1."""
    for p in range(first, last):
        window = Window(windows.y[p], windows.x[p], windows.counted[p] == seen.size**2)
        source = matches.source[p]
        center = copies.at[source] + matches.between[p] * copies.length
        distances[p] = _of_match(seen, window, copies.flat, center, copies.row[source], _FAR)


@kernel
def sweep(
    first: int,
    last: int,
    seen: Seen,
    windows: Windows,
    copies: Copies,
    near: Near,
    before: Matches,
    after: Matches,
) -> None:
    """One sweep over the windows first to last - 1: each keeps the cheapest match that it tries.

    It tries those of its neighbors, shifted back (Ashikhmin 2001), then the most common displacements, then
    steps of a quarter of a pixel. ``after`` is written; ``before`` is not, so the order does not matter.
    """
    number, common = near.number, near.common
    index_at, place, stride = near.index_at, near.place, near.stride
    sources, betweens = before.source, before.between
    flat, length, at, row = copies.flat, copies.length, copies.at, copies.row
    height, width = number.shape
    for p in range(first, last):
        y, x, best, between = windows.y[p], windows.x[p], sources[p], betweens[p]
        window = Window(y, x, windows.counted[p] == seen.size**2)
        least = _price(seen, window, flat, at[best] + between * length, row[best], between, _FAR)
        for dy in range(-min(REACH, y), min(REACH + 1, height - y)):
            for dx in range(-min(REACH, x), min(REACH + 1, width - x)):
                neighbor = number[y + dy, x + dx]
                if neighbor < 0:
                    continue
                source, where = sources[neighbor], betweens[neighbor]
                patch = index_at[place[source] - dy * stride[source] - dx]
                if patch >= 0 and (patch != best or where != between):
                    found = _price(seen, window, flat, at[patch] + where * length, row[patch], where, least)
                    if found < least or (found == least and (patch, where) < (best, between)):
                        least, best, between = found, patch, where
        for move in range(common.shape[1]):
            patch = common[p, move]
            if patch >= 0 and (patch != best or between != WHOLE):
                found = _price(seen, window, flat, at[patch] + WHOLE * length, row[patch], WHOLE, least)
                if found < least:
                    least, best, between = found, patch, WHOLE
        # From there by quarters of a pixel, as long as it gets better.
        for _ in range(_STEPS):
            middle, between_middle = best, between
            for down, right in ((0, -1), (0, 1), (-1, 0), (1, 0)):
                i, j = between_middle // PARTS + down, between_middle % PARTS + right
                patch = index_at[place[middle] + i // PARTS * stride[middle] + j // PARTS]
                if patch < 0:
                    continue
                where = i % PARTS * PARTS + j % PARTS
                found = _price(seen, window, flat, at[patch] + where * length, row[patch], where, least)
                if found < least:
                    least, best, between = found, patch, where
            if best == middle and between == between_middle:
                break
        after.source[p], after.between[p] = best, between


@kernel
def lay(
    y: NDArray[np.int64],
    x: NDArray[np.int64],
    size: int,
    copies: Copies,
    matches: Matches,
    weights: NDArray[np.float64],
    total: NDArray[np.float64],
    weight: NDArray[np.float64],
) -> None:
    """Lay every matched patch where its window lies: add w_p to ``weight``, and to ``total`` w_p v_p.

    Parameters
    ----------
    y, x : ndarray of int64, (n,)
        The windows' centers.
    size : int
        Their side.
    copies : Copies
        The focused photos.
    matches : Matches
        The windows' matches.
    weights : ndarray of float64, (n,)
        w_p.
    total : ndarray of float64, (H + size - 1, W + size - 1, 4)
        Sums of w_p v_p for the three channels, and of w_p |v_p|^2.
    weight : ndarray of float64, (H + size - 1, W + size - 1)
        Sums of w_p.
    """
    half = size // 2
    for p in range(len(y)):
        source, w = matches.source[p], weights[p]
        row = copies.row[source]
        start = copies.at[source] + matches.between[p] * copies.length - half * (row + 3)
        for v in range(size):
            for u in range(size):
                weight[y[p] + v, x[p] + u] += w
                for channel in range(3):
                    value = np.float64(copies.flat[start + 3 * u + channel])
                    total[y[p] + v, x[p] + u, channel] += w * value
                    total[y[p] + v, x[p] + u, 3] += w * value * value
            start += row
