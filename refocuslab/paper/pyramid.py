"""Coarse to fine: a pyramid of U and of the focused photos (beyond the paper; Wei and Levoy, [4], [5]).

Each level halves the one below it: a pixel is the mean light of 2 x 2 pixels, and belongs to a mask where
any of them does. Blurred photos are halved too, so that every level sees what the image function did. The
method works at the coarsest level first; at every other the texture constraint compares, beside the
neighborhood, the 3 x 3 window of the coarser level at the same place, which has been assigned already:
in W of W, for a patch of the photo that it was cut from.
"""

import numpy as np

from refocuslab.errors import RefocusError
from refocuslab.optics.image_function import Blur, Downsampling
from refocuslab.paper.patches import Neighborhood, PatchLibrary
from refocuslab.scene import FocusedPhoto

WINDOW = Neighborhood(3)


def halved(photo: np.ndarray, light: str) -> np.ndarray:
    """(ceil H/2, ceil W/2, 3) uint8: mean light of 2 x 2 pixels; odd sides are reflected."""
    return Downsampling(2, light).reduce(photo)


def halved_mask(mask: np.ndarray) -> np.ndarray:
    """(ceil H/2, ceil W/2) bool: whether any of 2 x 2 pixels belongs to the mask."""
    height, width = mask.shape
    whole = np.pad(mask, ((0, height % 2), (0, width % 2)))
    return whole.reshape((height + 1) // 2, 2, (width + 1) // 2, 2).any(axis=(1, 3))


def shots(image: np.ndarray, mask: np.ndarray, method, count: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """U and its mask at each level, the finest first. RefocusError: a level is smaller than a window."""
    levels = [(image, mask)]
    while len(levels) < count:
        image, mask = halved(image, method.light), halved_mask(mask)
        levels.append((image, mask))
    if count > 1:
        _check(image, method)
    return levels


def libraries(focused, psf, method, count: int, image_function=None) -> list[PatchLibrary]:
    """The library of each level, the finest first; each but the last has the windows of the next."""
    size, light = method.neighborhood, method.light
    if count == 1:
        return [PatchLibrary(focused, psf, neighborhood=size, light=light, image_function=image_function)]
    image_function = image_function or Blur(psf, light)
    levels = [(focused, [image_function(photo.image) for photo in focused])]
    while len(levels) < count:
        photos, blurred = levels[-1]
        coarse = [FocusedPhoto(halved(p.image, light), halved_mask(p.mask)) for p in photos]
        levels.append((coarse, [halved(photo, light) for photo in blurred]))
    for photo in levels[-1][0]:
        _check(photo.image, method)
    made = [PatchLibrary(photos, psf, neighborhood=size, light=light, blurred=blurred)
            for photos, blurred in levels]  # fmt: skip
    for library, (coarse, _) in zip(made, levels[1:], strict=False):
        places = [library.photo == number for number in range(len(coarse))]
        library.coarser = np.concatenate([above(photo.image, library.y[at], library.x[at])
                                          for photo, at in zip(coarse, places, strict=True)])  # fmt: skip
    return made


def above(coarser: np.ndarray, y, x) -> np.ndarray:
    """(n, 9 channels) of coarser's dtype: its 3 x 3 windows at the places of n pixels one level down."""
    return WINDOW.windows(coarser, np.asarray(y) // 2, np.asarray(x) // 2)


def _check(coarsest, method) -> None:
    least = max(method.neighborhood, WINDOW.size)
    if min(coarsest.shape[:2]) < least:
        rule = f"must leave {least} x {least} pixels or more of every photo at the coarsest level"
        raise RefocusError("levels", rule, method.levels)
