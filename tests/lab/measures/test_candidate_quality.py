"""Ceilings and calibrations by hand."""

import numpy as np
import pytest

import refocuslab as rl
from refocuslab.lab.measures.candidate_quality import best_choice, calibration, foretells, split
from refocuslab.paper.candidates import Candidates


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


def test_what_near_equal_colors_take_from_one_another():
    values = np.array([[[0] * 3, [1] * 3, [255] * 3], [[0] * 3, [90] * 3, [255] * 3]], np.uint8)
    distances = np.zeros((2, 3), np.int64)
    # A third in the first pixel, nothing in the second.
    assert split(Candidates(values, distances, distances), 1.0) == pytest.approx(1 / 6)
    distances[:, 1] = [1, 0]
    p = np.exp(-1)
    assert split(Candidates(values, distances, distances), 1.0) == pytest.approx(p / (2 + p) / 2)
