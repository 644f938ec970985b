"""The PSF of a misfocused photo, found from the photos themselves (beyond the paper).

The paper calibrates its lens by two shots of a small light (§3). Who has no such shots has the photos: where
a focused photo shows what U shows, U is that photo blurred.
"""

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from refocuslab.errors import RefocusError
from refocuslab.lens.blur_scale import WIDEST, spectral_diameter
from refocuslab.lens.patch_fit import fit_patches, why_untold
from refocuslab.lens.patches import Forms
from refocuslab.lens.psf_choice import PsfEstimate, choose
from refocuslab.lens.width_map import WidthMap, find_widths
from refocuslab.optics.light import LightKind, decode
from refocuslab.optics.psf import disk
from refocuslab.registration.exposure import fit_exposure
from refocuslab.registration.geometry import find
from refocuslab.registration.pair import AROUND, ends_of, likely_part, part_of, surround, working_pair
from refocuslab.registration.psf_ground import Ground, Located
from refocuslab.running.progress import Step
from refocuslab.running.threads import one_thread_each
from refocuslab.scene import FocusedPhoto, Scene

# The most pixels along a disk's diameter that are fitted; wider misfocus is looked at coarsely.
_FINEST = 10
# Beside a disk a PSF may reach so much farther: a share of the diameter, and pixels.
_BEYOND, _BESIDES = 0.15, 3
# The best disk is as wide as it may be if it has this share of the widest that was tried; then the guess was
# too narrow, and is made so many times as wide. It was too wide if the best disk has less than this share of
# it, as that of soft edges is. How often another guess is tried.
_AT_END, _WIDER, _NARROWER, _TURNS = 0.95, 1.5, 0.9, 6
# Single patches' diameters are too far apart for one PSF if they differ by more than this share, and by two
# pixels.
_APART = 0.35
# Widths that are tried at each place: from this share of the lower to this multiple of the upper percentile;
# the step in units, and the most steps.
_LOWER, _UPPER, _STEP, _MOST = 0.6, 1.3, 0.5, 16
# A map is taken where it leaves less than this share of the squared error of one PSF in the patches. True
# maps of seven benches and photos leave 0.30 to 0.86; of one with parallax 0.96, of a constant width 6.6.
_BETTER = 0.95
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
        with one_thread_each():  # and so no sum depends on their number
            found = _of_pair(scene, focused, light, part)
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


def _of_pair(
    scene: Scene, focused: FocusedPhoto, light: LightKind, step: Callable[[float], None]
) -> PsfEstimate | str:
    """As ``_of_photo``, from what lies about the object alone if that is a small part of the photos."""
    ends, sides = ends_of(scene.mask), np.array(scene.mask.shape)
    here, there = part_of(scene.mask.shape, ends, AROUND), likely_part(scene, focused, surround(ends))
    near = focused
    if focused.mask[there].any():
        near = replace(focused, image=focused.image[there], mask=focused.mask[there])
    part = scene.replace(misfocused=scene.misfocused[here], mask=scene.mask[here], focused=[near], truth=None)
    found = _of_photo(part, near, light, step)
    if isinstance(found, str) and near.mask.shape != focused.mask.shape:
        found = _of_photo(part.replace(focused=[focused]), focused, light, step)
    if isinstance(found, str) or found.map is None:
        return found
    beyond = [(s.start, side - s.stop) for s, side in zip(here, sides, strict=True)]
    return replace(found, map=replace(found.map, width=np.pad(found.map.width, beyond, mode="edge")))


