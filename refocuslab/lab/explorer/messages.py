"""What a page may send to the explorer. In Voilà it comes from a visitor, whom nobody knows.

A message is one of the four kinds below, field for field; whether a control offers the value that is asked
for, its Control says. Of the traits a page sets two, which pictures it shows and which pixel is selected.
"""

import operator
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from refocuslab.errors import RefocusError

# JavaScript counts no further without a gap, and no picture has so many rows.
LARGEST, LARGEST_SIDE = 2**53 - 1, 2**31 - 1
# A scene's folder is the longest text that is sent.
LONGEST = 4096

Whole = Annotated[int, Field(ge=0, le=LARGEST)]
Number = Annotated[int, Field(ge=-LARGEST, le=LARGEST)] | Annotated[float, Field(allow_inf_nan=False)]


class Message(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Set(Message):
    """A control was moved; serial counts the moves of a page."""

    kind: Literal["set"]
    name: Annotated[str, Field(max_length=40)]
    value: bool | Number | Annotated[str, Field(max_length=LONGEST)]
    serial: Whole


class Cancel(Message):
    kind: Literal["cancel"]


class Recall(Message):
    """Bring an earlier picture back."""

    kind: Literal["recall"]
    id: Whole


class Save(Message):
    kind: Literal["save"]


_KINDS = TypeAdapter(Annotated[Set | Cancel | Recall | Save, Field(discriminator="kind")])


def read(message) -> Set | Cancel | Recall | Save:
    """A message as one of the kinds. RefocusError for any other, which no page of ours sends."""
    try:
        return _KINDS.validate_python(message)
    except ValidationError as error:
        rule = "must be one that the explorer's page sends"
        raise RefocusError("message", rule, error.errors(include_url=False)[0]["type"]) from None


def names(value, known) -> list[str]:
    """Those of the names that are known, each once. RefocusError: no list of names."""
    if not isinstance(value, list | tuple) or not all(isinstance(one, str) for one in value):
        raise RefocusError("shown", "must be a list of names of pictures", type(value).__name__)
    return [name for name in dict.fromkeys(value) if name in known]


def pixel(value) -> list[int]:
    """Row and column, or nothing. RefocusError: anything else."""
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
