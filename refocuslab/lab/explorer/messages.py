"""Checks of what a page sends to the explorer. In Voilà, the page is that of a visitor nobody knows.

A message is one of the four kinds below, field for field; whether a control offers a value, `Control.offered`
checks. A page may set two traits: the pictures that it shows, and the pixel that is selected.
"""

import operator
from collections.abc import Container
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from refocuslab.errors import RefocusError
from refocuslab.lab.widgets.messages import (
    LARGEST,
    Cancel,
    Fill,
    Message,
    OpenScene,
    Outline,
    Piece,
    SceneFile,
    Step,
    Stroke,
    Whole,
    read_as,
)

# More rows than any picture has.
LARGEST_SIDE = 2**31 - 1
# Characters of the longest text that is sent, the folder of a scene.
LONGEST = 4096

# The numbers that JavaScript sends.
Number = Annotated[int, Field(ge=-LARGEST, le=LARGEST)] | Annotated[float, Field(allow_inf_nan=False)]


class Set(Message):
    """A control was moved; ``serial`` counts the moves on a page."""

    kind: Literal["set"]
    name: Annotated[str, Field(max_length=40)]
    value: bool | Number | Annotated[str, Field(max_length=LONGEST)]
    serial: Whole


class Recall(Message):
    """Bring back the earlier picture of a number."""

    kind: Literal["recall"]
    id: Whole


class Save(Message):
    """Save the picture shown, or the scene with the mask as it is painted, where the author says."""

    kind: Literal["save", "save scene"]


class Download(Message):
    """Send the scene with the mask as it is painted, as a ZIP file."""

    kind: Literal["download scene"]


class UseMask(Message):
    """Refocus within the mask as it is painted."""

    kind: Literal["use mask"]


Any = (
    Set | Cancel | Recall | Save | Download
    | SceneFile | Piece | OpenScene | Stroke | Outline | Fill | Step | UseMask
)  # fmt: skip
_KINDS: TypeAdapter[Any] = TypeAdapter(Annotated[Any, Field(discriminator="kind")])


def read(message: object) -> Any:
    """A message as one of the kinds.

    Raises
    ------
    RefocusError
        It is none, so that no page of ours sent it.
    """
    return read_as(_KINDS, message, "the explorer's page")


def names(value: object, known: Container[str]) -> list[str]:
    """Those of the names that are known, each once.

    Raises
    ------
    RefocusError
        The value is no list of texts.
    """
    if not isinstance(value, list | tuple) or not all(isinstance(one, str) for one in value):
        raise RefocusError("shown", "must be a list of names of pictures", type(value).__name__)
    return [name for name in dict.fromkeys(value) if name in known]


def pixel(value: object) -> list[int]:
    """Row and column of a pixel, or an empty list.

    Raises
    ------
    RefocusError
        The value is neither.
    """
    try:
        if not isinstance(value, list | tuple) or len(value) not in (0, 2):
            raise TypeError
        place = [operator.index(one) for one in value if not isinstance(one, bool)]
        if len(place) != len(value) or not all(0 <= one <= LARGEST_SIDE for one in place):
            raise TypeError
    except TypeError:
        rule = "must be a row and a column, whole numbers from 0, or nothing"
        raise RefocusError("selected", rule, type(value).__name__) from None
    return place
