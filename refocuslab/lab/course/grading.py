"""Grading: what a folder of students' notebooks holds of each exercise, judged in the sandbox, as a table.

A student's variant comes from the lecturer's key, by the name of the folder or file that the platform gives,
never from the notebook: who has another name in it has another's variant, and the table says so.
"""

import csv
import io
import re
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from refocuslab.course.exercises import find
from refocuslab.course.variant import student_name
from refocuslab.course.verdict import Verdict
from refocuslab.errors import RefocusError
from refocuslab.lab.course.checking import parameters_of
from refocuslab.lab.course.handing_out import Student
from refocuslab.lab.course.sandbox.judging import Limits, judge_code
from refocuslab.lab.course.sandbox.student_code import LARGEST, StudentCode, cells_of_bytes
from refocuslab.running.threads import thread_count

# Of an inbox: files, and bytes of them unpacked.
_MOST_FILES, _MOST_BYTES = 20_000, 4 * LARGEST
_ENDINGS = (".ipynb", ".py")
# {where it lay: content} of one student.
Files = dict[str, bytes]


@dataclass(frozen=True)
class Graded:
    """A line of the table.

    Attributes
    ----------
    student : str
        As the key has the name.
    verdicts : tuple of Verdict
        One for each exercise of the key.
    notes : tuple of str
        What the lecturer should know: files that are no notebooks, cells that were left out, another's name.
    """

    student: str
    verdicts: tuple[Verdict, ...]
    notes: tuple[str, ...]


def grade(
    inbox: Path,
    students: list[Student],
    wanted: list[str],
    *,
    limits: Limits | None = None,
    step: Callable[[int, int], None] | None = None,
) -> list[Graded]:
    """Judge what a class has handed in.

    Parameters
    ----------
    inbox : Path
        A folder, or a zip, with a folder, a file or a zip for each student, named as in the key.
    students, wanted : list of Student, list of str
        As ``read_key`` has them.
    limits : Limits or None
        As for ``judge_code``.
    step : callable or None
        Called with how many exercises are judged, and of how many.

    Returns
    -------
    list of Graded
        A line for each student, in the key's order, and one for each that the key does not have.

    Raises
    ------
    RefocusError
        The inbox is neither, or holds too much.
    """
    handed = _by_folder(inbox)
    lines = [_Line.of(student, _of_student(handed, student)) for student in students]
    jobs = [(at, name) for at in range(len(lines)) for name in wanted]
    done = 0

    def judged(job: tuple[int, str]) -> Verdict:
        nonlocal done
        line, name = lines[job[0]], job[1]
        own = line.student
        found = judge_code(
            line.code_of(name), name, student=own.name, draw=own.draw, first_turn=own.turn, limits=limits
        )
        done += 1
        if step:
            step(done, len(jobs))
        return found

    with ThreadPoolExecutor(thread_count(None)) as threads:  # each waits for a process of its own
        verdicts = list(threads.map(judged, jobs))
    graded = [
        Graded(line.student.name, tuple(verdicts[at * len(wanted) : (at + 1) * len(wanted)]), line.notes)
        for at, line in enumerate(lines)
    ]
    strangers = sorted(folder for folder in handed if not any(_same(folder, one) for one in students))
    missing = tuple(Verdict(name, "not written", "", "") for name in wanted)
    return graded + [Graded(name, missing, ("is not in the key, and was not graded",)) for name in strangers]


def table(graded: list[Graded], wanted: list[str]) -> bytes:
    """The lines as CSV: a column for each exercise, how many are right, and the notes.

    A text that a spreadsheet would take for a formula begins with an apostrophe.
    """
    file = io.StringIO()
    rows = csv.writer(file, lineterminator="\n")
    rows.writerow(["student", *wanted, "right", "of", "notes"])
    for one in graded:
        told = [found.state if found.state != "wrong" else f"wrong: {found.key}" for found in one.verdicts]
        count = sum(found.state == "right" for found in one.verdicts)
        rows.writerow([_safe(one.student), *told, count, len(wanted), _safe("; ".join(one.notes))])
    return file.getvalue().encode("utf-8", "replace")  # a file's name may be no UTF-8


