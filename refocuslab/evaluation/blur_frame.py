"""U as light on the grid of the blur operator, where deconvolution finds all that sheds light into it."""

from typing import Literal

import numpy as np
from scipy import fft

from refocuslab.consistency.rounds import blur_operator
from refocuslab.lens.varying_blur import VaryingBlurOperator
from refocuslab.optics.blur_operator import TYPE, Floats
from refocuslab.optics.light import LightKind, decode
from refocuslab.registration.psf_estimate import with_psf
from refocuslab.scene import Scene

# Which pixels of U the result must explain: see `total_variation`.
Explain = Literal["mask", "photo"]


class Frame:
    """U on the whole grid of a ``BlurOperator``, (h, w): periodic, and wider than what U gathers from.

    Parameters
    ----------
    scene : Scene
        U, (H, W, 3), its mask, and the PSF; one that is not known is found first (``estimate_psf``).
    light : {"linear", "encoded"}
        Where the PSF acts.
    explain : {"mask", "photo"}
        Whether U is to be explained in the mask or everywhere.

    Attributes
    ----------
    operator : BlurOperator
        Its ``spectrum`` and ``image`` go from the grid to frequencies and back.
    varies : bool
        Whether the PSF is of another width at each pixel of U.
    photo : ndarray of float32, (h, w, 3)
        U as light, mirrored beyond its edges: there it is no more than a first guess.
    seen : ndarray of float32, (h, w, 1)
        1 where U is to be explained, else 0.
    """

    def __init__(self, scene: Scene, light: LightKind, explain: Explain) -> None:
        # With a gap of one pixel, what total variation joins across it can be cut apart.
        self.operator = operator = blur_operator(with_psf(scene, light=light), gap=1)
        self.varies = isinstance(operator, VaryingBlurOperator)
        radius = operator.radius
        sides = zip(operator.grid, operator.shape, strict=True)
        before_after = self._around = [(radius, side - radius - length) for side, length in sides]
        photo = decode(scene.misfocused, light=light).astype(TYPE)
        self.photo = np.pad(photo, [*before_after, (0, 0)], mode="reflect")
        seen = scene.mask if explain == "mask" else np.ones_like(scene.mask)
        self.seen = np.pad(seen, before_after)[:, :, None].astype(TYPE)

    @property
    def laplacian(self) -> Floats:
        """|grad|^2 of the forward differences at each frequency, (h, w // 2 + 1, 1)."""
        y, x = fft.fftfreq(self.operator.grid[0])[:, None], fft.rfftfreq(self.operator.grid[1])
        squares: Floats = (4 * (np.sin(np.pi * y) ** 2 + np.sin(np.pi * x) ** 2)[:, :, None]).astype(TYPE)
        return squares

    def crop(self, image: Floats) -> Floats:
        """The photo's part of an image on the grid."""
        return image[self.operator.inner]

    def blur(self, image: Floats) -> Floats:
        """H x on the grid, (h, w, 3); where the PSF varies, 0 beyond the photo, where nobody knows it."""
        if self.varies:
            return np.pad(self.operator(image), [*self._around, (0, 0)])
        return self.operator.product(image, self.operator.transfer)

    def adjoint(self, image: Floats) -> Floats:
        """H^T y on the grid, (h, w, 3)."""
        if self.varies:
            found = self.operator.adjoint(self.crop(image))
            beyond = [
                (0, side - length) for side, length in zip(self.operator.grid, found.shape, strict=False)
            ]
            return np.pad(found, [*beyond, (0, 0)])
        return self.operator.product(image, np.conj(self.operator.transfer))


def gradient(image: Floats) -> Floats:
    """Forward differences along y and x, (2, h, w, C), of an image (h, w, C) that is periodic."""
    return np.stack([np.roll(image, -1, axis) - image for axis in (0, 1)])


def gradient_adjoint(field: Floats) -> Floats:
    """The adjoint of ``gradient``: (2, h, w, C) to (h, w, C)."""
    y, x = (np.roll(part, 1, axis) - part for axis, part in enumerate(field))
    summed: Floats = y + x
    return summed
