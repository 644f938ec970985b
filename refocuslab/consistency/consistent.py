"""Consistency: W that blurs back to U, of patches that the library knows (beyond the paper).

Nothing in the paper makes Blur(W) equal U. Here two steps alternate. (a) Every patch of W gets the
nearest patch of the library; the matches, laid over each other, average to Z. (b) W is the image that
agrees best with both: with U once blurred, and with Z. Where the PSF passes a frequency, U decides;
where it does not, the library does. How far each is trusted follows from the photos (error_spectra.py): no
weight is set by hand.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from refocuslab.checks import check_photo
from refocuslab.consistency.basis import basis
from refocuslab.consistency.disk_size import better_diameter
from refocuslab.consistency.error_spectra import Misfit
from refocuslab.consistency.matching import Matcher
from refocuslab.consistency.pasting import pasted
from refocuslab.consistency.rounds import Estimate, Round
from refocuslab.optics.light import LightKind
from refocuslab.optics.psf import disk
from refocuslab.paper.candidates_in_parts import find_candidates_in_parts, parts_of
from refocuslab.paper.patches import PatchLibrary
from refocuslab.registration.psf_estimate import with_psf
from refocuslab.running.progress import Step
from refocuslab.running.threads import one_thread_each
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
    source : ndarray of int64, (H, W)
        The library patch nearest to what each pixel of the mask matched last; -1 outside.
    rounds : tuple of Round
        What each round measured.
    misfit : Misfit
        The variances that the last round weighed U and Z by.
    psf : ndarray of float64, (n, n)
        The scene's PSF, or the disk that explains U better.
    basis : ndarray of float32, (H, W, 3)
        What each pixel rests on: the shares, which sum to 1, of U, of the library, and of a focused photo
        pasted in as it lies, where that explains U nearly as well (pasting.py). U and the library share what
        is left by who determines the detail that misfocus took (basis.py). Outside the mask all is U's.
    """

    image: NDArray[np.uint8]
    source: NDArray[np.int64]
    rounds: tuple[Round, ...]
    misfit: Misfit
    psf: NDArray[np.float64]
    basis: NDArray[np.float32]

    @property
    def pasted(self) -> NDArray[np.float32]:
        """How much of each pixel is that of a focused photo as it lies, 0 to 1, (H, W)."""
        return self.basis[..., 2]


def make_consistent(
    scene: Scene,
    start: NDArray[np.uint8] | None = None,
    *,
    library: PatchLibrary | None = None,
    sizes: tuple[int, ...] = SIZES,
    light: LightKind = "linear",
    correct_psf: bool = True,
    threads: int | None = None,
    step: Step | None = None,
) -> Consistent:
    """Refocus a scene by alternating between its library and its misfocused photo.

    One round, for windows of one of the ``sizes``:

    (a) Z(x) = the mean over the windows p that cover x of v_p(x), the nearest library patch of each, at
        quarters of a pixel (matching.py), weighted by w_p = exp(-d_p / h^2). d_p is their mean squared
        difference in the mask; h^2 that between the focused photos and their blur: a match no better
        says nothing about the detail that the blur took.
    (b) W = argmin c |k * W - U|^2 / S_U + w |W - Z|^2 / S_Z in ``light``, both measured in gray levels:
        a unit of light counts as many as it makes in the encoded photo there; c and w are weights of
        single pixels (pixel_weights.py), and ``Agreement`` solves it (agreement.py). S_U and S_Z are the
        power spectra of the errors of U and Z as ``error_spectra.measure`` finds them. S_Z is bounded by
        the differences among the first round's windows, which contradict each other where they are wrong:
        else an error of the PSF, as every object has that is not flat, would pass for one of Z. W is found
        twice: where the first solution leaves a larger |k * W - U| or |W - Z| than on average, that term
        counts for less in the second (pixel_weights.py).

    Where a focused photo as it lies explains U nearly as well, W is that photo (pasting.py).

    Only pixels of U in the mask count. Light reaches them also from as far as the PSF outside. What is
    there is unknown: its prior is U, its prior variance the mean squared difference between the focused
    photos and their blur. A saturated pixel of U is a lower bound on the light.

    Parameters
    ----------
    scene : Scene
        U, the mask, the focused photos, registered if need be, and the PSF.
    start : ndarray of uint8, (H, W, 3), or None
        W to start from, sRGB. By default the Z of the patches whose blur is nearest to U, all of one
        displacement if one serves them all.
    library : PatchLibrary or None
        The scene's own library, if it has been made, of a neighborhood of at least 5.
    sizes : tuple of int
        The windows' side in each round, odd; those that do not fit into the photos are left out.
    light : {"linear", "encoded"}
        Where the PSF acts: on light, or on the stored values.
    correct_psf : bool
        Whether a PSF that is a disk may turn out to be up to 2 pixels wider or narrower: where the matches
        say so after a round (disk_size.py), all starts again with that disk, twice at the most.
    threads : int or None
        How many threads to use, one a core by default; the result does not depend on it.
    step : callable or None
        Called with the share done, 0 to 1; may raise Cancelled.

    Returns
    -------
    Consistent
        W, and what each round measured.

    Raises
    ------
    RefocusError
        ``start`` is no photo, ``threads`` is out of range, or a round gives numbers that are not finite.

    Examples
    --------
    >>> from refocuslab import load_scene, make_consistent, score
    >>> scene = load_scene("motorcycle").middle(48)
    >>> found = make_consistent(scene, sizes=(9, 5))
    >>> score(found.image, scene).psnr > score(scene.misfocused, scene).psnr + 3
    True
    """
    if start is not None:
        check_photo("start", start)
    scene = with_psf(scene, light=light)
    forward = _forward(step)
    for left in reversed(range(_CORRECTIONS + 1)):
        found = _attempt(scene, start, library, sizes, light, correct_psf and left > 0, threads, forward)
        if isinstance(found, Consistent):
            return found
        scene, library = scene.replace(psf=disk(found)), None
    raise AssertionError("the last attempt always ends")


