"""A search for solutions in what is handed out: lines of them, wherever a file may hold them.

Searched are a notebook's sources, outputs, metadata and attachments, the text of pages, the files of a zip,
the chunks of a PNG; and, within each, what is packed by base64, zlib or gzip, up to ``DEEPEST`` times over.
"""

import base64
import binascii
import contextlib
import gzip
import html
import io
import json
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from refocuslab.errors import RefocusError
from refocuslab.lab.course.sources import Exercise

# Of a library that anybody may import, and lessons do.
_IMPORT = re.compile(r"\s*(import|from)\s+(?!refocuslab)\w")
SHORTEST = 12  # characters of a line that give a solution away; shorter ones stand in any code
DEEPEST = 4
# Of base64: 24 characters hold 18 bytes, which a line of SHORTEST fits in.
_PACKED = re.compile(rb"[A-Za-z0-9+/_-]{24,}(?:\r?\n[A-Za-z0-9+/_-]+)*={0,2}")
_TAG = re.compile(r"<[^<>]*>")
_LARGEST = 200_000_000  # bytes that something packed may unpack to
_ZLIB = (b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda")


def lines_of(exercise: Exercise) -> set[str]:
    """The lines of solutions that no student may get, normalized; not those that the stub has as well."""
    given = _normal(exercise.stub + exercise.task)
    code = (line for line in exercise.cut_out.splitlines() if not _IMPORT.match(line))
    lines = {_normal(line) for line in code}
    return {line for line in lines if len(line) >= SHORTEST and line not in given}


def leaks(path: Path, exercises: Iterable[Exercise]) -> list[str]:
    """A line for each line of a solution that a file, or a file of a folder, holds.

    Parameters
    ----------
    path : Path
        What is handed out.
    exercises : iterable of Exercise
        Whose solutions are looked for.

    Returns
    -------
    list of str
        ``<file>: <exercise>: <the line, normalized>``; empty if nothing leaks.
    """
    wanted = {line: one.exercise for one in exercises for line in lines_of(one)}
    files = sorted(one for one in path.rglob("*") if one.is_file()) if path.is_dir() else [path]
    found = []
    for file in files:
        name = file.relative_to(path).as_posix() if path.is_dir() else file.name
        held = {line for text in texts_of(file.read_bytes()) for line in wanted if line in text}
        found += [f"{name}: {wanted[line]}: {line}" for line in sorted(held)]
    return found


def refuse_leaks(path: Path, exercises: Iterable[Exercise]) -> None:
    """Refuse to hand out what holds a line of a solution.

    Parameters
    ----------
    path, exercises : Path, iterable of Exercise
        As for ``leaks``.

    Raises
    ------
    RefocusError
        A file holds one.
    """
    if found := leaks(path, exercises):
        raise RefocusError("a student's copy", "must hold no line of a solution", "; ".join(found[:5]))


def texts_of(content: bytes, depth: int = 0) -> Iterator[str]:
    """Every text in a file's bytes, normalized, however it is packed."""
    if depth > DEEPEST:
        return
    text = content.decode("utf-8", errors="replace")
    yield _normal(text)
    yield _normal(html.unescape(_TAG.sub("", text)))
    if content[:1] in (b"{", b"["):
        yield from _of_json(text, depth)
    for part in _unpacked(content):
        yield from texts_of(part, depth + 1)


def _of_json(text: str, depth: int) -> Iterator[str]:
    """Each string of JSON; the lines of a list of strings also joined, as a notebook has them."""
    try:
        waiting = [json.loads(text)]
    except (ValueError, RecursionError):
        return
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            waiting += [*one, *one.values()]
        elif isinstance(one, list):
            waiting += one
            if len(one) > 1 and all(isinstance(line, str) for line in one):
                waiting.append("".join(one))
        elif isinstance(one, str):
            yield from texts_of(one.encode("utf-8", "replace"), depth + 1)


def _unpacked(content: bytes) -> Iterator[bytes]:
    if zipfile.is_zipfile(io.BytesIO(content)):
        with zipfile.ZipFile(io.BytesIO(content)) as folder:
            for item in folder.infolist():
                if item.file_size <= _LARGEST:
                    yield item.filename.encode() + b"\n" + item.comment
                    yield folder.read(item)
    if content[:2] == b"\x1f\x8b":
        with contextlib.suppress(OSError, EOFError, zlib.error):
            yield gzip.decompress(content)
    for start in _ZLIB:
        at = content.find(start)
        while at >= 0:
            if part := _inflated(content[at:]):
                yield part
            at = content.find(start, at + 1)
    for packed in _PACKED.finditer(content):
        try:
            plain = packed[0].translate(bytes.maketrans(b"-_", b"+/"), b"\r\n=")
            yield base64.b64decode(plain + b"=" * (-len(plain) % 4))
        except (binascii.Error, ValueError):
            continue


def _inflated(content: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(content, _LARGEST)
    except zlib.error:
        return b""


def _normal(text: str) -> str:
    """Without spaces, line ends and backslashes, and with one kind of quotation mark."""
    return re.sub(r"[\s\\]+", "", text.replace("'", '"'))
