"""Simulated misfocus: what it takes is what it says."""

import numpy as np
import pytest

from refocuslab.errors import RefocusError
from refocuslab.optics.blur import blur
from refocuslab.optics.light import decode
from refocuslab.optics.psf import disk
from refocuslab.simulation.misfocus import add_noise, misfocus, point_light


def gray(level=128, side=64):
    return np.full((side, side, 3), level, dtype=np.uint8)


def test_misfocus_without_noise_is_blur():
    image = np.random.default_rng(0).integers(0, 256, (20, 25, 3), dtype=np.uint8)
    for light in ("linear", "encoded"):
        expected = blur(image, disk(5), light=light)
        np.testing.assert_array_equal(misfocus(image, 5, light=light), expected)


def test_misfocus_adds_its_noise_after_the_blur():
    noisy = misfocus(gray(), 9, noise=3.0, seed=4)
    np.testing.assert_array_equal(noisy, add_noise(gray(), 3.0, seed=4))


@pytest.mark.parametrize("noise", [1.0, 4.0])
def test_noise_has_the_deviation_it_names(noise):
    residual = add_noise(gray(), noise, seed=1).astype(float) - 128
    assert residual.mean() == pytest.approx(0, abs=4 * noise / np.sqrt(residual.size))
    # Rounding to whole levels adds the variance of a uniform step, 1/12.
    assert residual.std() == pytest.approx(np.sqrt(noise**2 + 1 / 12), rel=0.03)
    neighbors = np.corrcoef(residual[:, :-1].ravel(), residual[:, 1:].ravel())[0, 1]
    assert abs(neighbors) < 0.05


def test_noise_is_repeatable_and_clipped():
    np.testing.assert_array_equal(add_noise(gray(), 2, 7), add_noise(gray(), 2, 7))
    assert (add_noise(gray(), 2, 7) != add_noise(gray(), 2, 8)).any()
    assert add_noise(gray(0), 2, 7).max() < 20
    assert add_noise(gray(255), 2, 7).min() > 235
    np.testing.assert_array_equal(add_noise(gray(), 0, 7), gray())


@pytest.mark.parametrize("noise", [-1, np.nan, np.inf])
def test_noise_must_be_a_deviation(noise):
    with pytest.raises(RefocusError, match="noise must be finite and at least 0"):
        add_noise(gray(), noise, 0)


def test_the_light_is_small_and_unsaturated():
    focused, misfocused = point_light(9, width=4)
    for shot in (focused, misfocused):
        assert shot.shape == (64, 64, 3)
        assert shot.min() > 0
        assert shot.max() < 255
    light = decode(focused)
    light -= light[0, 0]
    # Linear light over its peak counts pixels: the area of the spot.
    area = light.sum(axis=(0, 1)) / light.max(axis=(0, 1))
    np.testing.assert_allclose(area, np.pi * 4**2 / 4, rtol=0.02)


def test_the_misfocused_light_spreads_over_the_disk():
    focused, misfocused = point_light(15, width=4)
    light = decode(misfocused)
    light -= light[0, 0]
    area = light.sum(axis=(0, 1)) / light.max(axis=(0, 1))
    np.testing.assert_allclose(area, np.pi * 15**2 / 4, rtol=0.02)
    # Nothing beyond the two radii together, and a pixel's diagonal.
    y, x = np.indices((64, 64)) - 31
    beyond = np.hypot(y, x) > (15 + 4) / 2 + 1.5
    assert (misfocused[beyond] == misfocused[0, 0]).all()
    # Exposed until the first channel is as bright as in focus, and no channel brighter.
    assert (misfocused[31, 31] <= focused[31, 31]).all()
    assert (misfocused[31, 31] == focused[31, 31]).any()


def test_both_shots_have_noise_of_their_own():
    focused, misfocused = point_light(9, noise=2.0, seed=3)
    corner = np.s_[:12, :12]
    a, b = (shot[corner].astype(float) for shot in (focused, misfocused))
    assert a.std() > 1
    assert b.std() > 1
    assert abs(np.corrcoef(a[..., 0].ravel(), b[..., 0].ravel())[0, 1]) < 0.3


def test_the_light_must_fit_its_frame():
    with pytest.raises(RefocusError, match="size must be more than 24 pixels; got 24"):
        point_light(20, width=4, size=24)
    with pytest.raises(RefocusError, match="width must be an integer"):
        point_light(20, width=2.5)
