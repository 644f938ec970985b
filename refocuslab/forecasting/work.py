"""How much work each stage has, whatever the machine: the units that seconds are proportional to."""

import math
from dataclasses import dataclass
from typing import NamedTuple

from refocuslab.consistency.one_tile import SIZES
from refocuslab.consistency.tiles import tiles_of
from refocuslab.method import Method
from refocuslab.optics.psf import disk
from refocuslab.paper.candidates import tier
from refocuslab.paper.selection import pool_size
from refocuslab.scene import Scene

# Registration looks at no more pixels of a photo than this (pair.py), and the PSF is told by about as many.
_LOOKED_AT = 400_000
# What a pixel costs, counted in values of a patch: beside those of its patch, so many for each candidate, and
# so many in any case. Fitted to the CPU seconds of 300 x 300 pixels of photographs, neighborhoods of 3 to 15,
# 5 to 100 candidates.
_BESIDES = {
    "candidates: exact": (11.0, 140.0),
    "candidates: coherent": (7.5, 0.0),
    "candidates: linear": (10.0, 100.0),
    "texture: exact": (1.5, 60.0),
    "texture: scanline": (1.5, 60.0),
    "texture: arbitrary": (1.5, 60.0),
    "texture: coherent": (9.0, 60.0),
    "texture: linear": (1.5, 60.0),
}
# The order is made of all distances of a pixel, and of its windows: as much as of so many more.
_WINDOWS = 5
# Around the mask, in diameters of the PSF, consistency works on pixels too: what is mirrored there.
_AROUND = 1.0
# The PSF where none is given yet: a disk of so many pixels.
_WIDTH = 9


@dataclass(frozen=True)
class Size:
    """What the work on a scene follows from.

    Attributes
    ----------
    frame : int
        Pixels of U.
    pixels : int
        Pixels of the mask.
    box : int
        Pixels of the tiles that consistency works on, and of the border round each that the PSF reaches.
    patches : int
        Of the library.
    photos : tuple of int
        Pixels of each focused photo.
    """

    frame: int
    pixels: int
    box: int
    patches: int
    photos: tuple[int, ...]

    @classmethod
    def of(cls, scene: Scene) -> "Size":
        """The size of a scene."""
        known = scene if scene.psf is not None else scene.replace(psf=disk(_WIDTH))
        border = int(_AROUND * len(known.known_psf))
        works = [tile.work for tile in tiles_of(known, max(SIZES))]
        box = sum(math.prod(one.stop - one.start + border for one in work) for work in works)
        return cls(
            frame=scene.mask.size,
            pixels=int(scene.mask.sum()),
            box=box,
            patches=sum(int(photo.mask.sum()) for photo in scene.focused),
            photos=tuple(photo.mask.size for photo in scene.focused),
        )

    def halved(self, times: int) -> "Size":
        """The size of a coarser level of a pyramid."""
        part = 4**times
        return Size(
            frame=-(-self.frame // part),
            pixels=-(-self.pixels // part),
            box=-(-self.box // part),
            patches=-(-self.patches // part),
            photos=tuple(-(-photo // part) for photo in self.photos),
        )

    @property
    def looked_at(self) -> int:
        """Pixels that registration looks at, of all pairs."""
        return sum(min(max(photo, self.frame), _LOOKED_AT) for photo in self.photos)


class Part(NamedTuple):
    """A part of a stage's work.

    Attributes
    ----------
    rate : str
        The name of the measured seconds per unit.
    units : float
        How many units.
    """

    rate: str
    units: float


# Each stage's parts, in the order of the stages.
Stages = dict[str, tuple[Part, ...]]


def texture_search(method: Method) -> str:
    """The kind of search that the texture constraint makes: a Method's, "scanline" or "arbitrary"."""
    if method.search == "exact" and (method.weighted or method.levels > 1):
        return "linear"  # no tree knows these distances
    if method.search == "exact" and method.causal:
        return "scanline" if method.order == "scanline" else "arbitrary"
    return method.search


def work(size: Size, method: Method, *, psf_given: bool) -> Stages:
    """The parts of each stage of ``refocus``.

    Parameters
    ----------
    size : Size
        Of the scene.
    method : Method
        How it is refocused.
    psf_given : bool
        Whether the scene has a PSF; if not, it is found first.
    """
    stages: Stages = {}
    if not psf_given:
        stages["PSF"] = Part("PSF, each", len(size.photos)), Part("PSF, a pixel", size.looked_at)
    assessment = {"assessment": _affine("assessment", 1, size.frame)}
    if method.consistency:
        if method.register:
            stages["registration"] = _affine("consistent: registration", len(size.photos), size.looked_at)
        stages["consistency"] = _affine("consistent: consistency", 1, size.box)
        return stages | assessment
    if method.register:
        stages["registration"] = _affine("registration", len(size.photos), size.looked_at)
    levels = method.levels if method.lambda_texture > 0 else 1
    finest = _level(size, method)
    stages["library"] = finest.pop("library")
    if levels > 1:
        coarser = [_level(size.halved(times), method) for times in range(1, levels)]
        stages["coarser levels"] = tuple(
            part for level in coarser for parts in level.values() for part in parts
        )
    return stages | finest | assessment


def _affine(rate: str, count: int, pixels: int) -> tuple[Part, ...]:
    return Part(f"{rate}, each", count), Part(f"{rate}, a pixel", pixels)


def _level(size: Size, method: Method) -> Stages:
    """The stages of the paper at one level of a pyramid."""
    values = 3 * method.neighborhood**2
    grown = Part("tree", size.patches * values * math.log2(max(size.patches, 2)))
    texture = texture_search(method)
    found = _searched("candidates", method.search, tier(pool_size(method)), size, values)
    stages: Stages = {
        "library": (Part("library", size.patches * values),),
        "candidates": found if method.search == "linear" else (grown, *found),
        "order": (Part("order", size.pixels * (method.candidates + _WINDOWS)),),
    }
    if method.lambda_texture > 0:
        weighed = _searched("texture", texture, method.candidates, size, values, method.passes)
        stages["texture"] = (grown, *weighed) if texture in ("exact", "scanline", "arbitrary") else weighed
    return stages


def _searched(
    stage: str, search: str, candidates: int, size: Size, values: int, times: int = 1
) -> tuple[Part, ...]:
    """The parts of a search for each pixel of the mask."""
    rate = f"{stage}: {search}"
    each, besides = _BESIDES[rate]
    pixels = times * size.pixels
    queries = Part(rate, pixels * (values + each * candidates + besides))
    return (
        (queries, Part(f"{rate}, a patch", pixels * values * size.patches))
        if search == "linear"
        else (queries,)
    )
