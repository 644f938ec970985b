"""The searches of notebook 7, ours and other people's, on the same queries (paper, §5.2).

All look for the nearest patches of Blur(V), whatever their center values. scikit-learn and faiss are
wanted for the comparison only: where one is absent, its searches are not in the list, and `absent` says so.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from refocuslab.lab.measures.tree_visits import cost
from refocuslab.optics.light import LightKind
from refocuslab.paper.candidates import CandidateSearch
from refocuslab.paper.patches import PatchLibrary
from refocuslab.scene import FocusedPhoto, Scene

# What `scaling` counts: a whole query, one whose limit is known, and one in part of the dimensions.
COSTS = ("tree alone", "tree, limit known", "some dimensions")
# Packages of the extra `search`, and the modules that they bring.
EXTRAS = {"scikit-learn": "sklearn", "faiss": "faiss"}

# Answers all queries: (n, K) library indices.
Answer = Callable[[], NDArray[np.integer[Any]]]
# Prepares the library.
Maker = Callable[[], Answer]


@dataclass(frozen=True)
class Found:
    """What a search found for n queries.

    Attributes
    ----------
    name : str
        The search.
    patches : ndarray of int, (n, K)
        Library indices, nearest first.
    distances : ndarray of int64, (n, K)
        Squared distances to them.
    recall : float
        Share of the true K nearest that it found, 0 to 1; patches as near as the K-th count for it.
    prepare, answer : float
        Seconds to prepare the library, and to answer all queries.
    """

    name: str
    patches: NDArray[np.integer[Any]]
    distances: NDArray[np.int64]
    recall: float
    prepare: float
    answer: float


def whole_queries(
    library: PatchLibrary, image: NDArray[np.uint8], mask: NDArray[np.bool_]
) -> NDArray[np.uint8]:
    """(n, D) uint8: N(U, x, y) of the mask's n pixels; image (H, W, 3), mask (H, W)."""
    return library.neighborhood.windows(image, *np.nonzero(mask))


def absent() -> list[str]:
    """The packages of the extra `search` that are not installed."""
    return [name for name, module in EXTRAS.items() if find_spec(module) is None]


def compare(
    library: PatchLibrary,
    image: NDArray[np.uint8],
    mask: NDArray[np.bool_],
    count: int,
    *,
    threads: int | None = None,
    only: Sequence[str] = (),
) -> list[Found]:
    """Every search that is installed, for the pixels of a mask of U.

    Parameters
    ----------
    library : PatchLibrary
        V.
    image : ndarray of uint8, (H, W, 3)
        U, sRGB.
    mask : ndarray of bool, (H, W)
        The queries' pixels.
    count : int
        K, how many nearest patches are wanted.
    threads : int, optional
        How many threads each may use; one a core by default.
    only : sequence of str
        Names of the searches to run; all by default.

    Returns
    -------
    list of Found
        Recall is by the distances of the first of them.
    """
    queries = whole_queries(library, image, mask)
    makers: dict[str, Maker] = {
        "linear (ours)": lambda: _ours(library, "linear", image, mask, count, threads),
        "cKDTree (scipy)": lambda: _scipy(library.blurred, queries, count, threads),
        **_scikit(library.blurred, queries, count, threads),
        **_faiss(library.blurred, queries, count, threads),
        "tree (ours, exact)": lambda: _ours(library, "exact", image, mask, count, threads),
        "coherent (ours)": lambda: _ours(library, "coherent", image, mask, count, threads),
    }
    chosen = {name: make for name, make in makers.items() if not only or name in only}
    found: list[Found] = []
    true: NDArray[np.int64] | None = None
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


def distances_to(
    rows: NDArray[np.uint8], queries: NDArray[np.uint8], patches: NDArray[np.integer[Any]]
) -> NDArray[np.int64]:
    """Squared distances of queries to the patches that were found for each.

    Parameters
    ----------
    rows : ndarray of uint8, (N, D)
        The library.
    queries : ndarray of uint8, (n, D)
        The queries.
    patches : ndarray of int, (n, K)
        Indices into ``rows``.

    Returns
    -------
    ndarray of int64, (n, K)
        In (8-bit gray levels)^2.
    """
    off = rows[patches].astype(np.int32) - queries[:, None]
    squared: NDArray[np.int64] = (off**2).sum(axis=2, dtype=np.int64)
    return squared


def _ours(
    library: PatchLibrary,
    search: str,
    image: NDArray[np.uint8],
    mask: NDArray[np.bool_],
    count: int,
    threads: int | None,
) -> Answer:
    ready = CandidateSearch(library, search, distinct=False)
    if search == "linear":
        assert len(ready.table)  # made when it is first asked for
    return lambda: ready.find(image, mask, count, threads=threads).sources


def _scipy(rows: NDArray[np.uint8], queries: NDArray[np.uint8], count: int, threads: int | None) -> Answer:
    tree = cKDTree(rows.astype(np.float32))
    k = np.arange(1, count + 1)

    def answer() -> NDArray[np.integer[Any]]:
        _, patches = tree.query(queries.astype(np.float32), k=k, workers=threads or -1)
        found: NDArray[np.integer[Any]] = patches
        return found

    return answer


