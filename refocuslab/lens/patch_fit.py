"""Patches of two photos brought to fit: the best disk, and the place, exposure and weight of each patch."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from refocuslab.lens.blur_scale import WIDEST
from refocuslab.lens.patches import Forms, Patches
from refocuslab.lens.psf_fit import best_disk
from refocuslab.optics.psf import disk
from refocuslab.robust import residuals, tukey

# How often the diameter, and the place and exposure of each patch, are fitted in turn; the longest move of a
# patch in one turn, in units.
_TURNS, _LONGEST = 3, 1.5
# A diameter is told where one larger or smaller by this share, and a pixel at least, fits worse by more than
# so many standard errors.
_OTHER, _SURE = 0.2, 2.0
# Disks tried for each patch alone, and the percentiles of their diameters between which most patches lie.
_TRIED, _MIDDLE = 40, (20, 80)
# Added to the standard deviation of what patches leave, in gray levels: no fit is exact.
_FLOOR = 0.05
# Patches whose error is so many times the median patch's are left out, if it is as large a multiple also as a
# share of their contrast: among flat patches all that have texture are off by more.
_UNSOUND = 2.0


@dataclass(frozen=True)
class PatchFit:
    """Patches where they fit best, weighed by how well they do.

    Attributes
    ----------
    patches : Patches
        In units of so many pixels.
    diameter : float
        That of the best disk for all of them, in units.
    widths : (float, float)
        Between which diameters, in pixels, the best disks of most single patches lie.
    """

    patches: Patches
    diameter: float
    widths: tuple[float, float]


def fit_patches(
    moved: Callable[[NDArray[np.float64]], Patches], count: int, diameter: float, *, reach: int, unit: int
) -> PatchFit:
    """Diameter, place and exposure of patches, fitted in turn.

    Parameters
    ----------
    moved : callable
        The patches, V moved by (dy, dx) pixels in each of them.
    count : int
        How many patches there are.
    diameter : float
        About that of the best disk, in units.
    reach : int
        How far a PSF may reach, in units.
    unit : int
        How many pixels the patches' unit is.
    """
    moves = np.zeros((count, 2))
    widest = 2.0 * reach - 1
    for turn in range(_TURNS):
        patches = given = moved(moves)
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
            weight = np.sqrt(tukey(np.abs(errors), spread.deviation))
            weight *= _sound(errors, counted, given.contrasts())
            patches = replace(patches, worth=given.worth * weight)
        if turn < _TURNS - 1:
            moves += unit * np.clip(patches.moves(disk(diameter)), -_LONGEST, _LONGEST)
    own = replace(patches, worth=given.worth).own_disks(np.linspace(0.5, widest, _TRIED)) * unit
    least, most = np.percentile(own, _MIDDLE) if len(own) else (diameter * unit,) * 2
    return PatchFit(patches, diameter, (float(least), float(most)))


def why_untold(forms: Forms, diameter: float, unit: int) -> str:
    """Why patches do not tell a diameter, in units of so many pixels; empty if they do."""
    step = max(_OTHER * diameter, 1 / unit)
    if diameter * unit > WIDEST + 1:
        return f"a misfocus of more than {WIDEST:g} pixels"
    best = forms.errors(disk(diameter))
    for other in (diameter - step, diameter + step):
        if other <= 0:
            continue
        worse = forms.errors(disk(other)) - best
        error = float(worse.std(ddof=1)) * math.sqrt(len(worse)) if len(worse) > 1 else math.inf
        if not worse.sum() > _SURE * error:
            one, two = other * unit, diameter * unit
            return f"too little texture: a disk of {one:.1f} pixels fits as well as one of {two:.1f}"
    return ""


def _sound(
    errors: NDArray[np.float64], counted: NDArray[np.bool_], contrasts: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """(P, 1, 1): which patches V explains nearly as well as the others; what one photo hides it cannot."""
    count = counted.sum(axis=(1, 2))
    rms = np.sqrt((errors**2 * counted).sum(axis=(1, 2)) / np.maximum(count, 1))
    sound = np.zeros(len(count), bool)
    for error in (rms, rms / (contrasts + _FLOOR)):
        usual = np.median(error[count > 0]) if (count > 0).any() else 0.0
        sound |= error <= _UNSOUND * usual + (_FLOOR if error is rms else 0)
    return sound[:, None, None]
