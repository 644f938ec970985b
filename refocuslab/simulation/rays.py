"""Rays through a thin lens onto textured rectangles: the light that every pixel of a sensor gathers.

Lengths in millimeters; x to the right, y down, z away from the camera. Light is linear.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from refocuslab.running.kernels import kernel
from refocuslab.running.threads import in_parts
from refocuslab.simulation.opening import Opening, disk_points

# Side of a face's map of illumination, in cells, and points of the lamp that each cell looks at. Against 192
# cells and 256 points, the photo of a box before a plane errs by 0.45 gray levels RMS; its maps take 8 ms.
# With 24 or 96 cells: 0.80 or 0.40 (6 and 25 ms), with 8 or 32 points: 0.53 or 0.34 (8 and 17 ms).
_CELLS, _LAMP_POINTS = 48, 16
# Plastic number: its powers step through the unit square as evenly as any sequence does.
_PLASTIC = 1.324717957244746
_Array = NDArray[np.float64]
_Vector = NDArray[np.float64] | tuple[float, float, float]


class Faces(NamedTuple):
    """F rectangles and the light that they send out; see ``lit``.

    Attributes
    ----------
    corner : ndarray of float64, (F, 3)
        The top left corner, as seen from outside.
    right, down : ndarray of float64, (F, 3)
        The two edges from there.
    texels : ndarray of float32, (T, 3)
        The textures, one after the other: linear light.
    place : ndarray of int64, (F, 3)
        Of each face's texture the first texel, the height and the width.
    scale, offset : ndarray of float64, (F, 2)
        Texel x, y = offset + scale * share of the edges.
    lamp : ndarray of float64, (F, cells, cells)
        Illumination over the face.
    subject : ndarray of bool, (F,)
        Whether it belongs to the object to refocus.
    closed : ndarray of bool, (F,)
        Whether its back is inside a box, where nobody sees it.
    """

    corner: _Array
    right: _Array
    down: _Array
    texels: NDArray[np.float32]
    place: NDArray[np.int64]
    scale: _Array
    offset: _Array
    lamp: _Array
    subject: NDArray[np.bool_]
    closed: NDArray[np.bool_]

    def seen(self, axes: _Array, position: _Array) -> "Faces":
        """The same in a camera's coordinates: ``axes`` (3, 3) holds its x, y and z as rows."""
        return self._replace(
            corner=(self.corner - position) @ axes.T, right=self.right @ axes.T, down=self.down @ axes.T
        )

    def frames(self) -> _Array:
        """(F, 12): normal n and -n·corner, then for each edge e: e/|e|^2 and -corner·e/|e|^2.

        So a point p lies on the plane if n·p plus the fourth number is 0, and its shares along the
        edges are linear in p as well.
        """
        edges = [np.cross(self.down, self.right)]
        edges += [e / (e**2).sum(axis=1, keepdims=True) for e in (self.right, self.down)]
        offsets = [-(e * self.corner).sum(axis=1, keepdims=True) for e in edges]
        return np.hstack([part for pair in zip(edges, offsets, strict=True) for part in pair])

    def vertices(self) -> _Array:
        """(F, 4, 3): the corners of every face."""
        edges = [0 * self.right, self.right, self.down, self.right + self.down]
        vertices: _Array = self.corner[:, None] + np.stack(edges, axis=1)
        return vertices


class View(NamedTuple):
    """A thin lens at the origin, looking along z, and the sensor behind it.

    Attributes
    ----------
    height, width : int
        Of the photo in pixels. Pixel (y, x) looks along
        ((x - (width - 1)/2) / scale, (y - (height - 1)/2) / scale, 1).
    scale : float
        Pixels per unit of the tangent of the angle of view.
    focus_distance : float
        z of the plane in focus, in mm.
    opening : Opening
        Where the lens lets light through.
    rays : int
        About how many rays a pixel takes.
    """

    height: int
    width: int
    scale: float
    focus_distance: float
    opening: Opening
    rays: int


class _Rays(NamedTuple):
    """Where the rays of every pixel pass.

    Attributes
    ----------
    lens : ndarray of float64, (R, 2)
        x and y on the lens, in mm.
    pixel : ndarray of float64, (R, 2)
        x and y within the pixel, in pixels from its center.
    """

    lens: _Array
    pixel: _Array


