"""Misfocus as the paper models it: the sharp image convolved by a disk PSF (§1, §3).

Defocus adds light, so a PSF acts on *linear* light. Photos hold sRGB *encoded* values; every
function that takes a photo decodes it, works, and encodes it again. With ``light="encoded"``
the encoded values are taken for light as they stand.
"""

from typing import NamedTuple

import numpy as np
from scipy import fft
from scipy.special import j1

from refocuslab.errors import RefocusError
from refocuslab.finite import finite

# The least step, in grey levels, from the background to the brightest pixel of a light.
_CONTRAST = 8


class Calibration(NamedTuple):
    """What ``calibrate`` found: the disk's diameter in pixels, and the error of each one tried."""

    diameter: int
    errors: dict[int, float]

    @property
    def psf(self) -> np.ndarray:
        """The disk of that diameter, (n, n) float64, n odd."""
        return disk(self.diameter)


def check_count(argument: str, value) -> None:
    """A ``RefocusError`` unless the value is an integer of at least 1."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 1:
        raise RefocusError(argument, "must be an integer of at least 1", repr(value))


def check_photo(argument: str, photo) -> np.ndarray:
    """The photo as an array, if it is (H, W, 3) uint8 and not empty; else a ``RefocusError``."""
    photo = np.asarray(photo)
    if photo.ndim != 3 or photo.shape[2] != 3 or photo.dtype != np.uint8 or photo.size == 0:
        got = f"{photo.shape} {photo.dtype}"
        raise RefocusError(argument, "must be a photo of shape (H, W, 3) and type uint8", got)
    return photo


def check_psf(psf) -> np.ndarray:
    """The PSF as float64, if it is one; else a ``RefocusError``.

    A PSF is (n, n) with n odd and its origin at the centre, finite, nowhere negative, and sums
    to 1 within 1e-6: misfocus moves light, it neither makes nor loses any.
    """
    try:
        psf = np.asarray(psf, dtype=np.float64)
    except (TypeError, ValueError):
        raise RefocusError("psf", "must be an array of numbers", type(psf).__name__) from None
    if psf.ndim != 2 or psf.shape[0] != psf.shape[1] or psf.shape[0] % 2 == 0:
        raise RefocusError("psf", "must be square with an odd side", f"shape {psf.shape}")
    if not np.isfinite(psf).all():
        raise RefocusError("psf", "must be finite", "NaN or infinity")
    if psf.min() < 0:
        raise RefocusError("psf", "must not be negative", f"{psf.min():g}")
    if abs(psf.sum() - 1) > 1e-6:
        raise RefocusError("psf", "must sum to 1", f"{psf.sum():.9g}")
    return psf


def decode(image, *, light: str = "linear") -> np.ndarray:
    """Light from sRGB values: l = c/12.92 if c <= 0.04045, else ((c + 0.055)/1.055)^2.4.

    ``image``: encoded values of any shape, uint8 or float, 0..255, and c = image/255.
    Returns float64 of that shape, linear light 0..1; for ``light="encoded"`` it is c itself.
    """
    _check_light(light)
    image = np.asarray(image)
    if image.dtype == np.uint8:
        return decode(np.arange(256.0), light=light)[image]
    c = image / 255.0
    if light == "encoded":
        return c
    # The power is taken of every value, so keep it away from negative ones.
    return np.where(c <= 0.04045, c / 12.92, ((np.maximum(c, 0) + 0.055) / 1.055) ** 2.4)


def encode(image, *, light: str = "linear") -> np.ndarray:
    """The inverse of ``decode``, as uint8: light 0..1 of any shape to sRGB values 0..255.

    Light beyond the range is clipped, as a sensor does; the rest goes to the nearest value. Light that is
    NaN or infinite raises a ``RefocusError``: a cast would make it black without a word.
    """
    _check_light(light)
    finite("encoding", image)
    c = np.clip(image, 0.0, 1.0)
    if light == "linear":
        c = np.where(c <= 0.0031308, c * 12.92, 1.055 * c ** (1 / 2.4) - 0.055)
    # Half a grey level must not fall by the last bit of an FFT, which differs between machines.
    return np.rint(np.round(255 * c, 6)).astype(np.uint8)


def disk(diameter: int) -> np.ndarray:
    """PSF of a misfocused lens: each weight is the exact area of pixel and disk in common.

    The disk of ``diameter`` pixels (an integer >= 1, §3) has its centre on the middle pixel.
    Returns (n, n) float64, n = diameter if that is odd, else diameter + 1; it sums to 1.
    """
    check_count("diameter", diameter)
    radius, side = diameter / 2, int(diameter) | 1
    edges = np.clip(np.arange(side + 1) - side / 2, -radius, radius)

    # corner[i, j]: area of the disk between the axes through its centre and the edges i and j,
    # signed as the product of their coordinates. Along x the disk is capped by the edge y as
    # far as the two meet, and by its own rim, whose integral is known, from there on.
    def rim(x):
        return (x * np.sqrt(radius**2 - x**2) + radius**2 * np.arcsin(x / radius)) / 2

    x, y = np.abs(edges)[None, :], np.abs(edges)[:, None]
    meet = np.minimum(x, np.sqrt(radius**2 - y**2))
    corner = np.sign(edges)[:, None] * np.sign(edges) * (y * meet + rim(x) - rim(meet))
    area = np.diff(np.diff(corner, axis=0), axis=1)
    area = np.maximum(area + area.T, 0)  # rounding must not spoil the symmetry or the sign
    return area / area.sum()


def convolve(image, psf) -> np.ndarray:
    """The paper's equation (1), h = f * g: h(x) = sum over t of g(t) f(x - t).

    ``image`` f: (H, W, C) float, in any units that add, such as linear light; ``psf`` g as in
    ``check_psf``. Returns h as float64 of the shape of f. Beyond its edges f is reflected about
    the edge pixel. A PSF that reaches farther than one reflection raises a ``RefocusError``.
    """
    image, psf = np.asarray(image, dtype=np.float64), check_psf(psf)
    if image.ndim != 3 or image.size == 0:
        raise RefocusError("image", "must be of shape (H, W, C)", f"shape {image.shape}")
    height, width, _ = image.shape
    radius = psf.shape[0] // 2
    if radius >= min(height, width):
        rule = f"must fit the photo: at most {2 * min(height, width) - 1} pixels wide here"
        raise RefocusError("psf", rule, f"{psf.shape[0]} pixels")

    image = np.pad(image, ((radius, radius), (radius, radius), (0, 0)), mode="reflect")
    shape = [fft.next_fast_len(side, real=True) for side in image.shape[:2]]
    spectrum = fft.rfft2(image, shape, axes=(0, 1)) * fft.rfft2(psf, shape)[:, :, None]
    blurred = fft.irfft2(spectrum, shape, axes=(0, 1))
    # What wraps round the frame lands within the first 2 * radius rows and columns.
    return blurred[2 * radius :, 2 * radius :][:height, :width].copy()


def blur(image, psf, *, light: str = "linear") -> np.ndarray:
    """The photo as a lens with this PSF would take it: encode(convolve(decode(image), psf)).

    ``image``: (H, W, 3) uint8 sRGB; returns the same. ``psf`` as in ``check_psf``, with a radius
    less than each side of the photo. ``light``: where the PSF acts, "linear" or "encoded".
    """
    image = check_photo("image", image)
    return encode(convolve(decode(image, light=light), psf), light=light)


def mtf(psf, *, size: int = 256) -> tuple[np.ndarray, np.ndarray]:
    """Modulation transfer function along x: the magnitude of the PSF's Fourier transform (§1).

    Returns ``(frequencies, magnitude)``, each of size/2 + 1 float64: frequencies in cycles per
    pixel from 0 to 0.5, magnitude 1 at frequency 0. ``size`` is even and at least the PSF's side.
    """
    psf = check_psf(psf)
    check_count("size", size)
    if size % 2 or size < psf.shape[0]:
        raise RefocusError("size", f"must be even and at least {psf.shape[0]}", size)
    return fft.rfftfreq(size), np.abs(fft.rfft(psf.sum(axis=0), size))


def disk_mtf(diameter: float, frequencies) -> np.ndarray:
    """MTF of the ideal disk, before any pixel averages it: |2 J1(pi d f) / (pi d f)|, 1 at f = 0.

    ``diameter`` d in pixels, ``frequencies`` f in cycles per pixel, any shape; float64.
    """
    z = np.pi * diameter * np.asarray(frequencies, dtype=np.float64)
    return np.abs(np.divide(2 * j1(z), z, out=np.ones_like(z), where=z != 0))


def calibrate(focused_light, misfocused_light, *, largest: int = 31, light: str = "linear") -> Calibration:
    """The misfocus of a lens from two shots of one small light, by the procedure of §3.

    For every integer diameter d = 1..largest the focused shot F is convolved by the disk of d,
    moved by the best whole-pixel translation T, and fitted to the misfocused shot M in each
    channel by a gain a and a background b, for exposures differ:

        error(d) = RMS over the frame of M - (a T(F * disk(d)) + b), a fraction of full scale.

    The least error gives the diameter; the smaller one if two are equal. Both shots: (H, W, 3)
    uint8 sRGB, one shape, showing all of the light, unsaturated, on an even background. The
    frame is at least largest/2 pixels wide; its cost grows with it, so crop it to the light.
    """
    check_count("largest", largest)
    shots = []
    for name, shot in (("focused_light", focused_light), ("misfocused_light", misfocused_light)):
        shot = check_photo(name, shot)
        contrast = (shot.max(axis=(0, 1)) - np.median(shot, axis=(0, 1))).max()
        if contrast < _CONTRAST:
            rule = f"must show a light at least {_CONTRAST} grey levels above its background"
            raise RefocusError(name, rule, f"{contrast:g}")
        shots.append(decode(shot, light=light))
    focused, misfocused = shots
    if focused.shape != misfocused.shape:
        rule = f"must have the shape of focused_light, {focused.shape}"
        raise RefocusError("misfocused_light", rule, misfocused.shape)
    if largest // 2 >= min(focused.shape[:2]):
        rule = f"must fit the shots: at most {2 * min(focused.shape[:2]) - 1} here"
        raise RefocusError("largest", rule, largest)

    errors = {
        diameter: _misfit(*_aligned(convolve(focused, disk(diameter)), misfocused))
        for diameter in range(1, largest + 1)
    }
    return Calibration(min(errors, key=errors.__getitem__), errors)


def _aligned(model: np.ndarray, shot: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What two (H, W, C) frames have in common, once the model is moved to match the shot best.

    The move is the whole-pixel translation at the peak of their cross-correlation.
    """
    sides = model.shape[:2]
    shape = [fft.next_fast_len(2 * side - 1, real=True) for side in sides]
    a, b = (frame.mean(axis=2) for frame in (model, shot))
    spectrum = np.conj(fft.rfft2(a - a.mean(), shape)) * fft.rfft2(b - b.mean(), shape)
    correlation = fft.irfft2(spectrum, shape)
    peak = np.unravel_index(correlation.argmax(), correlation.shape)
    from_model, from_shot = [], []
    for place, side, period in zip(peak, sides, shape, strict=True):
        move = int(place) if place < side else int(place) - period
        from_model.append(slice(max(-move, 0), side - max(move, 0)))
        from_shot.append(slice(max(move, 0), side - max(-move, 0)))
    return model[tuple(from_model)], shot[tuple(from_shot)]


def _misfit(model: np.ndarray, shot: np.ndarray) -> float:
    """RMS of shot - (gain * model + background), both fitted in each channel, (H, W, C)."""
    model, shot = (frame - frame.mean(axis=(0, 1)) for frame in (model, shot))
    power = (model**2).sum(axis=(0, 1))
    gain = (model * shot).sum(axis=(0, 1)) / np.where(power > 0, power, 1)
    return float(np.sqrt(np.mean((shot - gain * model) ** 2)))


def _check_light(light: str) -> None:
    if light not in ("linear", "encoded"):
        raise RefocusError("light", 'must be "linear" or "encoded"', repr(light))
