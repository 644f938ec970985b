"""Neighborhoods and the library of patches (paper, §2.1, Table 1)."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from refocuslab.checks import require
from refocuslab.errors import RefocusError
from refocuslab.optics.image_function import Blur, ImageFunction
from refocuslab.optics.light import LightKind
from refocuslab.running.kernels import kernel
from refocuslab.scene import FocusedPhoto

# The farthest step from a patch to another, in pixels, that a search takes where its neighborhood is no
# wider: the sweeps of consistency/matching.py step this far, candidates.py steps 1.
REACH = 2
_Type = TypeVar("_Type", bound=np.generic)


@dataclass(frozen=True)
class Neighborhood:
    """N(I, x, y): the square window round a pixel (Table 1), as offsets in scanline order.

    Attributes
    ----------
    size : int
        Side of the square in pixels, odd.

    Raises
    ------
    RefocusError
        The size is not an odd integer of at least 1.

    Examples
    --------
    >>> import numpy as np
    >>> from refocuslab import Neighborhood
    >>> photo = np.arange(36, dtype=np.uint8).reshape(3, 4, 3)
    >>> Neighborhood(3).windows(photo, [0], [0])[0, ::3]  # red, reflected at the corner
    array([15, 12, 15,  3,  0,  3, 15, 12, 15], dtype=uint8)
    """

    size: int

    def __post_init__(self) -> None:
        size: Any = self.size
        whole = isinstance(size, int | np.integer) and not isinstance(size, bool)
        good = bool(whole and size >= 1 and size % 2)
        require(good, "neighborhood", "must be an odd integer of at least 1", size)

    @property
    def radius(self) -> int:
        """How far it reaches from its center, in pixels."""
        return self.size // 2

    @cached_property
    def offsets(self) -> NDArray[np.int64]:
        """(size^2, 2) int64: (dy, dx) of every pixel of the neighborhood."""
        reach = np.arange(-self.radius, self.radius + 1)
        return np.stack(np.meshgrid(reach, reach, indexing="ij"), axis=-1).reshape(-1, 2)

    @cached_property
    def before_center(self) -> NDArray[np.bool_]:
        """(size^2,) bool: the fixed causal neighborhood of scanline order (Figure 1a)."""
        return np.arange(self.size**2) < self.size**2 // 2

    @property
    def center(self) -> int:
        """Which of the offsets is the pixel itself."""
        return self.size**2 // 2

    def positions(
        self, y: NDArray[np.int64], x: NDArray[np.int64], shape: tuple[int, ...]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Rows and columns of the windows round n pixels of a photo.

        A window that leaves the photo is reflected at its edge; the edge itself is not repeated.

        Parameters
        ----------
        y, x : ndarray of int64, (n,)
            The pixels.
        shape : (int, int, ...)
            Height and width of the photo.

        Returns
        -------
        rows, columns : ndarray of int64, (n, size^2)
            Where each pixel of each window lies in the photo.

        Raises
        ------
        RefocusError
            The photo is smaller than the neighborhood.
        """
        height, width = self.fit(shape)
        rows = np.asarray(y)[:, None] + self.offsets[:, 0]
        columns = np.asarray(x)[:, None] + self.offsets[:, 1]
        return reflect(rows, height), reflect(columns, width)

    def fit(self, shape: tuple[int, ...]) -> tuple[int, int]:
        """Height and width of a photo's shape; a RefocusError if the neighborhood does not fit into it."""
        height, width = shape[:2]
        if min(height, width) < self.size:
            rule = f"must be no smaller than the {self.size} x {self.size} neighborhood"
            raise RefocusError("photo", rule, f"{height} x {width} pixels")
        return height, width

    def windows(self, image: NDArray[_Type], y: NDArray[np.int64], x: NDArray[np.int64]) -> NDArray[_Type]:
        """N(image, x, y) of n pixels.

        Parameters
        ----------
        image : ndarray, (H, W, 3)
            A photo, of any type.
        y, x : ndarray of int64, (n,)
            The pixels.

        Returns
        -------
        ndarray, (n, 3 size^2)
            The windows, by dy, then dx, then channel, in the type of the photo.

        Raises
        ------
        RefocusError
            The photo is smaller than the neighborhood.
        """
        return self.cut(self.framed(image), y, x)

    def framed(self, image: NDArray[_Type]) -> NDArray[_Type]:
        """The photo in a reflected frame as wide as the radius, for ``cut``; raises as ``windows`` does."""
        self.fit(image.shape)
        frame = self.radius, self.radius
        return np.pad(image, (frame, frame, (0, 0)), mode="reflect")

    def cut(self, framed: NDArray[_Type], y: NDArray[np.int64], x: NDArray[np.int64]) -> NDArray[_Type]:
        """``windows`` of the photo that ``framed`` was given."""
        out = np.empty((len(y), 3 * self.size**2), framed.dtype)
        _cut(framed, np.asarray(y), np.asarray(x), self.size, out)
        return out