class _Seen(NamedTuple):
    """Where faces lie, and which pixels may see them.

    Attributes
    ----------
    frames : ndarray of float64, (F, 12)
        As ``Faces.frames`` gives them.
    low, high : ndarray of float64, (F, 2)
        The least and the largest x and y of the pixels; low is infinite where no pixel sees the face.
    """

    frames: _Array
    low: _Array
    high: _Array


def pixel_points(count: int) -> _Array:
    """(count, 2) points that share a pixel evenly, from -1/2 to 1/2 about its center."""
    steps = np.array([1 / _PLASTIC, 1 / _PLASTIC**2])
    points: _Array = (0.5 + np.arange(count)[:, None] * steps) % 1 - 0.5
    return points


def lit(faces: Faces, towards: _Array, spread: float, ambient: float) -> Faces:
    """The faces under a round lamp far away.

    illumination = ambient + (1 - ambient) * mean over the lamp's points of max(0, cos of incidence),
    where a point that another face hides counts as 0.

    Parameters
    ----------
    faces : Faces
        Whatever illumination they have is replaced.
    towards : ndarray of float64, (3,)
        The direction of the lamp, of length 1.
    spread : float
        Tangent of the lamp's angular radius.
    ambient : float
        Share of the light, 0 to 1, that comes from everywhere.

    Returns
    -------
    Faces
        The same with the field ``lamp`` filled in.
    """
    side = np.cross(towards, [0.0, 0.0, 1.0] if abs(towards[2]) < 0.9 else [1.0, 0.0, 0.0])
    side /= np.linalg.norm(side)
    points = spread * disk_points(_LAMP_POINTS)
    rays = towards + points[:, :1] * side + points[:, 1:] * np.cross(towards, side)
    rays /= np.linalg.norm(rays, axis=1, keepdims=True)
    shape = (len(faces.corner), _CELLS, _CELLS)
    lamp, frames = np.empty(math.prod(shape)), faces.frames()
    in_parts(lambda a, b: _illuminate(a, b, faces, frames, rays, float(ambient), lamp), lamp.size, None)
    return faces._replace(lamp=lamp.reshape(shape))


def gather(faces: Faces, view: View, *, threads: int | None) -> tuple[_Array, _Array]:
    """What a thin lens gathers from faces in its coordinates.

    A ray starts at a point of the pixel's area and passes the lens at a point l. All rays from one point of
    the sensor meet in one point of the plane in focus; where each meets its first face on the way, or
    beyond, is its light.

    Every pixel takes the same points, so what they leave out is in the PSF, and is no grain. Rays that do not
    pass the rim before the lens take no part; ``Opening.shares`` tells how much light they would be.

    Parameters
    ----------
    faces : Faces
        All of them ahead of the lens.
    view : View
        The lens and the sensor.
    threads : int or None
        As for ``refocus``; the result does not depend on it.

    Returns
    -------
    light : ndarray of float64, (H, W, 3)
        The mean light of the rays that pass; 0 where none does.
    share : ndarray of float64, (H, W)
        The share of them that met the subject.
    """
    shape = view.height, view.width
    light, share = np.zeros((math.prod(shape), 3)), np.zeros(math.prod(shape))
    lens = view.opening.points(view.rays)
    rays = _Rays(lens, pixel_points(len(lens)))
    seen = _reached(faces, view)
    in_parts(lambda a, b: _gather(a, b, faces, seen, view, rays, light, share), len(share), threads)
    return light.reshape(*shape, 3), share.reshape(shape)


def depths(faces: Faces, view: View, *, threads: int | None) -> _Array:
    """How far away along z each pixel's center meets a face, through the middle of the lens.

    Parameters
    ----------
    faces : Faces
        As for ``gather``.
    view : View
        As for ``gather``.
    threads : int or None
        As for ``gather``.

    Returns
    -------
    ndarray of float64, (H, W)
        In mm; infinite where there is no face.
    """
    depth = np.full(view.height * view.width, np.inf)
    seen = _reached(faces, view)
    in_parts(lambda a, b: _ahead(a, b, seen, view, depth), len(depth), threads)
    return depth.reshape(view.height, view.width)


