"""Deconvolution: what a user would have done without focused photos, the paper's opponent (§1, §5).

Each method is f(scene, strength), and gives a photo, (H, W, 3) uint8 sRGB: the light that it finds in the
mask; outside it U, to the byte. H x is x convolved by the scene's PSF, in ``light`` ("linear" or
"encoded"). Light that reaches U from beyond its frame is not mirrored but unknown, and found along with
the rest.

The opponents are to be strong: ``tune`` chooses by the truth, as no user could.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, cast, get_args

import numpy as np
from numpy.typing import NDArray

from refocuslab.errors import RefocusError
from refocuslab.evaluation.blur_frame import TYPE, Explain, Floats, Frame, gradient, gradient_adjoint
from refocuslab.evaluation.metrics import Score, score
from refocuslab.optics.light import LightKind, decode, encode
from refocuslab.scene import Scene

EXPLAINED: tuple[Explain, ...] = get_args(Explain)
# Total variation: rounds of the alternation, and its two penalties. They set its speed; three times as
# many rounds change the result by some hundredths of a dB.
_ROUNDS, _DATA_PENALTY, _GRADIENT_PENALTY = 100, 0.05, 5.0
# The slope of sRGB is that of its power law down to this share of the photo's mean light.
_DARKEST = 0.05
_Photo = NDArray[np.uint8]
_Images = Callable[[int], NDArray[np.uint8]]
_Found = dict[int, tuple[_Photo, Score]]
# A method of this module: f(scene, strength, *, light, explain).
Deconvolution = Callable[..., NDArray[np.uint8]]


@dataclass(frozen=True, eq=False)
class Tuning:
    """What ``tune`` found.

    Attributes
    ----------
    image : ndarray of uint8, (H, W, 3)
        The best photo, sRGB.
    strength, explain : float, {"mask", "photo"}
        What made it: the strength, and what it was to explain.
    tried : tuple of (float, Score)
        Every strength that was tried with this ``explain``, in rising order.
    """

    image: _Photo
    strength: float
    tried: tuple[tuple[float, Score], ...]
    explain: Explain

    @property
    def score(self) -> Score:
        """That of the image."""
        return dict(self.tried)[self.strength]


def wiener(
    scene: Scene, strength: float, *, light: LightKind = "linear", explain: Literal["photo"] = "photo"
) -> NDArray[np.uint8]:
    """W = F^-1 [ conj(K) / (|K|^2 + strength |L|^2) F[U] ], L the Laplacian (skimage.restoration.wiener).

    Parameters
    ----------
    scene, light
        As for ``total_variation``.
    strength : float
        Greater than 0, without unit: more of it takes more of the noise, and of the detail.
    explain : {"photo"}
        All of U takes part, mirrored: a filter cannot leave out what lies outside the mask.

    Returns
    -------
    ndarray of uint8, (H, W, 3)
        What was found in the mask, and U elsewhere, sRGB.

    Raises
    ------
    RefocusError
        ``strength`` or ``explain`` is out of range.

    Examples
    --------
    >>> from refocuslab import load_scene, score, wiener
    >>> scene = load_scene("motorcycle").middle(64)
    >>> score(wiener(scene, 0.01), scene).psnr > score(scene.misfocused, scene).psnr
    True
    """
    from skimage.restoration import wiener as restore  # slow to import

    _check(strength, explain, ("photo",))
    height, width = scene.mask.shape
    # Mirrored along each axis the photo is periodic, as the FFT takes it to be; as many periods as the PSF
    # and the Laplacian need.
    least = max(3, len(scene.psf))
    periods = [max(2 * side - 2, 1) for side in (height, width)]
    tail = [(0, -(-max(least, period) // period) * period - side)
            for period, side in zip(periods, (height, width), strict=True)] + [(0, 0)]  # fmt: skip
    photo = np.pad(decode(scene.misfocused, light=light), tail, mode="reflect")
    planes, psf = np.moveaxis(photo, 2, 0), scene.psf
    channels = [restore(plane, psf, strength, clip=False) for plane in planes]  # type: ignore[no-untyped-call]
    return _inside(scene, np.stack(channels, axis=2)[:height, :width], light)


def richardson_lucy(
    scene: Scene, strength: float, *, light: LightKind = "linear", explain: Explain = "mask"
) -> NDArray[np.uint8]:
    """``strength`` steps of x <- x H^T(m U / Hx) / H^T m, begun with U; m is 1 where U is explained.

    The most likely x under photon noise, if it did not stop: it stops before the noise grows.

    Parameters
    ----------
    scene, light, explain
        As for ``total_variation``.
    strength : int
        The number of steps, at least 1.

    Returns
    -------
    ndarray of uint8, (H, W, 3)
        What was found in the mask, and U elsewhere, sRGB.

    Raises
    ------
    RefocusError
        ``strength`` is no whole number, or it or ``explain`` is out of range.

    Examples
    --------
    >>> from refocuslab import load_scene, score, richardson_lucy
    >>> scene = load_scene("motorcycle").middle(64)
    >>> score(richardson_lucy(scene, 20), scene).psnr > score(scene.misfocused, scene).psnr
    True
    """
    _check(strength, explain)
    if strength != int(strength):
        raise RefocusError("strength", "must be a whole number from 1", strength)
    frame = Frame(scene, light, explain)
    steps = richardson_lucy_steps(frame)
    for _ in range(int(strength)):
        light_found = next(steps)
    return _inside(scene, frame.crop(light_found), light)


def total_variation(
    scene: Scene, strength: float, *, light: LightKind = "linear", explain: Explain = "mask"
) -> NDArray[np.uint8]:
    """The x that minimises 1/2 sum of m w^2 (Hx - U)^2 + strength s sum of w |grad x|.

    m is 1 at the pixels of U to explain: those in the mask, or, with explain="photo", all of them, which
    helps where the surroundings have the PSF of the object, and spoils its edge where they do not.
    |grad x| joins the three channels, so that they share their edges. w, with a mean square of 1, is
    the slope of the sRGB curve at U's light: an error counts as it will be seen; for encoded values it is
    1. s is the standard deviation of U in the mask: a photo twice as bright becomes a result twice as
    bright.

    Solved by the alternating direction method of multipliers with v = Hx and d = grad x split off.

    Parameters
    ----------
    scene : Scene
        U, the mask and the PSF; the focused photos take no part.
    strength : float
        Greater than 0, without unit: the larger, the flatter.
    light : {"linear", "encoded"}
        Where the PSF acts: on light, or on the stored values.
    explain : {"mask", "photo"}
        Where m is 1: at the pixels of the mask, or at all of U.

    Returns
    -------
    ndarray of uint8, (H, W, 3)
        What was found in the mask, and U elsewhere, sRGB.

    Raises
    ------
    RefocusError
        ``strength`` or ``explain`` is out of range.

    Examples
    --------
    >>> from refocuslab import load_scene, score, total_variation
    >>> scene = load_scene("motorcycle").middle(64)
    >>> score(total_variation(scene, 1e-3), scene).psnr > score(scene.misfocused, scene).psnr
    True
    """
    _check(strength, explain)
    frame = Frame(scene, light, explain)
    inside = frame.crop(frame.photo)[scene.mask]
    spread = max(float((inside - inside.mean(axis=0)).std()), 1e-9)
    slope = np.ones(frame.seen.shape, TYPE)
    if light == "linear":
        grey = frame.photo.mean(axis=2, keepdims=True)
        slope = np.maximum(grey, max(_DARKEST * inside.mean(), 1e-6)) ** (1 / 2.4 - 1)
        slope /= np.sqrt((frame.crop(slope)[scene.mask] ** 2).mean())
    threshold = spread * slope / _GRADIENT_PENALTY
    # Where the frame closes on itself, beyond all that is seen, nothing joins its two sides.
    threshold[-1] = threshold[:, -1] = 0
    certainty = frame.seen * slope**2
    explained = certainty * frame.photo
    a, b = _DATA_PENALTY, _GRADIENT_PENALTY * strength
    power = a * np.abs(frame.transfer) ** 2 + b * frame.laplacian

    v, d = frame.photo, gradient(frame.photo)
    v_off, d_off = np.zeros_like(v), np.zeros_like(d)  # the scaled multipliers
    for _ in range(_ROUNDS):
        pull = a * np.conj(frame.transfer) * frame.spectrum(v - v_off)
        pull += b * frame.spectrum(gradient_adjoint(d - d_off))
        spectrum = pull / power
        x, blurred = frame.image(spectrum), frame.image(frame.transfer * spectrum)
        v = (explained + a * (blurred + v_off)) / (certainty + a)
        v_off += blurred - v
        wanted = gradient(x) + d_off
        length = np.sqrt((wanted**2).sum(axis=(0, 3), keepdims=True))
        d = wanted * np.maximum(1 - threshold / np.maximum(length, 1e-12), 0)
        d_off = wanted - d
    return _inside(scene, frame.crop(x), light)


# A grid for each, from far too weak to far too strong: no best strength seen lies within two of an end.
STRENGTHS: dict[Deconvolution, tuple[float, ...]] = {
    wiener: tuple(float(x) for x in 10.0 ** np.arange(-6, 2.6, 0.25)),
    richardson_lucy: (3, 5, 8, 12, 20, 30, 50, 80, 120, 200, 300, 500, 800, 1200, 2000),
    total_variation: tuple(float(x) for x in 10.0 ** np.arange(-5.5, -0.4, 0.25)),
}


def tune(
    deconvolve: Deconvolution,
    scene: Scene,
    strengths: Iterable[float] | None = None,
    *,
    light: LightKind = "linear",
    step: Callable[[float], object] | None = None,
) -> Tuning:
    """The strength with the highest PSNR against the scene's truth: more than any user could know.

    Where a method has the choice, it also has to ``explain`` the mask, or all of U, whichever turns out
    better.

    Parameters
    ----------
    deconvolve : callable
        ``wiener``, ``richardson_lucy`` or ``total_variation``.
    scene, light
        As for ``total_variation``; the scene has a truth.
    strengths : iterable of float or None
        What to try. By default the grid in STRENGTHS, climbed from its middle: PSNR rises with the
        strength to one peak, and falls.
    step : callable or None
        Called with the share done, 0 to 1.

    Returns
    -------
    Tuning
        The best photo, what made it, and the score of each strength that was tried.

    Raises
    ------
    RefocusError
        The scene has no truth, or a strength is out of range or there is none.

    Examples
    --------
    >>> from refocuslab import load_scene, richardson_lucy, tune
    >>> tune(richardson_lucy, load_scene("motorcycle").middle(64), [20, 200, 2000]).strength
    200
    """
    if scene.truth is None:
        raise RefocusError("scene", "must have a truth to tune on", None)
    grid = sorted(STRENGTHS[deconvolve] if strengths is None else strengths)
    if not grid:
        raise RefocusError("strengths", "must be one or more", "none")
    ways: tuple[Explain, ...] = ("photo",) if deconvolve is wiener or scene.mask.all() else EXPLAINED
    best: Tuning | None = None
    start = len(grid) // 2
    for number, explain in enumerate(ways):
        made = _made(deconvolve, scene, grid, light, explain)
        found: _Found = {}

        def psnr(place: int, made: _Images = made, found: _Found = found, number: int = number) -> float:
            if place not in found:
                image = made(place)
                found[place] = image, score(image, scene, light=light)
                if step:
                    step((number + len(found) / (1 + len(grid))) / len(ways))
            return cast(float, found[place][1].psnr)

        if strengths is None:
            start = top = climbed(psnr, len(grid), start)
        else:
            top = max(range(len(grid)), key=psnr)
        if best is None or psnr(top) > cast(float, best.score.psnr):
            tried = tuple((grid[place], found[place][1]) for place in sorted(found))
            best = Tuning(found[top][0], grid[top], tried, explain)
    if step:
        step(1.0)
    return cast(Tuning, best)


def climbed(height: Callable[[int], float], count: int, place: int) -> int:
    """The place of 0..count-1 from which no neighbour is higher, uphill from the given one."""
    while True:
        near = [one for one in (place, place - 1, place + 1) if 0 <= one < count]
        higher = max(near, key=height)
        if higher == place:
            return place
        place = higher


def _made(
    deconvolve: Deconvolution, scene: Scene, grid: list[float], light: LightKind, explain: Explain
) -> _Images:
    """The image for a place in the grid; of Richardson and Lucy's iteration there is only one run."""
    if deconvolve is not richardson_lucy:
        return lambda place: deconvolve(scene, grid[place], light=light, explain=explain)
    for strength in grid:
        _check(strength, explain)
    frame = Frame(scene, light, explain)
    steps = richardson_lucy_steps(frame)
    images: dict[int, _Photo] = {}

    def image(place: int) -> _Photo:
        for next_place in range(len(images), place + 1):
            for _ in range(int(grid[next_place]) - (int(grid[next_place - 1]) if next_place else 0)):
                found = next(steps)
            images[next_place] = _inside(scene, frame.crop(found), light)
        return images[place]

    return image


def richardson_lucy_steps(frame: "Frame") -> Iterator[Floats]:
    """x after 1, 2, 3 steps and so on."""
    observed = frame.seen * np.ones(3, TYPE)
    reach = frame.adjoint(observed)
    # Beyond the reach of what is seen nothing is known and nothing changes.
    unreached = reach < 1e-6
    reach = np.maximum(reach, 1e-9)
    x = np.maximum(frame.photo, 1e-6)
    while True:
        ratio = observed * frame.photo / np.maximum(frame.blur(x), 1e-9)
        x = np.where(unreached, x, x * np.maximum(frame.adjoint(ratio), 0) / reach)
        yield x


def _inside(scene: Scene, light_image: Floats, light: LightKind) -> _Photo:
    image = scene.misfocused.copy()
    image[scene.mask] = encode(light_image[scene.mask], light=light)
    return image


def _check(strength: float, explain: str, ways: tuple[str, ...] = EXPLAINED) -> None:
    if not np.isfinite(strength) or strength <= 0:
        raise RefocusError("strength", "must be more than 0", strength)
    if explain not in ways:
        raise RefocusError("explain", f"must be {' or '.join(ways)}", repr(explain))
