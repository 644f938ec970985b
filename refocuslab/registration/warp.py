"""Views of one object: a photo resampled under a homography, and how exposure changes it.

A homography is a 3 x 3 matrix H on pixel positions: (x, y) goes to (X/Z, Y/Z) with
(X, Y, Z) = H (x, y, 1), x to the right and y down, [0, 0] the center of the top left pixel.
"""

from collections.abc import Iterator, Sequence
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import ndimage

from refocuslab.checks import check_photo, check_reals, require
from refocuslab.errors import RefocusError, quoted
from refocuslab.optics import splines
from refocuslab.optics.light import LightKind, decode, encode
from refocuslab.scene import FocusedPhoto

# The kinds of geometry, from the least free to the freest; "none" moves nothing.
Model = Literal["none", "similarity", "affine", "homography"]
MODELS: tuple[Model, ...] = ("similarity", "affine", "homography")
# The largest number of a homography: a photo of a million pixels a side, moved by its width.
LARGEST = 1e6
# Gains of ten stops, and an offset that lifts black to white.
_LARGEST_GAIN, _LARGEST_OFFSET = 1024.0, 1.0
# The least depth of a picture, as a share of the largest.
_NEAREST = 1e-3
# Side of the tiles in which a photo is warped, in pixels: one takes a few hundredths of a second.
_TILE = 384
# Pixels of V around those that a tile needs: there the quintic spline of a part is that of all to 1e-9.
_NEAR_TILE = 24
# Times that a photo may shrink, along each side, before detail aliases. Half and double of what is more than
# 1 change nothing on the same crops: none shrinks by as much.
_ALIASING = 1.1
# How far outside a photo a position may lie by rounding, in pixels, and still count as inside.
_SLACK = 1e-6


def check_homography(homography: ArrayLike) -> NDArray[np.float64]:
    """The homography as float64, if it is one.

    Parameters
    ----------
    homography : array_like, (3, 3)
        Finite real numbers within 1e6, one of at least 1e-6, with an inverse.

    Raises
    ------
    RefocusError
        A rule above is broken.
    """
    matrix = check_reals("homography", homography, "must be three rows of three numbers", 9)
    if matrix.shape != (3, 3):
        raise RefocusError("homography", "must be three rows of three numbers", f"shape {matrix.shape}")
    if not np.isfinite(matrix).all():
        raise RefocusError("homography", "must be finite", "NaN or infinity")
    rule = f"must have its numbers within {LARGEST:g}, and one of at least {1 / LARGEST:g}"
    require(1 / LARGEST <= np.abs(matrix).max() <= LARGEST, "homography", rule, quoted(homography))
    if np.linalg.matrix_rank(matrix) < 3:
        raise RefocusError("homography", "must have an inverse", matrix.tolist())
    return matrix


def apply(
    matrix: NDArray[np.float64], x: ArrayLike, y: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Where a homography takes positions.

    Parameters
    ----------
    matrix : ndarray of float64, (3, 3)
        The homography.
    x, y : array_like of float
        Positions in pixels, of one shape.

    Returns
    -------
    x, y : ndarray of float64
        Positions in that shape; NaN for what lies behind the camera.

    Examples
    --------
    >>> import numpy as np
    >>> from refocuslab.registration.warp import apply
    >>> x, y = apply(np.array([[2, 0, 1], [0, 2, 0], [0, 0, 1]]), [0, 3], [0, 5])
    >>> x, y
    (array([1., 7.]), array([ 0., 10.]))
    """
    x, y = np.asarray(x), np.asarray(y)
    big_x, big_y, big_z = (row[0] * x + row[1] * y + row[2] for row in matrix)
    with np.errstate(divide="ignore", invalid="ignore"):
        # What lies behind the camera is nowhere in the photo.
        big_z = np.where(big_z > 1e-9, big_z, np.nan)
        return big_x / big_z, big_y / big_z


def solve(matrix: NDArray[np.float64], right: NDArray[np.float64]) -> NDArray[np.float64]:
    """The matrix that this one makes the other."""
    found: NDArray[np.float64] = np.linalg.solve(matrix, right).astype(np.float64, copy=False)
    return found


def inv(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """The inverse."""
    return solve(matrix, np.eye(len(matrix)))


def positions(
    matrix: NDArray[np.float64], shape: Sequence[int], flow: NDArray[np.float64] | None = None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Where a homography takes every pixel of a frame.

    Parameters
    ----------
    matrix : ndarray of float64, (3, 3)
        The homography.
    shape : sequence of int
        The frame's height and width.
    flow : ndarray of float64, (2, H, W), or None
        Displacements (dx, dy) in pixels of the frame, made before the homography.

    Returns
    -------
    x, y : ndarray of float64, (H, W)
        Positions; NaN for what lies behind the camera.
    """
    y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float64)
    if flow is not None:
        x, y = x + flow[0], y + flow[1]
    return apply(matrix, x, y)


