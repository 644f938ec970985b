"""Squares all over an object, blurred by PSFs of many widths, and what each leaves of U there."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import fft, ndimage

from refocuslab.optics.psf import otf

_Array = NDArray[np.float64]
_Single = NDArray[np.float32]

# Side in units of a block, and of the squares in which V is blurred; how many of these are enough.
BLOCK, SQUARE, _ENOUGH = 8, 64, 100
# Light that differs over more than this is uneven exposure and no blur, in blocks.
_UNEVEN = 1.5


@dataclass(frozen=True)
class Lattice:
    """Squares of U in rows and columns, and what lies there in V.

    Attributes
    ----------
    seen : ndarray of float32, (M, N)
        U, light, gray: all squares beside each other.
    sharp : ndarray of float32, (P, m + 2r, m + 2r)
        V, light, gray, under each square of m x m units and as far around it as a PSF reaches.
    worth : ndarray of float32, (M, N)
        Gray levels per unit of light; 0 for what does not count.
    corners : (ndarray, ndarray) of int64
        y of the first pixel of each row of squares, x of each column's.
    unit : int
        How many pixels the unit is.
    """

    seen: _Single
    sharp: _Single
    worth: _Single
    corners: tuple[NDArray[np.int64], NDArray[np.int64]]
    unit: int

    @classmethod
    def of(
        cls,
        seen: _Array,
        sharp: _Array,
        worth: _Array,
        corners: tuple[NDArray[np.int64], NDArray[np.int64]],
        unit: int,
    ) -> "Lattice":
        """The lattice of arrays of any precision."""
        single = np.float32
        return cls(seen.astype(single), sharp.astype(single), worth.astype(single), corners, unit)

    @property
    def middles(self) -> tuple[_Array, _Array]:
        """y of the middle of each row of blocks, x of each column's, in pixels."""
        within = (np.arange(0, SQUARE, BLOCK) + (BLOCK - 1) / 2) * self.unit
        rows, columns = ((corners[:, None] + within).ravel() for corners in self.corners)
        return rows, columns

    def errors(self, make: Callable[[float], _Array], widths: _Array) -> NDArray[np.float32]:
        """(J, M, N): squared errors in gray levels, if V is blurred by PSFs of these widths, in pixels."""
        counted = (self.worth > 0).astype(np.float32)
        share = ndimage.gaussian_filter(summed(counted), _UNEVEN, mode="nearest") + 1e-6
        side = self.sharp.shape[1]
        reach = (side - SQUARE) // 2
        inner = slice(reach, reach + SQUARE)
        spectrum = fft.rfft2(self.sharp)
        errors = np.empty((len(widths), *self.seen.shape), np.float32)
        for number, width in enumerate(widths):
            transfer = otf(make(float(width) / self.unit), (side, side), np.float32)
            blurred = fft.irfft2(spectrum * transfer, (side, side))[:, inner, inner]
            off = counted * (joined(blurred, len(self.corners[0])) - self.seen)
            uneven = ndimage.gaussian_filter(summed(off), _UNEVEN, mode="nearest") / share
            places = ((np.arange(length) + 0.5) / BLOCK - 0.5 for length in off.shape)
            errors[number] = ((off - between(uneven, *places)) * self.worth) ** 2
        return errors


def square_corners(mask: NDArray[np.bool_], unit: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """y of the first pixel of each row of squares over an object, and x of each column's.

    They lie beside each other, or evenly apart where that would be more than 100.
    """
    lines = [np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0)]
    counts = [math.ceil((line[-1] + 1 - line[0]) / (SQUARE * unit)) for line in lines]
    few = min(1.0, math.sqrt(_ENOUGH / math.prod(counts)))
    rows, columns = (
        line[0]
        + (
            np.arange(max(1, round(few * count))) * (count / max(1, round(few * count))) * SQUARE * unit
        ).astype(int)
        for line, count in zip(lines, counts, strict=True)
    )
    return rows, columns


def joined(squares: NDArray[Any], down: int) -> NDArray[Any]:
    """Squares (P, m, m) in the order of lines of text, beside each other in so many rows."""
    side = squares.shape[1]
    return squares.reshape(down, -1, side, side).swapaxes(1, 2).reshape(down * side, -1)


def summed(values: NDArray[Any]) -> NDArray[Any]:
    """Sums over blocks of 8 x 8."""
    rows, columns = (side // BLOCK for side in values.shape)
    sums: NDArray[Any] = values.reshape(rows, BLOCK, columns, BLOCK).sum(axis=(1, 3))
    return sums


def between(values: NDArray[Any], rows: _Array, columns: _Array) -> NDArray[Any]:
    """(len(rows), len(columns)): values between those of a grid, linear; beyond it those of its edge."""
    for places in (rows, columns):
        place = np.clip(places, 0, len(values) - 1)
        low = np.minimum(place.astype(int), max(len(values) - 2, 0))
        part = (place - low).astype(values.dtype)[:, None]
        values = ((1 - part) * values[low] + part * values[np.minimum(low + 1, len(values) - 1)]).T
    return values
