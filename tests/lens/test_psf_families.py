"""Families of PSFs: light, center, area, width, and where they end."""

import numpy as np
import pytest

from refocuslab.errors import RefocusError
from refocuslab.lens.psf_families import gaussian, polygon, ring, soft_disk
from refocuslab.optics.psf import check_psf, disk


def moments(psf):
    """The center (y, x), and the mean squared distance from it along each axis."""
    at = np.arange(len(psf)) - len(psf) // 2
    y, x = (psf.sum(axis=1) * at).sum(), (psf.sum(axis=0) * at).sum()
    return y, x, (psf.sum(axis=1) * at**2).sum() - y**2, (psf.sum(axis=0) * at**2).sum() - x**2


MADE = [
    soft_disk(7.3, 0.8), gaussian(1.7), ring(9.4, 0.6), ring(9.4, -0.5, 0.4), polygon(11, 6, 13),
    polygon(6.2, 5, 0, 0.5), soft_disk(0.3, 0), polygon(0.2, 5, 0), ring(0.01, 0.5),
]  # fmt: skip


@pytest.mark.parametrize("psf", MADE)
def test_each_is_a_psf_about_its_middle(psf):
    check_psf(psf)
    assert moments(psf)[:2] == pytest.approx((0, 0), abs=0.01)


@pytest.mark.parametrize("diameter", [5.5, 7.3, 12.5])
def test_the_width_of_a_disk_of_any_diameter(diameter):
    # A disk has diameter^2 / 16 along each axis; averaging over pixels adds 1/12, more or less.
    assert moments(disk(diameter))[2] == pytest.approx(diameter**2 / 16 + 1 / 12, rel=0.015)
    soft = moments(soft_disk(diameter, 1.5))[3]
    assert soft == pytest.approx(moments(disk(diameter))[3] + 1.5**2, rel=5e-3)


def test_a_gaussian_has_its_deviation():
    assert moments(gaussian(2.5))[2] == pytest.approx(2.5**2, rel=2e-3)


@pytest.mark.parametrize("blades", [3, 4, 6, 9])
def test_a_polygon_has_the_area_of_its_disk(blades):
    psf = polygon(20, blades, 7)
    assert 1 / psf.max() == pytest.approx(np.pi * 20**2 / 4, rel=2e-3)
    # The second moment of a regular polygon about its center, by its area A: A (2 + cos a) / (6 n sin a).
    turn = 2 * np.pi / blades
    expected = np.pi * 100 * (2 + np.cos(turn)) / (6 * blades * np.sin(turn))
    assert moments(psf)[2] == pytest.approx(expected + 1 / 12, rel=3e-3)


def test_a_polygon_of_many_blades_is_a_disk():
    many, round_one = polygon(9, 24, 0), disk(9)
    edge = (len(many) - len(round_one)) // 2
    assert np.abs(many - np.pad(round_one, edge)).sum() < 0.02


def test_a_corner_lies_at_its_angle():
    psf = polygon(30, 3, 90)  # y points down
    rows = np.flatnonzero(psf.sum(axis=1))
    assert psf[rows[-2]].astype(bool).sum() < 8 < psf[rows[1]].astype(bool).sum()


def test_a_ring_without_its_middle_is_dark_there():
    psf = ring(16, 1)
    assert psf[8, 8] == 0
    assert psf[8, 2] == pytest.approx(4 / 3 / (np.pi * 16**2 / 4), rel=1e-6)
    assert np.array_equal(ring(16, 0), disk(16))


@pytest.mark.parametrize(
    ("make", "values"),
    [
        (soft_disk, (0, 1)), (soft_disk, (5, -1)), (soft_disk, (5, np.nan)), (gaussian, (0,)),
        (gaussian, ("1",)), (ring, (5, 1.1)), (ring, (5, 0, -1)), (polygon, (5, 2, 0)),
        (polygon, (5, 6.5, 0)),
        (polygon, (5, 6, np.inf)), (polygon, (2000, 6, 0)),
    ],
)  # fmt: skip
def test_numbers_out_of_range_are_refused(make, values):
    with pytest.raises(RefocusError, match="must be"):
        make(*values)
