"""Variants: what a student works on, drawn from the student's name, so that no two hold the same numbers.

    digest = sha256(student, exercise, draw),    every value below from ``default_rng(digest)``

Nothing is stored: the notebook draws the same values at home as the grader does.
"""

import hashlib
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from refocuslab.checks import check_count, check_text, require

if TYPE_CHECKING:
    from refocuslab.scene import Scene

# The scenes that ship, in the order of ``scene_names()``: written out, because a name's variant must stay
# what it is when a scene is added.
SCENES = (
    "astronaut-perspective", "bench", "bench-perturbed", "chelsea-perspective", "coffee", "motorcycle",
    "motorcycle-breathing", "motorcycle-perturbed",
)  # fmt: skip
DIAMETERS = (5, 7, 9, 11, 13)  # odd: a disk of 3 loses no frequency, one of 15 leaves few to measure
LEAST_MASK = 2000  # pixels of the mask in a crop: fewer make the spread over seeds as large as any effect
_LONGEST_NAME = 100  # characters of a student's name or number
_SEEDS = 2**32


@dataclass(frozen=True)
class Variant:
    """What one student gets in one exercise.

    Attributes
    ----------
    student, exercise : str
        Whose it is, and of which exercise, such as "e06".
    draw : int
        0, or more where a first draw was refused when the copies were handed out.
    seed : int
        Of whatever else is drawn, such as the inputs of the checks.
    scene : str
        A name in ``SCENES``.
    place : (float, float)
        Where a crop lies among the possible ones, down and right, from 0 up to 1.
    noise : int
        Which draw of a scene's noise, 1 to 999: ``load_scene(scene, draw=noise)``.
    diameter : int
        Of a disk, in pixels, one of ``DIAMETERS``.
    shift : (int, int)
        Of the lamp between two shots, down and right, in pixels, -6 to 6, and neither is 0.
    exposure : float
        Of the second shot over that of the first, 0.55 to 0.8 or 1.25 to 1.7.
    yaw : float
        Turn of the bench's camera in degrees, 2 to 6 to either side.
    """

    student: str
    exercise: str
    draw: int
    seed: int
    scene: str
    place: tuple[float, float]
    noise: int
    diameter: int
    shift: tuple[int, int]
    exposure: float
    yaw: float


def student_name(student: str) -> str:
    """The name as variants are drawn from it: without case, outer spaces, and ways to write an accent.

    Raises
    ------
    RefocusError
        It is no text of at most 100 characters.
    """
    return unicodedata.normalize("NFC", check_text("student", student, _LONGEST_NAME).strip().casefold())


def variant(student: str, exercise: str, draw: int = 0) -> Variant:
    """The variant of a student in an exercise.

    Parameters
    ----------
    student : str
        A name or number; empty for whoever gave none.
    exercise : str
        Such as "e06".
    draw : int
        Another one for the same student: 0 to 999.

    Raises
    ------
    RefocusError
        The name is no text of at most 100 characters, or the draw is out of range.

    Examples
    --------
    >>> from refocuslab.course.variant import variant
    >>> variant("ada", "e06").scene, variant("Ada ", "e06").diameter
    ('motorcycle-perturbed', 13)
    """
    name = student_name(student)
    check_count("draw", draw, 999, least=0)
    digest = hashlib.sha256("\n".join((name, exercise, str(draw))).encode()).digest()
    rng = np.random.default_rng(list(digest))
    shift = (0, 0)
    while 0 in shift:
        shift = (int(rng.integers(-6, 7)), int(rng.integers(-6, 7)))
    brighter, turned_left = rng.random(2) < 0.5
    return Variant(
        student=name,
        exercise=exercise,
        draw=draw,
        seed=int(rng.integers(_SEEDS)),
        scene=SCENES[rng.integers(len(SCENES))],
        place=(float(rng.random()), float(rng.random())),
        noise=int(rng.integers(1, 1000)),
        diameter=DIAMETERS[rng.integers(len(DIAMETERS))],
        shift=shift,
        exposure=round(float(rng.uniform(1.25, 1.7) if brighter else rng.uniform(0.55, 0.8)), 2),
        yaw=round(float(rng.uniform(2, 6)) * (-1 if turned_left else 1), 1),
    )


def crop(scene: "Scene", given: Variant, side: int, *, least: int = LEAST_MASK, margin: int = 0) -> "Scene":
    """A square of U at the student's own place, among those that hold enough of the mask.

    Parameters
    ----------
    scene : Scene
        Whole, as ``load_scene`` has it.
    given : Variant
        Whose ``place`` is taken.
    side : int
        Of the square, pixels; at most the photo's.
    least : int
        Pixels of the mask in the square.
    margin : int
        Pixels by which focused photos of U's size are cut wider, on every side; those of another size, which
        show another view, stay whole.

    Returns
    -------
    Scene
        The smaller scene, its truth cut as well.

    Raises
    ------
    RefocusError
        No square of this side holds so many pixels of the mask.
    """
    from refocuslab.scene import FocusedPhoto  # here: a process for students' code must not hold the optics

    height, width = scene.mask.shape
    require(side <= min(height, width), "side", f"must be at most {min(height, width)}", side)
    held = _held(scene.mask, side)
    most = int(held.max())
    require(most >= least, "least", f"must be at most {most} in squares of {side} pixels", least)
    possible = np.argwhere(held >= least)
    rows = np.unique(possible[:, 0])
    top = int(rows[int(given.place[0] * len(rows))])
    columns = possible[possible[:, 0] == top, 1]
    left = int(columns[int(given.place[1] * len(columns))])
    inside = slice(top, top + side), slice(left, left + side)
    wider = tuple(slice(max(0, at.start - margin), at.stop + margin) for at in inside)
    focused = [
        FocusedPhoto(one.image[wider], one.mask[wider], one.restored)
        if one.mask.shape == scene.mask.shape
        else one
        for one in scene.focused
    ]
    truth = None if scene.truth is None else scene.truth[inside]
    cut = {"misfocused": scene.misfocused[inside], "mask": scene.mask[inside], "truth": truth}
    return scene.replace(**cut, focused=focused)


def _held(mask: NDArray[np.bool_], side: int) -> NDArray[np.int64]:
    """How many pixels of the mask each square of the photo holds, by its top and left."""
    sums = np.pad(mask, ((1, 0), (1, 0))).astype(np.int64).cumsum(axis=0).cumsum(axis=1)
    held: NDArray[np.int64] = (
        sums[side:, side:] - sums[:-side, side:] - sums[side:, :-side] + sums[:-side, :-side]
    )
    return held
