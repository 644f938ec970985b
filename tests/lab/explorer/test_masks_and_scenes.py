"""A mask painted in the explorer, scenes opened and saved there."""

import io
import threading
import zipfile

import numpy as np
import pytest
from PIL import Image

import refocuslab as rl
from refocuslab.lab.explorer import Explorer, display, saving
from refocuslab.lab.explorer.making import scenes
from refocuslab.lab.explorer.making.scenes import Scenes
from refocuslab.lab.widgets.arriving import Unfit

TIMEOUT = 30
STROKE = {"kind": "stroke", "erase": False, "radius": 1.2, "points": [[2, 2], [2, 9]]}


@pytest.fixture
def said(explorer, hear):
    """What the explorer sends to its page."""
    sent = []
    explorer.send = lambda content, buffers=None: sent.append((content, buffers))
    return sent


def upload(explorer, hear, name: str, content: bytes, number: int = 1) -> None:
    hear(explorer, {"kind": "scene file", "id": number, "name": name, "size": len(content)})
    explorer._handle_custom_msg({"kind": "piece", "id": number, "at": 0}, [content])
    hear(explorer, {"kind": "open scene", "ids": [number]})


def zipped(scene: rl.Scene, tmp_path) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as pack:
        for path in rl.save_scene(scene, tmp_path / "saved").iterdir():
            pack.write(path, f"saved/{path.name}")
    return content.getvalue()


@pytest.mark.seconds
def test_a_painted_mask_gives_the_picture_of_the_same_call(explorer, hear, method):
    scene = explorer.outcome.scene
    explorer.set_state({"shown": ["misfocused", "mask"]})
    shown = np.asarray(Image.open(io.BytesIO(explorer.mask))) > 0
    assert np.array_equal(shown, scene.mask) and not explorer.painted["new"]
    hear(explorer, STROKE)
    assert explorer.painted["undo"] == 1 and explorer.painted["new"]
    assert explorer.painted["forecast"] == "It will take a moment."
    mask = explorer.painted_scene().mask
    assert mask[2, 2] and not scene.mask[2, 2] and mask[scene.mask].all()
    hear(explorer, {"kind": "use mask"})
    outcome = explorer.settle(TIMEOUT)
    assert outcome.settings.scene == "made, mask painted" and outcome.called == "made, mask painted"
    assert np.array_equal(outcome.image, rl.refocus(scene.replace(mask=mask), method).image)
    assert explorer.status["error"] == "" and not explorer.painted["new"]
    # What was painted can still be taken back, and the scene as it was be chosen.
    hear(explorer, {"kind": "undo"})
    assert np.array_equal(explorer.painted_scene().mask, scene.mask)
    names = [value for value, _ in next(one for one in explorer.form if one["name"] == "scene")["choices"]]
    assert names[0] == "made" and names[-1] == "made, mask painted"
    hear(explorer, {"kind": "set", "name": "scene", "value": "made", "serial": 9})
    assert explorer.settle(TIMEOUT).scene is scene
    assert explorer.commands["shell"].startswith("#")


@pytest.mark.seconds
def test_another_painted_mask_is_another_scene_and_the_first_comes_back(explorer, hear):
    images = []
    for at in (2, 17):
        hear(explorer, STROKE | {"points": [[at, 2], [at, 9]]})
        hear(explorer, {"kind": "use mask"})
        images.append(explorer.settle(TIMEOUT).image)
    assert explorer.outcome.settings.scene == "made, mask painted (2)"
    hear(explorer, {"kind": "recall", "id": 2})
    outcome = explorer.settle(TIMEOUT)
    assert outcome.settings.scene == "made, mask painted" and np.array_equal(outcome.image, images[0])
    assert not np.array_equal(*images)


def test_an_empty_mask_is_refused_in_words_and_the_same_one_makes_nothing_new(explorer, hear):
    before = explorer.outcome
    hear(explorer, {"kind": "use mask"})
    assert explorer.settle(TIMEOUT) is before and explorer.status["error"] == ""
    hear(explorer, {"kind": "fill", "to": "nothing"})
    for kind in ("use mask", "download scene", "save scene"):
        hear(explorer, {"kind": kind})
        assert explorer.status["error"] == "Nothing is painted: paint what is to be refocused first."
    hear(explorer, {"kind": "fill", "to": "the proposal"})
    assert explorer.settle(TIMEOUT) is before and not explorer.painted["new"]
    with pytest.raises(Unfit):
        hear(explorer, {"kind": "fill", "to": "nothing"})
        explorer.use_mask()


