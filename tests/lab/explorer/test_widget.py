"""The explorer's Python half: what it tells the front end, and what it does at its messages."""

import dataclasses
import io
import re
import threading
import time

import numpy as np
import pytest
import traitlets
from PIL import Image

import refocuslab as rl
from refocuslab.lab.explorer import Explorer, pictures, strip
from refocuslab.lab.explorer.making import controls
from refocuslab.lab.explorer.strip import memory
from refocuslab.lab.parameters.validation import validate
from refocuslab.optics.blur import blur
from refocuslab.optics.psf import disk

TIMEOUT = 30


def a_scene(seed=0, name="made", side=26):
    sharp = np.random.default_rng(seed).integers(0, 256, (side, side, 3), dtype=np.uint8)
    mask = np.zeros((side, side), bool)
    mask[3:-3, 4:-4] = True
    return rl.Scene(blur(sharp, disk(3)), mask, [rl.FocusedPhoto(sharp)], psf=disk(3), truth=sharp, name=name)


SCENE = a_scene()
METHOD = rl.Method(candidates=6)


@pytest.fixture
def explorer(tmp_path):
    made = Explorer(SCENE, METHOD, results=tmp_path / "results")
    made.settle(TIMEOUT)
    return made


def hear(explorer, **message):
    explorer._heard(explorer, message, [])


def until(holds):
    end = time.monotonic() + TIMEOUT
    while not holds():
        assert time.monotonic() < end, "in vain"
        time.sleep(0.005)


def pixels(png: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(png)))


def test_the_first_picture_comes_by_itself(explorer):
    whole = rl.refocus(SCENE, METHOD)
    assert np.array_equal(pixels(explorer.png_refocused), whole.image)
    assert explorer.scores[0]["value"] == f"{rl.score(whole.image, SCENE).psnr:.2f}"
    assert not explorer.status["busy"] and explorer.status["error"] == ""
    assert explorer.labels.keys() == explorer.legends.keys() <= set(explorer.all_pictures)
    assert explorer.values["system"] == "confidence_order"


def test_a_burst_ends_with_the_picture_of_the_last(explorer):
    for serial, ratio in enumerate(np.geomspace(0.01, 100, 10), 1):
        hear(explorer, kind="set", name="ratio", value=float(f"{ratio:.3g}"), serial=serial)
    outcome = explorer.settle(TIMEOUT)
    assert outcome.settings.method == dataclasses.replace(METHOD, lambda_texture=1.0)
    assert np.array_equal(pixels(explorer.png_refocused), rl.refocus(SCENE, outcome.settings.method).image)
    assert explorer.values["serial"] == 10 and explorer.values["ratio"] == 100


def test_a_preview_is_shown_over_the_last_picture_and_framed(explorer, monkeypatch):
    monkeypatch.setattr("refocuslab.lab.explorer.making.session.AT_ONCE", 0)
    monkeypatch.setattr(explorer.session, "_resize", lambda seconds: None)
    # A place where the preview, which is of the coherent search, differs from the last picture.
    monkeypatch.setattr("refocuslab.lab.explorer.making.session.worth_a_look", lambda scene: (12, 12))
    explorer.session._side = 8
    last, seen = pixels(explorer.png_refocused), []
    explorer.observe(lambda change: seen.append(pixels(change.new)), "png_refocused")
    explorer.set(neighborhood=3)
    explorer.settle(TIMEOUT)
    preview, whole = seen
    new = (preview != last).any(axis=2)
    assert new.any() and np.ptp(np.argwhere(new), axis=0).max() < 8
    assert np.array_equal(whole, explorer.outcome.image)
    assert explorer.status["square"] == []