@kernel
def _cut(
    framed: NDArray[Any], y: NDArray[np.int64], x: NDArray[np.int64], size: int, out: NDArray[Any]
) -> None:
    for i in range(len(y)):
        j = 0
        for v in range(y[i], y[i] + size):
            for u in range(x[i], x[i] + size):
                for channel in range(3):
                    out[i, j] = framed[v, u, channel]
                    j += 1


def _joined(parts: list[NDArray[_Type]]) -> NDArray[_Type]:
    """As ``np.concatenate``, without a copy where there is nothing to join: a library may be large."""
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def reflect(index: NDArray[np.int64], length: int) -> NDArray[np.int64]:
    """Indices that leave 0 ... length-1 by less than ``length``, reflected back in.

    Examples
    --------
    >>> import numpy as np
    >>> reflect(np.arange(-2, 6), 4)
    array([2, 1, 0, 1, 2, 3, 2, 1])
    """
    index = np.abs(index)
    return np.where(index >= length, 2 * (length - 1) - index, index)


def around(mask: NDArray[np.bool_], reach: int) -> tuple[slice, slice]:
    """The rows and columns of a photo that hold a mask and what lies within reach of it.

    A computation that reads no farther than ``reach`` gives the same in this part of the photo as in all
    of it, also where it is reflected at the photo's edges.

    Parameters
    ----------
    mask : ndarray of bool, (H, W)
        The mask, with at least one pixel.
    reach : int
        In pixels.

    Returns
    -------
    rows, columns : slice
        They may end beyond the photo, as a slice may.
    """
    held = (np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0))
    rows, columns = (slice(max(0, int(one[0]) - reach), int(one[-1]) + 1 + reach) for one in held)
    return rows, columns


class Grid(NamedTuple):
    """The step from a patch to the one beside it, in the same photo.

    The patch whose center lies (dy, dx) from that of patch i is
    ``index_at[place[i] + dy * stride[i] + dx]``, or -1 if there is none.

    Attributes
    ----------
    index_at : ndarray of int32
        The photos one after the other, each in a frame of -1.
    place : ndarray of int64, (N,)
        Where each patch is in ``index_at``.
    stride : ndarray of int64, (N,)
        The width of its photo with the frame.
    frame : int
        The largest dy and dx, in pixels.
    """

    index_at: NDArray[np.int32]
    place: NDArray[np.int64]
    stride: NDArray[np.int64]
    frame: int


