"""The explorer before a visitor whom nobody knows: what a page sends, whatever it is, breaks nothing."""

import dataclasses
import io
import os
import re
import threading
import time

import numpy as np
import pytest
import traitlets
from PIL import Image

import refocuslab as rl
from refocuslab.lab.explorer import Explorer, messages, page_content, pictures, saving
from refocuslab.lab.explorer.making import controls
from refocuslab.lab.explorer.making.controls import Settings
from refocuslab.lab.explorer.making.scenes import named
from refocuslab.lab.explorer.making.session import Session
from refocuslab.lab.parameters.validation import validate
from refocuslab.lab.widgets import texts

TIMEOUT = 30
HOSTILE = '<img src=x onerror="window.hurt=1"> \'; touch hurt; $(touch hurt) `x` \\ " & \n {{7*7}} \u202e%s'


def works(explorer) -> None:
    """A valid change still gives its picture."""
    ratio = 1.0 if explorer.values["ratio"] != 1.0 else 2.0
    serial = explorer.values["serial"] + 1
    message = {"kind": "set", "name": "ratio", "value": ratio, "serial": serial}
    explorer._handle_custom_msg(message, [])
    outcome = explorer.settle(TIMEOUT)
    assert explorer.values["ratio"] == ratio and explorer.status["error"] == ""
    shown = np.asarray(Image.open(io.BytesIO(explorer.png_refocused)))
    assert np.array_equal(shown, rl.refocus(outcome.scene, outcome.settings.method).image)


# ---------------------------------------------------------------- messages

ODD_MESSAGES = [
    None, 7, "set", [], {}, {"kind": None}, {"kind": []}, {"kind": {}}, {"kind": "sing"}, {"kind": "set"},
    {"kind": "set", "name": "ratio", "value": 2.0},
    {"kind": "set", "name": "ratio", "serial": 1},
    {"kind": "set", "name": ["ratio"], "value": 2.0, "serial": 1},
    {"kind": "set", "name": "ratio", "value": 2.0, "serial": "1"},
    {"kind": "set", "name": "ratio", "value": 2.0, "serial": -1},
    {"kind": "set", "name": "ratio", "value": 2.0, "serial": 2**60},
    {"kind": "set", "name": "ratio", "value": 2.0, "serial": 1.5},
    {"kind": "set", "name": "ratio", "value": 2.0, "serial": True},
    {"kind": "set", "name": "ratio", "value": 2.0, "serial": 1, "more": 1},
    {"kind": "set", "name": "ratio", "value": None, "serial": 1},
    {"kind": "set", "name": "ratio", "value": [2.0], "serial": 1},
    {"kind": "set", "name": "ratio", "value": float("nan"), "serial": 1},
    {"kind": "set", "name": "ratio", "value": float("inf"), "serial": 1},
    {"kind": "set", "name": "candidates", "value": 10**4200, "serial": 1},
    {"kind": "set", "name": "scene", "value": "x" * 10**6, "serial": 1},
    {"kind": "recall"}, {"kind": "recall", "id": []}, {"kind": "recall", "id": {}},
    {"kind": "recall", "id": "1"}, {"kind": "recall", "id": True}, {"kind": "recall", "id": -1},
    {"kind": "save", "folder": "elsewhere"}, {"kind": "cancel", "all": True},
    {"kind": "save scene", "to": "elsewhere"}, {"kind": "download scene", "name": "x"},
    {"kind": "use mask", "mask": b"x"}, {"kind": "undo", "times": 9}, {"kind": "fill", "to": "the truth"},
    {"kind": "stroke", "erase": False, "radius": 0, "points": [[1, 2]]},
    {"kind": "stroke", "erase": False, "radius": 3.0, "points": [[1, float("nan")]]},
    {"kind": "outline", "erase": False, "points": [[1, 2], [3, 4]]},
    {"kind": "scene file", "id": 1, "name": "", "size": 9}, {"kind": "scene file", "id": 1, "name": "a"},
    {"kind": "scene file", "id": 1, "name": "a", "size": 9, "path": "elsewhere"},
    {"kind": "open scene", "ids": []}, {"kind": "open scene", "ids": ["/etc"]},
    {"kind": "open scene", "ids": list(range(101))}, {"kind": "open scene", "path": "elsewhere"},
    {"kind": "look", "serial": 1, "pictures": ["misfocused"], "box": [0, 0, 5, 5]},
]  # fmt: skip


