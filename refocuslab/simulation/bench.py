"""A camera bench: one set-up and every shot of it, so that the truth of a misfocused photo is known.

Lengths in millimetres; x to the right, y down, z away from the camera.
"""

import dataclasses
import math
import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from refocuslab.checks import LARGEST_SEED, check_count, check_seed, require, set_fields
from refocuslab.errors import RefocusError, quoted
from refocuslab.optics.calibration import calibrate
from refocuslab.optics.light import decode, encode
from refocuslab.scene import FocusedPhoto, Scene, check_texts
from refocuslab.simulation.camera import FARTHEST, Camera
from refocuslab.simulation.misfocus import LightShots
from refocuslab.simulation.rays import Faces, cost, cost_of_light, gather
from refocuslab.simulation.solids import Box, Lamp, Plane, Texture, faces

# Rays a pixel: two for every pixel of the square round the widest blur, within these bounds. What the
# most leave out of a photo of much detail, misfocused by 9 pixels, is 0.7 grey levels RMS.
_FEWEST_RAYS, _MOST_RAYS = 64, 256
_LIGHT_RAYS = 768  # a small light falls on few of a pixel's rays, and its frame is small
# The light of the calibration shots: its width in pixels, its colour and that of the card around it.
_WIDTH, _LIGHT, _CARD = 4, (235.0, 220.0, 190.0), (12.0, 13.0, 15.0)
_TEXELS = 4  # of the card, a pixel
# What stands on a bench, and cameras of one kind.
MOST_THINGS = 200
# Texels of all that stands there, which take 15 bytes each: the bench's own have 1.7 million.
_MOST_TEXELS = 50 * 10**6
# Pixels of a photo, each of which takes 150 bytes while it is rendered.
_MOST_PIXELS = 25 * 10**6
# How often a ray is held against a face, for all shots of a bench. The bench's own take 3 * 10^8, in a few
# seconds; this is a minute or two. The environment variable sets another limit.
_LARGEST_COST, _COST_VARIABLE = 2e9, "REFOCUSLAB_BENCH_COST"
# The widest disk that a light is misfocused by, in pixels: their shots take 700 MB there.
_WIDEST_LIGHT = 200


@dataclass(frozen=True, eq=False, kw_only=True)
class Bench:
    """A set-up: what stands on the bench, and the cameras that photograph it.

    objects
        ``Plane`` and ``Box``, each under a name of its own.
    subject
        The names of those that make up the object to refocus, the one to focus on first.
    camera
        Takes the misfocused photo U.
    focused
        One or more cameras that take the focused photos; ``Camera.focused_on`` and ``Camera.turned``
        make them of the other.
    lamp, seed
        What lights the bench; the seed of all noise.

    Impossible set-ups raise a ``RefocusError``, some only when a photo is taken: every corner of an
    object must lie farther ahead of a camera than its focal length.
    """

    objects: Sequence[Plane | Box]
    subject: Sequence[str]
    camera: Camera
    focused: Sequence[Camera]
    lamp: Lamp = Lamp()  # noqa: RUF009 -- frozen
    seed: int = 0

    def __post_init__(self):
        for argument, kinds in (("objects", Plane | Box), ("subject", str), ("focused", Camera)):
            value = getattr(self, argument)
            good = isinstance(value, Sequence) and not isinstance(value, str) and len(value) > 0
            rule = f"must be a list of one or more {getattr(kinds, '__name__', 'Plane or Box')}"
            good = good and all(isinstance(one, kinds) for one in value)
            require(good, argument, rule, quoted(value))
            require(len(value) <= MOST_THINGS, argument, f"must be at most {MOST_THINGS}", len(value))
            set_fields(self, **{argument: tuple(value)})
        names = [thing.name for thing in self.objects]
        require(len(set(names)) == len(names), "objects", "must have names of their own", ", ".join(names))
        for name in self.subject:
            require(name in names, "subject", f"must be among {', '.join(names)}", name)
        require(isinstance(self.camera, Camera), "camera", "must be a Camera", quoted(self.camera))
        require(isinstance(self.lamp, Lamp), "lamp", "must be a Lamp", quoted(self.lamp))
        whole = isinstance(self.seed, int) and not isinstance(self.seed, bool)
        require(whole and self.seed >= 0, "seed", "must be a whole number from 0", quoted(self.seed))
        check_count("seed", self.seed, LARGEST_SEED, least=0)
        textures = {
            id(t): t.photo.size // 3
            for one in self.objects
            for t in (one.texture, getattr(one, "sides", one.texture))
        }
        rule = f"must show textures of at most {_MOST_TEXELS:,} pixels together"
        require(sum(textures.values()) <= _MOST_TEXELS, "objects", rule, f"{sum(textures.values()):,}")

    @property
    def point(self) -> np.ndarray:
        """The middle of the front of the first subject, (3,): what focused photos focus on."""
        return next(thing.front for thing in self.objects if thing.name == self.subject[0])

    def replace(self, **changes) -> "Bench":
        """The bench with other values for these fields."""
        return dataclasses.replace(self, **changes)

    def with_f_number(self, f_number: float) -> "Bench":
        """The bench with every camera at this f-number."""
        focused = [camera.replace(f_number=f_number) for camera in self.focused]
        return self.replace(camera=self.camera.replace(f_number=f_number), focused=focused)

    @cached_property
    def _faces(self) -> Faces:
        count = sum(6 if isinstance(thing, Box) else 1 for thing in self.objects)
        _check_cost(cost_of_light(count), "have fewer objects")
        return faces(self.objects, self.subject, self.lamp)


