"""The scene texture constraint: one search for all candidates of a pixel (paper, §2.2, §3.2).

The best candidate c of a pixel minimises, over c and over all patches v of the library,

    E = lambda_image d_image(c) + lambda_texture (d(v) + |v_centre - c|^2),

where d(v) counts the neighborhood less its centre. d(v) is the same for all candidates, so a single
branch and bound over v serves them all, and is exact.
"""

from typing import NamedTuple

import numpy as np

from refocuslab.paper.candidates import TRIES
from refocuslab.paper.canvas import Canvas, put
from refocuslab.paper.order_of_assignment import known_offsets
from refocuslab.paper.patches import Neighborhood, PatchLibrary
from refocuslab.running.kernels import kernel
from refocuslab.search.kd_tree import (
    COORDINATES,
    FAN,
    LEAF,
    PROMISING,
    STACK,
    Trial,
    boxes_round,
    build_tree,
    next_leaf,
    next_leaf_of_some,
    patch_bounds,
    project,
    squared_distance,
)
from refocuslab.search.matrix_products import RUN, Table, any_within

# Where most pixels have to see more than this part of the library, the linear search has them for less;
# but a matrix product with fewer pixels than this costs more than it saves.
WORTH_A_TREE, WORTH_A_PRODUCT = 4, 32


class Ways(NamedTuple):
    """The library as the kernel needs it: patches, and the way from one to the patch beside it."""

    sharp: np.ndarray
    index_at: np.ndarray
    place: np.ndarray
    stride: np.ndarray


class TextureSearch:
    """Chooses candidates by P_image P_texture.

    search: "exact" is a tree, "linear" compares every patch, with the same result. "coherent" only
    looks at what the pixels around suggest: the patches they came from and the patches that fitted
    them best, each as far beside as the pixel is.

    A tree over all of a fixed neighborhood has boxes in principal components. An arbitrary
    neighborhood, such as the causal one of confidence order, has no components of its own: there the
    same groups of patches have boxes in the patch's own dimensions, of which any subset may be counted.
    """

    def __init__(self, library: PatchLibrary, *, fixed: np.ndarray, search: str = "exact"):
        # fixed: (size^2,) bool, the offsets for which the tree is built.
        grid = library.grid
        self.library, self.search = library, search
        self.fixed = fixed
        self.dimensions = np.repeat(fixed, 3)
        self.ways = Ways(library.sharp, grid.index_at, grid.place, grid.stride)
        self.tree = None
        if search == "exact":
            self.tree = build_tree(library.sharp, self.dimensions, least=PROMISING)
        self.trial = Trial()
        self._own_boxes = None
        self._tables = {}

    @property
    def own_boxes(self):
        if self._own_boxes is None:
            self._own_boxes = boxes_round(self.tree.rows, self.tree.starts)
        return self._own_boxes

    def table(self, arbitrary: bool) -> Table:
        if arbitrary not in self._tables:
            dimensions = None if arbitrary else self.dimensions
            self._tables[arbitrary] = Table(self.library.sharp, dimensions=dimensions, some=arbitrary)
        return self._tables[arbitrary]

    def kernel(self, canvas: Canvas, lambda_image: float, lambda_texture: float):
        """assign(pixels, known): give each pixel its best candidate; known (n, size^2) bool."""
        given = canvas, self.ways, float(lambda_image), float(lambda_texture)
        budget = len(self.library) // WORTH_A_TREE

        def assign(pixels, known):
            if self.search == "coherent":
                best, choice = fresh(len(pixels))
                _suggest(pixels, known, *given, best, choice)
                put(canvas, pixels, choice)
                return
            fixed = (known[pixels] == self.fixed).all(axis=1)
            for part, arbitrary in ((pixels[fixed], False), (pixels[~fixed], True)):
                if not len(part):
                    continue
                best, choice = fresh(len(part))
                left_over = np.arange(len(part))
                # Where trees are of no use, nothing that leads to them is: what is left is the linear search.
                if self.tree is not None and self.trial.worth():
                    _suggest(part, known, *given, best, choice)
                    own = self.own_boxes if arbitrary else _NO_BOXES
                    climb = part, known, *given, self.tree, own, arbitrary
                    left_over = left_over[_climb(left_over, *climb, budget, best, choice)]
                    useful = self.trial.judge(len(left_over), len(part))
                    if useful and len(left_over) < WORTH_A_PRODUCT:
                        left_over = left_over[_climb(left_over, *climb, len(self.library), best, choice)]
                if len(left_over):
                    self._compare(part, known, given, arbitrary, left_over, best, choice)
                put(canvas, part, choice)

        return assign

    def _compare(self, pixels, known, given, arbitrary, left_over, best, choice):
        canvas, ways, lambda_image, lambda_texture = given
        depth = self.ways.sharp.shape[1]
        windows = np.empty((len(left_over), depth), np.uint8)
        counted = np.empty((len(left_over), depth), np.uint8)
        _look_all(canvas, pixels[left_over], known, windows, counted)
        table = self.table(arbitrary)
        queries, norms = table.queries(windows, counted != 0)
        for start, products in table.blocks(queries):
            _weigh_block(pixels, left_over, products, start, norms, table.norms, canvas, ways.sharp,
                         lambda_image, lambda_texture, best, choice)  # fmt: skip