@pytest.mark.parametrize("message", ODD_MESSAGES, ids=lambda one: texts.brief(one)[:60])
def test_a_message_of_another_form_is_refused_in_words(steady, message, hear):
    before, values = steady.outcome, dict(steady.values)
    hear(steady, message)
    assert steady.status["error"].startswith("message must be one that the explorer's page sends")
    assert len(steady.status["error"]) < 150
    assert steady.outcome is before and steady.values == values and not steady.status["busy"]


ODD_VALUES = [
    ("ratio", -1.0), ("ratio", 1e9), ("ratio", 0), ("ratio", "2"), ("ratio", True),
    ("lambda_image", 0.0), ("lambda_image", 1e300), ("lambda_image", ""), ("lambda_image", 2.0),
    ("neighborhood", 4), ("neighborhood", 5.5), ("neighborhood", 99), ("neighborhood", "5"),
    ("candidates", 0), ("candidates", 10**9), ("candidates", False),
    ("passes", 99999999999), ("levels", 5), ("box", 2), ("seed", -1), ("seed", 0.5), ("seed", 2**31),
    ("causal", 1), ("causal", "yes"), ("register", "true"), ("weighted", 0),
    ("order", "spiral"), ("order", 1), ("search", ""), ("light", "LINEAR"), ("system", "best"),
    ("scene", "nowhere"), ("scene", ""), ("scene", "."), ("scene", "./motorcycle"), ("scene", 3),
    ("lambda_texture", 0.5), ("threads", 1024), ("results", "elsewhere"), ("crop", 64), ("", 1),
    ("_esm", "x"), ("__class__", "x"), ("method", "x"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "value"), ODD_VALUES)
def test_a_page_chooses_what_its_form_offers_and_nothing_else(steady, name, value, hear):
    before, settings = steady.outcome, steady.settings
    hear(steady, {"kind": "set", "name": name, "value": value, "serial": 1})
    assert re.match(r".+ must be .+; got ", steady.status["error"])
    assert steady.settings == settings and steady.settle(TIMEOUT) is before


def test_every_value_that_the_form_offers_is_taken():
    for one in controls.controls({"made": "made"}):
        if one.kind == "choice":
            ends = [value for value, _ in one.choices]
        elif one.kind == "switch":
            ends = [False, True]
        elif one.kind == "log":
            exponents = [one.least + k * one.step for k in range(60)]
            ends = [float(f"{10**k:.3g}") for k in exponents if k <= one.most + 1e-9]
        else:
            ends = [one.least, one.most]
        settings = Settings("made", rl.Method())
        for value in ends:
            settings = settings.changed(one.name, one.offered(value))


def test_what_a_script_sets_is_checked_as_well(explorer):
    odd = [("ratio", "2"), ("ratio", float("nan")), ("ratio", -1.0), ("ratio", 10**400)]
    odd += [("lambda_image", None), ("threads", 3), ("crop", 64), ("nothing", 1)]
    for name, value in odd:
        with pytest.raises(rl.RefocusError):
            explorer.set(**{name: value})
    explorer.set(scene="nowhere")
    with pytest.raises(rl.RefocusError, match=r"^scene must be one of made, .*; got nowhere"):
        explorer.settle(TIMEOUT)
    works(explorer)


def test_no_folder_but_those_offered_is_read_and_no_error_tells_what_there_is(
    explorer, tmp_path, a_scene, hear
):
    secret = rl.save_scene(a_scene("secret"), tmp_path / "secret")
    told = set()
    for path in (secret, tmp_path / "nothing", tmp_path / "results"):
        hear(explorer, {"kind": "set", "name": "scene", "value": str(path), "serial": 1})
        told.add(explorer.status["error"].replace(str(path), "PATH").replace(texts.brief(str(path)), "PATH"))
    assert len(told) == 1 and explorer.settle(TIMEOUT).settings.scene == "made"


