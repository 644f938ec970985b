"""The form of nbgrader: its marks, its metadata, and none on the cell with the student's name."""

import nbformat
import pytest

from refocuslab import RefocusError
from refocuslab.lab.course.nbgrader import export, exported


def test_a_lesson_has_nbgraders_marks_and_metadata(course):
    cells = exported(course, "L1_a_lesson").cells
    solution, check = (cell for cell in cells if "nbgrader" in cell.metadata)
    assert "    ### BEGIN SOLUTION\n" in solution.source and "    ### END SOLUTION" in solution.source
    assert "\n    # BEGIN" not in solution.source
    assert solution.metadata.nbgrader["solution"] and not solution.metadata.nbgrader["grade"]
    assert check.metadata.nbgrader["points"] == 1 and check.metadata.nbgrader["locked"]
    assert check.source == 'assert lesson.check("e01", disk).right, lesson.check("e01", disk)'
    (parameters,) = (cell for cell in cells if "parameters" in cell.metadata.get("tags", ()))
    assert "nbgrader" not in parameters.metadata


def test_the_folder_is_written_whole_into_an_empty_one(course, tmp_path):
    output = tmp_path / "hub"
    (path,) = export(course, output)
    assert path == output / "source" / "L1_a_lesson" / "L1_a_lesson.ipynb"
    nbformat.validate(nbformat.read(path, as_version=4))
    compile((output / "nbgrader_config.py").read_text(), "config", "exec")
    with pytest.raises(RefocusError, match="must be a folder that is not there yet, or an empty one"):
        export(course, output)
