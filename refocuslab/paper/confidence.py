"""How sure a pixel's value is: the paper's confidence, and other measures of it (§2.3, §5.1)."""

import numpy as np
from scipy import ndimage

from refocuslab.paper.candidates import Candidates
from refocuslab.running.finite import finite

# Confidence is kept to 24 binary digits: the order must not hang on the last bit of a machine's exp,
# and pixels that are equally confident must compare equal.
STEPS = 2**24
BOX = 5
# Expected error, grey levels of RGB, at which the confidence is a half; and how far from the best
# candidate's colour another mode begins.
HALF, OTHER = 10, 16


def confidence(distances: np.ndarray, lambda_image: float) -> np.ndarray:
    """P_image of the best candidate over the sum of P_image over all kept candidates.

    distances: (n, K) int64, squared differences of the candidates, nearest first, in (8-bit grey
    levels)^2. lambda_image: in 1/(grey level)^2. Returns (n,) float64 in 1/K … 1.
    """
    total = np.zeros(len(distances))
    # Column by column: a large photo has no room for all of them as float64.
    for column in distances.T:
        total += np.exp(-lambda_image * (column - distances[:, 0]))
    return np.rint(STEPS / total) / STEPS


def neighborhood_confidence(confidence: np.ndarray, mask: np.ndarray, box: int = BOX) -> np.ndarray:
    """Mean confidence of the masked pixels in the box round each masked pixel.

    confidence: (n,) float64, of the mask's pixels in scanline order; mask: (H, W) bool; box: the odd
    side of the box, 5 in the paper. Returns (n,) float64.
    """
    steps = np.zeros(mask.shape, np.int64)
    steps[mask] = np.rint(confidence * STEPS)
    ones = np.ones(box, np.int64)
    total, count = (
        ndimage.correlate1d(ndimage.correlate1d(a, ones, 0, mode="constant"), ones, 1, mode="constant")
        for a in (steps, mask.astype(np.int64))
    )
    return total[mask] / count[mask] / STEPS


def certainty(candidates: Candidates, kind: str, lambda_image: float) -> np.ndarray:
    """(n,) float64 in 0..1, multiples of 2^-24: the confidence of each pixel, 1 the surest.

    With p_k = P_image of candidate k over the sum over all kept candidates, candidate 0 the best:

    - "share": p_0, the paper's.
    - "variance": 1 / (1 + E / HALF^2), E = sum_k p_k |c_k - c_0|^2 the expected squared error of taking
      the best candidate, in grey levels^2 of RGB. Many near-equal candidates do not lower it.
    - "ratio": 1 - p_j / p_0, j the most probable candidate that lies OTHER grey levels or more from the
      best; 1 where none does.
    - "entropy": 1 - H / log K, H = -sum_k p_k log p_k; 1 for a single candidate.
    """
    found = _certainty(candidates, kind, lambda_image)
    finite("confidence", found)
    return found


def _certainty(candidates, kind, lambda_image):
    if kind == "share":
        return confidence(candidates.distances, lambda_image)
    distances = candidates.distances
    odds = np.exp(-lambda_image * (distances - distances[:, :1]).astype(np.float64))
    if kind == "entropy":
        count = distances.shape[1]
        if count == 1:
            return np.ones(len(distances))
        share = odds / _sum(odds)[:, None]
        return _steps(1 + _sum(share * np.log(np.where(share > 0, share, 1))) / np.log(count))
    values = candidates.values.astype(np.int64)
    off = ((values - values[:, :1]) ** 2).sum(axis=2)
    if kind == "variance":
        return _steps(1 / (1 + _sum(odds * off) / _sum(odds) / HALF**2))
    return _steps(1 - np.where(off >= OTHER**2, odds, 0).max(axis=1))


def _sum(columns):
    # One after the other: numpy's own sum changes its order with the shape.
    total = np.zeros(len(columns))
    for column in columns.T:
        total += column
    return total


def _steps(values):
    return np.rint(STEPS * np.clip(values, 0, 1)) / STEPS