def _reached(faces: Faces, view: View) -> _Seen:
    """The pixels that may see each face."""
    # The rays of one pixel fan out by its blur: outside this box they all miss the face.
    vertices = faces.vertices()
    z = vertices[:, :, 2]
    center = vertices[:, :, :2] / z[:, :, None] * view.scale + (np.array([view.width, view.height]) - 1) / 2
    reach = view.scale * view.opening.reach * np.abs(1 / z - 1 / view.focus_distance) + 1
    low = (center - reach[:, :, None]).min(axis=1)
    high = (center + reach[:, :, None]).max(axis=1)
    frames = faces.frames()
    away = frames[:, 3] + view.opening.reach * np.hypot(frames[:, 0], frames[:, 1]) <= 0
    low[faces.closed & away] = np.inf
    return _Seen(frames, low, high)


def cost(faces: Faces, view: View) -> float:
    """How often ``gather`` asks at most where a ray meets a face: pixels that see it, times rays."""
    _, low, high = _reached(faces, view)
    frame = np.array([view.width, view.height])
    seen = np.minimum(high, frame - 1) - np.maximum(low, 0) + 1
    area = np.clip(seen, 0, frame).prod(axis=1).sum()
    return float(area * view.rays + view.height * view.width * (len(low) + view.rays))


def cost_of_light(count: int) -> float:
    """How often ``lit`` asks at most where a ray meets a face, for ``count`` faces."""
    return float(count**2 * _CELLS**2 * _LAMP_POINTS)


@kernel
def _meet(o: _Vector, d: _Vector, frame: _Array) -> tuple[float, float, float]:
    """Where the ray o + t d meets a rectangle: t and the shares along its edges; t < 0 if it does not."""
    slope = frame[0] * d[0] + frame[1] * d[1] + frame[2] * d[2]
    if slope == 0:
        return -1.0, 0.0, 0.0
    t = -(frame[0] * o[0] + frame[1] * o[1] + frame[2] * o[2] + frame[3]) / slope
    x, y, z = o[0] + t * d[0], o[1] + t * d[1], o[2] + t * d[2]
    a = frame[4] * x + frame[5] * y + frame[6] * z + frame[7]
    b = frame[8] * x + frame[9] * y + frame[10] * z + frame[11]
    if a < 0 or a > 1 or b < 0 or b > 1:
        return -1.0, 0.0, 0.0
    return t, a, b


@kernel
def _mirrored(i: int, n: int) -> int:
    """Index i of a row of n that is continued by its mirror images."""
    if 0 <= i < n:
        return i
    i %= 2 * n
    return i if i < n else 2 * n - 1 - i


@kernel
def _illuminate(
    first: int, last: int, faces: Faces, frames: _Array, rays: _Array, ambient: float, lamp: _Array
) -> None:
    """Illumination of the cells first … last - 1, counted face by face, into ``lamp``."""
    corner, right, down = faces.corner, faces.right, faces.down
    count = len(corner)
    for cell in range(first, last):
        face, row, column = cell // _CELLS**2, cell // _CELLS % _CELLS, cell % _CELLS
        o = corner[face] + (column + 0.5) / _CELLS * right[face] + (row + 0.5) / _CELLS * down[face]
        normal, total = frames[face, :3], 0.0
        length = math.sqrt(normal[0] ** 2 + normal[1] ** 2 + normal[2] ** 2)
        for k in range(len(rays)):
            d = rays[k]
            cosine = (normal[0] * d[0] + normal[1] * d[1] + normal[2] * d[2]) / length
            if cosine <= 0:
                continue
            hidden = False
            for other in range(count):
                if other != face and _meet(o, d, frames[other])[0] > 1e-6:
                    hidden = True
                    break
            if not hidden:
                total += cosine
        lamp[cell] = ambient + (1 - ambient) * total / len(rays)


