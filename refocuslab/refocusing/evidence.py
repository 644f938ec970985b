"""What a refocused photo can be judged by without its truth: noise, contrast, detail, and its own blur.

All in 8-bit grey levels, over the pixels of a mask.
"""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from refocuslab.paper.patches import around
from refocuslab.pictures.mask_depth import mask_depth

# A second difference down and across: blurred photos have nothing there but noise. Of white noise of
# variance 1 it makes 36.
_SECOND, _ITS_POWER = np.array([1.0, -2.0, 1.0]), 36.0
# Values this near the ends of the scale have lost part of their noise.
_ENDS = 3
# A median over fewer pixels says nothing.
_FEWEST = 50
# Fewer pixels clear of a mask's edge than this do not stand for the whole.
_FEW_CLEAR = 200
# Rounding alone leaves a standard deviation of 0.29; JPEG hides its noise from the finest frequencies.
LEAST_NOISE = 0.5
# Contrast that an eye or an error of rounding in the blur does not tell from none, (grey levels)^2.
_NO_CONTRAST = 4.0
# The band in which sharp photos have detail and blurred ones none: standard deviations of two Gaussians.
_FINE, _COARSE = 0.7, 1.6
# What lies farther from the mask than the wider of them reaches, in pixels, plays no part.
_NEAR = 8


def noise(photo: np.ndarray, mask: np.ndarray) -> float:
    """Standard deviation of a blurred photo's noise: the median of its finest differences, for few edges.

    photo: (H, W, 3) uint8. At least LEAST_NOISE.
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
    return max(float(np.sqrt(np.mean(np.square(found)) / _ITS_POWER)), LEAST_NOISE)


def detail(image: np.ndarray, mask: np.ndarray, noise: float = 0.0) -> float:
    """Mean square of what lies between two Gaussians, less what noise adds to it."""
    box = around(mask, _NEAR)
    image, mask = image[box].astype(float), mask[box]
    fine, coarse = (ndimage.gaussian_filter(image, (s, s, 0)) for s in (_FINE, _COARSE))
    point = np.zeros((15, 15))
    point[7, 7] = 1
    kernel = ndimage.gaussian_filter(point, _FINE) - ndimage.gaussian_filter(point, _COARSE)
    return max(float(((fine - coarse)[mask] ** 2).mean()) - noise**2 * float((kernel**2).sum()), 0.0)


@dataclass(frozen=True)
class Unexplained:
    """How far a blurred image is from U: rms, in grey levels; noise, of U; share, of U's contrast within
    the width of the PSF: (rms^2 - noise^2) / (variance - noise^2), more than 1 where a plain wash of U's
    mean color is nearer."""

    rms: float
    noise: float
    share: float

    @property
    def times(self) -> float:
        return self.rms / self.noise

    @property
    def excess(self) -> float:
        """What noise does not account for, RMS."""
        return float(np.sqrt(max(self.rms**2 - self.noise**2, 0.0)))


def unexplained(blurred: np.ndarray, photo: np.ndarray, where: np.ndarray, width: int, noise: float):
    """Unexplained of a blurred image and U, (H, W, 3) both, over the pixels ``where``; width: the PSF's."""
    photo = photo.astype(float)
    rms2 = float(((blurred - photo)[where] ** 2).mean())
    size, inside = (2 * (width // 2) + 1,) * 2, where.astype(float)
    share = np.maximum(ndimage.uniform_filter(inside, size, mode="constant"), 1e-9)[..., None]

    def local(values):
        return ndimage.uniform_filter(values * inside[..., None], (*size, 0), mode="constant") / share

    variance = float(np.maximum(local(photo**2) - local(photo) ** 2, 0)[where].mean())
    left = max(rms2 - noise**2, 0.0) / (max(variance - noise**2, 0.0) + _NO_CONTRAST)
    return Unexplained(float(np.sqrt(rms2)), noise, left)


def clear_of_edge(mask: np.ndarray, radius: int, *, thin: bool = True) -> np.ndarray:
    """The pixels of a mask that are deeper in it than a radius, so that their blur gathers nothing else; of a
    ``thin`` mask, which has few of them, its deeper half."""
    depth = mask_depth(mask)
    clear = depth > radius
    return depth >= np.median(depth[mask]) if thin and clear.sum() < _FEW_CLEAR else clear
