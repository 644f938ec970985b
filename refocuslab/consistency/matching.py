"""The nearest library patch for every patch of W, by coherence (beyond the paper).

Where a patch of W looks like a patch of a focused photo, the patch one pixel on mostly looks like the
one a pixel on there (Ashikhmin 2001). So each pixel tries what its neighbors matched, shifted back, and
keeps the nearest. All pixels of a sweep read the matches of the sweep before: their order, and the
number of threads, change nothing. The cost does not depend on the photo, where that of an exact search
does; the result is nearly that of the exact one, because W changes little from round to round.

Another view is not displaced by whole pixels: a match lies between them, at quarters. And what lies apart
from the rest, where no neighbor can hand on a match, tries the most common displacements.
"""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.interpolate import BSpline

from refocuslab.consistency.match_kernels import (
    PARTS,
    WHOLE,
    Copies,
    Laid,
    Matches,
    Near,
    Seen,
    Sweep,
    Windows,
    counts,
    lay,
    sweep,
)
from refocuslab.optics import splines
from refocuslab.paper.patches import Neighborhood, PatchLibrary
from refocuslab.running.threads import in_parts
from refocuslab.scene import FocusedPhoto

# Sweeps a round; in each, a pixel tries the matches of the neighbors up to REACH pixels around. Six scenes:
# one sweep, from -0.27 (motorcycle-perturbed) to +0.09 dB; four, nothing, for a third more time.
_SWEEPS = 2
# How many of the most common displacements every pixel tries. Six scenes: 2, nothing; 8, nothing but
# +0.22 dB on astronaut-perspective.
_COMMON = 4
# One displacement serves all if the RMS distance of its patches is at most _ALL times that of the nearest
# patches; a pixel whose own patch is farther than _ANY times its nearest keeps that. Six scenes: half of
# either, which is to say never, -0.26 dB on coffee, a photo of the same view, and elsewhere nothing;
# _ALL = 3, -0.43 on motorcycle-perturbed; _ANY = 4, nothing.
_ALL, _ANY = 1.5, 2.0
# Rows of W that one thread fills at a time. And the order of the splines between pixels.
_ROWS, _ORDER = 32, 5


