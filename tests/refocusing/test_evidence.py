"""Noise, detail and what a blur leaves unexplained, by hand and by their formulas."""

import math

import numpy as np
import pytest

from refocuslab.refocusing.evidence import Unexplained, clear_of_edge, detail, noise, unexplained

ALL = np.ones((30, 30), bool)
Y, X = np.mgrid[:30, :30]


def colored(red, green=100, blue=100):
    channels = np.broadcast_arrays(*(np.broadcast_to(one, (30, 30)) for one in (red, green, blue)))
    return np.stack(channels, axis=2).astype(np.uint8)


def test_slopes_and_edges_along_an_axis_are_no_noise():
    assert noise(colored(3 * X + 4 * Y, 200 - 5 * X, 7 * Y), ALL) == 0.5
    assert noise(colored(100 + 50 * (X > 12)), ALL) == 0.5


def test_a_chessboard_is_told_by_its_second_differences():
    # 1 -2 1, down and across, turns +-3 to +-3 * 16; the three channels have 48, 0 and 0.
    board = noise(colored(100 + 3 * (-1) ** (X + Y)), ALL)
    assert board == pytest.approx(1.4826 * 48 / 6 / math.sqrt(3))


def test_values_near_the_ends_of_the_scale_tell_no_noise():
    board = 100 + 3 * (-1) ** (X + Y)
    # Two thirds of it is saturated, and flat.
    clipped = colored(np.where(X < 20, 255, board))
    assert noise(clipped, ALL) == pytest.approx(1.4826 * 48 / 6 / math.sqrt(3))
    # Where too little is left, all of the mask counts: most of it is flat.
    assert noise(colored(np.where(X < 28, 255, board)), ALL) == 0.5


def gaussian(s):
    """Samples of a Gaussian, to four deviations on either side, of sum 1."""
    reach = int(4 * s + 0.5)
    values = np.exp(-(np.arange(-reach, reach + 1) ** 2) / (2 * s**2))
    return values / values.sum()


def test_detail_of_a_wave_is_the_power_that_the_band_lets_through():
    # A wave of 5 pixels: each Gaussian multiplies it by its transfer at that frequency.
    def transfer(s):
        taps = gaussian(s)
        at = np.arange(len(taps)) - len(taps) // 2
        return (taps * np.cos(2 * np.pi * at / 5)).sum()

    x = np.arange(60)
    wave = np.broadcast_to(np.rint(120 + 80 * np.cos(2 * np.pi * x / 5))[None, :, None], (60, 60, 3))
    middle = np.zeros((60, 60), bool)
    middle[15:45, 15:45] = True
    power = (wave[0, 15:45, 0] - wave[0, 15:45, 0].mean()).var()
    expected = power * (transfer(0.7) - transfer(1.6)) ** 2
    assert detail(wave.astype(np.uint8), middle) == pytest.approx(expected, rel=1e-2)


def test_what_noise_adds_to_detail_is_taken_off_and_no_detail_is_negative():
    flat = colored(80)
    assert detail(flat, ALL) == 0
    point = colored(80 + 100 * ((X == 15) & (Y == 15)), 80, 80)
    fine, coarse = (np.pad(np.outer(g, g), (15 - len(g)) // 2) for g in (gaussian(0.7), gaussian(1.6)))
    power = ((fine - coarse) ** 2).sum()
    assert detail(point, ALL) == pytest.approx(100**2 * power / 900 / 3, rel=1e-6)
    assert detail(point, ALL, 1.0) == pytest.approx((100**2 / 2700 - 1) * power, rel=1e-6)
    assert detail(point, ALL, 9.0) == 0


def test_times_and_excess_are_those_of_the_noise():
    left = Unexplained(rms=5.0, noise=3.0, share=0.1)
    assert left.times == pytest.approx(5 / 3)
    assert left.excess == 4.0
    assert Unexplained(rms=2.0, noise=3.0, share=0.0).excess == 0


def test_what_is_unexplained_is_a_share_of_the_contrast():
    # Stripes of 100 and 120, of width 1: a window of 3 holds 1/3 and 2/3, of variance 400 * 2/9.
    stripes = colored(100 + 20 * (X % 2), 100 + 20 * (X % 2), 100 + 20 * (X % 2))
    inner = (X > 0) & (X < 29) & (Y > 0) & (Y < 29)
    off = stripes + np.uint8(6)
    found = unexplained(off, stripes, inner, 3, noise=2.0)
    assert (found.rms, found.noise) == (6.0, 2.0)
    # At the edge of what counts, the two stripes that a window holds have the variance 100.
    columns = np.full(28, 400 * 2 / 9)
    columns[[0, -1]] = 100
    assert found.share == pytest.approx((36 - 4) / (columns.mean() - 4 + 4), rel=1e-6)


def test_only_what_counts_is_compared():
    photo, other = colored(100), colored(np.where(X < 15, 100, 250))
    assert unexplained(other, photo, X < 15, 5, 1.0).rms == 0
    found = unexplained(other, photo, X >= 15, 5, 1.0)
    assert found.rms == pytest.approx(150 / math.sqrt(3))
    # A photo without contrast: 4 (gray levels)^2 stand for it.
    assert found.share == pytest.approx((7500 - 1) / 4)


def test_clear_of_the_edge_is_what_lies_deeper_than_the_radius():
    clear = clear_of_edge(np.ones((40, 40), bool), 5)
    assert np.array_equal(np.argwhere(clear), np.argwhere(np.ones((30, 30))) + 5)
    # 12 x 12 pixels are too few: the deeper half of 22 x 22 is that of depth 4 and more, 16 x 16.
    deeper = clear_of_edge(np.ones((22, 22), bool), 5)
    depth = np.minimum(np.minimum(*np.mgrid[:22, :22]), np.minimum(*np.mgrid[:22, :22][:, ::-1, ::-1])) + 1
    assert np.array_equal(deeper, depth >= np.median(depth))
    assert clear_of_edge(np.ones((22, 22), bool), 5, thin=False).sum() == 12 * 12
