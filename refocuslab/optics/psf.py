"""Point spread functions: the disk of a misfocused lens, its OTF and MTF (paper, §1, §3)."""

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray
from scipy import fft
from scipy.special import j1

from refocuslab.checks import check_count, check_number, check_reals, require
from refocuslab.errors import RefocusError

# Wider than any misfocus that leaves something to refocus; a disk's weights take 8 MB there.
LARGEST_DIAMETER = 1000
# Narrower disks lie in one pixel as well.
LEAST_DIAMETER = 0.01
# Side of a PSF of any form: twice as wide, for it may lie beside its middle.
LARGEST_PSF = 2 * LARGEST_DIAMETER + 1
# Length of a transform, count of frequencies, and their magnitude: far beyond any photo.
_LARGEST_SPECTRUM = 2**20


def check_psf(psf: ArrayLike) -> NDArray[np.float64]:
    """The PSF as float64, if it is one.

    Parameters
    ----------
    psf : array_like, (n, n)
        Real numbers, n odd and at most 2001, the origin at the center. Finite, nowhere negative, and the
        sum is 1 within 1e-6: misfocus moves light, it neither makes nor loses any.

    Returns
    -------
    ndarray of float64, (n, n)
        The PSF; a float64 array is returned itself.

    Raises
    ------
    RefocusError
        A rule above is broken.
    """
    psf = check_reals("psf", psf, "must be an array of numbers", LARGEST_PSF**2)
    if psf.ndim != 2 or psf.shape[0] != psf.shape[1] or psf.shape[0] % 2 == 0:
        raise RefocusError("psf", "must be square with an odd side", f"shape {psf.shape}")
    if psf.shape[0] > LARGEST_PSF:
        raise RefocusError("psf", f"must be at most {LARGEST_PSF} pixels wide", f"{psf.shape[0]}")
    if not np.isfinite(psf).all():
        raise RefocusError("psf", "must be finite", "NaN or infinity")
    if psf.min() < 0:
        raise RefocusError("psf", "must not be negative", f"{psf.min():g}")
    if psf.max() > 2:  # before a sum that may overflow
        raise RefocusError("psf", "must sum to 1", f"a weight of {psf.max():.9g}")
    if abs(psf.sum() - 1) > 1e-6:
        raise RefocusError("psf", "must sum to 1", f"{psf.sum():.9g}")
    return psf


def disk(diameter: float) -> NDArray[np.float64]:
    """PSF of a misfocused lens (§3): each weight is the exact area of pixel and disk in common.

    Parameters
    ----------
    diameter : float
        The disk's diameter in pixels, 0.01 to 1000; the paper's are whole numbers. Its center is that of the
        middle pixel.

    Returns
    -------
    ndarray of float64, (n, n)
        The weights, with the sum 1; n is the least odd number from the diameter on.

    Raises
    ------
    RefocusError
        The diameter is no number, or out of range.

    Examples
    --------
    >>> from refocuslab import disk
    >>> disk(2).round(3)
    array([[0.025, 0.145, 0.025],
           [0.145, 0.318, 0.145],
           [0.025, 0.145, 0.025]])
    """
    diameter = check_number("diameter", diameter, LEAST_DIAMETER, LARGEST_DIAMETER, positive=True)
    radius, side = diameter / 2, math.ceil(diameter) | 1
    edges = np.clip(np.arange(side + 1) - side / 2, -radius, radius)

    # corner[i, j]: area of the disk between the axes through its center and the edges i and j,
    # signed as the product of their coordinates. Along x the disk is capped by the edge y as
    # far as the two meet, and by its own rim, whose integral is known, from there on.
    def rim(x: NDArray[np.float64]) -> NDArray[np.float64]:
        half = np.sqrt(np.maximum(radius**2 - x**2, 0))
        return (x * half + radius**2 * np.arcsin(np.minimum(x / radius, 1))) / 2

    x, y = np.abs(edges)[None, :], np.abs(edges)[:, None]
    meet = np.minimum(x, np.sqrt(np.maximum(radius**2 - y**2, 0)))
    corner = np.sign(edges)[:, None] * np.sign(edges) * (y * meet + rim(x) - rim(meet))
    area: NDArray[np.float64] = np.diff(np.diff(corner, axis=0), axis=1)
    area = np.maximum(area + area.T, 0)  # rounding must not spoil the symmetry or the sign
    weights: NDArray[np.float64] = area / area.sum()
    return weights


