"""Which disk the misfocused photo was blurred by, told by the patches that were matched to it.

Where W matches a focused photo, U should be that photo blurred. A diameter wrong by a pixel shows there:
every pixel of U is compared with its match in the focused photo, blurred by disks about as wide.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from refocuslab.consistency.error_spectra import Numbers
from refocuslab.optics.blur import convolve
from refocuslab.optics.blur_operator import TYPE
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


class DiskSize:
    """The diameter of the disk that explains U best, as the matches of one round after the other tell.

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
    light : {"linear", "encoded"}
        Where the PSF acts.
    """

    def __init__(self, scene: Scene, library: PatchLibrary, *, light: LightKind = "linear") -> None:
        self._library, self._given = library, diameter_of(scene.known_psf)
        photos = [photo.image for photo in scene.focused]
        least = min(min(image.shape[:2]) for image in photos)
        if self._given is None or (self._given + REACH) // 2 >= least:
            self._given = None
            return
        self._tried = range(max(1, self._given - REACH), self._given + REACH + 1)
        self._depth = mask_depth(scene.mask)[scene.mask]
        self._depths = [mask_depth(focused.mask) for focused in scene.focused]
        self._seen = decode(scene.misfocused[scene.mask], light=light)
        sharp = [decode(image, light=light) for image in photos]
        # No round needs them in another precision, and they stay to the last.
        self._blurred = {d: [convolve(one, disk(d)).astype(TYPE) for one in sharp] for d in self._tried}

    def better(self, sources: _Indices, levels: Numbers) -> int | None:
        """The diameter within 2 pixels of the scene's that explains U best.

        Parameters
        ----------
        sources : ndarray of int64, (n,)
            The library patch that each pixel of the mask matches, in scanline order.
        levels : ndarray of float64, (n, 3)
            D, gray levels per unit of light.

        Returns
        -------
        int or None
            In pixels; None to stay with the scene's: because it is the best or nearly so, because the PSF is
            no disk of whole diameter, or because too few pixels are left.
        """
        if self._given is None:
            return None
        photo, y, x = (one[sources] for one in (self._library.photo, self._library.y, self._library.x))
        depths = _at(self._depths, photo, y, x)
        counted = np.minimum(self._depth, depths) > self._tried[-1] // 2
        if counted.sum() < FEWEST:
            return None
        photo, y, x = photo[counted], y[counted], x[counted]
        seen, levels = self._seen[counted], levels[counted]
        errors = {}
        for diameter, images in self._blurred.items():
            off = (_at(images, photo, y, x) - seen) * levels
            errors[diameter] = float(np.median(np.einsum("ij,ij->i", off, off)))
        best = min(errors, key=errors.__getitem__)
        return best if errors[best] < (1 - CLEARLY) * errors[self._given] else None


def _at(images: Sequence[NDArray[Any]], photo: _Indices, y: _Indices, x: _Indices) -> Numbers:
    """Values of some of the images at n places, each in one of them."""
    if len(images) == 1:
        return images[0][y, x].astype(float)
    values = np.empty((len(photo), *images[0].shape[2:]))
    for number, image in enumerate(images):
        here = photo == number
        values[here] = image[y[here], x[here]]
    return values
