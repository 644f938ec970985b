"""What stands on a camera bench: textured planes and boxes, and the lamp that lights them.

Lengths in millimeters, angles in degrees; x to the right, y down, z away from the camera. A positive
yaw turns an object to the right, a positive pitch turns it up.
"""

import dataclasses
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from refocuslab.checks import (
    LONGEST_NAME,
    check_count,
    check_number,
    check_numbers,
    check_photo,
    check_seed,
    check_text,
    require,
    set_fields,
)
from refocuslab.errors import quoted
from refocuslab.optics.light import decode
from refocuslab.simulation.camera import FARTHEST, LARGEST_ANGLE, SHORTEST, turn
from refocuslab.simulation.rays import Faces, lit

# Gains of a texture's channels: ten stops either way.
_TINTS = (1 / 1024, 1024.0)
# Side of a texture of noise in pixels, four times the usual one: its making takes 450 MB.
_LARGEST_NOISE = 2048
_Vector = tuple[float, float, float]


@dataclass(frozen=True, eq=False)
class Texture:
    """What a face shows: a photo, whose values are the light that the face reflects.

    Attributes
    ----------
    photo : ndarray of uint8, (H, W, 3)
        sRGB; kept as a read-only copy.
    texel : float or None
        Side of one of its pixels on the face in mm: the photo starts at the top left and is continued by its
        mirror images. None: the photo covers the face, cut on two sides where the proportions differ.
    tint : sequence of float, (3,)
        Gains of red, green, blue in linear light, 1/1024 to 1024.

    Raises
    ------
    RefocusError
        A value breaks its rule.
    """

    photo: NDArray[np.uint8]
    _: dataclasses.KW_ONLY
    texel: float | None = None
    tint: Sequence[float] = (1.0, 1.0, 1.0)

    def __post_init__(self) -> None:
        photo = np.array(check_photo("photo", self.photo))
        photo.flags.writeable = False
        if self.texel is not None:
            texel = check_number("texel", self.texel, SHORTEST, FARTHEST, positive=True)
            set_fields(self, texel=texel)
        set_fields(self, photo=photo, tint=check_numbers("tint", self.tint, 3, *_TINTS, positive=True))

    def laid(self, width: float, height: float) -> tuple[list[float], list[float]]:
        """Scale and offset that lead from shares of a face's edges to texels, (x, y) each."""
        rows, columns, _ = self.photo.shape
        texel = self.texel or max(width / columns, height / rows)
        scale = [width / texel, height / texel]
        return scale, [0.0, 0.0] if self.texel else [(columns - scale[0]) / 2, (rows - scale[1]) / 2]


def noise_texture(
    seed: int, *, size: int = 512, color: Sequence[float] = (150, 140, 125)
) -> NDArray[np.uint8]:
    """A procedural photo: noise of power 1/f^2, alike at every scale; its edges fit each other.

    Parameters
    ----------
    seed : int
        As ``checks.check_seed`` takes it.
    size : int
        Side in pixels, 2 to 2048.
    color : sequence of float, (3,)
        The mean, encoded, 0..255; the standard deviation is a third of it.

    Returns
    -------
    ndarray of uint8, (size, size, 3)
        sRGB.

    Raises
    ------
    RefocusError
        An argument breaks its rule.
    """
    size = check_count("size", size, _LARGEST_NOISE)
    require(size > 1, "size", "must be at least 2", size)  # one pixel has no deviation to scale
    color = check_numbers("color", color, 3, 0, 255)
    fx, fy = np.fft.rfftfreq(size), np.fft.fftfreq(size)[:, None]
    power = np.hypot(fx, fy)
    power[0, 0] = np.inf
    white = check_seed("seed", seed).normal(size=(3, size, size))
    field = np.fft.irfft2(np.fft.rfft2(white) / power, (size, size))
    field = 0.8 * field[:1] + 0.2 * field[1:].mean(axis=0) + 0.15 * field  # mostly gray
    field = np.moveaxis(field / field.std(axis=(1, 2), keepdims=True), 0, 2)
    photo: NDArray[np.uint8] = np.clip(np.rint(np.array(color) * (1 + field / 3)), 0, 255).astype(np.uint8)
    return photo


class Rectangle(NamedTuple):
    """A face of an object, as seen from outside.

    Attributes
    ----------
    corner : tuple of float
        The top left corner, (x, y, z) in mm.
    right, down : tuple of float
        The edges from there.
    texture : Texture
        What it shows.
    """

    corner: _Vector
    right: _Vector
    down: _Vector
    texture: Texture


