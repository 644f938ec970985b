"""Blur against an oracle of direct sums, and its invariances."""

import numpy as np
import pytest
from scipy import ndimage

from refocuslab.errors import RefocusError
from refocuslab.optics.blur import blur, convolve
from refocuslab.optics.psf import disk


def photo(height=24, width=31, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def lopsided(side=5):
    """A PSF without any symmetry, so that a flip or a transpose of it shows."""
    psf = np.random.default_rng(1).random((side, side))
    return psf / psf.sum()


def test_convolution_equals_the_direct_sum():
    image = np.random.default_rng(2).random((17, 23, 3))
    for psf in (lopsided(5), lopsided(33), disk(8)):
        expected = ndimage.convolve(image, psf[:, :, None], mode="mirror")
        np.testing.assert_allclose(convolve(image, psf), expected, atol=1e-12)


def test_a_point_of_light_becomes_the_psf():
    point = np.zeros((9, 11, 1))
    point[4, 5] = 1
    psf = lopsided(5)
    blurred = convolve(point, psf)
    np.testing.assert_allclose(blurred[2:7, 3:8, 0], psf, atol=1e-15)
    assert blurred.sum() == pytest.approx(1)


def test_light_is_neither_made_nor_lost():
    image = np.zeros((40, 40, 3))
    image[12:28, 12:28] = np.random.default_rng(3).random((16, 16, 3))
    blurred = convolve(image, disk(19))
    np.testing.assert_allclose(blurred.sum(axis=(0, 1)), image.sum(axis=(0, 1)))


def test_the_adjoint_is_the_flipped_psf(assert_adjoint):
    rng, inner = np.random.default_rng(4), np.s_[4:-4, 4:-4]
    a, b = np.zeros((2, 20, 26, 3))
    a[inner], b[inner] = rng.random((2, 12, 18, 3))
    psf = lopsided(7)
    assert_adjoint(lambda x: convolve(x, psf), lambda y: convolve(y, psf[::-1, ::-1]), a, b)


def test_convolve_refuses_what_it_cannot_use():
    with pytest.raises(RefocusError, match="image must be of shape"):
        convolve(np.zeros((9, 9)), disk(3))
    with pytest.raises(RefocusError, match="psf must fit the photo: at most 9 pixels"):
        convolve(np.zeros((5, 9, 3)), disk(11))
    assert convolve(np.zeros((5, 9, 3)), disk(9)).shape == (5, 9, 3)


@pytest.mark.parametrize("light", ["linear", "encoded"])
def test_flat_fields_stay_flat(light):
    for level in range(0, 256, 5):
        field = np.full((9, 12, 3), level, dtype=np.uint8)
        np.testing.assert_array_equal(blur(field, disk(7), light=light), field)


def test_light_is_added_not_gray_levels():
    stripes = np.zeros((8, 12, 3), dtype=np.uint8)
    stripes[:, ::2] = 255
    psf = np.zeros((3, 3))
    psf[1] = [0.25, 0.5, 0.25]
    # Half of the light everywhere: gray level 188, where half of 255 would be 127.5.
    np.testing.assert_array_equal(blur(stripes, psf), 188)
    np.testing.assert_array_equal(blur(stripes, psf, light="encoded"), 128)


def test_a_disk_knows_no_direction():
    image = photo()
    blurred = blur(image, disk(6))
    for turn in (np.flipud, np.fliplr, lambda a: a.transpose(1, 0, 2), lambda a: a[..., ::-1]):
        np.testing.assert_array_equal(blur(turn(image), disk(6)), turn(blurred))


def test_blur_moves_with_the_photo():
    image = photo(40, 40)
    part = blur(image[5:35, 7:33], disk(7))
    np.testing.assert_array_equal(part[3:-3, 3:-3], blur(image, disk(7))[8:32, 10:30])


def test_the_disk_of_one_pixel_is_focus():
    np.testing.assert_array_equal(blur(photo(), disk(1)), photo())


@pytest.mark.parametrize("image", [photo()[..., 0], photo() / 255, photo()[:0], photo()[..., :2]])
def test_blur_refuses_what_is_no_photo(image):
    with pytest.raises(RefocusError, match=r"image must be a photo of shape \(H, W, 3\)"):
        blur(image, disk(3))
