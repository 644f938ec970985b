"""Patches of two photos, and the squared errors of a PSF in them as quadratic forms.

All of it works on some tens of square patches, whatever the size of the photos. For a PSF k the squared
error of a patch is a quadratic form in the weights of k,

    sum over x of w(x)^2 (sum over t of k(t) V(x - t) - U(x))^2  =  k' Q k - 2 b' k + c,

so once Q, b and c of each patch are known, any PSF is judged on any of the patches at once. Which family is
best is told by patches that were not fitted (cross-validation): a free kernel fits noise, too.
"""

import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from refocuslab.optics.psf import disk, otf
from refocuslab.running.progress import breathe
from refocuslab.running.threads import thread_count

_Array = NDArray[np.float64]

# The most by which the light of a patch may differ from what registration says.
_GAIN = 1.4
# The error of a clear minimum, as a share of the median over all disks.
_CLEAR = 0.5
# How much texture, as a share of the mean patch's, halves a move.
_STILL = 0.02


@dataclass(frozen=True)
class Patches:
    """Square patches of U, and what lies there in V, equally exposed.

    Attributes
    ----------
    seen : ndarray of float64, (P, h, h)
        U, light, gray.
    sharp : ndarray of float64, (P, h + 2r, h + 2r)
        V, light, gray; r is as far as a PSF may reach.
    worth : ndarray of float64, (P, h, h)
        Gray levels per unit of light, times the root of a weight; 0 for what does not count.
    place : ndarray of float64, (P, 2)
        y and x of each patch's middle in U, pixels.
    """

    seen: _Array
    sharp: _Array
    worth: _Array
    place: _Array

    @property
    def reach(self) -> int:
        """r, in pixels."""
        return int(self.sharp.shape[1] - self.seen.shape[1]) // 2

    def blurred(self, psf: _Array) -> _Array:
        """V under a PSF, (P, h, h)."""
        breathe()
        side, reach = self.sharp.shape[1], self.reach
        transfer = otf(psf, (side, side))
        spectrum = fft.rfft2(self.sharp) * transfer
        found: _Array = fft.irfft2(spectrum, (side, side))[:, reach : side - reach, reach : side - reach]
        return found

    def errors(self, psf: _Array) -> _Array:
        """(P, h, h): what a PSF leaves of U, in gray levels times the root of a weight."""
        found: _Array = self.worth * (self.blurred(psf) - self.seen)
        return found

    def exposed(self, psf: _Array) -> "Patches":
        """V with the gain of each patch, 1/1.4 to 1.4, at which it is nearest to U under a PSF."""
        blurred, worth2 = self.blurred(psf), self.worth**2
        met, passed = (worth2 * blurred * self.seen).sum(axis=(1, 2)), (worth2 * blurred**2).sum(axis=(1, 2))
        gain = np.clip(met / np.maximum(passed, 1e-300), 1 / _GAIN, _GAIN)
        return replace(self, sharp=self.sharp * np.where(met > 0, gain, 1.0)[:, None, None])

    def moves(self, psf: _Array) -> _Array:
        """(P, 2): by how many pixels, (dy, dx), the place of V in each patch is off, to first order."""
        blurred = self.blurred(psf)
        slopes = np.gradient(blurred, axis=(1, 2))
        worth2 = self.worth**2
        (yy, yx), (_, xx) = ([(worth2 * a * b).sum(axis=(1, 2)) for b in slopes] for a in slopes)
        y, x = ((worth2 * slope * (self.seen - blurred)).sum(axis=(1, 2)) for slope in slopes)
        # Patches without texture stay where they are.
        still = _STILL * float((yy + xx).mean()) + 1e-300
        yy, xx = yy + still, xx + still
        found: _Array = np.stack([xx * y - yx * x, yy * x - yx * y], axis=1) / (yy * xx - yx**2)[:, None]
        return found

    def own_disks(self, tried: _Array) -> _Array:
        """The diameter of the best of some disks in each patch whose error has a clear minimum."""
        errors = np.array([(self.errors(disk(diameter)) ** 2).sum(axis=(1, 2)) for diameter in tried])
        clear = errors.min(axis=0) < _CLEAR * np.median(errors, axis=0)
        found: _Array = tried[errors.argmin(axis=0)][clear]
        return found

    def contrast(self) -> float:
        """Mean square of U, less the mean of each patch, in gray levels."""
        return float((self._texture() ** 2).sum() / max((self.worth > 0).sum(), 1))

    def contrasts(self) -> _Array:
        """(P,): the root mean square of U in each patch, less its mean, in gray levels."""
        count = np.maximum((self.worth > 0).sum(axis=(1, 2)), 1)
        rms: _Array = np.sqrt((self._texture() ** 2).sum(axis=(1, 2)) / count)
        return rms

    def _texture(self) -> _Array:
        counted = np.maximum((self.worth**2).sum(axis=(1, 2), keepdims=True), 1e-300)
        mean = (self.worth**2 * self.seen).sum(axis=(1, 2), keepdims=True) / counted
        texture: _Array = self.worth * (self.seen - mean)
        return texture


