"""Scene folders of anybody: refused in words, soon and in little memory, and nothing outside is read."""

import os
import time
import tracemalloc

import numpy as np
import pytest
from PIL import Image

from refocuslab.errors import RefocusError
from refocuslab.lab.records import identity
from refocuslab.optics.psf import disk
from refocuslab.pictures.masks import write_mask
from refocuslab.pictures.writing import write_photo
from refocuslab.scene import FocusedPhoto, Scene
from refocuslab.scenes.benches import load_bench
from refocuslab.scenes.folder import load_scene
from refocuslab.scenes.saving import save_scene
from refocuslab.simulation import bench as benches
from refocuslab.simulation import shots
from refocuslab.simulation.misfocus import point_light

U = np.random.default_rng(1).integers(0, 256, (20, 24, 3), dtype=np.uint8)
PLAIN = """
[misfocused]
photo = "u.png"
mask = "mask.png"
[[focused]]
photo = "u.png"
[psf]
diameter = 5
"""
BENCH = """
[bench]
subject = ["card"]
[bench.camera]
focal_length = 50
f_number = 2.0
focus_distance = 1540
pixel = 0.05
width = 40
height = 30
[[bench.focused]]
[[bench.box]]
name = "card"
centre = [0, 0, 1010]
size = [30, 20, 20]
texture = { photo = "u.png" }
"""
UNIT = "[[1, 0, 0], [0, 1, 0], [0, 0, 1]]"


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "scene"
    folder.mkdir()
    write_photo(folder / "u.png", U)
    write_photo(tmp_path / "outside.png", U)
    write_mask(folder / "mask.png", np.ones(U.shape[:2], bool))
    for name, shot in point_light(7)._asdict().items():
        write_photo(folder / f"light_{name}.png", shot)
    np.save(folder / "psf.npy", disk(3))
    os.mkfifo(folder / "pipe.png")
    (folder / "folder.png").mkdir()
    (folder / "out.png").symlink_to("../outside.png")
    (folder / "null.png").symlink_to(os.devnull)
    (folder / "loop.png").symlink_to("loop.png")
    (folder / "nowhere.png").symlink_to("nothing.png")
    (folder / "in.png").symlink_to("u.png")
    (folder / "up").symlink_to("..")
    return folder


def refused(folder, toml, message="", load=load_scene, most=30):
    (folder / "scene.toml").write_text(toml, encoding="utf-8")
    start = time.monotonic()
    with pytest.raises(RefocusError) as caught:
        load(folder)
    assert time.monotonic() - start < most
    assert message in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


OUTSIDE = ("../outside.png", "/dev/zero", "out.png", "null.png", "up/outside.png", "a/../../outside.png")
NO_FILE = ("pipe.png", "folder.png", "loop.png", "nowhere.png", "gone.png", "", ".", "x" * 300, "u.png/x")


@pytest.mark.seconds
@pytest.mark.parametrize("name", OUTSIDE + NO_FILE)
def test_files_outside_and_what_is_no_plain_file(folder, name):
    message = "must lie in the folder of the scene" if name in OUTSIDE else ""
    for toml in (
        PLAIN.replace('photo = "u.png"', f'photo = "{name}"', 1),
        PLAIN.replace("mask.png", name),
        PLAIN.replace("diameter = 5", f'file = "{name}"'),
        PLAIN + f'[truth]\nphoto = "{name}"',
        PLAIN + f'[calibration]\nfocused = "light_focused.png"\nmisfocused = "{name}"',
        BENCH.replace("u.png", name),
    ):
        refused(folder, toml, message)
    (folder / "scene.toml").write_text(PLAIN.replace("mask.png", name), encoding="utf-8")
    assert set(identity.scene_files(str(folder))) == {"scene.toml", "u.png"}


def test_a_zero_byte_in_a_name(folder):
    refused(folder, PLAIN.replace("mask.png", "\\u0000"), "must lie in the folder of the scene")


