"""Masks drawn as polygons."""

from collections.abc import Sequence

import numpy as np

from refocuslab.checks import check_count, check_reals, require
from refocuslab.errors import RefocusError, quoted

# Sides of a mask, and how far from it a point may lie: no photo is so wide.
_LARGEST_SIDE = 10**6
_LARGEST_MASK = 10**9
# What 1 MB of text can hold.
_MOST_NUMBERS = 10**6
# Edges times the pixels of the rows that they cross: some ten seconds, and a hundred times what an outline
# of 500 points on a photo of 24 megapixels takes.
_LARGEST_WORK = 2 * 10**9


def polygon_mask(shape: Sequence[int], polygons, *, holes=()) -> np.ndarray:
    """The pixels with their centre inside any of the polygons and none of the holes.

    ``shape`` (H, W) of the (H, W) bool mask; each polygon and hole is a sequence of at least
    three points [x, y] in pixels. [0, 0] is the centre of the top left pixel, x runs to the
    right and y down. Points may lie outside the photo. Anything else raises a ``RefocusError``.
    """
    good = isinstance(shape, list | tuple) and len(shape) == 2
    require(good, "shape", "must be (height, width)", quoted(shape))
    height, width = (check_count("shape", side, _LARGEST_SIDE) for side in shape)
    require(
        height * width <= _LARGEST_MASK,
        "shape",
        f"must be of at most {_LARGEST_MASK:,} pixels",
        quoted(shape),
    )
    outlines = [
        (_points(name, outline), value)
        for name, several, value in (("polygons", polygons, True), ("holes", holes, False))
        for outline in _several(name, several)
    ]
    work = sum(_work(points, height, width) for points, _ in outlines)
    rule = "must have fewer edges, or be smaller: give a mask instead"
    require(work <= _LARGEST_WORK, "polygons", rule, f"{sum(len(points) for points, _ in outlines)} points")
    from refocuslab.pictures.polygon_filling import fill  # slow to import

    mask = np.zeros((height, width), dtype=bool)
    for points, value in outlines:
        fill(mask, *np.ascontiguousarray(points.T), value)
    return mask


def _several(name: str, outlines) -> Sequence:
    rule = "must be lists of at least three points [x, y]"
    good = isinstance(outlines, list | tuple) or (isinstance(outlines, np.ndarray) and outlines.ndim > 0)
    require(good, name, rule, quoted(outlines))
    return outlines


def _points(name: str, outline) -> np.ndarray:
    rule = "must be lists of at least three points [x, y]"
    try:
        points = check_reals(name, outline, rule, _MOST_NUMBERS)
    except RefocusError:
        raise RefocusError(name, rule, quoted(outline)) from None
    require(points.ndim == 2 and points.shape[1] == 2 and len(points) >= 3, name, rule, quoted(outline))
    require(np.isfinite(points).all(), name, "must be finite", quoted(outline))
    near = f"must lie within {_LARGEST_SIDE:,} pixels of the photo"
    require(np.abs(points).max() <= _LARGEST_SIDE, name, near, quoted(outline))
    return points


def _work(points: np.ndarray, height: int, width: int) -> int:
    x, y = points.T
    columns = min(width - 1, int(np.ceil(x.max()))) - max(0, int(x.min())) + 1
    rows = np.clip(np.stack([y, np.roll(y, 1)]), -1, height)
    crossed = np.abs(rows[0] - rows[1]) + 2  # and the list of edges is gone through for each row
    rows_seen = max(0, min(height - 1, np.ceil(y.max())) - max(0, y.min()) + 1)
    return int(crossed.sum() * max(0, columns) + rows_seen * len(y))