def inside(x: NDArray[np.float64], y: NDArray[np.float64], shape: Sequence[int]) -> NDArray[np.bool_]:
    """Which of the positions lie in a photo of this height and width; NaN lies in none."""
    height, width = shape[:2]
    with np.errstate(invalid="ignore"):
        across = (x >= -_SLACK) & (x <= width - 1 + _SLACK)
        held: NDArray[np.bool_] = across & (y >= -_SLACK) & (y <= height - 1 + _SLACK)
    return held


def sample(
    image: NDArray[np.float64], x: NDArray[np.float64], y: NDArray[np.float64], *, order: int = 3
) -> NDArray[np.float64]:
    """An image between its pixels, by splines; beyond its edges it is reflected about the edge pixel.

    Parameters
    ----------
    image : ndarray of float64, (H, W, C)
        Any values.
    x, y : ndarray of float64
        Positions of one shape; NaN counts as 0.
    order : {1, 3, 5}
        Of the spline.

    Returns
    -------
    ndarray of float64, (*shape of x, C)
        The values there.
    """
    return sampled(splines.coefficients(image, order), x, y, order=order)


def sampled(
    weights: NDArray[np.float64], x: NDArray[np.float64], y: NDArray[np.float64], *, order: int
) -> NDArray[np.float64]:
    """As ``sample``, of the image through which splines of these weights pass."""
    # A position far outside is one at the photo's reflection, wherever: so its digits stay few.
    limit = 4.0 * max(weights.shape[:2])
    x, y = (np.clip(np.nan_to_num(at, nan=0.0), -limit, limit) for at in (x, y))
    return splines.values(weights, x, y, order)


def reflected(at: NDArray[np.float64], length: int) -> NDArray[np.float64]:
    """Positions along a line of so many pixels, reflected about its end pixels into it; NaN counts as 0."""
    limit = 4.0 * length
    at = np.abs(np.clip(np.nan_to_num(at, nan=0.0), -limit, limit)) % max(2 * (length - 1), 1)
    return np.minimum(at, np.maximum(2 * (length - 1) - at, 0))


def tiles(box: tuple[slice, slice]) -> Iterator[tuple[slice, slice]]:
    """The box, in squares of at most so many pixels a side."""
    rows, columns = ((range(part.start, part.stop, _TILE), part.stop) for part in box)
    for top in rows[0]:
        for left in columns[0]:
            yield slice(top, min(top + _TILE, rows[1])), slice(left, min(left + _TILE, columns[1]))


