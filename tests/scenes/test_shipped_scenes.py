"""The scenes in data/. Run as a script, this file writes their calibration shots anew."""

import hashlib
import platform
import sys
import time
from functools import cache

import numpy as np
import pytest
import skimage.data

from refocuslab.evaluation.metrics import score
from refocuslab.files.installed import data_folder, notebooks_folder
from refocuslab.optics.psf import disk
from refocuslab.pictures.reading import read_photo
from refocuslab.pictures.writing import write_photo
from refocuslab.scenes.benches import load_bench
from refocuslab.scenes.folder import load_scene
from refocuslab.scenes.saving import save_scene
from refocuslab.scenes.shipped import scene_names
from refocuslab.simulation.bench import blur_map
from refocuslab.simulation.misfocus import LightShots, misfocus, point_light

DIAMETER = {
    "astronaut-perspective": 9,
    "chelsea-perspective": 7,
    "coffee": 11,
    "motorcycle": 9,
    "motorcycle-breathing": 9,
    "motorcycle-perturbed": 9,
}
# The motorcycle scenes have one misfocused photo, so one lens, so one shot of the light.
LIGHT_SEED = {
    "astronaut-perspective": 8,
    "chelsea-perspective": 9,
    "coffee": 7,
    "motorcycle": 6,
    "motorcycle-breathing": 6,
    "motorcycle-perturbed": 6,
}
BENCHES = ("bench", "bench-perturbed")
# sha256 of their pictures and PSF, rendered before the lens could have any but a round opening.
RENDERED = {
    "bench": "3617dc5170bbc25baff04425c4616c02cbcdb9f7a357d9d1c57b41074195bd33",
    "bench-perturbed": "cfc14b625879dd1ca177148fadce54560e9398711e3ed96146da0f35a9113da9",
}
# Of the benches to measure with: the least and the largest diameter in U, and those of the focused photo.
LENSES = {
    "lens-slant": ((6, 12), 0.45),
    "lens-depth": ((6, 12), 0.4),
    "lens-cat-eye": ((12, 12), 0.0),
    "lens-polygon": ((12, 12), 0.0),
    "lens-ring": ((12, 12), 0.0),
}
loaded = cache(load_scene)  # a scene stays as it is


def light_shots(name) -> LightShots:
    """A light four pixels wide, in focus and misfocused as the scene is, each with noise."""
    return point_light(DIAMETER[name], width=4, noise=1.0, seed=LIGHT_SEED[name])


def test_the_names():
    assert scene_names() == tuple(sorted([*DIAMETER, *BENCHES]))


def test_the_folders_are_there():
    assert (data_folder() / "README.md").is_file()
    assert notebooks_folder().name.endswith("notebooks")


@pytest.mark.parametrize("name", DIAMETER)
class TestScene:
    def test_its_calibration_shots_are_those_of_the_simulated_light(self, name):
        for shot, made in light_shots(name)._asdict().items():
            kept = read_photo(data_folder() / name / f"light_{shot}.png")
            np.testing.assert_array_equal(kept, made)

    @pytest.mark.seconds
    def test_calibration_gives_the_diameter_of_the_misfocus(self, name):
        scene = loaded(name)
        np.testing.assert_array_equal(scene.psf, disk(DIAMETER[name]))
        np.testing.assert_array_equal(scene.calibration, light_shots(name))

    @pytest.mark.seconds
    def test_its_shapes_and_texts(self, name):
        scene = loaded(name)
        assert scene.name == name
        assert scene.title
        assert scene.description.endswith(".")
        assert "  " not in scene.description
        assert scene.misfocused.shape == scene.truth.shape == (300, 300, 3)
        assert len(scene.focused) == 1
        assert 0.5 < scene.mask.mean() < 0.95
        assert 0.5 < scene.focused[0].mask.mean() < 0.95

    @pytest.mark.seconds
    def test_it_is_the_truth_misfocused_with_the_light_from_beyond_the_crop(self, name):
        scene = loaded(name)
        whole, top, left = {
            "astronaut": (skimage.data.astronaut(), 160, 20),
            "chelsea": (skimage.data.chelsea(), 0, 60),
            "coffee": (skimage.data.coffee(), 14, 130),
            "motorcycle": (skimage.data.stereo_motorcycle()[0], 110, 210),
        }[name.partition("-")[0]]
        crop = np.s_[top : top + 300, left : left + 300]
        np.testing.assert_array_equal(scene.truth, whole[crop])
        grain = scene.misfocused - misfocus(whole, DIAMETER[name])[crop].astype(float)
        grain = grain[(scene.misfocused > 5) & (scene.misfocused < 250)]  # where nothing clips
        # One gray level, and twice the rounding to whole ones, of variance 1/12 each.
        assert abs(grain.mean()) < 0.02
        assert abs(grain.var() - 1 - 1 / 12) < 0.1

    @pytest.mark.seconds
    def test_it_is_the_same_every_time_and_loads_quickly(self, name):
        scene = loaded(name)
        start = time.process_time()
        assert load_scene(name) == scene
        assert time.process_time() - start < 1

    @pytest.mark.slow
    def test_a_copy_is_the_same_scene(self, name, tmp_path):
        scene = loaded(name)
        assert load_scene(save_scene(scene, tmp_path / "copy")) == scene

    def test_no_photograph_of_scikit_image_lies_in_its_folder(self, name):
        pictures = {path.name for path in (data_folder() / name).iterdir()} - {"scene.toml"}
        assert pictures == {"light_focused.png", "light_misfocused.png"}