@pytest.mark.seconds
def test_a_preview_of_another_scene_stands_beside_nothing_of_the_one_before(explorer, monkeypatch):
    other = a_scene(1, "other", side=30).replace(truth=None)
    explorer = Explorer(SCENE, METHOD, scenes=[other])
    explorer.shown = ["misfocused", "refocused", "truth", "confidence"]
    first, whole = explorer.settle(TIMEOUT), dict(explorer.labels)
    seen, reached = [], threading.Event()
    refocus = rl.Refocuser.refocus

    def slow(self, *args, **options):
        if isinstance(options["cancel"], threading.Event):  # of the preview
            return refocus(self, *args, **options)
        seen.append(
            (dict(explorer.labels), explorer.png_misfocused, explorer.doubts, explorer.status["square"])
        )
        reached.set()
        while not options["cancel"].is_set():
            time.sleep(0.001)
        raise rl.Cancelled("as asked")

    monkeypatch.setattr(rl.Refocuser, "refocus", slow)
    explorer.set(scene="other")
    assert reached.wait(TIMEOUT)
    ((labels, misfocused, doubts, square),) = seen
    assert set(labels) == {"misfocused", "refocused"} and square and doubts == []
    assert np.array_equal(pixels(misfocused), other.misfocused)
    # Cancel brings all of the first scene back.
    explorer.cancel()
    assert explorer.settle(TIMEOUT) is first and explorer.labels == whole
    assert np.array_equal(pixels(explorer.png_misfocused), SCENE.misfocused)
    assert np.array_equal(pixels(explorer.png_refocused), first.image)


def test_only_the_pictures_wanted_are_sent(explorer):
    assert explorer.png_confidence == b"" and explorer.turns == b""
    explorer.shown = ["refocused", "confidence", "turns"]
    assert np.array_equal(
        pixels(explorer.png_confidence), pictures.PICTURES["confidence"].draw(explorer.outcome)
    )
    assert len(explorer.turns) == 4 * SCENE.mask.size
    before = explorer.png_confidence
    explorer.set(lambda_image=0.0001)
    explorer.settle(TIMEOUT)
    assert explorer.png_confidence != before


def test_cancel_keeps_the_picture_and_returns_to_its_settings(explorer, monkeypatch):
    begun, before = threading.Event(), explorer.png_refocused

    def slow(self, settings, turn, **_):
        begun.set()
        while not turn.is_set():
            time.sleep(0.001)
        raise rl.Cancelled("as asked")

    monkeypatch.setattr(type(explorer.session), "run", slow)
    hear(explorer, kind="set", name="neighborhood", value=7, serial=1)
    assert begun.wait(TIMEOUT) and explorer.values["neighborhood"] == 7
    hear(explorer, kind="cancel")
    assert explorer.values["neighborhood"] == 5 and "cancelled" in explorer.status["message"]
    assert explorer.settle(TIMEOUT).settings.method == METHOD
    assert explorer.png_refocused == before and not explorer.status["busy"]


def test_an_error_is_told_in_words_and_the_explorer_lives_on(explorer):
    hear(explorer, kind="set", name="candidates", value=0, serial=1)
    assert explorer.status["error"] == "candidates must be from 1 to 200; got 0"
    assert explorer.values["candidates"] == 6 and explorer.values["serial"] == 1
    hear(explorer, kind="set", name="scene", value="nowhere", serial=2)
    assert explorer.status["error"].endswith("; got nowhere") and explorer.values["scene"] == "made"
    assert explorer.settle(TIMEOUT).settings.method == METHOD
    hear(explorer, kind="set", name="ratio", value=3.0, serial=3)
    explorer.settle(TIMEOUT)
    assert explorer.status["error"] == "" and explorer.outcome.settings.method.lambda_texture == 0.03


@pytest.mark.seconds
def test_a_pixel_is_explained_when_it_is_selected_and_again_when_the_picture_changes(explorer, monkeypatch):
    explorer.selected = [12, 11]
    until(lambda: explorer.why)
    pixel = explorer.explain(12, 11)
    assert explorer.why["sources"] == pixel.sources.tolist() and explorer.why["chosen"] == pixel.chosen
    assert explorer.why["blurred"] == pixel.blurred.tobytes() and explorer.why["size"] == 5
    explorer.set(neighborhood=3, passes=2)
    explorer.settle(TIMEOUT)
    assert explorer.why["size"] == 3 and explorer.why["passes"] == 2
    # What the pixel's turn was like is known without another run.
    monkeypatch.setattr(explorer.session, "refocuser", None)
    assert explorer.explain(12, 11).sources.tolist() == explorer.why["sources"]
    explorer.selected = [0, 0]
    until(lambda: explorer.why.get("outside"))


