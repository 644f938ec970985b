"""The stages of the paper at one level of a pyramid: candidates, order of assignment, texture (§2)."""

from collections.abc import Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from refocuslab.method import Method
from refocuslab.paper import order_of_assignment
from refocuslab.paper.candidates import Candidates, tier
from refocuslab.paper.candidates_in_parts import find_candidates_in_parts
from refocuslab.paper.canvas import Canvas, start_canvas
from refocuslab.paper.confidence import certainty, neighborhood_confidence
from refocuslab.paper.patches import Neighborhood, PatchLibrary, around
from refocuslab.paper.selection import pool_size, select
from refocuslab.paper.texture import TextureSearch, fixed_neighborhood, neighborhoods
from refocuslab.paper.weighted_texture import Comparison, what_is_around
from refocuslab.refocusing.kept import Kept
from refocuslab.refocusing.result import Stages
from refocuslab.running.progress import Watch
from refocuslab.running.threads import one_thread_each, pool

# assign(pixels, known): gives each of these pixels its best candidate, by the neighbors that are known.
_Assign = Callable[[NDArray[np.int64], NDArray[np.bool_]], object]
_Value = TypeVar("_Value", bound=np.generic)


@dataclass(frozen=True)
class Work:
    """What all levels of a pyramid share.

    Attributes
    ----------
    method : Method
        By which W is made.
    threads : int
        How many threads to use.
    kept, pools : Kept
        What was made for other methods: of the focused photos alone, and for the pixels of the mask.
    cut : Hashable
        What the libraries depend on: the key by which they are kept.
    """

    method: Method
    threads: int
    kept: Kept
    pools: Kept
    cut: Hashable


@dataclass(frozen=True)
class Level:
    """One level of a pyramid.

    Attributes
    ----------
    number : int
        0 for the finest.
    library : PatchLibrary
        Its patches.
    image : ndarray of uint8, (H, W, 3)
        U, sRGB, at this level.
    mask : ndarray of bool, (H, W)
        The pixels to assign.
    coarser : Stages or None
        That of the level above, if there is one.
    parts : tuple of (PatchLibrary, ndarray of bool, (H, W))
        Where U is blurred otherwise at each place, the library blurred as U is in each part of the mask.
    """

    number: int
    library: PatchLibrary
    image: NDArray[np.uint8]
    mask: NDArray[np.bool_]
    coarser: Stages | None
    parts: tuple[tuple[PatchLibrary, NDArray[np.bool_]], ...] = ()


def refocus_level(work: Work, level: Level, watch: Watch) -> Stages:
    """W at one level, by the stages of the paper; each is a stage of the watch."""
    method, library, image, mask = work.method, level.library, level.image, level.mask
    shape, box = mask.shape, (slice(None), slice(None))
    if level.coarser is None:
        # The arrays of 8 bytes a pixel are made for the mask and its windows only: a large photo with a
        # small mask has no room for them.
        box = around(mask, library.neighborhood.size - 1)
        image, mask = image[box], mask[box]
    watch.start("candidates")
    candidates = select(_pool(work, level, box, watch), method, work.threads)
    watch.start("order")
    confidences = certainty(candidates, method.confidence, method.lambda_image)
    averaged = neighborhood_confidence(confidences, mask, method.box)
    turn = order_of_assignment.turns(method.order, averaged, method.seed)
    watch.start("texture")
    canvas = start_canvas(image, mask, candidates, library.neighborhood)
    confidence = _scattered(confidences, mask, np.nan)
    earlier: tuple[NDArray[np.int64], ...] = ()
    changed: tuple[float, ...] = ()
    if method.lambda_texture > 0:
        assign = _assignment(work, level, canvas, confidence)
        earlier, changed = _assign_all(assign, canvas, library.neighborhood, turn, work, watch)

    def put_back(part: NDArray[_Value], outside: float) -> NDArray[_Value]:
        whole = np.full(shape, outside, part.dtype)
        whole[box] = part
        return whole

    made = level.image.copy()
    made[box] = canvas.image
    return Stages(
        image=made,
        confidence=put_back(confidence, np.nan),
        neighborhood_confidence=put_back(_scattered(averaged, mask, np.nan), np.nan),
        order=put_back(_scattered(turn, mask, -1), -1),
        source=put_back(canvas.source, -1),
        earlier=tuple(put_back(source, -1) for source in earlier),
        changed=changed,
        candidates=candidates,
        library=library,
        coarser=level.coarser,
    )


