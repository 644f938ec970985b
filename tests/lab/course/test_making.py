"""What `course make` makes: the same bytes each time, lessons that run solved or not, and no leak."""

import re

import nbformat
import pytest

from refocuslab import RefocusError
from refocuslab.lab.course.copies import student_copy
from refocuslab.lab.course.leaks import leaks
from refocuslab.lab.course.making import Course, executed, make_lesson, write
from refocuslab.lab.notebooks.committed import text_of
from refocuslab.lab.notebooks.execute import NotebookError

NAME = "L1_a_lesson"


def outputs_of(notebook):
    text = "".join(str(output) for cell in notebook.cells for output in cell.get("outputs", ()))
    return text.replace("\\n", "\n")


@pytest.fixture(scope="module")
def made(course):
    return make_lesson(course, NAME)


@pytest.mark.slow
def test_the_same_sources_give_the_same_bytes(course, made):
    assert set(made.files) == {f"student/{NAME}.ipynb", f"instructor/{NAME}.ipynb", f"html/{NAME}.html"}
    assert make_lesson(Course(course.folder), NAME).files == made.files


@pytest.mark.slow
def test_the_instructors_copy_is_run_and_the_students_is_not(made):
    student, instructor = (
        nbformat.reads(made.files[f"{who}/{NAME}.ipynb"].decode(), as_version=4)
        for who in ("student", "instructor")
    )
    assert outputs_of(student) == ""
    assert "E1: right." in outputs_of(instructor)
    page = made.files[f"html/{NAME}.html"].decode()
    assert "<b>E1</b> not written yet." in page and "for yours is not written yet." in page
    assert "<math" in page and "$K$" not in page, "formulas are legible without a network"
    assert not re.search(r"<(?:script|link|img)[^>]*(?:src|href)=.?https?:", page)


@pytest.mark.slow
def test_a_lesson_goes_on_solved_or_not(course, exercises):
    for solved, said in ((False, "the package's, for yours is not written yet"), (True, "your own")):
        copy = student_copy(course.lessons[NAME], exercises, "ada", solved=solved)
        done = executed(NAME, copy)
        assert f"From here on disk: {said}." in outputs_of(done)
        assert "array([[" in outputs_of(done)  # the cell after it has used the disk


@pytest.mark.seconds
def test_copies_without_outputs_are_made_at_once_and_written(course, tmp_path):
    made = make_lesson(course, NAME, run=False)
    assert set(made.files) == {f"student/{NAME}.ipynb", f"instructor/{NAME}.ipynb"}
    output = tmp_path / "build" / "course"
    (output / "student").mkdir(parents=True)
    for name in ("L9_gone.ipynb", "notes.ipynb"):
        (output / "student" / name).write_text("{}")
    write([made], output, all_of_them=True)
    assert {p.name for p in (output / "student").iterdir()} == {f"{NAME}.ipynb", "notes.ipynb"}
    assert leaks(output / "student", course.exercises.values()) == []
    assert leaks(output / "instructor", course.exercises.values())


@pytest.mark.seconds
def test_a_lesson_that_gives_a_solution_away_is_refused(course, tmp_path):
    (tmp_path / "exercises").symlink_to(course.folder / "exercises")
    (tmp_path / "lessons").mkdir()
    (tmp_path / "lessons" / "L1.py").write_text("# %%\nd = ((blurred.astype(int)  - query)**2).sum(axis=1)\n")
    with pytest.raises(
        RefocusError, match="a student's copy must hold no line of a solution; got student/L1"
    ):
        make_lesson(Course(tmp_path), "L1", run=False)


@pytest.mark.slow
def test_a_cell_that_fails_is_told(course, tmp_path):
    with pytest.raises(NotebookError, match="ZeroDivisionError"):
        executed("L1", nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1 / 0")]))


def test_lessons_are_chosen_by_name(course):
    assert list(course.chosen(())) == list(course.chosen(("l1",))) == list(course.chosen((NAME,))) == [NAME]
    with pytest.raises(RefocusError, match=f"lesson must be one of {NAME}; got L7"):
        course.chosen(("L7",))


def test_a_copy_is_valid_text(course, exercises):
    text = text_of(student_copy(course.lessons[NAME], exercises))
    nbformat.validate(nbformat.reads(text, as_version=4))
