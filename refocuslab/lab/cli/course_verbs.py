"""The verbs for a course: `refocuslab course ...`, and warm-up."""

import sys
from time import perf_counter
from typing import TYPE_CHECKING, Any

import click

from refocuslab.errors import RefocusError
from refocuslab.lab.cli.behavior import Verb, fail, output_option
from refocuslab.lab.cli.class_verbs import check, course_sources, grade, hand_out
from refocuslab.lab.folders import destinations
from refocuslab.lab.terminal import command_line, tell

if TYPE_CHECKING:
    from refocuslab.lab.course.making import Course
    from refocuslab.lab.course.sources import Exercise


class Verbs(click.Group):
    """A group within the command line; its errors are told by the whole's."""

    command_class = Verb


@click.group(cls=Verbs)
def course() -> None:
    """Teach a course: make, hand out, check, grade.

    The sources lie in the folder `course` of a checkout; `check` needs the installed package alone.
    """


for _verb in (hand_out, check, grade):
    course.add_command(_verb)


@course.command("list")
@click.option("--time", "timed", is_flag=True, help="Also run each lesson: its seconds, and memory.")
def list_(timed: bool) -> int:
    """Show units, minutes and exercises."""
    made = course_sources()
    from refocuslab.lab.course.assigning import listed

    for unit in made.path["units"]:
        tell(f"Unit {unit['unit']}: {unit['title']} ({_minutes(made, unit)})")
        for name in made.lessons:
            if name.partition("_")[0] == unit["lesson"]:
                tell(f"{name}: {_contents(made, name)}{_cost(made, name) if timed else ''}")
        for name in unit["exercises"]:
            if name in made.exercises:
                one = made.exercises[name]
                tell(f"{name}: {one.title}, {one.minutes} min")
    session, hand_out_one = made.path["session"], command_line("course", "hand-out", "names.csv", "--session")
    tell(f"One session of {session['minutes']} minutes: they write {listed(session['exercises'])}, and the "
         f"package does the rest: {hand_out_one}")  # fmt: skip
    tell(f"Next: {command_line('course', 'make')}, for your copies and the guide; begin with the guide")
    return 0


def _minutes(made: "Course", unit: dict[str, Any]) -> str:
    """The minutes of a unit; of a project, how many of them are exercises."""
    exercises = sum(made.exercises[name].minutes for name in unit["exercises"] if name in made.exercises)
    talk, home = f"talk {unit['talk']} min", f", home {unit['home']} min" if unit.get("home") else ""
    if "project" in unit:
        return f"{talk}; {unit['project']}, {exercises} min of it exercises"
    return f"{talk}, work {unit['work']} min{home}"


def _contents(made: "Course", name: str) -> str:
    """How many exercises and predictions a lesson has."""
    from refocuslab.lab.course.copies import exercises_of

    lesson = made.lessons[name]
    counts = {
        "exercise": len(exercises_of(lesson)),
        "prediction": sum("lesson.predict(" in cell.source for cell in lesson.cells),
    }
    told = [f"{count} {what}{'s' * (count != 1)}" for what, count in counts.items() if count]
    return ", ".join(told) or "to read"


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

    The instructor's with solutions, outputs and a guide; the student's without a name; and a page to read.
    All lessons, or those named, such as L1. The same sources give the same bytes. What students get is made
    from these lessons by hand-out, each with a name and a variant.
    """
    folder = destinations.check_folder(output)
    made = course_sources()
    chosen = made.chosen(lessons)
    from refocuslab.lab.course.guide import GUIDE, guide
    from refocuslab.lab.course.making import INSTRUCTOR, PAGES, STUDENT, make_lesson, write
    from refocuslab.lab.notebooks.execute import NotebookError
    from refocuslab.lab.progress_line import ProgressLine

    if not no_run:
        ProgressLine().say(
            f"{len(chosen)} lessons, each run twice, as students see it and with solutions: "
            f"{_about(made.seconds(chosen))}"
        )
    done, failures, part = [], [], ""

    def at(_: str, copy: str) -> None:
        nonlocal part
        part = copy

    for number, name in enumerate(chosen, 1):
        try:
            with ProgressLine().of(f"{number} of {len(chosen)}: {name}", lambda: part):
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
    tell(f"For you alone: {folder / INSTRUCTOR}" + (f", and {GUIDE} in it to begin with" if guided else ""))
    tell(f"Without a name, for whoever comes without one: {folder / STUDENT}")
    if not no_run:
        tell(f"To read without Python, answers folded: {folder / PAGES}")
    then = command_line("course", "hand-out", "names.csv")
    tell(f"Next: {then}, a name a line: what it makes is what students get")
    return 0


def _about(seconds: float) -> str:
    """A forecast in words."""
    minutes = round(seconds / 60)
    if not minutes:
        return "less than a minute"
    return f"about {minutes} minutes on two cores" if minutes > 1 else "about a minute on two cores"


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
    made = form.export(course_sources(), folder, lessons)
    tell(f"{len(made)} lessons: {folder}")
    tell(
        f"Next: cd {folder}, then nbgrader generate_assignment {made[0].stem}"
        if made
        else "No lesson has one."
    )
    return 0


@course.command()
@click.argument("names", nargs=-1, metavar="[EXERCISE]...")
@click.option("--seeds", type=click.IntRange(1, 10_000), default=20, show_default=True, help="Students.")
def test(names: tuple[str, ...], seeds: int) -> int:
    """Judge every known answer of the exercises.

    Right answers must pass, and each wrong one must get its own hint, whoever the student is. All exercises,
    or those named, such as E6.
    """
    known = course_sources().exercises
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
    if wrong:
        return fail(wrong)
    tell(f"Next: {command_line('course', 'make')}")
    return 0


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
    from refocuslab.lab.course.warming import FIRST, parts, warmed
    from refocuslab.lab.progress_line import ProgressLine

    progress = ProgressLine()
    progress.say(f"{len(parts())} parts: {_about(FIRST)} the first time, less where all is compiled")
    whole, told = perf_counter(), ""

    def say() -> str:
        return told

    for number, (part, run) in enumerate(parts().items(), 1):
        told = "at work"
        with progress.of(f"{number} of {len(parts())}: {part}", say):
            first, again = warmed(run)
            told = f"{first:.1f} s, and {again:.1f} s when compiled"
    tell(f"Warm after {perf_counter() - whole:.0f} s. Next: jupyter lab")
    return 0
