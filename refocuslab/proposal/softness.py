"""Where U is softer than a focused photo in its place explains: evidence, block by block."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from refocuslab.optics.blur import convolve
from refocuslab.registration.pair import shrunk
from refocuslab.running.threads import pool

_Single = NDArray[np.float32]

# Bands of detail: standard deviations of two Gaussians, in pixels. Of the pairs named in placing.py, the
# first alone misses soft regions of faint texture; a third, (2.8, 6.4), changes the regions by under 1 %.
_BANDS = ((0.7, 1.6), (1.4, 3.2))
# Energy of detail is gathered by a Gaussian of so many pixels, and of so many times a band's finer one. With
# 2 and 1.5 edges lie less well: 0.2 dB of the whole picture on average of ten pairs, with W the truth.
_WINDOW, _WINDOWS = 1.2, 0.9
# What a band says of one place counts up to this share of what it could say.
_SHARE = 0.75
# The most that a place says, and how much less than nothing a place says that says nothing: there U is left.
# Of what parallax hides in a stereo pair, none gains 2.5 dB more and changes up to 2.9 % of the sharp pixels;
# four times as much costs 3 dB and changes 0.5 instead of 0.7 % (two pairs of motorcycle).
_MOST, LEAVE = 0.7, 0.05
# Less detail, (gray levels)^2, is hardly seen: what is of use in those pairs has 3 and more, grain of paper
# and clouds 0.6 at most.
_UNSEEN, _SEEN = 0.3, 0.6
# Energy that rounding to 8 bits leaves in a band, (gray levels)^2.
_ROUNDING = 0.05
# Squares in which noise is told, and the share of them that are smoother; values nearer to the ends of the
# scale have lost their noise. The least noise: JPEG hides it.
_SQUARE, _SMOOTH, _ENDS, _LEAST_NOISE = 16, 20, 5, 0.25
# Standard deviation of the second difference, down and across, of white noise of 1.
_SECOND, _ITS_NOISE = np.array([1.0, -2.0, 1.0], np.float32), 6.0


@dataclass(frozen=True)
class Bands:
    """How much detail a photo has in each band, block by block.

    Attributes
    ----------
    energy : tuple of ndarray of float32, (h, w)
        Mean squares about each block, (gray levels)^2.
    noise : tuple of float
        What white noise of the photo's strength adds to each.
    """

    energy: tuple[_Single, ...]
    noise: tuple[float, ...]

    @classmethod
    def of(cls, gray: _Single, side: int, noise: float) -> "Bands":
        """The bands of a photo.

        Parameters
        ----------
        gray : ndarray of float32, (H, W)
            Gray levels.
        side : int
            Pixels on the side of a block.
        noise : float
            Standard deviation of its noise, in gray levels.
        """

        def energy(number: int) -> _Single:
            window = max(_WINDOW, _WINDOWS * _BANDS[number][0])
            squares: NDArray[np.float64] = band(gray, number)[..., None] ** 2  # type: ignore[assignment]
            found: _Single = ndimage.gaussian_filter(shrunk(squares, side)[..., 0], window / side)
            return found

        with pool(None) as executor:
            energies = tuple(executor.map(energy, range(len(_BANDS))))
        return cls(energies, tuple(noise**2 * _passed(*both) for both in _BANDS))


def evidence(misfocused: Bands, focused: Bands, blurred: Bands) -> _Single:
    """How far the detail of U is nearer to that of V blurred (above 0) or of V (below 0), (h, w).

    In each band the logarithm of the energy of U is compared with the middle between those of V and of V
    blurred. Where these are equal, as of a wall without texture, nothing is said; where V is the softer, U
    has more detail than either, and is left. No pixel of one photo is compared with a pixel of the other,
    so that parallax of a few pixels does little.

    Parameters
    ----------
    misfocused, focused, blurred : Bands
        Of U, of V in its place, and of V blurred as little as U may be.
    """
    total = np.full(misfocused.energy[0].shape, -LEAVE, np.float32)
    for number in range(len(_BANDS)):
        seen, sharp = misfocused.noise[number], focused.noise[number]
        # With the noise of both, both are alike where there is nothing but noise. Blur takes that of V.
        here = np.log(misfocused.energy[number] + sharp + _ROUNDING)
        there = np.log(focused.energy[number] + seen + _ROUNDING)
        soft = np.log(blurred.energy[number] + seen + sharp + _ROUNDING)
        most = _SHARE * np.maximum(there - soft, 0)
        total += np.clip((there + soft) / 2 - here, -most, most)
    # Where refocusing brings nothing that anybody sees, U may as well stay.
    seen_by_eye = np.clip((detail_lost(focused, blurred) - _UNSEEN) / (_SEEN - _UNSEEN), 0, 1)
    weighed: _Single = np.where(total > 0, seen_by_eye * total - (1 - seen_by_eye) * LEAVE, total)
    return np.clip(weighed, -_MOST, _MOST)


def band(gray: _Single, number: int) -> _Single:
    """Detail of a photo in the finest band, number 0, or in the next."""
    fine, coarse = _BANDS[number]
    found: _Single = ndimage.gaussian_filter(gray, fine) - ndimage.gaussian_filter(gray, coarse)
    return found


def detail_lost(focused: Bands, blurred: Bands) -> _Single:
    """Energy of detail that blur takes from V, (gray levels)^2, (h, w)."""
    pairs = zip(focused.energy, focused.noise, blurred.energy, strict=True)
    lost: _Single = np.sum([np.maximum(sharp - noise - soft, 0) for sharp, noise, soft in pairs], axis=0)
    return lost


def smooth(focused: Bands, blurred: Bands) -> NDArray[np.bool_]:
    """Where blur takes nothing from V that anybody sees, so that the photos tell nothing of it, (h, w)."""
    untold: NDArray[np.bool_] = detail_lost(focused, blurred) < _UNSEEN
    return untold


def blurred_gray(gray: _Single, psf: NDArray[np.float64]) -> _Single:
    """Gray levels as misfocus would leave them: blurred as light to the power 1/2.2."""
    light = (np.maximum(gray, 0) / np.float32(255)) ** np.float32(2.2)  # single precision takes a quarter
    soft = np.maximum(convolve(light[..., None], psf)[..., 0], 0).astype(np.float32)
    found: _Single = 255 * soft ** np.float32(1 / 2.2)
    return found


def noise_of(gray: _Single) -> float:
    """Standard deviation of a photo's noise, in gray levels, told by its smoothest squares."""
    fine = ndimage.convolve1d(ndimage.convolve1d(gray, _SECOND, 0), _SECOND, 1)
    squares = [_squares(values) for values in (gray, np.abs(fine))]
    mean = squares[0].mean(axis=1)
    told = (mean > _ENDS) & (mean < 255 - _ENDS)
    if not told.any():
        return _LEAST_NOISE
    found = 1.4826 * np.median(squares[1][told], axis=1) / _ITS_NOISE
    return max(float(np.percentile(found, _SMOOTH)), _LEAST_NOISE)


def _squares(values: _Single) -> _Single:
    """(n, m): the pixels of each square of 16 x 16; of a smaller photo all of them."""
    rows, columns = (length // _SQUARE for length in values.shape)
    if not rows or not columns:
        return values.reshape(1, -1)
    whole = values[: rows * _SQUARE, : columns * _SQUARE].reshape(rows, _SQUARE, columns, _SQUARE)
    return whole.swapaxes(1, 2).reshape(rows * columns, -1)


def _passed(fine: float, coarse: float) -> float:
    """How much of the variance of white noise a band passes."""
    # Sums of squares of Gaussians and of their product, in the plane.
    squares = [1 / (4 * np.pi * spread**2) for spread in (fine, coarse)]
    return float(sum(squares) - 1 / (np.pi * (fine**2 + coarse**2)))
