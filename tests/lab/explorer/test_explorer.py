"""The explorer without its widget: controls, session, pictures, commands, files."""

import dataclasses
import io
import json
import shlex

import numpy as np
import pytest
from made_pictures import noise
from PIL import Image

import refocuslab as rl
from refocuslab.lab.explorer import pictures, saving
from refocuslab.lab.explorer.making import controls
from refocuslab.lab.explorer.making import session as session_module
from refocuslab.lab.explorer.making.controls import Settings
from refocuslab.lab.explorer.making.session import Session, worth_a_look
from refocuslab.lab.explorer.strip import memory
from refocuslab.lab.parameters import arguments, validation
from refocuslab.lab.widgets.worker import Turn
from refocuslab.optics.blur import blur
from refocuslab.optics.psf import disk


def a_scene(height=24, width=28, truth=True):
    mask = np.zeros((height, width), bool)
    mask[3:-3, 4:-4] = True
    sharp = noise(height, width)
    focused = [rl.FocusedPhoto(noise(20, 22, 1)), rl.FocusedPhoto(sharp)]
    return rl.Scene(
        blur(sharp, disk(3)), mask, focused, psf=disk(3), truth=sharp if truth else None, name="made"
    )


SETTINGS = Settings("made", rl.Method(candidates=6))


def outcomes(session, settings, turn=None, **options):
    shown = []
    session.run(settings, turn or Turn(), show=shown.append, **options)
    return shown


# ---------------------------------------------------------------- controls


def test_every_choice_of_the_method_is_a_parameter_of_the_notebook_and_a_control():
    fields = {field.name for field in dataclasses.fields(rl.Method)}
    assert fields <= set(validation.model_for(controls.NOTEBOOK).model_fields)
    names = [one.name for one in controls.controls({"a": "a"})]
    assert set(names) == fields - {"lambda_texture"} | {"scene", "system", "ratio"}
    assert len(set(names)) == len(names)


def test_ranges_and_help_are_those_of_the_parameters():
    form = {one.name: one for one in controls.controls({"a": "A", "b": "B"})}
    assert (form["neighborhood"].least, form["neighborhood"].most, form["neighborhood"].step) == (3, 11, 2)
    assert (form["candidates"].least, form["candidates"].most) == (1, 200)
    assert form["ratio"].kind == form["lambda_image"].kind == "log"
    assert (form["ratio"].least, form["ratio"].most) == (-3, 3)
    assert [value for value, _ in form["order"].choices] == list(rl.method.ORDERS)
    assert form["scene"].choices == (("a", "A"), ("b", "B"))
    fields = validation.model_for(controls.NOTEBOOK).model_fields
    assert all(form[n].help == fields[n].description for n in form if n in fields)
    assert all(one.help and one.label for one in form.values())


def test_controls_come_by_themselves_for_what_the_parameters_do_not_know():
    assert controls._unlisted("register", False).kind == "switch"
    assert [v for v, _ in controls._unlisted("order", "scanline").choices] == list(rl.method.ORDERS)
    assert controls._unlisted("weight", 0.5).step == 0 and controls._unlisted("rounds", 5).step == 1


@pytest.mark.parametrize("system", controls.systems())
def test_a_system_is_recognised_whatever_its_numbers(system):
    method = getattr(rl.Method, system)(neighborhood=7, candidates=9, lambda_image=0.5, search="linear")
    assert controls.system_of(method) == system
    for other in controls.systems():
        there = controls.in_system(method, other)
        assert controls.system_of(there) == other
        assert (there.neighborhood, there.candidates, there.search) == (7, 9, "linear")


def test_a_mixture_is_no_system():
    assert controls.system_of(rl.Method(order="scanline")) == controls.OTHER
    method = rl.Method(order="random")
    assert controls.in_system(method, controls.OTHER) == method
    with pytest.raises(rl.RefocusError, match=r"system must be one of .*; got best"):
        controls.in_system(method, "best")


