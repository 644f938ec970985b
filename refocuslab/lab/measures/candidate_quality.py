"""What notebooks 6 and 10 measure: ceilings of the candidates, and what a confidence predicts."""

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from refocuslab.lab.measures.picture_measures import GROSS, NEAR, error
from refocuslab.paper.candidates import Candidates
from refocuslab.paper.confidence import OTHER
from refocuslab.refocusing.result import Result
from refocuslab.scene import Scene


def best_choice(scene: Scene, candidates: Candidates) -> NDArray[np.uint8]:
    """The picture that takes the candidate nearest to the truth: no choice of candidates does better.

    Parameters
    ----------
    scene : Scene
        U, the mask and the truth.
    candidates : Candidates
        Of the mask's pixels.

    Returns
    -------
    ndarray of uint8, (H, W, 3)
        U outside the mask.
    """
    true = _truth(scene)
    off = ((candidates.values.astype(int) - true[:, None]) ** 2).sum(axis=2)
    image = scene.misfocused.copy()
    image[scene.mask] = candidates.values[np.arange(len(off)), off.argmin(axis=1)]
    return image


def foretells(confidence: NDArray[np.float64], image: NDArray[np.uint8], scene: Scene) -> float:
    """Spearman correlation of the confidence (H, W) and the negative error of W, over the mask; at most 1."""
    off = error(image, scene)[scene.mask]
    return float(stats.spearmanr(confidence[scene.mask], -off).statistic)


def calibration(
    confidence: NDArray[np.float64], image: NDArray[np.uint8], scene: Scene, parts: int = 10
) -> NDArray[np.float64]:
    """RMS error of the pixels, from the least to the most confident tenth.

    Parameters
    ----------
    confidence : ndarray of float64, (H, W)
        Of each pixel.
    image : ndarray of uint8, (H, W, 3)
        W, sRGB.
    scene : Scene
        The mask and the truth.
    parts : int
        How many equal parts.

    Returns
    -------
    ndarray of float64, (parts,)
        In gray levels.
    """
    order = np.argsort(confidence[scene.mask], kind="stable")
    off = (image[scene.mask].astype(float) - _truth(scene)) ** 2
    return np.array([np.sqrt(off[part].mean()) for part in np.array_split(order, parts)])


def split(candidates: Candidates, lambda_image: float, near: int = OTHER) -> float:
    """How much of the probability near-equal colors take from one another (§5.1).

    Parameters
    ----------
    candidates : Candidates
        Of n pixels.
    lambda_image : float
        In 1/(8-bit gray level)^2.
    near : int
        Colors are near-equal if they are less than this apart, in gray levels of RGB.

    Returns
    -------
    float
        The mean share of the probability in candidates, the best apart, that are near-equal to the best.
    """
    odds = np.exp(-lambda_image * (candidates.distances - candidates.distances[:, :1]).astype(float))
    values = candidates.values.astype(int)
    off = ((values - values[:, :1]) ** 2).sum(axis=2)
    beside = np.where(off < near**2, odds, 0)[:, 1:].sum(axis=1)
    return float((beside / odds.sum(axis=1)).mean())


def nearest_candidate(result: Result, scene: Scene) -> NDArray[np.float64]:
    """Error of the best candidate of each pixel.

    Parameters
    ----------
    result : Result
        Its candidates are read.
    scene : Scene
        The mask and the truth.

    Returns
    -------
    ndarray of float64, (H, W)
        Difference from the truth in the worst channel, in gray levels; NaN outside the mask.
    """
    off = np.abs(result.candidates.values.astype(int) - _truth(scene)[:, None])
    whole = np.full(scene.mask.shape, np.nan)
    whole[scene.mask] = off.max(axis=2).min(axis=1)
    return whole


def recall(result: Result, scene: Scene) -> float:
    """Share of masked pixels with a candidate at most `NEAR` gray levels from the truth."""
    return float((nearest_candidate(result, scene)[scene.mask] <= NEAR).mean())


def blame(result: Result, scene: Scene) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which stage is at fault for the pixels that are more than `GROSS` gray levels wrong.

    Parameters
    ----------
    result : Result
        W and its candidates.
    scene : Scene
        The mask and the truth.

    Returns
    -------
    chosen, lacking : ndarray of bool, (H, W)
        Wrong pixels that had a candidate near the truth, and those that had none.
    """
    wrong = scene.mask & (error(result.image, scene) > GROSS)
    lacking = nearest_candidate(result, scene) > NEAR
    return wrong & ~lacking, wrong & lacking


def _truth(scene: Scene) -> NDArray[np.int64]:
    """(n, 3): the true values of the mask's pixels."""
    assert scene.truth is not None
    true: NDArray[np.int64] = scene.truth[scene.mask].astype(np.int64)
    return true
