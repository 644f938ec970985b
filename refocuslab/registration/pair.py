"""A misfocused and a focused photo as registration compares them: in light, small, equally blurred."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from refocuslab.optics import splines
from refocuslab.optics.blur import convolve
from refocuslab.optics.light import LightKind, decode, gray
from refocuslab.registration import warp
from refocuslab.scene import FocusedPhoto, Scene

# Rows and columns of a photo.
Box = tuple[slice, slice]
# Larger photos are averaged to at most this many pixels for the geometry. No shipped scene has so many, nor
# twice so many. What averaging costs, on crops of 128 pixels of the five scenes of other views: with half as
# many pixels a side, 0.1 to 1.0 dB of the registered photo, and displacement errors of 0.01 to 0.07 pixels
# instead of 0.01; with a third, 0.7 to 2.0 dB, and 0.06 to 0.11 pixels.
WORKING_PIXELS = 400_000
# Pixels of the PSF's side to a square's: what a disk leaves fits between squares a third of its width
# apart. On the five scenes of other views, half changes 0.01 dB in one; double gains 0.03 dB in one, of four
# times as many squares.
_SQUARES = 4
# The largest: the PSF that is tried may be too wide. With 6, a soft disk of 12 pixels is found as one of
# 12.85 instead of 12.81.
_LARGEST = 3
# The fewest squares of a mask; a smaller one is compared pixel by pixel. Half costs motorcycle-perturbed's
# crop of 128 pixels 0.3 dB, and changes the others by 0.02 at most; double was not measured.
_FEWEST_SQUARES = 5000
# Pixels by which a view may be moved without being made anew. Half and double change 0.01 dB in one; with 0.5
# the soft disk is found as 12.81 instead of 12.73.
_NEAR = 0.1
# A part of V whose place is known may have so many times as many: the object and what is around.
_ROOM = 3
# Pixels around an object's box: of U, beside twice the PSF, that its features see; that the PSF's estimate
# looks at; and of V by the box's side too: photos are no farther apart than that, or all of V is looked at.
_RIM, AROUND, _FARTHER = 16, 64, 0.5
# A part is looked at alone where it is less than this share of its photo.
_PART = 0.5
# Rows of a photo whose light is held at once.
_BAND = 256
# The exponent that brings light to the scale of the eye, on which noise is about even.
_EYE = 1 / 2.2


@dataclass(frozen=True)
class View:
    """V in the frame of U under a homography, blurred: means (h, w, 3) of squares, in the exposure of V.

    It is ``seen`` where V shows the object, and all that the PSF gathers there.
    """

    light: NDArray[np.float64]
    seen: NDArray[np.bool_]
    matrix: NDArray[np.float64]


@dataclass(frozen=True)
class Pair:
    """Both photos at working size.

    Attributes
    ----------
    misfocused : ndarray of float64, (H, W, 3)
        U, light.
    mask : ndarray of bool, (H, W)
        The object in U.
    focused : ndarray of float64, (H', W', 3)
        V, light.
    focused_mask : ndarray of bool, (H', W')
        The object in V.
    psf : ndarray of float64, (n, n)
        The PSF at working size.
    gain, offset : ndarray of float64, (3,)
        What is known of the exposure: U = gain Blur(V) + offset. Without it, colors of another white
        balance add up to another gray.
    power : float
        Light to this power has about even noise: 1/2.2, or 1 for encoded values.
    """

    misfocused: NDArray[np.float64]
    mask: NDArray[np.bool_]
    focused: NDArray[np.float64]
    focused_mask: NDArray[np.bool_]
    psf: NDArray[np.float64]
    gain: NDArray[np.float64] = field(default_factory=lambda: np.ones(3))
    offset: NDArray[np.float64] = field(default_factory=lambda: np.zeros(3))
    power: float = _EYE
    # Called at every view; it may raise Cancelled.
    step: Callable[[], object] = field(default=bool, compare=False, repr=False)
    # The last view, and the splines through V: what another exposure leaves as it is.
    _made: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)

    @property
    def width(self) -> int:
        """Side of the PSF, in pixels."""
        return len(self.psf)

    @cached_property
    def square(self) -> int:
        """Side of the squares of pixels whose means are compared."""
        most = math.isqrt(int(self.mask.sum()) // _FEWEST_SQUARES)
        return max(1, min(round(self.width / _SQUARES), _LARGEST, most))

    @cached_property
    def small_misfocused(self) -> NDArray[np.float64]:
        """U, (h, w, 3), light: means of squares."""
        return shrunk(self.misfocused, self.square)

    @cached_property
    def small_mask(self) -> NDArray[np.bool_]:
        """The squares that lie in the mask as a whole, (h, w)."""
        whole: NDArray[np.bool_] = shrunk(self.mask[:, :, None].astype(float), self.square)[:, :, 0] == 1
        return whole

    @cached_property
    def small_target(self) -> NDArray[np.float64]:
        """As ``target``, (h, w): means of squares."""
        return self._evened(gray(self.small_misfocused))

    @cached_property
    def target(self) -> NDArray[np.float64]:
        """U, (H, W), gray, on the scale of ``power``."""
        return self._evened(gray(self.misfocused))

    def _evened(self, light: NDArray[np.float64]) -> NDArray[np.float64]:
        evened: NDArray[np.float64] = np.maximum(light, 0) ** self.power
        return evened

    def _gray(self, light: NDArray[np.float64]) -> NDArray[np.float64]:
        """Light of V as gray, in the exposure of U."""
        combined: NDArray[np.float64] = light @ (self.gain / 3) + self.offset.mean()
        return combined

    def blurred_focused(self) -> NDArray[np.float64]:
        """Blur(V) in the frame of V, (H', W'), gray, on the scale of ``power``."""
        return self._evened(convolve(self._gray(self.focused)[:, :, None], self.psf)[:, :, 0])

    def view(
        self, matrix: NDArray[np.float64], flow: NDArray[np.float64] | None = None
    ) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """V warped to the frame of U, then blurred.

        Parameters
        ----------
        matrix : ndarray of float64, (3, 3)
            The homography from pixels of U to pixels of V.
        flow : ndarray of float64, (2, H, W), or None
            Displacements (dx, dy) of the pixels of U, made before the homography.

        Returns
        -------
        image : ndarray of float64, (H, W)
            Gray, on the scale of ``power``.
        seen : ndarray of bool, (H, W)
            Where V shows the object, and all that the PSF gathers there.
        """
        blurred, seen = self.blurred_view(self.focused, matrix, flow)
        return self._evened(self._gray(blurred)), seen

    def blurred_view(
        self,
        focused: NDArray[np.float64],
        matrix: NDArray[np.float64],
        flow: NDArray[np.float64] | None = None,
    ) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """As ``view``, for any image (H', W', C) in the frame of V; the result is (H, W, C)."""
        # What the focused photo shows beyond the frame sheds light into it.
        r = self.width // 2
        shape = self.mask.shape[0] + 2 * r, self.mask.shape[1] + 2 * r
        if flow is not None:
            flow = np.pad(flow, ((0, 0), (r, r), (r, r)), mode="edge")
        x, y = warp.positions(matrix @ np.array([[1, 0, -r], [0, 1, -r], [0, 0, 1]]), shape, flow)
        inner = np.s_[r : shape[0] - r, r : shape[1] - r]
        blurred = _convolved(self._sampled(focused, x, y), self.psf)[inner]
        # Near the edge of what V shows, blurred light comes from beyond it.
        seen = warp.inside(x, y, focused.shape)
        if not seen.all():
            seen = ndimage.minimum_filter(seen, 2 * r + 3, mode="constant", cval=1)
        seen = seen[inner] & self.mask
        if not self.focused_mask.all():
            columns = np.clip(np.rint(np.nan_to_num(x)), 0, focused.shape[1] - 1).astype(int)[inner]
            rows = np.clip(np.rint(np.nan_to_num(y)), 0, focused.shape[0] - 1).astype(int)[inner]
            seen &= self.focused_mask[rows, columns]
        return blurred, seen

    def _sampled(
        self, image: NDArray[np.float64], x: NDArray[np.float64], y: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        if image is not self.focused:
            return warp.sample(image, x, y)
        if "splines" not in self._made:
            self._made["splines"] = splines.coefficients(image, 3)
        return warp.sampled(self._made["splines"], x, y, order=3)

    def look(
        self,
        matrix: NDArray[np.float64],
        flow: NDArray[np.float64] | None = None,
    ) -> View:
        """The view under a homography, and a flow before it, as means of squares."""
        light, seen = self.blurred_view(self.focused, matrix, flow)
        whole = shrunk(seen[:, :, None].astype(float), self.square)[:, :, 0] == 1
        return View(shrunk(light, self.square), whole, matrix)

    def near(self, matrix: NDArray[np.float64]) -> View:
        """A view under this homography, or one that moves no pixel of U elsewhere by more than a little."""
        view: View | None = self._made.get("view")
        if view is None or self._apart(view.matrix, matrix) > _NEAR:
            view = self._made["view"] = self.look(matrix)
        return view

    def _apart(self, one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
        """By how many pixels of U two homographies differ at most."""
        height, width = self.mask.shape
        x, y = np.array([0, width - 1] * 2), np.repeat([0, height - 1], 2)
        there = warp.apply(warp.solve(one, other), x, y)
        apart = float(np.hypot(there[0] - x, there[1] - y).max())
        return apart if np.isfinite(apart) else np.inf

    def compared(
        self, matrix: NDArray[np.float64], flow: NDArray[np.float64] | None = None
    ) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """As ``view``, (h, w): means of squares.

        A view that lies near is moved by the little that is missing: blur leaves it as smooth as that needs.
        """
        self.step()
        view = self.near(matrix) if flow is None else self.look(matrix, flow)
        image = self._evened(self._gray(view.light))
        if (view.matrix != matrix).any():
            step = full_size(warp.solve(view.matrix, matrix), 1 / self.square)
            image = warp.sample(image[:, :, None], *warp.positions(step, image.shape))[:, :, 0]
        return image, view.seen

    def shrunk(self, scale: int) -> "Pair":
        """Both photos, so many times smaller along each side."""
        return Pair(
            shrunk(self.misfocused, scale), _shrunk_mask(self.mask, scale),
            shrunk(self.focused, scale), _shrunk_mask(self.focused_mask, scale),
            shrunk_psf(self.psf, scale), self.gain, self.offset, self.power, self.step,
        )  # fmt: skip


class Place(NamedTuple):
    """A pair's scale, and where its U and V lie: homographies (3, 3) from its pixels to the photos'."""

    scale: int
    here: NDArray[np.float64]
    there: NDArray[np.float64]

    def full(self, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        """The homography (3, 3) of the photos at full size, given that of the pair."""
        matrix = self.there @ matrix @ warp.inv(self.here)
        full: NDArray[np.float64] = matrix / matrix[2, 2]
        return full

    def small(self, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        """The homography (3, 3) of the pair, given that of the photos at full size."""
        matrix = warp.solve(self.there, matrix @ self.here)
        small: NDArray[np.float64] = matrix / matrix[2, 2]
        return small


def working_pair(
    scene: Scene,
    focused: FocusedPhoto,
    light: LightKind,
    there: Box | None = None,
    step: Callable[[], object] = bool,
) -> tuple[Pair, Place]:
    """The part of a scene's misfocused photo that shows the object, and a focused one, at working size.

    Parameters
    ----------
    scene : Scene
        U, its mask and the PSF.
    focused : FocusedPhoto
        V.
    light : {"linear", "encoded"}
        Where the PSF acts: on light, or on the stored values.
    there : (slice, slice) or None
        The rows and columns of V in which the object lies; None for all.
    step : callable
        As of the pair.

    Returns
    -------
    pair : Pair
        Both, in light.
    place : Place
        Where they lie. Photos are shrunk if the object has more than 400,000 pixels, the part of V three
        times as many, or V, where no part of it is known, more than those.
    """
    ends = ends_of(scene.mask)
    psf = scene.known_psf
    here = part_of(scene.mask.shape, ends, 2 * len(psf) + _RIM)
    part = there or (slice(0, len(focused.mask)), slice(0, focused.mask.shape[1]))
    given = (scene.mask[here], focused.mask[part])
    largest = max(int(given[0].sum()), given[1].size if there is None else given[1].size // _ROOM)
    scale = int(np.ceil(np.sqrt(largest / WORKING_PIXELS)))
    # A photo must not vanish, whatever the size of the other.
    scale = max(1, min(scale, min(*given[0].shape, *given[1].shape) // 32))
    small_psf = shrunk_psf(psf, scale)
    photos = tuple(
        small_light(image, scale, light) for image in (scene.misfocused[here], focused.image[part])
    )
    # Tiny photos cannot hold a wide PSF after shrinking's rounding.
    if small_psf.shape[0] // 2 >= min(min(photo.shape[:2]) for photo in photos):
        small_psf = np.ones((1, 1))
    power = _EYE if light == "linear" else 1.0
    masks = tuple(_shrunk_mask(mask, scale) for mask in given)
    shrink = to_squares(scale)
    place = Place(scale, *(warp.inv(shrink @ moved(box)) for box in (here, part)))
    return Pair(photos[0], masks[0], photos[1], masks[1], small_psf, power=power, step=step), place


def ends_of(mask: NDArray[np.bool_]) -> NDArray[np.int64]:
    """(2, 2): the first row and the one after the last that a mask has, and the same of its columns."""
    lines = [np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0)]
    return np.array([(line[0], line[-1] + 1) for line in lines])


def part_of(shape: tuple[int, ...], ends: NDArray[Any], around: float) -> Box:
    """The box from the first to the last row and column, and around it; or all of a photo if most of it."""
    first = np.clip(np.floor(ends[:, 0] - around), 0, np.array(shape) - 1).astype(int)
    last = np.clip(np.ceil(ends[:, 1] + around), first + 1, shape).astype(int)
    if np.prod(last - first) > _PART * np.prod(shape):
        first, last = np.zeros(2, int), np.array(shape)
    rows, columns = (slice(int(a), int(b)) for a, b in zip(first, last, strict=True))
    return rows, columns


def likely_part(scene: Scene, focused: FocusedPhoto, around: float) -> Box:
    """The part of V in which the object lies, if both photos show about the same, and what is around."""
    ends = ends_of(scene.mask)
    scale = np.array(focused.mask.shape) / np.array(scene.mask.shape)
    return part_of(focused.mask.shape, ends * scale[:, None], around)


def surround(ends: NDArray[np.int64]) -> float:
    """Pixels around an object's box beyond which nothing bears on it."""
    return max(AROUND, _FARTHER * float(np.ptp(ends, axis=1).max()))


