"""Whatever a public function is given: a RefocusError of one line, or what it should, and soon."""

import itertools
import time
import warnings
from dataclasses import fields
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

import refocuslab as rl
from refocuslab.errors import RefocusError
from refocuslab.optics.blur import convolve
from refocuslab.pictures.polygons import polygon_mask
from refocuslab.registration.warp import change_view
from refocuslab.simulation.misfocus import add_noise, misfocus, point_light

LONGEST = 20  # seconds, on a machine that does much else


class Odd:
    def __array__(self, *_, **__):
        raise KeyError("no array")


class Unshown:
    def __repr__(self):
        raise OSError("not to be shown")


within_itself: list = []
within_itself.append(within_itself)
NAN, INF = float("nan"), float("inf")
PLAIN = (
    *(None, True, False, 0, -1, 1, 2, 3, 1000, 1001, 10**5, 10**9, 2**63, 10**400, 10**5000, -(10**5000)),
    *(0.0, -0.0, 0.5, 1e-308, 5e-324, 1e308, -1e308, NAN, INF, -INF, 1j, Fraction(1, 2), Decimal(1)),
    *("", "1", "abc", "x" * 100_000, "\ud800", "\0", b"", b"1", {}, {1: 2}, set(), Ellipsis, int, object()),
    *([], [[]], (), within_itself, [1], [1, 2], [1, 2, 3], [True] * 3, ["1"] * 3, [1, [2]], [None] * 3),
    *([NAN] * 3, [1e308] * 3, [10**400] * 3, [[True, 0], [0, 1]], range(3), range(10**12), itertools.count()),
    *(Odd(), Unshown(), rl.Method(), slice(1)),
)
OF_NUMPY = (
    *(np.int8(3), np.uint8(255), np.int64(5), np.uint64(2**64 - 1), np.float16(3), np.float32(3)),
    *(np.longdouble("1e4000"), np.complex128(1), np.bool_(True), np.str_("1"), np.datetime64("2020-01-01")),
    *(np.array(3), np.array(3.0), np.array(True), np.array("1"), np.array(None), np.array([])),
    *(
        np.array([1, 2, 3]),
        np.array([1, 2, NAN]),
        np.array([True] * 3),
        np.array(["1"] * 3),
        np.array([1j] * 3),
    ),
    *(np.array([None] * 3), np.zeros((3, 3)), np.zeros((3, 3), complex), np.zeros((3, 3), bool), np.eye(3)),
    *(np.eye(3, dtype=object), np.full((3, 3), 1e308), np.full((3, 3), NAN), np.full((3, 3), INF)),
    *(np.zeros((0, 3)), np.zeros((5, 5, 3)), np.zeros((5, 5, 3), np.uint8), np.zeros((5, 5, 4), np.uint8)),
    *(np.zeros((5, 5), np.uint8), np.zeros((0, 5, 3), np.uint8), np.zeros((1, 1, 3), np.uint8)),
    *(np.ones((5, 5), bool), np.zeros((5, 5, 3), complex), np.zeros((5, 5, 3), object)),
    *(np.full((5, 5, 3), 1e308), np.full((5, 5, 3), NAN), np.ma.masked_array([1, 2, 3], [1, 0, 0])),
    # As large as they say, in one byte.
    *(np.broadcast_to(np.uint8(0), (10**6, 10**6, 3)), np.broadcast_to(False, (10**6, 10**6))),
    *(
        np.broadcast_to(0.0, (10**6 + 1, 10**6 + 1)),
        np.zeros(3, dtype=[("a", "f8")]),
        np.zeros((3, 3), "M8[s]"),
    ),
)
HOSTILE = PLAIN + OF_NUMPY

