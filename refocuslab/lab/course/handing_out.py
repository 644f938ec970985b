"""Copies for a class: a variant and a zip for each student, folders for a platform, the lecturer's key."""

import csv
import io
import json
import re
import secrets
import unicodedata
import zipfile
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from refocuslab.checks import check_count, require
from refocuslab.course.exercises import exercises, find
from refocuslab.course.variant import student_name, variant
from refocuslab.errors import RefocusError, quoted
from refocuslab.files.toml_files import read_bounded
from refocuslab.lab.course.assigning import Assignment, listed
from refocuslab.lab.course.copies import exercises_of, student_copy
from refocuslab.lab.course.leaks import refuse_leaks
from refocuslab.lab.course.making import Course
from refocuslab.lab.folders import destinations
from refocuslab.lab.folders.whole_folders import new_folder
from refocuslab.lab.notebooks.committed import text_of
from refocuslab.lab.records.notebook_record import json_bytes

# What the folder holds: the key, a zip for each student, and the same as folders for a learning platform.
KEY, ZIPS, PLATFORM = "key.json", "students", "platform"
README = "README.txt"  # beside a student's notebooks; its template lies in the course's folder of that name
FORM = 2  # of the key
_TURNS = 2**53  # whole numbers that every reader of JSON holds
_LARGEST_LIST, _MOST_STUDENTS, _DRAWS = 10**7, 5000, 50
_LONGEST_FOLDER = 80
_HEADS = ("student", "name")  # of the column of names; nobody is called so
# A zip's oldest date: the same bytes each time.
_DATE = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Student:
    """A student of the class.

    Attributes
    ----------
    name : str
        As the list has it.
    folder : str
        Of the copies: the list's column ``folder``, as a learning platform calls it, or made from the name.
    draw : int
        Of the variants, as ``variant`` has it.
    turn : int
        The first turn of the checks when the student's work is graded, as ``judge`` has it. It stands in the
        key alone, so that nobody can hand in the answers to the grader's inputs by heart.
    """

    name: str
    folder: str
    draw: int
    turn: int = 0


def read_names(path: Path) -> list[Student]:
    """The students of a CSV file: a column ``student`` or ``name``, or the first; and perhaps ``folder``.

    Raises
    ------
    RefocusError
        It is no such file, a name is bad, or two students have one name or one folder.
    """
    content = read_bounded("names", path, _LARGEST_LIST)
    try:
        text = content.decode("utf-8-sig")
        dialect = csv.Sniffer().sniff(text[:2000], ",;\t") if re.search("[,;\t]", text) else csv.excel
        read = csv.reader(io.StringIO(text, newline=""), dialect)
        rows = [row for row in read if any(map(str.strip, row))]
    except (UnicodeDecodeError, csv.Error) as error:
        raise RefocusError("names", "must be a list in CSV, in UTF-8", f"{path.name} ({error})") from None
    columns = [one.strip().casefold() for one in rows[0]] if rows else []
    head = next((one for one in _HEADS if one in columns), None)
    named = head is not None
    at, folder_at = (columns.index(one) if one in columns else None for one in (head, "folder"))
    students: list[Student] = []
    for row in rows[named:]:
        name = row[at or 0].strip() if len(row) > (at or 0) else ""
        require(student_name(name) != "", "names", "must have a student in every line", quoted(row))
        given = row[folder_at].strip() if named and folder_at is not None and len(row) > folder_at else ""
        students.append(Student(name, _folder(given or name), 0))
    require(0 < len(students) <= _MOST_STUDENTS, "names", f"must be 1 to {_MOST_STUDENTS}", len(students))
    for what, told in (("name", [student_name(one.name) for one in students]),
                       ("folder", [one.folder.casefold() for one in students])):  # fmt: skip
        twice = sorted({one for one in told if told.count(one) > 1})
        require(not twice, "names", f"must give each student a {what} of their own", ", ".join(twice[:3]))
    return students


def _folder(text: str) -> str:
    """A name for a folder on every system: letters, digits, and a few signs."""
    plain = unicodedata.normalize("NFC", text)
    made = re.sub(r"[^\w .+-]", "_", plain).strip(" .")[:_LONGEST_FOLDER].strip(" .")
    require(bool(made), "names", "must give each student a name that a folder can have", quoted(text))
    return made


