"""Two ways to misjudge a lamp in E4: its place by the brightest pixels, its exposure by the extreme ones."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from refocuslab.optics.blur import convolve
from refocuslab.optics.light import decode
from refocuslab.optics.psf import disk

_Array = NDArray[Any]


def misfits(
    focused: _Array, misfocused: _Array, tried: Sequence[int], shift: tuple[int, int] | None = None
) -> NDArray[np.float64]:
    """The errors that are left.

    Parameters
    ----------
    focused, misfocused : ndarray of uint8, (H, W, 3)
        The two shots.
    tried : sequence of int
        Diameters.
    shift : tuple of int, or None
        The lamp's: then gain and background are those that map least to least and largest to largest. None:
        the brightest pixels are laid on each other, and the fit is right.

    Returns
    -------
    ndarray of float, (diameters,)
        RMS, in light.
    """
    sharp, seen = (decode(shot) for shot in (focused, misfocused))
    errors = []
    for diameter in tried:
        model = convolve(sharp, disk(diameter))
        move = np.subtract(_brightest(seen), _brightest(model)) if shift is None else np.array(shift)
        model = np.roll(model, move.tolist(), axis=(0, 1))
        fit = _least_squares if shift is None else _extremes
        left = [seen[..., k] - fit(model[..., k], seen[..., k]) for k in range(3)]
        errors.append(np.linalg.norm(left) / seen.size**0.5)
    return np.array(errors)


def _brightest(light: _Array) -> tuple[int, int]:
    row, column = divmod(int(light.sum(axis=2).argmax()), light.shape[1])
    return row, column


def _least_squares(model: _Array, seen: _Array) -> _Array:
    gain, offset = np.polyfit(model.ravel(), seen.ravel(), 1)
    fitted: _Array = gain * model + offset
    return fitted


def _extremes(model: _Array, seen: _Array) -> _Array:
    fitted: _Array = (model - model.min()) * np.ptp(seen) / np.ptp(model) + seen.min()
    return fitted
