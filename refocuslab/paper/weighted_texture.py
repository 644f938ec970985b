"""Texture compared by more than the paper's windows: weighted by certainty, and into a coarser level.

Wexler et al. let a pixel bear on the distance the more, the more certain it is; Wei and Levoy let windows
reach into the coarser level of a pyramid ([4] to [6], inferred). Both change d(v), the neighborhood's part
of

    E = lambda_image d_image(c) + (lambda_texture / s) (d(v) + s |v_centre - c|^2),
    d(v) = sum over neighborhood and coarser window of w (v - W)^2.

Without weights w = s = 1. With them s = STEPS, and w is one of the whole numbers 1 ... s: so distances
stay whole numbers, and the same in every order of summation. There is no tree for such distances: every
patch is compared, by matrix products in float32, which rule out what is too far by more than they can err;
the distances of all others are counted whole. For 59,000 pixels and as many patches of 5 x 5 that is about
10 seconds of CPU, whatever the photos; search="coherent" takes one.
"""

from typing import NamedTuple

import numpy as np

from refocuslab.paper.canvas import Canvas, put
from refocuslab.paper.patches import PatchLibrary
from refocuslab.paper.pyramid import above
from refocuslab.paper.texture import fresh, suggestions, weigh
from refocuslab.running.kernels import kernel
from refocuslab.search.matrix_products import BLOCK, RUN, any_within

STEPS = 3


def pixel_weights(confidence: np.ndarray, method) -> np.ndarray:
    """(H, W) uint8, what the pixels of W count: with method.weighted their confidence in whole steps, 1 to
    STEPS, rounded up, and STEPS outside the mask, where confidence is NaN; else 1."""
    if not method.weighted:
        return np.ones(confidence.shape, np.uint8)
    certain = np.where(np.isnan(confidence), 1.0, confidence)
    return np.maximum(np.ceil(STEPS * certain), 1).astype(np.uint8)


class Around(NamedTuple):
    """What a comparison reads beside W: weights (H, W) uint8 of W's pixels, 1 where all count the same;
    coarser, coarser_weights (n, E) uint8: for each pixel of the mask the window of the level above, E = 0
    where there is none."""

    weights: np.ndarray
    coarser: np.ndarray
    coarser_weights: np.ndarray


def what_is_around(canvas: Canvas, confidence: np.ndarray, coarser, method) -> Around:
    """Around of a level. confidence: (H, W), NaN outside the mask, where pixels count whole. coarser: the
    Result of the level above, or None."""
    if coarser is None:
        none = np.zeros((len(canvas.y), 0), np.uint8)
        return Around(pixel_weights(confidence, method), none, none)
    counts = np.repeat(pixel_weights(coarser.confidence, method)[..., None], 3, axis=2)
    windows = (above(photo, canvas.y, canvas.x) for photo in (coarser.image, counts))
    return Around(pixel_weights(confidence, method), *windows)


class Comparison:
    """Chooses candidates by P_image P_texture, as TextureSearch does, with the distances of this module.

    weighted: weights are in steps of 1 / STEPS. causal: any subset of a neighborhood may be counted.
    search: "coherent" looks only at what the pixels around suggest; others compare every patch.
    """

    def __init__(self, library: PatchLibrary, *, weighted: bool, causal: bool, search: str):
        parts = [library.sharp] if library.coarser is None else [library.sharp, library.coarser]
        self.rows, self.grid = np.ascontiguousarray(np.hstack(parts)), library.grid
        self.centre = 3 * library.neighborhood.centre
        self.whole, self.some, self.search = STEPS if weighted else 1, weighted or causal, search
        if search != "coherent":
            # A squared distance is w v^2 - 2 w v q + w q^2, of values less 128 to keep them small. The
            # channels of a pixel weigh the same, so their squares are one sum.
            values = self.rows.astype(np.float32) - 128
            values[:, self.centre : self.centre + 3] = 0
            squares = (values**2).reshape(len(values), -1, 3).sum(axis=2)
            self.norms = np.zeros(len(values), np.float32) if self.some else squares.sum(axis=1)
            self.table = np.hstack([values, squares]) if self.some else values
            # A sum of n terms errs by less than n + 1 times 2^-24 of all their lengths; limits round too.
            lengths = 3 * 128**2 * self.whole * self.rows.shape[1]
            self.slack = np.float32((self.table.shape[1] + 8) * lengths / 2**24)

    def kernel(self, canvas: Canvas, around: Around, lambda_image: float, lambda_texture: float):
        """assign(pixels, known): give each pixel its best candidate; known (n, size^2) bool."""
        scale = float(lambda_image), float(lambda_texture) / self.whole, self.whole

        def assign(pixels, known):
            windows = np.zeros((len(pixels), self.rows.shape[1]), np.uint8)
            counts = np.zeros_like(windows)
            _look_all(pixels, known, canvas, around, windows, counts)
            best, choice = fresh(len(pixels))
            _suggest(
                pixels, windows, counts, self.rows, *self._ways(), self.centre, canvas, *scale, best, choice
            )
            if self.search != "coherent":
                queries, norms = self._queries(windows, counts)
                for first in range(0, len(self.table), BLOCK):
                    products = queries @ self.table[first : first + BLOCK].T
                    _weigh_block(pixels, products, first, norms, self.norms, self.slack, windows, counts,
                                 self.rows, self.centre, canvas, *scale, best, choice)  # fmt: skip
            put(canvas, pixels, choice)

        return assign

    def _ways(self):
        return self.grid.index_at, self.grid.place, self.grid.stride

    def _queries(self, windows, counts):
        values = windows.astype(np.float32) - 128
        weighed = values * counts
        norms = (weighed * values).sum(axis=1, dtype=np.float64)
        weighed *= -2
        per_pixel = counts[:, ::3].astype(np.float32)
        return (np.hstack([weighed, per_pixel]) if self.some else weighed), norms