def _forward(step: Step | None) -> Step:
    """A step that never goes back, as work that starts again would."""
    most = 0.0

    def forward(share: float) -> None:
        nonlocal most
        most = max(most, share)
        if step:
            step(most)

    return forward


def _nearest(
    scene: Scene, library: PatchLibrary, light: LightKind, threads: int | None, step: Step
) -> NDArray[np.int64]:
    """(n,) the library patch whose blur is nearest to U at each pixel of the mask, blurred as U is there."""
    parts = [(library, scene.mask)]
    if scene.varying is not None:
        psfs, side = scene.varying.psfs, library.neighborhood.size
        # The same patches in the same order, blurred otherwise.
        parts = [
            (PatchLibrary(scene.focused, psfs[number], neighborhood=side, light=light), pixels)
            for number, pixels in parts_of(scene.varying, scene.mask)
        ]
    found = find_candidates_in_parts(parts, scene.misfocused, 1, threads=threads, step=step)
    return found.sources[:, 0].astype(np.int64)


def _attempt(
    scene: Scene,
    start: NDArray[np.uint8] | None,
    library: PatchLibrary | None,
    sizes: tuple[int, ...],
    light: LightKind,
    correct_psf: bool,
    threads: int | None,
    step: Step,
) -> Consistent | int:
    """All rounds with the scene's PSF; or, once a round says so, the diameter of a better one."""
    step(0.0)
    photos = [scene.misfocused, *(photo.image for photo in scene.focused)]
    least = min(side for photo in photos for side in photo.shape[:2])
    sizes = tuple(size for size in sizes if size <= least) or (least - 1 + least % 2,)
    if library is None:
        fit = min(_START, sizes[0])
        library = PatchLibrary(scene.focused, scene.known_psf, neighborhood=fit, light=light)
    share = 1 / (len(sizes) + 1)

    def searched(part: float) -> None:
        step(share * part)

    nearest = _nearest(scene, library, light, threads, searched)
    matcher = Matcher(library, scene.focused, scene.mask, nearest, largest=max(sizes))
    evenly = np.ones(len(matcher.y)), library.neighborhood.size
    apart = matcher.average(*evenly)[0]
    matcher.adopt_common_displacement(scene.misfocused)
    together = matcher.average(*evenly)[0]
    begun = together if start is None else start
    estimate = Estimate(scene, library, light, begun, doubt=together - apart)
    rounds = []
    with one_thread_each():
        for number, size in enumerate(sizes, 1):
            matcher.match(estimate.image(), size, threads=threads)
            measured, misfit = estimate.round(matcher, size)
            rounds.append(measured)
            if correct_psf:
                levels = estimate.levels[scene.mask]
                better = better_diameter(scene, library, matcher.sources, levels, light=light)
                if better is not None:
                    return better
            step(share * number + share if number < len(sizes) else 1.0)
    source = np.full(scene.mask.shape, -1, np.int64)
    source[scene.mask] = matcher.sources
    image, theirs = pasted(scene, estimate.image(), estimate.expected, light)
    shares = basis(estimate.library_share(), theirs, scene.mask)
    return Consistent(image, source, tuple(rounds), misfit, scene.known_psf, shares)
