"""Blur: the sharp image convolved by the PSF, in linear light (paper, equation 1)."""

import numpy as np
from scipy import fft

from refocuslab.checks import check_photo, check_reals, require
from refocuslab.errors import RefocusError
from refocuslab.optics.light import decode, encode
from refocuslab.optics.psf import check_psf

# Sums of so large values, and products of those with a PSF's weights, stay in the range of float64.
_LARGEST_VALUE = 1e100
# Of a photo of 150 megapixels with three channels: 4 GB.
_MOST_VALUES = 450 * 10**6


def convolve(image, psf) -> np.ndarray:
    """The paper's equation (1), h = f * g: h(x) = sum over t of g(t) f(x - t).

    ``image`` f: (H, W, C) float, in any units that add, such as linear light; ``psf`` g as in
    ``check_psf``. Returns h as float64 of the shape of f. Beyond its edges f is reflected about
    the edge pixel. A PSF that reaches farther than one reflection raises a ``RefocusError``.
    """
    image = check_reals("image", image, "must be an array of numbers", _MOST_VALUES)
    psf = check_psf(psf)
    if image.ndim != 3 or image.size == 0:
        raise RefocusError("image", "must be of shape (H, W, C)", f"shape {image.shape}")
    rule = f"must be finite, and at most {_LARGEST_VALUE:g}"
    good = image.max() <= _LARGEST_VALUE and image.min() >= -_LARGEST_VALUE
    require(good, "image", rule, "NaN, infinity, or more")
    height, width, _ = image.shape
    radius = psf.shape[0] // 2
    if radius >= min(height, width):
        rule = f"must fit the photo: at most {2 * min(height, width) - 1} pixels wide here"
        raise RefocusError("psf", rule, f"{psf.shape[0]} pixels")

    image = np.pad(image, ((radius, radius), (radius, radius), (0, 0)), mode="reflect")
    shape = [fft.next_fast_len(side, real=True) for side in image.shape[:2]]
    spectrum = fft.rfft2(image, shape, axes=(0, 1)) * fft.rfft2(psf, shape)[:, :, None]
    blurred = fft.irfft2(spectrum, shape, axes=(0, 1))
    # What wraps round the frame lands within the first 2 * radius rows and columns.
    return blurred[2 * radius :, 2 * radius :][:height, :width].copy()


def blur(image, psf, *, light: str = "linear") -> np.ndarray:
    """The photo as a lens with this PSF would take it: encode(convolve(decode(image), psf)).

    ``image``: (H, W, 3) uint8 sRGB; returns the same. ``psf`` as in ``check_psf``, with a radius
    less than each side of the photo. ``light``: where the PSF acts, "linear" or "encoded".
    """
    image = check_photo("image", image)
    return encode(convolve(decode(image, light=light), psf), light=light)
