"""Registration: focused photos brought to the view and the exposure of the misfocused one.

Beyond the paper, whose photos were all but aligned. The photos are compared *equally blurred*: the
focused one is blurred by the scene's PSF first, so that both look alike.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from scipy import ndimage

from refocuslab.optics.light import decode, encode
from refocuslab.registration import alignment, features, warp
from refocuslab.registration.alignment import Alignment, Pair
from refocuslab.registration.clipping import restored, too_dark
from refocuslab.registration.exposure import exposure
from refocuslab.registration.flow import enlarged, find_flow
from refocuslab.registration.parallax import IN_PLACE, warp_is_needless
from refocuslab.running.finite import finite
from refocuslab.scene import FocusedPhoto, Scene

# Geometry is found on no more pixels than this: larger photos are made smaller for it.
WORKING_PIXELS = 400_000
# Fewer matches than this, or a smaller share of them, can agree on a geometry by chance.
FEWEST_INLIERS = 10
# The least correlation of detail: with such matches behind it, and without them.
TRUSTED_WITH_FEATURES, TRUSTED_ALONE = 0.3, 0.7
LEAST_OVERLAP_WITH_FEATURES, LEAST_OVERLAP = 0.02, 0.2
# Pixels of the shortest side below which nothing can be said.
SMALLEST = 8
# A photo that would be moved by less, in pixels, or lit differently by less, is left as it is.
SAME_PLACE, SAME_LIGHT = 0.1, 0.004
# Times that a photo may shrink, along each side, before detail aliases.
ALIASING = 1.1
_IDENTITY, _ONES, _ZEROS = np.eye(3), np.ones(3), np.zeros(3)
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
    """How one focused photo was matched to the misfocused photo U.

    model
        "none", "similarity", "affine" or "homography": what kind of geometry was needed. "flow": a
        flow on top of it; two photos of the registered scene then come from this one.
    matrix
        (3, 3) float64, last entry 1: takes pixels (x, y, 1) of U to pixels of the focused photo.
    flow
        (2, H, W) float64, how far (dx, dy) a pixel of U is moved before that; None for not at all.
    gain, offset
        (3,) float64 for R, G, B, in the light of ``register``: U = gain Blur(V) + offset.
    matches, inliers
        How many features were matched, and how many of them agree with the geometry.
    agreement
        Correlation, -1 … 1, of the detail of U and of the blurred, warped photo, on the object.
    trusted
        False: the match was too weak, and the photo went on as it was.
    note
        What was done and why, in a sentence.
    overlap
        The share of the object in U that the photo shows.
    clipped
        The share of the photo's mask where a sample is clipped that U shows unclipped: there the photo's
        light was estimated from U (clipping.py).
    """

    model: str
    matrix: np.ndarray
    flow: np.ndarray | None
    gain: np.ndarray
    offset: np.ndarray
    matches: int
    inliers: int
    agreement: float
    trusted: bool
    note: str
    overlap: float = 1.0
    clipped: float = 0.0


@dataclass(frozen=True, eq=False)
class Registration:
    """``scene``: as given, but with its focused photos registered. ``matches``: one for each that was
    given. ``origin``: for each focused photo of ``scene``, the number of the given one it came from."""

    scene: Scene
    matches: tuple[Match, ...]
    origin: tuple[int, ...]


def register(
    scene: Scene,
    *,
    light: str = "linear",
    flow: bool = True,
    step: Callable[[float], None] | None = None,
) -> Registration:
    """Warp every focused photo of a scene to the frame of U, and match its exposure and white balance.

    For each photo V: SIFT features of U and Blur(V) are matched; RANSAC and the Bayesian information
    criterion choose similarity, affine or homography; Gauss-Newton on the blurred photos makes it
    accurate to a small part of a pixel; gain and offset of each channel follow by a robust fit in
    ``light``. What parallax is left, an optical flow takes up, where forth and back it agrees with
    itself and halves the error; the library then gets the photo with the flow and without. ``flow=False``
    is for patches that compare many pixels at once, and suffer where the flow bends them: there is none
    then, nor a warp that leaves parallax and brings U's patches no nearer (parallax.py). Pixels
    that a photo does not show leave its mask. Where the match is too weak the photo stays as it is,
    exposure too, with a note that says so.

    ``step`` is called with the share done, 0 … 1. The result depends on nothing but the scene.
    """
    photos, matches, origin = [], [], []
    for number, focused in enumerate(scene.focused):
        if step:
            step(number / len(scene.focused))
        made, found = _register(scene, focused, light, flow)
        photos += made
        matches.append(found)
        origin += [number] * len(made)
    if step:
        step(1.0)
    return Registration(scene.replace(focused=photos), tuple(matches), tuple(origin))


def _register(
    scene: Scene, focused: FocusedPhoto, light: str, flow: bool, settled: bool = False
) -> tuple[list[FocusedPhoto], Match]:
    pair, scale = working_pair(scene, focused, light)
    found, matches, inliers = find(pair)
    doubt = _doubt(found, inliers)
    if not doubt and not settled:
        lit = exposure(pair, found.matrix)
        if (too_dark(focused.image, lit, light).any(axis=2) & focused.mask).any():
            lit = exposure(pair, found.matrix, unclipped=True)
            hidden = too_dark(focused.image, lit, light)
            return _unclipped(scene, focused, light, flow, _full_size(found.matrix, scale), lit, hidden)
    if not doubt:
        pair = replace(pair, **exposure(pair, found.matrix))
        found = alignment.best_model(pair, alignment.align(pair, found.matrix, found.model))
        doubt = _doubt(found, inliers)
    matrix = _full_size(found.matrix, scale)
    if not doubt and not (_mask(scene, focused, matrix) & scene.mask).any():
        doubt = "the focused photo shows none of the object's pixels"

    def result(photos, note, model="none", matrix=_IDENTITY, gain=_ONES, offset=_ZEROS, flow=None):
        finite("registration", matrix, gain, offset, found.agreement, 0 if flow is None else flow)
        agreed = matches, inliers, found.agreement, not doubt
        return photos, Match(model, matrix, flow, gain, offset, *agreed, note, found.overlap)

    if doubt:
        return result([focused], f"Not registered: {doubt}.")
    mended = find_flow(pair, found) if flow else None
    field, trusted, found = mended or (None, None, found)
    gain, offset = exposure(pair, found.matrix, field).values()
    same_light = np.abs(gain - 1).max() < SAME_LIGHT and np.abs(offset).max() < SAME_LIGHT / 4
    if same_light:
        gain, offset = _ONES, _ZEROS
    same_size = focused.image.shape == scene.misfocused.shape
    still = field is None and same_size and _is_still(matrix, scene.mask)
    if still and same_light:
        return result([focused], _LEFT)

    def exposed(values):
        return encode(gain * decode(values, light=light) + offset, light=light)

    if still:
        # To resample a photo that is in place would only cost sharpness.
        photo = FocusedPhoto(exposed(focused.image), focused.mask)
        return result([photo], _EXPOSED, "none", _IDENTITY, gain, offset)

    def warped(flow=None):
        smooth = _antialiased(focused.image, matrix, scene.mask)
        return exposed(warp.resample(smooth, *warp.positions(matrix, scene.mask.shape, flow)))

    photos = [FocusedPhoto(warped(), _mask(scene, focused, matrix))]
    model = found.model
    if not flow and found.agreement < IN_PLACE:
        unwarped = FocusedPhoto(exposed(focused.image), focused.mask)
        if warp_is_needless(scene, photos[0], unwarped, light=light):
            note = (f"Only its exposure was matched: {_PHRASES[model]} leaves parallax (the detail "
                    f"correlates to {found.agreement:.2f}) and brings its patches no nearer.")  # fmt: skip
            return result([unwarped], note, "none", _IDENTITY, gain, offset)
    if field is not None:
        # Both go to the library: where the flow errs, at edges that one view hides, the other is whole.
        field = enlarged(field, scale, scene.mask.shape)
        trusted = enlarged(trusted[None].astype(float), scale, scene.mask.shape)[0] >= 0.5 * scale
        mask = trusted & _mask(scene, focused, matrix, field)
        if (mask & scene.mask).any():
            photos.insert(0, FocusedPhoto(warped(field), mask))
            model = "flow"
    how = f"Warped by {_PHRASES[model]}"
    note = f"{how}; {inliers} features agree, and the detail correlates to {found.agreement:.2f}."
    return result(photos, note, model, matrix, gain, offset, field if model == "flow" else None)


def _unclipped(scene, focused, light, flow, matrix, lit, hidden):
    """As _register(), where `hidden` samples of the focused photo only tell of at least so much light."""
    image, known = restored(scene, focused.image, matrix, lit, hidden, light)
    # A clipped sample that U does not show is no truth, and proposes nothing unless nothing else does.
    mask = focused.mask & known if (focused.mask & known).any() else focused.mask
    photos, match = _register(
        scene, FocusedPhoto(encode(image, light=light), mask), light, flow, settled=True
    )
    if not match.trusted:
        return [focused], match
    share = float((hidden.any(axis=2) & focused.mask).sum() / focused.mask.sum())
    gain, offset = match.gain * lit["gain"], match.gain * lit["offset"] + match.offset
    note = _EXPOSED if match.note == _LEFT else match.note
    return photos, replace(match, gain=gain, offset=offset, clipped=share, note=note)


def working_pair(scene: Scene, focused: FocusedPhoto, light: str) -> tuple[Pair, int]:
    """Both photos in light, and how many times smaller they are, so that geometry is soon found."""
    largest = max(scene.mask.size, focused.mask.size)
    scale = int(np.ceil(np.sqrt(largest / WORKING_PIXELS)))
    # A photo must not vanish, whatever the size of the other.
    scale = max(1, min(scale, min(*scene.mask.shape, *focused.mask.shape) // 32))

    def small(image):
        return _shrunk(decode(image, light=light), scale)

    def object_in(mask):
        return _shrunk(mask[:, :, None].astype(float), scale)[:, :, 0] >= 0.5

    psf = _shrunk_psf(scene.psf, scale)
    photos = small(scene.misfocused), small(focused.image)
    # Tiny photos cannot hold a wide PSF after shrinking's rounding.
    if psf.shape[0] // 2 >= min(min(photo.shape[:2]) for photo in photos):
        psf = np.ones((1, 1))
    power = 1 / 2.2 if light == "linear" else 1.0
    masks = object_in(scene.mask), object_in(focused.mask)
    return Pair(photos[0], masks[0], photos[1], masks[1], psf, power=power), scale


def find(pair: Pair) -> tuple[Alignment, int, int]:
    """The best geometry of a pair, and how many features were matched and agree with it."""
    if min(*pair.mask.shape, *pair.focused_mask.shape) < SMALLEST:
        return Alignment("similarity", np.eye(3), np.inf, 0.0, 0.0), 0, 0
    here = features.describe(pair.target, pair.mask)
    there = features.describe(pair.blurred_focused(), pair.focused_mask)
    matches = features.match(here, there)
    model, matrix, inliers = features.geometry(matches)
    count = len(matches)
    starts = []
    if inliers >= FEWEST_INLIERS / 2:
        # Once the views are alike, perspective no longer hides features from each other.
        image, seen = pair.view(matrix)
        again = features.match(here, features.describe(image, seen))
        second, correction, more = features.geometry(again)
        if more > inliers:
            matrix, inliers, count = matrix @ correction, more, len(again)
            model = max(model, second, key=alignment.MODELS.index)
        starts = [alignment.align(pair, matrix / matrix[2, 2], model)]
    if not starts or _doubt(starts[0], inliers):
        fit = [b / a for a, b in zip(pair.mask.shape, pair.focused_mask.shape, strict=True)]
        for matrix in (np.eye(3), np.diag([fit[1], fit[0], 1.0])):
            starts.append(alignment.align(pair, matrix, "similarity", coarse=True))
            if fit == [1.0, 1.0]:
                break
    found = max(starts, key=lambda a: a.agreement if a.overlap >= LEAST_OVERLAP else -1.0)
    return found, count, inliers


def _doubt(found: Alignment, inliers: int) -> str:
    """Why this geometry cannot be trusted; empty if it can."""
    matched = inliers >= FEWEST_INLIERS
    if found.agreement < (TRUSTED_WITH_FEATURES if matched else TRUSTED_ALONE):
        return f"{inliers} features agree, and the detail correlates to {found.agreement:.2f} only"
    if found.overlap < (LEAST_OVERLAP_WITH_FEATURES if matched else LEAST_OVERLAP):
        return f"the photos have only {found.overlap:.0%} of the object in common"
    return ""


def _is_still(matrix: np.ndarray, mask: np.ndarray) -> bool:
    y, x = np.nonzero(mask)
    moved = warp.apply(matrix, x, y)
    return bool(np.hypot(moved[0] - x, moved[1] - y).max() < SAME_PLACE)


def _mask(scene: Scene, focused: FocusedPhoto, matrix: np.ndarray, flow=None) -> np.ndarray:
    """The focused photo's mask in the frame of U, where the photo shows it."""
    x, y = warp.positions(matrix, scene.mask.shape, flow)
    share = warp.sample(focused.mask[:, :, None].astype(float), x, y, order=1)[:, :, 0]
    return warp.inside(x, y, focused.mask.shape) & (share >= 0.5)