def test_moving_a_control_changes_what_it_says():
    start = Settings("made", rl.Method(lambda_image=0.02, lambda_texture=0.04))
    assert start.values()["ratio"] == 2.0
    assert start.changed("ratio", 0.5).method.lambda_texture == 0.01
    moved = start.changed("lambda_image", 0.2)
    assert (moved.method.lambda_image, moved.method.lambda_texture) == (0.2, 0.4)
    assert start.changed("neighborhood", 7).method == dataclasses.replace(start.method, neighborhood=7)
    assert start.changed("scene", "coffee") == Settings("coffee", start.method)
    for name, value in start.values().items():
        assert start.changed(name, value) == start, name


def test_the_ratio_comes_back_after_a_system_without_texture():
    start = Settings("made", rl.Method()).changed("ratio", 3.0)
    alone = start.changed("system", "image_scene").changed("lambda_image", 0.02)
    assert alone.method.lambda_texture == 0
    back = alone.changed("system", "image_scene").changed("system", "scanline_texture")
    assert back.values()["ratio"] == 3 and back.method.lambda_texture == 0.06
    assert (
        Settings("made", rl.Method.image_scene()).changed("system", "confidence_order").values()["ratio"] == 1
    )
    no_image = Settings("made", rl.Method(lambda_image=0)).changed("system", "image_scene")
    assert no_image.changed("system", "confidence_order").method.lambda_texture > 0


@pytest.mark.seconds
def test_memory_counts_what_is_shared_once():
    a, b = (outcomes(Session({"made": a_scene()}), SETTINGS)[-1] for _ in range(2))
    assert memory([a, a]) == memory([a]) >= a.result.library.sharp.nbytes + a.image.nbytes
    assert memory([a, b]) == 2 * memory([a])
    other = dataclasses.replace(a, image=a.image.copy())
    assert memory([a, other]) == memory([a]) + a.image.nbytes


@pytest.mark.parametrize(("name", "value"), [("neighborhood", 4), ("candidates", 0), ("order", "spiral")])
def test_values_out_of_range_are_refused(name, value):
    with pytest.raises(rl.RefocusError, match=f"^{name} must be"):
        SETTINGS.changed(name, value)


def test_settings_without_the_image_scene_constraint_have_a_finite_ratio():
    values = Settings("made", rl.Method(lambda_image=0)).values()
    assert json.loads(json.dumps(values, allow_nan=False))["ratio"] == 1000


# ---------------------------------------------------------------- session


@pytest.mark.seconds
def test_a_preview_then_the_picture_that_refocus_gives():
    scene = a_scene()
    session, stages = Session({"made": scene}), []
    shown = outcomes(session, SETTINGS, progress=lambda *at: stages.append(at))
    assert [one.square is not None for one in shown] == [True, False]
    whole = rl.refocus(scene, SETTINGS.method)
    assert np.array_equal(shown[1].image, whole.image)
    assert shown[1].score == rl.score(whole.image, scene)
    assert stages[0][0] == "scene" and {stage for stage, *_ in stages} >= {"candidates", "texture"}
    # The preview has its part of the same bar.
    ahead = [share for stage, share, _ in stages if stage == "preview, texture"]
    assert 0 < ahead[0] < ahead[-1] < 1
    shares = [share for _, share, _ in stages]
    assert shares == sorted(shares) and shares[-1] == 1
    # What is expected at once needs no preview; the first time, functions may have been compiled.
    outcomes(session, SETTINGS.changed("ratio", 2.0))
    again = outcomes(session, SETTINGS.changed("ratio", 4.0))
    assert [one.square for one in again] == [None]


@pytest.mark.seconds
def test_a_preview_lies_round_the_place_looked_at_and_over_the_picture_before(monkeypatch):
    # However fast this machine is.
    monkeypatch.setattr(session_module, "AT_ONCE", 0.0)
    scene = a_scene(60, 70)
    session = Session({"made": scene})
    session._side = 16
    (*_, before) = outcomes(session, SETTINGS)
    session._side = 16
    preview, _ = outcomes(session, SETTINGS.changed("neighborhood", 3), look_at=(30, 40), before=before)
    top, left, height, width = preview.square
    assert (height, width) == (16, 16) and top <= 30 < top + height and left <= 40 < left + width
    new = (preview.image != before.image).any(axis=2)
    assert new[top : top + height, left : left + width].any()
    new[top : top + height, left : left + width] = False
    assert not new.any()


