"""Sub-pixel alignment: the homography under which the blurred focused photo differs least from U."""

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import linalg, ndimage

from refocuslab.registration.pair import Pair, full_size, to_squares
from refocuslab.registration.warp import MODELS, Model
from refocuslab.robust import residuals, reweighted, tukey

# What each model may do to (x, y, 1): move along x, along y, zoom, turn; stretch, shear; tilt, tilt.
_GENERATORS = np.array([
    [[0, 0, 1], [0, 0, 0], [0, 0, 0]], [[0, 0, 0], [0, 0, 1], [0, 0, 0]],
    [[1, 0, 0], [0, 1, 0], [0, 0, 0]], [[0, -1, 0], [1, 0, 0], [0, 0, 0]],
    [[1, 0, 0], [0, -1, 0], [0, 0, 0]], [[0, 1, 0], [1, 0, 0], [0, 0, 0]],
    [[0, 0, 0], [0, 0, 0], [1, 0, 0]], [[0, 0, 0], [0, 0, 0], [0, 1, 0]],
], dtype=float)  # fmt: skip
_FREEDOM: dict[Model, int] = {"none": 0, "similarity": 4, "affine": 6, "homography": 8}
# Steps end when none moves a pixel by more than this. On crops of 128 pixels of the five scenes of other
# views, half of it changes 0.01 dB in one, double nothing.
_STILL = 0.004
# The most steps, at full detail and of smoothed photos. On the same crops half and double of the first change
# nothing. With features set aside, half and double of the second change 0.02 dB in one; of 13 crops of 72
# pixels that are registered, half loses one.
_STEPS, _COARSE_STEPS = 20, 8
# Light is compared on all pixels up to four times this many; more are thinned evenly, to this many at least.
# Half and double thin no crop. 2000, which thins them to a quarter, costs 0.004 pixels of displacement and
# 0.01 dB.
_ENOUGH = 40_000
# The longest step, in pixels; one that is longer is shortened. Half and double change nothing on the same
# crops.
_LONGEST = 8.0
# Detail is what a Gaussian mean of this many widths of the PSF leaves. Half and double leave every geometry
# as it is, and move only the correlation: of motorcycle-perturbed, which has parallax, from 0.987 to 0.975
# and 0.991, of the four others by 0.001. The thresholds of flow.py and parallax.py belong to it.
_DETAIL = 2.0
# Mean square of detail, on the scale of ``Pair.power``, that rounding to 8 bits makes by itself: a tenth of a
# gray level's variance of rounding. Two flat photos must not agree.
_NO_DETAIL = 1e-7
# Pixels of the shortest side to which photos are shrunk. With 24, a photo of 100 pixels without features,
# clipped by 1.1 stops, is placed 2 pixels farther off.
_SMALLEST = 64
# Fewer pixels than this have no geometry; the robust fits' floor, on the scale of ``Pair.power``.
_FEWEST, _FLOOR = 64, 1e-4


@dataclass(frozen=True)
class Alignment:
    """A geometry, and how well it fits.

    Attributes
    ----------
    model : {"none", "similarity", "affine", "homography"}
        The kind of geometry.
    matrix : ndarray of float64, (3, 3)
        The homography from misfocused to focused pixels.
    error : float
        Robust mean square of what differs once the exposure is matched, on the scale of ``Pair.power``.
    agreement : float
        Correlation of detail, -1 to 1.
    overlap : float
        The share of the object that the focused photo shows, 0 to 1.
    """

    model: Model
    matrix: NDArray[np.float64]
    error: float
    agreement: float
    overlap: float


