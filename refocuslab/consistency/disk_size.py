"""Which disk the misfocused photo was blurred by, told by the patches that were matched to it.

Where W matches a focused photo, U should be that photo blurred. A diameter wrong by a pixel shows there:
every pixel of U is compared with its match in the focused photo, blurred by disks about as wide.
"""

import numpy as np

from refocuslab.optics.blur import convolve
from refocuslab.optics.light import decode
from refocuslab.optics.psf import disk
from refocuslab.pictures.mask_depth import mask_depth

# Diameters tried to either side of the given one, in pixels.
REACH = 2
# A median over fewer pixels says nothing; one lower by less than this share of it is no better.
FEWEST, CLEARLY = 400, 0.02


def diameter_of(psf: np.ndarray) -> int | None:
    """d if the PSF is disk(d), else None."""
    side = len(psf)
    alike = (d for d in (side - 1, side) if d > 0 and disk(d).shape == psf.shape)
    return next((d for d in alike if np.allclose(disk(d), psf, rtol=0, atol=1e-6)), None)


def better_diameter(scene, library, sources: np.ndarray, levels, *, light: str = "linear") -> int | None:
    """The diameter of the disk that explains U best, or None to stay with the scene's PSF.

        error(d) = median over x of |D(x) ((disk(d) * F)(x') - U(x))|^2

    x: pixels of the mask. x': the centres of the patches that they match in a focused photo F; sources:
    (n,) int64, their numbers in the library. D: levels, (n, 3), grey levels per unit of light. Pixels
    nearer to a mask's edge than the widest disk reaches do not count, and a median does not ask those
    that match nothing. None too if the PSF is no disk of whole diameter, or too few pixels are left.
    """
    given = diameter_of(scene.psf)
    photos = [photo.image for photo in scene.focused]
    if given is None or (given + REACH) // 2 >= min(min(image.shape[:2]) for image in photos):
        return None
    tried = range(max(1, given - REACH), given + REACH + 1)
    depths = [mask_depth(photo.mask) for photo in scene.focused]
    place = library.photo[sources], library.y[sources], library.x[sources]
    counted = np.minimum(mask_depth(scene.mask)[scene.mask], _at(depths, *place)) > tried[-1] // 2
    if counted.sum() < FEWEST:
        return None
    place = [index[counted] for index in place]
    seen, levels = decode(scene.misfocused[scene.mask][counted], light=light), levels[counted]
    sharp = [decode(image, light=light) for image in photos]
    errors = {}
    for diameter in tried:
        expected = _at([convolve(image, disk(diameter)) for image in sharp], *place)
        errors[diameter] = float(np.median((((expected - seen) * levels) ** 2).sum(axis=1)))
    best = min(errors, key=errors.__getitem__)
    return best if errors[best] < (1 - CLEARLY) * errors[given] else None


def _at(images: list[np.ndarray], photo, y, x) -> np.ndarray:
    """Values of some of the images at n places, each in one of them."""
    values = np.empty((len(photo), *images[0].shape[2:]))
    for number, image in enumerate(images):
        here = photo == number
        values[here] = image[y[here], x[here]]
    return values