@dataclass(frozen=True, eq=False)
class Plane:
    """A rectangle; at yaw and pitch 0 it faces the camera, -z.

    Attributes
    ----------
    name : str
        Of at most 255 characters.
    centre : sequence of float, (3,)
        x, y, z in mm.
    size : sequence of float, (2,)
        Width and height in mm.
    texture : Texture
        What both sides show; a photo is taken for ``Texture(photo)``.
    yaw, pitch : float
        In degrees, -360 to 360.

    Raises
    ------
    RefocusError
        A value breaks its rule.
    """

    name: str
    _: dataclasses.KW_ONLY
    centre: Sequence[float]
    size: Sequence[float]
    texture: Texture
    yaw: float = 0.0
    pitch: float = 0.0

    if TYPE_CHECKING:  # what is given, where the fields say what is kept

        def __init__(
            self,
            name: str,
            *,
            centre: Sequence[float],
            size: Sequence[float],
            texture: Texture | ArrayLike,
            yaw: float = 0.0,
            pitch: float = 0.0,
        ) -> None: ...

    def __post_init__(self) -> None:
        _check_object(self, sizes=2)

    @property
    def front(self) -> NDArray[np.float64]:
        """The middle of its front, (3,) in mm."""
        return np.array(self.centre)

    def rectangles(self) -> list[Rectangle]:
        """Its faces, before it is turned and moved to its place."""
        width, height = self.size
        return [Rectangle((-width / 2, -height / 2, 0), (width, 0, 0), (0, height, 0), self.texture)]


@dataclass(frozen=True, eq=False)
class Box:
    """A box; at yaw and pitch 0 its front faces the camera, -z.

    Attributes
    ----------
    name : str
        Of at most 255 characters.
    centre : sequence of float, (3,)
        x, y, z of its middle in mm.
    size : sequence of float, (3,)
        Width, height and depth in mm.
    texture : Texture
        What its front and back show; a photo is taken for ``Texture(photo)``.
    sides : Texture
        What the four others show; None means ``texture``.
    yaw, pitch : float
        In degrees, -360 to 360.

    Raises
    ------
    RefocusError
        A value breaks its rule.
    """

    name: str
    _: dataclasses.KW_ONLY
    centre: Sequence[float]
    size: Sequence[float]
    texture: Texture
    sides: Texture = None  # type: ignore[assignment]  # a Texture once it is checked
    yaw: float = 0.0
    pitch: float = 0.0

    if TYPE_CHECKING:  # what is given, where the fields say what is kept

        def __init__(
            self,
            name: str,
            *,
            centre: Sequence[float],
            size: Sequence[float],
            texture: Texture | ArrayLike,
            sides: Texture | ArrayLike | None = None,
            yaw: float = 0.0,
            pitch: float = 0.0,
        ) -> None: ...

    def __post_init__(self) -> None:
        _check_object(self, sizes=3)
        given: Texture | ArrayLike | None = self.sides
        set_fields(self, sides=self.texture if given is None else _texture(given))

    @property
    def front(self) -> NDArray[np.float64]:
        """The middle of its front face, (3,) in mm."""
        front: NDArray[np.float64] = self.centre + turn(self.yaw, self.pitch) @ [0, 0, -self.size[2] / 2]
        return front

    def rectangles(self) -> list[Rectangle]:
        """Its faces, before it is turned and moved to its place."""
        w, h, d = self.size
        x, y, z = w / 2, h / 2, d / 2
        return [
            Rectangle((-x, -y, -z), (w, 0, 0), (0, h, 0), self.texture),  # front
            Rectangle((x, -y, z), (-w, 0, 0), (0, h, 0), self.texture),  # back
            Rectangle((x, -y, -z), (0, 0, d), (0, h, 0), self.sides),  # right
            Rectangle((-x, -y, z), (0, 0, -d), (0, h, 0), self.sides),  # left
            Rectangle((-x, -y, z), (w, 0, 0), (0, 0, -d), self.sides),  # top
            Rectangle((-x, y, -z), (w, 0, 0), (0, 0, d), self.sides),  # bottom
        ]


def _texture(given: Texture | ArrayLike) -> Texture:
    return given if isinstance(given, Texture) else Texture(check_photo("photo", given))


