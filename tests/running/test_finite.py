"""No stage hands on a number that is not finite: the work ends there, and says where."""

import numpy as np
import pytest

from refocuslab.consistency import rounds
from refocuslab.consistency.error_spectra import Misfit
from refocuslab.errors import RefocusError
from refocuslab.method import Method
from refocuslab.optics.blur import blur
from refocuslab.optics.light import encode
from refocuslab.optics.psf import disk
from refocuslab.paper import confidence
from refocuslab.refocusing import refocuser as engine
from refocuslab.registration import register
from refocuslab.registration.alignment import Alignment
from refocuslab.registration.exposure import Exposure
from refocuslab.registration.geometry import Found
from refocuslab.running.finite import finite
from refocuslab.scene import FocusedPhoto, Scene


@pytest.fixture
def scene():
    photo = np.random.default_rng(0).integers(0, 256, (12, 12, 3)).astype(np.uint8)
    return Scene(blur(photo, disk(3)), None, [FocusedPhoto(photo)], psf=disk(3))


def test_finite_numbers_pass_and_others_are_counted():
    finite("a stage", 1.0, np.zeros(4), np.arange(3))
    with pytest.raises(RefocusError) as caught:
        finite("a stage", np.array([0, np.nan, np.inf]), -np.inf)
    assert str(caught.value) == "a stage must give finite numbers; got 3 of 4 that are NaN or infinite"


@pytest.mark.parametrize("light", ["linear", "encoded"])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_light_that_is_not_finite_is_not_made_black(light, value):
    with pytest.raises(RefocusError, match=r"^encoding must give finite numbers"):
        encode(np.array([0.5, value]), light=light)


def misfit(**changed):
    return Misfit(
        **{"noise": 1.0, "misfit": 0.0, "size": 0.0, "spread": 1.0, "detail": np.ones(32)} | changed
    )


@pytest.mark.parametrize("name", ["noise", "misfit", "size", "spread"])
def test_consistency_that_measures_a_nan_ends_there(scene, monkeypatch, name):
    monkeypatch.setattr(rounds, "measure", lambda *_, **__: misfit(**{name: np.nan}))
    with pytest.raises(RefocusError, match=r"^consistency must give finite numbers"):
        engine.refocus(scene, Method(consistency=True))


def test_consistency_whose_solution_is_not_finite_ends_there(scene, monkeypatch):
    monkeypatch.setattr(rounds.Agreement, "solve", lambda self, start, threads: np.full_like(start, np.nan))
    with pytest.raises(RefocusError, match=r"^consistency must give finite numbers"):
        engine.refocus(scene, Method(consistency=True))


def test_a_confidence_that_is_not_finite_ends_there(scene, monkeypatch):
    monkeypatch.setattr(confidence, "confidence", lambda distances, _: np.full(len(distances), np.nan))
    with pytest.raises(RefocusError, match=r"^confidence must give finite numbers"):
        engine.refocus(scene)


def test_a_registration_that_is_not_finite_ends_there(scene, monkeypatch):
    found = Alignment("similarity", np.eye(3), 0.0, 1.0, 1.0)
    monkeypatch.setattr(register, "find", lambda *_: Found(found, 20, 20))
    monkeypatch.setattr(register, "refined", lambda pair, found, _: (pair, found))
    exposure = Exposure(np.array([1, np.nan, 1]), np.zeros(3))
    monkeypatch.setattr(register, "fit_exposure", lambda *_: exposure)
    with pytest.raises(RefocusError, match=r"^(registration|encoding) must give finite numbers"):
        register.register(scene, flow=False)
