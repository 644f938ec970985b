"""What of the course a class is set: lessons, exercises, and what each lesson's copy says of that.

What is not set, the package's pieces do: a student's copy then holds neither task nor stub of it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from refocuslab.checks import require
from refocuslab.course.exercises import find
from refocuslab.lab.course.copies import Notebook, exercises_of
from refocuslab.lab.course.making import Course


@dataclass(frozen=True)
class Assignment:
    """What a class is set.

    Attributes
    ----------
    lessons : dict of str to NotebookNode
        The lessons' sources, by their names.
    exercises : tuple of str
        Those that students write, such as "e09", in the course's order.
    said : dict of str to str
        {lesson: what its copy says of it, in Markdown}; nothing where all of a lesson's exercises are set and
        its own opening holds.
    """

    lessons: dict[str, Notebook]
    exercises: tuple[str, ...]
    said: dict[str, str]

    def left_out(self, lesson: str) -> list[str]:
        """The exercises of a lesson that the package does."""
        return [one for one in exercises_of(self.lessons[lesson]) if one not in self.exercises]


def assigned(
    course: Course,
    lessons: Iterable[str] = (),
    exercises: Iterable[str] = (),
    *,
    session: bool = False,
) -> Assignment:
    """What a choice of lessons and exercises sets.

    Parameters
    ----------
    course : Course
        The sources.
    lessons : iterable of str
        Such as "L1"; by default those that hold the exercises, or all.
    exercises : iterable of str
        Such as "E9"; by default all of the lessons.
    session : bool
        The plan of one session: its lessons and exercises, and those named besides.

    Raises
    ------
    RefocusError
        There is no such lesson or exercise, or no chosen lesson holds it.
    """
    named = {find(one).exercise for one in exercises}
    planned = course.path["session"] if session else {"lessons": [], "exercises": []}
    wanted = named | set(planned["exercises"])
    chosen = (*planned["lessons"], *lessons)
    if wanted and not lessons:
        chosen += tuple(name for name, one in course.lessons.items() if named & set(exercises_of(one)))
    found = course.chosen(tuple(chosen))
    found = {name: found[name] for name in course.lessons if name in found}
    held = [one for lesson in found.values() for one in exercises_of(lesson)]
    for one in sorted(wanted):
        require(one in held, "exercise", f"must be one of {', '.join(held)}, which these lessons hold", one)
    given = tuple(one for one in held if not wanted or one in wanted)
    said = {name: text for name in found if (text := _said(course, name, given, session=session))}
    return Assignment(found, given, said)


def _said(course: Course, name: str, given: tuple[str, ...], *, session: bool) -> str:
    """What a lesson's copy says of what is set; nothing where all of it is."""
    here = exercises_of(course.lessons[name])
    own, others = [one for one in here if one in given], [one for one in here if one not in given]
    if not others:
        return ""
    write = f"You write {listed(own)}" if own else "You write nothing here"
    text = f"**{write}; the package does {listed(others)}.** Run every cell, and predict where you are asked."
    rows = [row for row in timed(course.path["session"]["plan"]) if name.partition("_")[0] == row["lesson"]]
    if session and rows:
        text += f" In the session: minutes {rows[0]['from']} to {rows[-1]['until']}"
        text += f', down to "{rows[-1]["to"]}".' if "to" in rows[-1] else "."
    return text


def timed(plan: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows of a plan, each with the minute it begins at, ``from``, and that it ends at, ``until``."""
    minute, made = 0, []
    for row in plan:
        made.append(row | {"from": minute, "until": minute + row["minutes"]})
        minute += row["minutes"]
    return made


def listed(exercises: Iterable[str]) -> str:
    """Exercises as a sentence names them.

    Examples
    --------
    >>> from refocuslab.lab.course.assigning import listed
    >>> listed(["e01", "e02", "e03", "e09"])
    'E1 to E3 and E9'
    """
    runs: list[list[int]] = []
    for number in sorted(int(one[1:]) for one in exercises):
        if runs and runs[-1][-1] == number - 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    told = [part for run in runs for part in _run(run)]
    return " and ".join(filter(None, (", ".join(told[:-1]), told[-1]))) if told else "none"


def _run(numbers: list[int]) -> list[str]:
    if len(numbers) > 2:
        return [f"E{numbers[0]} to E{numbers[-1]}"]
    return [f"E{one}" for one in numbers]
