"""The image-scene constraint where U is blurred otherwise at each place (beyond the paper)."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from refocuslab.lens.varying_psf import VaryingPsf
from refocuslab.paper.candidates import Candidates, find_candidates
from refocuslab.paper.patches import PatchLibrary
from refocuslab.running.progress import Step


def parts_of(
    varying: VaryingPsf, mask: NDArray[np.bool_], every: int = 1
) -> list[tuple[int, NDArray[np.bool_]]]:
    """The pixels of a mask whose width is nearest to that of each PSF, by its number; without empty ones.

    Parameters
    ----------
    varying : VaryingPsf
        The PSFs, and the width at each pixel.
    mask : ndarray of bool, (H, W)
        Of the map's size, or of a coarser level: 1/2, 1/4 ... of it, rounded up.
    every : int
        Take one PSF of so many, for a coarser division.
    """
    thin = -(-varying.width.shape[0] // mask.shape[0])
    count = len(varying.psfs)
    taken = np.arange(min(every, count) // 2, count, every) if every > 1 else np.arange(count)
    widths = varying.widths[taken]
    middles = (widths[1:] + widths[:-1]) / 2
    nearest = taken[np.searchsorted(middles, varying.width[::thin, ::thin])]
    parts = [(int(number), mask & (nearest == number)) for number in taken]
    return [(number, pixels) for number, pixels in parts if pixels.any()]


def find_candidates_in_parts(
    parts: Sequence[tuple[PatchLibrary, NDArray[np.bool_]]],
    image: NDArray[np.uint8],
    count: int,
    *,
    search: str = "exact",
    threads: int | None = None,
    step: Step | None = None,
) -> Candidates:
    """As ``find_candidates``, with another blur in each part of the mask.

    Parameters
    ----------
    parts : sequence of (PatchLibrary, ndarray of bool, (H, W))
        V, blurred as U is there, and the pixels. No pixel is of two parts; all of V show the same photos.
    image : ndarray of uint8, (H, W, 3)
        U, sRGB.
    count : int
        How many values to find for each pixel.
    search : {"exact", "linear", "coherent"}
        As for ``find_candidates``.
    threads : int, optional
        How many threads to use; the result does not depend on it.
    step : callable, optional
        Called with the share of all pixels done, 0 to 1.
    """
    if len(parts) == 1:  # nothing to join, which would hold all candidates twice
        library, mask = parts[0]
        return find_candidates(library, image, mask, count, search=search, threads=threads, step=step)
    mask = np.logical_or.reduce([pixels for _, pixels in parts])
    number, total, done = np.empty(mask.shape, np.int64), int(mask.sum()), 0
    found = []
    for library, pixels in parts:
        size = int(pixels.sum())

        def part(share: float, done: int = done, size: int = size) -> None:
            if step:
                step((done + share * size) / total)

        number[pixels] = done + np.arange(size)
        found.append(
            find_candidates(library, image, pixels, count, search=search, threads=threads, step=part)
        )
        done += size
    turn = number[mask]
    return Candidates(
        *(
            np.concatenate([getattr(one, name) for one in found])[turn]
            for name in ("values", "distances", "sources")
        )
    )
