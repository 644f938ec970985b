import os
import re
from pathlib import Path

import numpy as np
import pytest
import skimage.data
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from refocuslab.errors import RefocusError
from refocuslab.files.installed import data_folder
from refocuslab.lens.varying_psf import VaryingPsf
from refocuslab.optics.blur import blur
from refocuslab.optics.psf import disk
from refocuslab.pictures.masks import write_mask
from refocuslab.pictures.polygons import polygon_mask
from refocuslab.pictures.writing import write_photo
from refocuslab.registration.warp import change_view
from refocuslab.scene import FocusedPhoto, Scene
from refocuslab.scenes import saving
from refocuslab.scenes.folder import load_scene
from refocuslab.scenes.saving import save_scene
from refocuslab.simulation.misfocus import add_noise, misfocus, point_light

RNG = np.random.default_rng(12)
U, V, TRUTH = (RNG.integers(0, 256, (20, side, 3), dtype=np.uint8) for side in (24, 30, 24))
MASK = np.zeros((20, 24), bool)
MASK[4:15, 5:20] = True
WIDTH = np.broadcast_to(np.linspace(3, 8, 24), (20, 24))
SQUARE = "[[4.5, 3.5], [19.5, 3.5], [19.5, 14.5], [4.5, 14.5]]"  # MASK but for a column

U_PNG, MASK_PNG, V_PNG = 'photo = "u.png"', 'mask = "mask.png"', 'photo = "v.png"'
PLAIN = """
[misfocused]
photo = "u.png"
mask = "mask.png"
[[focused]]
photo = "v.png"
[psf]
diameter = 5
"""


@pytest.fixture
def folder(tmp_path):
    """Pictures for a scene of one's own, and a function that writes its scene.toml and loads it."""
    folder = tmp_path / "bicycle"
    folder.mkdir()
    for name, image in (("u", U), ("v", V), ("truth", TRUTH)):
        write_photo(folder / f"{name}.png", image)
    write_mask(folder / "mask.png", MASK)
    for name, shot in point_light(7)._asdict().items():
        write_photo(folder / f"light_{name}.png", shot)
    np.save(folder / "psf.npy", disk(3))
    return folder


def load(folder, toml):
    (folder / "scene.toml").write_text(toml, encoding="utf-8")
    return load_scene(folder)


def refused(folder, toml, *messages):
    with pytest.raises(RefocusError) as caught:
        load(folder, toml)
    for message in (str(folder), *messages):
        assert message in str(caught.value)


def test_a_plain_scene(folder):
    expected = Scene(U, MASK, [FocusedPhoto(V)], psf=disk(5), name="bicycle")
    assert load(folder, PLAIN) == expected
    assert load_scene(str(folder)) == expected


def test_every_key(folder):
    scene = load(
        folder,
        f"""
        name = "n"
        title = "t"
        description = "d"
        light = "encoded"
        [misfocused]
        photo = "u.png"
        crop = {{ top = 1, left = 2, height = 18, width = 21 }}
        simulate = {{ diameter = 4, noise = 1.5, seed = 7 }}
        polygons = [{SQUARE}]
        holes = [[[8, 8], [12, 8], [10, 12]]]
        [[focused]]
        photo = "v.png"
        crop = {{ top = 0, left = 5, height = 20, width = 25 }}
        noise = {{ std = 2, seed = 9 }}
        polygons = [{SQUARE}]
        [[focused]]
        photo = "skimage:camera"
        [[focused]]
        photo = "u.png"
        crop = {{ top = 2, left = 0, height = 18, width = 21 }}
        same_mask = true
        [psf]
        file = "psf.npy"
        [calibration]
        focused = "light_focused.png"
        misfocused = "light_misfocused.png"
        [truth]
        photo = "truth.png"
        crop = {{ top = 1, left = 2, height = 18, width = 21 }}
        """,
    )
    square = [[4.5, 3.5], [19.5, 3.5], [19.5, 14.5], [4.5, 14.5]]
    mask = polygon_mask((18, 21), [square], holes=[[[8, 8], [12, 8], [10, 12]]])
    camera = np.repeat(skimage.data.camera()[:, :, None], 3, axis=2)
    assert scene == Scene(
        misfocus(U, 4, noise=1.5, seed=7, light="encoded")[1:19, 2:23],
        mask,
        [
            FocusedPhoto(add_noise(V[:, 5:], 2, 9), polygon_mask((20, 25), [square])),
            FocusedPhoto(camera),
            FocusedPhoto(U[2:, :21], mask),
        ],
        psf=disk(3),
        calibration=point_light(7),
        truth=TRUTH[1:19, 2:23],
        name="n",
        title="t",
        description="d",
    )


