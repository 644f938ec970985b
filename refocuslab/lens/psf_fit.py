"""The PSF that turns sharp patches into blurred ones: families of PSFs, fitted and held against each other.

All of it works on some tens of square patches, whatever the size of the photos. For a PSF k the squared
error of a patch is a quadratic form in the weights of k,

    sum over x of w(x)^2 (sum over t of k(t) V(x - t) - U(x))^2  =  k' Q k - 2 b' k + c,

so once Q, b and c of each patch are known, any PSF is judged on any of the patches at once. Which family is
best is told by patches that were not fitted (cross-validation): a free kernel fits noise, too.
"""

import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import fft, linalg, ndimage, optimize

from refocuslab.lens.psf_families import gaussian, polygon, ring, soft_disk
from refocuslab.optics.psf import disk, otf
from refocuslab.running.threads import one_thread_each, thread_count

Family = Literal["whole disk", "disk", "soft disk", "Gaussian", "ring", "polygon", "free"]
_Array = NDArray[np.float64]

# Blades that are tried, and how many angles of a corner within the angle of one blade.
_BLADES, _ANGLES = (5, 6, 7, 8, 9), 4
# Smoothness of a free kernel: the weight of its squared second differences, as a share of Q's mean diagonal.
SMOOTHNESS = (1e-3, 1e-2)
# Steps of the fits: from afar, and from a fit to nearly the same patches.
_STEPS, _FEW_STEPS = 200, 60
# Of a free kernel: the most pivots, how many may fail to lessen what breaks a rule, and the rounding that
# breaks none, in a problem whose numbers are about 1.
_PIVOTS, _TRIES, _EXACT = 500, 3, 1e-10
# First steps of the parameters, as shares of them, and at least in their units.
_FAR, _NEAR = 0.2, 0.03
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
        counted = np.maximum((self.worth**2).sum(axis=(1, 2), keepdims=True), 1e-300)
        mean = (self.worth**2 * self.seen).sum(axis=(1, 2), keepdims=True) / counted
        return float(((self.worth * (self.seen - mean)) ** 2).sum() / max((self.worth > 0).sum(), 1))


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


@dataclass(frozen=True)
class Fit:
    """A family's best PSF.

    Attributes
    ----------
    family : str
        Which.
    psf : ndarray of float64, (n, n)
        The PSF.
    numbers : dict of str to float
        The family's parameters, in pixels, degrees or counts; none for a free kernel.
    """

    family: Family
    psf: _Array
    numbers: dict[str, float]

    def enlarged(self, unit: int) -> "Fit":
        """The same in pixels, if it was fitted in units of so many."""
        if unit == 1:
            return self
        lengths = "diameter", "softness", "deviation"
        numbers = {name: value * unit if name in lengths else value for name, value in self.numbers.items()}
        if self.family == "free":
            return replace(self, psf=_enlarged(self.psf, unit))
        return replace(self, psf=made(self.family, numbers), numbers=numbers)


def made(family: Family, numbers: dict[str, float]) -> _Array:
    """The PSF of a family's parameters."""
    if family == "Gaussian":
        return gaussian(numbers["deviation"])
    if family == "polygon":
        return polygon(numbers["diameter"], round(numbers["blades"]), numbers["angle"], numbers["softness"])
    if family == "ring":
        return ring(numbers["diameter"], numbers["obstruction"], numbers["softness"])
    if family == "soft disk":
        return soft_disk(numbers["diameter"], numbers["softness"])
    return disk(numbers["diameter"])


