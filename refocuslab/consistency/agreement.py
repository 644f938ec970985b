"""The image that agrees best with U once blurred, and with Z: the least of a quadratic energy."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.sparse.linalg import LinearOperator, cg

from refocuslab.optics.blur_operator import TYPE, BlurOperator, Floats

# Conjugate gradients stop at this residual, as a share of the right-hand side. Three scenes: half, +0.20 dB
# on motorcycle-perturbed; double, -0.28 there; elsewhere nothing.
_TOLERANCE = 3e-4
# Or after this number of steps, which most solutions use up. Six scenes: 20, from -0.03 to -0.77 dB
# (astronaut-perspective); 80, from -0.1 to +0.2 for a third more time.
_STEPS = 40


class Agreement:
    """E(W) = ||D (k * W - U)||^2 / S_U  +  ||P (W - Z)||^2 / S_Z, all in linear light.

    Errors that are not white are weighed as they are: each term is divided by the variance of its error,
    frequency by frequency.

    Parameters
    ----------
    blur : BlurOperator
        k * W, for photos of H x W pixels and a PSF of radius r.
    photo : ndarray, (H, W, 3)
        U.
    data : ndarray, (H, W, 3)
        D, gray levels per unit of light, times the root of the weight of U; 0 for values that do not count.
    photo_variance : ndarray, the shape of ``blur.frequencies``
        S_U, (gray levels)^2.
    prior : ndarray of float32, (H + 2r, W + 2r, 3)
        Z.
    weight : ndarray, (H + 2r, W + 2r, 3)
        P, gray levels per unit of light, times the root of the weight of Z.
    prior_variance : ndarray, the shape of ``blur.frequencies``
        S_Z, (gray levels)^2.
    """

    def __init__(
        self,
        blur: BlurOperator,
        photo: Floats,
        data: Floats,
        photo_variance: NDArray[np.float64],
        prior: Floats,
        weight: Floats,
        prior_variance: NDArray[np.float64],
    ) -> None:
        self.blur, self.photo, self.prior = blur, photo.astype(TYPE), prior
        self.data, self.weight = data.astype(TYPE), weight.astype(TYPE)
        self.by_data, self.by_prior = 1 / photo_variance, 1 / prior_variance

    def energy(self, image: Floats) -> float:
        """E of an image, (H + 2r, W + 2r, 3)."""
        left, right = self.data * (self.blur(image) - self.photo), self.weight * (image - self.prior)
        return float(np.vdot(left, self.blur.filtered(left, self.by_data))) + float(
            np.vdot(right, self.blur.filtered(right, self.by_prior))
        )

    def solve(self, start: Floats) -> Floats:
        """The W of least energy, by conjugate gradients from a start; both (H + 2r, W + 2r, 3) float32.

        The preconditioner is the same problem with D and P constant, which a filter solves.
        """
        return self._solved(self.photo, self.prior, start)

    def from_prior(self, prior: Floats) -> Floats:
        """R Z, what of W comes from another Z: W is linear, A U + R Z; both (H + 2r, W + 2r, 3) float32."""
        return self._solved(np.zeros_like(self.photo), prior, prior)

    def _solved(self, photo: Floats, prior: Floats, start: Floats) -> Floats:
        blur, shape = self.blur, start.shape
        # Squares of sums of these leave float32 where Z is trusted by 1e17. Made less by a power of two, both
        # sides of the equations have the same solution, to the last bit.
        largest = max(
            float(self.data.max()) ** 2 * self.by_data.max(),
            float(self.weight.max()) ** 2 * self.by_prior.max(),
        )
        unit = 2.0 ** -np.ceil(np.log2(largest)) if largest > 0 else 1.0
        by_data, by_prior = unit * self.by_data, unit * self.by_prior
        right = self._data(photo, by_data) + self._prior(prior, by_prior)
        counted = self.data > 0
        data2 = float((self.data[counted] ** 2).mean()) if counted.any() else 0.0
        prior2 = float((self.weight[blur.inner][counted] ** 2).mean()) if counted.any() else 1.0
        gain = data2 * by_data * np.abs(blur.transfer[..., 0]) ** 2 + prior2 * by_prior

        def operator(apply: Callable[[Floats], Floats]) -> LinearOperator:
            sides = start.size, start.size
            return LinearOperator(sides, dtype=TYPE, matvec=lambda x: apply(x.reshape(shape)).ravel())

        normal = operator(lambda x: self._data(blur(x), by_data) + self._prior(x, by_prior))
        nearly = operator(lambda x: blur.filtered(x, 1 / gain))
        found, _ = cg(normal, right.ravel(), start.ravel(), rtol=_TOLERANCE, maxiter=_STEPS, M=nearly)
        solution: Floats = found.reshape(shape)
        return solution

    def _data(self, photo: Floats, by_data: Floats) -> Floats:
        return self.blur.adjoint(self.data * self.blur.filtered(self.data * photo, by_data))

    def _prior(self, image: Floats, by_prior: Floats) -> Floats:
        return self.weight * self.blur.filtered(self.weight * image, by_prior)
