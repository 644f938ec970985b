"""What notebooks 6 and 10 measure: ceilings of the candidates, and what a confidence foretells."""

import numpy as np
from scipy import stats

from refocuslab.lab.measures.picture_measures import GROSS, NEAR, error
from refocuslab.paper.confidence import OTHER


def best_choice(scene, candidates) -> np.ndarray:
    """The picture that takes, for each pixel, the candidate nearest to the truth: no choice does better."""
    true = scene.truth[scene.mask].astype(int)
    off = ((candidates.values.astype(int) - true[:, None]) ** 2).sum(axis=2)
    image = scene.misfocused.copy()
    image[scene.mask] = candidates.values[np.arange(len(off)), off.argmin(axis=1)]
    return image


def foretells(confidence, image, scene) -> float:
    """Rank correlation of the confidence with the error's negative, over the mask; 1 is perfect."""
    off = error(image, scene)[scene.mask]
    return float(stats.spearmanr(confidence[scene.mask], -off).statistic)


def calibration(confidence, image, scene, parts: int = 10) -> np.ndarray:
    """(parts,) RMS error of the pixels from the least to the most confident tenth, grey levels."""
    order = np.argsort(confidence[scene.mask], kind="stable")
    off = (image[scene.mask].astype(float) - scene.truth[scene.mask]) ** 2
    return np.array([np.sqrt(off[part].mean()) for part in np.array_split(order, parts)])


def split(candidates, lambda_image: float, near: int = OTHER) -> float:
    """Mean share of the probability that lies in other candidates of nearly the best one's colour, less
    than `near` grey levels of RGB from it: what near-equal colours take from one another (§5.1)."""
    odds = np.exp(-lambda_image * (candidates.distances - candidates.distances[:, :1]).astype(float))
    values = candidates.values.astype(int)
    off = ((values - values[:, :1]) ** 2).sum(axis=2)
    beside = np.where(off < near**2, odds, 0)[:, 1:].sum(axis=1)
    return float((beside / odds.sum(axis=1)).mean())


def nearest_candidate(result, scene) -> np.ndarray:
    """(H, W) float64: how far the nearest of a pixel's candidates is from the truth, grey levels of the
    worst channel; NaN outside the mask."""
    off = np.abs(result.candidates.values.astype(int) - scene.truth[scene.mask].astype(int)[:, None])
    whole = np.full(scene.mask.shape, np.nan)
    whole[scene.mask] = off.max(axis=2).min(axis=1)
    return whole


def recall(result, scene) -> float:
    """Share of masked pixels with a value near the true one among their candidates."""
    return float((nearest_candidate(result, scene)[scene.mask] <= NEAR).mean())


def blame(result, scene) -> tuple[np.ndarray, np.ndarray]:
    """(H, W) bool each: the grossly wrong pixels that had a candidate near the truth, which was not taken,
    and those that had none."""
    wrong = scene.mask & (error(result.image, scene) > GROSS)
    lacking = nearest_candidate(result, scene) > NEAR
    return wrong & ~lacking, wrong & lacking
