"""sRGB values and light: the curve, its inverse, and what is clipped."""

import numpy as np
import pytest

from refocuslab.errors import RefocusError
from refocuslab.optics.light import decode, encode, gray_levels_per_light

BYTES = np.arange(256, dtype=np.uint8)


@pytest.mark.parametrize("light", ["linear", "encoded"])
def test_every_gray_level_survives_decode_and_encode(light):
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


@pytest.mark.parametrize("level", [1, 5, 20, 128, 250])
def test_gray_levels_per_light_are_the_inverse_slope_of_decode(level):
    slope = (decode(level + 0.01) - decode(level - 0.01)) / 0.02
    assert gray_levels_per_light(level, "linear") == pytest.approx(1 / slope, rel=2e-3)
    assert gray_levels_per_light(level, "encoded") == 255


def test_gray_levels_per_light_stay_within_the_range_of_a_photo():
    ends = gray_levels_per_light(np.array([0, 255]), "linear")
    np.testing.assert_allclose(ends, gray_levels_per_light(np.array([0.5, 254.5]), "linear"))
