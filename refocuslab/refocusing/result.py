"""The third noun: what refocusing made of a scene."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from refocuslab.consistency.consistent import Consistent
from refocuslab.doubts import Doubt
from refocuslab.lens.psf_choice import PsfEstimate
from refocuslab.method import Method
from refocuslab.paper.candidates import Candidates
from refocuslab.paper.patches import PatchLibrary
from refocuslab.registration.register import Registration
from refocuslab.scene import Scene


@dataclass(frozen=True)
class Stages:
    """What the stages of the paper made of a scene (§2).

    Attributes
    ----------
    image : ndarray of uint8, (H, W, 3)
        The W of the paper, sRGB; outside the mask it is U.
    confidence, neighborhood_confidence : ndarray of float64, (H, W)
        How sure each pixel is, alone and with its neighbors (§2.3); NaN outside the mask.
    order : ndarray of int64, (H, W)
        The turn at which a pixel was assigned in each pass, from 0; -1 outside the mask.
    source : ndarray of int64, (H, W)
        The library patch that proposed the pixel's value; -1 outside the mask.
    earlier : tuple of ndarray
        ``source`` after each pass but the last; empty without texture.
    changed : tuple of float
        The share of pixels to which each pass gave another value than they had (the first: than that of
        their nearest candidate); empty without texture.
    candidates : Candidates
        What the image-scene constraint proposed for each pixel of the mask.
    library : PatchLibrary
        The patches; with a registration, those of its scene.
    coarser : Stages or None
        The next level of the pyramid, if there is one.
    """

    image: NDArray[np.uint8]
    confidence: NDArray[np.float64]
    neighborhood_confidence: NDArray[np.float64]
    order: NDArray[np.int64]
    source: NDArray[np.int64]
    earlier: tuple[NDArray[np.int64], ...]
    changed: tuple[float, ...]
    candidates: Candidates
    library: PatchLibrary
    coarser: "Stages | None"


class Paper:
    """The stages of the paper, made when they are first asked for.

    Parameters
    ----------
    make : callable
        Makes them.
    """

    def __init__(self, make: Callable[[], Stages]) -> None:
        self._make = make
        self._stages: Stages | None = None

    def __call__(self) -> Stages:
        """Give the stages."""
        if self._stages is None:
            self._stages = self._make()
        return self._stages


@dataclass(frozen=True)
class Result:
    """What ``refocus`` made of a scene.

    With consistency the stages of the paper have no part in W. What belongs to them (``confidence``,
    ``order``, ``candidates`` and so on, as ``Stages`` describes them) is then made when first asked for.

    Attributes
    ----------
    image : ndarray of uint8, (H, W, 3)
        W, sRGB; outside the mask it is U.
    paper : Paper
        Gives the ``Stages`` of the paper, when called.
    registration : Registration or None
        How the focused photos were matched to U, if that was asked for.
    psf_estimate : PsfEstimate or None
        The PSF as the photos told it, if the scene gave none.
    consistent : Consistent or None
        What consistency made, if it was asked for; ``image`` is then its W.
    method : Method
        By which it was made.
    seconds : dict of str to float
        Per stage.
    notes : tuple of str
        What the user should know of how it was made, a sentence each.
    doubts : tuple of Doubt
        Why it may be wrong, each with what to do.
    """

    image: NDArray[np.uint8]
    paper: Paper
    registration: Registration | None
    consistent: Consistent | None
    method: Method
    seconds: dict[str, float]
    notes: tuple[str, ...] = ()
    doubts: tuple[Doubt, ...] = ()
    psf_estimate: PsfEstimate | None = None

    @property
    def confidence(self) -> NDArray[np.float64]:
        """How sure each pixel is (§2.3), (H, W); NaN outside the mask."""
        return self.paper().confidence

    @property
    def neighborhood_confidence(self) -> NDArray[np.float64]:
        """How sure each pixel is with its neighbors (§2.3), (H, W); NaN outside the mask."""
        return self.paper().neighborhood_confidence

    @property
    def order(self) -> NDArray[np.int64]:
        """The turn at which a pixel was assigned in each pass, from 0, (H, W); -1 outside the mask."""
        return self.paper().order

    @property
    def source(self) -> NDArray[np.int64]:
        """The library patch that proposed the pixel's value, (H, W); -1 outside the mask."""
        return self.paper().source

    @property
    def earlier(self) -> tuple[NDArray[np.int64], ...]:
        """``source`` after each pass but the last; empty without texture."""
        return self.paper().earlier

    @property
    def changed(self) -> tuple[float, ...]:
        """The share of pixels that each pass changed; empty without texture."""
        return self.paper().changed

    @property
    def candidates(self) -> Candidates:
        """What the image-scene constraint proposed for each pixel of the mask."""
        return self.paper().candidates

    @property
    def library(self) -> PatchLibrary:
        """The patches; with a registration, those of ``registration.scene``."""
        return self.paper().library

    @property
    def coarser(self) -> Stages | None:
        """The next level of the pyramid, if there is one."""
        return self.paper().coarser

    @property
    def basis(self) -> NDArray[np.float32] | None:
        """What each pixel of W rests on: shares of U, of the library, of a pasted photo, (H, W, 3).

        They sum to 1. None without consistency: the paper's systems take every pixel of the mask from the
        library. See ``Consistent.basis``.
        """
        return None if self.consistent is None else self.consistent.basis

    def with_psf(self, scene: Scene) -> Scene:
        """The scene that was refocused, with the PSF that the photos told if it gives none."""
        if self.psf_estimate is None:
            return scene
        return scene.replace(psf=self.psf_estimate.psf, varying=self.psf_estimate.varying)
