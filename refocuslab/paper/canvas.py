"""The canvas: W while it is assigned, with the candidates of each pixel (paper, §2.3)."""

from typing import NamedTuple

import numpy as np

from refocuslab.paper.candidates import Candidates
from refocuslab.paper.patches import Neighborhood, reflect
from refocuslab.running.kernels import kernel


class Canvas(NamedTuple):
    """What is being assigned, pixel by pixel.

    Attributes
    ----------
    image
        (H, W, 3) uint8: W so far; U outside the mask.
    source
        (H, W) int64: the patch that each value came from; -1 outside the mask.
    match
        (H, W) int64: the patch v whose neighborhood fitted each pixel best; -1 before its turn.
    y, x
        (n,) int64: the pixels of the mask, in scanline order.
    values
        (n, K, 3) uint8: their candidates, nearest first.
    distances
        (n, K) int64: d_image of each candidate, squared grey levels.
    sources
        (n, K) int64: the patch that each candidate came from.
    offsets
        (size^2, 2) int64: (dy, dx) of the neighborhood's pixels.
    row, column
        (H + 2 radius,), (W + 2 radius,) int64: rows and columns reflected about the edges, so that
        ``row[y + dy + radius]`` is one of W's for any pixel of any window.
    """

    image: np.ndarray
    source: np.ndarray
    match: np.ndarray
    y: np.ndarray
    x: np.ndarray
    values: np.ndarray
    distances: np.ndarray
    sources: np.ndarray
    offsets: np.ndarray
    row: np.ndarray
    column: np.ndarray


def start_canvas(image, mask, candidates: Candidates, neighborhood: Neighborhood) -> Canvas:
    """W before the first pixel is assigned: U outside the mask, the nearest candidates inside."""
    start, source = image.copy(), np.full(mask.shape, -1, np.int64)
    start[mask], source[mask] = candidates.values[:, 0], candidates.sources[:, 0]
    y, x = np.nonzero(mask)
    row, column = (
        reflect(np.arange(-neighborhood.radius, side + neighborhood.radius), side) for side in mask.shape
    )
    return Canvas(start, source, np.full(mask.shape, -1, np.int64), y, x, candidates.values,
                  candidates.distances, candidates.sources, neighborhood.offsets, row, column)  # fmt: skip


@kernel
def put(canvas, pixels, choice):
    """Assign what was chosen."""
    for i in range(len(pixels)):
        y, x = canvas.y[pixels[i]], canvas.x[pixels[i]]
        winner, source, match = choice[i]
        canvas.image[y, x] = canvas.values[pixels[i], winner]
        canvas.source[y, x], canvas.match[y, x] = source, match