@dataclass(frozen=True)
class Forms:
    """The squared errors of patches as quadratic forms of the PSF's weights.

    Attributes
    ----------
    q : ndarray of float64, (P, K, K)
        Q of each patch, K = (2r + 1)^2.
    b : ndarray of float64, (P, K)
        Its b.
    c : ndarray of float64, (P,)
        Its c.
    count : ndarray of float64, (P,)
        How many of its pixels count.
    """

    q: _Array
    b: _Array
    c: _Array
    count: _Array

    @classmethod
    def of(cls, patches: Patches) -> "Forms":
        """The forms of some patches."""
        side, h = 2 * patches.reach + 1, patches.seen.shape[1]
        size = side * side
        q, b = np.empty((len(patches.seen), size, size)), np.empty((len(patches.seen), size))

        def form(number: int) -> None:
            worth = patches.worth[number]
            windows = np.lib.stride_tricks.sliding_window_view(patches.sharp[number], (h, h))[::-1, ::-1]
            rows = (windows * worth).reshape(size, h * h)[:, worth.ravel() > 0]
            q[number] = rows @ rows.T
            b[number] = rows @ (worth * patches.seen[number])[worth > 0]

        with ThreadPoolExecutor(thread_count(None)) as pool:
            list(pool.map(form, range(len(q))))
        c = ((patches.worth * patches.seen) ** 2).sum(axis=(1, 2))
        return cls(q, b, c, (patches.worth > 0).sum(axis=(1, 2)).astype(float))

    @property
    def side(self) -> int:
        """Side of the largest PSF, in pixels."""
        return math.isqrt(self.b.shape[1])

    def some(self, which: NDArray[np.bool_]) -> "Forms":
        """The forms of some of the patches."""
        return Forms(self.q[which], self.b[which], self.c[which], self.count[which])

    def total(self) -> "Forms":
        """One form for all patches together."""
        return Forms(*(part.sum(axis=0, keepdims=True) for part in (self.q, self.b, self.c, self.count)))

    def errors(self, psf: _Array) -> _Array:
        """(P,): the squared errors of a PSF, at the gain within 10 % that is best for all patches."""
        breathe()
        weights = self.placed(psf)
        passed, met = self.q @ weights @ weights, self.b @ weights
        gain = np.clip(met.sum() / max(passed.sum(), 1e-300), 0.9, 1.1)
        found: _Array = gain**2 * passed - 2 * gain * met + self.c
        return np.maximum(found, 0)

    def placed(self, psf: _Array) -> _Array:
        """(K,): a PSF in the middle of the largest; what reaches beyond it is cut off."""
        edge = (self.side - len(psf)) // 2
        whole = np.pad(psf, edge) if edge >= 0 else psf[-edge:edge, -edge:edge]
        return whole.ravel()
