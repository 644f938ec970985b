"""Registration: focused photos brought to the view and the exposure of the misfocused one.

Beyond the paper, whose photos were all but aligned. The photos are compared *equally blurred*: the
focused one is blurred by the scene's PSF first, so that both look alike.
"""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from refocuslab.optics.light import LightKind, decode, encode
from refocuslab.registration import warp
from refocuslab.registration.clipping import restored, too_dark
from refocuslab.registration.exposure import Exposure, fit_exposure
from refocuslab.registration.flow import Flow, enlarged, find_flow
from refocuslab.registration.geometry import Found, find, near, refined
from refocuslab.registration.pair import Pair, full_size, working_pair
from refocuslab.registration.parallax import IN_PLACE, warp_is_needless
from refocuslab.registration.psf_estimate import with_psf
from refocuslab.registration.warp import Model
from refocuslab.running.finite import finite
from refocuslab.running.progress import Step
from refocuslab.running.threads import one_thread_each
from refocuslab.scene import FocusedPhoto, Scene

# A photo that would be moved by less, in pixels, or lit differently by less, is left as it is. Half and
# double change nothing on crops of 128 pixels of the five scenes of other views.
_SAME_PLACE, _SAME_LIGHT = 0.1, 0.004
# Times that a photo may shrink, along each side, before detail aliases. Half and double of what is more than
# 1 change nothing on the same crops: none shrinks by as much.
_ALIASING = 1.1
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
    not show leave its mask. Where the match is too weak the photo stays as it is, exposure too, with a
    note that says so.

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
        Called with the share of the photos that is done, 0 to 1.

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
        if step:
            step(number / len(scene.focused))
        with one_thread_each():  # small products, and sums that do not depend on the number of threads
            made, match = _register(_Shot(scene, focused, light), flow)
        photos += made
        matches.append(match)
        origin += [number] * len(made)
    if step:
        step(1.0)
    return Registration(scene.replace(focused=photos), tuple(matches), tuple(origin))


@dataclass(frozen=True)
class _Shot:
    """A focused photo and the scene to which it is registered."""

    scene: Scene
    focused: FocusedPhoto
    light: LightKind

    def exposed(self, values: NDArray[np.uint8] | NDArray[np.float64], to: Exposure) -> NDArray[np.uint8]:
        """Encoded values of V in the exposure of U."""
        return encode(to.gain * decode(values, light=self.light) + to.offset, light=self.light)

    def unwarped(self, to: Exposure) -> FocusedPhoto:
        """The photo where it is, in the exposure of U."""
        return FocusedPhoto(self.exposed(self.focused.image, to), self.focused.mask)

    def warped(
        self, to: Exposure, matrix: NDArray[np.float64], flow: NDArray[np.float64] | None = None
    ) -> NDArray[np.uint8]:
        """The photo in the frame and the exposure of U."""
        smooth = _antialiased(self.focused.image, matrix, self.scene.mask)
        return self.exposed(warp.resample(smooth, *warp.positions(matrix, self.scene.mask.shape, flow)), to)

    def mask(self, matrix: NDArray[np.float64], flow: NDArray[np.float64] | None = None) -> NDArray[np.bool_]:
        """The photo's mask in the frame of U, where the photo shows it."""
        x, y = warp.positions(matrix, self.scene.mask.shape, flow)
        given = self.focused.mask
        share = warp.sample(given[:, :, None].astype(float), x, y, order=1)[:, :, 0]
        held: NDArray[np.bool_] = warp.inside(x, y, given.shape) & (share >= 0.5)
        return held

    def is_still(self, matrix: NDArray[np.float64]) -> bool:
        """Whether the photo has the frame of U already."""
        if self.focused.image.shape != self.scene.misfocused.shape:
            return False
        y, x = np.nonzero(self.scene.mask)
        moved = warp.apply(matrix, x, y)
        return bool(np.hypot(moved[0] - x, moved[1] - y).max() < _SAME_PLACE)


def _register(shot: _Shot, flow: bool, known: Found | None = None) -> _Made:
    """The photos that one gives, and the match; near a geometry that is known, of photos at working size."""
    scene, focused = shot.scene, shot.focused
    pair, scale = working_pair(scene, focused, shot.light)
    found = near(pair, known) if known else find(pair)
    if not found.doubt:
        exposure = fit_exposure(pair, found.alignment.matrix)
        if not known and (too_dark(focused.image, exposure, shot.light).any(axis=2) & focused.mask).any():
            exposure = fit_exposure(pair, found.alignment.matrix, unclipped=True)
            return _restored(shot, flow, found, scale, exposure)
        pair, found = refined(pair, found, exposure)
    doubt, matrix = found.doubt, full_size(found.alignment.matrix, scale)
    if not doubt and not (shot.mask(matrix) & scene.mask).any():
        doubt = "the focused photo shows none of the object's pixels"
    if doubt:
        return [focused], _match(found, f"Not registered: {doubt}.", trusted=False)
    return _placed(shot, flow, pair, scale, found)


