"""The image function: what a camera's fault makes of a sharp photo (paper, §2.1).

The image-scene constraint asks which patches, after the image function, look like the photo. Blur by a PSF
is the paper's; downsampling makes example-based super-resolution of the same engine. An image function is
anything that maps a photo, (H, W, 3) uint8 sRGB, to one of the same shape.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from refocuslab.checks import check_count, check_photo
from refocuslab.optics.blur import blur
from refocuslab.optics.light import decode, encode

ImageFunction = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True, eq=False)
class Blur:
    """Misfocus: blur(photo, psf), in "linear" light or on "encoded" values."""

    psf: np.ndarray
    light: str = "linear"

    @property
    def reach(self) -> int:
        """From how far light comes into a pixel, at the most."""
        return len(self.psf) // 2

    def __call__(self, photo) -> np.ndarray:
        return blur(photo, self.psf, light=self.light)


@dataclass(frozen=True)
class Downsampling:
    """A coarse sensor: what is left of a photo when each pixel covers `factor` x `factor` of its pixels.

    The coarse photo stands on the grid of the fine one, enlarged by cubic interpolation, so that a
    neighborhood means the same in both. RefocusError: the factor is not a whole number from 1.
    """

    factor: int
    light: str = "linear"

    def __post_init__(self):
        check_count("factor", self.factor)

    def __call__(self, photo) -> np.ndarray:
        return self.enlarge(self.reduce(photo), np.shape(photo)[:2])

    def reduce(self, photo) -> np.ndarray:
        """The coarse photo, uint8: mean light of each block; sides that do not divide are reflected."""
        photo = check_photo("photo", photo)
        height, width = photo.shape[:2]
        frame = ((0, -height % self.factor), (0, -width % self.factor), (0, 0))
        light = np.pad(decode(photo, light=self.light), frame, mode="symmetric")
        rows, columns = (side // self.factor for side in light.shape[:2])
        blocks = light.reshape(rows, self.factor, columns, self.factor, 3)
        return encode(blocks.mean(axis=(1, 3)), light=self.light)

    def enlarge(self, coarse, shape) -> np.ndarray:
        """A coarse photo on the grid of a fine one of `shape` (H, W), uint8, by cubic interpolation."""
        from scipy import ndimage

        light = decode(coarse, light=self.light)
        y, x = ((np.arange(side) + 0.5) / self.factor - 0.5 for side in shape)
        where = np.meshgrid(y, x, indexing="ij")
        bands = [
            ndimage.map_coordinates(band, where, order=3, mode="reflect") for band in light.T.swapaxes(1, 2)
        ]
        return encode(np.clip(np.stack(bands, axis=-1), 0, 1), light=self.light)