def otf(psf: NDArray[Any], shape: tuple[int, int], dtype: DTypeLike = np.float64) -> NDArray[Any]:
    """Optical transfer function: the PSF's Fourier transform about its center.

        OTF(f) = sum over x of psf(x) exp(-2 pi i f x),   x = 0 at the center of the PSF

    Multiplying by it blurs without displacing. A PSF larger than the grid is folded onto it, which changes
    nothing at the grid's frequencies.

    Parameters
    ----------
    psf : ndarray, (m, n)
        The PSF, or another kernel about its center, such as a moment of one; m and n are odd.
    shape : (int, int)
        The grid, in pixels.
    dtype : dtype
        float64, or float32, in which the transform is then made.

    Returns
    -------
    ndarray of complex, (shape[0], shape[1] // 2 + 1)
        The OTF at the frequencies of ``scipy.fft.rfft2`` of this shape; complex64 for float32.

    Examples
    --------
    >>> from refocuslab.optics.psf import disk, otf
    >>> otf(disk(3), (1, 8)).real.round(3)
    array([[ 1.   ,  0.829,  0.416,  0.004, -0.167]])
    """
    grid = np.zeros(shape, dtype)
    rows, columns = (np.arange(side) - side // 2 for side in psf.shape)
    np.add.at(grid, np.ix_(rows % shape[0], columns % shape[1]), psf.astype(dtype))
    transformed: NDArray[Any] = fft.rfft2(grid)
    return transformed


def mtf(psf: ArrayLike, *, size: int = 256) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Modulation transfer function along x: the magnitude of the PSF's Fourier transform (§1).

    MTF(f) = abs(sum over x, y of psf(y, x) exp(-2 pi i f x)).

    Parameters
    ----------
    psf : array_like, (n, n)
        A PSF as ``check_psf`` describes it.
    size : int
        Length of the transform: even, from n to 2^20.

    Returns
    -------
    frequencies : ndarray of float64, (size/2 + 1,)
        Cycles per pixel, from 0 to 0.5.
    magnitude : ndarray of float64, (size/2 + 1,)
        The MTF there; 1 at frequency 0.

    Raises
    ------
    RefocusError
        The PSF or the size breaks its rule.

    Examples
    --------
    >>> from refocuslab import disk, mtf
    >>> frequencies, magnitude = mtf(disk(3), size=8)
    >>> frequencies
    array([0.   , 0.125, 0.25 , 0.375, 0.5  ])
    >>> magnitude.round(3)
    array([1.   , 0.829, 0.416, 0.004, 0.167])
    """
    psf = check_psf(psf)
    size = check_count("size", size, _LARGEST_SPECTRUM)
    if size % 2 or size < psf.shape[0]:
        raise RefocusError("size", f"must be even and at least {psf.shape[0]}", size)
    return fft.rfftfreq(size), np.abs(fft.rfft(psf.sum(axis=0), size))


def disk_mtf(diameter: float, frequencies: ArrayLike) -> NDArray[np.float64]:
    """MTF of the ideal disk, before any pixel averages it: |2 J1(pi d f) / (pi d f)|, 1 at f = 0 (§1).

    Parameters
    ----------
    diameter : float
        d in pixels, greater than 0, at most 1000.
    frequencies : array_like of float
        f in cycles per pixel, of any shape, at most 2^20 numbers from -2^20 to 2^20.

    Returns
    -------
    ndarray of float64
        The MTF, in the shape of ``frequencies``.

    Raises
    ------
    RefocusError
        The diameter or a frequency is out of range.

    Examples
    --------
    >>> from refocuslab import disk_mtf
    >>> disk_mtf(4, [0, 0.1, 0.2]).round(3)
    array([1.   , 0.815, 0.393])
    """
    diameter = check_number("diameter", diameter, 0, LARGEST_DIAMETER, positive=True)
    frequencies = check_reals("frequencies", frequencies, "must be numbers", _LARGEST_SPECTRUM)
    good = (np.abs(frequencies) <= _LARGEST_SPECTRUM).all()
    require(bool(good), "frequencies", f"must be within {_LARGEST_SPECTRUM}", "NaN, infinity, or more")
    z = np.pi * diameter * frequencies
    magnitude: NDArray[np.float64] = np.abs(np.divide(2 * j1(z), z, out=np.ones_like(z), where=z != 0))
    return magnitude
