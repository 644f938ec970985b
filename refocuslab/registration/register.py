"""Registration: focused photos brought to the view and the exposure of the misfocused one.

Beyond the paper, whose photos were all but aligned. The photos are compared *equally blurred*: the
focused one is blurred by the scene's PSF first, so that both look alike.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from refocuslab.optics.light import LightKind, decode, encode
from refocuslab.registration import warp
from refocuslab.registration.clipping import restored, too_dark
from refocuslab.registration.exposure import Exposure, fit_exposure
from refocuslab.registration.flow import find_flow
from refocuslab.registration.geometry import PLENTY, SURE, Found, find, near, refined
from refocuslab.registration.pair import (
    AROUND,
    Box,
    Pair,
    Place,
    ends_of,
    likely_part,
    moved,
    part_of,
    surround,
    working_pair,
)
from refocuslab.registration.parallax import IN_PLACE, warp_is_needless
from refocuslab.registration.psf_estimate import with_psf
from refocuslab.registration.warp import Model
from refocuslab.running.finite import finite
from refocuslab.running.progress import Step
from refocuslab.running.threads import one_thread_each, pool
from refocuslab.scene import FocusedPhoto, Scene

# A photo that would be moved by less, in pixels, or lit differently by less, is left as it is. Half and
# double change nothing on crops of 128 pixels of the five scenes of other views.
_SAME_PLACE, _SAME_LIGHT = 0.1, 0.004
# Of the object so much is shown where the photo is likely to show it, or all of the photo is looked at. No
# shipped scene is large enough to tell.
_SHOWN = 0.8
_IDENTITY, _UNCHANGED = np.eye(3), Exposure(np.ones(3), np.zeros(3))
_LEFT = "Left as it is: it has the view and the light of the misfocused photo."
_EXPOSED = "Only its exposure was matched."
_PHRASES = {
    "similarity": "a similarity",
    "affine": "an affine map",
    "homography": "a homography",
    "flow": "a homography, and once more by a flow on top of it",
}


@dataclass(frozen=True, eq=False)
class Match:
    """How one focused photo V was matched to the misfocused photo U.

    Attributes
    ----------
    model : {"none", "similarity", "affine", "homography", "flow"}
        What kind of geometry was needed. "flow": a flow on top of it; two photos of the registered
        scene then come from this one.
    matrix : ndarray of float64, (3, 3)
        Takes pixels (x, y, 1) of U to pixels of V; last entry 1.
    flow : ndarray of float64, (2, H, W), or None
        Displacements (dx, dy) of the pixels of U, made before that.
    gain, offset : ndarray of float64, (3,)
        U = gain Blur(V) + offset for R, G, B, in the light of ``register``.
    matches, inliers : int
        How many features were matched, and how many of them agree with the geometry.
    agreement : float
        Correlation, -1 to 1, of the detail of U and of the blurred, warped photo, on the object.
    trusted : bool
        False: the match was too weak, and the photo went on as it was.
    note : str
        What was done and why, in a sentence.
    overlap : float
        The share of the object in U that the photo shows.
    clipped : float
        The share of the photo's mask where a sample is clipped that U shows unclipped: there the photo's
        light was estimated from U.
    """

    model: Model | Literal["flow"]
    matrix: NDArray[np.float64]
    flow: NDArray[np.float64] | None
    gain: NDArray[np.float64]
    offset: NDArray[np.float64]
    matches: int
    inliers: int
    agreement: float
    trusted: bool
    note: str
    overlap: float = 1.0
    clipped: float = 0.0


@dataclass(frozen=True, eq=False)
class Registration:
    """What ``register`` made of a scene.

    Attributes
    ----------
    scene : Scene
        As given, but with its focused photos registered, and its PSF if that was not known.
    matches : tuple of Match
        One for each focused photo that was given.
    origin : tuple of int
        For each focused photo of ``scene``, the number of the given one that it came from.
    """

    scene: Scene
    matches: tuple[Match, ...]
    origin: tuple[int, ...]


# What is made of one focused photo, in the order of the library.
_Made = tuple[list[FocusedPhoto], Match]


def register(
    scene: Scene, *, light: LightKind = "linear", flow: bool = True, step: Step | None = None
) -> Registration:
    """Warp every focused photo of a scene to the frame of U, and match its exposure and white balance.

    For each photo V: SIFT features of U and Blur(V) are matched; RANSAC and the Bayesian information
    criterion choose similarity, affine or homography; Gauss-Newton on the blurred photos makes it
    accurate to a small part of a pixel; gain and offset of each channel follow by a robust fit. An
    optical flow takes up the parallax that is left, where forth and back it agrees with itself and
    halves the error; the library then gets the photo with the flow and without. Pixels that a photo does
    not show leave its mask, and of a large photo that is warped those far from the object. Where the match is
    too weak the photo stays as it is, exposure too, with a note that says so.

    Parameters
    ----------
    scene : Scene
        U, its mask, the focused photos, the PSF; one that is not known is found first (``estimate_psf``).
    light : {"linear", "encoded"}
        Where the PSF, gain and offset act: on light, or on the stored values.
    flow : bool
        False is for patches that compare many pixels at once, and suffer where a flow bends them: there
        is none then, nor a warp that leaves parallax and brings the patches of U no nearer.
    step : callable or None
        Called with the share of the photos that is done, 0 to 1, and again and again in between: what it
        raises ends the work.

    Returns
    -------
    Registration
        It depends on nothing but the scene, ``light`` and ``flow``.

    Raises
    ------
    RefocusError
        A geometry or an exposure is not finite.

    Examples
    --------
    >>> from refocuslab import load_scene, register
    >>> scene = load_scene("motorcycle-breathing").middle(120)
    >>> (match,) = register(scene).matches
    >>> match.model, match.trusted
    ('similarity', True)
    """
    scene = with_psf(scene, light=light)
    photos: list[FocusedPhoto] = []
    matches, origin = [], []
    for number, focused in enumerate(scene.focused):

        def still(number: int = number) -> None:
            if step:
                step(number / len(scene.focused))

        still()
        with one_thread_each():  # small products, and sums that do not depend on the number of threads
            made, match = _register(Shot(scene, focused, light, still), flow)
        photos += made
        matches.append(match)
        origin += [number] * len(made)
    if step:
        step(1.0)
    return Registration(scene.replace(focused=photos), tuple(matches), tuple(origin))


@dataclass(frozen=True)
class Shot:
    """A focused photo and the scene to which it is registered."""

    scene: Scene
    focused: FocusedPhoto
    light: LightKind
    step: Callable[[], object]

    def unwarped(self, to: Exposure) -> FocusedPhoto:
        """The photo where it is, in the exposure of U."""
        table = _exposed(np.repeat(np.arange(256, dtype=np.uint8)[:, None], 3, axis=1), to, self.light)
        planes = [table[self.focused.image[..., c], c] for c in range(3)]
        return FocusedPhoto(np.stack(planes, axis=-1), self.focused.mask)

    def warped(
        self, to: Exposure, matrix: NDArray[np.float64], flow: NDArray[np.float64] | None = None
    ) -> FocusedPhoto:
        """The photo in the frame and the exposure of U, its mask where it shows its own.

        Of a photo in which the object is small, only what lies around the object is made, the rest is black
        and not in the mask. It is made in tiles, each from the part of V that bears on it.
        """
        shape = self.scene.mask.shape
        image, mask = np.zeros((*shape, 3), np.uint8), np.zeros(shape, bool)
        ends = ends_of(self.scene.mask)
        spread = warp.antialiasing(matrix, ends)

        def make(tile: Box) -> None:
            rows, columns = tile
            here = matrix @ np.array([[1, 0, columns.start], [0, 1, rows.start], [0, 0, 1.0]])
            before = None if flow is None else flow[:, rows, columns]
            x, y = warp.positions(here, (rows.stop - rows.start, columns.stop - columns.start), before)
            taken, mask[rows, columns] = warp.taken(self.focused, x, y, spread)
            image[rows, columns] = _exposed(taken, to, self.light)

        with pool(None) as executor:
            for _ in executor.map(make, warp.tiles(part_of(shape, ends, surround(ends)))):
                self.step()
        return FocusedPhoto(image, mask)

    def is_still(self, matrix: NDArray[np.float64]) -> bool:
        """Whether the photo has the frame of U already."""
        mask = self.scene.mask
        if self.focused.image.shape != self.scene.misfocused.shape:
            return False
        # What lies between the ends of a row moves no farther than they do.
        y = np.flatnonzero(mask.any(axis=1))
        x = np.stack([mask[y].argmax(axis=1), mask.shape[1] - 1 - mask[y, ::-1].argmax(axis=1)])
        there = warp.apply(matrix, x, y)
        return bool(np.hypot(there[0] - x, there[1] - y).max() < _SAME_PLACE)


def _exposed(
    values: NDArray[np.uint8] | NDArray[np.float64], to: Exposure, light: LightKind
) -> NDArray[np.uint8]:
    """Encoded values of V in the exposure of U."""
    return encode(to.gain * decode(values, light=light) + to.offset, light=light)


def _located(shot: Shot) -> tuple[Pair, Place, Found]:
    """The pair about the object, and where V lies: first looked for where it is likely, then everywhere."""
    scene, focused, light = shot.scene, shot.focused, shot.light
    whole = slice(0, len(focused.mask)), slice(0, focused.mask.shape[1])
    there = likely_part(scene, focused, AROUND)
    if there == whole or not focused.mask[there].any():
        pair, place = working_pair(scene, focused, light, None, shot.step)
        found = find(pair)
    else:
        pair, place = working_pair(scene, focused, light, there, shot.step)
        found = find(pair)
        if found.doubt or found.alignment.agreement < SURE or found.alignment.overlap < _SHOWN:
            there = whole
            pair, place = working_pair(scene, focused, light, None, shot.step)
            found = find(pair)
    if place.scale > 1 and not found.doubt:
        # Where it lies is known, so that what lies elsewhere need not be looked at.
        matrix = place.full(found.alignment.matrix)
        nearer, closely = working_pair(scene, focused, light, _shown(shot, matrix), shot.step)
        if closely.scale < place.scale:
            return nearer, closely, near(nearer, found, closely.small(matrix))
    return pair, place, found


def _about(shot: Shot) -> Box:
    """The part of U that shows the object, and what sheds light into it."""
    return part_of(shot.scene.mask.shape, ends_of(shot.scene.mask), 2 * len(shot.scene.known_psf) + AROUND)


def _cut(scene: Scene, box: Box) -> Scene:
    """A part of a scene's misfocused photo, and its mask."""
    return Scene(scene.misfocused[box], scene.mask[box], scene.focused, psf=scene.known_psf)


