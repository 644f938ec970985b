"""A PSF of another width at each pixel: weights, the operator, its adjoint."""

import numpy as np
import pytest

from refocuslab.errors import RefocusError
from refocuslab.lens.psf_families import soft_disk
from refocuslab.lens.varying_blur import VaryingBlurOperator, convolve_varying
from refocuslab.lens.varying_psf import VaryingPsf
from refocuslab.optics.blur import convolve
from refocuslab.optics.blur_operator import BlurOperator
from refocuslab.optics.psf import disk

SHAPE = 24, 31
SLANT = np.linspace(2.0, 6.0, SHAPE[1])[None, :] * np.ones((SHAPE[0], 1))


def light(shape, seed=0):
    return np.random.default_rng(seed).random((*shape, 3)).astype(np.float32)


def test_weights_are_linear_between_two_widths():
    psf = VaryingPsf.of(SLANT)
    weights = psf.weights()
    np.testing.assert_allclose(weights.sum(axis=0), 1, atol=1e-6)
    np.testing.assert_allclose(np.tensordot(psf.widths, weights, axes=1), SLANT, atol=1e-5)
    assert ((weights > 0).sum(axis=0) <= 2).all()
    assert np.diff(psf.widths).max() <= 0.5 + 1e-9
    assert np.array_equal(psf.middle, disk(4.0))


def test_a_wide_range_has_no_more_psfs():
    assert len(VaryingPsf.of(np.array([[2.0, 40.0]])).psfs) == 13


def test_the_family_is_as_asked():
    psf = VaryingPsf.of(SLANT, lambda width: soft_disk(width, 0.5))
    assert np.array_equal(psf.psfs[0], soft_disk(2.0, 0.5))


def test_the_adjoint_is_the_adjoint(assert_adjoint):
    blur = VaryingBlurOperator(VaryingPsf.of(SLANT))
    x, y = light(blur.extended_shape), light(SHAPE, 1)
    assert_adjoint(blur, blur.adjoint, x, y, rel=1e-5)


def test_each_pixel_gathers_by_the_psf_of_its_own_place():
    width = np.full(SHAPE, 3.0)
    width[:, 15:] = 5.0
    blur = VaryingBlurOperator(VaryingPsf((disk(3), disk(5)), np.array([3.0, 5.0]), width))
    image = light(SHAPE)
    made = blur(blur.extended(image))
    np.testing.assert_allclose(made[:, :15], convolve(image, disk(3))[:, :15], atol=1e-6)
    np.testing.assert_allclose(made[:, 15:], convolve(image, disk(5))[:, 15:], atol=1e-6)
    np.testing.assert_allclose(made, convolve_varying(image.astype(float), VaryingPsf.of(width)), atol=1e-6)


def test_of_one_width_it_is_the_blur():
    one, many = BlurOperator(disk(4), SHAPE), VaryingBlurOperator(VaryingPsf.of(np.full(SHAPE, 4.0)))
    x = light(one.extended_shape)
    np.testing.assert_allclose(many(x), one(x), atol=1e-6)
    np.testing.assert_allclose(many.transfer, one.transfer, atol=1e-6)


@pytest.mark.parametrize(
    ("psfs", "widths", "width"),
    [
        ((disk(3),), [3.0, 5.0], np.full(SHAPE, 3.0)),
        ((disk(3), disk(5)), [5.0, 3.0], np.full(SHAPE, 3.0)),
        ((disk(3), disk(5)), [3.0, 5.0], np.full(SHAPE, 6.0)),
        ((disk(3), disk(5)), [3.0, 5.0], np.full(SHAPE, np.nan)),
        ((disk(3), disk(5)), [3.0, 5.0], np.full(5, 3.0)),
        ((np.ones((3, 3)), disk(5)), [3.0, 5.0], np.full(SHAPE, 3.0)),
    ],
)
def test_what_is_no_varying_psf_is_refused(psfs, widths, width):
    with pytest.raises(RefocusError, match="must"):
        VaryingPsf(psfs, np.array(widths), width)
