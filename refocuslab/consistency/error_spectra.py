"""How far to trust the photo, the PSF and the matched patches: four variances from one spectrum.

Let Z be the image made of matched patches, T the sharp one. What is left of U is

    k * Z - U  =  k * (Z - T)  +  (k - true PSF) * T  -  noise,

and in its power spectrum the three parts look different: noise is flat; the error of Z is seen through
the MTF and so vanishes where that is 0; the error of a PSF is least where the MTF is 1, as every PSF
sums to 1, and is there where the MTF is 0, if its shape is wrong, or where the MTF falls, if only its
size is, as it is wherever an object is not flat. With the power V(f) of focused photos,

    P(f) = noise^2 + (misfit^2 (1 - MTF^2) + size^2 |dOTF / dlog size|^2) V + MTF^2 S(f),
    S = spread^2 V / (V + spread^2):

the error of Z has the same power spread^2 at all frequencies, but never more than the signal has.
The four are fitted by maximum likelihood (Whittle's: every P(f) is exponentially distributed).
"""

from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray
from scipy import fft
from scipy.optimize import brentq, lsq_linear

from refocuslab.optics.blur_operator import Floats
from refocuslab.optics.psf import otf
from refocuslab.pictures.mask_depth import mask_depth
from refocuslab.running.progress import breathe

Numbers = NDArray[np.float64]
# An 8-bit value is not known better than this, in (gray levels)^2: the variance of rounding.
ROUNDING = 1 / 12
# Rings of frequency, 0 to 0.5 cycles per pixel. Three scenes: 16, nothing; 64, -3.79 dB on
# motorcycle-perturbed and -0.14 on coffee, for a ring is then narrower than the step of frequency of a photo
# of 120 pixels.
_RINGS = 32
# Rounds of reweighting in the fit, at the most, 10 and 40: nothing on three scenes; it ends where no variance
# changes by more than this share.
_ITERATIONS, _SETTLED = 20, 1e-4
# Half and double of each of the next three: the same bytes on three scenes. They are guards.
# Upper bounds of noise^2, misfit^2 and size^2: gray levels end at 255, two OTFs differ by 2 at the
# most, and a PSF of twice the size, or of none, is as wrong as a first order tells.
_LARGEST = 255.0**2, 2.0**2, 1.0**2
# Upper bound of spread^2 / V. Far above V, S is V, and a fit could double spread^2 again and again for
# nothing, until it leaves float32. Shipped scenes reach 15,000.
_SATURATED = 1e6
# A variance that adds less than this at its largest explains nothing, (gray levels)^2.
_NEGLIGIBLE = 1e-6 * ROUNDING


@dataclass(frozen=True)
class Misfit:
    """The four variances of the fit, as standard deviations.

    Attributes
    ----------
    noise : float
        Standard deviation of U's noise, in 8-bit gray levels.
    misfit : float
        The PSF's error as a share of the signal's amplitude, where its MTF is 0.
    size : float
        The error of the PSF's size, as a share of that.
    spread : float
        Standard deviation of the error of Z, in 8-bit gray levels.
    detail : ndarray of float64, (32,)
        V in rings of frequency, (gray levels)^2.
    """

    noise: float
    misfit: float
    size: float
    spread: float
    detail: Numbers

    def detail_at(self, frequencies: Numbers) -> Numbers:
        """V at frequencies in cycles per pixel, (gray levels)^2."""
        return _at(self.detail, frequencies)

    def data_variance(self, frequencies: Numbers, transfer2: Floats, change2: Numbers) -> Numbers:
        """Power of the error of U, (gray levels)^2.

        Parameters
        ----------
        frequencies : ndarray of float
            In cycles per pixel.
        transfer2, change2 : ndarray of float, the shape of ``frequencies``
            MTF^2 and |dOTF / dlog size|^2 there.
        """
        share2 = self.misfit**2 * (1 - transfer2) + self.size**2 * change2
        return self.noise**2 + share2 * _at(self.detail, frequencies)

    def prior_variance(self, frequencies: Numbers) -> Numbers:
        """Power S of the error of Z at frequencies in cycles per pixel, (gray levels)^2."""
        detail = np.maximum(_at(self.detail, frequencies), ROUNDING)
        return self.spread**2 * detail / (detail + self.spread**2)


class Spectrum:
    """Power spectra of what lies inside a mask, clear of its edge by a margin where it is wide enough.

    Parameters
    ----------
    mask : ndarray of bool, (H, W)
        What counts.
    margin : int
        In pixels: the radius of the PSF.

    Attributes
    ----------
    window : ndarray of float64, (H, W, 1)
        The weight of each pixel, 0 to 1: 0 up to the margin, rising over 2 margin + 1 pixels.
    frequencies : ndarray of float64, (H, W // 2 + 1)
        |f| in cycles per pixel.
    ring : ndarray of int64, (H, W // 2 + 1)
        The ring of each frequency, 0 to 31; 32 beyond 0.5 cycles per pixel.
    used : ndarray of bool, (H, W // 2 + 1)
        The frequencies that a fit may use.
    """

    def __init__(self, mask: NDArray[np.bool_], margin: int) -> None:
        depth = mask_depth(mask)
        soft = 2 * margin + 1
        window = np.clip((depth - margin) / soft, 0, 1)
        # A thin mask has nothing clear of its edge; there the margin counts too.
        if window.sum() < soft**2:
            window = np.clip(depth / soft, 0, 1)
        self.window: Numbers = np.sin(window * np.pi / 2)[..., None] ** 2
        self.frequencies: Numbers = np.hypot(fft.fftfreq(mask.shape[0])[:, None], fft.rfftfreq(mask.shape[1]))
        self.ring = np.minimum((self.frequencies * 2 * _RINGS).astype(int), _RINGS)
        # The mean is subtracted; what the window leaves of it lies in the lowest frequencies.
        self.used = (self.frequencies > 1.5 / min(mask.shape)) & (self.ring < _RINGS)
        if not self.used.any():
            self.used = np.ones_like(self.used)

    def power(self, image: Floats) -> Numbers:
        """The periodogram, (H, W // 2 + 1), of an (H, W, 3) image, the mean of the channels.

        White noise of variance 1 has power 1.
        """
        weight = self.window.sum()
        image = (image - (image * self.window).sum(axis=(0, 1)) / weight) * self.window
        power = (np.abs(fft.rfft2(image, axes=(0, 1))) ** 2).mean(axis=2) / (self.window**2).sum()
        return cast(Numbers, power)

    def rings(self, power: Numbers) -> Numbers:
        """Means of a spectrum, (H, W // 2 + 1), in 32 rings of equal width, 0 to 0.5 cycles per pixel."""
        count = np.bincount(self.ring.ravel(), minlength=_RINGS + 1)[:_RINGS]
        total = np.bincount(self.ring.ravel(), power.ravel(), _RINGS + 1)[:_RINGS]
        filled = np.flatnonzero(count)
        return np.interp(np.arange(_RINGS), filled, total[filled] / count[filled])


