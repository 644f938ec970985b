"""The nearest library patch for every patch of W, by coherence (beyond the paper).

Where a patch of W looks like a patch of a focused photo, the patch one pixel on mostly looks like the
one a pixel on there (Ashikhmin 2001). So each pixel tries what its neighbors matched, shifted back, and
keeps the nearest. All pixels of a sweep read the matches of the sweep before: their order, and the
number of threads, change nothing. The cost does not depend on the photo, where that of an exact search
does; the result is nearly that of the exact one, because W changes little from round to round.

Another view does not move by whole pixels: a match lies between them, at quarters. And what lies apart
from the rest, where no neighbor can hand on a match, tries how most of the others moved.
"""

import numpy as np

from refocuslab.paper.patches import REACH, Neighborhood, PatchLibrary
from refocuslab.registration import warp
from refocuslab.running.kernels import kernel
from refocuslab.running.threads import in_parts

# A pixel looks up to REACH pixels around for neighbors whose matches it tries.
_SWEEPS = 2
# Places tried to either side of a whole pixel, in 1/_PARTS of one: -2 … 1; and steps from one to the next.
_PARTS, _STEPS = 4, 3
_WHOLE = _PARTS // 2 * (_PARTS + 1)
# A photo resampled between its pixels is smoother, and nearer to anything: by so much it must be better.
_TOLL = 0.1
# How many of the most common moves every pixel tries.
_COMMON = 4
# One move serves all if their patches are then no more than so many times as far as the nearest; but none
# whose own patch is farther than that.
_ALL, _ANY = 1.5, 2.0


