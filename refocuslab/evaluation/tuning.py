"""The strongest opponents: deconvolution, tuned by the truth as no user could (§5)."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray

from refocuslab.errors import RefocusError
from refocuslab.evaluation.blur_frame import Explain
from refocuslab.evaluation.deconvolution import (
    EXPLAINED,
    richardson_lucy,
    richardson_lucy_photos,
    total_variation,
    wiener,
)
from refocuslab.evaluation.metrics import Score, score
from refocuslab.optics.light import LightKind
from refocuslab.registration.psf_estimate import with_psf
from refocuslab.running.progress import Step
from refocuslab.scene import Scene

# A method of deconvolution.py: f(scene, strength, *, light, explain).
Deconvolution = Callable[..., NDArray[np.uint8]]
_Photo = NDArray[np.uint8]
_Made = Callable[[int], _Photo]
_Found = dict[int, tuple[_Photo, Score]]
# A grid for each, from far too weak to far too strong: on no scene does the best lie within two of an end.
STRENGTHS: dict[Deconvolution, tuple[float, ...]] = {
    wiener: tuple(float(x) for x in 10.0 ** np.arange(-6, 2.6, 0.25)),
    richardson_lucy: (3, 5, 8, 12, 20, 30, 50, 80, 120, 200, 300, 500, 800, 1200, 2000),
    total_variation: tuple(float(x) for x in 10.0 ** np.arange(-5.5, -0.4, 0.25)),
}


@dataclass(frozen=True, eq=False)
class Tuning:
    """What ``tune`` found.

    Attributes
    ----------
    image : ndarray of uint8, (H, W, 3)
        The best photo, sRGB.
    strength : float
        The strength that made it.
    tried : tuple of (float, Score)
        Every strength that was tried with the best ``explain``, in rising order.
    explain : {"mask", "photo"}
        What that photo was to explain.
    """

    image: _Photo
    strength: float
    tried: tuple[tuple[float, Score], ...]
    explain: Explain

    @property
    def score(self) -> Score:
        """That of the image."""
        return dict(self.tried)[self.strength]


def tune(
    deconvolve: Deconvolution,
    scene: Scene,
    strengths: Iterable[float] | None = None,
    *,
    light: LightKind = "linear",
    step: Step | None = None,
) -> Tuning:
    """The strength with the highest PSNR against the scene's truth: more than any user could know.

    Where a method has the choice, it also has to ``explain`` the mask, or all of U, whichever turns out
    better.

    Parameters
    ----------
    deconvolve : callable
        ``wiener``, ``richardson_lucy`` or ``total_variation``.
    scene : Scene
        As for ``total_variation``, with a truth.
    strengths : iterable of float or None
        What to try. By default the grid in STRENGTHS, climbed from its middle: PSNR rises with the
        strength to one peak, and falls.
    light : {"linear", "encoded"}
        As for ``total_variation``.
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
    scene = with_psf(scene, light=light)
    grid = sorted(STRENGTHS[deconvolve] if strengths is None else strengths)
    if not grid:
        raise RefocusError("strengths", "must be one or more", "none")
    ways: tuple[Explain, ...] = ("photo",) if deconvolve is wiener or scene.mask.all() else EXPLAINED
    best: Tuning | None = None
    start = len(grid) // 2
    for number, explain in enumerate(ways):
        made = _made(deconvolve, scene, grid, light, explain)
        found: _Found = {}

        def psnr(place: int, made: _Made = made, found: _Found = found, number: int = number) -> float:
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
    """The place of 0..count-1 from which no neighbor is higher, uphill from the given one."""
    while True:
        near = [one for one in (place, place - 1, place + 1) if 0 <= one < count]
        higher = max(near, key=height)
        if higher == place:
            return place
        place = higher


def _made(
    deconvolve: Deconvolution, scene: Scene, grid: list[float], light: LightKind, explain: Explain
) -> _Made:
    """What gives the photo for a place in the grid; Richardson and Lucy's iteration runs only once."""
    if deconvolve is not richardson_lucy:
        return lambda place: deconvolve(scene, grid[place], light=light, explain=explain)
    photos = richardson_lucy_photos(scene, grid, light=light, explain=explain)
    passed: list[_Photo] = []

    def photo(place: int) -> _Photo:
        while len(passed) <= place:
            passed.append(next(photos))
        return passed[place]

    return photo
