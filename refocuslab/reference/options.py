"""What the paper leaves open, to the letter: confidences, weights and pyramids (§2.3, §5.1, [4] to [6]).

The oracle of confidence.py, weighted_texture.py and pyramid.py, which say what each name means.
Beside ``reference/paper.py``, and like it meant to be read: one pixel at a time, exact sums, nothing clever.
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from refocuslab.method import Method
from refocuslab.optics.image_function import Downsampling
from refocuslab.reference.records import Above, Candidates, Level, Made
from refocuslab.reference.selection import squared
from refocuslab.scene import FocusedPhoto

# As in paper/confidence.py, gray levels of RGB.
HALF, OTHER = 10, 16


def certainty(candidates: Candidates, method: Method) -> NDArray[np.float64]:
    """The confidence of every pixel, (n,), rounded to a multiple of 2^-24 (§2.3, §5.1).

    "share" is the paper's: 1 / sum_k exp(-lambda_image (d_k - d_0)).
    """
    found = []
    for values, distances in zip(candidates.values.astype(int).tolist(), candidates.distances, strict=True):
        odds = np.exp(-method.lambda_image * (distances - distances[0]).astype(np.float64)).tolist()
        off = [squared(value, values[0]) for value in values]
        total = sum(odds)
        if method.confidence == "share":
            sure = 1 / total
        elif method.confidence == "variance":
            expected = sum(o * e for o, e in zip(odds, off, strict=True)) / total
            sure = 1 / (1 + expected / HALF**2)
        elif method.confidence == "ratio":
            sure = 1 - max([o for o, e in zip(odds, off, strict=True) if e >= OTHER**2], default=0)
        elif len(odds) == 1:
            sure = 1.0
        else:
            shares = [o / total for o in odds]
            sure = 1 + sum(s * math.log(s) for s in shares if s > 0) / math.log(len(shares))
        found.append(round(min(max(sure, 0), 1) * 2**24) / 2**24)
    return np.array(found)


def counts(confidence: NDArray[np.float64], method: Method) -> NDArray[np.int64]:
    """(H, W) int64: what a pixel counts in a texture distance (beyond the paper, [6]).

    Thirds of its confidence, rounded up, at least one; three outside the mask, where confidence is NaN.
    1 without weights.
    """
    whole = np.ones(confidence.shape, np.int64)
    if method.weighted:
        for y, x in np.ndindex(*confidence.shape):
            c = confidence[y, x]
            whole[y, x] = 3 if math.isnan(c) else max(1, math.ceil(3 * c))
    return whole


def pyramid(level: Level, method: Method) -> list[Level]:
    """The levels, the coarsest first: 2 x 2 pixels become one (beyond the paper, [4], [5]).

    Its value is their mean light; it is masked where one of them is.
    """
    levels = [level]
    for _ in range(method.levels - 1 if method.lambda_texture > 0 else 0):
        misfocused, mask, focused, seen = levels[0]
        half = Downsampling(2, method.light).reduce
        smaller = [FocusedPhoto(half(photo.image), halved(photo.mask)) for photo in focused]
        coarser = Level(half(misfocused), halved(mask), smaller, [half(photo) for photo in seen])
        levels.insert(0, coarser)
    return levels


def halved(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The mask of the level above, (ceil H/2, ceil W/2)."""
    smaller = np.zeros(((mask.shape[0] + 1) // 2, (mask.shape[1] + 1) // 2), bool)
    for y, x in np.argwhere(mask):
        smaller[y // 2, x // 2] = True
    return smaller


def above(mask: NDArray[np.bool_], focused: Sequence[FocusedPhoto], coarser: Made | None) -> Above | None:
    """What lies above in the pyramid, for each patch and each masked pixel ([4], [5]).

    3 x 3 windows of the coarser focused photos, and of the coarser W, at half the row and column.
    """
    if coarser is None:
        return None
    result, weights, level = coarser
    of_patches = []
    for photo, own in zip(level.focused, focused, strict=True):
        of_patches += [square(photo.image, y // 2, x // 2) for y, x in np.argwhere(own.mask)]
    of_pixels = [square(result.image, y // 2, x // 2) for y, x in np.argwhere(mask)]
    of_weights = [square(np.dstack([weights] * 3), y // 2, x // 2) for y, x in np.argwhere(mask)]
    return Above(np.array(of_patches, int), np.array(of_pixels, int), np.array(of_weights, int))


def square(image: NDArray[Any], y: int, x: int) -> NDArray[Any]:
    """The 3 x 3 window of a photo round (y, x), reflected at its edges, (27,)."""
    return np.pad(image, ((1, 1), (1, 1), (0, 0)), mode="reflect")[y : y + 3, x : x + 3].ravel()
