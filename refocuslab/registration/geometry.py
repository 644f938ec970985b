"""The geometry of a pair of photos: from features, or without any, and whether it can be trusted."""

import math
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from refocuslab.registration import features
from refocuslab.registration.alignment import Alignment, align, best_model
from refocuslab.registration.exposure import Exposure
from refocuslab.registration.pair import Pair, full_size, shrunk
from refocuslab.registration.warp import MODELS, Model
from refocuslab.running.threads import pool

# So many matches do not agree on a geometry by chance: of 20 pairs of unlike scenes, crops of 64 and 128
# pixels, none had an inlier. Crops of 128 pixels of the five scenes of other views have 30 and more, of 72
# pixels a median of 16. Of 15 such small crops 13 are registered; with half as many inliers 14, with double
# 11.
_FEWEST_INLIERS = 10
# With so many, features are not looked for more closely. Half and double change less than 0.01 dB on the five
# scenes of other views and their crops of 128 pixels.
PLENTY = 40
# Pixels of a mask that have features enough. Half changes nothing there.
_ENOUGH = 40_000
# The least correlation of detail: with such matches behind it, and without. The unlike pairs that overlap by
# 0.2 and more correlate to -0.2 at most, the crops of 128 pixels to 0.98 at least. Half and double of the
# first, and 0.4 and 0.85 for the second, change none of the 15 small crops.
_TRUSTED_WITH_FEATURES, SURE = 0.3, 0.7
# The least share of the object that a photo shows, likewise. An unlike photo that correlates to 0.72 overlaps
# by 0.02. Half and double of the second change none of the 15 small crops. The first matters for none: crops
# of 64 and 128 pixels that have such matches overlap by 0.65 and more.
_LEAST_OVERLAP_WITH_FEATURES, _LEAST_OVERLAP = 0.02, 0.2
# Pixels of the shortest side below which nothing can be said: no coarse step has a gradient there.
_SMALLEST = 8


class Found(NamedTuple):
    """The geometry of a pair.

    Attributes
    ----------
    alignment : Alignment
        The geometry, and how well it fits.
    matches : int
        How many features were matched.
    inliers : int
        How many of them agree with a geometry.
    """

    alignment: Alignment
    matches: int
    inliers: int

    @property
    def doubt(self) -> str:
        """Why this geometry cannot be trusted; empty if it can."""
        return why_untrusted(self.alignment, self.inliers)


def why_untrusted(found: Alignment, inliers: int) -> str:
    """Why a geometry that so many features agree with cannot be trusted; empty if it can."""
    matched = inliers >= _FEWEST_INLIERS
    if found.agreement < (_TRUSTED_WITH_FEATURES if matched else SURE):
        return f"{inliers} features agree, and the detail correlates to {found.agreement:.2f} only"
    if found.overlap < (_LEAST_OVERLAP_WITH_FEATURES if matched else _LEAST_OVERLAP):
        return f"the photos have only {found.overlap:.0%} of the object in common"
    return ""


def find(pair: Pair) -> Found:
    """The geometry of a pair: that of its features, refined; without enough of them, from where it lies.

    Features of squares are enough where plenty of them agree, or else those of pixels are matched. Where
    features do not lead to a geometry that can be trusted, both frames laid on each other, at one scale and
    fitted, are where a coarse alignment starts.
    """
    if min(*pair.mask.shape, *pair.focused_mask.shape) < _SMALLEST:
        return Found(Alignment("similarity", np.eye(3), np.inf, 0.0, 0.0), 0, 0)
    starts: list[Alignment] = []
    model, matrix, inliers, count = _matched(pair)
    if inliers >= _FEWEST_INLIERS / 2:
        starts = [align(pair, matrix / matrix[2, 2], model)]
    if not starts or why_untrusted(starts[0], inliers):
        fit = [b / a for a, b in zip(pair.mask.shape, pair.focused_mask.shape, strict=True)]
        for matrix in (np.eye(3), np.diag([fit[1], fit[0], 1.0])):
            pair.step()
            # What is in place already need not be looked for from afar, which may lead elsewhere.
            starts += [align(pair, matrix, "similarity", coarse=coarse) for coarse in (False, True)]
            if fit == [1.0, 1.0]:
                break
    best = max(starts, key=lambda start: start.agreement if start.overlap >= _LEAST_OVERLAP else -1.0)
    return Found(best, count, inliers)


def _matched(pair: Pair) -> tuple[Model, NDArray[np.float64], int, int]:
    """The geometry of most features, how many agree with it, and how many were matched."""
    # Two pixels a side at most, but for photos with far more features than are wanted.
    side = max(min(pair.square, 2), round(math.sqrt(pair.mask.sum() / _ENOUGH)))
    if side > 1:
        small = pair.shrunk(side)
        photos = (small.target, small.mask), (shrunk(pair.blurred_focused(), side), small.focused_mask)
        pair.step()
        with pool(None) as executor:
            described = list(executor.map(lambda photo: features.describe(*photo, fine=False), photos))
        pair.step()
        matches = features.match(*described)
        model, matrix, inliers = features.geometry(matches)
        if inliers >= PLENTY:
            return model, full_size(matrix, side), inliers, len(matches)
    pair.step()
    photos = (pair.target, pair.mask), (pair.blurred_focused(), pair.focused_mask)
    with pool(None) as executor:
        here, there = executor.map(lambda photo: features.describe(*photo), photos)
    pair.step()
    matches = features.match(here, there)
    model, matrix, inliers = features.geometry(matches)
    if _FEWEST_INLIERS / 2 <= inliers < PLENTY:
        # Once the views are alike, perspective no longer hides features from each other.
        pair.step()
        image, seen = pair.view(matrix)
        again = features.match(here, features.describe(image, seen))
        second, correction, more = features.geometry(again)
        if more > inliers:
            matrix, inliers, matches = matrix @ correction, more, again
            model = max(model, second, key=MODELS.index)
    return model, matrix, inliers, len(matches)


def near(pair: Pair, known: Found, matrix: NDArray[np.float64]) -> Found:
    """The geometry of a pair near that of another, whose homography is given: without features."""
    return known._replace(alignment=align(pair, matrix, known.alignment.model))


def refined(pair: Pair, found: Found, exposure: Exposure) -> tuple[Pair, Found]:
    """Both once more, now that the exposure is known: the geometry is fitted, and its freest model chosen."""
    pair = replace(pair, gain=exposure.gain, offset=exposure.offset)
    start = align(pair, found.alignment.matrix, found.alignment.model)
    return pair, found._replace(alignment=best_model(pair, start))
