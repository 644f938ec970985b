"""Views of one object: a photo resampled under a homography, and how exposure changes it.

A homography is a 3 x 3 matrix H on pixel positions: (x, y) goes to (X/Z, Y/Z) with
(X, Y, Z) = H (x, y, 1), x to the right and y down, [0, 0] the centre of the top left pixel.
"""

import numpy as np
from scipy import ndimage

from refocuslab.errors import RefocusError
from refocuslab.optics import check_photo, decode, encode

# From how far a pixel may lie outside a photo, by rounding, and still count as inside.
_SLACK = 1e-6


def check_homography(matrix) -> np.ndarray:
    """The matrix as float64, (3, 3), finite and invertible; else a ``RefocusError``."""
    try:
        matrix = np.asarray(matrix, dtype=np.float64)
    except (TypeError, ValueError):
        raise RefocusError("homography", "must be three rows of three numbers", repr(matrix)) from None
    if matrix.shape != (3, 3):
        raise RefocusError("homography", "must be three rows of three numbers", f"shape {matrix.shape}")
    if not np.isfinite(matrix).all():
        raise RefocusError("homography", "must be finite", "NaN or infinity")
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
    x, y = positions(np.linalg.inv(matrix), image.shape)
    return encode(gain * decode(resample(image, x, y), light=light) + offset, light=light)


def resample(image: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """A (H, W, 3) uint8 photo at the positions (x, y): float64, encoded values, 0..255.

    Quintic splines on the encoded values: of orders 1 to 5, in light and encoded, this loses the
    least of a photo that is warped there and back. In light, the ringing round a highlight, small
    against it, is large against the darkness beside it.
    """
    return np.clip(sample(image.astype(np.float64), x, y, order=5), 0, 255)


def _channels(argument: str, value) -> np.ndarray:
    rule = "must be a finite number, or three of them"
    try:
        values = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError):
        raise RefocusError(argument, rule, repr(value)) from None
    if values.shape not in ((), (3,)) or not np.isfinite(values).all():
        raise RefocusError(argument, rule, repr(value))
    return np.broadcast_to(values, 3)
