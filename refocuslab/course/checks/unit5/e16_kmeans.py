"""E16: Colors that share a probability."""

import numpy as np
from numpy.typing import NDArray

from refocuslab.course.case import Case, Function
from refocuslab.method import Method
from refocuslab.reference import selection
from refocuslab.reference.records import Candidates

_Floats = NDArray[np.float64]
_Bytes = NDArray[np.uint8]
# In 1 / (gray level)^2: so small that distances, whole numbers, keep probabilities to 1e-6.
_LAMBDA = 1e-6
# The reference rounds colors to whole gray levels; probabilities keep 1e-5.
_COLOR_CLOSE, _MASS_CLOSE = 0.51, 1e-4
_MEAN_CLOSE = 0.01  # float32 errs by a thousandth of that
_DRAWS = 24
# Grays and probabilities that one misunderstanding each divides otherwise, and the number of clusters. In
# bytes the squares of 64 and of 128 are 0; in the others, what is asked is told by their names.
_BYTES = (128, 0, 8, 64), (0.31, 0.2, 0.2, 0.29), 3
_UNEVEN = (30, 45, 200, 215), (0.4, 0.12, 0.35, 0.13), 2
_SLOW = (0, 100, 110, 122, 240), (0.3, 0.1, 0.1, 0.1, 0.4), 2
_FAR = (100, 160, 255), (0.52, 0.47, 0.01), 2
_CROWD = (50, 53, 56, 150, 220), (0.25, 0.24, 0.23, 0.15, 0.13), 3


def check(case: Case, kmeans: Function) -> None:
    """Try the paper's example, then colors that each misunderstanding divides otherwise."""
    _check_paper(case, kmeans)
    case.need(_agrees(case, kmeans, *_grays(case.rng, *_BYTES)), "bytes")
    case.need(_agrees(case, kmeans, *_grays(case.rng, *_UNEVEN)), "plain-mean")
    _check_empty(case, kmeans)
    case.need(_agrees(case, kmeans, *_grays(case.rng, *_SLOW)), "one-round")
    case.need(_agrees(case, kmeans, *_grays(case.rng, *_FAR)), "far-but-improbable")
    case.need(_agrees(case, kmeans, *_grays(case.rng, *_CROWD)), "most-probable-seeds")
    for _ in range(_DRAWS):
        p = case.rng.dirichlet(np.ones(12)) + 0.01
        colors = case.rng.integers(0, 256, (12, 3), dtype=np.uint8)
        case.need(_agrees(case, kmeans, colors, p / p.sum(), 4), "other-clusters")


def _check_paper(case: Case, kmeans: Function) -> None:
    colors = np.array([[255, 255, 255], [0, 0, 1], [0, 1, 0]], np.uint8)
    order = case.rng.permutation(3)
    found = case.call(kmeans, colors[order], np.array([0.4, 0.3, 0.3])[order], 2)
    case.need(isinstance(found, tuple | list) and len(found) == 2, "centers-and-masses")
    centers, masses = (case.numbers(one) for one in found)
    rows = centers.shape == (masses.size, 3) and masses.ndim == 1
    case.need(rows, "a-row-a-cluster", centers.shape, masses.shape)
    case.need(abs(masses.sum() - 1) < _MASS_CLOSE, "mass-is-lost", masses.sum())
    case.need((np.diff(masses) <= 0).all(), "not-most-probable-first")
    case.need(centers[0].max() < 2, "still-apart", *centers[0])
    # The reference rounds its colors, so comparing with it shows nobody who does. The mean of all is kept.
    mean = masses @ centers, np.array([0.4, 0.3, 0.3]) @ colors
    case.need(np.abs(np.subtract(*mean)).max() < _MEAN_CLOSE, "whole-numbers")


def _check_empty(case: Case, kmeans: Function) -> None:
    """Four clusters are asked for, and there are three colors, one of them twice."""
    given = _grays(case.rng, (40, 120, 220, 40), (0.25, 0.3, 0.15, 0.3), 4)
    centers, masses = (case.numbers(one) for one in case.call(kmeans, *given))
    whole = np.isfinite(centers).all() and masses.shape == (3,) and (masses > 0).all()
    case.need(whole, "empty-cluster", masses.size)


def _grays(
    rng: np.random.Generator, grays: tuple[int, ...], p: tuple[float, ...], k: int
) -> tuple[_Bytes, _Floats, int]:
    """The colors in any order but for the first, which in bytes is a center again if no other is apart."""
    order = np.append(0, 1 + rng.permutation(len(grays) - 1))
    return np.repeat(np.array(grays, np.uint8)[order, None], 3, axis=1), np.array(p)[order], k


def _agrees(case: Case, kmeans: Function, colors: _Bytes, p: _Floats, k: int) -> bool:
    centers, masses = (case.numbers(one) for one in case.call(kmeans, colors, p, k))
    true, probable = _of_reference(colors, p, k)
    if centers.shape != true.shape or masses.shape != probable.shape:
        return False
    close = np.abs(centers - true).max() < _COLOR_CLOSE and np.abs(masses - probable).max() < _MASS_CLOSE
    return bool(close)


def kmeans(colors: _Bytes, p: _Floats, k: int) -> tuple[_Floats, _Floats]:
    """The reference's clusters, whose colors it rounds, with the means of what lies nearest to each."""
    rounded, masses = _of_reference(colors, p, k)
    apart = np.linalg.norm(np.subtract(colors[:, None], rounded), axis=2)
    held = p[:, None] * (np.argmin(apart, axis=1)[:, None] == range(len(masses)))
    if not np.allclose(
        np.sum(held, axis=0), masses, atol=_MASS_CLOSE
    ):  # rounding has changed which is nearest
        return rounded, masses
    return held.T @ colors / masses[:, None], masses


def _of_reference(colors: _Bytes, p: _Floats, k: int) -> tuple[_Floats, _Floats]:
    """The reference's clusters of one pixel, whose distances are such that their P_image is p."""
    order = np.argsort(-p, kind="stable")
    distances = np.rint(-np.log(p[order]) / _LAMBDA).astype(np.int64)
    pool = Candidates(colors[order][None], distances[None], np.arange(len(p))[None])
    method = Method(candidates=int(k), selection="kmeans", lambda_image=_LAMBDA)
    found = selection.select(pool, method)
    held = found.distances[0] < selection.FAR // 2
    return found.values[0][held].astype(float), np.exp(-_LAMBDA * found.distances[0][held])


def pieces() -> tuple[Function, ...]:
    """``refocuslab.reference.selection``, for one pixel."""
    return (kmeans,)
