"""Points by the rubric, and the table for a spreadsheet."""

import csv
import io

from refocuslab.course.verdict import Verdict
from refocuslab.lab.course.grading.answers import Graded

# As course/rubric.md has them: for an exercise's functions, and at most.
POINTS, MOST = {"right": 10, "right by the package": 5}, 10
# The exercises that end with a verdict in words, which a person reads: as many points again.
VERDICTS = ("e10", "e12")
NOT_HANDED_IN = "not handed in"


def state(found: Verdict | None) -> str:
    """What a function is, in words."""
    return NOT_HANDED_IN if found is None else found.state


def points(one: Graded) -> int:
    """Points of a student's functions, the written verdicts aside."""
    return sum(POINTS.get(state(found), 0) for found in one.verdicts)


def verdicts_to_read(wanted: list[str]) -> list[str]:
    """The exercises whose written verdicts are still to be read."""
    return [name for name in VERDICTS if name in wanted]


def table(graded: list[Graded], wanted: list[str]) -> bytes:
    """The marks as CSV.

    A column for each exercise, how many are right, the points of the functions and how many there may be, an
    empty column for each written verdict, and the notes. A text that a spreadsheet would take for a formula
    begins with an apostrophe.
    """
    file = io.StringIO()
    rows = csv.writer(file, lineterminator="\n")
    to_read = verdicts_to_read(wanted)
    written = [f"{name} written verdict, 0 to {MOST}" for name in to_read]
    rows.writerow(["student", *wanted, "right", "of", "points", "of points", *written, "notes"])
    for one in graded:
        told = [f"wrong: {found.key}" if found and found.state == "wrong" else state(found)
                for found in one.verdicts]  # fmt: skip
        right = sum(state(found) == "right" for found in one.verdicts)
        counts: list[int | str] = [right, len(wanted), points(one), MOST * len(wanted)]
        if not one.known:
            told, counts = ["not graded"] * len(wanted), [""] * 4
        rows.writerow(
            [_safe(one.student), *told, *counts, *("" for _ in to_read), _safe("; ".join(one.notes))]
        )
    return file.getvalue().encode("utf-8", "replace")  # a file's name may be no UTF-8


def _safe(text: str) -> str:
    return f"'{text}" if text[:1] in "=+-@\t\r" and text else text