def _scikit(
    rows: NDArray[np.uint8], queries: NDArray[np.uint8], count: int, threads: int | None
) -> dict[str, Maker]:
    if "scikit-learn" in absent():
        return {}

    def maker(algorithm: str) -> Maker:
        def make() -> Answer:
            from sklearn.neighbors import NearestNeighbors

            near = NearestNeighbors(n_neighbors=count, algorithm=algorithm, n_jobs=threads or -1)
            near.fit(rows.astype(np.float32))
            return lambda: near.kneighbors(queries.astype(np.float32), return_distance=False)

        return make

    named = {"brute": "brute force", "kd_tree": "k-d tree", "ball_tree": "ball tree"}
    return {f"{word} (scikit-learn)": maker(kind) for kind, word in named.items()}


def _faiss(
    rows: NDArray[np.uint8], queries: NDArray[np.uint8], count: int, threads: int | None
) -> dict[str, Maker]:
    if "faiss" in absent():
        return {}

    def make() -> Answer:
        import faiss

        if threads:
            faiss.omp_set_num_threads(threads)
        index = faiss.IndexFlatL2(rows.shape[1])
        index.add(rows.astype(np.float32))
        return lambda: index.search(queries.astype(np.float32), count)[1]

    return {"flat (faiss)": make}


def psnr(values: NDArray[np.uint8], true: NDArray[np.uint8]) -> float:
    """20 log10(255 / RMS) of values against the true ones, of any one shape, in dB."""
    return float(20 * np.log10(255 / np.sqrt(np.mean((values.astype(float) - true) ** 2))))


def sizes_up_to(largest: int) -> list[int]:
    """Square numbers near 10^4, 10^4.5, 10^5 and so on, the last near `largest`."""
    steps = np.arange(4, np.log10(largest) + 0.01, 0.5)
    return [round(np.sqrt(10**step)) ** 2 for step in steps]


def exponent(sizes: Sequence[float], costs: Sequence[float]) -> float:
    """The b of cost = a size^b that fits best in logarithms."""
    return float(np.polyfit(np.log(sizes), np.log(costs), 1)[0])


@dataclass(frozen=True)
class Floor:
    """What this machine can do at best.

    Attributes
    ----------
    operations : float
        float32 operations a second in a matrix product on all cores.
    traffic : float
        Bytes a second that one pass through memory reads.
    """

    operations: float
    traffic: float

    def linear(self, patches: int, queries: int, depth: int) -> float:
        """Seconds of the arithmetic of all squared distances, in `depth` dimensions, by a matrix product."""
        return 2.0 * patches * queries * depth / self.operations

    def once(self, patches: int, depth: int) -> float:
        """Seconds for reading every patch of `depth` bytes once."""
        return patches * depth / self.traffic


def floor(side: int = 1500, rounds: int = 5) -> Floor:
    """Measure it: the best of some rounds, with matrices of `side` x `side`."""
    a = np.ones((side, side), np.float32)
    plain = np.ones(2**26, np.uint8)
    product = min(_timed(lambda: a @ a) for _ in range(rounds))
    read = min(_timed(lambda: plain.view(np.uint64).sum()) for _ in range(rounds))
    return Floor(2 * side**3 / product, plain.nbytes / read)


def _timed(work: Callable[[], object]) -> float:
    start = perf_counter()
    work()
    return perf_counter() - start


@dataclass(frozen=True)
class Scaling:
    """Cost against the size of the library.

    Attributes
    ----------
    sizes : list of int
        Patches in the library.
    looked : dict of str to list of float
        Patches looked at, on average, for each size: by our tree alone, by the tree given the limit with
        which the coherent search ends, and for the one nearest patch in part of the dimensions (`COSTS`).
    seconds : dict of str to list of float
        Seconds per query for each size, by search.
    """

    sizes: list[int]
    looked: dict[str, list[float]]
    seconds: dict[str, list[float]]


def scaling(
    scene: Scene,
    sizes: Sequence[int],
    count: int,
    *,
    side: int,
    counted: NDArray[np.bool_],
    timed: Sequence[str] = (),
    threads: int | None = None,
    light: LightKind = "linear",
) -> Scaling:
    """Cost of the searches for one square in the middle of U, against the size of the library.

    The focused photo that informs it is cut out ever larger round the same place.

    Parameters
    ----------
    scene : Scene
        Its focused photo is square, and shows the same view as U; its truth is known.
    sizes : sequence of int
        Patches in the library, square numbers.
    count : int
        How many nearest patches are wanted.
    side : int
        Of the square, in pixels.
    counted : ndarray of bool, (size^2,)
        The pixels of the neighborhood that count for the third cost.
    timed : sequence of str
        Names of the searches to take the time of.
    threads : int, optional
        How many threads each may use.
    light : {"linear", "encoded"}
        Where the PSF acts.

    Returns
    -------
    Scaling
        The costs.
    """
    assert scene.truth is not None
    whole = scene.focused[0].image
    looked: dict[str, list[float]] = {name: [] for name in COSTS}
    seconds: dict[str, list[float]] = {name: [] for name in timed}
    for size in sizes:
        mask = _middle(whole.shape, round(np.sqrt(size)))
        where = _middle(whole.shape, side)
        focused = [FocusedPhoto(whole, mask)]
        library = PatchLibrary(
            focused, scene.known_psf, neighborhood=round(np.sqrt(len(counted))), light=light
        )
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


def _middle(shape: tuple[int, ...], side: int) -> NDArray[np.bool_]:
    """(H, W) bool: the square of `side` pixels in the middle of a square photo."""
    top = (shape[0] - side) // 2
    square = np.zeros(shape[:2], bool)
    square[top : top + side, top : top + side] = True
    return square
