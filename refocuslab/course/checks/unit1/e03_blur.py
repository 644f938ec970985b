"""E3: Blur in linear light."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from refocuslab.course.case import Case, Function, Hint
from refocuslab.optics.blur import blur as exact
from refocuslab.optics.blur import convolve
from refocuslab.optics.light import decode, encode
from refocuslab.optics.psf import disk

_Array = NDArray[Any]
_DARK, _BRIGHT = 13, 255  # gray levels
_GRAY = 100  # returned as light it is 32, decoded twice 4, encoded twice 168


def check(case: Case, blur: Function) -> None:
    """Try a bright point and a PSF without symmetry, then patches of every darkness, then the edges."""
    _check_gray(case, blur)
    _check_point(case, blur)
    photo, psf = _patches(case.rng), disk(case.variant.diameter)
    own, true = _blurred(case, blur, photo, psf), exact(photo, psf)
    faint = _faint(case.rng)
    own_faint = _blurred(case, blur, faint, psf)
    margin = psf.shape[0] // 2
    inner = np.s_[margin:-margin, margin:-margin]
    case.need(np.ptp(own, axis=2).any(), "channels")
    mixed = [true[..., order] for order in ([0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0])]
    case.need(not any(_apart(own[inner], one[inner]) <= 1 for one in mixed), "order-of-channels")
    case.need(_apart(own[inner], exact(photo, psf, light="encoded")[inner]) > 1, "stored-values")
    case.need(_apart(own[inner], true[inner]) < 40, "not-encoded")
    if _apart(own[inner], true[inner]) > 1:
        in_steps = [_apart(own[inner], one[inner]) for one in _with_light_in_bytes(photo, psf)]
        case.need(min(in_steps) > 1, "light-in-bytes")
        raise Hint("nearly-the-curve")
    case.need(_apart(own_faint, exact(faint, psf)) <= 1, "nearly-the-curve")
    # The nearest whole number is off by 0 on average, the one below by -0.5, the one above by 0.5.
    case.need(np.mean(own[inner] - true[inner]) > -0.25, "rounded-down")
    case.need(np.mean(own[inner] - true[inner]) < 0.25, "rounded-up")
    twice = np.pad(photo, ((margin, margin), (margin, margin), (0, 0)), mode="symmetric")
    case.need(_apart(own, exact(twice, psf)[inner]) > 1, "edge-comes-twice")
    case.need(_apart(own, true) <= 1, "beyond-the-frame")


def _check_gray(case: Case, blur: Function) -> None:
    """One gray all over: whoever forgets to multiply by 255 has 0 or 1; whoever forgets to divide, more."""
    photo = np.full((11, 12, 3), _GRAY, np.uint8)
    shown = int(_blurred(case, blur, photo, disk(5))[5, 6, 0])
    case.need(shown not in (0, 1, 255, 255 * _GRAY % 256), "scale", shown)


def _check_point(case: Case, blur: Function) -> None:
    photo = np.full((19, 23, 3), _DARK, np.uint8)
    photo[9, 11] = _BRIGHT
    psf = _lopsided(case.rng)
    own, true = _blurred(case, blur, photo, psf), exact(photo, psf)
    middle = np.s_[4:-4, 4:-4, 0]  # where the edges have no say
    lit, expected = (np.argwhere(one[middle] != one[4, 4, 0]) for one in (own, true))
    at = len(lit) > 0 and np.array_equal(lit.min(axis=0), expected.min(axis=0))
    case.need(at and np.array_equal(lit.max(axis=0), expected.max(axis=0)), "moves")
    # Right in its ranks, whatever became of light and stored values.
    for turned in (psf[::-1, ::-1], psf.T, psf[::-1], psf[:, ::-1], psf[::-1, ::-1].T):
        case.need(_alike(own, true) > _alike(own, exact(photo, turned)), "mirrored")


def _blurred(case: Case, blur: Function, photo: _Array, psf: _Array) -> NDArray[np.int64]:
    found = case.call(blur, photo, psf)
    own = case.numbers(found)
    case.need(own.shape == photo.shape, "shape", photo.shape, own.shape)
    case.need(getattr(found, "dtype", None) == np.uint8, "not-a-photo", getattr(found, "dtype", "no array"))
    return own.astype(np.int64)


def _with_light_in_bytes(photo: _Array, psf: _Array) -> list[_Array]:
    """What comes of light in 256 steps, the nearest or the one below, before the sum or after."""
    found = []
    for whole in (np.rint, np.floor):
        light = decode(photo)
        found.append(encode(convolve(whole(255 * light) / 255, psf)))
        found.append(encode(whole(255 * convolve(light, psf)) / 255))
    return found


def _apart(one: _Array, other: _Array) -> int:
    return int(np.abs(one.astype(np.int64) - other).max())


def _alike(one: _Array, other: _Array) -> float:
    """The correlation of two pictures."""
    return float(np.corrcoef(one.ravel(), other.ravel())[0, 1])


def _lopsided(rng: np.random.Generator) -> _Array:
    """A PSF of 5 x 5 without symmetry, each weight at least a hundredth."""
    psf = rng.uniform(0.5, 1, (5, 5))
    psf[0] *= 3
    psf[:, 0] *= 3
    psf /= psf.sum()
    return psf


def _patches(rng: np.random.Generator) -> NDArray[np.uint8]:
    """Squares of 4 x 4 pixels, half of the photo an eighth as bright; its frame is bright on one side."""
    small = rng.integers(0, 256, (9, 11, 3), dtype=np.uint8)
    small[:, :6] //= 8
    photo = small.repeat(4, axis=0).repeat(4, axis=1)
    # Outermost row and column differ from the next ones, so that their reflection does, too.
    photo[0], photo[:, 0] = 255 - photo[1], 255 - photo[:, 1]
    return photo


def _faint(rng: np.random.Generator) -> NDArray[np.uint8]:
    """Few gray pixels on black: a little of their light is where the curve of sRGB is straight."""
    photo = np.zeros((40, 40, 3), np.uint8)
    photo[8:-8:6, 8:-8:6] = rng.permutation(np.arange(40, 136, 6))[:, None].reshape(4, 4, 1)
    return photo


def pieces() -> tuple[Function, ...]:
    """``refocuslab.blur``."""
    return (exact,)
