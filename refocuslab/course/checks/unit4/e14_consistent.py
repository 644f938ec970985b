"""E14: A picture that agrees with both."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import fft, ndimage

from refocuslab.course.case import Case, Function
from refocuslab.optics.psf import otf

_Floats = NDArray[np.float64]
_SHAPE = (8, 11)  # a multiple of 4 high, for a PSF that removes a frequency, and of odd width
_SIGMA, _TAU = 0.02, 0.1
# Of numbers that are right but for rounding; the misunderstandings differ by 0.003 and more.
_CLOSE = 1e-5
# A picture of light in 0..1 that reaches so far was divided by rounding errors, of 1e-16; weights that do not
# add up to 1 make it 3e3.
_HUGE = 1e6


class _Given(NamedTuple):
    """What ``consistent`` is given."""

    psf: _Floats
    misfocused: _Floats
    patches: _Floats
    sigma: float
    tau: float


def check(case: Case, consistent: Function, reblur_rms: Function) -> None:
    """Try a PSF that removes a frequency, then one that no mirror leaves as it is."""
    _check_balance(case, consistent)
    _check_psf(case, consistent)
    _check_reblur(case, reblur_rms)


def _check_balance(case: Case, consistent: Function) -> None:
    given = _given(case.rng, np.array([[0, 0.5, 0], [0, 0, 0], [0, 0.5, 0]]))
    found = case.call(consistent, *given)
    case.need(np.shape(found) != (_SHAPE[0], _SHAPE[1] - 1), "odd-width", np.shape(found))
    case.need(np.shape(found) == _SHAPE, "a-picture", np.shape(found))
    case.need(not np.iscomplexobj(found), "complex")
    picture = case.numbers(found)
    largest = np.abs(picture).max()
    case.need(largest < _HUGE, "divides-by-nothing", largest)

    def made(**changes: Any) -> _Floats:
        return case.numbers(case.call(consistent, *given._replace(**changes)))

    case.need(not _same(picture, made(patches=given.patches[::-1])), "ignores-patches")
    case.need(not _same(picture, made(misfocused=given.misfocused[::-1])), "ignores-photo")
    case.need(not _takes_one(picture, given), "all-or-nothing")
    gray = np.full(_SHAPE, 0.5)
    flat = made(misfocused=gray, patches=gray)
    case.need(_same(flat, gray), "flat-gray", flat.mean())


def _check_psf(case: Case, consistent: Function) -> None:
    given = _given(case.rng, _lopsided(case.rng))
    in_mirror, without = given._replace(psf=given.psf[::-1, ::-1]), given._replace(patches=np.zeros(_SHAPE))
    found, turned, alone = (case.numbers(case.call(consistent, *one)) for one in (given, in_mirror, without))
    true = _solved(without)
    moves = [move for move in np.ndindex(_SHAPE) if any(move)]
    displaced = any(_same(alone, np.roll(true, move, axis=(0, 1))) for move in moves)
    case.need(not displaced, "displaced")
    case.need(not _same(turned, _solved(given)), "mirrored")
    swapped = given._replace(sigma=given.tau, tau=given.sigma)
    case.need(not _same(found, _solved(swapped)), "sigma-tau-swapped")
    roots = given._replace(sigma=given.sigma**0.5, tau=given.tau**0.5)
    case.need(not _same(found, _solved(roots)), "not-squared")
    case.need(_same(found, _solved(given)), "not-the-least")


def _check_reblur(case: Case, reblur_rms: Function) -> None:
    psf, photo, picture = _given(case.rng, _lopsided(case.rng))[:3]
    found = case.numbers(case.call(reblur_rms, psf, picture, photo))
    case.need(found.ndim == 0, "one-number", found.shape)
    true = _rms(psf, picture, photo)
    case.need(not _same(found, _root_mean_square(picture - photo)), "not-blurred")
    roots = (true**2, true * np.sqrt(photo.size))
    case.need(not any(_same(found, one) for one in roots), "no-root", found)
    dark = ndimage.convolve(picture, psf, mode="constant") - photo
    case.need(not _same(found, _root_mean_square(dark)), "dark-beyond-the-frame")
    case.need(not _same(found, _rms(psf[::-1, ::-1], picture, photo)), "blurred-in-a-mirror")
    case.need(_same(found, true), "another-reblur", found)


def _given(rng: np.random.Generator, psf: _Floats) -> _Given:
    """A random picture, blurred with noise; and Z, the picture with an error."""
    picture = rng.random(_SHAPE)
    misfocused = ndimage.convolve(picture, psf, mode="wrap") + _SIGMA * rng.normal(size=_SHAPE)
    return _Given(psf, misfocused, picture + _TAU * rng.normal(size=_SHAPE), _SIGMA, _TAU)


def _lopsided(rng: np.random.Generator) -> _Floats:
    """A PSF with most of its light in a corner, which removes no frequency: turned, it is another."""
    psf: _Floats = rng.uniform(0.01, 0.05, (3, 3))
    psf[0, 0] += 0.6
    psf[0, 1] += 0.25
    psf /= psf.sum()
    return psf


def _takes_one(found: _Floats, given: _Given) -> bool:
    """Whether each frequency of W is that of U, divided by the PSF's, or that of Z."""
    blurred_patches = ndimage.convolve(given.patches, given.psf, mode="wrap")
    again = ndimage.convolve(found, given.psf, mode="wrap")
    off = [np.abs(np.fft.fft2(again - one)) for one in (given.misfocused, blurred_patches)]
    return bool((np.minimum(*off) < _CLOSE).all())


def _same(one: object, other: object) -> bool:
    return bool(np.abs(np.asarray(one) - np.asarray(other)).max() < _CLOSE)


def _root_mean_square(off: _Floats) -> float:
    return float(np.linalg.norm(off) / np.sqrt(off.size))


def _solved(given: _Given) -> _Floats:
    return consistent(*given)


def _rms(psf: _Floats, picture: _Floats, misfocused: _Floats) -> float:
    return reblur_rms(psf, picture, misfocused)


def consistent(psf: _Floats, misfocused: _Floats, patches: _Floats, sigma: float, tau: float) -> _Floats:
    """Z, and a Wiener filter of what U says against it."""
    from skimage.restoration import wiener  # slow to import

    against = misfocused - _blurred(psf, patches)
    balance, same = (sigma / tau) ** 2, np.ones((1, 1))
    found = wiener(against, psf, balance, reg=same, clip=False)  # type: ignore[no-untyped-call]
    return np.asarray(patches + found)


def reblur_rms(psf: _Floats, picture: _Floats, misfocused: _Floats) -> float:
    """The root mean square of G * W - U, the frame repeating itself."""
    return _root_mean_square(_blurred(psf, picture) - misfocused)


def _blurred(psf: _Floats, picture: _Floats) -> _Floats:
    """G * W, the frame repeating itself."""
    found: _Floats = fft.irfft2(otf(psf, picture.shape) * fft.rfft2(picture), s=picture.shape)
    return found


def pieces() -> tuple[Function, ...]:
    """A filter of scikit-image's; ``Method.consistent()`` solves the same for a mask, in rounds."""
    return consistent, reblur_rms
