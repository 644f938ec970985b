"""A camera with a thin lens: what it sees where, and how wide it blurs.

Lengths in millimetres, angles in degrees; x to the right, y down, z away from the camera. A positive
yaw turns a thing to the right, a positive pitch turns it up.
"""

import dataclasses
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from refocuslab.errors import RefocusError
from refocuslab.optics import check_count


def require(holds: bool, argument: str, rule: str, got) -> None:
    if not holds:
        raise RefocusError(argument, rule, got)


def check_numbers(argument: str, value, count: int, *, positive: bool = False) -> tuple[float, ...]:
    rule = f"must be {count} finite numbers" + " greater than 0" * positive
    try:
        numbers = tuple(float(number) for number in value)
    except (TypeError, ValueError):
        raise RefocusError(argument, rule, repr(value)) from None
    good = len(numbers) == count and all(math.isfinite(n) and (n > 0 or not positive) for n in numbers)
    require(good, argument, rule, repr(value))
    return numbers


def check_number(argument: str, value, *, least: float = -math.inf, infinite: bool = False) -> None:
    """A number above 0 for ``least`` 0; finite unless it may be infinite."""
    good = isinstance(value, int | float | np.number) and not isinstance(value, bool)
    good = good and value > least and (infinite or math.isfinite(value))
    rule = "must be a number" if least == -math.inf else f"must be a number greater than {least:g}"
    require(good, argument, rule, repr(value))


def set_fields(frozen, **fields) -> None:
    for name, value in fields.items():
        object.__setattr__(frozen, name, value)


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
        for name in ("focal_length", "pixel", "exposure"):
            check_number(name, getattr(self, name), least=0)
        for name in ("f_number", "full_well"):
            check_number(name, getattr(self, name), least=0, infinite=True)
        check_number("read_noise", self.read_noise)
        require(self.read_noise >= 0, "read_noise", "must be at least 0", self.read_noise)
        check_number("focus_distance", self.focus_distance)
        rule = f"must be beyond the focal length, {self.focal_length:g} mm"
        require(self.focus_distance > self.focal_length, "focus_distance", rule, self.focus_distance)
        for name in ("width", "height"):
            check_count(name, getattr(self, name))
        require(isinstance(self.breathing, bool), "breathing", "must be True or False", self.breathing)
        for name in ("position", "target"):
            set_fields(self, **{name: check_numbers(name, getattr(self, name), 3)})
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
        check_number("distance", distance, least=0)
        s = self.focus_distance
        return self.aperture * abs(distance - s) / (distance * s) * self.scale

    def project(self, point) -> np.ndarray:
        """(x, y) in pixels, (0, 0) the middle of the first, where a sharp photo shows a point (3,)."""
        x, y, z = self.axes @ np.subtract(check_numbers("point", point, 3), self.position)
        require(z > 0, "point", "must lie before the camera", point)
        return np.array([x, y]) / z * self.scale + (np.array([self.width, self.height]) - 1) / 2

    def replace(self, **changes) -> "Camera":
        """The camera with other values for these fields."""
        return dataclasses.replace(self, **changes)

    def focused_on(self, point) -> "Camera":
        """The camera with the plane in focus through a point, (3,)."""
        ahead = np.subtract(check_numbers("point", point, 3), self.position) @ self.axes[2]
        return self.replace(focus_distance=float(ahead))

    def turned(self, angle: float, *, about) -> "Camera":
        """The camera carried round the upright line through a point, to the right for angle > 0."""
        check_number("angle", angle)
        about, turning = np.array(check_numbers("about", about, 3)), turn(angle)
        where = {n: about + turning @ (np.array(getattr(self, n)) - about) for n in ("position", "target")}
        return self.replace(**{name: tuple(map(float, at)) for name, at in where.items()})
