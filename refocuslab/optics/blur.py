"""Blur: the sharp image convolved by the PSF, in linear light (paper, equation 1).

A photo is reflected at its edges: here for the blur, in paper/patches.py for the windows.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import fft

from refocuslab.checks import check_photo, check_reals, require
from refocuslab.errors import RefocusError
from refocuslab.optics.light import LightKind, decode, encode
from refocuslab.optics.psf import check_psf
from refocuslab.running.progress import breathe

# Sums of so large values, and products of those with a PSF's weights, stay in the range of float64.
_LARGEST_VALUE = 1e100
# Of a photo of 150 megapixels with three channels: 4 GB.
_MOST_VALUES = 450 * 10**6


def convolve(image: ArrayLike, psf: ArrayLike) -> NDArray[np.float64]:
    """The paper's equation (1), h = f * g: h(x) = sum over t of g(t) f(x - t).

    Parameters
    ----------
    image : array_like of float, (H, W, C)
        f, in any units that add, such as linear light; at most 1e100 in magnitude. Beyond its edges f is
        reflected about the edge pixel.
    psf : array_like, (n, n)
        g, as ``check_psf`` describes it.

    Returns
    -------
    ndarray of float64, (H, W, C)
        h.

    Raises
    ------
    RefocusError
        The image is not finite or of another shape, or the PSF is none or reaches farther than one
        reflection: its radius (n - 1)/2 must be less than H and W.
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

    breathe()  # registration and the PSF are found by hundreds of these
    padded = np.pad(image, ((radius, radius), (radius, radius), (0, 0)), mode="reflect")
    shape = [fft.next_fast_len(side, real=True) for side in padded.shape[:2]]
    spectrum = fft.rfft2(padded, shape, axes=(0, 1)) * fft.rfft2(psf, shape)[:, :, None]
    blurred = fft.irfft2(spectrum, shape, axes=(0, 1))
    # What wraps round the frame lands within the first 2 * radius rows and columns.
    inner: NDArray[np.float64] = blurred[2 * radius :, 2 * radius :][:height, :width].copy()
    return inner


def blur(image: ArrayLike, psf: ArrayLike, *, light: LightKind = "linear") -> NDArray[np.uint8]:
    """The photo as a lens with this PSF would take it: encode(convolve(decode(image), psf)).

    Equation (1) of the paper, on 8-bit photos.

    Parameters
    ----------
    image : ndarray of uint8, (H, W, 3)
        A photo, sRGB.
    psf : array_like, (n, n)
        A PSF as ``check_psf`` describes it, with a radius (n - 1)/2 less than H and W.
    light : {"linear", "encoded"}
        Where the PSF acts: on light, or on the stored values.

    Returns
    -------
    ndarray of uint8, (H, W, 3)
        The blurred photo, sRGB.

    Raises
    ------
    RefocusError
        The photo, the PSF or ``light`` breaks its rule.

    Examples
    --------
    A white pixel on black spreads over the disk; a third of its light stays, sRGB value 153.

    >>> import numpy as np
    >>> from refocuslab import blur, disk
    >>> photo = np.zeros((3, 3, 3), np.uint8)
    >>> photo[1, 1] = 255
    >>> blur(photo, disk(2))[:, :, 0]
    array([[ 89, 147,  89],
           [147, 153, 147],
           [ 89, 147,  89]], dtype=uint8)
    """
    image = check_photo("image", image)
    return encode(convolve(decode(image, light=light), psf), light=light)
