import re

import numpy as np
import pytest

from refocuslab.errors import RefocusError
from refocuslab.files.installed import data_folder
from refocuslab.pictures.writing import write_photo
from refocuslab.scenes.benches import load_bench
from refocuslab.scenes.folder import load_scene
from refocuslab.simulation.bench import bench_scene, pin_sharp

BENCH = """
title = "A card"
[bench]
subject = ["card"]
seed = 3
[bench.camera]
focal_length = 50
f_number = 2.0
focus_distance = 1540
pixel = 0.05
width = 60
height = 40
[[bench.focused]]
[[bench.focused]]
turn = -7
f_number = 4.0
exposure = 0.9
[bench.lamp]
ambient = 0.5
[[bench.plane]]
name = "wall"
centre = [0, 0, 1540]
size = [900, 900]
texture = { noise = 4, texel = 1.5 }
[[bench.box]]
name = "card"
centre = [0, 0, 1010]
size = [30, 20, 20]
yaw = 10
texture = { photo = "photo.png", crop = { top = 5, left = 0, height = 20, width = 20 }, tint = [1, 0.5, 1] }
sides = { photo = "skimage:coffee" }
"""


@pytest.fixture
def folder(tmp_path):
    photo = np.random.default_rng(0).integers(0, 256, (30, 30, 3), dtype=np.uint8)
    write_photo(tmp_path / "photo.png", photo)
    (tmp_path / "scene.toml").write_text(BENCH, encoding="utf-8")
    return tmp_path


def test_a_bench_is_what_its_table_says(folder):
    bench = load_bench(folder)
    wall, card = bench.objects
    assert (bench.subject, bench.seed, bench.lamp.ambient) == (("card",), 3, 0.5)
    assert (bench.camera.f_number, bench.camera.breathing, bench.camera.full_well) == (2.0, False, 20_000)
    assert (bench.camera.blades, bench.camera.obstruction, bench.camera.rim_distance) == (0, 0, 0)
    assert (wall.name, wall.texture.texel, card.yaw, card.texture.tint) == ("wall", 1.5, 10, (1, 0.5, 1))
    assert card.texture.photo.shape == (20, 20, 3)
    assert card.sides.photo.shape == (400, 600, 3)
    same, turned = bench.focused
    assert same == bench.camera.focused_on(bench.point)
    expected = bench.camera.turned(-7, about=bench.point).focused_on(bench.point)
    assert turned == expected.replace(f_number=4.0, exposure=0.9)


def test_a_lens_has_the_aperture_that_its_table_says(folder):
    keys = "blades = 5\nblade_angle = 12\nobstruction = 0.3\nrim_distance = 20\nrim_diameter = 30.5\n"
    (folder / "scene.toml").write_text(BENCH.replace("pixel = 0.05", keys + "pixel = 0.05"), encoding="utf-8")
    for camera in (load_bench(folder).camera, load_bench(folder).focused[1]):
        assert (camera.blades, camera.blade_angle, camera.obstruction) == (5, 12, 0.3)
        assert (camera.rim_distance, camera.rim_diameter) == (20, 30.5)


@pytest.mark.slow
def test_its_scene_is_rendered_when_it_is_loaded(folder):
    scene = load_scene(folder)
    expected = bench_scene(load_bench(folder), name=folder.name, title="A card")
    assert scene == expected
    assert len(scene.focused) == 2


@pytest.mark.seconds
@pytest.mark.parametrize(
    ("old", "new", "messages"),
    [
        ("f_number = 2.0", "f_numer = 2.0", ["[bench] camera: f_numer is none of the keys", '"f_number"']),
        ("f_number = 2.0", "f_number = -2.0", ["[bench] camera: f_number must be a number greater than 0"]),
        ("f_number = 2.0", 'f_number = "2"', ["camera: f_number must be a number; got '2'"]),
        ("pixel = 0.05", "pixel = 0.05\nblades = 2", ["[bench] camera: blades must be 0, or from 3 to 24"]),
        ("pixel = 0.05", "pixel = 0.05\nblades = 5.0", ["[bench] camera: blades must be a whole number"]),
        ("pixel = 0.05", "pixel = 0.05\nobstruction = 1", ["camera: obstruction must be from 0 to 0.9"]),
        ("pixel = 0.05", "pixel = 0.05\nrim_distance = 9", ["camera: rim_diameter must be given where"]),
        ("pixel = 0.05", "", ["camera: pixel must be given"]),
        ("focus_distance = 1540", "focus_distance = 40", ["focus_distance must be beyond the focal length"]),
        ("turn = -7", 'turn = "left"', ["focused number 2: turn must be a number"]),
        ("ambient = 0.5", "ambient = 2.0", ["[bench] lamp: ambient must be from 0 to 1"]),
        ("size = [900, 900]", "size = [900]", ["plane number 1: size must be 2 finite numbers"]),
        (
            "noise = 4,",
            "",
            ["plane number 1: texture: it must have a photo or noise, one of them; got neither"],
        ),
        ('photo = "photo.png"', 'photo = "gone.png"', ["box number 1: texture:", "gone.png"]),
        ('"skimage:coffee"', '"skimage:cofee"', ["sides: photo must be a photo of scikit-image", "coffee"]),
        ("height = 20,", "height = 40,", ["texture: crop: it must lie inside the photo"]),
        ('subject = ["card"]', 'subject = ["cat"]', ["[bench] subject must be among wall, card; got cat"]),
        ("centre = [0, 0, 1540]", "centre = [0, 0, 20]", ["objects must lie farther ahead"]),
        ("[bench]", "[psf]\ndiameter = 9\n[bench]", ["psf is none of the keys"]),
    ],
)
def test_what_breaks_a_rule_is_told_with_its_place(folder, old, new, messages):
    assert old in BENCH
    (folder / "scene.toml").write_text(BENCH.replace(old, new), encoding="utf-8")
    with pytest.raises(RefocusError) as caught:
        load_scene(folder)
    for message in (str(folder / "scene.toml"), *messages):
        assert message in str(caught.value)


@pytest.mark.seconds
def test_the_example_of_the_readme_is_a_bench(tmp_path):
    _, toml = re.findall(r"```toml\n(.*?)```", (data_folder() / "README.md").read_text("utf-8"), re.S)
    (tmp_path / "scene.toml").write_text(toml, encoding="utf-8")
    bench = load_bench(tmp_path)
    assert bench.camera.blur_diameter(1000) == pytest.approx(8.8, abs=0.1)
    assert pin_sharp(bench, bench.camera)[1].mean() > 0.2


def test_only_a_scene_with_a_bench_has_one():
    with pytest.raises(RefocusError, match="bench must be given; got a scene without a bench"):
        load_bench("coffee")
