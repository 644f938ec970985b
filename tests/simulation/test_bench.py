"""The bench is a thin lens: each picture of it is held against a closed form."""

import math

import numpy as np
import pytest
import skimage.data
from skimage.transform import ProjectiveTransform, warp

from refocuslab.errors import RefocusError
from refocuslab.optics.blur import blur
from refocuslab.optics.calibration import calibrate
from refocuslab.optics.light import decode
from refocuslab.optics.psf import disk
from refocuslab.simulation.bench import Bench, bench_scene, light_shots, pin_sharp, render
from refocuslab.simulation.camera import Camera
from refocuslab.simulation.solids import Lamp, Plane, noise_texture

WHITE, BLACK = (np.full((4, 4, 3), level, np.uint8) for level in (230, 0))
FLAT = Lamp(towards=(0, 0, -1), ambient=1.0)
CAMERA = Camera(
    focal_length=50, f_number=2, focus_distance=1540, pixel=0.05, width=80, height=60, target=(0, 0, 1)
)
SHOWN = 1000 / CAMERA.scale  # mm on a plane 1 m away that a pixel shows


def plane(name="poster", z=1000, x=0.0, size=(400, 400), texture=None, **options):
    texture = skimage.data.astronaut() if texture is None else texture
    return Plane(name, centre=(x, 0, z), size=size, texture=texture, **options)


def bench(*objects, camera=CAMERA, focused=None, **options):
    objects = objects or (plane(),)
    focused = [camera.focused_on((0, 0, 1000))] if focused is None else focused
    subject = [objects[0].name]
    settings = {"objects": objects, "subject": subject, "camera": camera, "focused": focused, "lamp": FLAT}
    return Bench(**settings | options)


def spread(light):
    """The variance along x of a spot on black, (H, W) of light."""
    x = np.arange(light.shape[1])
    columns = light.sum(axis=0) / light.sum()
    return (columns * x**2).sum() - (columns * x).sum() ** 2


def linear(photo):
    return decode(photo).mean(axis=2)


SLOW = pytest.mark.slow


@pytest.mark.seconds
@pytest.mark.parametrize(
    ("f_number", "focus", "breathing"),
    [
        (2, 1540, False),
        (4, 2500, True),
        *(pytest.param(n, s, b, marks=SLOW) for n in (1.4, 2.8) for s in (700, 1400) for b in (False, True)),
    ],
)
def test_calibration_finds_the_circle_of_confusion_of_the_closed_form(f_number, focus, breathing):
    camera = CAMERA.replace(f_number=f_number, focus_distance=focus, breathing=breathing)
    shots = light_shots(bench(camera=camera))
    assert calibrate(*shots).diameter == pytest.approx(camera.blur_diameter(1000), abs=0.75)


def test_the_variance_of_a_spot_is_that_of_its_disk_to_a_percent_and_halves_its_root_with_the_f_number():
    spot = bench(plane(size=(4, 4), texture=WHITE))
    sharp = spread(linear(pin_sharp(spot, CAMERA)[0]))
    bright = 8.0  # long exposures keep 8 bits from mattering in the dim disk
    found = []
    for f_number in (1.4, 2.8):
        camera = CAMERA.replace(f_number=f_number, exposure=bright / f_number**2 * 1.96)
        wide = spread(linear(render(spot, camera))) - sharp
        found.append(4 * math.sqrt(wide))  # a disk of diameter d has the variance d²/16
        assert found[-1] == pytest.approx(camera.blur_diameter(1000), rel=0.015)
    assert found[0] / found[1] == pytest.approx(2, rel=0.02)


def test_misfocus_neither_makes_nor_loses_light():
    card = bench(plane(size=(24, 24), texture=noise_texture(1, size=64)))
    before, after = (linear(photo).sum() for photo in (pin_sharp(card, CAMERA)[0], render(card, CAMERA)))
    assert after == pytest.approx(before, rel=0.005)


def test_a_plane_in_focus_is_pin_sharp_at_any_aperture_but_for_noise():
    poster = bench()
    focused = CAMERA.focused_on((0, 0, 1000)).replace(f_number=1.4)
    truth = pin_sharp(poster, focused)[0].astype(int)
    assert np.abs(render(poster, focused) - truth).max() <= 1
    grain = render(poster, focused, seed=1) - truth
    assert 0.3 < grain.std() < 3


