"""Clipped samples of a focused photo: they only tell that there was at least so much light.

A photo exposed longer than the misfocused one loses what is brighter than its sensor holds. Once its exposure
is matched to U, those samples look like greys of U's range that are too dark. What they hide, U knows
blurred.
"""

import numpy as np
from scipy import ndimage

from refocuslab.optics.blur import convolve
from refocuslab.optics.light import decode, encode
from refocuslab.registration import warp

# A sample of 255 is clipped; so is one of this value or more that is connected with such a sample: noise and
# JPEG spread clipped values. Noise of 2 grey levels leaves 99.9 % of a clipped area above it, JPEG of
# quality 80 as much but for the area's rim.
NEAR = 247
# Samples whose value in U's exposure would be this far, in grey levels, below U's own limit are at fault.
DARKER = 3.0
# Steps of the estimate; more sharpen noise.
_STEPS = 20


def clipped(image: np.ndarray) -> np.ndarray:
    """(H, W, 3) bool: the samples of an (H, W, 3) uint8 photo at which its sensor was saturated."""
    near = image >= NEAR
    found = np.zeros_like(near)
    for channel in range(3):
        labels, count = ndimage.label(near[..., channel], np.ones((3, 3)))
        if count:
            reached = np.zeros(count + 1, bool)
            reached[labels[image[..., channel] == 255]] = True
            reached[0] = False
            found[..., channel] = reached[labels]
    return found


def at_least(
    light: np.ndarray, hidden: np.ndarray, target: np.ndarray, saturated: np.ndarray, psf
) -> np.ndarray:
    """The light of a sharp photo with its hidden samples estimated: no less than they are, and blurred, U.

        T <- max(T k' * (U / (k * T)), V)   where samples are hidden, and V elsewhere

    (Richardson and Lucy's step, kept to the samples that are not known). ``light`` V, ``target`` U: (H, W, 3)
    in one frame and exposure. ``hidden``, ``saturated``: (H, W, 3) bool, samples of V, and of U, that tell
    only of at least so much light.
    """
    radius = len(psf) // 2
    y, x = np.nonzero(hidden.any(axis=2))
    if not len(y):
        return light
    # Nothing farther than twice the PSF's reach bears on a hidden sample.
    box = tuple(slice(max(0, a.min() - 2 * radius), a.max() + 2 * radius + 1) for a in (y, x))
    whole = light.copy()
    floor, hidden, target, saturated = light[box], hidden[box], target[box], saturated[box]
    if min(floor.shape[:2]) <= radius:
        return light
    found = np.where(hidden, np.maximum(floor, target), floor)
    tiny = 1e-4
    for _ in range(_STEPS):
        ratio = np.maximum(target, tiny) / np.maximum(convolve(found, psf), tiny)
        ratio = np.where(saturated, np.maximum(ratio, 1), ratio)
        found = np.where(hidden, np.maximum(found * convolve(ratio, psf[::-1, ::-1]), floor), floor)
    whole[box] = found
    return whole


def too_dark(image: np.ndarray, exposure: dict, light: str) -> np.ndarray:
    """(H, W, 3) bool: clipped samples that U's exposure, gain and offset (3,), makes darker than U's limit.

    Where it does not, a photo is clipped at least as bright as U and W are themselves: nothing is lost.
    """
    limit = exposure["gain"] * decode(np.full(3, 255.0), light=light) + exposure["offset"]
    return clipped(image) & (encode(limit, light=light) < 255 - DARKER)


def restored(scene, image, matrix, exposure, hidden, light: str) -> tuple[np.ndarray, np.ndarray]:
    """A focused photo's light in U's exposure, its hidden samples estimated from U; and (H, W) bool, where
    that is so, as U does not show all of them.

    ``matrix`` takes pixels of U to pixels of the photo.
    """
    height, width = image.shape[:2]
    inverse = np.linalg.inv(matrix)
    x, y = warp.positions(inverse / inverse[2, 2], (height, width))
    shown = warp.inside(x, y, scene.mask.shape)
    target = warp.sample(decode(scene.misfocused, light=light), x, y, order=1)
    saturated = warp.sample((scene.misfocused >= NEAR).astype(float), x, y, order=1) > 0
    found = exposure["gain"] * decode(image, light=light) + exposure["offset"]
    target = np.where(shown[..., None], np.maximum(target, 0), found)
    found = at_least(found, hidden & shown[..., None], target, saturated, _scaled(scene.psf, matrix))
    return found, shown | ~hidden.any(axis=2)


def _scaled(psf: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """The PSF in the frame of a photo, to whose pixels ``matrix`` takes those of the misfocused one."""
    scale = float(np.sqrt(abs(np.linalg.det(matrix[:2, :2]))))
    if abs(scale - 1) < 0.5 / len(psf):
        return psf
    radius = max(1, int(np.ceil(scale * len(psf) / 2)))
    y, x = np.mgrid[-radius : radius + 1, -radius : radius + 1] / scale
    psf = np.pad(psf, 1)
    wide = ndimage.map_coordinates(psf, [y + len(psf) // 2, x + len(psf) // 2], order=1, mode="constant")
    return wide / wide.sum()
