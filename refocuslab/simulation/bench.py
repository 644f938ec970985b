"""A camera bench: one set-up and every shot of it, so that the truth of a misfocused photo is known (§3).

Lengths in millimeters; x to the right, y down, z away from the camera.
"""

import dataclasses
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from refocuslab.checks import LARGEST_SEED, check_count, check_seed, require, set_fields
from refocuslab.errors import quoted
from refocuslab.optics.calibration import calibrate
from refocuslab.optics.light import decode, encode
from refocuslab.scene import FocusedPhoto, Scene, check_texts
from refocuslab.simulation.camera import Camera
from refocuslab.simulation.misfocus import LightShots
from refocuslab.simulation.rays import Faces, cost_of_light, depths
from refocuslab.simulation.shots import check_cost, developed, light_of, plan
from refocuslab.simulation.solids import Box, Lamp, Plane, Texture, faces

_LIGHT_RAYS = 768  # few of a pixel's rays meet a small light, and its frame is small
# The light of the calibration shots: its width in pixels, its color and that of the card around it.
_WIDTH, _LIGHT, _CARD = 4, (235.0, 220.0, 190.0), (12.0, 13.0, 15.0)
_TEXELS = 4  # of the card, a pixel
# The most objects on a bench, and the most focused cameras.
MOST_THINGS = 200
# Texels of all objects, at 15 bytes each; the shipped bench has 1.7 million.
_MOST_TEXELS = 50 * 10**6
# The widest disk of the calibration shots, in pixels; rendering them takes 700 MB there.
_WIDEST_LIGHT = 200


