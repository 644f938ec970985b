"""A scene: the misfocused photo, its mask and PSF, and the focused photos that inform it (§2, §3).

Everything is checked here, once: what takes a ``Scene`` need not check it again.
"""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from refocuslab.checks import (
    LONGEST_DESCRIPTION,
    LONGEST_NAME,
    LONGEST_TITLE,
    as_array,
    check_photo,
    check_text,
    require,
    set_fields,
)
from refocuslab.errors import RefocusError, quoted
from refocuslab.lens.varying_blur import convolve_varying
from refocuslab.lens.varying_psf import VaryingPsf
from refocuslab.optics.blur import convolve
from refocuslab.optics.calibration import calibrate
from refocuslab.optics.psf import check_psf

_Array = TypeVar("_Array", bound=NDArray[Any])
_Type = TypeVar("_Type", bound=np.generic)
_Mask = NDArray[np.bool_]
_Photo = NDArray[np.uint8]


class _Compared:
    """Equality field by field, arrays by their shape and values."""

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        names = [field.name for field in dataclasses.fields(self)]  # type: ignore[arg-type]
        return all(_same(getattr(self, name), getattr(other, name)) for name in names)

    __hash__ = None  # type: ignore[assignment]


@dataclass(frozen=True, eq=False)
class FocusedPhoto(_Compared):
    """A photo in which the object is in focus; its patches fill the library V (§2.1, §3).

    Photo and mask become read-only copies. Equality compares values.

    Attributes
    ----------
    image : ndarray of uint8, (H, W, 3)
        The photo, sRGB.
    mask : ndarray of bool, (H, W)
        The pixels that feed the library, at least one. None means all of them.
    restored : bool
        Whether clipped samples were estimated from U, as registration does: consistency never takes such a
        photo as it is.

    Raises
    ------
    RefocusError
        The photo or the mask breaks its rule.

    Examples
    --------
    >>> import numpy as np
    >>> from refocuslab import FocusedPhoto
    >>> FocusedPhoto(np.zeros((2, 3, 3), np.uint8)).mask
    array([[ True,  True,  True],
           [ True,  True,  True]])
    """

    image: _Photo
    mask: _Mask = None  # type: ignore[assignment]  # an array once it is checked
    restored: bool = False

    if TYPE_CHECKING:  # what is given, where the fields say what is kept

        def __init__(
            self, image: ArrayLike, mask: ArrayLike | None = None, restored: bool = False
        ) -> None: ...

    def __post_init__(self) -> None:
        set_fields(self, image=_copy(check_photo("image", self.image)))
        set_fields(self, mask=_mask(self.mask, self.image))


