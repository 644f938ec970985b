"""Neighborhoods and the library of patches (paper, §2.1, Table 1)."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from refocuslab.errors import RefocusError
from refocuslab.optics.image_function import Blur
from refocuslab.running.kernels import kernel

# How far beside a patch a search may ask for another, in pixels, where its neighborhood is no wider: the
# sweeps of matching.py look for neighbors so far, and candidates.py one step on.
REACH = 2


@dataclass(frozen=True)
class Neighborhood:
    """N(I, x, y): the square of odd side `size` round a pixel, as offsets in scanline order.

    RefocusError: the size is not an odd integer of at least 1.
    """

    size: int

    def __post_init__(self):
        size = self.size
        if isinstance(size, bool) or not isinstance(size, int | np.integer) or size < 1 or size % 2 == 0:
            raise RefocusError("neighborhood", "must be an odd integer of at least 1", size)

    @property
    def radius(self) -> int:
        return self.size // 2

    @cached_property
    def offsets(self) -> np.ndarray:
        """(size^2, 2) int64: (dy, dx) of every pixel of the neighborhood."""
        reach = np.arange(-self.radius, self.radius + 1)
        return np.stack(np.meshgrid(reach, reach, indexing="ij"), axis=-1).reshape(-1, 2)

    @cached_property
    def before_centre(self) -> np.ndarray:
        """(size^2,) bool: the fixed causal neighborhood of scanline order (Figure 1a)."""
        return np.arange(self.size**2) < self.size**2 // 2

    @property
    def centre(self) -> int:
        """Which of the offsets is the pixel itself."""
        return self.size**2 // 2

    def positions(self, y, x, shape) -> tuple[np.ndarray, np.ndarray]:
        """Rows and columns, (n, size^2) int64 each, of the windows round n pixels of a photo.

        A window that leaves the photo is reflected at its edge; the edge itself is not repeated.
        """
        height, width = self._fit(shape)
        rows = np.asarray(y)[:, None] + self.offsets[:, 0]
        columns = np.asarray(x)[:, None] + self.offsets[:, 1]
        return reflect(rows, height), reflect(columns, width)

    def _fit(self, shape) -> tuple[int, int]:
        height, width = shape[:2]
        if min(height, width) < self.size:
            rule = f"must be no smaller than the {self.size} x {self.size} neighborhood"
            raise RefocusError("photo", rule, f"{height} x {width} pixels")
        return height, width

    def windows(self, image, y, x) -> np.ndarray:
        """(n, 3 size^2) of image's dtype: N(image, x, y) of n pixels, by dy, then dx, then channel."""
        return self.cut(self.framed(image), y, x)

    def framed(self, image) -> np.ndarray:
        """The photo in a reflected frame as wide as a window reaches, for cut()."""
        self._fit(image.shape)
        return np.pad(image, ((self.radius, self.radius), (self.radius, self.radius), (0, 0)), mode="reflect")

    def cut(self, framed, y, x) -> np.ndarray:
        """windows() of the photo that framed() was given."""
        out = np.empty((len(y), 3 * self.size**2), framed.dtype)
        _cut(framed, np.asarray(y), np.asarray(x), self.size, out)
        return out


@kernel
def _cut(framed, y, x, size, out):
    for i in range(len(y)):
        j = 0
        for v in range(y[i], y[i] + size):
            for u in range(x[i], x[i] + size):
                for channel in range(3):
                    out[i, j] = framed[v, u, channel]
                    j += 1


def reflect(index, length: int):
    """Where an index that left 0 … length-1 by less than length comes back in."""
    index = np.abs(index)
    return np.where(index >= length, 2 * (length - 1) - index, index)


def around(mask: np.ndarray, reach: int) -> tuple[slice, slice]:
    """The rows and columns of a photo that hold a mask and what lies within reach of it.

    Whatever looks no farther than that sees the same in this part of the photo as in all of it, also
    where it is reflected at the photo's edges.
    """
    held = (np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0))
    rows, columns = (slice(max(0, int(one[0]) - reach), int(one[-1]) + 1 + reach) for one in held)
    return rows, columns