@pytest.mark.seconds
def test_scenes_that_the_author_offers_are_all_there_are(tmp_path, a_scene, hear, method):
    mine = rl.save_scene(a_scene("mine"), tmp_path / "mine")
    explorer = Explorer(mine, method, scenes=[a_scene("made")])
    explorer.settle(TIMEOUT)
    (scene,) = (one for one in explorer.form if one["name"] == "scene")
    assert scene["choices"] == [[str(mine), "mine"], ["made", "made"]]
    hear(explorer, {"kind": "set", "name": "scene", "value": "made", "serial": 1})
    assert explorer.settle(TIMEOUT).settings.scene == "made"
    hear(explorer, {"kind": "set", "name": "scene", "value": "motorcycle", "serial": 2})
    assert explorer.status["error"] == "scene must be one of mine, made; got motorcycle"
    works(explorer)


def test_scenes_of_one_name_are_told_apart(a_scene):
    first, second = a_scene(), a_scene(side=22)
    names = named([first, second, first, "motorcycle", "motorcycle"])
    assert list(names) == ["made", "made (2)", "motorcycle"] and names["made (2)"] is second


def test_messages_are_read_as_what_they_are():
    taken = messages.read({"kind": "set", "name": "causal", "value": True, "serial": 3})
    assert taken.value is True
    for value in (3, 2.5, "x"):
        read = messages.read({"kind": "set", "name": "x", "value": value, "serial": 0}).value
        assert read == value and type(read) is type(value)
    assert messages.read({"kind": "recall", "id": 4}).id == 4
    assert messages.pixel((3, 4)) == [3, 4] and messages.pixel([]) == []


# ---------------------------------------------------------------- traits

NONSENSE = ["ab", "", None, 3, -1, True, 1.5, [], {}, [[]], ["a", "b"], [1], [1, 2, 3], [None, None],
            [1.5, 2], [True, False], [-1, -1], [2**40, 0], [[1], [2]], {"a": 1}, ["refocused", 7],
            ["nothing"] * 1000, "x" * 10**6, {"busy": "x"}]  # fmt: skip


@pytest.mark.seconds
@pytest.mark.parametrize("trait", sorted(Explorer.class_traits(sync=True)))
def test_a_trait_set_to_nonsense_breaks_no_later_picture(explorer, trait):
    theirs = {"shown", "selected"}
    for value in NONSENSE:
        before = getattr(explorer, trait)
        explorer.set_state({trait: value, "unheard of": value})
        assert trait in theirs or getattr(explorer, trait) is before
    assert all(name in (*explorer.all_pictures, "turns") for name in explorer.shown)
    works(explorer)


def test_a_page_asks_for_pictures_and_selects_a_pixel(explorer):
    wanted = ["confidence", "refocused", "nothing", "confidence"]
    explorer.set_state({"shown": wanted, "selected": [6, 7], "labels": {"x": "y"}})
    assert explorer.shown == ["confidence", "refocused"] and explorer.selected == [6, 7]
    assert explorer.png_confidence and explorer.labels["refocused"] == "refocused W"
    for wrong in ("ab", [1], [True, 2], [1.0, 2]):
        with pytest.raises((rl.RefocusError, ValueError, TypeError, traitlets.TraitError)):
            explorer.selected = wrong
    explorer.selected = [np.int64(5), 6]
    assert explorer.selected == [5, 6]


def test_a_flood_of_selections_ends_with_the_last(explorer):
    threads = threading.active_count()
    for number in range(200):
        explorer.set_state({"selected": [4 + number % 12, 5]})
        assert threading.active_count() <= threads + 2
    assert explorer._explaining.join(TIMEOUT)
    assert [explorer.why["y"], explorer.why["x"]] == explorer.selected


# ---------------------------------------------------------------- files


