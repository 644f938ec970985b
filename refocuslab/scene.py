"""A scene: the misfocused photo, its mask and PSF, and the focused photos that inform it (§2, §3).

Everything is checked here, once: what takes a ``Scene`` need not check it again.
"""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from refocuslab.checks import (
    LONGEST_DESCRIPTION,
    LONGEST_NAME,
    LONGEST_TITLE,
    as_array,
    check_photo,
    check_text,
    set_fields,
)
from refocuslab.errors import RefocusError
from refocuslab.optics.calibration import calibrate
from refocuslab.optics.psf import check_psf


class _Compared:
    """Equality field by field, arrays by their shape and values."""

    def __eq__(self, other):
        if type(other) is not type(self):
            return NotImplemented
        return all(
            _same(getattr(self, field.name), getattr(other, field.name)) for field in dataclasses.fields(self)
        )

    __hash__ = None


@dataclass(frozen=True, eq=False)
class FocusedPhoto(_Compared):
    """A photo in which the object is in focus; its patches fill the library V (§2.1, §3).

    ``image``: (H, W, 3) uint8 sRGB. ``mask``: (H, W) bool, the pixels that feed the library, at
    least one; None means all of them. Both become read-only copies. ``RefocusError`` otherwise.
    """

    image: np.ndarray
    mask: np.ndarray | None = None

    def __post_init__(self):
        set_fields(self, image=_copy(check_photo("image", self.image)))
        set_fields(self, mask=_mask(self.mask, self.image))


@dataclass(frozen=True, eq=False)
class Scene(_Compared):
    """All that refocusing one misfocused photo takes.

    misfocused
        U, (H, W, 3) uint8 sRGB.
    mask
        (H, W) bool: the pixels to refocus, at least one. None means all of them.
    focused
        One or more ``FocusedPhoto``, of any sizes, in the order of the library; kept as a tuple.
    psf
        G, (n, n) float64 as ``check_psf`` wants it, with a radius less than every side of every
        photo. None means the disk that ``calibrate`` finds (§3) in linear light.
    calibration
        The shots of a small light (focused, misfocused) for that, as ``calibrate`` takes them.
    truth
        What U would show if it were in focus, in the shape of U, where that is known; for scoring.
    name, title, description
        Text for people: the folder's name, a heading, and where the photos come from.

    The arrays become read-only copies. Equality compares values. Whatever breaks a rule raises a
    ``RefocusError``.
    """

    misfocused: np.ndarray
    mask: np.ndarray | None
    focused: Sequence[FocusedPhoto]
    _: dataclasses.KW_ONLY
    psf: np.ndarray | None = None
    calibration: tuple[np.ndarray, np.ndarray] | None = None
    truth: np.ndarray | None = None
    name: str = ""
    title: str = ""
    description: str = ""

    def __post_init__(self):
        set_fields(self, misfocused=_copy(check_photo("misfocused", self.misfocused)))
        set_fields(self, mask=_mask(self.mask, self.misfocused))
        set_fields(self, focused=_focused(self.focused))
        set_fields(self, calibration=_shots(self.calibration))
        set_fields(self, psf=self._checked_psf())
        if self.truth is not None:
            truth, shape = check_photo("truth", self.truth), self.misfocused.shape
            if truth.shape != shape:
                rule = f"must have the shape of the misfocused photo, {shape}"
                raise RefocusError("truth", rule, truth.shape)
            set_fields(self, truth=_copy(truth))
        check_texts(self.name, self.title, self.description)

    def replace(self, **changes) -> "Scene":
        """A scene with other values for these fields; a new calibration finds a new PSF."""
        if changes.get("calibration") is not None:
            changes.setdefault("psf", None)
        return dataclasses.replace(self, **changes)

    def middle(self, side: int) -> "Scene":
        """The square of ``side`` pixels in the middle of every photo, where a photo is larger than that."""

        def cut(photo):
            if photo is None:
                return None
            top, left = (max(0, (length - side) // 2) for length in photo.shape[:2])
            return photo[top : top + side, left : left + side]

        return self.replace(
            misfocused=cut(self.misfocused), mask=cut(self.mask), truth=cut(self.truth),
            focused=[FocusedPhoto(cut(photo.image), cut(photo.mask)) for photo in self.focused])  # fmt: skip

    def _checked_psf(self) -> np.ndarray:
        psf = self.psf
        if psf is None:
            if self.calibration is None:
                raise RefocusError("psf", "must be given, or a calibration to find it", None)
            psf = calibrate(*self.calibration).psf
        psf = _copy(check_psf(psf))
        least = min(side for photo in self._photos() for side in photo.shape[:2])
        if psf.shape[0] // 2 >= least:
            rule = f"must fit the photos: at most {2 * least - 1} pixels wide here"
            raise RefocusError("psf", rule, f"{psf.shape[0]} pixels")
        return psf

    def _photos(self) -> list[np.ndarray]:
        return [self.misfocused, *(photo.image for photo in self.focused)]


def check_texts(name: str, title: str, description: str) -> None:
    """Texts of a scene, of any characters: what shows them escapes them."""
    check_text("name", name, LONGEST_NAME)
    check_text("title", title, LONGEST_TITLE)
    check_text("description", description, LONGEST_DESCRIPTION)


def _copy(array: np.ndarray) -> np.ndarray:
    array = np.array(array, order="C")
    array.flags.writeable = False
    return array


def _same(a, b) -> bool:
    if isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
        return np.array_equal(a, b)
    if isinstance(a, tuple) and isinstance(b, tuple):
        return len(a) == len(b) and all(map(_same, a, b))
    return type(a) is type(b) and a == b


def _mask(mask, photo: np.ndarray) -> np.ndarray:
    shape = photo.shape[:2]
    if mask is None:
        return _copy(np.ones(shape, dtype=bool))
    rule = f"must have the shape of its photo, {shape}, and type bool"
    mask = as_array("mask", mask, rule)
    if mask.shape != shape or mask.dtype != bool:
        raise RefocusError("mask", rule, f"{mask.shape} {mask.dtype}")
    if not mask.any():
        raise RefocusError("mask", "must hold at least one pixel", "an empty mask")
    return _copy(mask)


def _focused(focused) -> tuple[FocusedPhoto, ...]:
    rule = "must be one or more FocusedPhoto, in a list"
    if not isinstance(focused, Sequence):
        raise RefocusError("focused", rule, type(focused).__name__)
    if not focused:
        raise RefocusError("focused", rule, "none")
    for photo in focused:
        if not isinstance(photo, FocusedPhoto):
            raise RefocusError("focused", rule, f"a list with {type(photo).__name__}")
    return tuple(focused)


def _shots(calibration) -> tuple[np.ndarray, np.ndarray] | None:
    if calibration is None:
        return None
    rule = "must be two photos of a light, (focused, misfocused)"
    if not isinstance(calibration, Sequence) or len(calibration) != 2:
        raise RefocusError("calibration", rule, type(calibration).__name__)
    focused, misfocused = (_copy(check_photo("calibration", shot)) for shot in calibration)
    if focused.shape != misfocused.shape:
        got = f"{focused.shape} and {misfocused.shape}"
        raise RefocusError("calibration", "must be two photos of one shape", got)
    return focused, misfocused