def _match(
    found: Found,
    note: str,
    *,
    exposure: Exposure = _UNCHANGED,
    model: Model | Literal["flow"] = "none",
    matrix: NDArray[np.float64] = _IDENTITY,
    flow: NDArray[np.float64] | None = None,
    trusted: bool = True,
) -> Match:
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


def _placed(shot: _Shot, flow: bool, pair: Pair, scale: int, found: Found) -> _Made:
    """The photos that a trusted geometry gives, and the match; ``pair`` has its exposure."""
    scene = shot.scene
    mended = find_flow(pair, found.alignment) if flow else None
    if mended:
        found = found._replace(alignment=mended.alignment)
    fit = found.alignment
    matrix = full_size(fit.matrix, scale)
    exposure = fit_exposure(pair, fit.matrix, mended.displacements if mended else None)
    gain, offset = exposure
    same_light = np.abs(gain - 1).max() < _SAME_LIGHT and np.abs(offset).max() < _SAME_LIGHT / 4
    if same_light:
        exposure = _UNCHANGED
    if mended is None and shot.is_still(matrix):
        # To resample a photo that is in place would only cost sharpness.
        if same_light:
            return [shot.focused], _match(found, _LEFT)
        return [shot.unwarped(exposure)], _match(found, _EXPOSED, exposure=exposure)

    photos = [FocusedPhoto(shot.warped(exposure, matrix), shot.mask(matrix))]
    model: Model | Literal["flow"] = fit.model
    if not flow and fit.agreement < IN_PLACE:
        unwarped = shot.unwarped(exposure)
        if warp_is_needless(scene, photos[0], unwarped, light=shot.light):
            left = f"leaves parallax (the detail correlates to {fit.agreement:.2f})"
            note = (
                f"Only its exposure was matched: {_PHRASES[model]} {left} and brings its patches no nearer."
            )
            return [unwarped], _match(found, note, exposure=exposure)
    field = None
    if mended is not None:
        displacements, mask = _flowed(shot, matrix, scale, mended)
        if (mask & scene.mask).any():
            # Both go to the library: where the flow errs, at edges that one view hides, the other is whole.
            model, field = "flow", displacements
            photos.insert(0, FocusedPhoto(shot.warped(exposure, matrix, field), mask))
    how = f"Warped by {_PHRASES[model]}"
    note = f"{how}; {found.inliers} features agree, and the detail correlates to {fit.agreement:.2f}."
    return photos, _match(found, note, exposure=exposure, model=model, matrix=matrix, flow=field)


def _flowed(
    shot: _Shot, matrix: NDArray[np.float64], scale: int, flow: Flow
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """The flow at full size, (2, H, W), and the photo's mask where it can be trusted, (H, W)."""
    shape = shot.scene.mask.shape
    displacements = enlarged(flow.displacements, scale, shape)
    trusted = enlarged(flow.trusted[None].astype(float), scale, shape)[0] >= 0.5 * scale
    return displacements, trusted & shot.mask(matrix, displacements)


def _restored(shot: _Shot, flow: bool, found: Found, scale: int, lit: Exposure) -> _Made:
    """As _register(), of the photo in an exposure that hides some of its samples, these estimated from U."""
    scene, focused, light = shot.scene, shot.focused, shot.light
    hidden = too_dark(focused.image, lit, light)
    matrix = full_size(found.alignment.matrix, scale)
    image, known = restored(scene, focused.image, matrix, lit, hidden, light)
    # A clipped sample that U does not show is no truth, and proposes nothing unless nothing else does.
    mask = focused.mask & known if (focused.mask & known).any() else focused.mask
    brightened = _Shot(scene, FocusedPhoto(encode(image, light=light), mask), light)
    photos, match = _register(brightened, flow, found)
    if not match.trusted:
        return [focused], match
    share = float((hidden.any(axis=2) & focused.mask).sum() / focused.mask.sum())
    gain, offset = match.gain * lit.gain, match.gain * lit.offset + match.offset
    note = _EXPOSED if match.note == _LEFT else match.note
    photos = [replace(photo, restored=True) for photo in photos]
    return photos, replace(match, gain=gain, offset=offset, clipped=share, note=note)


def _antialiased(
    image: NDArray[np.uint8], matrix: NDArray[np.float64], mask: NDArray[np.bool_]
) -> NDArray[np.uint8] | NDArray[np.float64]:
    """The photo, smoothed if the warp makes it so much smaller that detail would alias."""
    y, x = (int(v.mean()) for v in np.nonzero(mask))
    ax, ay = warp.apply(matrix, np.array([x, x + 1.0, x]), np.array([y, y, y + 1.0]))
    area = abs((ax[1] - ax[0]) * (ay[2] - ay[0]) - (ax[2] - ax[0]) * (ay[1] - ay[0]))
    if not area > _ALIASING**2:
        return image
    spread = 0.5 * np.sqrt(area - 1)
    smooth: NDArray[np.float64] = ndimage.gaussian_filter(image.astype(np.float64), (spread, spread, 0))
    return smooth