def test_links_within_the_folder_are_followed(folder):
    (folder / "scene.toml").write_text(PLAIN.replace("u.png", "in.png"), encoding="utf-8")
    np.testing.assert_array_equal(load_scene(folder).misfocused, U)
    assert set(identity.scene_files(str(folder))) == {"scene.toml", "in.png", "mask.png"}


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir, lambda path: os.symlink(os.devnull, path)])
def test_a_scene_toml_that_is_no_plain_file(folder, make):
    make(folder / "scene.toml")
    for read in (load_scene, load_bench, lambda place: identity.scene_files(str(place))):
        with pytest.raises(RefocusError, match=r"scene\.toml"):
            read(folder)


def test_a_scene_that_is_a_pipe(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for odd in (tmp_path / "pipe", "", "\0", "x" * 5000, tmp_path / "none", b"\xff", 3, None):
        with pytest.raises(RefocusError, match="scene must be"):
            load_scene(odd)


@pytest.mark.parametrize(
    "text",
    ["/etc" + "/passwd", "/proc" + "/kmsg", "../outside.png", "u.png", "mask.png", "pipe.png", "/dev/zero"],
)
def test_texts_that_are_no_paths_are_not_read(folder, text):
    extra = (
        f'name = "{text}"\ntitle = "{text}"\ndescription = "{text}"\nlight = "{text}"\nother = ["{text}"]\n'
    )
    toml = extra + '[misfocused]\nphoto = "in.png"\npolygons = ["psf.npy"]\n' + f'[x]\nphoto = "{text}"\n'
    (folder / "scene.toml").write_text(toml, encoding="utf-8")
    assert set(identity.scene_files(str(folder))) == {"scene.toml", "in.png"}


def test_one_file_of_many_names_is_read_once(folder, monkeypatch):
    names = [f'[[focused]]\nphoto = "{"./" * n}u.png"\n' for n in range(200)]
    (folder / "scene.toml").write_text("".join(names), encoding="utf-8")
    opened, digest = [], identity.hashlib.file_digest
    monkeypatch.setattr(identity.hashlib, "file_digest", lambda *a: opened.append(a) or digest(*a))
    files = identity.scene_files(str(folder))
    assert (len(files), len(opened)) == (201, 1)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("diameter = 5", "diameter = 30000"),
        ("diameter = 5", "diameter = 99999999999999999999"),
        ("diameter = 5", "diameter = 1001"),
        ('mask = "mask.png"', "simulate = { diameter = 30000 }"),
        ('mask = "mask.png"', "simulate = { diameter = 3, noise = 1e20 }"),
        ('mask = "mask.png"', "simulate = { diameter = 3, noise = 1e308 }"),
        ('mask = "mask.png"', f"simulate = {{ diameter = 3, seed = {2**200} }}"),
        ('mask = "mask.png"', f"crop = {{ top = {10**300}, left = 0, height = 1, width = 1 }}"),
        ("[psf]", "noise = { std = 1e20 }\n[psf]"),
        ("[psf]", "noise = { std = 256 }\n[psf]"),
        ("[psf]", f"view = {{ homography = {UNIT}, gain = [1e308, 1, 1] }}\n[psf]"),
        ("[psf]", f"view = {{ homography = {UNIT}, offset = [1e308, 1, 1] }}\n[psf]"),
        ("[psf]", f"view = {{ homography = {UNIT}, gain = [true, true, true] }}\n[psf]"),
        ("[psf]", 'view = { homography = [["1", "0", "0"], ["0", "1", "0"], ["0", "0", "1"]] }\n[psf]'),
        ("[psf]", "view = { homography = [[true, false, false], [0, 1, 0], [0, 0, 1]] }\n[psf]"),
        ("[psf]", "view = { homography = [[-1, 0, 0], [0, -1, 0], [0, 0, -1]] }\n[psf]"),
        ("[psf]", "view = { homography = [[1, 0, 0], [0, 1, 0], [-0.1, 0, 1]] }\n[psf]"),
        ("[psf]", "view = { homography = [[1e300, 0, 0], [0, 1e300, 0], [0, 0, 1e300]] }\n[psf]"),
        ('mask = "mask.png"', "polygons = [[[1e300, 0], [0, 1e300], [5, 5]]]"),
        ('mask = "mask.png"', 'polygons = [[["1", "0"], ["5", "1"], ["5", "5"]]]'),
        ('mask = "mask.png"', "polygons = [[[true, false], [true, true], [false, true]]]"),
        ("[misfocused]", f'title = "{"x" * 1001}"\n[misfocused]'),
        ("[misfocused]", f'name = "{"x" * 256}"\n[misfocused]'),
        ("[misfocused]", f'description = "{"x" * 20_001}"\n[misfocused]'),
        ("[misfocused]", f'"{"x" * 300_000}" = 1\n[misfocused]'),
        ("[psf]", '[[focused]]\nphoto = "u.png"\n' * 1000 + "[psf]"),
    ],
)
def test_numbers_texts_and_lists_have_ends(folder, old, new):
    refused(folder, PLAIN.replace(old, new, 1), "scene.toml")


