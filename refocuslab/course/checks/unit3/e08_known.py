"""E8: What a pixel may look at."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from refocuslab.course.case import Case, Function
from refocuslab.method import Method
from refocuslab.reference import paper

_HEIGHT, _WIDTH = 17, 21  # not square, and large enough for a window of 7 with room to spare
_Found = NDArray[np.bool_]


class _Given(NamedTuple):
    """What ``known`` is given."""

    y: int
    x: int
    turn: NDArray[np.int64]
    mask: NDArray[np.bool_]
    n: int


def check(case: Case, known: Function) -> None:
    """Try a window within the mask, one that the mask's edge crosses, and those at the photo's edges."""
    inside = _given(case.rng, int(case.rng.integers(6, 9)), int(case.rng.integers(10, 13)))
    for n in (5, 7):
        given = inside._replace(n=n)
        found, true, middle = _window(case, known, given), pieces()[0](*given), n // 2
        case.need(not np.array_equal(found, _elsewhere(given, given.x, given.y)), "row-and-column")
        if not np.array_equal(found, true):
            steps = [one for one in np.ndindex(n + 2, n + 2) if one != (middle + 1, middle + 1)]
            off = [_elsewhere(given, given.y + i - middle - 1, given.x + j - middle - 1) for i, j in steps]
            case.need(not any(np.array_equal(found, one) for one in off), "shifted")
            seen = [one for k in range(4) for one in (np.rot90(true, k), np.rot90(true, k).T)]
            case.need(not any(np.array_equal(found, one) for one in seen), "turned")
        around = np.arange(n * n).reshape(n, n) != n * n // 2
        case.need(not np.array_equal(found[around], ~true[around]), "later-ones")
        scan = np.arange(n * n).reshape(n, n) < n * n // 2
        case.need(not np.array_equal(found, scan), "one-shape")
        case.need(np.array_equal(found[around], true[around]), "inside")
        case.need(not found[middle, middle], "center-known")
    _check_outside(case, known, inside)
    _check_edges(case, known)


def _check_outside(case: Case, known: Function, inside: _Given) -> None:
    """Right of the pixel is no mask; the numbers there are late ones, and early ones beyond."""
    mask, turn = inside.mask.copy(), inside.turn.copy()
    mask[:, inside.x + 1 :] = False
    turn[:, inside.x + 1] = case.rng.permutation(_HEIGHT) + turn.size
    turn[:, inside.x + 2 :] = -1
    given = inside._replace(turn=turn, mask=mask)
    case.need(np.array_equal(_window(case, known, given), pieces()[0](*given)), "outside-the-mask")


def _check_edges(case: Case, known: Function) -> None:
    """Two corners of the photo, and two pixels beside the edge, whose windows see them twice."""
    last = _HEIGHT - 1, _WIDTH - 1
    for y, x in ((0, 0), last, (1, int(case.rng.integers(6, 12))), (_HEIGHT - 2, _WIDTH - 2)):
        given = _given(case.rng, y, x)
        found = case.numbers(case.call(known, *given))
        case.need(found.shape == (given.n, given.n), "cut-at-the-edge", found.shape)
        itself = paper.window(given.turn == given.turn[y, x], y, x, given.n)
        itself[given.n // 2, given.n // 2] = False
        case.need(not found[itself].any(), "own-image")
        case.need(np.array_equal(found, pieces()[0](*given)), "beyond-the-photo")
        holed = _holed(given)
        case.need(np.array_equal(_window(case, known, holed), pieces()[0](*holed)), "mask-beyond-the-photo")


def _window(case: Case, known: Function, given: _Given) -> _Found:
    found = case.numbers(case.call(known, *given))
    case.need(found.shape == (given.n, given.n), "window-shape", found.shape)
    case.need(np.isin(found, (0, 1)).all(), "true-or-false")
    return found.astype(bool)


def _given(rng: np.random.Generator, y: int, x: int) -> _Given:
    """A window of 5 in a photo that is all mask; half of the others, drawn at random, come earlier.

    In a corner, the mirror shows an early pixel first and a late one behind it; the corner and the opposite
    one, which other ways to go on beyond the edge would show, are late.
    """
    early = rng.random((_HEIGHT, _WIDTH)) < 0.5
    inward = 1 if y < _HEIGHT // 2 else -1
    if y in (0, _HEIGHT - 1):
        early[y + inward, x + inward], early[y + 2 * inward, x + 2 * inward] = True, False
        early[-1 - y, -1 - x] = False
    rank = np.where(early, 0, 2) + rng.random(early.shape)
    if x < _HEIGHT:
        rank[x, y] = -1  # the first of all, for whoever reads the turn of [x, y]
    rank[y, x] = 1.5
    turn = rank.ravel().argsort().argsort().reshape(early.shape)
    return _Given(y, x, turn, np.ones(early.shape, bool), 5)


def _holed(given: _Given) -> _Given:
    """The pixels of even rows and of even columns, counted from this one, are outside the mask, but itself.

    Their turns are the last, so that only the mask tells that they are known; in another way to go on beyond
    the photo, odd ones stand where even ones do.
    """
    rows, columns = np.indices(given.mask.shape)
    mask = ((rows - given.y) % 2 == 1) & ((columns - given.x) % 2 == 1)
    mask[given.y, given.x] = True
    turn = np.where(mask, given.turn, given.turn.size + given.turn)
    return given._replace(mask=mask, turn=turn)


def _elsewhere(given: _Given, y: int, x: int) -> _Found:
    """The window around another pixel at this one's turn."""
    return paper.window(_now(given.turn, given.mask, given.y, given.x), y, x, given.n)


def _now(turn: NDArray[np.int64], mask: NDArray[np.bool_], y: int, x: int) -> _Found:
    """Which pixels of the photo have their value at the turn of one."""
    now: _Found = np.logical_or(~mask, np.less(turn, turn[y, x]))
    return now


def known(y: int, x: int, turn: NDArray[np.int64], mask: NDArray[np.bool_], n: int) -> _Found:
    """The reference's causal neighborhood, in an order without a fixed shape."""
    method = Method(neighborhood=n, causal=True, order="random")
    return paper.neighborhood(_now(turn, mask, y, x), y, x, method)


def pieces() -> tuple[Function, ...]:
    """``refocuslab.reference.paper.neighborhood``."""
    return (known,)