def _shown(shot: Shot, matrix: NDArray[np.float64]) -> Box:
    """The part of V that shows this."""
    reach = 2 * len(shot.scene.known_psf) + AROUND
    (top, bottom), (left, right) = ends_of(shot.scene.mask) + reach * np.array([-1, 1])
    x, y = warp.apply(matrix, np.array([left, right] * 2), np.repeat([top, bottom], 2))
    lines = np.nan_to_num([[y.min(), y.max()], [x.min(), x.max()]])
    return part_of(shot.focused.mask.shape, lines, 0)


def _register(shot: Shot, flow: bool, known: tuple[Pair, Place, Found] | None = None) -> _Made:
    """The photos that one gives, and the match; near a geometry that is known."""
    focused = shot.focused
    pair, place, found = known or _located(shot)
    if found.doubt:
        return [focused], match_of(found, f"Not registered: {found.doubt}.", trusted=False)
    shot.step()
    exposure = fit_exposure(pair, found.alignment.matrix)
    if not known:
        there = _shown(shot, place.full(found.alignment.matrix))
        hidden = too_dark(focused.image[there], exposure, shot.light)
        if (hidden.any(axis=2) & focused.mask[there]).any():
            exposure = fit_exposure(pair, found.alignment.matrix, unclipped=True)
            return _restored(shot, flow, place, found, exposure)
    shot.step()
    pair, found = refined(pair, found, exposure)
    if found.doubt:
        return [focused], match_of(found, f"Not registered: {found.doubt}.", trusted=False)
    return _placed(shot, flow, pair, place, found)