@pytest.mark.seconds
def test_an_earlier_result_comes_back_with_its_settings(explorer):
    first = explorer.png_refocused
    explorer.set(system="scanline_texture", ratio=30.0)
    explorer.settle(TIMEOUT)
    assert explorer.png_refocused != first
    assert [one["now"] for one in explorer.strip] == [False, True]
    assert explorer.strip[1]["change"] == "scanline texture"
    hear(explorer, kind="recall", id=explorer.strip[0]["id"])
    # At once; what it was made from has to be made again.
    assert explorer.png_refocused == first and explorer.settings.method == METHOD
    assert explorer.values["system"] == "confidence_order"
    assert explorer.settle(TIMEOUT).settings.method == METHOD
    assert explorer.png_refocused == first and [one["now"] for one in explorer.strip] == [True, False]
    assert [one.made.there for one in explorer._strip.outcomes()] == [True, False]
    hear(explorer, kind="recall", id=99)
    for ratio in range(2, 2 + strip.EARLIER):
        explorer.set(ratio=float(ratio))
        explorer.settle(TIMEOUT)
    assert len(explorer.strip) == strip.EARLIER
    assert explorer.strip[-1]["change"] == f"λ ratio {ratio}" and explorer.strip[-1]["now"]


@pytest.mark.seconds
def test_earlier_results_hold_pictures_and_forget_what_they_were_made_from(explorer, monkeypatch):
    first, held = explorer.outcome, memory([explorer.outcome])
    labels, confidence = explorer.labels, pictures.PICTURES["confidence"].draw(first)
    explorer.set(neighborhood=3)
    last = explorer.settle(TIMEOUT)
    assert not first.made.there and last.made.there
    scene = memory([SCENE])
    assert memory([first]) == scene + first.image.nbytes < held / 5
    both = memory([first, last]) / 1e6
    assert "more than 400 MB" in explorer.kept and f"these hold {both:.0f} MB" in explorer.kept
    # Whoever asks gets the same again.
    explorer.shown = ["refocused", "confidence"]
    seen = []
    explorer.observe(lambda change: seen.append(change.new), "status")
    hear(explorer, kind="recall", id=explorer.strip[0]["id"])
    assert explorer.settle(TIMEOUT) is first and first.made.there and not last.made.there
    assert np.array_equal(pixels(explorer.png_confidence), confidence) and explorer.labels == labels
    assert any(status["busy"] and status["stage"] for status in seen)
    assert len(explorer.strip) == 2
    monkeypatch.setattr(strip, "MEGABYTES", 0)
    explorer.set(ratio=3.0)
    explorer.settle(TIMEOUT)
    assert [one["change"] for one in explorer.strip] == ["λ ratio 3, neighborhood 5"]


def test_a_recall_that_is_cancelled_goes_back_to_the_picture_before(explorer, monkeypatch):
    explorer.set(neighborhood=3)
    last = explorer.settle(TIMEOUT)
    reached = threading.Event()

    def slow(self, method, *, cancel, progress):
        reached.set()
        while not cancel.is_set():
            time.sleep(0.001)
        raise rl.Cancelled("as asked")

    monkeypatch.setattr(rl.Refocuser, "refocus", slow)
    hear(explorer, kind="recall", id=explorer.strip[0]["id"])
    assert reached.wait(TIMEOUT)
    explorer.cancel()
    assert explorer.settle(TIMEOUT) is last and explorer.settings == last.settings
    assert np.array_equal(pixels(explorer.png_refocused), last.image)


@pytest.mark.seconds
def test_the_film_shows_every_pass(explorer):
    assert explorer.film == []
    explorer.shown = ["turns"]
    explorer.set(passes=3)
    outcome = explorer.settle(TIMEOUT)
    shown = [pixels(one) for one in explorer.film]
    assert len(shown) == 4 and np.array_equal(shown[0], pictures.start(outcome))
    for number in (1, 2, 3):
        after = rl.refocus(SCENE, dataclasses.replace(METHOD, passes=number)).image
        assert np.array_equal(shown[number], after)


@pytest.mark.seconds
def test_the_front_end_is_told_which_search_made_the_picture(explorer):
    assert explorer.made_by == "exact"  # as METHOD asks
    explorer.set(search="coherent")
    explorer.settle(TIMEOUT)
    assert explorer.made_by == "coherent"
    hear(explorer, kind="recall", id=explorer.strip[0]["id"])
    explorer.settle(TIMEOUT)
    assert explorer.made_by == "exact"
    assert Explorer(SCENE).settle(TIMEOUT).settings.method == rl.Method(search="coherent")