def moved(box: Box) -> NDArray[np.float64]:
    """The homography (3, 3) from pixels of a photo to those of a part of it."""
    return np.array([[1, 0, -box[1].start], [0, 1, -box[0].start], [0, 0, 1.0]])


def small_light(image: NDArray[np.uint8], scale: int, light: LightKind) -> NDArray[np.float64]:
    """Means of squares of light; never all of a large photo's light at once."""
    if scale == 1:
        return decode(image, light=light)
    rows = scale * max(1, _BAND // scale)
    bands = range(0, len(image) // scale * scale, rows)
    return np.concatenate([shrunk(decode(image[top : top + rows], light=light), scale) for top in bands])


def full_size(matrix: NDArray[np.float64], scale: float) -> NDArray[np.float64]:
    """The homography (3, 3) of photos at full size, given that of photos ``scale`` times smaller."""
    if scale == 1:
        return matrix
    shrink = to_squares(scale)
    matrix = warp.solve(shrink, matrix @ shrink)
    full: NDArray[np.float64] = matrix / matrix[2, 2]
    return full


def to_squares(scale: float) -> NDArray[np.float64]:
    """The homography (3, 3) from pixels to the squares of so many pixels a side whose means are taken."""
    return np.array([[1, 0, -(scale - 1) / 2], [0, 1, -(scale - 1) / 2], [0, 0, scale]]) / scale


def shrunk(image: NDArray[np.float64], scale: int) -> NDArray[np.float64]:
    """Means of squares of ``scale`` pixels; what does not fill a square is left out."""
    if scale == 1:
        return image
    rows, columns = (side // scale for side in image.shape[:2])
    whole = image[: rows * scale, : columns * scale]
    # Rows first: these sums run along contiguous memory.
    down = whole.reshape(rows, scale, -1).sum(axis=1)
    sums = down.reshape(rows, columns, scale, *image.shape[2:]).sum(axis=2)
    means: NDArray[np.float64] = sums / scale**2
    return means


def _shrunk_mask(mask: NDArray[np.bool_], scale: int) -> NDArray[np.bool_]:
    """The squares that lie in a mask by half."""
    held: NDArray[np.bool_] = shrunk(mask[:, :, None].astype(float), scale)[:, :, 0] >= 0.5
    return held


def _convolved(image: NDArray[np.float64], psf: NDArray[np.float64]) -> NDArray[np.float64]:
    """As ``convolve``, channel by channel: its transforms run along contiguous memory."""
    if len(psf) == 1:
        return image
    planes = [convolve(np.ascontiguousarray(image[:, :, c : c + 1]), psf) for c in range(image.shape[2])]
    return np.concatenate(planes, axis=2)


def shrunk_psf(psf: NDArray[np.float64], scale: int) -> NDArray[np.float64]:
    """The PSF between the means of such squares."""
    if scale == 1:
        return psf
    square = np.ones(scale) / scale
    # Light is averaged over a square where it is seen; where it comes from, a mean stands for it.
    tent = np.convolve(square, square)
    psf = ndimage.convolve1d(np.pad(psf, 2 * scale), tent, axis=0, mode="constant")
    psf = ndimage.convolve1d(psf, tent, axis=1, mode="constant")
    center = psf.shape[0] // 2 % scale
    small: NDArray[np.float64] = psf[center::scale, center::scale]
    small = small / small.sum()
    return small
