"""What a picture was made from, kept in a text chunk of its own PNG file."""

import io
import json
import os
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from refocuslab.errors import RefocusError
from refocuslab.files.plain_files import check_plain_file

KEYWORD = b"refocuslab"
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
# A sweep of 10,000 points tells 200 kB; a photo of 150 megapixels has 8,000 chunks as Pillow writes it.
_LONGEST, _MOST_CHUNKS = 2**22, 10**6


def chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The chunks of a PNG file: the kind of each, and all its bytes."""
    at = len(_SIGNATURE)
    while at + 8 <= len(png):
        end = at + 12 + int.from_bytes(png[at : at + 4], "big")
        yield png[at + 4 : at + 8], png[at:end]
        at = end


def join(parts) -> bytes:
    """A PNG file of these chunks."""
    return _SIGNATURE + b"".join(parts)


def stamped(png: bytes, made_from: dict) -> bytes:
    """The picture with ``made_from``, plain JSON types, in it; an earlier stamp goes.

    What is no PNG file stays as it is.
    """
    if not png.startswith(_SIGNATURE):
        return png
    text = json.dumps(made_from, separators=(",", ":")).encode("ascii")
    body = b"tEXt" + KEYWORD + b"\0" + text
    stamp = (len(body) - 4).to_bytes(4, "big") + body + zlib.crc32(body).to_bytes(4, "big")
    header, *rest = (chunk for kind, chunk in chunks(png) if not _is_stamp(kind, chunk))
    return join((header, stamp, *rest))


def read(path: Path) -> dict:
    """What the picture in a file was made from; ``RefocusError`` if it does not say so.

    The file may be anybody's: what it says is JSON of some bounds, and nothing more is known of it.
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


def parse(png: bytes) -> dict | None:
    """What a picture was made from; None for what is not a picture of ours."""
    return _told(io.BytesIO(png))


def _told(file: BinaryIO) -> dict | None:
    """The stamp of an open file, of which no more than its chunks' headers is read."""
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


def _json(text: bytes) -> dict | None:
    def refuse(constant: str):
        raise ValueError(constant)

    try:
        found = json.loads(text, parse_constant=refuse)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _is_stamp(kind: bytes, chunk: bytes) -> bool:
    return kind == b"tEXt" and chunk[8:].startswith(KEYWORD + b"\0")
