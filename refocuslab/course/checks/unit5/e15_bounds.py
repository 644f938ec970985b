"""E15: Bounds that spare a search."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from refocuslab.course.case import Case, Function
from refocuslab.running.threads import one_thread_each
from refocuslab.search.kd_tree import principal_axes

_Floats = NDArray[np.float64]
_Bytes = NDArray[np.uint8]
_PATCHES, _VALUES = 120, 27
# Deviations along the axes, in gray levels, from the first to the last; the first half dozen hold most.
_FIRST, _LAST = 60.0, 1.0
_ROUNDING = 1e-6  # a share: sums in another order
# A bound that is a smaller share of the right one rules out next to nothing. Of the last axes it is 0.002 at
# most, of as many values as they come 0.09 or more.
_NOTHING = 0.03


def check(case: Case, bounds: Function, left_over: Function) -> None:
    """Try a library with a few long axes, then bounds of which each misunderstanding leaves another share."""
    with one_thread_each():  # several threads take fifty times as long for work this small
        _check_bounds(case, bounds)
        _check_share(case, left_over)


def _check_bounds(case: Case, bounds: Function) -> None:
    patches, query = _library(case.rng)
    count = int(case.rng.integers(3, 8))
    found = case.numbers(case.call(bounds, patches, query, count))
    case.need(found.shape == (len(patches),), "one-bound-a-patch", found.shape)
    apart = np.subtract(patches, query, dtype=float)
    distances = np.linalg.norm(apart, axis=1) ** 2
    parts = _along(patches, query, count)
    true = parts.sum(axis=1)
    case.need(not _same(found**2, true), "rooted")
    _, axes, _ = principal_axes(patches, np.ones(_VALUES, bool))
    wrapped = np.subtract(patches, query) @ axes[:, :count]
    case.need(not _same(found, (wrapped**2).sum(axis=1)), "overflow")
    even = (parts / _variances(patches, count)).sum(axis=1)
    case.need(not _proportional(found, even), "made-even")
    above = (found > distances * (1 + _ROUNDING)).mean()
    case.need(above == 0, "above-the-distance", above)
    case.need(found.sum() > _NOTHING * true.sum(), "last-axes", found.sum() / distances.sum())
    case.need(not _same(found, (apart[:, :count] ** 2).sum(axis=1)), "own-values")
    raw = _svd_axes(patches, count)
    case.need(not _same(found, ((apart @ raw.T) ** 2).sum(axis=1)), "through-zero")
    case.need(_same(found, true), "loose", found.sum() / distances.sum())


def _check_share(case: Case, left_over: Function) -> None:
    lower, distances = _bounded(case.rng)
    found = case.numbers(case.call(left_over, lower, distances))
    case.need(found.ndim == 0, "one-share", found.shape)
    true = _share(lower, distances.min())
    case.need(found <= 1, "how-many", found)
    case.need(found != 1, "its-own-distance")
    case.need(not _same(found, 1 - true), "ruled-out", found)
    case.need(not _same(found, _share(lower, distances.mean())), "mean-distance", found)
    case.need(not _same(found, _share(lower, distances[lower.argmin()])), "first-guess", found)
    case.need(not _same(found, np.mean(lower < distances.min())), "at-the-limit", found)
    case.need(_same(found, true), "another-share", found)


def _library(rng: np.random.Generator) -> tuple[_Bytes, _Bytes]:
    """Bright patches that vary along a few axes, and a query near to one of them."""
    basis, _ = np.linalg.qr(rng.normal(size=(_VALUES, _VALUES)))
    loads = rng.normal(size=(_PATCHES, _VALUES)) * np.geomspace(_FIRST, _LAST, _VALUES)
    patches = np.clip(np.rint(140 + loads @ basis), 0, 255)
    query = np.clip(patches[0] + rng.integers(-6, 7, _VALUES), 0, 255)
    return patches.astype(np.uint8), query.astype(np.uint8)


def _bounded(rng: np.random.Generator) -> tuple[_Floats, _Floats]:
    """Bounds and distances of 200 patches; the nearest one has not the least bound."""
    distances = np.sort(rng.uniform(300, 3000, 200))
    distances[0] = 250
    lower = rng.uniform(0.2, 0.9, 200) * distances
    lower[150:] = rng.uniform(1, 200, 50)  # far away, and yet not ruled out
    lower[149] = 0.95 * distances[149]  # above the mean distance
    lower[148] = distances[0]  # just at the nearest distance
    lower[0], lower[5] = 240.0, 0.0  # the least bound is that of a patch not so far away
    order = rng.permutation(200)
    return lower[order], distances[order]


def _along(patches: _Bytes, query: _Bytes, count: int) -> _Floats:
    """What of the squared distances lies along each of the first axes, (N, count)."""
    mean, axes, _ = principal_axes(patches, np.ones(patches.shape[1], bool))
    shifted = (query - mean) @ axes - (patches - mean) @ axes
    squares: _Floats = shifted[:, :count] ** 2
    return squares


def _variances(patches: _Bytes, count: int) -> _Floats:
    mean, axes, _ = principal_axes(patches, np.ones(patches.shape[1], bool))
    variances: _Floats = np.var((patches - mean) @ axes, axis=0)[:count]
    return variances


def _svd_axes(patches: _Bytes, count: int) -> _Floats:
    """The axes through zero."""
    axes: _Floats = np.linalg.svd(patches * 1.0)[2]
    return axes[:count]


def _share(lower: _Floats, limit: float) -> float:
    return np.count_nonzero(lower <= limit) / lower.size


def _same(found: Any, other: Any) -> bool:
    return bool(np.allclose(found, other, rtol=_ROUNDING, atol=_ROUNDING))


def _proportional(found: _Floats, other: _Floats) -> bool:
    return bool(found.any() and _same(found / np.linalg.norm(found), other / np.linalg.norm(other)))


def bounds(patches: _Bytes, query: _Bytes, count: int) -> _Floats:
    """Along the axes of the package's search tree, which has the first 15."""
    lower: _Floats = _along(patches, query, count).sum(axis=1)
    return lower


def left_over(bounds: _Floats, distances: _Floats) -> float:
    """The share of patches that no bound rules out."""
    return _share(np.asarray(bounds), float(np.min(distances)))


def pieces() -> tuple[Function, ...]:
    """``refocuslab.search.kd_tree.principal_axes``, and a count."""
    return bounds, left_over
