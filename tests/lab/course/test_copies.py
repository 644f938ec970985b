"""The copies of a lesson: who gets which cells, the same bytes each time, and no solution in a student's."""

import nbformat
import pytest

from refocuslab import RefocusError
from refocuslab.lab.course.copies import (
    exercises_of,
    instructor_copy,
    read_lesson,
    student_copy,
)
from refocuslab.lab.notebooks.committed import text_of


def sources(notebook):
    return [cell.source for cell in notebook.cells]


def test_a_student_gets_stubs_and_the_instructor_solutions(lesson, exercises):
    student, instructor = student_copy(lesson, exercises, "ada"), instructor_copy(lesson, exercises)
    nbformat.validate(student)
    nbformat.validate(instructor)
    assert "For you alone." in sources(student) and "Say it aloud." not in sources(student)
    assert "Say it aloud." in sources(instructor) and "For you alone." not in sources(instructor)
    assert exercises["e01"].stub.strip() in sources(student)
    assert exercises["e01"].solution.strip() in sources(instructor)
    assert any("the check asks" in text for text in sources(instructor))
    for copy in (student, instructor):
        at = sources(copy).index('lesson.check("e01", disk)')
        assert sources(copy)[at + 1] == 'disk = lesson.use("e01", disk)'
        assert not any(text.startswith("# exercise") or text == "# parameters" for text in sources(copy))


def test_a_copy_holds_its_students_name(lesson, exercises):
    (cell,) = (c for c in student_copy(lesson, exercises, 'O"Neil\\', 3).cells if "parameters" in tags(c))
    space = {}
    exec(cell.source, space)
    assert (space["student"], space["draw"]) == ('O"Neil\\', 3)
    (cell,) = (c for c in student_copy(lesson, exercises).cells if "parameters" in tags(c))
    assert cell.source.startswith('student: str = ""  #')


def tags(cell):
    return cell.metadata.get("tags", ())


def test_what_is_not_set_has_no_stub_and_the_last_cell_tells_how_to_hand_in(lesson, exercises):
    lesson.cells[
        0
    ].source += (
        "\n\n*90 minutes: 35 of talk, 55 of work.* More. **After\nthis unit** you can\ndo it.\n\nLast."
    )
    lesson.cells[4].metadata["tags"] = ["student", "e01"]  # what belongs to an exercise goes with it
    cut = student_copy(lesson, exercises, "ada", left_out=["e01"], said="**You write nothing.**")
    assert sources(cut)[0].endswith("**You write nothing.**\n\nMore. \n\nLast.")
    assert 'disk = lesson.given("e01")' in sources(cut) and "For you alone." not in sources(cut)
    assert not any("NotImplementedError" in text or "lesson.check" in text for text in sources(cut))
    assert any("**E1 · " in text and "`disk(d)`: " in text for text in sources(cut))
    assert sources(cut)[-1] == "Nothing of this notebook is handed in."
    named, nobodys = student_copy(lesson, exercises, "ada"), student_copy(lesson, exercises)
    assert "**You write" not in sources(named)[0] and "*90 minutes" in sources(named)[0]
    assert "Your name stands in the first cell" in sources(named)[-1]
    assert "Your name must stand in the first cell" in sources(nobodys)[-1]
    assert "Hand in" not in sources(instructor_copy(lesson, exercises))[-1]
    assert "**You write nothing.**" in sources(
        student_copy(lesson, exercises, left_out=["e01"], said="**You write nothing.**")
    )[0]  # fmt: skip


def test_a_copy_has_the_same_bytes_each_time_and_no_outputs(lesson, exercises):
    made = text_of(student_copy(lesson, exercises, "ada"))
    assert made == text_of(student_copy(lesson, exercises, "ada"))
    assert not any(cell.get("outputs") for cell in nbformat.reads(made, as_version=4).cells)


def test_the_exercises_of_a_lesson_are_found(lesson, tmp_path):
    assert exercises_of(lesson) == ["e01"]
    (tmp_path / "L1.py").write_text("# %%\n# exercise e07\n\n# %%\n# exercise e08 and more\n")
    assert exercises_of(read_lesson(tmp_path / "L1.py")) == ["e07"]


def test_an_unknown_exercise_and_a_bad_name_are_refused(lesson, exercises):
    with pytest.raises(RefocusError, match="exercise must be one of e06; got e01"):
        student_copy(lesson, {"e06": exercises["e06"]})
    with pytest.raises(RefocusError, match="student must be of at most 100"):
        student_copy(lesson, exercises, "x" * 101)
