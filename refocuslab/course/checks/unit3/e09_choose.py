"""E9: The choice of a value."""

import itertools
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from refocuslab.course.case import Case, Function
from refocuslab.method import Method
from refocuslab.reference import paper
from refocuslab.reference.records import Candidates, Library

_PATCHES = 40
# Close calls. Of 36, in 42 of 60 draws no two readings make the same choices.
_CLOSE_CALLS = 36
_Array = NDArray[Any]
# Candidates of the first probe, each the choice of whoever misunderstands one thing.
_NEAREST, _ELSEWHERE, _AVERAGE, _RIGHT, _WORST = range(5)


class _Given(NamedTuple):
    """What ``choose`` is given."""

    library: _Array
    window: _Array
    values: _Array
    distances: _Array
    used: _Array
    lambda_image: float
    lambda_texture: float


def check(case: Case, choose: Function) -> None:
    """Try a choice in which every misunderstanding takes a candidate of its own, then others."""
    clear = _clear(case.rng)
    found = case.numbers(case.call(choose, *clear))
    case.need(found.ndim == 0 and found in range(len(clear.values)), "one-index")
    close = _close_calls(case.rng)
    found_close = [_picks(case, choose, one) for one in close]
    right = found_close == [pieces()[0](*one) for one in close]
    if not right:
        _name(case, found_close, close)
    case.need(found != _NEAREST, "texture-has-no-say")
    case.need(found != _ELSEWHERE, "two-patches")
    case.need(found != _AVERAGE, "all-patches")
    case.need(found != _WORST, "largest-energy")
    _check_patches(case, choose, clear)
    _check_pixels(case, choose, clear)
    _check_lambdas(case, choose, clear)
    _check_arithmetic(case, choose, clear)
    case.need(right, "close-calls")
    case.need(_picks(case, choose, _wide(case.rng)) == 1, "only-five-wide")


def _name(case: Case, found: list[float], close: list[_Given]) -> None:
    """One thing misread, and all else right: such choices are known in each of the close calls."""
    keys = [key for key, known in _readings(close) if known == found]
    case.need("small-type" not in keys, "small-type")
    case.need("not-squared" not in keys, "not-squared")
    case.need("used-inverted" not in keys, "used-inverted")
    case.need("turned" not in keys, "turned")
    case.need("image-term" not in keys, "image-term")
    case.need("texture-term" not in keys, "texture-term")


def _readings(close: list[_Given]) -> list[tuple[str, list[int]]]:
    """What is chosen by each reading of the task: the right one, those with a hint, and some others."""
    least, changed = _least, _Given._replace
    known: list[tuple[str, Callable[[_Given], int]]] = [
        ("right", least),
        ("small-type", lambda one: least(one, np.uint8)),
        ("small-type", lambda one: least(one, np.int16)),
        ("not-squared", lambda one: least(one, power=1)),
        ("used-inverted", lambda one: least(changed(one, used=~one.used))),
        ("turned", lambda one: least(changed(one, library=one.library.swapaxes(1, 2)))),
        ("image-term", lambda one: least(changed(one, lambda_image=1.0))),
        ("image-term", lambda one: least(changed(one, distances=one.distances**2))),
        ("texture-term", lambda one: least(changed(one, lambda_texture=1.0))),
        ("rooted", lambda one: least(one, root=0.5)),
        ("image alone", lambda one: least(changed(one, lambda_texture=0.0))),
        ("texture alone", lambda one: least(changed(one, lambda_image=0.0))),
        ("no lambda", lambda one: least(changed(one, lambda_image=1.0, lambda_texture=1.0))),
        ("swapped", lambda one: least(_swapped(one))),
    ]
    return [(key, [choice(one) for one in close]) for key, choice in known]


