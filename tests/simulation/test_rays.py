import numpy as np
import pytest

from refocuslab.simulation.camera import Camera
from refocuslab.simulation.opening import disk_points
from refocuslab.simulation.rays import View, gather, pixel_points
from refocuslab.simulation.solids import Lamp, Plane, faces


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


def test_every_ray_of_a_round_lens_is_where_the_spirals_put_it():
    camera = Camera(focal_length=50, f_number=2, focus_distance=900, pixel=1.0, width=7, height=5)
    np.testing.assert_array_equal(camera.opening.points(64), camera.aperture / 2 * disk_points(64))
    texture = np.random.default_rng(0).integers(0, 256, (1, 40, 3), dtype=np.uint8)
    card = Plane("card", centre=(0, 0, 1200), size=(800, 800), texture=texture)
    shown = faces([card], ["card"], Lamp(towards=(0, 0, -1), ambient=1.0))
    view = View(5, 7, camera.scale, 900.0, camera.opening, 64)
    light, share = gather(shown, view, threads=1)
    # One row of texels, so x alone matters.
    texels = shown.texels.reshape(40, 3)
    for column in range(7):
        start = 12.5 * disk_points(64)[:, 0]
        at_focus = (column + pixel_points(64)[:, 0] - 3) / camera.scale * 900
        x = start + (at_focus - start) * 1200 / 900
        place = (x / 800 + 0.5) * shown.scale[0, 0] + shown.offset[0, 0] - 0.5
        below = np.floor(place).astype(int)
        share_above = (place - below)[:, None]
        expected = ((1 - share_above) * texels[below] + share_above * texels[below + 1]).mean(axis=0)
        np.testing.assert_allclose(light[2, column], expected, rtol=1e-12)
    assert (share == 1).all()
