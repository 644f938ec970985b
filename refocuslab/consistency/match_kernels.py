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
# seven arrays, matching windows of 3 x 3 took 1.4 times as long. They read slices of strung arrays, in int32:
# so the compiler has no index to check, and works on many values at once, 8 times as fast at 31 x 31.
class Seen(NamedTuple):
    """W as the windows see it, in a frame as wide as half a window, by row, column and channel.

    Attributes
    ----------
    values : ndarray of uint8, (3 (H + size - 1) (W + size - 1),)
        W, reflected at its edges.
    inside : ndarray of uint8, (3 (H + size - 1) (W + size - 1),)
        1 in the mask, else 0; reflected alike.
    row : int
        The number of values in a row.
    size : int
        Side of the windows, odd.
    """

    values: NDArray[np.uint8]
    inside: NDArray[np.uint8]
    row: int
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
    corner : int
        Where in the values of ``Seen`` its first pixel begins.
    whole : bool
        Whether all of it lies in the mask.
    """

    corner: int
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


class Laid(NamedTuple):
    """Sums over the patches that cover each pixel of W in its frame.

    Attributes
    ----------
    total : ndarray of float64, (H + size - 1, 3 (W + size - 1))
        Of w_p v_p, for three channels.
    weight : ndarray of float64, (H + size - 1, W + size - 1)
        Of w_p.
    squares : ndarray of float64, the same, or (0, 0) where nobody asks
        Of w_p |v_p|^2.
    """

    total: NDArray[np.float64]
    weight: NDArray[np.float64]
    squares: NDArray[np.float64]


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


class Sweep(NamedTuple):
    """What a sweep writes.

    Attributes
    ----------
    matches : Matches
        The cheapest match that each window tried.
    distances : ndarray of int64, (n,)
        Their sums of squared differences in the mask.
    changed : ndarray of bool, (H, W)
        Where the match is another than before.
    """

    matches: Matches
    distances: NDArray[np.int64]
    changed: NDArray[np.bool_]


@kernel
def counts(seen: Seen, y: NDArray[np.int64], x: NDArray[np.int64]) -> NDArray[np.int64]:
    """(n,) How many pixels of each window lie in the mask."""
    out = np.zeros(len(y), np.int64)
    for p in range(len(y)):
        total = np.int64(0)
        for v in range(seen.size):
            at = (y[p] + v) * seen.row + 3 * x[p]
            for one in seen.inside[at : at + 3 * seen.size]:
                total += one
        out[p] = total // 3
    return out


@kernel
def _distance(
    seen: Seen, window: Window, flat: NDArray[np.uint8], start: int, row: int, limit: int
) -> np.int64:
    """Sum of squared differences, in the mask, of a window and that whose corner begins at flat[start].

    A sum above the limit may be cut short, but stays above it.
    """
    at, length = window.corner, 3 * seen.size
    total = np.int64(0)
    for _ in range(seen.size):
        partial = np.int32(0)
        here, there = seen.values[at : at + length], flat[start : start + length]
        if window.whole:
            for k in range(length):
                step = np.int32(np.int32(here[k]) - np.int32(there[k]))
                partial = np.int32(partial + np.int32(step * step))
        else:
            inside = seen.inside[at : at + length]
            for k in range(length):
                step = np.int32(np.int32(inside[k]) * np.int32(np.int32(here[k]) - np.int32(there[k])))
                partial = np.int32(partial + np.int32(step * step))
        total += partial
        if total > limit:
            return total
        at += seen.row
        start += row
    return total


@kernel
def of_match(
    seen: Seen, window: Window, flat: NDArray[np.uint8], center: int, row: int, limit: int
) -> np.int64:
    """The distance of a window to that whose center begins at flat[center]."""
    corner = center - seen.size // 2 * (row + 3)
    distance: np.int64 = _distance(seen, window, flat, corner, row, limit)
    return distance


@kernel
def _priced(distance: np.int64, between: int) -> np.int64:
    """The distance as it counts in the choice of a match: a resampled one costs _TOLL more."""
    return distance if between == WHOLE else distance + np.int64(_TOLL * distance)


@kernel
def _known(tried: NDArray[np.int64], count: int, match: int) -> bool:
    """Whether a match is among the first of those tried: the latest are looked at first."""
    k = count - 1
    while k >= 0 and tried[k] != match:
        k -= 1
    return k >= 0


@kernel
def _stirred(changed: NDArray[np.bool_], y: int, x: int) -> bool:
    """Whether the match of a window changed, or that of one whose match it tries."""
    height, width = changed.shape
    for v in range(max(0, y - REACH), min(height, y + REACH + 1)):
        for u in range(max(0, x - REACH), min(width, x + REACH + 1)):
            if changed[v, u]:
                return True
    return False


@kernel
def sweep(
    first: int,
    last: int,
    seen: Seen,
    windows: Windows,
    copies: Copies,
    near: Near,
    before: Sweep,
    after: Sweep,
) -> None:
    """One sweep over the windows first to last - 1: each keeps the cheapest match that it tries.

    It tries those of its neighbors, shifted back (Ashikhmin 2001), then the most common displacements, then
    steps of a quarter of a pixel. ``after`` is written; ``before`` is not, so the order does not matter. A
    window that would try what it tried in the sweep before is left alone.
    """
    number, common = near.number, near.common
    index_at, place, stride = near.index_at, near.place, near.stride
    sources, betweens = before.matches.source, before.matches.between
    flat, length, at, row = copies.flat, copies.length, copies.at, copies.row
    height, width = number.shape
    tried = np.empty((2 * REACH + 1) ** 2 + common.shape[1] + 4 * _STEPS, np.int64)
    for p in range(first, last):
        y, x, best, between = windows.y[p], windows.x[p], sources[p], betweens[p]
        after.changed[y, x] = False
        after.matches.source[p], after.matches.between[p] = best, between
        after.distances[p] = before.distances[p]
        if not _stirred(before.changed, y, x):
            continue
        window = Window(y * seen.row + 3 * x, windows.counted[p] == seen.size**2)
        here = best * PARTS**2 + between
        distance = of_match(seen, window, flat, at[best] + between * length, row[best], _FAR)
        least = _priced(distance, between)
        tried[0], count = here, 1
        for dy in range(-min(REACH, y), min(REACH + 1, height - y)):
            for dx in range(-min(REACH, x), min(REACH + 1, width - x)):
                neighbor = number[y + dy, x + dx]
                if neighbor < 0:
                    continue
                source, where = sources[neighbor], betweens[neighbor]
                patch = index_at[place[source] - dy * stride[source] - dx]
                match = patch * PARTS**2 + where
                if patch < 0 or _known(tried, count, match):
                    continue
                tried[count] = match
                count += 1
                found = of_match(seen, window, flat, at[patch] + where * length, row[patch], least)
                price = _priced(found, where)
                if price < least or (price == least and (patch, where) < (best, between)):
                    least, distance, best, between = price, found, patch, where
        for move in range(common.shape[1]):
            patch = common[p, move]
            if patch < 0 or _known(tried, count, patch * PARTS**2 + WHOLE):
                continue
            tried[count] = patch * PARTS**2 + WHOLE
            count += 1
            found = of_match(seen, window, flat, at[patch] + WHOLE * length, row[patch], least)
            if found < least:
                least, distance, best, between = found, found, patch, WHOLE
        # From there by quarters of a pixel, as long as it gets better.
        for _ in range(_STEPS):
            middle, between_middle = best, between
            for down, right in ((0, -1), (0, 1), (-1, 0), (1, 0)):
                i, j = between_middle // PARTS + down, between_middle % PARTS + right
                patch = index_at[place[middle] + i // PARTS * stride[middle] + j // PARTS]
                where = i % PARTS * PARTS + j % PARTS
                if patch < 0 or _known(tried, count, patch * PARTS**2 + where):
                    continue
                tried[count] = patch * PARTS**2 + where
                count += 1
                found = of_match(seen, window, flat, at[patch] + where * length, row[patch], least)
                price = _priced(found, where)
                if price < least:
                    least, distance, best, between = price, found, patch, where
            if best == middle and between == between_middle:
                break
        after.matches.source[p], after.matches.between[p] = best, between
        after.distances[p] = distance
        after.changed[y, x] = best * PARTS**2 + between != here


@kernel
def lay(
    first: int,
    last: int,
    windows: Windows,
    size: int,
    copies: Copies,
    matches: Matches,
    weights: NDArray[np.float64],
    laid: Laid,
) -> None:
    """Lay every matched patch where its window lies, into rows first to last - 1 of the frame.

    The patches that reach a row are added in the windows' order, whichever rows are filled together.

    Parameters
    ----------
    first, last : int
        Rows of what is laid.
    windows : Windows
        The windows.
    size : int
        Their side.
    copies : Copies
        The focused photos.
    matches : Matches
        The windows' matches.
    weights : ndarray of float64, (n,)
        w_p.
    laid : Laid
        What is added to.
    """
    half, length = size // 2, 3 * size
    begin, end = np.searchsorted(windows.y, first - size + 1), np.searchsorted(windows.y, last)
    for p in range(begin, end):
        source, w, y = matches.source[p], weights[p], windows.y[p]
        row = copies.row[source]
        start = copies.at[source] + matches.between[p] * copies.length - half * (row + 3)
        for v in range(max(first - y, 0), min(size, last - y)):
            at = start + v * row
            shown = copies.flat[at : at + length]
            total = laid.total[y + v, 3 * windows.x[p] : 3 * windows.x[p] + length]
            for k in range(length):
                total[k] += w * np.float64(shown[k])
            weight = laid.weight[y + v, windows.x[p] : windows.x[p] + size]
            for u in range(size):
                weight[u] += w
            if laid.squares.shape[0]:
                squares = laid.squares[y + v, windows.x[p] : windows.x[p] + size]
                for u in range(size):
                    for channel in range(3):
                        squares[u] += w * np.float64(shown[3 * u + channel]) ** 2
