"""Checks of what a page sends to the explorer. In Voilà, the page is that of a visitor nobody knows.

A message is one of the four kinds below, field for field; whether a control offers a value, `Control.offered`
checks. A page may set two traits: the pictures that it shows, and the pixel that is selected.
"""

import operator
from collections.abc import Container
from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from refocuslab.errors import RefocusError

# The largest integer that JavaScript holds exactly; more rows than any picture has.
LARGEST, LARGEST_SIDE = 2**53 - 1, 2**31 - 1
# Characters of the longest text that is sent, the folder of a scene.
LONGEST = 4096

# The numbers that JavaScript sends.
Whole = Annotated[int, Field(ge=0, le=LARGEST)]
Number = Annotated[int, Field(ge=-LARGEST, le=LARGEST)] | Annotated[float, Field(allow_inf_nan=False)]


Kind = TypeVar("Kind")


class Message(BaseModel):
    """What the kinds have in common: exact types, and no other field."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Set(Message):
    """A control was moved; ``serial`` counts the moves on a page."""

    kind: Literal["set"]
    name: Annotated[str, Field(max_length=40)]
    value: bool | Number | Annotated[str, Field(max_length=LONGEST)]
    serial: Whole


class Cancel(Message):
    """End the work under way."""

    kind: Literal["cancel"]


class Recall(Message):
    """Bring back the earlier picture of a number."""

    kind: Literal["recall"]
    id: Whole


class Save(Message):
    """Save the picture shown."""

    kind: Literal["save"]


_KINDS = TypeAdapter(Annotated[Set | Cancel | Recall | Save, Field(discriminator="kind")])


def read(message: object) -> Set | Cancel | Recall | Save:
    """A message as one of the kinds.

    Raises
    ------
    RefocusError
        It is none, so that no page of ours sent it.
    """
    return read_as(_KINDS, message, "the explorer's page")


def read_as(kinds: TypeAdapter[Kind], message: object, page: str) -> Kind:
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
