"""E5: Sharp and blurred, in pairs."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from refocuslab.course.case import Case, Function
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
    case.need(not np.array_equal(sharp, true[1]), "wrong-way-round")
    case.need(not np.allclose(255 * sharp, true[0]), "other-values", sharp.max())
    within = pieces()[0](photo * inside[..., None].astype(np.uint8), psf, inside, _SIDE)
    case.need(not np.array_equal(sharp, within[0]), "sharp-within-the-mask")
    middle = np.s_[:, 3 * (_SIDE**2 // 2) : 3 * (_SIDE**2 // 2) + 3]
    by_columns = np.argsort(np.argwhere(inside)[:, 1], kind="stable")
    case.need(not np.array_equal(sharp[middle], photo[inside][by_columns]), "order-of-pixels")
    same_numbers = np.array_equal(np.sort(sharp, axis=1), np.sort(true[0], axis=1))
    case.need(same_numbers or np.array_equal(sharp[middle], photo[inside]), "off-center")
    case.need(np.array_equal(sharp, true[0]) or not same_numbers, "order-in-a-patch")
    case.need(np.array_equal(sharp, true[0]), "off-center")

    alone = [blur(one.reshape(_SIDE, _SIDE, 3).astype(np.uint8), psf).ravel() for one in true[0]]
    case.need(_apart(blurred, np.array(alone)) > 1, "blurred-alone")
    case.need(_apart(blurred, within[1]) > 1, "blurred-within-the-mask")
    case.need(_apart(blurred, true[1]) <= 1, "blurred")

    sharp, blurred = _pairs(case, pairs, photo, psf, whole)
    true = pieces()[0](photo, psf, whole, _SIDE)
    case.need(np.array_equal(sharp, true[0]), "beyond-the-photo")
    case.need(_apart(blurred, true[1]) <= 1, "blurred")
    sharp, blurred = _pairs(case, pairs, photo, psf, whole, 3)
    true = pieces()[0](photo, psf, whole, 3)
    case.need(np.array_equal(sharp, true[0]) and _apart(blurred, true[1]) <= 1, "order-in-a-patch")


def _pairs(
    case: Case, pairs: Function, photo: _Array, psf: _Array, mask: _Array, side: int = _SIDE
) -> tuple[_Array, _Array]:
    found = case.call(pairs, photo, psf, mask, side)
    case.need(isinstance(found, tuple | list) and len(found) == 2, "two-results")
    sharp, blurred = (case.numbers(one) for one in found)
    shape = (np.count_nonzero(mask), 3 * side**2)
    case.need(sharp.shape == blurred.shape == shape, "one-row-a-pixel", sharp.shape)
    return sharp, blurred


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
