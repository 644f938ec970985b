"""The memory that refocusing takes, estimated first: a machine that runs out of it ends without a word."""

import contextlib
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from refocuslab.consistency.one_tile import SIZES
from refocuslab.consistency.tiles import tiles_of
from refocuslab.errors import RefocusError
from refocuslab.method import Method
from refocuslab.optics.psf import disk
from refocuslab.paper.candidates import tier
from refocuslab.paper.selection import pool_size
from refocuslab.running.side_by_side import AT_ONCE
from refocuslab.scene import FocusedPhoto, Scene

# Bytes beside the photos themselves, as the peak of the process showed them (coffee, tiled and with noise):
# 1.4 million patches took 350 and 450 bytes each at 5 x 5 (coherent, exact) and 840 at 9 x 9; 810,000 pixels
# of a mask 512 and 2380 bytes each with 20 and 100 candidates of 24 bytes. Since these take half as much, 4
# million patches and pixels took 630 each together (coherent).
_PATCH, _PATCH_VALUE, _TREE = 150, 8, 100
_PIXEL, _CANDIDATE = 40, 12
# Consistency: for each pixel that is seen by the tiles worked on at once, as 518 x 518 and 1000 x 1000 pixels
# of tiled photographs took it (1400 to 1600), and for each pixel of a photo, as registration makes it.
_SEEN, _FRAME = 1500, 60
# The PSF where none is given yet, for the estimate: a disk of so many pixels, wider than most, as too little
# memory would be promised otherwise.
_WIDTH = 15
# How exactly the photos that would fit are found: within a thousandth of their height and width.
_HALVINGS = 10
# Numbers of candidates that are named where so many would fit.
_FEWER = (50, 20)
# Where a control group says how much memory there is, as in containers: version 2 and 1.
_GROUPS = "/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"


def needed(scene: Scene, method: Method) -> int:
    """The bytes that ``refocus`` takes for a scene by a method, beside the scene itself; an estimate."""
    if method.consistency:
        known = (
            scene
            if scene.psf is not None
            else scene.replace(psf=disk(min(_WIDTH, 2 * min(scene.mask.shape) - 1)))
        )
        seen = sorted(tile.seen for tile in tiles_of(known, max(SIZES)))[-AT_ONCE:]
        return _SEEN * sum(seen) + _FRAME * sum(
            one.size for one in (scene.mask, *(photo.mask for photo in scene.focused))
        )
    size = method.neighborhood
    patches = sum(int(photo.mask.sum()) for photo in scene.focused)
    pixels = int(scene.mask.sum())
    patch = _PATCH + _PATCH_VALUE * size * size + (_TREE if method.search == "exact" else 0)
    found = patches * patch + pixels * (_PIXEL + _CANDIDATE * tier(pool_size(method)))
    return found


def there_is() -> int | None:
    """The bytes of memory that this process may use; None where nothing tells."""
    told = []
    with contextlib.suppress(AttributeError, ValueError, OSError):
        told.append(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    for group in _GROUPS:
        with contextlib.suppress(ValueError, OSError):  # "max" is no number
            told.append(int(Path(group).read_text()))
    return min((limit for limit in told if limit > 0), default=None)


def what_fits(scene: Scene, method: Method, most: int) -> str:
    """What of a scene that needs more memory than ``most`` would fit, in words.

    Parameters
    ----------
    scene : Scene
        The scene.
    method : Method
        How it is refocused.
    most : int
        Bytes.
    """
    fewer = next(
        (count for count in _FEWER if count < method.candidates and _needs(scene, method, count) <= most),
        None,
    )
    # Tiles take no more than a few of them do, whatever the photo: so there is no formula.
    least, largest = 0.0, 1.0
    for _ in range(_HALVINGS):
        middle = (least + largest) / 2
        if needed(_scaled(scene, middle), method) <= most:
            least = middle
        else:
            largest = middle
    small = _scaled(scene, least)
    height, width = small.mask.shape
    pixels = 1e-6 * int(small.mask.sum())
    fits = f"photos of {width} x {height} pixels" + (
        "" if scene.mask.all() else f" with {pixels:.2g} megapixels in the mask"
    )
    return fits + (f", or candidates = {fewer}" if fewer else "")


def _scaled(scene: Scene, scale: float) -> Scene:
    """A scene with photos of this share of the height and width, one pixel at least."""

    def some(image: NDArray[Any]) -> NDArray[Any]:
        sides = [(side, max(int(scale * side), 1)) for side in image.shape[:2]]
        return image[np.ix_(*(np.arange(fewer) * side // fewer for side, fewer in sides))]

    def bounds(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
        fewer = some(mask)
        return fewer if fewer.any() else np.ones_like(fewer)

    focused = [FocusedPhoto(some(photo.image), bounds(photo.mask)) for photo in scene.focused]
    mask = bounds(scene.mask)
    fits = scene.psf is None or len(scene.psf) // 2 < min(mask.shape)
    return Scene(some(scene.misfocused), mask, focused, psf=scene.psf if fits else disk(1))


def _needs(scene: Scene, method: Method, candidates: int) -> int:
    return needed(scene, replace(method, candidates=candidates, pool=min(method.pool, candidates)))


def check_memory(scene: Scene, method: Method) -> None:
    """Refuse a scene that cannot be refocused in the memory that there is.

    Raises
    ------
    RefocusError
        The estimate is more than that; the message says how much is needed, and what would fit.
    """
    wanted, most = needed(scene, method), there_is()
    if most is not None and wanted > most:
        rule = (
            f"must fit into memory, {most / 1e9:.1f} GB here, as {what_fits(scene, method, most)} would, or "
            "masks of the object alone"
        )
        raise RefocusError("scene", rule, f"one that needs about {wanted / 1e9:.1f} GB")
