"""The simplest opponent of all that takes a focused photo: it is registered, and pasted in."""

import numpy as np
from numpy.typing import NDArray

from refocuslab.optics.light import LightKind
from refocuslab.registration.register import Registration, register
from refocuslab.scene import Scene


def pasted_photo(
    scene: Scene, registration: Registration | None = None, *, light: LightKind = "linear"
) -> NDArray[np.uint8]:
    """U, in whose mask the registered focused photos are pasted wherever they show the object.

    The photo that a trusted flow warped is pasted last, on top. A photo that could not be registered is
    pasted as it is, if it has U's size. What no photo shows stays U.

    Parameters
    ----------
    scene : Scene
        U, its mask, the focused photos, the PSF; one that is not known is found first (``estimate_psf``).
    registration : Registration or None
        Of that scene with the flow, as ``register`` gives it; None makes it.
    light : {"linear", "encoded"}
        Where the PSF and the exposure act, for the registration.

    Returns
    -------
    ndarray of uint8, (H, W, 3)
        sRGB; U outside the mask.

    Examples
    --------
    >>> from refocuslab import load_scene, score
    >>> from refocuslab.evaluation.pasted_photo import pasted_photo
    >>> scene = load_scene("coffee").middle(60)
    >>> score(pasted_photo(scene), scene).psnr > score(scene.misfocused, scene).psnr + 10
    True
    """
    found = register(scene, light=light) if registration is None else registration
    image = scene.misfocused.copy()
    for photo in reversed(found.scene.focused):
        if photo.image.shape == image.shape:
            where = photo.mask & scene.mask
            image[where] = photo.image[where]
    return image
