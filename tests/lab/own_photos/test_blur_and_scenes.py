"""Own photos: the blur that is set by hand, 16 bits through the page, and scenes that are opened."""

import io
import zipfile

import numpy as np
import pytest
import tifffile
from PIL import Image

import refocuslab as rl
from refocuslab.lab.own_photos import making
from refocuslab.pictures.picture import Picture
from refocuslab.pictures.writing import encoded_photo
from refocuslab.proposal.region import blended, seam

TIMEOUT = 120


def encoded(image) -> bytes:
    file = io.BytesIO()
    Image.fromarray(image).save(file, format="PNG")
    return file.getvalue()


def open_scene(visitor, files: dict[str, bytes]) -> None:
    for number, (name, content) in enumerate(files.items(), 50):
        visitor.say({"kind": "scene file", "id": number, "name": name, "size": len(content)})
        visitor.say({"kind": "piece", "id": number, "at": 0}, [content])
    visitor.say({"kind": "open scene", "ids": list(range(50, 50 + len(files)))})


def files_of(scene, folder) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in rl.save_scene(scene, folder).iterdir()}


@pytest.mark.seconds
def test_the_blur_is_shown_as_it_was_found(visitor, pair, known):
    visitor.both(pair)
    blur = visitor.widget.blur
    assert blur["diameter"] == 5.0 and not blur["given"] and "5 pixels" in blur["told"]
    kernel = np.frombuffer(blur["kernel"], np.uint8).reshape(blur["side"], blur["side"], 3)
    disk = rl.disk(5)
    assert np.array_equal(kernel[2:-2, 2:-2, 0], np.rint(255 * disk / disk.max())) and not kernel[:2].any()


@pytest.mark.seconds
def test_a_disk_that_is_given_makes_the_picture_of_the_same_call(visitor, pair, known, tmp_path):
    visitor.both(pair)
    visitor.say({"kind": "refocus"})
    visitor.widget.settle(TIMEOUT)
    measured = visitor.widget.made.image
    visitor.say({"kind": "blur", "diameter": 6.5})
    assert visitor.widget.stale and visitor.widget.blur["given"]
    assert visitor.widget.blur["told"] == "A disk of 6.5 pixels, as you say."
    visitor.say({"kind": "refocus"})
    visitor.widget.settle(TIMEOUT)
    assert not visitor.widget.stale
    scene = rl.Scene(pair.u, pair.mask, [rl.FocusedPhoto(pair.v)], psf=rl.disk(6.5))
    expected = blended(pair.u, rl.refocus(scene, rl.Method.consistent()).image, seam(pair.mask))
    assert np.array_equal(visitor.widget.made.image, expected) and not np.array_equal(expected, measured)
    # What is saved has it, too.
    _, packed = visitor.saved("scene")
    zipfile.ZipFile(io.BytesIO(packed)).extractall(tmp_path)
    assert np.array_equal(rl.load_scene(tmp_path / "a").psf, rl.disk(6.5))
    visitor.say({"kind": "blur", "diameter": None})
    visitor.widget.settle(TIMEOUT)
    assert visitor.widget.stale and not visitor.widget.blur["given"]
    visitor.say({"kind": "refocus"})
    visitor.widget.settle(TIMEOUT)
    assert np.array_equal(visitor.widget.made.image, measured)


@pytest.mark.seconds
def test_the_forecast_follows_the_blur(visitor, pair, known, monkeypatch):
    asked = []
    inner = making.forecast
    monkeypatch.setattr(making, "forecast", lambda scene, *a, **k: (asked.append(scene.psf), inner(scene))[1])
    visitor.both(pair)
    visitor.say({"kind": "blur", "diameter": 7})
    visitor.widget.settle(TIMEOUT)
    assert np.array_equal(asked[0], rl.disk(5)), "as the proposal found it"
    assert np.array_equal(asked[-1], rl.disk(7))
    visitor.say({"kind": "blur", "diameter": None})
    visitor.say({"kind": "outline", "erase": False, "points": [[2, 2], [9, 2], [9, 9]]})
    visitor.widget.settle(TIMEOUT)
    assert asked[-1] is None, "of another mask it is found anew"


