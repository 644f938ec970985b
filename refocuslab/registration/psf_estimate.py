"""The PSF of a misfocused photo, found from the photos themselves (beyond the paper).

The paper calibrates its lens by two shots of a small light (§3). Who has no such shots has the photos: where
a focused photo shows what U shows, U is that photo blurred.
"""

import math
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from refocuslab.errors import RefocusError
from refocuslab.lens.blur_scale import WIDEST, spectral_diameter
from refocuslab.lens.psf_choice import PsfEstimate, choose
from refocuslab.lens.psf_fit import Forms, Patches, best_disk
from refocuslab.lens.width_map import WidthMap, find_widths
from refocuslab.optics.light import LightKind, decode, gray_levels_per_light
from refocuslab.optics.psf import disk
from refocuslab.registration import warp
from refocuslab.registration.exposure import Exposure, fit_exposure
from refocuslab.registration.geometry import find, refined
from refocuslab.registration.pair import full_size, working_pair
from refocuslab.registration.robust import residuals, tukey
from refocuslab.running.progress import Step
from refocuslab.scene import FocusedPhoto, Scene

# Side of a patch in pixels, and into how many parts the object is divided along each side: one patch of each,
# where it has most texture.
_SIDE, _PARTS = 24, 6
# The least share of a patch's pixels that must count.
_SHARE = 0.3
# The most pixels along a disk's diameter that are fitted; wider misfocus is looked at coarsely.
_FINEST = 10
# Beside a disk a PSF may reach so much farther: a share of the diameter, and pixels.
_BEYOND, _BESIDES = 0.15, 3
# How often the diameter, and the place and exposure of each patch, are fitted in turn; the longest move of a
# patch in one turn, in pixels.
_TURNS, _LONGEST = 3, 1.5
# Values this bright may be clipped.
_SATURATED = 252
# A diameter is told where one larger or smaller by this share, and a pixel at least, fits worse by more than
# so many standard errors.
_OTHER, _SURE = 0.2, 2.0
# Disks tried for each patch alone, and the percentiles of their diameters between which most patches lie.
_TRIED, _MIDDLE = 40, (20, 80)
# They are too far apart for one PSF if they differ by more than this share, and by two pixels.
_APART = 0.35
# Widths that are tried at each place: from this share of the lower to this multiple of the upper percentile,
# and the step, in units.
_LOWER, _UPPER, _STEP = 0.6, 1.3, 0.5
# Standard deviation of the smoothing before pixels are left out, in the unit that is left: a tenth of the
# contrast stays where it aliases.
_SMOOTH = 0.7
# Added to the standard deviation of what patches leave, in gray levels: no fit is exact.
_FLOOR = 0.05
# Patches whose error is so many times the median patch's are left out.
_UNSOUND = 2.0
_UNKNOWN = "must be given, or a calibration: the photos cannot tell it"


def estimate_psf(scene: Scene, *, light: LightKind = "linear", step: Step | None = None) -> PsfEstimate:
    """The PSF of a scene's misfocused photo; one that is given stays as it is.

    Power spectra tell how wide it is, about (``spectral_diameter``); registration with that disk, where the
    focused photo lies. Each of up to 36 patches of texture is moved and exposed until V, blurred, is nearest
    to U. Seven families of PSFs are then fitted to three quarters of the picture and predict the fourth, in
    turn; the simplest one that predicts as well as any is taken.

    Parameters
    ----------
    scene : Scene
        U, its mask, the focused photos; the one that predicts best is used.
    light : {"linear", "encoded"}
        Where the PSF acts: on light, or on the stored values.
    step : callable or None
        Called with the share that is done, 0 to 1.

    Returns
    -------
    PsfEstimate
        The PSF, and how well each family predicts.

    Raises
    ------
    RefocusError
        The photos do not tell the PSF: they have no view in common, no texture, or the misfocus is wider than
        60 pixels. The message says which.

    Examples
    --------
    >>> from refocuslab import estimate_psf, load_scene
    >>> scene = load_scene("motorcycle").middle(160)
    >>> found = estimate_psf(scene.replace(psf=None, calibration=None))
    >>> found.family, found.numbers
    ('whole disk', {'diameter': 9.0})
    """
    if scene.psf is not None:
        return PsfEstimate(scene.psf, "given", {}, {}, math.nan, (math.nan, math.nan))
    estimates: list[PsfEstimate] = []
    reasons: list[str] = []
    for number, focused in enumerate(scene.focused):

        def part(share: float, number: int = number) -> None:
            if step:
                step((number + share) / len(scene.focused))

        part(0.0)
        found = _of_photo(scene, focused, light, part)
        if isinstance(found, str):
            reasons.append(found)
        else:
            estimates.append(found)
    if step:
        step(1.0)
    if not estimates:
        raise RefocusError("psf", _UNKNOWN, reasons[0])
    return max(estimates, key=lambda one: one.predicts)