def align(pair: Pair, matrix: NDArray[np.float64], model: Model, *, coarse: bool = False) -> Alignment:
    """The geometry of a model, near ``matrix``, under which the blurred photos differ least.

    Gauss-Newton on the sum of rho(U - (a Blur(V(matrix exp(step))) + b)), with rho of Tukey's weights. The
    exposure is fitted along: b is constant, a changes smoothly over the photo. The gradient is the mean
    of both photos' (efficient second-order minimization).

    Parameters
    ----------
    pair : Pair
        Both photos.
    matrix : ndarray of float64, (3, 3)
        Where to start: from misfocused to focused pixels.
    model : {"similarity", "affine", "homography"}
        The kind of geometry to which the steps keep; a freer start stays freer.
    coarse : bool
        Start with similarities of smoothed photos, which are drawn from farther off.
    """
    if coarse:
        for spread in (float(pair.width), pair.width / 2):
            # What is smoothed so much holds no more than squares of half that side do.
            least = min(*pair.mask.shape, *pair.focused_mask.shape)
            scale = max(1, min(int(spread / 2), least // _SMALLEST))
            small = pair.shrunk(scale) if scale > 1 else pair
            matrix = _descend(small, full_size(matrix, 1 / scale), "similarity", spread / scale)
            matrix = full_size(matrix, scale)
    return measured(pair, _descend(pair, matrix, model, 0.0), model)


def measured(
    pair: Pair, matrix: NDArray[np.float64], model: Model, flow: NDArray[np.float64] | None = None
) -> Alignment:
    """How well a geometry fits as it stands, with the displacements (2, H, W) of a flow before it."""
    error, overlap = _left(pair, matrix, flow)
    if error == np.inf:
        return Alignment(model, matrix, error, 0.0, overlap)
    image, seen = pair.compared(matrix, flow)
    # Detail only: any two photos of something bright on something dark agree at large.
    spread = _DETAIL * pair.width / pair.square
    share = ndimage.gaussian_filter(seen.astype(float), spread) + 1e-6
    a, b = (_detail(photo, seen, share, spread) for photo in (pair.small_target, image))
    power = np.sqrt((a**2).sum() * (b**2).sum())
    agreement = float((a * b).sum() / power) if power > _NO_DETAIL * seen.sum() else 0.0
    return Alignment(model, matrix, error, agreement, overlap)


def _left(
    pair: Pair, matrix: NDArray[np.float64], flow: NDArray[np.float64] | None = None
) -> tuple[float, float]:
    """What a geometry leaves, as ``Alignment.error``, and the overlap."""
    image, seen = pair.compared(matrix, flow)
    overlap = float(seen.sum() / max(pair.small_mask.sum(), 1))
    if seen.sum() < _FEWEST:
        return np.inf, overlap
    gain, offset, _ = _uneven_exposure(image, pair.small_target, seen)
    return residuals((pair.small_target - (gain * image + offset))[seen], _FLOOR).error, overlap


def best_model(pair: Pair, start: Alignment) -> Alignment:
    """The freest model, from that of ``start`` on, that its fit pays for (Bayesian information criterion).

    Blurred pixels repeat each other: there is one observation for each 1 / sum(psf^2) of them.
    """
    best, error = start, start.error
    seen = max(start.overlap * pair.mask.sum(), 1)
    observations = max(seen * (pair.psf**2).sum(), 2)
    for model in MODELS[MODELS.index(start.model) + 1 :]:
        matrix = _descend(pair, best.matrix, model, 0.0)
        less, _ = _left(pair, matrix)
        more = _FREEDOM[model] - _FREEDOM[best.model]
        if observations * np.log((error + 1e-9) / (less + 1e-9)) > more * np.log(observations):
            best, error = replace(best, matrix=matrix, model=model), less
    return best if best is start else measured(pair, best.matrix, best.model)


def _descend(pair: Pair, matrix: NDArray[np.float64], model: Model, spread: float) -> NDArray[np.float64]:
    """Gauss-Newton, of photos smoothed by a Gaussian of this standard deviation, in pixels."""
    height, width = pair.small_target.shape
    # Positions of about -1 to 1 keep the eight steps of one size: of squares, and of pixels.
    half = max(height, width) / 2
    units = np.array([[1, 0, -(width - 1) / 2], [0, 1, -(height - 1) / 2], [0, 0, half]]) / half
    generators = _GENERATORS[: _FREEDOM[model]]
    moves = _moves(generators, units, (height, width))
    units = units @ to_squares(pair.square)

    def smooth(image: NDArray[np.float64]) -> NDArray[np.float64]:
        smoothed: NDArray[np.float64] = ndimage.gaussian_filter(image, spread / pair.square)
        return smoothed if spread else image

    goal = smooth(pair.small_target)
    slope = _slope(goal)
    for _ in range(_STEPS if spread == 0 else _COARSE_STEPS):
        image, seen = pair.compared(matrix)
        if seen.sum() < _FEWEST:
            break
        image = smooth(image)
        gain, offset, weight = _uneven_exposure(image, goal, seen)
        gy, gx = (half * (gain * a + b) / 2 for a, b in zip(_slope(image), slope, strict=True))
        residual = goal - (gain * image + offset)
        steepest = (moves[:, 0] * gx + moves[:, 1] * gy).reshape(len(moves), -1)
        pulled = steepest * weight.ravel()
        step = _least_squares(pulled @ steepest.T, pulled @ residual.ravel())
        size = pair.square * half * np.abs(np.tensordot(step, moves, axes=1)).max()
        step *= min(1.0, _LONGEST / max(size, 1e-12))
        matrix = matrix @ np.linalg.solve(units, linalg.expm(np.tensordot(step, generators, axes=1)) @ units)
        matrix = matrix / matrix[2, 2]
        if size < _STILL + spread / 50:
            break
    return matrix


def _slope(image: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(H, W) the derivatives down and across of the cubic spline through an image.

    Differences of neighbors make those of fine detail too small, and so the steps too long.
    """
    slopes = []
    for axis in (0, 1):
        weights = ndimage.spline_filter1d(image, 3, axis=axis, mode="mirror")
        slopes.append(ndimage.correlate1d(weights, [-0.5, 0.0, 0.5], axis=axis, mode="mirror"))
    return slopes[0], slopes[1]


def _moves(
    generators: NDArray[np.float64], units: NDArray[np.float64], shape: tuple[int, int]
) -> NDArray[np.float64]:
    """(freedom, 2, H, W): the derivative of every pixel's place (x, y) by each step, in ``units``."""
    y, x = np.mgrid[: shape[0], : shape[1]].astype(float)
    x, y = x * units[0, 0] + units[0, 2], y * units[1, 1] + units[1, 2]
    here = np.stack([x, y, np.ones_like(x)])
    homogeneous = np.tensordot(generators, here, axes=(2, 0))
    moves: NDArray[np.float64] = homogeneous[:, :2] - homogeneous[:, 2:] * here[:2]
    return moves


def _uneven_exposure(
    image: NDArray[np.float64], target: NDArray[np.float64], seen: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], float, NDArray[np.float64]]:
    """gain (H, W), offset and weight (H, W) with target = gain image + offset where ``seen``.

    The gain is a polynomial of second degree in the place: lenses darken the corners, lamps one side. To
    take that for geometry would bend one photo to look like the other.
    """
    terms = _terms(image.shape)
    step = max(1, int(np.sqrt(seen.sum() / _ENOUGH)))
    some = np.zeros_like(seen)
    some[::step, ::step] = seen[::step, ::step]
    count = int(some.sum())
    columns = np.concatenate([terms[:, some] * image[some], np.ones((1, count))])
    wanted = target[some]
    found, left = reweighted(
        lambda weight: _least_squares((columns * weight) @ columns.T, columns @ (weight * wanted)),
        lambda found: wanted - found @ columns,
        np.ones(count),
        rounds=4,
        floor=_FLOOR,
    )
    gain, offset = np.tensordot(found[:-1], terms, axes=1), found[-1]
    return gain, offset, seen * tukey(np.abs(target - (gain * image + offset)), left.deviation)


@lru_cache(maxsize=4)  # each step of a descent asks for them
def _terms(shape: tuple[int, int]) -> NDArray[np.float64]:
    """(6, H, W): the polynomials of second degree in the place, of -1 to 1."""
    y, x = np.meshgrid(*(np.linspace(-1, 1, side) for side in shape), indexing="ij")
    terms = np.stack([np.ones_like(x), x, y, x * x, x * y, y * y])
    terms.flags.writeable = False
    return terms


def _least_squares(normal: NDArray[np.float64], right: NDArray[np.float64]) -> NDArray[np.float64]:
    """The solution of normal equations, regularized where the data do not determine it."""
    normal[np.diag_indices_from(normal)] *= 1 + 1e-6
    normal[np.diag_indices_from(normal)] += 1e-9
    solution: NDArray[np.float64] = linalg.solve(normal, right, assume_a="pos")
    return solution


def _detail(
    image: NDArray[np.float64], seen: NDArray[np.bool_], share: NDArray[np.float64], spread: float
) -> NDArray[np.float64]:
    """(n,) the image less its Gaussian mean within ``seen``, there; mean 0."""
    mean = ndimage.gaussian_filter(np.where(seen, image, 0.0), spread) / share
    detail: NDArray[np.float64] = (image - mean)[seen]
    detail -= detail.mean()
    return detail
