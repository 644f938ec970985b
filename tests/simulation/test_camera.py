import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from refocuslab.errors import RefocusError
from refocuslab.simulation.camera import Camera

LENS = {"focal_length": 50.0, "f_number": 2.0, "focus_distance": 1500.0, "pixel": 0.05}
CAMERA = Camera(**LENS, width=61, height=41)

distances = st.floats(200, 5000)


@pytest.mark.seconds
@given(s=distances, focus=distances, f_number=st.floats(1, 22))
def test_blur_is_the_circle_of_confusion_of_the_thin_lens_in_pixels(s, focus, f_number):
    camera = CAMERA.replace(focus_distance=focus, f_number=f_number, breathing=True)
    # The textbook's form, with the magnification f / (s - f) of the plane in focus.
    f = camera.focal_length
    circle = f**2 / (f_number * (focus - f)) * abs(s - focus) / s
    assert camera.blur_diameter(s) == pytest.approx(circle / camera.pixel, rel=1e-9)


@given(s=distances, focus=distances)
def test_blur_agrees_with_similar_triangles_behind_the_lens(s, focus):
    f = CAMERA.focal_length
    sensor, image = (d * f / (d - f) for d in (focus, s))
    circle = f / CAMERA.f_number * abs(image - sensor) / image
    camera = CAMERA.replace(focus_distance=focus, breathing=True)
    assert camera.blur_diameter(s) == pytest.approx(circle / camera.pixel, rel=1e-6, abs=1e-9)


def test_blur_halves_with_the_f_number_and_vanishes_in_a_pinhole():
    stopped = CAMERA.replace(f_number=4.0)
    assert stopped.blur_diameter(1000) == pytest.approx(CAMERA.blur_diameter(1000) / 2)
    assert CAMERA.replace(f_number=math.inf).blur_diameter(1000) == 0
    assert CAMERA.blur_diameter(1500) == 0


def test_breathing_is_the_ratio_of_the_image_distances():
    near, far = (CAMERA.replace(focus_distance=d, breathing=True) for d in (1000.0, 1500.0))
    assert near.scale / far.scale == pytest.approx((1000 / 950) / (1500 / 1450))
    assert CAMERA.scale == CAMERA.replace(focus_distance=1000.0).scale == 1000


def test_the_axis_meets_the_middle_and_directions_are_as_said():
    np.testing.assert_allclose(CAMERA.project((0, 0, 700)), [30, 20])
    np.testing.assert_allclose(CAMERA.project((7, -14, 700)), [40, 0])
    aimed = CAMERA.replace(position=(-300, -200, 100), target=(50, 20, 900))
    np.testing.assert_allclose(aimed.project((50, 20, 900)), [30, 20], atol=1e-9)
    np.testing.assert_allclose(aimed.axes @ aimed.axes.T, np.eye(3), atol=1e-12)
    assert aimed.project((50, 19, 900))[1] < 20  # what is higher stands higher


@pytest.mark.seconds
@given(angle=st.floats(-60, 60))
def test_a_turned_camera_sees_the_point_it_turns_about_at_the_same_place_and_distance(angle):
    camera = CAMERA.replace(position=(0, -100, 0), target=(0, 0, 1000))
    point = (30, 40, 1000)
    # Turning the camera about an upright axis through the middle of what it sees moves nothing there.
    turned = camera.turned(angle, about=camera.target)
    np.testing.assert_allclose(turned.project(camera.target), camera.project(camera.target), atol=1e-9)
    assert turned.focused_on((0, 0, 1000)).focus_distance == pytest.approx(math.hypot(100, 1000))
    level = CAMERA.turned(angle, about=(0, 0, 1000))
    # Of a point to the right, a camera farther to the right sees less width from nearer by.
    x, z = 30 * math.cos(math.radians(angle)), 1000 - 30 * math.sin(math.radians(angle))
    seen = [30 + 1000 * x / z, 20 + 1000 * 40 / z]
    np.testing.assert_allclose(level.project(point), seen)
    back = turned.turned(-angle, about=camera.target)
    np.testing.assert_allclose(back.project(point), camera.project(point), atol=1e-6)
    if angle > 1:
        assert turned.position[0] > 0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"focus_distance": 50.0}, "focus_distance must be beyond the focal length, 50 mm; got 50"),
        ({"focus_distance": math.inf}, "focus_distance must be a number"),
        ({"focal_length": 0}, "focal_length must be a number greater than 0; got 0"),
        ({"f_number": -2}, "f_number must be a number greater than 0; got -2"),
        ({"f_number": "2"}, "f_number must be a number greater than 0; got '2'"),
        ({"pixel": math.nan}, "pixel must be"),
        ({"exposure": 0}, "exposure must be"),
        ({"full_well": 0}, "full_well must be"),
        ({"read_noise": -1}, "read_noise must be at least 0; got -1"),
        ({"width": 0}, "width must be an integer of at least 1"),
        ({"height": 4.5}, "height must be an integer"),
        ({"position": (0, 0)}, "position must be 3 finite numbers"),
        ({"position": (0, 0, 1000)}, "target must not be straight above, below or at the camera"),
        ({"target": (0, 9, 0)}, "target must not be straight above"),
        ({"breathing": 1}, "breathing must be True or False"),
    ],
)
def test_impossible_cameras_are_refused(change, message):
    with pytest.raises(RefocusError, match=message):
        CAMERA.replace(**change)


def test_impossible_questions_are_refused():
    with pytest.raises(RefocusError, match="distance must be a number greater than 0"):
        CAMERA.blur_diameter(0)
    with pytest.raises(RefocusError, match="point must lie before the camera"):
        CAMERA.project((0, 0, -1))
    with pytest.raises(RefocusError, match="focus_distance must be beyond the focal length"):
        CAMERA.focused_on((0, 0, 20))
    with pytest.raises(RefocusError, match="angle must be a number"):
        CAMERA.turned(math.nan, about=(0, 0, 0))