def test_a_page_saves_nothing_unless_its_author_gave_a_folder(tmp_path, monkeypatch, a_scene, hear, method):
    monkeypatch.chdir(tmp_path)
    explorer = Explorer(a_scene(), method)
    explorer.settle(TIMEOUT)
    assert not explorer.saves
    hear(explorer, {"kind": "save"})
    assert "save needs a folder" in explorer.status["error"] and not list(tmp_path.iterdir())
    with pytest.raises(rl.RefocusError, match="folder must be given"):
        explorer.save()
    assert len(explorer.save("mine")) == 2
    assert not Explorer.of(validate(controls.NOTEBOOK, {"crop": 32})).saves


@pytest.mark.seconds
def test_a_page_saves_a_bounded_number_of_pictures_under_names_of_its_own(
    explorer, tmp_path, monkeypatch, hear
):
    monkeypatch.setattr(saving, "MOST", 3)
    results = tmp_path / "results"
    for _ in range(5):
        hear(explorer, {"kind": "save"})
    assert len(list(results.iterdir())) == 6
    assert explorer.status["error"] == (
        "results may hold at most 3 saved pictures; move some away first; got 3 of them"
    )
    (results / "explored-made-02.png").unlink()
    (results / "explored-made-03.json").unlink()
    hear(explorer, {"kind": "save"})
    assert len(list(results.glob("*.png"))) == 2  # what is left of a pair counts, and is not replaced
    for one in results.iterdir():
        one.unlink()
    hear(explorer, {"kind": "save"})
    message = "saved explored-made-01.png and explored-made-01.json in results"
    assert explorer.status["message"] == message and explorer.status["error"] == ""


@pytest.mark.seconds
@pytest.mark.parametrize("name", ["..", "/", "a/b/../..", "x" * 5000, "ä" * 300, "\0", HOSTILE, "", "."])
def test_saved_names_stay_in_their_folder(explorer, tmp_path, name, method):
    outcome = dataclasses.replace(explorer.outcome, settings=Settings(name, method))
    for file in saving.save(outcome, tmp_path / "here", given=True):
        assert file.parent == tmp_path / "here" and file.is_file() and saving.SAVED.fullmatch(file.name)
    assert [one.name for one in tmp_path.iterdir()] == ["here"]


def test_a_link_in_the_results_is_not_followed(explorer, tmp_path, hear):
    victim = tmp_path / "victim"
    victim.write_text("precious")
    results = tmp_path / "results"
    results.mkdir()
    (results / "explored-made-01.png").symlink_to(victim)
    (results / "explored-made-02.json").symlink_to(tmp_path / "not there")
    hear(explorer, {"kind": "save"})
    assert victim.read_text() == "precious" and not (tmp_path / "not there").exists()
    assert (results / "explored-made-03.png").is_file()


@pytest.mark.seconds
def test_a_disk_that_is_full_is_told_without_where_it_is(explorer, monkeypatch, hear):
    def full(*_):
        raise OSError(28, "No space left on device", os.sep + "home" + os.sep + "somebody")

    monkeypatch.setattr(saving, "write_photo", full)
    hear(explorer, {"kind": "save"})
    assert explorer.status["error"] == "the files cannot be read or written (No space left on device)"
    assert not list(explorer.results.iterdir())
    works(explorer)


# ---------------------------------------------------------------- work that fails, or never ends


@pytest.mark.seconds
def test_a_scene_that_is_never_read_holds_nobody_up(tmp_path, monkeypatch, a_scene, hear, method):
    release, asked = threading.Event(), []

    def never(name):
        asked.append(name)
        release.wait(TIMEOUT)
        return a_scene()

    explorer = Explorer(a_scene(), method, scenes=[tmp_path])
    explorer.settle(TIMEOUT)
    monkeypatch.setattr(rl, "load_scene", never)
    for serial in (1, 2):
        hear(explorer, {"kind": "set", "name": "scene", "value": str(tmp_path), "serial": serial})
        end = time.monotonic() + TIMEOUT
        while not asked:
            assert time.monotonic() < end
        hear(explorer, {"kind": "cancel"})
        assert "cancelled" in explorer.status["message"]
        assert explorer._worker.join(5)  # it is true
        assert explorer.values["scene"] == "made"
    assert len(asked) == 1  # one thread waits, not one for each time
    works(explorer)
    # Another choice takes the place of a scene that is still waited for.
    hear(explorer, {"kind": "set", "name": "scene", "value": str(tmp_path), "serial": 8})
    hear(explorer, {"kind": "set", "name": "scene", "value": "made", "serial": 9})
    works(explorer)
    release.set()
    explorer.set(scene=str(tmp_path))
    assert explorer.settle(TIMEOUT).settings.scene == str(tmp_path)


