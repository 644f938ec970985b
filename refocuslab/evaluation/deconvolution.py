"""Deconvolution: what a user would have done without focused photos, the paper's opponent (§1, §5).

Each method is f(scene, strength), and gives a photo, (H, W, 3) uint8 sRGB: the light that it finds in the
mask; outside it U, to the byte. H x is x convolved by the scene's PSF, in ``light`` ("linear" or
"encoded"); a PSF that the scene does not give is the one that the photos tell (``estimate_psf``), as it is
for the methods that deconvolution is compared with. Light that reaches U from beyond its frame is not
mirrored but unknown, and found along with the rest.

Where the PSF is of another width at each pixel (``Scene.varying``), H x = sum over j of w_j (k_j * x).
Richardson and Lucy's iteration and total variation use that H and its adjoint. Wiener's filter knows but one
PSF: all of U is filtered for each k_j, and the results are blended by w_j.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray
from scipy.sparse.linalg import LinearOperator, cg

from refocuslab.errors import RefocusError
from refocuslab.evaluation.blur_frame import Explain, Frame, gradient, gradient_adjoint
from refocuslab.optics.blur_operator import TYPE, Floats
from refocuslab.optics.light import LightKind, decode, encode
from refocuslab.registration.psf_estimate import with_psf
from refocuslab.scene import Scene

# From v, d and the x before to x and Hx.
_Fit = Callable[[Floats, Floats, Floats], tuple[Floats, Floats]]
# What a method may be asked to explain.
EXPLAINED: tuple[Explain, ...] = get_args(Explain)
# Total variation: rounds of the alternation, and its two penalties, which set how fast it converges. Three
# times as many rounds change the result by some hundredths of a dB.
_ROUNDS, _DATA_PENALTY, _GRADIENT_PENALTY = 100, 0.05, 5.0
# Where the PSF varies, no filter solves for x: steps of conjugate gradients in a round, from the x of the
# round before. Disks of 3 to 12 pixels side by side, at the best strength: 1, 2, 5 and 10 steps, within 0.04
# dB; at a tenth of it 5 steps, -0.4 dB, 1 step, +2.7 dB, for what is not solved to the end is smoother.
_STEPS = 3
# w follows the slope of sRGB's power law down to this share of the mean light in the mask; below, it is
# constant.
_DARKEST = 0.05


def wiener(
    scene: Scene, strength: float, *, light: LightKind = "linear", explain: Literal["photo"] = "photo"
) -> NDArray[np.uint8]:
    """W = F^-1 [ conj(K) / (|K|^2 + strength |L|^2) F[U] ], L the Laplacian (skimage.restoration.wiener).

    Where the PSF varies, the sum of the W of each PSF, weighted by w_j.

    Parameters
    ----------
    scene : Scene
        As for ``total_variation``.
    strength : float
        Greater than 0, without unit: more of it takes more of the noise, and of the detail.
    light : {"linear", "encoded"}
        As for ``total_variation``.
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
    scene = with_psf(scene, light=light)
    height, width = scene.mask.shape
    # Mirrored along each axis the photo is periodic, as the FFT takes it to be. It is laid out over whole
    # periods, at least as long as the PSF and the Laplacian.
    widest = scene.known_psf if scene.varying is None else scene.varying.psfs[-1]
    least = max(3, len(widest))
    sides = []
    for side in (height, width):
        period = max(2 * side - 2, 1)
        sides.append(-(-max(least, period) // period) * period)
    tail = [(0, sides[0] - height), (0, sides[1] - width), (0, 0)]
    photo = np.pad(decode(scene.misfocused, light=light), tail, mode="reflect")
    found = np.zeros((height, width, 3))
    for psf, weight in _bands(scene):
        for channel, plane in enumerate(np.moveaxis(photo, 2, 0)):
            restored = restore(plane, psf, strength, clip=False)  # type: ignore[no-untyped-call]
            found[..., channel] += weight * restored[:height, :width]
    return _inside(scene, found, light)


def richardson_lucy(
    scene: Scene, strength: float, *, light: LightKind = "linear", explain: Explain = "mask"
) -> NDArray[np.uint8]:
    """``strength`` steps of x <- x H^T(m U / Hx) / H^T m, begun with U; m is 1 where U is explained.

    Without end it would find the most likely x under photon noise; it is stopped before the noise grows.

    Parameters
    ----------
    scene : Scene
        As for ``total_variation``.
    strength : int
        The number of steps, at least 1.
    light : {"linear", "encoded"}
        As for ``total_variation``.
    explain : {"mask", "photo"}
        As for ``total_variation``.

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
    return next(richardson_lucy_photos(scene, [strength], light=light, explain=explain))


def richardson_lucy_photos(
    scene: Scene, strengths: Sequence[float], *, light: LightKind = "linear", explain: Explain = "mask"
) -> Iterator[NDArray[np.uint8]]:
    """``richardson_lucy`` for several strengths in one run.

    Parameters
    ----------
    scene : Scene
        As for ``total_variation``.
    strengths : sequence of int
        Numbers of steps from 1, in rising order.
    light : {"linear", "encoded"}
        As for ``total_variation``.
    explain : {"mask", "photo"}
        As for ``total_variation``.

    Returns
    -------
    iterator of ndarray of uint8, (H, W, 3)
        The photo for each strength; each is made when it is asked for.

    Raises
    ------
    RefocusError
        A strength is no whole number, or one or ``explain`` is out of range.
    """
    for strength in strengths:
        _check(strength, explain)
        if strength != int(strength):
            raise RefocusError("strength", "must be a whole number from 1", strength)

    def photos() -> Iterator[NDArray[np.uint8]]:
        frame = Frame(scene, light, explain)
        steps, done = richardson_lucy_steps(frame), 0
        for strength in map(int, strengths):
            for _ in range(strength - done):
                x = next(steps)
            done = strength
            yield _inside(scene, frame.crop(x), light)

    return photos()


def richardson_lucy_steps(frame: Frame) -> Iterator[Floats]:
    """x, (h, w, 3) float32 light on the frame, after 1, 2, 3 steps and so on, without end."""
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


def total_variation(
    scene: Scene, strength: float, *, light: LightKind = "linear", explain: Explain = "mask"
) -> NDArray[np.uint8]:
    """The x that minimizes 1/2 sum of m w^2 (Hx - U)^2 + strength s sum of w |grad x|.

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
        gray = frame.photo.mean(axis=2, keepdims=True)
        slope = np.maximum(gray, max(_DARKEST * inside.mean(), 1e-6)) ** (1 / 2.4 - 1)
        slope /= np.sqrt((frame.crop(slope)[scene.mask] ** 2).mean())
    threshold = spread * slope / _GRADIENT_PENALTY
    # The gap, where the periodic frame closes on itself: differences across it do not count.
    threshold[-1] = threshold[:, -1] = 0
    certainty = frame.seen * slope**2
    explained = certainty * frame.photo
    a, b = _DATA_PENALTY, _GRADIENT_PENALTY * strength
    fit = _fit_by_steps(frame, a, b) if frame.varies else _fit(frame, a, b)

    x, v, d = frame.photo, frame.photo, gradient(frame.photo)
    v_off, d_off = np.zeros_like(v), np.zeros_like(d)  # the scaled multipliers
    for _ in range(_ROUNDS):
        x, blurred = fit(v - v_off, d - d_off, x)
        v = (explained + a * (blurred + v_off)) / (certainty + a)
        v_off += blurred - v
        wanted = gradient(x) + d_off
        length = np.sqrt((wanted**2).sum(axis=(0, 3), keepdims=True))
        d = wanted * np.maximum(1 - threshold / np.maximum(length, 1e-12), 0)
        d_off = wanted - d
    return _inside(scene, frame.crop(x), light)


def _fit(frame: Frame, a: float, b: float) -> _Fit:
    """What gives the x that minimizes a |Hx - v|^2 + b |grad x - d|^2, and Hx, by a filter."""
    operator, transfer = frame.operator, frame.operator.transfer
    power = a * np.abs(transfer) ** 2 + b * frame.laplacian

    def fit(v: Floats, d: Floats, x: Floats) -> tuple[Floats, Floats]:
        pull = a * np.conj(transfer) * operator.spectrum(v)
        pull += b * operator.spectrum(gradient_adjoint(d))
        spectrum = pull / power
        return operator.image(spectrum), operator.image(transfer * spectrum)

    return fit


def _fit_by_steps(frame: Frame, a: float, b: float) -> _Fit:
    """As ``_fit`` for a PSF that varies: nearly, by steps from the x before; the filter preconditions."""
    shape, operator = frame.photo.shape, frame.operator
    nearly = 1 / (a * np.abs(operator.transfer) ** 2 + b * frame.laplacian)

    def linear(apply: Callable[[Floats], Floats]) -> LinearOperator:
        sides = frame.photo.size, frame.photo.size
        return LinearOperator(sides, dtype=TYPE, matvec=lambda x: apply(x.reshape(shape)).ravel())

    normal = linear(lambda x: a * frame.adjoint(frame.blur(x)) + b * gradient_adjoint(gradient(x)))
    preconditioner = linear(lambda x: operator.product(x, nearly))

    def fit(v: Floats, d: Floats, x: Floats) -> tuple[Floats, Floats]:
        wanted = a * frame.adjoint(v) + b * gradient_adjoint(d)
        found, _ = cg(normal, wanted.ravel(), x.ravel(), rtol=0, maxiter=_STEPS, M=preconditioner)
        image: Floats = found.reshape(shape).astype(TYPE)
        return image, frame.blur(image)

    return fit


def _bands(scene: Scene) -> Iterator[tuple[NDArray[np.float64], NDArray[np.float32]]]:
    """The PSFs of a scene, and the weight of each at every pixel, (H, W); the weights sum to 1."""
    if scene.varying is None:
        yield scene.known_psf, np.ones(scene.mask.shape, TYPE)
    else:
        yield from zip(scene.varying.psfs, scene.varying.weights(), strict=True)


def _inside(scene: Scene, light_image: Floats, light: LightKind) -> NDArray[np.uint8]:
    image = scene.misfocused.copy()
    image[scene.mask] = encode(light_image[scene.mask], light=light)
    return image


def _check(strength: float, explain: str, ways: tuple[str, ...] = EXPLAINED) -> None:
    if not np.isfinite(strength) or strength <= 0:
        raise RefocusError("strength", "must be more than 0", strength)
    if explain not in ways:
        raise RefocusError("explain", f"must be {' or '.join(ways)}", repr(explain))
