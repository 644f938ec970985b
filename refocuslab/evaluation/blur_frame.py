"""A photo as light on a frame wider by the PSF's reach, where blur and its adjoint are products."""

from typing import Any, Literal, cast

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from refocuslab.optics.light import LightKind, decode
from refocuslab.scene import Scene

# Which pixels of U the result must explain: see `total_variation`.
Explain = Literal["mask", "photo"]
# Enough for 8-bit photos, in two thirds of the time.
TYPE = np.float32
Floats = NDArray[np.floating[Any]]


class Frame:
    """U as light on a frame that is wider by the reach of the PSF; ``seen``: (H, W, 1), 1 where U is to be
    explained. Beyond that, U mirrored is no more than a first guess."""

    def __init__(self, scene: Scene, light: LightKind, explain: Explain) -> None:
        radius = scene.psf.shape[0] // 2
        height, width = scene.mask.shape
        self.sides = tuple(fft.next_fast_len(side + 2 * radius + 1, real=True) for side in (height, width))
        before_after = [
            (radius, side - radius - n) for side, n in zip(self.sides, (height, width), strict=True)
        ]
        self.inner = np.s_[radius : radius + height, radius : radius + width]
        photo = decode(scene.misfocused, light=light).astype(TYPE)
        self.photo = np.pad(photo, [*before_after, (0, 0)], mode="reflect")
        seen = scene.mask if explain == "mask" else np.ones_like(scene.mask)
        self.seen = np.pad(seen, before_after)[:, :, None].astype(TYPE)
        origin = np.zeros(self.sides, TYPE)
        origin[: scene.psf.shape[0], : scene.psf.shape[1]] = scene.psf
        self.transfer = fft.rfft2(np.roll(origin, (-radius, -radius), (0, 1)))[:, :, None]

    @property
    def laplacian(self) -> Any:
        """|grad|^2 by frequency."""
        y, x = fft.fftfreq(self.sides[0])[:, None], fft.rfftfreq(self.sides[1])
        return (4 * (np.sin(np.pi * y) ** 2 + np.sin(np.pi * x) ** 2)[:, :, None]).astype(TYPE)

    def crop(self, image: Floats) -> Floats:
        return image[self.inner]

    def spectrum(self, image: Floats) -> Any:
        return fft.rfft2(image, axes=(0, 1))

    def image(self, spectrum: Any) -> Floats:
        return cast(Floats, fft.irfft2(spectrum, self.sides, axes=(0, 1)))

    def blur(self, image: Floats) -> Floats:
        return self.image(self.transfer * self.spectrum(image))

    def adjoint(self, image: Floats) -> Floats:
        return self.image(np.conj(self.transfer) * self.spectrum(image))


def gradient(image: Floats) -> Floats:
    """Forward differences along y and x, (2, H, W, C), of an image that is periodic."""
    return np.stack([np.roll(image, -1, axis) - image for axis in (0, 1)])


def gradient_adjoint(field: Floats) -> Floats:
    return cast(Floats, sum(np.roll(part, 1, axis) - part for axis, part in enumerate(field)))
