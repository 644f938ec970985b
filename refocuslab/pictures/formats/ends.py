"""Files that are cut off, where Pillow does not notice; and the colors that AVIF and HEIC files declare."""

import struct
from collections.abc import Iterator
from pathlib import Path

from refocuslab.pictures.color.primaries import Space
from refocuslab.pictures.formats.png_chunks import coded_space
from refocuslab.pictures.formats.samples import Unreadable


def checked(path: Path, kind: str) -> Space | None:
    """Check that a file is whole, and find what its container says of its colors.

    Parameters
    ----------
    path : Path
        The file.
    kind : str
        Its format, as ``kind_of`` names it; those not known here pass.

    Returns
    -------
    Space or None
        The color space; None for sRGB.

    Raises
    ------
    Unreadable
        The file is cut off, or holds a photo of high dynamic range.
    """
    check = {
        "WEBP": _webp,
        "GIF": _gif,
        "JPEG2000": _jpeg2000,
        "QOI": _qoi,
        "AVIF": _boxed,
        "HEIC": _boxed,
    }.get(kind)
    if check is None:
        return None
    try:
        return check(path.read_bytes())
    except (IndexError, struct.error):
        raise Unreadable("it is cut off") from None


def _webp(data: bytes) -> None:
    if struct.unpack_from("<I", data, 4)[0] + 8 > len(data):
        raise Unreadable("it is cut off")


def _qoi(data: bytes) -> None:
    if not data.endswith(bytes(7) + b"\1"):
        raise Unreadable("it is cut off")


def _gif(data: bytes) -> None:
    """Walk to the end of the first picture."""
    at = 13 + (3 << (data[10] & 7) + 1 if data[10] & 0x80 else 0)
    while data[at] != 0x2C:
        if data[at] != 0x21:
            raise Unreadable("it is damaged or cut off: it has no picture")
        at = _past_blocks(data, at + 2)
    at += 10 + (3 << (data[at + 9] & 7) + 1 if data[at + 9] & 0x80 else 0)
    _past_blocks(data, at + 1)


def _past_blocks(data: bytes, at: int) -> int:
    while data[at]:
        at += data[at] + 1
    return at + 1


def _jpeg2000(data: bytes) -> None:
    if not data.startswith(b"\xff\x4f"):
        data = next((body for name, body in _boxes(data) if name == b"jp2c"), b"")
    # The last mark of the coded picture; some writers fill the file up with zeros.
    if not data.rstrip(b"\0").endswith(b"\xff\xd9"):
        raise Unreadable("it is cut off")


def _boxed(data: bytes) -> Space | None:
    meta = dict(_boxes(data)).get(b"meta", b"")
    if b"colrprof" in meta or b"colrrICC" in meta or (at := meta.find(b"colrnclx")) < 0:
        return None
    return coded_space(*struct.unpack_from(">HH", meta, at + 8))


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The boxes of the outermost level of an ISO media file: names and contents."""
    at = 0
    while at < len(data):
        size, name = struct.unpack_from(">I4s", data, at)
        head = 8
        if size == 1:
            (size,), head = struct.unpack_from(">Q", data, at + 8), 16
        size = size or len(data) - at
        if size < head or at + size > len(data):
            raise Unreadable("it is cut off")
        yield name, data[at + head : at + size]
        at += size
