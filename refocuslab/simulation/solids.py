"""What stands on a camera bench: textured planes and boxes, and the lamp that lights them.

Lengths in millimetres, angles in degrees; x to the right, y down, z away from the camera. A positive
yaw turns a thing to the right, a positive pitch turns it up.
"""

import dataclasses
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

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

# Ten stops either way.
_TINTS = (1 / 1024, 1024.0)
# Side of a texture of noise in pixels, four times the usual one: its making takes 450 MB.
_LARGEST_NOISE = 2048


@dataclass(frozen=True, eq=False)
class Texture:
    """What a face shows: a photo, taken for the light that the face reflects.

    ``photo``: (H, W, 3) uint8 sRGB. ``texel``: side of one of its pixels on the face in mm, the photo
    starting at the top left and continued by its mirror images; None: the photo covers the face, cut
    on two sides where the proportions differ. ``tint``: gain of red, green, blue in linear light.
    """

    photo: np.ndarray
    _: dataclasses.KW_ONLY
    texel: float | None = None
    tint: Sequence[float] = (1.0, 1.0, 1.0)

    def __post_init__(self):
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


def noise_texture(seed: int, *, size: int = 512, colour: Sequence[float] = (150, 140, 125)) -> np.ndarray:
    """A procedural photo, (size, size, 3) uint8 sRGB: noise of power 1/f^2, alike at every scale.

    Its mean is about ``colour`` (encoded, 0..255), its deviation a third of that; it wraps round.
    """
    size = check_count("size", size, _LARGEST_NOISE)
    require(size > 1, "size", "must be at least 2", size)  # of one pixel, there is no deviation
    colour = check_numbers("colour", colour, 3, 0, 255)
    fx, fy = np.fft.rfftfreq(size), np.fft.fftfreq(size)[:, None]
    power = np.hypot(fx, fy)
    power[0, 0] = np.inf
    white = check_seed("seed", seed).normal(size=(3, size, size))
    field = np.fft.irfft2(np.fft.rfft2(white) / power, (size, size))
    field = 0.8 * field[:1] + 0.2 * field[1:].mean(axis=0) + 0.15 * field  # mostly grey
    field = np.moveaxis(field / field.std(axis=(1, 2), keepdims=True), 0, 2)
    return np.clip(np.rint(np.array(colour) * (1 + field / 3)), 0, 255).astype(np.uint8)


@dataclass(frozen=True, eq=False)
class Plane:
    """A rectangle. ``size``: width and height; at yaw and pitch 0 it faces the camera, -z.

    ``centre``: (x, y, z). ``texture``: a ``Texture``, or its photo; both sides show it.
    """

    name: str
    _: dataclasses.KW_ONLY
    centre: Sequence[float]
    size: Sequence[float]
    texture: Texture | np.ndarray
    yaw: float = 0.0
    pitch: float = 0.0

    def __post_init__(self):
        _check_object(self, sizes=2)

    @property
    def front(self) -> np.ndarray:
        """The middle of its front, (3,)."""
        return np.array(self.centre)

    def _rectangles(self) -> list[tuple]:
        width, height = self.size
        return [((-width / 2, -height / 2, 0), (width, 0, 0), (0, height, 0), self.texture)]


@dataclass(frozen=True, eq=False)
class Box:
    """A box. ``size``: width, height and depth; ``centre``: (x, y, z) of its middle.

    ``texture`` covers its front and back, ``sides`` the four others; without it, ``texture`` does.
    """

    name: str
    _: dataclasses.KW_ONLY
    centre: Sequence[float]
    size: Sequence[float]
    texture: Texture | np.ndarray
    sides: Texture | np.ndarray | None = None
    yaw: float = 0.0
    pitch: float = 0.0

    def __post_init__(self):
        _check_object(self, sizes=3)
        sides = self.texture if self.sides is None else self.sides
        set_fields(self, sides=sides if isinstance(sides, Texture) else Texture(sides))

    @property
    def front(self) -> np.ndarray:
        """The middle of its front face, (3,)."""
        return self.centre + turn(self.yaw, self.pitch) @ [0, 0, -self.size[2] / 2]

    def _rectangles(self) -> list[tuple]:
        w, h, d = self.size
        x, y, z = w / 2, h / 2, d / 2
        return [
            ((-x, -y, -z), (w, 0, 0), (0, h, 0), self.texture),  # front
            ((x, -y, z), (-w, 0, 0), (0, h, 0), self.texture),  # back
            ((x, -y, -z), (0, 0, d), (0, h, 0), self.sides),  # right
            ((-x, -y, z), (0, 0, -d), (0, h, 0), self.sides),  # left
            ((-x, -y, z), (w, 0, 0), (0, 0, -d), self.sides),  # top
            ((-x, y, -z), (w, 0, 0), (0, 0, d), self.sides),  # bottom
        ]


