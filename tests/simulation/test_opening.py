"""The openings of a lens: their areas, their PSFs, and the light of a point that is rendered through them."""

import math

import numpy as np
import pytest
from scipy import ndimage

from refocuslab.errors import RefocusError
from refocuslab.optics.light import decode
from refocuslab.optics.psf import disk
from refocuslab.simulation.bench import Bench, blur_map, pin_sharp, render
from refocuslab.simulation.camera import Camera
from refocuslab.simulation.shots import light_of
from refocuslab.simulation.solids import Lamp, Plane, faces

CAMERA = Camera(
    focal_length=50, f_number=2, focus_distance=1000, pixel=0.08, width=61, height=61, target=(0, 0, 1)
)
NEAR, FAR = (1 / (1 / 1000 + side * 15 / CAMERA.aperture / CAMERA.scale) for side in (1, -1))  # 15 pixels
# A larger frame reaches farther from the axis.
WIDE = CAMERA.replace(width=301, height=301)
LENSES = {
    "disk": {},
    "triangle": {"blades": 3, "blade_angle": 20.0},
    "pentagon": {"blades": 5, "blade_angle": 90.0},
    "hexagon": {"blades": 6, "blade_angle": 10.0},
    "ring": {"obstruction": 0.45},
    "ring of blades": {"blades": 7, "obstruction": 0.3},
    "cat's eye": {"rim_distance": 50.0, "rim_diameter": 25.0},
    "cat's eye of blades": {"blades": 6, "rim_distance": 40.0, "rim_diameter": 26.0},
}


def moments(weights):
    """Middle (x, y) and covariance of a spot, in pixels from that of the array."""
    y, x = (np.arange(n) - (n - 1) / 2 for n in weights.shape)
    places = np.stack([*np.meshgrid(x, y)]).reshape(2, -1)
    return places @ weights.ravel(), np.cov(places, aweights=weights.ravel(), bias=True)


def spot(camera, place, distance):
    """The light of a lamp three pixels wide that a pixel shows, cut about it and scaled to the sum 1."""
    away = (np.array(place) - (np.array([camera.width, camera.height]) - 1) / 2) * distance / camera.scale
    side = 3 * distance / camera.scale
    lamp = Plane(
        "lamp", centre=(*away, distance), size=(side, side), texture=np.full((2, 2, 3), 255, np.uint8)
    )
    light, _ = light_of(faces([lamp], ["lamp"], Lamp(towards=(0, 0, -1), ambient=1)), camera, None, rays=2000)
    x, y = place
    around = light[y - 15 : y + 16, x - 15 : x + 16, 0]
    return around / around.sum()


