"""Where two photos differ once one of them is blurred as the other: a picture to look at."""

import numpy as np
from numpy.typing import NDArray

from refocuslab.lab.widgets.previews import difference
from refocuslab.optics.light import LightKind
from refocuslab.proposal.differing import alike
from refocuslab.scene import FocusedPhoto, Scene

_Photo = NDArray[np.uint8]


def once_blurred(scene: Scene, photo: FocusedPhoto, *, light: LightKind) -> _Photo:
    """Where U and a focused photo in its frame differ once that is blurred as U is, in colors.

    Parameters
    ----------
    scene : Scene
        U, and how it is blurred; without a PSF nothing is blurred.
    photo : FocusedPhoto
        In the frame and the exposure of U.
    light : {"linear", "encoded"}
        Where the blur acts.

    Returns
    -------
    ndarray of uint8, (H, W, 3)
        Of the size of U; of a large photo, the colors of squares of pixels.
    """
    both = alike(scene, photo, light=light)
    squares = difference(both.blurred, both.seen, both.mask)
    colors = squares.repeat(both.scale, axis=0).repeat(both.scale, axis=1)
    # What does not fill a square is as the square beside it.
    beyond = [(0, side - here) for side, here in zip(scene.mask.shape, colors.shape[:2], strict=True)]
    return np.pad(colors, (*beyond, (0, 0)), mode="edge")
