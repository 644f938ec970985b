"""Clipped samples of a focused photo: found, and restored from the misfocused one."""

import numpy as np
import pytest
from skimage import data

import refocuslab as rl
from refocuslab.optics.blur import convolve
from refocuslab.optics.light import decode, encode
from refocuslab.optics.psf import disk
from refocuslab.registration.clipping import at_least, clipped, restored, too_dark
from refocuslab.registration.exposure import Exposure
from refocuslab.registration.register import register
from refocuslab.simulation.misfocus import add_noise, misfocus

SIDE = 100


def photographed(stops=0.0, *, image=None, noise=1.0):
    """A scene in which the focused photo got so many stops more light, and is clipped as a sensor does."""
    truth = data.coffee()[140 : 140 + SIDE, 240 : 240 + SIDE] if image is None else image
    y, x = np.mgrid[:SIDE, :SIDE] - SIDE / 2
    focused = add_noise(encode(decode(truth) * 2.0**stops), noise, 2)
    misfocused = misfocus(truth, 7, noise=noise, seed=1)
    return rl.Scene(misfocused, np.hypot(x, y) < 38, [rl.FocusedPhoto(focused)], psf=disk(7), truth=truth)


def test_what_is_at_the_limit_is_clipped_and_what_noise_moved_off_it():
    image = np.full((9, 12, 3), 120, np.uint8)
    image[2:6, 2:6, 0] = 255
    image[3, 3, 0] = 249  # by noise
    image[2:6, 8:10, 1] = 250  # bright, but of no clipped area
    found = clipped(image)
    wanted = np.zeros_like(found)
    wanted[2:6, 2:6, 0] = True
    assert np.array_equal(found, wanted)


@pytest.mark.parametrize(("gain", "hidden"), [(0.8, True), (0.99, False), (1.0, False), (1.3, False)])
def test_a_photo_clipped_as_bright_as_the_misfocused_one_hides_nothing(gain, hidden):
    lamp = np.full((6, 6, 3), 255, np.uint8)
    lit = Exposure(np.full(3, gain), np.zeros(3))
    assert too_dark(lamp, lit, "linear").all() == hidden
    assert too_dark(lamp, lit, "linear").any() == hidden


def test_hidden_light_is_estimated_from_what_it_becomes_when_blurred():
    sharp = np.full((40, 40, 3), 0.1)
    sharp[15:25, 15:25] = 0.8
    known = np.minimum(sharp, 0.4)
    target = convolve(sharp, disk(5))
    hidden, never = known >= 0.4, np.zeros(known.shape, bool)
    found = at_least(known, hidden, target, never, disk(5))
    assert np.array_equal(found[~hidden], known[~hidden])
    assert (found[hidden] >= 0.4).all()
    assert np.abs(found - sharp).max() < 0.15
    # Where U is saturated too, it tells of no less, and a lamp does not become darker.
    more = at_least(known, hidden, np.minimum(target, 0.3), np.ones_like(hidden), disk(5))
    assert (more >= known).all()


@pytest.mark.seconds
@pytest.mark.parametrize(
    "stops", [pytest.param(0.4, marks=pytest.mark.slow), 1.1, pytest.param(2.0, marks=pytest.mark.slow)]
)
def test_an_overexposed_photo_is_restored_and_its_exposure_found(stops):
    scene = photographed(stops)
    found = register(scene)
    (match,) = found.matches
    assert match.trusted and match.clipped > 0.02 and "Left as it is" not in match.note
    np.testing.assert_allclose(match.gain, 2.0**-stops, rtol=0.05 if stops < 2 else 0.15)
    (photo,) = found.scene.focused
    # As the photo would be without restoration: matched in exposure, and too dark where it is clipped.
    dark = encode(2.0**-stops * decode(scene.focused[0].image))

    def off(image):
        return np.sqrt(np.mean((image.astype(float) - scene.truth)[scene.mask] ** 2))

    assert off(photo.image) < 0.6 * off(dark)


@pytest.mark.seconds
@pytest.mark.parametrize(
    ("stops", "method"),
    [
        (0.9, rl.Method.image_scene(register=True)),
        pytest.param(0.9, rl.Method.consistent(), marks=pytest.mark.slow),
        pytest.param(2.0, rl.Method.image_scene(register=True), marks=pytest.mark.slow),
        pytest.param(2.0, rl.Method.consistent(), marks=pytest.mark.slow),
    ],
)
def test_an_overexposed_photo_makes_no_result_worse_than_the_misfocused_photo(stops, method):
    scene = photographed(stops)
    before = rl.score(scene.misfocused, scene).psnr
    result = rl.Refocuser(scene).refocus(method)
    assert rl.score(result.image, scene).psnr > before + (4 if stops < 1 else 0.25)
    assert "clipping" in [doubt.about for doubt in result.doubts]
    assert any("is clipped" in note for note in result.notes)


@pytest.mark.seconds
def test_clipped_samples_that_the_misfocused_photo_does_not_show_stay_unknown():
    scene = photographed(0.9)
    large = np.pad(scene.focused[0].image, ((0, 20), (0, 0), (0, 0)), constant_values=255)
    lit = Exposure(np.full(3, 2.0**-0.9), np.zeros(3))
    hidden = too_dark(large, lit, "linear")
    light, known = restored(scene, large, np.eye(3), lit, hidden, "linear")
    assert known[:SIDE].all() and not known[SIDE:].any()
    np.testing.assert_allclose(light[~hidden], 2.0**-0.9 * decode(large)[~hidden])
    found = register(scene.replace(focused=[rl.FocusedPhoto(large)]))
    assert found.matches[0].trusted and found.matches[0].clipped > 0.02


@pytest.mark.seconds
def test_an_unclipped_photo_is_registered_as_ever():
    scene = photographed(-0.7)
    (match,) = register(scene).matches
    assert match.clipped == 0
    np.testing.assert_allclose(match.gain, 2.0**0.7, rtol=0.02)


def test_flat_photos_do_not_agree_and_have_no_offset():
    red, blue = np.full((40, 40, 3), (200, 30, 30), np.uint8), np.full((40, 40, 3), (30, 30, 200), np.uint8)
    (match,) = register(rl.Scene(red, None, [rl.FocusedPhoto(blue)], psf=disk(5))).matches
    assert not match.trusted
