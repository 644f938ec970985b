"""Where W may as well be the focused photo as it lies: consistency that knows what it does not know.

Consistency trusts U as far as its noise and the error of the PSF allow. That error is measured as one average
of the picture; where it is larger, W is bent towards a U that the PSF explains badly. A focused photo that is
in place needs no bending: where it explains U nearly as well as W does, which was made to, it is taken as it
is. It explains U through the PSF, or through a disk that is narrower or wider: of an object with depth U is
blurred otherwise from place to place, and a photo in place is right all the same.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from refocuslab.consistency.error_spectra import Numbers
from refocuslab.optics.blur import convolve
from refocuslab.optics.light import LightKind, decode, gray_levels_per_light
from refocuslab.optics.psf import LEAST_DIAMETER, disk
from refocuslab.scene import Scene

# A photo explains U nearly as well where its mean squared error is at most so many times that of W, and so
# many times the expected error of U more. Chosen on motorcycle-perturbed, bench-perturbed, lens-depth and
# three real pairs; judged on four other scenes of other views, lens-slant and lens-ring. 1.25 and 0.1 cost
# less (0.02 instead of 0.07 dB at the most) and gain half as much where the PSF is wrong; 6 and 1 cost up to
# 0.15 dB.
_NEARLY, _MORE = 3.0, 0.5
# Diameters of the other disks, as shares of the PSF's. Chosen on the same scenes and the three shipped scenes
# with a PSF 2 pixels too narrow or too wide: up to 0.5 dB more where the PSF is wrong, elsewhere nothing.
_OTHERWISE = (0.0, 0.5, 0.75, 1.25, 1.6, 2.0)
# Keeps a division by the share of the mask in a window from one by 0.
_NONE = 1e-9


def pasted(
    scene: Scene, image: NDArray[np.uint8], expected: Numbers, light: LightKind
) -> tuple[NDArray[np.uint8], Numbers]:
    """W with the focused photos where they are in place, and how much of each pixel is theirs.

    Parameters
    ----------
    scene : Scene
        U, the mask, the focused photos and the PSF.
    image : ndarray of uint8, (H, W, 3)
        W, sRGB.
    expected : ndarray of float64, (H, W)
        Variance of the error of U, of noise and PSF, (gray levels)^2.
    light : {"linear", "encoded"}
        Where the PSF acts.

    Returns
    -------
    image : ndarray of uint8, (H, W, 3)
        W, sRGB. It passes from one to the other over the PSF's radius.
    share : ndarray of float64, (H, W)
        0 where W was kept, 1 where a focused photo was taken; 0 outside the mask.
    """
    share = np.zeros(scene.mask.shape)
    radius = len(scene.known_psf) // 2
    for focused in scene.focused:
        if focused.restored or focused.image.shape != image.shape:
            continue
        there = scene.mask & focused.mask
        photo = np.where(there[..., None], focused.image, image)
        limit = _NEARLY * _error(scene, image, expected, light) + _MORE
        worse = _error(scene, photo, expected, light) > limit
        for other in _other_disks(scene) if worse.any() else ():
            worse &= _error(scene, photo, expected, light, other) > limit
        wrong = scene.mask & (ndimage.binary_dilation(worse & scene.mask, iterations=radius + 1) | ~there)
        taken = there * _distance(wrong, radius + 1) / (radius + 1)
        mixed = taken[..., None] * photo + (1 - taken[..., None]) * image
        image = np.where(scene.mask[..., None], np.rint(mixed), image).astype(np.uint8)
        share = np.maximum(share, taken)
    return image, share


def _other_disks(scene: Scene) -> Iterator[Numbers]:
    """Disks narrower and wider than the PSF, as far as the frame allows."""
    psf, least = scene.known_psf, min(scene.mask.shape)
    away = np.arange(len(psf)) - len(psf) // 2
    # A disk varies by a quarter of its radius squared along each axis.
    usual = 4 * float(np.sqrt((psf * (away[:, None] ** 2 + away**2)).sum() / 2))
    disks = (disk(max(share * usual, LEAST_DIAMETER)) for share in _OTHERWISE)
    return (one for one in disks if len(one) // 2 < least)


def _error(
    scene: Scene,
    image: NDArray[np.uint8],
    expected: Numbers,
    light: LightKind,
    psf: Numbers | None = None,
) -> Numbers:
    """Squared error of an image, blurred, as a multiple of the expected, over squares of the PSF's size.

    It is blurred by the PSF of the scene, or by another.
    """
    given = decode(image, light=light)
    blurred = scene.convolved(given) if psf is None else convolve(given, psf)
    levels = gray_levels_per_light(scene.misfocused, light)
    error = (((blurred - decode(scene.misfocused, light=light)) * levels) ** 2).mean(axis=2)
    side, told = len(scene.known_psf), scene.mask
    # What the frame cuts off of the blur is not known: the nearest pixels that are clear of it speak for it.
    clear = np.zeros_like(told)
    widest = len(scene.varying.psfs[-1]) if scene.varying else side
    reach = max(widest, 0 if psf is None else len(psf)) // 2
    clear[reach : len(clear) - reach, reach : clear.shape[1] - reach] = True
    if (told & clear).any():
        told = told & clear
    seen = ndimage.uniform_filter(error * told, side)
    usual = ndimage.uniform_filter(expected * told, side)
    nearest = ndimage.distance_transform_edt(~told, return_distances=False, return_indices=True)
    ratio: Numbers = (seen / np.maximum(usual, _NONE))[tuple(nearest)]
    return ratio


def _distance(wrong: NDArray[np.bool_], most: int) -> Numbers:
    """How far each pixel lies from the nearest wrong one, in pixels, at most so many."""
    if not wrong.any():
        return np.full(wrong.shape, float(most))
    distance: Numbers = np.minimum(ndimage.distance_transform_edt(~wrong), most)
    return distance
