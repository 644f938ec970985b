"""Weights of single pixels, where U or Z errs more than the average that error_spectra.py measures.

The balance of U and Z itself is in error_spectra.py, whose variances are averages over a window. At some
pixels the errors are larger: beside a light much brighter than the pixel itself, where light from outside
the mask leaks in, where the library has no patch like W.
"""

from typing import cast

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from refocuslab.consistency.error_spectra import ROUNDING, Misfit, Numbers
from refocuslab.optics.blur_operator import Floats

# Side of the squares over which an error is averaged: as small as a mean of it means something. 3 and 9:
# nothing on six scenes.
_SIDE = 5
# Keeps the division by a mean power, (gray levels)^2, from one by 0. Half and double: the same bytes on three
# scenes.
_NONE = 1e-9


def variance_of_psf(
    light: Floats, levels: Floats, window: Numbers, found: Misfit, *, radius: int, mean_misfit: float
) -> Numbers:
    """The variance of the error of U at each pixel, of its noise and of what an error of the PSF does there.

        noise^2 + m r(x),   r(x) = D(x)^2 Var L(x) / mean of D^2 Var L

    Var L is the variance of the light of Z over what the PSF gathers. An error of the PSF is a share of
    that, in light; in gray levels it is D times as large: most in the dark, beside what is bright.

    Parameters
    ----------
    light : ndarray of float, (H + 2 radius, W + 2 radius, 3)
        L, the light of Z.
    levels : ndarray of float, (H, W, 3)
        D, gray levels per unit of light.
    window : ndarray of float64, (H, W)
        The weights of the mean.
    found : Misfit
        The noise of U.
    radius : int
        The PSF's, in pixels.
    mean_misfit : float
        m, the mean variance that the error of the PSF adds to U, (gray levels)^2.

    Returns
    -------
    ndarray of float64, (H, W)
        In (gray levels)^2.
    """
    side = 2 * radius + 1
    lights = light.astype(np.float64)

    def local(values: Numbers) -> Numbers:
        return cast(Numbers, ndimage.uniform_filter(values, (side, side, 0)))

    spread = np.maximum(local(lights**2) - local(lights) ** 2, 0)
    inner = slice(radius, radius + window.shape[0]), slice(radius, radius + window.shape[1])
    power = (spread[inner] * levels**2).mean(axis=2)
    usual = max((power * window).sum() / window.sum(), _NONE)
    return cast(Numbers, found.noise**2 + mean_misfit * power / usual)


def of_error(error: Floats, mask: NDArray[np.bool_], window: Numbers) -> Numbers:
    """Weights that undo unequal errors: their mean square over a window, divided by that round each pixel.

    Parameters
    ----------
    error : ndarray of float, (H, W, 3)
        In gray levels; only what lies in the mask counts.
    mask : ndarray of bool, (H, W)
        The mask.
    window : ndarray of float64, (H, W)
        The weights of the mean.

    Returns
    -------
    ndarray of float64, (H, W)
        The weights; 1 outside the mask.
    """
    power = np.where(mask, (error**2).mean(axis=2), 0.0)
    share = ndimage.uniform_filter(mask.astype(float), _SIDE)
    power = ndimage.uniform_filter(power, _SIDE) / np.maximum(share, 1 / _SIDE**2) + ROUNDING
    return np.where(mask, (power * window).sum() / window.sum() / power, 1.0)
