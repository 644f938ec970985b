"""A large mask in tiles: the memory of consistency follows the tile, not the photo.

A tile sees what lies around it as far as its windows and the PSF reach, and as far as a registered photo may
still be out of place. Tiles overlap; there W passes from one to the other. Each measures the errors of U and
Z for itself, so W is not that of one tile for all. The layout depends on the mask, the PSF and the windows
alone, so W does not depend on the number of threads.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from refocuslab.consistency.one_tile import Consistent
from refocuslab.paper.patches import around
from refocuslab.scene import Scene

# The side of a tile without its overlap, at the most. A mask that is only a little larger is one tile.
SIDE, _LITTLE = 512, 1.25
# How far a registered photo may show a pixel from its place: what is farther is not searched.
_ASTRAY = 32

_Box = tuple[slice, slice]


@dataclass(frozen=True)
class Tile:
    """One of the tiles.

    Attributes
    ----------
    core : pair of slice
        The rows and columns of U that no other core has.
    work : pair of slice
        The core with its overlap: where W is made.
    box : pair of slice
        What is seen for that.
    """

    core: _Box
    work: _Box
    box: _Box

    @property
    def seen(self) -> int:
        """How many pixels are seen."""
        rows, columns = self.box
        return int((rows.stop - rows.start) * (columns.stop - columns.start))


def tiles_of(scene: Scene, window: int) -> list[Tile]:
    """The tiles of a mask, that with most of its pixels first; those without any are left out.

    Parameters
    ----------
    scene : Scene
        U, the mask and the PSF.
    window : int
        Side of the largest window.
    """
    mask, radius = scene.mask, len(scene.known_psf) // 2
    # The windows of a pixel, and what sheds light on it or on what sheds light on it.
    overlap = window // 2 + 1 + 2 * radius
    box, shape = around(mask, 0), mask.shape
    rows, columns = (_cut(one, length) for one, length in zip(box, shape, strict=True))
    tiles, counts = [], []
    for row in rows:
        for column in columns:
            held = mask[row, column]
            if not held.any():
                continue
            # Of the core only what holds the mask.
            inner = around(held, 0)
            core = _moved(inner[0], row), _moved(inner[1], column)
            work = core if len(rows) * len(columns) == 1 else _grown(core, overlap, shape)
            tiles.append(Tile(core, work, _grown(work, overlap + _ASTRAY, shape)))
            counts.append(int(held.sum()))
    return [tiles[number] for number in np.argsort(-np.array(counts), kind="stable")]


def part_of(scene: Scene, tile: Tile, placed: Sequence[bool]) -> Scene:
    """What a tile sees of a scene, its mask being that of the tile's work.

    Parameters
    ----------
    scene : Scene
        The scene.
    tile : Tile
        The tile.
    placed : sequence of bool
        Which focused photos lie in the frame of U, and are seen through the tile's box only; the others are
        seen whole, as are all where the tile shows nothing of those.
    """
    box, mask = tile.box, np.zeros_like(scene.mask)
    mask[tile.work] = scene.mask[tile.work]
    if all(one == slice(0, length) for one, length in zip(box, mask.shape, strict=True)):
        return scene if np.array_equal(mask, scene.mask) else scene.replace(mask=mask)
    focused = [
        replace(photo, image=photo.image[box], mask=photo.mask[box]) if near else photo
        for photo, near in ((scene.focused[number], near) for number, near in _shown(scene, box, placed))
    ]
    return scene.replace(
        misfocused=scene.misfocused[box],
        mask=mask[box],
        focused=focused,
        truth=None,
        calibration=None,
        psf=scene.psf,
        varying=None if scene.varying is None else scene.varying.within(box),
    )


def put_together(
    scene: Scene, tiles: Sequence[Tile], found: Sequence[Consistent], placed: Sequence[bool]
) -> Consistent:
    """What the tiles found, in the frame of the scene.

    Parameters
    ----------
    scene : Scene
        The scene.
    tiles : sequence of Tile
        Its tiles.
    found : sequence of Consistent
        What was found for each, in the frame of its box.
    placed : sequence of bool
        As for ``part_of``.
    """
    shape = scene.mask.shape
    image, shares = np.zeros((*shape, 3), np.float32), np.zeros((*shape, 3), np.float32)
    match, begun = np.full((*shape, 3), -1, np.int32), scene.misfocused.copy()
    total = np.zeros((*shape, 1), np.float32)
    for tile, one in zip(tiles, found, strict=True):
        weight = np.outer(*(_ramp(c, w) for c, w in zip(tile.core, tile.work, strict=True)))[..., None]
        inside = _inside(tile.work, tile.box)
        image[tile.work] += weight * one.image[inside]
        shares[tile.work] += weight * one.basis[inside]
        total[tile.work] += weight
        inside = _inside(tile.core, tile.box)
        match[tile.core] = _in_scene(scene, tile, one.match[inside], placed)
        begun[tile.core] = one.begun[inside]
    mask = scene.mask[..., None]
    total = np.maximum(total, np.finfo(np.float32).tiny)
    whole = np.where(mask, np.rint(image / total), scene.misfocused).astype(np.uint8)
    basis = np.where(mask, shares / total, (1, 0, 0)).astype(np.float32)
    return replace(found[0], image=whole, match=match, begun=begun, basis=basis)


def _cut(part: slice, length: int) -> list[slice]:
    """Rows or columns in parts of about the same length."""
    first, last = part.start, min(part.stop, length)
    count = max(1, int(np.ceil((last - first) / SIDE))) if last - first > _LITTLE * SIDE else 1
    bounds = np.linspace(first, last, count + 1).round().astype(int)
    return [slice(int(a), int(b)) for a, b in pairwise(bounds)]


def _moved(inner: slice, part: slice) -> slice:
    """Rows or columns of a part, as those of the whole."""
    return slice(part.start + inner.start, min(part.start + inner.stop, part.stop))


def _grown(box: _Box, by: int, shape: tuple[int, ...]) -> _Box:
    rows, columns = (
        slice(max(0, one.start - by), min(length, one.stop + by))
        for one, length in zip(box, shape, strict=True)
    )
    return rows, columns


def _ramp(core: slice, work: slice) -> NDArray[np.float32]:
    """The weight of a tile along its rows or columns: 1 in its middle, falling to 0 over the overlap."""
    at = np.arange(work.start, work.stop) + 0.5
    before, after = 2 * (core.start - work.start), 2 * (work.stop - core.stop)
    rising = (at - work.start) / before if before else np.ones(len(at))
    falling = (work.stop - at) / after if after else np.ones(len(at))
    return np.clip(np.minimum(rising, falling), 0, 1).astype(np.float32)


def _inside(part: _Box, box: _Box) -> _Box:
    """A part of a box, as seen from its corner."""
    rows, columns = (
        slice(one.start - whole.start, one.stop - whole.start) for one, whole in zip(part, box, strict=True)
    )
    return rows, columns


def _shown(scene: Scene, box: _Box, placed: Sequence[bool]) -> list[tuple[int, bool]]:
    """The numbers of the focused photos that a tile sees, and which of them through its box only."""
    given = list(enumerate(placed))
    seen = [(n, near) for n, near in given if not near or scene.focused[n].mask[box].any()]
    return seen or [(n, False) for n, _ in given]


def _in_scene(
    scene: Scene, tile: Tile, match: NDArray[np.int32], placed: Sequence[bool]
) -> NDArray[np.int32]:
    """A tile's matches, (h, w, 3), as places in the focused photos of the scene."""
    numbers, near = (np.array(one) for one in zip(*_shown(scene, tile.box, placed), strict=True))
    held, out = match[..., 0] >= 0, match.copy()
    out[held, 0] = numbers[match[held, 0]]
    corner = np.array([one.start for one in tile.box], np.int32)
    out[held, 1:] += near[match[held, 0], None] * corner
    return out
