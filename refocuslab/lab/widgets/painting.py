"""A mask that is painted by hand, with undo."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from refocuslab.checks import require
from refocuslab.lab.widgets.messages import Fill, Outline, Step, Stroke
from refocuslab.pictures.polygons import polygon_mask

_Mask = NDArray[np.bool_]
_Single = NDArray[np.float32]
# Changes that can be taken back; one of all of 12 megapixels holds 1.5 MB.
MOST_CHANGES = 60
# Distances of a pixel from a part of a line: they take about five seconds. A stroke of 200 points with a
# brush of 200 pixels has a hundredth of them.
_LARGEST_WORK = 10**9


@dataclass(frozen=True)
class _Change:
    """Where a change happened, and which pixels it turned."""

    place: tuple[slice, slice]
    shape: tuple[int, int]
    turned: NDArray[np.uint8]


class Painting:
    """A mask, and what was done to it.

    Parameters
    ----------
    proposed : ndarray of bool, (H, W)
        What to begin with.

    Attributes
    ----------
    proposed : ndarray of bool, (H, W)
        As given.
    mask : ndarray of bool, (H, W)
        As it is now; never written to, so that it can be handed on.

    Examples
    --------
    >>> import numpy as np
    >>> from refocuslab.lab.widgets.painting import Painting
    >>> painting = Painting(np.zeros((5, 7), bool))
    >>> painting.stroke([[1, 2], [5, 2]], 0.6)
    >>> painting.mask.sum(), painting.undo(), painting.mask.sum()
    (np.int64(5), True, np.int64(0))
    """

    def __init__(self, proposed: _Mask) -> None:
        self.proposed = self.mask = proposed
        self._done: list[_Change] = []
        self._undone: list[_Change] = []

    @property
    def steps(self) -> tuple[int, int]:
        """How many changes can be taken back, and made again."""
        return len(self._done), len(self._undone)

    def stroke(self, points: Sequence[Sequence[float]], radius: float, *, erase: bool = False) -> None:
        """Paint all within a radius of a line, or erase it.

        Parameters
        ----------
        points : sequence of [x, y]
            The line's points in pixels, [0, 0] at the center of the top left one.
        radius : float
            Half the line's width.
        erase : bool
            Take away instead.
        """
        corners = np.asarray(points, float)
        place = self._around(corners, radius)
        if place is None:
            return
        inside = _thick(corners - [place[1].start, place[0].start], radius, self.mask[place].shape)
        self._set(place, self.mask[place] & ~inside if erase else self.mask[place] | inside)

    def outline(self, points: Sequence[Sequence[float]], *, erase: bool = False) -> None:
        """Paint the inside of a polygon, or erase it.

        Parameters
        ----------
        points : sequence of [x, y]
            Its corners, as for ``stroke``.
        erase : bool
            Take away instead.
        """
        corners = np.asarray(points, float)
        place = self._around(corners, 1)
        if place is None:
            return
        moved = corners - [place[1].start, place[0].start]
        inside = polygon_mask(self.mask[place].shape, [moved])
        self._set(place, self.mask[place] & ~inside if erase else self.mask[place] | inside)

    def fill(self, to: Literal["everything", "nothing", "the rest", "the proposal"]) -> None:
        """Set the whole mask; "the rest" is all that is not painted now."""
        new = self.proposed if to == "the proposal" else ~self.mask
        if to in ("everything", "nothing"):
            new = np.full_like(self.mask, to == "everything")
        self.become(new)

    def become(self, mask: _Mask) -> None:
        """Set the whole mask to another one."""
        self._set((slice(0, self.mask.shape[0]), slice(0, self.mask.shape[1])), mask)

    def change(self, asked: Stroke | Outline | Fill | Step) -> None:
        """Do what a page asks for."""
        if isinstance(asked, Stroke):
            self.stroke(asked.points, asked.radius, erase=asked.erase)
        elif isinstance(asked, Outline):
            self.outline(asked.points, erase=asked.erase)
        elif isinstance(asked, Fill):
            self.fill(asked.to)
        elif asked.kind == "undo":
            self.undo()
        else:
            self.redo()

    def undo(self) -> bool:
        """Take back the last change; False if there is none."""
        return self._turn(self._done, self._undone)

    def redo(self) -> bool:
        """Make the change again that was taken back last; False if there is none."""
        return self._turn(self._undone, self._done)

    def _around(self, corners: NDArray[np.float64], radius: float) -> tuple[slice, slice] | None:
        """The part of the mask within a radius of points, None if there is none."""
        low, high = np.floor(corners.min(0) - radius), np.ceil(corners.max(0) + radius) + 1
        left, top = np.maximum(low, 0).astype(int)
        right, bottom = np.minimum(high, self.mask.shape[::-1]).astype(int)
        return (slice(top, bottom), slice(left, right)) if left < right and top < bottom else None

    def _set(self, place: tuple[slice, slice], new: _Mask) -> None:
        turned = self.mask[place] ^ new
        if not turned.any():
            return
        change = _Change(place, turned.shape, np.packbits(turned))
        self._done.append(change)
        del self._done[:-MOST_CHANGES]
        self._undone.clear()
        self._apply(change)

    def _turn(self, taken: list[_Change], given: list[_Change]) -> bool:
        if not taken:
            return False
        change = taken.pop()
        self._apply(change)
        given.append(change)
        return True

    def _apply(self, change: _Change) -> None:
        count = change.shape[0] * change.shape[1]
        turned = np.unpackbits(change.turned, count=count).view(bool).reshape(change.shape)
        mask = self.mask.copy()
        mask[change.place] ^= turned
        mask.flags.writeable = False
        self.mask = mask


def told(painting: Painting) -> dict[str, object]:
    """How much is painted, in words, and how many changes can be taken back."""
    undo, redo = painting.steps
    share = float(np.count_nonzero(painting.mask) / painting.mask.size)
    much = "less than 1 %" if share < 0.01 else f"{100 * share:.0f} %"
    text = (
        f"Blue is refocused, {much} of the photo; all else stays as it is" if share else "Nothing is painted"
    )
    return {"told": text, "undo": undo, "redo": redo, "any": share > 0}


def _thick(corners: NDArray[np.float64], radius: float, shape: tuple[int, int]) -> _Mask:
    """The pixels whose center lies within a radius of a line through the corners, (H, W).

    Raises
    ------
    RefocusError
        So many pixels lie about so many points that it would take long.
    """
    inside = np.zeros(shape, bool)
    ends = np.stack([corners[:-1], corners[1:]], 1) if len(corners) > 1 else corners[None, [0, 0]]
    low = np.clip(np.ceil(ends.min(1) - radius), 0, shape[::-1]).astype(int)
    high = np.clip(np.floor(ends.max(1) + radius) + 1, low, shape[::-1]).astype(int)
    work = int((high - low).prod(1).sum())
    require(work <= _LARGEST_WORK, "stroke", "must be shorter or thinner", f"{len(corners)} points")
    for (start, end), (left, top), (right, bottom) in zip(ends, low, high, strict=True):
        along = end - start
        square = float(along @ along)
        x: _Single = np.arange(left, right, dtype=np.float32) - np.float32(start[0])
        y: _Single = np.arange(top, bottom, dtype=np.float32)[:, None] - np.float32(start[1])
        if square:
            dx, dy = np.float32(along[0]), np.float32(along[1])
            share: _Single = ((x * dx + y * dy) / np.float32(square)).clip(0, 1)
            x, y = x - share * dx, y - share * dy
        inside[top:bottom, left:right] |= x * x + y * y <= np.float32(radius * radius)
    return inside
