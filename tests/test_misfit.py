"""Known errors of a photo, a PSF and a prior, recovered from the spectrum of what is left."""

import numpy as np
import pytest
from scipy import ndimage

from refocuslab.misfit import Misfit, Spectrum, measure
from refocuslab.optics import convolve, disk

SHAPE = 128, 144
MASK = np.ones(SHAPE, bool)


def white(std, seed):
    return np.random.default_rng(seed).normal(0, std, (*SHAPE, 3))


def picture(seed=9):
    """A sharp picture with the spectrum of a photo: power falls as 1 / f^2."""
    return 40 * ndimage.gaussian_filter(white(1, seed), (1, 1, 0)) + 20 * ndimage.gaussian_filter(
        white(12, seed + 1), (6, 6, 0)
    )


def found(residual, diameter=9, mask=MASK):
    spectrum = Spectrum(mask, diameter // 2)
    detail = spectrum.rings(spectrum.power(picture()))
    return measure(residual, spectrum, disk(diameter), detail)


def test_white_noise_has_its_variance_as_power_at_every_frequency():
    spectrum = Spectrum(MASK, 4)
    np.testing.assert_allclose(spectrum.rings(spectrum.power(white(3, 0)))[2:], 9, rtol=0.15)


@pytest.mark.parametrize("noise", [0.5, 2.0, 6.0])
def test_the_noise_of_a_photo_is_recovered(noise):
    result = found(white(noise, 1))
    assert result.noise == pytest.approx(noise, rel=0.05)
    assert result.spread < noise and result.misfit < 0.05


@pytest.mark.parametrize("spread", [3.0, 12.0])
def test_the_error_of_the_prior_is_told_from_noise(spread):
    # What is white in W comes through the PSF, and never has more power than the signal.
    result = found(convolve(white(spread, 2), disk(9)) + white(1, 3))
    assert result.noise == pytest.approx(1, rel=0.1)
    spectrum = Spectrum(MASK, 4)
    low = result.prior_variance(spectrum.frequencies)[spectrum.frequencies < 0.1]
    assert np.sqrt(low.mean()) == pytest.approx(spread, rel=0.25)


def test_a_wrong_psf_shows_as_misfit():
    sharp = picture()
    right = found(convolve(sharp, disk(9)) - convolve(sharp, disk(9)) + white(1, 4))
    wrong = found(convolve(sharp, disk(9)) - convolve(sharp, disk(8)) + white(1, 4))
    assert right.misfit < 0.01
    assert wrong.misfit > 3 * max(right.misfit, 0.01)
    assert wrong.noise == pytest.approx(1, rel=0.25)


def test_only_what_lies_in_the_mask_counts():
    mask = np.zeros(SHAPE, bool)
    mask[20:110, 30:120] = True
    residual = white(2, 5)
    spoiled = np.where(mask[..., None], residual, 1000.0)
    assert found(spoiled, mask=mask).noise == pytest.approx(2, rel=0.07)


def test_a_mask_as_thin_as_the_psf_still_gives_a_measure():
    mask = np.zeros(SHAPE, bool)
    mask[60:66] = True
    result = found(white(2, 6), mask=mask)
    assert result.noise == pytest.approx(2, rel=0.3)


def test_variances_follow_the_equations():
    detail = np.full(32, 50.0)
    misfit = Misfit(noise=2.0, misfit=0.1, spread=5.0, detail=detail)
    assert misfit.data_variance(np.array([0.2]), np.array([0.36])) == pytest.approx(4 + 0.01 * 0.64 * 50)
    assert misfit.prior_variance(np.array([0.2])) == pytest.approx(25 * 50 / 75)
