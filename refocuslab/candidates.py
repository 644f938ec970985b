"""The image-scene constraint: which values a pixel may take (paper, §2.1)."""

from dataclasses import dataclass

import numpy as np
from numba import njit

from refocuslab.patches import PatchLibrary
from refocuslab.threads import in_parts
from refocuslab.tree import build_tree, next_leaf, project, squared_distance

STACK = 64
TIERS = (20, 50, 100, 200)


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


def find_candidates(
    library: PatchLibrary, image, mask, count: int, *, search="exact", threads=None, step=None
) -> Candidates:
    """The `count` distinct centre values with the highest P_image for every pixel of the mask.

    image: U, (H, W, 3) uint8 sRGB. mask: (H, W) bool. K is `count`, or the number of distinct values
    in the library if that is less. search: "exact" or "linear", with the same result. step: called
    with the share of the pixels done. Paper, §2.1.
    """
    y, x = np.nonzero(mask)
    queries = library.neighborhood.windows(image, y, x)
    shape = len(y), min(count, library.distinct_colours)
    distances, sources = np.empty(shape, np.int64), np.empty(shape, np.int64)
    out = distances, sources
    if search == "linear":
        given = queries, library.blurred, library.colours
        in_parts(lambda a, b: _scan(a, b, *given, *out), len(y), threads, step)
    else:
        tree = build_tree(library.blurred)
        grid = library.grid
        number = np.full(mask.shape, -1)
        number[mask] = np.arange(len(y))
        left = np.where(x > 0, number[y, x - 1], -1)
        above = np.where(y > 0, number[y - 1, x], -1)
        given = (queries, tree, library.blurred, library.colours, left, above,
                 grid.index_at, grid.place, grid.stride)  # fmt: skip
        in_parts(lambda a, b: _search(a, b, *given, *out), len(y), threads, step)
    return Candidates(library.centres[sources], distances, sources)


@njit(cache=True, nogil=True)
def _scan(first, last, queries, blurred, colours, distances, sources):
    held_colours = np.empty(distances.shape[1], np.int32)
    for p in range(first, last):
        held = 0
        for patch in range(len(blurred)):
            distance = squared_distance(queries[p], blurred[patch])
            held = _offer(distance, patch, colours[patch],
                          distances[p], sources[p], held_colours, held)  # fmt: skip


@njit(cache=True, nogil=True)
def _search(first, last, queries, tree, blurred, colours, left, above, index_at, place, stride,
            distances, sources):  # fmt: skip
    count = distances.shape[1]
    held_colours = np.empty(count, np.int32)
    point = np.empty(tree.lower.shape[1], np.float32)
    ones = np.ones(len(point), np.float32)
    weights = np.ones(queries.shape[1])
    nodes, bounds = np.empty(STACK, np.int64), np.empty(STACK, np.float32)
    for p in range(first, last):
        query, nearest, patches = queries[p], distances[p], sources[p]
        held = 0
        # What is near to the pixel beside is likely near here, one step on (coherence). It only
        # brings a tight limit before the tree is entered.
        for guess in range(2):
            beside = left[p] if guess == 0 else above[p]
            if beside >= first:
                for k in range(count):
                    source = sources[beside, k]
                    patch = index_at[place[source] + (1 if guess == 0 else stride[source])]
                    if patch >= 0:
                        held = _offer(squared_distance(query, blurred[patch]), patch, colours[patch],
                                      nearest, patches, held_colours, held)  # fmt: skip
        project(query, tree.mean, tree.axes, weights, point)
        nodes[0], bounds[0], top = 1, np.float32(0), 1
        while True:
            limit = np.float32(nearest[count - 1]) if held == count else np.float32(np.inf)
            leaf, top = next_leaf(tree.lower, tree.upper, point, ones, limit, nodes, bounds, top)
            if leaf < 0:
                break
            for i in range(tree.starts[leaf], tree.starts[leaf + 1]):
                distance = squared_distance(query, tree.rows[i])
                if held < count or distance <= nearest[count - 1]:
                    patch = tree.patches[i]
                    held = _offer(distance, patch, colours[patch],
                                  nearest, patches, held_colours, held)  # fmt: skip


@njit(cache=True, nogil=True)
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


@njit(cache=True, nogil=True)
def _before(distance, patch, other_distance, other_patch):
    return distance < other_distance or (distance == other_distance and patch < other_patch)
