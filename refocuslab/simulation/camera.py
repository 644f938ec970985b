"""A camera with a thin lens: what it sees where, and how wide it blurs.

Lengths in millimeters, angles in degrees; x to the right, y down, z away from the camera. A positive
yaw turns an object to the right, a positive pitch turns it up.
"""

import dataclasses
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from refocuslab.checks import check_count, check_number, check_numbers, is_number, plain, require, set_fields
from refocuslab.errors import RefocusError, quoted
from refocuslab.optics.psf import LARGEST_DIAMETER
from refocuslab.simulation.opening import Opening

# Lengths in mm, from a micrometer to ten kilometers; coordinates are at most as large.
SHORTEST, FARTHEST = 1e-3, 1e7
LARGEST_ANGLE = 360.0  # degrees
# Lenses have at most 5 m and f/0.7, sensors pixels of a few micrometers; reduced photos have larger ones.
_FOCAL_LENGTHS, _F_NUMBERS, _PIXELS = (0.1, 1e4), (0.1, 1e6), (1e-4, 100.0)
# Twenty stops either way; a pixel holds 10^2 to 10^5 electrons, and is read with a deviation of 1 to 100.
_EXPOSURES, _WELLS, _LARGEST_READ_NOISE = (1e-6, 1e6), (1.0, 1e12), 1e6
_FEWEST_BLADES, _MOST_BLADES = 3, 24
# Of the table of illumination; between them it errs by 1e-5 at most.
_RADII = 1024
_LARGEST_OBSTRUCTION = 0.9  # that of mirror lenses is 0.3 to 0.5
LARGEST_SIDE = 10**5  # pixels; ``bench.py`` limits what a photo may cost
_Point = Sequence[float] | NDArray[np.float64]


def turn(yaw: float, pitch: float = 0.0) -> NDArray[np.float64]:
    """The rotation by a pitch about x and then a yaw about y, in degrees: (3, 3), acting on columns."""
    (sy, cy), (sp, cp) = ((math.sin(math.radians(a)), math.cos(math.radians(a))) for a in (yaw, pitch))
    about_x = np.array([[1, 0, 0], [0, cp, sp], [0, -sp, cp]])
    about_y = np.array([[cy, 0, -sy], [0, 1, 0], [sy, 0, cy]])
    turning: NDArray[np.float64] = about_y @ about_x
    return turning


