"""The course in the form of nbgrader, a source folder and a configuration; nbgrader itself is not needed.

nbgrader cuts the solutions out by its own marks. The cell with the student's name has no metadata of it, so
that what it holds is kept. A test is the check, for what nbgrader hides comes back with the graded copy; it
wants the student's own work, and no call of the package.
"""

import re
from pathlib import Path

from refocuslab.lab.course.copies import CHECK, EXERCISE, HAND_IN, Notebook, student_copy
from refocuslab.lab.course.making import Course
from refocuslab.lab.course.sources import Exercise
from refocuslab.lab.folders import destinations
from refocuslab.lab.folders.whole_folders import new_folder
from refocuslab.lab.notebooks.committed import text_of

_SCHEMA = 3  # of nbgrader's metadata
_MARK = re.compile(r"(?m)^( *)# (BEGIN|END) SOLUTION$")
_CONFIG = """\
c = get_config()
c.CourseDirectory.course_id = "refocuslab"
c.ClearSolutions.code_stub = {"python": "raise NotImplementedError"}
# A check takes less than a second; a lesson, one minute.
c.ExecutePreprocessor.timeout = 300
"""


def export(course: Course, output: Path, lessons: tuple[str, ...] = ()) -> list[Path]:
    """Write ``source/<lesson>/<lesson>.ipynb`` for each lesson, and ``nbgrader_config.py``.

    Parameters
    ----------
    course : Course
        The sources.
    output : Path
        A folder that is not there yet, or an empty one; it is made whole or not at all.
    lessons : tuple of str
        By default all that have an exercise.

    Returns
    -------
    list of Path
        The notebooks.

    Raises
    ------
    RefocusError
        The folder holds something, or a lesson is not there.
    """
    with new_folder(output) as folder:
        made = {name: exported(course, name) for name in course.chosen(lessons)}
        for name, notebook in made.items():
            (folder / "source" / name).mkdir(parents=True)
            destinations.write(folder / "source" / name / f"{name}.ipynb", text_of(notebook).encode())
        destinations.write(folder / "nbgrader_config.py", _CONFIG.encode())
    return [output / "source" / name / f"{name}.ipynb" for name in made]


def exported(course: Course, lesson: str) -> Notebook:
    """A lesson in nbgrader's form, with its solutions between nbgrader's marks."""
    notebook = student_copy(course.lessons[lesson], course.exercises)
    # nbgrader has a way of its own to hand in.
    notebook.cells = [cell for cell in notebook.cells if HAND_IN not in cell.metadata.get("tags", ())]
    exercise: Exercise | None = None
    for cell in notebook.cells:
        tags = cell.metadata.get("tags", ())
        if EXERCISE in tags:
            exercise = course.exercises[tags[1]]
            marked = _MARK.sub(r"\1### \2 SOLUTION", exercise.text).strip()
            cell.source = f"{exercise.imports}{marked}"
            cell.metadata["nbgrader"] = _metadata(exercise.exercise, solution=True)
        elif CHECK in tags and exercise is not None and cell.source.startswith("lesson.check"):
            cell.source = f'assert {cell.source}.state == "right", {cell.source}'
            cell.metadata["nbgrader"] = _metadata(f"{exercise.exercise}-check", points=1)
    return notebook


def _metadata(name: str, *, solution: bool = False, points: int = 0) -> dict[str, object]:
    graded = {"points": points} if points else {}
    return {
        "grade": bool(points),
        "grade_id": name,
        "locked": bool(points),
        "schema_version": _SCHEMA,
        "solution": solution,
        "task": False,
        **graded,
    }
