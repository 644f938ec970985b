"""A student's notebook is checked with the variant that it names, and only its functions run."""

import nbformat
import pytest

from refocuslab import RefocusError
from refocuslab.lab.course.checking import check_notebook, parameters_of
from refocuslab.lab.course.copies import student_copy
from refocuslab.lab.course.sandbox.judging import Limits
from refocuslab.lab.notebooks.committed import text_of

LIMITS = Limits(seconds=1.0)


@pytest.mark.seconds
def test_a_notebook_is_checked_with_the_variant_that_it_names(course, tmp_path):
    solved = student_copy(course.lessons["L1_a_lesson"], course.exercises, "ada", solved=True)
    (tmp_path / "L1.ipynb").write_text(text_of(solved))
    verdicts, problems = check_notebook(tmp_path / "L1.ipynb", LIMITS)
    assert [str(one) for one in verdicts] == ["E1: right."] and problems == ()
    path = tmp_path / "a.ipynb"
    cells = [
        nbformat.v4.new_code_cell(text) for text in ('student = "' + "x" * 101 + '"', "def disk(d): return d")
    ]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    with pytest.raises(RefocusError, match="student must be of at most 100"):
        check_notebook(path, LIMITS)


@pytest.mark.parametrize(
    ("cells", "found"),
    [
        ([], ("", 0)),
        (['student: str = "ada"  # help\ndraw: int = 3'], ("ada", 3)),
        (["student = 'bo'", "draw = True"], ("bo", 0)),
        (["(", 'student = 3\ndraw = "x"'], ("", 0)),
        (["student = input()"], ("", 0)),
    ],
)
def test_the_parameters_are_read_and_never_run(cells, found):
    assert parameters_of(cells) == found
