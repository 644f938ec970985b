"""Misfocus simulated on a photo: shots whose truth is known, with noise (paper, §3).

Here every point is blurred by the same disk; ``bench.py`` models a lens. Noise is Gaussian, in gray levels
of the encoded 8-bit photo, and the same seed gives the same noise.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from refocuslab.checks import check_count, check_number, check_photo, check_seed, is_number, plain, require
from refocuslab.errors import RefocusError, quoted
from refocuslab.optics.blur import blur, convolve
from refocuslab.optics.light import LightKind, decode, encode
from refocuslab.optics.psf import disk

# Encoded sRGB of the warm light and of the room behind it: neither clipped nor black.
_LIGHT = np.array([235.0, 220.0, 190.0])
_ROOM = np.array([12.0, 13.0, 15.0])
# The most pixels along a light's frame, its light and its disk: twice the widest disk of ``optics.psf``.
_LARGEST_FRAME = 2048


class LightShots(NamedTuple):
    """A small light in focus and misfocused; see ``calibrate``.

    Attributes
    ----------
    focused, misfocused : ndarray of uint8, (H, W, 3)
        The shots, sRGB.
    """

    focused: NDArray[np.uint8]
    misfocused: NDArray[np.uint8]


def add_noise(image: ArrayLike, noise: float, seed: int | Sequence[int]) -> NDArray[np.uint8]:
    """The photo plus Gaussian noise, a value for each channel of each pixel, rounded and clipped to 0..255.

    Parameters
    ----------
    image : ndarray of uint8, (H, W, 3)
        sRGB.
    noise : float
        Standard deviation in gray levels of the encoded photo, 0 to 255.
    seed : int or sequence of int
        As ``checks.check_seed`` takes it.

    Returns
    -------
    ndarray of uint8, (H, W, 3)
        A new photo.

    Raises
    ------
    RefocusError
        An argument breaks its rule.
    """
    photo = check_photo("image", image)
    good = is_number(noise) and 0 <= plain(noise) < np.inf
    require(good, "noise", "must be finite and at least 0 gray levels", quoted(noise))
    noise = abs(check_number("noise", noise, 0, 255))  # not -0.0, which is a number below 0 to some
    grain = check_seed("seed", seed).normal(scale=noise, size=photo.shape)
    noisy: NDArray[np.uint8] = np.clip(np.rint(photo + grain), 0, 255).astype(np.uint8)
    return noisy


def misfocus(
    image: ArrayLike,
    diameter: int,
    *,
    noise: float = 0.0,
    seed: int | Sequence[int] = 0,
    light: LightKind = "linear",
) -> NDArray[np.uint8]:
    """The photo U that a misfocused lens takes: U = blur(image, disk(diameter)) + noise.

    Parameters
    ----------
    image : ndarray of uint8, (H, W, 3)
        The truth, sRGB.
    diameter : int
        Of the disk in pixels, 1 to 1000.
    noise : float
        Standard deviation in gray levels, 0 to 255.
    seed : int or sequence of int
        Of the noise.
    light : {"linear", "encoded"}
        Where the PSF acts: on light, or on the stored values.

    Returns
    -------
    ndarray of uint8, (H, W, 3)
        U, sRGB.

    Raises
    ------
    RefocusError
        An argument breaks its rule.

    Examples
    --------
    >>> import numpy as np
    >>> from refocuslab.simulation.misfocus import misfocus
    >>> dot = np.zeros((7, 7, 3), np.uint8)
    >>> dot[3, 3] = 255
    >>> misfocus(dot, 3)[2:5, 2:5, 0]
    array([[ 78, 104,  78],
           [104, 105, 104],
           [ 78, 104,  78]], dtype=uint8)
    """
    return add_noise(blur(image, disk(diameter), light=light), noise, seed)


def point_light(
    diameter: int,
    *,
    width: int = 4,
    size: int = 64,
    noise: float = 0.0,
    seed: int = 0,
    light: LightKind = "linear",
) -> LightShots:
    """The two calibration shots of §3: a small light, sharp and misfocused.

    The light is an antialiased disk in the middle of a dark frame. The misfocused shot is exposed longer,
    as a photographer would do it, until one channel is as bright as in the sharp shot. Only noise can clip
    a value.

    Parameters
    ----------
    diameter : int
        Of the PSF's disk in pixels.
    width : int
        Of the light in pixels.
    size : int
        Of the square frame in pixels, more than width + diameter, at most 2048.
    noise : float
        Standard deviation in gray levels, 0 to 255, in both shots.
    seed : int
        Of the noise.
    light : {"linear", "encoded"}
        Where the PSF acts.

    Returns
    -------
    LightShots
        The shots, (size, size, 3) each.

    Raises
    ------
    RefocusError
        An argument breaks its rule.
    """
    diameter, width, size = (
        check_count(name, value, _LARGEST_FRAME)
        for name, value in (("diameter", diameter), ("width", width), ("size", size))
    )
    if not width + diameter < size:
        raise RefocusError("size", f"must be more than {width + diameter} pixels", size)
    spot, psf = disk(width), disk(diameter)
    coverage = np.zeros((size, size, 1))
    corner = (size - spot.shape[0]) // 2
    inside = slice(corner, corner + spot.shape[0])
    coverage[inside, inside, 0] = spot / spot.max()

    lamp, room = (decode(color, light=light) for color in (_LIGHT, _ROOM))
    sharp = room + (lamp - room) * coverage
    blurred = convolve(sharp, psf)
    blurred *= (lamp / blurred.max(axis=(0, 1))).min()
    return LightShots(
        add_noise(encode(sharp, light=light), noise, (seed, 0)),
        add_noise(encode(blurred, light=light), noise, (seed, 1)),
    )
