"""One shot of a bench: what it costs, the light on the sensor, and the photo that is made of it."""

import math
import os

import numpy as np
from numpy.typing import NDArray

from refocuslab.checks import require
from refocuslab.errors import RefocusError, quoted
from refocuslab.optics.light import encode
from refocuslab.simulation.camera import FARTHEST, Camera
from refocuslab.simulation.rays import Faces, View, cost, gather

# Rays a pixel: two for every pixel of the square around the widest blur, within these bounds. What the
# upper bound leaves out of a photo of much detail, misfocused by 9 pixels, is 0.7 gray levels RMS.
_FEWEST_RAYS, _MOST_RAYS = 64, 256
# Pixels of a photo, each of which takes 150 bytes while it is rendered.
_MOST_PIXELS = 25 * 10**6
# How often a ray is intersected with a face, for all shots of a bench. The shipped bench takes 3 * 10^8, in
# a few seconds; this is a minute or two. The environment variable sets another limit.
_LARGEST_COST, _COST_VARIABLE = 2e9, "REFOCUSLAB_BENCH_COST"


def check_cost(price: float, remedy: str) -> None:
    """Refuse what intersects rays with faces too often."""
    try:
        largest = float(os.environ.get(_COST_VARIABLE, _LARGEST_COST))
    except ValueError:
        raise RefocusError(_COST_VARIABLE, "must be a number", quoted(os.environ[_COST_VARIABLE])) from None
    rule = f"must {remedy}: rays may meet faces {largest:.0e} times, or as {_COST_VARIABLE} says"
    require(price <= largest, "the bench", rule, f"about {price:.0e}")


def plan(shown: Faces, camera: Camera, rays: int | None = None) -> tuple[Faces, View, float]:
    """The faces before a camera, its view, and the cost; what the camera cannot take is refused."""
    pixels = camera.width * camera.height
    require(pixels <= _MOST_PIXELS, "camera", f"must take at most {_MOST_PIXELS:,} pixels", f"{pixels:,}")
    shown = shown.seen(camera.axes, np.array(camera.position))
    depths = shown.vertices()[:, :, 2]
    rule = f"must lie farther ahead of the camera than its focal length, {camera.focal_length:g} mm"
    require(depths.min() > camera.focal_length, "objects", rule, f"a corner at {depths.min():.4g} mm")
    rule = f"must lie within {FARTHEST:g} mm of the camera"
    require(depths.max() <= FARTHEST, "objects", rule, f"a corner at {depths.max():.4g} mm")
    widest = max(map(camera.blur_diameter, (float(depths.min()), float(depths.max()))))
    if rays is None:
        rays = min(max(_FEWEST_RAYS, math.ceil(2 * min(widest, _MOST_RAYS) ** 2)), _MOST_RAYS)
    view = View(camera.height, camera.width, camera.scale, camera.focus_distance, camera.opening, rays)
    return shown, view, cost(shown, view)


def light_of(
    shown: Faces, camera: Camera, threads: int | None, rays: int | None = None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The light on the sensor before exposure, (H, W, 3), and the subject's share of each pixel."""
    seen, view, price = plan(shown, camera, rays)
    check_cost(price, "take a smaller photo")
    light, share = gather(seen, view, threads=threads)
    if camera.rim_distance > 0:
        light *= camera.illumination()[:, :, None]
    return light, share


def developed(
    light: NDArray[np.float64], camera: Camera, random: np.random.Generator | None
) -> NDArray[np.uint8]:
    """The photo of light on a camera's sensor, with its noise if there is a generator."""
    light = camera.exposure * light
    if random is not None:
        variance = light / camera.full_well + (camera.read_noise / camera.full_well) ** 2
        light = light + np.sqrt(variance) * random.normal(size=light.shape)
    return encode(light)
