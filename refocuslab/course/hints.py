"""Hints: the one question that a student is asked when a probe fails, from the files ``hints.toml``.

A file lies beside the checks of each unit, a table an exercise; what any exercise can meet is in the one of
this folder. A hint asks, in at most two sentences; it tells no value. ``yours``, where there is one, tells
the student's own number.

    [e01.keeps-light]
    ask = "A lens neither makes nor loses light. What must the weights add up to?"
    yours = "Yours add up to {:.4g}."
"""

from functools import cache
from pathlib import Path
from typing import NamedTuple

from refocuslab.files.toml_files import read_toml

_COURSE = Path(__file__).parent
ANY = "any"  # the table of what any exercise can meet


class Text(NamedTuple):
    """A hint.

    Attributes
    ----------
    ask : str
        The question.
    yours : str
        A format for what the student's own answer was; empty where it says nothing.
    """

    ask: str
    yours: str


@cache
def texts() -> dict[str, dict[str, Text]]:
    """Every hint: {exercise: {key: text}}, and those of ``ANY``."""
    found: dict[str, dict[str, Text]] = {}
    for path in (_COURSE / "hints.toml", *sorted((_COURSE / "checks").glob("*/hints.toml"))):
        for exercise, table in read_toml(path).items():
            found[exercise] = {key: Text(one["ask"], one.get("yours", "")) for key, one in table.items()}
    return found


def text(exercise: str, key: str, yours: tuple[object, ...] = ()) -> str:
    """The hint of a key, of the exercise or else of any, with the student's own numbers where it tells them.

    Raises
    ------
    KeyError
        No file has that key.
    """
    known = texts()
    found = known.get(exercise, {}).get(key) or known[ANY][key]
    told = found.yours.format(*yours) if found.yours and yours else ""
    return f"{told} {found.ask}".strip()