@kernel
def _gather(
    first: int,
    last: int,
    faces: Faces,
    seen: _Seen,
    view: View,
    rays: _Rays,
    light: _Array,
    share: _Array,
) -> None:
    """Light (H W, 3) and the subject's share (H W,) of the pixels first … last - 1; see ``gather``."""
    texels, place, scale, offset = faces.texels, faces.place, faces.scale, faces.offset
    lamp, subject, (frames, low, high) = faces.lamp, faces.subject, seen
    lens, within, count = rays.lens, rays.pixel, len(frames)
    near = np.empty(count, np.int64)
    vignetted, to_rim = view.opening.rim_distance > 0, view.opening.rim_distance / view.focus_distance
    rim = view.opening.rim_radius
    for pixel in range(first, last):
        row, column = pixel // view.width, pixel % view.width
        some = 0
        for face in range(count):
            if low[face, 0] <= column <= high[face, 0] and low[face, 1] <= row <= high[face, 1]:
                near[some] = face
                some += 1
        if some == 0:
            continue
        red = green = blue = met = 0.0
        passed = len(lens)
        for ray in range(len(lens)):
            # Tuples, not arrays: they stay in registers, which saves a tenth of the time.
            o = lens[ray, 0], lens[ray, 1], 0.0
            d = (
                (column + within[ray, 0] - (view.width - 1) / 2) / view.scale * view.focus_distance - o[0],
                (row + within[ray, 1] - (view.height - 1) / 2) / view.scale * view.focus_distance - o[1],
                view.focus_distance,
            )
            if vignetted and math.hypot(o[0] + to_rim * d[0], o[1] + to_rim * d[1]) > rim:
                passed -= 1
                continue
            best, hit, a, b = np.inf, -1, 0.0, 0.0
            for k in range(some):
                face = near[k]
                t, along, across = _meet(o, d, frames[face])
                if 0 < t < best:
                    best, hit, a, b = t, face, along, across
            if hit < 0:
                continue
            met += subject[hit]
            # Both the illumination and the texture are interpolated bilinearly.
            p, i0, i1 = _between(b * _CELLS - 0.5, _CELLS)
            q, j0, j1 = _between(a * _CELLS - 0.5, _CELLS)
            bright = (1 - p) * ((1 - q) * lamp[hit, i0, j0] + q * lamp[hit, i0, j1]) + p * (
                (1 - q) * lamp[hit, i1, j0] + q * lamp[hit, i1, j1]
            )
            start, h, w = place[hit]
            p, i0, i1 = _between(offset[hit, 1] + b * scale[hit, 1] - 0.5, h)
            q, j0, j1 = _between(offset[hit, 0] + a * scale[hit, 0] - 0.5, w)
            weights = (1 - p) * (1 - q) * bright, (1 - p) * q * bright, p * (1 - q) * bright, p * q * bright
            top, bottom = start + w * i0, start + w * i1
            where = top + j0, top + j1, bottom + j0, bottom + j1
            for n in range(4):
                red += weights[n] * texels[where[n], 0]
                green += weights[n] * texels[where[n], 1]
                blue += weights[n] * texels[where[n], 2]
        passed = max(passed, 1)
        light[pixel, 0], light[pixel, 1], light[pixel, 2] = red / passed, green / passed, blue / passed
        share[pixel] = met / passed


@kernel
def _ahead(first: int, last: int, seen: _Seen, view: View, depth: _Array) -> None:
    """Into ``depth``, (H W,), z of the first face straight ahead of the pixels first … last - 1."""
    frames, low, high = seen
    for pixel in range(first, last):
        row, column = pixel // view.width, pixel % view.width
        x = (column - (view.width - 1) / 2) / view.scale
        y = (row - (view.height - 1) / 2) / view.scale
        for face in range(len(frames)):
            if low[face, 0] <= column <= high[face, 0] and low[face, 1] <= row <= high[face, 1]:
                z, _, _ = _meet((0.0, 0.0, 0.0), (x, y, 1.0), frames[face])
                if 0 < z < depth[pixel]:
                    depth[pixel] = z


@kernel
def _between(x: float, n: int) -> tuple[float, int, int]:
    """The two neighbors of a place in a mirrored row of n: the weight of the second, and both."""
    i = int(np.floor(x))
    return x - i, _mirrored(i, n), _mirrored(i + 1, n)
