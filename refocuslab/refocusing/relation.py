"""Why a refocused photo, blurred, does not give U: another exposure, view, PSF, or object.

Asked only where W leaves much of U unexplained, for it costs a registration.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from refocuslab.consistency.disk_size import diameter_of
from refocuslab.consistency.tiles import tiles_of
from refocuslab.optics.blur import convolve
from refocuslab.optics.calibration import line_residual
from refocuslab.optics.light import LightKind, decode, encode
from refocuslab.optics.psf import disk
from refocuslab.refocusing.evidence import Unexplained, clear_of_edge, unexplained
from refocuslab.registration import warp
from refocuslab.registration.exposure import LIKELY_GAIN
from refocuslab.registration.register import Match, Registration
from refocuslab.scene import FocusedPhoto, Scene

# A photo in the place of U, blurred and exposed like U, shows its object if it leaves less than this share of
# the contrast of U, or fewer gray levels besides the noise: the second is for objects of next to no contrast,
# such as a sky. Of the 112 results of assessment.py half of the first changes one verdict, of a photo with
# few patches and parallax; double changes none, nor does either of the second.
_IN_PLACE, _NEAR = 0.5, 3.0
# Detail that correlates so well is no chance, however little of it there is. 0.95 changes no verdict, 0.8
# one, of a photo with few patches.
_CERTAIN = 0.9
# The most by which white balance moves one channel against another. Half and double change no verdict.
_LIKELY_BALANCE = 4.0
# The least share of pixels, neither clipped nor black, that tells the exposure. Half and double change no
# verdict.
_TOLD = 0.1
# Diameters tried, as shares of the PSF's.
_DIAMETERS = (0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.1, 1.25, 1.5, 1.75, 2.0, 2.5)
# A diameter is better if it leaves less than this share of the error (RMS); and the largest that is tried.
# Shares of 0.56 and 0.875 change no verdict.
_BETTER, _LARGEST = 0.75, 99


@dataclass(frozen=True)
class Relation:
    """How one focused photo relates to U.

    Attributes
    ----------
    related : bool
        Whether it shows the object of U.
    match : Match
        As registration found it.
    gain : ndarray of float64, (3,), or None
        Of U against the blurred photo, in light, where that is known.
    moved : float
        The largest displacement of the object's pixels, in pixels.
    psf : ndarray of float64, (n, n)
        The scene's.
    diameter : int or None
        That of a disk that explains U far better than the scene's PSF.
    """

    related: bool
    match: Match
    gain: NDArray[np.float64] | None
    moved: float
    psf: NDArray[np.float64]
    diameter: int | None


def relate(scene: Scene, registered: Registration, *, light: LightKind, noise: float) -> list[Relation]:
    """How each focused photo of a scene relates to U.

    Parameters
    ----------
    scene : Scene
        As it was given.
    registered : Registration
        What ``register`` made of it.
    light : {"linear", "encoded"}
        Where the PSF acts: on light, or on the stored values.
    noise : float
        Standard deviation of the noise of U, in gray levels.

    Returns
    -------
    list of Relation
        One for each focused photo.
    """
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
        found.append(Relation(related, match, gain, _moved(scene, match), scene.known_psf, diameter))
    return found


def as_it_lies(
    scene: Scene, photo: FocusedPhoto, *, light: LightKind, noise: float
) -> tuple[Unexplained, NDArray[np.float64]] | None:
    """How far a focused photo is from U, if it is blurred, exposed like U, and left in its place.

    Returns
    -------
    (Unexplained, ndarray of float64, (3,)) or None
        The difference, and the gain of each channel that the photo was exposed by. None where the photo
        has another shape than U, no pixel in common, or needs a gain of one channel that is four times
        another's.
    """
    if photo.mask.shape != scene.mask.shape or not (where := photo.mask & scene.mask).any():
        return None
    target = decode(scene.misfocused, light=light)
    blurred = convolve(decode(photo.image, light=light), scene.known_psf)
    gain = np.ones(3)
    for channel in range(3):
        a, b = blurred[where, channel], target[where, channel]
        told: NDArray[np.bool_] = (np.maximum(a, b) < 0.95) & (np.minimum(a, b) > 1e-4)
        # Where a photo is clipped nearly everywhere, only its mean can be compared.
        told = told if told.mean() > _TOLD else np.ones_like(told)
        gain[channel] = np.median(b[told]) / max(np.median(a[told]), 1e-4)
    if gain.max() > _LIKELY_BALANCE * gain.min():
        return None
    gain = np.clip(gain, *LIKELY_GAIN)  # a black photo has none
    expected = encode(gain * blurred, light=light)
    return unexplained(expected, scene.misfocused, where, len(scene.known_psf), noise), gain


def _moved(scene: Scene, match: Match) -> float:
    y, x = np.nonzero(scene.mask)
    there = warp.apply(match.matrix, x, y)
    return float(np.nanmax(np.hypot(there[0] - x, there[1] - y), initial=0.0))


def _diameter(scene: Scene, photos: list[FocusedPhoto], light: LightKind) -> int | None:
    """The diameter of a disk that explains U far better than the PSF, if that is a disk too.

    Disks are compared by the mean square that a gain and an offset leave, of the photo that leaves least. The
    two are fitted anew: a wrong PSF has tilted those of registration.
    """
    given = diameter_of(scene.known_psf)
    if given is None:
        return None
    # Of a large mask its fullest part tells enough.
    tile = tiles_of(scene, 1)[0]
    core, box = np.zeros_like(scene.mask), tile.box
    core[tile.core] = True
    largest = min(2 * min(scene.mask[box].shape) - 1, _LARGEST)
    held = []
    for photo in photos:
        where = scene.mask & photo.mask if photo.mask.shape == scene.mask.shape else np.zeros(1, bool)
        where = clear_of_edge(where, given // 2) & core if where.any() else where
        if where.any():
            where = where[box]
            target = scene.misfocused[box][where].astype(float)[None]
            held.append((decode(photo.image[box], light=light), where, target))

    @cache
    def error(diameter: int) -> float:
        if not 1 <= diameter <= largest and diameter != given:
            return np.inf
        psf = disk(diameter)

        def left(sharp: NDArray[np.float64], where: NDArray[np.bool_], target: NDArray[np.float64]) -> float:
            blurred = encode(convolve(sharp, psf), light=light)[where].astype(float)
            return float((line_residual(blurred[None], target) ** 2).mean())

        return min((left(*one) for one in held), default=np.inf)

    best = min(sorted({given, *(max(1, round(share * given)) for share in _DIAMETERS)}), key=error)
    # From there by single pixels, as long as it gets better.
    while (nearer := min(best - 1, best + 1, key=error)) and error(nearer) < error(best):
        best = nearer
    return best if error(best) < _BETTER**2 * error(given) else None