def test_the_simulation_comes_before_the_crop_and_defaults_to_no_noise_in_linear_light(folder):
    extra = "simulate = { diameter = 5 }\ncrop = { top = 0, left = 4, height = 20, width = 20 }"
    toml = PLAIN.replace('mask = "mask.png"', extra)
    expected = blur(U, disk(5), light="linear")[:, 4:]
    np.testing.assert_array_equal(load(folder, toml).misfocused, expected)


@pytest.mark.seconds
def test_calibration_in_the_light_of_the_scene(folder):
    toml = PLAIN.replace("[psf]\ndiameter = 5", '[calibration]\nfocused = "f.png"\nmisfocused = "m.png"')
    for light in ("linear", "encoded"):
        focused, misfocused = point_light(6, light=light)
        write_photo(folder / "f.png", focused)
        write_photo(folder / "m.png", misfocused)
        np.testing.assert_array_equal(load(folder, f'light = "{light}"\n{toml}').psf, disk(6))


def test_a_view_is_taken_of_the_whole_photo_before_the_crop_and_the_noise(folder):
    matrix, gain, offset = [[0.9, 0.1, 2], [0, 1, -1], [0.001, 0, 1.0]], [0.8, 1, 1.1], [0, 0.01, 0]
    extra = f"""
    view = {{ homography = {matrix}, gain = {gain}, offset = {offset} }}
    crop = {{ top = 3, left = 4, height = 15, width = 20 }}
    noise = {{ std = 1, seed = 5 }}
    """
    for light in ("linear", "encoded"):
        toml = f'light = "{light}"\n' + PLAIN.replace(V_PNG, f"{V_PNG}\n{extra}")
        view = change_view(V, matrix, gain=gain, offset=offset, light=light)
        expected = add_noise(view[3:18, 4:24], 1, 5)
        np.testing.assert_array_equal(load(folder, toml).focused[0].image, expected)
    plain = PLAIN.replace(V_PNG, f"{V_PNG}\nview = {{ homography = {matrix} }}")
    np.testing.assert_array_equal(load(folder, plain).focused[0].image, change_view(V, matrix))


@pytest.mark.seconds
def test_scikit_image_gives_three_channels_of_any_photo(folder):
    both = skimage.data.stereo_motorcycle()
    for name, image in (
        ("coffee", skimage.data.coffee()),
        ("stereo_motorcycle/left", both[0]),
        ("stereo_motorcycle/right", both[1]),
        ("logo", skimage.data.logo()[:, :, :3]),
    ):
        toml = PLAIN.replace("v.png", f"skimage:{name}")
        np.testing.assert_array_equal(load(folder, toml).focused[0].image, image)


def test_the_example_of_the_readme_loads(tmp_path):
    text = (data_folder() / "README.md").read_text("utf-8")
    toml, _ = re.findall(r"```toml\n(.*?)```", text, re.S)
    photo = RNG.integers(0, 256, (120, 160, 3), dtype=np.uint8)
    for name in ("misfocused", "focused"):
        Image.fromarray(photo).save(tmp_path / f"{name}.jpg")
    write_mask(tmp_path / "misfocused_mask.png", np.ones(photo.shape[:2]))
    for name, shot in point_light(8)._asdict().items():
        Image.fromarray(shot).save(tmp_path / f"light_{name}.jpg", quality=95)
    scene = load(tmp_path, toml)
    assert scene.title == "My bicycle"
    assert scene.focused[0].image.shape == (90, 120, 3)
    np.testing.assert_array_equal(scene.psf, disk(8))


