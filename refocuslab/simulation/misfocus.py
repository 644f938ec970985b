"""Misfocus simulated on a photo: shots whose truth is known, with noise. bench.py models a lens.

Noise is Gaussian, in grey levels of the encoded 8-bit photo. A ``seed`` is whatever
``numpy.random.default_rng`` takes; the same seed gives the same photo.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from refocuslab.checks import check_count, check_number, check_photo, check_seed, is_number, plain, require
from refocuslab.errors import RefocusError, quoted
from refocuslab.optics.blur import blur, convolve
from refocuslab.optics.light import decode, encode
from refocuslab.optics.psf import disk

# Encoded sRGB of the warm light and of the room behind it: neither clipped nor black.
_LIGHT = np.array([235.0, 220.0, 190.0])
_ROOM = np.array([12.0, 13.0, 15.0])
# Side of a light's frame: room for the widest disk.
_LARGEST_FRAME = 2048


class LightShots(NamedTuple):
    """A small light in focus and misfocused, each (H, W, 3) uint8 sRGB; see ``calibrate``."""

    focused: np.ndarray
    misfocused: np.ndarray


def add_noise(image, noise: float, seed: int | Sequence[int]) -> np.ndarray:
    """The photo, (H, W, 3) uint8, plus Gaussian noise of standard deviation ``noise`` >= 0.

    Each value gets its own; the sum is rounded and clipped to 0..255. Returns a new uint8 array.
    """
    image = check_photo("image", image)
    good = is_number(noise) and 0 <= plain(noise) < np.inf
    require(good, "noise", "must be finite and at least 0 grey levels", quoted(noise))
    noise = abs(check_number("noise", noise, 0, 255))  # not -0.0, which is a number below 0 to some
    grain = check_seed("seed", seed).normal(scale=noise, size=image.shape)
    return np.clip(np.rint(image + grain), 0, 255).astype(np.uint8)


def misfocus(
    image,
    diameter: int,
    *,
    noise: float = 0.0,
    seed: int | Sequence[int] = 0,
    light: str = "linear",
) -> np.ndarray:
    """The photo U that a lens misfocused by a disk of ``diameter`` pixels takes of a sharp one.

    ``image``: (H, W, 3) uint8 sRGB, the truth; returns the same, U = blur(image, disk) + noise.
    """
    return add_noise(blur(image, disk(diameter), light=light), noise, seed)


def point_light(
    diameter: int,
    *,
    width: int = 4,
    size: int = 64,
    noise: float = 0.0,
    seed: int = 0,
    light: str = "linear",
) -> LightShots:
    """The two shots of §3: a light ``width`` pixels wide, sharp and misfocused by ``diameter``.

    The light is an antialiased disk in the middle of a dark frame of ``size`` x ``size`` pixels.
    The misfocused shot is exposed longer, as a photographer would do it, until one channel is as
    bright as in the sharp shot. Both have noise, and no value is clipped but by that.
    Light and disk together must fit the frame: width + diameter < size.
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

    lamp, room = (decode(colour, light=light) for colour in (_LIGHT, _ROOM))
    sharp = room + (lamp - room) * coverage
    blurred = convolve(sharp, psf)
    blurred *= (lamp / blurred.max(axis=(0, 1))).min()
    return LightShots(
        add_noise(encode(sharp, light=light), noise, (seed, 0)),
        add_noise(encode(blurred, light=light), noise, (seed, 1)),
    )