def _least(given: _Given, kind: type = np.int64, power: int = 2, root: float = 1.0) -> int:
    """The place of the least energy in arithmetic of that kind, with differences to that power."""
    arrays: list[_Array] = [one.astype(kind) for one in (given.library, given.window, given.values)]
    v, w, c = arrays
    off = np.abs(v - w)[:, given.used] ** power
    at_center = np.abs(v[:, None, len(w) // 2, len(w) // 2] - c) ** power
    of_patches = off.sum(axis=(1, 2))[:, None] + at_center.sum(axis=-1)
    terms = given.distances * given.lambda_image, of_patches.min(axis=0) ** root * given.lambda_texture
    return int(np.sum(terms, axis=0).argmin())


def _swapped(given: _Given) -> _Given:
    return given._replace(lambda_image=given.lambda_texture, lambda_texture=given.lambda_image)


def _close_calls(rng: np.random.Generator) -> list[_Given]:
    """Choices that each reading makes in a way of its own."""
    while True:
        close = [_drawn(rng) for _ in range(_CLOSE_CALLS)]
        known = _readings(close)
        pairs = itertools.combinations(known, 2)
        if all(a != b or key == other for (key, a), (other, b) in pairs):
            return close


def _check_pixels(case: Case, choose: Function, clear: _Given) -> None:
    used = clear.used.copy()
    used[3:] = used[2, 3:] = False
    # Where pixels count, the window is nearer to patch 7; where they do not, it is patch 3.
    decoy, own = clear.library[3], clear.library[7]
    window = np.where(used[..., None], (6 * own + 4 * decoy) // 10, decoy)
    values = np.stack([decoy[2, 2], clear.values[_ELSEWHERE], own[2, 2]])
    part = clear._replace(window=window, values=values, distances=np.full(3, 100), used=used)
    case.need(_picks(case, choose, part) == 2, "reads-pixels-left-out")
    part = part._replace(window=np.where(used[..., None], window, 0))
    case.need(_picks(case, choose, part) == 2, "reads-pixels-left-out")


def _check_patches(case: Case, choose: Function, clear: _Given) -> None:
    """The patch to compare with may be another for each candidate, and need not have its color."""
    library, own = clear.library.copy(), clear.values[_RIGHT]
    library[11] = np.where(clear.window < 128, clear.window + 12, clear.window - 12)
    library[11, 2, 2] = clear.values[_ELSEWHERE]
    same = np.array([100, 100])
    second = clear._replace(library=library, values=np.stack([own + 90, library[11, 2, 2]]), distances=same)
    case.need(_picks(case, choose, second) == 1, "one-patch-for-all")
    between = clear._replace(values=np.stack([own + 40, own + 2]), distances=same)
    case.need(_picks(case, choose, between) == 1, "color-in-no-patch")


def _check_lambdas(case: Case, choose: Function, clear: _Given) -> None:
    far = np.array([0, 10**7, 10**7, 10**7, 10**7])
    case.need(_picks(case, choose, clear._replace(distances=far)) == 0, "image-has-no-say")
    alone = clear._replace(lambda_image=0.0)
    case.need(_picks(case, choose, alone) == _RIGHT, "lambdas-swapped")
    without = clear._replace(distances=np.array([9, 6, 5, 7, 8]), lambda_texture=0.0)
    case.need(_picks(case, choose, without) == 2, "lambdas-forgotten")
    equal = clear._replace(distances=np.array([9, 5, 7, 5, 8]), lambda_texture=0.0)
    case.need(_picks(case, choose, equal) == 1, "ties")


def _check_arithmetic(case: Case, choose: Function, clear: _Given) -> None:
    much = clear._replace(lambda_image=1e4 * clear.lambda_image, lambda_texture=1e4 * clear.lambda_texture)
    case.need(_picks(case, choose, much) == _RIGHT, "underflow")
    # In bytes, a difference of 16 has the square 0.
    own = clear.values[_RIGHT]
    short = clear._replace(values=np.stack([own + 16, own]), distances=np.array([100, 100]))
    in_bytes = {name: getattr(short, name).astype(np.uint8) for name in ("library", "window", "values")}
    case.need(_picks(case, choose, short._replace(**in_bytes)) == 1, "overflow")


def _picks(case: Case, choose: Function, given: _Given) -> float:
    found = case.numbers(case.call(choose, *given))
    case.need(found.ndim == 0, "one-index")
    return float(found)


def _clear(rng: np.random.Generator) -> _Given:
    """A window that patch 7 fits, but for its center, and five candidates for that."""
    library = rng.integers(0, 256, (_PATCHES, 5, 5, 3))
    library[:, 2, 2] = rng.integers(100, 156, (_PATCHES, 3))
    library[7, 2, 2], library[9, 2, 2] = rng.integers(0, 31, 3), rng.integers(225, 256, 3)
    window = np.clip(library[7] + rng.integers(-3, 4, (5, 5, 3)), 0, 255)
    window[2, 2] = library[9, 2, 2]  # the pixel's value before its turn
    values = np.empty((5, 3), np.int64)
    values[_NEAREST] = 230, 20, 230  # in no patch
    values[_ELSEWHERE] = library[9, 2, 2]  # in a patch that does not fit around
    values[_AVERAGE] = np.rint(library[:, 2, 2].mean(axis=0))
    values[_RIGHT] = library[7, 2, 2]
    values[_WORST] = 240, 240, 10
    used = np.ones((5, 5), bool)
    used[2, 2] = False
    return _Given(library, window, values, np.array([100, 900, 1200, 1500, 10**7]), used, 1e-4, 1e-3)


def _drawn(rng: np.random.Generator) -> _Given:
    """A choice with some of the pixels known; the others look like another patch.

    Lambdas and distances go from where the image alone matters to where the texture alone does.
    """
    library = rng.integers(0, 256, (_PATCHES, 5, 5, 3))
    used = rng.random((5, 5)) < 0.7
    used[2, 2] = False
    seen, noise = np.where(used[..., None], library[0], library[1]), int(rng.choice([3, 12, 60]))
    window = np.clip(seen + rng.integers(-noise, noise + 1, seen.shape), 0, 255)
    values = np.clip(library[0, 2, 2] + rng.integers(-25, 26, (6, 3)), 0, 255)
    distances = rng.integers(0, int(10 ** rng.uniform(2, 6)), 6)
    return _Given(library, window, values, distances, used, 1e-3, 10 ** rng.uniform(-3, 2.5))


def _wide(rng: np.random.Generator) -> _Given:
    """Windows of seven pixels; the first candidate has the color beside the center."""
    library = rng.integers(0, 256, (_PATCHES, 7, 7, 3))
    library[0, 2, 2], library[0, 3, 3] = rng.integers(225, 256, 3), rng.integers(0, 31, 3)
    window = np.clip(library[0] + rng.integers(-3, 4, library[0].shape), 0, 255)
    used = np.ones((7, 7), bool)
    used[3, 3] = False
    values = np.stack([library[0, 2, 2], library[0, 3, 3]])
    return _Given(library, window, values, np.array([500, 500]), used, 1e-3, 1e-3)


def choose(
    library: _Array,
    window: _Array,
    values: _Array,
    d_image: _Array,
    used: _Array,
    lambda_image: float,
    lambda_texture: float,
) -> int:
    """The reference's choice: one pixel's turn in a photo that is the window, known where it is used."""
    side = len(window)
    sharp = library.reshape(len(library), -1).astype(np.int64)
    v = Library(sharp, sharp, library[:, side // 2, side // 2].astype(np.int64))
    unknown = ~used
    turn = int(np.count_nonzero(unknown.ravel()[: side * side // 2]))
    count = int(unknown.sum())
    offered = Candidates(
        np.broadcast_to(np.asarray(values, np.uint8), (count, *values.shape)),
        np.broadcast_to(d_image, (count, len(values))),
        np.broadcast_to(np.arange(len(values)), (count, len(values))),
    )
    method = Method(
        neighborhood=side,
        causal=True,
        order="confidence",
        lambda_image=float(lambda_image),
        lambda_texture=float(lambda_texture),
    )
    photo = window.astype(np.uint8)
    _, source = paper.assign(photo, unknown, v, offered, np.array([turn]), method)
    return int(source[side // 2, side // 2])


def pieces() -> tuple[Function, ...]:
    """``refocuslab.reference.paper.assign``, for one pixel."""
    return (choose,)
