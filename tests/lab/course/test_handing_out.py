"""Copies for a class: one for each student, nobody's key in them, the same bytes each time."""

import json
import re
import zipfile
from dataclasses import replace

import pytest

from refocuslab import RefocusError
from refocuslab.course.variant import variant
from refocuslab.lab.course import handing_out
from refocuslab.lab.course.assigning import assigned
from refocuslab.lab.course.handing_out import Student, hand_out, read_key, read_names, settled
from refocuslab.lab.course.leaks import leaks

NAMES = "student;folder\nAda L.;a-17\n\nZoë;\n  Bo/../x ;\n"


@pytest.fixture
def names(tmp_path):
    path = tmp_path / "names.csv"
    path.write_text(NAMES, encoding="utf-8")
    return path


def test_a_list_is_read_in_any_of_its_forms(names):
    students = read_names(names)
    assert students == [
        Student("Ada L.", "a-17", 0),
        Student("Zoë", "Zoë", 0),
        Student("Bo/../x", "Bo_.._x", 0),
    ]
    names.write_text("ada\nbo\n")
    assert [one.name for one in read_names(names)] == ["ada", "bo"]
    names.write_text("Name\nada\n")
    assert [one.name for one in read_names(names)] == ["ada"]
    names.write_bytes("\ufeffid,Student\n1,ada\n".encode())
    assert [one.name for one in read_names(names)] == ["ada"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"", "names must be 1 to 5000; got 0"),
        (b"student\n", "names must be 1 to 5000; got 0"),
        (b"ada\nAda \n", "must give each student a name of their own; got ada"),
        (b"student,folder\nada,x\nbo,X\n", "must give each student a folder of their own"),
        (b"student,folder\n ,x\n", "must have a student in every line"),
        (b"\xff\xfe\x00", "must be a list in CSV"),
        (b"...\n", "must give each student a name that a folder can have"),
        (b"x" * 200, "student must be of at most 100 characters"),
    ],
)
def test_a_bad_list_is_refused(text, said, names):
    names.write_bytes(text)
    with pytest.raises(RefocusError, match=said):
        read_names(names)


@pytest.mark.seconds
def test_each_student_gets_a_zip_and_the_lecturer_the_key(course, names, tmp_path):
    students, out = read_names(names), tmp_path / "out"
    path = hand_out(course, students, out, assigned(course))
    held = sorted(p.relative_to(out).as_posix() for p in out.rglob("*") if p.is_file())
    folders, files = ("Bo_.._x", "Zoë", "a-17"), ("L1_a_lesson.ipynb", "README.txt")
    copies = [f"platform/{one}/{file}" for one in folders for file in files]
    assert held == sorted([*copies, *(f"students/{one}.zip" for one in folders), "key.json"])
    assert path.stat().st_mode & 0o777 == 0o600
    with zipfile.ZipFile(out / "students" / "a-17.zip") as folder:
        assert folder.namelist() == [f"a-17/{file}" for file in files], "nobody has another's copy"
        assert b'student: str = \\"Ada L.\\"' in folder.read("a-17/L1_a_lesson.ipynb")
        readme = folder.read("a-17/README.txt").decode()
    for line in ("of Ada L.", "   L1_a_lesson.ipynb\n", "You write E1.", "-f wheels", "refocuslab warm-up",
                 "jupyter lab", "course check L1_a_lesson.ipynb", "5. HAND"):  # fmt: skip
        assert line in readme
    assert not re.search("[{}]", readme)
    key = json.loads(path.read_bytes())
    assert key["exercises"] == ["e01"]
    assert key["students"][0]["variants"]["e01"]["seed"] == variant("Ada L.", "e01").seed
    known, wanted = read_key(path)
    assert ([replace(one, turn=0) for one in known], wanted) == (students, ["e01"])
    assert leaks(out, course.exercises.values()) == []
    again = tmp_path / "again"
    hand_out(course, students, again, assigned(course))
    public = [name for name in held if name != "key.json"]
    assert [(again / name).read_bytes() for name in public] == [(out / name).read_bytes() for name in public]
    # No student knows the grader's turns, not even who made copies of the same list.
    turns = {one.turn for one in known} | {one.turn for one in read_key(again / "key.json")[0]}
    assert len(turns) == 6 and max(turns) > 10**6


def test_nothing_is_left_of_what_fails_and_nothing_is_replaced(course, names, tmp_path, monkeypatch):
    students, out = read_names(names), tmp_path / "out"
    monkeypatch.setattr(handing_out, "zipped", lambda _, within: 1 / 0)
    before = sorted(tmp_path.iterdir())
    with pytest.raises(ZeroDivisionError):
        hand_out(course, students, out, assigned(course))
    assert sorted(tmp_path.iterdir()) == before
    out.mkdir()
    (out / "mine").write_text("")
    with pytest.raises(RefocusError, match="must be a folder that is not there yet, or an empty one"):
        hand_out(course, students, out, assigned(course))


def test_a_degenerate_variant_is_drawn_again(monkeypatch):
    wanted = variant("ada", "e01", 2).diameter
    known = handing_out.find("e01")

    class Picky:
        exercise = "e01"

        def refused(self, given):
            return "" if given.draw >= 2 and given.diameter == wanted else "too narrow"

    monkeypatch.setattr(handing_out, "find", lambda name: Picky())
    assert settled(Student("ada", "ada", 0), ["e01"]).draw == 2
    monkeypatch.setattr(Picky, "refused", lambda self, given: "too narrow")
    with pytest.raises(RefocusError, match=r"no exercise refuses \(too narrow\); got 'ada'"):
        settled(Student("ada", "ada", 0), ["e01"])
    assert known.refused(variant("ada", "e01")) == ""


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"form": 1, "students": []}', "[" * 99_999,
                                  '{"form": 2, "students": [{"name": "a"}], "exercises": []}',
                                  '{"form": 2, "students": [], "exercises": ["e99"]}'])  # fmt: skip
def test_what_is_no_key_is_refused(text, tmp_path):
    (tmp_path / "key.json").write_text(text)
    with pytest.raises(RefocusError, match=r"--key must be a key\.json of hand-out"):
        read_key(tmp_path / "key.json")
