"""Grading: everything that a class hands in, whole, broken, hostile or another's, gets its line."""

import csv
import io
import zipfile

import pytest

from refocuslab import RefocusError
from refocuslab.lab.course.copies import student_copy
from refocuslab.lab.course.grading import grade, table
from refocuslab.lab.course.handing_out import Student, zipped
from refocuslab.lab.course.sandbox.judging import Limits
from refocuslab.lab.notebooks.committed import text_of

LIMITS = Limits(seconds=1.0)
WANTED = ["e01", "e06"]
NAMES = ("ada", "bo", "cy", "di", "eve", "flo")
STUDENTS = [Student(name, name, 0) for name in NAMES]


@pytest.fixture(scope="module")
def inbox(course, tmp_path_factory):
    folder = tmp_path_factory.mktemp("inbox")
    exercises, lesson = course.exercises, course.lessons["L1_a_lesson"]
    solved = text_of(student_copy(lesson, exercises, "ada", solved=True))
    (folder / "ada").mkdir()
    (folder / "ada" / "L1.ipynb").write_text(solved)
    (folder / "ada" / "e06.py").write_text(exercises["e06"].wrong_text("overflow"))
    # A platform adds numbers to the folder; the notebook was copied from ada.
    (folder / "bo_123_file").mkdir()
    (folder / "bo_123_file" / "L1.ipynb").write_text(solved)
    (folder / "cy.ipynb").write_text(text_of(student_copy(lesson, exercises, "cy")))
    (folder / "di.ipynb").write_text("{broken")
    (folder / "eve.py").write_text("def disk(d):\n    while True: pass\n\ndef candidates(: pass\n")
    (folder / "mallory.ipynb").write_text(solved)
    (folder / ".hidden.ipynb").write_text(solved)
    return folder


@pytest.fixture(scope="module")
def graded(inbox):
    return {one.student: one for one in grade(inbox, STUDENTS, WANTED, limits=LIMITS)}


def told(one):
    return [found.key or found.state for found in one.verdicts]


@pytest.mark.seconds
def test_every_student_has_a_line(graded):
    assert list(graded) == [*NAMES, "mallory"]
    assert told(graded["ada"]) == ["right", "overflow"]
    assert graded["ada"].notes == ()
    assert told(graded["cy"]) == ["not written", "not written"]


def test_whatever_was_handed_in_is_told_in_a_note(graded):
    assert graded["bo"].notes == ("L1.ipynb names another student: ada",)
    assert told(graded["bo"])[0] == "right"
    assert graded["di"].notes == ("di.ipynb: must be a notebook",)
    assert graded["eve"].notes == ("eve.py: code cell 1 has a syntax error in line 4 and is left out",)
    assert graded["flo"].notes == ("handed nothing in",)
    assert graded["mallory"].notes == ("is not in the key, and was not graded",)
    assert told(graded["mallory"]) == ["not written"] * 2


@pytest.mark.seconds
def test_a_zip_of_zips_is_graded_alike(inbox, graded, tmp_path):
    inner = tmp_path / "inner"
    (inner / "sub").mkdir(parents=True)
    (inner / "sub" / "L1.ipynb").write_text((inbox / "ada" / "L1.ipynb").read_text())
    outer = tmp_path / "outer.zip"
    with zipfile.ZipFile(outer, "w") as folder:
        folder.writestr("ada.zip", zipped(inner))
        folder.writestr("bo.zip", b"PK\x03\x04 broken")
        folder.writestr("cy/../../L1.ipynb", "{}")
    ada, bo, cy = grade(outer, STUDENTS[:3], ["e01"], limits=LIMITS)
    assert told(ada) == ["right"]
    assert bo.notes == ("bo.zip/broken.ipynb: must be a notebook",)
    assert told(cy) == ["not written"]


def test_the_table_is_one_that_a_spreadsheet_can_open(graded):
    lines = list(csv.DictReader(io.StringIO(table(list(graded.values()), WANTED).decode())))
    assert lines[0] | {"notes": ""} == {
        "student": "ada", "e01": "right", "e06": "wrong: overflow", "right": "1", "of": "2", "notes": "",
    }  # fmt: skip
    formula = table([type(graded["ada"])("=1+1", (), ("@x",))], []).decode()
    assert formula.splitlines()[1] == "'=1+1,0,0,'@x"


def test_an_inbox_that_is_none_is_refused(tmp_path):
    (tmp_path / "x").write_text("")
    for path in (tmp_path / "x", tmp_path / "none"):
        with pytest.raises(RefocusError, match="inbox must be a folder, or a zip"):
            grade(path, STUDENTS, WANTED)