@pytest.mark.parametrize("name", ["motorcycle", "coffee"])
def test_the_focused_photo_of_the_same_view_is_the_truth_with_grain_of_its_own(name):
    scene = loaded(name)
    (focused,) = scene.focused
    np.testing.assert_array_equal(focused.mask, scene.mask)
    grain = focused.image.astype(float) - scene.truth
    grain = grain[(scene.truth > 5) & (scene.truth < 250)]
    assert abs(grain.var() - 1 - 1 / 12) < 0.1
    assert abs(grain.mean()) < 0.02


def test_the_perturbed_view_shows_the_same_misfocused_photo():
    scene, perturbed = loaded("motorcycle"), loaded("motorcycle-perturbed")
    assert scene.replace(focused=perturbed.focused) == perturbed.replace(
        name=scene.name, title=scene.title, description=scene.description
    )
    right = skimage.data.stereo_motorcycle()[1][110:410, 160:460]
    grain = perturbed.focused[0].image.astype(float) - right
    assert abs(grain[(right > 5) & (right < 250)].var() - 1 - 1 / 12) < 0.1


def test_the_masks_of_both_views_agree_with_the_disparity():
    left, right = loaded("motorcycle").mask, loaded("motorcycle-perturbed").focused[0].mask
    disparity = skimage.data.stereo_motorcycle()[2][110:410, 210:510]
    # Carry the left mask into the right view, far things first, so that near ones cover them.
    y, x = np.unravel_index(disparity.argsort(axis=None, kind="stable"), disparity.shape)
    known = np.isfinite(disparity[y, x])
    y, x = y[known], x[known]
    column = np.rint(x - disparity[y, x] + 50).astype(int)  # the crops lie 50 pixels apart
    seen = (column >= 0) & (column < 300)
    carried = np.full(left.shape, -1)
    carried[y[seen], column[seen]] = left[y[seen], x[seen]]
    assert (carried >= 0).mean() > 0.75
    assert (carried[carried >= 0] == right[carried >= 0]).mean() > 0.98


@pytest.fixture(scope="module")
def scene():
    return load_scene("bench")


@pytest.mark.slow
class TestBench:
    def test_its_subject_is_misfocused_by_the_disk_that_the_light_shows(self, scene):
        bench = load_bench("bench")
        depth = (bench.point - bench.camera.position) @ bench.camera.axes[2]
        assert bench.camera.blur_diameter(depth) == pytest.approx(9, abs=0.1)
        np.testing.assert_array_equal(scene.psf, disk(9))
        # The subject is not flat, so not all of it is misfocused by 9 pixels, but all nearly.
        assert score(scene.truth, scene).reblur_rms < 2.5 < 8 < score(scene.misfocused, scene).reblur_rms

    def test_its_focused_photo_of_the_same_view_is_the_truth_but_for_grain_in_the_subject(self, scene):
        (focused,) = scene.focused
        np.testing.assert_array_equal(focused.mask, scene.mask)
        assert 0.5 < scene.mask.mean() < 0.95
        grain = (focused.image.astype(float) - scene.truth)[scene.mask]
        assert abs(grain.mean()) < 0.2
        assert 0.5 < grain.std() < 3

    def test_the_perturbed_view_shows_the_same_misfocused_photo(self, scene):
        perturbed = load_scene("bench-perturbed")
        assert scene.replace(focused=perturbed.focused) == perturbed.replace(
            name=scene.name, title=scene.title, description=scene.description
        )
        (turned,) = load_bench("bench-perturbed").focused
        across, ahead = turned.axes[2][[0, 2]]
        assert np.degrees(np.arctan2(-across, ahead)) == pytest.approx(5)
        moved = perturbed.focused[0].image.astype(float) - scene.focused[0].image
        assert np.sqrt((moved[scene.mask] ** 2).mean()) > 20


@pytest.mark.slow
@pytest.mark.skipif(
    (sys.platform, platform.machine()) != ("linux", "x86_64"), reason="another machine may round otherwise"
)
@pytest.mark.parametrize("name", BENCHES)
def test_a_bench_with_a_round_lens_stays_as_it_was_to_the_byte(name):
    scene = load_scene(name)
    arrays = [scene.misfocused, scene.mask, scene.truth, scene.psf, *scene.calibration]
    arrays += [array for photo in scene.focused for array in (photo.image, photo.mask)]
    assert hashlib.sha256(b"".join(array.tobytes() for array in arrays)).hexdigest() == RENDERED[name]


@pytest.mark.seconds
@pytest.mark.parametrize("name", LENSES)
def test_the_blur_of_a_lens_to_measure_with(name):
    bench = load_bench(name)
    (least, most), focused = LENSES[name]
    widths = blur_map(bench, bench.camera)
    assert widths.shape == (300, 300)
    assert (widths.min(), widths.max()) == pytest.approx((least, most), abs=0.02)
    assert blur_map(bench, bench.focused[0]).max() == pytest.approx(focused, abs=0.05)
    if name == "lens-depth":
        assert set(np.unique(widths.round(1))) == {6, 9, 12}
        assert all((widths.round(1) == one).mean() > 0.15 for one in (6, 9, 12))


@pytest.mark.slow
@pytest.mark.parametrize("name", LENSES)
def test_a_scene_to_measure_lenses_with(name):
    scene = load_scene(name)
    assert (scene.name, scene.mask.mean(), scene.focused[0].mask.mean()) == (name, 1, 1)
    assert scene.title
    assert scene.description.endswith(".")
    assert "  " not in scene.description
    error = scene.focused[0].image.astype(float) - scene.truth
    assert np.sqrt((error**2).mean()) < 2.5
    assert np.sqrt(((scene.misfocused.astype(float) - scene.truth) ** 2).mean()) > 10


if __name__ == "__main__":
    for name in DIAMETER:
        for shot, image in light_shots(name)._asdict().items():
            write_photo(data_folder() / name / f"light_{shot}.png", image)
