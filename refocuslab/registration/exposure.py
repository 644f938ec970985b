"""Gain and offset of each channel between two equally blurred photos of one object."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from refocuslab.registration.pair import Pair
from refocuslab.robust import Residuals, reweighted

# The gains to which a fit is clamped: three stops either way. With half as many stops, photos of four scenes
# overexposed by two lose 1.1 to 5.8 dB; with six, nothing changes.
LIKELY_GAIN = (0.125, 8.0)
# Light from which a sample may be clipped (encoded: 247); the share of such light that makes a blurred sample
# too dark to tell the exposure; and the fewest samples of a channel that tell it. On crops of 100 pixels of
# four scenes, overexposed by 0.9 and 2 stops, half and double of each (of the first: of what it lacks to 1)
# change at most 0.05 dB, but for bench at 2 stops: 0.1 dB, and gains off by 0.28 to 0.46 stops instead of
# 0.38.
_CLIPPED, _LEAST_SHED, _FEWEST_UNCLIPPED = 0.93, 0.01, 64
# Samples of more light are left out as clipped. On crops of 128 pixels of the five scenes of other views half
# and double of what it lacks to 1 change 0.01 dB in one.
_BELOW = 0.95
# Light that is added before an error is weighed by 1 / light, or black would weigh without bound. Half and
# double change 0.01 dB and 0.004 pixels on the same crops.
_DARK = 0.005
# The correlation that channels of both photos must have for an offset. Half changes nothing; double, with
# which there is never an offset, costs astronaut-perspective 2.9 dB and chelsea-perspective 0.5 dB, which
# have one.
_TIED = 0.5
# Variance of light below which a channel is flat, and tells no offset.
_NO_CONTRAST = 1e-9


class Exposure(NamedTuple):
    """U = gain Blur(V) + offset, in light.

    Attributes
    ----------
    gain : ndarray of float64, (3,)
        For R, G, B; from 1/8 to 8.
    offset : ndarray of float64, (3,)
        A fraction of full scale.
    """

    gain: NDArray[np.float64]
    offset: NDArray[np.float64]


def fit_exposure(
    pair: Pair,
    matrix: NDArray[np.float64],
    flow: NDArray[np.float64] | None = None,
    *,
    unclipped: bool = False,
) -> Exposure:
    """The exposure of U against the blurred, warped photo, fitted robustly in each channel.

    Both photos err, so the slope is the ratio of their deviations, which noise and small displacements
    leave alone, where least squares would make it too small. Pixels that a sensor clipped, or
    that do not fit, are left out. Without evidence for an offset there is none: a small one in the
    light is large in the dark.

    Parameters
    ----------
    pair : Pair
        Both photos.
    matrix : ndarray of float64, (3, 3)
        The homography from pixels of U to pixels of V.
    flow : ndarray of float64, (2, H, W), or None
        Displacements (dx, dy) of the pixels of U, made before that.
    unclipped : bool
        Leave out a pixel, in a channel, to which clipped samples of V shed light; a channel that is left
        with none gets the gain of the others. There is no offset then: in the narrow range that is
        left it passes for a gain.
    """
    if unclipped:
        # Few pixels may be left, of which squares would make fewer.
        target = pair.misfocused
        blurred, seen = pair.blurred_view(pair.focused, matrix, flow)
        shed, _ = pair.blurred_view((pair.focused >= _CLIPPED).astype(float), matrix, flow)
        counted = seen[..., None] & (shed < _LEAST_SHED)
    else:
        view = pair.near(matrix) if flow is None else pair.look(matrix, flow)
        target, blurred = pair.small_misfocused, view.light
        counted = np.repeat(view.seen[..., None], 3, axis=2)
        seen = np.repeat(view.seen, pair.square**2)
    observations = seen.sum() * (pair.psf**2).sum()
    offsets = (False,) if unclipped else (False, True)
    enough = max(observations, 2)
    fits = [_channel(blurred[..., c], target[..., c], counted[..., c], enough, offsets) for c in range(3)]
    gain, offset = np.array(fits).T
    few = counted.sum(axis=(0, 1)) < _FEWEST_UNCLIPPED
    if few.any() and not few.all():
        gain[few], offset[few] = np.exp(np.log(gain[~few]).mean()), 0.0
    return Exposure(np.clip(gain, *LIKELY_GAIN), offset)


def _channel(
    a: NDArray[np.float64],
    b: NDArray[np.float64],
    seen: NDArray[np.bool_],
    observations: float,
    offsets: tuple[bool, ...],
) -> tuple[float, float]:
    """gain, offset with b = gain a + offset, (H, W); with an offset where the evidence is for one."""
    unclipped = seen & (np.maximum(a, b) < _BELOW)
    if unclipped.sum() < 16:
        return 1.0, 0.0
    a, b = a[unclipped], b[unclipped]
    # An error counts as the eye sees it: in the dark, much more.
    worth = 1 / (_DARK + (np.maximum(a, 0) + np.maximum(b, 0)) / 2)
    best, least = (1.0, 0.0), np.inf
    for free_offset in offsets:
        line, left = _robust_line(a, b, worth, free_offset)
        # Flat photos agree exactly, and no fit is better than that.
        error = max(left.error, float(np.finfo(float).tiny))
        criterion = observations * np.log(error) + free_offset * np.log(observations)
        if criterion < least:
            best, least = line, criterion
    return best


def _robust_line(
    a: NDArray[np.float64], b: NDArray[np.float64], worth: NDArray[np.float64], free_offset: bool
) -> tuple[tuple[float, float], Residuals]:
    return reweighted(
        lambda weight: _line(a, b, weight, free_offset),
        lambda line: (b - (line[0] * a + line[1])) * np.sqrt(worth),
        worth,
        rounds=8,
        floor=1e-5,
    )


def _line(
    a: NDArray[np.float64], b: NDArray[np.float64], weight: NDArray[np.float64], free_offset: bool
) -> tuple[float, float]:
    """The line through weighted points, its slope the ratio of their deviations."""
    weight = weight / weight.sum()
    mean_a, mean_b = float((weight * a).sum()), float((weight * b).sum())
    if free_offset:
        var_a, var_b = (weight * (a - mean_a) ** 2).sum(), (weight * (b - mean_b) ** 2).sum()
        cross = (weight * (a - mean_a) * (b - mean_b)).sum()
        if cross > _TIED * np.sqrt(var_a * var_b) and min(var_a, var_b) > _NO_CONTRAST:
            gain = float(np.sqrt(var_b / var_a))
            return gain, mean_b - gain * mean_a
    return (mean_b / mean_a if mean_a > 1e-4 else 1.0), 0.0
