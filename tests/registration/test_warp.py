import numpy as np
import pytest
import skimage.data

from refocuslab.errors import RefocusError
from refocuslab.optics.light import decode, encode
from refocuslab.registration.warp import (
    apply,
    change_view,
    check_homography,
    inside,
    positions,
    resample,
    sample,
)

PHOTO = skimage.data.astronaut()[100:180, 200:300]
TILT = np.array([[0.9, 0.1, 5.0], [-0.05, 1.1, 2.0], [0.0004, -0.0003, 1.0]])


def shift(dx, dy):
    return np.array([[1, 0, dx], [0, 1, dy], [0, 0, 1.0]])


def test_a_homography_moves_points_as_its_definition_says():
    x, y = apply(TILT, 30.0, 40.0)
    z = 0.0004 * 30 - 0.0003 * 40 + 1
    assert (x, y) == pytest.approx(((0.9 * 30 + 0.1 * 40 + 5) / z, (-0.05 * 30 + 1.1 * 40 + 2) / z))
    back = apply(np.linalg.inv(TILT), x, y)
    assert back == pytest.approx((30, 40))


def test_what_lies_behind_the_camera_is_nowhere():
    x, _ = apply(np.array([[1, 0, 0], [0, 1, 0], [-0.1, 0, 1.0]]), np.array([5.0, 20.0]), np.zeros(2))
    assert np.isfinite(x[0])
    assert np.isnan(x[1])
    assert not inside(x[1:], np.zeros(1), (50, 50)).any()


def test_the_edge_pixels_are_inside_and_nothing_beyond():
    x, y = np.array([0, 9, -0.01, 9.01, 3]), np.array([0, 4, 2, 2, 4.5])
    assert inside(x, y, (5, 10)).tolist() == [True, True, False, False, False]


def test_a_flow_moves_before_the_homography():
    flow = np.stack([np.full((4, 5), 2.0), np.full((4, 5), -1.0)])
    x, y = positions(TILT, (4, 5), flow)
    assert (x[3, 1], y[3, 1]) == pytest.approx(apply(TILT, 3.0, 2.0))


@pytest.mark.parametrize("order", [1, 3, 5])
def test_at_whole_pixels_every_spline_gives_the_photo_itself(order):
    image = PHOTO.astype(float)
    same = sample(image, *positions(np.eye(3), image.shape[:2]), order=order)
    np.testing.assert_allclose(same, image, atol=1e-9)


def test_a_whole_shift_moves_pixels_and_keeps_their_bytes():
    view = change_view(PHOTO, shift(7, -3))
    np.testing.assert_array_equal(view[: 80 - 3, 7:], PHOTO[3:, : 100 - 7])


def test_exposure_acts_on_light():
    gain, offset = np.array([0.8, 1.0, 1.2]), np.array([0.0, 0.01, 0.002])
    expected = encode(gain * decode(PHOTO) + offset)
    np.testing.assert_array_equal(change_view(PHOTO, np.eye(3), gain=gain, offset=offset), expected)
    encoded = change_view(PHOTO, np.eye(3), gain=0.5, light="encoded")
    np.testing.assert_array_equal(encoded, encode(0.5 * PHOTO / 255, light="encoded"))


def test_there_and_back_is_nearly_where_it_was():
    smooth = change_view(PHOTO, shift(0.5, 0.5))
    view = resample(smooth, *positions(np.linalg.inv(shift(0.3, -0.4)), smooth.shape[:2]))
    back = sample(view, *positions(shift(0.3, -0.4), smooth.shape[:2]), order=5)
    assert np.abs(back - smooth)[8:-8, 8:-8].std() < 1.5


@pytest.mark.parametrize(
    ("matrix", "message"),
    [
        (np.eye(2), "homography must be three rows of three numbers; got shape"),
        ([["a"] * 3] * 3, "homography must be three rows"),
        (np.full((3, 3), np.nan), "homography must be finite"),
        (np.ones((3, 3)), "homography must have an inverse"),
    ],
)
def test_what_is_no_homography(matrix, message):
    with pytest.raises(RefocusError, match=message):
        check_homography(matrix)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"gain": 0}, "gain must be more than 0"),
        ({"gain": [1, 2]}, "gain must be a finite number, or three"),
        ({"offset": [0, np.inf, 0]}, "offset must be a finite number"),
        ({"offset": "dark"}, "offset must be a finite number"),
    ],
)
def test_what_is_no_exposure(changes, message):
    with pytest.raises(RefocusError, match=message):
        change_view(PHOTO, np.eye(3), **changes)
