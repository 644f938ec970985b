"""The third noun: what refocusing made of a scene."""

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
class Result:
    """What ``refocus`` made of a scene.

    Attributes
    ----------
    image : ndarray of uint8, (H, W, 3)
        W, sRGB; outside the mask it is U.
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
        The patches; with a registration, those of ``registration.scene``.
    coarser : Result or None
        The result of the next level of the pyramid, if there is one.
    registration : Registration or None
        How the focused photos were matched to U, if that was asked for.
    psf_estimate : PsfEstimate or None
        The PSF as the photos told it, if the scene gave none.
    consistent : Consistent or None
        The rounds of the last stage, if consistency was asked for; ``image`` is then its W, all else belongs
        to the paper's stages.
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
    confidence: NDArray[np.float64]
    neighborhood_confidence: NDArray[np.float64]
    order: NDArray[np.int64]
    source: NDArray[np.int64]
    earlier: tuple[NDArray[np.int64], ...]
    changed: tuple[float, ...]
    candidates: Candidates
    library: PatchLibrary
    coarser: "Result | None"
    registration: Registration | None
    consistent: Consistent | None
    method: Method
    seconds: dict[str, float]
    notes: tuple[str, ...] = ()
    doubts: tuple[Doubt, ...] = ()
    psf_estimate: PsfEstimate | None = None

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
