"""How wide a photo is misfocused, told by spectra alone: no registration, no PSF (beyond the paper)."""

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from refocuslab.optics.light import gray
from refocuslab.optics.psf import disk_mtf
from refocuslab.pictures.mask_depth import mask_depth

_Light = NDArray[np.float64]
_Mask = NDArray[np.bool_]

# Rings of frequency from 0 to 0.5 cycles per pixel.
_RINGS = 64
# Diameters tried, in pixels.
WIDEST = 60.0
_DIAMETERS = np.geomspace(1.0, WIDEST, 80)
# Noise tried, as shares of the power in the finest rings: from none to all of it, and twice as much.
_NOISES = np.concatenate([[0.0], np.geomspace(1e-4, 2.0, 24)])
# The finest rings, in which misfocus leaves little but noise.
_FINEST = 8
# The ratio of the light of both photos, at most.
_GAIN = 8.0
# No more of a photo is transformed than the square of so many pixels in its middle.
_LARGEST = 1024
# Power of light, of a photo without contrast: a tenth of the rounding of the darkest 8-bit values.
_NONE = 1e-9


def spectral_diameter(misfocused: _Light, mask: _Mask, focused: _Light, focused_mask: _Mask) -> float:
    """The diameter of the disk that turns the power spectrum of V into that of U.

        |U(f)|^2 = g |disk(d)(f)|^2 |V(f)|^2 + n

    Both show one object, and a power spectrum does not know where it lies; d, the gain g and the white noise
    n are those of the least squared difference of logarithms, over rings of frequency. Other views change
    the spectrum little: on the eight shipped scenes d is right within 0.25 pixels. On real pairs, whose PSF
    is no disk, it was 10 to 40 % too small, which registration bears.

    Parameters
    ----------
    misfocused : ndarray of float64, (H, W, 3)
        Light of U.
    mask : ndarray of bool, (H, W)
        The object in U.
    focused : ndarray of float64, (H', W', 3)
        Light of V.
    focused_mask : ndarray of bool, (H', W')
        The object in V.

    Returns
    -------
    float
        d in pixels, 1 to 60.

    Examples
    --------
    >>> import numpy as np
    >>> from refocuslab import disk
    >>> from refocuslab.optics.blur import convolve
    >>> from refocuslab.lens.blur_scale import spectral_diameter
    >>> sharp = np.random.default_rng(0).random((96, 96, 3))
    >>> all_of_it = np.ones((96, 96), bool)
    >>> abs(spectral_diameter(convolve(sharp, disk(7)), all_of_it, sharp, all_of_it) - 7) < 0.3
    True
    """
    seen, count = _rings(misfocused, mask)
    sharp, _ = _rings(focused, focused_mask)
    frequencies = (np.arange(_RINGS) + 0.5) / (2 * _RINGS)
    finest = seen[-_FINEST:].mean()
    noises = np.maximum(_NOISES * finest, _NONE)
    logs, worth = np.log(np.maximum(seen, _NONE)), count / count.sum()
    best, least = 1.0, np.inf
    for diameter in _DIAMETERS:
        passed = disk_mtf(diameter, frequencies) ** 2 * sharp
        # The gain is fitted where the noise does not hide it: in logarithms, at each noise.
        excess = np.maximum(seen[None] - noises[:, None], 0) + noises[:, None]
        ratio = np.log(np.maximum(excess, _NONE)) - np.log(passed[None] + noises[:, None])
        gain = np.exp(np.clip(ratio @ worth, -np.log(_GAIN), np.log(_GAIN)))
        model = np.log(gain[:, None] * passed + noises[:, None])
        error = ((logs - model)[:, 1:] ** 2 @ worth[1:]).min()
        if error < least:
            best, least = float(diameter), float(error)
    return best


def _rings(light: _Light, mask: _Mask) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean power in each ring of frequency, and how many frequencies it holds."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    box = tuple(
        slice(max(lines[0], middle - _LARGEST // 2), min(lines[-1] + 1, middle + _LARGEST // 2))
        for lines in (rows, columns)
        for middle in [int(lines[0] + lines[-1] + 1) // 2]
    )
    values, depth = gray(light[box]), mask_depth(mask[box])
    window = np.sin(np.clip(depth / max(depth.max() / 2, 1), 0, 1) * np.pi / 2) ** 2
    weight = max(float(window.sum()), 1e-9)
    power = np.abs(fft.rfft2((values - (values * window).sum() / weight) * window)) ** 2 / (window**2).sum()
    frequency = np.hypot(fft.fftfreq(values.shape[0])[:, None], fft.rfftfreq(values.shape[1]))
    ring = np.minimum((frequency * 2 * _RINGS).astype(int), _RINGS).ravel()
    count = np.bincount(ring, minlength=_RINGS + 1)[:_RINGS].astype(float)
    total = np.bincount(ring, power.ravel(), _RINGS + 1)[:_RINGS]
    filled = np.flatnonzero(count)
    return np.interp(np.arange(_RINGS), filled, total[filled] / count[filled]), count