@pytest.mark.seconds
@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("width = 40", "width = 1000000"),
        ("width = 40\nheight = 30", "width = 20000\nheight = 300"),
        ("height = 30", "height = 99999999999999999999"),
        ("size = [30, 20, 20]", "size = [1e-308, 20, 20]"),
        ("size = [30, 20, 20]", "size = [1e308, 20, 20]"),
        ("centre = [0, 0, 1010]", "centre = [1e308, 0, 1010]"),
        ("centre = [0, 0, 1010]", "centre = [true, false, 1010]"),
        ("centre = [0, 0, 1010]", 'centre = ["0", "0", "1010"]'),
        ("focus_distance = 1540", "focus_distance = 50.0000001"),
        ("focus_distance = 1540", "focus_distance = 50.0000001\nbreathing = true"),
        ("focus_distance = 1540", "focus_distance = 1e308"),
        ("f_number = 2.0", "f_number = 1e-308"),
        ("focal_length = 50", "focal_length = 1e-308"),
        ("pixel = 0.05", "pixel = 1e-308"),
        ("width = 40", "width = 40\nexposure = 1e308"),
        ("width = 40", "width = 40\nfull_well = 1e-308"),
        ("width = 40", "width = 40\nread_noise = 1e308"),
        ("width = 40", "width = 40\nposition = [1e308, 0, 0]"),
        ("[[bench.focused]]", "[[bench.focused]]\nturn = 1e300"),
        ("[[bench.focused]]", "[[bench.focused]]\n" * 201),
        ("[[bench.focused]]", "[bench.lamp]\ntowards = [1e-308, 0, 0]\n[[bench.focused]]"),
        ("texture = {", "yaw = 1e308\ntexture = {"),
        ('photo = "u.png" }', 'photo = "u.png", texel = 1e-308 }'),
        ('photo = "u.png" }', 'photo = "u.png", tint = [1e308, 1, 1] }'),
        ('photo = "u.png" }', "noise = 99999999999999999999999999999999999999999 }"),
        ('subject = ["card"]', f"subject = [{', '.join(['true'] * 10)}]"),
    ],
)
def test_a_bench_is_refused_before_anything_is_rendered(folder, old, new, monkeypatch):
    def rendered(*_, **__):
        pytest.fail("it was rendered")

    monkeypatch.setattr(shots, "gather", rendered)
    tracemalloc.start()
    try:
        refused(folder, BENCH.replace(old, new, 1), "scene.toml")
        assert tracemalloc.get_traced_memory()[1] < 500e6
    finally:
        tracemalloc.stop()


@pytest.mark.seconds
def test_many_things_on_a_bench_are_refused_by_their_cost(folder):
    box = BENCH[BENCH.index("[[bench.box]]") :]
    boxes = "".join(box.replace("card", f"card {n}") for n in range(190))
    refused(folder, BENCH + boxes, "the bench must have fewer objects")
    refused(folder, BENCH + boxes * 2, "box must stand there at most 200 times")


def test_the_cost_of_a_bench_is_said_and_its_limit_can_be_raised(folder, monkeypatch):
    large = BENCH.replace("width = 40", "width = 4000").replace("height = 30", "height = 4000")
    large = large.replace("size = [30, 20, 20]", "size = [900, 900, 20]")
    refused(folder, large, "the bench must take fewer or smaller photos")
    refused(folder, large, "or as REFOCUSLAB_BENCH_COST says")
    monkeypatch.setattr(shots, "gather", lambda *_, **__: 1 / 0)
    monkeypatch.setenv("REFOCUSLAB_BENCH_COST", "1e12")
    with pytest.raises(ZeroDivisionError):
        load_scene(folder)
    monkeypatch.setenv("REFOCUSLAB_BENCH_COST", "much")
    refused(folder, large, "REFOCUSLAB_BENCH_COST must be a number; got 'much'")


