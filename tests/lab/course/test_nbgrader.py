"""The form of nbgrader: its marks, its metadata, and none on the cell with the student's name."""

import csv
import importlib.util
import os
import subprocess
import sys

import nbformat
import pytest

from refocuslab import RefocusError
from refocuslab.files.installed import PACKAGE
from refocuslab.lab.course.nbgrader import export, exported


def test_a_lesson_has_nbgraders_marks_and_metadata(course):
    cells = exported(course, "L1_a_lesson").cells
    solution, check = (cell for cell in cells if "nbgrader" in cell.metadata)
    assert "    ### BEGIN SOLUTION\n" in solution.source and "    ### END SOLUTION" in solution.source
    assert "\n    # BEGIN" not in solution.source
    assert solution.metadata.nbgrader["solution"] and not solution.metadata.nbgrader["grade"]
    assert check.metadata.nbgrader["points"] == 1 and check.metadata.nbgrader["locked"]
    assert check.source == 'assert lesson.check("e01", disk).state == "right", lesson.check("e01", disk)'
    (parameters,) = (cell for cell in cells if "parameters" in cell.metadata.get("tags", ()))
    assert "nbgrader" not in parameters.metadata
    assert not any("Hand in" in cell.source for cell in cells), "nbgrader has a button for it"


def test_the_folder_is_written_whole_into_an_empty_one(course, tmp_path):
    output = tmp_path / "hub"
    (path,) = export(course, output)
    assert path == output / "source" / "L1_a_lesson" / "L1_a_lesson.ipynb"
    nbformat.validate(nbformat.read(path, as_version=4))
    compile((output / "nbgrader_config.py").read_text(), "config", "exec")
    with pytest.raises(RefocusError, match="must be a folder that is not there yet, or an empty one"):
        export(course, output)


@pytest.mark.slow
@pytest.mark.skipif(not importlib.util.find_spec("nbgrader"), reason="nbgrader is not installed")
def test_nbgrader_grades_two_students(course, tmp_path):
    hub = tmp_path / "hub"
    (source,) = export(course, hub)
    name = source.stem
    nbgrader(hub, "generate_assignment", name)
    release = nbformat.read(hub / "release" / name / f"{name}.ipynb", as_version=4)
    text = "".join(cell.source for cell in release.cells)
    assert "np.hypot" not in text and "raise NotImplementedError" in text
    right = course.exercises["e01"].solution
    wrong = right.replace("return weights / weights.sum()", "return weights")
    for student, answer in (("ada", right), ("bo", wrong)):
        copy = nbformat.from_dict(release)
        for cell in copy.cells:
            if cell.source.startswith("student: str"):
                cell.source = cell.source.replace('""', f'"{student}"', 1)
            if cell.metadata.get("nbgrader", {}).get("solution"):
                cell.source = answer
        folder = hub / "submitted" / student / name
        folder.mkdir(parents=True)
        nbformat.write(copy, folder / f"{name}.ipynb")
    nbgrader(hub, "autograde", name, "--create")
    nbgrader(hub, "export")
    with open(hub / "grades.csv", newline="") as file:
        scores = {one["student_id"]: float(one["score"]) for one in csv.DictReader(file)}
    assert scores == {"ada": 1, "bo": 0}
    graded = (hub / "autograded" / "bo" / name / f"{name}.ipynb").read_text()
    assert 'student: str = \\"bo\\"' in graded, "the student's own name stays"
    assert "weights / weights.sum()" not in graded, "no solution comes back"


def nbgrader(folder, *arguments):
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", *arguments], cwd=folder, capture_output=True, text=True,
        check=False, env=os.environ | {"PYTHONPATH": str(PACKAGE.parent)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
