"""Whose work it is: by place, by the name in the first cell, and what is said where they differ."""

import io
import zipfile

import nbformat
import pytest

from refocuslab.errors import RefocusError
from refocuslab.lab.course.copies import student_copy
from refocuslab.lab.course.grading import inbox
from refocuslab.lab.course.grading.inbox import VERDICT, works_of
from refocuslab.lab.course.handing_out import Student
from refocuslab.lab.notebooks.committed import text_of

ANNA, BO = Student("Anna Becker", "Anna Becker", 0), Student("Bo", "bo", 2)
FILE = "L1_blur.ipynb"


@pytest.fixture(scope="module")
def copy_of(course):
    def made(name, draw=0):
        return text_of(student_copy(course.lessons["L1_a_lesson"], course.exercises, name, draw))

    return made


def put(inbox, path, text):
    (inbox / path).parent.mkdir(parents=True, exist_ok=True)
    (inbox / path).write_text(text, encoding="utf-8")


def packed(files, how=zipfile.ZIP_STORED):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", how) as folder:
        for name, text in files.items():
            folder.writestr(name, text)
    return content.getvalue()


def lay(work):
    """Where a student's files lay."""
    return [path for path, _ in work.placed], [path for path, _ in work.named]


def test_a_lone_notebook_is_its_students_by_the_name_in_it(copy_of, tmp_path):
    put(tmp_path, FILE, copy_of("  anna BECKER"))
    (anna, bo), nobodys = works_of(tmp_path, [ANNA, BO])
    assert lay(anna) == ([], [FILE]) and anna.notes == [] and nobodys == {}
    assert anna.code_of(("disk",)) is not None and anna.code_of(("blur",)) is None
    assert bo.notes == ['handed nothing in: no folder, ZIP or notebook is called "Bo" or "bo", and none has '
                        'student = "Bo" in its first cell of code']  # fmt: skip


def test_a_zip_by_any_name_is_its_students(copy_of, tmp_path):
    (tmp_path / "homework (1).zip").write_bytes(packed({f"anna/{FILE}": copy_of("Anna Becker")}))
    (tmp_path / "anna.zip").write_bytes(packed({f"Anna Becker/{FILE}": copy_of("")}))
    (anna, _), nobodys = works_of(tmp_path, [ANNA, BO])
    assert lay(anna) == ([f"anna.zip/Anna Becker/{FILE}"], [f"homework (1).zip/anna/{FILE}"])
    assert nobodys == {}
    assert anna.notes == ["homework (1).zip names Anna Becker, too, outside the folder: counts only where "
                          "the folder has nothing"]  # fmt: skip


def test_where_place_and_notebook_differ_the_place_decides_and_it_is_said(copy_of, tmp_path):
    put(tmp_path, f"BO_17_assignsubmission_file/{FILE}", copy_of("Anna Becker"))
    put(tmp_path, f"Anna Becker/bo/{FILE}", copy_of("Anna Becker"))
    (anna, bo), _ = works_of(tmp_path, [ANNA, BO])
    assert lay(anna) == ([f"Anna Becker/bo/{FILE}"], []) and anna.notes == [], "the outermost counts"
    assert lay(bo) == ([f"BO_17_assignsubmission_file/{FILE}"], [])
    assert bo.notes == [f"BO_17_assignsubmission_file/{FILE} names another student, Anna Becker: graded as "
                        "Bo's by its place; ask whose work it is"]  # fmt: skip


def test_a_copy_elsewhere_neither_spoils_nor_replaces_what_lies_in_the_folder(copy_of, tmp_path):
    own = "student = 'Anna Becker'\ndef disk(d):\n    return 1\n"
    put(tmp_path, "Anna Becker/a.py", own)
    put(tmp_path, "z.py", own.replace("1", "2") + "def blur(photo, psf):\n    return 3\n")
    (anna, _), _ = works_of(tmp_path, [ANNA, BO])
    assert "return 1" in anna.code_of(("disk",)).find(("disk",)).source
    assert "return 3" in anna.code_of(("blur",)).find(("blur",)).source


