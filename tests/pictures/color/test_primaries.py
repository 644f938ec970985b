"""Color spaces: primaries by their definition, and colors that are known in two spaces."""

import numpy as np
import pytest

from refocuslab.pictures.color import srgb
from refocuslab.pictures.color.primaries import (
    ADOBE_GAMMA,
    BT709,
    BT2020,
    D65,
    DISPLAY_P3,
    Space,
    adobe_rgb,
    power,
    primaries,
    srgb_curve,
)


def xyz(x, y):
    return np.array([x / y, 1, (1 - x - y) / y])


@pytest.mark.parametrize("corners", [BT709, DISPLAY_P3, BT2020])
def test_full_light_of_all_primaries_is_the_white_of_profiles(corners):
    assert primaries(D65, *corners).sum(axis=1) == pytest.approx(srgb.D50, abs=1e-4)


def test_a_space_whose_white_is_that_of_profiles_keeps_its_chromaticities():
    x, y = srgb.D50[0] / sum(srgb.D50), srgb.D50[1] / sum(srgb.D50)
    matrix = primaries((x, y), *BT2020)
    for column, corner in zip(matrix.T, BT2020, strict=True):
        assert column / column[1] == pytest.approx(xyz(*corner))


def test_the_primaries_of_srgb_are_those_of_its_standard():
    assert primaries(D65, *BT709) == pytest.approx(srgb.TO_XYZ, abs=3e-4)


def test_a_power_is_sampled_at_every_value_of_16_bits():
    curve = power(2.2)
    assert curve.shape == (65536,)
    assert curve[[0, 32768, 65535]] == pytest.approx([0, (32768 / 65535) ** 2.2, 1])
    assert srgb_curve()[[0, 1000, 65535]] == pytest.approx(srgb.linear(np.array([0, 1000, 65535]) / 65535))


def test_srgb_in_other_words_is_srgb():
    assert Space((srgb_curve(),), primaries(D65, *BT709)).is_srgb
    assert Space((srgb_curve(),)).is_srgb
    assert not Space((power(2.2),), primaries(D65, *BT709)).is_srgb
    assert not Space((power(1.0),)).is_srgb
    assert not Space((srgb_curve(),), primaries(D65, *DISPLAY_P3)).is_srgb


def test_gray_is_its_light_in_all_channels():
    values = np.array([[[0.0], [0.5], [1.0]]])
    expected = srgb.encoded(np.array([0, 0.5**1.8, 1]))
    found = Space((power(1.8),)).srgb(values)
    assert found.shape == (1, 3, 3)
    assert found == pytest.approx(np.repeat(expected[None, :, None], 3, axis=2), abs=1e-6)


def test_the_three_types_of_samples_are_one_light():
    space = Space((power(1.8), power(2.2), power(2.6)), primaries(D65, *BT2020))
    whole = np.random.default_rng(0).integers(0, 256, (4, 5, 3), dtype=np.uint8)
    expected = space.srgb(whole / 255)
    assert space.srgb(whole) == pytest.approx(expected, abs=1e-6)
    assert space.srgb(whole.astype(np.uint16) * 257) == pytest.approx(expected, abs=1e-6)


def test_each_channel_has_its_own_curve():
    space = Space((power(1.0), power(2.0), power(3.0)), srgb.TO_XYZ)
    assert space.srgb(np.full((1, 3), 0.5))[0] == pytest.approx(
        srgb.encoded(np.array([0.5, 0.25, 0.125])), abs=1e-5
    )


def test_adobe_rgb_has_the_red_and_blue_of_srgb_and_a_green_beyond_it():
    assert ADOBE_GAMMA == 2.19921875
    space = adobe_rgb()
    assert space.srgb(np.ones((1, 3)))[0] == pytest.approx([1, 1, 1], abs=1e-3)
    # Both spaces have one red and one blue; Adobe RGB's green, (0.21, 0.71), is out of sRGB.
    red, green, blue = space.srgb(np.eye(3))
    assert red[1:] == pytest.approx([0, 0], abs=0.01) and red[0] > 1
    assert blue[0] == pytest.approx(0, abs=0.01) and blue[2] == pytest.approx(1, abs=0.02)
    assert green[0] < -0.1
