"""What a picture was made from, kept in a text chunk of its own PNG file."""

import json
import zlib
from collections.abc import Iterator
from pathlib import Path

from refocuslab.errors import RefocusError

KEYWORD = b"refocuslab"
_SIGNATURE = b"\x89PNG\r\n\x1a\n"


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
    """What the picture in a file was made from; ``RefocusError`` if it does not say so."""
    try:
        png = path.read_bytes()
    except OSError as error:
        raise RefocusError(
            "figure", "must be a file that can be read", f"{path} ({error.strerror})"
        ) from None
    found = parse(png)
    if found is None:
        raise RefocusError("figure", "must be a PNG file that tells what it was made from", path)
    return found


def parse(png: bytes) -> dict | None:
    """What a picture was made from; None for what is not a picture of ours."""
    if not png.startswith(_SIGNATURE):
        return None
    stamps = [chunk for kind, chunk in chunks(png) if _is_stamp(kind, chunk)]
    try:
        return json.loads(stamps[0][8 + len(KEYWORD) + 1 : -4])
    except (IndexError, ValueError):
        return None


def _is_stamp(kind: bytes, chunk: bytes) -> bool:
    return kind == b"tEXt" and chunk[8:].startswith(KEYWORD + b"\0")
