"""E2: What the lens loses."""

import re

import numpy as np
from numpy.typing import NDArray
from scipy.signal import argrelmin

from refocuslab.course.case import Case, Function, Hint
from refocuslab.course.variant import DIAMETERS
from refocuslab.optics.psf import disk, mtf

_SIZE = 4096  # of the transforms here: 16 bins within NEAR
NEAR = 0.002  # cycles per pixel: half a bin of a transform of 256 numbers
_SHARE = 0.01
_NEARLY = 0.01  # of a PSF 15 pixels wide, the MTF has 0.0054 at most half a bin from a zero
_NOTHING = re.compile(r"IndexError|StopIteration|ValueError.*(?:empty|zero-size)")
_Psf = NDArray[np.float64]


def check(case: Case, first_zero: Function, lost_share: Function) -> None:
    """Try disks, the student's own first, a box, and a disk whose deepest zero is at 0.5."""
    diameter = case.variant.diameter
    other = int(case.rng.choice([d for d in DIAMETERS if d != diameter]))
    own = _zero(case, first_zero, disk(diameter))
    case.need(own != 0, "found-none")
    case.need(abs(own / 2 - pieces()[0](disk(diameter))) > NEAR, "last-bin", own)
    case.need(0 < own <= 0.5, "units", own)
    # A slice through an antialiased disk of 5 to 13 pixels has its zero at 1.001/d to 1.005/d, the disk at
    # 1.20/d to 1.22/d.
    case.need(abs(own * diameter - 1) > 0.04, "a-slice")
    case.need(abs(own * diameter - 0.61) > 0.04, "radius")

    wide = int(case.rng.choice([5, 7]))
    box = _box(wide, 3, 11)
    found = _zero(case, first_zero, box)
    case.need(abs(found - 1.22 / 11) > NEAR, "formula")
    case.need(abs(found - 1 / 3) > NEAR, "other-axis")

    tricky = _softened(disk(other))
    case.need(abs(_zero(case, first_zero, tricky) - 0.5) > NEAR, "not-the-first")
    wavy = _wavy(case.rng)
    found, (frequencies, magnitude) = _zero(case, first_zero, wavy), mtf(wavy, size=_SIZE)
    dip = float(frequencies[argrelmin(magnitude)[0][0]])
    case.need(abs(found - dip) > NEAR, "a-dip", _contrast(wavy, found))
    # Where the disk is small the MTF falls slowly: 0.01 is left 0.003 before the zero.
    tried = (disk(diameter), box, disk(other), tricky, wavy, disk(5))
    zeros = [_zero(case, first_zero, psf) for psf in tried]
    near = [abs(found - pieces()[0](psf)) < NEAR for psf, found in zip(tried, zeros, strict=True)]
    left = [_contrast(psf, found) for psf, found in zip(tried, zeros, strict=True)]
    # A limit leaves about the same at each: 0.01, on a grid of 4096 numbers, up to 1.21 times the least.
    limit = min(left) > 0.004 and max(left) < 1.5 * min(left)
    case.need(all(near) or not limit, "small-is-not-zero", max(left))
    for found, right in zip(zeros, near, strict=True):
        case.need(right, "too-coarse", found)
    _check_shares(case, lost_share)


def _check_shares(case: Case, lost_share: Function) -> None:
    """A limit above all that comes back beyond a disk's zero, then one below some of it."""
    least = round(float(case.rng.uniform(0.15, 0.25)), 2)
    disks = [disk(d) for d in (5, 9, 13)]
    shares = [_share(case, lost_share, psf, least) for psf in disks]
    beyond = [1 - 2 * pieces()[0](psf) for psf in disks]
    case.need(not np.allclose(shares, beyond, rtol=0, atol=_SHARE), "beyond-the-zero", shares[0])
    for psf, found in zip(disks, shares, strict=True):
        _name(case, psf, least, found)
        case.need(abs(found - pieces()[1](psf, least)) < _SHARE, "share", found)
    # Much comes back beyond the first frequencies that this PSF loses, and nothing of it upside down.
    wavy, least = _wavy(case.rng), round(float(case.rng.uniform(0.57, 0.65)), 2)
    found, magnitude = _share(case, lost_share, wavy, least), mtf(wavy, size=_SIZE)[1]
    all_beyond = 1 - np.argmax(magnitude < least) / len(magnitude)
    case.need(abs(found - all_beyond) > _SHARE, "never-comes-back", found)
    # What comes back beyond the zero of disk(13) is upside down: up to 0.13 of a wave.
    least = round(float(case.rng.uniform(0.06, 0.1)), 2)
    found, true = _share(case, lost_share, disks[-1], least), pieces()[1](disks[-1], least)
    case.need(found - true < _SHARE, "upside-down", found)
    case.need(true - found < _SHARE, "share", found)


