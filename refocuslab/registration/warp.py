"""Views of one object: a photo resampled under a homography, and how exposure changes it.

A homography is a 3 x 3 matrix H on pixel positions: (x, y) goes to (X/Z, Y/Z) with
(X, Y, Z) = H (x, y, 1), x to the right and y down, [0, 0] the centre of the top left pixel.
"""

import numpy as np
from scipy import ndimage

from refocuslab.checks import check_photo, check_reals, require
from refocuslab.errors import RefocusError, quoted
from refocuslab.optics.light import decode, encode

# Numbers of a homography: a photo of a million pixels a side, moved by its width.
LARGEST = 1e6
# Gains are ten stops at most, and an offset lifts black to white.
_LARGEST_GAIN, _LARGEST_OFFSET = 1024.0, 1.0
# How far before the camera a picture is at least, as a share of its distance where it is farthest.
_NEAREST = 1e-3
# From how far a pixel may lie outside a photo, by rounding, and still count as inside.
_SLACK = 1e-6


def check_homography(matrix) -> np.ndarray:
    """The matrix as float64, (3, 3), finite and invertible; else a ``RefocusError``."""
    given, matrix = matrix, check_reals("homography", matrix, "must be three rows of three numbers", 9)
    if matrix.shape != (3, 3):
        raise RefocusError("homography", "must be three rows of three numbers", f"shape {matrix.shape}")
    if not np.isfinite(matrix).all():
        raise RefocusError("homography", "must be finite", "NaN or infinity")
    rule = f"must have its numbers within {LARGEST:g}, and one of at least {1 / LARGEST:g}"
    require(1 / LARGEST <= np.abs(matrix).max() <= LARGEST, "homography", rule, quoted(given))
    if np.linalg.matrix_rank(matrix) < 3:
        raise RefocusError("homography", "must have an inverse", matrix.tolist())
    return matrix


def apply(matrix: np.ndarray, x, y) -> tuple[np.ndarray, np.ndarray]:
    """Where the homography takes the positions (x, y); arrays of any one shape."""
    big_x, big_y, big_z = (row[0] * x + row[1] * y + row[2] for row in matrix)
    with np.errstate(divide="ignore", invalid="ignore"):
        # What lies behind the camera is nowhere in the photo.
        big_z = np.where(big_z > 1e-9, big_z, np.nan)
        return big_x / big_z, big_y / big_z


def positions(matrix: np.ndarray, shape, flow: np.ndarray | None = None):
    """(x, y), each of ``shape``: where every pixel of a frame, moved by ``flow`` first, is taken.

    ``flow``: (2, H, W) displacements (dx, dy) in pixels of the frame.
    """
    y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float64)
    if flow is not None:
        x, y = x + flow[0], y + flow[1]
    return apply(matrix, x, y)


def inside(x: np.ndarray, y: np.ndarray, shape) -> np.ndarray:
    """Which of the positions lie in a photo of this shape; bool."""
    height, width = shape[:2]
    with np.errstate(invalid="ignore"):
        return ((x >= -_SLACK) & (x <= width - 1 + _SLACK)
                & (y >= -_SLACK) & (y <= height - 1 + _SLACK))  # fmt: skip


def sample(image: np.ndarray, x: np.ndarray, y: np.ndarray, *, order: int = 3) -> np.ndarray:
    """The (H, W, C) float image at the positions (x, y), by splines of ``order``; float64.

    Beyond its edges the image is reflected about the edge pixel.
    """
    there = np.stack([np.nan_to_num(y, nan=0.0), np.nan_to_num(x, nan=0.0)])
    # A position far outside would be folded back thousands of times.
    limit = 4.0 * max(image.shape[:2])
    np.clip(there, -limit, limit, out=there)
    return np.stack(
        [ndimage.map_coordinates(image[:, :, c], there, order=order, mode="mirror")
         for c in range(image.shape[2])], axis=-1)  # fmt: skip


def change_view(image, homography, *, gain=1.0, offset=0.0, light: str = "linear") -> np.ndarray:
    """The photo that another camera takes of a flat picture, (H, W, 3) uint8 sRGB; same shape.

        view(H p) = encode(gain * decode(image(p)) + offset)

    ``homography`` H takes pixels of ``image`` to pixels of the view. ``gain`` > 0 and ``offset``:
    a number, or one for each channel, in ``light``, a fraction of full scale; the result is
    clipped as a sensor does. A view that shows what lies beyond the image reflects it there.
    Resampled as ``resample`` does.
    """
    image = check_photo("image", image)
    matrix = check_homography(homography)
    gain, offset = _channels("gain", gain), _channels("offset", offset)
    if (gain <= 0).any():
        raise RefocusError("gain", "must be more than 0", gain.tolist())
    within = (gain >= 1 / _LARGEST_GAIN).all() and (gain <= _LARGEST_GAIN).all()
    require(within, "gain", f"must be from 1/{_LARGEST_GAIN:g} to {_LARGEST_GAIN:g}", gain.tolist())
    within = (np.abs(offset) <= _LARGEST_OFFSET).all()
    require(within, "offset", f"must be from {-_LARGEST_OFFSET:g} to {_LARGEST_OFFSET:g}", offset.tolist())
    back = np.linalg.inv(matrix)
    _check_before(matrix, image.shape, "the picture")
    _check_before(back, image.shape, "what the view shows")
    x, y = positions(back, image.shape)
    return encode(gain * decode(resample(image, x, y), light=light) + offset, light=light)


def resample(image: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """A (H, W, 3) uint8 photo at the positions (x, y): float64, encoded values, 0..255.

    Quintic splines on the encoded values: of orders 1 to 5, in light and encoded, this loses the
    least of a photo that is warped there and back. In light, the ringing round a highlight, small
    against it, is large against the darkness beside it.
    """
    return np.clip(sample(image.astype(np.float64), x, y, order=5), 0, 255)


def _check_before(matrix: np.ndarray, shape, what: str) -> None:
    """Refuse a homography that puts a corner of the frame behind the camera, or too near before it."""
    height, width = shape[:2]
    corners = np.array([[x, y, 1] for x in (0, width - 1) for y in (0, height - 1)])
    depths = corners @ matrix[2]
    rule = f"must leave all of {what} before the camera"
    good = depths.min() > _NEAREST * depths.max()
    require(
        bool(good), "homography", rule, f"corners at depths from {depths.min():.3g} to {depths.max():.3g}"
    )


def _channels(argument: str, value) -> np.ndarray:
    rule = "must be a finite number, or three of them"
    values = check_reals(argument, value, rule, 3)
    require(values.shape in ((), (3,)) and np.isfinite(values).all(), argument, rule, quoted(value))
    return np.broadcast_to(values, 3)