@kernel
def _look_all(pixels, known, canvas, around, windows, counts):
    """N(W, x, y) and the coarser window of each pixel, and by how much each value counts."""
    radius = (len(canvas.row) - canvas.image.shape[0]) // 2
    for i in range(len(pixels)):
        p = pixels[i]
        j = 0
        for o in range(len(canvas.offsets)):
            y = canvas.row[canvas.y[p] + canvas.offsets[o, 0] + radius]
            x = canvas.column[canvas.x[p] + canvas.offsets[o, 1] + radius]
            for channel in range(3):
                if known[p, o]:
                    windows[i, j], counts[i, j] = canvas.image[y, x, channel], around.weights[y, x]
                j += 1
        for e in range(around.coarser.shape[1]):
            windows[i, j], counts[i, j] = around.coarser[p, e], around.coarser_weights[p, e]
            j += 1


@kernel
def _suggest(pixels, windows, counts, rows, index_at, place, stride, centre, canvas,
             lambda_image, lambda_texture, whole, best, choice):  # fmt: skip
    """Weigh what the pixels around suggest."""
    values, distances, sources = canvas.values, canvas.distances, canvas.sources
    found = np.empty(2 * len(canvas.offsets) + sources.shape[1], np.int64)
    for i in range(len(pixels)):
        for o in range(suggestions(canvas, index_at, place, stride, pixels[i], found)):
            patch = found[o]
            distance = _distance(rows, patch, windows, counts, i)
            weigh(distance, patch, rows, patch, centre, values, distances, sources, pixels[i],
                  lambda_image, lambda_texture, whole, best, choice, i)  # fmt: skip


# As numpy divides: a lambda_texture that vanishes reaches every patch, and is no error.
@kernel(error_model="numpy")
def _weigh_block(pixels, products, start, norms, patch_norms, slack, windows, counts, rows, centre, canvas,
                 lambda_image, lambda_texture, whole, best, choice):  # fmt: skip
    """Weigh a block of patches for some pixels: d(v) is patch norm + product + norm, but for the slack."""
    values, distances, sources = canvas.values, canvas.distances, canvas.sources
    for i in range(len(pixels)):
        p = pixels[i]
        for first in range(0, products.shape[1], RUN):
            last = min(first + RUN, products.shape[1])
            # The farthest d(v) that could still win or tie, or a little more.
            reach = (best[i] - lambda_image * distances[p, 0]) / lambda_texture
            limit = np.float32(reach + 1e-15 * best[i] / lambda_texture + 1.0 - norms[i]) + slack
            if any_within(products[i, first:last], patch_norms[start + first : start + last], limit):
                for v in range(start + first, start + last):
                    if products[i, v - start] + patch_norms[v] <= limit:
                        distance = _distance(rows, v, windows, counts, i)
                        weigh(distance, v, rows, v, centre, values, distances, sources, p,
                              lambda_image, lambda_texture, whole, best, choice, i)  # fmt: skip


@kernel
def _distance(rows, v, windows, counts, i):
    total = np.int64(0)
    for j in range(windows.shape[1]):
        step = np.int32(rows[v, j]) - np.int32(windows[i, j])
        total += np.int32(counts[i, j]) * (step * step)
    return total