def _zero(case: Case, first_zero: Function, psf: _Psf) -> float:
    try:
        answer = case.call(first_zero, psf)
    except Hint as hint:  # of whoever takes the first of none
        nothing = hint.key == "raises" and _NOTHING.match(str(hint.yours[0]))
        case.need(not nothing, "no-such-frequency", *hint.yours)
        raise
    found = case.numbers(answer)
    case.need(found.ndim == 0, "one-number", found.shape)
    return float(found)


def _share(case: Case, lost_share: Function, psf: _Psf, least: float) -> float:
    found = case.numbers(case.call(lost_share, psf, least))
    case.need(found.ndim == 0, "one-share", found.shape)
    case.need(0 <= found <= 1, "more-than-all", found)
    return float(found)


def _name(case: Case, psf: _Psf, least: float, found: float) -> None:
    """Whoever counts what is kept, or holds something else than the contrast against the limit."""
    lost = pieces()[1]
    case.need(abs(found - (1 - lost(psf, least))) > _SHARE, "kept", found)
    case.need(abs(found - lost(psf, least**0.5)) > _SHARE, "squared", found)
    real = float(np.mean(np.fft.rfft(psf.sum(axis=0), _SIZE).real < least))
    case.need(abs(found - real) > _SHARE, "real-part", found)


def _contrast(psf: _Psf, frequency: float) -> float:
    """The MTF at one frequency, by its definition."""
    waves = np.exp(-2j * np.pi * frequency * np.arange(psf.shape[1]))
    return float(abs((psf.sum(axis=0) * waves).sum()))


def _box(wide: int, high: int, side: int) -> _Psf:
    """A box in the middle of a square: its first zero along x is at 1/wide."""
    psf = np.zeros((side, side))
    rows, columns = (slice((side - one) // 2, (side + one) // 2) for one in (high, wide))
    psf[rows, columns] = 1 / (wide * high)
    return psf


def _wavy(rng: np.random.Generator) -> _Psf:
    """A narrow box with a faint line on either side: the MTF falls and rises twice before its first zero.

    It turns where 0.43 to 0.54 is kept, then where 0.087 to 0.17 is, and touches zero at 0.324 cycles.
    """
    psf = np.zeros((15, 15))
    psf[7, [0, -1]] = rng.uniform(0.1, 0.13)
    psf[7, 6:9] = (1 - psf.sum()) / 3
    return psf


def _softened(psf: _Psf) -> _Psf:
    """Averaged along x with weights 1/4, 1/2, 1/4: a double zero at 0.5, and the first one stays."""
    wide = np.pad(psf, 1)
    return np.roll(wide, 1, axis=1) / 4 + wide / 2 + np.roll(wide, -1, axis=1) / 4


def first_zero(psf: _Psf) -> float:
    """Of ``refocuslab.mtf``, the first minimum that is nearly zero."""
    frequencies, magnitude = mtf(psf, size=_SIZE)
    minima = argrelmin(magnitude)[0]
    return float(frequencies[minima[magnitude[minima] < _NEARLY][0]])


def lost_share(psf: _Psf, least: float) -> float:
    """Of the frequencies of ``refocuslab.mtf``."""
    _, magnitude = mtf(psf, size=_SIZE)
    return float(np.mean(magnitude < least))


def pieces() -> tuple[Function, ...]:
    """What ``refocuslab.mtf`` tells."""
    return first_zero, lost_share
