"""How far to trust the photo, the PSF and the matched patches: three variances from one spectrum.

Let Z be the image made of matched patches, T the sharp one. What is left of U is

    k * Z - U  =  k * (Z - T)  +  (k - true PSF) * T  -  noise,

and in its power spectrum the three parts look different: noise is flat; the error of Z is seen through
the MTF and so vanishes where that is 0; the error of a PSF is least where the MTF is 1, as every PSF
sums to 1, and is there where the MTF is 0. With the power V(f) of focused photos,

    P(f) = noise^2 + misfit^2 (1 - MTF^2) V + MTF^2 S(f),   S = spread^2 V / (V + spread^2):

the error of Z has the same power spread^2 at all frequencies, but never more than the signal has.
The three are fitted by maximum likelihood (Whittle's: every P(f) is exponentially distributed).
"""

from dataclasses import dataclass

import numpy as np
from scipy import fft, ndimage
from scipy.optimize import nnls

# An 8-bit value is not known better than this, in (grey levels)^2: the variance of rounding.
ROUNDING = 1 / 12
_RINGS = 32
_ITERATIONS = 20


@dataclass(frozen=True)
class Misfit:
    """noise, spread: standard deviations of U's noise and of Z's error, in 8-bit grey levels.
    misfit: the PSF's error as a share of the signal's amplitude, where its MTF is 0.
    detail: (32,) float64, V in rings of frequency, (grey levels)^2."""

    noise: float
    misfit: float
    spread: float
    detail: np.ndarray

    def data_variance(self, frequencies, transfer2):
        """Power of the error of U at frequencies in cycles per pixel, MTF^2 given; (grey levels)^2."""
        return self.noise**2 + self.misfit**2 * (1 - transfer2) * _at(self.detail, frequencies)

    def prior_variance(self, frequencies):
        """Power S of the error of Z, (grey levels)^2."""
        detail = np.maximum(_at(self.detail, frequencies), ROUNDING)
        return self.spread**2 * detail / (detail + self.spread**2)


class Spectrum:
    """Power spectra of what lies inside a mask, clear of its edge by a margin where it is wide enough."""

    def __init__(self, mask: np.ndarray, margin: int):
        depth = ndimage.distance_transform_edt(np.pad(mask, 1))[1:-1, 1:-1]
        soft = 2 * margin + 1
        window = np.clip((depth - margin) / soft, 0, 1)
        # A thin mask has nothing clear of its edge; then what is near it must do.
        if window.sum() < soft**2:
            window = np.clip(depth / soft, 0, 1)
        self.window = np.sin(window * np.pi / 2)[..., None] ** 2
        self.frequencies = np.hypot(fft.fftfreq(mask.shape[0])[:, None], fft.rfftfreq(mask.shape[1]))
        self.ring = np.minimum((self.frequencies * 2 * _RINGS).astype(int), _RINGS)
        # The mean is taken away, and what is left of it by the window lies in the first frequencies.
        self.used = (self.frequencies > 1.5 / min(mask.shape)) & (self.ring < _RINGS)
        if not self.used.any():
            self.used = np.ones_like(self.used)

    def power(self, image: np.ndarray) -> np.ndarray:
        """(H, W/2 + 1) float64 periodogram of an (H, W, 3) image, mean of the channels; white noise of
        variance 1 has power 1."""
        weight = self.window.sum()
        image = (image - (image * self.window).sum(axis=(0, 1)) / weight) * self.window
        return (np.abs(fft.rfft2(image, axes=(0, 1))) ** 2).mean(axis=2) / (self.window**2).sum()

    def rings(self, power: np.ndarray) -> np.ndarray:
        """(32,) its means in rings of equal width, 0 … 0.5 cycles per pixel."""
        count = np.bincount(self.ring.ravel(), minlength=_RINGS + 1)[:_RINGS]
        total = np.bincount(self.ring.ravel(), power.ravel(), _RINGS + 1)[:_RINGS]
        filled = np.flatnonzero(count)
        return np.interp(np.arange(_RINGS), filled, total[filled] / count[filled])


def measure(residual, spectrum: Spectrum, psf, detail) -> Misfit:
    """Fit noise, misfit and spread to k * Z - U, (H, W, 3) in grey levels; detail: V, see Misfit."""
    height, width = residual.shape[:2]
    used = spectrum.used
    power = spectrum.power(residual)
    # Folded onto the photo, should it be larger: at the photo's frequencies that changes nothing.
    kernel = np.zeros((height, width))
    rows, columns = np.indices(np.shape(psf))
    np.add.at(kernel, (rows % height, columns % width), psf)
    transfer2 = np.abs(fft.rfft2(kernel)) ** 2
    signal = _at(detail, spectrum.frequencies)[used]
    seen, power_used = transfer2[used], power[used]
    columns = np.stack([np.ones(len(seen)), (1 - seen) * signal, seen], axis=1)
    model = np.maximum(_at(spectrum.rings(power), spectrum.frequencies)[used], ROUNDING)
    spread2 = np.inf
    found = np.zeros(3)
    for _ in range(_ITERATIONS):
        if np.isfinite(spread2):
            columns[:, 2] = seen * signal / (signal + spread2)
        scale = columns.mean(axis=0)
        scale[scale == 0] = 1
        rows = columns / scale / model[:, None]
        triangle = np.linalg.qr(np.column_stack([rows, power_used / model]), mode="r")
        found = nnls(triangle[:, :3], triangle[:, 3])[0] / scale
        model = np.maximum(columns @ found, ROUNDING)
        spread2 = max(found[2], ROUNDING)
    noise2 = max(found[0], ROUNDING)
    return Misfit(float(np.sqrt(noise2)), float(np.sqrt(found[1])), float(np.sqrt(spread2)), detail)


def _at(rings: np.ndarray, frequencies) -> np.ndarray:
    return np.interp(frequencies, (np.arange(_RINGS) + 0.5) / (2 * _RINGS), rings)
