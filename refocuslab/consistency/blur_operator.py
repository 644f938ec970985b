"""The blur of an unknown image and its adjoint, and the image that agrees best with U and with Z.

The unknown reaches a PSF's radius beyond the photo's frame on every side: that light came into the
photo too. So nothing is reflected, and the adjoint is exact: it correlates where the blur convolves.
"""

import numpy as np
from scipy import fft
from scipy.sparse.linalg import LinearOperator, cg

# Conjugate gradients stop at this residual, as a share of the right-hand side, or after so many steps.
_TOLERANCE, _STEPS = 3e-4, 40


class Reblur:
    """A x = k * x where the photo is: (H + 2r, W + 2r, 3) float32 light to (H, W, 3); r: PSF's radius."""

    def __init__(self, psf: np.ndarray, shape: tuple[int, int]):
        self.radius = radius = len(psf) // 2
        self.shape = shape[0], shape[1]
        self.canvas = shape[0] + 2 * radius, shape[1] + 2 * radius
        self.inner = slice(radius, radius + shape[0]), slice(radius, radius + shape[1])
        self.grid = [fft.next_fast_len(side, real=True) for side in self.canvas]
        kernel = np.zeros(self.grid, np.float32)
        kernel[: len(psf), : len(psf)] = psf
        # With its origin at the kernel's centre, so that nothing is displaced.
        self.transfer = fft.rfft2(np.roll(kernel, (-radius, -radius), (0, 1)))[..., None]
        self.frequencies = np.hypot(fft.fftfreq(self.grid[0])[:, None], fft.rfftfreq(self.grid[1]))

    def __call__(self, image: np.ndarray) -> np.ndarray:
        return self._filter(image, self.transfer)[self.inner]

    def adjoint(self, photo: np.ndarray) -> np.ndarray:
        """A^T y: (H, W, 3) to (H + 2r, W + 2r, 3)."""
        framed = np.zeros((*self.canvas, 3), np.float32)
        framed[self.inner] = photo
        return self._filter(framed, self.transfer.conj())

    def filtered(self, image: np.ndarray, gain: np.ndarray) -> np.ndarray:
        """A real, symmetric filter: gain at each of `frequencies`; for both sizes of image."""
        return self._filter(image, gain[..., None].astype(np.float32))

    def framed(self, image: np.ndarray) -> np.ndarray:
        """An image of the photo's size, mirrored into the frame, as float32."""
        around = ((self.radius, self.radius),) * 2 + ((0, 0),) * (image.ndim - 2)
        return np.pad(image, around, mode="reflect").astype(np.float32)

    def _filter(self, image, gain):
        spectrum = gain * fft.rfft2(image, self.grid, axes=(0, 1))
        height, width = image.shape[:2]
        return fft.irfft2(spectrum, self.grid, axes=(0, 1))[:height, :width]


class Agreement:
    """E(W) = ||D (k * W - U)||^2 / S_U  +  ||P (W - Z)||^2 / S_Z, all in linear light.

    D: (H, W, 3), what one unit of light is in grey levels, 0 for pixels of U that do not count.
    P: the same for W, (H + 2r, W + 2r, 3), times the root of the weight of Z. S_U, S_Z: variances for
    every frequency of reblur.frequencies: errors that are not white are weighed as they are.
    """

    def __init__(self, reblur: Reblur, photo, data, photo_variance, prior, weight, prior_variance):
        self.reblur, self.photo, self.prior = reblur, photo.astype(np.float32), prior
        self.data, self.weight = data.astype(np.float32), weight.astype(np.float32)
        self.by_data, self.by_prior = 1 / photo_variance, 1 / prior_variance

    def energy(self, image: np.ndarray) -> float:
        left, right = self.data * (self.reblur(image) - self.photo), self.weight * (image - self.prior)
        return float(np.vdot(left, self.reblur.filtered(left, self.by_data))) + float(
            np.vdot(right, self.reblur.filtered(right, self.by_prior))
        )

    def solve(self, start: np.ndarray) -> np.ndarray:
        """The W of least energy, by conjugate gradients from a start; (H + 2r, W + 2r, 3) float32.

        The preconditioner is the same problem with D and P constant, which a filter solves.
        """
        reblur, shape = self.reblur, start.shape
        # Squares of sums of these leave float32 where Z is trusted by 1e17. Made less by a power of two, both
        # sides of the equations have the same solution, to the last bit.
        largest = max(
            float(self.data.max()) ** 2 * self.by_data.max(),
            float(self.weight.max()) ** 2 * self.by_prior.max(),
        )
        unit = 2.0 ** -np.ceil(np.log2(largest)) if largest > 0 else 1.0
        by_data, by_prior = unit * self.by_data, unit * self.by_prior
        right = self._data(self.photo, by_data) + self._prior(self.prior, by_prior)
        counted = self.data > 0
        data2 = float((self.data[counted] ** 2).mean()) if counted.any() else 0.0
        prior2 = float((self.weight[reblur.inner][counted] ** 2).mean()) if counted.any() else 1.0
        gain = data2 * by_data * np.abs(reblur.transfer[..., 0]) ** 2 + prior2 * by_prior

        def operator(apply):
            size = start.size
            return LinearOperator(
                (size, size), dtype=np.float32, matvec=lambda x: apply(x.reshape(shape)).ravel()
            )

        normal = operator(lambda x: self._data(reblur(x), by_data) + self._prior(x, by_prior))
        nearly = operator(lambda x: reblur.filtered(x, 1 / gain))
        found, _ = cg(normal, right.ravel(), start.ravel(), rtol=_TOLERANCE, maxiter=_STEPS, M=nearly)
        return found.reshape(shape)

    def _data(self, photo, by_data):
        return self.reblur.adjoint(self.data * self.reblur.filtered(self.data * photo, by_data))

    def _prior(self, image, by_prior):
        return self.weight * self.reblur.filtered(self.weight * image, by_prior)