class PatchLibrary:
    """V: all patches whose centre lies inside the mask of a focused photo (§2.1).

    A patch v is the window of the focused photo; Blur(v) is the same rectangle of the photo
    convolved by the PSF, so light from outside the rectangle is in it, as it is in U.
    Patches are numbered photo by photo, and in scanline order within a photo.

    Attributes
    ----------
    sharp, blurred
        (N, 3 size^2) uint8, sRGB: v and Blur(v), ordered by dy, then dx, then channel.
    centres
        (N, 3) uint8: the centre value of each v.
    photo, y, x
        (N,) int64: where the patch was cut.
    coarser
        (N, 27) uint8, in a pyramid the window of the coarser level at each patch's place; else None.

    RefocusError: the neighborhood is even, or does not fit into a photo; there is no photo.
    """

    def __init__(self, focused: Sequence, psf, *, neighborhood: int = 5, light: str = "linear",
                 image_function=None, blurred: Sequence | None = None):  # fmt: skip
        # image_function: in the place of blur by the PSF, as in image_function.py. blurred: what it makes
        # of each photo, where that is known.
        self.coarser = None
        image_function = image_function or Blur(psf, light)
        self.neighborhood = Neighborhood(neighborhood)
        if len(focused) == 0:
            raise RefocusError("focused", "must be one or more FocusedPhoto", "none")
        places = [np.nonzero(photo.mask) for photo in focused]
        self.photo = np.repeat(np.arange(len(places)), [len(y) for y, _ in places])
        self.y = np.concatenate([y for y, _ in places])
        self.x = np.concatenate([x for _, x in places])
        self._shapes = [photo.image.shape[:2] for photo in focused]
        given = list(zip(focused, places, strict=True))
        self.sharp = np.concatenate([self._cut(photo.image, photo.mask, *place) for photo, place in given])
        if blurred is None:
            # A large photo has room for the blur of its object, and not for that of all around it.
            made = [self._made(image_function, photo, *place) for photo, place in given]
        else:
            made = [self._cut(photo, sharp.mask, *place)
                    for photo, (sharp, place) in zip(blurred, given, strict=True)]  # fmt: skip
        self.blurred = np.concatenate(made)
        centre = 3 * self.neighborhood.centre
        self.centres = np.ascontiguousarray(self.sharp[:, centre : centre + 3])

    def _cut(self, image, mask, y, x):
        """Windows of a photo; only what lies around its mask is framed for that."""
        self.neighborhood._fit(image.shape)
        rows, columns = around(mask, self.neighborhood.size - 1)
        return self.neighborhood.windows(image[rows, columns], y - rows.start, x - columns.start)

    def _made(self, image_function, photo, y, x):
        """Windows of what the image function makes of a photo."""
        self.neighborhood._fit(photo.image.shape)
        rows = columns = slice(0, None)
        if hasattr(image_function, "reach"):
            rows, columns = around(photo.mask, self.neighborhood.size - 1 + image_function.reach)
        part = photo.image[rows, columns]
        made = np.asarray(image_function(part))
        if made.shape != part.shape or made.dtype != np.uint8:
            rule = "must give a photo of the shape and type of that which it is given"
            raise RefocusError("image_function", rule, f"{made.shape} {made.dtype} for {part.shape} uint8")
        return self._cut(made, photo.mask[rows, columns], y - rows.start, x - columns.start)

    def __len__(self) -> int:
        return len(self.photo)

    def position(self, index: int) -> tuple[int, int, int]:
        """(photo, y, x) of a patch's centre."""
        return int(self.photo[index]), int(self.y[index]), int(self.x[index])

    @cached_property
    def colours(self) -> np.ndarray:
        """(N,) int32: the centre values packed as 65536 R + 256 G + B."""
        red, green, blue = self.centres.astype(np.int32).T
        return red << 16 | green << 8 | blue

    @cached_property
    def distinct_colours(self) -> int:
        """How many centre values the library offers."""
        return len(np.unique(self.colours))

    @cached_property
    def grid(self) -> "Grid":
        """The way from a patch to the patch some pixels beside it."""
        # A frame as wide as the farthest step keeps every step inside the table: texture.py goes as far as
        # the neighborhood does.
        frame = max(self.neighborhood.radius, REACH)
        widths = np.array([width + 2 * frame for _, width in self._shapes])
        sizes = widths * np.array([height + 2 * frame for height, _ in self._shapes])
        starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
        stride = widths[self.photo]
        place = starts[self.photo] + (self.y + frame) * stride + self.x + frame
        index_at = np.full(sizes.sum(), -1, np.int32)
        index_at[place] = np.arange(len(self))
        return Grid(index_at, place, stride, frame)


@dataclass(frozen=True)
class Grid:
    """Neighbouring patches: `index_at[place[i] + dy * stride[i] + dx]` is the patch whose centre lies
    (dy, dx) from that of patch i in the same photo, or -1; for steps up to `frame` down and across."""

    index_at: np.ndarray
    place: np.ndarray
    stride: np.ndarray
    frame: int
