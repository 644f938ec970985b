"""Calibration: the misfocus of a lens, from two shots of one small light (paper, §3)."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import fft

from refocuslab.checks import check_count, check_photo
from refocuslab.errors import RefocusError
from refocuslab.optics.blur import convolve
from refocuslab.optics.light import LightKind, decode
from refocuslab.optics.psf import disk
from refocuslab.optics.small_light import check_order, find_light, seems_wide

# The least step, in gray levels, from the background to the brightest pixel of a light.
_CONTRAST = 8
# How much of a light the best disk must explain. Six blades of an aperture leave 5 to 10 %, two pictures
# that do not belong together half and more.
_EXPLAINED = 0.8
# What rounding to whole gray levels leaves of a light that was misfocused in a computer. Where a clipped
# light fits as well as that, nothing of it was lost.
_ROUNDING = 1e-4
# Diameters times pixels of a frame: some minutes, and ten times what shots cropped to the light take.
_LARGEST_WORK = 10**9
# Light, (H, W, C).
_Frame = NDArray[np.float64]


class Calibration(NamedTuple):
    """What ``calibrate`` found.

    Attributes
    ----------
    diameter : int
        The disk's diameter in pixels.
    errors : dict of int to float
        The error of each diameter tried, a fraction of full scale.
    """

    diameter: int
    errors: dict[int, float]

    @property
    def psf(self) -> NDArray[np.float64]:
        """The disk of that diameter, (n, n) float64, n odd."""
        return disk(self.diameter)


def calibrate(
    focused_light: ArrayLike, misfocused_light: ArrayLike, *, largest: int = 31, light: LightKind = "linear"
) -> Calibration:
    """The misfocus of a lens from two shots of one small light, by the procedure of §3.

    For every integer diameter d = 1..largest the focused shot F is convolved by the disk of d,
    moved by the best whole-pixel translation T, and fitted to the misfocused shot M in each
    channel by a gain a and a background b, for exposures differ:

        error(d) = RMS over the frame of M - (a T(F * disk(d)) + b), a fraction of full scale.

    The least error gives the diameter; the smaller one if two are equal.

    Parameters
    ----------
    focused_light, misfocused_light : ndarray of uint8, (H, W, 3)
        The shots F and M, sRGB, of one shape, showing all of one light, unsaturated, on an even
        background. The frame is at least largest/2 pixels wide; its cost grows with it, so crop it to the
        light.
    largest : int
        The largest diameter to try, in pixels.
    light : {"linear", "encoded"}
        Where the disk acts: on light, or on the stored values.

    Returns
    -------
    Calibration
        The diameter, the error of each diameter, and the disk as ``psf``.

    Raises
    ------
    RefocusError
        The shots cannot tell the diameter: a light that is clipped or cut off, none or several, shots
        swapped or of two lights, a best disk that is the last. The message says what to do.

    Examples
    --------
    >>> import numpy as np
    >>> from refocuslab import blur, calibrate, disk
    >>> focused = np.zeros((31, 31, 3), np.uint8)
    >>> focused[14:17, 14:17] = 200
    >>> calibrate(focused, blur(focused, disk(5)), largest=9).diameter
    5
    """
    largest = check_count("largest", largest)
    shots, lights = [], []
    for name, shot in (("focused_light", focused_light), ("misfocused_light", misfocused_light)):
        shot = check_photo(name, shot)
        contrast = (shot.max(axis=(0, 1)) - np.median(shot, axis=(0, 1))).max()
        if contrast < _CONTRAST:
            rule = f"must show a light at least {_CONTRAST} gray levels above its background"
            raise RefocusError(name, rule, f"{contrast:g}")
        shots.append(decode(shot, light=light))
        lights.append((name, shot))
    focused, misfocused = shots
    if focused.shape != misfocused.shape:
        rule = f"must have the shape of focused_light, {focused.shape}"
        raise RefocusError("misfocused_light", rule, misfocused.shape)
    if largest // 2 >= min(focused.shape[:2]):
        rule = f"must fit the shots: at most {2 * min(focused.shape[:2]) - 1} here"
        raise RefocusError("largest", rule, largest)
    if largest * focused[:, :, 0].size > _LARGEST_WORK:
        most = _LARGEST_WORK // largest
        rule = f"must have at most {most:,} pixels for {largest} disks: crop both shots to the light"
        raise RefocusError("focused_light", rule, f"{focused[:, :, 0].size:,}")
    found = [find_light(name, shot, decoded) for (name, shot), decoded in zip(lights, shots, strict=True)]
    check_order(*found)

    errors = {
        diameter: _misfit(*_aligned(convolve(focused, disk(diameter)), misfocused))
        for diameter in range(1, largest + 1)
    }
    best = min(errors, key=errors.__getitem__)
    left = _left(*_aligned(convolve(focused, disk(best)), misfocused, found[1].around))
    for (name, _), one in zip(lights, found, strict=True):
        if one.clipped and left > _ROUNDING:
            rule = "must not be overexposed, or the light looks wider or weaker than it is: expose it shorter"
            raise RefocusError(name, rule, "a clipped light")
    if best == largest:
        seems = f"which seems about {seems_wide(*found):.0f} pixels here"
        rule = f"must be more than the diameter of the misfocus, {seems}; or give the diameter itself"
        raise RefocusError("largest", rule, largest)
    if left > 1 - _EXPLAINED:
        rule = (
            "must show the light of focused_light, as wide as a disk makes it, or another PSF must be given"
        )
        raise RefocusError("misfocused_light", rule, f"{left:.0%} of it that no disk explains")
    return Calibration(best, errors)


def _aligned(model: _Frame, shot: _Frame, *others: NDArray[Any]) -> tuple[NDArray[Any], ...]:
    """What two (H, W, C) frames have in common, once the model is moved to match the shot best.

    Others are cut as the shot is. The move is the whole-pixel translation at the peak of their
    cross-correlation.
    """
    sides = model.shape[:2]
    shape = [fft.next_fast_len(2 * side - 1, real=True) for side in sides]
    a, b = (frame.mean(axis=2) for frame in (model, shot))
    spectrum = np.conj(fft.rfft2(a - a.mean(), shape)) * fft.rfft2(b - b.mean(), shape)
    correlation = fft.irfft2(spectrum, shape)
    peak = np.unravel_index(correlation.argmax(), correlation.shape)
    from_model, from_shot = [], []
    for place, side, period in zip(peak, sides, shape, strict=True):
        move = int(place) if place < side else int(place) - period
        from_model.append(slice(max(-move, 0), side - max(move, 0)))
        from_shot.append(slice(max(move, 0), side - max(-move, 0)))
    return model[tuple(from_model)], *(frame[tuple(from_shot)] for frame in (shot, *others))


def _misfit(model: _Frame, shot: _Frame) -> float:
    """RMS of shot - (gain * model + background), both fitted in each channel, (H, W, C)."""
    return float(np.sqrt(np.mean(line_residual(model, shot) ** 2)))


def _left(model: _Frame, shot: _Frame, around: NDArray[np.bool_]) -> float:
    """The share of the light's variance, where it is, that the fitted model leaves."""
    residual, there = line_residual(model, shot)[around], shot[around]
    return float((residual**2).sum() / ((there - there.mean(axis=0)) ** 2).sum()) if around.any() else 1.0


def line_residual(model: _Frame, shot: _Frame) -> _Frame:
    """What the least-squares line from model to shot, fitted in each channel, leaves.

    Parameters
    ----------
    model, shot : ndarray of float64, (H, W, C)
        Values of any scale; a channel in which the model is constant gets the mean of the shot.

    Returns
    -------
    ndarray of float64, (H, W, C)
        shot - (gain model + offset).
    """
    model, shot = (frame - frame.mean(axis=(0, 1)) for frame in (model, shot))
    power = (model**2).sum(axis=(0, 1))
    gain = (model * shot).sum(axis=(0, 1)) / np.where(power > 0, power, 1)
    residual: _Frame = shot - gain * model
    return residual
