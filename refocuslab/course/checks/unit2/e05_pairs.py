"""E5: Sharp and blurred, in pairs."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from refocuslab.course.case import Case, Function, Hint
from refocuslab.optics.blur import blur
from refocuslab.optics.psf import disk
from refocuslab.reference import paper
from refocuslab.scene import FocusedPhoto

ALLOWED = frozenset(
    {
        "optics.blur.blur", "optics.blur.convolve", "optics.light.decode", "optics.light.encode",
        "optics.psf.disk",
    }
)  # fmt: skip

_SIDE = 5
_Array = NDArray[Any]


def check(case: Case, pairs: Function) -> None:
    """Try a mask inside a photo that is wider than high, then one that reaches its edges."""
    photo, inside, whole = _photo(case.rng)
    psf = disk(5)
    sharp, blurred = _pairs(case, pairs, photo, psf, inside)
    true = pieces()[0](photo, psf, inside, _SIDE)
    if not np.array_equal(sharp, true[0]):
        _name_sharp(case, (sharp, blurred), true, photo, inside)
    if not _apart(blurred, true[1]) <= 1:
        _name_blurred(case, blurred, true[0], photo, psf, inside)
    # The nearest whole number is off by 0 on average, the one below by 0.5.
    case.need(abs(np.mean(blurred - true[1])) < 0.25, "rounded", np.mean(blurred))

    sharp, blurred = _pairs(case, pairs, photo, psf, whole)
    true = pieces()[0](photo, psf, whole, _SIDE)
    case.need(np.array_equal(sharp, true[0]), "beyond-the-photo")
    case.need(_apart(blurred, true[1]) <= 1, "blurred")
    sharp, blurred = _pairs(case, pairs, photo, psf, whole, 3)
    true = pieces()[0](photo, psf, whole, 3)
    case.need(np.array_equal(sharp, true[0]) and _apart(blurred, true[1]) <= 1, "order-in-a-patch")


def _name_sharp(
    case: Case, found: tuple[_Array, _Array], true: tuple[_Array, _Array], photo: _Array, mask: _Array
) -> None:
    """What became of the sharp patches."""
    sharp = found[0]
    case.need(not all(np.array_equal(one, true[1]) for one in found), "both-blurred")
    case.need(not np.array_equal(sharp, true[1]), "wrong-way-round")
    of_a_photo = np.isin(sharp, np.arange(256)).all() and sharp.max() > 1
    case.need(of_a_photo, "other-values", sharp.min(), sharp.max())
    box = np.ix_(mask.any(axis=1), mask.any(axis=0))
    for within in (_cut(_masked(photo, mask), mask), _cut(photo[box], mask[box])):
        case.need(not np.array_equal(sharp, within), "sharp-within-the-mask")
    middle = np.s_[:, 3 * (_SIDE**2 // 2) : 3 * (_SIDE**2 // 2) + 3]
    rows, columns = np.argwhere(mask).T
    case.need(not np.array_equal(sharp[middle], photo[columns, rows]), "rows-and-columns")
    by_columns = np.argsort(columns, kind="stable")
    case.need(not np.array_equal(sharp[middle], photo[mask][by_columns]), "order-of-pixels")
    same_numbers = np.array_equal(np.sort(sharp, axis=1), np.sort(true[0], axis=1))
    case.need(not same_numbers, "order-in-a-patch")
    raise Hint("off-center")


def _name_blurred(
    case: Case, blurred: _Array, sharp: _Array, photo: _Array, psf: _Array, mask: _Array
) -> None:
    """What became of the blurred ones, where the sharp ones are right."""
    alone = [blur(one.reshape(_SIDE, _SIDE, 3).astype(np.uint8), psf).ravel() for one in sharp]
    case.need(_apart(blurred, np.array(alone)) > 1, "blurred-alone")
    case.need(_apart(blurred, _cut(blur(_masked(photo, mask), psf), mask)) > 1, "blurred-within-the-mask")
    case.need(_apart(blurred, _cut(blur(photo, psf, light="encoded"), mask)) > 1, "stored-values")
    raise Hint("blurred")


def _pairs(
    case: Case, pairs: Function, photo: _Array, psf: _Array, mask: _Array, side: int = _SIDE
) -> tuple[_Array, _Array]:
    found = case.call(pairs, photo, psf, mask, side)
    case.need(isinstance(found, tuple | list) and len(found) == 2, "two-results")
    sharp, blurred = (case.numbers(one) for one in found)
    shape = (np.count_nonzero(mask), 3 * side**2)
    case.need(sharp.shape == blurred.shape == shape, "one-row-a-pixel", sharp.shape)
    return sharp, blurred


def _cut(photo: _Array, mask: _Array) -> _Array:
    """The patches of one photo."""
    return paper.windows(photo, mask, _SIDE)


def _masked(photo: _Array, mask: _Array) -> _Array:
    black: _Array = photo * mask[..., None].astype(np.uint8)
    return black


def _apart(one: _Array, other: _Array) -> float:
    return float(np.abs(one - other).max())


def _photo(rng: np.random.Generator) -> tuple[_Array, _Array, _Array]:
    """A photo of noise, brighter outside the object; a mask inside it, and one that reaches three edges."""
    photo = rng.integers(0, 120, (19, 26, 3), dtype=np.uint8)
    inside = np.zeros((19, 26), bool)
    inside[5:13, 6:19] = rng.random((8, 13)) < 0.7
    inside[5, 18] = inside[12, 6] = True  # the first pixel of a row lies left of no other
    photo[~inside] += 130
    whole = np.zeros_like(inside)
    whole[:7, :9] = whole[12:, 17:] = True
    return photo, inside, whole


def pairs(photo: _Array, psf: _Array, mask: _Array, side: int) -> tuple[_Array, _Array]:
    """The reference's library of one photo: uint8."""
    made = paper.library([FocusedPhoto(photo, mask)], psf, side)
    return made.sharp.astype(np.uint8), made.blurred.astype(np.uint8)


def pieces() -> tuple[Function, ...]:
    """``refocuslab.reference.paper.library``, of one photo."""
    return (pairs,)
