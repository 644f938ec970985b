"""The image function: what a camera's fault makes of a sharp photo (paper, §2.1).

The image-scene constraint asks which patches, after the image function, look like the photo. Blur by a PSF
is the paper's; downsampling makes example-based super-resolution of the same engine. An image function is
anything that maps a photo, (H, W, 3) uint8 sRGB, to one of the same shape.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from refocuslab.checks import check_count, check_photo
from refocuslab.optics.blur import blur
from refocuslab.optics.light import LightKind, decode, encode

ImageFunction = Callable[[NDArray[np.uint8]], NDArray[np.uint8]]


@dataclass(frozen=True, eq=False)
class Blur:
    """Misfocus: the image function blur(photo, psf) of the paper (equation 1).

    Attributes
    ----------
    psf : ndarray of float64, (n, n)
        A PSF as ``check_psf`` describes it; checked when a photo is blurred.
    light : {"linear", "encoded"}
        Where the PSF acts: on light, or on the stored values.
    """

    psf: NDArray[np.float64]
    light: LightKind = "linear"

    @property
    def reach(self) -> int:
        """From how far light comes into a pixel, at the most: the PSF's radius in pixels."""
        return len(self.psf) // 2

    def __call__(self, photo: ArrayLike) -> NDArray[np.uint8]:
        """The blurred photo, uint8 sRGB, of a photo (H, W, 3) uint8 sRGB."""
        return blur(photo, self.psf, light=self.light)


@dataclass(frozen=True)
class Downsampling:
    """A coarse sensor: what is left of a photo when each pixel covers `factor` x `factor` of its pixels.

    The coarse photo stands on the grid of the fine one, enlarged by cubic interpolation, so that a
    neighborhood means the same in both.

    Attributes
    ----------
    factor : int
        Side in pixels of the block that becomes one pixel, from 1.
    light : {"linear", "encoded"}
        What is averaged and interpolated: light, or the stored values.

    Raises
    ------
    RefocusError
        The factor is not a whole number from 1.
    """

    factor: int
    light: LightKind = "linear"

    def __post_init__(self) -> None:
        check_count("factor", self.factor)

    def __call__(self, photo: ArrayLike) -> NDArray[np.uint8]:
        """enlarge(reduce(photo)), uint8 sRGB of the photo's shape (H, W, 3)."""
        return self.enlarge(self.reduce(photo), np.shape(photo)[:2])

    def reduce(self, photo: ArrayLike) -> NDArray[np.uint8]:
        """The coarse photo, uint8: mean light of each block, mirrored where sides do not divide.

        Parameters
        ----------
        photo : ndarray of uint8, (H, W, 3)
            A photo, sRGB.

        Returns
        -------
        ndarray of uint8, (ceil(H/factor), ceil(W/factor), 3)
            The coarse photo, sRGB.

        Raises
        ------
        RefocusError
            It is no photo.
        """
        photo = check_photo("photo", photo)
        height, width = photo.shape[:2]
        frame = ((0, -height % self.factor), (0, -width % self.factor), (0, 0))
        light = np.pad(decode(photo, light=self.light), frame, mode="symmetric")
        rows, columns = (side // self.factor for side in light.shape[:2])
        blocks = light.reshape(rows, self.factor, columns, self.factor, 3)
        return encode(blocks.mean(axis=(1, 3)), light=self.light)

    def enlarge(self, coarse: ArrayLike, shape: Sequence[int]) -> NDArray[np.uint8]:
        """A coarse photo on the grid of a fine one, by cubic interpolation.

        Parameters
        ----------
        coarse : ndarray of uint8
            The coarse photo, (ceil(H/factor), ceil(W/factor), 3), sRGB.
        shape : (int, int)
            H and W of the fine photo.

        Returns
        -------
        ndarray of uint8, (H, W, 3)
            The enlarged photo, sRGB.
        """
        from scipy import ndimage

        light = decode(coarse, light=self.light)
        y, x = ((np.arange(side) + 0.5) / self.factor - 0.5 for side in shape)
        where = np.meshgrid(y, x, indexing="ij")
        bands = [
            ndimage.map_coordinates(band, where, order=3, mode="reflect") for band in light.T.swapaxes(1, 2)
        ]
        return encode(np.clip(np.stack(bands, axis=-1), 0, 1), light=self.light)
