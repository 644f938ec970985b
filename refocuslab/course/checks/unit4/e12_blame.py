"""E12: Candidates or choice."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from refocuslab.course.case import Case, Function
from refocuslab.reference.selection import squared

_Photo = NDArray[np.uint8]
_Mask = NDArray[np.bool_]
_SHAPE, _GROSS, _NEAR = (12, 15), 24, 8
_MOST_RIGHT = 40  # pixels that are right, beside those below: as many as are drawn, so that no share is known
# Candidates of a pixel for the ceiling, each the choice of whoever misunderstands one thing: differences
# from the truth. In bytes the square of 16 is 0.
_FIRST, _OVERFLOWN, _BEST, _EVEN, _LIKE_U = (
    (70, -80, 75),
    (32, -48, 16),
    (14, 0, 0),
    (10, 10, 10),
    (61, 62, 60),
)
_OF_U = (60, 60, 60)
# Pixels for the shares: how many, how far the picture is from the truth, and how far the nearest candidate.
_RIGHT_BUT_EVEN, _AT_LIMIT, _CHOSEN_EVEN, _CHOSEN_AT_LIMIT, _CHOSEN, _LACKING, _RIGHT_LACKING = range(7)
_CLASSES = (
    (11, (20, 20, 20), (3, 2, 1)),
    (7, (24, 0, 0), (3, 2, 1)),
    (13, (50, 10, 0), (8, 8, 8)),
    (3, (45, 0, 0), (8, 0, 0)),
    (5, (60, 0, 0), (3, 2, 1)),
    (19, (40, 0, 0), (9, 0, 0)),
    (17, (5, 5, 0), (12, 3, 0)),
)
_COUNT = [one[0] for one in _CLASSES]
_PIXELS = sum(_COUNT)
_OF_RIGHT = (2, 1, 0), (3, 2, 1)
_CHOICE = _COUNT[_CHOSEN_EVEN] + _COUNT[_CHOSEN_AT_LIMIT] + _COUNT[_CHOSEN]
_NONE = _COUNT[_LACKING]


class _Given(NamedTuple):
    """A picture (for the ceiling U), the mask, the truth, and the candidates."""

    picture: _Photo
    mask: _Mask
    truth: _Photo
    values: _Photo


def check(case: Case, ceiling: Function, blame: Function) -> None:
    """Try pixels that each tell one misunderstanding apart, first for the picture, then for the shares."""
    _check_ceiling(case, ceiling)
    _check_blame(case, blame)


def _check_ceiling(case: Case, ceiling: Function) -> None:
    given, kinds = _for_ceiling(case.rng)
    found = case.numbers(case.call(ceiling, *given))
    case.need(found.shape == given.truth.shape, "a-picture", found.shape)
    case.need(np.array_equal(found[~given.mask], given.picture[~given.mask]), "outside-the-mask")
    taken = (found[given.mask][:, None] == given.values).all(axis=2)
    case.need(taken.any(axis=1).all(), "not-a-candidate")
    kind = kinds[np.arange(len(kinds)), taken.argmax(axis=1)]
    # In the order of the candidates of _for_ceiling.
    case.need(not (kind == 0).all(), "first-candidate")
    case.need(not (kind == 1).all(), "overflow")
    case.need(not (kind == 3).all(), "worst-channel-here")
    case.need(not (kind == 4).all(), "nearest-to-u")
    case.need((kind == 2).all(), "not-the-best")


def _check_blame(case: Case, blame: Function) -> None:
    given = _for_blame(case.rng)
    found = case.numbers(case.call(blame, *given, _GROSS, _NEAR))
    case.need(found.shape == (2,), "two-shares", found.shape)
    case.need((found <= 1).all(), "a-count", *found)

    pixels = len(given.values)

    def is_of(choice: int, lacking: int, whole: int = pixels) -> bool:
        return bool(np.allclose(found * whole, (choice, lacking)))

    wrong = _CHOICE + _NONE
    case.need(not is_of(_CHOICE, _NONE, given.mask.size), "share-of-the-photo")
    case.need(not is_of(_CHOICE, _NONE, wrong), "share-of-the-errors", found.sum())
    case.need(not is_of(_NONE, _CHOICE), "swapped", *found)
    without = _NONE + _COUNT[_RIGHT_LACKING]
    alike = is_of(_CHOICE, without) or is_of(pixels - without, without)
    case.need(not alike, "right-ones-blamed", found.sum())
    even, near_even = _COUNT[_RIGHT_BUT_EVEN], _COUNT[_CHOSEN_EVEN]
    for a, b in ((even, near_even), (even, 0), (0, near_even)):
        case.need(not is_of(_CHOICE + a - b, _NONE + b), "worst-channel")
    edge, near_edge = _COUNT[_AT_LIMIT], _COUNT[_CHOSEN_EVEN] + _COUNT[_CHOSEN_AT_LIMIT]
    for a, b in ((edge, near_edge), (edge, 0), (0, near_edge)):
        case.need(not is_of(_CHOICE + a - b, _NONE + b), "at-the-limit")
    case.need(is_of(_CHOICE, _NONE), "another-share", *found)
    for limits in ((_GROSS - 5, _NEAR), (_GROSS, _NEAR - 2)):  # each turns one class of pixels into another
        found = case.numbers(case.call(blame, *given, *limits))
        case.need(np.allclose(found, pieces()[1](*given, *limits)), "other-limits", *found)


def _for_ceiling(rng: np.random.Generator) -> tuple[_Given, NDArray[np.int64]]:
    """U for the picture; and which of the five kinds each candidate is, the first the first of all."""
    mask, truth = _mask_and_truth(rng, _PIXELS)
    offsets = np.array([_FIRST, _OVERFLOWN, _BEST, _EVEN, _LIKE_U])
    kinds = np.argsort(rng.random((_PIXELS, len(offsets))) + (np.arange(len(offsets)) > 0), axis=1)
    channels = rng.permuted(np.tile(np.arange(3), (_PIXELS, 1, 1)), axis=2)
    values = truth[mask][:, None] + np.take_along_axis(offsets[kinds], channels, axis=2)
    misfocused = truth + _OF_U
    return _Given(*(_bytes(one) for one in (misfocused, mask, truth, values))), kinds


def _for_blame(rng: np.random.Generator) -> _Given:
    """A picture with pixels of each class, in any order; the other candidates are far away."""
    classes = [*_CLASSES, (int(rng.integers(1, _MOST_RIGHT + 1)), *_OF_RIGHT)]
    of = rng.permutation(np.repeat(np.arange(len(classes)), [one[0] for one in classes]))
    n = len(of)
    mask, truth = _mask_and_truth(rng, n)
    off, near = (np.array([one[part] for one in classes])[of] for part in (1, 2))
    sign = rng.choice((-1, 1), (n, 1))
    off, near = (rng.permuted(sign * one, axis=1) for one in (off, near))
    others = rng.choice((-1, 1), (n, 4, 3)) * rng.integers(60, 90, (n, 4, 3))
    place = rng.integers(1, 5, n)  # never the first
    offsets = np.insert(others, 0, 0, axis=1)
    offsets[:, 0] = offsets[np.arange(n), place]
    offsets[np.arange(n), place] = near
    picture = truth + 60
    picture[mask] = truth[mask] + off
    return _Given(*(_bytes(one) for one in (picture, mask, truth, truth[mask][:, None] + offsets)))


def _mask_and_truth(rng: np.random.Generator, pixels: int) -> tuple[_Mask, NDArray[np.int64]]:
    mask = rng.permutation(np.arange(_SHAPE[0] * _SHAPE[1]) < pixels).reshape(_SHAPE)
    return mask, rng.integers(100, 156, (*_SHAPE, 3))


def _bytes(array: NDArray[Any]) -> NDArray[Any]:
    return array if array.dtype == bool else array.astype(np.uint8)


def ceiling(misfocused: _Photo, mask: _Mask, truth: _Photo, values: _Photo) -> _Photo:
    """Of each pixel's candidates the one with the least squared error, the pixels one by one."""
    made = np.array(misfocused)
    made[mask] = [
        min(offered, key=lambda one, color=color: squared(one, color))  # type: ignore[misc]
        for offered, color in zip(values.tolist(), truth[mask].tolist(), strict=True)
    ]
    return made


def blame(
    picture: _Photo, mask: _Mask, truth: _Photo, values: _Photo, gross: float, near: float
) -> tuple[float, float]:
    """What the choice, and what the candidates are to blame for, the pixels one by one."""
    at_fault = [0, 0]
    for shown, color, offered in zip(picture[mask].astype(float), truth[mask], values, strict=True):
        if np.linalg.norm(shown - color, np.inf) > gross:
            off = min(float(np.linalg.norm(one - color, np.inf)) for one in offered.astype(float))
            at_fault[off > near] += 1
    return at_fault[0] / len(values), at_fault[1] / len(values)


def pieces() -> tuple[Function, ...]:
    """As ``refocuslab.lab.measures.candidate_quality`` measures it; the class room is above the lab."""
    return ceiling, blame