def test_previews_are_not_superseded_but_cancelled():
    session = Session({"made": a_scene()})
    turn = Turn()
    turn.superseded.set()
    shown = []
    with pytest.raises(rl.Cancelled):
        session.run(SETTINGS, turn, show=shown.append)
    assert [one.square is not None for one in shown] == [True]
    turn.cancelled.set()
    with pytest.raises(rl.Cancelled):
        Session({"made": a_scene()}).run(SETTINGS, turn, show=shown.append)
    assert len(shown) == 1


def test_scenes_are_those_given_and_those_shipped():
    session = Session({"made": a_scene()}, crop=12)
    assert list(session.offered.titles()) == ["made", *rl.scene_names()]
    assert session.refocuser("made").scene.mask.shape == (12, 12)
    assert session.refocuser("made") is session.refocuser("made")
    with pytest.raises(rl.RefocusError, match="elsewhere"):
        session.refocuser("elsewhere")


def test_the_place_worth_a_look_is_inside_the_mask():
    for truth in (True, False):
        scene = a_scene(truth=truth)
        assert scene.mask[worth_a_look(scene)]


@pytest.mark.seconds
def test_a_refocuser_within_another_mask_gives_what_a_new_one_gives():
    scene = a_scene()
    part = scene.mask & (np.arange(28) < 12)
    whole = rl.Refocuser(scene)
    whole.refocus(SETTINGS.method)
    inside = whole.within(part)
    for method in (SETTINGS.method, rl.Method(neighborhood=3, candidates=4)):
        assert np.array_equal(
            inside.refocus(method).image, rl.refocus(scene.replace(mask=part), method).image
        )
        assert np.array_equal(whole.refocus(method).image, rl.refocus(scene, method).image)
    assert inside.refocus(SETTINGS.method).library is whole.refocus(SETTINGS.method).library


# ---------------------------------------------------------------- pictures


@pytest.mark.seconds
def test_every_picture_is_drawn_and_means_something():
    (*_, outcome) = outcomes(Session({"made": a_scene()}), SETTINGS)
    for name, label in pictures.pictures(outcome).items():
        image = pictures.PICTURES[name].draw(outcome)
        assert image.dtype == np.uint8 and image.ndim == 3 and label
        if name != "focused":
            assert image.shape == outcome.image.shape, name
        json.dumps(pictures.PICTURES[name].legend(outcome))
    mask = outcome.scene.mask
    shown = pictures.PICTURES["confidence"].draw(outcome)
    steps = (outcome.result.confidence[mask] * 255).astype(int)
    assert np.array_equal(shown[mask], pictures.CIVIDIS[steps]) and (shown[~mask] == pictures.OUTSIDE).all()
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(pictures.png(shown)))), shown)


@pytest.mark.seconds
def test_what_a_consistent_picture_rests_on_is_shown_and_saved(tmp_path):
    (*_, plain) = outcomes(Session({"made": a_scene()}), SETTINGS)
    assert "basis" not in pictures.pictures(plain)
    assert json.loads(saving.save(plain, tmp_path)[1].read_text())["rests_on"] is None
    method = rl.Method(candidates=6, consistency=True)
    (*_, outcome) = outcomes(Session({"made": a_scene()}), Settings("made", method))
    image, mask = pictures.PICTURES["basis"].draw(outcome), outcome.scene.mask
    # The second focused photo is the truth, in place: it is pasted in, and only the mask's edge is not.
    keys = dict(pictures.PICTURES["basis"].legend(outcome)["keys"])
    assert (image[12, 14] == keys["a pasted photo"]).all() and (image[~mask] == pictures.OUTSIDE).all()
    told = json.loads(saving.save(outcome, tmp_path)[1].read_text())["rests_on"]
    assert set(told) == set(keys) and sum(told.values()) == pytest.approx(1, abs=1e-3)
    assert told["a pasted photo"] == pytest.approx(
        float(outcome.result.consistent.pasted[mask].mean()), abs=1e-4
    )


def test_without_a_truth_there_is_no_difference_from_it():
    (*_, outcome) = outcomes(Session({"made": a_scene(truth=False)}), SETTINGS)
    assert not {"truth", "difference"} & set(pictures.pictures(outcome))
    assert outcome.score.psnr is None and "reblur" in pictures.pictures(outcome)