@pytest.mark.parametrize("name", ["bench", "bench-perturbed"])
def test_the_shipped_benches_cost_a_tenth_of_the_limit(name, monkeypatch):
    asked = []
    monkeypatch.setattr(benches, "check_cost", lambda whole, _: asked.append(whole))
    benches._check_cost_of_scene(load_bench(name))
    assert 1e7 < max(asked) < 4e8


def test_all_photos_of_a_scene_together_have_a_limit(folder, monkeypatch):
    monkeypatch.setattr("refocuslab.scenes.reading._MOST_PIXELS", 3 * U.shape[0] * U.shape[1])
    toml = PLAIN.replace("[psf]", '[[focused]]\nphoto = "u.png"\n[psf]')
    (folder / "scene.toml").write_text(toml)
    load_scene(folder)
    small = '[[focused]]\nphoto = "u.png"\ncrop = { top = 0, left = 0, height = 9, width = 9 }\n[psf]'
    refused(folder, toml.replace("[psf]", small), "its photos must have at most 1,440 pixels together")


@pytest.mark.seconds
def test_a_photo_to_simulate_with_has_a_limit(folder):
    Image.new("L", (6000, 5000)).save(folder / "large.png")
    for toml in (
        PLAIN.replace('"u.png"\nmask = "mask.png"', '"large.png"\nsimulate = { diameter = 3 }'),
        PLAIN.replace("[psf]", f'[[focused]]\nphoto = "large.png"\nview = {{ homography = {UNIT} }}\n[psf]'),
        PLAIN.replace("[psf]", '[[focused]]\nphoto = "large.png"\nnoise = { std = 1 }\n[psf]'),
    ):
        refused(folder, toml, "the photo must have at most 25,000,000 pixels")