@dataclass(frozen=True, kw_only=True)
class Camera:
    """A thin lens and a sensor behind it.

    What is sharp, and how blurred the rest is::

        sharp at the distance s:      1 / focal_length = 1 / focus_distance + 1 / image_distance
        blur of a point at s, in px:  d = (focal_length / f_number) |s - focus_distance|
                                          / (s focus_distance) * scale

    Distances are along the axis, from the lens at ``position``, which looks at ``target``. ``scale``
    is in pixels per unit of the tangent of the angle of view: image_distance / pixel with
    ``breathing``, when focusing nearer narrows the view, as it does where the whole lens moves;
    focal_length / pixel without, as in a lens built not to breathe.

    A point out of focus becomes a disk, the image of a round aperture wide open, unless ``blades``,
    ``obstruction`` or a rim say otherwise. d is then the diameter of the nominal disk.

    Attributes
    ----------
    focal_length : float
        In mm, 0.1 to 10^4.
    f_number : float
        Focal length over the aperture's diameter, 0.1 to 10^6; infinite for a pinhole.
    focus_distance : float
        Distance of the plane in focus in mm, beyond the focal length.
    pixel : float
        Side of a pixel of the photo in mm, 10^-4 to 100; larger than the sensor's if the photo was reduced.
    width, height : int
        Of the photo, in pixels; the axis meets its middle.
    position : sequence of float, (3,)
        Where the lens is, in mm.
    target : sequence of float, (3,)
        Where it looks, neither straight up nor down.
    breathing : bool
        Whether focusing nearer narrows the view.
    exposure : float
        Gain from the light of the scene to the sensor, where 1 is full; 10^-6 to 10^6.
    full_well : float
        Electrons that fill a pixel, 1 to 10^12, or infinite.
    read_noise : float
        Standard deviation with which they are read, in electrons, 0 to 10^6. The photo's noise is
        Gaussian, of variance light / full_well + (read_noise / full_well)^2 in linear light.
    blades : int
        3 to 24 straight blades that leave a regular polygon open; 0 for a circle. The polygon has the area
        of the nominal disk, because f-numbers are marked by the light that passes: its corners lie outside.
    blade_angle : float
        Of one corner, -360 to 360: from x (right) towards y (down), as the camera looks. The blur of what is
        behind the plane in focus is turned as the aperture is; before that plane, upside down.
    obstruction : float
        Diameter of what is dark in the middle, as of the mirror of a mirror lens, over the nominal one: 0 to
        0.9. The blur is a ring.
    rim_distance : float
        Vignetting: how far before the lens, in mm, a round rim stands, such as the end of the barrel; 0 for
        none, and at most the focal length. Seen aslant through it, the aperture shows two arcs, a cat's
        eye: the rim's circle has moved over the lens by rim_distance times the tangent of the angle of view.
    rim_diameter : float
        Of that rim in mm, at least that of the aperture; infinite without one. Stopped down, the aperture
        becomes smaller and the rim does not, so that vignetting ends.

    The light of a photo is that of the aperture seen on the axis: ``exposure`` need not make up for blades or
    an obstruction, but off the axis the light falls by what the rim hides (see ``illumination``).

    Raises
    ------
    RefocusError
        A value is out of range, or the camera looks straight up or down.

    Examples
    --------
    >>> from refocuslab import Camera
    >>> camera = Camera(focal_length=50, f_number=2, focus_distance=1000, pixel=0.1, width=300, height=200)
    >>> camera.blur_diameter(1000), round(camera.blur_diameter(800), 3)
    (0.0, 3.125)
    >>> camera.project((0, 0, 500))
    array([149.5,  99.5])
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
    blades: int = 0
    blade_angle: float = 0.0
    obstruction: float = 0.0
    rim_distance: float = 0.0
    rim_diameter: float = math.inf

    def __post_init__(self) -> None:
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
        self._check_aperture()

    def _check_aperture(self) -> None:
        blades = check_count("blades", self.blades, _MOST_BLADES, least=0)
        rule = f"must be 0, or from {_FEWEST_BLADES} to {_MOST_BLADES}"
        require(blades == 0 or blades >= _FEWEST_BLADES, "blades", rule, blades)
        angle = check_number("blade_angle", self.blade_angle, -LARGEST_ANGLE, LARGEST_ANGLE)
        dark = check_number("obstruction", self.obstruction, 0, _LARGEST_OBSTRUCTION)
        far = check_number("rim_distance", self.rim_distance, 0, FARTHEST)
        rule = f"must be at most the focal length, {self.focal_length:g} mm"
        require(far <= self.focal_length, "rim_distance", rule, self.rim_distance)
        wide = check_number("rim_diameter", self.rim_diameter, 0, FARTHEST, positive=True, infinite=True)
        rule = "must be given where rim_distance is above 0, and only there"
        require((far > 0) == (wide < math.inf), "rim_diameter", rule, self.rim_diameter)
        rule = f"must be at least the diameter of the aperture, {self.aperture:g} mm"
        require(wide >= self.aperture, "rim_diameter", rule, self.rim_diameter)
        set_fields(self, blades=blades, blade_angle=angle, obstruction=dark, rim_distance=far)
        set_fields(self, rim_diameter=wide)

    @property
    def scale(self) -> float:
        """Pixels per unit of the tangent of the angle of view."""
        s, f = self.focus_distance, self.focal_length
        return (s * f / (s - f) if self.breathing else f) / self.pixel

    @property
    def aperture(self) -> float:
        """Nominal diameter of the aperture in mm."""
        return self.focal_length / self.f_number

    @property
    def opening(self) -> Opening:
        """Where the lens lets light through."""
        turned, rim = math.radians(self.blade_angle), self.rim_diameter / 2
        return Opening(self.aperture / 2, self.blades, turned, self.obstruction, self.rim_distance, rim)

    @property
    def axes(self) -> NDArray[np.float64]:
        """(3, 3): the camera's x (right), y (down) and z (ahead), a row each."""
        ahead = np.subtract(self.target, self.position)
        ahead /= np.linalg.norm(ahead)
        right = np.cross([0.0, 1.0, 0.0], ahead)
        right /= np.linalg.norm(right)
        return np.stack([right, np.cross(ahead, right), ahead])

    def blur_diameter(self, distance: float) -> float:
        """Diameter in pixels of the disk that a point becomes through a round aperture.

        Parameters
        ----------
        distance : float
            Along the axis in mm, 10^-3 to 10^7.

        Raises
        ------
        RefocusError
            The distance is out of range.
        """
        distance = check_number("distance", distance, SHORTEST, FARTHEST, positive=True)
        return float(self.blur_diameters(np.float64(distance)))

    def blur_diameters(self, distances: NDArray[np.float64] | np.float64) -> NDArray[np.float64]:
        """``blur_diameter`` of distances in an array of any shape, which are not checked."""
        s = self.focus_distance
        diameters: NDArray[np.float64] = self.aperture * np.abs(distances - s) / (distances * s) * self.scale
        return diameters

    def psf(self, place: Sequence[float] | NDArray[np.float64], distance: float) -> NDArray[np.float64]:
        """The blur at a pixel, of what lies at a distance there.

        Of a plane square to the axis at that distance, U at the pixel p is

            U(p) = illumination(p) * sum over k of psf(k) * sharp(p - k)

        where ``sharp`` is what a pinhole shows and each weight of the psf is the area that the pixel k and
        the image of the aperture have in common, as the pixel p sees it.

        Parameters
        ----------
        place : sequence of float, (2,)
            The pixel's (x, y), as ``project`` gives it, -10^5 to 2 10^5. Without a rim it does not matter.
        distance : float
            Along the axis in mm, 10^-3 to 10^7, where the blur has at most 1000 pixels.

        Returns
        -------
        ndarray of float64, (n, n)
            The weights, with the sum 1, n odd.

        Raises
        ------
        RefocusError
            An argument is out of range, or the rim lets no light to the pixel.

        Examples
        --------
        >>> from refocuslab import Camera
        >>> camera = Camera(focal_length=50, f_number=2, focus_distance=1000, pixel=0.1, width=30, height=20)
        >>> camera.replace(obstruction=0.5).psf((15, 10), 750)[2].round(3)
        array([0.055, 0.049, 0.   , 0.049, 0.055])
        """
        place = check_numbers("place", place, 2, -LARGEST_SIDE, 2 * LARGEST_SIDE)
        width = self.blur_diameter(distance)
        rule = f"must be where the blur has at most {LARGEST_DIAMETER} pixels"
        require(width <= LARGEST_DIAMETER, "distance", rule, f"{distance:g} mm: {width:.4g} pixels")
        spread = (1 / self.focus_distance - 1 / distance) * self.scale
        weights = self.opening.weights(spread, self._tangents(np.array([place]))[0], self.focus_distance)
        if weights is None:
            raise RefocusError("place", "must be where the rim lets light pass", place)
        return weights

    def illumination(self) -> NDArray[np.float64]:
        """How much of the light on the axis each pixel gets: 1 but for what a rim hides.

        Returns
        -------
        ndarray of float64, (H, W)
            The area of the aperture as the pixel sees it, over that on the axis.
        """
        if self.rim_distance == 0:
            return np.ones((self.height, self.width))
        x = np.arange(self.width)
        if self.blades == 0 and self.aperture > 0:  # the same in every direction, and without a step
            places = np.stack(np.meshgrid(x, np.arange(self.height)), axis=-1)
            tangents = self._tangents(places)
            angles = np.hypot(tangents[:, :, 0], tangents[:, :, 1])
            table = np.linspace(0, angles.max(), _RADII)
            shares = self.opening.shares(np.stack([table, 0 * table], axis=1), self.focus_distance)
            return np.asarray(np.interp(angles, table, shares))
        rows = (np.stack([x, np.full_like(x, y)], axis=1) for y in range(self.height))
        return np.stack([self.opening.shares(self._tangents(row), self.focus_distance) for row in rows])

    def _tangents(self, places: NDArray[Any]) -> NDArray[np.float64]:
        """Where pixels, (..., 2), look: x and y at z = 1."""
        tangents: NDArray[np.float64] = (places - (np.array([self.width, self.height]) - 1) / 2) / self.scale
        return tangents

    def project(self, point: _Point) -> NDArray[np.float64]:
        """Where a sharp photo shows a point.

        Parameters
        ----------
        point : sequence of float, (3,)
            In mm, ahead of the camera.

        Returns
        -------
        ndarray of float64, (2,)
            (x, y) in pixels; (0, 0) is the middle of the first.

        Raises
        ------
        RefocusError
            The point is out of range, or not ahead of the camera.
        """
        x, y, z = self.axes @ self._from_lens(point)
        require(bool(z > 0), "point", "must lie before the camera", point)
        center = (np.array([self.width, self.height]) - 1) / 2
        place: NDArray[np.float64] = np.array([x, y]) / z * self.scale + center
        return place

    def replace(self, **changes: Any) -> "Camera":
        """The camera with other values for these fields."""
        return dataclasses.replace(self, **changes)

    def focused_on(self, point: _Point) -> "Camera":
        """The camera with the plane in focus through a point, (3,) in mm."""
        return self.replace(focus_distance=float(self._from_lens(point) @ self.axes[2]))

    def _from_lens(self, point: _Point) -> NDArray[np.float64]:
        """The vector from the lens to a point."""
        return np.subtract(check_numbers("point", point, 3, -FARTHEST, FARTHEST), self.position)

    def turned(self, angle: float, *, about: _Point) -> "Camera":
        """The camera carried around the vertical line through a point.

        Parameters
        ----------
        angle : float
            In degrees, -360 to 360; to the right if positive.
        about : sequence of float, (3,)
            The point, in mm.

        Raises
        ------
        RefocusError
            A number is out of range.
        """
        turning = turn(check_number("angle", angle, -LARGEST_ANGLE, LARGEST_ANGLE))
        axis = np.array(check_numbers("about", about, 3, -FARTHEST, FARTHEST))
        where = {n: axis + turning @ (np.array(getattr(self, n)) - axis) for n in ("position", "target")}
        return self.replace(**{name: tuple(map(float, at)) for name, at in where.items()})