def test_sources_are_measured_from_the_pixels_own_place():
    (*_, outcome) = outcomes(Session({"made": a_scene()}), SETTINGS)
    photo, distance = pictures.source_places(outcome)
    for y, x in np.argwhere(outcome.scene.mask)[::40]:
        which, from_y, from_x = outcome.result.library.position(outcome.result.source[y, x])
        assert photo[y, x] == which and distance[y, x] == pytest.approx(np.hypot(from_y - y, from_x - x))
    assert (distance[~outcome.scene.mask] == 0).all()


@pytest.mark.seconds
def test_the_film_begins_with_the_nearest_candidates_and_knows_every_turn():
    (*_, outcome) = outcomes(Session({"made": a_scene()}), SETTINGS)
    assert np.array_equal(
        pictures.start(outcome), rl.refocus(outcome.scene, rl.Method.image_scene(candidates=6)).image
    )
    turns = np.frombuffer(pictures.turns(outcome), "<u4").reshape(outcome.scene.mask.shape)
    assert (turns[~outcome.scene.mask] == 2**32 - 1).all()
    assert sorted(turns[outcome.scene.mask]) == list(range(outcome.scene.mask.sum()))


# ---------------------------------------------------------------- away with it


@pytest.mark.seconds
def test_the_python_line_makes_exactly_this_picture():
    settings = Settings(
        "motorcycle", rl.Method(neighborhood=3, lambda_texture=0.0312, order="scanline", passes=2)
    )
    namespace = {}
    exec(saving.python_line(settings, crop=40), namespace)
    (*_, outcome) = outcomes(Session(crop=40), settings)
    assert np.array_equal(namespace["image"], outcome.image)


def test_the_shell_line_holds_what_differs_as_the_parameters_take_it():
    method = rl.Method(candidates=30, causal=True, order="random", lambda_image=1e-05, search="coherent")
    settings = Settings("coffee", method)
    line = saving.shell_line(settings, crop=64)
    assert line == (
        "refocuslab run 9 -p scene coffee -p candidates 30 -p causal True "
        "-p order random -p lambda_image 1e-05 -p crop 64"
    )
    # As the command line reads it, it is the picture's method again.
    words = shlex.split(line)[3:]
    texts = dict(zip(words[1::3], words[2::3], strict=True))
    values = arguments.parameters([controls.NOTEBOOK], texts)[controls.NOTEBOOK]
    assert controls.settings_of(values) == settings and values["crop"] == 64
    # The notebook begins with coherent search, the method without.
    methods = [rl.Method(search=search) for search in ("exact", "coherent")]
    exact, coherent = (saving.shell_line(Settings("coffee", one)) for one in methods)
    assert "-p search exact" in exact and "search" not in coherent
    assert "first save the scene" in saving.shell_line(settings, given=True)


def test_saved_files_hold_picture_parameters_and_scores_and_never_replace_others(tmp_path):
    (*_, outcome) = outcomes(Session({"made": a_scene()}), SETTINGS)
    outcome = dataclasses.replace(outcome, score=rl.Score(float("inf"), 1.0, 0.5))
    first = saving.save(outcome, tmp_path / "new", given=True)
    second = saving.save(outcome, tmp_path / "new", given=True)
    assert len({*first, *second}) == 4
    picture, told = first
    assert np.array_equal(np.asarray(Image.open(picture)), outcome.image)
    read = json.loads(told.read_text())
    assert rl.Method(**read["method"]) == SETTINGS.method and read["scene"] == "made"
    assert read["score"] == {"psnr": "Infinity", "ssim": 1.0, "reblur_rms": 0.5}


@pytest.mark.seconds
def test_what_is_slow_says_so_where_it_is_chosen(monkeypatch):
    session = Session({"made": a_scene()})
    outcomes(session, SETTINGS)

    def seconds(scene, method, last, threads):
        assert last is session._last["made"]
        return {"consistency": 200.0} if method.consistency else {"texture": 12.3 if method.weighted else 3.0}

    monkeypatch.setattr("refocuslab.lab.explorer.making.session.expected_seconds", seconds)
    choices = {"system": ["image_scene", "consistent"], "weighted": [False, True], "causal": [False, True]}
    assert session.costs(SETTINGS, choices) == {
        "system": {"consistent": "about 3 min"},
        "weighted": {"true": "about 12 s"},
    }