def test_what_is_saved_is_the_picture_shown(explorer, tmp_path):
    hear(explorer, kind="save")
    (file,) = (tmp_path / "results").glob("*.png")
    assert np.array_equal(pixels(file.read_bytes()), explorer.outcome.image)
    assert file.name in explorer.status["message"]
    assert explorer.write(tmp_path).read_bytes() == file.read_bytes()


@pytest.mark.seconds
def test_an_explorer_of_the_notebooks_parameters():
    values = {"scene": "motorcycle", "crop": 32, "neighborhood": 3, "order": "scanline", "causal": True}
    explorer = Explorer.of(validate(controls.NOTEBOOK, values))
    outcome = explorer.settle(TIMEOUT)
    assert outcome.image.shape == (32, 32, 3) and outcome.settings.method.order == "scanline"
    assert "-p crop 32" in explorer.commands["shell"]
    assert explorer.values["system"] == "scanline_texture"


def test_the_front_end_asks_for_traits_that_there_are():
    synced = {
        name
        for name, trait in Explorer.class_traits(sync=True).items()
        if isinstance(trait, traitlets.TraitType)
    }
    asked = set(re.findall(r"model\.[gs]et\(\"(\w+)\"", Explorer._esm))
    for listed in re.findall(r"follow\(\S*model, \[([^\]]*)\]", Explorer._esm):
        asked |= set(re.findall(r"\"(\w+)\"", listed))
    assert asked and asked <= synced


def test_the_front_end_reaches_nothing_outside():
    assert not re.search(r"https?://|import\s*\(|^import ", Explorer._esm + Explorer._css, re.MULTILINE)


@pytest.mark.seconds
def test_a_scene_whose_mask_is_cut_away_is_an_error_in_words_and_another_scene_works():
    mask = np.zeros((40, 40), bool)
    mask[0, 0] = True
    wider = ((0, 14), (0, 14), (0, 0))
    photos = {name: np.pad(getattr(SCENE, name), wider) for name in ("misfocused", "truth")}
    explorer = Explorer(SCENE.replace(**photos, mask=mask), METHOD, crop=16)
    with pytest.raises(rl.RefocusError, match=r"^mask must hold at least one pixel"):
        explorer.settle(TIMEOUT)
    assert explorer.status["error"].startswith("mask must hold") and not explorer.status["busy"]
    explorer.set(scene="motorcycle")
    assert explorer.settle(TIMEOUT).image.shape == (16, 16, 3) and explorer.status["error"] == ""


@pytest.mark.seconds
def test_every_choice_of_selection_confidence_weights_and_levels_can_be_made_and_explained(explorer):
    for changes in (
        {"selection": "kmeans", "pool": 30, "candidates": 3, "lambda_image": 1e-4},
        {"selection": "modes", "confidence": "ratio", "box": 3},
        {"selection": "spread", "confidence": "entropy", "weighted": True},
        {"selection": "nearest", "confidence": "variance", "levels": 2, "passes": 2},
    ):
        explorer.set(**changes)
        outcome = explorer.settle(TIMEOUT)
        assert np.array_equal(outcome.image, rl.refocus(SCENE, outcome.settings.method).image)
        for y, x in np.argwhere(SCENE.mask)[5::83]:
            pixel = explorer.explain(int(y), int(x))
            assert pixel.winner == pixel.chosen and np.array_equal(pixel.value, outcome.image[y, x])
        explorer.selected = [10, 10]
        until(lambda: explorer.why.get("y") == 10)
        assert ("above" in explorer.why) == (outcome.settings.method.levels > 1)
        explorer.selected = []
        explorer.why = {}


def test_choices_and_switches_tell_what_is_slow(explorer, monkeypatch):
    monkeypatch.setattr("refocuslab.lab.explorer.making.session.SLOW", 0)
    explorer.set(ratio=7.0)
    explorer.settle(TIMEOUT)
    assert {"system", "search", "register", "consistency"} <= set(explorer.costs)
    assert set(explorer.costs["search"]) == {"exact", "coherent", "linear"}
    assert set(explorer.costs["consistency"]) == {"true", "false"} and "scene" not in explorer.costs
