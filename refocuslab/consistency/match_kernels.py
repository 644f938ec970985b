"""Kernels of coherence matching: distances of windows, sweeps over them, their patches laid over each other.

Beyond the paper. matching.py says what they are for.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from refocuslab.paper.patches import REACH
from refocuslab.running.kernels import kernel

# Places tried to either side of a whole pixel, in 1/PARTS of one: -2 … 1; and steps from one to the next.
PARTS, _STEPS = 4, 3
# The place of no displacement among the PARTS^2.
WHOLE = PARTS // 2 * (PARTS + 1)
# A photo resampled between its pixels is smoother, and nearer to anything: by so much it must be better.
_TOLL = 0.1
# No limit: above every sum of squared differences.
_FAR = np.int64(2**62)


class Windows(NamedTuple):
    """The n windows of W whose center lies in the mask, in scanline order.

    Attributes
    ----------
    framed : ndarray of uint8, (H + size - 1, W + size - 1, 3)
        W, reflected at its edges.
    inside : ndarray of int32, (H + size - 1, W + size - 1)
        1 in the mask, else 0; reflected alike.
    y, x : ndarray of int64, (n,)
        The windows' centers in W, and so their top left corners in ``framed``.
    size : int
        Their side, odd.
    """

    framed: NDArray[np.uint8]
    inside: NDArray[np.int32]
    y: NDArray[np.int64]
    x: NDArray[np.int64]
    size: int


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
def counts(windows: Windows) -> NDArray[np.int64]:
    """(n,) How many pixels of each window lie in the mask."""
    y, x, size = windows.y, windows.x, windows.size
    out = np.zeros(len(y), np.int64)
    for p in range(len(y)):
        for v in range(size):
            for u in range(size):
                out[p] += windows.inside[y[p] + v, x[p] + u]
    return out


@kernel
def _distance(
    windows: Windows, p: int, whole: bool, flat: NDArray[np.uint8], start: int, row: int, limit: int
) -> np.int64:
    """Sum of squared differences, in the mask, of window p and that whose corner lies at flat[start].

    A sum above the limit may be cut short, but stays above it.
    """
    y, x, size = windows.y[p], windows.x[p], windows.size
    total = np.int64(0)
    for v in range(size):
        partial = np.int32(0)
        line = windows.framed[y + v]
        if whole:
            for u in range(size):
                for channel in range(3):
                    step = np.int32(line[x + u, channel]) - np.int32(flat[start + 3 * u + channel])
                    partial += step * step
        else:
            for u in range(size):
                for channel in range(3):
                    step = np.int32(line[x + u, channel]) - np.int32(flat[start + 3 * u + channel])
                    partial += windows.inside[y + v, x + u] * step * step
        total += partial
        if total > limit:
            return total
        start += row
    return total


@kernel
def _of_match(
    windows: Windows, p: int, whole: bool, copies: Copies, source: int, between: int, limit: int
) -> np.int64:
    """The distance of window p to its match."""
    row = copies.row[source]
    corner = copies.at[source] + between * copies.length - windows.size // 2 * (row + 3)
    distance: np.int64 = _distance(windows, p, whole, copies.flat, corner, row, limit)
    return distance


@kernel
def _price(
    windows: Windows, p: int, whole: bool, copies: Copies, source: int, between: int, limit: int
) -> np.int64:
    """The distance as it counts in the choice of a match: a resampled one costs _TOLL more."""
    distance: np.int64 = _of_match(windows, p, whole, copies, source, between, limit)
    return distance if between == WHOLE else distance + np.int64(_TOLL * distance)


@kernel
def measure(
    first: int,
    last: int,
    windows: Windows,
    count: NDArray[np.int64],
    copies: Copies,
    matches: Matches,
    distances: NDArray[np.int64],
) -> None:
    """Fill in the distances of the matches of the windows first to last - 1."""
    for p in range(first, last):
        whole = count[p] == windows.size**2
        source, between = matches.source[p], matches.between[p]
        distances[p] = _of_match(windows, p, whole, copies, source, between, _FAR)


@kernel
def sweep(
    first: int,
    last: int,
    windows: Windows,
    count: NDArray[np.int64],
    copies: Copies,
    near: Near,
    before: Matches,
    after: Matches,
) -> None:
    """One sweep over the windows first to last - 1: each keeps the cheapest match that it tries."""
    height, width = near.number.shape
    index_at, place, stride = near.index_at, near.place, near.stride
    for p in range(first, last):
        y, x, best, between = windows.y[p], windows.x[p], before.source[p], before.between[p]
        whole = count[p] == windows.size**2
        least = _price(windows, p, whole, copies, best, between, _FAR)
        for dy in range(-min(REACH, y), min(REACH + 1, height - y)):
            for dx in range(-min(REACH, x), min(REACH + 1, width - x)):
                neighbor = near.number[y + dy, x + dx]
                if neighbor < 0:
                    continue
                source, where = before.source[neighbor], before.between[neighbor]
                patch = index_at[place[source] - dy * stride[source] - dx]
                if patch >= 0 and (patch != best or where != between):
                    found = _price(windows, p, whole, copies, patch, where, least)
                    if found < least or (found == least and (patch, where) < (best, between)):
                        least, best, between = found, patch, where
        for move in range(near.common.shape[1]):
            patch = near.common[p, move]
            if patch >= 0 and (patch != best or between != WHOLE):
                found = _price(windows, p, whole, copies, patch, WHOLE, least)
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
                found = _price(windows, p, whole, copies, patch, where, least)
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
