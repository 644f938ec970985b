"""Calibration finds the disk, whatever exposure and place the two shots have."""

import numpy as np
import pytest

from refocuslab.errors import RefocusError
from refocuslab.optics.calibration import calibrate
from refocuslab.optics.light import decode, encode
from refocuslab.optics.psf import disk
from refocuslab.simulation.misfocus import add_noise, point_light


def another_exposure(shot, gain, background, move, noise, seed):
    """The shot with gain and background in each channel's linear light, moved, with noise."""
    light = np.roll(decode(shot), move, axis=(0, 1)) * gain + background
    return add_noise(encode(light), noise, seed)


@pytest.mark.seconds
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


@pytest.mark.seconds
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