def test_unknown_names_are_refused_with_the_nearest():
    nearest = r"did you mean \"motorcycle\", .*\"motorcycle-perturbed\".*\?\); got 'motorcylce'$"
    with pytest.raises(RefocusError, match=nearest):
        load_scene("motorcylce")
    with pytest.raises(RefocusError, match=r'one of .*"coffee", "motorcycle", .* or a folder; got'):
        load_scene("xyz")
    with pytest.raises(RefocusError, match="must be a name or a folder; got 3"):
        load_scene(3)


def test_a_name_goes_before_a_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("coffee").mkdir()
    assert load_scene("coffee").name == "coffee"
    with pytest.raises(RefocusError, match=r"scene\.toml must exist"):
        load_scene("./coffee")


def test_a_relative_folder_is_named_in_full(folder, monkeypatch):
    monkeypatch.chdir(folder)
    Path("scene.toml").write_text(PLAIN)
    assert load_scene(".").name == "bicycle"
    Path("scene.toml").write_text(PLAIN.replace("= 5", "= 0"))
    with pytest.raises(RefocusError, match=r"bicycle.scene\.toml: \[psf\] diameter must be"):
        load_scene(".")


@pytest.mark.seconds
def test_missing_and_damaged_files_are_named(folder):
    (folder / "cut.png").write_bytes((folder / "u.png").read_bytes()[:99])
    (folder / "cut.npy").write_bytes((folder / "psf.npy").read_bytes()[:99])
    np.save(folder / "objects.npy", np.array([None]), allow_pickle=True)
    shots = '[calibration]\nfocused = "light_focused.png"\nmisfocused = "{}"'
    for bad in ("gone.png", "cut.png"):
        for toml in (
            PLAIN.replace("u.png", bad),
            PLAIN.replace("mask.png", bad),
            PLAIN.replace("v.png", bad),
            PLAIN + f'[truth]\nphoto = "{bad}"',
            PLAIN + shots.format(bad),
        ):
            refused(folder, toml, str(folder / bad))
    for bad in ("gone.npy", "cut.npy", "objects.npy"):
        toml = PLAIN.replace("diameter = 5", f'file = "{bad}"')
        refused(folder, toml, str(folder / bad), "[psf] file must be a readable .npy file")


def test_a_missing_or_damaged_toml(folder):
    with pytest.raises(RefocusError, match=r"scene\.toml must exist"):
        load_scene(folder)
    refused(folder, "photo = \n", "scene.toml must be TOML", "line 1")
    (folder / "scene.toml").write_bytes(b'title = "\xff"')
    with pytest.raises(RefocusError, match=r"scene\.toml must be TOML"):
        load_scene(folder)
    (folder / "scene.toml").unlink()
    (folder / "scene.toml").mkdir()
    with pytest.raises(RefocusError, match=r"scene\.toml must be readable"):
        load_scene(folder)


def crop(top, left, height, width):
    return f"crop = {{ top = {top}, left = {left}, height = {height}, width = {width} }}"


UNIT, SINGULAR = "[[1, 0, 0], [0, 1, 0], [0, 0, 1]]", "[[1, 0, 0], [0, 1, 0], [1, 1, 0]]"


