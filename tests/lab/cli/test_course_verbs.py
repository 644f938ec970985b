"""The verbs of the course: each from its arguments to what it tells, and every mistake one line."""

import csv
import re
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from refocuslab.files import installed
from refocuslab.lab.cli import course_verbs, main
from refocuslab.lab.course import warming
from refocuslab.lab.course.copies import student_copy
from refocuslab.lab.course.making import Course
from refocuslab.lab.notebooks.committed import text_of

ROOT = Path(__file__).parents[3]
LESSON = """\
# %%
# parameters

# %%
from refocuslab.course.lesson import Lesson
lesson = Lesson(student, draw)

# %%
# exercise e01

# %%
disk(5)
"""


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """A course of one lesson with one exercise."""
    folder = tmp_path / "sources"
    (folder / "exercises").mkdir(parents=True)
    (folder / "lessons").mkdir()
    shutil.copy(ROOT / "course" / "exercises" / "e01_disk.py", folder / "exercises")
    shutil.copy(ROOT / "course" / "path.toml", folder)
    shutil.copytree(ROOT / "course" / "student", folder / "student")
    (folder / "lessons" / "L1_blur.py").write_text(LESSON)
    monkeypatch.setattr(installed, "course_folder", lambda: folder)
    monkeypatch.chdir(tmp_path)
    return folder


def run(*arguments: object):
    return CliRunner().invoke(main.main, ["course", *map(str, arguments)])


def test_the_path_is_listed():
    lines = run("list").stdout.splitlines()
    assert "Unit 1: Blur is physics (talk 35 min, work 55 min, home 25 min)" in lines
    assert "e01: The PSF of a misfocused lens, 15 min" in lines
    assert "L1_blur: 1 exercise" in lines
    assert any("; a project of 3 to 6 hours, 0 min of it exercises" in line for line in lines)
    assert lines[-2].startswith("One session of 90 minutes: they write E9 and E10, ")
    assert lines[-1].startswith("Next: refocuslab course make")


@pytest.mark.slow
def test_the_seconds_of_a_lesson_are_told():
    assert re.search(r"^L1_blur: 1 exercise, \d+ s", run("list", "--time").stdout, re.MULTILINE)


def test_copies_are_made():
    made = run("make", "--no-run", "L1")
    assert made.exit_code == 0 and "L1_blur: student/L1_blur.ipynb, instructor/L1_blur.ipynb" in made.stdout
    assert Path("build/course/student/L1_blur.ipynb").is_file()
    assert "Next: refocuslab course hand-out names.csv" in made.stdout.splitlines()[-1]


@pytest.mark.seconds
def test_a_class_is_handed_its_copies_and_graded(folder):
    Path("names.csv").write_text("student\nada\nbo\n")
    made = run("hand-out", "names.csv")
    assert made.exit_code == 0, made.stderr
    assert "To give away, one ZIP each: hand-out/students" in made.stdout
    assert made.stdout.splitlines()[-1].endswith("inbox, then refocuslab course grade inbox")
    course = Course(folder)
    Path("inbox").mkdir()
    for name, solved in (("ada", True), ("bo", False)):
        copy = student_copy(course.lessons["L1_blur"], course.exercises, name, solved=solved)
        Path("inbox", f"notebook of {name}.ipynb").write_text(text_of(copy))
    graded = run("grade", "inbox")
    assert graded.exit_code == 0, graded.stderr
    assert graded.stdout.splitlines() == [
        "2 students, E1: marks.csv, and to read: marks.html", "Next: open marks.html",
    ]  # fmt: skip
    assert "right" in Path("marks.html").read_text()
    with open("marks.csv", newline="") as file:
        assert [(one["student"], one["e01"], one["points"]) for one in csv.DictReader(file)] == [
            ("ada", "right", "10"), ("bo", "not written", "0"),
        ]  # fmt: skip
    checked = run("check", "inbox/notebook of ada.ipynb")
    assert (checked.exit_code, checked.stdout) == (
        0, "E1: right.\nNext: hand it in, as its last cell says.\n",
    )  # fmt: skip
    other = run("hand-out", "names.csv", "-o", "out", "--exercise", "E1")
    assert other.stdout.splitlines()[-1].endswith("grade inbox --key out/key.json")


@pytest.mark.seconds
def test_a_wrong_answer_ends_the_check_with_1():
    Path("a.py").write_text("def disk(d):\n    return np.ones((d, d))\n\n\ndef other(:")
    checked = run("check", "a.py")
    assert checked.exit_code == 1
    assert "code cell 1 has a syntax error in line 5 and is left out" in checked.stdout
    Path("a.py").write_text("def disk(d):\n    return np.ones((d, d))\n")
    checked = run("check", "a.py", "--seconds", 2, "--memory", 1)
    assert checked.exit_code == 1
    told, then = checked.stdout.splitlines()
    assert told.startswith("E1: not yet. Yours add up to ") and then.startswith("Next: answer the question")
    Path("a.py").write_text("")
    assert run("check", "a.py").stdout == "It has no function of an exercise.\n"


