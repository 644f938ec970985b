"""Features matched between two photos of one look, and the geometry that most of them share."""

from dataclasses import dataclass

import numpy as np

# The least share by which the nearest descriptor must beat the second nearest.
RATIO = 0.8
# Pixels within which a match agrees with a geometry: a blurred feature is not placed better.
WITHIN = 2.0
TRIALS = 2000
# Pixels from which a photo has features enough as it is.
ENOUGH = 150_000


@dataclass(frozen=True)
class Matches:
    """Positions that look alike: (n, 2) float64 each, (x, y) in the first and the second photo."""

    first: np.ndarray
    second: np.ndarray

    def __len__(self) -> int:
        return len(self.first)


def describe(image: np.ndarray, where: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """SIFT positions (n, 2) and descriptors (n, 128) of a grey (H, W) float image, inside a mask."""
    from skimage.feature import SIFT  # slow to import

    low, high = np.percentile(image[where], [1, 99]) if where.any() else (0.0, 0.0)
    if not high - low > 1e-6 or min(image.shape) < 16:
        return np.empty((0, 2)), np.empty((0, 128), np.uint8)
    # Contrast differs between photos, and misfocus lowers it, so both are stretched.
    image = np.clip((image - low) / (high - low), 0, 1)
    # A misfocused photo has few features, and a small one fewer: those that enlarging it finds count.
    sift = SIFT(upsampling=2 if image.size <= ENOUGH else 1, c_dog=0.004)
    try:
        sift.detect_and_extract(image)
    except RuntimeError:  # it found no features
        return np.empty((0, 2)), np.empty((0, 128), np.uint8)
    places = np.rint(sift.keypoints).astype(int)
    kept = where[places[:, 0], places[:, 1]]
    return sift.positions[kept][:, ::-1].astype(np.float64), sift.descriptors[kept]


def match(first, second) -> Matches:
    """The features of two photos, as ``describe`` gives them, that are each other's nearest."""
    from skimage.feature import match_descriptors

    if min(len(first[0]), len(second[0])) < 3:
        return Matches(np.empty((0, 2)), np.empty((0, 2)))
    pairs = match_descriptors(first[1], second[1], cross_check=True, max_ratio=RATIO)
    return Matches(first[0][pairs[:, 0]], second[0][pairs[:, 1]])


def geometry(matches: Matches) -> tuple[str, np.ndarray, int]:
    """(model, matrix, inliers): the homography from first to second that most matches obey.

    Similarity, affine and homography are each fitted by RANSAC with a fixed seed. The one with
    the least Bayesian information criterion wins: a freer one must earn its parameters.
    """
    from skimage.measure import ransac
    from skimage.transform import AffineTransform, ProjectiveTransform, SimilarityTransform

    best = ("none", np.eye(3), 0)
    least = np.inf
    kinds = (("similarity", SimilarityTransform, 2), ("affine", AffineTransform, 3),
             ("homography", ProjectiveTransform, 4))  # fmt: skip
    for name, kind, needed in kinds:
        if len(matches) < 2 * needed:
            break
        model, agree = ransac((matches.first, matches.second), kind, needed, WITHIN, max_trials=TRIALS, rng=0)
        if not model or agree is None or agree.sum() < 2 * needed:
            continue
        if not np.isfinite(model.params).all() or abs(np.linalg.det(model.params)) < 1e-6:
            continue
        off = np.minimum(model.residuals(matches.first, matches.second), WITHIN)
        # Half a pixel of error is beyond doubt: below it, no model is told from another.
        criterion = 2 * len(off) * np.log(np.mean(off**2) + 0.1) + 2 * needed * np.log(len(off))
        if criterion < least:
            best, least = (name, model.params / model.params[2, 2], int(agree.sum())), criterion
    return best