def test_misfocus_of_a_plane_square_to_the_axis_is_the_paper_s_convolution_with_a_disk():
    camera = CAMERA.replace(focus_distance=1 / (1 / 1000 - 9 / 25000))  # a disk of 9 pixels
    assert camera.blur_diameter(1000) == pytest.approx(9)
    poster = bench(camera=camera)
    inside = np.s_[8:-8, 8:-8]
    error = blur(pin_sharp(poster, camera)[0], disk(9))[inside].astype(int) - render(poster, camera)[inside]
    assert np.sqrt((error**2).mean()) < 1.5
    assert np.sqrt(((pin_sharp(poster, camera)[0] - render(poster, camera).astype(int)) ** 2).mean()) > 10


def test_a_near_edge_out_of_focus_spreads_over_the_background_by_the_area_of_the_disk():
    # A black card covers what lies left of the axis; the white wall behind it is in focus.
    card = plane("card", z=1000, x=-200, size=(400, 400), texture=BLACK)
    wall = plane("wall", z=1540, size=(600, 600), texture=WHITE)
    light = linear(render(bench(card, wall), CAMERA)).mean(axis=0) / decode(np.uint8(230))
    t = np.clip(2 * (np.arange(80) - 39.5) / CAMERA.blur_diameter(1000), -1, 1)
    open_lens = 0.5 + (t * np.sqrt(1 - t**2) + np.arcsin(t)) / np.pi
    np.testing.assert_allclose(light, open_lens, atol=0.02)
    assert (np.abs(light - 0.5) < 0.45).sum() >= 6


def test_a_near_edge_in_focus_stays_sharp_before_a_blurred_background():
    card = plane("card", z=1000, x=-200, size=(400, 400), texture=WHITE)
    wall = plane("wall", z=1540, size=(800, 800), texture=noise_texture(2))
    camera = CAMERA.focused_on((0, 0, 1000))
    photo, (truth, mask) = render(bench(card, wall), camera), pin_sharp(bench(card, wall), camera)
    np.testing.assert_array_equal(mask[0], np.arange(80) < 39.5)
    np.testing.assert_array_equal(photo[mask], truth[mask])
    assert np.abs(photo.astype(int) - truth)[~mask].mean() > 3


@pytest.mark.parametrize("angle", [-35, 20])
def test_a_turned_camera_sees_the_plane_through_the_homography_of_its_corners(angle):
    camera = CAMERA.focused_on((0, 0, 1000)).replace(width=120, height=120)
    poster = bench(plane(size=(200, 200)), camera=camera)
    turned = camera.turned(angle, about=(0, 0, 1000)).focused_on((0, 0, 1000))
    corners = np.array([(x, y, 1000) for x in (-50, 50) for y in (-50, 50)])
    before, after = (np.array([c.project(p) for p in corners]) for c in (camera, turned))
    homography = ProjectiveTransform.from_estimate(before, after)
    straight, oblique = (pin_sharp(poster, c)[0] for c in (camera, turned))
    carried = 255 * warp(oblique, homography, order=3)
    inside = np.s_[20:-20, 20:-20]
    error = np.sqrt(((carried - straight)[inside] ** 2).mean())
    unmoved = np.sqrt(((oblique.astype(float) - straight)[inside] ** 2).mean())
    assert error < 7  # two samplings of one texture, at the pixel's limit
    assert unmoved > 3 * error


def test_the_mask_is_where_the_subject_fills_half_of_a_pixel():
    # 20 pixels wide from the middle of pixel 29.9 on: whole pixels from 30 to 49.
    card = plane("card", size=(20 * SHOWN, 10 * SHOWN), x=0.4 * SHOWN)
    photo, mask = pin_sharp(bench(card), CAMERA)
    assert photo.dtype == np.uint8
    expected = np.zeros((60, 80), bool)
    expected[25:35, 30:50] = True
    np.testing.assert_array_equal(mask, expected)


def test_what_stands_before_the_subject_is_not_in_its_mask():
    card, post = plane("card"), plane("post", z=900, size=(18, 400))
    mask = pin_sharp(bench(card, post), CAMERA)[1]
    np.testing.assert_array_equal(mask[0], np.abs(np.arange(80) - 39.5) > 10)