@pytest.mark.parametrize(
    ("old", "new", "messages"),
    [
        # keys
        (U_PNG, 'foto = "u.png"', ["[misfocused] foto is none of", 'did you mean "photo"?']),
        (V_PNG, f"{V_PNG}\nmaks = 1", ["[[focused]] number 1: maks", 'did you mean "mask"?']),
        ("[psf]", "[spf]", ["spf is none of the keys", 'did you mean "psf"?']),
        ("diameter", "radius", ["[psf] radius is none of", '"diameter", "file"']),
        (
            MASK_PNG,
            "crop = { top = 1, lfet = 2 }",
            ["[misfocused] crop: lfet is none", 'did you mean "left"?'],
        ),
        (MASK_PNG, "same_mask = true", ["[misfocused] same_mask is none of the keys"]),
        (V_PNG, f"{V_PNG}\nsimulate = {{}}", ["number 1: simulate is none of the keys"]),
        (U_PNG, "", ["[misfocused] photo must be given"]),
        ("[misfocused]", "[truth]", ["misfocused must be given"]),
        ("[[focused]]", "[focused]", ["focused must be a list; got {"]),
        (V_PNG, "", ["[[focused]] number 1: photo must be given"]),
        (
            MASK_PNG,
            "crop = { top = 1, left = 2, width = 3 }",
            ["[misfocused] crop: height must be given"],
        ),
        (MASK_PNG, "simulate = { noise = 1.0 }", ["simulate: diameter must be given"]),
        ("[psf]\ndiameter = 5", '[calibration]\nfocused = "v.png"', ["misfocused must be given"]),
        ("diameter = 5", "", ["[psf] it must have", "got none"]),
        ("diameter = 5", 'diameter = 5\nfile = "psf.npy"', ["[psf] it must have", "got both"]),
        # values
        (U_PNG, "photo = 3", ["[misfocused] photo must be text; got 3"]),
        (MASK_PNG, "mask = true", ["[misfocused] mask must be text; got True"]),
        (MASK_PNG, "crop = 9", ["[misfocused] crop must be a table; got 9"]),
        (V_PNG, f"{V_PNG}\nsame_mask = 1", ["same_mask must be true or false; got 1"]),
        (V_PNG, f"{V_PNG}\nnoise = {{ std = true }}", ["noise: std must be a number; got True"]),
        (V_PNG, f"{V_PNG}\nnoise = {{ std = -1 }}", ["number 1: noise: noise must be finite"]),
        (V_PNG, f"{V_PNG}\nnoise = {{ std = nan }}", ["number 1: noise: noise must be finite"]),
        (V_PNG, f"{V_PNG}\nnoise = {{ std = 1, seed = -1 }}", ["noise: seed must be at least 0"]),
        ("diameter = 5", "diameter = 5.0", ["[psf] diameter must be a whole number; got 5.0"]),
        ("diameter = 5", "diameter = true", ["[psf] diameter must be a whole number; got True"]),
        ("diameter = 5", "diameter = 0", ["[psf] diameter must be a number greater than 0"]),
        ("diameter = 5", "diameter = 41", ["psf must fit the photos"]),
        (MASK_PNG, "simulate = { diameter = 41 }", ["[misfocused] simulate: psf must fit"]),
        ("[misfocused]", 'light = "red"\n[misfocused]', ['light must be "linear" or "encoded"']),
        # views
        (MASK_PNG, "view = { homography = [] }", ["[misfocused] view is none of the keys"]),
        (V_PNG, f"{V_PNG}\nview = {{ gain = [1, 1, 1] }}", ["view: homography must be given"]),
        (V_PNG, f"{V_PNG}\nview = {{ homography = [[1]] }}", ["view: homography must be three rows"]),
        (V_PNG, f"{V_PNG}\nview = {{ homography = {SINGULAR} }}", ["homography must have an inverse"]),
        (V_PNG, f"{V_PNG}\nview = {{ homography = {UNIT}, gain = [0, 1, 1] }}", ["must be more than 0"]),
        (V_PNG, f"{V_PNG}\nview = {{ homography = {UNIT}, gain = 2 }}", ["gain must be a list; got 2"]),
        (V_PNG, f'{V_PNG}\nview = {{ homography = {UNIT}, offset = ["a"] }}', ["offset must be a finite"]),
        # masks
        (U_PNG, V_PNG, ["mask must have the shape of its photo, (20, 30)", "got (20, 24) bool"]),
        (
            MASK_PNG,
            f"{MASK_PNG}\npolygons = [{SQUARE}]",
            ["[misfocused] mask must not be given with polygons"],
        ),
        (MASK_PNG, f"{MASK_PNG}\nholes = [{SQUARE}]", ["holes must come with polygons"]),
        (MASK_PNG, "polygons = []", ["mask must hold at least one pixel"]),
        (MASK_PNG, "polygons = [[[50, 50], [60, 50], [60, 60]]]", ["at least one pixel"]),
        (MASK_PNG, f"polygons = [{SQUARE}]\nholes = [{SQUARE}]", ["at least one pixel"]),
        (MASK_PNG, f"polygons = {SQUARE}", ["polygons must be lists of at least three points"]),
        (MASK_PNG, 'polygons = ["round"]', ["polygons must be lists of at least three points"]),
        (V_PNG, f"{V_PNG}\nsame_mask = true", ["mask must have the shape of its photo, (20, 30)"]),
        (V_PNG, f"{V_PNG}\nsame_mask = true\n{MASK_PNG}", ["same_mask must not be given"]),
        # crops
        (MASK_PNG, crop(0, 0, 21, 5), ["the photo, 20 x 24 pixels"]),
        (MASK_PNG, crop(-1, 0, 5, 5), ["crop: it must lie inside"]),
        (MASK_PNG, crop(1, 1, 0, 5), ["crop: it must lie inside"]),
        # places
        (
            U_PNG,
            'photo = "../u.png"',
            ["[misfocused] its files must lie in the folder of the scene; got '../u.png'"],
        ),
        (U_PNG, 'photo = "/u.png"', ["must lie in the folder of the scene; got '/u.png'"]),
        (U_PNG, 'photo = "skimage:cofee"', ["a photo of scikit-image", 'did you mean "coffee"']),
        (U_PNG, 'photo = "skimage:stereo_motorcycle"', ["did you mean", "stereo_motorcycle/left"]),
        (U_PNG, 'photo = "skimage:download_all"', ["must be a photo of scikit-image"]),
        (U_PNG, 'photo = "skimage:lfw_subset"', ["skimage:lfw_subset must be a photo of shape"]),
        ("[psf]", f"[truth]\n{V_PNG}\n[psf]", ["truth must have the shape of the misfocused"]),
    ],
)
def test_what_a_scene_toml_may_not_say(folder, old, new, messages):
    assert PLAIN.count(old) == 1
    refused(folder, PLAIN.replace(old, new), *messages)