class Matcher:
    """Matches of the pixels of a mask in a library's focused photos, for windows of any size.

    Parameters
    ----------
    library : PatchLibrary
        N patches of the focused photos.
    photos : sequence of FocusedPhoto
        Those photos.
    mask : ndarray of bool, (H, W)
        The n pixels to match.
    sources : ndarray of int64, (n,)
        The first matches, whole pixels: numbers of library patches, in scanline order of the mask.
    largest : int
        Side of the largest window, odd.

    Attributes
    ----------
    y, x : ndarray of int64, (n,)
        The pixels of the mask, in scanline order.
    sources : ndarray of int64, (n,)
        The library patch that each pixel matches, or the one nearest to its match.
    between : ndarray of int64, (n,)
        Where the match lies: 4 i + j for (i, j) - 2 quarters of a pixel down and right of that patch.
    distances : ndarray of float64, (n,)
        Mean squared difference of a pixel's window and its match, (8-bit gray levels)^2, over what lies in
        the mask of the window: outside the mask W equals U.
    """

    def __init__(
        self,
        library: PatchLibrary,
        photos: Sequence[FocusedPhoto],
        mask: NDArray[np.bool_],
        sources: NDArray[np.int64],
        *,
        largest: int,
    ) -> None:
        self.mask = mask
        self.y, self.x = np.nonzero(mask)
        self.sources = np.array(sources, np.int64)
        self.between = np.full(len(self.y), WHOLE)
        self.distances = np.zeros(len(self.y))
        self._number = np.full(mask.shape, -1)
        self._number[mask] = np.arange(len(self.y))
        framed = Neighborhood(largest).framed
        displaced = [_displaced(photo.image) for photo in photos]
        copies = [[framed(copy) for copy in place] for place in zip(*displaced, strict=True)]
        flat = np.concatenate([copy.ravel() for place in copies for copy in place])
        sizes = [copy.size for copy in copies[WHOLE]]
        starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
        widths = np.array([copy.shape[1] for copy in copies[WHOLE]])[library.photo]
        rows, columns = library.y + largest // 2, library.x + largest // 2
        at = starts[library.photo] + 3 * (rows * widths + columns)
        self._copies = Copies(flat, sum(sizes), at, 3 * widths)
        self._library, self._shapes = library, [photo.mask.shape for photo in photos]

    def match(self, image: NDArray[np.uint8], size: int, *, threads: int | None = None) -> None:
        """Bring sources, between and distances up to date with W, for windows of this side.

        Parameters
        ----------
        image : ndarray of uint8, (H, W, 3)
            W, sRGB.
        size : int
            The windows' side, odd, at most ``largest``.
        threads : int or None
            How many threads to use; the result does not depend on it.
        """
        neighborhood = Neighborhood(size)
        values = neighborhood.framed(image)
        inside = np.repeat(neighborhood.framed(self.mask[..., None].astype(np.uint8)), 3, axis=2)
        seen = Seen(values.ravel(), inside.ravel(), 3 * values.shape[1], size)
        count = counts(seen, self.y, self.x)
        given = seen, Windows(self.y, self.x, count), self._copies
        grid = self._library.grid
        near = Near(self._number, grid.index_at, grid.place, grid.stride, self._most_common())
        everywhere = np.ones(self.mask.shape, np.bool_)
        before = Sweep(Matches(self.sources, self.between), np.empty(len(count), np.int64), everywhere)
        for _ in range(_SWEEPS):
            matches = Matches(np.empty_like(self.sources), np.empty_like(self.between))
            after = Sweep(matches, np.empty_like(before.distances), np.zeros_like(everywhere))
            _in_parts(len(count), threads, sweep, *given, near, before, after)
            before = after
        self.sources, self.between = before.matches
        self.distances = before.distances / (3 * count)

    def adopt_common_displacement(self, photo: NDArray[np.uint8], *, threads: int | None = None) -> None:
        """Displace all pixels by the most common displacement, if one displacement can serve them all.

        Two photos of one view differ by one displacement, but blur, an error of the PSF, and noise leave
        many patches of a focused photo about as near to U: then the nearest is often the one beside the
        right one, and most of Z is made of such mistakes.

        Parameters
        ----------
        photo : ndarray of uint8, (H, W, 3)
            U, sRGB, compared with the library's blurred patches.
        threads : int or None
            How many threads to use; the result does not depend on it.
        """
        library = self._library
        common = self._most_common()[:, 0]
        there = common >= 0
        y, x, patches = self.y[there], self.x[there], np.stack([self.sources[there], common[there]])
        squared = np.empty(patches.shape, np.int32)

        def part(first: int, last: int) -> None:
            seen = library.neighborhood.windows(photo, y[first:last], x[first:last])
            for found, nearby in zip(squared[:, first:last], patches[:, first:last], strict=True):
                found[:] = _squared(seen, library.blurred[nearby])

        in_parts(part, len(y), threads)
        nearest, displaced = squared
        if displaced.sum() <= _ALL**2 * nearest.sum():
            there[there] = displaced <= _ANY**2 * nearest
            self.sources[there], self.between[there] = common[there], WHOLE

    def average(
        self,
        weights: NDArray[np.float64],
        size: int,
        *,
        discord: bool = False,
        threads: int | None = None,
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64] | None]:
        """Z: the matched patches, laid where they match, and averaged.

            Z(x) = sum over p of w_p v_p(x) / sum of w_p,   weight(x) = sum of w_p / size^2,
            discord(x) = sum over p of w_p |v_p(x) - Z(x)|^2 / (3 sum of w_p)

        over the patches p whose window covers x.

        Parameters
        ----------
        weights : ndarray of float64, (n,)
            w_p.
        size : int
            The windows' side, odd, at most ``largest``.
        discord : bool
            Whether that is asked for.
        threads : int or None
            How many threads to use; the result does not depend on it.

        Returns
        -------
        mean : ndarray of float64, (H, W, 3)
            Z, encoded 0..255; 0 where no patch reaches, as are the others.
        weight : ndarray of float64, (H, W)
            The weight of Z.
        discord : ndarray of float64, (H, W), or None
            The variance of what the patches say, (gray levels)^2.
        """
        height, width = self.mask.shape
        frame = size // 2
        shape = height + 2 * frame, width + 2 * frame
        squares = np.zeros(shape if discord else (0, 0))
        laid = Laid(np.zeros((shape[0], 3 * shape[1])), np.zeros(shape), squares)
        windows = Windows(self.y, self.x, np.empty(0, np.int64))
        given = windows, size, self._copies, Matches(self.sources, self.between), weights, laid

        def rows(first: int, last: int) -> None:
            lay(-(-first // shape[1]), -(-last // shape[1]), *given)

        in_parts(rows, shape[0] * shape[1], threads, at_least=_ROWS * shape[1])
        # What was laid beyond the edges is left out: a match says nothing about mirrored pixels.
        inner = slice(frame, frame + height), slice(frame, frame + width)
        weight = laid.weight[inner]
        share = np.where(weight > 0, weight, 1)
        mean = laid.total.reshape(*shape, 3)[inner] / share[..., None]
        if not discord:
            return mean, weight / size**2, None
        variance = laid.squares[inner] / share - (mean**2).sum(axis=2)
        return mean, weight / size**2, np.maximum(variance, 0) / 3

    def _most_common(self) -> NDArray[np.int64]:
        """(n, k): the patch that each pixel would match under the k most common displacements, the
        commonest first; -1 where there is none."""
        library, grid = self._library, self._library.grid
        down, right = library.y[self.sources] - self.y, library.x[self.sources] - self.x
        # One number for each displacement: sorting rows of three takes ten times as long.
        wide = 2 * max(max(shape) for shape in (*self._shapes, self.mask.shape))
        keys = (library.photo[self.sources] * wide + down + wide // 2) * wide + right + wide // 2
        keys, count = np.unique(keys, return_counts=True)
        keys = keys[np.argsort(-count, kind="stable")[:_COMMON]]
        displacements = np.stack(
            [keys // wide**2, keys // wide % wide - wide // 2, keys % wide - wide // 2], axis=1
        )
        found = np.full((len(self.y), len(displacements)), -1)
        for (photo, down, right), patches in zip(displacements, found.T, strict=True):
            y, x = self.y + down, self.x + right
            height, width = self._shapes[photo]
            shown = (y >= 0) & (y < height) & (x >= 0) & (x < width)
            some = np.searchsorted(library.photo, photo)
            beside = (y - library.y[some]) * grid.stride[some] + x - library.x[some]
            patches[shown] = grid.index_at[grid.place[some] + beside[shown]]
        return found


def _in_parts(length: int, threads: int | None, run: Callable[..., None], *given: object) -> None:
    """run(first, last, *given) over 0..length in parts, on several threads."""
    in_parts(lambda first, last: run(first, last, *given), length, threads)


def _squared(a: NDArray[np.uint8], b: NDArray[np.uint8]) -> NDArray[np.int32]:
    """Squared distances of the rows of two arrays."""
    difference = a.astype(np.int32)
    difference -= b
    squares: NDArray[np.int32] = np.einsum("ij,ij->i", difference, difference)
    return squares


def _displaced(image: NDArray[np.uint8]) -> list[NDArray[np.uint8]]:
    """What a photo, (H, W, 3), shows (i, j) - 2 quarters of a pixel further down and right, by 4 i + j.

    Between its pixels it is a spline of order 5, mirrored at the edges, as ``warp.resample`` has it.
    """
    spline = splines.coefficients(image.astype(float), _ORDER)
    basis = BSpline.basis_element(np.arange(_ORDER + 2) - (_ORDER + 1) / 2, extrapolate=False)
    taps = [
        np.nan_to_num(basis(np.arange(-_ORDER // 2, _ORDER // 2 + 2) - (part / PARTS - 0.5)))
        for part in range(PARTS)
    ]
    found = []
    for i in range(PARTS):
        rows = ndimage.correlate1d(spline, taps[i], 0, mode="mirror")
        for j in range(PARTS):
            moved = ndimage.correlate1d(rows, taps[j], 1, mode="mirror")
            found.append(np.clip(np.rint(moved), 0, 255).astype(np.uint8))
    found[WHOLE] = image
    return found
