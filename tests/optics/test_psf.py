"""The disk and its MTF against closed forms, and what is no PSF."""

import numpy as np
import pytest
from scipy.special import j1

from refocuslab.errors import RefocusError
from refocuslab.optics.psf import check_psf, disk, disk_mtf, mtf


@pytest.mark.parametrize("diameter", range(1, 32))
def test_disk_has_the_area_of_a_disk(diameter):
    psf = disk(diameter)
    assert psf.shape == (diameter | 1, diameter | 1)
    assert psf.sum() == pytest.approx(1, abs=1e-12)
    for twin in (psf.T, psf[::-1], psf[:, ::-1]):
        np.testing.assert_array_equal(psf, twin)
    # From two pixels on, the middle pixel lies wholly inside: it is the unit of area.
    if diameter >= 2:
        assert 1 / psf.max() == pytest.approx(np.pi * diameter**2 / 4, rel=1e-12)


def test_smallest_disks_by_hand():
    np.testing.assert_array_equal(disk(1), [[1]])
    corner = np.pi / 12 - (np.sqrt(3) - 1) / 4  # of the unit disk, where x > 1/2 and y > 1/2
    side = (np.pi - 1) / 4 - corner
    expected = [[corner, side, corner], [side, 1, side], [corner, side, corner]]
    np.testing.assert_allclose(disk(2), np.array(expected) / np.pi, rtol=1e-12)


@pytest.mark.parametrize("diameter", [3, 4, 9, 10])
def test_disk_weights_are_areas(diameter):
    side, fine = diameter | 1, 200
    x = (np.arange(side * fine) + 0.5) / fine - side / 2
    covered = x**2 + x[:, None] ** 2 <= diameter**2 / 4
    area = covered.reshape(side, fine, side, fine).mean(axis=(1, 3))
    np.testing.assert_allclose(disk(diameter), area / area.sum(), atol=2e-3 / diameter**2)


@pytest.mark.parametrize("diameter", [0, -3, 1e-308, 1000.5, np.nan, True, "9", None])
def test_disk_refuses_what_is_no_diameter(diameter):
    with pytest.raises(RefocusError, match="diameter must be "):
        disk(diameter)


@pytest.mark.parametrize("diameter", [1, 4, 9, 20])
def test_mtf_of_a_disk_is_the_bessel_form(diameter):
    """The weights are the disk averaged over a pixel, a factor sinc(f), and then sampled.

    Sampling adds what lies whole cycles per pixel away; along y sinc(f) is 0 there.
    """
    frequencies, magnitude = mtf(disk(diameter))
    assert frequencies[[0, -1]].tolist() == [0, 0.5]
    aliases = frequencies[:, None] + np.arange(-500, 501)
    z = np.pi * diameter * aliases + 1e-12
    spectrum = (2 * j1(z) / z * np.sinc(aliases)).sum(axis=1)
    np.testing.assert_allclose(magnitude, np.abs(spectrum), atol=2e-5)
    np.testing.assert_allclose(disk_mtf(diameter, aliases), np.abs(2 * j1(z) / z), atol=1e-9)


def test_mtf_of_a_wide_disk_is_that_of_the_ideal_one():
    frequencies, magnitude = mtf(disk(31))
    np.testing.assert_allclose(magnitude, disk_mtf(31, frequencies), atol=5e-3)


def test_disk_mtf_at_its_known_points():
    np.testing.assert_allclose(disk_mtf(9, 0), 1)
    np.testing.assert_allclose(disk_mtf(9, 3.8317059702 / (9 * np.pi)), 0, atol=1e-9)
    # For small z, 2 J1(z) / z = 1 - z**2 / 8 + ...
    np.testing.assert_allclose(disk_mtf(9, 1e-3), 1 - (9e-3 * np.pi) ** 2 / 8, rtol=1e-7)


def test_mtf_is_taken_along_x():
    psf = np.zeros((3, 3))
    psf[1] = [0.25, 0.5, 0.25]
    frequencies, magnitude = mtf(psf)
    np.testing.assert_allclose(magnitude, np.cos(np.pi * frequencies) ** 2, atol=1e-12)
    np.testing.assert_allclose(mtf(psf.T)[1], 1)


@pytest.mark.parametrize("size", [0, 8, 255, 256.0])
def test_mtf_refuses_a_bad_size(size):
    with pytest.raises(RefocusError, match="size must be"):
        mtf(disk(9), size=size)


def test_psf_is_checked():
    nan, negative = disk(3).copy(), disk(3).copy()
    nan[0, 0], negative[0, 0] = np.nan, -0.1
    refused = [
        (np.ones(3) / 3, "square with an odd side"),
        (np.ones((3, 5)) / 15, "square with an odd side"),
        (np.ones((4, 4)) / 16, "square with an odd side"),
        (nan, "finite"),
        (negative, "not be negative"),
        (disk(3) * 1.001, "sum to 1; got 1.001"),
        ("disk", "an array of numbers"),
        (np.zeros((0, 0)), "square with an odd side"),
    ]
    for psf, rule in refused:
        with pytest.raises(RefocusError, match=f"psf must (be )?{rule}"):
            check_psf(psf)
    assert check_psf([[1]]).dtype == np.float64
