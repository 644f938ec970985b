"""Blur by a PSF that is of another width at each pixel, as a linear operator, and its adjoint."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from refocuslab.lens.varying_psf import VaryingPsf
from refocuslab.optics.blur import convolve
from refocuslab.optics.blur_operator import TYPE, BlurOperator, Floats
from refocuslab.optics.psf import otf


class VaryingBlurOperator(BlurOperator):
    """A x = sum over j of w_j (k_j * x) where the photo is; A^T y = sum over j of k_j^T * (w_j y).

    The weight acts after the convolution, and in the adjoint before the correlation.

    Parameters
    ----------
    psf : VaryingPsf
        k_j, and w_j of the photo's size.
    gap : int
        As of ``BlurOperator``.

    Attributes
    ----------
    transfer : ndarray of complex64, (grid[0], grid[1] // 2 + 1, 1)
        The mean OTF: sum over j of k_j's, by the mean of w_j. What knows one frequency response only uses it.
    """

    def __init__(self, psf: VaryingPsf, *, gap: int = 0) -> None:
        widest = psf.psfs[-1]
        height, width = psf.width.shape
        super().__init__(widest, (height, width), gap=gap)
        # Part of a photo may need few of the PSFs.
        needed = [(one, weight) for one, weight in zip(psf.psfs, psf.weights(), strict=True) if weight.any()]
        self._weights = [weight[..., None] for _, weight in needed]
        self._transfers: list[NDArray[Any]] = [otf(one, self.grid, TYPE)[..., None] for one, _ in needed]
        means = np.array([float(weight.mean()) for weight in self._weights])
        self.transfer = np.tensordot(means, self._transfers, axes=1).astype(self.transfer.dtype)

    def __call__(self, image: Floats) -> Floats:
        """A x: (H + 2r, W + 2r, C) to (H, W, C)."""
        spectrum = self.spectrum(image)
        blurred = np.zeros((*self.shape, image.shape[2]), TYPE)
        for weight, transfer in zip(self._weights, self._transfers, strict=True):
            blurred += weight * self.image(transfer * spectrum, image.shape)[self.inner]
        return blurred

    def adjoint(self, photo: Floats) -> Floats:
        """A^T y: (H, W, C) to (H + 2r, W + 2r, C)."""
        total: NDArray[Any] | None = None
        for weight, transfer in zip(self._weights, self._transfers, strict=True):
            extended = np.zeros((*self.extended_shape, photo.shape[2]), TYPE)
            extended[self.inner] = weight * photo
            part = transfer.conj() * self.spectrum(extended)
            total = part if total is None else total + part
        assert total is not None  # there is a PSF
        return self.image(total, self.extended_shape)


def convolve_varying(image: NDArray[np.float64], psf: VaryingPsf) -> NDArray[np.float64]:
    """sum over j of w_j (k_j * f): as ``convolve``, by a PSF that is of another width at each pixel.

    Parameters
    ----------
    image : ndarray of float64, (H, W, C)
        f; beyond its edges reflected about the edge pixel.
    psf : VaryingPsf
        Of the image's size.

    Returns
    -------
    ndarray of float64, (H, W, C)
        The blurred image.
    """
    blurred = np.zeros(image.shape)
    for weight, one in zip(psf.weights(), psf.psfs, strict=True):
        if weight.any():
            blurred += weight[..., None] * convolve(image, one)
    return blurred
