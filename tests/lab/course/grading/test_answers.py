"""Grading: everything that a class hands in, whole, broken, hostile or another's, gets its line."""

import zipfile

import pytest

from refocuslab import RefocusError
from refocuslab.course.exercises import find
from refocuslab.course.verdict import judge
from refocuslab.files.installed import course_folder
from refocuslab.lab.course.copies import student_copy
from refocuslab.lab.course.grading.answers import chosen, grade
from refocuslab.lab.course.grading.marks import table
from refocuslab.lab.course.handing_out import Student, zipped
from refocuslab.lab.course.making import Course
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
    (folder / "mallory.ipynb").write_text(text_of(student_copy(lesson, exercises, "Evve", solved=True)))
    (folder / ".hidden.ipynb").write_text(solved)
    return folder


@pytest.fixture(scope="module")
def graded(inbox):
    return {one.student: one for one in grade(inbox, STUDENTS, WANTED, limits=LIMITS)}


def told(one):
    return [found and (found.key or found.state) for found in one.verdicts]


@pytest.mark.seconds
def test_every_student_has_a_line(graded):
    assert list(graded) == [*NAMES, "mallory.ipynb"]
    assert told(graded["ada"]) == ["right", "overflow"]
    assert graded["ada"].notes == ()
    assert told(graded["cy"]) == ["not written", None], "a stub is there, or nothing is"


def test_whatever_was_handed_in_is_told_in_a_note(graded):
    assert graded["bo"].notes == (
        "bo_123_file/L1.ipynb names another student, ada: graded as bo's by its place; ask whose work it is",
    )
    assert told(graded["bo"])[0] == "right"
    assert graded["di"].notes == ("di.ipynb: must be a notebook",)
    assert graded["eve"].notes == ("eve.py: code cell 1 has a syntax error in line 4 and is left out",)
    (nothing,) = graded["flo"].notes
    assert 'no folder, ZIP or notebook is called "flo", and none has student = "flo"' in nothing
    (stranger,) = graded["mallory.ipynb"].notes
    assert stranger.startswith(
        'mallory.ipynb has student = "Evve", whom the key does not have (nearest: eve)'
    )
    assert not graded["mallory.ipynb"].known and told(graded["mallory.ipynb"]) == []


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
    assert bo.notes == ("bo.zip: is a ZIP that is damaged or has a password: ask for it again",)
    assert told(cy) == [None] and cy.notes == ("cy/../../L1.ipynb: must be a notebook",)


@pytest.mark.seconds
def test_answers_by_heart_are_no_answers_to_the_graders_inputs(tmp_path):
    """Who has the right answers to all the inputs of the class room hands in a table of them."""
    piece, seen = find("e06").pieces()[0], {}

    def learning(*given):
        seen[repr(given)] = repr(piece(*given))
        return piece(*given)

    assert judge("e06", learning, student="ada").right
    answer = "def candidates(*given):\n    return eval(KNOWN[repr(given)], dict(vars(np)))\n"
    (tmp_path / "ada.py").write_text(f"KNOWN = {seen!r}\n{answer}")
    for turn, state in ((0, "right"), (1234567, "wrong")):
        (ada,) = grade(tmp_path, [Student("ada", "ada", 0, turn)], ["e06"])
        assert ada.verdicts[0].state == state, ada.verdicts[0]


DEEP = "+".join(["1"] * 2500)
SENT = """
def _sent():
    import os, struct
    text = b'{"dict": [["failed", {"dict": []}], ["asked", {"array": 3}]]}'
    for number in range(3, 12):
        try:
            os.write(number, struct.pack(">Q", len(text) + 8) + struct.pack(">Q", len(text)) + text)
        except OSError:
            pass
X = _sent()
def disk(d):
    return X
"""
NAMED = '{"cells": [{"cell_type": "code", "source": "student = \'\\\\ud800\'", "metadata": {}}], ' \
        '"metadata": {}, "nbformat": 4, "nbformat_minor": 4}'  # fmt: skip


@pytest.mark.seconds
@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.py", f"x = {DEEP}; y = 2\ndef disk(d): return x"),
        ("a.py", f"def disk(d):\n    raise NotImplementedError({DEEP})"),
        ("a.py", SENT),
        ("a.ipynb", NAMED),
    ],
    ids=["a deep statement", "a deep stub", "a forged answer", "half a character"],
)
def test_no_submission_ends_the_grading_of_the_others(name, text, tmp_path):
    (tmp_path / "ada").mkdir()
    (tmp_path / "ada" / name).write_text(text)
    graded = grade(tmp_path, STUDENTS[:2], ["e01"], limits=LIMITS)
    assert [one.student for one in graded] == ["ada", "bo"]
    assert graded[0].verdicts[0] is None or graded[0].verdicts[0].state != "right"
    assert len(table(graded, ["e01"], {}).splitlines()) == 3


@pytest.mark.seconds
def test_what_one_lesson_binds_is_not_anothers(tmp_path):
    (tmp_path / "ada").mkdir()
    answer = "def disk(d):\n    return points(d)\n\ndef points(d):\n    return WEIGHTS[d]\n\nWEIGHTS = {}\n"
    (tmp_path / "ada" / "L1.py").write_text(answer)
    (tmp_path / "ada" / "L2.py").write_text("def disk(d):\n    raise NotImplementedError\n\nWEIGHTS = no()\n")
    (line,) = grade(tmp_path, STUDENTS[:1], ["e01"], limits=LIMITS)
    assert "KeyError" in str(line.verdicts[0]), "the answer of L1 ran, beside what L1 binds"


@pytest.mark.slow
def test_whoever_solves_all_lessons_has_all_right(tmp_path):
    whole = Course(course_folder())
    (tmp_path / "ada").mkdir()
    for name, lesson in whole.lessons.items():
        solved = text_of(student_copy(lesson, whole.exercises, "ada", solved=True))
        (tmp_path / "ada" / f"{name}.ipynb").write_text(solved)
    (line,) = grade(tmp_path, STUDENTS[:1], sorted(whole.exercises))
    assert [found.state for found in line.verdicts] == ["right"] * 16


def test_only_what_was_set_can_be_graded():
    assert chosen(["e01", "e09"], ()) == ["e01", "e09"] and chosen(["e01", "e09"], ("E9",)) == ["e09"]
    with pytest.raises(RefocusError, match="exercise must be one of e01, e09, which the key has; got e02"):
        chosen(["e01", "e09"], ("E2",))


def test_an_inbox_that_is_none_is_refused(tmp_path):
    (tmp_path / "x").write_text("")
    for path in (tmp_path / "x", tmp_path / "none"):
        with pytest.raises(RefocusError, match="inbox must be a folder, or a zip"):
            grade(path, STUDENTS, WANTED)
