"""The searches of notebook 7, ours and other people's, on the same queries (paper, §5.2).

All look for the nearest patches of Blur(V), whatever their centre values. scikit-learn and faiss are
wanted for the comparison only: where one is absent, its searches are not in the list, and `absent` says so.
"""

import copy
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from time import perf_counter

import numpy as np
from scipy.spatial import cKDTree

from refocuslab.paper.candidates import CandidateSearch
from refocuslab.paper.patches import PatchLibrary
from refocuslab.running.kernels import kernel
from refocuslab.scene import FocusedPhoto
from refocuslab.search.kd_tree import (
    COORDINATES,
    FAN,
    STACK,
    boxes_round,
    build_tree,
    next_leaf,
    next_leaf_of_some,
    project,
    squared_distance,
)

COSTS = ("tree alone", "tree, limit known", "some dimensions")
EXTRAS = {"scikit-learn": "sklearn", "faiss": "faiss"}


@dataclass(frozen=True)
class Found:
    """What a search found. patches: (n, K) library indices, nearest first; distances: (n, K) int64 to
    them; recall: share of the true K that it found, patches as near as the K-th counting for it;
    seconds: to prepare the library, and to answer all queries."""

    name: str
    patches: np.ndarray
    distances: np.ndarray
    recall: float
    prepare: float
    answer: float


def whole_queries(library: PatchLibrary, image, mask) -> np.ndarray:
    """(n, D) uint8: N(U, x, y) of the mask's pixels."""
    return library.neighborhood.windows(image, *np.nonzero(mask))


def absent() -> list[str]:
    """The packages of the extra `search` that are not installed."""
    return [name for name, module in EXTRAS.items() if find_spec(module) is None]


def compare(library: PatchLibrary, image, mask, count: int, *, threads: int | None = None,
            only: tuple[str, ...] = ()) -> list[Found]:  # fmt: skip
    """Every search that is installed (or `only` some), for the pixels of a mask of U."""
    queries = whole_queries(library, image, mask)
    makers = {
        "linear (ours)": lambda: _ours(library, "linear", image, mask, count, threads),
        "cKDTree (scipy)": lambda: _scipy(library.blurred, queries, count, threads),
        **_scikit(library.blurred, queries, count, threads),
        **_faiss(library.blurred, queries, count, threads),
        "tree (ours, exact)": lambda: _ours(library, "exact", image, mask, count, threads),
        "coherent (ours)": lambda: _ours(library, "coherent", image, mask, count, threads),
    }
    chosen = {name: make for name, make in makers.items() if not only or name in only}
    found, true = [], None
    for name, make in chosen.items():
        start = perf_counter()
        answer = make()
        ready = perf_counter()
        patches = answer()
        seconds = perf_counter() - ready
        distances = distances_to(library.blurred, queries, patches)
        true = distances[:, -1:] if true is None else true
        recall = float((distances <= true).mean())
        found.append(Found(name, patches, distances, recall, ready - start, seconds))
    return found


def distances_to(rows: np.ndarray, queries: np.ndarray, patches: np.ndarray) -> np.ndarray:
    """(n, K) int64: squared distances of queries to the patches that were found for each."""
    off = rows[patches].astype(np.int32) - queries[:, None]
    return (off**2).sum(axis=2, dtype=np.int64)


def _ours(library, search, image, mask, count, threads) -> Callable:
    # With a colour for every patch, the nearest of distinct colours are simply the nearest.
    plain = copy.copy(library)
    plain.__dict__["colours"] = np.arange(len(library), dtype=np.int32)
    plain.__dict__["distinct_colours"] = len(library)
    ready = CandidateSearch(plain, search)
    if search == "linear":
        assert len(ready.table)  # made when it is first asked for
    return lambda: ready.find(image, mask, count, threads=threads).sources


def _scipy(rows, queries, count, threads) -> Callable:
    tree = cKDTree(rows.astype(np.float32))
    k = np.arange(1, count + 1)
    return lambda: tree.query(queries.astype(np.float32), k=k, workers=threads or -1)[1]


