"""A weight for every pixel, for U and Z err more at some of them; error_spectra.py knows frequencies alone.

Its variances hold on average, over the window in which they were measured. At some pixels the errors are
larger: beside a light much brighter than the pixel itself, where light from outside the
mask leaks in, where the library has no patch like W.
"""

import numpy as np
from scipy import ndimage

from refocuslab.consistency.error_spectra import ROUNDING, Misfit

# Side of the squares over which an error is measured: as small as a mean of it means something.
_SIDE = 5
# An error of the PSF that moves U by less than this, (grey levels)^2, is the same everywhere: none.
_NONE = 1e-9


def of_psf(light, levels, window, found: Misfit, *, radius: int, mean_misfit: float) -> np.ndarray:
    """Weights (H, W), at most 1, of the pixels of U for what an error of the PSF does to each.

        c(x) = (noise^2 + m) / (noise^2 + m r(x)),   r(x) = D(x)^2 Var L(x) / mean of D^2 Var L

    Var L: variance of the ``light`` of Z, (H + 2 radius, W + 2 radius, 3), over what the PSF gathers. An
    error of the PSF is a share of that, in light; in grey levels it is D, ``levels`` (H, W, 3), times as
    large: most in the dark, beside what is bright. m: ``mean_misfit``, the variance that it adds on average
    over ``window``, (H, W).
    """
    side = 2 * radius + 1
    light = light.astype(np.float64)

    def local(values):
        return ndimage.uniform_filter(values, (side, side, 0))

    spread = np.maximum(local(light**2) - local(light) ** 2, 0)
    inner = slice(radius, radius + window.shape[0]), slice(radius, radius + window.shape[1])
    power = (spread[inner] * levels**2).mean(axis=2)
    usual = max((power * window).sum() / window.sum(), _NONE)
    weight = (found.noise**2 + mean_misfit) / (found.noise**2 + mean_misfit * power / usual)
    return np.minimum(weight, 1)


def of_error(error, mask, window) -> np.ndarray:
    """Weights (H, W) that undo unequal errors: mean square over ``window``, divided by that round x.

    error: (H, W, 3), grey levels; only what lies in the mask counts. 1 outside the mask.
    """
    power = np.where(mask, (error**2).mean(axis=2), 0.0)
    share = ndimage.uniform_filter(mask.astype(float), _SIDE)
    power = ndimage.uniform_filter(power, _SIDE) / np.maximum(share, 1 / _SIDE**2) + ROUNDING
    return np.where(mask, (power * window).sum() / window.sum() / power, 1.0)
