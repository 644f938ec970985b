"""Whose work lies in an inbox: found by where it lies, and by the student that its first cell names.

A place is a student's if one of its parts, a folder, a zip or the file itself, is called as the student's
copy was, or as the student is; of several, the outermost counts, for that is what a platform or a lecturer
gave. Where place and notebook name two students, the place decides: whoever has copied a notebook can
neither get nor spoil another's marks with it. Both cases are told.
"""

import io
import re
import unicodedata
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

import nbformat

from refocuslab.course.variant import student_name
from refocuslab.errors import RefocusError, nearest
from refocuslab.lab.course.checking import parameters_of
from refocuslab.lab.course.handing_out import Student
from refocuslab.lab.course.sandbox.student_code import LARGEST, StudentCode, cells_of_bytes

# Of an inbox: files, and bytes of them unpacked.
_MOST_FILES, _MOST_BYTES = 20_000, 4 * LARGEST
_ENDINGS = (".ipynb", ".py")
# Folders of files that nobody has written for the course.
_PASSED_OVER = ("site-packages", "__pycache__", "__MACOSX")
# Begins the cell of lesson 3 for the written verdict of E10; of that so many characters are kept.
VERDICT, _LONGEST_VERDICT = "*My verdict:*", 5000
# {where it lay: content}.
Files = dict[str, bytes]