def _scikit(rows, queries, count, threads) -> dict[str, Callable]:
    if "scikit-learn" in absent():
        return {}

    def make(algorithm):
        from sklearn.neighbors import NearestNeighbors

        near = NearestNeighbors(n_neighbors=count, algorithm=algorithm, n_jobs=threads or -1)
        near.fit(rows.astype(np.float32))
        return lambda: near.kneighbors(queries.astype(np.float32), return_distance=False)

    named = {"brute": "brute force", "kd_tree": "k-d tree", "ball_tree": "ball tree"}
    return {f"{word} (scikit-learn)": lambda kind=kind: make(kind) for kind, word in named.items()}


def _faiss(rows, queries, count, threads) -> dict[str, Callable]:
    if "faiss" in absent():
        return {}

    def make():
        import faiss

        if threads:
            faiss.omp_set_num_threads(threads)
        index = faiss.IndexFlatL2(rows.shape[1])
        index.add(rows.astype(np.float32))
        return lambda: index.search(queries.astype(np.float32), count)[1]

    return {"flat (faiss)": make}


def cost(rows: np.ndarray, queries: np.ndarray, count: int, *, limits=None, counted=None) -> np.ndarray:
    """(n, 2) int64: leaves entered and patches looked at, query by query, by our tree alone.

    count: how many nearest are wanted. limits: (n,) a squared distance known beforehand to hold that
    many, such as coherence brings. counted: (D,) bool, the dimensions that count, of which the tree,
    built for all of them, knew nothing: as for a causal neighborhood in order of confidence.
    """
    tree = build_tree(rows)
    limits = np.full(len(queries), np.inf) if limits is None else limits
    looked = np.zeros((len(queries), 2), np.int64)
    every = np.full(rows.shape[1], 255, np.uint8)
    counts = every if counted is None else np.where(counted, 255, 0).astype(np.uint8)
    own = None if counted is None else boxes_round(tree.rows, tree.starts)
    for i, query in enumerate(queries):
        looked[i] = visits(tree, query & counts, count, limits[i], own=own, counted=counts)[1:3]
    return looked


def visits(tree, query, count: int, limit: float = np.inf, *, own=None, counted=None):
    """One query followed through the tree: (leaves entered in order, how many, patches looked at, the
    limit as it was after each leaf)."""
    point = np.empty(COORDINATES, np.float32)
    project(query, tree.mean, tree.axes, np.ones(len(query)), point)
    counted = np.full(len(query), 255, np.uint8) if counted is None else counted
    boxes = np.zeros((1, 2, 1, FAN), np.uint8) if own is None else own
    leaves = len(tree.lanes)
    entered, after = np.empty(leaves, np.int64), np.empty(leaves)
    number, looked = _walk(tree, point, query, boxes, counted, own is not None, count, limit, entered, after)
    return entered[:number], number, looked, after[:number]


@kernel
def _walk(tree, point, query, own, counted, arbitrary, count, limit, entered, after):
    nodes, bounds = np.empty(STACK, np.int64), np.empty(STACK + FAN, np.float32)
    nodes[0], bounds[0], top = 0, np.float32(0), 1
    nearest = np.full(count, limit)
    number, looked = 0, 0
    while True:
        reach = np.float32(nearest[count - 1])
        if arbitrary:
            leaf, top = next_leaf_of_some(
                tree.first, tree.children, own, query, counted, reach, nodes, bounds, top
            )
        else:
            leaf, top = next_leaf(tree.first, tree.children, tree.boxes, point, reach, nodes, bounds, top)
        if leaf < 0:
            return number, looked
        for i in range(tree.starts[leaf], tree.starts[leaf + 1]):
            distance = float(squared_distance((tree.rows[i] & counted).reshape(1, -1), 0, query))
            looked += 1
            if distance < nearest[count - 1]:
                at = count - 1
                while at > 0 and nearest[at - 1] > distance:
                    nearest[at] = nearest[at - 1]
                    at -= 1
                nearest[at] = distance
        entered[number], after[number] = leaf, nearest[count - 1]
        number += 1


