"""What a picture was made from, kept in a text chunk of its own PNG file."""

import io
import json
import os
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

from refocuslab.errors import RefocusError
from refocuslab.files.plain_files import check_plain_file

KEYWORD = b"refocuslab"  # of the tEXt chunk
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
# A sweep of 10,000 points tells 200 kB; a photo of 150 megapixels has 8,000 chunks as Pillow writes it.
_LONGEST, _MOST_CHUNKS = 2**22, 10**6


def chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The chunks of a PNG file: the kind of each, such as ``b"IDAT"``, and all its bytes, in order."""
    at = len(_SIGNATURE)
    while at + 8 <= len(png):
        end = at + 12 + int.from_bytes(png[at : at + 4], "big")
        yield png[at + 4 : at + 8], png[at:end]
        at = end


def join(parts: Iterable[bytes]) -> bytes:
    """A PNG file of these chunks, each with its length, kind and checksum."""
    return _SIGNATURE + b"".join(parts)


def stamped(png: bytes, made_from: dict[str, Any]) -> bytes:
    """The picture with a stamp, which says what it was made from, after its header; an earlier one goes.

    Parameters
    ----------
    png : bytes
        A PNG file; any other content is returned as it is.
    made_from : dict
        Plain JSON types.
    """
    if not png.startswith(_SIGNATURE):
        return png
    text = json.dumps(made_from, separators=(",", ":")).encode("ascii")
    body = b"tEXt" + KEYWORD + b"\0" + text
    stamp = (len(body) - 4).to_bytes(4, "big") + body + zlib.crc32(body).to_bytes(4, "big")
    header, *rest = (chunk for kind, chunk in chunks(png) if not _is_stamp(kind, chunk))
    return join((header, stamp, *rest))


def read(path: Path) -> dict[str, Any]:
    """What the picture in a file says that it was made from.

    The file may be anybody's: what it says is a JSON object of at most 4 MB, and nothing more is known
    of it.

    Raises
    ------
    RefocusError
        The file cannot be read, is no PNG file, or does not say what it was made from.
    """
    rule = "must be a file that can be read"
    try:
        with check_plain_file("figure", path).open("rb") as file:
            found = _told(file)
    except RefocusError as error:
        raise RefocusError("figure", f"{rule}: it {error.rule}", error.got) from None
    except OSError as error:
        raise RefocusError("figure", rule, f"{path} ({error.strerror})") from None
    if found is None:
        raise RefocusError("figure", "must be a PNG file that tells what it was made from", path)
    return found


def parse(png: bytes) -> dict[str, Any] | None:
    """What the stamp of a picture says; None for what is no PNG file or has no stamp."""
    return _told(io.BytesIO(png))


def _told(file: BinaryIO) -> dict[str, Any] | None:
    """The content of an open file's stamp; of the chunks before it only the headers are read."""
    if file.read(len(_SIGNATURE)) != _SIGNATURE:
        return None
    for _ in range(_MOST_CHUNKS):
        header = file.read(8)
        if len(header) < 8:
            return None
        length, kind = int.from_bytes(header[:4], "big"), header[4:]
        if kind == b"tEXt" and len(KEYWORD) < length <= _LONGEST:
            text = file.read(length)
            if text.startswith(KEYWORD + b"\0"):
                return _json(text[len(KEYWORD) + 1 :])
            length = 0
        file.seek(length + 4, os.SEEK_CUR)
    return None


def _json(text: bytes) -> dict[str, Any] | None:
    def refuse(constant: str) -> NoReturn:
        raise ValueError(constant)

    try:
        found = json.loads(text, parse_constant=refuse)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _is_stamp(kind: bytes, chunk: bytes) -> bool:
    return kind == b"tEXt" and chunk[8:].startswith(KEYWORD + b"\0")
