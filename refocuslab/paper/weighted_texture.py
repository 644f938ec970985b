"""Texture compared by more than the paper's windows: weighted by confidence, and into a coarser level.

Wexler et al. let a pixel count more in the distance, the more certain it is; Wei and Levoy let windows
reach into the coarser level of a pyramid ([4] to [6], inferred). Both change d(v), the neighborhood's part
of the energy of ``energy.py``:

    E = lambda_image d_image(c) + (lambda_texture / s) (d(v) + s |v_center - c|^2),
    d(v) = sum over neighborhood and coarser window of w (v - W)^2.

Without weights w = s = 1. With them s = WEIGHT_STEPS, and w is one of the integers 1 ... s: so distances
stay integers, and the same in every order of summation. There is no tree for such distances: every
patch is compared, by matrix products in float32, which rule out what is too far by more than they can err;
the distances of all others are computed in integers. For 59,000 pixels and as many patches of 5 x 5 that is
about 10 seconds of CPU, whatever the photos; search="coherent" takes one.
"""

from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from refocuslab.method import Method
from refocuslab.paper.canvas import Canvas, put, put_one
from refocuslab.paper.energy import (
    Assign,
    Best,
    Energy,
    Factors,
    Patches,
    nothing_weighed,
    reach,
    suggestions,
    weigh,
)
from refocuslab.paper.patches import PatchLibrary
from refocuslab.paper.pyramid import above
from refocuslab.running.kernels import kernel
from refocuslab.search.matrix_products import BLOCK, RUN, Products, any_within

# Steps of the weights. PSNR in dB with 1, 2, 3 and 6 steps on the middle 100 x 100 pixels: 32.08, 32.68,
# 32.49, 32.42 for coffee, 23.09, 23.05, 23.08, 23.14 for motorcycle-perturbed; in equal time.
WEIGHT_STEPS = 3


class Level(Protocol):
    """What is read of the level above."""

    @property
    def image(self) -> NDArray[np.uint8]:
        """W, (H, W, 3), sRGB."""

    @property
    def confidence(self) -> NDArray[np.float64]:
        """Its confidence, (H, W), NaN outside the mask."""


def pixel_weights(confidence: NDArray[np.float64], method: Method) -> NDArray[np.uint8]:
    """How much each pixel of W counts in d(v).

    Parameters
    ----------
    confidence : ndarray of float64, (H, W)
        From 0 to 1; NaN outside the mask.
    method : Method
        Whether pixels are weighted.

    Returns
    -------
    ndarray of uint8, (H, W)
        ceil(WEIGHT_STEPS * confidence), at least 1, and WEIGHT_STEPS outside the mask; without weights 1
        everywhere.
    """
    if not method.weighted:
        return np.ones(confidence.shape, np.uint8)
    certain = np.where(np.isnan(confidence), 1.0, confidence)
    weights: NDArray[np.uint8] = np.maximum(np.ceil(WEIGHT_STEPS * certain), 1).astype(np.uint8)
    return weights


class Around(NamedTuple):
    """What a comparison reads beside W, for n pixels of the mask.

    Attributes
    ----------
    weights : ndarray of uint8, (H, W)
        How much each pixel of W counts.
    coarser : ndarray of uint8, (n, E)
        For each pixel of the mask the window of the level above; E = 0 where there is none.
    coarser_weights : ndarray of uint8, (n, E)
        How much each value of that window counts.
    """

    weights: NDArray[np.uint8]
    coarser: NDArray[np.uint8]
    coarser_weights: NDArray[np.uint8]


class Windows(NamedTuple):
    """The windows of m pixels, as they are compared with the patches' rows.

    Attributes
    ----------
    values : ndarray of uint8, (m, D)
        N(W, x, y), then the coarser window.
    counts : ndarray of uint8, (m, D)
        How much each value counts; 0 at the center and where W is not known.
    """

    values: NDArray[np.uint8]
    counts: NDArray[np.uint8]


