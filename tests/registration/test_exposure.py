"""The exposure of two equally blurred photos."""

import numpy as np
import pytest
from scipy import ndimage

from refocuslab import disk
from refocuslab.optics.blur import convolve
from refocuslab.registration.exposure import LIKELY_GAIN, fit_exposure
from refocuslab.registration.pair import Pair

SIDE = 80
RNG = np.random.default_rng(7)
SHARP = np.clip(0.35 + ndimage.gaussian_filter(RNG.normal(size=(SIDE, SIDE, 3)), (2, 2, 0)), 0.02, 0.9)
MASK = np.ones((SIDE, SIDE), bool)


def pair(gain, offset=0.0, *, noise=0.002, sharp=SHARP):
    misfocused = gain * convolve(SHARP, disk(5)) + offset
    grains = RNG.normal(scale=noise, size=(2, SIDE, SIDE, 3))
    return Pair(misfocused + grains[0], MASK, sharp + grains[1], MASK, disk(5))


@pytest.mark.parametrize("offset", [0.0, 0.04])
def test_a_known_exposure_is_found(offset):
    gain = np.array([0.7, 1.0, 1.2])
    found = fit_exposure(pair(gain, offset), np.eye(3))
    np.testing.assert_allclose(found.gain, gain, rtol=0.02)
    np.testing.assert_allclose(found.offset, offset, atol=0.003)
    if not offset:
        np.testing.assert_array_equal(found.offset, 0)


def test_what_changed_between_the_photos_does_not_count():
    sharp = SHARP.copy()
    sharp[20:40, 20:40] = 0.9
    found = fit_exposure(pair(0.8, sharp=sharp), np.eye(3))
    np.testing.assert_allclose(found.gain, 0.8, rtol=0.03)


def test_a_gain_beyond_three_stops_is_clamped():
    assert (fit_exposure(pair(0.05, noise=0), np.eye(3)).gain == LIKELY_GAIN[0]).all()


def test_photos_without_an_unclipped_pixel_are_left_alone():
    white = Pair(np.ones((20, 20, 3)), MASK[:20, :20], np.ones((20, 20, 3)), MASK[:20, :20], disk(3))
    found = fit_exposure(white, np.eye(3))
    np.testing.assert_array_equal(found.gain, 1)
    np.testing.assert_array_equal(found.offset, 0)
