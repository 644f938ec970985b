"""Shots of a light that cannot tell the diameter are refused, with what to do; all others still tell it."""

import re

import numpy as np
import pytest
from scipy import ndimage

from refocuslab.errors import RefocusError
from refocuslab.optics.blur import convolve
from refocuslab.optics.calibration import calibrate
from refocuslab.optics.light import decode, encode
from refocuslab.optics.psf import disk
from refocuslab.registration.warp import change_view
from refocuslab.simulation.misfocus import LightShots, add_noise, misfocus, point_light

LAMP, ROOM = decode(np.array([235.0, 220.0, 190.0])), decode(np.array([12.0, 13.0, 15.0]))


def shots(diameter, *, focused=1.0, misfocused=1.0, noise=1.0, at=((31.5, 31.5),), width=2.0):
    """A light at each of the places, exposed so many times longer than fits."""
    y, x = np.mgrid[:64, :64]
    cover = sum(np.clip(width + 0.5 - np.hypot(y - row, x - column), 0, 1) for row, column in at)
    sharp = ROOM + (LAMP - ROOM) * cover[:, :, None]
    blurred = convolve(sharp, disk(diameter))
    blurred *= (LAMP / blurred.max(axis=(0, 1))).min()
    return LightShots(
        add_noise(encode(focused * sharp), noise, 1), add_noise(encode(misfocused * blurred), noise, 2)
    )


def refused(focused, misfocused, message, **options):
    with pytest.raises(RefocusError, match=message):
        calibrate(focused, misfocused, **options)


@pytest.mark.parametrize("diameter", [1, 2, 5, 9, 20])
def test_what_is_as_it_should_be_is_not_refused(diameter):
    assert calibrate(*shots(diameter)).diameter == diameter


@pytest.mark.seconds
@pytest.mark.parametrize(
    "diameter", [pytest.param(5, marks=pytest.mark.slow), 9, pytest.param(15, marks=pytest.mark.slow)]
)
@pytest.mark.parametrize(("focused", "misfocused"), [(2, 1), (16, 1), (1, 2), (1, 4), (1, 16), (4, 4)])
@pytest.mark.parametrize("noise", [0, pytest.param(1, marks=pytest.mark.slow), 3])
def test_a_clipped_light(diameter, focused, misfocused, noise):
    taken = shots(diameter, focused=focused, misfocused=misfocused, noise=noise)
    name = "focused_light" if focused > 1 else "misfocused_light"
    refused(*taken, rf"^{name} must not be overexposed.*expose it shorter")


def test_one_clipped_channel_is_one_too_many():
    focused, misfocused = shots(9)
    red = misfocused.copy()
    red[:, :, 0] = encode(3 * decode(misfocused[:, :, 0]))
    refused(focused, red, "misfocused_light must not be overexposed")


def test_white_of_which_nothing_was_clipped_does_no_harm():
    light = np.zeros((21, 21, 3), np.uint8)
    light[9:12, 9:12] = 255
    assert calibrate(light, misfocus(light, 5)).diameter == 5


def test_a_hot_pixel_is_no_clipped_light_and_no_second_one():
    focused, misfocused = shots(9)
    for shot, place in ((focused, (5, 50)), (misfocused, (50, 5))):
        shot[place] = 255
    assert calibrate(focused, misfocused).diameter == 9


@pytest.mark.parametrize("diameter", [2, 3, 5, 9, 20])
def test_swapped_shots(diameter):
    focused, misfocused = shots(diameter)
    refused(misfocused, focused, "misfocused_light must be the shot out of focus.*they seem swapped")


@pytest.mark.seconds
@pytest.mark.parametrize(("diameter", "largest", "seems"), [(45, 31, 45), (9, 9, 9), (9, 5, 9), (20, 19, 20)])
def test_the_best_disk_at_the_end_of_the_range(diameter, largest, seems):
    taken = point_light(diameter, size=128, noise=1.0, seed=3)
    rule = "largest must be more than the diameter of the misfocus, which seems about"
    with pytest.raises(RefocusError, match=rule) as caught:
        calibrate(*taken, largest=largest)
    assert abs(int(re.search(r"about (\d+)", str(caught.value))[1]) - seems) <= 1


