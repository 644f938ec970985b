"""Rays through a thin lens onto textured rectangles: the light that every pixel of a sensor gathers.

Lengths in millimetres; x to the right, y down, z away from the camera.
"""

import math
from typing import NamedTuple

import numpy as np

from refocuslab.running.kernels import kernel
from refocuslab.running.threads import in_parts

# Side of a face's map of illumination, in cells, and points of the lamp that each cell looks at.
_CELLS, _LAMP_POINTS = 48, 16
_GOLDEN_ANGLE = math.pi * (3 - math.sqrt(5))
# Plastic number: its powers step through the unit square as evenly as any sequence does.
_PLASTIC = 1.324717957244746


class Faces(NamedTuple):
    """F rectangles and what they send out, in linear light; see ``lit``.

    corner, right, down: (F, 3), the top left corner as seen from outside and the two edges from there.
    texels: (T, 3) float32, the textures one after the other; place: (F, 3) int64, each face's first
    texel, height and width; scale, offset: (F, 2), texel x, y = offset + scale * share of the edges.
    lamp: (F, cells, cells), illumination over the face. subject: (F,) bool.
    closed: (F,) bool, its back is inside a box, where nobody sees it.
    """

    corner: np.ndarray
    right: np.ndarray
    down: np.ndarray
    texels: np.ndarray
    place: np.ndarray
    scale: np.ndarray
    offset: np.ndarray
    lamp: np.ndarray
    subject: np.ndarray
    closed: np.ndarray

    def seen(self, axes: np.ndarray, position: np.ndarray) -> "Faces":
        """The same in a camera's coordinates: ``axes`` (3, 3) holds its x, y and z as rows."""
        return self._replace(
            corner=(self.corner - position) @ axes.T, right=self.right @ axes.T, down=self.down @ axes.T
        )

    def frames(self) -> np.ndarray:
        """(F, 12): normal n and -n·corner, then for each edge e: e/|e|^2 and -corner·e/|e|^2.

        So a point p lies on the plane if n·p plus the fourth number is 0, and its shares along the
        edges are linear in p as well.
        """
        edges = [np.cross(self.down, self.right)]
        edges += [e / (e**2).sum(axis=1, keepdims=True) for e in (self.right, self.down)]
        offsets = [-(e * self.corner).sum(axis=1, keepdims=True) for e in edges]
        return np.hstack([part for pair in zip(edges, offsets, strict=True) for part in pair])

    def vertices(self) -> np.ndarray:
        """(F, 4, 3): the corners of every face."""
        edges = [0 * self.right, self.right, self.down, self.right + self.down]
        return self.corner[:, None] + np.stack(edges, axis=1)


def disk_points(count: int) -> np.ndarray:
    """(count, 2) points that share the unit disk in equal areas: a sunflower's spiral."""
    i = np.arange(count)
    angle, radius = i * _GOLDEN_ANGLE, np.sqrt((i + 0.5) / count)
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)


def pixel_points(count: int) -> np.ndarray:
    """(count, 2) points that share a pixel evenly, from -1/2 to 1/2 about its centre."""
    steps = np.array([1 / _PLASTIC, 1 / _PLASTIC**2])
    return (0.5 + np.arange(count)[:, None] * steps) % 1 - 0.5


def lit(faces: Faces, towards: np.ndarray, spread: float, ambient: float) -> Faces:
    """The faces under a round lamp far away in the direction ``towards`` (3,), of length 1.

    illumination = ambient + (1 - ambient) * mean over the lamp's points of max(0, cos of incidence),
    without those that another face hides. ``spread``: tangent of the lamp's angular radius.
    """
    side = np.cross(towards, [0.0, 0.0, 1.0] if abs(towards[2]) < 0.9 else [1.0, 0.0, 0.0])
    side /= np.linalg.norm(side)
    points = spread * disk_points(_LAMP_POINTS)
    rays = towards + points[:, :1] * side + points[:, 1:] * np.cross(towards, side)
    rays /= np.linalg.norm(rays, axis=1, keepdims=True)
    shape = (len(faces.corner), _CELLS, _CELLS)
    lamp = np.empty(math.prod(shape))
    arrays = (faces.corner, faces.right, faces.down, faces.frames(), rays, float(ambient), lamp)
    in_parts(lambda first, last: _illuminate(first, last, *arrays), lamp.size, None)
    return faces._replace(lamp=lamp.reshape(shape))


def gather(
    faces: Faces,
    *,
    shape: tuple[int, int],
    scale: float,
    focus_distance: float,
    aperture: float,
    rays: int,
    threads: int | None,
) -> tuple[np.ndarray, np.ndarray]:
    """What a thin lens at the origin, looking along z, gathers from faces in its coordinates.

    A ray starts at a point of the pixel's area and passes the lens, of diameter ``aperture``, at a
    point l. All rays from one point of the sensor meet in one point of the plane in focus, at
    z = focus_distance; where each meets its first face on the way, or beyond, is its light. Pixel
    (y, x) looks along ((x - (W-1)/2) / scale, (y - (H-1)/2) / scale, 1).

    Every pixel takes the same ``rays`` points, so what they leave out is in the PSF, and not grain.
    Returns the mean light (H, W, 3) and the share of the rays that met the subject (H, W), float64.
    """
    height, width = shape
    light, share = np.zeros((height * width, 3)), np.zeros(height * width)
    lens, within = aperture / 2 * disk_points(rays), pixel_points(rays)
    low, high = reached(faces, shape=shape, scale=scale, focus_distance=focus_distance, aperture=aperture)
    frames = faces.frames()
    textures = (faces.texels, faces.place, faces.scale, faces.offset, faces.lamp, faces.subject)
    arrays = (frames, *textures, low, high, lens, within)
    numbers = (height, width, float(scale), float(focus_distance))
    in_parts(lambda a, b: _gather(a, b, *arrays, *numbers, light, share), height * width, threads)
    return light.reshape(height, width, 3), share.reshape(height, width)


