import numpy as np
import pytest

from refocuslab.simulation.opening import disk_points
from refocuslab.simulation.rays import pixel_points


@pytest.mark.parametrize("count", [64, 256, 1000])
def test_the_points_of_the_lens_share_the_disk_in_equal_areas(count):
    points = disk_points(count)
    radius = np.hypot(*points.T)
    assert radius.max() < 1
    # Area grows with the square of the radius, and any half plane holds half of the points.
    for share in (0.25, 0.5, 0.75):
        assert (radius**2 < share).mean() == pytest.approx(share, abs=1 / count)
    for angle in np.linspace(0, np.pi, 7):
        side = points @ [np.cos(angle), np.sin(angle)]
        assert (side > 0).mean() == pytest.approx(0.5, abs=0.02)
    # The variance of a uniform disk along any axis is 1/4.
    np.testing.assert_allclose(np.cov(points.T, bias=True), np.eye(2) / 4, atol=0.01)


def test_the_points_of_a_pixel_share_it_evenly():
    points = pixel_points(256)
    assert np.abs(points).max() <= 0.5
    counts, _, _ = np.histogram2d(*points.T, bins=8, range=[[-0.5, 0.5]] * 2)
    assert counts.min() >= 3
    assert counts.max() <= 5
