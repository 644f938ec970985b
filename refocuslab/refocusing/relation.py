"""Why a refocused photo, blurred, does not give U: another exposure, another view, PSF, or another object.

Looked into only where W leaves much of U unexplained, as it costs a registration.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np

from refocuslab.consistency.disk_size import diameter_of
from refocuslab.optics.blur import convolve
from refocuslab.optics.light import decode, encode
from refocuslab.optics.psf import disk
from refocuslab.refocusing.evidence import clear_of_edge, unexplained
from refocuslab.registration import warp
from refocuslab.registration.exposure import LIKELY_GAIN
from refocuslab.registration.register import Match, Registration
from refocuslab.scene import FocusedPhoto, Scene

# A photo in U's place, blurred and exposed like U, that leaves less than this share of U's contrast
# unexplained, or so few grey levels besides the noise, shows the object of U. The second is for objects of
# next to no contrast, such as a sky.
_IN_PLACE, _NEAR = 0.5, 3.0
# Detail that correlates so well is no chance, however little of it there is.
_CERTAIN = 0.9
# The most by which white balance moves one channel against another.
_LIKELY_BALANCE = 4.0
# The share of pixels, neither clipped nor black, that tells the exposure.
_TOLD = 0.1
# Diameters tried, as shares of the PSF's; one is better if it leaves so much less of the error (RMS).
_DIAMETERS = (0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.1, 1.25, 1.5, 1.75, 2.0, 2.5)
_BETTER, LARGEST = 0.75, 99


@dataclass(frozen=True)
class Relation:
    """What became of one focused photo when it was held against U. related: whether it shows the object.
    match: as registration found it. gain: (3,), of U against the blurred photo, where that is known.
    moved: by how many pixels the object lies elsewhere, at the most. psf: the one given. diameter: of a disk
    that explains U far better, or None."""

    related: bool
    match: Match
    gain: np.ndarray | None
    moved: float
    psf: np.ndarray
    diameter: int | None


def relate(scene: Scene, registered: Registration, *, light: str, noise: float) -> list[Relation]:
    """A Relation for each focused photo of a scene, given what register() made of it."""
    found = []
    for number, (photo, match) in enumerate(zip(scene.focused, registered.matches, strict=True)):
        gain = match.gain if match.trusted else None
        related = match.trusted or match.agreement >= _CERTAIN
        seen = [photo]
        if match.trusted:
            seen.append(registered.scene.focused[registered.origin.index(number)])
        diameter = _diameter(scene, seen, light)
        if not match.trusted:
            # What did not agree blurred by a wrong PSF may by a better one.
            there = scene.replace(psf=disk(diameter)) if diameter else scene
            in_place = as_it_lies(there, photo, light=light, noise=noise)
            if in_place and (in_place[0].share <= _IN_PLACE or in_place[0].excess <= _NEAR):
                related, gain = True, in_place[1]
        found.append(Relation(related, match, gain, _moved(scene, match), scene.psf, diameter))
    return found


def as_it_lies(scene, photo: FocusedPhoto, *, light: str, noise: float):
    """(Unexplained, gain) of a focused photo of U's shape, blurred and exposed like U; else None."""
    if photo.mask.shape != scene.mask.shape or not (where := photo.mask & scene.mask).any():
        return None
    target = decode(scene.misfocused, light=light)
    blurred = convolve(decode(photo.image, light=light), scene.psf)
    gain = np.ones(3)
    for channel in range(3):
        a, b = blurred[where, channel], target[where, channel]
        told = (np.maximum(a, b) < 0.95) & (np.minimum(a, b) > 1e-4)
        # Where a photo is clipped nearly everywhere, only its mean can be compared.
        told = told if told.mean() > _TOLD else np.ones_like(told)
        gain[channel] = np.median(b[told]) / max(np.median(a[told]), 1e-4)
    if gain.max() > _LIKELY_BALANCE * gain.min():
        return None
    gain = np.clip(gain, *LIKELY_GAIN)  # a black photo has none
    expected = encode(gain * blurred, light=light)
    return unexplained(expected, scene.misfocused, where, len(scene.psf), noise), gain


def _moved(scene, match: Match) -> float:
    y, x = np.nonzero(scene.mask)
    there = warp.apply(match.matrix, x, y)
    return float(np.nanmax(np.hypot(there[0] - x, there[1] - y), initial=0.0))


def _diameter(scene, photos, light) -> int | None:
    """The diameter of a disk that explains U far better than the PSF, a disk too: RMS of what a gain and an
    offset leave, as a wrong PSF has tilted those of registration; of a photo registered and as it lies."""
    given = diameter_of(scene.psf)
    if given is None:
        return None
    largest = min(2 * min(scene.mask.shape) - 1, LARGEST)
    held = []
    for photo in photos:
        where = scene.mask & photo.mask if photo.mask.shape == scene.mask.shape else np.zeros(1, bool)
        if where.any():
            where = clear_of_edge(where, given // 2)
            target = scene.misfocused[where].astype(float)
            held.append((decode(photo.image, light=light), where, target))

    @cache
    def error(diameter: int) -> float:
        if not 1 <= diameter <= largest and diameter != given:
            return np.inf
        psf = disk(diameter)
        left = [
            _left_by_line(encode(convolve(sharp, psf), light=light)[where].astype(float), target)
            for sharp, where, target in held
        ]
        return min(left, default=np.inf)

    best = min(sorted({given, *(max(1, round(share * given)) for share in _DIAMETERS)}), key=error)
    # From there by single pixels, as long as it gets better.
    while (nearer := min(best - 1, best + 1, key=error)) and error(nearer) < error(best):
        best = nearer
    return best if error(best) < _BETTER**2 * error(given) else None


def _left_by_line(a: np.ndarray, b: np.ndarray) -> float:
    """Mean square of what a line from a to b, (n, 3), leaves in each channel."""
    a, b = a - a.mean(axis=0), b - b.mean(axis=0)
    power, cross = (a**2).mean(axis=0), (a * b).mean(axis=0)
    return float(((b**2).mean(axis=0) - cross**2 / np.maximum(power, 1e-12)).mean())