def taken(
    focused: FocusedPhoto, x: NDArray[np.float64], y: NDArray[np.float64], spread: float
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Encoded values of V, smoothed, at some positions, and whether they lie in its mask."""
    shape = focused.mask.shape
    held = inside(x, y, shape)
    x, y = reflected(x, shape[1]), reflected(y, shape[0])
    margin = _NEAR_TILE + int(np.ceil(4 * spread))
    box = tuple(
        slice(max(0, int(at.min()) - margin), min(length, int(at.max()) + margin + 2))
        for at, length in ((y, shape[0]), (x, shape[1]))
    )
    image = focused.image[box].astype(np.float64)
    if spread:
        image = ndimage.gaussian_filter(image, (spread, spread, 0))
    x, y = x - box[1].start, y - box[0].start
    mask = focused.mask[box]
    if not mask.all():
        held &= sample(mask[:, :, None].astype(float), x, y, order=1)[:, :, 0] >= 0.5
    return resample(image, x, y), held


def antialiasing(matrix: NDArray[np.float64], ends: NDArray[np.int64]) -> float:
    """How far the photo is smoothed: if the warp makes it so much smaller that detail would alias."""
    y, x = (float(v) for v in ends.mean(axis=1))
    ax, ay = apply(matrix, np.array([x, x + 1.0, x]), np.array([y, y, y + 1.0]))
    area = abs((ax[1] - ax[0]) * (ay[2] - ay[0]) - (ax[2] - ax[0]) * (ay[1] - ay[0]))
    return float(0.5 * np.sqrt(area - 1)) if area > _ALIASING**2 else 0.0


def change_view(
    image: ArrayLike,
    homography: ArrayLike,
    *,
    gain: ArrayLike = 1.0,
    offset: ArrayLike = 0.0,
    light: LightKind = "linear",
) -> NDArray[np.uint8]:
    """The photo that another camera takes of a flat picture.

        view(H p) = encode(gain decode(image(p)) + offset)

    It is clipped as by a sensor. Where the view shows what lies beyond the image, that is reflected.
    Resampled as ``resample`` does.

    Parameters
    ----------
    image : ndarray of uint8, (H, W, 3)
        The picture, sRGB.
    homography : array_like, (3, 3)
        H, from pixels of the image to pixels of the view; all of the picture and all of the view
        lie before the camera.
    gain : array_like, () or (3,)
        One number, or one for each channel, from 1/1024 to 1024.
    offset : array_like, () or (3,)
        Likewise, in light as a fraction of full scale, -1 to 1.
    light : {"linear", "encoded"}
        Where gain and offset act: on light, or on the stored values.

    Returns
    -------
    ndarray of uint8, (H, W, 3)
        The view, sRGB.

    Raises
    ------
    RefocusError
        A rule above is broken.
    """
    photo = check_photo("image", image)
    matrix = check_homography(homography)
    gains, offsets = _channels("gain", gain), _channels("offset", offset)
    if (gains <= 0).any():
        raise RefocusError("gain", "must be more than 0", gains.tolist())
    within = bool((gains >= 1 / _LARGEST_GAIN).all() and (gains <= _LARGEST_GAIN).all())
    require(within, "gain", f"must be from 1/{_LARGEST_GAIN:g} to {_LARGEST_GAIN:g}", gains.tolist())
    within = bool((np.abs(offsets) <= _LARGEST_OFFSET).all())
    require(within, "offset", f"must be from {-_LARGEST_OFFSET:g} to {_LARGEST_OFFSET:g}", offsets.tolist())
    back = np.linalg.inv(matrix).astype(np.float64, copy=False)
    _check_before(matrix, photo.shape, "the picture")
    _check_before(back, photo.shape, "what the view shows")
    taken = resample(photo, *positions(back, photo.shape))
    return encode(gains * decode(taken, light=light) + offsets, light=light)


def resample(image: ArrayLike, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    """A photo between its pixels: quintic splines on the encoded values.

    Of orders 1 to 5, in light and encoded, this loses the least of a photo that is warped there and
    back. In light, the ringing round a highlight, small against it, is large against the darkness
    beside it.

    Parameters
    ----------
    image : array_like, (H, W, 3)
        Encoded values, 0..255.
    x, y : ndarray of float64
        Positions of one shape.

    Returns
    -------
    ndarray of float64, (*shape of x, 3)
        Encoded values, clamped to 0..255.
    """
    return np.clip(sample(np.asarray(image, np.float64), x, y, order=5), 0, 255)


def _check_before(matrix: NDArray[np.float64], shape: Sequence[int], what: str) -> None:
    """Refuse a homography that puts a corner of the frame behind the camera, or too near before it."""
    height, width = shape[:2]
    corners = np.array([[x, y, 1] for x in (0, width - 1) for y in (0, height - 1)])
    depths = corners @ matrix[2]
    rule = f"must leave all of {what} before the camera"
    got = f"corners at depths from {depths.min():.3g} to {depths.max():.3g}"
    require(bool(depths.min() > _NEAREST * depths.max()), "homography", rule, got)


def _channels(argument: str, value: ArrayLike) -> NDArray[np.float64]:
    rule = "must be a finite number, or three of them"
    values = check_reals(argument, value, rule, 3)
    good = values.shape in ((), (3,)) and bool(np.isfinite(values).all())
    require(good, argument, rule, quoted(value))
    return np.broadcast_to(values, 3)
