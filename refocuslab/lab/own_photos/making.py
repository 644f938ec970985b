"""From two photos to how they fit, and to the picture."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

import refocuslab as rl
from refocuslab.doubts import Doubt
from refocuslab.forecasting.forecast import expected, forecast, learn
from refocuslab.lab.own_photos import words
from refocuslab.lab.own_photos.uploads import Photo
from refocuslab.lab.widgets import previews
from refocuslab.lab.widgets.arriving import Unfit
from refocuslab.lab.widgets.differing import once_blurred
from refocuslab.lab.widgets.texts import printable
from refocuslab.proposal.region import blended, seam
from refocuslab.refocusing.memory import needed, there_is
from refocuslab.running.clock import Clock
from refocuslab.running.progress import Cancel, Progress, Watch

__all__ = ["Checked", "Clock", "Made", "check", "forecasts", "found", "refocus", "rows", "scene_of"]

# How own photos are refocused, and where their blur acts.
METHOD = rl.Method.consistent()
# Seconds that the check takes for each megapixel, before anything is known: only the bar is divided by it.
_SECONDS_A_MEGAPIXEL = 3.0
NOTHING = "Nothing is painted: paint what is to be refocused first."
APART = "These photos could not be laid over each other: remove the wrong one, and give another."
# Characters of a doubt, which is one or two sentences.
_LONGEST = 1000

_Photo = NDArray[np.uint8]
_Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Checked:
    """What was found of photos.

    Attributes
    ----------
    pair : (Photo, tuple of Photo)
        The misfocused photo and the focused ones.
    scene : Scene
        Made of them, without mask and PSF.
    proposal : MaskProposal
        What ``propose_mask`` says of them.
    aligned : ndarray of uint8, (H, W, 3)
        The first focused photo in the view of the misfocused one; as it came if it could not be laid over it.
    difference : ndarray of uint8, (H, W, 3), or None
        Where the two differ once both are blurred, in colors.
    small : dict of str to bytes
        Previews of both, as JPEG files, so that nobody has to wait for them.
    done : bool
        False as long as only the mask is known: blur, difference and advice are to come.
    """

    pair: tuple[Photo, tuple[Photo, ...]]
    scene: rl.Scene
    proposal: rl.MaskProposal
    aligned: _Photo
    difference: _Photo | None
    small: dict[str, bytes]
    done: bool = True

    @property
    def fits(self) -> bool:
        """Whether a focused photo could be laid over the misfocused one, or a scene tells the blur."""
        matches = self.proposal.registration.matches
        return self.scene.psf is not None or any(match.trusted for match in matches)


@dataclass(frozen=True, eq=False)
class Made:
    """A picture, and what it was made from.

    Attributes
    ----------
    image : ndarray of uint8, (H, W, 3)
        The picture.
    mask : ndarray of bool, (H, W)
        As it was painted.
    diameter : float or None
        The disk that was given as the blur, in pixels.
    psf : PsfEstimate or None
        The blur that was found, if none was given.
    notes : tuple of str
        What is to be known of how it was made.
    doubts : tuple of Doubt
        Why it may be wrong.
    small : bytes
        A preview of the picture, as a JPEG file.
    """

    image: _Photo
    mask: _Mask
    diameter: float | None
    psf: rl.PsfEstimate | None
    notes: tuple[str, ...]
    doubts: tuple[Doubt, ...]
    small: bytes


def scene_of(misfocused: Photo, focused: Iterable[Photo]) -> rl.Scene:
    """The scene that photos make, without mask and PSF; what is transparent is left out."""
    photos = [rl.FocusedPhoto(photo.picture.image, _shown(photo)) for photo in focused]
    return rl.Scene(misfocused.picture.image, _shown(misfocused), photos)


def check(
    pair: tuple[Photo, tuple[Photo, ...]],
    scene: rl.Scene,
    progress: Progress,
    cancel: Cancel,
    threads: int | None = None,
    *,
    early: Callable[[Checked], object] = lambda checked: None,
) -> Checked:
    """Look how photos fit: lay them over each other, propose a mask, measure the blur.

    Parameters
    ----------
    pair : (Photo, tuple of Photo)
        What the scene was made of.
    scene : Scene
        As ``scene_of`` gives it.
    progress : callable
        Called with "checking" and the share that is done.
    cancel : Cancel
        Ends the work.
    threads : int or None
        By default one a core.
    early : callable
        Called with what is known as soon as the mask is.
    """
    small: dict[str, bytes] = {}

    def first(proposal: rl.MaskProposal) -> None:
        aligned = _laid_over(scene, proposal)
        small["aligned"] = previews.jpeg(aligned)
        watch.check()
        early(Checked(pair, scene, proposal, aligned, None, dict(small), done=False))

    with Watch(progress, cancel) as watch:
        watch.start("checking")
        proposal = rl.propose_mask(scene, light=METHOD.light, threads=threads, step=watch.step, early=first)
        aligned, difference = _laid_over(scene, proposal), _difference(_with_psf(scene, proposal), proposal)
        if difference is not None:
            small["difference"] = previews.jpeg(difference)
        watch.end()
    return Checked(pair, scene, proposal, aligned, difference, small)


def masked(checked: Checked, mask: _Mask, diameter: float | None = None) -> rl.Scene:
    """The scene with a mask that was painted; what is transparent is left out.

    Parameters
    ----------
    checked : Checked
        The photos.
    mask : ndarray of bool, (H, W)
        What is to be refocused.
    diameter : float or None
        Of the disk that blurs, in pixels; None leaves it to the photos.

    Raises
    ------
    Unfit
        Nothing of it is painted.
    """
    inside = mask & checked.scene.mask
    if not inside.any():
        raise Unfit(NOTHING)
    scene = checked.scene.replace(mask=inside)
    return scene if diameter is None else scene.replace(psf=rl.disk(diameter), varying=None)


def refocus(
    checked: Checked,
    mask: _Mask,
    diameter: float | None,
    progress: Progress,
    cancel: Cancel,
    threads: int | None = None,
) -> Made:
    """Refocus what is painted: as ``rl.refocus`` of the masked scene, with a narrow seam at the mask's edge.

    Parameters
    ----------
    checked : Checked
        The photos.
    mask : ndarray of bool, (H, W)
        What is to be refocused.
    diameter : float or None
        As for ``masked``.
    progress : callable
        As for ``rl.refocus``.
    cancel : Cancel
        Ends the work.
    threads : int or None
        By default one a core.
    """
    scene = masked(checked, mask, diameter)
    engine = rl.Refocuser(scene, threads=threads, psf_estimate=_known(checked, scene))
    result = engine.refocus(METHOD, progress=progress, cancel=cancel)
    learn(result.with_psf(scene), METHOD, result.seconds, threads=threads)
    image = blended(scene.misfocused, result.image, seam(scene.mask))
    found = result.psf_estimate if scene.psf is None else None
    return Made(image, mask, diameter, found, result.notes, result.doubts, previews.jpeg(image))


def seconds_to_check(scene: rl.Scene) -> dict[str, float]:
    """What a bar of the check counts on."""
    return {"checking": _SECONDS_A_MEGAPIXEL * scene.mask.size / 1e6}


def seconds_to_refocus(
    checked: Checked, mask: _Mask, diameter: float | None, threads: int | None
) -> dict[str, float]:
    """What a bar of refocusing counts on, by stage."""
    return expected(_to_come(checked, mask, diameter), METHOD, threads=threads)


def forecasts(checked: Checked, mask: _Mask, diameter: float | None, threads: int | None) -> Iterator[str]:
    """How long refocusing will take, in a sentence: by what is known, then as measured on this machine.

    Where memory does not suffice, the sentence says so.
    """
    scene = _to_come(checked, mask, diameter)
    memory, available = needed(scene, METHOD), there_is()
    if available is not None and memory > available:
        yield words.too_much(memory, available)
        return
    yield words.how_long(sum(expected(scene, METHOD, threads=threads).values()), memory)
    yield words.how_long(forecast(scene, METHOD, threads=threads).seconds, memory)


def found(checked: Checked) -> list[str]:
    """What was found of the photos, a sentence each; nothing before the check is done."""
    if not checked.done:
        return []
    proposal = checked.proposal
    told = [proposal.note, *(match.note for match in proposal.registration.matches)]
    return [printable(text, _LONGEST) for text in told if text]


def rows(doubts: Iterable[Doubt]) -> list[dict[str, Any]]:
    """Doubts for the page, grave ones first."""
    told = [
        {"about": printable(one.about), "text": printable(one.text, _LONGEST), "grave": bool(one.grave)}
        for one in doubts
    ]
    return sorted(told, key=lambda row: not row["grave"])


def blur(checked: Checked, made: Made | None, diameter: float | None) -> dict[str, Any]:
    """What the page shows of the blur: in words, as a picture, and as a diameter to begin with.

    Parameters
    ----------
    checked : Checked
        The photos.
    made : Made or None
        The last result, whose blur was measured once more.
    diameter : float or None
        Of the disk that was given.
    """
    if diameter is not None:
        told, psf = f"A disk of {diameter:g} pixels, as you say.", rl.disk(diameter)
        return {"told": told, "given": True, "diameter": diameter} | previews.kernel(psf)
    found = checked.proposal.psf if made is None or made.psf is None else made.psf
    if not checked.done:
        return {"told": "It is being measured.", "given": False, "diameter": 0.0}
    if found is None:
        told = "The photos do not tell it here; it is looked for again in what you paint."
        return {"told": told, "given": False, "diameter": 0.0}
    shown = {"told": printable(found.plain, _LONGEST), "given": False, "diameter": round(_width(found), 1)}
    return shown | previews.kernel(found.psf)


def _width(found: rl.PsfEstimate) -> float:
    """The diameter of a PSF, in pixels: its own, or that of the disk as wide as it is."""
    if "diameter" in found.numbers:
        return float(found.numbers["diameter"])
    side = len(found.psf)
    whole = [d for d in (side - 1, side) if d > 0 and np.array_equal(found.psf, rl.disk(d))]
    return float(whole[0]) if whole else 2 * previews.radius(found.psf)


def _known(checked: Checked, scene: rl.Scene) -> rl.PsfEstimate | None:
    """The PSF that is not looked for again: of the proposed mask; of another one it is another."""
    proposal = checked.proposal
    return proposal.psf if scene.psf is None and np.array_equal(scene.mask, proposal.mask) else None


def _to_come(checked: Checked, mask: _Mask, diameter: float | None) -> rl.Scene:
    """The masked scene, with the PSF that is not looked for again."""
    scene = masked(checked, mask, diameter)
    return scene if _known(checked, scene) is None else _with_psf(scene, checked.proposal)


def _with_psf(scene: rl.Scene, proposal: rl.MaskProposal) -> rl.Scene:
    """The scene with the PSF that was found, if one was."""
    found = proposal.psf
    return scene if found is None else scene.replace(psf=found.psf, varying=found.varying)


def _shown(photo: Photo) -> _Mask | None:
    """Where a photo is not transparent; None if that is everywhere."""
    alpha = photo.picture.alpha
    return None if alpha is None else alpha > 0


def _laid_over(scene: rl.Scene, proposal: rl.MaskProposal) -> _Photo:
    """The first focused photo in the view of U; if it could not be laid over it, all of it in U's frame."""
    image = proposal.registration.scene.focused[0].image
    if image.shape == scene.misfocused.shape:
        return image
    height, width = scene.mask.shape
    return np.asarray(ImageOps.pad(Image.fromarray(image), (width, height)))


def _difference(scene: rl.Scene, proposal: rl.MaskProposal) -> _Photo | None:
    """Where U and that photo differ once it is blurred as U is."""
    if proposal.registration.scene.focused[0].image.shape != scene.misfocused.shape:
        return None
    return once_blurred(scene, proposal.registration.scene.focused[0], light=METHOD.light)