_NO_BOXES = np.zeros((1, 2, 1, 16), np.uint8)


def fresh(count: int):
    """Before anything was weighed: energy (n,), and (n, 3): the winner, its source, and the patch."""
    choice = np.full((count, 3), -1, np.int64)
    return np.full(count, np.inf), choice


# The kernels take whole arrays and index them: a row handed on as an array of its own is counted as in use,
# and threads that count in the same place wait for each other.


@kernel
def _suggest(pixels, known, canvas, ways, lambda_image, lambda_texture, best, choice):
    """Weigh what the pixels around suggest."""
    sharp = ways.sharp
    values, distances, sources = canvas.values, canvas.distances, canvas.sources
    depth = sharp.shape[1]
    centre = (depth // 6) * 3
    counted, window = np.empty(depth, np.uint8), np.empty(depth, np.uint8)
    found = np.empty(2 * len(canvas.offsets) + sources.shape[1], np.int64)
    for i in range(len(pixels)):
        p = pixels[i]
        _look(canvas, p, known, window, counted)
        for o in range(suggestions(canvas, ways.index_at, ways.place, ways.stride, p, found)):
            patch = found[o]
            around = _counted_distance(sharp, patch, window, counted)
            weigh(around, patch, sharp, patch, centre, values, distances, sources, p,
                  lambda_image, lambda_texture, 1, best, choice, i)  # fmt: skip


@kernel
def suggestions(canvas, index_at, place, stride, p, found):
    """The patches that the pixels around p suggest (coherence), and its candidates' own; into `found`,
    (2 size^2 + K,) int64. Returns how many."""
    source, match, offsets, sources = canvas.source, canvas.match, canvas.offsets, canvas.sources
    height, width = source.shape
    top, left = canvas.y[p], canvas.x[p]
    count = 0
    for o in range(len(offsets)):
        y, x = top + offsets[o, 0], left + offsets[o, 1]
        if 0 <= y < height and 0 <= x < width:
            for hint in (source[y, x], match[y, x]):
                if hint >= 0:
                    back = offsets[o, 0] * stride[hint] + offsets[o, 1]
                    patch = index_at[place[hint] - back]
                    # Neighbours that agree suggest the same patch again and again.
                    if patch >= 0 and not _among(patch, found, count):
                        found[count] = patch
                        count += 1
    for k in range(sources.shape[1]):
        found[count] = sources[p, k]
        count += 1
    return count


@kernel
def _among(patch, seen, count):
    found = np.int32(0)
    for i in range(count):
        found += np.int32(seen[i] == patch)
    return found > 0


@kernel
def _climb(which, pixels, known, canvas, ways, lambda_image, lambda_texture, tree, own, arbitrary, budget,
           best, choice):  # fmt: skip
    """Search the tree for what is better still.

    Returns where that was given up: among the first pixels where it went over the budget, and for all
    others if most of these did.
    """
    first, children, boxes = tree.first, tree.children, tree.boxes
    starts, patches, rows, lanes = tree.starts, tree.patches, tree.rows, tree.lanes
    mean, axes = tree.mean, tree.axes
    values, distances, sources = canvas.values, canvas.distances, canvas.sources
    depth = rows.shape[1]
    centre = (depth // 6) * 3
    counted, window = np.empty(depth, np.uint8), np.empty(depth, np.uint8)
    point, share = np.empty(COORDINATES, np.float32), np.empty(depth)
    nodes, bounds = np.empty(STACK, np.int64), np.empty(STACK + FAN, np.float32)
    least = np.full(LEAF, np.float32(-1))
    given_up = np.zeros(len(which), np.bool_)
    for tried in range(len(which)):
        if tried == TRIES and 2 * given_up.sum() > TRIES:
            given_up[tried:] = True
            break
        i = which[tried]
        p = pixels[i]
        _look(canvas, p, known, window, counted)
        for j in range(depth):
            share[j] = 1.0 if counted[j] else 0.0
        whole = not arbitrary and counted[depth - 1] != 0
        if not arbitrary:
            project(window, mean, axes, share, point)
        nodes[0], bounds[0], top, spent = 0, np.float32(0), 1, 0
        limit = _reach(best[i], distances[p, 0], lambda_image, lambda_texture)
        while True:
            if arbitrary:
                leaf, top = next_leaf_of_some(first, children, own, window, counted, np.float32(limit),
                                              nodes, bounds, top)  # fmt: skip
            else:
                leaf, top = next_leaf(first, children, boxes, point, np.float32(limit), nodes, bounds, top)
            if leaf < 0:
                break
            if spent > budget and tried < TRIES:
                given_up[tried] = True
                break
            spent += starts[leaf + 1] - starts[leaf]
            if not arbitrary and not patch_bounds(lanes, leaf, point, np.float32(limit), least):
                continue
            for lane in range(starts[leaf + 1] - starts[leaf]):
                if least[lane] > limit:
                    continue
                at = starts[leaf] + lane
                if whole:
                    # All but the centre: the window is 0 there.
                    around = np.int64(squared_distance(rows, at, window))
                    for channel in range(3):
                        around -= np.int64(rows[at, centre + channel]) ** 2
                else:
                    around = np.int64(_counted_distance(rows, at, window, counted))
                if around <= limit:
                    weigh(around, patches[at], rows, at, centre, values, distances, sources, p,
                          lambda_image, lambda_texture, 1, best, choice, i)  # fmt: skip
                    limit = _reach(best[i], distances[p, 0], lambda_image, lambda_texture)
    return given_up


@kernel
def _weigh_block(pixels, left_over, products, start, norms, patch_norms, canvas, sharp,
                 lambda_image, lambda_texture, best, choice):  # fmt: skip
    """Weigh a block of patches for some pixels: d(v) is patch norm + product + norm."""
    kind, centre = patch_norms.dtype.type, (sharp.shape[1] // 6) * 3
    values, distances, sources = canvas.values, canvas.distances, canvas.sources
    for row in range(len(left_over)):
        i = left_over[row]
        p = pixels[i]
        for first in range(0, products.shape[1], RUN):
            last = min(first + RUN, products.shape[1])
            reach = _reach(best[i], distances[p, 0], lambda_image, lambda_texture)
            limit = kind(reach - norms[row])
            if any_within(products[row, first:last], patch_norms[start + first : start + last], limit):
                for j in range(first, last):
                    if products[row, j] + patch_norms[start + j] > limit:
                        continue
                    around = np.int64(products[row, j] + patch_norms[start + j]) + norms[row]
                    weigh(around, start + j, sharp, start + j, centre, values, distances, sources, p,
                          lambda_image, lambda_texture, 1, best, choice, i)  # fmt: skip


@kernel
def _reach(best, nearest, lambda_image, lambda_texture):
    """The farthest d(v) that could still win or tie, or a little more."""
    reach = (best - lambda_image * nearest) / lambda_texture + 1e-15 * best / lambda_texture
    return np.floor(reach) + 1.0


@kernel
def _look(canvas, p, known, window, counted):
    """N(W, x, y) as it is now, and 255 for each of its values that counts; the others become 0."""
    image, row, column, offsets = canvas.image, canvas.row, canvas.column, canvas.offsets
    radius = (len(row) - image.shape[0]) // 2
    top, left = canvas.y[p] + radius, canvas.x[p] + radius
    for o in range(len(offsets)):
        y, x = row[top + offsets[o, 0]], column[left + offsets[o, 1]]
        count = np.uint8(255 if known[p, o] else 0)
        for channel in range(3):
            counted[3 * o + channel] = count
            window[3 * o + channel] = image[y, x, channel] & count


@kernel
def _look_all(canvas, pixels, known, windows, counted):
    for i in range(len(pixels)):
        _look(canvas, pixels[i], known, windows[i], counted[i])


@kernel
def weigh(around, patch, rows, row, centre, values, distances, sources, p, lambda_image, lambda_texture,
          whole, best, choice, i):  # fmt: skip
    """Consider one more patch v, at distance d(v), for pixel p: best[i] is its least energy so far.

    whole: what the centre counts, where the pixels of d(v) count 1 to `whole`.
    """
    for k in range(distances.shape[1]):
        by_image = lambda_image * distances[p, k]
        if by_image + lambda_texture * around > best[i]:
            break
        off = np.int64(0)
        for channel in range(3):
            step = np.int64(rows[row, centre + channel]) - np.int64(values[p, k, channel])
            off += step * step
        energy = by_image + lambda_texture * (around + whole * off)
        if energy < best[i] or (energy == best[i] and sources[p, k] < choice[i, 1]):
            best[i] = energy
            choice[i, 0], choice[i, 1], choice[i, 2] = k, sources[p, k], patch


@kernel(fastmath={"reassoc"})
def _counted_distance(rows, row, window, counted):
    total = np.int32(0)
    for j in range(len(window)):
        step = np.int32(rows[row, j] & counted[j]) - np.int32(window[j])
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