def test_the_form_of_nbgrader_is_written():
    made = run("export", "nbgrader", "-o", "hub")
    assert made.exit_code == 0 and Path("hub/source/L1_blur/L1_blur.ipynb").is_file()


@pytest.mark.seconds
def test_the_answers_of_an_exercise_are_judged(folder):
    made = run("test", "E1", "--seeds", 2)
    known = Course(folder).exercises["e01"]
    count = 2 + len(known.also_right) + len(known.wrong)  # the stub, and the solution
    assert made.exit_code == 0 and made.stdout.endswith(
        f"\n{count} answers, 0 not as expected\nNext: refocuslab course make\n"
    )
    source = folder / "exercises" / "e01_disk.py"
    source.write_text(source.read_text().replace("    n = 16\n", "    n = 15 + 1\n"))
    made = run("test", "E1", "--seeds", 2)
    assert made.exit_code == 2 and "must hold the text of its patch once" in made.stderr
    source.write_text((ROOT / "course/exercises/e01_disk.py").read_text().replace('"n = 1"', '"n = 17"'))
    made = run("test", "--seeds", 2)
    assert (
        made.exit_code == 1
        and "e01 rim-all-or-nothing: expected rim-all-or-nothing; got right" in made.stderr
    )


WRONG = [
    (("make", "L7"), "lesson must be one of L1_blur"),
    (("make", "-o", "names.csv"), "--output must be a folder"),
    (("hand-out", "none.csv"), "names must be that of an existing file"),
    (("hand-out", "names.csv", "--lesson", "L9"), "lesson must be one of L1_blur"),
    (("hand-out", "names.csv", "-o", "sources"), "--output must be a folder that is not there yet"),
    (("grade", "sources", "--key", "names.csv"), "--key must be a key.json"),
    (("grade", "sources", "--key", "none.json"), "--key must be that of an existing file"),
    (("grade", "sources"), "--key must be that of an existing file; got hand-out/key.json"),
    (("hand-out", "names.csv", "--exercise", "E99"), "exercise must be one of"),
    (("hand-out", "names.csv", "--session"), "lesson must be one of L1_blur"),
    (("check", "none.ipynb"), "notebook must be that of an existing file"),
    (("check", "names.csv"), "notebook must be a notebook"),
    (("check", "sources"), "notebook must be that of a plain file"),
    (("check", "names.csv", "--seconds", "-1"), "Invalid value for '--seconds'"),
    (("test", "E99"), "exercise must be one of"),
    (("test", "E6"), "exercise must be one of e01; got e06"),
    (("export", "nbgrader", "-o", "sources"), "--output must be a folder that is not there yet"),
    (("export", "otter"), "No such command 'otter'"),
    (("lecture",), "No such command 'lecture'"),
]


@pytest.mark.parametrize(("arguments", "said"), WRONG, ids=[" ".join(one) for one, _ in WRONG])
def test_a_mistake_is_one_line(arguments, said, tmp_path):
    Path("names.csv").write_text("student\nada\n")
    before = sorted(path for path in tmp_path.rglob("*"))
    made = run(*arguments)
    assert made.exit_code == 2
    assert made.stderr.startswith("refocuslab: ") and said in made.stderr and made.stderr.count("\n") == 1
    assert sorted(path for path in tmp_path.rglob("*")) == before


def test_without_the_sources_it_is_said_where_they_lie(monkeypatch, tmp_path):
    monkeypatch.undo()
    monkeypatch.setattr(installed, "PACKAGE", tmp_path / "refocuslab")
    made = run("list")
    assert made.exit_code == 2 and "the course's sources must lie in a checkout" in made.stderr


VERBS = [*course_verbs.course.commands.values(), *course_verbs.export.commands.values()]


@pytest.mark.parametrize("verb", VERBS, ids=lambda one: one.name)
def test_every_verb_has_a_help_of_its_own(verb):
    assert len(verb.help) > 25
    assert not verb.get_short_help_str(50).endswith("...")
    options = [one for one in verb.params if one.param_type_name == "option"]
    assert all(option.help for option in options)


def test_what_is_compiled_is_told(monkeypatch):
    monkeypatch.setattr(warming, "parts", lambda: {"one": lambda: None, "two": lambda: None})
    made = CliRunner().invoke(main.main, ["warm-up"])
    lines = made.stderr.splitlines()
    assert made.exit_code == 0
    assert lines[0].startswith("2 parts: about 2 minutes on two cores the first time")
    assert lines[1] == "1 of 2: one  0.0 s, and 0.0 s when compiled  done  0:00"
    assert made.stdout == "Warm after 0 s. Next: jupyter lab\n"
