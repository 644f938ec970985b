"""Whose work lies in an inbox: found by where it lies, and by the student that its first cell names.

A place is a student's if one of its parts, a folder, a zip or the file itself, is called as the student's
copy was, or as the student is; of several, the outermost counts, for that is what a platform or a lecturer
gave. Where place and notebook name two students, the place decides: whoever has copied a notebook can
neither get nor spoil another's marks with it. Both cases are told.
"""

import contextlib
import io
import lzma
import re
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

import nbformat

from refocuslab.course.variant import student_name
from refocuslab.errors import RefocusError, nearest
from refocuslab.lab.course.checking import parameters_of
from refocuslab.lab.course.handing_out import Student
from refocuslab.lab.course.sandbox.student_code import LARGEST, StudentCode, cells_of_bytes

# Of an inbox: files, and bytes of them unpacked; and how deep ZIPs lie in each other, a student's in a
# platform's in the inbox.
_MOST_FILES, _MOST_BYTES, _DEEPEST = 20_000, 10 * LARGEST, 3
_ENDINGS = (".ipynb", ".py")
# Folders of files that nobody has written for the course.
_PASSED_OVER = ("site-packages", "__pycache__", "__MACOSX")
# Begins the cell of lesson 3 for the written verdict of E10; of that so many characters are kept.
VERDICT, _LONGEST_VERDICT = "*My verdict:*", 5000
# {where it lay: content, or why it has none, or None of what is no file of a course}.
Files = dict[str, bytes | str | None]


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
    verdicts : dict of bool to str
        What is written below ``VERDICT``, in Markdown: {whether it lay in the student's place: the last}.
    unread : list of str
        Other files in the student's place.
    """

    placed: list[tuple[str, StudentCode]] = field(default_factory=list)
    named: list[tuple[str, StudentCode]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    verdicts: dict[bool, str] = field(default_factory=dict)
    unread: list[str] = field(default_factory=list)

    @property
    def verdict(self) -> str:
        """What is written below ``VERDICT``; elsewhere, where the student's own place has none."""
        return self.verdicts.get(True) or self.verdicts.get(False, "")

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
        if content is None:
            if (owner := _owner(path, by_place, r"(\.\w+)+$")) is not None:
                works[owner].unread.append(path)
            continue
        try:
            if isinstance(content, str):
                raise RefocusError("inbox", content, path)
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
        if VERDICT.encode() not in content:
            continue
        if not file.lower().endswith(".ipynb"):
            work.notes.append(
                f"{path} may hold a written verdict, which is read of notebooks only: look there"
            )
        elif verdict := _verdict(content):
            work.verdicts[placed is not None] = verdict
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
    handed = work.placed or work.named or work.notes
    if not handed and work.unread:
        yield (
            f"handed in {', '.join(work.unread[:3])}, which is not read: a notebook's name ends in .ipynb, "
            "that of an archive in .zip"
        )
    elif not handed:
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


def _owner(path: str, by_place: dict[str, int], endings: str = r"\.(zip|ipynb|py)$") -> int | None:
    """The student whose place this is, by its outermost part that is called as one, but for its ending."""
    for part in PurePosixPath(path).parts:
        plain = _plain(part)
        stem = re.sub(endings, "", plain)
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
    """All of a folder or a zip, zips within it unpacked."""
    if inbox.is_dir():
        paths = [path for path in sorted(inbox.rglob("*")) if path.is_file() and not path.is_symlink()]
        named = {path.relative_to(inbox).as_posix(): path for path in paths}
        shown = {name: path for name, path in named.items() if not _is_hidden(name)}
        if sum(map(_is_wanted, shown)) > _MOST_FILES:
            raise _too_much()
        contents: Files = {name: _read(path) if _is_wanted(name) else None for name, path in shown.items()}
    elif inbox.is_file() and zipfile.is_zipfile(inbox):
        unzipped = _unzipped(inbox.read_bytes())
        if isinstance(unzipped, str):
            raise RefocusError("inbox", f"cannot be unpacked: it {unzipped}", inbox)
        contents = unzipped
    else:
        raise RefocusError("inbox", "must be a folder, or a zip", inbox)
    found: Files = {}
    left = _MOST_BYTES
    for path, content in _flat(contents, _DEEPEST):
        left -= len(content) if isinstance(content, bytes) else 0
        if left < 0 or len(found) > _MOST_FILES:
            raise _too_much()
        found[path] = content
    return found


def _too_much() -> RefocusError:
    most = f"{_MOST_FILES:,} files and {_MOST_BYTES / 1e6:,.0f} MB"
    return RefocusError("inbox", f"must hold at most {most}: grade it in parts", "more")


def _flat(contents: Mapping[str, bytes | str | None], depth: int) -> Iterator[tuple[str, bytes | str | None]]:
    """Contents with those of zips in their place."""
    for name, content in contents.items():
        if not name.lower().endswith(".zip") or not isinstance(content, bytes):
            yield name, content
        elif depth == 0:
            yield name, f"lies {_DEEPEST} ZIPs deep: unpack it"
        elif isinstance(inner := _unzipped(content), str):
            yield name, inner
        else:
            yield from _flat({f"{name}/{path}": held for path, held in inner.items()}, depth - 1)


def _is_hidden(path: str) -> bool:
    *folders, name = PurePosixPath(path).parts
    return name.startswith(".") or name.endswith("-checkpoint.ipynb") or bool({*folders} & {*_PASSED_OVER})


def _is_wanted(path: str) -> bool:
    return path.lower().endswith((*_ENDINGS, ".zip"))


def _read(path: Path) -> bytes | str:
    most = _MOST_BYTES if path.suffix.lower() == ".zip" else LARGEST
    return path.read_bytes() if path.stat().st_size <= most else f"is larger than {most / 1e6:,.0f} MB"


def _unzipped(content: bytes) -> Files | str:
    """All of a zip; or what is wrong with it."""
    found: Files = {}
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as folder:
            items = [(_name(one), one) for one in folder.infolist() if one.filename and not one.is_dir()]
            items = [(name, one) for name, one in items if not _is_hidden(name)]
            sizes = [one.file_size for name, one in items if _is_wanted(name)]
            if len(sizes) > _MOST_FILES or sum(sizes) > _MOST_BYTES:
                return f"holds more than {_MOST_FILES:,} files or {_MOST_BYTES / 1e6:,.0f} MB"
            for name, one in items:
                found[name] = folder.read(one) if _is_wanted(name) else None
    except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, OSError, RuntimeError, NotImplementedError,
            EOFError, ValueError):  # fmt: skip
        return "is a ZIP that is damaged or has a password: ask for it again"
    return found


def _name(one: zipfile.ZipInfo) -> str:
    r"""The path in a zip; some programs write UTF-8 without saying so, or \\ between folders."""
    name = one.filename
    if not one.flag_bits & 0x800:
        with contextlib.suppress(UnicodeError):
            name = name.encode("cp437").decode("utf-8")
    return name.replace("\\", "/")
