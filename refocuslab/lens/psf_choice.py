"""Which family of PSFs the photos speak for: the one that predicts patches it was not fitted to."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from refocuslab.lens.patches import Forms
from refocuslab.lens.psf_fit import SMOOTHNESS, Family, Fit, fit, made
from refocuslab.lens.varying_psf import VaryingPsf
from refocuslab.lens.width_map import WidthMap

_Array = NDArray[np.float64]

# From the simplest to the freest.
FAMILIES: tuple[Family, ...] = ("whole disk", "disk", "Gaussian", "soft disk", "ring", "polygon", "free")
# A family takes a simpler one's place only where it predicts better by more than so many standard errors of
# the difference, over the patches; by more than this share of the error; and by more than what rounding to
# 8 bits leaves by itself, (gray levels)^2.
_SURE, _CLEARLY, _ROUNDING = 2.0, 0.02, 1 / 12
# Fewer patches are divided into two halves, one patch in turn to each, instead of four quarters.
_FEWEST = 8


@dataclass(frozen=True, eq=False)
class PsfEstimate:
    """A PSF found from a misfocused photo and a focused one.

    Attributes
    ----------
    psf : ndarray of float64, (n, n)
        The PSF.
    family : str
        The simplest of the families that predict U as well as any: "whole disk", as the paper's, "disk" of
        any diameter, "Gaussian", "soft disk", "ring", "polygon" or "free"; "given" if the scene has a PSF.
    numbers : dict of str to float
        The family's parameters: diameters, deviation and softness in pixels, angle in degrees.
    errors : dict of str to float
        For each family the RMS error in gray levels with which it predicts patches of U that it was not
        fitted to.
    contrast : float
        The RMS contrast of those patches, in gray levels.
    widths : (float, float)
        Between which diameters, in pixels, the best disks of most single patches lie (20th and 80th
        percentile).
    map : WidthMap or None
        The diameter at each pixel of U, and which form it has; None where the family has no diameter.
    """

    psf: NDArray[np.float64]
    family: Family | Literal["given"]
    numbers: dict[str, float]
    errors: dict[Family, float]
    contrast: float
    widths: tuple[float, float]
    map: WidthMap | None = None

    @property
    def predicts(self) -> float:
        """How well U is predicted where it was not fitted: contrast over error, in dB; NaN if given."""
        if self.family == "given":
            return math.nan
        return 20 * math.log10(self.contrast / max(self.errors[self.family], 1e-9))

    @property
    def varying(self) -> VaryingPsf | None:
        """The PSF at each pixel; None where one is as good for all."""
        if self.map is None or self.map.form == "constant" or self.family == "given":
            return None
        return VaryingPsf.of(self.map.width, self.of_width)

    def of_width(self, width: float) -> NDArray[np.float64]:
        """The PSF of another diameter, in pixels; soft edges keep their share of it."""
        assert self.family != "given"  # which has no family
        times = width / self.numbers["diameter"]
        numbers = {
            name: value * times if name in ("diameter", "softness") else value
            for name, value in self.numbers.items()
        }
        return made(self.family, numbers)

    @property
    def note(self) -> str:
        """All that in a sentence."""
        if self.family == "given":
            return "The PSF was used as given."
        error, form = self.errors[self.family], self._form("of {:.3g} pixels")
        return (
            f"The PSF was found from the photos: {form}; it predicts parts of the photo that it was not "
            f"fitted to within {error:.1f} gray levels of {self.contrast:.0f}.{self._apart}"
        )

    @property
    def plain(self) -> str:
        """The same for those who never heard of a PSF."""
        if self.family == "given":
            return "The blur was used as given."
        form = self._form("{:.2g} pixels across")
        return (
            f"Where it is soft, each point of light became {form}: blurred so, the sharp photo looks like it "
            f"to within {self.errors[self.family]:.1f} of 255 gray levels.{self._apart}"
        )

    def _form(self, across: str) -> str:
        """What the PSF is, in words, ``across`` with its diameter; not of one that was given."""
        assert self.family != "given"
        disk = f"a disk {across.format(self.numbers.get('diameter', 0))}"
        soft, width = self.numbers.get("softness", 0), self.numbers.get("deviation", 0)
        blades = self.numbers.get("blades", 0)
        middle = "darker" if self.numbers.get("obstruction", 0) > 0 else "brighter"
        return {
            "whole disk": disk,
            "disk": disk,
            "soft disk": f"{disk} with edges soft by {soft:.2g}",
            "Gaussian": f"a Gaussian with a standard deviation of {width:.2g} pixels",
            "ring": f"{disk} with a {middle} middle",
            "polygon": f"a polygon of {blades:.0f} sides, as large as {disk}",
            "free": "no simple form",
        }[self.family]

    @property
    def _apart(self) -> str:
        """A sentence on the map, if it is used."""
        if self.map is None or self.varying is None:
            return ""
        least, most = np.percentile(self.map.width, (1, 99))
        how = "like a plane" if self.map.form == "plane" else "smoothly"
        return f" Its width differs {how} from place to place, from {least:.1f} to {most:.1f} pixels."


@dataclass(frozen=True)
class Choice:
    """A PSF, and how well every family did.

    Attributes
    ----------
    fit : Fit
        The PSF of the family that was chosen, fitted to all patches.
    errors : dict of str to float
        For each family the RMS error in gray levels on patches that it was not fitted to.
    """

    fit: Fit
    errors: dict[Family, float]


def choose(
    forms: Forms,
    place: _Array,
    diameter: float,
    unit: int = 1,
    *,
    step: Callable[[float], None] | None = None,
) -> Choice:
    """The simplest family that predicts as well as any.

    The patches are divided into quarters of the picture; each is predicted from the other three.

    Parameters
    ----------
    forms : Forms
        The patches.
    place : ndarray of float64, (P, 2)
        y and x of each patch, pixels.
    diameter : float
        That of the best disk of all.
    unit : int
        How many pixels the patches' unit is.
    step : callable or None
        Called with the share done.
    """
    quarters = _quarters(place)
    held = [quarters == quarter for quarter in np.unique(quarters)]
    others = [forms.some(~part).total() if (~part).any() else forms for part in held]
    fits: dict[Family, Fit] = {}
    left: dict[Family, _Array] = {}
    for number, family in enumerate(FAMILIES):
        ways = []
        for smoothness in SMOOTHNESS if family == "free" else (0.0,):
            whole = fit(family, forms, diameter, unit=unit, smoothness=smoothness)
            errors = np.empty(len(place))
            for part, rest in zip(held, others, strict=True):
                found = fit(family, rest, diameter, unit=unit, smoothness=smoothness, like=whole)
                errors[part] = forms.some(part).errors(found.psf)
            ways.append((float(errors.sum()), whole, errors))
        _, fits[family], left[family] = min(ways, key=lambda way: way[0])
        if step:
            step((number + 1) / len(FAMILIES))
    best, count = FAMILIES[0], max(float(forms.count.sum()), 1)
    for family in FAMILIES[1:]:
        gain = left[best] - left[family]
        error = float(gain.std(ddof=1)) * np.sqrt(len(gain)) if len(gain) > 1 else np.inf
        if gain.sum() > max(_SURE * error, _CLEARLY * left[best].sum(), _ROUNDING * count):
            best = family
    return Choice(fits[best], {family: float(np.sqrt(some.sum() / count)) for family, some in left.items()})


def _quarters(place: _Array) -> NDArray[np.int64]:
    """The number of the quarter of the picture, 0 to 3, that each patch lies in; even numbers of patches."""
    if len(place) < _FEWEST:
        return np.arange(len(place)) % 2
    rank = np.argsort(np.argsort(place[:, 0], kind="stable"), kind="stable")
    lower = rank >= len(place) // 2
    quarter = np.zeros(len(place), np.int64)
    for half in (False, True):
        inside = np.flatnonzero(lower == half)
        across = np.argsort(np.argsort(place[inside, 1], kind="stable"), kind="stable")
        quarter[inside] = 2 * half + (across >= len(inside) // 2)
    return quarter
