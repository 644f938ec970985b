"""Features matched between two photos of one look, and the geometry that most of them share."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from refocuslab.registration.warp import MODELS, Model

# The distance of a descriptor to its nearest as a share of that to its second nearest, at most. On crops of
# 128 pixels of the five scenes of other views 0.6 and 0.9 change the inliers by 12 % and the registered photo
# by at most 0.06 dB. Of 15 crops of 72 pixels, of which 13 are registered, 0.6 loses one.
_RATIO = 0.8
# Pixels within which a match agrees with a geometry: a blurred feature is not placed better. Half loses up to
# 26 % of the inliers and one of the 13 small crops; double changes nothing else than a few inliers.
_WITHIN = 2.0
# Trials of RANSAC. Half and double change nothing.
_TRIALS = 2000
# Photos of at most this many pixels are enlarged to twice the size first, as misfocus leaves few features.
# Not enlarged, crops of 128 pixels lose 13 to 28 % of their inliers, and two of the 13 small crops are not
# registered.
_ENOUGH = 150_000
# The least contrast of a feature, after stretching. Half finds 10 to 24 % more inliers, and one of the 15
# small crops more; double finds 22 to 40 % fewer, and one crop fewer.
_CONTRAST = 0.004
# Added to a mean square error, in pixels^2: below a third of a pixel no model is told from another. Half and
# double change nothing.
_EXACT = 0.1
# How many pairs of positions determine each model.
_NEEDED = {"similarity": 2, "affine": 3, "homography": 4}


@dataclass(frozen=True)
class Features:
    """What SIFT found in one photo.

    Attributes
    ----------
    positions : ndarray of float64, (n, 2)
        (x, y) in pixels.
    descriptors : ndarray of uint8, (n, 128)
        How the photo looks there.
    """

    positions: NDArray[np.float64]
    descriptors: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.positions)


_NONE = Features(np.empty((0, 2)), np.empty((0, 128), np.uint8))


@dataclass(frozen=True)
class Matches:
    """Positions that look alike.

    Attributes
    ----------
    first, second : ndarray of float64, (n, 2)
        (x, y) in the first and in the second photo.
    """

    first: NDArray[np.float64]
    second: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.first)


def describe(image: NDArray[np.float64], where: NDArray[np.bool_]) -> Features:
    """The features of a gray image (H, W) inside a mask (H, W); none where it is flat or tiny."""
    from skimage.feature import SIFT  # slow to import

    low, high = np.percentile(image[where], [1, 99]) if where.any() else (0.0, 0.0)
    if not high - low > 1e-6 or min(image.shape) < 16:
        return _NONE
    # Contrast differs between photos, and misfocus lowers it, so both are stretched.
    image = np.clip((image - low) / (high - low), 0, 1)
    upsampling = 2 if image.size <= _ENOUGH else 1
    sift = SIFT(upsampling=upsampling, c_dog=_CONTRAST)  # type: ignore[no-untyped-call]
    try:
        sift.detect_and_extract(image)  # type: ignore[no-untyped-call]
    except RuntimeError:  # it found no features
        return _NONE
    places = np.rint(np.asarray(sift.keypoints)).astype(int)
    kept = where[places[:, 0], places[:, 1]]
    positions = np.asarray(sift.positions)[kept][:, ::-1].astype(np.float64)
    return Features(positions, np.asarray(sift.descriptors)[kept])


def match(first: Features, second: Features) -> Matches:
    """The features of two photos that are each other's nearest, and clearly nearer than the next."""
    from skimage.feature import match_descriptors

    if min(len(first), len(second)) < 3:
        return Matches(_NONE.positions, _NONE.positions)
    pairs = match_descriptors(  # type: ignore[no-untyped-call]
        first.descriptors, second.descriptors, cross_check=True, max_ratio=_RATIO
    )
    return Matches(first.positions[pairs[:, 0]], second.positions[pairs[:, 1]])


def geometry(matches: Matches) -> tuple[Model, NDArray[np.float64], int]:
    """The homography from the first photo to the second that most matches obey.

    Similarity, affine and homography are each fitted by RANSAC with a fixed seed. The one with
    the least Bayesian information criterion wins: a freer one must earn its parameters.

    Returns
    -------
    model : {"none", "similarity", "affine", "homography"}
        Which won; "none" where no model has twice as many inliers as determine it.
    matrix : ndarray of float64, (3, 3)
        Last entry 1.
    inliers : int
        How many matches it brings to within 2 pixels.
    """
    from skimage.measure import ransac
    from skimage.transform import AffineTransform, ProjectiveTransform, SimilarityTransform

    kinds = {
        "similarity": SimilarityTransform,
        "affine": AffineTransform,
        "homography": ProjectiveTransform,
    }
    best: tuple[Model, NDArray[np.float64], int] = ("none", np.eye(3), 0)
    least = np.inf
    points = matches.first, matches.second
    for name in MODELS:
        needed = _NEEDED[name]
        if len(matches) < 2 * needed:
            break
        model, agree = ransac(  # type: ignore[no-untyped-call]
            points, kinds[name], needed, _WITHIN, max_trials=_TRIALS, rng=0
        )
        if not model or agree is None or agree.sum() < 2 * needed:
            continue
        if not np.isfinite(model.params).all() or abs(np.linalg.det(model.params)) < 1e-6:
            continue
        off = np.minimum(model.residuals(*points), _WITHIN)
        criterion = 2 * len(off) * np.log(np.mean(off**2) + _EXACT) + 2 * needed * np.log(len(off))
        if criterion < least:
            best, least = (name, model.params / model.params[2, 2], int(agree.sum())), criterion
    return best
