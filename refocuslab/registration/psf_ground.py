"""What two photos show at the same places: patches of texture, and squares all over the object.

U is looked at every ``unit`` pixels only, so that a wide PSF is no more pixels wide than a narrow one.
"""

import math
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from refocuslab.lens.lattice import SQUARE, Lattice, joined, square_corners
from refocuslab.lens.patches import Patches
from refocuslab.optics.light import LightKind, decode, gray, gray_levels_per_light
from refocuslab.registration import warp
from refocuslab.registration.exposure import Exposure
from refocuslab.scene import FocusedPhoto, Scene

_Array = NDArray[np.float64]

# Side of a patch in units, and into how many parts the object is divided along each side: one patch of each,
# where it has most texture.
_SIDE, _PARTS = 24, 6
# The least share of a patch's pixels that must count.
_SHARE = 0.3
# Places with less than this share of the energy of the most textured one tell next to nothing.
_FLAT = 0.01
# Photos of more pixels are looked through coarsely for texture.
_ENOUGH = 10**6
# Values this bright may be clipped.
_SATURATED = 252
# Standard deviation of the smoothing before pixels are left out, in the unit that is left: a tenth of the
# contrast stays where it aliases.
_SMOOTH = 0.7
# Pixels: as far as a spline of order five feels its ends.
_NEAR = 8


class Located(NamedTuple):
    """Where a focused photo lies.

    Attributes
    ----------
    matrix : ndarray of float64, (3, 3)
        The homography from pixels of U to pixels of V.
    exposure : Exposure
        U = gain Blur(V) + offset.
    """

    matrix: NDArray[np.float64]
    exposure: Exposure