def differs(widths: tuple[float, float]) -> bool:
    """Whether the diameters of most single patches, ``PsfEstimate.widths``, are too far apart for one PSF."""
    least, most = widths
    return most - least > max(_APART * most, 2.0)


def with_psf(scene: Scene, *, light: LightKind = "linear", step: Step | None = None) -> Scene:
    """The scene with its PSF; found from the photos where there is none.

    Raises
    ------
    RefocusError
        As ``estimate_psf`` does.
    """
    if scene.psf is not None:
        return scene
    found = estimate_psf(scene, light=light, step=step)
    return scene.replace(psf=found.psf, varying=found.varying)


class _Located(NamedTuple):
    """Where a focused photo lies: the homography from U to it, and its exposure."""

    matrix: NDArray[np.float64]
    exposure: Exposure


def _of_photo(
    scene: Scene, focused: FocusedPhoto, light: LightKind, step: Callable[[float], None]
) -> PsfEstimate | str:
    """The PSF as one focused photo tells it, or why it tells none."""
    lights = decode(scene.misfocused, light=light), decode(focused.image, light=light)
    diameter = spectral_diameter(lights[0], scene.mask, lights[1], focused.mask)
    step(0.05)
    largest = 2 * min(min(scene.mask.shape), min(focused.mask.shape)) - 1
    located = _located(scene.replace(psf=disk(min(diameter, largest))), focused, light)
    if isinstance(located, str):
        return located
    step(0.5)
    unit = math.ceil(diameter / _FINEST)
    reach = math.ceil((0.5 + _BEYOND) * diameter / unit) + _BESIDES
    ground = _Ground(scene, focused, located, light, unit, reach)
    if not ground.corners:
        return "the focused photo shows too little of the object for a PSF so wide"
    patches, diameter, widths = _fitted(ground, diameter / unit)
    step(0.6)
    forms = Forms.of(patches)
    best = forms.errors(disk(diameter))
    if why := _untold(forms, best, diameter, unit):
        if differs(widths):
            return (
                f"misfocus that differs from place to place, from {widths[0]:.1f} to {widths[1]:.1f} pixels; "
                "a mask of what lies at one distance may help"
            )
        return why
    chosen = choose(forms, patches.place, diameter, unit, step=lambda share: step(0.6 + 0.4 * share))
    fit = chosen.fit.enlarged(unit)
    contrast = float(np.sqrt(patches.contrast()))
    estimate = PsfEstimate(fit.psf, fit.family, fit.numbers, chosen.errors, contrast, widths)
    if "diameter" not in fit.numbers:
        return estimate
    return replace(estimate, map=_map(ground, estimate))


def _map(ground: "_Ground", estimate: PsfEstimate) -> WidthMap:
    """How wide the misfocus is at each pixel of U."""
    least, most = estimate.widths
    tried = np.arange(max(_LOWER * least, 1.0), _UPPER * most + 1, _STEP * ground.unit)
    seen, sharp, worth = ground.whole()
    return find_widths(seen, sharp, worth, estimate.of_width, tried)


def _located(scene: Scene, focused: FocusedPhoto, light: LightKind) -> _Located | str:
    pair, scale = working_pair(scene, focused, light)
    found = find(pair)
    if found.doubt:
        return f"photos without a view in common ({found.doubt})"
    pair, found = refined(pair, found, fit_exposure(pair, found.alignment.matrix))
    matrix = found.alignment.matrix
    return _Located(full_size(matrix, scale), fit_exposure(pair, matrix))


