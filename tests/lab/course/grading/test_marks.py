"""Marks that a person has entered in the table are in the next one."""

import csv
import io

import pytest

from refocuslab.errors import RefocusError
from refocuslab.lab.course.grading.answers import Graded
from refocuslab.lab.course.grading.marks import entered, table

CLASS = [
    Graded("Ada", (None, None), ()),
    Graded("=Bo", (None, None), ()),
    Graded("x.ipynb", (), ("?",), known=False),
]
WANTED = ["e09", "e10"]
HEADING = "e10 written verdict, 0 to 10"


def rows(content):
    return list(csv.DictReader(io.StringIO(content.decode())))


def filled(path, separator=",", encoding="utf-8"):
    """The table with 9 for Ada and 7 for =Bo, as a spreadsheet saves it."""
    found = rows(table(CLASS, WANTED, {}))
    found[0][HEADING], found[1][HEADING] = "9", " 7 "
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.DictWriter(file, found[0], delimiter=separator)
        writer.writeheader()
        writer.writerows(found)


@pytest.mark.parametrize(("separator", "encoding"), [(",", "utf-8"), (";", "utf-8-sig"), ("\t", "utf-8")])
def test_what_was_entered_stays(separator, encoding, tmp_path):
    path = tmp_path / "marks.csv"
    assert entered(path) == {}
    filled(path, separator, encoding)
    kept = entered(path)
    assert kept == {("Ada", HEADING): "9", ("'=Bo", HEADING): "7"}
    assert [row[HEADING] for row in rows(table(CLASS, WANTED, kept))] == ["9", "7", ""]


def test_it_stays_where_another_exercise_is_graded(tmp_path):
    filled(tmp_path / "marks.csv")
    kept = entered(tmp_path / "marks.csv")
    alone = [Graded(one.student, one.verdicts[:1], one.notes, known=one.known) for one in CLASS]
    assert [row[HEADING] for row in rows(table(alone, ["e09"], kept))] == ["9", "7", ""]


def test_it_stays_where_the_key_has_the_student_no_longer(tmp_path):
    filled(tmp_path / "marks.csv")
    bo, ada = rows(table(CLASS[1:2], WANTED, entered(tmp_path / "marks.csv")))
    assert (bo["student"], bo[HEADING], bo["e09"]) == ("'=Bo", "7", "not handed in")
    assert (ada["student"], ada[HEADING], ada["e09"]) == ("Ada", "9", "not in the key")


@pytest.mark.parametrize(
    "content", [b"", b"my notes\n", b"name,mark\nAda,3\n", "student;Größe\n".encode("latin-1")]
)
def test_another_file_is_no_table_of_marks(content, tmp_path):
    (tmp_path / "marks.csv").write_bytes(content)
    with pytest.raises(RefocusError, match="output must be a new file, or a table of marks in UTF-8"):
        entered(tmp_path / "marks.csv")
