"""Ceilings and calibrations by hand."""

import numpy as np
import pytest

import refocuslab as rl
from refocuslab.candidates import Candidates
from refocuslab.lab.questions import best_choice, calibration, foretells


@pytest.fixture
def scene():
    truth = np.full((4, 5, 3), 100, np.uint8)
    mask = np.ones((4, 5), bool)
    mask[0, 0] = False
    return rl.Scene(truth // 2, mask, [rl.FocusedPhoto(truth)], psf=np.ones((1, 1)), truth=truth)


def test_the_best_choice_is_the_nearest_to_the_truth(scene):
    values = np.tile(np.array([[0] * 3, [90] * 3, [120] * 3], np.uint8), (19, 1, 1))
    distances = np.zeros((19, 3), np.int64)
    image = best_choice(scene, Candidates(values, distances, distances))
    assert (image[scene.mask] == 90).all() and (image[0, 0] == 50).all()


def test_a_confidence_that_knows_the_error_foretells_it(scene):
    image = scene.truth.copy()
    image[..., 1] += np.arange(20, dtype=np.uint8).reshape(4, 5)
    sure = -np.arange(20.0).reshape(4, 5)
    assert foretells(sure, image, scene) == pytest.approx(1)
    assert foretells(-sure, image, scene) == pytest.approx(-1)
    curve = calibration(sure, image, scene, parts=19)
    assert curve == pytest.approx(np.arange(19, 0, -1) / np.sqrt(3))
