"""Clipped samples of a focused photo: a lower bound on the light, which U shows blurred.

A photo exposed longer than U loses what is brighter than its sensor holds. Once its exposure is matched to U,
its clipped samples are too dark. What they hide is estimated from U.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from refocuslab.optics.blur import convolve
from refocuslab.optics.light import LightKind, decode, encode
from refocuslab.registration import warp
from refocuslab.registration.exposure import Exposure
from refocuslab.scene import Scene

# A sample of 255 is clipped; so is one of this value or more that is connected with such a sample: noise and
# JPEG spread clipped values. Noise of 2 gray levels leaves 99.9 % of a clipped area above it, JPEG of quality
# 80 as much but for the area's rim. Of crops of 100 pixels of four scenes, overexposed by 0.9 and 2 stops,
# with noise of 1 gray level, 239 costs 0.0 to 0.5 dB, and 251 gains 0.0 to 0.2 dB.
_NEAR = 247
# Gray levels: a clipped sample is at fault where U's exposure makes it this much darker than U's own limit.
# Half and double change nothing there.
_DARKER = 3.0
# Steps of the estimate: more sharpen noise. On those crops half of them gain 0.2 to 0.4 dB, double cost 0.0
# to 1.2 dB.
_STEPS = 20
# Light below this is noise: a ratio of less would be, too.
_TINY = 1e-4


def clipped(image: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """The samples of a photo (H, W, 3) at which its sensor was saturated: 255, and near it beside such."""
    near = image >= _NEAR
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
    light: NDArray[np.float64],
    hidden: NDArray[np.bool_],
    target: NDArray[np.float64],
    saturated: NDArray[np.bool_],
    psf: NDArray[np.float64],
) -> NDArray[np.float64]:
    """The light of a sharp photo V, its hidden samples estimated: no less than they are, and blurred, U.

        T <- max(T k' * (U / (k * T)), V)   where samples are hidden, and V elsewhere

    with * a convolution by the PSF k or its mirror image k': Richardson and Lucy's step, kept to the samples
    that are not known.

    Parameters
    ----------
    light : ndarray of float64, (H, W, 3)
        V.
    hidden : ndarray of bool, (H, W, 3)
        Samples of V that are lower bounds.
    target : ndarray of float64, (H, W, 3)
        U, in the frame and exposure of V.
    saturated : ndarray of bool, (H, W, 3)
        Samples of U that are lower bounds.
    psf : ndarray of float64, (n, n)
        k.

    Returns
    -------
    ndarray of float64, (H, W, 3)
        T; ``light`` itself where nothing is hidden, or the PSF does not fit.
    """
    radius = len(psf) // 2
    y, x = np.nonzero(hidden.any(axis=2))
    if not len(y):
        return light
    # Nothing farther than twice the PSF's radius bears on a hidden sample.
    box = tuple(slice(max(0, a.min() - 2 * radius), a.max() + 2 * radius + 1) for a in (y, x))
    whole = light.copy()
    floor, hidden, target, saturated = light[box], hidden[box], target[box], saturated[box]
    if min(floor.shape[:2]) <= radius:
        return light
    found = np.where(hidden, np.maximum(floor, target), floor)
    for _ in range(_STEPS):
        ratio = np.maximum(target, _TINY) / np.maximum(convolve(found, psf), _TINY)
        ratio = np.where(saturated, np.maximum(ratio, 1), ratio)
        found = np.where(hidden, np.maximum(found * convolve(ratio, psf[::-1, ::-1]), floor), floor)
    whole[box] = found
    return whole


def too_dark(image: NDArray[np.uint8], exposure: Exposure, light: LightKind) -> NDArray[np.bool_]:
    """The clipped samples of a photo (H, W, 3) that the exposure of U makes darker than U's own limit.

    Where it does not, the photo is clipped at least as bright as U and W are themselves: nothing is lost.
    """
    limit = exposure.gain * decode(np.full(3, 255.0), light=light) + exposure.offset
    return clipped(image) & (encode(limit, light=light) < 255 - _DARKER)


def restored(
    scene: Scene,
    image: NDArray[np.uint8],
    matrix: NDArray[np.float64],
    exposure: Exposure,
    hidden: NDArray[np.bool_],
    light: LightKind,
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """A focused photo's light in the exposure of U, its hidden samples estimated from U.

    Parameters
    ----------
    scene : Scene
        U and the PSF.
    image : ndarray of uint8, (H, W, 3)
        The photo V, sRGB.
    matrix : ndarray of float64, (3, 3)
        The homography from pixels of U to pixels of V.
    exposure : Exposure
        U against the blurred V.
    hidden : ndarray of bool, (H, W, 3)
        The samples of V to estimate.
    light : {"linear", "encoded"}
        Where the PSF acts: on light, or on the stored values.

    Returns
    -------
    light : ndarray of float64, (H, W, 3)
        V in the exposure of U.
    known : ndarray of bool, (H, W)
        Pixels with no hidden sample, and those that U shows.
    """
    height, width = image.shape[:2]
    inverse = np.linalg.inv(matrix)
    x, y = warp.positions(inverse / inverse[2, 2], (height, width))
    shown = warp.inside(x, y, scene.mask.shape)
    target = warp.sample(decode(scene.misfocused, light=light), x, y, order=1)
    saturated = warp.sample((scene.misfocused >= _NEAR).astype(float), x, y, order=1) > 0
    found = exposure.gain * decode(image, light=light) + exposure.offset
    target = np.where(shown[..., None], np.maximum(target, 0), found)
    found = at_least(found, hidden & shown[..., None], target, saturated, _scaled(scene.known_psf, matrix))
    return found, shown | ~hidden.any(axis=2)


def _scaled(psf: NDArray[np.float64], matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """The PSF in the frame of a photo, to whose pixels the homography takes those of U."""
    scale = float(np.sqrt(abs(np.linalg.det(matrix[:2, :2]))))
    if abs(scale - 1) < 0.5 / len(psf):
        return psf
    radius = max(1, int(np.ceil(scale * len(psf) / 2)))
    y, x = np.mgrid[-radius : radius + 1, -radius : radius + 1] / scale
    psf = np.pad(psf, 1)
    at = [y + len(psf) // 2, x + len(psf) // 2]
    wide: NDArray[np.float64] = ndimage.map_coordinates(psf, at, order=1, mode="constant")
    wide = wide / wide.sum()
    return wide
