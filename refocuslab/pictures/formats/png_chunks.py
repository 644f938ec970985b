"""The chunks of a PNG file: checked for damage and read for its color space, neither of which Pillow does."""

import struct
import zlib
from pathlib import Path

import numpy as np

from refocuslab.pictures.color import primaries as color_space
from refocuslab.pictures.color.primaries import Space
from refocuslab.pictures.formats.samples import Unreadable

# A gamma of 1/2.2 stands for sRGB by custom; writers round it to 0.45454, 0.45455 or 0.45.
_SRGB_GAMMA = (0.4500, 0.4600)

# The code points of ITU-T H.273 (chunk cICP) that a photograph may have.
_PRIMARIES = {
    1: color_space.BT709,
    9: color_space.BT2020,
    12: color_space.DISPLAY_P3,
}
# Encoders that know nothing of the colors write the television curves 1, 6, 14 or 15: taken as sRGB.
_CURVES = dict.fromkeys((1, 6, 13, 14, 15), color_space.srgb_curve) | {
    4: lambda: color_space.power(2.2),
    5: lambda: color_space.power(2.8),
    8: lambda: color_space.power(1.0),
}
_UNSPECIFIED = 2


def checked(path: Path) -> dict[bytes, bytes]:
    """Check that a PNG file is whole.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    dict of bytes to bytes
        The content of every chunk by its name, of the first of a name; ``b""`` for one of more than 256
        bytes.

    Raises
    ------
    Unreadable
        A chunk is damaged, or the last one is missing.
    """
    found: dict[bytes, bytes] = {}
    left = path.stat().st_size - 8
    with path.open("rb") as file:
        file.seek(8)
        while left >= 12:
            size, name = struct.unpack(">I4s", file.read(8))
            if size > left - 12:
                raise Unreadable("it is cut off")
            checksum, rest, content = zlib.crc32(name), size, b""
            while rest:
                piece = file.read(min(rest, 1 << 20))
                if not piece:
                    raise Unreadable("it is cut off")
                checksum, rest = zlib.crc32(piece, checksum), rest - len(piece)
                content = piece if size <= 256 else b""
            if struct.pack(">I", checksum) != file.read(4):
                raise Unreadable(f"it is damaged: the checksum of its part {name.decode('latin-1')} is wrong")
            found.setdefault(name, content)
            left -= 12 + size
            if name == b"IEND":
                return found
    raise Unreadable("it is cut off")


def space(chunks: dict[bytes, bytes]) -> Space | None:
    """The color space that a PNG file's chunks declare: cICP before sRGB before gAMA and cHRM.

    Parameters
    ----------
    chunks : dict of bytes to bytes
        As ``checked`` returns them.

    Returns
    -------
    Space or None
        None for sRGB. An ICC profile takes precedence over it, unless there is a cICP chunk.

    Raises
    ------
    Unreadable
        cICP declares a space that is not read.
    """
    if len(coded := chunks.get(b"cICP", b"")) == 4:
        return coded_space(coded[0], coded[1])
    if b"sRGB" in chunks:
        return None
    (gamma,) = struct.unpack(">I", chunks[b"gAMA"]) if len(chunks.get(b"gAMA", b"")) == 4 else (0,)
    gamma /= 100000
    corners = None
    if len(chunks.get(b"cHRM", b"")) == 32:
        points = np.array(struct.unpack(">8I", chunks[b"cHRM"])).reshape(4, 2) / 100000
        corners = tuple(map(tuple, points))
        if (points[:, 1] <= 0).any() or abs(np.linalg.det(np.column_stack([points[1:], np.ones(3)]))) < 1e-4:
            corners = None
    if not gamma and corners is None:
        return None
    curve = color_space.srgb_curve()
    if gamma and not _SRGB_GAMMA[0] <= gamma <= _SRGB_GAMMA[1]:
        curve = color_space.power(min(1 / gamma, 100.0))
    corners = corners or (color_space.D65, *color_space.BT709)
    return Space((curve,), color_space.primaries(*corners))


def coded_space(primaries: int, transfer: int) -> Space | None:
    """The color space of two code points of ITU-T H.273; 2 is unspecified, and taken as sRGB's.

    Parameters
    ----------
    primaries, transfer : int
        The code points of the primaries and of the curve.

    Returns
    -------
    Space or None
        None for sRGB.

    Raises
    ------
    Unreadable
        They are those of high dynamic range, or unknown.
    """
    if transfer in (16, 18):
        raise Unreadable("it is a picture of high dynamic range (PQ or HLG): convert it to sRGB first")
    primaries = 1 if primaries == _UNSPECIFIED else primaries
    transfer = 13 if transfer == _UNSPECIFIED else transfer
    if primaries not in _PRIMARIES or transfer not in _CURVES:
        raise Unreadable(
            f"its colors are coded by numbers ({primaries}, {transfer}) that we do not know: convert to sRGB"
        )
    found = Space((_CURVES[transfer](),), color_space.primaries(color_space.D65, *_PRIMARIES[primaries]))
    return None if found.is_srgb else found