def test_psf_files_that_are_none(folder):
    for psf, message in (
        (disk(5) * 2, "psf must sum to 1"),
        (np.full((5, 5), np.nan), "psf must be finite"),
        (np.array([["a"]]), "psf must be an array of numbers"),
    ):
        np.save(folder / "psf.npy", psf)
        refused(folder, PLAIN.replace("diameter = 5", 'file = "psf.npy"'), message)


@pytest.mark.parametrize(
    ("lines", "width", "messages"),
    [
        ("", np.full(U.shape[:2], np.nan), ("[varying]", "pixels everywhere")),
        ("", np.full((3, 3), 4.0), ("varying", "of the misfocused photo's size")),
        ("", np.array([["a"]]), ("[varying]", "width must be an array of numbers")),
        ("widths = [3, 4]", WIDTH, ("[varying]", "must have widths and psfs, or neither")),
        ('psfs = ["psf.npy"]', WIDTH, ("[varying]", "must have widths and psfs, or neither")),
        ('psfs = ["psf.npy", "psf.npy"]\nwidths = [9, 3]', WIDTH, ("[varying]", "widths must be 2 numbers")),
        (f"psfs = {101 * ['psf.npy']}\nwidths = [9, 3]", WIDTH, ("[varying]", "psfs must be at most 100")),
    ],
)
def test_maps_that_are_none(folder, lines, width, messages):
    np.save(folder / "psf.npy", disk(3))
    np.save(folder / "width.npy", width)
    refused(folder, f'{PLAIN}\n[varying]\nwidth = "width.npy"\n{lines}\n', *messages)


