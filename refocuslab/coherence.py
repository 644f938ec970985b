"""The nearest library patch for every patch of W, by coherence (beyond the paper).

Where a patch of W looks like a patch of a focused photo, the patch one pixel on mostly looks like the
one a pixel on there (Ashikhmin 2001). So each pixel tries what its neighbors matched, shifted back, and
keeps the nearest. All pixels of a sweep read the matches of the sweep before: their order, and the
number of threads, change nothing. The cost does not depend on the photo, where that of an exact search
does; the result is nearly that of the exact one, because W changes little from round to round.
"""

import numpy as np
from numba import njit

from refocuslab.patches import Neighborhood, PatchLibrary
from refocuslab.threads import in_parts

# How far a pixel looks for neighbors whose matches it tries.
_REACH = 2
_SWEEPS = 2


class Matcher:
    """Matches of the pixels of a mask in a library's focused photos, for windows of any size.

    sources: (n,) int64, the library patch that each pixel of the mask (in scanline order) matches.
    distances: (n,) float64, mean squared difference over what lies in the mask of the window, in (8-bit
    grey levels)^2: outside, W is but the misfocused photo.
    """

    def __init__(self, library: PatchLibrary, photos, mask: np.ndarray, sources: np.ndarray, *, largest: int):
        self.mask = mask
        self.y, self.x = np.nonzero(mask)
        self.sources = np.array(sources, np.int64)
        self.distances = np.zeros(len(self.y))
        self._number = np.full(mask.shape, -1)
        self._number[mask] = np.arange(len(self.y))
        self._frame = largest // 2
        framed = [Neighborhood(largest).framed(photo.image) for photo in photos]
        starts = np.concatenate([[0], np.cumsum([frame.size for frame in framed])[:-1]])
        widths = np.array([frame.shape[1] for frame in framed])[library.photo]
        # Where, in all framed photos strung together, a patch's centre begins, and the length of a row.
        self._flat = np.concatenate([frame.ravel() for frame in framed])
        rows, columns = library.y + self._frame, library.x + self._frame
        self._at = starts[library.photo] + 3 * (rows * widths + columns)
        self._row = 3 * widths
        self._grid = library.grid

    def match(self, image: np.ndarray, size: int, *, threads=None) -> None:
        """Bring sources and distances up to date with W, (H, W, 3) uint8, for windows of this side."""
        neighborhood = Neighborhood(size)
        framed = neighborhood.framed(image)
        inside = neighborhood.framed(self.mask[..., None].astype(np.int32))[..., 0]
        # How much of each window lies in the mask.
        count = _window_sums(inside, self.y, self.x, size)
        grid = self._grid
        for _ in range(_SWEEPS):
            before = self.sources
            distances = np.empty(len(before), np.int64)
            after = np.empty_like(before)
            given = (framed, inside, count, size, self._flat, self._at, self._row, self.y, self.x,
                     self._number, grid.index_at, grid.place, grid.stride,
                     before, after, distances)  # fmt: skip
            in_parts(lambda a, b, given=given: _sweep(a, b, *given), len(before), threads)
            self.sources = after
        self.distances = distances / (3 * count)

    def average(self, weights: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
        """Z and its weight: the matched patches, laid where they match and averaged.

            Z(x) = sum over p of w_p v_p(x) / sum of w_p,   weight(x) = sum of w_p / size^2

        over the patches p whose window covers x; w: (n,) float64. Z: (H, W, 3) float64, encoded 0..255.
        Both are 0 where no patch reaches.
        """
        height, width = self.mask.shape
        frame = size // 2
        total = np.zeros((height + 2 * frame, width + 2 * frame, 3))
        weight = np.zeros(total.shape[:2])
        _lay(self.y, self.x, size, self._flat, self._at, self._row, self.sources, weights, total, weight)
        # What was laid beyond the edges is left out: a match says nothing about mirrored pixels.
        inner = slice(frame, frame + height), slice(frame, frame + width)
        total, weight = total[inner], weight[inner]
        return total / np.where(weight > 0, weight, 1)[..., None], weight / size**2


@njit(cache=True, nogil=True)
def _window_sums(inside, ys, xs, size):
    out = np.zeros(len(ys), np.int64)
    for p in range(len(ys)):
        for v in range(size):
            for u in range(size):
                out[p] += inside[ys[p] + v, xs[p] + u]
    return out


@njit(cache=True, nogil=True, fastmath={"reassoc"})
def _distance(framed, inside, whole, y, x, size, flat, start, row, limit):
    """Sum of squared differences of two windows in the mask; once over the limit, whatever it is then."""
    total = np.int64(0)
    for v in range(size):
        partial = np.int32(0)
        line = framed[y + v]
        if whole:
            for u in range(size):
                for channel in range(3):
                    step = np.int32(line[x + u, channel]) - np.int32(flat[start + 3 * u + channel])
                    partial += step * step
        else:
            for u in range(size):
                for channel in range(3):
                    step = np.int32(line[x + u, channel]) - np.int32(flat[start + 3 * u + channel])
                    partial += inside[y + v, x + u] * step * step
        total += partial
        if total > limit:
            return total
        start += row
    return total


@njit(cache=True, nogil=True)
def _sweep(first, last, framed, inside, count, size, flat, at, row, ys, xs, number, index_at, place, stride,
           before, after, distances):  # fmt: skip
    height, width = number.shape
    half = size // 2
    for p in range(first, last):
        y, x, best = ys[p], xs[p], before[p]
        whole = count[p] == size * size
        corner = at[best] - half * (row[best] + 3)
        least = _distance(framed, inside, whole, y, x, size, flat, corner, row[best], np.int64(2**62))
        for dy in range(-_REACH, _REACH + 1):
            for dx in range(-_REACH, _REACH + 1):
                if not (0 <= y + dy < height and 0 <= x + dx < width) or number[y + dy, x + dx] < 0:
                    continue
                source = before[number[y + dy, x + dx]]
                patch = index_at[place[source] - dy * stride[source] - dx]
                if patch >= 0 and patch != best:
                    corner = at[patch] - half * (row[patch] + 3)
                    distance = _distance(framed, inside, whole, y, x, size, flat, corner, row[patch], least)
                    if distance < least or (distance == least and patch < best):
                        least, best = distance, patch
        after[p], distances[p] = best, least


@njit(cache=True, nogil=True)
def _lay(ys, xs, size, flat, at, row, sources, weights, total, weight):
    half = size // 2
    for p in range(len(ys)):
        source, w = sources[p], weights[p]
        start = at[source] - half * (row[source] + 3)
        for v in range(size):
            for u in range(size):
                weight[ys[p] + v, xs[p] + u] += w
                for channel in range(3):
                    total[ys[p] + v, xs[p] + u, channel] += w * flat[start + 3 * u + channel]
            start += row[source]
