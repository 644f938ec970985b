"""All copies of the course, made from its sources: the student's, the instructor's, and pages to read."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from time import perf_counter
from typing import Any

from refocuslab.errors import RefocusError
from refocuslab.files.toml_files import read_toml
from refocuslab.lab.course.copies import Notebook, instructor_copy, read_lesson, student_copy
from refocuslab.lab.course.folding import folded
from refocuslab.lab.course.leaks import refuse_leaks
from refocuslab.lab.course.sources import Exercise, read_exercises
from refocuslab.lab.folders import destinations
from refocuslab.lab.folders.whole_folders import kept_if_filled
from refocuslab.lab.notebooks.committed import clean, text_of
from refocuslab.lab.notebooks.execute import execute
from refocuslab.lab.notebooks.offline_page import offline_page

# The folders of the copies. Only the first and the last may reach students.
STUDENT, INSTRUCTOR, PAGES = "student", "instructor", "html"
# Called with a lesson and its copy before that is made.
Telling = Callable[[str, str], None]


@dataclass(frozen=True)
class Course:
    """The sources of the course.

    Attributes
    ----------
    folder : Path
        With ``path.toml``, ``exercises/`` and ``lessons/``.
    """

    folder: Path

    @cached_property
    def exercises(self) -> dict[str, Exercise]:
        """Every exercise, by its name."""
        return read_exercises(self.folder)

    @cached_property
    def lessons(self) -> dict[str, Notebook]:
        """Every lesson's source, by the name of its file, in their order."""
        paths = sorted((self.folder / "lessons").glob("L[0-9]*.py"))
        return {path.stem: read_lesson(path) for path in paths}

    @cached_property
    def path(self) -> dict[str, Any]:
        """The learning path, ``path.toml``."""
        return read_toml(self.folder / "path.toml")

    def seconds(self, lessons: Iterable[str]) -> float:
        """About how long lessons take to be run twice, as the path has it."""
        known = {unit["lesson"]: unit["seconds"] for unit in self.path["units"]}
        return float(sum(known.get(name.partition("_")[0], 0) for name in lessons))

    def chosen(self, names: tuple[str, ...]) -> dict[str, Notebook]:
        """The lessons of these names, such as "L1", or all where there is none.

        Raises
        ------
        RefocusError
            There is no such lesson.
        """
        found = {}
        for name in names or tuple(self.lessons):
            given = name.lower()
            matched = [one for one in self.lessons if given in (one.lower(), one.lower().partition("_")[0])]
            if not matched:
                raise RefocusError("lesson", f"must be one of {', '.join(self.lessons)}", name)
            found[matched[0]] = self.lessons[matched[0]]
        return found


@dataclass(frozen=True)
class Made:
    """What was made of one lesson.

    Attributes
    ----------
    lesson : str
        Its name.
    files : dict of str to bytes
        {path within the output: content}.
    seconds : float
        What the lesson took to run, with nothing solved.
    """

    lesson: str
    files: dict[str, bytes]
    seconds: float


def make_lesson(course: Course, name: str, *, run: bool = True, telling: Telling | None = None) -> Made:
    """The copies of a lesson.

    Parameters
    ----------
    course : Course
        The sources.
    name : str
        The lesson's.
    run : bool
        Also run it: the instructor's copy with its outputs, and a page of what a student sees who has solved
        nothing. Otherwise only the student's copy is made, and the instructor's without outputs.
    telling : callable or None
        Called before each part.

    Raises
    ------
    NotebookError
        A cell failed.
    RefocusError
        What a student gets holds a line of a solution.
    """
    tell = telling or (lambda *_: None)
    lesson = course.lessons[name]
    student, instructor = student_copy(lesson, course.exercises), instructor_copy(lesson, course.exercises)
    files = {f"{STUDENT}/{name}.ipynb": text_of(student).encode()}
    seconds = 0.0
    if run:
        tell(name, PAGES)
        start = perf_counter()
        unsolved = executed(name, student)
        seconds = perf_counter() - start
        files[f"{PAGES}/{name}.html"] = offline_page(name, folded(unsolved)).encode()
        tell(name, INSTRUCTOR)
        instructor = executed(name, instructor)
    files[f"{INSTRUCTOR}/{name}.ipynb"] = text_of(instructor).encode()
    _check_leaks(course, {path: held for path, held in files.items() if not path.startswith(INSTRUCTOR)})
    return Made(name, files, seconds)


def executed(name: str, notebook: Notebook) -> Notebook:
    """A copy, run to its end in a kernel of its own and an empty folder.

    Raises
    ------
    NotebookError
        A cell failed.
    """
    from tempfile import TemporaryDirectory

    with TemporaryDirectory(prefix="lesson-") as empty:
        made = execute(name, notebook, folder=Path(empty))
    for cell in made.cells:
        for output in cell.get("outputs", ()):
            # Without its widget's state, which is not kept, a view shows an error; its text stays.
            output.get("data", {}).pop("application/vnd.jupyter.widget-view+json", None)
    return clean(made)


def write(made: list[Made], output: Path, *, all_of_them: bool) -> None:
    """Write copies; where all were made, what an earlier time has left of others is removed.

    Parameters
    ----------
    made : list of Made
        What was made.
    output : Path
        The folder.
    all_of_them : bool
        Whether these are all lessons.
    """
    with kept_if_filled(output):
        for one in made:
            for path, content in one.files.items():
                (output / path).parent.mkdir(exist_ok=True)
                destinations.write(output / path, content)
        if all_of_them:
            now = {path for one in made for path in one.files}
            for folder, ending in ((STUDENT, "ipynb"), (INSTRUCTOR, "ipynb"), (PAGES, "html")):
                for left in (output / folder).glob(f"L[0-9]*.{ending}"):
                    if f"{folder}/{left.name}" not in now:
                        left.unlink()


def _check_leaks(course: Course, files: dict[str, bytes]) -> None:
    from tempfile import TemporaryDirectory

    with TemporaryDirectory(prefix="leaks-") as name:
        for path, content in files.items():
            Path(name, path).parent.mkdir(exist_ok=True)
            Path(name, path).write_bytes(content)
        refuse_leaks(Path(name), course.exercises.values())