U = np.random.default_rng(0).integers(0, 256, (12, 14, 3), dtype=np.uint8)
MASK, PSF, LIGHT = np.ones((12, 14), bool), rl.disk(3), point_light(3, size=32)
CAMERA = rl.Camera(focal_length=50, f_number=2, focus_distance=1540, pixel=0.05, width=20, height=16)
TEXTURE = rl.Texture(U)
PLANE = rl.Plane("p", centre=(0, 0, 1000), size=(90, 90), texture=TEXTURE)
BENCH = rl.Bench(
    objects=[PLANE], subject=["p"], camera=CAMERA, focused=[CAMERA.focused_on((0, 0, 1000))], seed=0
)
SCENE = {"misfocused": U, "mask": MASK, "focused": [rl.FocusedPhoto(U)]}
SOLID = {"name": "p", "centre": (0, 0, 1000), "texture": TEXTURE, "yaw": 0.0, "pitch": 0.0}
# Each function, and arguments that it takes.
TAKEN = {
    "Scene": (rl.Scene, SCENE | {"psf": PSF, "truth": U, "name": "", "title": "", "description": ""}),
    "Scene, lit": (rl.Scene, SCENE | {"psf": None, "calibration": LIGHT}),
    "FocusedPhoto": (rl.FocusedPhoto, {"image": U, "mask": MASK}),
    "Method": (rl.Method, {field.name: getattr(rl.Method(), field.name) for field in fields(rl.Method)}),
    "disk": (rl.disk, {"diameter": 3}),
    "blur": (rl.blur, {"image": U, "psf": PSF, "light": "linear"}),
    "convolve": (convolve, {"image": U.astype(float), "psf": PSF}),
    "mtf": (rl.mtf, {"psf": PSF, "size": 16}),
    "disk_mtf": (rl.disk_mtf, {"diameter": 3.0, "frequencies": 0.1}),
    "calibrate": (
        rl.calibrate,
        {"focused_light": LIGHT[0], "misfocused_light": LIGHT[1], "largest": 9, "light": "linear"},
    ),
    "misfocus": (misfocus, {"image": U, "diameter": 3, "noise": 1.0, "seed": 0, "light": "linear"}),
    "add_noise": (add_noise, {"image": U, "noise": 1.0, "seed": 0}),
    "point_light": (
        point_light,
        {"diameter": 3, "width": 4, "size": 32, "noise": 1.0, "seed": 0, "light": "linear"},
    ),
    "change_view": (
        change_view,
        {"image": U, "homography": np.eye(3), "gain": 1.0, "offset": 0.0, "light": "linear"},
    ),
    "Camera": (rl.Camera, {field.name: getattr(CAMERA, field.name) for field in fields(rl.Camera)}),
    "Camera.blur_diameter": (CAMERA.blur_diameter, {"distance": 900.0}),
    "Camera.psf": (CAMERA.psf, {"place": (3, 4), "distance": 900.0}),
    "Camera.project": (CAMERA.project, {"point": (0, 0, 9)}),
    "Camera.focused_on": (CAMERA.focused_on, {"point": (0, 0, 90)}),
    "Camera.turned": (CAMERA.turned, {"angle": 3.0, "about": (0, 0, 9)}),
    "Texture": (rl.Texture, {"photo": U, "texel": 1.0, "tint": (1, 1, 1)}),
    "Plane": (rl.Plane, SOLID | {"size": (9, 9)}),
    "Box": (rl.Box, SOLID | {"size": (9, 9, 9), "sides": TEXTURE}),
    "Lamp": (rl.Lamp, {"towards": (0, 0, -1), "radius": 6.0, "ambient": 0.3}),
    "noise_texture": (rl.noise_texture, {"seed": 0, "size": 16, "color": (100, 100, 100)}),
    "Bench": (
        rl.Bench,
        {
            "objects": [PLANE],
            "subject": ["p"],
            "camera": CAMERA,
            "focused": [CAMERA],
            "lamp": rl.Lamp(),
            "seed": 0,
        },
    ),
    "Bench.with_f_number": (BENCH.with_f_number, {"f_number": 2.0}),
    "render": (rl.render, {"bench": BENCH, "camera": CAMERA, "seed": 0, "threads": 1}),
    "pin_sharp": (rl.pin_sharp, {"bench": BENCH, "camera": CAMERA, "threads": 1}),
    "blur_map": (rl.blur_map, {"bench": BENCH, "camera": CAMERA, "threads": 1}),
    "light_shots": (rl.light_shots, {"bench": BENCH}),
    "bench_scene": (rl.bench_scene, {"bench": BENCH, "name": ""}),
    "polygon_mask": (polygon_mask, {"shape": (5, 5), "polygons": [[[0, 0], [3, 0], [3, 3]]], "holes": ()}),
    "load_scene": (rl.load_scene, {"name_or_folder": "coffee"}),
    "load_bench": (rl.load_bench, {"name_or_folder": "bench"}),
}


@pytest.mark.parametrize("name", [name for name in TAKEN if name not in ("light_shots", "bench_scene")])
def test_what_a_function_takes_it_takes(name):
    function, arguments = TAKEN[name]
    function(**arguments)


