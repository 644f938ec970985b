"""The energy E that the chosen candidate minimizes (paper, §2.2, §3.2).

A pixel takes the candidate c that maximizes P_image P_texture, which is to minimize, over c and over all
patches v of the library,

    E = lambda_image d_image(c) + lambda_texture (d(v) + |v_center - c|^2),

where d(v) is the squared distance of v from the neighborhood in W, without its center. d(v) is the same
for all candidates of a pixel, so one search over v serves them all, and is exact.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from refocuslab.paper.canvas import Canvas
from refocuslab.running.kernels import kernel

# assign(pixels, known) gives each pixel its best candidate. pixels: (m,) int64, numbers of pixels of the
# mask. known: (n, size^2) bool, the offsets that count, for every pixel of the mask.
Assign = Callable[[NDArray[np.int64], NDArray[np.bool_]], None]


class Patches(NamedTuple):
    """The library as a kernel reads it: N patches, and the step from one to the patch beside it.

    Attributes
    ----------
    rows : ndarray of uint8, (N, D)
        Each patch v; in a pyramid the window of the coarser level follows it.
    centers : ndarray of uint8, (N, 3)
        The center value of each v.
    index_at : ndarray of int32
        Patches by their place; -1 where no patch lies.
    place, stride : ndarray of int64, (N,)
        Patch i lies at ``place[i]``, the patch (dy, dx) beside it at ``place[i] + dy * stride[i] + dx``.
    """

    rows: NDArray[np.uint8]
    centers: NDArray[np.uint8]
    index_at: NDArray[np.int32]
    place: NDArray[np.int64]
    stride: NDArray[np.int64]


class Factors(NamedTuple):
    """The factors of E = image d_image(c) + texture (d(v) + center |v_center - c|^2).

    Attributes
    ----------
    image, texture : float
        In 1/(8-bit gray level)^2.
    center : int
        What the center pixel counts; 1 in the paper. Weighted pixels count 1 to ``center`` in d(v).
    """

    image: float
    texture: float
    center: int


class Energy(NamedTuple):
    """All that E depends on, but for the pixel.

    Attributes
    ----------
    canvas : Canvas
        W so far, and the candidates of each pixel.
    patches : Patches
        The library.
    factors : Factors
        The tuning factors.
    """

    canvas: Canvas
    patches: Patches
    factors: Factors


class Best(NamedTuple):
    """The best of what was weighed so far, for m pixels.

    Attributes
    ----------
    energy : ndarray of float64, (m,)
        The least E.
    choice : ndarray of int64, (m, 3)
        The candidate, its source, and the patch v of that E; -1 before anything was weighed.
    """

    energy: NDArray[np.float64]
    choice: NDArray[np.int64]


def nothing_weighed(count: int) -> Best:
    """``Best`` of ``count`` pixels before anything was weighed: infinite energy, no choice."""
    return Best(np.full(count, np.inf), np.full((count, 3), -1, np.int64))


@kernel
def suggestions(canvas: Canvas, patches: Patches, p: int, found: NDArray[np.int64]) -> int:
    """Patches that are likely to fit pixel p, each of them a patch of the library (coherence, §5.2).

    A pixel of the neighborhood suggests two patches, the one that its value came from and the one that
    fitted it best, each moved by the step from that pixel to p. The sources of p's candidates follow.

    Parameters
    ----------
    canvas : Canvas
        W so far.
    patches : Patches
        The library.
    p : int
        Which pixel of the mask.
    found : ndarray of int64, (2 size^2 + K,)
        The patches are written here.

    Returns
    -------
    int
        How many were written.
    """
    source, match, offsets, sources = canvas.source, canvas.match, canvas.offsets, canvas.sources
    index_at, place, stride = patches.index_at, patches.place, patches.stride
    height, width = source.shape
    top, left = canvas.y[p], canvas.x[p]
    count = 0
    for o in range(len(offsets)):
        y, x = top + offsets[o, 0], left + offsets[o, 1]
        if 0 <= y < height and 0 <= x < width:
            for hint in (source[y, x], match[y, x]):
                if hint >= 0:
                    back = offsets[o, 0] * stride[hint] + offsets[o, 1]
                    patch = index_at[place[hint] - back]
                    # Neighbors that agree suggest the same patch again and again.
                    if patch >= 0 and not _among(patch, found, count):
                        found[count] = patch
                        count += 1
    for k in range(sources.shape[1]):
        found[count] = sources[p, k]
        count += 1
    return count


@kernel
def _among(patch: int, seen: NDArray[np.int64], count: int) -> bool:
    found = np.int32(0)
    for i in range(count):
        found += np.int32(seen[i] == patch)
    return bool(found > 0)


@kernel
def weigh(distance: int | np.integer, patch: int, energy: Energy, p: int, best: Best, i: int) -> None:
    """Take one more patch v into account for a pixel: E of each of its candidates beside v (§3.2).

    Equal energies go to the candidate with the lower source.

    Parameters
    ----------
    distance : int
        d(v), squared gray levels.
    patch : int
        The library index of v.
    energy : Energy
        What E depends on.
    p : int
        Which pixel of the mask.
    best : Best
        Changed in row i, if v is better than what was weighed before.
    i : int
        The pixel's row in ``best``.
    """
    values, distances, sources = energy.canvas.values, energy.canvas.distances, energy.canvas.sources
    centers, factors = energy.patches.centers, energy.factors
    least, choice = best.energy, best.choice
    for k in range(distances.shape[1]):
        by_image = factors.image * distances[p, k]
        if by_image + factors.texture * distance > least[i]:
            break
        off = np.int64(0)
        for channel in range(3):
            step = np.int64(centers[patch, channel]) - np.int64(values[p, k, channel])
            off += step * step
        total = by_image + factors.texture * (distance + factors.center * off)
        if total < least[i] or (total == least[i] and sources[p, k] < choice[i, 1]):
            least[i] = total
            choice[i, 0], choice[i, 1], choice[i, 2] = k, sources[p, k], patch


# As numpy divides: a texture factor that vanishes reaches every patch, and is no error.
@kernel(error_model="numpy")
def reach(least: float, nearest: int, factors: Factors) -> float:
    """The farthest d(v) that could still win or tie, rounded up to a whole number.

    Parameters
    ----------
    least : float
        The least E so far.
    nearest : int
        d_image of the pixel's nearest candidate.
    factors : Factors
        The tuning factors.

    Returns
    -------
    float
        (least - image * nearest) / texture, and what the rounding of ``least`` may add to it.
    """
    farthest = (least - factors.image * nearest) / factors.texture + 1e-15 * least / factors.texture
    return float(np.floor(farthest) + 1.0)
