"""Misfocus as the paper models it: the sharp image convolved by a disk PSF (§1, §3).

Defocus adds light, so a PSF acts on *linear* light. Photos hold sRGB *encoded* values; every
function that takes a photo decodes it, works, and encodes it again. With ``light="encoded"``
the encoded values are taken for light as they stand.
"""

from typing import NamedTuple

import numpy as np
from scipy import fft
from scipy.special import j1

from refocuslab.checks import as_array, check_choice, check_number, check_reals, require
from refocuslab.errors import RefocusError, quoted
from refocuslab.light import check_order, find_light, seems_wide
from refocuslab.samples import megapixels

LIGHTS = ("linear", "encoded")
# Wider than any misfocus that leaves something to refocus; a disk's weights take 8 MB there.
LARGEST_DIAMETER = 1000
# Side of a PSF of any form: twice as wide, for it may lie beside its middle.
LARGEST_PSF = 2 * LARGEST_DIAMETER + 1
# The least step, in grey levels, from the background to the brightest pixel of a light.
_CONTRAST = 8
# How much of a light the best disk must explain. Six blades of an aperture leave 5 to 10 %, two pictures
# that do not belong together half and more.
_EXPLAINED = 0.8
# What rounding to whole grey levels leaves of a light that was misfocused in a computer. Where a clipped
# light fits as well as that, nothing of it was lost.
_ROUNDING = 1e-4
# Diameters times pixels of a frame: some minutes, and ten times what shots cropped to the light take.
_LARGEST_WORK = 10**9
# Sums of so large values, and products of those with a PSF's weights, stay in the range of float64.
_LARGEST_VALUE = 1e100
_LARGEST_SPECTRUM = 2**20
# Of a photo of 150 megapixels with three channels: 4 GB.
_MOST_VALUES = 450 * 10**6


class Calibration(NamedTuple):
    """What ``calibrate`` found: the disk's diameter in pixels, and the error of each one tried."""

    diameter: int
    errors: dict[int, float]

    @property
    def psf(self) -> np.ndarray:
        """The disk of that diameter, (n, n) float64, n odd."""
        return disk(self.diameter)


def check_count(argument: str, value, most: int = 10**6) -> int:
    """The value as an int; a ``RefocusError`` unless it is an integer from 1 to ``most``."""
    whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
    require(whole and value >= 1, argument, "must be an integer of at least 1", quoted(value))
    require(value <= most, argument, f"must be at most {most}", quoted(value))
    return int(value)


def check_photo(argument: str, photo) -> np.ndarray:
    """The photo as an array, if it is (H, W, 3) uint8 and not empty; else a ``RefocusError``."""
    rule = "must be a photo of shape (H, W, 3) and type uint8"
    photo = as_array(argument, photo, rule)
    if photo.ndim != 3 or photo.shape[2] != 3 or photo.dtype != np.uint8 or photo.size == 0:
        got = f"{photo.shape} {photo.dtype}"
        raise RefocusError(argument, rule, got)
    if photo.size > 3e6 * (limit := megapixels()):
        raise RefocusError(argument, f"must have at most {limit:g} megapixels", f"{photo.shape}")
    return photo


def check_psf(psf) -> np.ndarray:
    """The PSF as float64, if it is one; else a ``RefocusError``.

    A PSF is (n, n) with n odd and its origin at the centre, finite, nowhere negative, and sums
    to 1 within 1e-6: misfocus moves light, it neither makes nor loses any.
    """
    psf = check_reals("psf", psf, "must be an array of numbers", LARGEST_PSF**2)
    if psf.ndim != 2 or psf.shape[0] != psf.shape[1] or psf.shape[0] % 2 == 0:
        raise RefocusError("psf", "must be square with an odd side", f"shape {psf.shape}")
    if psf.shape[0] > LARGEST_PSF:
        raise RefocusError("psf", f"must be at most {LARGEST_PSF} pixels wide", f"{psf.shape[0]}")
    if not np.isfinite(psf).all():
        raise RefocusError("psf", "must be finite", "NaN or infinity")
    if psf.min() < 0:
        raise RefocusError("psf", "must not be negative", f"{psf.min():g}")
    if psf.max() > 2:  # before a sum that may overflow
        raise RefocusError("psf", "must sum to 1", f"a weight of {psf.max():.9g}")
    if abs(psf.sum() - 1) > 1e-6:
        raise RefocusError("psf", "must sum to 1", f"{psf.sum():.9g}")
    return psf