def settled(student: Student, wanted: list[str]) -> Student:
    """The student with the first draw whose variants no exercise refuses.

    Raises
    ------
    RefocusError
        Every one of 50 draws was refused.
    """
    why = ""
    for draw in range(_DRAWS):
        refusals = (find(one).refused(variant(student.name, one, draw)) for one in wanted)
        why = next(filter(None, refusals), "")
        if not why:
            return replace(student, draw=draw)
    raise RefocusError(
        "student", f"must have a variant that no exercise refuses ({why})", quoted(student.name)
    )


def hand_out(
    course: Course,
    students: list[Student],
    output: Path,
    given: Assignment,
    *,
    step: Callable[[int, int], None] | None = None,
) -> Path:
    """Write a zip and a folder for each student, and the key, whole or not at all.

    Parameters
    ----------
    course : Course
        The sources.
    students : list of Student
        The class.
    output : Path
        A folder that is not there yet, or an empty one.
    given : Assignment
        What the class is set.
    step : callable or None
        Called with how many students are done, and of how many.

    Returns
    -------
    Path
        The key's file.

    Raises
    ------
    RefocusError
        The folder holds something, a variant is refused, or a copy holds a line of a solution.
    """
    wanted = [one for one in given.exercises if one in exercises()]
    drawn = sorted(
        {one for lesson in given.lessons.values() for one in exercises_of(lesson)} & {*exercises()}
    )
    done: list[Student] = []
    with new_folder(output) as made:
        (made / ZIPS).mkdir()
        for at, student in enumerate(students):
            if step:
                step(at, len(students))
            one = replace(settled(student, drawn), turn=secrets.randbelow(_TURNS))
            done.append(one)
            own = made / PLATFORM / one.folder
            own.mkdir(parents=True)
            for name, content in _files(course, given, one).items():
                destinations.write(own / name, content)
            destinations.write(made / ZIPS / f"{one.folder}.zip", zipped(own, within=one.folder))
        refuse_leaks(made / PLATFORM, course.exercises.values())  # the zips hold the same files
        destinations.write(made / KEY, key(done, wanted))
        (made / KEY).chmod(0o600)
    return output / KEY


def _files(course: Course, given: Assignment, student: Student) -> dict[str, bytes]:
    """What a student gets, {name: content}."""
    made = {}
    for name, lesson in given.lessons.items():
        left_out, said = given.left_out(name), given.said.get(name, "")
        copy = student_copy(
            lesson, course.exercises, student.name, student.draw, left_out=left_out, said=said
        )
        made[f"{name}.ipynb"] = text_of(copy).encode()
    filled = {
        "name": student.name,
        "notebooks": "\n".join(f"   {name}" for name in made),
        "exercises": listed(given.exercises) if given.exercises else "nothing in them",
        "example": list(made)[-1],
    }
    text = (course.folder / "student" / README).read_text(encoding="utf-8")
    return {README: text.format(**filled).encode(), **made}


def zipped(folder: Path, *, within: str = "") -> bytes:
    """The files of a folder as a zip, in a folder of it if that is named; the same bytes each time."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        for path in sorted(one for one in folder.rglob("*") if one.is_file()):
            item = zipfile.ZipInfo(Path(within, path.relative_to(folder)).as_posix(), _DATE)
            item.external_attr = 0o644 << 16
            made.writestr(item, path.read_bytes(), zipfile.ZIP_DEFLATED)
    return file.getvalue()


def key(students: list[Student], wanted: list[str]) -> bytes:
    """The lecturer's key: who has which folder, draw, turn and variants."""
    told = [
        {**asdict(one), "variants": {name: asdict(variant(one.name, name, one.draw)) for name in wanted}}
        for one in students
    ]
    return json_bytes({"form": FORM, "exercises": wanted, "students": told})


def read_key(path: Path) -> tuple[list[Student], list[str]]:
    """The students and exercises of a key.

    Raises
    ------
    RefocusError
        It is no key.
    """
    content = read_bounded("--key", path, 10**8)
    try:
        held = json.loads(content)
        if held["form"] != FORM:
            raise ValueError(f"form {held['form']}")
        students = [
            Student(str(one["name"]), str(one["folder"]), int(one["draw"]), int(one["turn"]))
            for one in held["students"]
        ]
        wanted = [find(one).exercise for one in held["exercises"]]
        for one in students:
            variant(one.name, "", one.draw)
            check_count("turn", one.turn, _TURNS, least=0)
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise RefocusError("--key", f"must be a {KEY} of hand-out", f"{path.name} ({error})") from None
    return students, wanted