def test_noise_is_no_light():
    random = np.random.default_rng(5)
    noise = random.integers(0, 256, (2, 64, 64, 3), dtype=np.uint8)
    refused(*noise, "focused_light must show one small light")
    dark = (
        add_noise(np.full((64, 64, 3), 20, np.uint8), 8, 1),
        add_noise(np.full((64, 64, 3), 20, np.uint8), 8, 2),
    )
    refused(*dark, "focused_light must show")
    soft = ndimage.gaussian_filter(noise.astype(float), (0, 4, 4, 0))
    soft = np.uint8(255 * (soft - soft.min()) / np.ptp(soft))
    refused(*soft, "focused_light must")


@pytest.mark.parametrize("level", [0, 20, 255])
def test_flat_pictures(level):
    flat = np.full((64, 64, 3), level, np.uint8)
    refused(flat, shots(9)[1], "focused_light must show a light at least 8 gray levels above")
    refused(shots(9)[0], flat, "misfocused_light must show a light at least 8 gray levels above")


def test_a_gradient_and_an_ordinary_photo():
    across = np.broadcast_to(np.linspace(0, 255, 64).astype(np.uint8)[None, :, None], (64, 64, 3))
    refused(across, shots(9)[1], "focused_light must show all of the light")
    import skimage.data

    cat = skimage.data.chelsea()[100:164, 100:164]
    refused(cat, misfocus(cat, 5), "focused_light must")


@pytest.mark.parametrize("at", [((20, 20), (45, 45)), ((31, 10), (31, 50)), ((20, 20), (20, 45), (45, 30))])
def test_two_lights(at):
    refused(
        *shots(5, at=at), f"focused_light must show one small light.*cover the others.*got {len(at)} bright"
    )
    one, two = shots(5, at=at[:1]), shots(5, at=at)
    refused(one[0], two[1], "misfocused_light must show one small light")


@pytest.mark.parametrize("at", [(31, 1), (1, 31), (31, 62), (62, 31), (0, 0)])
def test_a_light_that_the_frame_cuts_off(at):
    refused(*shots(9, at=(at,)), "focused_light must show all of the light.*leave more room")


@pytest.mark.parametrize("at", [(31, 5), (5, 31), (31, 58), (58, 31)])
def test_a_misfocused_light_that_the_frame_cuts_off(at):
    refused(shots(15)[0], shots(15, at=(at,))[1], "misfocused_light must show all of the light")


def bar(length, thick):
    shape = np.zeros((64, 64))
    shape[32 - thick // 2 : 32 + thick - thick // 2, 32 - length // 2 : 32 + length - length // 2] = 1
    return add_noise(encode(ROOM + (LAMP - ROOM) * shape[:, :, None]), 1, 4)


def ring(outer, inner):
    y, x = np.mgrid[:64, :64]
    away = np.hypot(y - 31.5, x - 31.5)
    return add_noise(encode(ROOM + (LAMP - ROOM) * ((away < outer) & (away > inner))[:, :, None]), 1, 4)


@pytest.mark.parametrize("other", [bar(30, 4), bar(40, 8), ring(14, 10), ring(10, 7)], ids=range(4))
def test_a_misfocused_shot_of_something_else(other):
    refused(shots(9)[0], other, "misfocused_light must show the light of focused_light, as wide as a disk")


def test_another_exposure_another_place_and_another_color_are_allowed():
    focused, misfocused = shots(9)
    moved = np.roll(misfocused, (6, -7), (0, 1))
    tinted = change_view(moved, np.eye(3), gain=[0.5, 0.9, 0.7], offset=[0.01, 0, 0.02])
    assert calibrate(focused, tinted).diameter == 9


def test_six_blades_are_near_enough_to_a_disk():
    y, x = np.mgrid[:64, :64] - 31.5
    sides = [np.cos(t) * x + np.sin(t) * y for t in np.pi * np.arange(3) / 3]
    blades = np.max(np.abs(sides), axis=0) < 5
    sharp = decode(shots(9, noise=0)[0])
    psf = np.zeros((15, 15))
    psf[:] = blades[24:39, 24:39]
    blurred = convolve(sharp, psf / psf.sum())
    blurred *= (LAMP / blurred.max(axis=(0, 1))).min()
    assert abs(calibrate(encode(sharp), add_noise(encode(blurred), 1, 0)).diameter - 10) <= 1


@pytest.mark.seconds
def test_shots_that_are_too_large_are_to_be_cropped():
    # The work is limited: pixels times disks.
    large = np.zeros((1420, 1420, 3), np.uint8)
    large[700:703, 700:703] = 200
    refused(large, large, "focused_light must have at most .* crop both shots to the light", largest=500)