@pytest.mark.seconds
def test_a_blur_comes_with_photos_and_goes_with_them(visitor, pair, known):
    visitor.say({"kind": "blur", "diameter": 7})
    assert visitor.error.startswith("There is no blur to set yet")
    visitor.both(pair)
    visitor.say({"kind": "blur", "diameter": 7})
    visitor.upload(9, encoded(np.ascontiguousarray(pair.u[::-1])))
    visitor.widget.settle(TIMEOUT)
    assert not visitor.widget.blur["given"] and visitor.widget.diameter is None


@pytest.mark.parametrize("diameter", [0, 0.5, 201, -3, float("nan"), float("inf"), "7", True])
def test_an_odd_diameter_is_refused_in_words(visitor, diameter):
    visitor.say({"kind": "blur", "diameter": diameter})
    assert visitor.error.startswith("message must be one that the page of one's own photos sends")


@pytest.mark.seconds
def test_16_bits_come_and_go(visitor, pair, known):
    deep = pair.u * np.uint16(257)
    deep[:4, :4] += 77  # which 8 bits do not tell
    content = encoded_photo(pair.u, ".tif", like=Picture(pair.u, deep=deep))
    assert np.array_equal(tifffile.imread(io.BytesIO(content)), deep)
    visitor.upload(1, content, name="shot.tif")
    visitor.upload(2, encoded(pair.v), "focused")
    visitor.widget.settle(TIMEOUT)
    visitor.say({"kind": "refocus"})
    visitor.widget.settle(TIMEOUT)
    name, content = visitor.saved("picture")
    samples = tifffile.imread(io.BytesIO(content))
    assert name == "shot.refocused.tif" and samples.dtype == np.uint16
    same = (visitor.widget.made.image == pair.u).all(axis=2)
    assert np.array_equal(samples[same], deep[same]) and same[:4, :4].all()
    assert np.array_equal(np.rint(samples / 257), visitor.widget.made.image)


@pytest.mark.seconds
def test_a_scene_is_opened_with_its_mask_and_its_blur(visitor, pair, known, tmp_path):
    seen = np.ones_like(pair.mask)
    seen[:, :5] = False
    mask = np.roll(pair.mask, 9, axis=0)
    scene = rl.Scene(pair.u, mask, [rl.FocusedPhoto(pair.v, seen)], psf=rl.disk(5), title="My cup")
    open_scene(visitor, files_of(scene, tmp_path / "cup"))
    visitor.widget.settle(TIMEOUT)
    page = visitor.widget
    assert visitor.error == "" and [row["name"] for row in page.photos] == ["My cup", "focused photo 1"]
    assert np.array_equal(known[-1].psf, rl.disk(5)) and np.array_equal(known[-1].focused[0].mask, seen)
    assert np.array_equal(page.mask_now, mask) and page.painted["undo"] == 1
    visitor.say({"kind": "refocus"})
    page.settle(TIMEOUT)
    result = rl.refocus(scene, rl.Method.consistent())
    assert np.array_equal(page.made.image, blended(pair.u, result.image, seam(mask)))
    # And saved again, it is the same scene.
    _, packed = visitor.saved("scene")
    zipfile.ZipFile(io.BytesIO(packed)).extractall(tmp_path)
    assert rl.load_scene(tmp_path / "My-cup").replace(name="") == scene.replace(name="")
    # Another photo takes its place, without the scene's blur.
    visitor.upload(3, encoded(np.ascontiguousarray(pair.u[::-1])))
    page.settle(TIMEOUT)
    assert known[-1].psf is None


@pytest.mark.seconds
def test_what_is_no_scene_is_told_and_the_photos_stay(visitor, pair, known):
    visitor.both(pair)
    open_scene(visitor, {"scene.toml": b"[misfocused"})
    with pytest.raises(Exception, match="This scene cannot be opened"):
        visitor.widget.settle(TIMEOUT)
    assert visitor.error.startswith("This scene cannot be opened: ") and len(visitor.widget.photos) == 2
    visitor.say({"kind": "open scene", "ids": [1]})
    assert visitor.error.startswith("id must be that of a file that has come")


@pytest.mark.seconds
def test_a_scene_can_be_given_in_python(visitor, pair, known):
    scene = rl.Scene(pair.u, pair.mask, [rl.FocusedPhoto(pair.v)])
    visitor.widget.open_scene(scene)
    visitor.widget.settle(TIMEOUT)
    assert np.array_equal(visitor.widget.mask_now, pair.mask) and len(visitor.widget.photos) == 2
