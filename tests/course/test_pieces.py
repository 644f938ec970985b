"""The package's pieces of units 4 and 5 are what the lab measures, and what the method solves."""

import numpy as np
import pytest
from scipy import ndimage

import refocuslab as rl
from refocuslab.course.exercises import find
from refocuslab.lab.measures import candidate_quality
from refocuslab.lab.measures.picture_measures import GROSS, NEAR


@pytest.fixture(scope="module")
def moved():
    scene = rl.load_scene("motorcycle-breathing").middle(40)
    with pytest.warns(rl.RefocusWarning):
        return scene, rl.refocus(scene, rl.Method.image_scene())


@pytest.mark.seconds
def test_ceiling_and_blame_are_the_labs(moved):
    scene, result = moved
    ceiling, blame = find("e12").pieces()
    values = result.candidates.values
    made = ceiling(scene.misfocused, scene.mask, scene.truth, values)
    np.testing.assert_array_equal(made, candidate_quality.best_choice(scene, result.candidates))
    shares = blame(result.image, scene.mask, scene.truth, values, GROSS, NEAR)
    maps = candidate_quality.blame(result, scene)
    assert shares == tuple(one[scene.mask].mean() for one in maps)
    assert min(shares) > 0


def test_no_choice_is_nearer_to_the_truth_than_the_ceiling(moved):
    scene, result = moved
    ceiling, _ = find("e12").pieces()
    values = result.candidates.values
    best = rl.score(ceiling(scene.misfocused, scene.mask, scene.truth, values), scene).psnr
    rng = np.random.default_rng(0)
    for _ in range(5):
        other = scene.misfocused.copy()
        other[scene.mask] = values[np.arange(len(values)), rng.integers(values.shape[1], size=len(values))]
        assert rl.score(other, scene).psnr < best
    assert rl.score(result.image, scene).psnr < best


def test_the_consistent_piece_is_a_minimum():
    consistent, reblur_rms = find("e14").pieces()
    rng = np.random.default_rng(1)
    psf = rng.random((5, 5))
    psf /= psf.sum()
    u, z, sigma, tau = rng.random((16, 20)), rng.random((16, 20)), 0.02, 0.1
    w = consistent(psf, u, z, sigma, tau)
    off = ndimage.convolve(w, psf, mode="wrap") - u
    slope = ndimage.correlate(off, psf, mode="wrap") / sigma**2 + (w - z) / tau**2
    np.testing.assert_allclose(slope, 0, atol=1e-8 / sigma**2)
    assert reblur_rms(psf, w, u) == pytest.approx(np.sqrt((off**2).mean()))


def test_the_clusters_are_those_of_the_method():
    (kmeans,) = find("e16").pieces()
    centers, masses = kmeans(
        np.array([[255, 255, 255], [0, 0, 1], [0, 1, 0]], np.uint8), np.array([0.4, 0.3, 0.3]), 2
    )
    assert centers[0].max() <= 1
    np.testing.assert_allclose(masses, (0.6, 0.4), atol=1e-5)
