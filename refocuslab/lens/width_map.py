"""How wide the misfocus is at each place: everywhere the same, a plane, or smooth, whichever predicts best.

A sharp photo V lies over U. For each of some widths the squared error of V blurred by the PSF of that width
is summed over small blocks of pixels; a map of widths is judged by the errors that it picks. Half of the
blocks, in the pattern of a chessboard, are fitted and predict the other half.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, optimize

from refocuslab.optics.blur import convolve

Form = Literal["constant", "plane", "smooth"]
_Array = NDArray[np.float64]

# Side of a block, and of the squares of blocks that are fitted or predicted together.
_BLOCK, _SQUARE = 8, 3
# How far errors are gathered for a smooth map, in blocks: standard deviations of Gaussians.
_SPREADS = (1.0, 2.0, 4.0)
# Light that differs over more than this is uneven exposure and no blur, in pixels.
_UNEVEN = 12.0
# A pixel's squared error counts at most so many times the median of the least errors.
_CAP = 25.0
# A form takes a simpler one's place where it predicts better by more than so many standard errors, and by
# this share of the squared error.
_SURE, _CLEARLY = 2.0, 0.02
# What rounding to 8 bits leaves by itself, (gray levels)^2.
_ROUNDING = 1 / 12
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


@dataclass(frozen=True)
class _Blocks:
    """Errors (J, R, C) of J widths in R x C blocks, in squared gray levels, and how many pixels count."""

    widths: _Array
    errors: _Array
    count: _Array

    def at(self, width: _Array) -> _Array:
        """(R, C): the errors at some widths, between those that were tried."""
        place = np.clip(np.interp(width, self.widths, np.arange(len(self.widths))), 0, len(self.widths) - 1)
        low = np.minimum(place.astype(int), max(len(self.widths) - 2, 0))
        part = place - low
        rows, columns = np.indices(width.shape)
        high = np.minimum(low + 1, len(self.widths) - 1)
        found: _Array = (1 - part) * self.errors[low, rows, columns] + part * self.errors[high, rows, columns]
        return found


def find_widths(
    seen: _Array, sharp: _Array, worth: _Array, make: Callable[[float], _Array], widths: _Array
) -> WidthMap:
    """The map of widths by which V, blurred, is U.

    Parameters
    ----------
    seen, sharp : ndarray of float64, (H, W)
        U and V in its frame, light, gray.
    worth : ndarray of float64, (H, W)
        Gray levels per unit of light; 0 for what does not count.
    make : callable
        The PSF of a width.
    widths : ndarray of float64, (J,)
        Those to try, in pixels, rising.
    """
    blocks = _blocks(seen, sharp, worth, make, widths)
    rows, columns = np.indices(blocks.count.shape)
    black = ((rows // _SQUARE + columns // _SQUARE) % 2).astype(bool)
    left: dict[Form, _Array] = {}
    fitted: tuple[Form, ...] = ("constant", "plane")
    for form in fitted:
        left[form] = np.zeros(blocks.count.shape)
        for held in (black, ~black):
            left[form][held] = blocks.at(_fitted(form, blocks, ~held))[held]
    smooth = []
    for spread in _SPREADS:
        errors = np.zeros(blocks.count.shape)
        for held in (black, ~black):
            errors[held] = blocks.at(_smooth(blocks, ~held, spread))[held]
        smooth.append((float(errors.sum()), spread, errors))
    _, spread, left["smooth"] = min(smooth, key=lambda one: one[0])
    best: Form = "constant"
    count = max(float(blocks.count.sum()), 1)
    freer: tuple[Form, ...] = ("plane", "smooth")
    for form in freer:
        gain = left[best] - left[form]
        error = float(gain.std()) * math.sqrt(gain.size)
        if float(gain.sum()) > max(_SURE * error, _CLEARLY * float(left[best].sum())):
            best = form
    everywhere = np.ones_like(black)
    found = _smooth(blocks, everywhere, spread) if best == "smooth" else _fitted(best, blocks, everywhere)
    errors_of = {form: math.sqrt(float(some.sum()) / count) for form, some in left.items()}
    return WidthMap(_enlarged(found, seen.shape), best, errors_of)


def _blocks(
    seen: _Array, sharp: _Array, worth: _Array, make: Callable[[float], _Array], widths: _Array
) -> _Blocks:
    counted = worth > 0
    share = ndimage.gaussian_filter(counted.astype(float), _UNEVEN) + 1e-9
    volume = []
    for width in widths:
        off = np.where(counted, convolve(sharp[..., None], make(float(width)))[..., 0] - seen, 0.0)
        off -= ndimage.gaussian_filter(off, _UNEVEN) / share
        volume.append((off * worth) ** 2)
    errors = np.array(volume)
    usual = float(np.median(errors.min(axis=0)[counted])) if counted.any() else 0.0
    errors = np.minimum(errors, _CAP * usual + _ROUNDING)
    summed = np.array([_summed(np.where(counted, one, 0.0)) for one in errors])
    return _Blocks(widths, summed, _summed(counted.astype(float)))


def _summed(values: _Array) -> _Array:
    """Sums over blocks; the last ones may be smaller."""
    rows, columns = (-(-side // _BLOCK) * _BLOCK for side in values.shape)
    wide = np.pad(values, ((0, rows - values.shape[0]), (0, columns - values.shape[1])))
    sums: _Array = wide.reshape(rows // _BLOCK, _BLOCK, columns // _BLOCK, _BLOCK).sum(axis=(1, 3))
    return sums


def _fitted(form: Form, blocks: _Blocks, some: NDArray[np.bool_]) -> _Array:
    """(R, C): the best constant, or the best plane, for some of the blocks."""
    best = float(blocks.widths[np.argmin(blocks.errors[:, some].sum(axis=1))])
    shape = blocks.count.shape
    y, x = np.meshgrid(*(np.linspace(-1, 1, side) for side in shape), indexing="ij")
    free = [np.ones(shape)] if form == "constant" else [np.ones(shape), y, x]

    def made(values: _Array) -> _Array:
        widths: _Array = np.clip(np.tensordot(values, free, axes=1), blocks.widths[0], blocks.widths[-1])
        return widths

    start = np.array([best, 0.0, 0.0][: len(free)])
    reach = max(float(blocks.widths[-1] - blocks.widths[0]) / 4, 0.2)
    simplex = [start, *(start + step for step in np.diag([reach] * len(free)))]
    found = optimize.minimize(
        lambda values: float(blocks.at(made(values))[some].sum()),
        start,
        method="Nelder-Mead",
        options={"initial_simplex": simplex, "maxfev": _STEPS, "xatol": 0.01, "fatol": 1e-9},
    )
    return made(found.x)


def _smooth(blocks: _Blocks, some: NDArray[np.bool_], spread: float) -> _Array:
    """(R, C): at each block the best width for the blocks around it, of some of them."""
    gathered = np.array([ndimage.gaussian_filter(np.where(some, one, 0.0), spread) for one in blocks.errors])
    best = gathered.argmin(axis=0)
    rows, columns = np.indices(best.shape)
    middle = np.clip(best, 1, max(len(blocks.widths) - 2, 1))
    if len(blocks.widths) < 3:
        return np.asarray(blocks.widths[best], float)
    low, here, high = (gathered[middle + step, rows, columns] for step in (-1, 0, 1))
    bend = low - 2 * here + high
    off = np.where(bend > 0, (low - high) / (2 * np.maximum(bend, 1e-300)), best - middle)
    place = middle + np.clip(off, -1, 1)
    widths: _Array = np.interp(place, np.arange(len(blocks.widths)), blocks.widths)
    # What has no texture takes the width of what is around it.
    told = gathered.max(axis=0) - gathered.min(axis=0) + 1e-300
    widths = ndimage.gaussian_filter(widths * told, spread) / ndimage.gaussian_filter(told, spread)
    return widths


def _enlarged(widths: _Array, shape: tuple[int, ...]) -> _Array:
    """A width for every pixel, linear between the middles of blocks."""
    rows, columns = ((np.arange(side) + 0.5) / _BLOCK - 0.5 for side in shape[:2])
    where = np.meshgrid(rows, columns, indexing="ij")
    found: _Array = ndimage.map_coordinates(widths, where, order=1, mode="nearest")
    return found
