"""Deconvolution: what a user would have done without focused photos (paper, §1, §5).

Each function takes a scene and a strength and returns a photo, (H, W, 3) uint8 sRGB: the whole of U
deconvolved, put into the mask; outside it U, to the byte. All three work in ``light`` ("linear" or
"encoded"), on all channels, and on a photo with a mirrored margin that is tapered so that its opposite
edges meet, as the FFT wants them; the margin is cut off again.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from scipy import fft

from refocuslab.errors import RefocusError
from refocuslab.metrics import Score, score
from refocuslab.optics import decode, encode

# The margin on every side, in diameters of the PSF.
_MARGIN = 6
_ITERATIONS = 40


@dataclass(frozen=True)
class Tuning:
    """image: the best photo; strength: what made it; tried: every (strength, Score), weakest first."""

    image: np.ndarray
    strength: float
    tried: tuple[tuple[float, Score], ...]


def wiener(scene, strength: float, *, light: str = "linear") -> np.ndarray:
    """W = F^-1 [ conj(K) / (|K|^2 + strength |L|^2) F[U] ], L the Laplacian (skimage.restoration.wiener).

    strength > 0, without unit: more of it takes more of the noise, and of the detail.
    """
    from skimage.restoration import wiener as restore  # slow to import

    _check(strength)
    return _deconvolved(scene, light, lambda channel, psf: restore(channel, psf, strength, clip=False))


def richardson_lucy(scene, strength: float, *, light: str = "linear") -> np.ndarray:
    """`strength` steps of Richardson's and Lucy's iteration from U (skimage.restoration.richardson_lucy).

    The most likely W under photon noise, if it did not stop: it stops before the noise grows.
    strength: a whole number, at least 1.
    """
    from skimage.restoration import richardson_lucy as restore  # slow to import

    if strength != int(strength) or strength < 1:
        raise RefocusError("strength", "must be a whole number from 1", strength)

    def work(channel, psf):
        # It divides by the blur of W, which must not come near 0.
        return restore(np.maximum(channel, 1e-4), psf, int(strength), clip=False)

    return _deconvolved(scene, light, work)


def total_variation(scene, strength: float, *, light: str = "linear") -> np.ndarray:
    """W = argmin 1/2 |k * W - U|^2 + strength TV(W) over all W from 0 to 1, the range of light.

    TV is the sum of the lengths of all gradients, the three channels in one. Solved by 40 steps of the
    alternating direction method of multipliers: an FFT for W, a shrinkage for its gradient, a clip.
    """
    _check(strength)

    def work(image, psf):
        shape = image.shape[:2]
        transfer = _transfer(psf, shape)[..., None]
        across = np.exp(2j * np.pi * fft.rfftfreq(shape[1]))[None, :, None] - 1
        down = np.exp(2j * np.pi * fft.fftfreq(shape[0]))[:, None, None] - 1
        # The penalty that ties the gradient to its shrunken copy; it changes the pace, not the end.
        tie = 20 * strength
        below = np.abs(transfer) ** 2 + tie * (np.abs(across) ** 2 + np.abs(down) ** 2 + 1)
        known = transfer.conj() * fft.rfft2(image, axes=(0, 1))
        gradient = np.zeros((2, *image.shape))
        dual = np.zeros_like(gradient)
        light, light_dual = image, np.zeros_like(image)
        for _ in range(_ITERATIONS):
            pull = fft.rfft2(gradient - dual, axes=(1, 2))
            pull = across.conj() * pull[0] + down.conj() * pull[1]
            pull += fft.rfft2(light - light_dual, axes=(0, 1))
            spectrum = (known + tie * pull) / below
            made = np.stack([across * spectrum, down * spectrum, spectrum])
            made = fft.irfft2(made, shape, axes=(1, 2))
            light_dual += made[2]
            light = np.clip(light_dual, 0, 1)
            light_dual -= light
            dual += made[:2]
            length = np.sqrt((dual**2).sum(axis=(0, 3), keepdims=True))
            gradient = dual * np.maximum(1 - strength / tie / np.maximum(length, 1e-12), 0)
            dual -= gradient
        return light

    return _deconvolved(scene, light, work, together=True)


# A grid for each: half a decade, or a factor of about 1.5, from far too weak to far too strong.
STRENGTHS: dict[Callable, tuple[float, ...]] = {
    wiener: tuple(float(x) for x in 10.0 ** np.arange(-5, 0.1, 0.5)),
    richardson_lucy: (3, 5, 8, 12, 20, 30, 50, 80, 120, 200, 300),
    total_variation: tuple(float(x) for x in 10.0 ** np.arange(-4.5, -1.9, 0.25)),
}


def tune(
    deconvolve: Callable,
    scene,
    strengths: Iterable[float] | None = None,
    *,
    light: str = "linear",
    step: Callable[[float], None] | None = None,
) -> Tuning:
    """The strength with the highest PSNR against the scene's truth: more than any user could know.

    strengths: what to try; by default the grid in STRENGTHS. step: called with the share done.
    """
    if scene.truth is None:
        raise RefocusError("scene", "must have a truth to tune on", None)
    strengths = sorted(STRENGTHS[deconvolve] if strengths is None else strengths)
    if not strengths:
        raise RefocusError("strengths", "must be one or more", "none")
    tried, best = [], None
    for number, strength in enumerate(strengths, 1):
        image = deconvolve(scene, strength, light=light)
        found = score(image, scene, light=light)
        if best is None or found.psnr > best[0]:
            best = found.psnr, image, strength
        tried.append((strength, found))
        if step:
            step(number / len(strengths))
    return Tuning(best[1], best[2], tuple(tried))


def _check(strength):
    if not np.isfinite(strength) or strength <= 0:
        raise RefocusError("strength", "must be more than 0", strength)


def _transfer(psf, shape):
    kernel = np.zeros(shape)
    kernel[: len(psf), : len(psf)] = psf
    return fft.rfft2(np.roll(kernel, (-(len(psf) // 2),) * 2, (0, 1)))


def _deconvolved(scene, light, work, *, together=False):
    """U with `work` done to its light: to all channels together, or to each."""
    psf, photo = scene.psf, scene.misfocused
    height, width = photo.shape[:2]
    # A mirror reaches no farther than the photo does.
    margins = [(min(_MARGIN * len(psf), side - 1),) * 2 for side in (height, width)]
    wide = np.pad(decode(photo, light=light), (*margins, (0, 0)), mode="reflect")
    wide = _tapered(wide, psf, margins)
    if together:
        found = work(wide, psf)
    else:
        found = np.stack([work(np.ascontiguousarray(wide[..., c]), psf) for c in range(3)], axis=2)
    found = found[margins[0][0] :, margins[1][0] :][:height, :width]
    image = photo.copy()
    image[scene.mask] = encode(found, light=light)[scene.mask]
    return image


def _tapered(wide, psf, margins):
    """The photo, fading over its margin into its own periodic blur, so that its edges meet."""
    periodic = fft.irfft2(
        _transfer(psf, wide.shape[:2])[..., None] * fft.rfft2(wide, axes=(0, 1)), wide.shape[:2], axes=(0, 1)
    )
    weight = 1.0
    for axis, (margin, _) in enumerate(margins):
        ramp = np.minimum(np.arange(wide.shape[axis]) / max(margin, 1), 1)
        ramp = np.minimum(ramp, ramp[::-1])
        weight = weight * ramp.reshape((-1, 1, 1) if axis == 0 else (1, -1, 1))
    return weight * wide + (1 - weight) * periodic
