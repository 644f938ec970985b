"""The copies of a lesson, the student's and the instructor's, from one source in the form py:percent.

In a lesson, a cell whose source is

    # parameters      becomes the student's name and draw, in a cell tagged "parameters"
    # exercise e06    becomes the task, the stub or the solution, the check, and the cell that goes on

and a Markdown cell tagged "instructor" goes to the instructor's copy only, one tagged "student" to the other.
One tagged with an exercise, too, is left out where that is not set. A student's copy ends with how to hand
it in.
"""

import ast
import json
import re
from collections.abc import Container
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell

from refocuslab.checks import require
from refocuslab.course import hints
from refocuslab.course.variant import variant
from refocuslab.errors import RefocusError
from refocuslab.lab.course.sources import Exercise
from refocuslab.lab.notebooks.committed import clean

INSTRUCTOR, STUDENT, EXERCISE, CHECK, SOLUTION = "instructor", "student", "exercise", "check", "solution"
HAND_IN = "hand-in"  # the tag of a student's last cell
_EXERCISE = re.compile(r"# exercise (e\d\d)\s*\Z")
_PARAMETERS = re.compile(r"# parameters\s*\Z")
# In an opening: the minutes of a whole lesson, and what one can do who has written all of it.
_MINUTES = re.compile(r"\*\d+ minutes: [^*]*\*\s*")
_AIMS = re.compile(r"\*\*After\s+this\s+unit\*\*.*?(?=\n\n|\Z)", re.DOTALL)
Notebook = nbformat.NotebookNode


def read_lesson(path: Path) -> Notebook:
    """The source of a lesson as a notebook, its marks still in it."""
    import jupytext  # which a class room lacks

    made: Notebook = jupytext.reads(path.read_text(encoding="utf-8"), fmt="py:percent")
    return made


def exercises_of(lesson: Notebook) -> list[str]:
    """The exercises that a lesson names, in their order."""
    return [found[1] for cell in lesson.cells if (found := _EXERCISE.match(cell.source))]


def student_copy(
    lesson: Notebook,
    exercises: dict[str, Exercise],
    student: str = "",
    draw: int = 0,
    *,
    left_out: Container[str] = (),
    said: str = "",
    solved: bool = False,
) -> Notebook:
    """What a student gets: stubs, no outputs, and the student's name.

    Parameters
    ----------
    lesson : NotebookNode
        As ``read_lesson`` has it.
    exercises : dict of str to Exercise
        Every exercise that it names.
    student : str
        Whose copy it is; empty for a copy of nobody's.
    draw : int
        As ``variant`` has it.
    left_out : container of str
        Exercises that are not set: the package's pieces are there, and neither task nor stub.
    said : str
        What the opening says of that, in the place of the whole lesson's minutes.
    solved : bool
        Solutions instead of stubs, for a test of how the lesson goes on; never handed out.

    Raises
    ------
    RefocusError
        The lesson names an exercise that is not there, or the name is bad.
    """
    variant(student, "", draw)
    cells = []
    for cell in lesson.cells:
        tags = cell.metadata.get("tags", ())
        if INSTRUCTOR in tags or any(tag in left_out for tag in tags):
            continue
        if found := _EXERCISE.match(cell.source):
            exercise = _known(exercises, found[1])
            if exercise.exercise in left_out:
                cells += _given(exercise)
            else:
                cells += [_task(exercise), _answer(exercise, solved=solved), *_going_on(exercise)]
        elif _PARAMETERS.match(cell.source):
            cells.append(_parameters(student, draw))
        else:
            cells.append(cell)
    written = [one for one in exercises_of(lesson) if one not in left_out]
    opened = [_opening(cells[0], said), *cells[1:]] if said and cells else cells
    return _notebook([*opened, _handing_in(student, written)])


def instructor_copy(lesson: Notebook, exercises: dict[str, Exercise]) -> Notebook:
    """What a lecturer gets: solutions, notes, and what students believe; not executed yet.

    Raises
    ------
    RefocusError
        The lesson names an exercise that is not there.
    """
    cells = []
    for cell in lesson.cells:
        if STUDENT in cell.metadata.get("tags", ()):
            continue
        if found := _EXERCISE.match(cell.source):
            exercise = _known(exercises, found[1])
            cells += [_task(exercise), _beliefs(exercise), _answer(exercise, solved=True)]
            cells += _going_on(exercise)
        elif _PARAMETERS.match(cell.source):
            cells.append(_parameters("", 0))
        else:
            cells.append(cell)
    return _notebook(cells)


