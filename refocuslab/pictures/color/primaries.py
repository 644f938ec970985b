"""Color spaces given by a curve and three primaries, converted to sRGB."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from refocuslab.pictures.color import srgb

# From XYZ to the cone responses of the Bradford transform, which adapts one white to another.
_BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
# Where curves are sampled: the values of 16 bits.
_GRID = np.linspace(0, 1, 65536)


@dataclass(frozen=True)
class Space:
    """A color space: what light the values of a picture stand for.

    Attributes
    ----------
    curves : tuple of ndarray of float64, (65536,)
        For each channel, or one for all: the light, 0 to 1, of every value of 16 bits.
    primaries : ndarray of float64, (3, 3), or None
        Column c is the CIE XYZ, relative to D50, of channel c's full light. None for gray.
    """

    curves: tuple[NDArray[np.float64], ...]
    primaries: NDArray[np.float64] | None = None

    def srgb(self, values: NDArray[Any]) -> NDArray[np.float64]:
        """Values of the space, converted to sRGB.

        Parameters
        ----------
        values : ndarray of uint8, uint16 or float (0 to 1), (..., C)
            C = 1 for gray, else 3.

        Returns
        -------
        ndarray of float64, (..., 3)
            sRGB, 0 to 1; less or more for colors that sRGB does not have.
        """
        if self.primaries is None:
            light = np.repeat(self._light(values[..., :1]), 3, axis=-1)
        else:
            light = self._light(values) @ (np.linalg.inv(srgb.TO_XYZ) @ self.primaries).T
        return srgb.encoded(light)

    @cached_property
    def is_srgb(self) -> bool:
        """Whether every color differs from that of sRGB by less than one level of 255."""
        axis = np.linspace(0, 1, 18)
        if self.primaries is None:
            colors = np.repeat(np.linspace(0, 1, 256)[:, None], 3, axis=1)
        else:
            colors = np.stack(np.meshgrid(axis, axis, axis), axis=-1)
        return bool(np.abs(self.srgb(colors) - colors).max() < 1 / 255)

    def _light(self, values: NDArray[Any]) -> NDArray[np.float64]:
        curves = self.curves * 3 if len(self.curves) == 1 else self.curves
        if values.dtype == np.uint16:
            return np.stack([curves[c][values[..., c]] for c in range(values.shape[-1])], axis=-1)
        if values.dtype == np.uint8:
            return np.stack([curves[c][::257][values[..., c]] for c in range(values.shape[-1])], axis=-1)
        return np.stack(
            [np.interp(values[..., c], _GRID, curves[c]) for c in range(values.shape[-1])], axis=-1
        )


def power(exponent: float) -> NDArray[np.float64]:
    """The curve of a gamma, (65536,): l = c^exponent."""
    return _GRID**exponent


def srgb_curve() -> NDArray[np.float64]:
    """The curve of sRGB, (65536,)."""
    return srgb.linear(_GRID)


def primaries(white: Sequence[float], *corners: Sequence[float]) -> NDArray[np.float64]:
    """The matrix from linear values to CIE XYZ relative to D50, adapted from its white by Bradford.

    Parameters
    ----------
    white : pair of float
        Chromaticity (x, y) of the white.
    *corners : three pairs of float
        Chromaticities (x, y) of red, green and blue.

    Returns
    -------
    ndarray of float64, (3, 3)
        A primary a column.
    """

    def xyz(x: float, y: float) -> NDArray[np.float64]:
        return np.array([x / y, 1, (1 - x - y) / y])

    raw = np.stack([xyz(*corner) for corner in corners], axis=1)
    raw = raw * np.linalg.solve(raw, xyz(*white))
    ratio = (_BRADFORD @ np.array(srgb.D50)) / (_BRADFORD @ xyz(*white))
    matrix: NDArray[np.float64] = np.linalg.inv(_BRADFORD) @ np.diag(ratio) @ _BRADFORD @ raw
    return matrix


# Chromaticities (x, y): a white, and the primaries red, green and blue of three spaces.
D65 = (0.3127, 0.3290)
BT709 = ((0.64, 0.33), (0.30, 0.60), (0.15, 0.06))
DISPLAY_P3 = ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060))
BT2020 = ((0.708, 0.292), (0.170, 0.797), (0.131, 0.046))
# Adobe RGB (1998), 4.3.1.1 and 4.3.4.2: its gamma is 2 + 51/256.
ADOBE_RGB = ((0.64, 0.33), (0.21, 0.71), (0.15, 0.06))
ADOBE_GAMMA = 563 / 256


def adobe_rgb() -> Space:
    """Adobe RGB (1998), which cameras name in EXIF data without a profile."""
    return Space((power(ADOBE_GAMMA),), primaries(D65, *ADOBE_RGB))
