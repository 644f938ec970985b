"""A picture as it was read from a file, with what else the file says of it."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Picture:
    """What is in a picture's file, upright and in sRGB.

    image: (H, W, 3) uint8. Nothing of the colors hidden beneath wholly transparent pixels is in it: each
    of these has the color of the nearest pixel that is not wholly transparent.
    alpha: (H, W) uint8, 0 where the picture is transparent, or None where it is opaque everywhere.
    deep: (H, W, 3) uint16, the image at 16 bits, or None where the file has 8 or fewer.
    exif: the camera's EXIF data in Pillow's form, ``b""`` for none; without its orientation and its
    thumbnail, for the picture is upright and will be another.
    dpi: pixels to the inch across and down, or None.
    doubts: what was done to the file's picture that its owner may not expect, a sentence each.
    """

    image: np.ndarray
    alpha: np.ndarray | None = None
    deep: np.ndarray | None = None
    exif: bytes = b""
    dpi: tuple[float, float] | None = None
    doubts: tuple[str, ...] = ()
