"""Features matched between two photos of one look, and the geometry that most of them share."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from refocuslab.registration.warp import MODELS, Model
from refocuslab.running.progress import breathe

# The distance of a descriptor to its nearest as a share of that to its second nearest, at most. On crops of
# 128 pixels of the five scenes of other views 0.6 and 0.9 change the inliers by 12 % and the registered photo
# by at most 0.06 dB. Of 15 crops of 72 pixels, of which 13 are registered, 0.6 loses one.
_RATIO = 0.8
# Pixels within which a match agrees with a geometry: a blurred feature is not placed better. Half loses up to
# 26 % of the inliers and one of the 13 small crops; double changes nothing else than a few inliers.
_WITHIN = 2.0
# The most trials of RANSAC, and how many are made at once. Half and double change nothing.
_TRIALS, _AT_ONCE = 2000, 100
# Trials end when a larger set would have been missed with this chance.
_MISSED = 1e-9
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


def describe(image: NDArray[np.float64], where: NDArray[np.bool_], *, fine: bool = True) -> Features:
    """The features of a gray image (H, W) inside a mask (H, W); none where it is flat or tiny.

    Fine ones are looked for in a small photo that is enlarged.
    """
    from skimage.feature import SIFT  # slow to import

    low, high = np.percentile(image[where], [1, 99]) if where.any() else (0.0, 0.0)
    if not high - low > 1e-6 or min(image.shape) < 16:
        return _NONE
    # Contrast differs between photos, and misfocus lowers it, so both are stretched.
    image = np.clip((image - low) / (high - low), 0, 1)
    upsampling = 2 if fine and image.size <= _ENOUGH else 1
    breathe()
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
    best: tuple[Model, NDArray[np.float64], int] = ("none", np.eye(3), 0)
    least = np.inf
    for name in MODELS:
        needed = _NEEDED[name]
        if len(matches) < 2 * needed:
            break
        agree = _consensus(matches, name)
        if agree.sum() < 2 * needed:
            continue
        matrix = fitted(matches.first[agree], matches.second[agree], name)
        if not np.isfinite(matrix).all() or abs(np.linalg.det(matrix)) < 1e-6:
            continue
        off = np.minimum(_off(matrix[None], matches)[0], _WITHIN)
        criterion = 2 * len(off) * np.log(np.mean(off**2) + _EXACT) + 2 * needed * np.log(len(off))
        if criterion < least:
            best, least = (name, matrix, int(agree.sum())), criterion
    return best


def _consensus(matches: Matches, name: Model) -> NDArray[np.bool_]:
    """(n,) the largest set of matches within 2 pixels of a geometry that a few of them determine (RANSAC)."""
    count, needed = len(matches), _NEEDED[name]
    rng = np.random.default_rng(0)
    best, most, trials, wanted = np.zeros(count, bool), 0.0, 0, float(_TRIALS)
    while trials < min(wanted, _TRIALS):
        breathe()
        trials += _AT_ONCE
        drawn = rng.random((_AT_ONCE, count)).argpartition(needed, axis=1)[:, :needed]
        off = _off(_determined(matches.first[drawn], matches.second[drawn], name), matches)
        # Of sets of one size the one that agrees best.
        worth = (off < _WITHIN).sum(axis=1) - np.where(off < _WITHIN, off, 0).sum(axis=1) / (count * _WITHIN)
        number = int(worth.argmax())
        if worth[number] > most:
            best, most = off[number] < _WITHIN, float(worth[number])
            wanted = np.log(_MISSED) / np.log1p(-min(best.mean() ** needed, 1 - 1e-9))
    return best


def _off(matrices: NDArray[np.float64], matches: Matches) -> NDArray[np.float64]:
    """(k, n) how far each of the homographies (k, 3, 3) leaves the matches apart; infinity for nowhere."""
    first = np.concatenate([matches.first.T, np.ones((1, len(matches)))])
    with np.errstate(all="ignore"):
        x, y, z = np.moveaxis(matrices @ first, 1, 0)
        off = np.hypot(x / z - matches.second[:, 0], y / z - matches.second[:, 1])
    known: NDArray[np.float64] = np.nan_to_num(off, nan=np.inf)
    return known


def _determined(first: NDArray[np.float64], second: NDArray[np.float64], name: Model) -> NDArray[np.float64]:
    """(k, 3, 3) the homographies that k times so few pairs of positions (k, m, 2) determine."""
    if name == "similarity":
        p, q = (points[..., 0] + 1j * points[..., 1] for points in (first, second))
        with np.errstate(all="ignore"):
            turn = (q[:, 1] - q[:, 0]) / (p[:, 1] - p[:, 0])
            return _similarities(turn, q[:, 0] - turn * p[:, 0])
    p, q = (np.concatenate([points, np.ones((*points.shape[:2], 1))], axis=2) for points in (first, second))
    if name == "homography":
        # Each quadrilateral is what a homography makes of the basis and the sum of the basis.
        p, q = (points[:, :3] * (_adjugates(points[:, :3]) @ points[:, 3, :, None]) for points in (p, q))
    found: NDArray[np.float64] = q.transpose(0, 2, 1) @ _adjugates(p)
    return found


def _adjugates(columns: NDArray[np.float64]) -> NDArray[np.float64]:
    """(k, 3, 3) the inverses, times their determinants, of matrices given column by column."""
    a, b, c = np.moveaxis(columns, 1, 0)
    return np.stack([np.cross(b, c), np.cross(c, a), np.cross(a, b)], axis=1)


def _similarities(turn: NDArray[np.complex128], move: NDArray[np.complex128]) -> NDArray[np.float64]:
    """(k, 3, 3) the similarities that turn and zoom by complex numbers, and move by others."""
    none, one = np.zeros(len(turn)), np.ones(len(turn))
    rows = [[turn.real, -turn.imag, move.real], [turn.imag, turn.real, move.imag], [none, none, one]]
    return np.moveaxis(np.array(rows), 2, 0)


def fitted(first: NDArray[np.float64], second: NDArray[np.float64], name: Model) -> NDArray[np.float64]:
    """The homography (3, 3), last entry 1, that brings positions (n, 2) nearest to others (least squares)."""
    units = [_unit(points) for points in (first, second)]
    (x, y), (u, v) = (
        points.T * unit[0, 0] + unit[:2, 2:] for points, unit in zip((first, second), units, strict=True)
    )
    one, none = np.ones(len(x)), np.zeros(len(x))
    if name == "similarity":
        p, q = x + 1j * y, u + 1j * v
        matrix = _similarities(np.array([np.vdot(p, q) / np.vdot(p, p).real]), np.zeros(1, complex))[0]
    elif name == "affine":
        columns = np.stack([x, y, one], axis=1)
        matrix = np.eye(3)
        matrix[:2] = np.linalg.lstsq(columns, np.stack([u, v], axis=1), rcond=None)[0].T
    else:
        # What makes X - u Z and Y - v Z smallest.
        rows = [[x, y, one, none, none, none, -u * x, -u * y, -u]]
        rows += [[none, none, none, x, y, one, -v * x, -v * y, -v]]
        equations = np.concatenate(rows, axis=1)
        matrix = np.linalg.eigh(equations @ equations.T)[1][:, 0].reshape(3, 3)
    matrix = np.linalg.inv(units[1]) @ matrix @ units[0]
    scaled: NDArray[np.float64] = matrix / matrix[2, 2] if matrix[2, 2] else np.full((3, 3), np.inf)
    return scaled


def _unit(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """The homography that brings positions about the origin, at a distance of about 1."""
    middle = points.mean(axis=0)
    size = max(float(np.sqrt(((points - middle) ** 2).sum(axis=1).mean())), 1e-9)
    return np.array([[1, 0, -middle[0]], [0, 1, -middle[1]], [0, 0, size]]) / size