@dataclass(frozen=True)
class _Line:
    student: Student
    codes: tuple[StudentCode, ...]  # of each file: what one lesson binds is not another's
    notes: tuple[str, ...]

    def code_of(self, exercise: str) -> StudentCode:
        """The file that holds most of an exercise's functions; of several, the last by name."""
        names = find(exercise).names
        return max(reversed(self.codes), key=lambda code: code.holds(names), default=StudentCode.of(()))

    @classmethod
    def of(cls, student: Student, files: Files) -> "_Line":
        codes: list[StudentCode] = []
        notes: list[str] = [] if files else ["handed nothing in"]
        for name in sorted(files):
            try:
                own = cells_of_bytes(name, files[name])
            except RefocusError as error:
                notes.append(f"{name}: {error.rule}")
                continue
            named, _ = parameters_of(own)
            named = (
                named[:100].encode("utf-8", "replace").decode()
            )  # a half of a pair of surrogates is no text
            if named and student_name(named) != student_name(student.name):
                notes.append(f"{PurePosixPath(name).name} names another student: {named}")
            codes.append(StudentCode.of(own))
            notes += [f"{PurePosixPath(name).name}: {problem}" for problem in codes[-1].problems]
        return cls(student, tuple(codes), tuple(notes))


def _by_folder(inbox: Path) -> dict[str, Files]:
    """{folder of a student: files}, of a folder or a zip, zips within it unpacked."""
    if inbox.is_dir():
        paths = [path for path in sorted(inbox.rglob("*")) if path.is_file() and not path.is_symlink()]
        files = {path.relative_to(inbox).as_posix(): path for path in paths if _is_wanted(path.name)}
        if len(files) > _MOST_FILES:
            raise RefocusError("inbox", f"must hold at most {_MOST_FILES:,} files", f"{len(files):,}")
        contents = {name: _read(path) for name, path in files.items()}
    elif inbox.is_file() and zipfile.is_zipfile(inbox):
        contents = _unzipped(inbox.read_bytes())
    else:
        raise RefocusError("inbox", "must be a folder, or a zip", inbox)
    handed: dict[str, Files] = {}
    for name, content in contents.items():
        whole = PurePosixPath(name)
        folder = whole.parts[0] if len(whole.parts) > 1 else whole.stem
        if whole.suffix.lower() == ".zip":
            handed.setdefault(folder, {}).update(
                {f"{name}/{inner}": held for inner, held in _unzipped(content).items()}
            )
        else:
            handed.setdefault(folder, {})[name] = content
    return handed


def _is_wanted(name: str) -> bool:
    hidden = name.startswith(".") or name.endswith("-checkpoint.ipynb")
    return not hidden and name.lower().endswith((*_ENDINGS, ".zip"))


def _read(path: Path) -> bytes:
    return path.read_bytes() if path.stat().st_size <= LARGEST else b""


def _unzipped(content: bytes) -> Files:
    """The notebooks of a zip; of one that is broken or too large, nothing."""
    found: Files = {}
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as folder:
            items = [one for one in folder.infolist() if _is_wanted(PurePosixPath(one.filename).name)]
            if len(items) > _MOST_FILES or sum(one.file_size for one in items) > _MOST_BYTES:
                return {"too-large.ipynb": b""}
            for one in items:
                found[one.filename] = folder.read(one)
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError, EOFError, ValueError):
        return {"broken.ipynb": b""}
    return found


def _of_student(handed: dict[str, Files], student: Student) -> Files:
    found: Files = {}
    for folder, files in handed.items():
        if _same(folder, student):
            found |= files
    return found


def _same(folder: str, student: Student) -> bool:
    """Whether a folder is a student's: its name, or that and what a platform adds after it."""
    own, given = student.folder.casefold(), folder.casefold()
    return given == own or re.match(re.escape(own) + r"_\d+_", given) is not None


def _safe(text: str) -> str:
    return f"'{text}" if text[:1] in "=+-@\t\r" and text else text