@dataclass
class Work:
    """What one student has handed in.

    Attributes
    ----------
    placed, named : list of (str, StudentCode)
        The files that lie in a place of the student's, and those elsewhere that name the student: where each
        lay, and its code.
    notes : list of str
        What the lecturer should know.
    verdict : str
        What is written below ``VERDICT``, in Markdown.
    """

    placed: list[tuple[str, StudentCode]] = field(default_factory=list)
    named: list[tuple[str, StudentCode]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    verdict: str = ""

    def code_of(self, names: tuple[str, ...]) -> StudentCode | None:
        """The file that holds most of an exercise's functions; None where no file has any of them.

        What lies elsewhere counts where the student's own place has nothing. Of several, the last by name.
        """
        for files in (self.placed, self.named):
            held = [code for _, code in reversed(files) if code.holds(names)[1]]
            if held:
                return max(held, key=lambda code: code.holds(names))
        return None


def works_of(inbox: Path, students: list[Student]) -> tuple[list[Work], dict[str, list[str]]]:
    """The work of each student, in their order, and what is nobody's.

    Parameters
    ----------
    inbox : Path
        A folder, or a zip, with notebooks, folders or zips in it.
    students : list of Student
        As the key has them.

    Returns
    -------
    works, nobodys : list of Work, dict of str to list of str
        The second {folder or file of the inbox: a sentence for each file in it that is no student's}.

    Raises
    ------
    RefocusError
        The inbox is neither, or holds too much.
    """
    works: list[Work] = [Work() for _ in students]
    nobodys: dict[str, list[str]] = {}
    by_name = {student_name(one.name): at for at, one in enumerate(students)}
    by_place = {_plain(text): at for at, one in enumerate(students) for text in (one.name, one.folder)}
    for path, content in sorted(_files_of(inbox).items()):
        file = PurePosixPath(path).name
        placed = _owner(path, by_place)
        try:
            cells = cells_of_bytes(file, content)
        except RefocusError as error:
            told = f"{path}: {error.rule}"
            if placed is None:
                nobodys.setdefault(_top(path), []).append(told)
            else:
                works[placed].notes.append(told)
            continue
        name, draw = parameters_of(cells)
        name = name[:100].encode("utf-8", "replace").decode()  # a half of a pair of surrogates is no text
        named = by_name.get(student_name(name))
        owner = named if placed is None else placed
        if owner is None:
            nobodys.setdefault(_top(path), []).append(_unclaimed(file, name, students))
            continue
        work, code = works[owner], StudentCode.of(cells)
        (work.named if placed is None else work.placed).append((path, code))
        work.notes += _doubts(path, name, draw, students[owner], by_place=placed is not None)
        work.notes += [f"{file}: {problem}" for problem in code.problems]
        work.verdict = _verdict(content) or work.verdict
    for work, student in zip(works, students, strict=True):
        work.notes += _places(work, student)
    return works, nobodys


def _doubts(path: str, name: str, draw: int, student: Student, *, by_place: bool) -> Iterator[str]:
    """What place, notebook and key say differently."""
    same = student_name(name) == student_name(student.name)
    if by_place and name and not same:
        own = f"{student.name}'s"
        yield f"{path} names another student, {name}: graded as {own} by its place; ask whose work it is"
    elif same and draw != student.draw:
        yield f"{path} has draw {draw}, the key {student.draw}: graded by the key's"


def _places(work: Work, student: Student) -> Iterator[str]:
    """What is to be said of where a student's work lay, and of work that is not there."""
    if not work.placed and not work.named and not work.notes:
        called = " or ".join(f'"{one}"' for one in dict.fromkeys((student.name, student.folder)))
        yield (
            f"handed nothing in: no folder, ZIP or notebook is called {called}, and none has "
            f'student = "{student.name}" in its first cell of code'
        )
    elsewhere = sorted({_top(path) for path, _ in work.named})
    if work.placed and elsewhere:
        yield (
            f"{', '.join(elsewhere)} names {student.name}, too, outside the folder: counts only where the "
            "folder has nothing"
        )
    elif len(elsewhere) > 1:
        yield f"found in {' and '.join(elsewhere)}: of an exercise in both, the one that has more is graded"


def _unclaimed(file: str, name: str, students: list[Student]) -> str:
    """Why a file is nobody's, and what was expected."""
    expected = 'the first cell of code must have student = "a name of the key"'
    if not name:
        return f"{file} names nobody, and lies in no student's folder: {expected}"
    like = nearest(name, [one.name for one in students])
    hint = f"nearest: {like}" if like else f"such as {students[0].name}" if students else "which is empty"
    return f'{file} has student = "{name}", whom the key does not have ({hint})'


def _verdict(content: bytes) -> str:
    """What is written in the verdict's cell, and in cells of text right below it."""
    if VERDICT.encode() not in content:
        return ""
    written: list[str] = []
    for cell in nbformat.reads(content.decode("utf-8-sig"), as_version=4).cells:
        text = str(cell.source).strip()
        if cell.cell_type == "markdown" and text.startswith(VERDICT):
            written = [text.removeprefix(VERDICT)]
        elif written and (cell.cell_type != "markdown" or text.startswith("#")):
            break
        elif written:
            written.append(text)
    found = "\n\n".join(filter(None, map(str.strip, written)))
    return found[:_LONGEST_VERDICT].encode("utf-8", "replace").decode()


def _owner(path: str, by_place: dict[str, int]) -> int | None:
    """The student whose place this is, by its outermost part that is called as one."""
    for part in PurePosixPath(path).parts:
        plain = _plain(part)
        stem = re.sub(r"\.(zip|ipynb|py)$", "", plain)
        # A platform adds numbers and more to the name.
        for one in (plain, stem, re.sub(r"_\d+_.*$", "", plain)):
            if one in by_place:
                return by_place[one]
    return None


def _plain(text: str) -> str:
    return unicodedata.normalize("NFC", text).strip().casefold()


def _top(path: str) -> str:
    return PurePosixPath(path).parts[0]


def _files_of(inbox: Path) -> Files:
    """{path: content} of a folder or a zip, zips within it unpacked."""
    if inbox.is_dir():
        paths = [path for path in sorted(inbox.rglob("*")) if path.is_file() and not path.is_symlink()]
        files = {path.relative_to(inbox).as_posix(): path for path in paths}
        files = {name: path for name, path in files.items() if _is_wanted(name)}
        if len(files) > _MOST_FILES:
            raise RefocusError("inbox", f"must hold at most {_MOST_FILES:,} files", f"{len(files):,}")
        contents = {name: _read(path) for name, path in files.items()}
    elif inbox.is_file() and zipfile.is_zipfile(inbox):
        contents = _unzipped(inbox.read_bytes())
    else:
        raise RefocusError("inbox", "must be a folder, or a zip", inbox)
    found: Files = {}
    for name, content in contents.items():
        if name.lower().endswith(".zip"):
            found |= {f"{name}/{inner}": held for inner, held in _unzipped(content).items()}
        else:
            found[name] = content
    return found


def _is_wanted(path: str) -> bool:
    *folders, name = PurePosixPath(path).parts
    hidden = name.startswith(".") or name.endswith("-checkpoint.ipynb") or {*folders} & {*_PASSED_OVER}
    return not hidden and name.lower().endswith((*_ENDINGS, ".zip"))


def _read(path: Path) -> bytes:
    return path.read_bytes() if path.stat().st_size <= LARGEST else b""


def _unzipped(content: bytes) -> Files:
    """The notebooks of a zip; of one that is broken or too large, a file that is none."""
    found: Files = {}
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as folder:
            items = [one for one in folder.infolist() if one.filename and _is_wanted(one.filename)]
            if len(items) > _MOST_FILES or sum(one.file_size for one in items) > _MOST_BYTES:
                return {"too-large.ipynb": b""}
            for one in items:
                found[one.filename] = folder.read(one)
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError, EOFError, ValueError):
        return {"broken.ipynb": b""}
    return found