@dataclass(frozen=True, eq=False, kw_only=True)
class Bench:
    """A set-up: what stands on the bench, and the cameras that photograph it.

    Attributes
    ----------
    objects : sequence of Plane or Box
        1 to 200, each with a name of its own.
    subject : sequence of str
        The names of those that make up the object to refocus; the cameras focus on the first.
    camera : Camera
        Takes the misfocused photo U.
    focused : sequence of Camera
        1 to 200 that take the focused photos; ``Camera.focused_on`` and ``Camera.turned`` make them from
        ``camera``.
    lamp : Lamp
        What lights the bench.
    seed : int
        Of all noise, 0 to 2^128 - 1.

    Raises
    ------
    RefocusError
        A value breaks its rule. Some set-ups are refused only when a photo is taken: every corner of an
        object must lie farther ahead of a camera than its focal length.

    Examples
    --------
    >>> from refocuslab import Bench, Camera, Plane, noise_texture, render
    >>> card = Plane("card", centre=(0, 0, 900), size=(300, 200), texture=noise_texture(1, size=64))
    >>> camera = Camera(focal_length=50, f_number=2, focus_distance=1000, pixel=1, width=12, height=8)
    >>> sharp = camera.focused_on(card.centre)
    >>> bench = Bench(objects=[card], subject=["card"], camera=camera, focused=[sharp])
    >>> render(bench, camera, seed=0).shape
    (8, 12, 3)
    """

    objects: Sequence[Plane | Box]
    subject: Sequence[str]
    camera: Camera
    focused: Sequence[Camera]
    lamp: Lamp = Lamp()  # noqa: RUF009 -- frozen
    seed: int = 0

    def __post_init__(self) -> None:
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
        seed: object = self.seed
        whole = isinstance(seed, int) and not isinstance(seed, bool)
        require(whole and self.seed >= 0, "seed", "must be a whole number from 0", quoted(seed))
        check_count("seed", seed, LARGEST_SEED, least=0)
        textures = {id(face.texture): face.texture for one in self.objects for face in one.rectangles()}
        texels = sum(texture.photo.size // 3 for texture in textures.values())
        rule = f"must show textures of at most {_MOST_TEXELS:,} pixels together"
        require(texels <= _MOST_TEXELS, "objects", rule, f"{texels:,}")

    @property
    def point(self) -> NDArray[np.float64]:
        """The middle of the front of the first subject, (3,) in mm: what focused photos focus on."""
        return next(thing.front for thing in self.objects if thing.name == self.subject[0])

    def replace(self, **changes: Any) -> "Bench":
        """The bench with other values for these fields."""
        return dataclasses.replace(self, **changes)

    def with_f_number(self, f_number: float) -> "Bench":
        """The bench with every camera at this f-number."""
        focused = [camera.replace(f_number=f_number) for camera in self.focused]
        return self.replace(camera=self.camera.replace(f_number=f_number), focused=focused)

    @cached_property
    def _faces(self) -> Faces:
        count = sum(6 if isinstance(thing, Box) else 1 for thing in self.objects)
        check_cost(cost_of_light(count), "have fewer objects")
        return faces(self.objects, self.subject, self.lamp)


def render(
    bench: Bench, camera: Camera, *, seed: int | Sequence[int] | None = None, threads: int | None = None
) -> NDArray[np.uint8]:
    """The photo that a camera takes of the bench.

    photo = encode(exposure * light + noise), where the light of a pixel is the mean over its area and
    the lens (see ``rays.gather``) and the noise is the sensor's (see ``Camera``).

    Parameters
    ----------
    bench : Bench
        The set-up; its own cameras take no part.
    camera : Camera
        The camera.
    seed : int, sequence of int, or None
        As ``checks.check_seed`` takes it, but None is a photo without noise.
    threads : int or None
        As for ``refocus``; the photo does not depend on it.

    Returns
    -------
    ndarray of uint8, (H, W, 3)
        sRGB.

    Raises
    ------
    RefocusError
        An argument breaks its rule, an object is too near or too far, or the photo costs too much.
    """
    _check_bench(bench)
    require(isinstance(camera, Camera), "camera", "must be a Camera", quoted(camera))
    random = None if seed is None else check_seed("seed", seed)
    return developed(light_of(bench._faces, camera, threads)[0], camera, random)


def pin_sharp(
    bench: Bench, camera: Camera, *, threads: int | None = None
) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """What the camera would take without blur or noise, and where it shows the subject.

    That is ``render`` with a pinhole in the middle of the lens, the same view and framing, in the light that
    the rim before the lens leaves to each pixel (``Camera.illumination``).

    Parameters
    ----------
    bench : Bench
        The set-up.
    camera : Camera
        The camera; its f-number does not matter unless it has a rim.
    threads : int or None
        As for ``refocus``.

    Returns
    -------
    photo : ndarray of uint8, (H, W, 3)
        sRGB.
    mask : ndarray of bool, (H, W)
        The pixels that the subject fills by half or more.

    Raises
    ------
    RefocusError
        As for ``render``.
    """
    _check_bench(bench)
    require(isinstance(camera, Camera), "camera", "must be a Camera", quoted(camera))
    light, share = light_of(bench._faces, _pinhole(camera), threads)
    if camera.rim_distance > 0:
        light *= camera.illumination()[:, :, None]
    return developed(light, camera, None), share >= 0.5


def blur_map(bench: Bench, camera: Camera, *, threads: int | None = None) -> NDArray[np.float64]:
    """How wide the camera blurs what its sharp view shows at each pixel: the truth of ``pin_sharp``'s blur.

    Parameters
    ----------
    bench : Bench
        The set-up.
    camera : Camera
        The camera; ``Camera.psf`` has the form of the blur at a pixel.
    threads : int or None
        As for ``refocus``.

    Returns
    -------
    ndarray of float64, (H, W)
        ``Camera.blur_diameter`` of what each pixel's center shows, in pixels; NaN where it shows nothing.

    Raises
    ------
    RefocusError
        As for ``render``.

    Examples
    --------
    >>> from refocuslab import blur_map, load_bench
    >>> bench = load_bench("lens-slant")
    >>> blur_map(bench, bench.camera)[150, [0, 150, 299]].round(1)
    array([12.,  9.,  6.])
    """
    _check_bench(bench)
    require(isinstance(camera, Camera), "camera", "must be a Camera", quoted(camera))
    shown, view, price = plan(bench._faces, _pinhole(camera))
    check_cost(price, "take a smaller photo")
    depth = depths(shown, view, threads=threads)
    depth[np.isinf(depth)] = np.nan
    return camera.blur_diameters(depth)


def light_shots(bench: Bench, *, threads: int | None = None) -> LightShots:
    """The calibration shots of §3: a small round light at the distance of the subject.

    It shines through a hole, four pixels wide, in a dark card perpendicular to the axis of
    ``bench.camera``, which takes both shots, focused on the card and as it is, each exposed until the light
    is bright.

    Parameters
    ----------
    bench : Bench
        The set-up: its camera, its seed, and where the subject is.
    threads : int or None
        As for ``refocus``.

    Returns
    -------
    LightShots
        Of one size that the widest blur fits into.

    Raises
    ------
    RefocusError
        The subject is nearer than the focal length, or misfocused by more than 200 pixels.
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
        light, _ = light_of(shown, taker, threads, rays=_LIGHT_RAYS)
        exposed = taker.replace(exposure=float((decode(_LIGHT) / light.max(axis=(0, 1))).min()))
        shots.append(developed(light, exposed, check_seed("seed", (bench.seed, number))))
    return LightShots(*shots)


def bench_scene(
    bench: Bench, *, name: str = "", title: str = "", description: str = "", threads: int | None = None
) -> Scene:
    """All shots of the bench as a ``Scene``: U, focused photos, calibration, masks and truth.

    U and the focused photos are ``render``, with noise; the truth and the masks are ``pin_sharp``. The
    PSF is the disk that ``calibrate`` finds in the shots of the light (§3).

    Parameters
    ----------
    bench : Bench
        The set-up.
    name, title, description : str
        Texts of the scene.
    threads : int or None
        As for ``refocus``; the scene does not depend on it.

    Returns
    -------
    Scene
        With truth and calibration.

    Raises
    ------
    RefocusError
        A photo does not show the subject, the shots cost too much together, or as for ``render``.
    """
    _check_bench(bench)
    check_texts(name, title, description)
    _check_cost_of_scene(bench)
    truth, mask = pin_sharp(bench, bench.camera, threads=threads)
    require(bool(mask.any()), "subject", "must be in the misfocused photo", ", ".join(bench.subject))
    focused = []
    for number, camera in enumerate(bench.focused, start=1):
        seen = pin_sharp(bench, camera, threads=threads)[1]
        require(bool(seen.any()), "subject", f"must be in focused photo {number}", ", ".join(bench.subject))
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


def _pinhole(camera: Camera) -> Camera:
    return camera.replace(f_number=math.inf, rim_distance=0.0, rim_diameter=math.inf)


def _check_bench(bench: Bench) -> None:
    require(isinstance(bench, Bench), "bench", "must be a Bench", quoted(bench))


def _check_cost_of_scene(bench: Bench) -> None:
    """Refuse a bench whose shots would take too long together, before the first is taken."""
    sharp = [_pinhole(camera) for camera in (bench.camera, *bench.focused)]
    plans = [plan(bench._faces, camera) for camera in (bench.camera, *bench.focused, *sharp)]
    _, _, size = _light_camera(bench)
    # The shots of the light, of one face, and then a convolution by every disk that may fit.
    together = sum(price for *_, price in plans) + 2 * size**2 * _LIGHT_RAYS * 2 + size**3
    check_cost(together, "take fewer or smaller photos")


def _light_camera(bench: Bench) -> tuple[Camera, float, int]:
    """The camera of the calibration shots, the distance of the light, and the side of its frame in pixels."""
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


def _card_with_light(side: int) -> NDArray[np.uint8]:
    """A dark card with a round bright hole in its middle: the photo of its texels. ``side``: in pixels."""
    place = (np.arange(_TEXELS * side) + 0.5) / _TEXELS - side / 2
    near = np.abs(place) < _WIDTH
    distance = np.hypot(place[near], place[near][:, None])
    hole = np.clip((_WIDTH / 2 - distance) * _TEXELS + 0.5, 0, 1)[:, :, None]
    dark, bright = decode(_CARD), decode(_LIGHT)
    photo = np.empty((len(place), len(place), 3), np.uint8)
    photo[:] = encode(dark)
    photo[np.ix_(near, near)] = encode(dark + (bright - dark) * hole)
    return photo
