"""How sure a pixel's value is: the paper's confidence, and other measures of it (§2.3, §5.1)."""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from refocuslab.paper.candidates import Candidates, Integers
from refocuslab.running.finite import finite

# Confidence is rounded to a multiple of 2^-24, so that the order does not depend on the last bit of a
# machine's exp, and equally confident pixels compare equal.
CONFIDENCE_STEPS = 2**24
# Side of the square over which neighborhood confidence is a mean: the paper's (§2.3).
BOX = 5
# Expected error, gray levels of RGB, at which the confidence "variance" is 1/2; and the distance in RGB
# from the best candidate at which the confidence "ratio" looks for another mode.
HALF, OTHER = 10, 16


def confidence(distances: Integers, lambda_image: float) -> NDArray[np.float64]:
    """P_image of the best candidate over the sum of P_image over all kept candidates (§2.3).

    With P_image of candidate k = exp(-lambda_image d_k) that is 1 / sum_k exp(-lambda_image (d_k - d_0)).

    Parameters
    ----------
    distances : ndarray of int32 or int64, (n, K)
        Squared distances of the candidates, nearest first, in (8-bit gray levels)^2.
    lambda_image : float
        In 1/(8-bit gray level)^2.

    Returns
    -------
    ndarray of float64, (n,)
        In 1/K ... 1, multiples of 2^-24.

    Examples
    --------
    >>> import numpy as np
    >>> confidence(np.array([[7, 7], [7, 907]]), 0.01).round(4)
    array([0.5   , 0.9999])
    """
    total = np.zeros(len(distances))
    # Column by column: a large photo has no room for all of them as float64.
    for column in distances.T:
        total += np.exp(-lambda_image * (column - distances[:, 0]))
    rounded: NDArray[np.float64] = np.rint(CONFIDENCE_STEPS / total) / CONFIDENCE_STEPS
    return rounded


def neighborhood_confidence(
    confidence: NDArray[np.float64], mask: NDArray[np.bool_], box: int = BOX
) -> NDArray[np.float64]:
    """Mean confidence of the masked pixels in the box round each masked pixel (§2.3).

    Parameters
    ----------
    confidence : ndarray of float64, (n,)
        Of the mask's pixels in scanline order, multiples of 2^-24.
    mask : ndarray of bool, (H, W)
        The mask.
    box : int
        Side of the box in pixels, odd.

    Returns
    -------
    ndarray of float64, (n,)
        The mean of each.
    """
    steps = np.zeros(mask.shape, np.int64)
    steps[mask] = np.rint(confidence * CONFIDENCE_STEPS)
    ones = np.ones(box, np.int64)
    total, count = (
        ndimage.correlate1d(ndimage.correlate1d(a, ones, 0, mode="constant"), ones, 1, mode="constant")
        for a in (steps, mask.astype(np.int64))
    )
    mean: NDArray[np.float64] = total[mask] / count[mask] / CONFIDENCE_STEPS
    return mean


def certainty(candidates: Candidates, kind: str, lambda_image: float) -> NDArray[np.float64]:
    """The confidence of each pixel, 1 the surest (§2.3, §5.1).

    With p_k = P_image of candidate k over the sum over all kept candidates, candidate 0 the best:

    - "share": p_0, the paper's.
    - "variance": 1 / (1 + E / HALF^2), E = sum_k p_k |c_k - c_0|^2 the expected squared error of taking
      the best candidate, in gray levels^2 of RGB. Many near-equal candidates do not lower it.
    - "ratio": 1 - p_j / p_0, j the most probable candidate that lies OTHER gray levels or more from the
      best; 1 where none does.
    - "entropy": 1 - H / log K, H = -sum_k p_k log p_k; 1 for a single candidate.

    Parameters
    ----------
    candidates : Candidates
        Of n pixels.
    kind : {"share", "variance", "ratio", "entropy"}
        Which of them.
    lambda_image : float
        In 1/(8-bit gray level)^2.

    Returns
    -------
    ndarray of float64, (n,)
        In 0 ... 1, multiples of 2^-24.
    """
    found = _certainty(candidates, kind, lambda_image)
    finite("confidence", found)
    return found


def _certainty(candidates: Candidates, kind: str, lambda_image: float) -> NDArray[np.float64]:
    if kind == "share":
        return confidence(candidates.distances, lambda_image)
    distances = candidates.distances
    odds = np.exp(-lambda_image * (distances - distances[:, :1]).astype(np.float64))
    if kind == "entropy":
        count = distances.shape[1]
        if count == 1:
            return np.ones(len(distances))
        share = odds / _sum(odds)[:, None]
        return _clamped_and_rounded(1 + _sum(share * np.log(np.where(share > 0, share, 1))) / np.log(count))
    values = candidates.values.astype(np.int64)
    off = ((values - values[:, :1]) ** 2).sum(axis=2)
    if kind == "variance":
        return _clamped_and_rounded(1 / (1 + _sum(odds * off) / _sum(odds) / HALF**2))
    return _clamped_and_rounded(1 - np.where(off >= OTHER**2, odds, 0).max(axis=1))


def _sum(columns: NDArray[np.float64]) -> NDArray[np.float64]:
    """The sums of the rows, one column after the other: numpy's own order changes with the shape."""
    total = np.zeros(len(columns))
    for column in columns.T:
        total += column
    return total


def _clamped_and_rounded(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Clamped to 0 ... 1, and rounded to a multiple of 2^-24."""
    rounded: NDArray[np.float64] = np.rint(CONFIDENCE_STEPS * np.clip(values, 0, 1)) / CONFIDENCE_STEPS
    return rounded
