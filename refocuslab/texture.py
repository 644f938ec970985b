"""The scene texture constraint: one search for all candidates of a pixel (paper, §2.2, §3.2).

The best candidate c of a pixel minimises, over c and over all patches v of the library,

    E = lambda_image d_image(c) + lambda_texture (d(v) + |v_centre - c|^2),

where d(v) counts the neighborhood less its centre. d(v) is the same for all candidates, so a single
branch and bound over v serves them all, and is exact.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from refocuslab.candidates import STACK, Candidates
from refocuslab.order import known_offsets
from refocuslab.patches import Neighborhood, PatchLibrary, reflect
from refocuslab.tree import boxes, build_tree, next_leaf, project


class Canvas(NamedTuple):
    """What is being assigned: W (H, W, 3) uint8, the source (H, W) int64 of its pixels (-1 outside the
    mask), and per pixel of the mask (y, x) its candidates; reflected rows and columns for any window."""

    image: np.ndarray
    source: np.ndarray
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
    return Canvas(start, source, y, x, candidates.values, candidates.distances, candidates.sources,
                  neighborhood.offsets, row, column)  # fmt: skip


class Ways(NamedTuple):
    """The library as the kernel needs it: patches, and the way from one to the patch beside it."""

    sharp: np.ndarray
    index_at: np.ndarray
    place: np.ndarray
    stride: np.ndarray


class TextureSearch:
    """Chooses candidates by P_image P_texture, with a tree, or linearly.

    A tree over all of a fixed neighborhood has boxes in principal components. An arbitrary
    neighborhood, such as the causal one of confidence order, has no components of its own: there the
    same groups of patches have boxes in the patch's own dimensions, of which any subset may be counted.
    """

    def __init__(self, library: PatchLibrary, *, fixed: np.ndarray, linear: bool):
        # fixed: (size^2,) bool, the offsets for which the tree is built.
        grid = library.grid
        self.neighborhood = library.neighborhood
        self.fixed = fixed
        self.ways = Ways(library.sharp, grid.index_at, grid.place, grid.stride)
        self.tree = None if linear else build_tree(library.sharp, np.repeat(fixed, 3))
        self._own_boxes = None

    @property
    def own_boxes(self):
        if self._own_boxes is None:
            self._own_boxes = boxes(self.tree.rows, self.tree.starts)
        return self._own_boxes

    def kernel(self, canvas: Canvas, lambda_image: float, lambda_texture: float):
        """assign(pixels, known): give each pixel its best candidate; known (n, size^2) bool."""
        given = canvas, self.ways, float(lambda_image), float(lambda_texture)

        def assign(pixels, known):
            if self.tree is None:
                _assign_linear(pixels, known, *given)
                return
            fixed = (known[pixels] == self.fixed).all(axis=1)
            for part, arbitrary in ((pixels[fixed], False), (pixels[~fixed], True)):
                if len(part) and arbitrary:
                    _assign(part, known, *given, self.tree, *self.own_boxes, True)
                elif len(part):
                    _assign(part, known, *given, self.tree, self.tree.lower, self.tree.upper, False)

        return assign


@njit(cache=True, nogil=True)
def _assign(pixels, known, canvas, ways, lambda_image, lambda_texture, tree, lower, upper, arbitrary):
    depth = ways.sharp.shape[1]
    centre = (depth // 6) * 3
    counted, window = np.empty(depth, np.uint8), np.empty(depth, np.uint8)
    point, weights = np.empty(lower.shape[1], np.float32), np.ones(lower.shape[1], np.float32)
    share = np.empty(depth)
    nodes, bounds = np.empty(STACK, np.int64), np.empty(STACK, np.float32)
    for p in pixels:
        _look(canvas, p, known[p], window, counted)
        best, winner, best_source = np.inf, -1, np.int64(-1)

        # What the neighbours' sources suggest (coherence), and the candidates' own patches, bring a
        # tight limit before the tree is entered.
        for o in range(len(canvas.offsets)):
            y, x = canvas.y[p] + canvas.offsets[o, 0], canvas.x[p] + canvas.offsets[o, 1]
            if 0 <= y < canvas.image.shape[0] and 0 <= x < canvas.image.shape[1]:
                source = canvas.source[y, x]
                if source >= 0:
                    back = canvas.offsets[o, 0] * ways.stride[source] + canvas.offsets[o, 1]
                    patch = ways.index_at[ways.place[source] - back]
                    if patch >= 0:
                        best, winner, best_source = _weigh(
                            ways.sharp[patch], window, counted, centre, canvas, p,
                            lambda_image, lambda_texture, best, winner, best_source)  # fmt: skip
        for source in canvas.sources[p]:
            best, winner, best_source = _weigh(
                ways.sharp[source], window, counted, centre, canvas, p,
                lambda_image, lambda_texture, best, winner, best_source)  # fmt: skip

        if arbitrary:
            for j in range(depth):
                point[j], weights[j] = window[j], np.float32(counted[j] != 0)
        else:
            for j in range(depth):
                share[j] = 1.0 if counted[j] else 0.0
            project(window, tree.mean, tree.axes, share, point)
        nodes[0], bounds[0], top = 1, np.float32(0), 1
        while True:
            # The farthest d(v) that could still win or tie, rounded up.
            reach = (best - lambda_image * canvas.distances[p, 0]) / lambda_texture
            limit = np.float32(reach + 1e-15 * best / lambda_texture)
            leaf, top = next_leaf(lower, upper, point, weights, limit, nodes, bounds, top)
            if leaf < 0:
                break
            for i in range(tree.starts[leaf], tree.starts[leaf + 1]):
                best, winner, best_source = _weigh(
                    tree.rows[i], window, counted, centre, canvas, p,
                    lambda_image, lambda_texture, best, winner, best_source)  # fmt: skip
        _put(canvas, p, winner)


@njit(cache=True, nogil=True)
def _assign_linear(pixels, known, canvas, ways, lambda_image, lambda_texture):
    depth = ways.sharp.shape[1]
    centre = (depth // 6) * 3
    counted, window = np.empty(depth, np.uint8), np.empty(depth, np.uint8)
    for p in pixels:
        _look(canvas, p, known[p], window, counted)
        best, winner, best_source = np.inf, -1, np.int64(-1)
        for patch in range(len(ways.sharp)):
            best, winner, best_source = _weigh(
                ways.sharp[patch], window, counted, centre, canvas, p,
                lambda_image, lambda_texture, best, winner, best_source)  # fmt: skip
        _put(canvas, p, winner)


@njit(cache=True, nogil=True)
def _look(canvas, p, known, window, counted):
    """N(W, x, y) as it is now, and 255 for each of its values that counts; the others become 0."""
    radius = (len(canvas.row) - canvas.image.shape[0]) // 2
    for o in range(len(canvas.offsets)):
        y = canvas.row[canvas.y[p] + canvas.offsets[o, 0] + radius]
        x = canvas.column[canvas.x[p] + canvas.offsets[o, 1] + radius]
        for channel in range(3):
            j = 3 * o + channel
            counted[j] = 255 if known[o] else 0
            window[j] = canvas.image[y, x, channel] & counted[j]


@njit(cache=True, nogil=True)
def _put(canvas, p, winner):
    canvas.image[canvas.y[p], canvas.x[p]] = canvas.values[p, winner]
    canvas.source[canvas.y[p], canvas.x[p]] = canvas.sources[p, winner]


@njit(cache=True, nogil=True)
def _weigh(patch, window, counted, centre, canvas, p, lambda_image, lambda_texture,
           best, winner, best_source):  # fmt: skip
    """The best of all candidates so far, with one more patch v considered."""
    around = _counted_distance(patch, window, counted)
    values, distances, sources = canvas.values[p], canvas.distances[p], canvas.sources[p]
    for k in range(len(distances)):
        by_image = lambda_image * distances[k]
        if by_image + lambda_texture * around > best:
            break
        off = np.int64(around)
        for channel in range(3):
            step = np.int64(patch[centre + channel]) - np.int64(values[k, channel])
            off += step * step
        energy = by_image + lambda_texture * off
        if energy < best or (energy == best and sources[k] < best_source):
            best, winner, best_source = energy, k, sources[k]
    return best, winner, best_source


@njit(cache=True, nogil=True, fastmath={"reassoc"})
def _counted_distance(patch, window, counted):
    total = np.int32(0)
    for j in range(len(window)):
        step = np.int32(patch[j] & counted[j]) - np.int32(window[j])
        total += step * step
    return total


def neighborhoods(turn, mask, neighborhood: Neighborhood, method, *, first_pass: bool):
    """(n, size^2) bool: the offsets, less the centre, that the texture constraint counts per pixel."""
    if method.causal:
        return known_offsets(turn, mask, neighborhood, order=method.order, first_pass=first_pass)
    around = np.ones((len(turn), neighborhood.size**2), bool)
    around[:, neighborhood.centre] = False
    return around


def fixed_neighborhood(neighborhood: Neighborhood, method) -> np.ndarray:
    """(size^2,) bool: the neighborhood that most pixels have, for which a tree is worth building."""
    fixed = np.ones(neighborhood.size**2, bool)
    if method.causal and method.order == "scanline":
        fixed = neighborhood.before_centre.copy()
    fixed[neighborhood.centre] = False
    return fixed