def what_is_around(
    canvas: Canvas, confidence: NDArray[np.float64], coarser: Level | None, method: Method
) -> Around:
    """The weights of a level and the windows of the level above.

    Parameters
    ----------
    canvas : Canvas
        Of this level.
    confidence : ndarray of float64, (H, W)
        Of this level; NaN outside the mask.
    coarser : Level or None
        The result of the level above, if there is one.
    method : Method
        Whether pixels are weighted.

    Returns
    -------
    Around
        For every pixel of the mask.
    """
    weights = pixel_weights(confidence, method)
    if coarser is None:
        none = np.zeros((len(canvas.y), 0), np.uint8)
        return Around(weights, none, none)
    counts = np.repeat(pixel_weights(coarser.confidence, method)[..., None], 3, axis=2)
    return Around(weights, *(above(photo, canvas.y, canvas.x) for photo in (coarser.image, counts)))


class Comparison:
    """Chooses candidates by P_image P_texture, as TextureSearch does, with the distances of this module.

    Parameters
    ----------
    library : PatchLibrary
        V, in a pyramid with the coarser windows.
    weighted : bool
        Whether weights go from 1 to WEIGHT_STEPS, or are 1.
    causal : bool
        Whether any subset of a neighborhood may be counted.
    search : str
        "coherent" weighs only what ``energy.suggestions`` gives; others compare every patch.
    """

    def __init__(self, library: PatchLibrary, *, weighted: bool, causal: bool, search: str) -> None:
        parts = [library.sharp] if library.coarser is None else [library.sharp, library.coarser]
        rows, grid = np.ascontiguousarray(np.hstack(parts)), library.grid
        self._patches = Patches(rows, library.centers, grid.index_at, grid.place, grid.stride)
        self._center, self._some, self._search = WEIGHT_STEPS if weighted else 1, weighted or causal, search
        if search != "coherent":
            # A squared distance is w v^2 - 2 w v q + w q^2, of values less 128 to keep them small. The
            # channels of a pixel weigh the same, so their squares are one sum.
            values = rows.astype(np.float32) - 128
            center = 3 * library.neighborhood.center
            values[:, center : center + 3] = 0
            squares = (values**2).reshape(len(values), -1, 3).sum(axis=2)
            self._norms = np.zeros(len(values), np.float32) if self._some else squares.sum(axis=1)
            self._table = np.hstack([values, squares]) if self._some else values
            # A sum of n terms errs by less than n + 1 times 2^-24 of the sum of their magnitudes; the
            # limits it is compared with are rounded too, which the rest of the 8 is for.
            lengths = 3 * 128**2 * self._center * rows.shape[1]
            self._slack = np.float32((self._table.shape[1] + 8) * lengths / 2**24)

    def kernel(self, canvas: Canvas, around: Around, lambda_image: float, lambda_texture: float) -> Assign:
        """The function that assigns pixels of a canvas.

        Parameters
        ----------
        canvas : Canvas
            W so far and the candidates; what is assigned is written there.
        around : Around
            Weights, and the windows of the level above.
        lambda_image, lambda_texture : float
            In 1/(8-bit gray level)^2; lambda_texture is more than 0.

        Returns
        -------
        callable
            As ``energy.Assign``, and as that of ``TextureSearch``.
        """
        factors = Factors(float(lambda_image), float(lambda_texture) / self._center, self._center)
        energy = Energy(canvas, self._patches, factors)

        def assign(pixels: NDArray[np.int64], known: NDArray[np.bool_]) -> None:
            best = nothing_weighed(len(pixels))
            if self._search == "coherent":
                _follow(pixels, known, around, energy, best)
                return
            shape = len(pixels), self._patches.rows.shape[1]
            windows = Windows(np.zeros(shape, np.uint8), np.zeros(shape, np.uint8))
            _look_all(pixels, known, canvas, around, windows)
            _suggest(pixels, windows, energy, best)
            queries, norms = self._queries(windows)
            for first in range(0, len(self._table), BLOCK):
                values = queries @ self._table[first : first + BLOCK].T
                products = Products(values, first, norms, self._norms)
                _weigh_block(pixels, products, self._slack, windows, energy, best)
            put(canvas, pixels, best.choice)

        return assign

    def _queries(self, windows: Windows) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
        """What the table is multiplied by, and the windows' norms."""
        values = windows.values.astype(np.float32) - 128
        weighed = values * windows.counts
        norms = (weighed * values).sum(axis=1, dtype=np.float64)
        weighed *= -2
        per_pixel = windows.counts[:, ::3].astype(np.float32)
        return (np.hstack([weighed, per_pixel]) if self._some else weighed), norms