@pytest.mark.seconds
@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
@pytest.mark.parametrize("file", ["scene.toml", "misfocused.png", "mask.png"])
def test_a_pipe_in_an_offered_scene_holds_nobody_up(tmp_path, file, a_scene, hear, method):
    folder = rl.save_scene(a_scene("mine"), tmp_path / "mine")
    (folder / file).unlink(missing_ok=True)
    os.mkfifo(folder / file)
    explorer = Explorer(a_scene(), method, scenes=[folder])
    explorer.settle(TIMEOUT)
    hear(explorer, {"kind": "set", "name": "scene", "value": str(folder), "serial": 1})
    hear(explorer, {"kind": "cancel"})
    assert explorer._worker.join(5) and not explorer.status["busy"]
    works(explorer)
    # Let go of whoever still waits for the pipe.
    os.close(os.open(folder / file, os.O_RDWR | os.O_NONBLOCK))


@pytest.mark.seconds
def test_an_offered_scene_that_cannot_be_read_is_told_without_where_it_lies(tmp_path, a_scene, hear, method):
    folder = tmp_path / "author" / "mine"
    folder.mkdir(parents=True)
    explorer = Explorer(a_scene(), method, scenes=[folder])
    explorer.settle(TIMEOUT)
    for content in ("[", 'misfocused = { photo = "../beside.png" }\nfocused = [{ photo = "a.png" }]\n', None):
        if content is None:
            (folder / "scene.toml").unlink()
        else:
            (folder / "scene.toml").write_text(content)
        hear(explorer, {"kind": "set", "name": "scene", "value": str(folder), "serial": 1})
        with pytest.raises(rl.RefocusError):
            explorer.settle(TIMEOUT)
        assert explorer.status["error"] and str(tmp_path) not in explorer.status["error"]
        works(explorer)


@pytest.mark.seconds
@pytest.mark.parametrize(
    "error", [MemoryError(), ZeroDivisionError("secret"), KeyError("secret"), OSError(5, "x")]
)
def test_work_that_fails_is_told_and_the_next_is_done(explorer, monkeypatch, error):
    def fails(*_, **__):
        raise error

    with monkeypatch.context() as broken:
        broken.setattr(Session, "run", fails)
        explorer.set(ratio=7.0)
        with pytest.raises(type(error)):
            explorer.settle(TIMEOUT)
    assert explorer.status["error"] and "secret" not in explorer.status["error"]
    assert not explorer.status["busy"]
    works(explorer)


def test_a_picture_that_cannot_be_shown_leaves_the_one_before(explorer, monkeypatch):
    before = explorer.outcome
    with monkeypatch.context() as broken:
        broken.setattr(page_content, "scores", lambda *_: 1 / 0)
        explorer.set(ratio=7.0)
        with pytest.raises(ZeroDivisionError):
            explorer.settle(TIMEOUT)
        assert explorer.outcome is before and len(explorer.strip) == 1
    with monkeypatch.context() as broken:
        broken.setattr(pictures, "png", lambda *_: 1 / 0)
        explorer.set(ratio=8.0)
        with pytest.raises(ZeroDivisionError):
            explorer.settle(TIMEOUT)
    works(explorer)
    assert len(explorer.strip) == 2


# ---------------------------------------------------------------- two pages


def test_an_older_move_of_a_second_page_is_not_the_last(explorer, hear):
    for serial in (7, 8, 3):
        hear(explorer, {"kind": "set", "name": "ratio", "value": float(serial), "serial": serial})
    assert explorer.values["serial"] == 8 and explorer.values["ratio"] == 3.0
    explorer.settle(TIMEOUT)
