"""One's own photos: checked by name, refocused as the package itself would, and remade to the byte."""

import re

import numpy as np
import pytest
from click.testing import CliRunner

import refocuslab as rl
from refocuslab.lab.cli import main
from refocuslab.lab.cli.photos.own_photos import Photos
from refocuslab.lab.records import provenance
from refocuslab.method import Method
from refocuslab.pictures.masks import write_mask
from refocuslab.pictures.reading import read_photo
from refocuslab.pictures.writing import write_photo

DIAMETER = 3


@pytest.fixture
def folder(tmp_path, monkeypatch):
    random = np.random.default_rng(3)
    sharp = np.repeat(np.repeat(random.integers(0, 256, (8, 8, 3), dtype=np.uint8), 3, 0), 3, 1)
    write_photo(tmp_path / "sharp.png", sharp)
    write_photo(tmp_path / "blurred.png", rl.blur(sharp, rl.disk(DIAMETER)))
    mask = np.zeros(sharp.shape[:2], bool)
    mask[4:20, 4:20] = True
    write_mask(tmp_path / "mask.png", mask)
    light = np.zeros((21, 21, 3), np.uint8)
    light[9:12, 9:12] = 255
    write_photo(tmp_path / "light.png", light)
    write_photo(tmp_path / "lights.png", rl.blur(light, rl.disk(5)))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def command(*arguments):
    return CliRunner().invoke(main.main, ["refocus", *map(str, arguments)])


# Each with what is wrong, and what to do next.
REMEDIES = {
    "cut.png": "cut off.*; copy it from the camera once more, or export it again",
    "empty.jpg": "it is empty; copy it from the camera once more",
    "letter.jpg": "it holds text and no picture: give the photo itself",
    "noise.jpg": "it is no picture, or damaged; copy it from the camera once more",
    "film.abc": "it is none of PNG.*export it as JPEG or PNG",
    "photo.nef": "it is camera raw.*develop it first",
    "folder.jpg": "it is a folder; name the photos in it",
    "absent.jpg": "there is no such file; check its name",
}


@pytest.mark.parametrize("name", REMEDIES)
def test_a_file_that_is_no_photo_is_refused_with_a_remedy(name, folder):
    (folder / "cut.png").write_bytes((folder / "sharp.png").read_bytes()[:150])
    (folder / "empty.jpg").touch()
    (folder / "letter.jpg").write_text("Dear photo,\nI am a letter.")
    for other in ("noise.jpg", "film.abc"):
        (folder / other).write_bytes(bytes(range(128, 256)) * 3)
    (folder / "photo.nef").write_bytes(b"MM\0*" + bytes(500))
    (folder / "folder.jpg").mkdir()
    for photos in ([name, "sharp.png"], ["blurred.png", name]):
        made = command(*photos)
        assert made.exit_code == 2, made.output
        line = made.stderr.splitlines()[-1]
        assert line.startswith(f"refocuslab: “{name}” cannot be used: "), line
        assert re.search(REMEDIES[name], line), line
    assert not (folder / "blurred.refocused.png").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["blurred.png", "--diameter", "3"], "“blurred.png” is one photo: .* refocus blurred.png sharp.jpg"),
        (["blurred.png", "sharp.png", "--diameter", "3", "--light", "light.png", "lights.png"], "got both"),
        (["blurred.png", "sharp.png", "--diameter", "3", "--same-mask"], "--same-mask must come with --mask"),
        (["blurred.png", "shrp.png", "--diameter", "3"], "“shrp.png” cannot be used: there is no such file"),
        (["blurred.png", "sharp.png", "--whole", "--mask", "mask.png"], "--whole or --mask must say where"),
        (["cofee"], "scene must be one of .*nearest: coffee"),
        (["coffee", "--mask", "mask.png"], "--mask comes from the scene where one is given"),
    ],
)
def test_wrong_requests(arguments, message, folder):
    made = command(*arguments, "-o", "out.png")
    assert made.exit_code == 2
    (line,) = made.stderr.splitlines()
    assert re.search(message, line), line
    assert not (folder / "out.png").exists()


def test_photos_that_cannot_tell_the_psf_say_so(folder):
    made = command("blurred.png", "sharp.png", "--whole", "-o", "out.png")
    assert made.exit_code == 2
    assert "psf must be given, or a calibration: the photos cannot tell it" in made.stderr.splitlines()[-1]
    assert not (folder / "out.png").exists()


def test_photos_become_the_scene_that_they_are(folder):
    photos = Photos("blurred.png", ("sharp.png",), mask="mask.png", diameter=DIAMETER)
    scene, _ = photos.scene("linear")
    assert np.array_equal(scene.psf, rl.disk(DIAMETER))
    assert scene.mask.sum() == 256
    assert scene.focused[0].mask.all()
    bounded, _ = Photos("blurred.png", ("sharp.png",), "mask.png", True, 3).scene("linear")
    assert not bounded.focused[0].mask.all()
    lit = Photos("blurred.png", ("sharp.png",), light=("light.png", "lights.png"))
    assert np.array_equal(lit.scene("linear")[0].psf, rl.disk(5))
    # Nothing is said of the PSF: refocusing finds it.
    assert Photos("blurred.png", ("sharp.png",)).scene("linear")[0].psf is None


def test_contents_make_the_identity_and_names_do_not(folder):
    photos = Photos("blurred.png", ("sharp.png",), diameter=3)
    (folder / "other.png").write_bytes((folder / "sharp.png").read_bytes())
    assert photos.identity(Method()) == Photos("blurred.png", ("other.png",), diameter=3).identity(Method())
    assert photos.identity(Method()) != Photos("sharp.png", ("blurred.png",), diameter=3).identity(Method())
    assert photos.identity(Method()) != photos.identity(Method(passes=2))


@pytest.mark.slow
def test_the_picture_is_that_of_the_package_and_is_remade_to_the_byte(folder, tmp_path):
    options = ["--diameter", "3", "--mask", "mask.png", "--paper", "-p", "candidates", "4"]
    made = command("blurred.png", "sharp.png", *options, "-o", "out.png")
    assert made.exit_code == 0, made.output
    sentence = (
        r"^Blurred again, the result looks like the misfocused photo to within \d+\.\d of 255 gray levels\.$"
    )
    assert re.search(sentence, made.stdout, re.MULTILINE), made.stdout
    scene = Photos("blurred.png", ("sharp.png",), mask="mask.png", diameter=3).scene("linear")[0]
    wanted = rl.refocus(scene, Method(candidates=4)).image
    assert np.array_equal(read_photo("out.png"), wanted)
    assert provenance.read(folder / "out.png")["identity"]["method"]["candidates"] == 4
    again = CliRunner().invoke(main.main, ["remake", "out.png"])
    assert (again.exit_code, again.stdout) == (0, "out.remade.png: the same bytes\n")
    assert (folder / "out.remade.png").read_bytes() == (folder / "out.png").read_bytes()
    write_photo("sharp.png", read_photo("blurred.png"))
    changed = CliRunner().invoke(main.main, ["remake", "out.png"])
    assert (changed.exit_code, "other bytes" in changed.stdout) == (1, True)
    assert "files: " in changed.stderr
