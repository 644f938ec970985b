"""The optics against closed forms, an oracle of direct sums, and invariances."""

import numpy as np
import pytest
from scipy import ndimage
from scipy.special import j1

from refocuslab.errors import RefocusError
from refocuslab.optics.blur import blur, convolve
from refocuslab.optics.calibration import calibrate
from refocuslab.optics.light import decode, encode
from refocuslab.optics.psf import check_psf, disk, disk_mtf, mtf
from refocuslab.simulation.misfocus import add_noise, point_light

BYTES = np.arange(256, dtype=np.uint8)


def photo(height=24, width=31, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def lopsided(side=5):
    """A PSF without any symmetry, so that a flip or a transpose of it shows."""
    psf = np.random.default_rng(1).random((side, side))
    return psf / psf.sum()


# Encoded values and light


@pytest.mark.parametrize("light", ["linear", "encoded"])
def test_every_grey_level_survives_decode_and_encode(light):
    np.testing.assert_array_equal(encode(decode(BYTES, light=light), light=light), BYTES)


def test_decode_follows_srgb():
    assert decode(BYTES)[[0, 255]].tolist() == [0, 1]
    # 0.04045 lies between the levels 10 and 11.
    assert decode(10) == pytest.approx(10 / 255 / 12.92, rel=1e-12)
    for level in (11, 127.5):
        assert decode(level) == pytest.approx(((level / 255 + 0.055) / 1.055) ** 2.4, rel=1e-12)
    np.testing.assert_array_equal(decode(BYTES), decode(BYTES.astype(float)))
    np.testing.assert_array_equal(decode(BYTES, light="encoded"), BYTES / 255)


def test_the_two_branches_of_the_curve_meet():
    knee = 255 * 0.04045
    assert decode(knee + 1e-9) - decode(knee) == pytest.approx(0, abs=1e-7)
    assert (np.diff(decode(np.linspace(0, 255, 5000))) > 0).all()


def test_encode_clips_and_rounds_to_the_nearest_level():
    assert encode([-0.5, 0.0, 1.0, 7.0]).tolist() == [0, 0, 255, 255]
    assert encode(np.array([99.4, 99.6]) / 255, light="encoded").tolist() == [99, 100]


def test_unknown_light_is_refused():
    for call in (lambda: decode(BYTES, light="gamma"), lambda: encode(0.5, light="gamma")):
        with pytest.raises(RefocusError, match='light must be "linear" or "encoded"; got'):
            call()


# The disk


@pytest.mark.parametrize("diameter", range(1, 32))
def test_disk_has_the_area_of_a_disk(diameter):
    psf = disk(diameter)
    assert psf.shape == (diameter | 1, diameter | 1)
    assert psf.sum() == pytest.approx(1, abs=1e-12)
    for twin in (psf.T, psf[::-1], psf[:, ::-1]):
        np.testing.assert_array_equal(psf, twin)
    # From two pixels on, the middle pixel lies wholly inside: it is the unit of area.
    if diameter >= 2:
        assert 1 / psf.max() == pytest.approx(np.pi * diameter**2 / 4, rel=1e-12)


def test_smallest_disks_by_hand():
    np.testing.assert_array_equal(disk(1), [[1]])
    corner = np.pi / 12 - (np.sqrt(3) - 1) / 4  # of the unit disk, where x > 1/2 and y > 1/2
    side = (np.pi - 1) / 4 - corner
    expected = [[corner, side, corner], [side, 1, side], [corner, side, corner]]
    np.testing.assert_allclose(disk(2), np.array(expected) / np.pi, rtol=1e-12)


@pytest.mark.parametrize("diameter", [3, 4, 9, 10])
def test_disk_weights_are_areas(diameter):
    side, fine = diameter | 1, 200
    x = (np.arange(side * fine) + 0.5) / fine - side / 2
    covered = x**2 + x[:, None] ** 2 <= diameter**2 / 4
    area = covered.reshape(side, fine, side, fine).mean(axis=(1, 3))
    np.testing.assert_allclose(disk(diameter), area / area.sum(), atol=2e-3 / diameter**2)


@pytest.mark.parametrize("diameter", [0, -3, 2.5, 9.0, True, "9", None])
def test_disk_refuses_what_is_no_diameter(diameter):
    with pytest.raises(RefocusError, match="diameter must be an integer of at least 1; got"):
        disk(diameter)


# MTF


@pytest.mark.parametrize("diameter", [1, 4, 9, 20])
def test_mtf_of_a_disk_is_the_bessel_form(diameter):
    """The weights are the disk averaged over a pixel, a factor sinc(f), and then sampled.

    Sampling adds what lies whole cycles per pixel away; along y sinc(f) is 0 there.
    """
    frequencies, magnitude = mtf(disk(diameter))
    assert frequencies[[0, -1]].tolist() == [0, 0.5]
    aliases = frequencies[:, None] + np.arange(-500, 501)
    z = np.pi * diameter * aliases + 1e-12
    spectrum = (2 * j1(z) / z * np.sinc(aliases)).sum(axis=1)
    np.testing.assert_allclose(magnitude, np.abs(spectrum), atol=2e-5)
    np.testing.assert_allclose(disk_mtf(diameter, aliases), np.abs(2 * j1(z) / z), atol=1e-9)


def test_mtf_of_a_wide_disk_is_that_of_the_ideal_one():
    frequencies, magnitude = mtf(disk(31))
    np.testing.assert_allclose(magnitude, disk_mtf(31, frequencies), atol=5e-3)


def test_disk_mtf_at_its_known_points():
    np.testing.assert_allclose(disk_mtf(9, 0), 1)
    np.testing.assert_allclose(disk_mtf(9, 3.8317059702 / (9 * np.pi)), 0, atol=1e-9)
    # For small z, 2 J1(z) / z = 1 - z**2 / 8 + ...
    np.testing.assert_allclose(disk_mtf(9, 1e-3), 1 - (9e-3 * np.pi) ** 2 / 8, rtol=1e-7)


def test_mtf_is_taken_along_x():
    psf = np.zeros((3, 3))
    psf[1] = [0.25, 0.5, 0.25]
    frequencies, magnitude = mtf(psf)
    np.testing.assert_allclose(magnitude, np.cos(np.pi * frequencies) ** 2, atol=1e-12)
    np.testing.assert_allclose(mtf(psf.T)[1], 1)


@pytest.mark.parametrize("size", [0, 8, 255, 256.0])
def test_mtf_refuses_a_bad_size(size):
    with pytest.raises(RefocusError, match="size must be"):
        mtf(disk(9), size=size)


# Convolution


def test_psf_is_checked():
    nan, negative = disk(3).copy(), disk(3).copy()
    nan[0, 0], negative[0, 0] = np.nan, -0.1
    refused = [
        (np.ones(3) / 3, "square with an odd side"),
        (np.ones((3, 5)) / 15, "square with an odd side"),
        (np.ones((4, 4)) / 16, "square with an odd side"),
        (nan, "finite"),
        (negative, "not be negative"),
        (disk(3) * 1.001, "sum to 1; got 1.001"),
        ("disk", "an array of numbers"),
        (np.zeros((0, 0)), "square with an odd side"),
    ]
    for psf, rule in refused:
        with pytest.raises(RefocusError, match=f"psf must (be )?{rule}"):
            check_psf(psf)
    assert check_psf([[1]]).dtype == np.float64


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


def test_the_adjoint_is_the_flipped_psf():
    rng, inner = np.random.default_rng(4), np.s_[4:-4, 4:-4]
    a, b = np.zeros((2, 20, 26, 3))
    a[inner], b[inner] = rng.random((2, 12, 18, 3))
    psf = lopsided(7)
    assert np.vdot(convolve(a, psf), b) == pytest.approx(np.vdot(a, convolve(b, psf[::-1, ::-1])))


def test_convolve_refuses_what_it_cannot_use():
    with pytest.raises(RefocusError, match="image must be of shape"):
        convolve(np.zeros((9, 9)), disk(3))
    with pytest.raises(RefocusError, match="psf must fit the photo: at most 9 pixels"):
        convolve(np.zeros((5, 9, 3)), disk(11))
    assert convolve(np.zeros((5, 9, 3)), disk(9)).shape == (5, 9, 3)


# Blur


@pytest.mark.parametrize("light", ["linear", "encoded"])
def test_flat_fields_stay_flat(light):
    for level in range(0, 256, 5):
        field = np.full((9, 12, 3), level, dtype=np.uint8)
        np.testing.assert_array_equal(blur(field, disk(7), light=light), field)


def test_light_is_added_not_grey_levels():
    stripes = np.zeros((8, 12, 3), dtype=np.uint8)
    stripes[:, ::2] = 255
    psf = np.zeros((3, 3))
    psf[1] = [0.25, 0.5, 0.25]
    # Half of the light everywhere: grey level 188, where half of 255 would be 127.5.
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


# Calibration


def another_exposure(shot, gain, background, move, noise, seed):
    """The shot with gain and background in each channel's linear light, moved, with noise."""
    light = np.roll(decode(shot), move, axis=(0, 1)) * gain + background
    return add_noise(encode(light), noise, seed)


@pytest.mark.parametrize("diameter", range(1, 21))
def test_calibrate_finds_the_disk(diameter):
    focused, misfocused = point_light(diameter, noise=1.0, seed=diameter)
    misfocused = another_exposure(
        misfocused, [0.8, 0.7, 0.9], [0.02, 0.03, 0.01], (7, -9), 1.5, seed=diameter
    )
    found = calibrate(focused, misfocused, largest=24)
    assert found.diameter == diameter
    np.testing.assert_array_equal(found.psf, disk(diameter))
    # The error falls towards the diameter from both sides.
    assert list(found.errors) == list(range(1, 25))
    slope = np.diff(list(found.errors.values()))
    assert (slope[max(diameter - 5, 0) : diameter - 1] < 0).all()
    assert (slope[diameter - 1 : diameter + 3] > 0).all()


def test_calibrate_follows_the_light_it_is_told():
    shots = point_light(9, light="encoded")
    assert calibrate(*shots, light="encoded").diameter == 9
    assert calibrate(*shots, light="encoded").errors[9] < 0.3 * calibrate(*shots).errors[9]


def test_the_error_is_the_noise_once_the_disk_fits():
    focused, misfocused = point_light(8)
    noisy = add_noise(misfocused, 3.0, seed=5)
    rms = np.sqrt(np.mean((decode(noisy) - decode(misfocused)) ** 2))
    assert calibrate(focused, noisy).errors[8] == pytest.approx(rms, rel=0.02)


def test_a_shot_fits_itself_without_blur():
    focused, _ = point_light(5)
    found = calibrate(focused, focused)
    assert found.diameter == 1
    assert found.errors[1] == pytest.approx(0, abs=1e-12)


def test_calibrate_refuses_shots_that_show_nothing():
    focused, misfocused = point_light(5)
    flat = np.full_like(focused, 30)
    with pytest.raises(RefocusError, match="focused_light must show a light"):
        calibrate(flat, misfocused)
    with pytest.raises(RefocusError, match="misfocused_light must show a light"):
        calibrate(focused, flat)
    with pytest.raises(RefocusError, match="misfocused_light must have the shape of focused"):
        calibrate(focused, misfocused[1:])
    with pytest.raises(RefocusError, match="focused_light must be a photo"):
        calibrate(focused / 255, misfocused)
    with pytest.raises(RefocusError, match="largest must fit the shots: at most 127"):
        calibrate(focused, misfocused, largest=128)
    with pytest.raises(RefocusError, match="largest must be an integer"):
        calibrate(focused, misfocused, largest=0)