def render(bench: Bench, camera: Camera, *, seed=None, threads: int | None = None) -> np.ndarray:
    """The photo that a camera takes of the bench, (H, W, 3) uint8 sRGB.

    photo = encode(exposure * light + noise), where the light of a pixel is the mean over its area and
    the lens (see ``rays.gather``) and the noise is the sensor's (see ``Camera``). ``seed``: whatever
    ``numpy.random.default_rng`` takes; None for a photo without noise. The same bytes for any threads.
    """
    _check_bench(bench)
    require(isinstance(camera, Camera), "camera", "must be a Camera", quoted(camera))
    random = None if seed is None else check_seed("seed", seed)
    return _developed(_light(bench._faces, camera, threads)[0], camera, random)


def pin_sharp(bench: Bench, camera: Camera, *, threads: int | None = None) -> tuple[np.ndarray, np.ndarray]:
    """What the camera would take without blur or noise, and where it shows the subject.

    That is ``render`` with a pinhole in the middle of the lens: the same view and framing, (H, W, 3)
    uint8. The mask, (H, W) bool, holds the pixels that the subject fills by half or more.
    """
    _check_bench(bench)
    require(isinstance(camera, Camera), "camera", "must be a Camera", quoted(camera))
    light, share = _light(bench._faces, camera.replace(f_number=math.inf), threads)
    return _developed(light, camera, None), share >= 0.5


def light_shots(bench: Bench, *, threads: int | None = None) -> LightShots:
    """The calibration shots of §3: a small round light held where the subject is.

    It shines through a hole, four pixels wide, in a dark card square to the axis of ``bench.camera``,
    which takes both, focused on the card and as it is, each exposed until the light is bright.
    """
    _check_bench(bench)
    camera, depth, size = _light_camera(bench)
    focused = camera.focused_on((0, 0, depth))
    texture = Texture(_card_with_light(3 * size))
    side = 3 * size * depth / focused.scale
    plane = Plane("card", centre=(0, 0, depth), size=(side, side), texture=texture)
    shown = faces([plane], ["card"], Lamp(towards=(0, 0, -1), ambient=1.0))
    shots = []
    for number, taker in enumerate((focused, camera), start=len(bench.focused) + 1):
        light, _ = _light(shown, taker, threads, rays=_LIGHT_RAYS)
        exposed = taker.replace(exposure=float((decode(_LIGHT) / light.max(axis=(0, 1))).min()))
        shots.append(_developed(light, exposed, check_seed("seed", (bench.seed, number))))
    return LightShots(*shots)


