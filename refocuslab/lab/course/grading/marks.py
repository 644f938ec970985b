"""Points by the rubric, and the table for a spreadsheet."""

import csv
import io
import re
from collections.abc import Mapping
from pathlib import Path

from refocuslab.course.verdict import Verdict
from refocuslab.errors import RefocusError
from refocuslab.lab.course.grading.answers import Graded

# As course/rubric.md has them: for an exercise's functions, and at most.
POINTS, MOST = {"right": 10, "right by the package": 5}, 10
# The exercises that end with a verdict in words, which a person reads: as many points again.
VERDICTS = ("e10", "e12")
NOT_HANDED_IN = "not handed in"
# Whoever has a mark of the table before, and is no student of the key.
NOT_IN_KEY = "not in the key"
# {(student, heading of a column for a written verdict): what a person has entered there}.
Entered = Mapping[tuple[str, str], str]


def state(found: Verdict | None) -> str:
    """What a function is, in words."""
    return NOT_HANDED_IN if found is None else found.state


def points(one: Graded) -> int:
    """Points of a student's functions, the written verdicts aside."""
    return sum(POINTS.get(state(found), 0) for found in one.verdicts)


def verdicts_to_read(wanted: list[str]) -> list[str]:
    """The exercises whose written verdicts are still to be read."""
    return [name for name in VERDICTS if name in wanted]


def entered(path: Path) -> dict[tuple[str, str], str]:
    """The marks of written verdicts that a person has entered in a table of marks; none if there is no file.

    Raises
    ------
    RefocusError
        The file is no such table.
    """
    if not path.exists():
        return {}
    try:
        text = path.read_bytes().decode("utf-8-sig")
        begins = re.match(r'"?student"?([,;\t])', text)  # as spreadsheets write it
        rows = list(csv.reader(io.StringIO(text), delimiter=begins[1])) if begins else []
    except (UnicodeDecodeError, csv.Error):
        rows = []
    if not rows:
        rule = "must be a new file, or a table of marks in UTF-8 whose entries are kept"
        raise RefocusError("output", rule, path)
    return {
        (row[0], name): row[at].strip()
        for row in rows[1:]
        for at, name in enumerate(rows[0][: len(row)])
        if name in map(_heading, VERDICTS) and row[at].strip()
    }


def table(graded: list[Graded], wanted: list[str], kept: Entered) -> bytes:
    """The marks as CSV.

    A column for each exercise, how many are right, the points of the functions and how many there may be, a
    column for each written verdict, and the notes. A text that a spreadsheet would take for a formula begins
    with an apostrophe.

    Parameters
    ----------
    graded : list of Graded
        As ``grade`` has them.
    wanted : list of str
        The exercises that were graded.
    kept : mapping
        As ``entered`` has it, of the table before.
    """
    file = io.StringIO()
    rows = csv.writer(file, lineterminator="\n")
    to_read = verdicts_to_read(wanted)
    before = {heading for _, heading in kept}
    written = [_heading(name) for name in VERDICTS if name in to_read or _heading(name) in before]
    rows.writerow(["student", *wanted, "right", "of", "points", "of points", *written, "notes"])
    for one in graded:
        told = [f"wrong: {found.key}" if found and found.state == "wrong" else state(found)
                for found in one.verdicts]  # fmt: skip
        right = sum(state(found) == "right" for found in one.verdicts)
        counts: list[int | str] = [right, len(wanted), points(one), MOST * len(wanted)]
        if not one.known:
            told, counts = ["not graded"] * len(wanted), [""] * 4
        marks = [kept.get((_safe(one.student), heading), "") for heading in written]
        rows.writerow([_safe(one.student), *told, *counts, *marks, _safe("; ".join(one.notes))])
    for name in sorted({name for name, _ in kept} - {_safe(one.student) for one in graded}):
        marks = [kept.get((name, heading), "") for heading in written]
        rows.writerow([name, *[NOT_IN_KEY] * len(wanted), *[""] * 4, *marks, ""])
    return file.getvalue().encode("utf-8", "replace")  # a file's name may be no UTF-8


def _heading(name: str) -> str:
    return f"{name} written verdict, 0 to {MOST}"


def _safe(text: str) -> str:
    return f"'{text}" if text[:1] in "=+-@\t\r" and text else text
