"""The opening of a lens: through which points of it light comes to a pixel, and so the form of the blur.

Lengths in millimeters on the lens, x to the right and y down as the camera looks. A ray that passes the lens
at a point l leaves a point at the distance z on its way to the place

    k = scale (1 / focus_distance - 1 / z) l

pixels beside that of the sharp photo: the blur of a point behind the plane in focus has the form of the
opening, that of a point before it is turned by half a turn.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

_GOLDEN_ANGLE = math.pi * (3 - math.sqrt(5))
# Lines on which the opening's chords are measured, between its lowest and its highest point. A circle's area
# errs by 2e-4 with 128, by 6e-4 with 64; that of a polygon with a level side by 2e-3 and 4e-3.
_LINES = 128
# Lines a pixel for a PSF, and for one of any size about as many in all. With 64 the weights of a disk of 9
# pixels err by 1e-5 of the sum at most.
_FINEST, _COARSEST, _ALL = 64, 4, 4096
# Pixels by which a blur may exceed whole pixels before its PSF takes one more.
_ROUNDING = 1e-9
_Array = NDArray[np.float64]


class Opening(NamedTuple):
    """What lets light through, as ``Camera`` describes it.

    Attributes
    ----------
    radius : float
        Half the nominal diameter; 0 for a pinhole.
    blades : int
        Corners of the polygon, of the area of the nominal disk; 0 for the disk itself.
    angle : float
        Of one corner, from x towards y, in radians.
    obstruction : float
        Diameter of what is dark in the middle over the nominal one.
    rim_distance, rim_radius : float
        How far before the lens a round rim stands, and its radius; 0 and infinite without one.
    """

    radius: float
    blades: int
    angle: float
    obstruction: float
    rim_distance: float
    rim_radius: float

    @property
    def reach(self) -> float:
        """How far from the middle light may pass: the radius, or that of a polygon's corners."""
        return self.radius * self._corner

    @property
    def _corner(self) -> float:
        """Radius of the corners over the nominal one, where the areas of polygon and disk are the same."""
        n = self.blades
        return math.sqrt(2 * math.pi / n / math.sin(2 * math.pi / n)) if n else 1.0

    @property
    def area(self) -> float:
        """Of the polygon or disk less its dark middle, over that of the nominal disk."""
        y, step = _lines(self._corner, _LINES)
        return float(self._lengths(y, None).sum() * step / math.pi)

    def points(self, count: int) -> _Array:
        """About ``count`` points that share the opening, without a rim, in equal areas: (R, 2)."""
        if not self.blades and not self.obstruction:
            return self.radius * disk_points(count)
        whole = self._corner * disk_points(math.ceil(count * self._corner**2 / self.area))
        inside = np.hypot(*whole.T) >= self.obstruction
        for normal, apothem in self._sides():
            inside &= whole @ normal <= apothem
        points: _Array = self.radius * whole[inside]
        return points

    def shares(self, tangents: _Array, focus_distance: float) -> _Array:
        """Area of the opening, as pixels see it past the rim, over that on the axis.

        Parameters
        ----------
        tangents : ndarray of float64, (N, 2)
            Where the pixels look: x and y at z = 1.
        focus_distance : float
            Of the plane in focus.

        Returns
        -------
        ndarray of float64, (N,)
            0 where no light passes.
        """
        if self.rim_distance == 0:
            return np.ones(len(tangents))
        if self.radius == 0:
            at_rim = np.hypot(tangents[:, 0], tangents[:, 1]) * self.rim_distance
            return (at_rim <= self.rim_radius).astype(np.float64)
        y, _ = _lines(self._corner, _LINES)
        on_axis = self._lengths(y, self._rim(np.zeros((1, 2)), focus_distance)).sum()
        shares: _Array = self._lengths(y, self._rim(tangents, focus_distance)).sum(axis=1) / on_axis
        return shares

    def weights(self, spread: float, tangent: _Array, focus_distance: float) -> _Array | None:
        """The blur of a point in the shape of the opening, averaged over pixels.

        Parameters
        ----------
        spread : float
            Pixels from the sharp photo's place, for each mm from the middle of the lens.
        tangent : ndarray of float64, (2,)
            Where the pixel looks that gathers the light.
        focus_distance : float
            Of the plane in focus.

        Returns
        -------
        ndarray of float64, (n, n), or None
            The weights, with the sum 1, n odd; None where no light passes the rim.
        """
        rim = self._rim(tangent[None], focus_distance) if self.rim_distance and self.radius else None
        if self.shares(tangent[None], focus_distance)[0] == 0:
            return None
        scale = abs(spread) * self.radius
        side = 2 * max(0, math.ceil(scale * self._corner - 0.5 - _ROUNDING)) + 1
        if side == 1:
            return np.ones((1, 1))
        fine = max(_COARSEST, min(_FINEST, _ALL // side))
        y, _ = _lines(side / 2 / scale, side * fine)
        edges = (np.arange(side + 1, dtype=np.float64) - side / 2) / scale
        before = self._lengths(y[:, None], rim, edges)
        weights: _Array = np.diff(before, axis=-1).reshape(side, fine, side).sum(axis=1)
        weights = np.maximum(weights, 0) / weights.sum()
        return weights if spread > 0 else weights[::-1, ::-1].copy()

    def _sides(self) -> list[tuple[_Array, float]]:
        """Of each blade the normal and the distance from the middle, in nominal radii."""
        step = 2 * math.pi / max(self.blades, 1)
        turns = [self.angle + (i + 0.5) * step for i in range(self.blades)]
        return [(np.array([math.cos(a), math.sin(a)]), self._corner * math.cos(step / 2)) for a in turns]

    def _rim(self, tangents: _Array, focus_distance: float) -> tuple[_Array, _Array, float]:
        """The rim as pixels see it on the lens, in nominal radii: x and y (N, 1) of its middle, its radius.

        A ray from l on the lens to the point t s of the plane in focus, at the distance s, passes the rim's
        plane, at the distance r, at l (1 - r / s) + t r.
        """
        nearer = (1 - self.rim_distance / focus_distance) * self.radius
        middle = -tangents * self.rim_distance / nearer
        return middle[:, :1], middle[:, 1:], self.rim_radius / nearer

    def _lengths(
        self, y: _Array, rim: tuple[_Array, _Array, float] | None, until: _Array | float = math.inf
    ) -> _Array:
        """How much of the lines at y lies in the opening, up to x = ``until``; all in nominal radii.

        The shapes y, rim and until are broadcast; what blades and rim leave is convex, one chord a line.
        """
        half = np.sqrt(np.maximum((1.0 if not self.blades else self._corner**2) - y**2, 0))
        low, high = -half, half
        for (across, along), apothem in self._sides():
            if abs(across) < 1e-12:
                high = np.where(along * y > apothem, low, high)
            elif across > 0:
                high = np.minimum(high, (apothem - along * y) / across)
            else:
                low = np.maximum(low, (apothem - along * y) / across)
        if rim is not None:
            x, middle, radius = rim
            half = np.sqrt(np.maximum(radius**2 - (y - middle) ** 2, 0))
            low, high = np.maximum(low, x - half), np.minimum(high, x + half)
        high = np.maximum(low, high)
        dark = np.sqrt(np.maximum(self.obstruction**2 - y**2, 0))
        hidden, shown = np.clip(-dark, low, high), np.clip(dark, low, high)
        lengths: _Array = (np.clip(until, low, high) - low) - (np.clip(until, hidden, shown) - hidden)
        return lengths


def disk_points(count: int) -> _Array:
    """(count, 2) points that share the unit disk in equal areas: a sunflower's spiral."""
    i = np.arange(count)
    angle, radius = i * _GOLDEN_ANGLE, np.sqrt((i + 0.5) / count)
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)


def _lines(reach: float, count: int) -> tuple[_Array, float]:
    """The middles of ``count`` strips from -reach to reach, and their width."""
    step = 2 * reach / count
    return (np.arange(count, dtype=np.float64) + 0.5) * step - reach, step