def _check_object(thing: Plane | Box, sizes: int) -> None:
    require(isinstance(thing.name, str) and thing.name != "", "name", "must be text", quoted(thing.name))
    check_text("name", thing.name, LONGEST_NAME)
    for name in ("yaw", "pitch"):
        angle = check_number(name, getattr(thing, name), -LARGEST_ANGLE, LARGEST_ANGLE)
        set_fields(thing, **{name: angle})
    texture = thing.texture if isinstance(thing.texture, Texture) else Texture(thing.texture)
    centre = check_numbers("centre", thing.centre, 3, -FARTHEST, FARTHEST)
    set_fields(thing, centre=centre, texture=texture)
    set_fields(thing, size=check_numbers("size", thing.size, sizes, SHORTEST, FARTHEST, positive=True))


@dataclass(frozen=True, kw_only=True)
class Lamp:
    """A round lamp far away: ``towards`` it (x, y, z), ``radius`` its angular radius in degrees.

    ``ambient``: share of the light, 0 to 1, that comes from everywhere. A face square to the lamp,
    with nothing between, sends out its texture as it is.
    """

    towards: Sequence[float] = (-0.5, -0.8, -1.0)
    radius: float = 6.0
    ambient: float = 0.35

    def __post_init__(self):
        set_fields(self, towards=check_numbers("towards", self.towards, 3, -FARTHEST, FARTHEST))
        require(math.hypot(*self.towards) >= SHORTEST, "towards", "must not be 0", self.towards)
        radius = check_number("radius", self.radius, -math.inf, math.inf)
        require(0 <= radius < 90, "radius", "must be from 0 to less than 90", self.radius)
        set_fields(self, radius=radius, ambient=check_number("ambient", self.ambient, 0, 1))


def faces(objects: Sequence[Plane | Box], subject: Sequence[str], lamp: Lamp) -> Faces:
    """The objects as lit rectangles; ``subject``: the names of those that the mask shows."""
    rows, textures, place, start = [], {}, [], 0
    for thing in objects:
        turning = turn(thing.yaw, thing.pitch)
        for corner, right, down, texture in thing._rectangles():
            edges = [turning @ np.array(edge, dtype=np.float64) for edge in (corner, right, down)]
            height, width, _ = texture.photo.shape
            if id(texture) not in textures:
                shades = (decode(np.arange(256.0))[:, None] * np.array(texture.tint)).astype(np.float32)
                texels = np.stack([shades[texture.photo[:, :, c], c] for c in range(3)], axis=-1)
                textures[id(texture)] = start, texels.reshape(-1, 3)
                start += height * width
            place.append((textures[id(texture)][0], height, width))
            laid = texture.laid(np.linalg.norm(right), np.linalg.norm(down))
            rows.append(
                (
                    edges[0] + thing.centre,
                    *edges[1:],
                    *map(np.array, laid),
                    thing.name in subject,
                    isinstance(thing, Box),
                )
            )
    corner, right, down, scale, offset, shown, closed = (
        np.array(column) for column in zip(*rows, strict=True)
    )
    texels = np.concatenate([texels for _, texels in textures.values()])
    unlit = Faces(
        corner, right, down, texels, np.array(place), scale, offset, np.empty((0, 0, 0)), shown, closed
    )
    towards = np.array(lamp.towards) / np.linalg.norm(lamp.towards)
    return lit(unlit, towards, math.tan(math.radians(lamp.radius)), lamp.ambient)