def test_no_focused_photos(folder):
    refused(folder, "focused = []\n" + PLAIN.replace(f"[[focused]]\n{V_PNG}\n", ""), "one or more")
    refused(
        folder,
        "focused = [1]\n" + PLAIN.replace(f"[[focused]]\n{V_PNG}\n", ""),
        "number 1: it must be a table",
    )


@pytest.mark.parametrize("side", [0, 1])
def test_a_photo_that_scikit_image_cannot_fetch(folder, monkeypatch, side):
    def fails():
        raise [ModuleNotFoundError("no pooch"), ConnectionError("no network")][side]

    monkeypatch.setattr(skimage.data, "lily", fails)
    refused(folder, PLAIN.replace("v.png", "skimage:lily"), "at hand in scikit-image; got lily (no")


# Saving


def full_scene(**changes):
    fields = {
        "psf": disk(6),
        "calibration": point_light(7, noise=1.0, seed=3),
        "truth": TRUTH,
        "name": "another name than the folder's",
    }
    fields["focused"] = [FocusedPhoto(V), FocusedPhoto(U, MASK)]
    return Scene(U, MASK, **fields | changes)


@pytest.mark.seconds
@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"name": "", "truth": None, "calibration": None},
        {"psf": disk(7)},
        {"psf": disk(1)},
        {"psf": np.array([[0, 0, 0], [0.1, 0.2, 0.3], [0.4, 0, 0]])},
        {"psf": None},
        {"focused": [FocusedPhoto(V, restored=True)]},
        {"varying": VaryingPsf.of(WIDTH)},
        {"varying": VaryingPsf([disk(3), disk(9.5)], [2, 9], WIDTH)},
    ],
)
def test_a_saved_scene_loads_back_equal(tmp_path, changes):
    scene = full_scene(**changes)
    target = tmp_path / "new" / "folder"
    assert save_scene(scene, str(target)) == target
    assert load_scene(target) == scene
    assert os.listdir(target.parent) == ["folder"]
    psf_is_a_disk = not ("psf" in changes and scene.psf.shape == (3, 3))
    assert (target / "psf.npy").exists() != psf_is_a_disk


@pytest.mark.seconds
@settings(max_examples=40, deadline=None)
@given(text=st.text(st.characters(exclude_categories=["Cs"])))
def test_any_text_survives(tmp_path_factory, text):
    folder = tmp_path_factory.mktemp("text") / "scene"
    texts = {"name": text, "title": text, "description": text}
    scene = Scene(U[:2, :2], None, [FocusedPhoto(V[:2, :2])], psf=disk(1), **texts)
    assert load_scene(save_scene(scene, folder)) == scene


def test_saving_overwrites_nothing(tmp_path):
    scene = full_scene()
    (tmp_path / "empty").mkdir()
    save_scene(scene, tmp_path / "empty")
    before = sorted(path.read_bytes() for path in (tmp_path / "empty").iterdir())
    for taken in (tmp_path / "empty", tmp_path / "empty" / "scene.toml"):
        with pytest.raises(RefocusError, match="folder must not exist yet, or be empty"):
            save_scene(scene, taken)
    assert sorted(path.read_bytes() for path in (tmp_path / "empty").iterdir()) == before
    with pytest.raises(RefocusError, match="folder must lie where folders can be made"):
        save_scene(scene, tmp_path / "empty" / "scene.toml" / "below")


@pytest.mark.parametrize("error", [OSError("disk full"), KeyboardInterrupt()])
def test_a_scene_is_saved_whole_or_not_at_all(tmp_path, monkeypatch, error):
    def fails(path, mask):
        raise error

    monkeypatch.setattr(saving, "write_mask", fails)
    with pytest.raises(type(error)):
        save_scene(full_scene(), tmp_path / "scene")
    assert os.listdir(tmp_path) == []


@pytest.mark.skipif(os.name != "posix", reason="folders have modes on POSIX only")
def test_others_may_read_a_saved_scene_as_they_may_any_folder(tmp_path):
    (tmp_path / "ordinary").mkdir()
    saved = save_scene(full_scene(), tmp_path / "scene")
    assert saved.stat().st_mode == (tmp_path / "ordinary").stat().st_mode
