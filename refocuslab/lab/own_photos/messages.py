"""Checks of what the page of one's own photos sends; in Voilà that page can be a stranger's."""

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from refocuslab.lab.explorer.messages import Cancel, Message, Whole, read_as

# Bytes of the largest file that is taken: a 16-bit TIFF file of 40 megapixels has 240 million.
LARGEST_FILE = 300_000_000
# Bytes of a piece of a file: the servers take messages of 10 MB.
LARGEST_PIECE = 4_000_000
# Points of a stroke or an outline, at most; a second of drawing gives some sixty.
_MOST_POINTS = 4000
# Pixels: more than any photo is wide.
_FAR = 1e6

_Coordinate = Annotated[float, Field(ge=-_FAR, le=_FAR, allow_inf_nan=False)]
# [x, y] in pixels of the misfocused photo, [0, 0] at the center of the top left one.
_Point = Annotated[list[_Coordinate], Field(min_length=2, max_length=2)]
_Number = Annotated[int, Field(ge=0, le=10**6)]
# What a photo is for: "either" leaves it to the photos.
Role = Literal["misfocused", "focused", "either"]
# What can be saved.
Kept = Literal["picture", "scene", "notebook"]


class Upload(Message):
    """A file is about to come, piece by piece."""

    kind: Literal["upload"]
    id: Whole
    role: Role
    name: Annotated[str, Field(min_length=1, max_length=255)]
    size: Annotated[int, Field(ge=0, le=2**53 - 1)]


class Piece(Message):
    """The bytes of a file from ``at`` on, in the message's only buffer."""

    kind: Literal["piece"]
    id: Whole
    at: Whole


class Remove(Message):
    """Take a photo away."""

    kind: Literal["remove"]
    id: Whole


class Swap(Message):
    """Make this photo the misfocused one; the one that was becomes a focused one."""

    kind: Literal["swap"]
    id: Whole


class Stroke(Message):
    """Paint the mask, or erase it, along a line."""

    kind: Literal["stroke"]
    erase: bool
    radius: Annotated[float, Field(gt=0, le=_FAR, allow_inf_nan=False)]
    points: Annotated[list[_Point], Field(min_length=1, max_length=_MOST_POINTS)]


class Outline(Message):
    """Paint the inside of a polygon, or erase it."""

    kind: Literal["outline"]
    erase: bool
    points: Annotated[list[_Point], Field(min_length=3, max_length=_MOST_POINTS)]


class Fill(Message):
    """Set the whole mask."""

    kind: Literal["fill"]
    to: Literal["everything", "nothing", "the rest", "the proposal"]


class Step(Message):
    """Take back the last change of the mask, or make it again."""

    kind: Literal["undo", "redo"]


class Begin(Message):
    """Look at the photos again, or refocus."""

    kind: Literal["check", "refocus"]


class Look(Message):
    """Send a part of pictures at full size: top, left, height and width in pixels of the misfocused photo."""

    kind: Literal["look"]
    serial: Whole
    pictures: Annotated[list[Annotated[str, Field(max_length=20)]], Field(min_length=1, max_length=4)]
    box: Annotated[list[_Number], Field(min_length=4, max_length=4)]


class Save(Message):
    """Send a file to be saved."""

    kind: Literal["save"]
    what: Kept


Any = Upload | Piece | Remove | Swap | Stroke | Outline | Fill | Step | Begin | Cancel | Look | Save
_KINDS: TypeAdapter[Any] = TypeAdapter(Annotated[Any, Field(discriminator="kind")])


def read(message: object) -> Any:
    """A message as one of the kinds.

    Raises
    ------
    RefocusError
        It is none, so that no page of ours sent it.
    """
    return read_as(_KINDS, message, "the page of one's own photos")
