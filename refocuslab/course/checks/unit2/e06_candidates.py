"""E6: Candidates, the nearest colors."""

import math

import numpy as np
from numpy.typing import NDArray

from refocuslab.course.case import Case, Function
from refocuslab.reference import paper
from refocuslab.reference.records import Library

_SIDE = 5  # of a window: 75 values
_COLORS, _EACH = 20, 3  # patches of the library: so many of each color
_MANY = 140  # further patches of the nearest color, before those of the fourth: 20 times the count, and more
_COUNT = 6
_FOURTH = 3 * _EACH  # rank of the fourth color's nearest patch, but for the many
_Bytes = NDArray[np.uint8]


def check(case: Case, candidates: Function) -> None:
    """Try a library in which the three nearest patches share a color, and two colors are equally near."""
    blurred, centers, query, nearer = _library(case.rng)
    found = case.call(candidates, blurred, centers, query, _COUNT)
    case.need(isinstance(found, tuple | list) and len(found) == 2, "two-results")
    values, distances = (case.numbers(one) for one in found)
    few = values.ndim == 2 and 1 < len(values) < _COUNT
    case.need(not few, "cut-too-early", len(values) if few else 0)
    case.need(
        values.shape == (_COUNT, 3) and distances.shape == (_COUNT,), "one-row-a-candidate", values.shape
    )
    # The middle of a blurred window is none of the sharp colors, which are multiples of 12.
    case.need(np.isin(values, centers).all(), "blurred-center")
    case.need(np.isfinite(distances).all(), "overflow", distances[0])
    case.need((np.diff(distances) >= 0).all(), "not-nearest-first")

    true, nearest = pieces()[0](blurred, centers, query, _COUNT)
    every = np.sort(_distances(blurred, query))
    case.need(not np.allclose(distances**2, nearest), "rooted")
    case.need(not np.isin(distances, _wrapped(blurred, query)).all(), "overflow", distances[0])
    by_mean = np.sort(_means(_distances(blurred, query), centers))[:_COUNT]
    case.need(not np.allclose(distances, by_mean), "not-the-best-patch")
    case.need(np.isin(distances, every).all(), "not-the-distance", distances[0])
    case.need(len(np.unique(values, axis=0)) == len(values), "same-color-twice")
    of_colors = pieces()[0](blurred, centers, query, _COLORS)[1]
    left_out = np.isin(distances, of_colors).all() and not np.array_equal(distances, nearest)
    case.need(not left_out, "a-color-left-out")
    case.need(np.array_equal(distances, nearest), "not-the-best-patch")
    swapped = true.copy()
    swapped[[nearer, nearer + 1]] = swapped[[nearer + 1, nearer]]
    case.need(not np.array_equal(values, swapped), "ties")
    case.need(np.array_equal(values, true), "wrong-color")
    _check_the_same(case, candidates, blurred, centers, query)


def _check_the_same(
    case: Case, candidates: Function, blurred: _Bytes, centers: _Bytes, query: _Bytes
) -> None:
    """One patch is the query itself, and other numbers of candidates are asked for."""
    hit = blurred.copy()
    hit[_distances(blurred, query).argmin()] = query
    for count in (_COUNT - 2, _COUNT + 3):
        found = [case.numbers(one) for one in case.call(candidates, hit, centers, query, count)]
        true = pieces()[0](hit, centers, query, count)
        case.need(len(found[0]) == count, "other-count", len(found[0]))
        case.need(all(map(np.array_equal, found, true)), "at-distance-zero", found[1][0])


