"""Where two photos differ once one of them is blurred as the other: a picture to look at."""

import math

import numpy as np
from numpy.typing import NDArray

from refocuslab.lab.widgets.previews import difference
from refocuslab.lens.varying_blur import VaryingBlurOperator
from refocuslab.lens.varying_psf import VaryingPsf
from refocuslab.optics.blur_operator import BlurOperator
from refocuslab.optics.light import LightKind, encode
from refocuslab.registration.pair import shrunk, shrunk_psf, small_light
from refocuslab.scene import FocusedPhoto, Scene

# Larger photos are compared at no more than so many pixels: blurred, they have no finer detail. A pair of
# 1.7 megapixels whose blur varies takes 0.3 s of CPU instead of 3.9 s.
_PIXELS = 500_000

_Photo = NDArray[np.uint8]


def once_blurred(scene: Scene, photo: FocusedPhoto, *, light: LightKind) -> _Photo:
    """Where U and a focused photo in its frame differ once that is blurred as U is, in colors.

    Parameters
    ----------
    scene : Scene
        U, and how it is blurred; without a PSF nothing is blurred.
    photo : FocusedPhoto
        In the frame and the exposure of U.
    light : {"linear", "encoded"}
        Where the blur acts.

    Returns
    -------
    ndarray of uint8, (H, W, 3)
        Of the size of U; of a large photo, the colors of squares of pixels.
    """
    scale = max(1, math.ceil(math.sqrt(scene.mask.size / _PIXELS)))
    scale = min(scale, *scene.mask.shape)
    sharp, seen = (small_light(image, scale, light) for image in (photo.image, scene.misfocused))
    mask = shrunk(photo.mask[..., None].astype(float), scale)[..., 0] >= 0.5
    again = encode(_blurred(scene, sharp, scale), light=light)
    squares = difference(again, encode(seen, light=light), mask)
    colors = squares.repeat(scale, axis=0).repeat(scale, axis=1)
    # What does not fill a square is as the square beside it.
    beyond = [(0, side - here) for side, here in zip(scene.mask.shape, colors.shape[:2], strict=True)]
    return np.pad(colors, (*beyond, (0, 0)), mode="edge")


def _blurred(scene: Scene, sharp: NDArray[np.float64], scale: int) -> NDArray[np.float64]:
    """Light (h, w, C), blurred as U is, both so many times smaller."""
    if scene.psf is None:
        return sharp
    shape = sharp.shape[0], sharp.shape[1]
    operator: BlurOperator
    if scene.varying is None:
        operator = BlurOperator(shrunk_psf(scene.psf, scale), shape)
    else:
        given = scene.varying
        width = np.clip(shrunk(given.width[..., None], scale)[..., 0], given.widths[0], given.widths[-1])
        psfs = [shrunk_psf(psf, scale) for psf in given.psfs]
        # The widths name PSFs here, and need not be shrunk with them.
        operator = VaryingBlurOperator(VaryingPsf(psfs, given.widths, width))
    return operator(operator.extended(sharp)).astype(float)
