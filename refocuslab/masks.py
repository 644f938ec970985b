"""Masks: read from pictures, drawn from polygons, written as pictures."""

import io
import os
import reprlib
from collections.abc import Sequence

import numpy as np
from PIL import Image

from refocuslab.errors import RefocusError
from refocuslab.files import write_whole
from refocuslab.picture_reading import read_photo


def read_mask(path: str | os.PathLike) -> np.ndarray:
    """The mask in a file, (H, W) bool: True where the mean of R, G, B is half of white or more.

    The file is read as ``read_photo`` does, with its errors. Alpha is ignored.
    """
    return read_photo(path).sum(axis=2, dtype=np.int64) >= 3 * 128


def polygon_mask(shape: Sequence[int], polygons, *, holes=()) -> np.ndarray:
    """The pixels with their centre inside any of the polygons and none of the holes.

    ``shape`` (H, W) of the (H, W) bool mask; each polygon and hole is a sequence of at least
    three points [x, y] in pixels. [0, 0] is the centre of the top left pixel, x runs to the
    right and y down. Points may lie outside the photo. Anything else raises a ``RefocusError``.
    """
    from skimage.draw import polygon2mask  # slow to import

    mask = np.zeros(shape, dtype=bool)
    for name, outlines, value in (("polygons", polygons, True), ("holes", holes, False)):
        for outline in outlines:
            try:
                points = np.array(outline, dtype=np.float64)
            except (TypeError, ValueError):
                points = np.empty(0)
            if points.ndim != 2 or points.shape[1] != 2 or len(points) < 3:
                rule = "must be lists of at least three points [x, y]"
                raise RefocusError(name, rule, reprlib.repr(outline))
            if not np.isfinite(points).all():
                raise RefocusError(name, "must be finite", reprlib.repr(outline))
            mask[polygon2mask(mask.shape, points[:, ::-1])] = value
    return mask


def write_mask(path: str | os.PathLike, mask) -> None:
    """Write a mask, (H, W) bool, as a black and white PNG file, whole or not at all."""
    picture, file = Image.fromarray(np.where(mask, np.uint8(255), np.uint8(0))), io.BytesIO()
    picture.save(file, format="PNG")
    write_whole(path, file.getvalue())
