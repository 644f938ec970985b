"""E4: The diameter of the disk, measured."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from refocuslab.course.case import Case, Function, Hint
from refocuslab.course.checks.unit1.misfits import misfits
from refocuslab.optics.blur import convolve
from refocuslab.optics.calibration import calibrate
from refocuslab.optics.light import decode, encode
from refocuslab.optics.psf import disk

ALLOWED = frozenset({"optics.light.decode", "optics.blur.convolve", "optics.psf.disk"})

# Height and width of a shot: a lamp of 7 pixels, blurred by 13, moved by 6, fits with background on every
# side. Odd, so that its middle is the lamp's.
_SIDES = (37, 41)
# In no order, so that errors in an order of their own belong to other diameters: sorted, none of DIAMETERS
# keeps its place, and none takes that of 1 or 17, which fit worst. Without 3, so that they are no range.
_TRIED = (17, 9, 13, 5, 15, 7, 11, 1)
# Least error over largest. Rounding to 8 bits leaves at most 0.016 in a right fit; what the probes are built
# for leaves at least 0.079, on 12 seeds.
_LEFT = 0.04
_Array = NDArray[Any]


class _Shots(NamedTuple):
    """What changes between the two shots of a lamp; gains and backgrounds of red, green and blue."""

    diameter: int
    gains: tuple[float, ...] = (1.0, 1.0, 1.0)
    background: tuple[float, ...] = (0.0, 0.0, 0.0)
    shift: tuple[int, int] = (0, 0)


def check(case: Case, find_diameter: Function) -> None:
    """Change one thing at a time between the shots, then all of them, with noise."""
    own = case.variant
    lamp = _lamp(case.rng)
    plain = _Shots(own.diameter)
    shots = _taken(lamp, plain)
    best, errors = _found(case, find_diameter, shots)
    of_another = _taken(_lamp(case.rng), plain)[0][::-1], shots[1]
    same = np.allclose(_found(case, find_diameter, of_another)[1], errors)
    case.need(not same, "lamp-is-no-point", best)
    if errors.min() >= _LEFT * errors.max():
        case.need(not any(_alike(errors, one) for one in _of_stored_values(*shots)), "stored-values", best)
        case.need(best >= own.diameter, "wrong-way-round", best)
        _name(case, shots, _TRIED, errors, plain.shift)
        raise Hint("nothing-fits")
    dark = (0.06,) * 3
    one_more = plain._replace(gains=(own.exposure,) * 3)
    case.need(_fits(case, find_diameter, _taken(lamp, one_more), one_more.shift), "exposure")
    one_more = plain._replace(background=dark)
    case.need(_fits(case, find_diameter, _taken(lamp, one_more), one_more.shift), "background")
    one_more = plain._replace(shift=own.shift)
    case.need(_fits(case, find_diameter, _taken(lamp, one_more), one_more.shift), "place")
    case.need(_fits(case, find_diameter, _taken(lamp, one_more, dark[0]), own.shift), "margin")
    colored = _colored(lamp)
    gains = (own.exposure**0.5, 1.0, own.exposure**-0.5)
    case.need(
        _fits(case, find_diameter, _taken(colored, plain._replace(gains=gains)), plain.shift), "channels"
    )
    _check_all(case, find_diameter)


def _check_all(case: Case, find_diameter: Function) -> None:
    """A hidden lamp of one color: everything changes, and both shots have noise of one gray level."""
    own = case.variant
    # Nearly all that a wrong disk leaves is in one channel: the mean of three errors is then three fifths of
    # the error over all pixels and channels.
    tint = case.rng.permuted([1.0, 0.03, 0.03])
    gains = tuple(own.exposure * case.rng.uniform(0.9, 1.1, 3))
    every = _Shots(own.diameter, gains, tuple(case.rng.uniform(0.03, 0.06, 3)), own.shift)
    focused, misfocused = (
        np.clip(np.rint(shot + case.rng.normal(size=shot.shape)), 0, 255).astype(np.uint8)
        for shot in _taken(tint * _lamp(case.rng), every, 0.02)
    )
    best, errors = _found(case, find_diameter, (focused, misfocused))
    true, exact = pieces()[0](focused, misfocused, _TRIED)
    # Of the least of the ratios to these errors, right answers have 0.851 and more on 100 seeds, the mean of
    # three channels' errors 0.723 and less; whoever divides by fewer pixels finds up to a sixth more. Two
    # diameters may be equally bad, but for the noise.
    second = exact[int(np.argsort(errors)[1])] < 1.05 * np.sort(exact)[1]
    if not (best == true and second and np.allclose(errors, exact, rtol=0.21)):
        _name(case, (focused, misfocused), _TRIED, errors, own.shift)
        raise Hint("error", errors.min())


def _fits(case: Case, find_diameter: Function, shots: tuple[_Array, _Array], shift: tuple[int, int]) -> bool:
    """Whether some disk leaves nearly nothing; a misfit that has a name gets its hint."""
    own = case.variant.diameter
    tried = (own, own + 2, 1, own - 2)
    best, errors = _found(case, find_diameter, shots, tried)
    fits = bool(best == own and errors.min() < _LEFT * errors.max())
    if not fits:
        _name(case, shots, tried, errors, shift)
    return fits


def _name(
    case: Case,
    shots: tuple[_Array, _Array],
    tried: Sequence[int],
    errors: _Array,
    shift: tuple[int, int],
) -> None:
    """Two ways to be wrong that leave errors of their own, whatever else is asked."""
    case.need(not _alike(errors, misfits(*shots, tried)), "brightest")
    case.need(not _alike(errors, misfits(*shots, tried, shift)), "two-pixels")


def _found(
    case: Case, find_diameter: Function, shots: tuple[_Array, _Array], tried: Sequence[int] = _TRIED
) -> tuple[float, _Array]:
    found = case.call(find_diameter, *shots, list(tried))
    case.need(isinstance(found, tuple | list) and len(found) == 2, "two-results")
    best, errors = (case.numbers(one) for one in found)
    case.need(best.shape != (len(tried),) or errors.ndim != 0, "best-comes-first")
    others = errors.ndim == 1 and errors.size not in (len(tried), 3)  # of three channels, of one diameter
    case.need(not (best.ndim == 0 and others), "other-diameters", len(tried), errors.size)
    case.need(best.ndim == 0 and errors.shape == (len(tried),), "one-error-each", errors.shape)
    at = int(errors.argmin())
    case.need(best == tried[at] or best != sorted(tried)[at], "order-of-diameters")
    case.need(best == tried[at], "not-the-least", best)
    return float(best), errors


def _alike(errors: _Array, others: _Array) -> bool:
    """Whether two lists of errors differ by a factor only.

    On 16 seeds, the logarithms of whoever works on stored values are the same, and those of whoever errs
    otherwise 0.4 apart and more.
    """
    one, other = (np.log(of / of.max()) for of in (errors, others))
    return bool(np.abs(one - other).max() < 0.05)


def _of_stored_values(focused: _Array, misfocused: _Array) -> tuple[_Array, _Array]:
    """The errors of whoever blurs file numbers: with a fit of the exposure, and without."""
    fitted = calibrate(focused, misfocused, largest=max(_TRIED) + 1, light="encoded").errors
    numbers, seen = focused / 255, misfocused / 255
    raw = [float(np.sqrt(np.square(convolve(numbers, disk(d)) - seen).mean())) for d in _TRIED]
    return np.array([fitted[d] for d in _TRIED]), np.array(raw)


def _lamp(rng: np.random.Generator) -> NDArray[np.float64]:
    """Light of a lamp of 7 x 7 pixels, some nearly twice as bright as others, in the middle of black."""
    lamp = np.zeros((*_SIDES, 3))
    down, right = (np.s_[side // 2 - 3 : side // 2 + 4] for side in _SIDES)
    lamp[down, right] = rng.uniform(0.3, 0.5, (7, 7, 1))
    return lamp


def _colored(lamp: _Array) -> NDArray[np.float64]:
    """A blue lamp between two red ones: a gain of one color moves no center."""
    red: NDArray[np.float64] = (np.roll(lamp, -7, axis=1) + np.roll(lamp, 7, axis=1)) * [1, 0.3, 0.1]
    red += lamp * [0.1, 0.3, 1]
    return red


def _taken(lamp: _Array, shots: _Shots, dark: float = 0.0) -> tuple[_Array, _Array]:
    """F, on an even dark background, and M."""
    focused = encode(lamp + dark)
    blurred = np.roll(convolve(decode(focused), disk(shots.diameter)), shots.shift, axis=(0, 1))
    return focused, encode(np.array(shots.gains) * blurred + np.array(shots.background))


def find_diameter(focused: _Array, misfocused: _Array, diameters: Sequence[int]) -> tuple[int, list[float]]:
    """``refocuslab.calibrate``, of the diameters that are asked for."""
    errors = calibrate(focused, misfocused, largest=max(diameters) + 1).errors
    asked = [errors[d] for d in diameters]
    return diameters[int(np.argmin(asked))], asked


def pieces() -> tuple[Function, ...]:
    """``refocuslab.calibrate``."""
    return (find_diameter,)
