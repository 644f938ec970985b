"""The image-scene constraint: which values a pixel may take (paper, §2.1)."""

from dataclasses import dataclass

import numpy as np

from refocuslab.paper.patches import PatchLibrary
from refocuslab.running.kernels import kernel
from refocuslab.running.threads import in_parts, one_thread_each
from refocuslab.search.kd_tree import (
    COORDINATES,
    FAN,
    LEAF,
    PROMISING,
    STACK,
    Trial,
    build_tree,
    next_leaf,
    patch_bounds,
    project,
    squared_distance,
)
from refocuslab.search.matrix_products import RUN, Table, any_within

TIERS = (20, 50, 100, 200)
# Where most of the first pixels have to see more than this part of the library, no tree helps, and the
# linear search has the others for less.
WORTH_A_TREE, TRIES = 3, 16
# Rows that a part holds at the least, so that most of its pixels have another above them in it.
ROWS = 4
# How many leaves a coherent search looks into.
LEAVES = 2


@dataclass(frozen=True)
class Candidates:
    """The most probable values of n pixels (the mask's, in scanline order), nearest first.

    values: (n, K, 3) uint8, distinct. distances: (n, K) int64, min over v in V[value] of
    ||Blur(v) - N(U, x, y)||^2 in (8-bit grey levels)^2. sources: (n, K) int64, the library index of
    that nearest v. Of equally near patches the one with the lowest index counts.
    """

    values: np.ndarray
    distances: np.ndarray
    sources: np.ndarray

    def first(self, count: int) -> "Candidates":
        """The `count` nearest of them."""
        parts = self.values[:, :count], self.distances[:, :count], self.sources[:, :count]
        return Candidates(*map(np.ascontiguousarray, parts))


def tier(count: int) -> int:
    """How many candidates to look for where `count` are wanted, so that a few more need no new search."""
    return next((size for size in TIERS if count <= size), count)


class CandidateSearch:
    """Finds candidates in a library; holds the tree, or the table, that the search needs.

    search: "exact" is a tree, "linear" compares every patch, with the same result. "coherent" looks
    where the pixels to the left and above found theirs, one step on, and into the nearest leaves of the
    tree: nearly the same result, in a part of the time.
    """

    def __init__(self, library: PatchLibrary, search: str = "exact"):
        self.library, self.search = library, search
        self._table = None
        # A coherent search looks into a few leaves of any tree; an exact one goes without where it is no use.
        least = PROMISING if search == "exact" else 0.0
        self.tree = None if search == "linear" else build_tree(library.blurred, least=least)

    @property
    def table(self) -> Table:
        # Where no tree helps, the exact search needs it as well.
        if self._table is None:
            self._table = Table(self.library.blurred)
        return self._table

    def find(self, image, mask, count: int, *, threads=None, step=None) -> Candidates:
        """As find_candidates()."""
        library = self.library
        y, x = np.nonzero(mask)
        shape = len(y), min(count, library.distinct_colours)
        distances, sources = np.empty(shape, np.int64), np.empty(shape, np.int64)
        held = np.zeros(len(y), np.int64)
        number = np.full(mask.shape, -1, np.int32)
        number[mask] = np.arange(len(y))
        left = np.where(x > 0, number[y, x - 1], -1)
        above = np.where(y > 0, number[y - 1, x], -1)
        grid = library.grid
        ways = library.colours, grid.index_at, grid.place, grid.stride
        leaves = LEAVES if self.search == "coherent" else len(library)
        budget = len(library) // WORTH_A_TREE

        framed, trial = library.neighborhood.framed(image), Trial()

        def part(first, last):
            queries = library.neighborhood.cut(framed, y[first:last], x[first:last])
            left_over = np.arange(last - first)
            out = distances[first:last], sources[first:last], held[first:last]
            # An exact search gives the same without its tree, a coherent one does not: so it may not
            # depend on what other threads have tried by now.
            if self.tree is not None and (self.search == "coherent" or trial.worth()):
                given_up = np.zeros(last - first, bool)
                _search(queries, self.tree, library.blurred, *ways, left[first:last] - first,
                        above[first:last] - first, leaves, budget, *out, given_up)  # fmt: skip
                left_over = left_over[given_up]
                trial.judge(len(left_over), last - first)
            if len(left_over):
                products, norms = self.table.queries(queries[left_over], np.ones(queries.shape[1], bool))
                for start, block in self.table.blocks(products):
                    _scan(left_over, block, start, norms, self.table.norms, library.colours, *out)

        with one_thread_each():
            in_parts(part, len(y), threads, step, at_least=ROWS * mask.shape[1])
        return Candidates(library.centres[sources], distances, sources)


def find_candidates(
    library: PatchLibrary, image, mask, count: int, *, search="exact", threads=None, step=None
) -> Candidates:
    """The `count` distinct centre values with the highest P_image for every pixel of the mask.

    image: U, (H, W, 3) uint8 sRGB. mask: (H, W) bool. K is `count`, or the number of distinct values
    in the library if that is less. search: as in CandidateSearch. step: called with the share of the
    pixels done. Paper, §2.1.
    """
    return CandidateSearch(library, search).find(image, mask, count, threads=threads, step=step)


