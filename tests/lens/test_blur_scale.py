"""The width of misfocus, told by spectra."""

import numpy as np
import pytest
from skimage import data

from refocuslab.lens.blur_scale import spectral_diameter
from refocuslab.optics.blur import convolve
from refocuslab.optics.light import decode
from refocuslab.optics.psf import disk

LIGHT = decode(data.astronaut()[40:296, 120:376])
ALL = np.ones(LIGHT.shape[:2], bool)


@pytest.mark.parametrize("diameter", [1, 3, 6.5, 12, 25])
def test_a_blurred_photo_tells_its_diameter(diameter):
    found = spectral_diameter(convolve(LIGHT, disk(diameter)), ALL, LIGHT, ALL)
    assert found == pytest.approx(diameter, rel=0.1, abs=0.3)


def test_another_view_and_exposure_change_little():
    blurred = convolve(LIGHT, disk(8)) + np.random.default_rng(0).normal(0, 0.004, LIGHT.shape)
    other = 0.6 * LIGHT[9:-4, ::-1]
    assert spectral_diameter(blurred, ALL, other, np.ones(other.shape[:2], bool)) == pytest.approx(8, abs=0.8)


def test_only_the_object_is_looked_at():
    blurred, mask = LIGHT.copy(), np.zeros_like(ALL)
    mask[40:220, 30:200] = True
    blurred[mask] = convolve(LIGHT, disk(7))[mask]
    assert spectral_diameter(blurred, mask, LIGHT, mask) == pytest.approx(7, abs=0.7)


@pytest.mark.parametrize("side", [1, 2, 5])
def test_a_photo_of_hardly_any_pixels_and_a_flat_one_tell_something_finite(side):
    tiny = np.full((side, side, 3), 0.5)
    found = spectral_diameter(tiny, np.ones((side, side), bool), tiny, np.ones((side, side), bool))
    assert 1 <= found <= 60
