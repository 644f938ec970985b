"""Consistency: W that blurs back to U, of patches that the library knows (beyond the paper).

Nothing in the paper makes Blur(W) equal U. Here two steps alternate. (a) Every patch of W gets the
nearest patch of the library; the matches, laid over each other, average to Z. (b) W is the image that
agrees best with both: with U once blurred, and with Z. Where the PSF passes a frequency, U decides;
where it does not, the library does. How far each is trusted follows from the photos (error_spectra.py): no
weight is set by hand.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from refocuslab.checks import check_photo, require
from refocuslab.consistency.one_tile import SIZES, Consistent, How, consistent_tile
from refocuslab.consistency.tiles import Tile, part_of, put_together, tiles_of
from refocuslab.optics.light import LightKind
from refocuslab.registration.psf_estimate import with_psf
from refocuslab.running.progress import Step
from refocuslab.running.side_by_side import side_by_side
from refocuslab.running.threads import one_thread_each, thread_count
from refocuslab.scene import Scene

__all__ = ["SIZES", "Consistent", "make_consistent"]


def make_consistent(
    scene: Scene,
    start: NDArray[np.uint8] | None = None,
    *,
    placed: Sequence[bool] | None = None,
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

    All this looks only at the mask and what lies around it; a larger mask is worked on in tiles (tiles.py).

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
    placed : sequence of bool or None
        Which focused photos lie in the frame of U, so that what U shows is searched near its own place only;
        none by default.
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
    count, known = thread_count(threads), scene.misfocused.shape
    if start is not None:
        check_photo("start", start)
        require(start.shape == known, "start", f"must have the shape of U, {known}", start.shape)
    scene = with_psf(scene, light=light)
    near = tuple(placed or (False,) * len(scene.focused))
    tiles = tiles_of(scene, max(sizes))

    def made(seen: Scene, tile: Tile, how: How, step: Step) -> Consistent:
        begin = None if start is None else start[tile.box]
        return consistent_tile(part_of(seen, tile, near), begin, how, step)

    forward = _forward(step)
    with one_thread_each():
        share = 1 / len(tiles)
        # The tile with most pixels tells the PSF for all.
        how = How(sizes, light, correct_psf, count)
        found = [made(scene, tiles[0], how, lambda part: forward(part * share))]
        psf = found[0].psf
        fixed = scene if np.array_equal(psf, scene.known_psf) else scene.replace(psf=psf)
        found += side_by_side(
            tiles[1:],
            lambda tile, threads, step: made(fixed, tile, How(sizes, light, False, threads), step),
            count,
            lambda part: forward(share + part * (1 - share)),
        )
    forward(1.0)
    return put_together(scene, tiles, found, near)


def _forward(step: Step | None) -> Step:
    """A step that never goes back, as work that starts again would."""
    most = 0.0

    def forward(share: float) -> None:
        nonlocal most
        most = max(most, share)
        if step:
            step(most)

    return forward
