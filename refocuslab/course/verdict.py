"""What is said of a student's function: not written, wrong with a hint, right, or right by the package."""

from dataclasses import dataclass
from html import escape
from typing import Literal

import numpy as np

from refocuslab.checks import require
from refocuslab.course import hints
from refocuslab.course.case import Case, Function, Hint, NotWritten
from refocuslab.course.exercises import Checked, find
from refocuslab.course.own_work import PLACED, calls_of_the_package
from refocuslab.errors import RefocusError, quoted

State = Literal["not written", "wrong", "right", "right by the package"]
# Runs of a check, each with inputs of its own. The probes are built so that one run tells each known wrong
# answer from the right one, on each of 200 seeds; the others are for what nobody has thought of.
TURNS = 3
_COLORS = {"not written": "#666", "wrong": "#a40", "right": "#185", "right by the package": "#157"}


@dataclass(frozen=True)
class Verdict:
    """What a check found.

    Attributes
    ----------
    exercise : str
        Such as "e06".
    state : {"not written", "wrong", "right", "right by the package"}
        What the function is.
    key : str
        Of the hint where it is wrong, or right by the package; else empty.
    text : str
        What the student is told; one line.
    """

    exercise: str
    state: State
    key: str
    text: str

    @property
    def right(self) -> bool:
        """Whether the function does what it should, whoever does it."""
        return self.state.startswith("right")

    def __str__(self) -> str:
        return f"{_shown(self.exercise)}: {self.text}"

    __repr__ = __str__

    def _repr_html_(self) -> str:
        style = f"border-left:4px solid {_COLORS[self.state]};padding:.3em .8em;margin:.2em 0"
        return f'<div style="{style}"><b>{_shown(self.exercise)}</b> {escape(self.text)}</div>'


def judge(
    exercise: str,
    *functions: Function,
    student: str = "",
    draw: int = 0,
    turns: int = TURNS,
    first_turn: int = 0,
    by_package: bool | None = None,
    seconds: float | None = None,
) -> Verdict:
    """Try a student's functions.

    Parameters
    ----------
    exercise : str
        Such as "e06".
    *functions : callable
        The student's, in the order that the task names.
    student : str
        Whose variant the inputs are drawn from.
    draw : int
        As for ``variant``.
    turns : int
        Runs of the check, each with other inputs.
    first_turn : int
        The number of the first run. Who does not know it, as a student does not know the grader's, cannot
        know the inputs.
    by_package : bool or None
        Whether they call the package, where that is known; None looks at their code.
    seconds : float or None
        What one call of a function may take in this process; None does not look at the time, nor at
        whoever interrupts.

    Raises
    ------
    RefocusError
        There is no such exercise, or it has other functions than so many.
    """
    known = find(exercise)
    name = known.exercise
    rule = f"must be {len(known.names)}: {', '.join(known.names)}, each by its name, as the cell had it"
    require(len(functions) == len(known.names), "functions", rule, len(functions))
    for one in functions:
        rule = f"must be the function itself, as {' and '.join(known.names)}, not what it returns"
        require(callable(one), "function", rule, _kind(one))
    if any(getattr(one, PLACED, False) for one in functions):
        return Verdict(name, "not written", "", "the lesson's own piece stands here. Run your cell first.")
    try:
        with np.errstate(all="ignore"):  # of infinities and NaN that a student's function returns
            for turn in range(first_turn, first_turn + turns):
                known.check(Case(name, student, draw, turn, seconds), *functions)
    except NotWritten:
        return Verdict(name, "not written", "", "not written yet.")
    except Hint as hint:
        return _wrong(name, hint)
    except RefocusError as error:  # the package's own check of what the student's function returned
        return _wrong(name, Hint("unreadable", str(error)))
    except Exception:  # a shape or a type that no probe foresaw
        return _wrong(name, Hint("unreadable"))
    if by_package is None:
        called = dict.fromkeys(name for one in functions for name in calls_of_the_package(one, known.allowed))
        return _right(known, bool(called), *called)
    return _right(known, by_package)


def _wrong(exercise: str, hint: Hint) -> Verdict:
    text = hints.text(exercise, hint.key, hint.yours)
    return Verdict(exercise, "wrong", hint.key, f"not yet. {text}")


def _right(known: Checked, by_package: bool, *called: str) -> Verdict:
    if by_package:
        key, yours = "calls-the-package", (" and ".join(called),) if called else ()
        return Verdict(known.exercise, "right by the package", key, hints.text(known.exercise, key, yours))
    return Verdict(known.exercise, "right", "", "right.")


def _kind(value: object) -> str:
    """A value in a word or two, however large it is."""
    shape = getattr(value, "shape", None)
    if shape is not None:
        return f"an array of the shape {shape}"
    return quoted(value) if isinstance(value, str | int | float | None) else f"a {type(value).__name__}"


def _shown(exercise: str) -> str:
    return f"E{int(exercise[1:])}"
