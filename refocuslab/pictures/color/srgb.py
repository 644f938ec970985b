"""sRGB: its curve, its primaries, and its color profile as the files that we write carry it."""

import struct
from functools import cache

import numpy as np
from numpy.typing import NDArray

# From linear sRGB to CIE XYZ relative to D50, the white of color profiles: IEC 61966-2-1, adapted to D50 by
# the Bradford transform as the ICC's own sRGB profiles are.
TO_XYZ = np.array(
    [
        [0.43606567, 0.38514709, 0.14306641],
        [0.22248840, 0.71687317, 0.06060791],
        [0.01391602, 0.09707642, 0.71409607],
    ]
)
# CIE XYZ of that white.
D50 = (0.96420288, 1.0, 0.82490540)


def encoded(linear: NDArray[np.float64]) -> NDArray[np.float64]:
    """The sRGB values c of linear ones l: 12.92 l if l <= 0.0031308, else 1.055 l^(1/2.4) - 0.055.

    Parameters
    ----------
    linear : ndarray of float, any shape
        0 to 1. Light outside is encoded by the same formula, odd about 0, and stays outside.

    Returns
    -------
    ndarray of float
        The values, in the same shape.
    """
    size = np.abs(linear)
    curved = np.where(
        size <= 0.0031308, 12.92 * size, 1.055 * np.maximum(size, 0.0031308) ** (1 / 2.4) - 0.055
    )
    found: NDArray[np.float64] = np.copysign(curved, linear)
    return found


def linear(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Linear values of sRGB ones, 0 to 1, of any shape: the inverse of ``encoded``."""
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


@cache
def profile() -> bytes:
    """The ICC profile of sRGB, version 4: the curve is a formula, and all bytes are fixed."""
    curve = b"para\0\0\0\0" + struct.pack(">HH", 3, 0)
    curve += _fixed(2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
    tags = {b"desc": _text("sRGB"), b"cprt": _text("No copyright, use freely")}
    tags[b"wtpt"] = b"XYZ \0\0\0\0" + _fixed(*D50)
    for name, column in zip((b"rXYZ", b"gXYZ", b"bXYZ"), TO_XYZ.T, strict=True):
        tags[name] = b"XYZ \0\0\0\0" + _fixed(*column)
    tags |= dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve)
    # From D65, sRGB's own white, to D50: the Bradford transform.
    adapted = (1.04788208, 0.02291870, -0.05021667, 0.02958679, 0.99047852, -0.01707458)
    tags[b"chad"] = b"sf32\0\0\0\0" + _fixed(*adapted, -0.00924683, 0.01507568, 0.75167847)
    table, body, places = struct.pack(">I", len(tags)), b"", {}
    start = 128 + 4 + 12 * len(tags)
    for name, content in tags.items():
        if content not in places:
            places[content] = start + len(body)
            body += content + b"\0" * (-len(content) % 4)
        table += name + struct.pack(">II", places[content], len(content))
    head = struct.pack(">I4sI4s4s4s", start + len(body), b"\0" * 4, 0x04300000, b"mntr", b"RGB ", b"XYZ ")
    head += struct.pack(">6H4s4s", 2026, 1, 1, 0, 0, 0, b"acsp", b"\0" * 4).ljust(44, b"\0") + _fixed(*D50)
    return head.ljust(128, b"\0") + table + body


def _fixed(*numbers: float) -> bytes:
    return struct.pack(f">{len(numbers)}i", *(round(65536 * number) for number in numbers))


def _text(words: str) -> bytes:
    coded = words.encode("utf-16-be")
    return b"mluc\0\0\0\0" + struct.pack(">II2s2sII", 1, 12, b"en", b"US", len(coded), 28) + coded
