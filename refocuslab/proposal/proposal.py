"""Where to refocus, proposed from the photos alone (beyond the paper)."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from refocuslab.checks import check_choice
from refocuslab.doubts import Doubt
from refocuslab.errors import RefocusError
from refocuslab.lens.blur_scale import spectral_diameter
from refocuslab.lens.psf_choice import PsfEstimate
from refocuslab.optics.light import LIGHTS, LightKind, decode, gray
from refocuslab.optics.psf import disk
from refocuslab.proposal.advice import advise
from refocuslab.proposal.placing import placed
from refocuslab.proposal.region import blended, region, seam
from refocuslab.proposal.softness import LEAVE, Bands, blurred_gray, evidence, noise_of, smooth
from refocuslab.registration.psf_estimate import estimate_psf
from refocuslab.registration.register import Match, Registration
from refocuslab.running.progress import Step
from refocuslab.running.threads import one_thread_each, thread_count
from refocuslab.scene import FocusedPhoto, Scene

_Single = NDArray[np.float32]
_Mask = NDArray[np.bool_]

# The narrowest misfocus that is looked for, as a disk's diameter in pixels.
_NARROWEST = 4.0
# Evidence is gathered in blocks, at most so many.
_BLOCKS = 150_000
# A region of less than this share of the photo is none.
_NOTHING = 0.002
# A share without texture that is told of, when it is left as it is. Of the pairs named in placing.py, those
# with 0.20 at most miss little of their region, those with 0.32 and more 10 to 55 % of it.
_TOLD = 0.25


@dataclass(frozen=True, eq=False)
class MaskProposal:
    """Where to refocus, as the photos tell it.

    Attributes
    ----------
    mask : ndarray of bool, (H, W)
        Where U is softer than a focused photo in its place; nowhere if there is no such place.
    alpha : ndarray of float32, (H, W)
        The share of the refocused photo in each pixel: 0 outside the mask, rising to 1 inside over a
        pixel or two.
    registration : Registration
        All of each focused photo in the frame and the exposure of U, to look at; refocusing registers anew,
        by the mask.
    psf : PsfEstimate or None
        How U is blurred inside the mask; None where the photos do not tell.
    advice : tuple of Doubt
        What does not fit, each with what to do.
    note : str
        Where U is softer, in a sentence or two; how it is blurred there, ``psf.note`` says.
    """

    mask: _Mask
    alpha: _Single
    registration: Registration
    psf: PsfEstimate | None
    advice: tuple[Doubt, ...]
    note: str

    def over(self, misfocused: NDArray[np.uint8], refocused: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """The refocused photo where it is proposed, U elsewhere to the byte, with the seam between.

        Parameters
        ----------
        misfocused, refocused : ndarray of uint8, (H, W, 3)
            U and W, sRGB.
        """
        return blended(misfocused, refocused, self.alpha)


def propose_mask(
    scene: Scene,
    *,
    light: LightKind = "linear",
    threads: int | None = None,
    step: Step | None = None,
    early: Callable[[MaskProposal], object] | None = None,
) -> MaskProposal:
    """Propose where to refocus: where U is softer than a focused photo explains.

    Focused photos are laid over U, blurred alike. In two bands of detail the energy of U is then compared
    with that of V and of V blurred by the width that their spectra tell; the region that the evidence speaks
    for, with a short edge, is the proposal. What has no texture is left as it is, unless it is enclosed.

    Parameters
    ----------
    scene : Scene
        U and the focused photos. Its mask bounds the proposal. A PSF that it gives is not estimated.
    light : {"linear", "encoded"}
        Where the PSF and the exposure act.
    threads : int or None
        The result does not depend on it.
    step : callable or None
        Called with the share that is done, 0 to 1; what it raises ends the work.
    early : callable or None
        Called with the proposal as soon as its mask is known, half-way: it has neither PSF nor advice yet.

    Returns
    -------
    MaskProposal
        It depends on nothing but the scene and ``light``.

    Raises
    ------
    RefocusError
        An argument breaks its rule.

    Examples
    --------
    >>> from refocuslab import load_scene, propose_mask
    >>> proposal = propose_mask(load_scene("bench").replace(mask=None))
    >>> bool(0.3 < proposal.mask.mean() < 0.9)
    True
    """
    check_choice("light", light, LIGHTS)
    thread_count(threads)
    tell = step or (lambda _: None)
    count = len(scene.focused)
    photos, matches = [], []
    with one_thread_each():  # and so no sum depends on their number
        for number, focused in enumerate(scene.focused):
            still = partial(tell, 0.5 * number / count)
            photo, match = placed(scene, focused, light=light, step=still)
            photos.append(photo)
            matches.append(match)
        given = [pair for pair in zip(photos, matches, strict=True) if pair[1].trusted]
        softer, untold = _softer(scene, given, light, lambda: tell(0.5))
        mask = scene.mask & softer
    if mask.mean() < _NOTHING:
        mask = np.zeros_like(mask)
    registration = Registration(scene.replace(focused=photos), tuple(matches), tuple(range(count)))
    first = MaskProposal(mask, seam(mask), registration, None, (), _note(mask, untold))
    if early is not None:
        early(first)
    psf, advice = _psf(scene, mask, light, lambda share: tell(0.6 + 0.4 * share))
    advice += advise(scene, registration, mask, psf, light=light)
    tell(1.0)
    return replace(first, psf=psf, advice=advice)


def _softer(
    scene: Scene, photos: list[tuple[FocusedPhoto, Match]], light: LightKind, step: Callable[[], object]
) -> tuple[_Mask, float]:
    """Where U is softer than any of the photos in its frame, and the share left for lack of texture."""
    shape = scene.mask.shape
    if not photos:
        return np.zeros(shape, bool), 0.0
    side = math.ceil(math.sqrt(math.prod(shape) / _BLOCKS))
    values = _gray(scene.misfocused)
    seen = Bands.of(values, side, noise_of(values))
    found, untold = np.zeros(shape, bool), np.ones(seen.energy[0].shape, bool)
    for photo, match in photos:
        step()
        over = _Over.of(photo, side, match.flow is not None)
        mask, flat = over.softer(seen, _NARROWEST)
        if mask.mean() >= _NOTHING:
            lights = decode(scene.misfocused, light=light), decode(photo.image, light=light)
            width = spectral_diameter(lights[0], mask, lights[1], mask)
            step()
            mask, flat = over.softer(seen, max(width, _NARROWEST))
        found |= mask
        untold &= flat
    return found, float((untold & ~_middles(found, side, untold.shape)).mean())


def _middles(mask: _Mask, side: int, shape: tuple[int, ...]) -> _Mask:
    """A mask at the middle of each block."""
    middle = slice(side // 2, None, side)
    return mask[middle, middle][: shape[0], : shape[1]]


@dataclass(frozen=True)
class _Over:
    """A focused photo in the frame of U; ``flowed`` where parallax hides parts of one view from the other."""

    photo: FocusedPhoto
    gray: _Single
    sharp: Bands
    side: int
    flowed: bool

    @classmethod
    def of(cls, photo: FocusedPhoto, side: int, flowed: bool) -> "_Over":
        values = _gray(photo.image)
        return cls(photo, values, Bands.of(values, side, noise_of(values)), side, flowed)

    def softer(self, seen: Bands, width: float) -> tuple[_Mask, _Mask]:
        """Where U is softer, if it is blurred by a disk so wide where it is; and blocks without texture."""
        blurred = Bands.of(blurred_gray(self.gray, disk(width)), self.side, 0.0)
        told = evidence(seen, self.sharp, blurred)
        held = _middles(self.photo.mask, self.side, told.shape)
        # Hidden parts are as their surroundings say: the library may show their like elsewhere.
        told = np.where(held, told, -LEAVE if self.flowed else told.min())
        found = region(told, self.photo.mask.shape, self.side)
        flat = smooth(self.sharp, blurred) & held
        return (found if self.flowed else found & self.photo.mask), flat


def _gray(image: NDArray[np.uint8]) -> _Single:
    found: _Single = gray(image, np.float32)
    return found


def _psf(
    scene: Scene, mask: _Mask, light: LightKind, step: Step
) -> tuple[PsfEstimate | None, tuple[Doubt, ...]]:
    """The PSF inside the mask, or why it is not known."""
    if not mask.any():
        return None, ()
    try:
        return estimate_psf(scene.replace(mask=mask), light=light, step=step), ()
    except RefocusError as error:
        return None, (Doubt("PSF", f"The photos do not tell how U is blurred: {error}."),)


def _note(mask: _Mask, untold: float) -> str:
    if not mask.any():
        return "Nowhere is the misfocused photo softer than the focused one."
    smooth = (
        f" {untold:.0%} of it is too smooth to tell and is left as it is; a mask of your own adds it."
        if untold > _TOLD
        else ""
    )
    return f"The misfocused photo is softer in {mask.mean():.0%} of the picture.{smooth}"
