"""Checks of what the page of one's own photos sends; in Voilà that page can be a stranger's."""

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from refocuslab.lab.widgets.messages import (
    Cancel,
    Fill,
    Message,
    Named,
    OpenScene,
    Outline,
    Piece,
    SceneFile,
    Step,
    Stroke,
    Whole,
    read_as,
)

# Pixels of the widest disk that can be asked for.
LARGEST_DIAMETER = 200
# Bytes of the largest file that is taken: a 16-bit TIFF file of 40 megapixels has 240 million.
LARGEST_FILE = 300_000_000
_Number = Annotated[int, Field(ge=0, le=10**6)]
# What a photo is for: "either" leaves it to the photos.
Role = Literal["misfocused", "focused", "either"]
# What can be saved.
Kept = Literal["picture", "scene", "notebook"]


class Upload(Named):
    """A photo is about to come, piece by piece."""

    kind: Literal["upload"]
    role: Role


class Remove(Message):
    """Take a photo away."""

    kind: Literal["remove"]
    id: Whole


class Swap(Message):
    """Make this photo the misfocused one; the one that was becomes a focused one."""

    kind: Literal["swap"]
    id: Whole


class Begin(Message):
    """Look at the photos again, or refocus."""

    kind: Literal["check", "refocus"]


class Look(Message):
    """Send a part of pictures at full size: top, left, height and width in pixels of the misfocused photo."""

    kind: Literal["look"]
    serial: Whole
    pictures: Annotated[list[Annotated[str, Field(max_length=20)]], Field(min_length=1, max_length=4)]
    box: Annotated[list[_Number], Field(min_length=4, max_length=4)]


class Blur(Message):
    """Blur as a disk of so many pixels does; null goes back to the blur that was measured."""

    kind: Literal["blur"]
    diameter: Annotated[float, Field(ge=1, le=LARGEST_DIAMETER, allow_inf_nan=False)] | None


class Save(Message):
    """Send a file to be saved."""

    kind: Literal["save"]
    what: Kept


Any = (
    Upload | SceneFile | Piece | OpenScene | Remove | Swap
    | Stroke | Outline | Fill | Step | Begin | Blur | Cancel | Look | Save
)  # fmt: skip
_KINDS: TypeAdapter[Any] = TypeAdapter(Annotated[Any, Field(discriminator="kind")])


def read(message: object) -> Any:
    """A message as one of the kinds.

    Raises
    ------
    RefocusError
        It is none, so that no page of ours sent it.
    """
    return read_as(_KINDS, message, "the page of one's own photos")
