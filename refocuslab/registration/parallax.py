"""Whether a photo from another view is of more use warped or as it is (beyond the paper).

One homography puts one plane of an object right and leaves the others where they were, or moves them
farther; and whatever is warped loses detail between the pixels. Patches find their places themselves, so
they only need a warp where zoom, turn or perspective makes them look different.
"""

import numpy as np

from refocuslab.paper.candidates import find_candidates
from refocuslab.paper.patches import PatchLibrary
from refocuslab.scene import FocusedPhoto, Scene

# With this correlation of detail the warp has put all in place.
IN_PLACE = 0.97
# The patches compared: their side, and every how many pixels of U, down and across, one is asked for.
_SIDE, _EVERY = 9, 3
# Warped patches are as near as others, if not nearer by more than this share.
_CLEARLY = 0.02


def warp_is_needless(scene: Scene, warped: FocusedPhoto, unwarped: FocusedPhoto, *, light: str) -> bool:
    """Whether patches of U find blurred patches as near in the photo as it is as in the warped one.

    Both photos have the exposure of U. Near: root mean square, over a grid of pixels in the mask, of the
    distance to the nearest blurred patch of 9 x 9. False too where a photo is too small for that.
    """
    if min(*unwarped.mask.shape, *scene.mask.shape) < _SIDE or not unwarped.mask.any():
        return False
    asked = np.zeros_like(scene.mask)
    asked[::_EVERY, ::_EVERY] = scene.mask[::_EVERY, ::_EVERY]
    if not asked.any():
        return False
    distances = []
    for photo in (warped, unwarped):
        library = PatchLibrary([photo], scene.psf, neighborhood=_SIDE, light=light)
        found = find_candidates(library, scene.misfocused, asked, 1, search="coherent")
        distances.append(np.sqrt(found.distances.mean()))
    return bool(distances[1] <= (1 + _CLEARLY) * distances[0])
