"""The population that the claims are judged on: scenes, frames of each, and draws of their noise."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import product
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from refocuslab.paper.patches import PatchLibrary
from refocuslab.scene import FocusedPhoto, Scene
from refocuslab.scenes.folder import load_scene
from refocuslab.simulation.misfocus import add_noise

# What the focused photo of each scene shows, from the friendliest case to the hardest. In the first group
# the answer lies in place; in the last it does not exist, and synthesis is all there is.
PLACE, APART, VIEW, OTHER = "the same place", "the same view, not in place", "another view", "another object"
POPULATION = MappingProxyType(
    {
        "motorcycle": PLACE,
        "coffee": PLACE,
        "bench": PLACE,
        "motorcycle-apart": APART,
        "motorcycle-breathing": APART,
        "motorcycle-perturbed": VIEW,
        "bench-perturbed": VIEW,
        "astronaut-perspective": VIEW,
        "chelsea-perspective": VIEW,
        "coins-other": OTHER,
        "gravel-other": OTHER,
        "tissue-other": OTHER,
    }
)
# Whole: as the figures show it. Middle: the square in the middle of every photo, as the profile "course" has
# it. Corner: a square of U alone; the focused photos stay whole, so the library does.
FRAMES = ("whole", "middle", "corner")
SIDE = 150  # pixels of the two smaller frames: a quarter of a scene's area
# Five draws show the spread of a scene's noise to about a third of itself; it is small beside that of scenes.
DRAWS = 5


@dataclass(frozen=True, order=True)
class Case:
    """One photo to refocus: a scene, a frame of it, and a draw of its noise.

    Attributes
    ----------
    scene : str
        A name in POPULATION.
    frame : {"whole", "middle", "corner"}
        What of it.
    draw : int
        0 is the noise of ``scene.toml``; each other number is another.
    """

    scene: str
    frame: str
    draw: int

    @property
    def group(self) -> str:
        """What the focused photo shows."""
        return POPULATION[self.scene]

    def load(self) -> Scene:
        """The photos."""
        scene = load_scene(self.scene, draw=self.draw)
        if self.frame == "middle":
            return scene.middle(SIDE)
        if self.frame == "corner":
            top, left = corner(scene.mask)
            return cut_out(scene, top, left)
        return scene


def cases(
    scenes: Iterable[str] = tuple(POPULATION), frames: Iterable[str] = FRAMES, draws: int = DRAWS
) -> list[Case]:
    """Every case, draw by draw: what is whole after the first is a population already."""
    return [Case(scene, frame, draw) for draw, scene, frame in product(range(draws), scenes, frames)]


def corner(mask: NDArray[np.bool_]) -> tuple[int, int]:
    """Top and left of that corner square which holds most of the mask; of equals, the first in scan order."""
    height, width = mask.shape
    places = [(y, x) for y in (0, max(0, height - SIDE)) for x in (0, max(0, width - SIDE))]
    return max(places, key=lambda at: mask[at[0] : at[0] + SIDE, at[1] : at[1] + SIDE].sum())


def cut_out(scene: Scene, top: int, left: int) -> Scene:
    """A square of U, its mask and its truth; the focused photos stay whole."""
    inside = slice(top, top + SIDE), slice(left, left + SIDE)
    truth = None if scene.truth is None else scene.truth[inside]
    return scene.replace(misfocused=scene.misfocused[inside], mask=scene.mask[inside], truth=truth)


def truth_of(scene: Scene) -> NDArray[np.uint8]:
    """The true photo, which every scene of the population has."""
    assert scene.truth is not None, scene.name
    return scene.truth


def twin(scene: Scene, draw: int) -> Scene:
    """The scene focused from the same place: its truth with grain of its own stands for the focused photo."""
    return scene.replace(focused=[FocusedPhoto(add_noise(truth_of(scene), 1.0, (77, draw)), scene.mask)])


def found_in_place(library: PatchLibrary, patches: NDArray[np.int64], mask: NDArray[np.bool_]) -> float:
    """The share of pixels whose patch is cut from the same pixel of the focused photo, within one pixel."""
    y, x = np.nonzero(mask)
    return float(((np.abs(library.y[patches] - y) <= 1) & (np.abs(library.x[patches] - x) <= 1)).mean())