def match_of(
    found: Found,
    note: str,
    *,
    exposure: Exposure = _UNCHANGED,
    model: Model | Literal["flow"] = "none",
    matrix: NDArray[np.float64] = _IDENTITY,
    flow: NDArray[np.float64] | None = None,
    trusted: bool = True,
) -> Match:
    """The match that a geometry makes, with what was done, in a sentence."""
    fit = found.alignment
    finite("registration", matrix, *exposure, fit.agreement, 0 if flow is None else flow)
    return Match(
        model=model,
        matrix=matrix,
        flow=flow,
        gain=exposure.gain,
        offset=exposure.offset,
        matches=found.matches,
        inliers=found.inliers,
        agreement=fit.agreement,
        trusted=trusted,
        note=note,
        overlap=fit.overlap,
    )


def _placed(shot: Shot, flow: bool, pair: Pair, place: Place, found: Found) -> _Made:
    """The photos that a trusted geometry gives, and the match; ``pair`` has its exposure."""
    scene = shot.scene
    mended = find_flow(pair, found.alignment) if flow else None
    if mended:
        found = found._replace(alignment=mended.alignment)
    fit = found.alignment
    matrix = place.full(fit.matrix)
    exposure = fit_exposure(pair, fit.matrix, mended.displacements if mended else None)
    gain, offset = exposure
    same_light = np.abs(gain - 1).max() < _SAME_LIGHT and np.abs(offset).max() < _SAME_LIGHT / 4
    if same_light:
        exposure = _UNCHANGED
    if mended is None and shot.is_still(matrix):
        # To resample a photo that is in place would only cost sharpness.
        if same_light:
            return [shot.focused], match_of(found, _LEFT)
        return [shot.unwarped(exposure)], match_of(found, _EXPOSED, exposure=exposure)

    photos = [shot.warped(exposure, matrix)]
    if not (photos[0].mask & scene.mask).any():
        why = "Not registered: the focused photo shows none of the object's pixels."
        return [shot.focused], match_of(found, why, trusted=False)
    model: Model | Literal["flow"] = fit.model
    if not flow and fit.agreement < IN_PLACE:
        unwarped = shot.unwarped(exposure)
        here, there = _about(shot), _shown(shot, matrix)
        parts = [
            FocusedPhoto(photo.image[box], photo.mask[box])
            for photo, box in ((photos[0], here), (unwarped, there))
        ]
        if warp_is_needless(_cut(scene, here), *parts, light=shot.light):
            left = f"leaves parallax (the detail correlates to {fit.agreement:.2f})"
            note = (
                f"Only its exposure was matched: {_PHRASES[model]} {left} and brings its patches no nearer."
            )
            return [unwarped], match_of(found, note, exposure=exposure)
    field = None
    if mended is not None:
        displacements, trusted = mended.enlarged(place.here, scene.mask.shape)
        flowed = shot.warped(exposure, matrix, displacements)
        flowed = replace(flowed, mask=flowed.mask & trusted)
        if (flowed.mask & scene.mask).any():
            # Both go to the library: where the flow errs, at edges that one view hides, the other is whole.
            model, field = "flow", displacements
            photos.insert(0, flowed)
    how = f"Warped by {_PHRASES[model]}"
    note = f"{how}; {found.inliers} features agree, and the detail correlates to {fit.agreement:.2f}."
    return photos, match_of(found, note, exposure=exposure, model=model, matrix=matrix, flow=field)


