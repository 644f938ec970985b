"""The PSF that turns sharp patches into blurred ones: families of PSFs, fitted and held against each other.

Which family is best is told by patches that were not fitted (``psf_choice``): a free kernel fits noise, too.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import linalg, ndimage, optimize

from refocuslab.lens.patches import Forms
from refocuslab.lens.psf_families import gaussian, polygon, ring, soft_disk
from refocuslab.optics.psf import disk
from refocuslab.running.progress import breathe
from refocuslab.running.threads import one_thread_each

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
    breathe()
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
