"""How wide the misfocus is at each place: everywhere the same, a plane, or smooth, whichever predicts best.

A sharp photo V lies over U. For each of some widths the squared error of V blurred by the PSF of that width
is summed over small blocks of pixels; a map of widths is judged by the errors that it picks. Half of the
blocks, in the pattern of a chessboard, are fitted and predict the other half.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, optimize

from refocuslab.lens.lattice import BLOCK, Lattice, between, summed
from refocuslab.running.progress import breathe

Form = Literal["constant", "plane", "smooth"]
_Array = NDArray[np.float64]

# Each constant was halved and doubled on four benches, motorcycle, coffee, motorcycle-perturbed and three
# real pairs, and on scenes that chose nothing: chelsea-perspective, lens-ring, motorcycle-breathing. The form
# chosen changes for bench alone (plane to smooth, by 0.17 pixels: _CAP doubled, _CLEARLY halved), and for two
# real pairs (smooth to plane: _TOGETHER doubled). Maps move by 0.4 pixels RMS at most, on real pairs by 1.0
# (_SPREADS); where the width is constant, by 0.07.
#
# Side of the squares of blocks that are fitted or predicted together.
_TOGETHER = 3
# How far errors are gathered for a smooth map, in blocks: standard deviations of Gaussians.
_SPREADS = (1.0, 2.0, 4.0)
# A pixel's squared error counts at most so many times the median error of the best width for all. A third and
# four times as much change the error of no bench's map by more than 0.1 pixels.
_CAP = 6.0
# Blocks in which widths make a difference of less than this share of the largest one tell next to nothing,
# and do not count.
_TOLD = 1e-3
# A form takes a simpler one's place where it predicts better by more than so many standard errors, and by
# this share of the squared error.
_SURE, _CLEARLY = 2.0, 0.02
# What rounding to 8 bits leaves by itself, (gray levels)^2.
_ROUNDING = 1 / 12
# Where nothing tells a width, the best constant counts as much as this share of the strongest evidence.
_LITTLE = 1e-4
_STEPS = 600


@dataclass(frozen=True)
class WidthMap:
    """Widths, and how well each form predicts.

    Attributes
    ----------
    width : ndarray of float64, (H, W)
        In pixels.
    form : {"constant", "plane", "smooth"}
        What was chosen.
    errors : dict of str to float
        RMS error in gray levels of each form on blocks that it was not fitted to.
    """

    width: _Array
    form: Form
    errors: dict[Form, float]

    def constant(self, width: float) -> "WidthMap":
        """The same width everywhere instead."""
        return replace(self, width=np.full(self.width.shape, width), form="constant")


def find_widths(
    lattice: Lattice, make: Callable[[float], _Array], widths: _Array, shape: tuple[int, int]
) -> WidthMap:
    """The map of widths by which V, blurred, is U.

    Parameters
    ----------
    lattice : Lattice
        U, and V in its frame.
    make : callable
        The PSF of a width.
    widths : ndarray of float64, (J,)
        Those to try, in pixels, evenly rising; at least three.
    shape : (int, int)
        Height and width of U, in pixels.
    """
    blocks = _Blocks.of(lattice, make, widths)
    rows, columns = np.indices(blocks.count.shape)
    black = ((rows // _TOGETHER + columns // _TOGETHER) % 2).astype(bool)
    fits: dict[Form, Callable[[NDArray[np.bool_]], _Array]] = {
        "constant": blocks.constant,
        "plane": blocks.plane,
    }
    left = {form: _predicted(blocks, fitted, black) for form, fitted in fits.items()}
    ways = [(spread, _predicted(blocks, partial(blocks.smooth, spread=spread), black)) for spread in _SPREADS]
    spread, left["smooth"] = min(ways, key=lambda way: float(way[1].sum()))
    fits["smooth"] = partial(blocks.smooth, spread=spread)
    best: Form = "constant"
    freer: tuple[Form, ...] = ("plane", "smooth")
    for form in freer:
        gain = left[best] - left[form]
        error = float(gain.std()) * math.sqrt(gain.size)
        if float(gain.sum()) > max(_SURE * error, _CLEARLY * float(left[best].sum())):
            best = form
    found = fits[best](np.ones_like(black))
    count = max(float(blocks.count.sum()), 1)
    errors = {form: math.sqrt(float(some.sum()) / count) for form, some in left.items()}
    places = (
        np.interp(np.arange(length), middle, np.arange(len(middle)))
        for length, middle in zip(shape, blocks.middles, strict=True)
    )
    return WidthMap(between(found, *places), best, errors)


@dataclass(frozen=True)
class _Blocks:
    """Squared errors (J, R, C) of J widths in R x C blocks, how many pixels count there, and the middles."""

    widths: _Array
    errors: _Array
    count: _Array
    middles: tuple[_Array, _Array]

    @classmethod
    def of(cls, lattice: Lattice, make: Callable[[float], _Array], widths: _Array) -> "_Blocks":
        errors, counted = lattice.errors(make, widths), lattice.worth > 0
        sums = np.array([summed(one) for one in errors], float)
        difference = np.median(sums, axis=0) - sums.min(axis=0)
        told = difference >= _TOLD * difference.max()
        counted &= np.kron(told, np.ones((BLOCK, BLOCK), bool))
        best = int(sums.sum(axis=(1, 2), where=told).argmin())
        usual = float(np.median(errors[best][counted])) if counted.any() else 0.0
        np.minimum(errors, np.float32(_CAP * usual + _ROUNDING), out=errors)
        sums = np.array([summed(one) for one in errors * counted], float)
        return cls(widths, sums, summed(counted.astype(float)), lattice.middles)

    def at(self, width: _Array) -> _Array:
        """(R, C): the errors at some widths; parabolas through the nearest three that were tried."""
        breathe()
        place = (width - self.widths[0]) / (self.widths[1] - self.widths[0])
        middle = np.clip(np.rint(place).astype(int), 1, len(self.widths) - 2)
        off = place - middle
        rows, columns = np.indices(width.shape)
        low, here, high = (self.errors[middle + step, rows, columns] for step in (-1, 0, 1))
        found: _Array = here + off * ((high - low) / 2 + off * ((high + low) / 2 - here))
        return found

    def constant(self, some: NDArray[np.bool_]) -> _Array:
        """(R, C): the best width for all of some blocks."""
        return np.full(self.count.shape, _lowest(self.errors[:, some].sum(axis=1), self.widths))

    def plane(self, some: NDArray[np.bool_]) -> _Array:
        """(R, C): the best plane for some of the blocks."""
        y, x = (2 * (middle - middle[0]) / max(middle[-1] - middle[0], 1) - 1 for middle in self.middles)

        def made(values: _Array) -> _Array:
            widths = values[0] + values[1] * y[:, None] + values[2] * x
            clipped: _Array = np.clip(widths, self.widths[0], self.widths[-1])
            return clipped

        start = np.array([self.constant(some)[0, 0], 0.0, 0.0])
        reach = max(float(self.widths[-1] - self.widths[0]) / 4, 0.2)
        found = optimize.minimize(
            lambda values: float(self.at(made(values))[some].sum()),
            start,
            method="Nelder-Mead",
            options={
                "initial_simplex": [start, *(start + step for step in np.diag([reach] * 3))],
                "maxfev": _STEPS,
                "xatol": 0.01,
                "fatol": 1e-9,
            },
        )
        return made(found.x)

    def smooth(self, some: NDArray[np.bool_], *, spread: float) -> _Array:
        """(R, C): at each block the best width for the blocks around it, of some of them."""
        around = (0, spread, spread)
        gathered = ndimage.gaussian_filter(np.where(some, self.errors, 0.0), around)
        widths = _lowest(gathered, self.widths)
        # What has no texture takes the width of what is around it, and far from any the best for all.
        told = gathered.max(axis=0) - gathered.min(axis=0)
        little = _LITTLE * float(told.max()) + 1e-300
        sums = ndimage.gaussian_filter(widths * told, spread) + little * self.constant(some)
        found: _Array = sums / (ndimage.gaussian_filter(told, spread) + little)
        return found


def _predicted(
    blocks: _Blocks, fitted: Callable[[NDArray[np.bool_]], _Array], black: NDArray[np.bool_]
) -> _Array:
    """(R, C): the errors in the black blocks of a fit to the white ones, and the other way round."""
    return np.where(black, blocks.at(fitted(~black)), blocks.at(fitted(black)))


def _lowest(errors: _Array, widths: _Array) -> _Array:
    """Where errors, (J, ...), of J widths are least, by a parabola through the least and its neighbors."""
    middle = np.clip(errors.argmin(axis=0), 1, len(widths) - 2)[None]
    low, here, high = (np.take_along_axis(errors, middle + step, axis=0)[0] for step in (-1, 0, 1))
    bend = low - 2 * here + high
    off = np.where(bend > 0, (low - high) / (2 * np.maximum(bend, 1e-300)), np.sign(low - high))
    found: _Array = widths[0] + (middle[0] + np.clip(off, -1, 1)) * (widths[1] - widths[0])
    return found