class Ground:
    """The places that are looked at, and what lies there in both photos.

    Parameters
    ----------
    scene, focused : Scene, FocusedPhoto
        U with its mask, and V.
    located : Located
        Where V lies.
    light : {"linear", "encoded"}
        Where the PSF acts.
    unit : int
        Only every so many pixels are looked at.
    reach : int
        How far a PSF reaches, in that unit.

    Attributes
    ----------
    corners : list of (int, int)
        y and x of the first pixel of each patch.
    """

    def __init__(
        self,
        scene: Scene,
        focused: FocusedPhoto,
        located: Located,
        light: LightKind,
        unit: int,
        reach: int,
    ) -> None:
        self._scene, self._focused, self._located = scene, focused, located
        self._light, self.unit, self.reach = light, unit, reach
        # Smoothing reaches beyond a patch.
        self._rim = math.ceil(4 * _SMOOTH * unit) if unit > 1 else 0
        # The mean over an even number of pixels lies half a pixel before the middle one.
        self._middle = 0.0 if unit % 2 else 0.5
        self.corners = self._chosen()

    def _chosen(self) -> list[tuple[int, int]]:
        """One patch of each part of the object: where U has most texture that counts."""
        misfocused, side = self._scene.misfocused, _SIDE * self.unit
        height, width = self._scene.mask.shape
        thin = math.isqrt(height * width // _ENOUGH) + 1 if height * width > _ENOUGH else 1
        thinned = misfocused[::thin, ::thin]
        counts = self._counts(np.arange(0, height, thin), np.arange(0, width, thin))
        values = gray(gray_levels_per_light(thinned, self._light)) * gray(decode(thinned, light=self._light))
        texture = ndimage.gaussian_gradient_magnitude(values, 1.0) ** 2
        window = max(1, side // thin)
        energy = ndimage.uniform_filter(np.where(counts, texture, 0.0), window, mode="constant")
        share = ndimage.uniform_filter(counts.astype(float), window, mode="constant")
        # The whole patch, and what its smoothing reaches, lies in the photo.
        edge, half = side // 2 + self._rim, side // 2
        y, x = np.arange(0, height, thin)[:, None], np.arange(0, width, thin)
        inside = (y >= edge) & (y < height - edge) & (x >= edge) & (x < width - edge)
        energy = np.where(inside & (share >= _SHARE), energy, 0.0)
        textured = energy > _FLAT * energy.max()
        rows, columns = np.flatnonzero(textured.any(axis=1)), np.flatnonzero(textured.any(axis=0))
        if not len(rows):
            return []
        ys = np.linspace(rows[0], rows[-1] + 1, _PARTS + 1).astype(int)
        xs = np.linspace(columns[0], columns[-1] + 1, _PARTS + 1).astype(int)
        corners = []
        for top, bottom in pairwise(ys):
            for left, right in pairwise(xs):
                part = energy[top:bottom, left:right]
                if textured[top:bottom, left:right].any():
                    row, column = np.unravel_index(part.argmax(), part.shape)
                    corners.append((int(top + row) * thin - half, int(left + column) * thin - half))
        return corners

    def _counts(self, rows: NDArray[np.int64], columns: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Pixels of the object in U, unsaturated, that V shows with all that the PSF gathers there."""
        grid = np.ix_(rows, columns)
        x, y = warp.apply(self._located.matrix, columns[None, :] + 0.0, rows[:, None] + 0.0)
        held = self._held(x, y)
        step = int(rows[1] - rows[0]) if len(rows) > 1 else 1
        around = 2 * math.ceil(self.reach * self.unit / step) + 1
        shown = ndimage.minimum_filter(held, around, mode="constant", cval=0)
        bright = self._scene.misfocused[grid].max(axis=2) >= _SATURATED
        counts: NDArray[np.bool_] = self._scene.mask[grid] & shown & ~bright
        return counts

    def _held(self, x: _Array, y: _Array) -> NDArray[np.bool_]:
        """Which positions lie in the mask of V."""
        mask = self._focused.mask
        columns = np.clip(np.rint(np.nan_to_num(x)), 0, mask.shape[1] - 1).astype(int)
        rows = np.clip(np.rint(np.nan_to_num(y)), 0, mask.shape[0] - 1).astype(int)
        held: NDArray[np.bool_] = warp.inside(x, y, mask.shape) & mask[rows, columns]
        return held

    @cached_property
    def _of_misfocused(self) -> tuple[_Array, _Array]:
        """(P, h, h): U in the patches, and gray levels per unit of light, 0 where U does not count."""
        side, rim, unit = _SIDE, self._rim, self.unit
        seen = np.empty((len(self.corners), side, side))
        worth = np.empty_like(seen)
        for number, (top, left) in enumerate(self.corners):
            box = np.s_[top - rim : top + side * unit + rim, left - rim : left + side * unit + rim]
            photo = self._scene.misfocused[box]
            seen[number] = self._thinned(gray(decode(photo, light=self._light)), boxed=True)
            levels = gray(gray_levels_per_light(photo, self._light))
            bad = ~self._scene.mask[box] | (photo.max(axis=2) >= _SATURATED)
            spoiled = ndimage.maximum_filter(bad, 2 * rim + 1)
            inner = slice(rim, len(bad) - rim, unit)
            worth[number] = self._thinned(levels, boxed=False) * ~spoiled[inner, inner]
        return seen, worth

    def patches(self, moves: _Array) -> Patches:
        """The patches, V moved by (dy, dx) pixels in the frame of U."""
        side, reach, rim, unit = _SIDE, self.reach, self._rim, self.unit
        seen, worth = self._of_misfocused
        sharp, shown = np.empty((len(seen), *2 * (side + 2 * reach,))), np.empty(seen.shape, bool)
        far = rim + reach * unit
        for number, (top, left) in enumerate(self.corners):
            dy, dx = moves[number] - self._middle
            rows = np.arange(top - far, top + side * unit + far) + dy
            columns = np.arange(left - far, left + side * unit + far) + dx
            x, y = warp.apply(self._located.matrix, columns[None, :] + 0.0 * rows[:, None], rows[:, None])
            sharp[number] = self._thinned(self._light_of_focused(x, y), boxed=False)
            inner = slice(rim, len(rows) - rim, unit)
            held = self._held(x[inner, inner], y[inner, inner])
            whole = ndimage.minimum_filter(held, 2 * reach + 1, mode="constant", cval=0)
            shown[number] = whole[reach : reach + side, reach : reach + side]
        middles = np.array(self.corners, float) + side * unit / 2
        return Patches(seen, sharp, worth * shown, middles)

    def lattice(self, reach: int) -> Lattice:
        """Squares all over the object, for PSFs that reach so many units."""
        unit, mask, photo = self.unit, self._scene.mask, self._scene.misfocused
        tops, lefts = square_corners(mask, unit)
        within = unit * np.arange(SQUARE)
        rows, columns = ((corners[:, None] + within).ravel() for corners in (tops, lefts))
        lies = (rows < mask.shape[0])[:, None] & (columns < mask.shape[1])
        grid = np.ix_(np.minimum(rows, mask.shape[0] - 1), np.minimum(columns, mask.shape[1] - 1))
        bad = ~mask | (photo.max(axis=2) >= _SATURATED)
        seen = gray(decode(photo, light=self._light))
        if unit > 1:
            bad = ndimage.maximum_filter(bad, 2 * self._rim + 1)
            seen = ndimage.uniform_filter(ndimage.gaussian_filter(seen, _SMOOTH * unit), unit)
        worth = gray(gray_levels_per_light(photo[grid], self._light)) * (lies & ~bad[grid])
        sharp, shown = self._squares_of_focused(tops, lefts, reach)
        worth *= joined(shown, len(tops))
        return Lattice.of(seen[grid], sharp, worth, (tops, lefts), unit)

    def _squares_of_focused(
        self, tops: NDArray[np.int64], lefts: NDArray[np.int64], reach: int
    ) -> tuple[_Array, NDArray[np.bool_]]:
        """V under each square and around it, (P, n, n), and where (P, m, m) all of it is shown."""
        gain, offset = self._located.exposure
        light = gray(gain * decode(self._focused.image, light=self._light) + offset)
        if self.unit > 1:
            light = ndimage.gaussian_filter(light, _SMOOTH * self.unit)
        at = self.unit * np.arange(-reach, SQUARE + reach) - self._middle
        rows, columns = (corners[:, None] + at for corners in (tops, lefts))
        # Squares in the order of lines of text.
        across = np.broadcast_to(columns[None, :, None, :], (len(tops), len(lefts), len(at), len(at)))
        x, y = warp.apply(
            self._located.matrix,
            across.reshape(-1, len(at), len(at)),
            np.repeat(rows, len(lefts), axis=0)[:, :, None],
        )
        sharp = warp.sample(light[:, :, None], x, y)[..., 0]
        shown = ndimage.minimum_filter(self._held(x, y), (1, 2 * reach + 1, 2 * reach + 1))
        inner = slice(reach, reach + SQUARE)
        return sharp, shown[:, inner, inner]

    def _light_of_focused(self, x: _Array, y: _Array) -> _Array:
        """Light of V at some positions, exposed as U, gray."""
        image = self._focused.image
        box = tuple(
            slice(max(0, int(np.nanmin(at)) - _NEAR), min(length, int(np.nanmax(at)) + _NEAR + 2))
            for at, length in ((y, image.shape[0]), (x, image.shape[1]))
        )
        part = image[box]
        if min(part.shape[:2]) < 2:
            return np.zeros(x.shape)
        values = warp.resample(part, x - box[1].start, y - box[0].start)
        exposure = self._located.exposure
        found: _Array = gray(exposure.gain * decode(values, light=self._light) + exposure.offset)
        return found

    def _thinned(self, image: _Array, *, boxed: bool) -> _Array:
        """Every so many pixels of an image, its rim left out, smoothed so that nothing aliases.

        The weights of a PSF are areas: in the larger unit as in pixels. What U shows is averaged over the
        unit, too.
        """
        if self.unit == 1:
            return image
        image = ndimage.gaussian_filter(image, _SMOOTH * self.unit)
        if boxed:
            image = ndimage.uniform_filter(image, self.unit)
        rim = self._rim
        return image[rim : len(image) - rim : self.unit, rim : image.shape[1] - rim : self.unit]
