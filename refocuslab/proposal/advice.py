"""Whether photos fit each other, before anything is refocused: what does not, and what to do about it."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy import fft, ndimage

from refocuslab.doubts import Doubt
from refocuslab.lens.psf_choice import PsfEstimate
from refocuslab.optics.light import LightKind, gray
from refocuslab.proposal.differing import unlike
from refocuslab.proposal.softness import band
from refocuslab.registration.pair import shrunk
from refocuslab.registration.register import Match, Registration
from refocuslab.scene import FocusedPhoto, Scene

_Single = NDArray[np.float32]

# Each line below lies between the pairs that tests/proposal/test_advice.py makes wrong and good ones: those
# of that file, those of placing.py, and a real macro pair. What these had stands beside it.
#
# The share of U that V shows: 0.19, and 0.9 and more.
_SHOWN = 0.5
# The ratio of the exposures, in light: 8 (where the fit ends), and 1.2 at most.
_EXPOSED = 4.0
# Values this bright are clipped, and the share of such pixels: 0.7, and 0.13 at most.
_BRIGHT, _SATURATED = 252, 0.3
# Smoothed by a Gaussian of the PSF's side, and of so many pixels at least, photos are alike but at the edges
# of what is misfocused: so many gray levels apart, in so much of the picture.
_COARSE, _APART, _MOVED = 6.0, 20.0, 0.01
# What is to be refocused and differs from V, blurred, by more than blur explains: 0 in all good pairs, and
# 0.02 and more with glints or parallax (differing.py).
_UNLIKE = 0.005
# Their means over squares are compared, of which the Gaussian's deviation has so many.
_SQUARES = 3
# The ratio of the energies of detail of U and V that makes one the sharper.
_SHARPER = 1.3
# Of so many directions, the ratio of that in which U has most of the power of V, at these frequencies, to
# that in which it has least: 5.1 of a camera that moved by 15 pixels, at most 2.8 of misfocus up to 14.
_DIRECTIONS, _MOVING, _LONG = 8, (0.05, 0.25), 4.0
# Power of the finest detail, 0.3 to 0.5 cycles a pixel, as a share of that at 0.1 to 0.2: at most 0.003 in a
# photo enlarged two times and in a soft one, 0.027 and more in a sharp one. The most pixels on a side.
_FINEST, _NEXT, _ENLARGED, _LARGEST = (0.3, 0.5), (0.1, 0.2), 0.01, 1024
# Steps where JPEG's blocks meet, as a multiple of the others: 2.4 and more, and 1.5 at most.
_BLOCKS = 2.0


def advise(
    scene: Scene,
    registration: Registration,
    mask: NDArray[np.bool_],
    psf: PsfEstimate | None,
    *,
    light: LightKind = "linear",
) -> tuple[Doubt, ...]:
    """What does not fit.

    Parameters
    ----------
    scene : Scene
        The photos as they were given.
    registration : Registration
        All of each focused photo in the frame and the exposure of U.
    mask : ndarray of bool, (H, W)
        Where U is softer.
    psf : PsfEstimate or None
        How it is blurred there.
    light : {"linear", "encoded"}
        Where it is blurred.
    """
    doubts = [*_of_file(scene.misfocused, "The misfocused photo")]
    count = len(scene.focused)
    for number, (given, placed, match) in enumerate(
        zip(scene.focused, registration.scene.focused, registration.matches, strict=True)
    ):
        name = "The focused photo" if count == 1 else f"Focused photo {number + 1}"
        about = [*_of_match(match, name), *_of_file(given.image, name)]
        doubts += about
        # Another exposure or lost light differs, too.
        if match.trusted and not {one.about for one in about} & {"exposure", "saturation"}:
            elsewhere = [*_of_place(scene, placed, name, 1 if psf is None else len(psf.psf))]
            doubts += elsewhere
            if psf is not None and not elsewhere:
                blurred = scene.replace(psf=psf.psf, varying=psf.varying)
                doubts += _of_spots(unlike(blurred, placed, mask, light=light), name)
        if _finest(given.image) < _ENLARGED:
            text = (
                f"{name} has no detail as fine as its pixels: it was enlarged, or is not sharp itself; give "
                "it as the camera took it."
            )
            doubts.append(Doubt("size", text))
    trusted = [p for p, m in zip(registration.scene.focused, registration.matches, strict=True) if m.trusted]
    if trusted and not mask.any():
        doubts.append(_of_sharpness(scene, trusted))
    # Who knows a round PSF need not ask; wide ones leave so little that chance favors a direction.
    unknown = psf is None or psf.family == "free"
    if unknown and trusted and mask.any() and min(length(scene, one, mask) for one in trusted) > _LONG:
        text = (
            "The misfocused photo seems to be blurred by a movement rather than by misfocus: the result may "
            "ring; hold the camera still and take it again."
        )
        doubts.append(Doubt("motion", text))
    return tuple(doubts)


def _of_match(match: Match, name: str) -> Iterator[Doubt]:
    if not match.trusted:
        why = match.note.removeprefix("Not registered: ").rstrip(".")
        yield Doubt(
            "view",
            f"{name} could not be laid over the misfocused one ({why}): check that both show the same "
            "things from nearly the same place.",
            grave=True,
        )
        return
    if match.overlap < _SHOWN:
        yield Doubt(
            "overlap",
            f"{name} shows only {match.overlap:.0%} of the misfocused one, and only there it helps: take "
            "one that shows more.",
        )
    if match.gain.max() > _EXPOSED or match.gain.min() < 1 / _EXPOSED:
        how = "darker" if match.gain.max() > _EXPOSED else "brighter"
        yield Doubt(
            "exposure",
            f"{name} is far {how} than the misfocused one: take both with nearly one exposure.",
        )


def _of_file(image: NDArray[np.uint8], name: str) -> Iterator[Doubt]:
    clipped = float((image >= _BRIGHT).any(axis=2).mean())
    if clipped > _SATURATED:
        yield Doubt(
            "saturation",
            f"{name} is saturated in {clipped:.0%} of its pixels, where nothing can be told: take it with "
            "less exposure.",
        )
    if _blocks(image) > _BLOCKS:
        yield Doubt(
            "compression",
            f"{name} is heavily compressed, and its blocks may be taken for detail: give the file as the "
            "camera wrote it.",
        )


def _of_place(scene: Scene, photo: FocusedPhoto, name: str, side: int) -> Iterator[Doubt]:
    apart = moved(scene, photo, side)
    if apart > _MOVED:
        yield Doubt(
            "movement",
            f"{name} shows something else in {apart:.1%} of the picture: something moved, or stands at "
            "another distance and was seen from aside; look there, or leave it out by a mask.",
        )


def _of_spots(share: float, name: str) -> Iterator[Doubt]:
    if share > _UNLIKE:
        yield Doubt(
            "spots",
            f"In {share:.1%} of what is to be refocused {name[0].lower()}{name[1:]} differs by more than "
            "blur explains, as glints do and what is seen from aside: look at these spots in the result, and "
            "leave out by a mask what is wrong.",
        )


def moved(scene: Scene, photo: FocusedPhoto, side: int) -> float:
    """The share of the picture that differs by more than misfocus of a PSF of this side can."""
    spread = max(_COARSE, float(side))
    both = scene.misfocused, photo.image
    free = photo.mask & ~np.any([image.max(axis=2) >= _BRIGHT for image in both], axis=0)
    # What is smoothed so much holds no more than means of squares do.
    square = max(1, min(int(spread / _SQUARES), *(length // 2 for length in free.shape)))
    apart = shrunk((both[0].astype(np.float32) - both[1]) * free[..., None], square)
    free = shrunk(free[..., None].astype(np.float32), square)[..., 0]
    spread /= square
    share = ndimage.gaussian_filter(free, spread) + 1e-3
    apart = ndimage.gaussian_filter(apart, (spread, spread, 0)) / share[..., None]
    return float(((np.abs(apart).max(axis=2) > _APART) & (free >= 0.5) & (share > 0.5)).mean())


def _of_sharpness(scene: Scene, photos: list[FocusedPhoto]) -> Doubt:
    """Why there is nothing to refocus."""
    here = [_detail(scene.misfocused, photo.mask) for photo in photos]
    there = [_detail(photo.image, photo.mask) for photo in photos]
    if min(a / max(b, 1e-6) for a, b in zip(here, there, strict=True)) > _SHARPER:
        text = "The focused photo is the softer one: were the two swapped? The misfocused one comes first."
        return Doubt("swapped", text, grave=True)
    text = (
        "The misfocused photo is nowhere softer than the focused one, so there is nothing to gain: give a "
        "focused photo that is sharper."
    )
    return Doubt("sharpness", text)


def _detail(image: NDArray[np.uint8], mask: NDArray[np.bool_]) -> float:
    """Energy of detail, (gray levels)^2."""
    values: _Single = gray(image, np.float32)
    return float(sum((band(values, number)[mask] ** 2).mean() for number in (0, 1)))


def _finest(image: NDArray[np.uint8]) -> float:
    """The power of a photo's finest detail as a share of that of coarser detail, in its middle."""
    middle = tuple(slice(max(0, (n - _LARGEST) // 2), (n + _LARGEST) // 2) for n in image.shape[:2])
    values = gray(image[middle])
    window = np.hanning(values.shape[0])[:, None] * np.hanning(values.shape[1])
    power = np.abs(fft.rfft2((values - values.mean()) * window)) ** 2
    frequency = np.hypot(fft.fftfreq(values.shape[0])[:, None], fft.rfftfreq(values.shape[1]))

    def mean(ring: tuple[float, float]) -> float:
        there = (frequency >= ring[0]) & (frequency < ring[1])
        return float(power[there].mean()) if there.any() else 0.0

    coarse = mean(_NEXT)
    return mean(_FINEST) / coarse if coarse > 0 else 1.0


def length(scene: Scene, photo: FocusedPhoto, mask: NDArray[np.bool_]) -> float:
    """How much more blur takes from U in one direction than in another, as a ratio of powers; 1 if round."""
    where = (mask & photo.mask).astype(np.float32)
    window = ndimage.gaussian_filter(where, _COARSE) * where
    powers = []
    for image in (scene.misfocused, photo.image):
        values = gray(image, np.float32)
        mean = float((values * window).sum() / max(window.sum(), 1e-6))
        powers.append(np.abs(fft.rfft2((values - mean) * window)) ** 2)
    down, across = fft.fftfreq(where.shape[0])[:, None], fft.rfftfreq(where.shape[1])
    frequency = np.hypot(down, across)
    ring = (frequency >= _MOVING[0]) & (frequency < _MOVING[1])
    sector = ((np.arctan2(down, across) / np.pi + 0.5) * _DIRECTIONS).astype(int) % _DIRECTIONS
    sums = [np.bincount(sector[ring], power[ring], _DIRECTIONS) for power in powers]
    left = sums[0] / np.maximum(sums[1], 1e-6)
    return float(left.max() / max(left.min(), 1e-6))


def _blocks(image: NDArray[np.uint8]) -> float:
    """How much larger steps are where blocks of 8 meet, than elsewhere."""
    values, ratios = gray(image), []
    for axis in (0, 1):
        steps = np.minimum(np.abs(np.diff(values, axis=axis)), 30.0).mean(axis=1 - axis)
        if len(steps) < 32:
            return 1.0
        meets = np.arange(len(steps)) % 8 == 7
        ratios.append(float(steps[meets].mean() / max(steps[~meets].mean(), 1e-6)))
    return min(ratios)
