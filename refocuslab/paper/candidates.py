"""The image-scene constraint: which values a pixel may take (paper, §2.1)."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from refocuslab.paper.patches import Grid, PatchLibrary
from refocuslab.running.kernels import kernel
from refocuslab.running.progress import Step
from refocuslab.running.threads import in_parts, one_thread_each
from refocuslab.search.descent import (
    Trial,
    begin,
    new_stack,
    next_leaf,
    patch_bounds,
    squared_distance,
)
from refocuslab.search.kd_tree import COORDINATES, LEAF, PROMISING, Tree, build_tree, project
from refocuslab.search.matrix_products import RUN, Products, Table, any_within
from refocuslab.search.nearest_list import BITS, key, offer, write

# Numbers of candidates that are searched for: the next one up from what is wanted.
TIERS = (20, 50, 100, 200)
# A pixel gives the tree up when it has to see more than 1/WORTH_A_TREE of the library; when most of the first
# TRIES pixels do, the others go to the linear search at once, which has them for less.
WORTH_A_TREE, TRIES = 3, 16
# Rows of pixels in a part, at least, so that most of its pixels have another above them in it.
ROWS = 4
# Pixels of a row that are searched before those below them, and these before those to their right: a whole
# row of 2000 pixels drives leaves out of the cache. 32 saves a tenth of the time there, in 300 x 300 nothing.
COLUMN = 32
# Leaves that a coherent search visits for each pixel.
LEAVES = 2


# A large photo has room for 4 bytes of each distance and source, and not for 8.
Integers = NDArray[np.signedinteger[Any]]


@dataclass(frozen=True)
class Candidates:
    """The most probable values of n pixels, nearest first (§2.1).

    The pixels are those of the mask, in scanline order. Of equally near patches the one with the lowest
    index counts.

    Attributes
    ----------
    values : ndarray of uint8, (n, K, 3)
        Distinct center values c, sRGB.
    distances : ndarray of int32, of a selection int64, (n, K)
        min over v in V[c] of ||Blur(v) - N(U, x, y)||^2, in (8-bit gray levels)^2.
    sources : ndarray of int32, of a selection int64, (n, K)
        The library index of that nearest v.
    """

    values: NDArray[np.uint8]
    distances: Integers
    sources: Integers

    def first(self, count: int) -> "Candidates":
        """The ``count`` nearest of them."""
        return Candidates(
            np.ascontiguousarray(self.values[:, :count]),
            np.ascontiguousarray(self.distances[:, :count]),
            np.ascontiguousarray(self.sources[:, :count]),
        )


class Queries(NamedTuple):
    """Pixels to find candidates for, as the kernel reads them.

    Attributes
    ----------
    windows : ndarray of uint8, (n, D)
        N(U, x, y) of each.
    left, above : ndarray of int32, (n,)
        Number of the pixel to the left and of that above; negative where there is none among the n.
    order : ndarray of int64, (n,)
        In which order they are searched for: the left and the upper one of a pixel come before it.
    """

    windows: NDArray[np.uint8]
    left: NDArray[np.int32]
    above: NDArray[np.int32]
    order: NDArray[np.int64]


class BlurredPatches(NamedTuple):
    """The library as the kernel reads it.

    Attributes
    ----------
    blurred : ndarray of uint8, (N, D)
        Blur(v) of each patch.
    colors : ndarray of int32, (N,)
        A number for each center value; patches with the same one compete for one place.
    grid : Grid
        The step from a patch to the one beside it.
    """

    blurred: NDArray[np.uint8]
    colors: NDArray[np.int32]
    grid: Grid


class Effort(NamedTuple):
    """How far a search through the tree goes for one pixel.

    Attributes
    ----------
    leaves : int
        It ends after so many leaves, once the list is full.
    budget : int
        The first ``TRIES`` pixels give up after so many patches.
    """

    leaves: int
    budget: int


class Lists(NamedTuple):
    """The lists of n pixels, which a search fills; as ``Candidates`` but for ``held``.

    Attributes
    ----------
    distances, sources : ndarray of int32, (n, K)
        Sorted by distance, then source.
    held : ndarray of int64, (n,)
        How many of the K places are filled.
    """

    distances: NDArray[np.int32]
    sources: NDArray[np.int32]
    held: NDArray[np.int64]


def tier(count: int) -> int:
    """How many candidates to look for where ``count`` are wanted, so that a few more need no new search."""
    return next((size for size in TIERS if count <= size), count)


class CandidateSearch:
    """Finds candidates in a library, and keeps the tree or the table that it needs for that.

    Parameters
    ----------
    library : PatchLibrary
        V.
    search : {"exact", "linear", "coherent"}
        "exact" is a tree, "linear" compares every patch, with the same result. "coherent" looks where the
        pixels to the left and above found theirs, one step on, and into the nearest leaves of the tree:
        nearly the same result in a fraction of the time (§5.2).
    distinct : bool
        False: the nearest patches, whatever their center values.
    threads : int, optional
        How many threads build the tree; it does not depend on that.

    Attributes
    ----------
    library, search
        As given.
    tree : Tree or None
        None for a linear search, and for an exact one where a tree rules nothing out.
    """

    def __init__(
        self,
        library: PatchLibrary,
        search: str = "exact",
        *,
        distinct: bool = True,
        threads: int | None = None,
    ) -> None:
        self.library, self.search = library, search
        colors = library.colors if distinct else np.arange(len(library), dtype=np.int32)
        self._patches = BlurredPatches(library.blurred, colors, library.grid)
        self._most = library.distinct_colors if distinct else len(library)
        self._table: Table | None = None
        # A coherent search visits a few leaves of any tree.
        least = PROMISING if search == "exact" else 0.0
        self.tree: Tree | None = None
        if search != "linear":
            self.tree = build_tree(library.blurred, least=least, threads=threads)

    @property
    def table(self) -> Table:
        """The table of the linear search, made when it is first needed; an exact search may need it too."""
        if self._table is None:
            self._table = Table(self.library.blurred)
        return self._table

    def find(
        self,
        image: NDArray[np.uint8],
        mask: NDArray[np.bool_],
        count: int,
        *,
        threads: int | None = None,
        step: Step | None = None,
    ) -> Candidates:
        """As ``find_candidates``."""
        found = self.nearest(image, mask, count, threads=threads, step=step)
        return _with_values(self.library, *found, threads)

    def nearest(
        self,
        image: NDArray[np.uint8],
        mask: NDArray[np.bool_],
        count: int,
        *,
        threads: int | None = None,
        step: Step | None = None,
    ) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """``distances`` and ``sources`` of what ``find`` finds."""
        library = self.library
        y, x = np.nonzero(mask)
        shape = len(y), min(count, self._most)
        distances, sources = np.empty(shape, np.int32), np.empty(shape, np.int32)
        held = np.zeros(len(y), np.int64)
        # In a frame, so that the edges have no pixel beside them.
        number = np.full((mask.shape[0] + 1, mask.shape[1] + 1), -1, np.int32)
        number[1:, 1:][mask] = np.arange(len(y))
        leaves = LEAVES if self.search == "coherent" else len(library)
        effort = Effort(leaves, len(library) // WORTH_A_TREE)
        framed, trial = library.neighborhood.framed(image), Trial()

        def part(first: int, last: int) -> None:
            windows = library.neighborhood.cut(framed, y[first:last], x[first:last])
            left_over = np.arange(last - first)
            found = Lists(distances[first:last], sources[first:last], held[first:last])
            # An exact search gives the same without its tree, a coherent one does not: so it may not
            # depend on what other threads have tried by now.
            if self.tree is not None and (self.search == "coherent" or trial.worth()):
                left = number[y[first:last] + 1, x[first:last]] - np.int32(first)
                above = number[y[first:last], x[first:last] + 1] - np.int32(first)
                queries = Queries(windows, left, above, column_by_column(x[first:last]))
                left_over = left_over[_search(queries, self.tree, self._patches, effort, found)]
                trial.judge(len(left_over), last - first)
            if len(left_over):
                values, norms = self.table.queries(windows[left_over], np.ones(windows.shape[1], bool))
                for start, products in self.table.blocks(values):
                    block = Products(products, start, norms, self.table.norms)
                    _scan(left_over, block, self._patches.colors, found)

        with one_thread_each():
            in_parts(part, len(y), threads, step, at_least=ROWS * mask.shape[1])
        return distances, sources


def column_by_column(x: NDArray[np.int64]) -> NDArray[np.int64]:
    """The order in which a part's pixels are searched for, in columns of ``COLUMN`` pixels.

    The first ``TRIES`` come first: what they find out decides on the others.

    Parameters
    ----------
    x : ndarray of int64, (n,)
        Their columns; the pixels are in scanline order.
    """
    column = x // COLUMN
    column[:TRIES] = -1
    return np.argsort(column, kind="stable")


def find_candidates(
    library: PatchLibrary,
    image: NDArray[np.uint8],
    mask: NDArray[np.bool_],
    count: int,
    *,
    search: str = "exact",
    threads: int | None = None,
    step: Step | None = None,
) -> Candidates:
    """The distinct center values with the highest P_image for every pixel of the mask (§2.1).

    P_image(c) = exp(-lambda_image min over v in V[c] of ||Blur(v) - N(U, x, y)||^2), so the values of
    highest P_image are those of the nearest patches, whatever lambda_image is.

    Parameters
    ----------
    library : PatchLibrary
        V.
    image : ndarray of uint8, (H, W, 3)
        U, sRGB.
    mask : ndarray of bool, (H, W)
        The pixels to find candidates for.
    count : int
        How many values to find for each; all, if the library has fewer.
    search : {"exact", "linear", "coherent"}
        As for ``CandidateSearch``.
    threads : int, optional
        How many threads to use; the result does not depend on it.
    step : callable, optional
        Called with the share of the pixels done, 0 to 1.

    Returns
    -------
    Candidates
        The values, nearest first.

    Raises
    ------
    RefocusError
        The neighborhood does not fit into U, or ``threads`` is out of range.
    """
    # The tree is gone by the time that the values are made: a large photo has no room for both.
    ready = CandidateSearch(library, search, threads=threads)
    found = ready.nearest(image, mask, count, threads=threads, step=step)
    del ready
    return _with_values(library, *found, threads)


def _with_values(
    library: PatchLibrary, distances: NDArray[np.int32], sources: NDArray[np.int32], threads: int | None
) -> Candidates:
    values = np.empty((*sources.shape, 3), np.uint8)

    def part(first: int, last: int) -> None:
        # numpy indexes by 8 bytes each, of which there is not room for all.
        values[first:last] = library.centers[sources[first:last]]

    in_parts(part, len(sources), threads)
    return Candidates(values, distances, sources)


@kernel
def _scan(pixels: NDArray[np.int64], block: Products, colors: NDArray[np.int32], found: Lists) -> None:
    """Offer a block of patches to some of the pixels of the lists (linear search, §2.1)."""
    products, start, norms, patch_norms = block
    distances, sources, held = found
    count = distances.shape[1]
    keys, held_colors = np.empty(count, np.int64), np.empty(count, np.int32)
    for i in range(len(pixels)):
        p = pixels[i]
        full = held[p]
        for k in range(full):
            keys[k], held_colors[k] = key(distances[p, k], sources[p, k]), colors[sources[p, k]]
        for first in range(0, products.shape[1], RUN):
            last = min(first + RUN, products.shape[1])
            limit = patch_norms.dtype.type(np.inf)
            if full == count:
                limit = patch_norms.dtype.type((keys[count - 1] >> BITS) - norms[i])
            if any_within(products[i, first:last], patch_norms[start + first : start + last], limit):
                for j in range(first, last):
                    if products[i, j] + patch_norms[start + j] > limit:
                        continue
                    patch = start + j
                    distance = np.int64(products[i, j] + patch_norms[patch]) + norms[i]
                    full = offer(key(distance, patch), colors[patch], keys, held_colors, full)
        held[p] = full
        write(keys, full, distances, sources, p)


@kernel
def _search(
    queries: Queries, tree: Tree, library: BlurredPatches, effort: Effort, found: Lists
) -> NDArray[np.bool_]:
    """Search the tree for one pixel after another (§2.1, §5.2); (n,) where it costs more than it saves."""
    windows, left, above, order = queries
    blurred, colors, grid = library
    distances, sources, held = found
    starts, patches_at, rows, lanes = tree.starts, tree.patches, tree.rows, tree.lanes
    mean, axes = tree.mean, tree.axes
    index_at, place, stride, _ = grid
    count = distances.shape[1]
    keys, held_colors = np.empty(count, np.int64), np.empty(count, np.int32)
    point = np.empty(COORDINATES, np.float32)
    ones = np.ones(windows.shape[1])
    stack = new_stack()
    least = np.empty(LEAF, np.float32)
    given_up = np.zeros(len(windows), np.bool_)
    for turn in range(len(order)):
        if turn == TRIES and 2 * given_up.sum() > TRIES:
            given_up[TRIES:] = True
            break
        p = order[turn]
        query = windows[p]
        full = 0
        # What is near to the pixel beside is likely near here, one step on (coherence). It only
        # brings a tight limit before the tree is entered.
        for guess in range(2):
            beside = left[p] if guess == 0 else above[p]
            if beside >= 0:
                for k in range(held[beside]):
                    source = sources[beside, k]
                    on = 1 if guess == 0 else stride[source]
                    patch = index_at[place[source] + on]
                    if patch >= 0:
                        distance = squared_distance(blurred, patch, query)
                        full = offer(key(distance, patch), colors[patch], keys, held_colors, full)
        project(query, mean, axes, ones, point)
        begin(stack)
        spent, visited = 0, 0
        while visited < effort.leaves or full < count:
            limit = np.float32(keys[count - 1] >> BITS) if full == count else np.float32(np.inf)
            leaf = next_leaf(tree, point, limit, stack)
            if leaf < 0:
                break
            if spent > effort.budget and turn < TRIES:
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
                nearness = key(squared_distance(rows, i, query), patches_at[i])
                if full < count or nearness < keys[count - 1]:
                    full = offer(nearness, colors[patches_at[i]], keys, held_colors, full)
        held[p] = full
        write(keys, full, distances, sources, p)
    return given_up
