"""The verbs for a class, within `refocuslab course`: hand out, check, grade."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from refocuslab.errors import RefocusError
from refocuslab.lab.cli.behavior import Verb, output_option
from refocuslab.lab.folders import destinations, whole_folders
from refocuslab.lab.terminal import command_line, tell

if TYPE_CHECKING:
    from refocuslab.lab.course.making import Course
    from refocuslab.lab.course.sandbox.judging import Limits

_Verb = TypeVar("_Verb", bound=Callable[..., Any])
# The folder of hand-out, and its key, where no other is named.
OUT, KEY = "hand-out", "hand-out/key.json"


def course_sources() -> "Course":
    """The course of this checkout."""
    from refocuslab.files.installed import course_folder

    folder = course_folder()
    from refocuslab.lab.course.making import Course

    return Course(folder)


def _limits(verb: _Verb) -> _Verb:
    seconds = click.option(
        "--seconds", type=click.FloatRange(0.1, 3600), help="Of one call; by default what the exercise has."
    )
    memory = click.option(
        "--memory", type=click.FloatRange(0.5, 1000), default=2, show_default=True, help="Gigabytes."
    )
    return seconds(memory(verb))


def _limit(seconds: float | None, memory: float) -> "Limits":
    from refocuslab.lab.course.sandbox.judging import Limits

    return Limits(seconds, int(memory * 1e9))


@click.command("hand-out", cls=Verb)
@click.argument("names", metavar="NAMES.CSV")
@click.option("--session", is_flag=True, help="What the plan of one session has: the guide's first table.")
@click.option(
    "--lesson",
    "lessons",
    multiple=True,
    metavar="LESSON",
    help="Such as L1; may be repeated. By default all.",
)
@click.option(
    "--exercise",
    "exercises",
    multiple=True,
    metavar="EXERCISE",
    help="What students write, such as E9; may be repeated. The package does the others. By default all.",
)
@output_option(OUT, "Folder that is made.")
def hand_out(
    names: str, session: bool, lessons: tuple[str, ...], exercises: tuple[str, ...], output: str
) -> int:
    """Make the copies of each student of a list.

    NAMES.CSV has a name a line; or columns, of which one is headed `student` or `name`, and perhaps one
    `folder`, as a learning platform calls the student's. Each student has a variant of their own.

    The folder gets students/, a ZIP for each student; platform/, the same as a folder for each, for a
    learning platform; and key.json, which is the lecturer's alone.
    """
    from refocuslab.lab.course import handing_out
    from refocuslab.lab.course.assigning import assigned, listed

    students = handing_out.read_names(Path(names))
    folder = destinations.check_folder(output)
    whole_folders.check_empty(folder)
    made = course_sources()
    given = assigned(made, lessons, exercises, session=session)
    from refocuslab.lab.progress_line import ProgressLine

    at = 0

    def step(done: int, _: int) -> None:
        nonlocal at
        at = done + 1

    with ProgressLine().of("copies", lambda: f"{at} of {len(students)}"):
        key = handing_out.hand_out(made, students, folder, given, step=step)
    told = ", ".join(one.name for one in students[:2]) + (" and so on" if len(students) > 2 else "")
    write = listed(given.exercises) if given.exercises else "nothing"
    tell(f"{len(students)} students ({told}); notebooks: {', '.join(given.lessons)}; they write: {write}")
    tell(f"To give away, one ZIP each: {folder / handing_out.ZIPS}")
    tell(f"The same as folders, for a learning platform: {folder / handing_out.PLATFORM}")
    tell(f"For you alone, to grade with: {key}")
    other = [] if str(key) == str(Path(KEY)) else ["--key", str(key)]
    then = command_line("course", "grade", "inbox", *other)
    tell(f"Next: collect notebooks or ZIPs in a folder, inbox, then {then}")
    return 0


@click.command(cls=Verb)
@click.argument("notebook")
@_limits
def check(notebook: str, seconds: float | None, memory: float) -> int:
    """Say what the check cells of a notebook would say.

    Its functions run in a process of their own, within limits. Exit code 1 if one that is written is not
    right, or a cell was left out.
    """
    from refocuslab.lab.course.checking import check_notebook

    verdicts, problems = check_notebook(Path(notebook), _limit(seconds, memory))
    for problem in problems:
        tell(problem)
    for found in verdicts:
        tell(found)
    wrong = bool(problems) or any(found.state == "wrong" for found in verdicts)
    if not verdicts:
        tell("It has no function of an exercise.")
    elif wrong:
        again = command_line("course", "check", str(notebook))
        tell(f"Next: answer the question in the notebook, save, then {again}")
    elif all(found.right for found in verdicts):
        tell("Next: hand it in, as its last cell says.")
    return 1 if wrong else 0


@click.command(cls=Verb)
@click.argument("inbox")
@click.option("--key", default=KEY, show_default=True, metavar="KEY.JSON", help="As hand-out made it.")
@click.option(
    "--exercise",
    "exercises",
    multiple=True,
    metavar="EXERCISE",
    help="Such as E9; may be repeated. By default all that the class was set.",
)
@output_option("marks.csv", "The table; a page of the same name, .html, is written beside it.")
@_limits
def grade(
    inbox: str, key: str, exercises: tuple[str, ...], output: str, seconds: float | None, memory: float
) -> int:
    """Judge what a class has handed in.

    The inbox is a folder or a zip of notebooks, folders and zips, as platforms return them or a stick
    collects them. Whose a notebook is, its place tells, if it is called as the student or the student's copy,
    and else the name in its first cell of code; where the two differ, the place counts, and it is said.

    Each function runs in a process of its own: limits of time and memory, no network, nothing written outside
    its folder.
    """
    from refocuslab.lab.course import handing_out
    from refocuslab.lab.course.assigning import listed
    from refocuslab.lab.course.grading import answers, marks, report

    students, set_ = handing_out.read_key(Path(key))
    wanted = answers.chosen(set_, exercises)
    path = destinations.check_file(output, [key], endings=(".csv",))
    page = destinations.check_file(str(path.with_suffix(".html")), [key], endings=(".html",))
    kept = marks.entered(path)
    from refocuslab.lab.progress_line import ProgressLine

    at = (0, len(students) * len(wanted))

    def step(done: int, count: int) -> None:
        nonlocal at
        at = done, count

    with ProgressLine().of("grade", lambda: f"{at[0]} of {at[1]} answers"):
        graded = answers.grade(Path(inbox), students, wanted, limits=_limit(seconds, memory), step=step)
    destinations.write(path, marks.table(graded, wanted, kept))
    beliefs = report.beliefs_of(_sources_if_here())
    destinations.write(page, report.report(graded, wanted, beliefs, path.name).encode("utf-8", "replace"))
    for one in graded:
        for note in one.notes:
            tell(f"{one.student}: {note}" if one.known else f"Not graded: {note}")
    tell(f"{len(students)} students, {listed(wanted)}: {path}, and to read: {page}")
    if kept:
        tell(f"Kept in {path}: {len(kept)} marks of written verdicts that were entered before.")
    read = marks.verdicts_to_read(wanted)
    rubric = f", and mark the written verdicts of {listed(read)} by course/rubric.md" if read else ""
    tell(f"Next: open {page}{rubric}")
    return 0


def _sources_if_here() -> Path | None:
    """The folder of the course's sources; None beside a wheel, which has none."""
    from refocuslab.files.installed import course_folder

    try:
        return course_folder()
    except RefocusError:
        return None