@kernel
def _look_all(
    pixels: NDArray[np.int64],
    known: NDArray[np.bool_],
    canvas: Canvas,
    around: Around,
    windows: Windows,
) -> None:
    """N(W, x, y) and the coarser window of each pixel, and how much each value counts (after [4] to [6])."""
    for i in range(len(pixels)):
        _look(pixels[i], known, canvas, around, windows, i)


@kernel
def _look(p: int, known: NDArray[np.bool_], canvas: Canvas, around: Around, windows: Windows, i: int) -> None:
    values, counts = windows.values, windows.counts
    radius = (len(canvas.row) - canvas.image.shape[0]) // 2
    j = 0
    for o in range(len(canvas.offsets)):
        y = canvas.row[canvas.y[p] + canvas.offsets[o, 0] + radius]
        x = canvas.column[canvas.x[p] + canvas.offsets[o, 1] + radius]
        for channel in range(3):
            values[i, j] = canvas.image[y, x, channel] if known[p, o] else 0
            counts[i, j] = around.weights[y, x] if known[p, o] else 0
            j += 1
    for e in range(around.coarser.shape[1]):
        values[i, j], counts[i, j] = around.coarser[p, e], around.coarser_weights[p, e]
        j += 1


@kernel
def _suggest(pixels: NDArray[np.int64], windows: Windows, energy: Energy, best: Best) -> None:
    """Weigh what the pixels around suggest (§5.2)."""
    found = np.empty(2 * len(energy.canvas.offsets) + energy.canvas.sources.shape[1], np.int64)
    for i in range(len(pixels)):
        _suggest_one(pixels[i], windows, i, energy, found, best, i)


@kernel
def _follow(
    pixels: NDArray[np.int64], known: NDArray[np.bool_], around: Around, energy: Energy, best: Best
) -> None:
    """Assign pixels one after the other by what the pixels around suggest (§5.2)."""
    canvas, depth = energy.canvas, energy.patches.rows.shape[1]
    windows = Windows(np.empty((1, depth), np.uint8), np.empty((1, depth), np.uint8))
    found = np.empty(2 * len(canvas.offsets) + canvas.sources.shape[1], np.int64)
    for i in range(len(pixels)):
        _look(pixels[i], known, canvas, around, windows, 0)
        _suggest_one(pixels[i], windows, 0, energy, found, best, i)
        put_one(canvas, pixels[i], best.choice, i)


@kernel
def _suggest_one(
    p: int, windows: Windows, row: int, energy: Energy, found: NDArray[np.int64], best: Best, i: int
) -> None:
    for o in range(suggestions(energy.canvas, energy.patches, p, found)):
        weigh(_distance(energy.patches.rows, found[o], windows, row), found[o], energy, p, best, i)


@kernel
def _weigh_block(
    pixels: NDArray[np.int64],
    products: Products,
    slack: np.float32,
    windows: Windows,
    energy: Energy,
    best: Best,
) -> None:
    """Weigh a block of patches for some pixels (§3.2); d(v) by products errs by less than the slack."""
    values, norms, patch_norms, start = products.values, products.norms, products.patch_norms, products.first
    rows, distances = energy.patches.rows, energy.canvas.distances
    for i in range(len(pixels)):
        p = pixels[i]
        for first in range(0, values.shape[1], RUN):
            last = min(first + RUN, values.shape[1])
            farthest = reach(best.energy[i], distances[p, 0], energy.factors)
            limit = np.float32(farthest - norms[i]) + slack
            if any_within(values[i, first:last], patch_norms[start + first : start + last], limit):
                for v in range(start + first, start + last):
                    if values[i, v - start] + patch_norms[v] <= limit:
                        weigh(_distance(rows, v, windows, i), v, energy, p, best, i)


@kernel
def _distance(rows: NDArray[np.uint8], v: int, windows: Windows, i: int) -> np.int64:
    values, counts = windows.values, windows.counts
    total = np.int64(0)
    for j in range(values.shape[1]):
        step = np.int32(rows[v, j]) - np.int32(values[i, j])
        total += np.int32(counts[i, j]) * (step * step)
    return total
