"""Known errors of a photo, a PSF and a prior, recovered from the spectrum of what is left."""

import numpy as np
import pytest
from scipy import ndimage

from refocuslab.consistency import error_spectra
from refocuslab.consistency.error_spectra import Misfit, Spectrum, measure, size_change2
from refocuslab.optics.blur import convolve
from refocuslab.optics.psf import disk

SHAPE = 128, 144
MASK = np.ones(SHAPE, bool)


def white(std, seed):
    return np.random.default_rng(seed).normal(0, std, (*SHAPE, 3))


def picture(seed=9):
    """A sharp picture with the spectrum of a photo: power falls as 1 / f^2."""
    return 40 * ndimage.gaussian_filter(white(1, seed), (1, 1, 0)) + 20 * ndimage.gaussian_filter(
        white(12, seed + 1), (6, 6, 0)
    )


def found(residual, diameter=9, mask=MASK, **given):
    spectrum = Spectrum(mask, diameter // 2)
    detail = spectrum.rings(spectrum.power(picture()))
    return measure(residual, spectrum, disk(diameter), detail, **given)


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


@pytest.mark.parametrize("true", [8, 10])
def test_a_psf_of_the_wrong_size_is_told_by_how_much(true):
    sharp = picture()
    right = found(white(1, 4))
    wrong = found(convolve(sharp, disk(9)) - convolve(sharp, disk(true)) + white(1, 4))
    assert right.misfit < 0.01 and right.size < 0.01
    assert wrong.size == pytest.approx(abs(true / 9 - 1), rel=0.25)
    assert wrong.misfit < wrong.size / 2
    assert wrong.noise == pytest.approx(1, rel=0.25)
    # Next to nothing of it is blamed on Z.
    assert wrong.spread < 2


def test_a_psf_of_the_wrong_shape_shows_as_misfit():
    sharp = picture()
    square = ndimage.uniform_filter(sharp, (9, 9, 0), mode="mirror")
    ring = convolve(sharp, (81 * disk(9) - 25 * np.pad(disk(5), 2)) / 56)
    for other in (square, ring):
        wrong = found(convolve(sharp, disk(9)) - other + white(1, 4))
        assert wrong.misfit > 0.03
        assert wrong.spread < 2


def test_the_error_of_the_prior_is_no_larger_than_it_may_be():
    residual = convolve(white(6, 2), disk(9)) + white(1, 3)
    free, bound = found(residual), found(residual, most=2.0)
    frequencies = Spectrum(MASK, 4).frequencies
    assert np.sqrt(free.prior_variance(frequencies).mean()) > 3
    assert np.sqrt(bound.prior_variance(frequencies).mean()) == pytest.approx(2.0, rel=0.02)
    # Something else has to explain what is left then: the PSF.
    assert np.hypot(bound.misfit, bound.size) > 2 * np.hypot(free.misfit, free.size)
    assert found(residual, most=100.0).spread == free.spread


def test_the_change_with_size_is_the_derivative_of_the_transfer_function():
    y, x = np.mgrid[-12:13, -12:13]

    def gaussian(spread):
        return np.exp(-(x**2 + y**2) / (2 * spread**2)) / (2 * np.pi * spread**2)

    fy, fx = np.fft.fftfreq(40)[:, None], np.fft.rfftfreq(36)
    power = (2 * np.pi * 2.0) ** 2 * (fy**2 + fx**2)
    expected = (power * np.exp(-power / 2)) ** 2
    np.testing.assert_allclose(size_change2(gaussian(2.0), (40, 36)), expected, atol=1e-5)
    # A kernel larger than the photo is folded.
    assert size_change2(gaussian(2.0), (20, 18)) == pytest.approx(
        (power * np.exp(-power / 2))[::2, ::2] ** 2, abs=1e-5
    )


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
    error_spectra = Misfit(noise=2.0, misfit=0.1, size=0.2, spread=5.0, detail=detail)
    variance = error_spectra.data_variance(np.array([0.2]), np.array([0.36]), np.array([0.81]))
    assert variance == pytest.approx(4 + (0.01 * 0.64 + 0.04 * 0.81) * 50)
    assert error_spectra.prior_variance(np.array([0.2])) == pytest.approx(25 * 50 / 75)


def test_a_variance_that_the_solver_leaves_below_0_is_0(monkeypatch):
    # Bounds are kept but for rounding.
    class Fit:
        x = np.full(4, -1e-20)

    monkeypatch.setattr(error_spectra, "lsq_linear", lambda *_, **__: Fit)
    result = found(white(1, 1))
    assert (result.misfit, result.size) == (0, 0)
    assert result.noise == result.spread == pytest.approx(np.sqrt(error_spectra.ROUNDING))


@pytest.mark.parametrize("psf", [disk(9), np.pad([[1.0]], 4)], ids=["disk", "none"])
@pytest.mark.parametrize("signal", [0.0, 1e-300, 1e-28, 1e-6])
@pytest.mark.parametrize("error", [0.0, 1e-9, 1.0, 1e4])
def test_what_is_fitted_stays_in_the_range_of_photos(psf, signal, error):
    # A focused photo that shows nothing explains nothing, however large the error is.
    spectrum = Spectrum(MASK, 4)
    result = measure(error * white(1, 1), spectrum, psf, np.full(32, signal))
    assert 0 < result.noise <= 255 and 0 <= result.misfit <= 2 and 0 <= result.size <= 1
    assert 0 < result.spread < 1e3


def test_a_spread_beyond_the_power_of_the_signal_does_not_grow_without_end():
    detail = np.full(32, 10.0)
    result = measure(200 * white(1, 1), Spectrum(MASK, 4), np.pad([[1.0]], 4), detail)
    assert result.spread**2 <= 1e6 * 10 * (1 + 1e-9)