def test_breathing_narrows_the_view_of_the_nearer_focus():
    far = CAMERA.replace(breathing=True)
    near = far.focused_on((0, 0, 1000))
    card = bench(plane(size=(40, 40), texture=WHITE))
    widths = [pin_sharp(card, camera)[1].sum() ** 0.5 for camera in (far, near)]
    assert widths[1] / widths[0] == pytest.approx(near.scale / far.scale, rel=0.03)
    assert near.scale / far.scale > 1.015


def test_noise_is_that_of_electrons_and_of_their_reading():
    camera = CAMERA.replace(full_well=5000.0, read_noise=30.0)
    for level in (60, 128, 230):
        card = bench(plane(texture=np.full((4, 4, 3), level, np.uint8)))
        light = decode(np.uint8(level))
        noise = decode(render(card, camera, seed=3)).std()
        assert noise == pytest.approx(math.sqrt(light / 5000 + (30 / 5000) ** 2), rel=0.05)


def test_exposure_is_a_gain_of_light_that_clips_at_white():
    card = bench(plane(texture=np.full((4, 4, 3), 100, np.uint8)))
    half, much = (render(card, CAMERA.replace(exposure=e)) for e in (0.5, 20))
    assert decode(half).mean() == pytest.approx(decode(np.uint8(100)) / 2, rel=0.02)
    assert (much == 255).all()


@pytest.mark.seconds
def test_the_same_seed_gives_the_same_bytes_for_any_threads():
    first = render(bench(), CAMERA, seed=5, threads=1)
    np.testing.assert_array_equal(render(bench(), CAMERA, seed=5, threads=3), first)
    assert (render(bench(), CAMERA, seed=6, threads=1) != first).any()


@pytest.mark.slow
def test_a_scene_hangs_on_its_seed_by_its_noise_alone():
    scene = bench_scene(bench(seed=5), threads=1)
    assert bench_scene(bench(seed=5), threads=2) == scene
    other = bench_scene(bench(seed=6))
    assert (other.misfocused != scene.misfocused).any()
    np.testing.assert_array_equal(other.truth, scene.truth)


@pytest.mark.slow
def test_a_scene_is_all_shots_of_the_bench():
    turned = CAMERA.turned(5, about=(0, 0, 1000)).focused_on((0, 0, 1000))
    shots = bench(focused=[CAMERA.focused_on((0, 0, 1000)), turned])
    scene = bench_scene(shots, name="poster", title="A poster", description="On a bench.")
    truth, mask = pin_sharp(shots, CAMERA)
    np.testing.assert_array_equal(scene.truth, truth)
    np.testing.assert_array_equal(scene.mask, mask)
    np.testing.assert_array_equal(scene.psf, disk(round(CAMERA.blur_diameter(1000))))
    assert (scene.name, len(scene.focused)) == ("poster", 2)
    # The noise of the photos is their own.
    np.testing.assert_array_equal(scene.focused[1].image, render(shots, turned, seed=(0, 2)))
    grain = scene.focused[0].image.astype(int) - truth
    assert np.abs(grain).mean() < 3
    stopped = bench_scene(shots.with_f_number(4))
    np.testing.assert_array_equal(stopped.psf, disk(round(CAMERA.blur_diameter(1000) / 2)))
    np.testing.assert_array_equal(stopped.truth, truth)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"objects": []}, "objects must be a list of one or more Plane or Box"),
        ({"objects": [plane(), plane()]}, "objects must have names of their own"),
        ({"subject": ["poter"]}, "subject must be among poster; got poter"),
        ({"subject": "poster"}, "subject must be a list"),
        ({"focused": []}, "focused must be a list of one or more Camera"),
        ({"camera": None}, "camera must be a Camera"),
        ({"lamp": 3}, "lamp must be a Lamp"),
        ({"seed": -1}, "seed must be a whole number from 0"),
    ],
)
def test_impossible_benches_are_refused(change, message):
    with pytest.raises(RefocusError, match=message):
        bench().replace(**change)


def test_impossible_shots_are_refused():
    near = bench(plane(), plane("fly", z=45, size=(1, 1)))
    with pytest.raises(RefocusError, match=r"objects must lie farther ahead .* 50 mm; got a corner at 45 mm"):
        render(near, CAMERA)
    with pytest.raises(RefocusError, match="subject must be in the misfocused photo"):
        bench_scene(bench(plane(x=5000), plane("wall", z=1500)))
    away = CAMERA.replace(target=(2000, 0, 1000))
    with pytest.raises(RefocusError, match="subject must be in focused photo 1"):
        bench_scene(bench(plane(), focused=[away]))