def _library(rng: np.random.Generator) -> tuple[_Bytes, _Bytes, _Bytes, int]:
    """Blurred patches, their sharp centers, a query, and the candidate that ties with the one after it.

    Ranked by their distance, three patches in a row have one color, and very many more have that of the
    first. The nearest of the first color comes after another one of that color in the library.
    """
    count = _COLORS * _EACH + _MANY
    query = rng.integers(0, 256, 3 * _SIDE**2, dtype=np.uint8)
    blurred = rng.integers(0, 256, (count, query.size), dtype=np.uint8)
    middle = np.s_[:, query.size // 2 - 1 : query.size // 2 + 2]
    blurred[middle] |= 1  # odd, where the sharp colors are even
    ranked = np.argsort(_distances(blurred, query), kind="stable")
    colors = _colors(rng)
    by_rank = np.repeat(np.arange(_COLORS), _EACH)
    by_rank = np.insert(by_rank, _FOURTH, np.zeros(_MANY, int))
    centers = np.empty((count, 3), np.uint8)
    centers[ranked] = colors[by_rank]
    first, second = ranked[:2]
    if first < second:
        blurred[[first, second]] = blurred[[second, first]]
    # The nearest patches of the third and of the fourth color are the same when blurred.
    blurred[ranked[_FOURTH + _MANY]] = blurred[ranked[2 * _EACH]]
    return blurred, centers, query, 2


def _colors(rng: np.random.Generator) -> _Bytes:
    """Colors of multiples of 12; those after the first have much in common with it, but are others.

    The second has its numbers in another order; the third to fifth differ in one channel, each in another;
    the sixth in two of them, which 1, 10 and 100 as weights do not tell.
    """
    least, *higher = 12 * np.sort(rng.choice(np.arange(1, 10), 3, replace=False))
    a, c = rng.permutation(higher)
    b = least  # who sorts colors gets the first two wrong, not the two that tie
    others = rng.permutation(np.setdiff1d(12 * np.arange(10, 21), a + 120))
    like = [
        [a, b, c],
        [b, c, a],
        [a, b, others[0]],
        [others[1], b, c],
        [a, others[2], c],
        [a + 120, b - 12, c],
    ]
    grid = 12 * np.stack(np.unravel_index(rng.permutation(21**3)[: 2 * _COLORS], (21, 21, 21)), axis=1)
    further = [one for one in grid.tolist() if one not in np.array(like).tolist()]
    return np.array([*like, *further])[:_COLORS].astype(np.uint8)


def _distances(blurred: _Bytes, query: _Bytes) -> NDArray[np.int64]:
    """Of every patch, in the order of the library; found by giving each a color of its own."""
    apart = np.stack([np.arange(len(blurred))] * 3, axis=1)
    own, distances = pieces()[0](blurred, apart, query, len(blurred))
    inverse = np.empty(len(blurred), np.int64)
    inverse[own[:, 0]] = distances
    return inverse


def _means(distances: NDArray[np.int64], centers: _Bytes) -> NDArray[np.float64]:
    """Of each color, over all its patches."""
    of_color = (centers == np.unique(centers, axis=0)[:, None]).all(axis=2)
    means: NDArray[np.float64] = np.average(
        np.broadcast_to(distances, of_color.shape), axis=1, weights=of_color
    )
    return means


def _wrapped(blurred: _Bytes, query: _Bytes) -> NDArray[np.float64]:
    """The distances as arithmetic in 8 and in 16 bits has them."""
    in_8 = np.square(np.subtract(blurred, query)).sum(axis=1)
    in_16 = np.square(np.subtract(blurred.astype(np.int16), query.astype(np.int16))).sum(axis=1)
    return np.concatenate([in_8.astype(np.float64), in_16.astype(np.float64)])


def candidates(
    blurred: _Bytes, centers: _Bytes, query: _Bytes, count: int
) -> tuple[_Bytes, NDArray[np.int64]]:
    """The reference's candidates of one pixel: values and squared distances, nearest first."""
    side = math.isqrt(len(query) // 3)
    mask = np.zeros((side, side), bool)
    mask[side // 2, side // 2] = True
    wide = blurred.astype(np.int64)
    library = Library(wide, wide, centers.astype(np.int64))
    found = paper.candidates(query.reshape(side, side, 3), mask, library, side, count)
    return found.values[0], found.distances[0]


def pieces() -> tuple[Function, ...]:
    """``refocuslab.reference.paper.candidates``, for one pixel."""
    return (candidates,)
