"""Which disk the misfocused photo was blurred by, told by the patches that were matched to it.

Where W matches a focused photo, U should be that photo blurred. A diameter wrong by a pixel shows there:
every pixel of U is compared with its match in the focused photo, blurred by disks about as wide.
"""

import numpy as np
from numpy.typing import NDArray

from refocuslab.consistency.error_spectra import Numbers
from refocuslab.optics.blur import convolve
from refocuslab.optics.light import LightKind, decode
from refocuslab.optics.psf import disk
from refocuslab.paper.patches import PatchLibrary
from refocuslab.pictures.mask_depth import mask_depth
from refocuslab.scene import Scene

_Indices = NDArray[np.int64]

# Diameters tried to either side of the given one, in pixels. 1 and 4: the same bytes on three scenes, whose
# PSFs are right.
REACH = 2
# The fewest pixels whose median counts. Masks in the middle of motorcycle-perturbed, whose disk has 9 pixels:
# of 100 to 289 pixels, all right; of 529, six of eight rounds prefer 10, the first by 7 % of the error. So
# half changes nothing there, and double would keep the right disk.
FEWEST = 400
# A disk is better if its error is lower by this share. In all rounds on motorcycle-perturbed,
# astronaut-perspective and chelsea-perspective, the right disk's error is 15 to 53 % below that of one a
# pixel wider, and none is better than the right one. Half and double: the same bytes on three scenes.
CLEARLY = 0.02


def diameter_of(psf: Numbers) -> int | None:
    """d if the PSF is disk(d), else None.

    Examples
    --------
    >>> import numpy as np
    >>> from refocuslab import disk
    >>> from refocuslab.consistency.disk_size import diameter_of
    >>> diameter_of(disk(4)), diameter_of(np.full((3, 3), 1 / 9))
    (4, None)
    """
    side = len(psf)
    alike = (d for d in (side - 1, side) if d > 0 and disk(d).shape == psf.shape)
    return next((d for d in alike if np.allclose(disk(d), psf, rtol=0, atol=1e-6)), None)


def better_diameter(
    scene: Scene, library: PatchLibrary, sources: _Indices, levels: Numbers, *, light: LightKind = "linear"
) -> int | None:
    """The diameter of the disk that explains U best.

        error(d) = median over x of |D(x) ((disk(d) * F)(x') - U(x))|^2

    x is a pixel of the mask, x' the center of the patch that it matches in a focused photo F. Pixels nearer
    to a mask's edge than the widest disk reaches do not count; the median ignores unmatched pixels while
    they are fewer than half.

    Parameters
    ----------
    scene : Scene
        U, the mask, the focused photos, registered, and the PSF.
    library : PatchLibrary
        Patches of those photos.
    sources : ndarray of int64, (n,)
        The library patch that each pixel of the mask matches, in scanline order.
    levels : ndarray of float64, (n, 3)
        D, gray levels per unit of light.
    light : {"linear", "encoded"}
        Where the PSF acts.

    Returns
    -------
    int or None
        In pixels, within 2 of the scene's; None to stay with that: because it is the best or nearly so,
        because the PSF is no disk of whole diameter, or because too few pixels are left.
    """
    given = diameter_of(scene.known_psf)
    photos = [photo.image for photo in scene.focused]
    if given is None or (given + REACH) // 2 >= min(min(image.shape[:2]) for image in photos):
        return None
    tried = range(max(1, given - REACH), given + REACH + 1)
    photo, y, x = library.photo[sources], library.y[sources], library.x[sources]
    depths = _at([mask_depth(focused.mask) for focused in scene.focused], photo, y, x)
    counted = np.minimum(mask_depth(scene.mask)[scene.mask], depths) > tried[-1] // 2
    if counted.sum() < FEWEST:
        return None
    photo, y, x = photo[counted], y[counted], x[counted]
    seen, levels = decode(scene.misfocused[scene.mask][counted], light=light), levels[counted]
    sharp = [decode(image, light=light) for image in photos]
    errors = {}
    for diameter in tried:
        expected = _at([convolve(image, disk(diameter)) for image in sharp], photo, y, x)
        errors[diameter] = float(np.median((((expected - seen) * levels) ** 2).sum(axis=1)))
    best = min(errors, key=errors.__getitem__)
    return best if errors[best] < (1 - CLEARLY) * errors[given] else None


def _at(images: list[Numbers], photo: _Indices, y: _Indices, x: _Indices) -> Numbers:
    """Values of some of the images at n places, each in one of them."""
    values = np.empty((len(photo), *images[0].shape[2:]))
    for number, image in enumerate(images):
        here = photo == number
        values[here] = image[y[here], x[here]]
    return values
