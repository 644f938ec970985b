"""The scene texture constraint: one search for all candidates of a pixel (paper, §2.2, §3.2).

The energy that is minimized, and why one search serves all candidates: ``energy.py``.
"""

import numpy as np
from numpy.typing import NDArray

from refocuslab.method import Method
from refocuslab.paper.candidates import TRIES
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
from refocuslab.paper.order_of_assignment import known_offsets
from refocuslab.paper.patches import Neighborhood, PatchLibrary
from refocuslab.running.kernels import kernel
from refocuslab.search.descent import (
    Trial,
    begin,
    new_stack,
    next_leaf,
    next_leaf_of_some,
    patch_bounds,
    squared_distance,
)
from refocuslab.search.kd_tree import (
    COORDINATES,
    FAN,
    LEAF,
    PROMISING,
    Tree,
    boxes_round,
    build_tree,
    project,
)
from refocuslab.search.matrix_products import RUN, Products, Table, any_within

# Where most pixels have to see more than 1 / WORTH_A_TREE of the library, the linear search costs less; but a
# matrix product with fewer pixels than WORTH_A_PRODUCT costs more than it saves. CPU seconds of the middle
# 140 x 140 pixels of coffee and motorcycle-perturbed, one thread, in confidence order with WORTH_A_TREE 2, 4,
# 8: symmetric 0.29, 0.28, 0.53 and 0.34, 0.36, 0.78; causal 0.90, 1.23, 1.62 and 1.43, 1.75, 2.45. Half or
# double WORTH_A_PRODUCT changes none of them by more than a tenth.
WORTH_A_TREE, WORTH_A_PRODUCT = 4, 32
_NO_BOXES = np.zeros((0, 2, 1, FAN), np.uint8)


def neighborhoods(
    turn: NDArray[np.int64],
    mask: NDArray[np.bool_],
    neighborhood: Neighborhood,
    method: Method,
    *,
    first_pass: bool,
) -> NDArray[np.bool_]:
    """The offsets that the texture constraint counts, for every pixel (§2.2, Figure 1).

    Parameters
    ----------
    turn : ndarray of int64, (n,)
        When each pixel of the mask is assigned, from 0.
    mask : ndarray of bool, (H, W)
        The pixels to assign, n of them.
    neighborhood : Neighborhood
        The window.
    method : Method
        Symmetric or causal, and the order.
    first_pass : bool
        Whether no pixel of the mask is assigned yet.

    Returns
    -------
    ndarray of bool, (n, size^2)
        The center is never among them.
    """
    if method.causal:
        known: NDArray[np.bool_] = known_offsets(
            turn, mask, neighborhood, order=method.order, first_pass=first_pass
        )
        return known
    around = np.ones((len(turn), neighborhood.size**2), bool)
    around[:, neighborhood.center] = False
    return around


def fixed_neighborhood(neighborhood: Neighborhood, method: Method) -> NDArray[np.bool_]:
    """The neighborhood that most pixels have, for which a tree is worth building, (size^2,) bool."""
    fixed: NDArray[np.bool_] = np.ones(neighborhood.size**2, bool)
    if method.causal and method.order == "scanline":
        fixed = neighborhood.before_center.copy()
    fixed[neighborhood.center] = False
    return fixed


