"""E11: The weight of the constraints."""

import types
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from refocuslab.course.case import Case, Function, Hint, NotWritten
from refocuslab.paper.lambda_from_data import likely_lambda as package_lambda

_PIXELS, _KEPT = 30, 6
_CLOSE = 1.5e-3  # of itself: the task asks for a thousandth
# Medians in the mean of the nearest distances: no other misunderstanding is off by this factor.
_MEAN = 2.6
# Of an even number of distances, the two in the middle lie so much of the median on either side of it.
_HALF, _APART = 150, 0.1
_HARDLY = np.array([-1, -1, 1, 1, 1])  # better by a little for the two nearest, worse for the others
_COLUMNS = [0, 3, 4, 1, 5, 2]
_Distances = NDArray[np.int64]


class _Given(NamedTuple):
    """What ``silent`` is given."""

    d_image: _Distances
    d_texture: _Distances
    lambda_image: float


def check(case: Case, silent: Function, likely_lambda: Function) -> None:
    """Try distances in which the first pixel to change is one of few, and turns to a late candidate."""
    _check_silent(case, silent)
    try:
        _check_lambda(case, likely_lambda)
    except NotWritten:
        raise Hint("second-to-write") from None


def _check_silent(case: Case, silent: Function) -> None:
    given = _built(case.rng)
    while not _apart(given):
        given = _built(case.rng)
    found = _number(case, silent, given, "one-number")
    for key, values in _signatures(given).items():
        if any(_near(found, one) for one in values) or (key == "no-rival-at-all" and found <= 0):
            _tell(case, key, found)
    true = float(_ratios(given).min())
    case.need(_near(found, true), "not-close", found)
    # A common factor, however large or small, changes nothing but the unit.
    for factor in (1e4, 1e-4):
        scaled = given._replace(lambda_image=given.lambda_image * factor)
        again = _number(case, silent, scaled, "one-number")
        case.need(_near(again, true * factor), "product-of-probabilities", again / found)
    deaf = given._replace(d_texture=given.d_image)
    case.need(np.isposinf(_number(case, silent, deaf, "one-number")), "never")


def _tell(case: Case, key: str, found: float) -> None:
    case.need(key != "last-instead-of-first", "last-instead-of-first", found)
    case.need(key != "second-only", "second-only", found)
    case.need(key != "nearest-rival", "nearest-rival", found)
    case.need(key != "best-texture-only", "best-texture-only", found)
    case.need(key != "no-rival-at-all", "no-rival-at-all", found)
    case.need(key != "upside-down", "upside-down", found)
    case.need(key != "scale", "scale", found)


def _signatures(given: _Given) -> dict[str, tuple[float, ...]]:
    """What whoever misunderstands one thing finds, by the key of the hint."""
    ratios, times = _ratios(given), given.lambda_image
    first = ratios.min(axis=1)
    some = first[np.isfinite(first)]
    over = times**2 / ratios[np.isfinite(ratios)]
    return {
        "last-instead-of-first": (float(some.max()), float(np.median(some))),
        "second-only": (float(ratios[:, 0].min()),),
        "nearest-rival": (_of_nearest_rivals(given),),
        "best-texture-only": (
            float(ratios[np.arange(len(ratios)), given.d_texture[:, 1:].argmin(axis=1)].min()),
        ),
        "no-rival-at-all": (_of_size(given),),
        "upside-down": (float(over.min()), float(over.max())),
        "scale": (float(first.min()) / times, float(first.min()) / times**2),
    }


def _apart(given: _Given) -> bool:
    """Whether every misunderstanding finds a number of its own."""
    values = [one for found in _signatures(given).values() for one in found]
    least = float(_ratios(given).min())
    power = given.lambda_image * 10 ** np.floor(np.log10(least / given.lambda_image))  # of who rounds to it
    ranked = np.sort([*values, least, power])
    return bool((ranked[1:] > 1.01 * ranked[:-1]).all())


def _number(case: Case, function: Function, given: tuple[Any, ...], key: str) -> float:
    found = case.numbers(case.call(function, *given))
    if key == "one-number":
        case.need(found.ndim == 0 and not np.isnan(found), "one-number", found.shape)
    case.need(found.size == 1, "one-number", found.shape)
    return float(found)


def _near(found: float, other: float) -> bool:
    return bool(abs(found - other) <= _CLOSE * abs(other))


