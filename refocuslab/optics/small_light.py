"""A small light in a photo: where it is and how wide, and whether a calibration can rest on it (§3)."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from refocuslab.errors import RefocusError

# What is brighter than this share of the light's peak belongs to a light.
_SHARE = 0.25
# Of two lights, the second counts from this share of the first one's light. A hot pixel beside a light of
# four pixels in focus has 8 %, and flecks of noise less.
_SECOND = 0.1
# Pixels round the light that are still taken for its own.
_ROUND = 2
# How much narrower than in focus a light may look out of focus, in variance: noise moves it by 5 %, and a
# disk of 2 pixels widens a light of 4 by 25 %.
_NARROWER = 0.9
# Share of the light's pixels that may be at the end of the range: 1 of 50.
_CLIPPED = 0.02
_WHITE = 255


class Light(NamedTuple):
    """A small light that was found in a shot.

    Attributes
    ----------
    around : ndarray of bool, (H, W)
        The light and what is near.
    variance : float
        Spread of the light along one axis, in pixels^2.
    clipped : bool
        More than 1 in 50 of the light's pixels are at 255 in some channel.
    """

    around: NDArray[np.bool_]
    variance: float
    clipped: bool


def find_light(argument: str, shot: NDArray[np.uint8], light: NDArray[np.float64]) -> Light:
    """The one light that a shot shows (§3).

    Parameters
    ----------
    argument : str
        The shot's name, for the message.
    shot : ndarray of uint8, (H, W, 3)
        The shot, sRGB.
    light : ndarray of float64, (H, W, 3)
        The same decoded.

    Returns
    -------
    Light
        Where it is, how wide, and whether it is clipped.

    Raises
    ------
    RefocusError
        There are more lights than one, or the frame cuts it off.
    """
    above = light.sum(axis=2)
    above -= np.median(above)
    even = ndimage.uniform_filter(above, 3, mode="nearest")
    parts, count = ndimage.label(even > _SHARE * even.max(), np.ones((3, 3)))
    sums = ndimage.sum_labels(above, parts, np.arange(1, count + 1))
    lights = np.flatnonzero(sums >= _SECOND * sums.max())
    if len(lights) > 1:
        rule = "must show one small light before an even, dark background: cover the others, or crop to it"
        raise RefocusError(argument, rule, f"{len(lights)} bright places")
    spot = parts == lights[0] + 1
    if spot[[0, -1]].any() or spot[:, [0, -1]].any():
        rule = "must show all of the light, with background on every side: leave more room round it"
        raise RefocusError(argument, rule, "a light that the frame cuts off")
    around = ndimage.binary_dilation(spot, np.ones((3, 3)), iterations=_ROUND)
    white = (shot == _WHITE).any(axis=2)[spot].mean()
    return Light(around, _variance(np.where(around, np.maximum(above, 0), 0)), white > _CLIPPED)


def seems_wide(focused: Light, misfocused: Light) -> float:
    """The disk's diameter as the light's spread tells it: a disk of d pixels has the variance d^2 / 16."""
    wide: float = 4 * max(0.0, misfocused.variance - focused.variance) ** 0.5
    return wide


def check_order(focused: Light, misfocused: Light) -> None:
    """Refuse shots that stand in the wrong order.

    Raises
    ------
    RefocusError
        The light out of focus has less than 0.9 of the variance of the one in focus.
    """
    if misfocused.variance < _NARROWER * focused.variance:
        rule = "must be the shot out of focus, the second of the two: they seem swapped"
        got = f"a light {_width(misfocused):.1f} pixels wide, after one of {_width(focused):.1f}"
        raise RefocusError("misfocused_light", rule, got)


def _width(light: Light) -> float:
    wide: float = 4 * light.variance**0.5
    return wide


def _variance(weight: NDArray[np.float64]) -> float:
    y, x = np.indices(weight.shape)
    whole = weight.sum()
    x, y = x - (weight * x).sum() / whole, y - (weight * y).sum() / whole
    return float((weight * (x**2 + y**2)).sum() / whole / 2)
