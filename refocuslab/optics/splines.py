"""An image between its pixels: B-splines through them, of order 1, 3 or 5.

The same values as ``scipy.ndimage.map_coordinates(mode="mirror")``, to rounding: beyond its edges an image is
reflected about the edge pixel. Here all channels share the weights of a position.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from refocuslab.running.kernels import kernel
from refocuslab.running.progress import breathe

# The orders there are.
ORDERS = (1, 3, 5)


def coefficients(image: NDArray[np.float64], order: int) -> NDArray[np.float64]:
    """The weights of the B-splines that pass through an image (H, W, C), in its shape."""
    if order == 1:
        return np.ascontiguousarray(image, np.float64)
    found = np.empty(image.shape)
    for channel in range(image.shape[2]):
        breathe()
        plane = np.ascontiguousarray(image[:, :, channel], np.float64)
        found[:, :, channel] = ndimage.spline_filter(plane, order, mode="mirror")
    return found


def values(
    weights: NDArray[np.float64], x: NDArray[np.float64], y: NDArray[np.float64], order: int
) -> NDArray[np.float64]:
    """The sum of B-splines at some positions.

    Parameters
    ----------
    weights : ndarray of float64, (H, W, C)
        As ``coefficients`` gives them.
    x, y : ndarray of float64
        Positions in pixels, of one shape, finite.
    order : {1, 3, 5}
        Of the splines.

    Returns
    -------
    ndarray of float64, (*shape of x, C)
        The values there.
    """
    breathe()
    found = np.empty((x.size, weights.shape[2]))
    across, down = (np.ascontiguousarray(at, np.float64).ravel() for at in (x, y))
    _sum_up(weights, across, down, order, found)
    return found.reshape(*x.shape, weights.shape[2])


@kernel
def _sum_up(
    weights: NDArray[np.float64],
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    order: int,
    found: NDArray[np.float64],
) -> None:
    height, width, channels = weights.shape
    rows, columns = np.empty(6, np.int64), np.empty(6, np.int64)
    down, across = np.empty(6), np.empty(6)
    for i in range(len(x)):
        _neighbors(y[i], height, order, rows, down)
        _neighbors(x[i], width, order, columns, across)
        if channels == 3:
            red = green = blue = 0.0
            for k in range(order + 1):
                row = rows[k]
                for m in range(order + 1):
                    share, column = down[k] * across[m], columns[m]
                    red += share * weights[row, column, 0]
                    green += share * weights[row, column, 1]
                    blue += share * weights[row, column, 2]
            found[i, 0], found[i, 1], found[i, 2] = red, green, blue
            continue
        for c in range(channels):
            one = 0.0
            for k in range(order + 1):
                row, along = rows[k], 0.0
                for m in range(order + 1):
                    along += across[m] * weights[row, columns[m], c]
                one += down[k] * along
            found[i, c] = one


@kernel
def _neighbors(
    at: float, length: int, order: int, index: NDArray[np.int64], share: NDArray[np.float64]
) -> None:
    """The ``order`` + 1 pixels of a line that bear on a position, and the share of each."""
    floor = np.floor(at)
    t = at - floor
    first = int(floor) - order // 2
    if order == 1:
        share[0], share[1] = 1 - t, t
    elif order == 3:
        u = 1 - t
        share[0], share[3] = u * u * u / 6, t * t * t / 6
        share[1] = 2 / 3 - t * t + t * t * t / 2
        share[2] = 2 / 3 - u * u + u * u * u / 2
    else:
        for k in range(6):
            d = abs(t + 2 - k)
            if d < 1:
                share[k] = 0.55 + d * d * (-0.5 + d * d * (0.25 - d / 12))
            elif d < 2:
                share[k] = 0.425 + d * (0.625 + d * (-1.75 + d * (1.25 + d * (-0.375 + d / 24))))
            else:
                share[k] = (3 - d) ** 5 / 120
    period = max(2 * (length - 1), 1)
    for k in range(order + 1):
        here = first + k
        if here < 0 or here >= length:
            here = here % period
            if here >= length:
                here = period - here
        index[k] = here