def _built(rng: np.random.Generator) -> _Given:
    """Distances: in one pixel the last but one overtakes at a tenth of what any other pixel needs.

    The last one has the better texture there, and is farther in the image; the two nearest have one that is
    hardly better. But for the first, candidates come in no order.

    In half of the pixels none can; in one of these the second has nearly the same image distance as the
    first, and a texture distance that is a little larger.
    """
    d_image = np.sort(rng.integers(400, 1000, (_PIXELS, _KEPT)), axis=1)
    d_image[:, 0] = rng.integers(100, 200, _PIXELS)
    d_texture = rng.integers(4000, 6000, (_PIXELS, _KEPT))
    half = _PIXELS // 2
    d_texture[:half, 0] = 6100
    d_texture[half:, 0] = 3900
    d_texture[0, 1:] = 6100 + rng.integers(1, 90, _KEPT - 1) * _HARDLY
    d_texture[0, -2:] = 6100 - 54_000, 6100 - 60_000
    d_image[0, -1] += 1000
    d_texture += 60_000
    d_image[half, 1] = d_image[half, 0] + 1
    d_texture[half, 1] = d_texture[half, 0] + 3000
    shuffled, d_image, d_texture = rng.permutation(_PIXELS), d_image[:, _COLUMNS], d_texture[:, _COLUMNS]
    return _Given(d_image[shuffled], d_texture[shuffled], float(rng.choice([0.002, 0.005, 0.02])))


def _ratios(given: _Given) -> NDArray[np.float64]:
    """The lambda_texture at which each candidate but the first overtakes it; infinite where it never does."""
    gains = np.subtract(given.d_texture[:, :1], given.d_texture[:, 1:]).astype(float)
    costs = np.subtract(given.d_image[:, 1:], given.d_image[:, :1]) * given.lambda_image
    ratios: NDArray[np.float64] = np.divide(costs, gains, out=np.full(gains.shape, np.inf), where=gains > 0)
    return ratios


def _of_nearest_rivals(given: _Given) -> float:
    """The least ratio of each pixel's nearest candidate with a better texture."""
    rivals = np.where(given.d_texture[:, 1:] < given.d_texture[:, :1], given.d_image[:, 1:], np.inf)
    nearest = rivals.argmin(axis=1)
    return float(_ratios(given)[np.arange(len(nearest)), nearest].min())


def _of_size(given: _Given) -> float:
    """The least ratio if a larger texture distance counted as a smaller one does."""
    mirrored = given._replace(d_texture=-np.abs(given.d_texture - given.d_texture[:, :1]))
    return float(_ratios(mirrored).min())


def _check_lambda(case: Case, likely_lambda: Function) -> None:
    # A median of about 3000: its root is none of the shares' inverses, by five times its scatter.
    nearest = np.sort(case.rng.lognormal(8, 1, 2 * _HALF))
    median = float(np.median(nearest))
    nearest[:_HALF] = np.minimum(nearest[:_HALF], (1 - _APART) * median)
    nearest[_HALF:] = np.maximum(nearest[_HALF:], (1 + _APART) * median)
    rest = np.s_[_HALF + 1 :]  # beyond the median: they make the mean
    nearest[rest] *= (_MEAN * len(nearest) * median - nearest[: _HALF + 1].sum()) / nearest[rest].sum()
    nearest = case.rng.permutation(nearest)
    share = float(case.rng.choice([0.01, 0.015, 0.03]))
    for side in (7, 5):
        given = nearest, side, share
        found = _number(case, likely_lambda, given, "one-lambda")
        true = pieces()[1](*given)
        case.need(not any(_near(found, true / one) for one in (3, side)), "how-many-numbers", found)
        case.need(not _near(found, true / _MEAN), "mean-for-median", found)
        case.need(not _near(found, 2 * true), "half", found)
        one_of_two = [true / (1 + by) for by in (-_APART, _APART)]
        case.need(not any(_near(found, one) for one in one_of_two), "one-of-two", found)
        case.need(not _near(found, true / (1 - _APART**2)), "median-of-inverses", found)
        case.need(not _near(found * true, 1), "upside-down-lambda", found)
        case.need(not _near(found * share, true), "share-forgotten", found)
        case.need(_near(found, true), "other-lambda", found)


def silent(d_image: _Distances, d_texture: _Distances, lambda_image: float) -> float:
    """The least of all weights at which a candidate overtakes the first."""
    return float(
        _ratios(_Given(np.asarray(d_image), np.asarray(d_texture), lambda_image)).min(initial=np.inf)
    )


def likely_lambda(nearest: NDArray[Any], side: int, share: float) -> float:
    """``refocuslab.paper.lambda_from_data.likely_lambda``, for distances alone."""
    found: Any = types.SimpleNamespace(distances=np.asarray(nearest)[:, None])
    return package_lambda(found, side, share)


def pieces() -> tuple[Function, ...]:
    """The package's functions."""
    return silent, likely_lambda