class TextureSearch:
    """Chooses candidates by P_image P_texture (§3.2).

    A tree over all of a fixed neighborhood has boxes in principal components. An arbitrary
    neighborhood, such as the causal one of confidence order, has no components of its own: there the
    same groups of patches have boxes in the patch's own dimensions, of which any subset may be counted
    (§5.2).

    Parameters
    ----------
    library : PatchLibrary
        V.
    fixed : ndarray of bool, (size^2,)
        The offsets for which the tree is built.
    search : {"exact", "linear", "coherent"}
        "exact" is a tree, "linear" compares every patch, with the same result. "coherent" weighs only
        the patches that ``energy.suggestions`` gives.
    threads : int, optional
        How many threads build the tree; it does not depend on that.

    Attributes
    ----------
    library, fixed, search
        As given.
    tree : Tree or None
        None where the search has no use for it.
    """

    def __init__(
        self,
        library: PatchLibrary,
        *,
        fixed: NDArray[np.bool_],
        search: str = "exact",
        threads: int | None = None,
    ) -> None:
        self.library, self.fixed, self.search = library, fixed, search
        self._dimensions = np.repeat(fixed, 3)
        grid = library.grid
        self._patches = Patches(library.sharp, library.centers, grid.index_at, grid.place, grid.stride)
        self.tree: Tree | None = None
        if search == "exact":
            self.tree = build_tree(library.sharp, self._dimensions, least=PROMISING, threads=threads)
        self._trial = Trial()
        self._own_boxes: NDArray[np.uint8] | None = None
        self._tables: dict[bool, Table] = {}

    def kernel(self, canvas: Canvas, lambda_image: float, lambda_texture: float) -> Assign:
        """The function that assigns pixels of a canvas.

        Parameters
        ----------
        canvas : Canvas
            W so far and the candidates; what is assigned is written there.
        lambda_image, lambda_texture : float
            In 1/(8-bit gray level)^2; lambda_texture is more than 0.

        Returns
        -------
        callable
            As ``energy.Assign``. Threads may call it side by side for pixels outside each other's windows. A
            coherent search takes the pixels one after the other, so they may lie in each other's windows.
        """
        energy = Energy(canvas, self._patches, Factors(float(lambda_image), float(lambda_texture), 1))

        def assign(pixels: NDArray[np.int64], known: NDArray[np.bool_]) -> None:
            if self.search == "coherent":
                _suggest(pixels, known, energy, nothing_weighed(len(pixels)), True)
                return
            fixed = (known[pixels] == self.fixed).all(axis=1)
            for part, arbitrary in ((pixels[fixed], False), (pixels[~fixed], True)):
                if len(part):
                    put(canvas, part, self._best(part, known, energy, arbitrary).choice)

        return assign

    def _best(
        self, pixels: NDArray[np.int64], known: NDArray[np.bool_], energy: Energy, arbitrary: bool
    ) -> Best:
        """The least energy over all patches, by the tree where it is of use, or else by the linear search."""
        best, left_over = nothing_weighed(len(pixels)), np.arange(len(pixels))
        # Suggestions only save a tree work: without one, the linear search weighs every patch anyway.
        if self.tree is not None and self._trial.worth():
            _suggest(pixels, known, energy, best, False)
            climb = pixels, known, energy, self.tree, self._boxes(self.tree) if arbitrary else _NO_BOXES
            budget = len(self.library) // WORTH_A_TREE
            left_over = left_over[_climb(left_over, *climb, budget, best)]
            useful = self._trial.judge(len(left_over), len(pixels))
            if useful and len(left_over) < WORTH_A_PRODUCT:
                left_over = left_over[_climb(left_over, *climb, len(self.library), best)]
        if len(left_over):
            self._compare(left_over, pixels, known, energy, arbitrary, best)
        return best

    def _compare(
        self,
        left_over: NDArray[np.int64],
        pixels: NDArray[np.int64],
        known: NDArray[np.bool_],
        energy: Energy,
        arbitrary: bool,
        best: Best,
    ) -> None:
        """Weigh every patch for the pixels that are left over, by matrix products."""
        shape = len(left_over), self._patches.rows.shape[1]
        windows, counted = np.empty(shape, np.uint8), np.empty(shape, np.uint8)
        _look_all(energy.canvas, pixels[left_over], known, windows, counted)
        table = self._table(arbitrary)
        queries, norms = table.queries(windows, counted != 0)
        for first, products in table.blocks(queries):
            _weigh_block(left_over, pixels, Products(products, first, norms, table.norms), energy, best)

    def _boxes(self, tree: Tree) -> NDArray[np.uint8]:
        """Boxes in the patch's own dimensions, made when they are first needed."""
        if self._own_boxes is None:
            self._own_boxes = boxes_round(tree.rows, tree.starts)
        return self._own_boxes

    def _table(self, arbitrary: bool) -> Table:
        if arbitrary not in self._tables:
            dimensions = None if arbitrary else self._dimensions
            self._tables[arbitrary] = Table(self.library.sharp, dimensions=dimensions, some=arbitrary)
        return self._tables[arbitrary]


# The kernels take whole arrays and index them: a row handed on as an array of its own is counted as in use,
# and threads that count in the same place wait for each other.


@kernel
def _suggest(
    pixels: NDArray[np.int64], known: NDArray[np.bool_], energy: Energy, best: Best, assign: bool
) -> None:
    """Weigh what the pixels around suggest (§5.2), and if ``assign``, assign each pixel before the next."""
    canvas, rows = energy.canvas, energy.patches.rows
    depth = rows.shape[1]
    counted, window = np.empty(depth, np.uint8), np.empty(depth, np.uint8)
    found = np.empty(2 * len(canvas.offsets) + canvas.sources.shape[1], np.int64)
    for i in range(len(pixels)):
        p = pixels[i]
        _look(canvas, p, known, window, counted)
        for o in range(suggestions(canvas, energy.patches, p, found)):
            patch = found[o]
            weigh(_counted_distance(rows, patch, window, counted), patch, energy, p, best, i)
        if assign:
            put_one(canvas, p, best.choice, i)