def header(shape, descr="<f8"):
    text = f"{{'descr': {descr!r}, 'fortran_order': False, 'shape': {shape}, }}"
    text = text.ljust((len(text) + 64) // 64 * 64 - 11) + "\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text.encode()


NUMBERS = disk(3).tobytes()
ARRAYS = {
    "complex": disk(3) + 0j,
    "truth values": np.ones((1, 1), bool),
    "texts": np.array([["1"]]),
    "times": np.ones((1, 1), "M8[s]"),
    "records": np.ones((1, 1), [("a", "f8")]),
    "objects": np.array([[1.0]], dtype=object),
    "three axes": np.ones((1, 1, 1)),
    "no axes": np.array(1.0),
    "nothing": np.ones((0, 0)),
    "infinite": np.full((1, 1), np.inf),
    "large": np.full((3, 3), 1e308),
    "long": np.full((1, 1), np.longdouble("1e4000")),
}
FILES = {
    "huge": header("(999999999, 999999999)") + NUMBERS,
    "wide": header("(30001, 30001)") + NUMBERS,
    "negative": header("(-3, -3)") + NUMBERS,
    "short": header("(3, 3)") + NUMBERS[:-8],
    "longer": header("(3, 3)") + NUMBERS + b"\0" * 8,
    "nested": b"\x93NUMPY\x01\x00" + (6000).to_bytes(2, "little") + b"(" * 6000,
    "no dictionary": b"\x93NUMPY\x01\x00" + (4).to_bytes(2, "little") + b"1+1\n" + NUMBERS,
    "an odd type": header("(3, 3)", "<q99") + NUMBERS,
    "a wide type": header("(3, 3)", "V999999999") + NUMBERS,
    "a large header": b"\x93NUMPY\x02\x00" + (2**31).to_bytes(4, "little") + NUMBERS,
    "another version": b"\x93NUMPY\x09\x00" + NUMBERS,
    "a pickle": b"\x80\x04K\x01.",
    "a zip file": b"PK\x03\x04" + NUMBERS,
    "empty": b"",
}


@pytest.mark.seconds
@pytest.mark.parametrize("name", [*ARRAYS, *FILES])
def test_psf_files_that_hold_something_else(folder, name):
    if name in ARRAYS:
        np.save(folder / "odd.npy", ARRAYS[name], allow_pickle=True)
    else:
        (folder / "odd.npy").write_bytes(FILES[name])
    tracemalloc.start()
    try:
        refused(folder, PLAIN.replace("diameter = 5", 'file = "odd.npy"'), "psf")
        assert tracemalloc.get_traced_memory()[1] < 100e6
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("kind", ["<f8", ">f8", "<f4", "<f2"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_psf_files_of_any_real_numbers(folder, kind, order):
    np.save(folder / "psf.npy", np.asarray([[0, 0.25, 0], [0.25, 0, 0.5], [0, 0, 0]], kind, order=order))
    (folder / "scene.toml").write_text(PLAIN.replace("diameter = 5", 'file = "psf.npy"'))
    assert load_scene(folder).psf.tolist() == [[0, 0.25, 0], [0.25, 0, 0.5], [0, 0, 0]]


SCENE = Scene(U, None, [FocusedPhoto(U)], psf=disk(3), name="n")


class TestSaving:
    def test_through_a_link_to_nothing_or_to_an_empty_folder(self, tmp_path):
        (tmp_path / "empty").mkdir()
        for name, to in (("a", "empty"), ("b", "new")):
            (tmp_path / name).symlink_to(to)
            assert load_scene(save_scene(SCENE, tmp_path / name)) == SCENE
            assert (tmp_path / name).is_symlink()
            assert (tmp_path / to / "scene.toml").is_file()

    def test_into_the_current_folder_which_stays(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        assert load_scene(save_scene(SCENE, ".")) == SCENE
        assert os.path.samefile(os.getcwd(), tmp_path)
        assert load_scene(".") == SCENE

    @pytest.mark.parametrize("odd", ["", "\0", None, 3, b"", ["a"]])
    def test_what_is_no_path(self, odd):
        with pytest.raises(RefocusError, match="folder must be the path of a folder"):
            save_scene(SCENE, odd)

    def test_what_is_no_scene(self, tmp_path):
        with pytest.raises(RefocusError, match="scene must be a Scene"):
            save_scene("coffee", tmp_path / "new")
        assert os.listdir(tmp_path) == []

    def test_where_something_else_is(self, tmp_path):
        os.mkfifo(tmp_path / "pipe")
        (tmp_path / "loop").symlink_to("loop")
        (tmp_path / "null").symlink_to(os.devnull)
        (tmp_path / "file").write_bytes(b"mine")
        for name in ("pipe", "loop", "null", "file", "x" * 300, "file/below"):
            with pytest.raises(RefocusError, match="folder must"):
                save_scene(SCENE, tmp_path / name)
        assert sorted(os.listdir(tmp_path)) == ["file", "loop", "null", "pipe"]
        assert (tmp_path / "file").read_bytes() == b"mine"

    @pytest.mark.parametrize("name", ["a b", "λ 自", "x" * 250, "-", "'\"", "a\nb", "\udcff"])
    def test_under_odd_names(self, tmp_path, name):
        folder = save_scene(SCENE, tmp_path / name)
        assert os.listdir(tmp_path) == [name]
        assert load_scene(folder) == SCENE

    @pytest.mark.parametrize(
        "name", ["\x00", "\x1b[2J", "<script>", "a\nb", "\u202e", '"""', "\\", "\x7f\x85\u2028"]
    )
    def test_texts_come_back_whatever_they_hold(self, tmp_path, name):
        scene = SCENE.replace(name=name, title=name, description=name)
        assert load_scene(save_scene(scene, tmp_path / "saved")) == scene

    def test_a_folder_whose_name_is_no_text_gives_a_name_all_the_same(self, folder):
        (folder / "scene.toml").write_text(PLAIN)
        scene = load_scene(folder.rename(folder.with_name("a\udcffb")))
        assert scene.name == "a?b"


def test_a_message_is_one_line_whatever_it_tells(folder):
    refused(folder, '"\\u001b[2J\\n" = 1\n' + PLAIN, r"\x1b[2J\n is none of the keys")
