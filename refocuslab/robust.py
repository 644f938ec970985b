"""Robust fits: what fits badly is given less weight, again and again (Tukey's biweight)."""

from collections.abc import Callable
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from refocuslab.running.progress import breathe

_Fit = TypeVar("_Fit")

# In standard deviations: residuals from the first on weigh nothing; the error of a fit clamps them to the
# second. On crops of 128 pixels of the five scenes of other views: half of the first costs motorcycle-
# perturbed, which has parallax, 1.3 dB, and double gains it 1.2 dB; the four others change by at most 0.1 dB
# and 0.002 pixels. In exposure either is worth 0.02 dB. Half and double of the second change 0.05 dB in
# one.
_TUKEY, _CLIP = 5, 3


class Residuals(NamedTuple):
    """What a fit leaves.

    Attributes
    ----------
    absolute : ndarray of float64, (n,)
        Absolute residuals.
    deviation : float
        Their standard deviation, as ``deviation`` has it.
    """

    absolute: NDArray[np.float64]
    deviation: float

    @property
    def error(self) -> float:
        """Mean square of the residuals, each clamped to three standard deviations."""
        return float(np.mean(np.minimum(self.absolute, _CLIP * self.deviation) ** 2))


def residuals(values: NDArray[np.float64], floor: float) -> Residuals:
    """The absolute values, and their standard deviation: 1.4826 median + floor, exact for a normal law.

    The floor keeps an exact fit from giving weight to nothing but itself.
    """
    absolute = np.abs(values)
    return Residuals(absolute, 1.4826 * float(np.median(absolute)) + floor)


def tukey(absolute: NDArray[np.float64], deviation: float) -> NDArray[np.float64]:
    """Weights of absolute residuals, in their shape: (1 - (r / 5 s)^2)^2, and 0 from 5 s on."""
    weights: NDArray[np.float64] = np.maximum(1 - (absolute / (_TUKEY * deviation)) ** 2, 0) ** 2
    return weights


def reweighted(
    fit: Callable[[NDArray[np.float64]], _Fit],
    off: Callable[[_Fit], NDArray[np.float64]],
    worth: NDArray[np.float64],
    *,
    rounds: int,
    floor: float,
) -> tuple[_Fit, Residuals]:
    """Fit, weigh by Tukey's weights of what is left, and fit again.

    Parameters
    ----------
    fit : callable
        Weights (n,) to parameters.
    off : callable
        Parameters to residuals (n,), on a scale on which all deviate alike.
    worth : ndarray of float64, (n,)
        The weights of the first round; a factor of those of all others.
    rounds : int
        How many fits, at least 1.
    floor : float
        Added to the residuals' standard deviation.

    Returns
    -------
    parameters
        Of the last fit.
    left : Residuals
        What it leaves.
    """
    weight = worth
    for _ in range(rounds):
        breathe()
        found = fit(weight)
        left = residuals(off(found), floor)
        weight = worth * tukey(*left)
    return found, left
