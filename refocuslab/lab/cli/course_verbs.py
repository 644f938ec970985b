"""The verbs for a course: `refocuslab course ...`, and warm-up."""

import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any, TypeVar

import click

from refocuslab.errors import RefocusError
from refocuslab.lab.cli.behavior import Verb, fail, output_option
from refocuslab.lab.folders import destinations, whole_folders
from refocuslab.lab.terminal import command_line, tell

if TYPE_CHECKING:
    from refocuslab.lab.course.making import Course
    from refocuslab.lab.course.sandbox.judging import Limits
    from refocuslab.lab.course.sources import Exercise

_Verb = TypeVar("_Verb", bound=Callable[..., Any])


class Verbs(click.Group):
    """A group within the command line; its errors are told by the whole's."""

    command_class = Verb


@click.group(cls=Verbs)
def course() -> None:
    """Teach a course: make, hand out, check, grade.

    The sources lie in the folder `course` of a checkout; `check` needs the installed package alone.
    """


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


def _course() -> "Course":
    from refocuslab.files.installed import course_folder

    folder = course_folder()
    from refocuslab.lab.course.making import Course

    return Course(folder)


@course.command("list")
@click.option("--time", "timed", is_flag=True, help="Also run each lesson: its seconds, and memory.")
def list_(timed: bool) -> int:
    """Show units, minutes and exercises."""
    made = _course()
    for unit in made.path["units"]:
        home = f", home {unit['home']} min" if unit.get("home") else ""
        tell(f"Unit {unit['unit']}: {unit['title']} (talk {unit['talk']} min, work {unit['work']} min{home})")
        for name, lesson in made.lessons.items():
            if name.partition("_")[0] == unit["lesson"]:
                tell(f"{name}: {len(lesson.cells)} cells{_cost(made, name) if timed else ''}")
        for name in unit["exercises"]:
            if name in made.exercises:
                one = made.exercises[name]
                tell(f"{name}: {one.title}, {one.minutes} min")
    tell(
        f"For one session: {', '.join(made.path['one_session'])}, from L1 to L3; the rest may stay unwritten"
    )
    make, hand_out = command_line("course", "make"), command_line("course", "hand-out", "names.csv")
    tell(f"Next: {make}, then {hand_out}, a name a line")
    return 0


def _cost(made: "Course", name: str) -> str:
    """Seconds of a lesson with nothing solved, and the most memory that it or one before it took."""
    from refocuslab.lab.course.copies import student_copy
    from refocuslab.lab.course.making import executed

    start = perf_counter()
    executed(name, student_copy(made.lessons[name], made.exercises))
    seconds = perf_counter() - start
    try:
        import resource
    except ModuleNotFoundError:
        return f", {seconds:.0f} s"
    unit = 1 if sys.platform == "darwin" else 1024
    most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * unit
    return f", {seconds:.0f} s, at most {most / 1e9:.1f} GB"


@course.command()
@click.argument("lessons", nargs=-1, metavar="[LESSON]...")
@output_option("build/course", "Folder for the copies.")
@click.option("--no-run", is_flag=True, help="Make the copies without outputs, and no pages.")
def make(lessons: tuple[str, ...], output: str, no_run: bool) -> int:
    """Make the copies of the lessons.

    The student's, the instructor's with solutions, outputs and a guide, and a page to read. All lessons, or
    those named, such as L1. The same sources give the same bytes.
    """
    folder = destinations.check_folder(output)
    made = _course()
    chosen = made.chosen(lessons)
    from refocuslab.lab.course.guide import GUIDE, guide
    from refocuslab.lab.course.making import INSTRUCTOR, make_lesson, write
    from refocuslab.lab.notebooks.execute import NotebookError
    from refocuslab.lab.progress_line import ProgressLine

    done, failures, part = [], [], ""

    def at(_: str, copy: str) -> None:
        nonlocal part
        part = copy

    for name in chosen:
        try:
            with ProgressLine().of(name, lambda: part):
                done.append(make_lesson(made, name, run=not no_run, telling=at))
        except NotebookError as error:
            failures.append(str(error))
    if failures:
        return fail(failures)
    write(done, folder, all_of_them=not lessons)
    if guided := (made.folder / INSTRUCTOR / GUIDE).is_file():
        destinations.write(folder / INSTRUCTOR / GUIDE, guide(made).encode())
    for one in done:
        tell(f"{one.lesson}: " + (", ".join(one.files) if no_run else f"runs in {one.seconds:.0f} s"))
    tell(f"For students: {folder / 'student'}" + ("" if no_run else f" and {folder / 'html'}"))
    tell(f"For you alone: {folder / INSTRUCTOR}" + (f", and {GUIDE} in it to begin with" if guided else ""))
    return 0