def test_what_is_nobodys_is_told_with_what_was_expected(copy_of, tmp_path):
    put(tmp_path, f"x/{FILE}", copy_of("Ana Becker"))
    put(tmp_path, "y.ipynb", copy_of(""))
    _, nobodys = works_of(tmp_path, [ANNA, BO])
    assert nobodys == {
        "x": [f'{FILE} has student = "Ana Becker", whom the key does not have (nearest: Anna Becker)'],
        "y.ipynb": ["y.ipynb names nobody, and lies in no student's folder: the first cell of code must "
                    'have student = "a name of the key"'],
    }  # fmt: skip


def test_the_draw_is_the_keys(copy_of, tmp_path):
    put(tmp_path, f"bo/{FILE}", copy_of("bo"))
    assert works_of(tmp_path, [BO])[0][0].notes == [f"bo/{FILE} has draw 0, the key 2: graded by the key's"]


def test_what_nobody_has_written_for_the_course_is_passed_over(copy_of, tmp_path):
    for place in ("Anna Becker/class/lib/site-packages/x.py", "Anna Becker/__pycache__/y.py", ".z.ipynb",
                  "Anna Becker/.ipynb_checkpoints/L1-checkpoint.ipynb"):  # fmt: skip
        put(tmp_path, place, "import os")
    (anna,), nobodys = works_of(tmp_path, [ANNA])
    assert lay(anna) == ([], []) and nobodys == {}


def test_the_written_verdict_is_found_below_its_mark(tmp_path):
    import nbformat
    from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

    cells = [
        new_markdown_cell("Before."), new_markdown_cell(f"{VERDICT} I said <b>no</b>."),
        new_markdown_cell("The table says yes."), new_markdown_cell("## The weight"), new_code_cell("1"),
    ]  # fmt: skip
    put(tmp_path, "bo.ipynb", nbformat.writes(new_notebook(cells=cells)))
    assert works_of(tmp_path, [BO])[0][0].verdict == "I said <b>no</b>.\n\nThe table says yes."
    cells[1].source = VERDICT
    cells[2].source = "## Another"
    put(tmp_path, "bo.ipynb", nbformat.writes(new_notebook(cells=cells)))
    assert works_of(tmp_path, [BO])[0][0].verdict == ""


def test_lesson_3_has_the_mark_of_the_verdict():
    from refocuslab.files.installed import course_folder
    from refocuslab.lab.course.copies import read_lesson

    (path,) = (course_folder() / "lessons").glob("L3_*.py")
    assert [cell.source for cell in read_lesson(path).cells].count(VERDICT) == 1


def test_nobody_replaces_a_verdict_in_a_students_place(copy_of, tmp_path):
    mine = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(f"{VERDICT} mine")])
    other = nbformat.reads(copy_of("Anna Becker"), as_version=4)
    other.cells.append(nbformat.v4.new_markdown_cell(f"{VERDICT} not mine"))
    put(tmp_path, "zz.ipynb", nbformat.writes(other))
    (anna, _), _ = works_of(tmp_path, [ANNA, BO])
    assert anna.verdict == "not mine"
    put(tmp_path, f"Anna Becker/{FILE}", nbformat.writes(mine))
    (anna, _), _ = works_of(tmp_path, [ANNA, BO])
    assert anna.verdict == "mine"


def test_a_verdict_in_a_python_file_is_to_be_read_there(tmp_path):
    put(tmp_path, "Anna Becker/L3.py", f"# {VERDICT} order matters\n")
    (anna, _), _ = works_of(tmp_path, [ANNA, BO])
    assert anna.verdict == ""
    assert anna.notes == ["Anna Becker/L3.py may hold a written verdict, which is read of notebooks only: "
                          "look there"]  # fmt: skip


DAMAGED = "is a ZIP that is damaged or has a password: ask for it again"