class _Ground:
    """The patches that are looked at, and what lies there in both photos.

    Parameters
    ----------
    scene, focused : Scene, FocusedPhoto
        U with its mask, and V.
    located : _Located
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
        located: _Located,
        light: LightKind,
        unit: int,
        reach: int,
    ) -> None:
        self._scene, self._focused, self._located = scene, focused, located
        self._light, self.unit, self.reach = light, unit, reach
        # Smoothing reaches beyond a patch.
        self._rim = math.ceil(4 * _SMOOTH * unit) if unit > 1 else 0
        self.corners = self._chosen()

    def _chosen(self) -> list[tuple[int, int]]:
        """One patch of each part of the object: where U has most texture that counts."""
        misfocused, side = self._scene.misfocused, _SIDE * self.unit
        height, width = self._scene.mask.shape
        # Large photos are looked through coarsely.
        thin = max(1, math.isqrt(height * width // 10**6) + 1) if height * width > 10**6 else 1
        thinned = misfocused[::thin, ::thin]
        counts = self._counts(np.arange(0, height, thin), np.arange(0, width, thin))
        values = gray_levels_per_light(thinned, self._light).mean(axis=2) * decode(
            thinned, light=self._light
        ).mean(axis=2)
        texture = ndimage.gaussian_gradient_magnitude(values, 1.0) ** 2
        window = max(1, side // thin)
        energy = ndimage.uniform_filter(np.where(counts, texture, 0.0), window, mode="constant")
        share = ndimage.uniform_filter(counts.astype(float), window, mode="constant")
        rows, columns = np.flatnonzero(counts.any(axis=1)), np.flatnonzero(counts.any(axis=0))
        if not len(rows):
            return []
        # The whole patch, and what its smoothing reaches, lies in the photo.
        edge, half = side // 2 + self._rim, side // 2
        y, x = np.arange(0, height, thin)[:, None], np.arange(0, width, thin)
        inside = (y >= edge) & (y < height - edge) & (x >= edge) & (x < width - edge)
        energy = np.where(inside & (share >= _SHARE), energy, 0.0)
        ys = np.linspace(rows[0], rows[-1] + 1, _PARTS + 1).astype(int)
        xs = np.linspace(columns[0], columns[-1] + 1, _PARTS + 1).astype(int)
        corners = []
        for top, bottom in pairwise(ys):
            for left, right in pairwise(xs):
                part = energy[top:bottom, left:right]
                if part.size and part.max() > 0:
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

    def _held(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Which positions lie in the mask of V."""
        mask = self._focused.mask
        columns = np.clip(np.rint(np.nan_to_num(x)), 0, mask.shape[1] - 1).astype(int)
        rows = np.clip(np.rint(np.nan_to_num(y)), 0, mask.shape[0] - 1).astype(int)
        held: NDArray[np.bool_] = warp.inside(x, y, mask.shape) & mask[rows, columns]
        return held

    def patches(self, moves: NDArray[np.float64]) -> Patches:
        """The patches, V moved by (dy, dx) pixels in the frame of U."""
        side, reach, rim, unit = _SIDE, self.reach, self._rim, self.unit
        wide = side + 2 * reach
        count = len(self.corners)
        seen, worth = np.empty((count, side, side)), np.empty((count, side, side))
        sharp = np.empty((count, wide, wide))
        for number, (top, left) in enumerate(self.corners):
            box = np.s_[top - rim : top + side * unit + rim, left - rim : left + side * unit + rim]
            photo = self._scene.misfocused[box]
            seen[number] = self._thinned(decode(photo, light=self._light).mean(axis=2), boxed=True)
            levels = gray_levels_per_light(photo, self._light).mean(axis=2)
            worth[number] = self._thinned(levels, boxed=False)
            far = rim + reach * unit
            rows = np.arange(top - far, top + side * unit + far) + moves[number, 0]
            columns = np.arange(left - far, left + side * unit + far) + moves[number, 1]
            x, y = warp.apply(self._located.matrix, columns[None, :] + 0.0 * rows[:, None], rows[:, None])
            sharp[number] = self._thinned(self._light_of_focused(x, y), boxed=False)
            inner = slice(reach, reach + side)
            held = self._held(x, y)[rim : len(rows) - rim : unit, rim : len(columns) - rim : unit]
            shown = ndimage.minimum_filter(held, 2 * reach + 1, mode="constant", cval=0)[inner, inner]
            bright = photo.max(axis=2) >= _SATURATED
            bad = ~self._scene.mask[box] | bright
            spoiled = ndimage.maximum_filter(bad, 2 * rim + 1)[
                rim : len(bad) - rim : unit, rim : bad.shape[1] - rim : unit
            ]
            worth[number] *= shown & ~spoiled
        middles = np.array(self.corners, float) + side * unit / 2
        return Patches(seen, sharp, worth, middles)

    def whole(self) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """U and V in its frame, light, gray, and gray levels per unit of light where both count."""
        misfocused = self._scene.misfocused
        height, width = self._scene.mask.shape
        x, y = warp.positions(self._located.matrix, (height, width))
        sharp = self._light_of_focused(x, y)
        levels = gray_levels_per_light(misfocused, self._light).mean(axis=2)
        worth = levels * self._counts(np.arange(height), np.arange(width))
        return decode(misfocused, light=self._light).mean(axis=2), sharp, worth

    def _light_of_focused(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
        """Light of V at some positions, exposed as U, gray."""
        image = self._focused.image
        near = 8  # pixels: as far as a spline of order five feels its ends
        box = tuple(
            slice(max(0, int(np.nanmin(at)) - near), min(length, int(np.nanmax(at)) + near + 2))
            for at, length in ((y, image.shape[0]), (x, image.shape[1]))
        )
        part = image[box]
        if min(part.shape[:2]) < 2:
            return np.zeros(x.shape)
        values = warp.resample(part, x - box[1].start, y - box[0].start)
        exposure = self._located.exposure
        found: NDArray[np.float64] = (
            exposure.gain * decode(values, light=self._light) + exposure.offset
        ).mean(axis=2)
        return found

    def _thinned(self, image: NDArray[np.float64], *, boxed: bool) -> NDArray[np.float64]:
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


def _fitted(ground: _Ground, diameter: float) -> tuple[Patches, float, tuple[float, float]]:
    """The patches where they fit best, weighed by how well they do; the best disk's diameter; ``widths``."""
    moves = np.zeros((len(ground.corners), 2))
    widest = 2.0 * ground.reach - 1
    for turn in range(_TURNS):
        patches = given = ground.patches(moves)
        for _ in range(2):
            diameter = best_disk(
                lambda psf, patches=patches: float((patches.errors(psf) ** 2).sum()),  # type: ignore[misc]
                widest,
                about=diameter if turn else None,
            )
            patches = patches.exposed(disk(diameter))
            errors = replace(patches, worth=given.worth).errors(disk(diameter))
            counted = given.worth > 0
            spread = residuals(errors[counted], _FLOOR)
            weight = np.sqrt(tukey(np.abs(errors), spread.deviation)) * _sound(errors, counted)
            patches = replace(patches, worth=given.worth * weight)
        if turn < _TURNS - 1:
            moves += ground.unit * np.clip(patches.moves(disk(diameter)), -_LONGEST, _LONGEST)
    own = replace(patches, worth=given.worth).own_disks(np.linspace(0.5, widest, _TRIED)) * ground.unit
    least, most = np.percentile(own, _MIDDLE) if len(own) else (diameter * ground.unit,) * 2
    return patches, diameter, (float(least), float(most))


def _sound(errors: NDArray[np.float64], counted: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """(P, 1, 1): which patches V explains nearly as well as the others; what one photo hides it cannot."""
    count = counted.sum(axis=(1, 2))
    rms = np.sqrt((errors**2 * counted).sum(axis=(1, 2)) / np.maximum(count, 1))
    usual = np.median(rms[count > 0]) if (count > 0).any() else 0.0
    sound: NDArray[np.bool_] = rms <= _UNSOUND * usual + _FLOOR
    return sound[:, None, None]


def _untold(forms: Forms, best: NDArray[np.float64], diameter: float, unit: int) -> str:
    """Why the patches do not tell a diameter; empty if they do."""
    step = max(_OTHER * diameter, 1 / unit)
    if diameter * unit > WIDEST + 1:
        return f"a misfocus of more than {WIDEST:g} pixels"
    for other in (diameter - step, diameter + step):
        if other <= 0:
            continue
        worse = forms.errors(disk(other)) - best
        error = float(worse.std(ddof=1)) * math.sqrt(len(worse)) if len(worse) > 1 else math.inf
        if not worse.sum() > _SURE * error:
            one, two = other * unit, diameter * unit
            return f"too little texture: a disk of {one:.1f} pixels fits as well as one of {two:.1f}"
    return ""
