"""Gain and offset of each channel between two equally blurred photos of one object."""

import numpy as np

from refocuslab.registration.alignment import Pair

# Exposures of one scene do not differ by more than three stops; a fit that says so has gone astray.
LIKELY_GAIN = (0.125, 8.0)
# Light from which a sample may be clipped (encoded: 247); the share of such light that makes a blurred sample
# too dark to tell the exposure; and the fewest samples of a channel that tell it.
CLIPPED, LEAST_SHED, FEWEST_UNCLIPPED = 0.93, 0.01, 64
# Variance of light below which a channel is flat, and tells no offset.
NO_CONTRAST = 1e-9


def exposure(
    pair: Pair, matrix: np.ndarray, flow: np.ndarray | None = None, *, unclipped: bool = False
) -> dict[str, np.ndarray]:
    """gain, offset (3,): U = gain Blur(V) + offset, fitted robustly in each channel.

    Both photos err, so the slope is the ratio of their deviations, which noise and small errors of
    place leave alone, where least squares would make it too small. Pixels that a sensor clipped, or
    that do not fit, are left out. Without evidence for an offset there is none: a small one in the
    light is large in the dark. ``unclipped``: nor does a pixel count, in a channel, to which clipped
    samples shed light; a channel that is left with none gets the gain of the others. There is no offset
    then: in the narrow range that is left it passes for a gain.
    """
    blurred, seen = pair.blurred_view(pair.focused, matrix, flow)
    observations = seen.sum() * (pair.psf**2).sum()
    counted = np.repeat(seen[..., None], 3, axis=2)
    if unclipped:
        shed, _ = pair.blurred_view((pair.focused >= CLIPPED).astype(float), matrix, flow)
        counted &= shed < LEAST_SHED
    offsets = (False,) if unclipped else (False, True)
    enough = max(observations, 2)
    fits = [
        _channel(blurred[..., c], pair.misfocused[..., c], counted[..., c], enough, offsets=offsets)
        for c in range(3)
    ]
    gain, offset = np.array(fits).T
    few = counted.sum(axis=(0, 1)) < FEWEST_UNCLIPPED
    if few.any() and not few.all():
        gain[few], offset[few] = np.exp(np.log(gain[~few]).mean()), 0.0
    return {"gain": np.clip(gain, *LIKELY_GAIN), "offset": offset}


def _channel(a, b, seen, observations: float, *, offsets=(False, True)) -> tuple[float, float]:
    """gain, offset with b = gain a + offset."""
    unclipped = seen & (np.maximum(a, b) < 0.95)
    if unclipped.sum() < 16:
        return 1.0, 0.0
    a, b = a[unclipped], b[unclipped]
    # An error counts as the eye sees it: in the dark, much more.
    worth = 1 / (0.005 + (np.maximum(a, 0) + np.maximum(b, 0)) / 2)
    best, least = (1.0, 0.0), np.inf
    for free_offset in offsets:
        weight = worth
        for _ in range(8):
            gain, offset = _line(a, b, weight, free_offset)
            residual = np.abs(b - (gain * a + offset)) * np.sqrt(worth)
            scale = 1.4826 * np.median(residual) + 1e-5
            weight = worth * np.maximum(1 - (residual / (5 * scale)) ** 2, 0) ** 2
        clipped = np.minimum(residual, 3 * scale)
        # Flat photos agree exactly, and no fit is better than that.
        error = max(np.mean(clipped**2), np.finfo(float).tiny)
        criterion = observations * np.log(error) + free_offset * np.log(observations)
        if criterion < least:
            best, least = (gain, offset), criterion
    return best


def _line(a, b, weight, free_offset: bool) -> tuple[float, float]:
    """The line through weighted points, its slope the ratio of their deviations."""
    weight = weight / weight.sum()
    mean_a, mean_b = (weight * a).sum(), (weight * b).sum()
    if not free_offset:
        return (mean_b / mean_a if mean_a > 1e-4 else 1.0), 0.0
    var_a, var_b = (weight * (a - mean_a) ** 2).sum(), (weight * (b - mean_b) ** 2).sum()
    cross = (weight * (a - mean_a) * (b - mean_b)).sum()
    if not (cross > 0.5 * np.sqrt(var_a * var_b) and min(var_a, var_b) > NO_CONTRAST):
        return (mean_b / mean_a if mean_a > 1e-4 else 1.0), 0.0
    gain = np.sqrt(var_b / var_a)
    return gain, mean_b - gain * mean_a