@kernel
def _climb(
    left_over: NDArray[np.int64],
    pixels: NDArray[np.int64],
    known: NDArray[np.bool_],
    energy: Energy,
    tree: Tree,
    own: NDArray[np.uint8],
    budget: int,
    best: Best,
) -> NDArray[np.bool_]:
    """Search the tree for what is better than ``best``, by branch and bound (§3.2, §5.2).

    Parameters
    ----------
    left_over : ndarray of int64, (r,)
        The places in ``pixels`` to search for.
    pixels : ndarray of int64, (m,)
        Numbers of pixels of the mask.
    known : ndarray of bool, (n, size^2)
        The offsets that count, for every pixel of the mask.
    energy : Energy
        What E depends on.
    tree : Tree
        The tree over the fixed neighborhood.
    own : ndarray of uint8, (M, 2, D, 16)
        Boxes in the patch's own dimensions, for arbitrary neighborhoods; none for the fixed one.
    budget : int
        How many patches a pixel may see.
    best : Best
        Of ``pixels``; improved.

    Returns
    -------
    ndarray of bool, (r,)
        Where the search was given up: among the first ``TRIES`` pixels where it went over the budget,
        and for all others if most of these did.
    """
    starts, patches, rows, lanes = tree.starts, tree.patches, tree.rows, tree.lanes
    canvas, factors, least_energy = energy.canvas, energy.factors, best.energy
    distances = canvas.distances
    depth, arbitrary = rows.shape[1], len(own) > 0
    center = (depth // 6) * 3
    counted, window = np.empty(depth, np.uint8), np.empty(depth, np.uint8)
    point, share = np.empty(COORDINATES, np.float32), np.empty(depth)
    stack = new_stack()
    least = np.full(LEAF, np.float32(-1))
    given_up = np.zeros(len(left_over), np.bool_)
    for tried in range(len(left_over)):
        if tried == TRIES and 2 * given_up.sum() > TRIES:
            given_up[tried:] = True
            break
        i = left_over[tried]
        p = pixels[i]
        _look(canvas, p, known, window, counted)
        for j in range(depth):
            share[j] = 1.0 if counted[j] else 0.0
        whole = not arbitrary and counted[depth - 1] != 0
        if not arbitrary:
            project(window, tree.mean, tree.axes, share, point)
        begin(stack)
        spent = 0
        limit = reach(least_energy[i], distances[p, 0], factors)
        while True:
            if arbitrary:
                leaf = next_leaf_of_some(tree, own, window, counted, np.float32(limit), stack)
            else:
                leaf = next_leaf(tree, point, np.float32(limit), stack)
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
                    # All but the center: the window is 0 there.
                    around = np.int64(squared_distance(rows, at, window))
                    for channel in range(3):
                        around -= np.int64(rows[at, center + channel]) ** 2
                else:
                    around = np.int64(_counted_distance(rows, at, window, counted))
                if around <= limit:
                    weigh(around, patches[at], energy, p, best, i)
                    limit = reach(least_energy[i], distances[p, 0], factors)
    return given_up


@kernel
def _weigh_block(
    left_over: NDArray[np.int64], pixels: NDArray[np.int64], products: Products, energy: Energy, best: Best
) -> None:
    """Weigh a block of patches for the pixels left over, by their exact distances (§3.2)."""
    values, norms, patch_norms = products.values, products.norms, products.patch_norms
    start, kind = products.first, patch_norms.dtype.type
    distances, factors, least_energy = energy.canvas.distances, energy.factors, best.energy
    for row in range(len(left_over)):
        i = left_over[row]
        p = pixels[i]
        for first in range(0, values.shape[1], RUN):
            last = min(first + RUN, values.shape[1])
            limit = kind(reach(least_energy[i], distances[p, 0], factors) - norms[row])
            if any_within(values[row, first:last], patch_norms[start + first : start + last], limit):
                for j in range(first, last):
                    if values[row, j] + patch_norms[start + j] > limit:
                        continue
                    around = np.int64(values[row, j] + patch_norms[start + j]) + norms[row]
                    weigh(around, start + j, energy, p, best, i)


@kernel
def _look(
    canvas: Canvas,
    p: int,
    known: NDArray[np.bool_],
    window: NDArray[np.uint8],
    counted: NDArray[np.uint8],
) -> None:
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
def _look_all(
    canvas: Canvas,
    pixels: NDArray[np.int64],
    known: NDArray[np.bool_],
    windows: NDArray[np.uint8],
    counted: NDArray[np.uint8],
) -> None:
    for i in range(len(pixels)):
        _look(canvas, pixels[i], known, windows[i], counted[i])


@kernel(fastmath={"reassoc"})
def _counted_distance(
    rows: NDArray[np.uint8], row: int, window: NDArray[np.uint8], counted: NDArray[np.uint8]
) -> np.int32:
    total = np.int32(0)
    for j in range(len(window)):
        step = np.int32(rows[row, j] & counted[j]) - np.int32(window[j])
        total += step * step
    return total
