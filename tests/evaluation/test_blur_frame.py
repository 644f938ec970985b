"""The frame of deconvolution: blur as in optics, exact adjoints, and what U tells of it."""

import numpy as np
import pytest

from refocuslab.evaluation.blur_frame import Frame, gradient, gradient_adjoint
from refocuslab.lens.varying_blur import convolve_varying
from refocuslab.lens.varying_psf import VaryingPsf
from refocuslab.optics.blur import convolve
from refocuslab.optics.light import decode
from refocuslab.scene import FocusedPhoto, Scene

RNG = np.random.default_rng(0)
PHOTO = RNG.integers(0, 256, (19, 24, 3), dtype=np.uint8)
MASK = RNG.random(PHOTO.shape[:2]) < 0.5
PSF = RNG.random((5, 5))
PSF /= PSF.sum()


def frame(explain="photo"):
    return Frame(Scene(PHOTO, MASK, [FocusedPhoto(PHOTO)], psf=PSF), "linear", explain)


def varying_frame():
    varying = VaryingPsf.of(np.broadcast_to(np.linspace(3, 7, 24), (19, 24)))
    scene = Scene(PHOTO, MASK, [FocusedPhoto(PHOTO)], psf=varying.middle, varying=varying)
    return Frame(scene, "linear", "photo"), varying


def fields(made, count=2):
    return np.random.default_rng(1).random((count, *made.operator.grid, 3)).astype(np.float32)


def test_within_the_frame_it_is_the_blur_of_the_optics():
    made = frame()
    found = made.crop(made.blur(made.photo))
    np.testing.assert_allclose(found, convolve(decode(PHOTO), PSF), atol=1e-6)


def test_where_the_psf_varies_it_is_the_blur_of_each_place_and_nothing_beyond_the_photo():
    made, varying = varying_frame()
    found = made.blur(made.photo)
    np.testing.assert_allclose(made.crop(found), convolve_varying(decode(PHOTO), varying), atol=1e-6)
    assert np.count_nonzero(found) == PHOTO.size


def test_where_the_psf_varies_the_adjoint_is_the_adjoint(assert_adjoint):
    made, _ = varying_frame()
    x, y = fields(made)
    assert_adjoint(made.blur, made.adjoint, x, y, rel=1e-5)


def test_the_adjoints_are_adjoints(assert_adjoint):
    made = frame()
    x, y = fields(made)
    assert_adjoint(made.blur, made.adjoint, x, y, rel=1e-5)
    wide = np.stack([x * y, y])
    # A gradient has the mean 0: of a ramp and its own gradient the product is far from it.
    ramp = x + 9 * np.linspace(0, 1, x.shape[0], dtype=np.float32)[:, None, None]
    assert_adjoint(gradient, gradient_adjoint, ramp, gradient(ramp) + wide, rel=1e-4)


def test_the_laplacian_is_the_gradient_and_its_adjoint_by_frequency():
    made = frame()
    (x,) = fields(made, 1)
    by_frequency = made.operator.image(made.laplacian * made.operator.spectrum(x))
    np.testing.assert_allclose(by_frequency, gradient_adjoint(gradient(x)), atol=1e-5)


@pytest.mark.parametrize(("explain", "wanted"), [("mask", MASK), ("photo", np.ones_like(MASK))])
def test_only_what_is_to_be_explained_counts_and_nothing_beyond_the_photo(explain, wanted):
    made = frame(explain)
    np.testing.assert_array_equal(made.crop(made.seen)[..., 0], wanted)
    assert made.seen.sum() == wanted.sum()
    np.testing.assert_allclose(made.crop(made.photo), decode(PHOTO), atol=1e-7)