def _check_object(thing: Plane | Box, sizes: int) -> None:
    name: object = thing.name
    require(isinstance(name, str) and name != "", "name", "must be text", quoted(name))
    check_text("name", name, LONGEST_NAME)
    for angle in ("yaw", "pitch"):
        degrees = check_number(angle, getattr(thing, angle), -LARGEST_ANGLE, LARGEST_ANGLE)
        set_fields(thing, **{angle: degrees})
    texture = _texture(thing.texture)
    centre = check_numbers("centre", thing.centre, 3, -FARTHEST, FARTHEST)
    set_fields(thing, centre=centre, texture=texture)
    set_fields(thing, size=check_numbers("size", thing.size, sizes, SHORTEST, FARTHEST, positive=True))


@dataclass(frozen=True, kw_only=True)
class Lamp:
    """A round lamp far away. A face square to it, with nothing between, sends out its texture as it is.

    Attributes
    ----------
    towards : sequence of float, (3,)
        The direction of the lamp, of any length but 0.
    radius : float
        Its angular radius in degrees, from 0 to less than 90.
    ambient : float
        Share of the light, 0 to 1, that comes from everywhere.

    Raises
    ------
    RefocusError
        A value breaks its rule.
    """

    towards: Sequence[float] = (-0.5, -0.8, -1.0)
    radius: float = 6.0
    ambient: float = 0.35

    def __post_init__(self) -> None:
        set_fields(self, towards=check_numbers("towards", self.towards, 3, -FARTHEST, FARTHEST))
        require(math.hypot(*self.towards) >= SHORTEST, "towards", "must not be 0", self.towards)
        radius = check_number("radius", self.radius, -math.inf, math.inf)
        require(0 <= radius < 90, "radius", "must be from 0 to less than 90", self.radius)
        set_fields(self, radius=radius, ambient=check_number("ambient", self.ambient, 0, 1))


def faces(objects: Sequence[Plane | Box], subject: Sequence[str], lamp: Lamp) -> Faces:
    """The faces of objects, lit by a lamp.

    Parameters
    ----------
    objects : sequence of Plane or Box
        In any order; equal textures need memory once.
    subject : sequence of str
        The names of the objects that the mask shows.
    lamp : Lamp
        What lights them.

    Returns
    -------
    Faces
        One for a plane, six for a box, in the order of the objects.
    """
    shown = [(thing, face) for thing in objects for face in thing.rectangles()]
    edges = [
        [turn(thing.yaw, thing.pitch) @ np.array(edge, dtype=np.float64) for edge in face[:3]]
        for thing, face in shown
    ]
    texels, starts = _texels([face.texture for _, face in shown])
    laid = [
        # Lengths before the turn, which would round them.
        face.texture.laid(float(np.linalg.norm(face.right)), float(np.linalg.norm(face.down)))
        for _, face in shown
    ]
    unlit = Faces(
        corner=np.array([edge[0] + thing.centre for (thing, _), edge in zip(shown, edges, strict=True)]),
        right=np.array([right for _, right, _ in edges]),
        down=np.array([down for _, _, down in edges]),
        texels=texels,
        place=np.array([(starts[id(face.texture)], *face.texture.photo.shape[:2]) for _, face in shown]),
        scale=np.array([scale for scale, _ in laid]),
        offset=np.array([offset for _, offset in laid]),
        lamp=np.empty((0, 0, 0)),
        subject=np.array([thing.name in subject for thing, _ in shown]),
        closed=np.array([isinstance(thing, Box) for thing, _ in shown]),
    )
    towards = np.array(lamp.towards) / np.linalg.norm(lamp.towards)
    return lit(unlit, towards, math.tan(math.radians(lamp.radius)), lamp.ambient)


def _texels(textures: Sequence[Texture]) -> tuple[NDArray[np.float32], dict[int, int]]:
    """The light of all textures, (T, 3), each once; and where each begins, by its id."""
    texels, starts, start = [], {}, 0
    for texture in {id(one): one for one in textures}.values():
        shades = (decode(np.arange(256.0))[:, None] * np.array(texture.tint)).astype(np.float32)
        light = np.stack([shades[texture.photo[:, :, c], c] for c in range(3)], axis=-1).reshape(-1, 3)
        texels.append(light)
        starts[id(texture)] = start
        start += len(light)
    return np.concatenate(texels), starts