def _restored(shot: Shot, flow: bool, place: Place, found: Found, lit: Exposure) -> _Made:
    """As _register(), of the photo in an exposure that hides some of its samples, these estimated from U."""
    scene, focused, light = shot.scene, shot.focused, shot.light
    matrix = place.full(found.alignment.matrix)
    here, there = _about(shot), _shown(shot, matrix)
    hidden = too_dark(focused.image[there], lit, light)
    part, inner = _cut(scene, here), moved(there) @ np.linalg.solve(moved(here).T, matrix.T).T
    image, known = restored(part, focused.image[there], inner, lit, hidden, light)
    bright = shot.unwarped(lit).image.copy()
    bright[there] = encode(image, light=light)
    # A clipped sample that U does not show is no truth, and proposes nothing unless nothing else does.
    mask = focused.mask.copy()
    mask[there] &= known
    brightened = Shot(scene, FocusedPhoto(bright, mask if mask.any() else focused.mask), light, shot.step)
    pair, closely = working_pair(scene, brightened.focused, light, _shown(shot, matrix), shot.step)
    # Where few features agreed, what was hidden may show more.
    few = found.inliers < PLENTY
    found = find(pair) if few else near(pair, found, closely.small(matrix))
    photos, match = _register(brightened, flow, (pair, closely, found))
    if not match.trusted:
        return [focused], match
    share = float((hidden.any(axis=2) & focused.mask[there]).sum() / focused.mask[there].sum())
    gain, offset = match.gain * lit.gain, match.gain * lit.offset + match.offset
    note = _EXPOSED if match.note == _LEFT else match.note
    photos = [replace(photo, restored=True) for photo in photos]
    return photos, replace(match, gain=gain, offset=offset, clipped=share, note=note)
