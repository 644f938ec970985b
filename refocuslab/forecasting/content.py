"""How much dearer a scene's content is to search than that of the photographs that were measured on."""

import numpy as np

from refocuslab.errors import RefocusError
from refocuslab.forecasting.measuring import Timed, quickest
from refocuslab.forecasting.speeds import Speeds
from refocuslab.forecasting.work import Size, work
from refocuslab.method import Method
from refocuslab.scene import FocusedPhoto, Scene

# Side of the square that is refocused to see, in pixels: a few tenths of a second. No scene of less than so
# many squares is asked.
_SIDE, _WORTH = 96, 3
# The stages whose seconds depend on the content: trees tell patches apart, or do not.
_STAGES = ("candidates", "texture")
# The square is too small to tell of more than this.
_MOST = 20.0


def factors(scene: Scene, method: Method, speeds: Speeds, timed: Timed) -> dict[str, float]:
    """By how much the seconds of each stage differ from those that follow from the sizes alone.

    A square in the middle of the mask is refocused. A stage that is not named does not differ.

    Parameters
    ----------
    scene : Scene
        The scene.
    method : Method
        How it is refocused. Only exact searches depend much on the content.
    speeds : Speeds
        The speeds by which the seconds are told; they know the method's parts.
    timed : callable
        Gives the seconds of each stage of a scene refocused by a method.
    """
    if method.consistency or method.search != "exact" or method.levels > 1:
        return {}
    if int(scene.mask.sum()) < _WORTH * _SIDE**2 or (square := _square(scene)) is None:
        return {}
    alone = Method(**{**vars(method), "register": False})
    size = Size.of(square)
    stages = work(size, alone, psf_given=True)
    told, seen = speeds.seconds(stages, size.patches), quickest(timed, square, alone)
    return {
        stage: float(np.clip(seen[stage] / told[stage], 1 / _MOST, _MOST))
        for stage in _STAGES
        if stage in told
    }


def _square(scene: Scene) -> Scene | None:
    """The square in the middle of the mask, in all photos; None where a photo shows nothing there."""
    y, x = (np.flatnonzero(scene.mask.any(axis=axis))[[0, -1]].mean() for axis in (1, 0))

    def cut(shape: tuple[int, ...]) -> tuple[slice, slice]:
        scale = np.array(shape[:2]) / scene.mask.shape
        corner = np.clip(np.array([y, x]) * scale - _SIDE / 2, 0, np.array(shape[:2]) - _SIDE).astype(int)
        return slice(corner[0], corner[0] + _SIDE), slice(corner[1], corner[1] + _SIDE)

    try:
        focused = []
        for photo in scene.focused:
            place = cut(photo.mask.shape)
            focused.append(FocusedPhoto(photo.image[place], photo.mask[place]))
        place = cut(scene.mask.shape)
        psf = np.ones((1, 1)) if scene.psf is None else scene.psf
        return Scene(scene.misfocused[place], scene.mask[place], focused, psf=psf)
    except RefocusError:
        return None