# Every fifth value, each argument beginning with another; all of them in the slow tests.
@pytest.mark.seconds
@pytest.mark.parametrize("every", [5, pytest.param(1, marks=pytest.mark.slow)])
@pytest.mark.parametrize("name", TAKEN)
def test_any_other_argument_is_refused_or_taken_soon(name, every):
    function, arguments = TAKEN[name]
    for first, argument in enumerate(arguments):
        for number, value in list(enumerate(HOSTILE))[first % every :: every]:
            start = time.monotonic()
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                try:
                    function(**arguments | {argument: value})
                except RefocusError as error:
                    message = str(error)
                    assert len(message.splitlines()) == 1, (argument, number)
                    assert len(message) < 3000, (argument, number)
                except Exception as error:
                    pytest.fail(f"{name}, {argument}, value {number}: {type(error).__name__}: {error}")
            assert time.monotonic() - start < LONGEST, (argument, number)


@pytest.mark.parametrize(
    ("name", "argument", "value"),
    [
        ("add_noise", "noise", 1e308),
        ("add_noise", "noise", 256),
        ("misfocus", "diameter", 1001),
        ("disk", "diameter", 30_000),
        ("change_view", "gain", 1e308),
        ("change_view", "offset", 1e308),
        ("change_view", "offset", -1.5),
        ("change_view", "gain", [True, True, True]),
        ("change_view", "homography", [["1", 0, 0], [0, 1, 0], [0, 0, 1]]),
        ("change_view", "homography", [[True, 0, 0], [0, 1, 0], [0, 0, 1]]),
        ("change_view", "homography", -np.eye(3)),
        ("change_view", "homography", [[1, 0, 0], [0, 1, 0], [0, 0, -1]]),
        ("change_view", "homography", [[1, 0, 0], [0, 1, 0], [-0.08, 0, 1]]),
        ("change_view", "homography", [[1, 0, 0], [0, 1, 0], [0.1, 0.1, -0.5]]),
        ("change_view", "homography", np.eye(3) * 1e-300),
        ("change_view", "homography", np.eye(3) + 0j),
        ("blur", "psf", np.ones((1, 1), bool)),
        ("blur", "psf", np.array([["1"]])),
        ("blur", "psf", PSF + 0j),
        ("blur", "psf", PSF.astype(object)),
        ("polygon_mask", "polygons", [[["0", "0"], ["3", "0"], ["3", "3"]]]),
        ("polygon_mask", "polygons", [[[False, False], [True, False], [True, True]]]),
        ("polygon_mask", "polygons", [[[0, 0], [1e300, 0], [3, 3]]]),
        ("polygon_mask", "shape", (10**9, 10**9)),
        ("Camera", "focus_distance", 50.0),
        ("Camera", "width", 10**6),
        ("Camera", "position", "123"),
        ("Camera", "exposure", 1e308),
        ("Box", "size", (1e-308, 1, 1)),
        ("Plane", "yaw", 1e20),
        ("Lamp", "towards", (1e-308, 0, 0)),
        ("Texture", "tint", (1e308, 1, 1)),
        ("noise_texture", "size", 10**5),
        ("render", "threads", 10**9),
        ("Method", "passes", 99_999_999_999),
        ("Scene", "title", "x" * 1001),
        ("Scene", "description", "x" * 20_001),
        ("Scene", "name", "\ud800"),
    ],
)
def test_nonsense_is_refused(name, argument, value):
    function, arguments = TAKEN[name]
    with pytest.raises(RefocusError):
        function(**arguments | {argument: value})


@pytest.mark.parametrize("number", [np.int64(3), np.int8(3), np.uint64(3), 3])
def test_whole_numbers_of_numpy_are_whole_numbers(number):
    assert np.array_equal(rl.disk(number), rl.disk(3))
    assert np.array_equal(point_light(number)[1], point_light(3)[1])
    assert CAMERA.replace(width=number) == CAMERA.replace(width=3)


@pytest.mark.parametrize("number", [np.float16(60), np.float32(60), np.int16(60), 60])
def test_numbers_of_numpy_are_numbers(number):
    camera = CAMERA.replace(focal_length=number, pixel=np.float16(0.125), position=np.array([0, number, 0]))
    assert camera == CAMERA.replace(focal_length=60.0, pixel=0.125, position=(0.0, 60.0, 0.0))
    assert type(camera.focal_length) is float