def psnr(values: np.ndarray, true: np.ndarray) -> float:
    """20 log10(255 / RMS) of uint8 values against the true ones, dB."""
    return float(20 * np.log10(255 / np.sqrt(np.mean((values.astype(float) - true) ** 2))))


def sizes_up_to(largest: int) -> list[int]:
    """Square numbers near 10^4, 10^4.5, 10^5 and so on, the last near `largest`."""
    steps = np.arange(4, np.log10(largest) + 0.01, 0.5)
    return [round(np.sqrt(10**step)) ** 2 for step in steps]


def exponent(sizes, costs) -> float:
    """The b of cost = a size^b that fits best in logarithms."""
    return float(np.polyfit(np.log(sizes), np.log(costs), 1)[0])


@dataclass(frozen=True)
class Floor:
    """What this machine can do at best: float32 operations a second in a matrix product on all cores, and
    bytes a second that one pass through memory reads."""

    operations: float
    traffic: float

    def linear(self, patches: int, queries: int, depth: int) -> float:
        """Seconds for all squared distances by a matrix product, nothing but its arithmetic."""
        return 2.0 * patches * queries * depth / self.operations

    def once(self, patches: int, depth: int) -> float:
        """Seconds for reading every patch once."""
        return patches * depth / self.traffic


def floor(side: int = 1500, rounds: int = 5) -> Floor:
    """Measure it: the best of some rounds."""
    a = np.ones((side, side), np.float32)
    plain = np.ones(2**26, np.uint8)
    product = min(_timed(lambda: a @ a) for _ in range(rounds))
    read = min(_timed(lambda: plain.view(np.uint64).sum()) for _ in range(rounds))
    return Floor(2 * side**3 / product, plain.nbytes / read)


def _timed(work: Callable) -> float:
    start = perf_counter()
    work()
    return perf_counter() - start


@dataclass(frozen=True)
class Scaling:
    """Cost against the size of the library, each a list by size. looked: patches looked at, on average,
    by our tree alone, by the tree given the limit with which the coherent search ends, and for the one
    nearest patch in part of the dimensions. seconds: {search: per query}."""

    sizes: list[int]
    looked: dict[str, list[float]]
    seconds: dict[str, list[float]]


def scaling(scene, sizes, count: int, *, side: int, counted, timed=(), threads=None, light="linear"):
    """The Scaling of the searches for one square of `side` pixels in the middle of U, as the focused photo
    that informs it is cut out ever larger round the same place.

    counted: (size^2,) bool, the pixels of the neighborhood that count for the third cost. timed: names
    of searches to take the time of.
    """
    whole = scene.focused[0].image
    looked = {name: [] for name in COSTS}
    seconds = {name: [] for name in timed}
    for size in sizes:
        cut_out = round(np.sqrt(size))
        top = (whole.shape[0] - cut_out) // 2
        mask = np.zeros(whole.shape[:2], bool)
        mask[top : top + cut_out, top : top + cut_out] = True
        focused = [FocusedPhoto(whole, mask)]
        library = PatchLibrary(focused, scene.psf, neighborhood=round(np.sqrt(len(counted))), light=light)
        middle = (whole.shape[0] - side) // 2
        where = np.zeros_like(mask)
        where[middle : middle + side, middle : middle + side] = True
        queries = whole_queries(library, scene.misfocused, where)
        near = compare(library, scene.misfocused, where, count, threads=threads, only=("coherent (ours)",))
        limits = near[0].distances.max(axis=1) + 1.0
        windows = whole_queries(library, scene.truth, where)
        costs = (
            cost(library.blurred, queries, count),
            cost(library.blurred, queries, count, limits=limits),
            cost(library.sharp, windows, 1, counted=np.repeat(counted, 3)),
        )
        for name, one in zip(COSTS, costs, strict=True):
            looked[name].append(float(one[:, 1].mean()))
        for found in compare(library, scene.misfocused, where, count, threads=threads, only=tuple(timed)):
            seconds[found.name].append(found.answer / len(queries))
    return Scaling(list(sizes), looked, seconds)