@dataclass(frozen=True, eq=False)
class Scene(_Compared):
    """All that refocusing one misfocused photo takes (§2, §3).

    The arrays become read-only copies. Equality compares values.

    Attributes
    ----------
    misfocused : ndarray of uint8, (H, W, 3)
        U, sRGB.
    mask : ndarray of bool, (H, W)
        The pixels to refocus, at least one. None means all of them.
    focused : sequence of FocusedPhoto
        One or more, of any sizes, in the order of the library; kept as a tuple.
    psf : ndarray of float64, (n, n)
        G as ``check_psf`` describes it, with a radius less than every side of every photo. None means
        the disk that ``calibrate`` finds (§3) in linear light; without a calibration, G is not known yet, and
        ``estimate_psf`` finds it from the photos.
    varying : VaryingPsf or None
        G where it is of another width at each pixel of U; ``psf`` then stands for it where only one PSF can.
    calibration : pair of ndarray of uint8, or None
        The shots of a small light (focused, misfocused) for that, as ``calibrate`` takes them.
    truth : ndarray of uint8, (H, W, 3), or None
        What U would show if it were in focus, sRGB, where that is known; for scoring.
    name, title, description : str
        Text for people: the folder's name, a heading, and where the photos come from; at most 255, 1000
        and 20,000 characters.

    Raises
    ------
    RefocusError
        A photo, a mask, the PSF, the shots or a text breaks its rule, or there is neither PSF nor
        calibration.

    Examples
    --------
    >>> import numpy as np
    >>> from refocuslab import FocusedPhoto, Scene, blur, disk
    >>> sharp = np.random.default_rng(0).integers(0, 256, (8, 9, 3), np.uint8)
    >>> scene = Scene(blur(sharp, disk(3)), None, [FocusedPhoto(sharp)], psf=disk(3))
    >>> int(scene.mask.sum()), len(scene.focused)
    (72, 1)
    >>> scene.middle(4).misfocused.shape
    (4, 4, 3)
    """

    misfocused: _Photo
    mask: _Mask
    focused: Sequence[FocusedPhoto]
    _: dataclasses.KW_ONLY
    psf: NDArray[np.float64] | None = None
    varying: VaryingPsf | None = None
    calibration: tuple[_Photo, _Photo] | None = None
    truth: _Photo | None = None
    name: str = ""
    title: str = ""
    description: str = ""

    if TYPE_CHECKING:  # what is given, where the fields say what is kept

        def __init__(
            self,
            misfocused: ArrayLike,
            mask: ArrayLike | None,
            focused: Sequence[FocusedPhoto],
            *,
            psf: ArrayLike | None = None,
            varying: VaryingPsf | None = None,
            calibration: Sequence[ArrayLike] | None = None,
            truth: ArrayLike | None = None,
            name: str = "",
            title: str = "",
            description: str = "",
        ) -> None: ...

    def __post_init__(self) -> None:
        set_fields(self, misfocused=_copy(check_photo("misfocused", self.misfocused)))
        set_fields(self, mask=_mask(self.mask, self.misfocused))
        set_fields(self, focused=_focused(self.focused))
        set_fields(self, calibration=_shots(self.calibration))
        set_fields(self, psf=self._checked_psf())
        self._check_varying()
        if self.truth is not None:
            truth, shape = check_photo("truth", self.truth), self.misfocused.shape
            if truth.shape != shape:
                rule = f"must have the shape of the misfocused photo, {shape}"
                raise RefocusError("truth", rule, truth.shape)
            set_fields(self, truth=_copy(truth))
        check_texts(self.name, self.title, self.description)

    def replace(self, **changes: Any) -> "Scene":
        """A scene with other values for these fields; a new calibration finds a new PSF.

        Parameters
        ----------
        **changes
            Fields of the scene, by name; ``psf=None`` finds the PSF from the calibration again.

        Raises
        ------
        RefocusError
            The new scene breaks a rule.
        """
        if changes.get("calibration") is not None:
            changes.setdefault("psf", None)
        if "psf" in changes:  # what was known of the former
            changes.setdefault("varying", None)
        return dataclasses.replace(self, **changes)

    def middle(self, side: int) -> "Scene":
        """The square of ``side`` pixels in the middle of every photo, where a photo is larger than that.

        Masks and truth are cut alike; PSF, calibration and texts stay.

        Raises
        ------
        RefocusError
            A cut mask holds no pixel, or the PSF does not fit the cut photos.
        """

        @overload
        def cut(photo: _Array) -> _Array: ...
        @overload
        def cut(photo: None) -> None: ...
        def cut(photo: Any) -> Any:
            if photo is None:
                return None
            return photo[_middle(photo.shape, side)]

        return self.replace(
            misfocused=cut(self.misfocused),
            mask=cut(self.mask),
            focused=[dataclasses.replace(p, image=cut(p.image), mask=cut(p.mask)) for p in self.focused],
            truth=cut(self.truth),
            varying=None if self.varying is None else self.varying.within(_middle(self.mask.shape, side)),
        )

    def _check_varying(self) -> None:
        if self.varying is None:
            return
        rule = "must be a VaryingPsf of the misfocused photo's size, with a psf beside it"
        width = getattr(self.varying, "width", None)  # whatever was given
        good = getattr(width, "shape", None) == self.mask.shape and self.psf is not None
        require(good, "varying", rule, quoted(self.varying))
        least = min(side for photo in self._photos() for side in photo.shape[:2])
        widest = len(self.varying.psfs[-1])
        rule = f"must fit the photos: at most {2 * least - 1} pixels wide here"
        require(widest // 2 < least, "varying", rule, f"{widest} pixels")

    @property
    def known_psf(self) -> NDArray[np.float64]:
        """G, (n, n) float64, for what cannot do without.

        Raises
        ------
        RefocusError
            It is not known.
        """
        if self.psf is None:
            raise RefocusError("psf", "must be known: estimate_psf(scene) finds it from the photos", None)
        return self.psf

    def convolved(
        self, light: NDArray[np.float64], box: tuple[slice, slice] | None = None
    ) -> NDArray[np.float64]:
        """k * W, as U is blurred: by the PSF, or by the one of each place where it varies.

        Parameters
        ----------
        light : ndarray of float64, (H, W, C)
            W, in units that add, in the frame of U.
        box : pair of slice or None
            The rows and columns of U that W covers; all of them by default.

        Returns
        -------
        ndarray of float64, (H, W, C)
            As ``convolve`` gives it.
        """
        if self.varying is None:
            return convolve(light, self.known_psf)
        return convolve_varying(light, self.varying if box is None else self.varying.within(box))

    def _checked_psf(self) -> NDArray[np.float64] | None:
        psf: NDArray[np.float64] | None = self.psf
        if psf is None:
            if self.calibration is None:
                return None
            psf = calibrate(*self.calibration).psf
        psf = _copy(check_psf(psf))
        least = min(side for photo in self._photos() for side in photo.shape[:2])
        if psf.shape[0] // 2 >= least:
            rule = f"must fit the photos: at most {2 * least - 1} pixels wide here"
            raise RefocusError("psf", rule, f"{psf.shape[0]} pixels")
        return psf

    def _photos(self) -> list[_Photo]:
        return [self.misfocused, *(photo.image for photo in self.focused)]


def check_texts(name: str, title: str, description: str) -> None:
    """Texts of a scene, of any characters: what shows them escapes them.

    Raises
    ------
    RefocusError
        One is no text, or longer than 255, 1000 or 20,000 characters.
    """
    check_text("name", name, LONGEST_NAME)
    check_text("title", title, LONGEST_TITLE)
    check_text("description", description, LONGEST_DESCRIPTION)


def _middle(shape: tuple[int, ...], side: int) -> tuple[slice, slice]:
    """The square of this side in the middle of a photo."""
    top, left = (max(0, (length - side) // 2) for length in shape[:2])
    return slice(top, top + side), slice(left, left + side)


def _copy(array: NDArray[_Type]) -> NDArray[_Type]:
    array = np.array(array, order="C")
    array.flags.writeable = False
    return array


def _same(a: object, b: object) -> bool:
    if isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
        return np.array_equal(a, b)
    if isinstance(a, tuple) and isinstance(b, tuple):
        return len(a) == len(b) and all(map(_same, a, b))
    return type(a) is type(b) and a == b


def _mask(mask: object, photo: _Photo) -> _Mask:
    shape = photo.shape[:2]
    if mask is None:
        return _copy(np.ones(shape, dtype=bool))
    rule = f"must have the shape of its photo, {shape}, and type bool"
    array = as_array("mask", mask, rule)
    if array.shape != shape or array.dtype != bool:
        raise RefocusError("mask", rule, f"{array.shape} {array.dtype}")
    if not array.any():
        raise RefocusError("mask", "must hold at least one pixel", "an empty mask")
    return _copy(array)


def _focused(focused: object) -> tuple[FocusedPhoto, ...]:
    rule = "must be one or more FocusedPhoto, in a list"
    if not isinstance(focused, Sequence):
        raise RefocusError("focused", rule, type(focused).__name__)
    if not focused:
        raise RefocusError("focused", rule, "none")
    for photo in focused:
        if not isinstance(photo, FocusedPhoto):
            raise RefocusError("focused", rule, f"a list with {type(photo).__name__}")
    return tuple(focused)


def _shots(calibration: object) -> tuple[_Photo, _Photo] | None:
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
