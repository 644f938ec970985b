"""A camera with a thin lens: what it sees where, and how wide it blurs.

Lengths in millimetres, angles in degrees; x to the right, y down, z away from the camera. A positive
yaw turns a thing to the right, a positive pitch turns it up.
"""

import dataclasses
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from refocuslab.checks import check_count, check_number, check_numbers, is_number, plain, require, set_fields
from refocuslab.errors import quoted

# Lengths in mm: from a thousandth of a millimetre to ten kilometres, and places as far from the middle.
SHORTEST, FARTHEST = 1e-3, 1e7
LARGEST_ANGLE = 360.0  # degrees
# The longest lenses have 5 m, the widest apertures f/0.7; larger sensors than of 100 mm a pixel nobody makes.
_FOCAL_LENGTHS, _F_NUMBERS, _PIXELS = (0.1, 1e4), (0.1, 1e6), (1e-4, 100.0)
# Twenty stops either way; a pixel holds 10^2 to 10^5 electrons, and is read with a deviation of 1 to 100.
_EXPOSURES, _WELLS, _LARGEST_READ_NOISE = (1e-6, 1e6), (1.0, 1e12), 1e6
LARGEST_SIDE = 10**5  # pixels; what it costs to take the photo is known when it is taken


def turn(yaw: float, pitch: float = 0.0) -> np.ndarray:
    """The rotation by a pitch about x and then a yaw about y, (3, 3), acting on columns."""
    (sy, cy), (sp, cp) = ((math.sin(math.radians(a)), math.cos(math.radians(a))) for a in (yaw, pitch))
    about_x = np.array([[1, 0, 0], [0, cp, sp], [0, -sp, cp]])
    return np.array([[cy, 0, -sy], [0, 1, 0], [sy, 0, cy]]) @ about_x


@dataclass(frozen=True, kw_only=True)
class Camera:
    """A thin lens and a sensor behind it.

        sharp at the distance s:      1 / focal_length = 1 / focus_distance + 1 / image_distance
        blur of a point at s, in px:  d = (focal_length / f_number) |s - focus_distance|
                                          / (s focus_distance) * scale

    Distances are along the axis, from the lens at ``position``, which looks at ``target``. ``scale``
    is in pixels per unit of the tangent of the angle of view: image_distance / pixel with
    ``breathing``, when focusing nearer narrows the view, as it does where the whole lens moves;
    focal_length / pixel without, as in a lens built not to breathe.

    focal_length, focus_distance, pixel
        In mm; ``pixel`` is the side of a pixel of the photo, many of the sensor's if it was reduced.
    f_number
        Focal length over the aperture's diameter; infinite for a pinhole.
    width, height
        Of the photo, in pixels; the axis meets its middle.
    exposure
        Gain from the light of the scene to the sensor, where 1 is full.
    full_well, read_noise
        Electrons that fill a pixel, and the deviation with which they are read. The photo's noise is
        Gaussian, of variance light / full_well + (read_noise / full_well)^2 in linear light.

    Impossible cameras raise a ``RefocusError``.
    """

    focal_length: float
    f_number: float
    focus_distance: float
    pixel: float
    width: int
    height: int
    position: Sequence[float] = (0.0, 0.0, 0.0)
    target: Sequence[float] = (0.0, 0.0, 1000.0)
    breathing: bool = False
    exposure: float = 1.0
    full_well: float = 20_000.0
    read_noise: float = 10.0

    def __post_init__(self):
        for name, (least, most) in (
            ("focal_length", _FOCAL_LENGTHS),
            ("pixel", _PIXELS),
            ("exposure", _EXPOSURES),
            ("f_number", _F_NUMBERS),
            ("full_well", _WELLS),
        ):
            infinite = name in ("f_number", "full_well")
            value = check_number(name, getattr(self, name), least, most, positive=True, infinite=infinite)
            set_fields(self, **{name: value})
        noise = check_number("read_noise", self.read_noise, -math.inf, _LARGEST_READ_NOISE)
        require(noise >= 0, "read_noise", "must be at least 0", self.read_noise)
        set_fields(self, read_noise=noise)
        infinite = is_number(self.focus_distance) and abs(plain(self.focus_distance)) == math.inf
        require(not infinite, "focus_distance", "must be a number", self.focus_distance)
        distance = check_number("focus_distance", self.focus_distance, -math.inf, FARTHEST)
        rule = f"must be beyond the focal length, {self.focal_length:g} mm"
        require(distance > self.focal_length, "focus_distance", rule, self.focus_distance)
        set_fields(self, focus_distance=distance)
        for name in ("width", "height"):
            set_fields(self, **{name: check_count(name, getattr(self, name), LARGEST_SIDE)})
        require(
            isinstance(self.breathing, bool), "breathing", "must be True or False", quoted(self.breathing)
        )
        for name in ("position", "target"):
            where = check_numbers(name, getattr(self, name), 3, -FARTHEST, FARTHEST)
            set_fields(self, **{name: where})
        sight = np.subtract(self.target, self.position)
        level = math.hypot(sight[0], sight[2])
        require(level > 1e-6, "target", "must not be straight above, below or at the camera", self.target)

    @property
    def scale(self) -> float:
        """Pixels per unit of the tangent of the angle of view."""
        s, f = self.focus_distance, self.focal_length
        return (s * f / (s - f) if self.breathing else f) / self.pixel

    @property
    def aperture(self) -> float:
        """Diameter of the aperture in mm."""
        return self.focal_length / self.f_number

    @property
    def axes(self) -> np.ndarray:
        """(3, 3): the camera's x (right), y (down) and z (ahead), a row each."""
        ahead = np.subtract(self.target, self.position)
        ahead /= np.linalg.norm(ahead)
        right = np.cross([0.0, 1.0, 0.0], ahead)
        right /= np.linalg.norm(right)
        return np.stack([right, np.cross(ahead, right), ahead])

    def blur_diameter(self, distance: float) -> float:
        """Diameter in pixels of the disk that a point at this distance along the axis becomes."""
        distance = check_number("distance", distance, SHORTEST, FARTHEST, positive=True)
        s = self.focus_distance
        return self.aperture * abs(distance - s) / (distance * s) * self.scale

    def project(self, point) -> np.ndarray:
        """(x, y) in pixels, (0, 0) the middle of the first, where a sharp photo shows a point (3,)."""
        x, y, z = self.axes @ np.subtract(
            check_numbers("point", point, 3, -FARTHEST, FARTHEST), self.position
        )
        require(z > 0, "point", "must lie before the camera", point)
        return np.array([x, y]) / z * self.scale + (np.array([self.width, self.height]) - 1) / 2

    def replace(self, **changes) -> "Camera":
        """The camera with other values for these fields."""
        return dataclasses.replace(self, **changes)

    def focused_on(self, point) -> "Camera":
        """The camera with the plane in focus through a point, (3,)."""
        ahead = (
            np.subtract(check_numbers("point", point, 3, -FARTHEST, FARTHEST), self.position) @ self.axes[2]
        )
        return self.replace(focus_distance=float(ahead))

    def turned(self, angle: float, *, about) -> "Camera":
        """The camera carried round the upright line through a point, to the right for angle > 0."""
        turning = turn(check_number("angle", angle, -LARGEST_ANGLE, LARGEST_ANGLE))
        about = np.array(check_numbers("about", about, 3, -FARTHEST, FARTHEST))
        where = {n: about + turning @ (np.array(getattr(self, n)) - about) for n in ("position", "target")}
        return self.replace(**{name: tuple(map(float, at)) for name, at in where.items()})
