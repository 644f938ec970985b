"""Why a pixel got its color: everything that was weighed at its turn (paper, §2.1 to §2.3)."""

from dataclasses import dataclass
from typing import Any, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

import refocuslab as rl
from refocuslab.errors import RefocusError
from refocuslab.paper import pyramid
from refocuslab.paper.patches import PatchLibrary
from refocuslab.paper.weighted_texture import WEIGHT_STEPS, pixel_weights
from refocuslab.refocusing.result import Stages

# What a pixel of the neighborhood held at the turn: U outside the mask, its own value, the nearest candidate
# of a pixel without a value, or it is the pixel itself.
PHOTO, ASSIGNED, STAND_IN, CENTER = "photo", "assigned", "stand-in", "center"
# Library patches that are compared at a time, so that their differences take at most some 10 MB.
PART = 4096
# Side of the square that is shown round a pixel.
SURROUNDINGS = 33
Photo = NDArray[np.uint8]
Mask = NDArray[np.bool_]
Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Pixel:
    """One pixel's choice, made again by linear search in W as it was at the pixel's turn.

    Patches are (size, size, 3) uint8, sRGB, K of them where there are K candidates, nearest first.

    Attributes
    ----------
    y, x : int
        The pixel.
    turn, turns : int
        Its turn, from 0, and the number of turns.
    query : ndarray of uint8, (size, size, 3)
        N(U, x, y).
    window : ndarray of uint8, (size, size, 3)
        N(W, x, y) at the pixel's turn.
    holds : tuple of str
        What each pixel of the window was: "photo", "assigned", "stand-in" or "center".
    counted : ndarray of bool, (size, size)
        The pixels of the window that the texture constraint counts.
    weights : ndarray of int64, (size, size)
        What each of them counts; ``whole`` if certain.
    whole : int
        What a certain pixel counts, 1 if the comparison is not weighted.
    above : ndarray of uint8, (3, 3, 3), or None
        In a pyramid the window of the coarser W, which counts too.
    values : ndarray of uint8, (K, 3)
        The candidate values.
    sources : ndarray of int64, (K,)
        The library index of each.
    places : tuple of (int, int, int)
        Photo, y and x of each.
    blurred : ndarray of uint8, (K, size, size, 3)
        The patch of each as U would show it.
    sharp : ndarray of uint8, (K, size, size, 3)
        The patch itself.
    texture : ndarray of uint8, (K, size, size, 3)
        The library patch nearest to the window with the candidate in its center: it makes P_texture.
    image_distances, texture_distances : ndarray of int64, (K,)
        The exponents: squared differences in (8-bit gray levels)^2.
    p_image, p_texture, product : ndarray of float64, (K,)
        Each P over its sum over the candidates.
    winner, chosen : int
        The candidate that maximizes the product, and the one that the result took. They differ only if the
        search was not exact.
    value : ndarray of uint8, (3,)
        The pixel in the result; a later stage may have changed the candidate's value.
    """

    y: int
    x: int
    turn: int
    turns: int
    query: Photo
    window: Photo
    holds: tuple[str, ...]
    counted: Mask
    weights: Integers
    whole: int
    above: Photo | None
    values: Photo
    sources: Integers
    places: tuple[tuple[int, int, int], ...]
    blurred: Photo
    sharp: Photo
    texture: Photo
    image_distances: Integers
    texture_distances: Integers
    p_image: NDArray[np.float64]
    p_texture: NDArray[np.float64]
    product: NDArray[np.float64]
    winner: int
    chosen: int
    value: Photo


class _Coarser(NamedTuple):
    """What of the coarser level of a pyramid counts for a pixel."""

    patches: Photo  # (N, 27): the 3 x 3 window over the center of each library patch
    window: Photo  # (27,): the window of the coarser W
    counts: Integers  # (27,): what each of its values counts


def explain(scene: rl.Scene, result: rl.Result, y: int, x: int) -> Pixel:
    """Why a pixel has its color: its turn in the last pass, made again by linear search.

    Parameters
    ----------
    scene : Scene
        The scene of the result.
    result : Result
        What refocus() made of it.
    y, x : int
        The pixel.

    Raises
    ------
    RefocusError
        The pixel lies outside the mask.
    """
    height, width = scene.mask.shape
    if not (0 <= y < height and 0 <= x < width and scene.mask[y, x]):
        raise RefocusError("pixel", "must lie inside the mask", f"({y}, {x})")
    method, library, candidates = result.method, result.library, result.candidates
    number = int(np.count_nonzero(scene.mask.ravel()[: y * width + x]))
    neighborhood = library.neighborhood
    at = np.array([y]), np.array([x])
    rows, columns = (place[0] for place in neighborhood.positions(*at, scene.mask.shape))
    turn = int(result.order[y, x])
    holds, counted = _neighbors(scene.mask, result, rows, columns, turn)
    window = canvas_at(scene, result, turn)[rows, columns]
    values, sources = candidates.values[number], candidates.sources[number]
    image_distances = candidates.distances[number]
    weights, whole = _weights(result, method)
    weights = weights[rows, columns]
    coarser = _coarser(library, result.coarser, method, y, x)
    texture_distances, matches = _texture(library, window, weights * counted, whole, coarser, values)
    shape = neighborhood.size, neighborhood.size, 3

    by_image: NDArray[np.float64] = method.lambda_image * image_distances
    by_texture = method.lambda_texture / whole * texture_distances
    energy = by_image + by_texture
    best = np.flatnonzero(energy == energy.min())
    return Pixel(
        *(y, x, turn, int(scene.mask.sum())),
        query=neighborhood.windows(scene.misfocused, *at)[0].reshape(shape),
        window=window.reshape(shape),
        holds=holds,
        counted=counted.reshape(shape[:2]),
        weights=weights.reshape(shape[:2]),
        whole=whole,
        above=None if coarser is None else coarser.window.reshape(3, 3, 3),
        values=values,
        sources=sources,
        places=tuple(library.position(i) for i in sources),
        blurred=library.blurred[sources].reshape(-1, *shape),
        sharp=library.sharp[sources].reshape(-1, *shape),
        texture=library.sharp[matches].reshape(-1, *shape),
        image_distances=image_distances,
        texture_distances=texture_distances,
        p_image=_share(by_image),
        p_texture=_share(by_texture),
        product=_share(energy),
        winner=int(best[sources[best].argmin()]),
        chosen=int(np.flatnonzero(sources == result.source[y, x])[0]),
        value=result.image[y, x],
    )


