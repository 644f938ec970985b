"""A picture as it was read from a file, with what else the file says of it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Picture:
    """What is in a picture's file, upright and in sRGB.

    Attributes
    ----------
    image : ndarray of uint8, (H, W, 3)
        The picture, sRGB. A wholly transparent pixel has the color of the nearest one that is not: the
        color hidden below it is not used.
    alpha : ndarray of uint8, (H, W), or None
        0 where the picture is transparent, 255 where it is opaque; None if it is opaque everywhere.
    deep : ndarray of uint16, (H, W, 3), or None
        The image at 16 bits, sRGB; None where the file has 8 or fewer.
    exif : bytes
        The camera's EXIF data as Pillow writes them, ``b""`` for none. Orientation and thumbnail are left
        out: the picture is upright, and what is made of it will look different.
    dpi : pair of float, or None
        Pixels per inch, across and down.
    doubts : tuple of str
        What was done to the file's picture that its owner may not expect, a sentence each.
    """

    image: NDArray[np.uint8]
    alpha: NDArray[np.uint8] | None = None
    deep: NDArray[np.uint16] | None = None
    exif: bytes = b""
    dpi: tuple[float, float] | None = None
    doubts: tuple[str, ...] = ()
