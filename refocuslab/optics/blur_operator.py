"""Blur of an unknown image as a linear operator, and its adjoint (paper, equation 1).

The unknown reaches a PSF's radius beyond the photo's frame on every side: that light came into the photo
too. So the blur reflects nothing, and the adjoint is exact: it correlates where the blur convolves.
"""

from functools import cached_property
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from refocuslab.optics.psf import otf

# float32 is exact enough for 8-bit photos, in two thirds of the time of float64.
TYPE = np.float32
Floats = NDArray[np.floating[Any]]


class BlurOperator:
    """A x = k * x where the photo is: light (H + 2r, W + 2r, C) to (H, W, C), r the PSF's radius.

    Images are float32. C is any number of channels.

    Parameters
    ----------
    psf : ndarray of float64, (n, n)
        k, as ``check_psf`` describes it; r = n // 2.
    shape : (int, int)
        H and W, the photo's sides.
    gap : int
        The least number of pixels between the unknown's last row and its first, where the grid closes on
        itself; likewise for columns.

    Attributes
    ----------
    radius : int
        r, in pixels.
    shape, extended_shape, grid : (int, int)
        The sides of the photo, of the unknown, and of the Fourier transforms.
    inner : (slice, slice)
        Where the photo lies in the unknown, and in the grid.
    transfer : ndarray of complex64, (grid[0], grid[1] // 2 + 1, 1)
        The OTF of k.
    frequencies : ndarray of float64, (grid[0], grid[1] // 2 + 1)
        |f| in cycles per pixel.

    Examples
    --------
    >>> import numpy as np
    >>> from refocuslab import disk
    >>> from refocuslab.optics.blur_operator import BlurOperator
    >>> blur = BlurOperator(disk(3), (4, 5))
    >>> blur(np.ones((6, 7, 1), np.float32))[..., 0].round(5)
    array([[1., 1., 1., 1., 1.],
           [1., 1., 1., 1., 1.],
           [1., 1., 1., 1., 1.],
           [1., 1., 1., 1., 1.]], dtype=float32)
    """

    def __init__(self, psf: NDArray[np.float64], shape: tuple[int, int], *, gap: int = 0) -> None:
        height, width = shape
        self.radius = radius = len(psf) // 2
        self.shape = height, width
        self.extended_shape = height + 2 * radius, width + 2 * radius
        self.inner = slice(radius, radius + height), slice(radius, radius + width)
        rows, columns = (int(fft.next_fast_len(side + gap, real=True)) for side in self.extended_shape)
        self.grid = rows, columns
        self.transfer = otf(psf, self.grid, TYPE)[..., None]
        self.frequencies: NDArray[np.float64] = np.hypot(fft.fftfreq(rows)[:, None], fft.rfftfreq(columns))

    def __call__(self, image: Floats) -> Floats:
        """A x: (H + 2r, W + 2r, C) to (H, W, C)."""
        return self.product(image, self.transfer)[self.inner]

    def adjoint(self, photo: Floats) -> Floats:
        """A^T y: (H, W, C) to (H + 2r, W + 2r, C)."""
        extended = np.zeros((*self.extended_shape, photo.shape[2]), TYPE)
        extended[self.inner] = photo
        return self.product(extended, self.transfer.conj())

    def filtered(self, image: Floats, gain: Floats) -> Floats:
        """The image under a real, symmetric filter.

        Parameters
        ----------
        image : ndarray of float32, (h, w, C)
            Of the photo's size, or the unknown's.
        gain : ndarray, (grid[0], grid[1] // 2 + 1)
            The filter's factor at each of ``frequencies``.
        """
        return self.product(image, gain[..., None].astype(TYPE))

    @cached_property
    def transfer2(self) -> Floats:
        """MTF^2 at each of ``frequencies``."""
        return cast(Floats, np.abs(self.transfer[..., 0]) ** 2)

    @cached_property
    def squares(self) -> NDArray[Any]:
        """The conjugate spectrum of the squares of k, whose sum is 1 here: as ``product`` takes it.

        What is spread over the photo is gathered by them at each pixel of the unknown.
        """
        squares = self.spectrum(self.image(self.transfer) ** 2).conj()
        return cast(NDArray[Any], squares / squares[0, 0])

    def mean(self, power: Floats) -> float:
        """The mean over all frequencies of the grid of what is known at each of ``frequencies``."""
        # All columns but the first, and the last of an even number, stand for their mirrors, too.
        twice = power[:, 1 : (self.grid[1] + 1) // 2]
        return float(power.sum(dtype=float) + twice.sum(dtype=float)) / (self.grid[0] * self.grid[1])

    def extended(self, image: Floats) -> Floats:
        """An image of the photo's size, mirrored to the unknown's, as float32: where an iteration starts."""
        around = ((self.radius, self.radius),) * 2 + ((0, 0),) * (image.ndim - 2)
        return np.pad(image, around, mode="reflect").astype(TYPE)

    def product(self, image: Floats, factor: NDArray[Any]) -> Floats:
        """The image whose spectrum is that of the given one times ``factor``; no larger than the grid."""
        return self.image(factor * self.spectrum(image), image.shape)

    def spectrum(self, image: Floats) -> NDArray[Any]:
        """The Fourier transform of an image (h, w, C) on the grid, with zeros beyond the image."""
        return cast(NDArray[Any], fft.rfft2(image, self.grid, axes=(0, 1)))

    def image(self, spectrum: NDArray[Any], shape: tuple[int, ...] | None = None) -> Floats:
        """The inverse of ``spectrum``: all of the grid, or its first ``shape[0]`` rows and so on."""
        height, width = (shape or self.grid)[:2]
        return cast(Floats, fft.irfft2(spectrum, self.grid, axes=(0, 1)))[:height, :width]