def bench_scene(
    bench: Bench, *, name: str = "", title: str = "", description: str = "", threads: int | None = None
) -> Scene:
    """All shots of the bench as a ``Scene``: U, focused photos, calibration, masks and truth.

    U and the focused photos are ``render``, with noise; the truth and the masks are ``pin_sharp``. The
    PSF is the disk that ``calibrate`` finds in the shots of the light (§3).
    """
    _check_bench(bench)
    check_texts(name, title, description)
    _check_cost_of_scene(bench)
    truth, mask = pin_sharp(bench, bench.camera, threads=threads)
    require(mask.any(), "subject", "must be in the misfocused photo", ", ".join(bench.subject))
    focused = []
    for number, camera in enumerate(bench.focused, start=1):
        seen = pin_sharp(bench, camera, threads=threads)[1]
        require(seen.any(), "subject", f"must be in focused photo {number}", ", ".join(bench.subject))
        image = render(bench, camera, seed=(bench.seed, number), threads=threads)
        focused.append(FocusedPhoto(image, seen))
    shots = light_shots(bench, threads=threads)
    return Scene(
        render(bench, bench.camera, seed=(bench.seed, 0), threads=threads),
        mask,
        focused,
        psf=calibrate(*shots, largest=shots.focused.shape[0] // 2 - 1).psf,
        calibration=shots,
        truth=truth,
        name=name,
        title=title,
        description=description,
    )


def _check_bench(bench: Bench) -> None:
    require(isinstance(bench, Bench), "bench", "must be a Bench", quoted(bench))


def _check_cost(whole: float, remedy: str) -> None:
    try:
        largest = float(os.environ.get(_COST_VARIABLE, _LARGEST_COST))
    except ValueError:
        raise RefocusError(_COST_VARIABLE, "must be a number", quoted(os.environ[_COST_VARIABLE])) from None
    rule = f"must {remedy}: rays may meet faces {largest:.0e} times, or as {_COST_VARIABLE} says"
    require(whole <= largest, "the bench", rule, f"about {whole:.0e}")


def _check_cost_of_scene(bench: Bench) -> None:
    """Refuse a bench whose shots would take too long together, before the first is taken."""
    sharp = [camera.replace(f_number=math.inf) for camera in (bench.camera, *bench.focused)]
    plans = [_plan(bench._faces, camera) for camera in (bench.camera, *bench.focused, *sharp)]
    _, _, size = _light_camera(bench)
    # The shots of the light, of one face, and then a convolution by every disk that may fit.
    whole = sum(price for *_, price in plans) + 2 * size**2 * _LIGHT_RAYS * 2 + size**3
    _check_cost(whole, "take fewer or smaller photos")


def _light_camera(bench: Bench) -> tuple[Camera, float, int]:
    """The camera that takes the light, how far that is, and the side of its frame in pixels."""
    camera = bench.camera
    depth = float((bench.point - camera.position) @ camera.axes[2])
    rule = f"must lie farther ahead of the camera than its focal length, {camera.focal_length:g} mm"
    require(depth > camera.focal_length, "subject", rule, f"{depth:.4g} mm")
    width = camera.blur_diameter(depth)
    rule = f"must be misfocused by at most {_WIDEST_LIGHT} pixels"
    require(width <= _WIDEST_LIGHT, "subject", rule, f"{width:.4g}")
    size = max(64, 2 * math.ceil(width) + 32)
    taken = camera.replace(position=(0, 0, 0), target=(0, 0, 1), width=size, height=size, exposure=1.0)
    return taken, depth, size


def _card_with_light(card: int) -> np.ndarray:
    """A dark card, so many pixels wide, with a round bright hole in its middle: a photo of its texels."""
    centre = (np.arange(_TEXELS * card) + 0.5) / _TEXELS - card / 2
    near = np.abs(centre) < _WIDTH
    distance = np.hypot(centre[near], centre[near][:, None])
    hole = np.clip((_WIDTH / 2 - distance) * _TEXELS + 0.5, 0, 1)[:, :, None]
    dark, bright = decode(_CARD), decode(_LIGHT)
    photo = np.empty((len(centre), len(centre), 3), np.uint8)
    photo[:] = encode(dark)
    photo[np.ix_(near, near)] = encode(dark + (bright - dark) * hole)
    return photo


def _plan(shown: Faces, camera: Camera, rays: int | None = None) -> tuple[Faces, dict, float]:
    """What a camera sees, how its light is gathered, and what that costs; refused if it cannot be."""
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
    how = {
        "shape": (camera.height, camera.width),
        "scale": camera.scale,
        "focus_distance": camera.focus_distance,
        "aperture": camera.aperture,
        "rays": rays,
    }
    return shown, how, cost(shown, **how)


def _light(
    shown: Faces, camera: Camera, threads: int | None, rays: int | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """The light on the sensor before exposure, (H, W, 3), and the subject's share of each pixel."""
    seen, how, price = _plan(shown, camera, rays)
    _check_cost(price, "take a smaller photo")
    return gather(seen, **how, threads=threads)


def _developed(light: np.ndarray, camera: Camera, random: np.random.Generator | None) -> np.ndarray:
    light = camera.exposure * light
    if random is not None:
        variance = light / camera.full_well + (camera.read_noise / camera.full_well) ** 2
        light = light + np.sqrt(variance) * random.normal(size=light.shape)
    return encode(light)