@pytest.mark.seconds
@pytest.mark.parametrize("distance", [NEAR, FAR], ids=["near", "far"])
@pytest.mark.parametrize("lens", LENSES)
def test_a_lamp_becomes_the_psf(lens, distance):
    eye = "eye" in lens
    camera = (WIDE if eye else CAMERA).replace(**LENSES[lens])
    place = (270, 250) if eye else (30, 30)
    psf = camera.psf(place, distance)
    assert psf.sum() == pytest.approx(1)
    assert psf.min() >= 0
    found, wanted = spot(camera, place, distance), np.pad(psf, (31 - len(psf)) // 2)
    # The lamp adds 3^2 / 12 to the variance along each axis. Each pixel about it sees the rim from elsewhere.
    (center, spread), (true_center, true_spread) = moments(found), moments(wanted)
    np.testing.assert_allclose(center, true_center, atol=0.05 + 0.1 * eye)
    np.testing.assert_allclose(spread, true_spread + 0.75 * np.eye(2), atol=0.4 if eye else 0.15)
    error, turned = (
        np.abs(found - ndimage.uniform_filter(one, 3)).sum() for one in (wanted, wanted[::-1, ::-1])
    )
    assert error < 0.1
    if lens in ("triangle", "pentagon", "cat's eye", "cat's eye of blades"):
        assert turned > 2 * error


@pytest.mark.parametrize("lens", [lens for lens in LENSES if "eye" not in lens])
def test_the_area_of_an_opening_is_that_of_the_nominal_disk_less_its_dark_middle(lens):
    camera = CAMERA.replace(**LENSES[lens])
    psf = camera.psf((0, 0), NEAR)
    area = math.pi * 15**2 / 4 * (1 - camera.obstruction**2)
    assert 1 / psf.max() == pytest.approx(area, rel=2e-3)
    assert camera.opening.area == pytest.approx(1 - camera.obstruction**2, rel=3e-3)
    points = camera.opening.points(4000)
    assert len(points) == pytest.approx(4000, rel=5e-3)
    np.testing.assert_allclose(points.mean(axis=0), 0, atol=0.02 * camera.aperture)


def test_the_psf_of_a_round_opening_is_the_papers_disk():
    # By lines in place of the exact areas: to 1/400 of the weight in the middle, 4 / pi / diameter^2.
    for diameter in (1, 4, 9, 40):
        distance = 1 / (1 / 1000 + diameter / CAMERA.aperture / CAMERA.scale)
        np.testing.assert_allclose(CAMERA.psf((0, 0), distance), disk(diameter), atol=3e-3 / diameter**2)
    np.testing.assert_array_equal(CAMERA.psf((0, 0), 1000), [[1]])


def test_the_moments_of_a_polygon_and_a_ring_are_the_closed_ones():
    # A polygon of n corners at the radius r: r^2 (2 + cos(2 pi / n)) / 12 about any line. A pixel adds 1/12.
    for blades in (3, 4, 6, 11):
        corner = 7.5 * math.sqrt(2 * math.pi / blades / math.sin(2 * math.pi / blades))
        variance = corner**2 * (2 + math.cos(2 * math.pi / blades)) / 12 + 1 / 12
        psf = CAMERA.replace(blades=blades, blade_angle=7).psf((0, 0), NEAR)
        np.testing.assert_allclose(moments(psf)[1], variance * np.eye(2), rtol=1e-3, atol=1e-3 * variance)
    variance = 7.5**2 * (1 + 0.45**2) / 4 + 1 / 12
    psf = CAMERA.replace(obstruction=0.45).psf((0, 0), NEAR)
    np.testing.assert_allclose(moments(psf)[1], variance * np.eye(2), rtol=1e-3, atol=1e-3 * variance)


def test_a_corner_points_where_it_is_said_behind_the_plane_in_focus_and_the_other_way_before_it():
    for angle, (x, y) in ((0, (1, 0)), (90, (0, 1)), (210, (-math.sqrt(0.75), -0.5))):
        camera = CAMERA.replace(blades=3, blade_angle=angle)
        for distance, sign in ((FAR, 1), (NEAR, -1)):
            psf = camera.psf((0, 0), distance)
            y_of, x_of = np.nonzero(psf > 0)
            middle = len(psf) // 2
            along = (x_of - middle) * x + (y_of - middle) * y
            # The corner is twice as far from the middle as the side across.
            assert np.abs([along.max(), along.min()]).argmax() == (0 if sign > 0 else 1)


def test_what_a_rim_hides_is_the_area_beyond_two_circles():
    camera = WIDE.replace(rim_distance=40.0, rim_diameter=25.0)
    light = camera.illumination()
    nearer = 1 - 40 / 1000
    x = np.arange(301)
    tangent = np.abs(x - 150) / camera.scale
    # Two circles on the lens, of radii r and r / nearer, this far from each other.
    r, big, apart = 12.5, 12.5 / nearer, tangent * 40 / nearer
    expected = []
    for d in apart:
        if d <= big - r:
            expected.append(1.0)
            continue
        a, b = ((d**2 + p**2 - q**2) / (2 * d * p) for p, q in ((r, big), (big, r)))
        area = r**2 * (math.acos(a) - a * math.sqrt(1 - a**2))
        area += big**2 * (math.acos(b) - b * math.sqrt(1 - b**2))
        expected.append(area / (math.pi * r**2))
    np.testing.assert_allclose(light[150], expected, atol=5e-4)
    np.testing.assert_allclose(light[:, 150], expected, atol=5e-4)
    assert (np.diff(light[150, 150:]) <= 1e-9).all()
    # Blades that leave nearly a circle are counted line by line, not from the table.
    many = camera.replace(blades=24, width=41, height=31, pixel=0.5)
    np.testing.assert_allclose(many.illumination(), many.replace(blades=0).illumination(), atol=0.01)
    assert (WIDE.illumination() == 1).all()


@pytest.mark.parametrize("blades", [0, 6])
def test_the_light_of_a_vignetted_photo_falls_as_the_opening_does(blades):
    camera = WIDE.replace(width=61, height=41, pixel=0.4, rim_distance=40.0, rim_diameter=25.0, blades=blades)
    white = np.full((4, 4, 3), 200, np.uint8)
    card = Plane("card", centre=(0, 0, NEAR), size=(2000, 2000), texture=white)
    shown = Lamp(towards=(0, 0, -1), ambient=1.0)
    bench = Bench(objects=[card], subject=["card"], camera=camera, focused=[camera], lamp=shown)
    photo, (truth, mask) = render(bench, camera, threads=1), pin_sharp(bench, camera)
    expected = decode(np.uint8(200)) * camera.illumination()
    np.testing.assert_allclose(decode(truth)[:, :, 0], expected, atol=4e-3)
    np.testing.assert_allclose(decode(photo)[:, :, 0], expected, atol=4e-3)
    assert expected.min() < 0.5 * expected.max()
    assert mask.all()
    np.testing.assert_array_equal(render(bench, camera, threads=3), photo)
    # Stopped down, the aperture lies within the rim's circle on all of the frame.
    stopped = camera.replace(f_number=16)
    assert (stopped.illumination() == 1).mean() > 0.3
    assert stopped.illumination().mean() > camera.illumination().mean() + 0.2


def test_where_the_rim_hides_everything_there_is_no_psf():
    tele = WIDE.replace(pixel=0.4, rim_distance=50.0, rim_diameter=25.0)
    assert tele.illumination()[0, 0] == 0
    with pytest.raises(RefocusError, match="place must be where the rim lets light pass"):
        tele.psf((0, 0), NEAR)
    pinhole = tele.replace(f_number=math.inf)
    assert set(np.unique(pinhole.illumination())) == {0, 1}
    assert pinhole.psf((150, 150), NEAR).shape == (1, 1)


@pytest.mark.seconds
def test_a_blurred_photo_of_a_flat_card_is_the_psf_of_each_pixel_upon_the_sharp_view():
    camera = WIDE.replace(width=121, height=121, pixel=0.2, rim_distance=50.0, rim_diameter=25.0, blades=5)
    texture = np.random.default_rng(0).integers(0, 256, (60, 60, 3), dtype=np.uint8)
    card = Plane("card", centre=(0, 0, 500), size=(360, 360), texture=texture)
    shown = Lamp(towards=(0, 0, -1), ambient=1.0)
    bench = Bench(objects=[card], subject=["card"], camera=camera, focused=[camera], lamp=shown)
    light = decode(render(bench, camera))
    sharp = decode(pin_sharp(bench, camera.replace(rim_distance=0.0, rim_diameter=math.inf))[0])
    errors, unlike = [], []
    for x, y in ((60, 60), (105, 60), (20, 100), (100, 20), (60, 12)):
        psf = camera.psf((x, y), 500)
        half = len(psf) // 2
        window = sharp[y - half : y + half + 1, x - half : x + half + 1]
        share = camera.illumination()[y, x]
        errors.append(light[y, x] - share * np.einsum("ij,ijc->c", psf[::-1, ::-1], window))
        unlike.append(light[y, x] - share * np.einsum("ij,ijc->c", psf, window))
    assert np.sqrt(np.mean(np.square(errors))) < 0.01
    assert np.sqrt(np.mean(np.square(unlike))) > 2 * np.sqrt(np.mean(np.square(errors)))


def test_the_blur_of_a_tilted_card_is_a_plane_over_the_photo():
    camera = CAMERA.replace(width=81, height=61, pixel=0.2)
    gray = np.full((4, 4, 3), 128, np.uint8)
    card = Plane("card", centre=(10, 5, 700), size=(700, 700), yaw=35, pitch=-20, texture=gray)
    bench = Bench(objects=[card], subject=["card"], camera=camera, focused=[camera])
    widths = blur_map(bench, camera)
    y, x = np.mgrid[:61, :81]
    terms = np.stack([np.ones(x.size), x.ravel(), y.ravel()], axis=1)
    fit, *_ = np.linalg.lstsq(terms, widths.ravel(), rcond=None)
    assert np.abs(terms @ fit - widths.ravel()).max() < 1e-9
    assert widths.max() - widths.min() > 2
    # Where the photo shows the card's middle it is blurred as that is.
    where = camera.project((10, 5, 700))
    assert fit @ [1, *where] == pytest.approx(camera.blur_diameter(700), abs=1e-9)
    np.testing.assert_array_equal(blur_map(bench, camera.replace(f_number=4.0)), widths / 2)
    np.testing.assert_array_equal(blur_map(bench, camera, threads=3), widths)


def test_the_nearest_face_is_the_one_that_is_blurred_and_nothing_is_no_number():
    gray = np.full((4, 4, 3), 128, np.uint8)
    near, far = (
        Plane(f"at {z}", centre=(x, 0, z), size=(size, 10 * size), texture=gray)
        for x, z, size in ((0, 700, 15), (0, 1300, 60))
    )
    bench = Bench(objects=[far, near], subject=["at 700"], camera=CAMERA, focused=[CAMERA])
    row = blur_map(bench, CAMERA)[30]
    x = np.abs(np.arange(61) - 30) / CAMERA.scale
    expected = np.where(x * 700 <= 7.5, CAMERA.blur_diameter(700), CAMERA.blur_diameter(1300))
    np.testing.assert_allclose(row, np.where(x * 1300 <= 30, expected, np.nan))
    assert 0 < np.isnan(row).sum() < 61


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"blades": 2}, "blades must be 0, or from 3 to 24; got 2"),
        ({"blades": -1}, "blades must be an integer of at least 0"),
        ({"blades": 25}, "blades must be at most 24"),
        ({"blades": 5.5}, "blades must be an integer"),
        ({"blade_angle": 400}, "blade_angle must be from -360 to 360"),
        ({"obstruction": 0.95}, "obstruction must be from 0 to 0.9"),
        ({"obstruction": -0.1}, "obstruction must be from 0 to 0.9"),
        ({"rim_distance": 60, "rim_diameter": 30}, "rim_distance must be at most the focal length, 50 mm"),
        (
            {"rim_distance": 30},
            "rim_diameter must be given where .* and only there; got inf",
        ),
        (
            {"rim_diameter": 30},
            "rim_diameter must be given where .* and only there; got 30",
        ),
        (
            {"rim_distance": 30, "rim_diameter": 20},
            "rim_diameter must be at least the diameter of the aperture, 25",
        ),
    ],
)
def test_impossible_apertures_are_refused(change, message):
    with pytest.raises(RefocusError, match=message):
        CAMERA.replace(**change)


def test_impossible_places_are_refused():
    with pytest.raises(RefocusError, match="place must be 2 finite numbers"):
        CAMERA.psf((1,), 1000)
    with pytest.raises(RefocusError, match="distance must be where the blur has at most 1000 pixels"):
        CAMERA.psf((1, 1), 1)
