"""Weights from the data: a closed form, what they must follow, and what the recipe gains."""

import numpy as np
import pytest

import refocuslab as rl
from refocuslab.paper.candidates import Candidates
from refocuslab.paper.lambda_from_data import expected_color, likely_lambda, tuned
from refocuslab.simulation.misfocus import add_noise


def test_independent_values_of_known_variance_give_its_weight():
    # d_0 = D s^2, so with all values independent lambda is 1 / (2 s^2).
    distances = np.full((9, 2), 75 * 16, np.int64)
    found = Candidates(np.zeros((9, 2, 3), np.uint8), distances, distances)
    assert likely_lambda(found, 5, independent=1.0) == pytest.approx(1 / 32)
    assert likely_lambda(found, 5, independent=0.1) == pytest.approx(0.1 / 32)
    nothing = Candidates(found.values, 0 * distances, distances)
    assert np.isfinite(likely_lambda(nothing, 5))


def small_scene(noise):
    rng = np.random.default_rng(1)
    truth = np.kron(rng.integers(0, 256, (8, 8, 3)), np.ones((4, 4, 1))).astype(np.uint8)
    psf = rl.disk(3)
    shot = add_noise(rl.blur(truth, psf), noise, 3)
    return rl.Scene(shot, np.ones((32, 32), bool), [rl.FocusedPhoto(truth)], psf=psf, truth=truth)


def test_a_noisier_photo_asks_for_a_smaller_weight_and_the_ratio_stays():
    method = rl.Method(lambda_image=0.02, lambda_texture=0.06)
    quiet, noisy = (tuned(small_scene(noise), method) for noise in (2.0, 8.0))
    assert quiet.lambda_image > 5 * noisy.lambda_image
    assert noisy.lambda_texture == pytest.approx(3 * noisy.lambda_image)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["motorcycle-perturbed", "chelsea-perspective", "motorcycle"])
def test_the_recipe_beats_the_papers_best_system(name):
    scene = rl.load_scene(name)
    paper = rl.score(rl.refocus(scene, rl.Method(search="coherent")).image, scene)
    recipe = rl.score(rl.refocus(scene, expected_color(scene, search="coherent")).image, scene)
    assert recipe.psnr > paper.psnr + 1 and recipe.ssim > paper.ssim


def test_the_recipe_takes_what_it_is_told():
    recipe = expected_color(small_scene(2.0), neighborhood=5, light="encoded")
    assert (recipe.neighborhood, recipe.light, recipe.selection, recipe.candidates) == (
        5,
        "encoded",
        "kmeans",
        1,
    )
    assert recipe.lambda_texture == 0 and recipe.lambda_image != rl.Method().lambda_image
