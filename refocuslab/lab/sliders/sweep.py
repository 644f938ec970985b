"""Every picture that the sliders can show, made beforehand: part of a scene, refocused in each way."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

import refocuslab as rl
from refocuslab.errors import RefocusError
from refocuslab.lab.measures.cropping import cut

# What the sliders offer. Each ratio is λ texture / λ image: 0 is the image-scene constraint alone,
# 1 the default of the method.
NEIGHBORHOODS = (3, 5, 7)
RATIOS = (0.0, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
ORDERS = ("scanline", "confidence", "random")
NEIGHBORS = (False, True)  # causal
# The weight of the image-scene constraint, that of every method here.
LAMBDA_IMAGE = rl.Method().lambda_image
# Pixels of the part's side, by default and at most: the time of the sweep and the size of the page grow with
# its area and more.
SIDE, LARGEST_SIDE = 80, 160

Array = NDArray[np.integer[Any]]


@dataclass(frozen=True)
class SliderSweep:
    """What the page needs: whole numbers, and what they mean.

    Attributes
    ----------
    about : dict
        Plain JSON types: sizes, values of the sliders, scores.
    arrays : dict of str to ndarray
        Of whole numbers: photos and masks; ``sources-N``, (pixels, K), the library index of each candidate
        for a neighborhood N; ``turns-N-ORDER``, (pixels,); ``ranks``, (ways, pixels), which candidate each
        way chose.
    """

    about: dict[str, Any]
    arrays: dict[str, Array]


def slider_sweep(
    scene: rl.Scene, side: int = SIDE, *, step: Callable[[int, int], None] | None = None
) -> SliderSweep:
    """Refocus the middle of a scene in every way that the sliders offer, by exact search.

    Parameters
    ----------
    scene : Scene
        With a PSF, or a calibration that tells one, that is the same all over the photo.
    side : int
        Of the square in the middle of every photo.
    step : callable or None
        Called with how many pictures are made, and of how many.

    Raises
    ------
    RefocusError
        The side is too small or too large, or the blur is not the same everywhere.
    """
    if not max(NEIGHBORHOODS) <= side <= LARGEST_SIDE:
        raise RefocusError("side", f"must be from {max(NEIGHBORHOODS)} to {LARGEST_SIDE} pixels", side)
    if scene.varying is not None:
        raise RefocusError("scene", "must be blurred alike all over, for the page knows one PSF", scene.name)
    part = cut(scene, side)
    refocuser = rl.Refocuser(part)
    arrays: dict[str, Array] = {"misfocused": part.misfocused, "mask": part.mask.astype(np.uint8)}
    if part.truth is not None:
        arrays["truth"] = part.truth
    ranks, ways = [], []
    all_ways = list(product(NEIGHBORHOODS, ORDERS, NEIGHBORS, RATIOS))
    for size, order, causal, ratio in all_ways:
        method = rl.Method(
            neighborhood=size,
            order=order,
            causal=causal and ratio > 0,  # without texture there are no neighbors, and no second picture
            lambda_texture=ratio * LAMBDA_IMAGE,
        )
        result = refocuser.refocus(method)
        _keep(arrays, f"sources-{size}", result.candidates.sources)
        _keep(arrays, f"turns-{size}-{order}", result.order[part.mask])
        ranks.append((result.candidates.sources == result.source[part.mask][:, None]).argmax(axis=1))
        score = rl.score(result.image, part) if part.truth is not None else None
        ways.append(None if score is None or score.psnr is None else round(score.psnr, 2))
        if step:
            step(len(ways), len(all_ways))
    arrays["ranks"] = np.array(ranks, np.uint8)
    photos = _focused(part, refocuser, arrays)
    return SliderSweep(_about(part, photos, ways), arrays)


def _keep(arrays: dict[str, Array], name: str, values: Array) -> None:
    """Keep what every way has in common, in two bytes a number where they are enough."""
    small: Array = values.astype(np.uint16 if values.max() < 2**16 else np.uint32)
    if not np.array_equal(arrays.setdefault(name, small), small):
        raise RefocusError(name, "must be the same whatever λ is", "another")


def _focused(part: rl.Scene, refocuser: rl.Refocuser, arrays: dict[str, Array]) -> int:
    """Put the focused photos, their masks and what the PSF makes of them into the arrays; their number."""
    library = refocuser.refocus(rl.Method(neighborhood=NEIGHBORHOODS[0], lambda_texture=0.0)).library
    window = library.neighborhood
    for number, photo in enumerate(part.focused):
        here = library.photo == number
        places = library.y[here], library.x[here]
        mask = np.zeros(photo.image.shape[:2], np.uint8)
        mask[places] = 1
        blurred = rl.blur(photo.image, part.known_psf, light="linear")
        # Where a photo is overexposed, its light was estimated.
        blurred[places] = library.blurred[here].reshape(here.sum(), -1, 3)[:, window.center]
        if not np.array_equal(window.windows(blurred, *places), library.blurred[here]):
            raise RefocusError("scene", "must not be overexposed outside a mask", part.name)
        arrays |= {f"sharp-{number}": photo.image, f"blurred-{number}": blurred, f"mask-{number}": mask}
    return len(part.focused)


def _about(part: rl.Scene, photos: int, psnr: list[float | None]) -> dict[str, Any]:
    height, width = part.mask.shape
    return {
        "name": part.name,
        "title": part.title,
        "height": height,
        "width": width,
        "photos": photos,
        "shapes": [photo.image.shape[:2] for photo in part.focused],
        "neighborhoods": NEIGHBORHOODS,
        "ratios": RATIOS,
        "orders": ORDERS,
        "neighbors": NEIGHBORS,
        "lambda_image": LAMBDA_IMAGE,
        "lambdas": [ratio * LAMBDA_IMAGE for ratio in RATIOS],
        "psnr": psnr,
    }
