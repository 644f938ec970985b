"""What stands in a picture's file, before its colors are understood and it is turned upright."""

from dataclasses import dataclass, field

import numpy as np
from PIL import Image

from refocuslab.pictures.color.primaries import Space


@dataclass
class Samples:
    """The samples of one picture, and what its file says of them.

    values: (H, W, C) of uint8, uint16, float32 (0 … 1), or of int64 where the file has integers that no
    white is known for. kind: "grey" (C = 1), "RGB" (3), "CMYK" (4, 0 is no ink) or "Lab" (3, float32 CIE
    L*a*b* relative to D50). alpha: (H, W) of the same type, never multiplied in, or None. profile: the ICC
    profile, b"" for none. space: what else the file says of its colors; a profile goes before it.
    """

    values: np.ndarray
    kind: str
    alpha: np.ndarray | None = None
    profile: bytes = b""
    space: Space | None = None
    orientation: int = 1
    exif: Image.Exif | None = None
    dpi: tuple[float, float] | None = None
    doubts: list[str] = field(default_factory=list)


class Unreadable(Exception):
    """The file is no picture that we read; the message says why and what to do."""


def channels(kind: str) -> int:
    """How many samples a pixel of a kind has, alpha apart."""
    return {"grey": 1, "RGB": 3, "CMYK": 4, "Lab": 3}[kind]


def unmultiplied(values: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """The colors of samples that were multiplied by their alpha."""
    full = full_scale(values.dtype)
    share = np.maximum(alpha, full / 65535)[:, :, None].astype(np.float64)
    plain = np.minimum(values * (full / share), full)
    return (plain if values.dtype.kind == "f" else np.rint(plain)).astype(values.dtype)


def full_scale(dtype: np.dtype) -> float:
    """What white is, in samples of a type."""
    return {"u1": 255.0, "u2": 65535.0}.get(dtype.str[1:], 1.0)
