"""E7: The confidence of a pixel."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from refocuslab.course.case import Case, Function
from refocuslab.reference import paper

_CLOSE = 1e-6
_Array = NDArray[Any]


def check(case: Case, confidence: Function, box_mean: Function) -> None:
    """Try rows of 20 distances, the same far away, and a mask that reaches the edges of its photo."""
    lam = float(case.rng.choice([0.005, 0.008, 0.02]))
    distances = _distances(case.rng, lam)
    found, true = case.numbers(case.call(confidence, distances, lam)), _exact(distances, lam)
    case.need(found.shape == true.shape, "one-number-a-pixel", found.shape)
    case.need(((found > 0) & (found <= 1)).all(), "more-than-all", found.max())
    case.need(not np.allclose(found, np.exp(-lam * distances[:, 0]), atol=_CLOSE), "no-share")
    # In the first row all candidates are equally near; the last has the clearest winner.
    case.need(abs(found[0] - true[0]) < _CLOSE, "without-itself", found[0])
    case.need(found[-1] > found[0], "upside-down", found[-1])
    case.need(np.allclose(found, true, atol=_CLOSE), "weight")
    # Every row nearer than the one before: what helps the nearest, which is the last, does not help them all.
    farther = distances + 200_000 * np.arange(len(distances), 0, -1)[:, None]
    far = case.numbers(case.call(confidence, farther, lam))
    survived = np.isclose(far, true, atol=_CLOSE)
    case.need(survived.all() or not survived[-1], "one-for-all-rows")
    case.need(survived.all(), "underflow", far[-1])
    # The nearest is as near as before, the others are far from it and from their mean.
    apart = distances + 10**6 * np.arange(distances.shape[1])
    alone = case.numbers(case.call(confidence, apart, lam))
    case.need(np.allclose(alone, _exact(apart, lam), atol=_CLOSE), "spread", alone[-1])
    _check_box(case, box_mean)


def _check_box(case: Case, box_mean: Function) -> None:
    mask = np.zeros((11, 14), bool)
    mask[3:9, 4:10] = True
    mask[4, 5] = mask[7, 8] = False  # holes
    per_pixel = np.where(mask, case.rng.random(mask.shape), np.nan)
    for side in (5, 3):
        found = case.numbers(case.call(box_mean, per_pixel, mask, side))
        case.need(found.shape == mask.shape, "one-mean-a-pixel", found.shape)
        case.need(np.isnan(found[~mask]).all(), "outside")
        case.need(not np.isnan(found[mask]).any(), "nan-within", int(np.isnan(found[mask]).sum()))
        true = _mean(per_pixel, mask, side)
        counted = paper.neighborhood_confidence(_stepped(np.nan_to_num(per_pixel)), np.ones_like(mask), side)
        case.need(not np.allclose(found[mask], counted[mask], atol=_CLOSE), "counts-outside")
        case.need(np.allclose(found[mask], true[mask], atol=_CLOSE), "side")
    mask[:4, :6] = mask[-2:, -5:] = True
    per_pixel = np.where(mask, case.rng.random(mask.shape), np.nan)
    found = case.numbers(case.call(box_mean, per_pixel, mask, 5))
    case.need(np.allclose(found[mask], _mean(per_pixel, mask, 5)[mask], atol=_CLOSE), "beyond-the-photo")


def _distances(rng: np.random.Generator, lam: float) -> NDArray[np.int64]:
    """Rows of 20, ascending, with shares between 1/20 and about 1: (8, 20)."""
    steps = rng.integers(1, 9, (8, 20)).cumsum(axis=1) * np.arange(8)[:, None]
    start = rng.integers(40, 90, (8, 1))
    return start + (steps - steps[:, :1]) * int(0.05 / lam)


def _exact(distances: _Array, lam: float) -> NDArray[np.float64]:
    return paper.confidence(distances, lam)


def _stepped(values: _Array) -> NDArray[np.float64]:
    """In the steps in which the package keeps a confidence."""
    stepped: NDArray[np.float64] = np.rint(values / paper.CONFIDENCE_STEP) * paper.CONFIDENCE_STEP
    return stepped


def _mean(per_pixel: _Array, mask: _Array, side: int) -> NDArray[np.float64]:
    return paper.neighborhood_confidence(_stepped(np.nan_to_num(per_pixel)), mask, side)


def confidence(distances: _Array, lam: float) -> NDArray[np.float64]:
    """``refocuslab.reference.paper.confidence``."""
    return paper.confidence(np.asarray(distances), lam)


def box_mean(confidence: _Array, mask: _Array, side: int) -> NDArray[np.float64]:
    """``refocuslab.reference.paper.neighborhood_confidence``."""
    return _mean(confidence, mask, side)


def pieces() -> tuple[Function, ...]:
    """``confidence`` and ``neighborhood_confidence`` of ``refocuslab.reference.paper``."""
    return confidence, box_mean
