"""The seconds that are expected of a picture: by the machine's rates, and by how long the last one took."""

from types import SimpleNamespace

import numpy as np
import pytest

import refocuslab as rl
from refocuslab.forecasting import speeds
from refocuslab.forecasting.forecast import expected
from refocuslab.lab.explorer.making import clock
from refocuslab.lab.explorer.making.clock import expected_seconds, pace_of

PHOTO = np.zeros((60, 70, 3), np.uint8)
SCENE = rl.Scene(PHOTO, None, [rl.FocusedPhoto(PHOTO)], psf=rl.disk(3))


@pytest.fixture(autouse=True)
def nothing_kept(tmp_path, monkeypatch):
    monkeypatch.setenv(speeds.PLACE, str(tmp_path))
    monkeypatch.setattr(clock, "TELLING", 0.01)


def last(method, times, *, kept=()):
    """A result that took so many times as long as expected."""
    seconds = {stage: times * value for stage, value in expected(SCENE, method).items()}
    return SimpleNamespace(method=method, seconds=seconds | dict.fromkeys(kept, 1e-9))


def test_the_first_picture_of_a_scene_is_expected_by_the_rates_of_the_machine():
    assert expected_seconds(SCENE, rl.Method(), None) == expected(SCENE, rl.Method())


@pytest.mark.parametrize("change", [{}, {"lambda_image": 0.5}, {"order": "random", "seed": 3, "passes": 2}])
def test_what_changes_after_the_candidates_leaves_them_as_they_are(change):
    method = rl.Method(**change)
    found, told = expected_seconds(SCENE, method, last(rl.Method(), 3.0)), expected(SCENE, method)
    assert (found["library"], found["candidates"]) == (0, 0)
    assert found["texture"] == pytest.approx(3 * told["texture"])


@pytest.mark.parametrize("change", [{"neighborhood": 7}, {"candidates": 9, "seed": 3}, {"search": "linear"}])
def test_what_makes_candidates_anew_is_expected_at_the_pace_of_the_last(change):
    method = rl.Method(**change)
    found = expected_seconds(SCENE, method, last(rl.Method(), 0.5))
    assert found == pytest.approx({stage: value / 2 for stage, value in expected(SCENE, method).items()})


def test_what_was_kept_says_nothing_of_the_pace():
    before = last(rl.Method(), 2.0, kept=("library", "candidates"))
    assert pace_of(SCENE, before) == pytest.approx(2.0)
    assert pace_of(SCENE, last(rl.Method(), 0.0)) == 1.0


def test_a_result_of_no_time_says_nothing_of_the_pace(monkeypatch):
    monkeypatch.setattr(clock, "TELLING", 1e6)
    assert pace_of(SCENE, last(rl.Method(), 3.0)) == 1.0


def test_a_registration_serves_until_what_it_depends_on_changes():
    registered = last(rl.Method(register=True), 1.0)
    assert expected_seconds(SCENE, rl.Method(register=True, candidates=9), registered)["registration"] == 0
    assert expected_seconds(SCENE, rl.Method(register=True, light="encoded"), registered)["registration"] > 0
    assert expected_seconds(SCENE, rl.Method.consistent(), registered)["registration"] > 0
    assert expected_seconds(SCENE, rl.Method(register=True), last(rl.Method(), 1.0))["registration"] > 0
    found = expected_seconds(SCENE.replace(psf=None), rl.Method(light="encoded"), last(rl.Method(), 1.0))
    assert found["PSF"] > 0
    assert expected_seconds(SCENE.replace(psf=None), rl.Method(), last(rl.Method(), 1.0))["PSF"] == 0
