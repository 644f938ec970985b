"""The blur of an unknown image: adjoint, and agreement with the convolution."""

import numpy as np
import pytest

from refocuslab.optics.blur import convolve
from refocuslab.optics.blur_operator import BlurOperator
from refocuslab.optics.psf import disk, otf

SHAPE = 26, 33


def lopsided(side=5):
    psf = np.random.default_rng(1).random((side, side))
    return psf / psf.sum()


def images(*shapes):
    rng = np.random.default_rng(2)
    return [rng.random((*shape, 3)).astype(np.float32) for shape in shapes]


@pytest.mark.parametrize("psf", [disk(1), disk(4), disk(7), lopsided()], ids=["1", "4", "7", "lopsided"])
def test_the_adjoint_is_the_adjoint(psf, assert_adjoint):
    blur = BlurOperator(psf, SHAPE)
    x, y = images(blur.extended_shape, SHAPE)
    assert_adjoint(blur, blur.adjoint, x, y, rel=1e-5)


def test_of_a_mirrored_image_it_is_the_convolution_of_the_optics():
    psf = lopsided()
    blur = BlurOperator(psf, SHAPE)
    (image,) = images(SHAPE)
    np.testing.assert_allclose(blur(blur.extended(image)), convolve(image, psf), atol=1e-6)


def test_a_filter_is_its_own_adjoint_and_its_gain_is_seen_on_a_wave(assert_adjoint):
    blur = BlurOperator(disk(3), SHAPE)
    gain = 1 / (1 + blur.frequencies)
    x, y = images(SHAPE, SHAPE)
    assert_adjoint(lambda a: blur.filtered(a, gain), lambda a: blur.filtered(a, gain), x, y, rel=1e-5)
    np.testing.assert_allclose(blur.filtered(x, np.full_like(gain, 3.0)), 3 * x, atol=1e-5)


def test_a_gap_lies_between_the_ends_of_the_unknown():
    plain, apart = (BlurOperator(disk(3), (6, 8), gap=gap) for gap in (0, 1))
    # 8 and 10 are as long as fast transforms are.
    assert plain.grid == plain.extended_shape == apart.extended_shape == (8, 10)
    assert min(np.subtract(apart.grid, apart.extended_shape)) >= 1


def test_the_transfer_function_is_the_fourier_sum_about_the_center():
    psf = lopsided()
    y, x = np.mgrid[-2:3, -2:3]
    fy, fx = np.fft.fftfreq(12), np.fft.rfftfreq(9)
    phase = fy[:, None, None, None] * y + fx[None, :, None, None] * x
    expected = (psf * np.exp(-2j * np.pi * phase)).sum(axis=(2, 3))
    np.testing.assert_allclose(otf(psf, (12, 9)), expected, atol=1e-12)
    # Smaller than the PSF, the grid still has the right values at its own frequencies.
    np.testing.assert_allclose(otf(psf, (4, 3)), expected[::3, ::3], atol=1e-12)
    assert otf(psf, (12, 9), np.float32).dtype == np.complex64


@pytest.mark.parametrize("shape", [(13, 16), (14, 15)])
def test_a_mean_over_half_the_frequencies_is_that_over_all(shape):
    blur = BlurOperator(disk(3), shape)
    image = np.random.default_rng(0).random((*blur.grid, 1))
    whole = np.abs(np.fft.fft2(image[..., 0])) ** 2
    assert blur.mean(np.abs(blur.spectrum(image)[..., 0]) ** 2) == pytest.approx(whole.mean())


def test_the_squares_of_the_psf_gather_what_lies_on_the_photo():
    psf = np.array([[0, 0.1, 0], [0, 0.5, 0.4], [0, 0, 0]])
    blur = BlurOperator(psf, (6, 7))
    one = np.zeros((*blur.extended_shape, 1), np.float32)
    one[4, 4] = 1
    found = blur.product(one, blur.squares)[..., 0]
    expected = np.zeros_like(found)
    # It correlates where the blur convolves.
    expected[3:6, 3:6] = (psf**2 / (psf**2).sum())[::-1, ::-1]
    np.testing.assert_allclose(found, expected, atol=1e-6)
    np.testing.assert_allclose(blur.transfer2, np.abs(blur.transfer[..., 0]) ** 2)
