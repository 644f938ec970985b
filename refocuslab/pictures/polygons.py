"""Masks drawn as polygons."""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from refocuslab.checks import check_count, check_reals, require
from refocuslab.errors import RefocusError, quoted

# Pixels along a side of a mask, and from it to a point: no photo is so wide.
_LARGEST_SIDE = 10**6
_LARGEST_MASK = 10**9
# Coordinates of an outline: 1 MB of text can hold half as many.
_MOST_NUMBERS = 10**6
# Comparisons of an edge with a pixel of a row that it crosses. They take about ten seconds; an outline of 500
# points on a photo of 24 megapixels has a hundredth of them.
_LARGEST_WORK = 2 * 10**9


def polygon_mask(
    shape: Sequence[int], polygons: Sequence[ArrayLike], *, holes: Sequence[ArrayLike] = ()
) -> NDArray[np.bool_]:
    """The pixels whose center is inside any of the polygons, or on its edge, and in none of the holes.

    Parameters
    ----------
    shape : (int, int)
        (H, W) of the mask.
    polygons : sequence of array_like, (n, 2)
        Each of three points [x, y] or more in pixels: [0, 0] is the center of the top left pixel, x runs
        to the right and y down. Points may lie outside the photo.
    holes : sequence of array_like, (n, 2)
        Outlines of the same form, cut out of the polygons.

    Returns
    -------
    ndarray of bool, (H, W)
        The mask.

    Raises
    ------
    RefocusError
        The shape or an outline is none of these, a point is not finite or lies more than 10^6 pixels away,
        or the outlines would take too long to fill.

    Examples
    --------
    >>> from refocuslab.pictures.polygons import polygon_mask
    >>> polygon_mask((3, 4), [[[1, 0], [3, 0], [3, 2], [1, 2]]]).astype(int)
    array([[0, 1, 1, 1],
           [0, 1, 1, 1],
           [0, 1, 1, 1]])
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


_RULE = "must be lists of at least three points [x, y]"


def _several(name: str, outlines: object) -> Iterable[object]:
    if isinstance(outlines, list | tuple) or (isinstance(outlines, np.ndarray) and outlines.ndim > 0):
        return outlines
    raise RefocusError(name, _RULE, quoted(outlines))


def _points(name: str, outline: object) -> NDArray[np.float64]:
    try:
        points = check_reals(name, outline, _RULE, _MOST_NUMBERS)
    except RefocusError:
        raise RefocusError(name, _RULE, quoted(outline)) from None
    require(points.ndim == 2 and points.shape[1] == 2 and len(points) >= 3, name, _RULE, quoted(outline))
    require(bool(np.isfinite(points).all()), name, "must be finite", quoted(outline))
    near = f"must lie within {_LARGEST_SIDE:,} pixels of the photo"
    require(bool(np.abs(points).max() <= _LARGEST_SIDE), name, near, quoted(outline))
    return points


def _work(points: NDArray[np.float64], height: int, width: int) -> int:
    """The comparisons that ``fill`` makes, or a few more."""
    x, y = points.T
    columns = min(width - 1, int(np.ceil(x.max()))) - max(0, int(x.min())) + 1
    rows = np.clip(np.stack([y, np.roll(y, 1)]), -1, height)
    crossed = np.abs(rows[0] - rows[1]) + 2  # and one more at either end, by rounding
    # Each row is compared with every edge, to find those that cross it.
    rows_seen = max(0, min(height - 1, np.ceil(y.max())) - max(0, y.min()) + 1)
    return int(crossed.sum() * max(0, columns) + rows_seen * len(y))
