"""E1: The PSF of a misfocused lens."""

import numpy as np

from refocuslab.course.case import Case, Function
from refocuslab.course.variant import DIAMETERS
from refocuslab.optics.psf import disk as exact

# Largest error of a weight, as a share of the middle one's. Over DIAMETERS, n x n points in a pixel are off
# by at most 0.15 (n = 2, and 0.10 at best), 0.08 (4), 0.042 (6), 0.034 (8), 0.009 (16).
CLOSE = 0.045


def check(case: Case, disk: Function) -> None:
    """Try every diameter, the student's own first: a rim that is guessed fits some of them."""
    own = case.variant.diameter
    least, largest = (case.numbers(case.call(disk, d)) for d in (DIAMETERS[0], DIAMETERS[-1]))
    case.need(not np.array_equal(least, largest), "always-the-same", least.shape)
    for diameter in (own, *(d for d in DIAMETERS if d != own)):
        _check(case, disk, diameter)


def _check(case: Case, disk: Function, diameter: int) -> None:
    weights = case.numbers(case.call(disk, diameter))
    square = weights.ndim == 2 and weights.shape[0] == weights.shape[1] and weights.shape[0] % 2 == 1
    case.need(square, "square-odd", diameter, weights.shape)
    case.need(abs(weights.sum() - 1) < 1e-6, "keeps-light", weights.sum())
    across = np.count_nonzero(weights[len(weights) // 2] > 0)
    near = across > diameter - 2 and not 1.7 < across / diameter < 2.5
    case.need(near, "radius-for-diameter", diameter, across)
    case.need(weights.shape == (diameter, diameter), "size", diameter, *weights.shape)
    # One point in 8 x 8 that is not in the middle of its part moves the light by a sixteenth of a pixel.
    center = [float((weights * grid).sum()) for grid in np.indices(weights.shape)]
    case.need(np.abs(np.subtract(center, diameter // 2)).max() < 0.2, "off-center", *center)
    # A disk covers at most a tenth of the pixel in its corner; a square all of it.
    middle = weights[diameter // 2, diameter // 2]
    case.need(weights[0, 0] < middle / 2, "not-round")
    within = _distance(diameter) < diameter / 2 - 1.25  # pixels that a disk one pixel less wide fills as well
    case.need(np.ptp(weights[within]) < 0.02 * middle, "not-flat")
    lit = weights[weights > 1e-9]
    case.need(lit.min() < 0.9 * lit.max(), "rim-all-or-nothing")
    # Two weights that are right lie less than this apart, so it refuses nothing that is.
    turned = np.abs(weights - weights[::-1, ::-1]).max() < 2 * CLOSE * middle
    case.need(turned, "lopsided")
    # Evenly lit, so the middle weight tells the area: 2 x 2 points in a pixel err by 0.11
    # of a pixel at most, 4 x 4 by 0.03.
    wide = float(np.sqrt(4 / (np.pi * middle)))
    case.need(abs(wide - diameter) < 0.5, "radius-for-diameter", diameter, wide)
    case.need(np.abs(weights - exact(diameter)).max() < CLOSE * middle, "rim-too-coarse")


def _distance(side: int) -> np.ndarray:
    """Of each pixel's center from the middle one's, in pixels."""
    u = np.arange(side) - side // 2
    return np.hypot(u[:, None], u)


def pieces() -> tuple[Function, ...]:
    """``refocuslab.disk``."""
    return (exact,)
