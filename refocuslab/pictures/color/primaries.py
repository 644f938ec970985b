"""Colors given by a curve and three primaries, turned into sRGB."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from refocuslab.pictures.color import srgb

_BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
_GRID = np.linspace(0, 1, 65536)


@dataclass(frozen=True)
class Space:
    """How the values 0 … 1 of a picture give its light.

    curves: for each channel, or for all, the light 0 … 1 of each of 65,536 values; primaries: the XYZ
    (relative to D50) of each channel's full light, a column each, or None for grey.
    """

    curves: tuple[np.ndarray, ...]
    primaries: np.ndarray | None = None

    def srgb(self, values: np.ndarray) -> np.ndarray:
        """The sRGB, (…, 3) float64, of values (…, C); beyond 0 … 1 where sRGB has no such color."""
        if self.primaries is None:
            light = np.repeat(self._light(values[..., :1]), 3, axis=-1)
        else:
            light = self._light(values) @ (np.linalg.inv(srgb.TO_XYZ) @ self.primaries).T
        return srgb.encoded(light)

    @cached_property
    def is_srgb(self) -> bool:
        """No color differs from that of sRGB by as much as one level of 255."""
        axis = np.linspace(0, 1, 18)
        if self.primaries is None:
            colors = np.repeat(np.linspace(0, 1, 256)[:, None], 3, axis=1)
        else:
            colors = np.stack(np.meshgrid(axis, axis, axis), axis=-1)
        return bool(np.abs(self.srgb(colors) - colors).max() < 1 / 255)

    def _light(self, values: np.ndarray) -> np.ndarray:
        curves = self.curves * 3 if len(self.curves) == 1 else self.curves
        if values.dtype == np.uint16:
            return np.stack([curves[c][values[..., c]] for c in range(values.shape[-1])], axis=-1)
        if values.dtype == np.uint8:
            return np.stack([curves[c][::257][values[..., c]] for c in range(values.shape[-1])], axis=-1)
        return np.stack(
            [np.interp(values[..., c], _GRID, curves[c]) for c in range(values.shape[-1])], axis=-1
        )


def power(exponent: float) -> np.ndarray:
    """The curve of a gamma."""
    return _GRID**exponent


def srgb_curve() -> np.ndarray:
    """The curve of sRGB."""
    return srgb.linear(_GRID)


def primaries(white: Sequence[float], *corners: Sequence[float]) -> np.ndarray:
    """The XYZ relative to D50 of primaries given as (x, y), with their white."""

    def xyz(x: float, y: float) -> np.ndarray:
        return np.array([x / y, 1, (1 - x - y) / y])

    raw = np.stack([xyz(*corner) for corner in corners], axis=1)
    raw = raw * np.linalg.solve(raw, xyz(*white))
    ratio = (_BRADFORD @ np.array(srgb.D50)) / (_BRADFORD @ xyz(*white))
    return np.linalg.inv(_BRADFORD) @ np.diag(ratio) @ _BRADFORD @ raw


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
