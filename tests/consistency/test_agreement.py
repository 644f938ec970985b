"""The image that agrees best: the least of a quadratic energy, and its limits."""

import numpy as np

from refocuslab.consistency.agreement import Agreement
from refocuslab.optics.blur_operator import BlurOperator
from refocuslab.optics.psf import disk

SHAPE = 26, 33


def images(*shapes):
    rng = np.random.default_rng(2)
    return [rng.random((*shape, 3)).astype(np.float32) for shape in shapes]


def agreement(blur, weight=0.5, noise=1.0):
    rng = np.random.default_rng(3)
    photo, prior = images(SHAPE, blur.extended_shape)
    data = rng.uniform(0.5, 1.5, photo.shape) * (rng.random(SHAPE) < 0.8)[..., None]
    flat = np.ones(blur.frequencies.shape)
    around = weight * rng.uniform(0.5, 1.5, prior.shape)
    return Agreement(blur, photo, data, noise * flat * (1 + blur.frequencies), prior, around, flat)


def test_the_solution_has_the_least_energy():
    blur = BlurOperator(disk(5), SHAPE)
    agrees = agreement(blur)
    start, aside = images(blur.extended_shape, blur.extended_shape)
    found = agrees.solve(agrees.solve(start))
    least = agrees.energy(found)
    assert least < agrees.energy(start)
    assert least < agrees.energy(agrees.prior)
    for size in (-0.1, 0.1):
        assert least < agrees.energy(found + size * (aside - 0.5))


def test_where_the_photo_does_not_count_the_prior_stands():
    blur = BlurOperator(disk(5), SHAPE)
    photo, prior = images(SHAPE, blur.extended_shape)
    flat = np.ones(blur.frequencies.shape)
    alone = Agreement(blur, photo, np.zeros_like(photo), flat, prior, np.ones_like(prior), flat)
    np.testing.assert_allclose(alone.solve(np.zeros_like(prior)), prior, atol=2e-3)


def test_a_photo_without_noise_is_met_once_blurred():
    blur = BlurOperator(disk(3), SHAPE)
    truth, prior = images(blur.extended_shape, blur.extended_shape)
    flat = np.ones(blur.frequencies.shape)
    agrees = Agreement(blur, blur(truth), np.ones((*SHAPE, 3)), 1e-4 * flat, prior, np.ones_like(prior), flat)
    found = agrees.solve(prior)
    before, after = (np.abs(blur(x) - blur(truth)).mean() for x in (prior, found))
    assert after < before / 10
