"""Whether a photo from another view is of more use warped or as it is (beyond the paper).

A homography brings one plane of an object into place, and may move the others farther off. Every warp loses
detail between the pixels. A patch is searched for in all of the photo, so it needs a warp only where zoom,
turn or perspective makes it look different.
"""

import math
from dataclasses import replace

import numpy as np

from refocuslab.optics.light import LightKind
from refocuslab.paper.candidates import find_candidates
from refocuslab.paper.patches import PatchLibrary
from refocuslab.scene import FocusedPhoto, Scene

# With this correlation of detail a warp has put all in place. 0.94 and 0.985 change nothing: bench-perturbed
# correlates to 0.998, motorcycle-perturbed to 0.95.
IN_PLACE = 0.97
# The patches compared, in pixels: their side, and the step from one to the next of U that is asked for, down
# and across. Half and double change nothing, but with patches of 17 motorcycle-perturbed is warped: the photo
# is then 3.4 dB nearer to the truth.
_SIDE, _EVERY = 9, 3
# Of a larger mask fewer pixels are asked for, so many at the most: the 300 x 300 pixels of
# motorcycle-perturbed are asked for as often.
_ASKED = 10_000
# The step from one patch of a photo to the next. Of each, motorcycle-perturbed's ratio of distances is 1.003,
# in a third of the time of a step of 1, with which it is 1.005; of 3, 1.024 of fewer patches of U.
_STEP = 2
# Patches are as near in the unwarped photo unless farther by more than this share. Half and double change
# nothing.
_CLEARLY = 0.02


def warp_is_needless(scene: Scene, warped: FocusedPhoto, unwarped: FocusedPhoto, *, light: LightKind) -> bool:
    """Whether patches of U find blurred patches as near in the photo as it is as in the warped one.

    Two distances are compared: the RMS, over a grid of pixels in the mask, of the distance to the nearest of
    a grid of blurred patches of 9 x 9 pixels, in each photo.

    Parameters
    ----------
    scene : Scene
        U, its mask, the PSF.
    warped, unwarped : FocusedPhoto
        The photo in the frame of U, and in its own; both in the exposure of U.
    light : {"linear", "encoded"}
        Where the PSF acts: on light, or on the stored values.

    Returns
    -------
    bool
        True if the unwarped photo's distance is at most 1.02 times the warped one's. False too where a
        photo is smaller than a patch.
    """
    if min(*unwarped.mask.shape, *scene.mask.shape) < _SIDE or not unwarped.mask.any():
        return False
    asked = np.zeros_like(scene.mask)
    every = max(_EVERY, math.ceil(math.sqrt(scene.mask.sum() / _ASKED)))
    asked[::every, ::every] = scene.mask[::every, ::every]
    if not asked.any():
        return False
    distances = []
    for photo in (warped, unwarped):
        some = np.zeros_like(photo.mask)
        some[::_STEP, ::_STEP] = photo.mask[::_STEP, ::_STEP]
        if not some.any():
            some = photo.mask
        library = PatchLibrary([replace(photo, mask=some)], scene.known_psf, neighborhood=_SIDE, light=light)
        found = find_candidates(library, scene.misfocused, asked, 1)
        distances.append(np.sqrt(found.distances.mean()))
    return bool(distances[1] <= (1 + _CLEARLY) * distances[0])
