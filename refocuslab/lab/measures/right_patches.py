"""Where pixels find their patches, and what it costs them not to find the right one."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from refocuslab.lab.measures.picture_measures import GROSS, error, truth_of
from refocuslab.refocusing.result import Result
from refocuslab.scene import Scene


class Part(NamedTuple):
    """What is true of a part of the pixels.

    Attributes
    ----------
    confidence : float
        Their mean.
    own : float
        The share whose nearest patch lies at their own place, 0 to 1.
    error_elsewhere : float
        RMS error of the others, gray levels; NaN if there are none.
    error : float
        RMS error of all of them, gray levels.
    """

    confidence: float
    own: float
    error_elsewhere: float
    error: float


def own_place(scene: Scene, result: Result) -> NDArray[np.bool_]:
    """(n,) bool: whether the nearest patch of a pixel lies in the focused photo where the pixel lies in U.

    From the same view that patch is the right one: it shows the same point of the object.
    """
    y, x = np.nonzero(scene.mask)
    nearest = result.candidates.sources[:, 0]
    found: NDArray[np.bool_] = (result.library.y[nearest] == y) & (result.library.x[nearest] == x)
    return found


def by_confidence(scene: Scene, result: Result, parts: int = 4) -> list[Part]:
    """Equal parts of the pixels, from the least to the most confident, each taken at its nearest candidate.

    Raises
    ------
    RefocusError
        The scene has no truth.
    """
    off = (result.candidates.values[:, 0].astype(float) - truth_of(scene)[scene.mask]) ** 2
    own, sure = own_place(scene, result), result.confidence[scene.mask]

    def rms(part: NDArray[np.int64]) -> float:
        return float(np.sqrt(off[part].mean())) if len(part) else float("nan")

    ranked = np.array_split(np.argsort(sure, kind="stable"), parts)
    return [
        Part(float(sure[part].mean()), float(own[part].mean()), rms(part[~own[part]]), rms(part))
        for part in ranked
    ]


def at_the_edge(image: NDArray[np.uint8], scene: Scene, reach: int = 6) -> tuple[float, float]:
    """How much of what is grossly wrong lies within ``reach`` pixels of the edge of the mask or the photo.

    Parameters
    ----------
    image : ndarray of uint8, (H, W, 3)
        W.
    scene : Scene
        The mask and the truth.
    reach : int
        In pixels; 6 is the reach of a disk of 9 pixels and of half a neighborhood of 5.

    Returns
    -------
    wrong, all : float
        The share of the grossly wrong pixels that lie there, NaN without any; the share of all pixels.
    """
    inner = ndimage.binary_erosion(scene.mask, np.ones((3, 3), bool), iterations=reach)
    wrong = scene.mask & (error(image, scene) > GROSS)
    edge = scene.mask & ~inner
    share = float((wrong & edge).sum() / wrong.sum()) if wrong.any() else float("nan")
    return share, float(edge.sum() / scene.mask.sum())