@course.command("hand-out")
@click.argument("names", metavar="NAMES.CSV")
@click.option("--lesson", "lessons", multiple=True, metavar="LESSON", help="Such as L1; by default all.")
@output_option("hand-out", "Folder that is made.")
def hand_out(names: str, lessons: tuple[str, ...], output: str) -> int:
    """Make a copy for each student of a list.

    Each has a variant of its own. The folder gets them one by one, all in one zip for a learning platform,
    and key.json, which is the lecturer's alone.
    """
    from refocuslab.lab.course import handing_out

    students = handing_out.read_names(Path(names))
    folder = destinations.check_folder(output)
    whole_folders.check_empty(folder)
    made = _course()
    made.chosen(lessons)
    from refocuslab.lab.progress_line import ProgressLine

    at = 0

    def step(done: int, _: int) -> None:
        nonlocal at
        at = done

    with ProgressLine().of("copies", lambda: f"{at} of {len(students)}"):
        key = handing_out.hand_out(made, students, folder, lessons=lessons, step=step)
    told = ", ".join(one.name for one in students[:2]) + (" and so on" if len(students) > 2 else "")
    tell(f"{len(students)} students ({told}); to hand out: {folder / handing_out.ZIP}")
    tell(f"For you alone, to grade with: {key}")
    return 0


@course.command()
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
    if not verdicts:
        tell("It has no function of an exercise.")
    return 1 if problems or any(found.state == "wrong" for found in verdicts) else 0


@course.command()
@click.argument("inbox")
@click.option("--key", required=True, metavar="KEY.JSON", help="As hand-out made it.")
@output_option("marks.csv", "The table.")
@_limits
def grade(inbox: str, key: str, output: str, seconds: float | None, memory: float) -> int:
    """Judge what a class has handed in.

    The inbox is a folder or a zip, with a folder, notebook or zip for each student, as copies.zip has them
    and learning platforms return them. Each function runs in a process of its own: limits of time and
    memory, no network, nothing written outside its folder.
    """
    from refocuslab.lab.course import grading, handing_out

    students, wanted = handing_out.read_key(Path(key))
    path = destinations.check_file(output, [key], endings=(".csv",))
    from refocuslab.lab.progress_line import ProgressLine

    at = (0, len(students) * len(wanted))

    def step(done: int, count: int) -> None:
        nonlocal at
        at = done, count

    with ProgressLine().of("grade", lambda: f"{at[0]} of {at[1]} answers"):
        graded = grading.grade(Path(inbox), students, wanted, limits=_limit(seconds, memory), step=step)
    destinations.write(path, grading.table(graded, wanted))
    for one in graded:
        for note in one.notes:
            tell(f"{one.student}: {note}")
    tell(f"{len(graded)} students: {path}")
    return 0


@course.group(cls=Verbs)
def export() -> None:
    """Write the course in another tool's form."""


@export.command()
@click.argument("lessons", nargs=-1, metavar="[LESSON]...")
@output_option("course_hub", "Folder that is made.")
def nbgrader(lessons: tuple[str, ...], output: str) -> int:
    """Write the source folder of nbgrader.

    With its configuration; nbgrader itself is not needed for this.
    """
    from refocuslab.lab.course import nbgrader as form

    folder = destinations.check_folder(output)
    made = form.export(_course(), folder, lessons)
    tell(f"{len(made)} lessons: {folder}")
    return 0


@course.command()
@click.argument("names", nargs=-1, metavar="[EXERCISE]...")
@click.option("--seeds", type=click.IntRange(1, 10_000), default=20, show_default=True, help="Students.")
def test(names: tuple[str, ...], seeds: int) -> int:
    """Judge every known answer of the exercises.

    Right answers must pass, and each wrong one must get its own hint, whoever the student is. All exercises,
    or those named, such as E6.
    """
    known = _course().exercises
    from refocuslab.lab.course import gates

    wrong, count = [], 0
    for name in _named(names, known):
        start = perf_counter()
        rows = gates.rows(known[name], range(seeds))
        fell = [str(row) for row in rows if not row.as_expected] + gates.faults(known[name])
        count += len(rows)
        wrong += fell
        told = f"{len(rows)} answers on {seeds} seeds, {len(fell)} not as expected"
        tell(f"{name}: {told}, {perf_counter() - start:.1f} s")
    tell(f"{count} answers, {len(wrong)} not as expected")
    return fail(wrong) if wrong else 0


def _named(names: tuple[str, ...], known: "dict[str, Exercise]") -> list[str]:
    """The exercises that were named, "E6" as "e06"; all where none was."""
    from refocuslab.course.exercises import find

    found = [find(name).exercise for name in names] or list(known)
    for name in found:
        if name not in known:
            raise RefocusError("exercise", f"must be one of {', '.join(known)}", name)
    return found


@click.command("warm-up", cls=Verb)
def warm_up() -> int:
    """Compile everything, and say how long it took.

    For images of machines, and before class: the first lesson then waits for no compiler.
    """
    from refocuslab.lab.course.warming import warm_up as parts

    whole = perf_counter()
    for one in parts():
        tell(f"{one.part}: {one.first:.1f} s, and {one.again:.1f} s when compiled")
    tell(f"warm after {perf_counter() - whole:.0f} s")
    return 0