def _of_photo(
    scene: Scene, focused: FocusedPhoto, light: LightKind, step: Callable[[float], None]
) -> PsfEstimate | str:
    """The PSF as one focused photo tells it, or why it tells none."""
    lights = decode(scene.misfocused, light=light), decode(focused.image, light=light)
    diameter = spectral_diameter(lights[0], scene.mask, lights[1], focused.mask)
    for turn in range(_TURNS):
        located = _located(scene, focused, diameter, light)
        if isinstance(located, str):
            return located
        step(0.5 * (turn + 1) / (turn + 2))
        unit = math.ceil(diameter / _FINEST)
        reach = math.ceil((0.5 + _BEYOND) * diameter / unit) + _BESIDES
        ground = Ground(scene, focused, located, light, unit, reach)
        if not ground.corners:
            return "the focused photo shows too little of the object for a PSF so wide"
        fitted = fit_patches(ground.patches, len(ground.corners), diameter / unit, reach=reach, unit=unit)
        best = fitted.diameter * unit
        if fitted.diameter > _AT_END * (2 * reach - 1) and best < WIDEST:
            diameter = _WIDER * best
        elif best < _NARROWER * diameter:
            diameter = best
        else:
            break
    step(0.6)
    forms = Forms.of(fitted.patches)
    why = why_untold(forms, fitted.diameter, unit)
    place = fitted.patches.place
    chosen = choose(forms, place, fitted.diameter, unit, step=lambda share: step(0.6 + 0.4 * share))
    fit = chosen.fit.enlarged(unit)
    contrast = float(np.sqrt(fitted.patches.contrast()))
    estimate = PsfEstimate(fit.psf, fit.family, fit.numbers, chosen.errors, contrast, fitted.widths)
    if "diameter" in fit.numbers:
        found = _map(ground, estimate, scene.mask.shape)
        # What one disk does not tell, a map of many may; the patches are weighed by one disk.
        if found.form != "constant" and (why or _explains(found, estimate, forms, place, unit)):
            estimate = replace(estimate, map=found)
        else:
            estimate = replace(estimate, map=found.constant(estimate.numbers["diameter"]))
    if not why or estimate.varying is not None:
        return estimate
    if differs(fitted.widths):
        least, most = fitted.widths
        return (
            f"misfocus that differs from place to place, from {least:.1f} to {most:.1f} pixels; "
            "a mask of what lies at one distance may help"
        )
    return why


def _map(ground: Ground, estimate: PsfEstimate, shape: tuple[int, int]) -> WidthMap:
    """How wide the misfocus is at each pixel of U."""
    least, most = estimate.widths
    least, most = max(_LOWER * least, 1.0), max(_UPPER * most, _LOWER * least + 1) + 1
    steps = math.ceil((most - least) / (_STEP * ground.unit))
    tried = np.linspace(least, most, min(max(steps, 2), _MOST) + 1)
    reach = len(estimate.of_width(most / ground.unit)) // 2
    return find_widths(ground.lattice(reach), estimate.of_width, tried, shape)


def _explains(
    found: WidthMap, estimate: PsfEstimate, forms: Forms, place: NDArray[np.float64], unit: int
) -> bool:
    """Whether a map explains the patches better than one PSF does.

    They lie in their places each by itself, where all of V under the map lies in one: parallax, which wide
    PSFs smear, is not taken for width.
    """
    y, x = np.rint(place.T).astype(int)
    widths = found.width[np.clip(y, 0, len(found.width) - 1), np.clip(x, 0, found.width.shape[1] - 1)]
    each = [forms.errors(estimate.of_width(width / unit))[number] for number, width in enumerate(widths)]
    one = forms.errors(estimate.of_width(estimate.numbers["diameter"] / unit))
    return float(np.sum(each)) < _BETTER * float(one.sum())


def _located(scene: Scene, focused: FocusedPhoto, diameter: float, light: LightKind) -> Located | str:
    """Where the photo lies, if the misfocus is about so wide, or why that is not known."""
    largest = 2 * min(min(scene.mask.shape), min(focused.mask.shape)) - 1
    pair, place = working_pair(scene.replace(psf=disk(min(diameter, largest))), focused, light)
    found = find(pair)
    if found.doubt:
        return f"photos without a view in common ({found.doubt})"
    matrix = found.alignment.matrix
    return Located(place.full(matrix), fit_exposure(pair, matrix))
