"""Consistency of one tile: rounds of matching and solving, again where another disk explains U better."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from refocuslab.consistency.basis import basis
from refocuslab.consistency.disk_size import DiskSize
from refocuslab.consistency.error_spectra import Misfit
from refocuslab.consistency.matching import Matcher
from refocuslab.consistency.pasting import pasted
from refocuslab.consistency.rounds import Estimate, Round
from refocuslab.optics.light import LightKind
from refocuslab.optics.psf import disk
from refocuslab.paper.candidates_in_parts import find_candidates_in_parts, parts_of
from refocuslab.paper.patches import PatchLibrary
from refocuslab.running.progress import Step
from refocuslab.scene import Scene

# What half and double of a constant of this folder cost was measured as the change of the PSNR of
# Method.consistent() in dB, on the middle 120 x 120 pixels of six scenes: coffee (47.8 dB),
# motorcycle-perturbed (30.6), astronaut-perspective (31.4), chelsea-perspective (34.2),
# motorcycle-breathing (31.3) and bench-perturbed (33.1); or, where three scenes are named as such, of
# coffee, motorcycle-perturbed and bench-perturbed. Less than 0.1 dB is called nothing.

# Sides of the windows, one a round. Large windows find the place, small ones fit it. Three scenes: without
# 31, -0.0 to +0.15 dB; without 3, down to -0.52; only 31, 15, 9 and 5, down to -0.87.
SIZES = (31, 21, 15, 11, 9, 7, 5, 3)
# The neighborhood of the first matches, which compare U with the blurred photos. 5: -0.5 dB on
# astronaut-perspective; 17: -0.6 there and -1.1 on motorcycle-perturbed; elsewhere nothing.
_START = 9
# Where the PSF varies, the first matches blur the photos by one PSF of so many, 2.5 pixels wider than the one
# before. With all of them they take five times as long, for +0.1 dB on lens-depth and -0.3 on lens-slant; one
# of 3, -0.4 on lens-depth.
_COARSELY = 5
# How often another diameter of the PSF is taken up, at the most: a disk wrong by up to REACH pixels of
# disk_size.py needs one correction, so the second is a reserve. On the six scenes, none is made.
_CORRECTIONS = 2


@dataclass(frozen=True)
class Consistent:
    """A W that blurs back to U, and how it was found.

    Attributes
    ----------
    image : ndarray of uint8, (H, W, 3)
        W, sRGB; U to the byte outside the mask.
    match : ndarray of int32, (H, W, 3)
        What each pixel of the mask matched last, to the nearest pixel: number of the focused photo, row and
        column there; -1 outside.
    begun : ndarray of uint8, (H, W, 3)
        The first matches' own pixels, before any round; U outside the mask.
    rounds : tuple of Round
        What each round measured; of the tile with most pixels of the mask, if there are several.
    misfit : Misfit
        The variances that the last of these rounds weighed U and Z by.
    psf : ndarray of float64, (n, n)
        The scene's PSF, or the disk that explains U better.
    basis : ndarray of float32, (H, W, 3)
        What each pixel rests on: the shares, which sum to 1, of U, of the library, and of a focused photo
        pasted in as it lies, where that explains U nearly as well (pasting.py). U and the library share what
        is left by who determines the detail that misfocus took (basis.py). Outside the mask all is U's.
    """

    image: NDArray[np.uint8]
    match: NDArray[np.int32]
    begun: NDArray[np.uint8]
    rounds: tuple[Round, ...]
    misfit: Misfit
    psf: NDArray[np.float64]
    basis: NDArray[np.float32]

    @property
    def pasted(self) -> NDArray[np.float32]:
        """How much of each pixel is that of a focused photo as it lies, 0 to 1, (H, W)."""
        return self.basis[..., 2]


@dataclass(frozen=True)
class How:
    """How a tile is made consistent; as ``make_consistent`` describes it."""

    sizes: tuple[int, ...]
    light: LightKind
    correct_psf: bool
    threads: int | None


def consistent_tile(scene: Scene, start: NDArray[np.uint8] | None, how: How, step: Step) -> Consistent:
    """One tile made consistent.

    Parameters
    ----------
    scene : Scene
        The tile: U, the mask, the focused photos, and the PSF.
    start : ndarray of uint8, (H, W, 3), or None
        W to start from.
    how : How
        How.
    step : callable
        Called with the share done, which never falls.
    """
    for left in reversed(range(_CORRECTIONS + 1)):
        found = _attempt(scene, start, how, how.correct_psf and left > 0, step)
        if isinstance(found, Consistent):
            return found
        scene = scene.replace(psf=disk(found))
    raise AssertionError("the last attempt always ends")


def _nearest(
    scene: Scene, library: PatchLibrary, light: LightKind, threads: int | None, step: Step
) -> NDArray[np.int64]:
    """(n,) a library patch whose blur is near to U at each pixel of the mask, blurred as U is there.

    The coherent search finds it: with the nearest of all, the shipped scenes are the same within 0.01 dB.
    """
    parts = [(library, scene.mask)]
    if scene.varying is not None:
        psfs, side = scene.varying.psfs, library.neighborhood.size
        # The same patches in the same order, blurred otherwise.
        parts = [
            (PatchLibrary(scene.focused, psfs[number], neighborhood=side, light=light), pixels)
            for number, pixels in parts_of(scene.varying, scene.mask, _COARSELY)
        ]
    found = find_candidates_in_parts(
        parts, scene.misfocused, 1, search="coherent", threads=threads, step=step
    )
    return found.sources[:, 0].astype(np.int64)


def _attempt(
    scene: Scene, start: NDArray[np.uint8] | None, how: How, correct_psf: bool, step: Step
) -> Consistent | int:
    """All rounds with the scene's PSF; or, once a round says so, the diameter of a better one."""
    step(0.0)
    light, threads = how.light, how.threads
    photos = [scene.misfocused, *(photo.image for photo in scene.focused)]
    least = min(side for photo in photos for side in photo.shape[:2])
    sizes = tuple(size for size in how.sizes if size <= least) or (least - 1 + least % 2,)
    fit = min(_START, sizes[0])
    library = PatchLibrary(scene.focused, scene.known_psf, neighborhood=fit, light=light)
    share = 1 / (len(sizes) + 1)

    def searched(part: float) -> None:
        step(share * part)

    nearest = _nearest(scene, library, light, threads, searched)
    begun = scene.misfocused.copy()
    begun[scene.mask] = library.centers[nearest]
    matcher = Matcher(library, scene.focused, scene.mask, nearest, largest=max(sizes))
    evenly = np.ones(len(matcher.y)), fit
    apart = matcher.average(*evenly, threads=threads)[0]
    matcher.adopt_common_displacement(scene.misfocused, threads=threads)
    together = matcher.average(*evenly, threads=threads)[0]
    first = together if start is None else start
    estimate = Estimate(scene, library, light, first, doubt=together - apart)
    disks = DiskSize(scene, library, light=light) if correct_psf else None
    rounds = []
    for number, size in enumerate(sizes, 1):
        matcher.match(estimate.image(), size, threads=threads)
        measured, misfit = estimate.round(matcher, size, threads=threads)
        rounds.append(measured)
        if disks:
            better = disks.better(matcher.sources, estimate.levels[scene.mask])
            if better is not None:
                return better
        step(share * number + share if number < len(sizes) else 1.0)
    match = np.full((*scene.mask.shape, 3), -1, np.int32)
    places = (one[matcher.sources] for one in (library.photo, library.y, library.x))
    match[scene.mask] = np.stack(list(places), axis=1)
    image, theirs = pasted(scene, estimate.image(), estimate.expected, light)
    shares = basis(estimate.library_share(threads=threads), theirs, scene.mask)
    return Consistent(image, match, begun, tuple(rounds), misfit, scene.known_psf, shares)