def decode(image, *, light: str = "linear") -> np.ndarray:
    """Light from sRGB values: l = c/12.92 if c <= 0.04045, else ((c + 0.055)/1.055)^2.4.

    ``image``: encoded values of any shape, uint8 or float, 0..255, and c = image/255.
    Returns float64 of that shape, linear light 0..1; for ``light="encoded"`` it is c itself.
    """
    check_choice("light", light, LIGHTS)
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

    Light beyond the range is clipped, as a sensor does; the rest goes to the nearest value.
    """
    check_choice("light", light, LIGHTS)
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
    diameter = check_count("diameter", diameter, LARGEST_DIAMETER)
    radius, side = diameter / 2, diameter | 1
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
    image = check_reals("image", image, "must be an array of numbers", _MOST_VALUES)
    psf = check_psf(psf)
    if image.ndim != 3 or image.size == 0:
        raise RefocusError("image", "must be of shape (H, W, C)", f"shape {image.shape}")
    rule = f"must be finite, and at most {_LARGEST_VALUE:g}"
    good = image.max() <= _LARGEST_VALUE and image.min() >= -_LARGEST_VALUE
    require(good, "image", rule, "NaN, infinity, or more")
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
    size = check_count("size", size, _LARGEST_SPECTRUM)
    if size % 2 or size < psf.shape[0]:
        raise RefocusError("size", f"must be even and at least {psf.shape[0]}", size)
    return fft.rfftfreq(size), np.abs(fft.rfft(psf.sum(axis=0), size))


def disk_mtf(diameter: float, frequencies) -> np.ndarray:
    """MTF of the ideal disk, before any pixel averages it: |2 J1(pi d f) / (pi d f)|, 1 at f = 0.

    ``diameter`` d in pixels, ``frequencies`` f in cycles per pixel, any shape; float64.
    """
    diameter = check_number("diameter", diameter, 0, LARGEST_DIAMETER, positive=True)
    frequencies = check_reals("frequencies", frequencies, "must be numbers", _LARGEST_SPECTRUM)
    good = (np.abs(frequencies) <= _LARGEST_SPECTRUM).all()
    require(bool(good), "frequencies", f"must be within {_LARGEST_SPECTRUM}", "NaN, infinity, or more")
    z = np.pi * diameter * frequencies
    return np.abs(np.divide(2 * j1(z), z, out=np.ones_like(z), where=z != 0))


def calibrate(focused_light, misfocused_light, *, largest: int = 31, light: str = "linear") -> Calibration:
    """The misfocus of a lens from two shots of one small light, by the procedure of §3.

    For every integer diameter d = 1..largest the focused shot F is convolved by the disk of d,
    moved by the best whole-pixel translation T, and fitted to the misfocused shot M in each
    channel by a gain a and a background b, for exposures differ:

        error(d) = RMS over the frame of M - (a T(F * disk(d)) + b), a fraction of full scale.

    The least error gives the diameter; the smaller one if two are equal. Both shots: (H, W, 3)
    uint8 sRGB, one shape, showing all of one light, unsaturated, on an even background. The
    frame is at least largest/2 pixels wide; its cost grows with it, so crop it to the light.

    Shots that cannot tell the diameter raise a ``RefocusError`` that says what to do: a light that is
    clipped or cut off, none or several, shots swapped or of two lights, a best disk that is the last.
    """
    largest = check_count("largest", largest)
    shots, lights = [], []
    for name, shot in (("focused_light", focused_light), ("misfocused_light", misfocused_light)):
        shot = check_photo(name, shot)
        contrast = (shot.max(axis=(0, 1)) - np.median(shot, axis=(0, 1))).max()
        if contrast < _CONTRAST:
            rule = f"must show a light at least {_CONTRAST} grey levels above its background"
            raise RefocusError(name, rule, f"{contrast:g}")
        shots.append(decode(shot, light=light))
        lights.append((name, shot))
    focused, misfocused = shots
    if focused.shape != misfocused.shape:
        rule = f"must have the shape of focused_light, {focused.shape}"
        raise RefocusError("misfocused_light", rule, misfocused.shape)
    if largest // 2 >= min(focused.shape[:2]):
        rule = f"must fit the shots: at most {2 * min(focused.shape[:2]) - 1} here"
        raise RefocusError("largest", rule, largest)
    if largest * focused[:, :, 0].size > _LARGEST_WORK:
        most = _LARGEST_WORK // largest
        rule = f"must have at most {most:,} pixels for {largest} disks: crop both shots to the light"
        raise RefocusError("focused_light", rule, f"{focused[:, :, 0].size:,}")
    found = [find_light(name, shot, decoded) for (name, shot), decoded in zip(lights, shots, strict=True)]
    check_order(*found)

    errors = {
        diameter: _misfit(*_aligned(convolve(focused, disk(diameter)), misfocused))
        for diameter in range(1, largest + 1)
    }
    best = min(errors, key=errors.__getitem__)
    left = _left(*_aligned(convolve(focused, disk(best)), misfocused, found[1].around))
    for (name, _), one in zip(lights, found, strict=True):
        if one.clipped and left > _ROUNDING:
            rule = "must not be overexposed, or the light looks wider or weaker than it is: expose it shorter"
            raise RefocusError(name, rule, "a clipped light")
    if best == largest:
        seems = f"which seems about {seems_wide(*found):.0f} pixels here"
        rule = f"must be more than the diameter of the misfocus, {seems}; or give the diameter itself"
        raise RefocusError("largest", rule, largest)
    if left > 1 - _EXPLAINED:
        rule = (
            "must show the light of focused_light, as wide as a disk makes it, or another PSF must be given"
        )
        raise RefocusError("misfocused_light", rule, f"{left:.0%} of it that no disk explains")
    return Calibration(best, errors)


def _aligned(model: np.ndarray, shot: np.ndarray, *others: np.ndarray) -> tuple[np.ndarray, ...]:
    """What two (H, W, C) frames have in common, once the model is moved to match the shot best.

    Others are cut as the shot is. The move is the whole-pixel translation at the peak of their
    cross-correlation.
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
    return model[tuple(from_model)], *(frame[tuple(from_shot)] for frame in (shot, *others))


def _misfit(model: np.ndarray, shot: np.ndarray) -> float:
    """RMS of shot - (gain * model + background), both fitted in each channel, (H, W, C)."""
    return float(np.sqrt(np.mean(_residual(model, shot) ** 2)))


def _left(model: np.ndarray, shot: np.ndarray, around: np.ndarray) -> float:
    """The share of the light's variance, where it is, that the fitted model leaves."""
    residual, there = _residual(model, shot)[around], shot[around]
    return float((residual**2).sum() / ((there - there.mean(axis=0)) ** 2).sum()) if around.any() else 1.0


def _residual(model: np.ndarray, shot: np.ndarray) -> np.ndarray:
    model, shot = (frame - frame.mean(axis=(0, 1)) for frame in (model, shot))
    power = (model**2).sum(axis=(0, 1))
    gain = (model * shot).sum(axis=(0, 1)) / np.where(power > 0, power, 1)
    return shot - gain * model
