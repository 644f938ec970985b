"""U and a focused photo blurred as U is, side by side: they differ where blur is not all that differs."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from refocuslab.lens.varying_blur import VaryingBlurOperator
from refocuslab.lens.varying_psf import VaryingPsf
from refocuslab.optics.blur_operator import BlurOperator
from refocuslab.optics.light import LightKind, encode
from refocuslab.registration.pair import shrunk, shrunk_psf, small_light
from refocuslab.scene import FocusedPhoto, Scene

_Mask = NDArray[np.bool_]

# Larger photos are compared at no more than so many pixels: blurred, they have no finer detail. A pair of
# 1.7 megapixels whose blur varies takes 0.3 s of CPU instead of 3.9 s.
_PIXELS = 500_000
# Smoothed by a Gaussian of so many pixels of U, so many gray levels are more than blur, noise and JPEG leave.
# Inside the mask, ten good pairs of photographs (tests/proposal/test_advice.py), by which this was chosen,
# leave none; judged on eight shipped scenes and four real ones, six and three of these leave none (with 16
# levels up to 0.15 %), motorcycle-perturbed 0.08 %, bench-perturbed 2.4 %, a ring with glints, seen from
# aside, 5.8 %.
_SPREAD, _LEVELS = 2.0, 24.0


class Alike(NamedTuple):
    """Two photos blurred alike.

    Attributes
    ----------
    blurred : ndarray of uint8, (h, w, 3)
        The focused photo, blurred as U is.
    seen : ndarray of uint8, (h, w, 3)
        U.
    mask : ndarray of bool, (h, w)
        Where the focused photo shows something.
    scale : int
        How many times they are smaller than U.
    """

    blurred: NDArray[np.uint8]
    seen: NDArray[np.uint8]
    mask: _Mask
    scale: int


def alike(scene: Scene, photo: FocusedPhoto, *, light: LightKind) -> Alike:
    """U and a focused photo, blurred alike; large photos as means of squares.

    Parameters
    ----------
    scene : Scene
        U, and how it is blurred; without a PSF nothing is blurred.
    photo : FocusedPhoto
        In the frame and the exposure of U.
    light : {"linear", "encoded"}
        Where the blur acts.
    """
    scale = max(1, math.ceil(math.sqrt(scene.mask.size / _PIXELS)))
    scale = min(scale, *scene.mask.shape)
    sharp, seen = (small_light(image, scale, light) for image in (photo.image, scene.misfocused))
    mask = shrunk(photo.mask[..., None].astype(float), scale)[..., 0] >= 0.5
    return Alike(encode(_blurred(scene, sharp, scale), light=light), encode(seen, light=light), mask, scale)


def unlike(scene: Scene, photo: FocusedPhoto, inside: _Mask, *, light: LightKind) -> float:
    """The share of a mask in which more than blur makes U and a focused photo differ.

    Parameters
    ----------
    scene : Scene
        As for ``alike``.
    photo : FocusedPhoto
        In the frame and the exposure of U.
    inside : ndarray of bool, (H, W)
        What counts, but for its edge, which what lies outside blurs into.
    light : {"linear", "encoded"}
        Where the blur acts.
    """
    both = alike(scene, photo, light=light)
    radius = 0 if scene.psf is None else len(scene.psf) // 2
    where = shrunk(inside[..., None].astype(float), both.scale)[..., 0] >= 0.5
    edge = math.ceil(radius / both.scale) + 1
    where = ndimage.binary_erosion(where & both.mask, iterations=edge, border_value=1)
    if not where.any():
        return 0.0
    apart = both.blurred.astype(np.float32) - both.seen
    spread = _SPREAD / both.scale
    apart = np.abs(ndimage.gaussian_filter(apart, (spread, spread, 0))).max(axis=2)
    return float((apart[where] > _LEVELS).mean())


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
