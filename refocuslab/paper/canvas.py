"""The canvas: W while it is assigned, with the candidates of each pixel (paper, §2.3)."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from refocuslab.paper.candidates import Candidates, Integers
from refocuslab.paper.patches import Neighborhood, reflect
from refocuslab.running.kernels import kernel


class Canvas(NamedTuple):
    """What is being assigned, pixel by pixel (§2.3).

    Attributes
    ----------
    image : ndarray of uint8, (H, W, 3)
        W so far; U outside the mask.
    source : ndarray of int64, (H, W)
        The patch that each value came from; -1 outside the mask.
    match : ndarray of int64, (H, W)
        The patch v whose neighborhood fitted each pixel best; -1 before its turn.
    y, x : ndarray of int64, (n,)
        The pixels of the mask, in scanline order.
    values : ndarray of uint8, (n, K, 3)
        Their candidates, nearest first.
    distances : ndarray of int32 or int64, (n, K)
        d_image of each candidate, squared gray levels.
    sources : ndarray of int32 or int64, (n, K)
        The patch that each candidate came from.
    offsets : ndarray of int64, (size^2, 2)
        (dy, dx) of the neighborhood's pixels.
    row, column : ndarray of int64, (H + 2 radius,), (W + 2 radius,)
        Rows and columns reflected about the edges, so that ``row[y + dy + radius]`` is one of W's for any
        pixel of any window.
    """

    image: NDArray[np.uint8]
    source: NDArray[np.int64]
    match: NDArray[np.int64]
    y: NDArray[np.int64]
    x: NDArray[np.int64]
    values: NDArray[np.uint8]
    distances: Integers
    sources: Integers
    offsets: NDArray[np.int64]
    row: NDArray[np.int64]
    column: NDArray[np.int64]


def start_canvas(
    image: NDArray[np.uint8], mask: NDArray[np.bool_], candidates: Candidates, neighborhood: Neighborhood
) -> Canvas:
    """W before the first pixel is assigned: U outside the mask, the nearest candidates inside (§2.3).

    Parameters
    ----------
    image : ndarray of uint8, (H, W, 3)
        U, sRGB; it is copied.
    mask : ndarray of bool, (H, W)
        The n pixels to assign.
    candidates : Candidates
        Of these pixels; not copied.
    neighborhood : Neighborhood
        The window of the texture constraint.

    Returns
    -------
    Canvas
        The canvas; ``put`` writes to it.
    """
    start, source = image.copy(), np.full(mask.shape, -1, np.int64)
    start[mask], source[mask] = candidates.values[:, 0], candidates.sources[:, 0]
    y, x = np.nonzero(mask)
    row, column = (
        reflect(np.arange(-neighborhood.radius, side + neighborhood.radius), side) for side in mask.shape
    )
    return Canvas(
        image=start,
        source=source,
        match=np.full(mask.shape, -1, np.int64),
        y=y,
        x=x,
        values=candidates.values,
        distances=candidates.distances,
        sources=candidates.sources,
        offsets=neighborhood.offsets,
        row=row,
        column=column,
    )


@kernel
def put(canvas: Canvas, pixels: NDArray[np.int64], choice: NDArray[np.int64]) -> None:
    """Assign what was chosen (§2.3).

    Parameters
    ----------
    canvas : Canvas
        ``image``, ``source`` and ``match`` are written.
    pixels : ndarray of int64, (m,)
        Numbers of pixels of the mask.
    choice : ndarray of int64, (m, 3)
        Of each: the number of its candidate, that candidate's source, and the patch that matched.
    """
    for i in range(len(pixels)):
        put_one(canvas, pixels[i], choice, i)


@kernel
def put_one(canvas: Canvas, p: int, choice: NDArray[np.int64], i: int) -> None:
    """As ``put``, for pixel p and row i of ``choice``."""
    y, x, winner = canvas.y[p], canvas.x[p], choice[i, 0]
    for channel in range(3):
        canvas.image[y, x, channel] = canvas.values[p, winner, channel]
    canvas.source[y, x], canvas.match[y, x] = choice[i, 1], choice[i, 2]
