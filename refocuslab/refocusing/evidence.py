"""What a refocused photo can be judged by without its truth: noise, contrast, detail, and its own blur.

All in 8-bit gray levels, over the pixels of a mask.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from refocuslab.paper.patches import around
from refocuslab.pictures.mask_depth import mask_depth

# The second difference, down and across, of which a blurred photo has nothing but its noise: white noise
# of variance 1 has variance 36 there.
_SECOND, _ITS_POWER = np.array([1.0, -2.0, 1.0]), 36.0
# Values this near the ends of the scale have lost part of their noise. Of this and of the next four half and
# double change none of the 112 verdicts of assessment.py.
_ENDS = 3
# The fewest pixels of a median.
_FEWEST = 50
# The fewest pixels clear of a mask's edge that stand for the whole.
_FEW_CLEAR = 200
# Gray levels. Rounding alone leaves a standard deviation of 0.29; JPEG hides its noise from the finest
# frequencies.
_LEAST_NOISE = 0.5
# Contrast that an eye or an error of rounding in the blur does not tell from none, (gray levels)^2.
_NO_CONTRAST = 4.0
# The band in which sharp photos have detail and blurred ones none: standard deviations of two Gaussians, in
# pixels. A disk of 4 pixels leaves 1/2.4 of it.
_FINE, _COARSE = 0.7, 1.6
# What lies farther from the mask than the wider of them reaches, in pixels, plays no part.
_NEAR = 8


def noise(photo: NDArray[np.uint8], mask: NDArray[np.bool_]) -> float:
    """Standard deviation of a blurred photo's noise, in gray levels.

    It is told by the second differences of the photo, of which blur leaves none; by their median, which a few
    edges do not move.

    Parameters
    ----------
    photo : ndarray of uint8, (H, W, 3)
        Encoded values.
    mask : ndarray of bool, (H, W)
        Where to look.

    Returns
    -------
    float
        The root mean square of the channels' deviations, at least 0.5.
    """
    box = around(mask, _NEAR)
    photo, mask, found = photo[box], mask[box], []
    for channel in np.moveaxis(photo, 2, 0):
        fine = ndimage.convolve1d(channel.astype(float), _SECOND, 0)
        fine = np.abs(ndimage.convolve1d(fine, _SECOND, 1))
        free = mask & (channel >= _ENDS) & (channel <= 255 - _ENDS)
        free = ndimage.binary_erosion(free, np.ones((3, 3)))
        some = fine[free] if free.sum() >= _FEWEST else fine[mask]
        found.append(1.4826 * np.median(some))
    return max(float(np.sqrt(np.mean(np.square(found)) / _ITS_POWER)), _LEAST_NOISE)


def detail(image: NDArray[np.uint8], mask: NDArray[np.bool_], noise: float = 0.0) -> float:
    """Mean square of an image's difference of two Gaussians, less what noise adds, in (gray levels)^2.

    Parameters
    ----------
    image : ndarray of uint8, (H, W, 3)
        Encoded values.
    mask : ndarray of bool, (H, W)
        Where to look.
    noise : float
        Standard deviation of the image's white noise, in gray levels.
    """
    box = around(mask, _NEAR)
    values, mask = image[box].astype(float), mask[box]
    fine, coarse = (ndimage.gaussian_filter(values, (s, s, 0)) for s in (_FINE, _COARSE))
    point = np.zeros((15, 15))
    point[7, 7] = 1
    kernel = ndimage.gaussian_filter(point, _FINE) - ndimage.gaussian_filter(point, _COARSE)
    return max(float(((fine - coarse)[mask] ** 2).mean()) - noise**2 * float((kernel**2).sum()), 0.0)


@dataclass(frozen=True)
class Unexplained:
    """How far a blurred image is from U.

    Attributes
    ----------
    rms : float
        Root mean square difference, in gray levels.
    noise : float
        Standard deviation of the noise of U, in gray levels.
    share : float
        Of the contrast of U within the width of the PSF, (rms^2 - noise^2) / (variance - noise^2); more
        than 1 where the local mean color of U is nearer.
    """

    rms: float
    noise: float
    share: float

    @property
    def times(self) -> float:
        """The difference, as a multiple of the noise."""
        return self.rms / self.noise

    @property
    def excess(self) -> float:
        """What noise does not account for, RMS in gray levels."""
        return float(np.sqrt(max(self.rms**2 - self.noise**2, 0.0)))


def unexplained(
    blurred: NDArray[np.uint8],
    photo: NDArray[np.uint8],
    where: NDArray[np.bool_],
    width: int,
    noise: float,
) -> Unexplained:
    """How far a blurred image is from U.

    Parameters
    ----------
    blurred, photo : ndarray of uint8, (H, W, 3)
        The image, blurred, and U; encoded values.
    where : ndarray of bool, (H, W)
        The pixels that count.
    width : int
        Side of the PSF, in pixels.
    noise : float
        Standard deviation of the noise of U, in gray levels.
    """
    target = photo.astype(float)
    rms2 = float(((blurred - target)[where] ** 2).mean())
    size, inside = (2 * (width // 2) + 1,) * 2, where.astype(float)
    share = np.maximum(ndimage.uniform_filter(inside, size, mode="constant"), 1e-9)[..., None]

    def local(values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Means over squares of the PSF's size, of what counts."""
        total = ndimage.uniform_filter(values * inside[..., None], (*size, 0), mode="constant")
        means: NDArray[np.float64] = total / share
        return means

    variance = float(np.maximum(local(target**2) - local(target) ** 2, 0)[where].mean())
    left = max(rms2 - noise**2, 0.0) / (max(variance - noise**2, 0.0) + _NO_CONTRAST)
    return Unexplained(float(np.sqrt(rms2)), noise, left)


def clear_of_edge(mask: NDArray[np.bool_], radius: int, *, thin: bool = True) -> NDArray[np.bool_]:
    """The pixels of a mask whose blur gathers nothing from outside it.

    Parameters
    ----------
    mask : ndarray of bool, (H, W)
        The mask.
    radius : int
        The PSF's radius, in pixels.
    thin : bool
        Of a mask with fewer than 200 such pixels, give the deeper half instead.
    """
    depth = mask_depth(mask)
    clear = depth > radius
    if thin and clear.sum() < _FEW_CLEAR:
        clear = depth >= np.median(depth[mask])
    return clear
