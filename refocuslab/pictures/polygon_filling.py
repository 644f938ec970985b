"""The pixels inside a polygon, row by row."""

import numpy as np
from numpy.typing import NDArray

from refocuslab.running.kernels import kernel

# A pixel lies on a corner if both coordinates differ by less, in pixels. This and the other comparisons are
# those of skimage.draw.polygon2mask, which compares every pixel with every edge; here a row's pixels are
# compared with the edges that cross the row.
_ON_CORNER = 1e-12


@kernel
def fill(mask: NDArray[np.bool_], x: NDArray[np.float64], y: NDArray[np.float64], value: bool) -> None:
    """Set the pixels inside a polygon, its edges and corners included.

    Parameters
    ----------
    mask : ndarray of bool, (H, W)
        Written to.
    x, y : ndarray of float64, (n,)
        The corners in pixels, (0, 0) at the center of the top left one; the last is joined to the first.
    value : bool
        What the pixels become.
    """
    height, width = mask.shape
    top, bottom = max(0, int(y.min())), min(height - 1, int(np.ceil(y.max())))
    first, last = max(0, int(x.min())), min(width - 1, int(np.ceil(x.max())))
    count = len(x)
    near = np.empty(count, np.int64)
    for row in range(top, bottom + 1):
        some = 0
        for i in range(count):
            low, high = min(y[i], y[i - 1]) - row, max(y[i], y[i - 1]) - row
            if low < _ON_CORNER and high > -_ON_CORNER:
                near[some] = i
                some += 1
        for column in range(first, last + 1):
            right, left, corner = 0, 0, False
            for k in range(some):
                i = near[k]
                x0, y0, x1, y1 = x[i] - column, y[i] - row, x[i - 1] - column, y[i - 1] - row
                if -_ON_CORNER < x0 < _ON_CORNER and -_ON_CORNER < y0 < _ON_CORNER:
                    corner = True
                    break
                if (y0 > 0) != (y1 > 0) and (x0 * y1 - x1 * y0) / (y1 - y0) > 0:
                    right += 1
                if (y0 < 0) != (y1 < 0) and (x0 * y1 - x1 * y0) / (y1 - y0) < 0:
                    left += 1
            if corner or right % 2 == 1 or right % 2 != left % 2:
                mask[row, column] = value
