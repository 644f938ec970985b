"""Weights for every pixel: closed forms and invariances."""

import numpy as np
import pytest

from refocuslab.consistency.error_spectra import ROUNDING, Misfit
from refocuslab.consistency.pixel_weights import of_error, variance_of_psf

MASK = np.ones((30, 40), bool)
WINDOW = MASK.astype(float)


def misfit(noise=1.0, share=0.1):
    return Misfit(noise, share, 0.0, 2.0, np.ones(32))


def test_equal_errors_weigh_1_and_the_scale_is_left_out():
    np.testing.assert_allclose(of_error(np.full((30, 40, 3), 5.0), MASK, WINDOW), 1)
    error = np.random.default_rng(0).normal(size=(30, 40, 3))
    error[10:20, 10:20] *= 4
    once = of_error(100 * error, MASK, WINDOW)
    np.testing.assert_allclose(of_error(1000 * error, MASK, WINDOW), once, rtol=1e-3)
    assert once[15, 15] < once[3, 3] / 4


def test_a_step_in_error_is_undone_by_its_square():
    error = np.ones((30, 40, 3))
    error[:, 20:] = 3
    weight = of_error(error, MASK, WINDOW)
    expected = (9 + ROUNDING) / (1 + ROUNDING)
    assert weight[15, 5] / weight[15, 35] == pytest.approx(expected)


def test_errors_outside_the_mask_do_not_count():
    mask = MASK.copy()
    mask[:, 25:] = False
    error = np.ones((30, 40, 3))
    wild = np.where(mask[..., None], error, 1e6)
    for one in (error, wild):
        np.testing.assert_allclose(of_error(one, mask, mask.astype(float)), 1)


def psf_weights(found, mean_misfit, bright=0.8):
    # Dark at the left, where a unit of light is ten times as many gray levels; bright stripes between.
    light = np.full((34, 44, 3), 0.02)
    light[:, 22::2] = bright
    levels = np.full((30, 40, 3), 2000.0)
    levels[:, 20:] = 200.0
    variance = variance_of_psf(light, levels, WINDOW, found, radius=2, mean_misfit=mean_misfit)
    # As rounds.py weighs the pixels of U.
    return np.minimum((found.noise**2 + mean_misfit) / variance, 1)


def test_a_psf_without_error_leaves_all_pixels_alike():
    np.testing.assert_allclose(psf_weights(misfit(share=0), 0.0), 1)


def test_an_error_of_the_psf_harms_the_dark_beside_the_bright_most():
    weight = psf_weights(misfit(), 4.0)
    assert weight[15, 19] < weight[15, 30]
    assert weight[15, 5] == weight.max() == 1
    assert psf_weights(misfit(), 40.0)[15, 19] < weight[15, 19]


def test_a_flat_photo_is_told_nothing_by_its_psf():
    flat = variance_of_psf(
        np.full((34, 44, 3), 0.3), np.full((30, 40, 3), 300.0), WINDOW, misfit(), radius=2, mean_misfit=4.0
    )
    assert np.isfinite(flat).all() and (flat == flat[0, 0]).all()