class PatchLibrary:
    """V: all patches whose center lies inside the mask of a focused photo (§2.1).

    A patch v is the window of the focused photo; Blur(v) is the same window of the photo after the image
    function, which by default convolves it by the PSF. So light from outside the window is in Blur(v), as
    it is in U. Patches are numbered photo by photo, and in scanline order within a photo.

    Parameters
    ----------
    focused : sequence of FocusedPhoto
        The photos and their masks, at least one.
    psf : ndarray of float64, (n, n)
        G; not read where ``image_function`` or ``blurred`` is given.
    neighborhood : int
        Side of the window in pixels, odd.
    light : {"linear", "encoded"}
        Where the PSF acts: on light, or on the stored values.
    image_function : callable, optional
        What the camera's fault makes of a photo, in the place of blur: see ``image_function.py``.
    blurred : sequence of ndarray of uint8, (H, W, 3), optional
        What the image function makes of each photo, where that is known.
    coarser : ndarray of uint8, (N, 27), optional
        The windows of the coarser level, in a pyramid.

    Attributes
    ----------
    neighborhood : Neighborhood
        The window.
    sharp, blurred : ndarray of uint8, (N, 3 size^2)
        v and Blur(v), sRGB, by dy, then dx, then channel.
    centers : ndarray of uint8, (N, 3)
        The center value of each v.
    photo, y, x : ndarray of int64, (N,)
        Where each patch was cut.
    coarser : ndarray of uint8, (N, 27), or None
        As given.

    Raises
    ------
    RefocusError
        The neighborhood is even, or does not fit into a photo; there is no photo; the image function gives
        no photo of the same shape.

    Examples
    --------
    >>> import numpy as np
    >>> from refocuslab import FocusedPhoto, PatchLibrary, disk
    >>> photo = np.zeros((6, 7, 3), np.uint8)
    >>> library = PatchLibrary([FocusedPhoto(photo)], disk(3), neighborhood=5)
    >>> len(library), library.sharp.shape, library.position(8)
    (42, (42, 75), (0, 1, 1))
    """

    def __init__(
        self,
        focused: Sequence[FocusedPhoto],
        psf: NDArray[np.float64],
        *,
        neighborhood: int = 5,
        light: LightKind = "linear",
        image_function: ImageFunction | None = None,
        blurred: Sequence[NDArray[np.uint8]] | None = None,
        coarser: NDArray[np.uint8] | None = None,
    ) -> None:
        self.coarser = coarser
        made_by = image_function or Blur(psf, light)
        self.neighborhood = Neighborhood(neighborhood)
        if len(focused) == 0:
            raise RefocusError("focused", "must be one or more FocusedPhoto", "none")
        places = [np.nonzero(photo.mask) for photo in focused]
        self.photo = np.repeat(np.arange(len(places)), [len(y) for y, _ in places])
        self.y = np.concatenate([y for y, _ in places])
        self.x = np.concatenate([x for _, x in places])
        self._shapes = [photo.image.shape[:2] for photo in focused]
        self.sharp = _joined([self._patches(photo.image, photo.mask) for photo in focused])
        if blurred is None:
            # A large photo has room for the blur of its object, and not for that of all around it.
            made = [self._made(made_by, photo) for photo in focused]
        else:
            given = zip(blurred, focused, strict=True)
            made = [self._patches(image, photo.mask) for image, photo in given]
        self.blurred = _joined(made)
        center = 3 * self.neighborhood.center
        self.centers = np.ascontiguousarray(self.sharp[:, center : center + 3])

    def _patches(self, image: NDArray[np.uint8], mask: NDArray[np.bool_]) -> NDArray[np.uint8]:
        """Windows of a photo at its mask; only what lies around the mask is framed for that."""
        self.neighborhood.fit(image.shape)
        rows, columns = around(mask, self.neighborhood.size - 1)
        y, x = np.nonzero(mask)
        return self.neighborhood.windows(image[rows, columns], y - rows.start, x - columns.start)

    def _made(self, image_function: ImageFunction, photo: FocusedPhoto) -> NDArray[np.uint8]:
        """Windows of what the image function makes of a photo."""
        self.neighborhood.fit(photo.image.shape)
        rows = columns = slice(0, None)
        if hasattr(image_function, "reach"):
            rows, columns = around(photo.mask, self.neighborhood.size - 1 + image_function.reach)
        part = photo.image[rows, columns]
        made = np.asarray(image_function(part))
        if made.shape != part.shape or made.dtype != np.uint8:
            rule = "must give a photo of the shape and type of that which it is given"
            raise RefocusError("image_function", rule, f"{made.shape} {made.dtype} for {part.shape} uint8")
        return self._patches(made, photo.mask[rows, columns])

    def __len__(self) -> int:
        return len(self.photo)

    def position(self, index: int) -> tuple[int, int, int]:
        """(photo, y, x) of a patch's center."""
        return int(self.photo[index]), int(self.y[index]), int(self.x[index])

    @cached_property
    def colors(self) -> NDArray[np.int32]:
        """(N,) int32: the center values packed as 65536 R + 256 G + B."""
        red, green, blue = self.centers.astype(np.int32).T
        packed: NDArray[np.int32] = red << 16 | green << 8 | blue
        return packed

    @cached_property
    def distinct_colors(self) -> int:
        """How many center values the library offers."""
        return len(np.unique(self.colors))

    @cached_property
    def grid(self) -> Grid:
        """The step from a patch to the one beside it, for steps of the radius or ``REACH`` at least."""
        frame = max(self.neighborhood.radius, REACH)
        widths = np.array([width + 2 * frame for _, width in self._shapes])
        sizes = widths * np.array([height + 2 * frame for height, _ in self._shapes])
        starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
        stride = widths[self.photo]
        place = starts[self.photo] + (self.y + frame) * stride + self.x + frame
        index_at = np.full(sizes.sum(), -1, np.int32)
        index_at[place] = np.arange(len(self))
        return Grid(index_at, place, stride, frame)