def test_a_damaged_zip_is_told_and_ends_nothing(copy_of, tmp_path):
    whole = packed({FILE: copy_of("Anna Becker")}, zipfile.ZIP_DEFLATED)
    for at in range(60, len(whole), len(whole) // 50):
        (tmp_path / "bo.zip").write_bytes(whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :])
        (_, bo), nobodys = works_of(tmp_path, [ANNA, BO])
        assert bo.notes and nobodys == {}
    damaged = whole[:400] + bytes(100) + whole[500:]
    (tmp_path / "bo.zip").write_bytes(damaged)
    (_, bo), _ = works_of(tmp_path, [ANNA, BO])
    assert bo.notes == [f"bo.zip: {DAMAGED}"]
    (tmp_path / "all.zip").write_bytes(damaged)
    with pytest.raises(RefocusError, match="cannot be unpacked: it is a ZIP that is damaged"):
        works_of(tmp_path / "all.zip", [ANNA, BO])


def test_a_platforms_zip_of_zips_lies_in_the_inbox_as_it_came(copy_of, tmp_path):
    given = packed({FILE: copy_of("Anna Becker")})
    platform = packed({"Anna Becker_12_file_/work.zip": given})
    (tmp_path / "moodle.zip").write_bytes(platform)
    (anna, _), nobodys = works_of(tmp_path, [ANNA, BO])
    assert lay(anna) == ([f"moodle.zip/Anna Becker_12_file_/work.zip/{FILE}"], []) and nobodys == {}
    (tmp_path / "moodle.zip").write_bytes(packed({"deep.zip": packed({"deeper.zip": platform})}))
    deep = "moodle.zip/deep.zip/deeper.zip/Anna Becker_12_file_/work.zip: lies 3 ZIPs deep: unpack it"
    assert works_of(tmp_path, [ANNA, BO])[0][0].notes == [deep]


def test_what_is_too_large_says_so(copy_of, tmp_path, monkeypatch):
    text = copy_of("Anna Becker")
    put(tmp_path, f"Anna Becker/{FILE}", text)
    monkeypatch.setattr(inbox, "LARGEST", 1000)
    (anna, _), _ = works_of(tmp_path, [ANNA, BO])
    assert anna.notes == [f"Anna Becker/{FILE}: is larger than 0 MB"]
    monkeypatch.setattr(inbox, "LARGEST", 10**6)
    monkeypatch.setattr(inbox, "_MOST_BYTES", len(text) - 1)
    with pytest.raises(RefocusError, match="must hold at most 20,000 files and"):
        works_of(tmp_path, [ANNA, BO])
    (tmp_path / "all.zip").write_bytes(packed({FILE: text}, zipfile.ZIP_DEFLATED))
    with pytest.raises(RefocusError, match="cannot be unpacked: it holds more than 20,000 files or"):
        works_of(tmp_path / "all.zip", [ANNA, BO])


def test_names_in_zips_of_all_programs(copy_of, tmp_path):
    zoe = Student("Zoë", "Zoë", 0)
    content = bytearray(packed({f"Zoë/{FILE}": copy_of("Bo")}))
    for sign, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):  # the flag that says UTF-8, taken away
        content[content.index(sign) + at + 1] &= ~0x08
    (tmp_path / "a.zip").write_bytes(content)
    (work, bo), _ = works_of(tmp_path, [zoe, BO])
    assert lay(work) == ([f"a.zip/Zoë/{FILE}"], []) and lay(bo) == ([], [])
    (tmp_path / "a.zip").write_bytes(packed({f"Bo\\{FILE}": copy_of("Zoë"), "__MACOSX\\x.ipynb": "{"}))
    (work, bo), nobodys = works_of(tmp_path, [zoe, BO])
    assert lay(bo) == ([f"a.zip/Bo/{FILE}"], []) and lay(work) == ([], []) and nobodys == {}


def test_files_of_other_endings_are_told_where_there_is_nothing_else(copy_of, tmp_path):
    put(tmp_path, f"Anna Becker/{FILE}.txt", copy_of("Anna Becker"))
    put(tmp_path, "bo.rar", "Rar!")
    (anna, bo), nobodys = works_of(tmp_path, [ANNA, BO])
    end = ", which is not read: a notebook's name ends in .ipynb, that of an archive in .zip"
    assert anna.notes == [f"handed in Anna Becker/{FILE}.txt{end}"]
    assert bo.notes == [f"handed in bo.rar{end}"] and nobodys == {}
    put(tmp_path, f"Anna Becker/{FILE}", copy_of("Anna Becker"))
    assert works_of(tmp_path, [ANNA, BO])[0][0].notes == []