class Matcher:
    """Matches of the pixels of a mask in a library's focused photos, for windows of any size.

    sources: (n,) int64, the library patch that each pixel of the mask (in scanline order) matches, or the one
    nearest to its match. between: (n,) int64, where the match lies: _PARTS i + j for (i, j) - 2 quarters of a
    pixel down and right of that patch. distances: (n,) float64, mean squared difference over what lies in
    the mask of the window, in (8-bit grey levels)^2: outside, W is but the misfocused photo.
    """

    def __init__(self, library: PatchLibrary, photos, mask: np.ndarray, sources: np.ndarray, *, largest: int):
        self.mask = mask
        self.y, self.x = np.nonzero(mask)
        self.sources = np.array(sources, np.int64)
        self.between = np.full(len(self.y), _WHOLE)
        self.distances = np.zeros(len(self.y))
        self._number = np.full(mask.shape, -1)
        self._number[mask] = np.arange(len(self.y))
        self._frame = largest // 2
        # The framed photos, once for every place between the pixels.
        framed = Neighborhood(largest).framed
        copies = [[framed(_moved(photo.image, i, j)) for photo in photos]
                  for i in range(_PARTS) for j in range(_PARTS)]  # fmt: skip
        self._length = sum(copy.size for copy in copies[_WHOLE])
        self._copies = np.concatenate([copy.ravel() for moved in copies for copy in moved])
        starts = np.concatenate([[0], np.cumsum([copy.size for copy in copies[_WHOLE]])[:-1]])
        widths = np.array([copy.shape[1] for copy in copies[_WHOLE]])[library.photo]
        # Where, in all of one place strung together, a patch's centre begins, and the length of a row.
        rows, columns = library.y + self._frame, library.x + self._frame
        self._at = starts[library.photo] + 3 * (rows * widths + columns)
        self._row = 3 * widths
        self._library, self._shapes = library, [photo.mask.shape for photo in photos]

    def match(self, image: np.ndarray, size: int, *, threads=None) -> None:
        """Bring sources and distances up to date with W, (H, W, 3) uint8, for windows of this side."""
        neighborhood = Neighborhood(size)
        framed = neighborhood.framed(image)
        inside = neighborhood.framed(self.mask[..., None].astype(np.int32))[..., 0]
        # How much of each window lies in the mask.
        count = _window_sums(inside, self.y, self.x, size)
        grid, common = self._library.grid, self._moved_as_most()
        windows = (
            framed,
            inside,
            count,
            size,
            self._copies,
            self._length,
            self._at,
            self._row,
            self.y,
            self.x,
        )
        for _ in range(_SWEEPS):
            after, between = np.empty_like(self.sources), np.empty_like(self.between)
            given = (*windows, self._number, grid.index_at, grid.place, grid.stride, common,
                     self.sources, self.between, after, between)  # fmt: skip
            in_parts(lambda a, b, given=given: _sweep(a, b, *given), len(count), threads)
            self.sources, self.between = after, between
        distances = np.empty(len(count), np.int64)
        given = (*windows, self.sources, self.between, distances)
        in_parts(lambda a, b: _measure(a, b, *given), len(count), threads)
        self.distances = distances / (3 * count)

    def move_as_most(self, photo: np.ndarray) -> None:
        """If the pixels can all have moved as most have, let them.

        Two photos of one view differ by one move, but blur, an error of the PSF, and noise leave many
        patches of a focused photo about as near to U: then the nearest is often the one beside the right
        one, and Z as good as made of mistakes. ``photo``: U, (H, W, 3) uint8, compared with the library's
        blurred patches.
        """
        library = self._library
        seen = library.neighborhood.windows(photo, self.y, self.x)
        common = self._moved_as_most()[:, 0]
        there = common >= 0
        nearest = _squared(seen[there], library.blurred[self.sources[there]])
        moved = _squared(seen[there], library.blurred[common[there]])
        if moved.sum() <= _ALL**2 * nearest.sum():
            there[there] = moved <= _ANY**2 * nearest
            self.sources[there], self.between[there] = common[there], _WHOLE

    def average(self, weights: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Z, its weight, and how far it is from what it averages: the matched patches, laid where they match.

            Z(x) = sum over p of w_p v_p(x) / sum of w_p,   weight(x) = sum of w_p / size^2,
            discord(x) = sum over p of w_p |v_p(x) - Z(x)|^2 / (3 sum of w_p)

        over the patches p whose window covers x; w: (n,) float64. Z: (H, W, 3) float64, encoded 0..255;
        weight, discord: (H, W) float64. All are 0 where no patch reaches.
        """
        height, width = self.mask.shape
        frame = size // 2
        # Of three channels, and of their squares.
        total = np.zeros((height + 2 * frame, width + 2 * frame, 4))
        weight = np.zeros(total.shape[:2])
        at, row = self._at[self.sources] + self.between * self._length, self._row[self.sources]
        _lay(self.y, self.x, size, self._copies, at, row, weights, total, weight)
        # What was laid beyond the edges is left out: a match says nothing about mirrored pixels.
        inner = slice(frame, frame + height), slice(frame, frame + width)
        total, weight = total[inner], weight[inner]
        mean = total / np.where(weight > 0, weight, 1)[..., None]
        mean, square = np.ascontiguousarray(mean[..., :3]), mean[..., 3]
        return mean, weight / size**2, np.maximum(square - (mean**2).sum(axis=2), 0) / 3

    def _moved_as_most(self) -> np.ndarray:
        """(n, k) int64: the patch that each pixel would match if it moved as most do, the commonest move
        first; -1 where there is none."""
        library, grid = self._library, self._library.grid
        moves = np.stack([library.photo, library.y, library.x], axis=1)[self.sources]
        moves[:, 1:] -= np.stack([self.y, self.x], axis=1)
        moves, count = np.unique(moves, axis=0, return_counts=True)
        moves = moves[np.argsort(-count, kind="stable")[:_COMMON]]
        found = np.full((len(self.y), len(moves)), -1)
        for (photo, down, right), patches in zip(moves, found.T, strict=True):
            y, x = self.y + down, self.x + right
            height, width = self._shapes[photo]
            shown = (y >= 0) & (y < height) & (x >= 0) & (x < width)
            some = np.searchsorted(library.photo, photo)
            beside = (y - library.y[some]) * grid.stride[some] + x - library.x[some]
            patches[shown] = grid.index_at[grid.place[some] + beside[shown]]
        return found


def _squared(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Squared distances of the rows of two arrays of uint8."""
    difference = a.astype(np.int32)
    difference -= b
    return np.einsum("ij,ij->i", difference, difference)


def _moved(image: np.ndarray, i: int, j: int) -> np.ndarray:
    """What a photo, (H, W, 3) uint8, shows (i, j) - 2 quarters of a pixel further down and right."""
    if i == j == _PARTS // 2:
        return image
    y, x = (part / _PARTS - 0.5 for part in (i, j))
    further = np.array([[1, 0, x], [0, 1, y], [0, 0, 1]])
    return np.rint(warp.resample(image, *warp.positions(further, image.shape[:2]))).astype(np.uint8)


@kernel
def _window_sums(inside, ys, xs, size):
    out = np.zeros(len(ys), np.int64)
    for p in range(len(ys)):
        for v in range(size):
            for u in range(size):
                out[p] += inside[ys[p] + v, xs[p] + u]
    return out


@kernel(fastmath={"reassoc"})
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


@kernel
def _of_match(framed, inside, whole, y, x, size, copies, centre, row, limit):
    """The distance of a window to that whose centre begins there."""
    corner = centre - size // 2 * (row + 3)
    return _distance(framed, inside, whole, y, x, size, copies, corner, row, limit)


@kernel
def _price(framed, inside, whole, y, x, size, copies, centre, row, between, limit):
    """The same as it counts in the choice of a match."""
    distance = _of_match(framed, inside, whole, y, x, size, copies, centre, row, limit)
    return distance if between == _WHOLE else distance + np.int64(_TOLL * distance)


@kernel
def _measure(first, last, framed, inside, count, size, copies, length, at, row, ys, xs,
             sources, between, distances):  # fmt: skip
    for p in range(first, last):
        centre = at[sources[p]] + between[p] * length
        whole = count[p] == size * size
        distances[p] = _of_match(framed, inside, whole, ys[p], xs[p], size, copies, centre, row[sources[p]],
                                 np.int64(2**62))  # fmt: skip


@kernel
def _sweep(first, last, framed, inside, count, size, copies, length, at, row, ys, xs, number, index_at, place,
           stride, common, before, between_before, after, between_after):  # fmt: skip
    height, width = number.shape
    for p in range(first, last):
        y, x, best, between = ys[p], xs[p], before[p], between_before[p]
        whole = count[p] == size * size
        least = _price(framed, inside, whole, y, x, size, copies, at[best] + between * length,
                       row[best], between, np.int64(2**62))  # fmt: skip
        for dy in range(-min(REACH, y), min(REACH + 1, height - y)):
            for dx in range(-min(REACH, x), min(REACH + 1, width - x)):
                neighbor = number[y + dy, x + dx]
                if neighbor < 0:
                    continue
                source, where = before[neighbor], between_before[neighbor]
                patch = index_at[place[source] - dy * stride[source] - dx]
                if patch >= 0 and (patch != best or where != between):
                    found = _price(framed, inside, whole, y, x, size, copies, at[patch] + where * length,
                                   row[patch], where, least)  # fmt: skip
                    if found < least or (found == least and (patch, where) < (best, between)):
                        least, best, between = found, patch, where
        for move in range(common.shape[1]):
            patch = common[p, move]
            if patch >= 0 and (patch != best or between != _WHOLE):
                found = _price(framed, inside, whole, y, x, size, copies, at[patch] + _WHOLE * length,
                               row[patch], _WHOLE, least)  # fmt: skip
                if found < least:
                    least, best, between = found, patch, _WHOLE
        # From there by quarters of a pixel, as long as it gets better.
        for _ in range(_STEPS):
            middle, between_middle = best, between
            for down, right in ((0, -1), (0, 1), (-1, 0), (1, 0)):
                i, j = between_middle // _PARTS + down, between_middle % _PARTS + right
                patch = index_at[place[middle] + i // _PARTS * stride[middle] + j // _PARTS]
                if patch < 0:
                    continue
                where = i % _PARTS * _PARTS + j % _PARTS
                found = _price(framed, inside, whole, y, x, size, copies, at[patch] + where * length,
                               row[patch], where, least)  # fmt: skip
                if found < least:
                    least, best, between = found, patch, where
            if best == middle and between == between_middle:
                break
        after[p], between_after[p] = best, between


@kernel
def _lay(ys, xs, size, copies, at, row, weights, total, weight):
    half = size // 2
    for p in range(len(ys)):
        start, w = at[p] - half * (row[p] + 3), weights[p]
        for v in range(size):
            for u in range(size):
                weight[ys[p] + v, xs[p] + u] += w
                for channel in range(3):
                    value = np.float64(copies[start + 3 * u + channel])
                    total[ys[p] + v, xs[p] + u, channel] += w * value
                    total[ys[p] + v, xs[p] + u, 3] += w * value * value
            start += row[p]