def _known(exercises: dict[str, Exercise], name: str) -> Exercise:
    require(name in exercises, "exercise", f"must be one of {', '.join(exercises)}", name)
    return exercises[name]


def _parameters(student: str, draw: int) -> Notebook:
    name = json.dumps(student, ensure_ascii=False)
    source = f"student: str = {name}  # your name or number: it draws your own variant\ndraw: int = {draw}"
    return _code(source, "parameters")


def _task(exercise: Exercise) -> Notebook:
    number = int(exercise.exercise[1:])
    heading = f"### E{number} · {exercise.title} ({exercise.minutes} min)"
    return _prose(f"{heading}\n\n{exercise.task.strip()}")


def _answer(exercise: Exercise, *, solved: bool) -> Notebook:
    source = f"{exercise.imports}{exercise.solution}" if solved else exercise.stub
    return _code(source.strip(), EXERCISE, exercise.exercise, *([SOLUTION] if solved else []))


def _going_on(exercise: Exercise) -> list[Notebook]:
    name, functions = exercise.exercise, ", ".join(exercise.names)
    check = _code(f'lesson.check("{name}", {functions})', CHECK)
    return [check, _code(f'{functions} = lesson.use("{name}", {functions})', CHECK)]


def _given(exercise: Exercise) -> list[Notebook]:
    """In the place of an exercise that is not set: what the package's pieces do, and the pieces."""
    heading = f"**E{int(exercise.exercise[1:])} · {exercise.title}** is not set; the package does it:\n"
    lines = []
    for node in ast.parse(exercise.stub).body:
        if isinstance(node, ast.FunctionDef):
            does = (ast.get_docstring(node) or "").partition("\n")[0]
            lines.append(f"- `{node.name}({ast.unparse(node.args)})`: {does}")
    code = _code(f'{", ".join(exercise.names)} = lesson.given("{exercise.exercise}")', CHECK)
    return [_prose("\n".join([heading, *lines])), code]


def _opening(cell: Notebook, said: str) -> Notebook:
    """A lesson's first cell, which says what is set where it told the whole lesson's minutes and aims."""
    text, count = _MINUTES.subn(lambda _: f"{said}\n\n", _AIMS.sub("", cell.source), count=1)
    opened: Notebook = nbformat.from_dict({**cell, "source": text if count else f"{cell.source}\n\n{said}"})
    return opened


def _handing_in(student: str, written: list[str]) -> Notebook:
    """The last cell: how this notebook is handed in."""
    if not written:
        return _prose("Nothing of this notebook is handed in.", HAND_IN)
    name = "Your name stands in the first cell of code, as `student`: leave it there."
    if not student:
        name = "Your name must stand in the first cell of code, as `student`."
    return _prose(
        "## Hand in\n\nSave (Ctrl+S, or ⌘S). Hand in this file, alone or with the others in a ZIP, as your "
        f"lecturer says: on the learning platform, or on the stick that goes round. {name} It tells whose "
        "work this is, whatever file and folder are called.",
        HAND_IN,
    )


def _beliefs(exercise: Exercise) -> Notebook:
    """What is believed by whom the check asks which question."""
    lines = [f"**E{int(exercise.exercise[1:])}: what students believe, and what the check asks them**", ""]
    lines += ["| they believe | the check asks |", "|---|---|"]
    for key, belief in exercise.beliefs.items():
        lines.append(f"| {_cell(belief)} | {_cell(hints.text(exercise.exercise, key))} |")
    return _prose("\n".join(lines), INSTRUCTOR)


def _code(source: str, *tags: str) -> Notebook:
    cell: Notebook = new_code_cell(source, metadata={"tags": list(tags)})
    return cell


def _prose(source: str, *tags: str) -> Notebook:
    cell: Notebook = new_markdown_cell(source, metadata={"tags": list(tags)})
    return cell


def _cell(text: str) -> str:
    return text.replace("|", r"\|")


def _notebook(cells: list[Notebook]) -> Notebook:
    try:
        return clean(nbformat.from_dict({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))
    except ValueError as error:
        raise RefocusError("lesson", "must hold pictures that are some", str(error)) from error