def canvas_at(scene: rl.Scene, result: rl.Result, turn: int, number: int = -1) -> Photo:
    """W, (H, W, 3), as it was when ``turn`` pixels of a pass had been assigned.

    Parameters
    ----------
    scene : Scene
        The scene of the result.
    result : Result
        What refocus() made of it.
    turn : int
        From 0, the start of the pass, to the number of pixels in the mask, its end.
    number : int
        The pass as an index: 0 is the first, -1 the last.
    """
    mask, candidates = scene.mask, result.candidates
    after = [source[mask] for source in (*result.earlier, result.source)]
    number = range(len(after))[number]
    before = after[number - 1] if number else candidates.sources[:, 0]
    source = np.where(result.order[mask] < turn, after[number], before)
    # The value is the candidate's. With "kmeans" and "modes" it is a mean, and not that of its source.
    took = (candidates.sources == source[:, None]).argmax(axis=1)
    canvas = scene.misfocused.copy()
    canvas[mask] = candidates.values[np.arange(len(took)), took]
    return canvas


def surroundings(image: Photo, y: int, x: int) -> tuple[Photo, int, int]:
    """A square of a photo round a pixel.

    Returns
    -------
    square : ndarray of uint8, (side, side, 3)
        Moved so that it lies in the photo; ``side`` is ``SURROUNDINGS``, or the photo's shorter side.
    y, x : int
        Where the pixel lies in the square.
    """
    side = min(SURROUNDINGS, *image.shape[:2])
    top, left = (
        int(np.clip(at - side // 2, 0, length - side))
        for at, length in zip((y, x), image.shape, strict=False)
    )
    return image[top : top + side, left : left + side], y - top, x - left


def _neighbors(
    mask: Mask, result: rl.Result, rows: Integers, columns: Integers, turn: int
) -> tuple[tuple[str, ...], Mask]:
    """What each pixel of a neighborhood held at a turn, and whether it counted."""
    method, neighborhood = result.method, result.library.neighborhood
    outside = ~mask[rows, columns]
    assigned = ~outside & (result.order[rows, columns] < turn)
    holds = [
        PHOTO if out else ASSIGNED if there else STAND_IN
        for out, there in zip(outside, assigned, strict=True)
    ]
    holds[neighborhood.center] = CENTER
    counted = np.ones(len(rows), bool)
    if method.causal:
        if method.passes == 1:
            counted = outside | assigned
        if method.order == "scanline":
            counted &= neighborhood.before_center
    counted[neighborhood.center] = False
    return tuple(holds), counted


def _weights(result: rl.Result | Stages, method: rl.Method) -> tuple[Integers, int]:
    """(H, W) int64: what the pixels of a result count, and what a certain one does."""
    weights = pixel_weights(result.confidence, method).astype(np.int64)
    return weights, WEIGHT_STEPS if method.weighted else 1


def _coarser(
    library: PatchLibrary, above: Stages | None, method: rl.Method, y: int, x: int
) -> _Coarser | None:
    """What counts for a pixel of the result of the coarser level; None without a pyramid."""
    if above is None:
        return None
    weights, _ = _weights(above, method)
    at = np.array([y]), np.array([x])
    window, counts = (pyramid.above(photo, *at)[0] for photo in (above.image, np.dstack([weights] * 3)))
    # The library of a result with a coarser one has its windows.
    return _Coarser(cast(Photo, library.coarser), window, counts)


def _texture(
    library: PatchLibrary,
    window: Photo,
    weights: Integers,
    whole: int,
    coarser: _Coarser | None,
    values: Photo,
) -> tuple[Integers, Integers]:
    """(K,): min over v of the distance to N(W', x, y) for each candidate value, and the v that has it."""
    middle = library.neighborhood.center
    used = weights > 0
    wanted = window[used].astype(np.int64).ravel()
    counts = np.repeat(weights[used], 3)
    best = np.full(len(values), np.iinfo(np.int64).max)
    matches = np.zeros(len(values), np.int64)
    for first in range(0, len(library), PART):
        patches = library.sharp[first : first + PART].reshape(-1, weights.size, 3)
        around = ((patches[:, used].reshape(len(patches), -1) - wanted) ** 2) @ counts
        if coarser is not None:
            over = coarser.patches[first : first + PART].astype(np.int64)
            around += (over - coarser.window) ** 2 @ coarser.counts
        centers = patches[:, middle].astype(np.int64)
        at_center = ((centers - values[:, None].astype(np.int64)) ** 2).sum(axis=2)
        total = around + whole * at_center
        nearest = total.argmin(axis=1)
        distances = total[np.arange(len(values)), nearest]
        better = distances < best
        best[better], matches[better] = distances[better], first + nearest[better]
    return best, matches


def _share(energy: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
    unscaled = np.exp(energy.min() - energy)
    share: NDArray[np.float64] = unscaled / unscaled.sum()
    return share
