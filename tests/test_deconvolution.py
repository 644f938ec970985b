"""Deconvolution: what it undoes without noise, what it leaves alone, how it is tuned."""

import numpy as np
import pytest
from skimage import data

from refocuslab.deconvolution import STRENGTHS, richardson_lucy, total_variation, tune, wiener
from refocuslab.errors import RefocusError
from refocuslab.metrics import score
from refocuslab.optics import disk
from refocuslab.scene import FocusedPhoto, Scene
from refocuslab.simulate import misfocus

METHODS = {wiener: 1e-3, richardson_lucy: 40, total_variation: 1e-4}
named = pytest.mark.parametrize(
    ("deconvolve", "strength"), METHODS.items(), ids=lambda x: getattr(x, "__name__", "")
)


def scene(*, noise=0.0, mask=None, light="linear", diameter=5):
    sharp = data.astronaut()[20:84, 180:250]
    misfocused = misfocus(sharp, diameter, noise=noise, seed=1, light=light)
    return Scene(misfocused, mask, [FocusedPhoto(sharp)], psf=disk(diameter), truth=sharp)


@named
def test_without_noise_it_improves_the_photo(deconvolve, strength):
    given = scene()
    before, after = score(given.misfocused, given), score(deconvolve(given, strength), given)
    assert after.psnr > before.psnr + 3
    assert after.reblur_rms < before.reblur_rms


@named
def test_a_flat_photo_stays_flat_to_the_border(deconvolve, strength):
    flat = np.full((40, 50, 3), (90, 140, 30), np.uint8)
    given = Scene(flat, None, [FocusedPhoto(flat)], psf=disk(7))
    assert np.abs(deconvolve(given, strength).astype(int) - flat).max() <= 1


@named
def test_outside_the_mask_it_is_the_photo(deconvolve, strength):
    mask = np.zeros((64, 70), bool)
    mask[20:50, 10:60] = True
    given = scene(mask=mask)
    found = deconvolve(given, strength)
    np.testing.assert_array_equal(found[~mask], given.misfocused[~mask])
    np.testing.assert_array_equal(found[mask], deconvolve(scene(), strength)[mask])


@named
def test_the_light_matters(deconvolve, strength):
    given = scene(light="encoded")
    right, wrong = (
        score(deconvolve(given, strength, light=light), given).psnr for light in ("encoded", "linear")
    )
    assert right > wrong


@named
def test_a_psf_of_one_pixel_takes_nothing(deconvolve, strength):
    given = scene(diameter=1)
    gentle = {wiener: 1e-6, richardson_lucy: 1, total_variation: 1e-6}[deconvolve]
    assert score(deconvolve(given, gentle), given).psnr > 45


@named
def test_tuning_returns_the_best_of_the_table(deconvolve, strength):
    given = scene(noise=2.0)
    shares = []
    tuned = tune(deconvolve, given, [strength * 4, strength, strength / 4], step=shares.append)
    assert [tried[0] for tried in tuned.tried] == [strength / 4, strength, strength * 4]
    assert dict(tuned.tried)[tuned.strength].psnr == max(found.psnr for _, found in tuned.tried)
    np.testing.assert_array_equal(tuned.image, deconvolve(given, tuned.strength))
    assert shares[-1] == 1


@pytest.mark.slow
@pytest.mark.parametrize("deconvolve", METHODS)
def test_the_grid_reaches_beyond_the_best_on_both_sides(deconvolve):
    tuned = tune(deconvolve, scene(noise=1.0, diameter=7))
    assert min(STRENGTHS[deconvolve]) < tuned.strength < max(STRENGTHS[deconvolve])


@named
def test_a_strength_must_be_positive(deconvolve, strength):
    with pytest.raises(RefocusError, match="strength"):
        deconvolve(scene(), 0)


def test_steps_must_be_whole_and_tuning_needs_a_truth():
    given = scene()
    with pytest.raises(RefocusError, match="whole"):
        richardson_lucy(given, 2.5)
    with pytest.raises(RefocusError, match="truth"):
        tune(wiener, given.replace(truth=None))
    with pytest.raises(RefocusError, match="one or more"):
        tune(wiener, given, [])
