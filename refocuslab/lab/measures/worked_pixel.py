"""The pixels that the notebooks work out by hand."""

import numpy as np
from numpy.typing import NDArray

from refocuslab.paper.patches import PatchLibrary
from refocuslab.refocusing.result import Result
from refocuslab.scene import Scene


def worked_pixel(scene: Scene, result: Result, wanted: NDArray[np.bool_] | None = None) -> tuple[int, int]:
    """A pixel that is neither sure nor lost, where there is something to see.

    Of the pixels with a confidence from 0.35 to 0.65, the one whose nearest patch has most contrast; without
    any, the one whose confidence is nearest to a half.

    Parameters
    ----------
    scene, result : Scene, Result
        U, and what was made of it.
    wanted : ndarray of bool, (n,), or None
        The pixels of the mask that show what is to be shown; not heeded where none of them will do.

    Returns
    -------
    y, x : int
        The pixel. Its window lies within the mask, if that is possible.
    """
    reach = result.library.neighborhood.radius
    height, width = scene.mask.shape
    inner = np.zeros_like(scene.mask)
    windows = np.lib.stride_tricks.sliding_window_view(scene.mask, (2 * reach + 1, 2 * reach + 1))
    inner[reach : height - reach, reach : width - reach] = windows.all(axis=(2, 3))
    chosen = scene.mask.copy()
    if wanted is not None:
        chosen[scene.mask] = wanted
    within = np.zeros_like(inner)
    within[reach : height - reach, reach : width - reach] = True
    for where in (chosen & inner, inner, within & scene.mask, scene.mask):
        if where.any():
            break
    off = np.where(where, np.abs(result.confidence - 0.5), np.inf)
    seen = np.zeros(scene.mask.shape)
    nearest = result.library.sharp[result.candidates.sources[:, 0]]
    seen[scene.mask] = nearest.reshape(len(nearest), -1, 3).std(axis=1).mean(axis=1)
    fit = off <= 0.15
    best = np.where(fit, seen, -1).argmax() if fit.any() else off.argmin()
    y, x = np.unravel_index(best, off.shape)
    return int(y), int(x)


def often(library: PatchLibrary, sources: NDArray[np.int64], times: int = 3) -> NDArray[np.bool_]:
    """Which pixels have a candidate whose value stands in the center of several patches.

    Parameters
    ----------
    library : PatchLibrary
        V.
    sources : ndarray of int64, (n, K)
        The patch of each candidate.
    times : int
        The least number of patches.

    Returns
    -------
    ndarray of bool, (n,)
        Whether V[c] has so many patches for one of the candidates c.
    """
    _, kind, count = np.unique(library.colors, return_inverse=True, return_counts=True)
    found: NDArray[np.bool_] = np.any(count[kind][sources] >= times, axis=1)
    return found


def mixed_square(scene: Scene, result: Result, side: int = 7) -> tuple[int, int, int, int]:
    """The square of ``side`` pixels within the mask where the confidence varies most.

    Returns
    -------
    top, left, height, width : int
        In pixels; a corner of the photo if the mask holds no such square.
    """
    shape = side, side
    windows = np.lib.stride_tricks.sliding_window_view(np.nan_to_num(result.confidence), shape)
    inside = np.lib.stride_tricks.sliding_window_view(scene.mask, shape).all(axis=(2, 3))
    spread = np.where(inside, windows.std(axis=(2, 3)), -1)
    top, left = np.unravel_index(spread.argmax(), spread.shape)
    return int(top), int(left), side, side