def measure(
    residual: Floats, spectrum: Spectrum, psf: Numbers, detail: Numbers, *, most: float = np.inf
) -> Misfit:
    """Fit noise, misfit, size and spread to what is left of U.

    Parameters
    ----------
    residual : ndarray of float, (H, W, 3)
        k * Z - U, in gray levels.
    spectrum : Spectrum
        The window, and the frequencies to use.
    psf : ndarray of float64, (n, n)
        k.
    detail : ndarray of float64, (32,)
        V, the power of focused photos in rings of frequency.
    most : float
        Upper bound on the RMS error of Z, gray levels: the mean of its power S is at most most^2.

    Returns
    -------
    Misfit
        The fit. ``noise`` and ``spread`` are at least those of rounding, 12^-1/2.
    """
    height, width = residual.shape[:2]
    used = spectrum.used
    power = spectrum.power(residual)
    transfer2 = np.abs(otf(psf, (height, width))) ** 2
    change2 = size_change2(psf, (height, width))
    signal = _at(detail, spectrum.frequencies)[used]
    seen, power_used = transfer2[used], power[used]
    columns = np.stack([np.ones(len(seen)), (1 - seen) * signal, change2[used] * signal, seen], axis=1)
    model = np.maximum(_at(spectrum.rings(power), spectrum.frequencies)[used], ROUNDING)
    spread2 = np.inf
    found = np.zeros(4)
    saturated = max(_SATURATED * detail.max(), ROUNDING)
    bounds = np.array([*_LARGEST, min(_spread2(most, _at(detail, spectrum.frequencies)), saturated)])
    for _ in range(_ITERATIONS):
        breathe()
        if np.isfinite(spread2):
            columns[:, 3] = seen * signal / (signal + spread2)
        scale = columns.mean(axis=0)
        nothing = scale * bounds < _NEGLIGIBLE
        columns[:, nothing], scale[nothing] = 0, 1
        rows = columns / scale / model[:, None]
        # numpy has no type for this mode.
        triangle = cast(Numbers, np.linalg.qr(np.column_stack([rows, power_used / model]), mode="r"))
        fit = lsq_linear(triangle[:4, :4], triangle[:4, 4], (0, bounds * scale), method="bvls")
        # The solver leaves its bounds by rounding, and the root of -1e-20 is NaN.
        found, before = np.clip(fit.x / scale, 0, bounds), found
        model = np.maximum(columns @ found, ROUNDING)
        spread2 = max(found[3], ROUNDING)
        if np.allclose(found, before, rtol=_SETTLED, atol=0):
            break
    noise2 = max(found[0], ROUNDING)
    noise, misfit, size, spread = (float(np.sqrt(one)) for one in (noise2, found[1], found[2], spread2))
    return Misfit(noise, misfit, size, spread, detail)


def size_change2(psf: Numbers, shape: tuple[int, int]) -> Numbers:
    """|dOTF / dlog size|^2 of a PSF at the frequencies of ``scipy.fft.rfft2`` of this shape.

    A PSF s times as large, k(x / s) / s^2, has the OTF K(s f); its derivative at s = 1, f . grad K, is
    the transform of x k(x), times f.
    """
    height, width = psf.shape
    y, x = np.arange(height)[:, None] - height // 2, np.arange(width) - width // 2
    fy, fx = fft.fftfreq(shape[0])[:, None], fft.rfftfreq(shape[1])
    moments = otf(y * psf, shape), otf(x * psf, shape)
    change2: Numbers = np.abs(2 * np.pi * (fy * moments[0] + fx * moments[1])) ** 2
    return change2


def _spread2(most: float, signal: Numbers) -> float:
    """The spread^2 at which S has a mean of most^2; infinite if it never has."""
    least, largest = ROUNDING, 255.0**2

    def mean(spread2: float) -> float:
        return float((spread2 * signal / (signal + spread2)).mean())

    if mean(largest) <= most**2:
        return float("inf")
    if mean(least) >= most**2:
        return least
    # The mean grows with spread^2.
    return float(brentq(lambda spread2: mean(spread2) - most**2, least, largest, rtol=_SETTLED))


def _at(rings: Numbers, frequencies: Numbers) -> Numbers:
    return np.interp(frequencies, (np.arange(_RINGS) + 0.5) / (2 * _RINGS), rings)
