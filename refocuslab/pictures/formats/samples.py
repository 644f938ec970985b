"""What stands in a picture's file, before its colors are understood and it is turned upright."""

from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from refocuslab.pictures.color.primaries import Space

# What the samples of a pixel are.
ColorKind = Literal["gray", "RGB", "CMYK", "Lab"]


@dataclass
class Samples:
    """The samples of one picture, and what its file says of them.

    Attributes
    ----------
    values : ndarray, (H, W, C)
        uint8, uint16 or float32 (0 to 1), with white at ``full_scale``; int64 where the file has integers
        whose white is not known.
    kind : str
        "gray" (C = 1), "RGB" (C = 3), "CMYK" (C = 4, 0 is no ink) or "Lab" (C = 3, float32 CIE L*a*b*
        relative to D50).
    alpha : ndarray, (H, W), or None
        Of the type of the values, which are not multiplied by it. None: opaque.
    profile : bytes
        The ICC profile, ``b""`` for none.
    space : Space or None
        What else the file says of its colors; ``profile`` takes precedence. None: sRGB.
    orientation : int
        EXIF orientation, 1 to 8.
    exif : PIL.Image.Exif or None
        The EXIF data.
    dpi : pair of float, or None
        Pixels per inch, across and down.
    doubts : list of str
        What the owner may not expect, a sentence each.
    """

    values: NDArray[Any]
    kind: ColorKind
    alpha: NDArray[Any] | None = None
    profile: bytes = b""
    space: Space | None = None
    orientation: int = 1
    exif: Image.Exif | None = None
    dpi: tuple[float, float] | None = None
    doubts: list[str] = field(default_factory=list)


class Unreadable(Exception):
    """The file is no picture that is read; the message says why and what to do."""


def channels(kind: ColorKind) -> int:
    """The number of samples of a pixel, without alpha."""
    return {"gray": 1, "RGB": 3, "CMYK": 4, "Lab": 3}[kind]


def unmultiplied(values: NDArray[Any], alpha: NDArray[Any]) -> NDArray[Any]:
    """The colors of samples that were multiplied by their alpha: values / (alpha / white), at most white.

    Parameters
    ----------
    values : ndarray, (H, W, C)
        Of uint8, uint16 or float32.
    alpha : ndarray, (H, W)
        Of the same type.

    Returns
    -------
    ndarray, (H, W, C)
        Of the same type; rounded, if that is one of integers.
    """
    full = full_scale(values.dtype)
    share = np.maximum(alpha, full / 65535)[:, :, None].astype(np.float64)
    plain: NDArray[np.float64] = np.minimum(values * (full / share), full)
    return (plain if values.dtype.kind == "f" else np.rint(plain)).astype(values.dtype)


def full_scale(dtype: np.dtype[Any]) -> float:
    """The value of white: 255 for uint8, 65535 for uint16, 1 for floats."""
    return {"u1": 255.0, "u2": 65535.0}.get(dtype.str[1:], 1.0)
