"""Why a pixel got its colour: everything that was weighed at its turn (paper, §2.1 to §2.3)."""

from dataclasses import dataclass

import numpy as np

import refocuslab as rl
from refocuslab.errors import RefocusError
from refocuslab.paper.pyramid import above as windows_above
from refocuslab.paper.weighted_texture import STEPS, pixel_weights

# What the offsets of a neighborhood held at the pixel's turn.
PHOTO, ASSIGNED, STAND_IN, CENTRE = "photo", "assigned", "stand-in", "centre"
PART = 4096
SURROUNDINGS = 33


@dataclass(frozen=True)
class Pixel:
    """One pixel's choice, made again by linear search in W as it was at the pixel's turn.

    Patches are (size, size, 3) uint8, sRGB, K of them where there are K candidates, nearest first.

    y, x, turn, turns
        The pixel, its turn from 0, and how many there are.
    query, window
        N(U, x, y), and N(W, x, y) at its turn; `holds` says for each of its pixels what that was, and
        `counted`, (size, size) bool, whether the texture constraint counts it.
    weights, whole
        (size, size) int64, what each pixel of the window counts where it does, and what certain ones do:
        1 where the comparison is not weighted.
    above
        In a pyramid the 3 x 3 window of the coarser W, (3, 3, 3) uint8, which counts too; else None.
    values, sources, places
        (K, 3) uint8, (K,) library index and (photo, y, x) of the candidates.
    blurred, sharp, texture
        The candidate's patch as U would show it, the patch itself, and the patch of the library that
        makes its P_texture.
    image_distances, texture_distances
        (K,) int64, the exponents: squared differences in (8-bit grey levels)^2.
    p_image, p_texture, product
        (K,) float64 shares: each P over its sum over the candidates.
    winner, chosen
        Which candidate maximises the product, and which one the result took. They differ only where the
        search was not exact.
    value
        (3,) uint8, the pixel in the result: another than the candidate's where a later stage changed it.
    """

    y: int
    x: int
    turn: int
    turns: int
    query: np.ndarray
    window: np.ndarray
    holds: tuple[str, ...]
    counted: np.ndarray
    weights: np.ndarray
    whole: int
    above: np.ndarray | None
    values: np.ndarray
    sources: np.ndarray
    places: tuple[tuple[int, int, int], ...]
    blurred: np.ndarray
    sharp: np.ndarray
    texture: np.ndarray
    image_distances: np.ndarray
    texture_distances: np.ndarray
    p_image: np.ndarray
    p_texture: np.ndarray
    product: np.ndarray
    winner: int
    chosen: int
    value: np.ndarray


def explain(scene: rl.Scene, result: rl.Result, y: int, x: int) -> Pixel:
    """Why result.image[y, x] has its colour; of several passes, in the last.

    RefocusError: the pixel lies outside the mask.
    """
    height, width = scene.mask.shape
    if not (0 <= y < height and 0 <= x < width and scene.mask[y, x]):
        raise RefocusError("pixel", "must lie inside the mask", f"({y}, {x})")
    method, library, candidates = result.method, result.library, result.candidates
    number = int(np.count_nonzero(scene.mask.ravel()[: y * width + x]))
    neighborhood = library.neighborhood
    rows, columns = (place[0] for place in neighborhood.positions([y], [x], scene.mask.shape))
    turn = int(result.order[y, x])
    holds, counted = _neighbours(scene.mask, result, rows, columns, turn)
    window = canvas_at(scene, result, turn)[rows, columns]
    values, sources = candidates.values[number], candidates.sources[number]
    image_distances = candidates.distances[number]
    weights, whole = _weights(result, method)
    weights = weights[rows, columns]
    coarser = _coarser(library, result.coarser, y, x)
    texture_distances, matches = _texture(library, window, weights * counted, whole, coarser, values)
    shape = neighborhood.size, neighborhood.size, 3

    by_image, by_texture = (
        method.lambda_image * image_distances,
        method.lambda_texture / whole * texture_distances,
    )
    energy = by_image + by_texture
    best = np.flatnonzero(energy == energy.min())
    return Pixel(
        y=y, x=x, turn=turn, turns=int(scene.mask.sum()),
        query=neighborhood.windows(scene.misfocused, [y], [x])[0].reshape(shape),
        window=window.reshape(shape), holds=holds, counted=counted.reshape(shape[:2]),
        weights=weights.reshape(shape[:2]), whole=whole,
        above=None if coarser is None else coarser[1].reshape(3, 3, 3),
        values=values, sources=sources, places=tuple(library.position(i) for i in sources),
        blurred=library.blurred[sources].reshape(-1, *shape),
        sharp=library.sharp[sources].reshape(-1, *shape),
        texture=library.sharp[matches].reshape(-1, *shape),
        image_distances=image_distances, texture_distances=texture_distances,
        p_image=_share(by_image), p_texture=_share(by_texture), product=_share(energy),
        winner=int(best[sources[best].argmin()]),
        chosen=int(np.flatnonzero(sources == result.source[y, x])[0]),
        value=result.image[y, x])  # fmt: skip


