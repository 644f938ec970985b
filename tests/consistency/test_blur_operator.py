"""The blur on its canvas: adjoint, agreement with optics, and the least of a quadratic energy."""

import numpy as np
import pytest

from refocuslab.consistency.blur_operator import Agreement, Reblur
from refocuslab.optics.blur import convolve
from refocuslab.optics.psf import disk

SHAPE = 26, 33


def lopsided(side=5):
    psf = np.random.default_rng(1).random((side, side))
    return psf / psf.sum()


def images(*shapes):
    rng = np.random.default_rng(2)
    return [rng.random((*shape, 3)).astype(np.float32) for shape in shapes]


@pytest.mark.parametrize("psf", [disk(1), disk(4), disk(7), lopsided()], ids=["1", "4", "7", "lopsided"])
def test_the_adjoint_is_the_adjoint(psf, assert_adjoint):
    reblur = Reblur(psf, SHAPE)
    x, y = images(reblur.canvas, SHAPE)
    assert_adjoint(reblur, reblur.adjoint, x, y, rel=1e-5)


def test_within_a_mirrored_frame_it_is_the_convolution_of_the_optics():
    psf = lopsided()
    reblur = Reblur(psf, SHAPE)
    (image,) = images(SHAPE)
    np.testing.assert_allclose(reblur(reblur.framed(image)), convolve(image, psf), atol=1e-6)


def test_a_filter_is_its_own_adjoint_and_its_gain_is_seen_on_a_wave(assert_adjoint):
    reblur = Reblur(disk(3), SHAPE)
    gain = 1 / (1 + reblur.frequencies)
    x, y = images(SHAPE, SHAPE)
    assert_adjoint(lambda a: reblur.filtered(a, gain), lambda a: reblur.filtered(a, gain), x, y, rel=1e-5)
    np.testing.assert_allclose(reblur.filtered(x, np.full_like(gain, 3.0)), 3 * x, atol=1e-5)


def agreement(reblur, weight=0.5, noise=1.0):
    rng = np.random.default_rng(3)
    photo, prior = images(SHAPE, reblur.canvas)
    data = rng.uniform(0.5, 1.5, photo.shape) * (rng.random(SHAPE) < 0.8)[..., None]
    flat = np.ones(reblur.frequencies.shape)
    around = weight * rng.uniform(0.5, 1.5, prior.shape)
    return Agreement(reblur, photo, data, noise * flat * (1 + reblur.frequencies), prior, around, flat)


def test_the_solution_has_the_least_energy():
    reblur = Reblur(disk(5), SHAPE)
    agrees = agreement(reblur)
    start, aside = images(reblur.canvas, reblur.canvas)
    found = agrees.solve(agrees.solve(start))
    least = agrees.energy(found)
    assert least < agrees.energy(start)
    assert least < agrees.energy(agrees.prior)
    for size in (-0.1, 0.1):
        assert least < agrees.energy(found + size * (aside - 0.5))


def test_where_the_photo_does_not_count_the_prior_stands():
    reblur = Reblur(disk(5), SHAPE)
    photo, prior = images(SHAPE, reblur.canvas)
    flat = np.ones(reblur.frequencies.shape)
    alone = Agreement(reblur, photo, np.zeros_like(photo), flat, prior, np.ones_like(prior), flat)
    np.testing.assert_allclose(alone.solve(np.zeros_like(prior)), prior, atol=2e-3)


def test_a_photo_without_noise_is_met_once_blurred():
    reblur = Reblur(disk(3), SHAPE)
    truth, prior = images(reblur.canvas, reblur.canvas)
    flat = np.ones(reblur.frequencies.shape)
    agrees = Agreement(
        reblur, reblur(truth), np.ones((*SHAPE, 3)), 1e-4 * flat, prior, np.ones_like(prior), flat
    )
    found = agrees.solve(prior)
    before, after = (np.abs(reblur(x) - reblur(truth)).mean() for x in (prior, found))
    assert after < before / 20