def _antialiased(image: np.ndarray, matrix: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """The photo, smoothed if the warp makes it so much smaller that detail would alias."""
    y, x = (int(v.mean()) for v in np.nonzero(mask))
    ax, ay = warp.apply(matrix, np.array([x, x + 1.0, x]), np.array([y, y, y + 1.0]))
    area = abs((ax[1] - ax[0]) * (ay[2] - ay[0]) - (ax[2] - ax[0]) * (ay[1] - ay[0]))
    if not area > ALIASING**2:
        return image
    spread = 0.5 * np.sqrt(area - 1)
    return ndimage.gaussian_filter(image.astype(np.float64), (spread, spread, 0))


def _shrunk(image: np.ndarray, scale: int) -> np.ndarray:
    """Means of squares of ``scale`` pixels; what does not fill a square is left out."""
    if scale == 1:
        return image
    rows, columns = (side // scale for side in image.shape[:2])
    whole = image[: rows * scale, : columns * scale]
    return whole.reshape(rows, scale, columns, scale, -1).mean(axis=(1, 3))


def _shrunk_psf(psf: np.ndarray, scale: int) -> np.ndarray:
    """The PSF between the means of such squares."""
    if scale == 1:
        return psf
    square = np.ones(scale) / scale
    # Light is averaged over a square where it is seen; where it comes from, a mean stands for it.
    tent = np.convolve(square, square)
    psf = ndimage.convolve1d(np.pad(psf, 2 * scale), tent, axis=0, mode="constant")
    psf = ndimage.convolve1d(psf, tent, axis=1, mode="constant")
    centre = psf.shape[0] // 2 % scale
    psf = psf[centre::scale, centre::scale]
    return psf / psf.sum()


def _full_size(matrix: np.ndarray, scale: int) -> np.ndarray:
    """A geometry of shrunk photos as one of the photos themselves."""
    if scale == 1:
        return matrix
    grow = np.array([[scale, 0, (scale - 1) / 2], [0, scale, (scale - 1) / 2], [0, 0, 1.0]])
    matrix = grow @ matrix @ np.linalg.inv(grow)
    return matrix / matrix[2, 2]
