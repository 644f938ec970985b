"""A student's own crop of a scene under several draws of noise, and what each system makes of it."""

from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from refocuslab.course.variant import Variant, crop
from refocuslab.evaluation.metrics import score
from refocuslab.method import Method
from refocuslab.reference import paper
from refocuslab.refocusing.refocuser import Refocuser
from refocuslab.refocusing.result import Result
from refocuslab.scene import Scene
from refocuslab.scenes.folder import load_scene

ORDERS = ("scanline", "random", "confidence")
NEIGHBORHOODS = ("causal", "symmetric")
NONE = "none"  # in the place of both: the image-scene constraint alone, without texture
# Side of the crop, pixels, and draws of its noise. On two cores all systems take 4 to 15 s; 80 pixels took
# twice as long. With four draws of pure chance a mean is beyond the spread in 2 comparisons of 100; with
# three in 8, with five in 0.6.
SIDE = 56
DRAWS = 4
# By which a focused photo is cut wider. On chelsea-perspective, which shows the cat some 20 pixels away, the
# nearest candidates reach 24.7, 24.9 and 23.3 dB on three crops with 8 pixels; 24.6, 26.9 and 23.3 with 24.
_MARGIN = 24
# Gray levels, the standard deviation of the truth. Of 300 variants the flattest has 6.9, and still an effect
# of texture; so has the next, with 12.8.
_FLATTEST = 5.0


class System(NamedTuple):
    """What is changed: nothing else differs between two systems.

    Attributes
    ----------
    order : {"scanline", "random", "confidence", "none"}
        The order of assignment.
    neighborhood : {"causal", "symmetric", "none"}
        Which pixels of a window are compared; "none" and "none" are no texture.
    """

    order: str
    neighborhood: str


BASELINE = System(NONE, NONE)
SYSTEMS = tuple(System(order, kind) for order in ORDERS for kind in NEIGHBORHOODS)


class OwnCrop:
    """The crop, and the results that were made of it so far: each is made once.

    Parameters
    ----------
    given : Variant
        Whose scene, place and noise are taken.

    Attributes
    ----------
    draws : tuple of int
        The draws of noise of the experiment; the first is the variant's own.
    """

    def __init__(self, given: Variant) -> None:
        self._given = given
        self.draws = tuple(given.noise + further for further in range(DRAWS))
        self._engines: dict[int, Refocuser] = {}
        self._results: dict[tuple[System, int], Result] = {}

    def scene(self, draw: int) -> Scene:
        """The crop under a draw of noise, with its truth."""
        return self._engine(draw).scene

    def result(self, order: str, neighborhood: str, draw: int) -> Result:
        """What a system makes of the crop.

        Parameters
        ----------
        order : {"scanline", "random", "confidence", "none"}
            The order of assignment; the random one is another in each draw.
        neighborhood : {"causal", "symmetric", "none"}
            Which pixels of a window are compared. "none" for both: no texture.
        draw : int
            Of the noise.
        """
        key = System(order, neighborhood), draw
        if key not in self._results:
            self._results[key] = self._engine(draw).refocus(_method(*key))
        return self._results[key]

    def closeness(self, order: str, neighborhood: str, draw: int) -> float:
        """PSNR in dB over the mask: the larger, the closer to the truth."""
        found = score(self.result(order, neighborhood, draw).image, self.scene(draw)).psnr
        return float("nan") if found is None else found

    def _engine(self, draw: int) -> Refocuser:
        if draw not in self._engines:
            scene = load_scene(self._given.scene, draw=draw)
            self._engines[draw] = Refocuser(crop(scene, self._given, SIDE, margin=_MARGIN))
        return self._engines[draw]


def _method(system: System, draw: int) -> Method:
    if system == BASELINE:
        return Method.image_scene()
    return Method(order=system.order, causal=system.neighborhood == "causal", seed=draw)


class Distances(NamedTuple):
    """Both distances of the candidates of some pixels, the nearest candidate first.

    Attributes
    ----------
    image, texture : ndarray of int64, (P, K)
        Of each candidate, while every other pixel holds its nearest one.
    """

    image: NDArray[np.int64]
    texture: NDArray[np.int64]


def distances(result: Result, scene: Scene, count: int, rng: np.random.Generator) -> Distances:
    """The distances of all candidates before any pixel has had its turn, by the symmetric neighborhood.

    Parameters
    ----------
    result : Result
        Of any system; its candidates and its library are read.
    scene : Scene
        Its scene.
    count : int
        Of the pixels, drawn from those of the mask; without those whose two nearest candidates tie.
    rng : numpy.random.Generator
        For the draw.
    """
    found, side = result.candidates, result.library.neighborhood.size
    apart = np.flatnonzero(found.distances[:, 0] < found.distances[:, 1])
    chosen = np.sort(rng.choice(apart, min(count, len(apart)), replace=False))
    before = scene.misfocused.copy()
    before[scene.mask] = found.values[:, 0]
    windows = paper.windows(before, scene.mask, side)[chosen].astype(np.float64)
    middle = windows.shape[1] // 2 - 1
    windows[:, middle : middle + 3] = 0
    sharp = result.library.sharp.astype(np.float64)
    centers = sharp[:, middle : middle + 3].copy()
    sharp[:, middle : middle + 3] = 0
    # |v - w|^2 by parts: all are whole numbers below 2^53, so that nothing is rounded.
    others = (sharp**2).sum(1) + (windows**2).sum(1)[:, None] - 2 * windows @ sharp.T
    own = (centers**2).sum(1)
    texture = []
    for around, values in zip(others, found.values[chosen].astype(np.float64), strict=True):
        at_center = own + (values**2).sum(1)[:, None] - 2 * values @ centers.T
        texture.append((around + at_center).min(axis=1))
    return Distances(found.distances[chosen].astype(np.int64), np.array(texture).astype(np.int64))


def flat(given: Variant) -> bool:
    """Whether the student's crop is of nearly one color, so that no choice of candidates can show."""
    cut = crop(_scene(given.scene), given, SIDE)
    if cut.truth is None:
        return True
    return float(cut.truth[cut.mask].astype(float).std(axis=0).mean()) < _FLATTEST


@cache
def _scene(name: str) -> Scene:
    return load_scene(name)