def reached(
    faces: Faces, *, shape: tuple[int, int], scale: float, focus_distance: float, aperture: float
) -> tuple[np.ndarray, np.ndarray]:
    """The least and the largest (x, y) of the pixels that may see each face, (F, 2) each; see ``gather``."""
    height, width = shape
    # The rays of one pixel fan out by its blur: outside this box they all miss the face.
    vertices = faces.vertices()
    z = vertices[:, :, 2]
    centre = vertices[:, :, :2] / z[:, :, None] * scale + (np.array([width, height]) - 1) / 2
    reach = scale * aperture / 2 * np.abs(1 / z - 1 / focus_distance) + 1
    low = (centre - reach[:, :, None]).min(axis=1)
    high = (centre + reach[:, :, None]).max(axis=1)
    frames = faces.frames()
    away = frames[:, 3] + aperture / 2 * np.hypot(frames[:, 0], frames[:, 1]) <= 0
    low[faces.closed & away] = np.inf
    return low, high


def cost(
    faces: Faces, *, shape: tuple[int, int], scale: float, focus_distance: float, aperture: float, rays: int
) -> float:
    """How often ``gather`` asks at most where a ray meets a face: pixels that see it, times rays."""
    low, high = reached(faces, shape=shape, scale=scale, focus_distance=focus_distance, aperture=aperture)
    frame = np.array(shape[::-1])
    seen = np.minimum(high, frame - 1) - np.maximum(low, 0) + 1
    area = np.clip(seen, 0, frame).prod(axis=1).sum()
    return float(area * rays + math.prod(shape) * (len(low) + rays))


def cost_of_light(count: int) -> float:
    """How often ``lit`` asks at most where a ray meets a face, for so many faces."""
    return float(count**2 * _CELLS**2 * _LAMP_POINTS)


@kernel
def _meet(o, d, frame):
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
def _mirrored(i, n):
    """Index i of a row of n that is continued by its mirror images."""
    if 0 <= i < n:
        return i
    i %= 2 * n
    return i if i < n else 2 * n - 1 - i


@kernel
def _illuminate(first, last, corner, right, down, frames, rays, ambient, lamp):
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
def _gather(first, last, frames, texels, place, scale, offset, lamp, subject,
            low, high, lens, within, height, width, pixels, focus, light, share):  # fmt: skip
    count, rays = len(frames), len(lens)
    near = np.empty(count, np.int64)
    o, d = np.zeros(3), np.zeros(3)
    for pixel in range(first, last):
        row, column = pixel // width, pixel % width
        some = 0
        for face in range(count):
            if low[face, 0] <= column <= high[face, 0] and low[face, 1] <= row <= high[face, 1]:
                near[some] = face
                some += 1
        red = green = blue = met = 0.0
        for ray in range(rays):
            o[0], o[1] = lens[ray, 0], lens[ray, 1]
            d[0] = (column + within[ray, 0] - (width - 1) / 2) / pixels * focus - o[0]
            d[1] = (row + within[ray, 1] - (height - 1) / 2) / pixels * focus - o[1]
            d[2] = focus
            best, hit, a, b = np.inf, -1, 0.0, 0.0
            for k in range(some):
                face = near[k]
                t, along, across = _meet(o, d, frames[face])
                if 0 < t < best:
                    best, hit, a, b = t, face, along, across
            if hit < 0:
                continue
            met += subject[hit]
            x, y = a * _CELLS - 0.5, b * _CELLS - 0.5
            i, j = int(np.floor(y)), int(np.floor(x))
            p, q = y - i, x - j
            i0, i1 = _mirrored(i, _CELLS), _mirrored(i + 1, _CELLS)
            j0, j1 = _mirrored(j, _CELLS), _mirrored(j + 1, _CELLS)
            bright = (1 - p) * ((1 - q) * lamp[hit, i0, j0] + q * lamp[hit, i0, j1]) + p * (
                (1 - q) * lamp[hit, i1, j0] + q * lamp[hit, i1, j1]
            )
            x, y = offset[hit, 0] + a * scale[hit, 0] - 0.5, offset[hit, 1] + b * scale[hit, 1] - 0.5
            i, j = int(np.floor(y)), int(np.floor(x))
            p, q = y - i, x - j
            start, h, w = place[hit]
            i0, i1 = start + w * _mirrored(i, h), start + w * _mirrored(i + 1, h)
            j0, j1 = _mirrored(j, w), _mirrored(j + 1, w)
            weights = (1 - p) * (1 - q) * bright, (1 - p) * q * bright, p * (1 - q) * bright, p * q * bright
            where = i0 + j0, i0 + j1, i1 + j0, i1 + j1
            for n in range(4):
                red += weights[n] * texels[where[n], 0]
                green += weights[n] * texels[where[n], 1]
                blue += weights[n] * texels[where[n], 2]
        light[pixel, 0], light[pixel, 1], light[pixel, 2] = red / rays, green / rays, blue / rays
        share[pixel] = met / rays
