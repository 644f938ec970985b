"""How close a refocused photo is to the truth, and its blur to the misfocused photo."""

import math
from dataclasses import dataclass

import numpy as np

from refocuslab.checks import check_photo
from refocuslab.errors import RefocusError
from refocuslab.optics.blur import blur

_SSIM_WINDOW = 7


@dataclass(frozen=True)
class Score:
    """Measures over the pixels of the mask, on encoded 8-bit values.

    ``psnr`` in dB, infinite for a perfect photo; ``ssim`` at most 1; ``reblur_rms`` in grey
    levels, 0..255. ``psnr`` and ``ssim`` are None for a scene without truth, and ``ssim`` also
    for a photo smaller than its window of 7 x 7 pixels.
    """

    psnr: float | None
    ssim: float | None
    reblur_rms: float


def score(image, scene, *, light: str = "linear") -> Score:
    """Measure ``image`` W, (H, W, 3) uint8 sRGB, against the scene's truth T and its U.

        psnr       = 20 log10(255 / RMS(W - T))
        ssim       = mean of the structural similarity of W and T; its windows see beyond the mask
        reblur_rms = RMS(Blur(W) - U), with the scene's PSF acting in ``light``

    Each is a mean over the mask and all three channels. Within a PSF's radius of the mask's
    edge, Blur(W) also gathers what W holds outside the mask, where W is U, blurred already:
    compare ``reblur_rms`` between results for one mask, not with 0.
    """
    image = check_photo("image", image)
    if image.shape != scene.misfocused.shape:
        rule = f"must have the shape of the misfocused photo, {scene.misfocused.shape}"
        raise RefocusError("image", rule, image.shape)
    reblur_rms = _rms(blur(image, scene.psf, light=light), scene.misfocused, scene.mask)
    if scene.truth is None:
        return Score(None, None, reblur_rms)
    error = _rms(image, scene.truth, scene.mask)
    psnr = 20 * math.log10(255 / error) if error else math.inf
    return Score(psnr, _ssim(image, scene.truth, scene.mask), reblur_rms)


def _rms(a: np.ndarray, b: np.ndarray, mask: np.ndarray) -> float:
    difference = a[mask].astype(np.int64) - b[mask]
    return math.sqrt(np.mean(difference**2))


def _ssim(image: np.ndarray, truth: np.ndarray, mask: np.ndarray) -> float | None:
    from skimage.metrics import structural_similarity  # slow to import

    if min(mask.shape) < _SSIM_WINDOW:
        return None
    _, similarity = structural_similarity(
        image, truth, win_size=_SSIM_WINDOW, channel_axis=2, data_range=255, full=True
    )
    return float(similarity[mask].mean())