@kernel
def _scan(pixels, products, start, norms, patch_norms, colours, distances, sources, held):
    """Offer a block of patches to some pixels: their distances are patch norm + product + norm."""
    count = distances.shape[1]
    held_colours = np.empty(count, np.int32)
    for i in range(len(pixels)):
        p = pixels[i]
        for k in range(held[p]):
            held_colours[k] = colours[sources[p, k]]
        for first in range(0, products.shape[1], RUN):
            last = min(first + RUN, products.shape[1])
            limit = patch_norms.dtype.type(np.inf)
            if held[p] == count:
                limit = patch_norms.dtype.type(distances[p, count - 1] - norms[i])
            if any_within(products[i, first:last], patch_norms[start + first : start + last], limit):
                for j in range(first, last):
                    if products[i, j] + patch_norms[start + j] > limit:
                        continue
                    distance = np.int64(products[i, j] + patch_norms[start + j]) + norms[i]
                    held[p] = _offer(distance, start + j, colours[start + j],
                                     distances[p], sources[p], held_colours, held[p])  # fmt: skip


@kernel
def _search(queries, tree, blurred, colours, index_at, place, stride, left, above, leaves, budget,
            distances, sources, held, given_up):  # fmt: skip
    """Search the tree for one pixel after another; given_up: where it costs more than it saves."""
    count = distances.shape[1]
    held_colours = np.empty(count, np.int32)
    first, children, boxes = tree.first, tree.children, tree.boxes
    starts, patches_at, rows, lanes = tree.starts, tree.patches, tree.rows, tree.lanes
    mean, axes = tree.mean, tree.axes
    point = np.empty(COORDINATES, np.float32)
    ones = np.ones(queries.shape[1])
    nodes, bounds = np.empty(STACK, np.int64), np.empty(STACK + FAN, np.float32)
    least = np.empty(LEAF, np.float32)
    for p in range(len(queries)):
        if p == TRIES and 2 * given_up[:p].sum() > TRIES:
            given_up[p:] = True
            break
        query, nearest, patches = queries[p], distances[p], sources[p]
        full = 0
        # What is near to the pixel beside is likely near here, one step on (coherence). It only
        # brings a tight limit before the tree is entered.
        for guess in range(2):
            beside = left[p] if guess == 0 else above[p]
            if beside >= 0:
                for k in range(held[beside]):
                    source = sources[beside, k]
                    patch = index_at[place[source] + (1 if guess == 0 else stride[source])]
                    if patch >= 0:
                        distance = squared_distance(blurred, patch, query)
                        if full < count or distance <= nearest[count - 1]:
                            full = _offer(distance, patch, colours[patch],
                                          nearest, patches, held_colours, full)  # fmt: skip
        project(query, mean, axes, ones, point)
        nodes[0], bounds[0], top = 0, np.float32(0), 1
        spent, visited = 0, 0
        while True:
            limit = np.float32(nearest[count - 1]) if full == count else np.float32(np.inf)
            leaf, top = next_leaf(first, children, boxes, point, limit, nodes, bounds, top)
            if leaf < 0 or (visited >= leaves and full == count):
                break
            if spent > budget and p < TRIES:
                given_up[p] = True
                break
            visited += 1
            spent += starts[leaf + 1] - starts[leaf]
            if not patch_bounds(lanes, leaf, point, limit, least):
                continue
            for lane in range(starts[leaf + 1] - starts[leaf]):
                if least[lane] > limit:
                    continue
                i = starts[leaf] + lane
                distance = squared_distance(rows, i, query)
                if full < count or distance <= nearest[count - 1]:
                    patch = patches_at[i]
                    full = _offer(distance, patch, colours[patch],
                                  nearest, patches, held_colours, full)  # fmt: skip
        held[p] = full


@kernel
def _offer(distance, patch, colour, nearest, patches, colours, held):
    """Put a patch among the nearest of distinct colours, sorted by distance, then index.

    Returns how many are held. Patches may come in any order, and more than once.
    """
    count = len(nearest)
    if held == count and not _before(distance, patch, nearest[held - 1], patches[held - 1]):
        return held
    at = 0
    while at < held and colours[at] != colour:
        at += 1
    if at < held:
        if not _before(distance, patch, nearest[at], patches[at]):
            return held
    elif held < count:
        held += 1
    else:
        at = held - 1
    while at > 0 and _before(distance, patch, nearest[at - 1], patches[at - 1]):
        nearest[at], patches[at], colours[at] = nearest[at - 1], patches[at - 1], colours[at - 1]
        at -= 1
    nearest[at], patches[at], colours[at] = distance, patch, colour
    return held


@kernel
def _before(distance, patch, other_distance, other_patch):
    return distance < other_distance or (distance == other_distance and patch < other_patch)
