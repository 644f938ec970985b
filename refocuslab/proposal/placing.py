"""Where a focused photo lies and how it is exposed, before anybody knows what is blurred in which photo."""

import math
from collections.abc import Callable
from dataclasses import replace

from refocuslab.optics.blur import convolve
from refocuslab.optics.light import LightKind
from refocuslab.optics.psf import disk
from refocuslab.registration.exposure import fit_exposure
from refocuslab.registration.flow import find_flow
from refocuslab.registration.geometry import find, refined
from refocuslab.registration.pair import full_size, to_squares, working_pair
from refocuslab.registration.register import Match, Shot, match_of
from refocuslab.registration.warp import inv
from refocuslab.scene import FocusedPhoto, Scene

# Photos are compared at about so many pixels, each blurred by a disk of so many: beside that, misfocus of one
# of them or of the other is small. Chosen on seven pairs made of coffee, chelsea, rocket (scikit-image) and
# china (scikit-learn) with a region blurred by 4 to 15 pixels; judged on six of astronaut, motorcycle, retina
# and flower. Positions are right to 0.3 pixels there, as with twice the pixels and a disk of 9, which take up
# to twice the time; without the disk they are off by up to 3 pixels.
_PIXELS, _DISK = 80_000, 5
# Where detail correlates to less, a flow is looked for. The pairs above correlate to 0.96 and more, real
# macro pairs to 0.91 and more, and a stereo pair of motorcycle to 0.62.
_PARALLAX = 0.85
# Pixels on a side below which there is nothing to compare.
_LEAST = 16


def placed(
    scene: Scene, focused: FocusedPhoto, *, light: LightKind, step: Callable[[], object]
) -> tuple[FocusedPhoto, Match]:
    """A focused photo in the frame and the exposure of U, and how it was matched.

    Both photos are made small and blurred by one more disk, so that they look alike where either is soft;
    features, a robust fit and the Bayesian information criterion then tell the geometry.

    Parameters
    ----------
    scene : Scene
        U; its mask and PSF play no part.
    focused : FocusedPhoto
        V.
    light : {"linear", "encoded"}
        Where blur and exposure act.
    step : callable
        Called again and again; what it raises ends the work.

    Returns
    -------
    photo : FocusedPhoto
        V in the frame of U; its mask is where it shows something. As it was if the match is not trusted.
    match : Match
        How it was matched.
    """
    whole = Scene(scene.misfocused, None, [focused], psf=disk(1))
    pair, place = working_pair(whole, focused, light, step=step)
    largest = max(pair.mask.size, pair.focused_mask.size)
    least = min(*pair.mask.shape, *pair.focused_mask.shape)
    scale = max(1, min(round(math.sqrt(largest / _PIXELS)), least // _LEAST))
    small = pair.shrunk(scale) if scale > 1 else pair
    psf = disk(_DISK)
    if least // scale > len(psf):
        small = replace(small, psf=psf, misfocused=convolve(small.misfocused, psf))
    found = find(small)
    if not found.doubt:
        small, found = refined(small, found, fit_exposure(small, found.alignment.matrix))
    if found.doubt:
        return focused, match_of(found, f"Not registered: {found.doubt}.", trusted=False)
    mended = find_flow(small, found.alignment) if found.alignment.agreement < _PARALLAX else None
    if mended:
        found = found._replace(alignment=mended.alignment)
    fit = found.alignment
    exposure = fit_exposure(small, fit.matrix, mended.displacements if mended else None)
    matrix, flow, trusted = place.full(full_size(fit.matrix, scale)), None, None
    if mended:
        here = place.here @ inv(to_squares(scale))
        flow, trusted = mended.enlarged(here, scene.mask.shape)
    photo = Shot(whole, focused, light, step).warped(exposure, matrix, flow)
    if trusted is not None and (photo.mask & trusted).any():
        photo = FocusedPhoto(photo.image, photo.mask & trusted)
    elif not photo.mask.any():
        photo = FocusedPhoto(photo.image)
    note = f"Both show the same at {found.inliers} points, and {fit.agreement:.0%} of their detail is alike."
    model = "flow" if mended else fit.model
    match = match_of(found, note, exposure=exposure, model=model, matrix=matrix, flow=flow)
    return photo, replace(match, overlap=float(photo.mask.mean()))
