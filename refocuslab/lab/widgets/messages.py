"""Checks of what a page sends, where pages do the same. In Voilà, a page is that of a visitor nobody knows.

A message is one of a page's kinds, field for field.
"""

from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from refocuslab.errors import RefocusError

# The largest integer that JavaScript holds exactly.
LARGEST = 2**53 - 1
# Bytes of a piece of a file: the servers take messages of 10 MB.
LARGEST_PIECE = 4_000_000
# Points of a stroke or an outline, at most; a second of drawing gives some sixty.
_MOST_POINTS = 4000
# Pixels: more than any photo is wide.
FAR = 1e6
# Files of a scene, at most.
MOST_FILES = 100

Whole = Annotated[int, Field(ge=0, le=LARGEST)]
_Coordinate = Annotated[float, Field(ge=-FAR, le=FAR, allow_inf_nan=False)]
# [x, y] in pixels of the misfocused photo, [0, 0] at the center of the top left one.
_Point = Annotated[list[_Coordinate], Field(min_length=2, max_length=2)]
_Kind = TypeVar("_Kind")


class Message(BaseModel):
    """What all kinds have in common: exact types, and no other field."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Cancel(Message):
    """End the work under way."""

    kind: Literal["cancel"]


class Named(Message):
    """A file that is about to come, piece by piece."""

    id: Whole
    name: Annotated[str, Field(min_length=1, max_length=255)]
    size: Whole


class SceneFile(Named):
    """A file of a scene: a ZIP file of its folder, or one of those in it."""

    kind: Literal["scene file"]


class Piece(Message):
    """The bytes of a file from ``at`` on, in the message's only buffer."""

    kind: Literal["piece"]
    id: Whole
    at: Whole


class OpenScene(Message):
    """Open the scene that these files hold, all of which have come."""

    kind: Literal["open scene"]
    ids: Annotated[list[Whole], Field(min_length=1, max_length=MOST_FILES)]


class Stroke(Message):
    """Paint the mask, or erase it, along a line."""

    kind: Literal["stroke"]
    erase: bool
    radius: Annotated[float, Field(gt=0, le=FAR, allow_inf_nan=False)]
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


def read_as(kinds: TypeAdapter[_Kind], message: object, page: str) -> _Kind:
    """A message as one of the kinds that a page sends.

    Raises
    ------
    RefocusError
        It is none; the rule names the page.
    """
    try:
        return kinds.validate_python(message)
    except ValidationError as error:
        rule = f"must be one that {page} sends"
        raise RefocusError("message", rule, error.errors(include_url=False)[0]["type"]) from None