def _scattered(values: NDArray[_Value], mask: NDArray[np.bool_], outside: float) -> NDArray[_Value]:
    """Values (n,) of the pixels of a mask, at their places (H, W)."""
    whole = np.full(mask.shape, outside, values.dtype)
    whole[mask] = values
    return whole


def _pool(work: Work, level: Level, box: tuple[slice, slice], watch: Watch) -> Candidates:
    """The nearest values of every pixel of the mask, of which the method selects its candidates."""
    search, count = work.method.search, tier(pool_size(work.method))
    parts = level.parts or ((level.library, level.mask),)
    return work.pools.get(
        f"candidates {level.number}",
        (work.cut, search, count),
        lambda: find_candidates_in_parts(
            [(library, pixels[box]) for library, pixels in parts],
            level.image[box],
            count,
            search=search,
            threads=work.threads,
            step=watch.step,
        ),
    )


def _assignment(work: Work, level: Level, canvas: Canvas, confidence: NDArray[np.float64]) -> _Assign:
    """The method's texture constraint, on a canvas."""
    method, library, stage = work.method, level.library, f"texture {level.number}"
    lambdas = method.lambda_image, method.lambda_texture
    assign: _Assign
    if not (method.weighted or level.coarser):
        fixed = fixed_neighborhood(library.neighborhood, method)
        search = work.kept.get(
            stage,
            (work.cut, method.search, tuple(fixed)),
            lambda: TextureSearch(library, fixed=fixed, search=method.search, threads=work.threads),
        )
        assign = search.kernel(canvas, *lambdas)
        return assign
    comparison = work.kept.get(
        stage,
        (work.cut, method.weighted, method.causal, method.search),
        lambda: Comparison(library, weighted=method.weighted, causal=method.causal, search=method.search),
    )
    given = what_is_around(canvas, confidence, level.coarser, method)
    assign = comparison.kernel(canvas, given, *lambdas)
    return assign


def _assign_all(
    assign: _Assign,
    canvas: Canvas,
    neighborhood: Neighborhood,
    turn: NDArray[np.int64],
    work: Work,
    watch: Watch,
) -> tuple[tuple[NDArray[np.int64], ...], tuple[float, ...]]:
    """Every pixel in its turn, pass after pass.

    Returns canvas.source after each pass but the last, and the share of pixels that each pass changed.
    """
    method, threads = work.method, work.threads
    mask = canvas.source >= 0
    earlier: list[NDArray[np.int64]] = []
    changed: list[float] = []
    steps = order_of_assignment.side_by_side(
        turn, mask, neighborhood.radius, threads, in_sequence=method.search == "coherent"
    )
    done, total = 0, method.passes * len(turn)

    def assigned(count: int) -> None:
        nonlocal done
        done += count
        watch.step(done / total)

    with one_thread_each(), pool(threads) as workers:
        for number in range(method.passes):
            before = canvas.image.copy(), canvas.source.copy(), canvas.match.copy()
            if number:
                earlier.append(before[1])
            known = neighborhoods(turn, mask, neighborhood, method, first_pass=number == 0)
            for shares in steps:
                _assign_shares(workers, assign, shares, known, assigned)
            other = (canvas.image != before[0]).any(axis=2)
            changed.append(int(np.count_nonzero(other)) / len(turn))
            same = not other.any() and (number > 0 or not method.causal)
            if method.search == "coherent":
                # It also reads where its neighbors came from.
                same &= all(map(np.array_equal, before[1:], (canvas.source, canvas.match)))
            if same:
                # Any further pass would begin, and end, with the same.
                left = method.passes - len(changed)
                changed, earlier = changed + [0.0] * left, earlier + [before[1]] * left
                break
    return tuple(earlier), tuple(changed)


def _assign_shares(
    workers: ThreadPoolExecutor,
    assign: _Assign,
    shares: list[NDArray[np.int64]],
    known: NDArray[np.bool_],
    assigned: Callable[[int], object],
) -> None:
    """The shares of one step, side by side; ``assigned`` is called with the size of each that is done."""
    handed = [workers.submit(assign, share, known) for share in shares[1:]]
    try:
        assign(shares[0], known)
        assigned(len(shares[0]))
        for share, pixels in zip(handed, shares[1:], strict=True):
            share.result()
            assigned(len(pixels))
    finally:
        # What is cancelled waits for no share that has not begun.
        for share in handed:
            share.cancel()
