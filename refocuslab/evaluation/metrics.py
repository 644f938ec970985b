"""How close a refocused photo is to the truth, and its blur to the misfocused photo."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from refocuslab.checks import check_photo
from refocuslab.errors import RefocusError
from refocuslab.optics.light import LightKind, decode, encode
from refocuslab.registration.psf_estimate import with_psf
from refocuslab.scene import Scene

# Side of the windows of SSIM in pixels: scikit-image's default.
_SSIM_WINDOW = 7


@dataclass(frozen=True)
class Score:
    """Measures over the pixels of the mask, on encoded 8-bit values.

    Attributes
    ----------
    psnr : float or None
        In dB, infinite for a perfect photo; None for a scene without truth.
    ssim : float or None
        At most 1; None for a scene without truth, and for a photo smaller than its window of 7 x 7 pixels.
    reblur_rms : float
        In gray levels, 0..255.
    """

    psnr: float | None
    ssim: float | None
    reblur_rms: float


def score(image: ArrayLike, scene: Scene, *, light: LightKind = "linear") -> Score:
    """Measure a photo W against the scene's truth T and its misfocused photo U.

        psnr       = 20 log10(255 / RMS(W - T))
        ssim       = mean of the structural similarity of W and T; its windows see beyond the mask
        reblur_rms = RMS(Blur(W) - U), with the scene's PSF acting in ``light``

    Each is a mean over the mask and all three channels. Within a PSF's radius of the mask's
    edge, Blur(W) also gathers what W holds outside the mask, where W is U, blurred already:
    compare ``reblur_rms`` between results for one mask, not with 0.

    Parameters
    ----------
    image : ndarray of uint8, (H, W, 3)
        W, sRGB, in the shape of U.
    scene : Scene
        U, the mask, the PSF, and T where it is known.
    light : {"linear", "encoded"}
        Where the PSF acts: on light, or on the stored values.

    Returns
    -------
    Score
        The three measures.

    Raises
    ------
    RefocusError
        The image is no photo or has another shape than U, or ``light`` is none of the two.

    Examples
    --------
    >>> import numpy as np
    >>> from refocuslab import FocusedPhoto, Scene, blur, disk, score
    >>> sharp = np.random.default_rng(0).integers(0, 256, (8, 9, 3), np.uint8)
    >>> scene = Scene(blur(sharp, disk(3)), None, [FocusedPhoto(sharp)], psf=disk(3), truth=sharp)
    >>> score(sharp, scene)
    Score(psnr=inf, ssim=1.0, reblur_rms=0.0)
    >>> round(score(scene.misfocused, scene).psnr, 2)
    10.61
    """
    photo = check_photo("image", image)
    if photo.shape != scene.misfocused.shape:
        rule = f"must have the shape of the misfocused photo, {scene.misfocused.shape}"
        raise RefocusError("image", rule, photo.shape)
    scene = with_psf(scene, light=light)
    reblurred = encode(scene.convolved(decode(photo, light=light)), light=light)
    reblur_rms = _rms(reblurred, scene.misfocused, scene.mask)
    if scene.truth is None:
        return Score(None, None, reblur_rms)
    error = _rms(photo, scene.truth, scene.mask)
    psnr = 20 * math.log10(255 / error) if error else math.inf
    return Score(psnr, _ssim(photo, scene.truth, scene.mask), reblur_rms)


def _rms(a: NDArray[np.uint8], b: NDArray[np.uint8], mask: NDArray[np.bool_]) -> float:
    difference = a[mask].astype(np.int64) - b[mask]
    return math.sqrt(np.mean(difference**2))


def _ssim(image: NDArray[np.uint8], truth: NDArray[np.uint8], mask: NDArray[np.bool_]) -> float | None:
    from skimage.metrics import structural_similarity  # slow to import

    if min(mask.shape) < _SSIM_WINDOW:
        return None
    _, similarity = structural_similarity(  # type: ignore[no-untyped-call]
        image, truth, win_size=_SSIM_WINDOW, channel_axis=2, data_range=255, full=True
    )
    return float(similarity[mask].mean())