def canvas_at(scene: rl.Scene, result: rl.Result, turn: int, number: int = -1) -> np.ndarray:
    """W, (H, W, 3) uint8, as it was when `turn` pixels of a pass had been assigned, by default the last.

    number: of the pass, as an index: 0 is the first.
    """
    mask, candidates = scene.mask, result.candidates
    after = [source[mask] for source in (*result.earlier, result.source)]
    number = range(len(after))[number]
    before = after[number - 1] if number else candidates.sources[:, 0]
    source = np.where(result.order[mask] < turn, after[number], before)
    # The value is the candidate's: a cluster's is not that of its source.
    took = (candidates.sources == source[:, None]).argmax(axis=1)
    canvas = scene.misfocused.copy()
    canvas[mask] = candidates.values[np.arange(len(took)), took]
    return canvas


def surroundings(image: np.ndarray, y: int, x: int) -> tuple[np.ndarray, int, int]:
    """A square of a photo round a pixel, as far as there is photo, and where the pixel lies in it."""
    side = min(SURROUNDINGS, *image.shape[:2])
    top, left = (
        int(np.clip(at - side // 2, 0, length - side))
        for at, length in zip((y, x), image.shape, strict=False)
    )
    return image[top : top + side, left : left + side], y - top, x - left


def _neighbours(mask, result, rows, columns, turn) -> tuple[tuple[str, ...], np.ndarray]:
    method, neighborhood = result.method, result.library.neighborhood
    outside = ~mask[rows, columns]
    assigned = ~outside & (result.order[rows, columns] < turn)
    holds = [
        PHOTO if out else ASSIGNED if there else STAND_IN
        for out, there in zip(outside, assigned, strict=True)
    ]
    holds[neighborhood.centre] = CENTRE
    counted = np.ones(len(rows), bool)
    if method.causal:
        if method.passes == 1:
            counted = outside | assigned
        if method.order == "scanline":
            counted &= neighborhood.before_centre
    counted[neighborhood.centre] = False
    return tuple(holds), counted


def _weights(result, method) -> tuple[np.ndarray, int]:
    """(H, W) int64: what the pixels of a result count, and what a certain one does."""
    weights = pixel_weights(result.confidence, method).astype(np.int64)
    return weights, STEPS if method.weighted else 1


def _coarser(library, above, y, x):
    """Of the coarser level: the patches' windows, the window of W over the pixel, and what it counts."""
    if above is None:
        return None
    weights, _ = _weights(above, above.method)
    window, counts = (windows_above(photo, [y], [x])[0] for photo in (above.image, np.dstack([weights] * 3)))
    return library.coarser, window, counts


def _texture(library, window, weights, whole, coarser, values) -> tuple[np.ndarray, np.ndarray]:
    """(K,) min over v of the distance to N(W', x, y) for each candidate value, and the v that has it."""
    middle = library.neighborhood.centre
    used = weights > 0
    wanted = window[used].astype(np.int64).ravel()
    counts = np.repeat(weights[used], 3)
    best = np.full(len(values), np.iinfo(np.int64).max)
    matches = np.zeros(len(values), np.int64)
    for first in range(0, len(library), PART):
        patches = library.sharp[first : first + PART].reshape(-1, weights.size, 3)
        around = ((patches[:, used].reshape(len(patches), -1) - wanted) ** 2) @ counts
        if coarser is not None:
            over, of_pixel, count = coarser
            around += (over[first : first + PART].astype(np.int64) - of_pixel) ** 2 @ count
        centre = patches[:, middle].astype(np.int64)
        at_centre = ((centre - values[:, None].astype(np.int64)) ** 2).sum(axis=2)
        total = around + whole * at_centre
        nearest = total.argmin(axis=1)
        distances = total[np.arange(len(values)), nearest]
        better = distances < best
        best[better], matches[better] = distances[better], first + nearest[better]
    return best, matches


def _share(energy: np.ndarray) -> np.ndarray:
    share = np.exp(energy.min() - energy)
    return share / share.sum()
