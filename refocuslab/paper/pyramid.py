"""Coarse to fine: a pyramid of U and of the focused photos (beyond the paper; Wei and Levoy, [4], [5]).

Each level halves the one below it: a pixel is the mean light of 2 x 2 pixels, and belongs to a mask where
any of them does. Blurred photos are halved too, so that every level sees what the image function did. The
method works at the coarsest level first; at every other the texture constraint compares, beside the
neighborhood, the 3 x 3 window of the coarser level at the same place, which has been assigned already:
in W of W, for a patch of the photo that it was cut from.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from refocuslab.errors import RefocusError
from refocuslab.method import Method
from refocuslab.optics.image_function import Blur, Downsampling, ImageFunction
from refocuslab.optics.light import LightKind
from refocuslab.paper.patches import Neighborhood, PatchLibrary
from refocuslab.scene import FocusedPhoto

# The window of the coarser level.
WINDOW = Neighborhood(3)
_Type = TypeVar("_Type", bound=np.generic)


def halved(photo: NDArray[np.uint8], light: LightKind) -> NDArray[np.uint8]:
    """The coarser photo, (ceil H/2, ceil W/2, 3): mean light of 2 x 2 pixels, an odd last row doubled."""
    return Downsampling(2, light).reduce(photo)


def halved_mask(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The coarser mask, (ceil H/2, ceil W/2): whether any of 2 x 2 pixels belongs to it."""
    height, width = mask.shape
    whole = np.pad(mask, ((0, height % 2), (0, width % 2)))
    blocks = whole.reshape((height + 1) // 2, 2, (width + 1) // 2, 2)
    halves: NDArray[np.bool_] = np.any(blocks, axis=(1, 3))
    return halves


def shots(
    image: NDArray[np.uint8], mask: NDArray[np.bool_], method: Method, count: int
) -> list[tuple[NDArray[np.uint8], NDArray[np.bool_]]]:
    """U and its mask at each level.

    Parameters
    ----------
    image : ndarray of uint8, (H, W, 3)
        U, sRGB.
    mask : ndarray of bool, (H, W)
        Its mask.
    method : Method
        Its light and its neighborhood.
    count : int
        How many levels.

    Returns
    -------
    list of (ndarray, ndarray)
        The finest level first.

    Raises
    ------
    RefocusError
        The coarsest level is smaller than a window.
    """
    levels = [(image, mask)]
    while len(levels) < count:
        image, mask = halved(image, method.light), halved_mask(mask)
        levels.append((image, mask))
    if count > 1:
        _check(image, method)
    return levels


def libraries(
    focused: Sequence[FocusedPhoto],
    psf: NDArray[np.float64],
    method: Method,
    count: int,
    image_function: ImageFunction | None = None,
) -> list[PatchLibrary]:
    """The library of each level; each but the last has the windows of the next.

    Parameters
    ----------
    focused : sequence of FocusedPhoto
        The focused photos.
    psf : ndarray of float64, (n, n)
        G.
    method : Method
        Its light and its neighborhood.
    count : int
        How many levels.
    image_function : callable, optional
        In the place of blur by the PSF.

    Returns
    -------
    list of PatchLibrary
        The finest level first.

    Raises
    ------
    RefocusError
        The coarsest level of a photo is smaller than a window, or as ``PatchLibrary`` raises.
    """
    size, light = method.neighborhood, method.light
    if count == 1:
        return [PatchLibrary(focused, psf, neighborhood=size, light=light, image_function=image_function)]
    made_by = image_function or Blur(psf, light)
    levels = [(list(focused), [made_by(photo.image) for photo in focused])]
    while len(levels) < count:
        photos, blurred = levels[-1]
        coarse = [FocusedPhoto(halved(p.image, light), halved_mask(p.mask)) for p in photos]
        levels.append((coarse, [halved(photo, light) for photo in blurred]))
    for photo in levels[-1][0]:
        _check(photo.image, method)
    windows = [_windows_above(fine, coarse) for (fine, _), (coarse, _) in pairwise(levels)]
    return [
        PatchLibrary(photos, psf, neighborhood=size, light=light, blurred=blurred, coarser=coarser)
        for (photos, blurred), coarser in zip(levels, [*windows, None], strict=True)
    ]


def above(coarser: NDArray[_Type], y: NDArray[np.int64], x: NDArray[np.int64]) -> NDArray[_Type]:
    """The windows of the coarser level at the places of n pixels of the finer one.

    Parameters
    ----------
    coarser : ndarray, (H, W, 3)
        A photo of the coarser level, of any type.
    y, x : ndarray of int64, (n,)
        Pixels of the finer level.

    Returns
    -------
    ndarray, (n, 27)
        Windows of 3 x 3 pixels, in the type of the photo.
    """
    return WINDOW.windows(coarser, np.asarray(y) // 2, np.asarray(x) // 2)


def _windows_above(fine: list[FocusedPhoto], coarse: list[FocusedPhoto]) -> NDArray[np.uint8]:
    """(N, 27): the coarser window of every patch, in the order of the library."""
    pairs = zip(fine, coarse, strict=True)
    return np.concatenate([above(small.image, *np.nonzero(photo.mask)) for photo, small in pairs])


def _check(coarsest: NDArray[np.uint8], method: Method) -> None:
    least = max(method.neighborhood, WINDOW.size)
    if min(coarsest.shape[:2]) < least:
        rule = f"must leave {least} x {least} pixels or more of every photo at the coarsest level"
        raise RefocusError("levels", rule, method.levels)
