"""Point spread functions: the disk of a misfocused lens, and its MTF (paper, §1, §3)."""

import numpy as np
from scipy import fft
from scipy.special import j1

from refocuslab.checks import check_count, check_number, check_reals, require
from refocuslab.errors import RefocusError

# Wider than any misfocus that leaves something to refocus; a disk's weights take 8 MB there.
LARGEST_DIAMETER = 1000
# Side of a PSF of any form: twice as wide, for it may lie beside its middle.
LARGEST_PSF = 2 * LARGEST_DIAMETER + 1
_LARGEST_SPECTRUM = 2**20


def check_psf(psf) -> np.ndarray:
    """The PSF as float64, if it is one; else a ``RefocusError``.

    A PSF is (n, n) with n odd and its origin at the centre, finite, nowhere negative, and sums
    to 1 within 1e-6: misfocus moves light, it neither makes nor loses any.
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


def disk(diameter: int) -> np.ndarray:
    """PSF of a misfocused lens: each weight is the exact area of pixel and disk in common.

    The disk of ``diameter`` pixels (an integer >= 1, §3) has its centre on the middle pixel.
    Returns (n, n) float64, n = diameter if that is odd, else diameter + 1; it sums to 1.
    """
    diameter = check_count("diameter", diameter, LARGEST_DIAMETER)
    radius, side = diameter / 2, diameter | 1
    edges = np.clip(np.arange(side + 1) - side / 2, -radius, radius)

    # corner[i, j]: area of the disk between the axes through its centre and the edges i and j,
    # signed as the product of their coordinates. Along x the disk is capped by the edge y as
    # far as the two meet, and by its own rim, whose integral is known, from there on.
    def rim(x):
        return (x * np.sqrt(radius**2 - x**2) + radius**2 * np.arcsin(x / radius)) / 2

    x, y = np.abs(edges)[None, :], np.abs(edges)[:, None]
    meet = np.minimum(x, np.sqrt(radius**2 - y**2))
    corner = np.sign(edges)[:, None] * np.sign(edges) * (y * meet + rim(x) - rim(meet))
    area = np.diff(np.diff(corner, axis=0), axis=1)
    area = np.maximum(area + area.T, 0)  # rounding must not spoil the symmetry or the sign
    return area / area.sum()


def mtf(psf, *, size: int = 256) -> tuple[np.ndarray, np.ndarray]:
    """Modulation transfer function along x: the magnitude of the PSF's Fourier transform (§1).

    Returns ``(frequencies, magnitude)``, each of size/2 + 1 float64: frequencies in cycles per
    pixel from 0 to 0.5, magnitude 1 at frequency 0. ``size`` is even and at least the PSF's side.
    """
    psf = check_psf(psf)
    size = check_count("size", size, _LARGEST_SPECTRUM)
    if size % 2 or size < psf.shape[0]:
        raise RefocusError("size", f"must be even and at least {psf.shape[0]}", size)
    return fft.rfftfreq(size), np.abs(fft.rfft(psf.sum(axis=0), size))


def disk_mtf(diameter: float, frequencies) -> np.ndarray:
    """MTF of the ideal disk, before any pixel averages it: |2 J1(pi d f) / (pi d f)|, 1 at f = 0.

    ``diameter`` d in pixels, ``frequencies`` f in cycles per pixel, any shape; float64.
    """
    diameter = check_number("diameter", diameter, 0, LARGEST_DIAMETER, positive=True)
    frequencies = check_reals("frequencies", frequencies, "must be numbers", _LARGEST_SPECTRUM)
    good = (np.abs(frequencies) <= _LARGEST_SPECTRUM).all()
    require(bool(good), "frequencies", f"must be within {_LARGEST_SPECTRUM}", "NaN, infinity, or more")
    z = np.pi * diameter * frequencies
    return np.abs(np.divide(2 * j1(z), z, out=np.ones_like(z), where=z != 0))
