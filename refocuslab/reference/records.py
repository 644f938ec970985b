"""What the reference passes from one step of the paper to the next."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from refocuslab.scene import FocusedPhoto


class Library(NamedTuple):
    """V (Table 1): a row for each masked pixel of the focused photos, photos in order, then scanline.

    Attributes
    ----------
    sharp : ndarray of int64, (N, D)
        The patches v, 8-bit encoded values; D = 3 size^2.
    blurred : ndarray of int64, (N, D)
        Blur(v), the same window of the blurred photo.
    centers : ndarray of int64, (N, 3)
        The center value of each v.
    """

    sharp: NDArray[np.int64]
    blurred: NDArray[np.int64]
    centers: NDArray[np.int64]


class Candidates(NamedTuple):
    """The candidate values of n pixels, nearest first (§2.1).

    Attributes
    ----------
    values : ndarray of uint8, (n, K, 3)
        Distinct center values c.
    distances : ndarray of int64, (n, K)
        min over v in V[c] of ||Blur(v) - N(U, x, y)||^2, in (8-bit gray levels)^2.
    sources : ndarray of int64, (n, K)
        The library index of the patch that attains that minimum.
    """

    values: NDArray[np.uint8]
    distances: NDArray[np.int64]
    sources: NDArray[np.int64]


class Level(NamedTuple):
    """The photos of one level of a pyramid; the paper has one level.

    Attributes
    ----------
    misfocused : ndarray of uint8, (H, W, 3)
        U.
    mask : ndarray of bool, (H, W)
        The pixels to synthesize.
    focused : sequence of FocusedPhoto
        The focused photos and their masks.
    seen : sequence of ndarray of uint8
        Each focused photo, convolved by G.
    """

    misfocused: NDArray[np.uint8]
    mask: NDArray[np.bool_]
    focused: Sequence[FocusedPhoto]
    seen: Sequence[NDArray[np.uint8]]


class Above(NamedTuple):
    """What lies above a level in the pyramid: windows of 3 x 3 pixels, flattened.

    Attributes
    ----------
    of_patches : ndarray of int64, (N, 27)
        Of the coarser focused photos, for each patch.
    of_pixels : ndarray of int64, (n, 27)
        Of the coarser W, for each masked pixel.
    weights : ndarray of int64, (n, 27)
        What the values of ``of_pixels`` count.
    """

    of_patches: NDArray[np.int64]
    of_pixels: NDArray[np.int64]
    weights: NDArray[np.int64]


@dataclass(frozen=True)
class Reference:
    """What ``refocus`` found for n masked pixels of an H x W photo.

    Attributes
    ----------
    image : ndarray of uint8, (H, W, 3)
        W: synthesized inside the mask, U outside.
    confidence, neighborhood_confidence : ndarray of float64, (H, W)
        In (0, 1], NaN outside the mask.
    order : ndarray of int64, (H, W)
        The turn of each pixel in a pass, -1 outside the mask.
    source : ndarray of int64, (H, W)
        The library patch that gave the value, -1 outside the mask.
    candidate_values : ndarray of uint8, (n, K, 3)
        As ``Candidates.values``, in scanline order.
    candidate_distances, candidate_sources : ndarray of int64, (n, K)
        As ``Candidates.distances`` and ``Candidates.sources``.
    """

    image: NDArray[np.uint8]
    confidence: NDArray[np.float64]
    neighborhood_confidence: NDArray[np.float64]
    order: NDArray[np.int64]
    source: NDArray[np.int64]
    candidate_values: NDArray[np.uint8]
    candidate_distances: NDArray[np.int64]
    candidate_sources: NDArray[np.int64]


class Made(NamedTuple):
    """A level that is done, for the finer one.

    Attributes
    ----------
    result : Reference
        What was found.
    weights : ndarray of int64, (H, W)
        What its pixels count.
    level : Level
        Its photos.
    """

    result: Reference
    weights: NDArray[np.int64]
    level: Level