def test_the_scene_is_saved_and_downloaded_as_it_is_painted(explorer, hear, said, tmp_path):
    hear(explorer, STROKE)
    scene = explorer.outcome.scene.replace(mask=explorer.painted_scene().mask, title="made, mask painted")
    hear(explorer, {"kind": "save scene"})
    (folder,) = (tmp_path / "results").iterdir()
    assert folder.name == "scene-made-01" and rl.load_scene(folder) == scene
    assert explorer.status["message"] == "saved scene-made-01 in results"
    hear(explorer, {"kind": "download scene"})
    assert explorer._sending.join(TIMEOUT)
    ((told, buffers),) = said
    zipfile.ZipFile(io.BytesIO(b"".join(buffers))).extractall(tmp_path)
    assert told["name"] == "made.zip" and rl.load_scene(tmp_path / "made") == scene
    assert rl.load_scene(explorer.save_scene(tmp_path / "third")) == scene


@pytest.mark.seconds
def test_a_page_saves_scenes_only_where_its_author_says_and_not_without_end(a_scene, method, hear, tmp_path):
    explorer = Explorer(a_scene(), method)
    explorer.settle(TIMEOUT)
    hear(explorer, {"kind": "save scene"})
    assert explorer.status["error"].startswith("save needs a folder")
    for number in range(3):
        (tmp_path / f"scene-x-{number:02d}").mkdir()
    with pytest.raises(rl.RefocusError, match="may hold at most 3 saved scenes"):
        saving.save_scene(a_scene(), "made", tmp_path, most=3)


@pytest.mark.seconds
def test_a_scene_is_opened_by_upload(explorer, hear, said, a_scene, tmp_path, method):
    scene = a_scene("cup", title="My cup", seed=5)
    upload(explorer, hear, "cup.zip", zipped(scene, tmp_path))
    assert [told["kind"] for told, _ in said] == ["took", "took"]
    outcome = explorer.settle(TIMEOUT)
    assert outcome.settings.scene == "My cup" and outcome.scene == scene
    assert np.array_equal(outcome.image, rl.refocus(scene, method).image)
    assert explorer.values["scene"] == "My cup"
    assert ["My cup", "My cup"] in next(one for one in explorer.form if one["name"] == "scene")["choices"]


def test_what_is_no_scene_is_told_and_the_explorer_lives_on(explorer, hear, said):
    before = explorer.outcome
    upload(explorer, hear, "notes.zip", b"just some text")
    with pytest.raises(Unfit):
        explorer.settle(TIMEOUT)
    assert explorer.status["error"].startswith("Choose a ZIP file of a scene's folder")
    assert explorer.outcome is before and not explorer.status["busy"]
    hear(explorer, {"kind": "open scene", "ids": [77]})
    assert explorer.status["error"].startswith("id must be that of a file that has come")
    explorer.set(ratio=2.0)
    assert explorer.settle(TIMEOUT).settings.method.lambda_texture == 0.02


def test_added_scenes_are_bounded_and_no_name_comes_twice(a_scene, monkeypatch):
    monkeypatch.setattr(scenes, "MOST_ADDED", 3)
    offered = Scenes({"made": a_scene()}, shipped=False, crop=0)
    names = [offered.add(a_scene(seed=n), "cup", but="cup (2)") for n in range(6)]
    assert names == ["cup", *(f"cup ({n})" for n in range(2, 7))]
    assert list(offered.titles()) == ["made", "cup (2)", "cup (5)", "cup (6)"]
    assert offered.given("cup") and offered.load("cup (6)")[0] == a_scene(seed=5)
    with pytest.raises(rl.RefocusError, match="scene must be one of made, cup"):
        offered.load("cup")
    monkeypatch.setattr(scenes, "MEGABYTES", 0.001)
    offered.add(a_scene(), "last", but="cup (2)")
    assert list(offered.titles()) == ["made", "cup (2)", "last"]


def test_a_folder_is_called_by_its_title(a_scene, tmp_path):
    titled = rl.save_scene(a_scene("one", title="My cup"), tmp_path / "one")
    plain = rl.save_scene(a_scene("two"), tmp_path / "two")
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "scene.toml").write_text("title = 7 [")
    folders = [titled, plain, tmp_path / "broken", tmp_path / "nowhere"]
    offered = Scenes({str(one): one for one in folders}, shipped=True, crop=0)
    called = list(offered.titles().values())
    assert called[:4] == ["My cup", "two", "broken", "nowhere"] and "motorcycle" in called


def test_a_control_answers_while_a_picture_is_drawn(explorer, hear, monkeypatch):
    begun, release, inner = threading.Event(), threading.Event(), display.pictures.png

    def slow(image):
        begun.set()
        assert release.wait(TIMEOUT)
        return inner(image)

    monkeypatch.setattr(display.pictures, "png", slow)
    explorer.set(ratio=2.0)
    assert begun.wait(TIMEOUT)
    message = {"kind": "set", "name": "ratio", "value": 3.0, "serial": 5}
    moving = threading.Thread(target=hear, args=(explorer, message))
    moving.start()
    moving.join(TIMEOUT / 2)
    answered = not moving.is_alive()
    release.set()
    moving.join(TIMEOUT)
    assert answered and explorer.values["ratio"] == 3.0
    assert explorer.settle(TIMEOUT).settings.values()["ratio"] == 3.0