def _enlarged(kernel: _Array, unit: int) -> _Array:
    """A kernel between its weights, by cubic splines."""
    side = len(kernel) * unit // 2 * 2 + 1
    at = (np.arange(side) - side // 2) / unit + len(kernel) // 2
    where = np.meshgrid(at, at, indexing="ij")
    fine = np.maximum(ndimage.map_coordinates(kernel, where, order=3, mode="constant"), 0)
    larger: _Array = fine / fine.sum()
    return larger


def best_disk(error: Callable[[_Array], float], widest: float, *, about: float | None = None) -> float:
    """The diameter in pixels of the disk of least error, of any size up to ``widest``.

    Parameters
    ----------
    error : callable
        The error of a PSF.
    widest : float
        The largest diameter, in pixels.
    about : float or None
        Look within a fifth and a pixel of this diameter only.
    """
    least, most = 0.5, widest
    if about is not None:
        least, most = max(least, 0.8 * about - 1), min(most, 1.2 * about + 1)
    tried = np.linspace(least, most, max(4, math.ceil(2 * (most - least))))
    errors = [error(disk(diameter)) for diameter in tried]
    middle, step = tried[int(np.argmin(errors))], tried[1] - tried[0]
    bounds = max(0.1, middle - step), min(widest, middle + step)
    found = optimize.minimize_scalar(
        lambda diameter: error(disk(diameter)), bounds=bounds, method="bounded", options={"xatol": 0.005}
    )
    return float(found.x)


def fit(
    family: Family,
    forms: Forms,
    diameter: float,
    *,
    unit: int = 1,
    smoothness: float = 0.0,
    like: Fit | None = None,
) -> Fit:
    """The best PSF of a family, for all of some patches.

    Parameters
    ----------
    family : str
        Which.
    forms : Forms
        The patches.
    diameter : float
        That of the best disk, where the fits begin.
    unit : int
        How many pixels the patches' unit is: whole disks are whole in pixels.
    smoothness : float
        Of a free kernel: the weight of its squared second differences, as a share of Q's mean diagonal.
    like : Fit or None
        The same family's fit to nearly the same patches: begin there, with its number of blades.
    """
    total = forms.total()
    widest = forms.side - 1.0

    def error(psf: _Array) -> float:
        return float(total.errors(psf)[0])

    if family == "free":
        return Fit(family, _free(total, smoothness, like), {"smoothness": smoothness})
    if family == "whole disk":
        whole = {max(1, math.floor(diameter * unit)), max(1, math.ceil(diameter * unit))}
        best = min((d / unit for d in sorted(whole)), key=lambda d: error(disk(d)))
        return Fit(family, disk(best), {"diameter": best})
    if family == "disk":
        found = best_disk(error, widest, about=diameter)
        return Fit(family, disk(found), {"diameter": found})
    numbers = like.numbers if like else _start(family, error, diameter)
    fixed = {name: value for name, value in numbers.items() if name == "blades"}
    names = [name for name in numbers if name not in fixed]
    start = [numbers[name] for name in names]
    first, most = (_NEAR, _FEW_STEPS) if like else (_FAR, _STEPS)
    simplex = [
        start,
        *(start + step for step in np.diag([max(first * abs(value), first) for value in start])),
    ]
    found = optimize.minimize(
        lambda values: error(made(family, fixed | dict(zip(names, values, strict=True)))),
        start,
        method="Nelder-Mead",
        bounds=[_bounds(name, widest) for name in names],
        options={"maxfev": most, "initial_simplex": simplex, "xatol": 0.01, "fatol": 1e-6 * total.c[0]},
    )
    numbers = fixed | dict(zip(names, map(float, found.x), strict=True))
    return Fit(family, made(family, numbers), numbers)


def _start(family: Family, error: Callable[[_Array], float], diameter: float) -> dict[str, float]:
    """The parameters at which a fit begins."""
    if family == "Gaussian":
        return {"deviation": max(diameter / 4, 0.2)}
    if family == "soft disk":
        return {"diameter": diameter, "softness": 0.6}
    if family == "ring":
        return {"diameter": diameter, "obstruction": 0.1, "softness": 0.6}
    turns = [(blades, 360 / blades * part / _ANGLES) for blades in _BLADES for part in range(_ANGLES)]
    blades, angle = min(turns, key=lambda turn: error(polygon(diameter, turn[0], turn[1], 0.5)))
    return {"blades": blades, "diameter": diameter, "angle": angle, "softness": 0.5}


def _bounds(name: str, widest: float) -> tuple[float, float]:
    """The range of a parameter, if no PSF is wider than so many pixels."""
    return {
        "diameter": (0.5, widest),
        "deviation": (0.1, widest / 4),
        "softness": (0.0, max(widest / 4, 0.5)),
        "obstruction": (-1.0, 1.0),
        "angle": (-360.0, 360.0),
    }[name]


def _free(total: Forms, smoothness: float, like: Fit | None) -> _Array:
    """The kernel of no negative weight that has the least error, and small second differences."""
    q, b, side = total.q[0], total.b[0], total.side
    scale = max(float(np.trace(q)) / len(q), 1e-300)
    start = b > 0 if like is None else total.placed(like.psf) > 0
    with one_thread_each():  # systems so small only wait for each other's threads
        weights = _nonnegative(q / scale + smoothness * _roughness(side), b / scale, start)
    weights = weights.reshape(side, side)
    if not weights.sum() > 0:
        weights[side // 2, side // 2] = 1
    kernel: _Array = weights / weights.sum()
    return kernel


def _nonnegative(a: _Array, b: _Array, free: NDArray[np.bool_]) -> _Array:
    """The x >= 0 of least x' A x - 2 b' x, by block principal pivoting from a guess of which x are free.

    All that break a rule change sides at once; one at a time where that does not lessen them.
    """
    fewest, tries = len(b) + 1, 0
    for _ in range(_PIVOTS):
        x = np.zeros(len(b))
        x[free] = linalg.solve(a[np.ix_(free, free)], b[free], assume_a="pos")
        wrong = np.where(free, x, a @ x - b) < -_EXACT
        count = int(wrong.sum())
        if count == 0:
            break
        tries = _TRIES if count < fewest else tries - 1
        fewest = min(fewest, count)
        if tries < 0:
            wrong[: np.flatnonzero(wrong)[-1]] = False
        free = free ^ wrong
    return np.maximum(x, 0)


@lru_cache(maxsize=4)
def _roughness(side: int) -> _Array:
    """(K, K): the quadratic form of a kernel's squared second differences, zeros beyond the kernel."""
    line = 2 * np.eye(side) - np.eye(side, k=1) - np.eye(side, k=-1)
    laplacian = np.kron(line, np.eye(side)) + np.kron(np.eye(side), line)
    form: _Array = laplacian @ laplacian
    return form
