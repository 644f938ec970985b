"""E13: Registration by a known homography."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from refocuslab.course.case import Case, Function
from refocuslab.optics.light import decode, encode
from refocuslab.registration import warp as views

ALLOWED = frozenset({"optics.light.decode"})

_Floats = NDArray[np.float64]
_Photo = NDArray[np.uint8]
_Mask = NDArray[np.bool_]
_U, _V = (24, 30), (34, 28)  # heights and widths
# Pixels in which the smooth photo repeats, and half of its range. In 200 draws cubic splines differ from a
# bilinear view by at most 0.021, the nearest pixel by 0.09 or more.
_PERIOD, _SWING = 9, 0.2
_VIEW_CLOSE = 0.03
_RIM = 2  # pixels of V at its edge, in which splines of higher order differ by more
# Of gains and offsets: stored values are rounded, which moves them by 0.002.
_LINE_CLOSE = 0.01
# In light. The line of view by misfocused, turned round, is then too steep by 0.02 and more.
_NOISE = 0.03


class _Shots(NamedTuple):
    """Two photos, one in the exposure of the other where both see the object."""

    misfocused: _Photo
    view: _Photo
    seen: _Mask


def check(case: Case, warp: Function, fit_exposure: Function) -> None:
    """Try a marked corner and a smooth photo, then two exposures with something hidden."""
    _check_warp(case, warp)
    _check_exposure(case, fit_exposure)


def _check_warp(case: Case, warp: Function) -> None:
    photo, homography = _smooth(case.rng), _homography(case.rng)
    found = case.call(warp, photo, homography, _U)
    case.need(isinstance(found, tuple | list) and len(found) == 2, "view-and-seen")
    view, seen = (case.numbers(one) for one in found)
    case.need(view.shape == (*_U, 3) and seen.shape == _U, "shapes", view.shape, seen.shape)
    true, inside, rim = _true(photo, homography)

    def is_of(other: _Floats) -> bool:
        expected, held, deep = _true(photo, other)
        return _alike(view, expected, deep) and bool(held.any())

    swap = np.eye(3)[[1, 0, 2]]
    case.need(not is_of(views.inv(homography)), "inverse")
    for other in (swap @ homography, homography @ swap, swap @ homography @ swap):
        case.need(not is_of(other), "rows-and-columns")
    flat = homography.copy()
    flat[2] = 0, 0, 1
    case.need(not is_of(flat), "not-divided")
    case.need(not _alike(view, _rounded(photo, homography), rim), "between-pixels")
    case.need(_alike(view, true, rim), "another-view")
    case.need(not seen.all(), "sees-everything", seen.mean())
    case.need(np.array_equal(seen, inside), "sees-what-is-bright", seen.mean())


def _check_exposure(case: Case, fit_exposure: Function) -> None:
    gain = case.rng.permuted([0.7, 0.85, 1.2]) * case.rng.uniform(0.95, 1.05, 3)
    shots = _shots(case.rng, gain, case.rng.uniform(0.02, 0.045, 3))
    found = case.numbers(case.call(fit_exposure, *shots))
    case.need(found.shape == (2, 3), "three-gains", found.shape)
    one_line = np.repeat(_line(shots, together=True), 3, axis=1)
    case.need(not _near(found, _line(shots, decoded=False)), "stored-values")
    in_bytes = _line(shots, decoded=False) * [[1], [255]]
    case.need(not _near(found, in_bytes), "stored-values")
    case.need(not _near(found, _line(shots._replace(seen=np.ones(_U, bool)))), "fits-what-is-hidden")
    case.need(not _near(found, one_line), "one-for-all")
    case.need(np.abs(found[1]).max() > 0, "no-offset", *found[1])
    turned = shots._replace(misfocused=shots.view, view=shots.misfocused)
    case.need(not _near(found, _line(turned)), "wrong-way-round")
    case.need(not _near(found[::-1], _line(shots)), "offset-first")
    case.need(_near(found, _line(shots)), "another-line")


def _smooth(rng: np.random.Generator) -> _Floats:
    """V: waves in three directions, with values between 0.3 and 0.7, and a black hole."""
    y, x = np.mgrid[: _V[0], : _V[1]]
    along = rng.uniform(0, 2 * np.pi) + np.array([0.3, 1.4, 2.3])
    phase = rng.uniform(0, 2 * np.pi, 3)
    wave = np.cos(2 * np.pi / _PERIOD * (x[..., None] * np.cos(along) + y[..., None] * np.sin(along)) + phase)
    hole = np.clip((np.hypot(y - _V[0] / 2 + 4, x - _V[1] / 2 - 3) - 2) / 6, 0, 1)
    photo: _Floats = (0.5 + _SWING * wave) * (hole**2 * (3 - 2 * hole))[..., None]
    return photo


def _homography(rng: np.random.Generator) -> _Floats:
    """From U to V: turned, enlarged, moved, and seen aslant; a part of U lies outside V."""
    angle, size = rng.choice((-1, 1)) * rng.uniform(0.15, 0.3), rng.uniform(0.9, 1.1)
    c, s = size * np.cos(angle), size * np.sin(angle)
    center, to = (np.array([side[1], side[0]]) / 2 for side in (_U, _V))
    linear = np.array([[c, -1.2 * s], [s, 1.1 * c]])
    move = to - linear @ center + rng.uniform(2, 4, 2) * rng.choice((-1, 1), 2)
    return np.array([[*linear[0], move[0]], [*linear[1], move[1]], [0.004, -0.003, 1.0]])


def _true(photo: _Floats, homography: _Floats) -> tuple[_Floats, _Mask, _Mask]:
    """The view, where it was seen, and where it lies well within V."""
    x, y = views.positions(homography, _U)
    shape = photo.shape[:2]
    deep = views.inside(x - _RIM, y - _RIM, (shape[0] - 2 * _RIM, shape[1] - 2 * _RIM))
    return views.sample(photo, x, y, order=1), views.inside(x, y, shape), deep


def _rounded(photo: _Floats, homography: _Floats) -> _Floats:
    """The nearest pixel of V, without interpolation."""
    x, y = (np.rint(at) for at in views.positions(homography, _U))
    return views.sample(photo, x, y, order=1)


def _alike(view: _Floats, other: _Floats, where: _Mask) -> bool:
    return bool(where.any() and np.abs(view - other)[where].max() < _VIEW_CLOSE)


def _shots(rng: np.random.Generator, gain: _Floats, offset: _Floats) -> _Shots:
    """Half-dark photos in which the one sees, in a strip, something else than the other."""
    light = rng.uniform(0.02, 0.7, (*_U, 3))
    light[:, : _U[1] // 2] *= 0.1
    misfocused, seen = gain * light + offset, np.ones(_U, bool)
    misfocused += rng.normal(0, _NOISE, light.shape)  # without it, any line through two points is the best
    seen[: _U[0] // 3] = False
    misfocused[~seen] = 0.9 - light[~seen]
    return _Shots(encode(misfocused), encode(light), seen)


def _line(shots: _Shots, *, decoded: bool = True, together: bool = False) -> _Floats:
    """Gains and offsets, (2, 3), or (2, 1) of all channels together: least squares."""
    in_light = decode if decoded else lambda photo: photo / 255
    target, source = (in_light(one)[shots.seen].T for one in (shots.misfocused, shots.view))
    if together:
        target, source = target.reshape(1, -1), source.reshape(1, -1)
    moments = [np.cov(a, b) for a, b in zip(source, target, strict=True)]
    gain = np.array([one[0, 1] / one[0, 0] for one in moments])
    return np.array([gain, target.mean(axis=1) - gain * source.mean(axis=1)])


def _near(found: _Floats, other: _Floats) -> bool:
    return bool(np.abs(found - other).max() < _LINE_CLOSE)


def warp(photo: _Floats, homography: _Floats, shape: tuple[int, int]) -> tuple[_Floats, _Mask]:
    """The view by the package's registration, and where it was seen."""
    x, y = views.positions(homography, shape)
    return views.sample(photo, x, y, order=1), views.inside(x, y, photo.shape)


def fit_exposure(misfocused: _Photo, view: _Photo, seen: _Mask) -> tuple[_Floats, _Floats]:
    """Gain and offset of each channel, least squares."""
    gain, offset = _line(_Shots(misfocused, view, seen))
    return gain, offset


def pieces() -> tuple[Function, ...]:
    """``refocuslab.registration.warp``, and a line through the light of both photos."""
    return warp, fit_exposure
