"""Masks: read from pictures, written as pictures."""

import io
import os

import numpy as np
from PIL import Image

from refocuslab.files import write_whole
from refocuslab.picture_reading import read_photo


def read_mask(path: str | os.PathLike) -> np.ndarray:
    """The mask in a file, (H, W) bool: True where the mean of R, G, B is half of white or more.

    The file is read as ``read_photo`` does, with its errors. Alpha is ignored.
    """
    return read_photo(path).sum(axis=2, dtype=np.int64) >= 3 * 128


def write_mask(path: str | os.PathLike, mask) -> None:
    """Write a mask, (H, W) bool, as a black and white PNG file, whole or not at all."""
    picture, file = Image.fromarray(np.where(mask, np.uint8(255), np.uint8(0))), io.BytesIO()
    picture.save(file, format="PNG")
    write_whole(path, file.getvalue())
