"""The image that agrees best with U once blurred, and with Z: the least of a quadratic energy."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from refocuslab.optics.blur_operator import TYPE, BlurOperator, Floats
from refocuslab.running.progress import breathe
from refocuslab.running.threads import pool, thread_count

# Conjugate gradients end where a step lowers the energy by less than this share of what all have lowered it:
# for W after 5 to 8 steps on five scenes. A third of it, 7 to 12 steps: nothing. What comes from Z alone is a
# measure, and is solved better.
_ENOUGH, _EXACTLY = 1e-2, 1e-5
# Or after this number of steps, which a photo without noise uses up.
_STEPS = 40
# The least of the preconditioner's diagonal, as a share of its largest: neither U nor Z may count somewhere.
_LEAST = 1e-4
# Roundings that sums of products leave: a start that solves the equations to float32 left up to 1.6.
_ROUNDED = 4


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
        # Where Z is trusted by 1e17, squares leave float32.
        weighed = (left, self.by_data), (right, self.by_prior)
        return sum(
            float(np.vdot(one.astype(float), self.blur.filtered(one, by).astype(float)))
            for one, by in weighed
        )

    def solve(self, start: Floats, *, threads: int | None = None) -> Floats:
        """The W of least energy, by conjugate gradients from a start; both (H + 2r, W + 2r, 3) float32.

        The preconditioner is the same problem with D and P constant, which a filter solves, between two
        divisions by the root of the diagonal of the equations as it would be, were U and Z white:

            S^2 = (mean of |K|^2 / S_U) (k^2 * D^2) / |k|^2  +  (mean of 1 / S_Z) P^2.

        D and P change by a factor of thirty from the dark to the light, and vanish outside the mask. Each
        channel is a problem of its own, for a thread of its own.
        """
        return self._solved(self.photo, self.prior, start, threads, _ENOUGH)

    def from_prior(self, prior: Floats, *, threads: int | None = None) -> Floats:
        """R Z, what of W comes from another Z: W is linear, A U + R Z; both (H + 2r, W + 2r, 3) float32."""
        return self._solved(np.zeros_like(self.photo), prior, prior, threads, _EXACTLY)

    def _solved(
        self, photo: Floats, prior: Floats, start: Floats, threads: int | None, enough: float
    ) -> Floats:
        # Squares of sums of these leave float32 where Z is trusted by 1e17. Made less by a power of two, both
        # sides of the equations have the same solution, to the last bit.
        largest = max(
            float(self.data.max()) ** 2 * self.by_data.max(),
            float(self.weight.max()) ** 2 * self.by_prior.max(),
        )
        unit = 2.0 ** -np.ceil(np.log2(largest)) if largest > 0 else 1.0
        by_data, by_prior = ((unit * by).astype(TYPE) for by in (self.by_data, self.by_prior))

        def solved(channel: int) -> Floats:
            given = (photo, self.data, prior, self.weight, start)
            one, data, before, weight, begun = (
                np.ascontiguousarray(image[..., channel, None]) for image in given
            )
            return _solved(self.blur, one, data, before, weight, begun, by_data, by_prior, enough)

        with pool(min(thread_count(threads), photo.shape[2])) as executor:
            channels = list(executor.map(solved, range(photo.shape[2])))
        return np.concatenate(channels, axis=2)


def _solved(
    blur: BlurOperator,
    photo: Floats,
    data: Floats,
    prior: Floats,
    weight: Floats,
    start: Floats,
    by_data: Floats,
    by_prior: Floats,
    enough: float,
) -> Floats:
    """One channel of W, (H + 2r, W + 2r, 1)."""

    def of_data(image: Floats) -> Floats:
        return blur.adjoint(data * blur.filtered(data * image, by_data))

    def of_prior(image: Floats) -> Floats:
        return weight * blur.filtered(weight * image, by_prior)

    transfer2 = blur.transfer2
    everywhere = np.zeros_like(weight)
    everywhere[blur.inner] = data
    # What D^2 counts at a pixel of W is gathered by the squares of the PSF.
    gathered = np.maximum(blur.product(everywhere**2, blur.squares), 0)
    diagonal = np.sqrt(blur.mean(by_data * transfer2) * gathered + blur.mean(by_prior) * weight**2)
    diagonal = np.maximum(diagonal, _LEAST * diagonal.max(initial=0) or 1)
    counted = everywhere > 0
    where = counted if counted.any() else np.ones_like(counted)
    data2, prior2 = (float(((one / diagonal)[where] ** 2).mean()) for one in (everywhere, weight))
    inverse = 1 / (data2 * by_data * transfer2 + prior2 * by_prior)

    def normal(image: Floats) -> Floats:
        return of_data(blur(image)) + of_prior(image)

    def nearly(image: Floats) -> Floats:
        return blur.filtered(image / diagonal, inverse) / diagonal

    return _least(normal, nearly, of_data(photo) + of_prior(prior), start, enough)


def _least(
    normal: Callable[[Floats], Floats],
    nearly: Callable[[Floats], Floats],
    right: Floats,
    start: Floats,
    enough: float,
) -> Floats:
    """x of least x . normal(x) / 2 - right . x, by conjugate gradients with ``nearly`` an inverse of normal.

    scipy's end by the norm of the residual, which is that of the dark where light counts most.
    """
    found, residual = start, right - normal(start)
    moved = nearly(residual)
    ahead, power, gained = moved, float(np.vdot(residual, moved)), 0.0
    # float32 tells no residual from 0 that is so much less than the right-hand side.
    nothing = (_ROUNDED * np.finfo(TYPE).eps) ** 2 * float(np.vdot(right, nearly(right)))
    for _ in range(_STEPS):
        if power <= nothing:
            break
        breathe()
        pushed = normal(ahead)
        length = power / float(np.vdot(ahead, pushed))
        found = found + TYPE(length) * ahead
        # What this step lowers the energy by, twice.
        gained += length * power
        if length * power <= enough * gained:
            break
        residual = residual - TYPE(length) * pushed
        moved = nearly(residual)
        before, power = power, float(np.vdot(residual, moved))
        ahead = moved + TYPE(power / before) * ahead
    return found
