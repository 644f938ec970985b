"""Polygons: the pixels of scikit-image's, in a time that the outline's crossings of each row settle."""

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage.draw import polygon2mask

from refocuslab.errors import RefocusError
from refocuslab.pictures.polygons import polygon_mask

NEAR = st.integers(-5, 25)
COORDINATE = st.one_of(
    NEAR.map(float), NEAR.map(lambda n: n / 2), NEAR.map(lambda n: n + 5e-13), st.floats(-5, 25)
)


@pytest.mark.seconds
@settings(max_examples=400, deadline=None)
@given(
    st.tuples(st.integers(1, 20), st.integers(1, 20)),
    st.lists(st.tuples(COORDINATE, COORDINATE), min_size=3, max_size=12),
)
def test_the_pixels_are_those_of_scikit_image(shape, points):
    expected = polygon2mask(shape, np.array(points)[:, ::-1])
    np.testing.assert_array_equal(polygon_mask(shape, [points]), expected)


def test_an_outline_of_many_points_takes_no_longer_for_that():
    angle = np.linspace(0, 2 * np.pi, 20_000, endpoint=False)
    circle = np.stack([600 + 500 * np.cos(angle), 600 + 500 * np.sin(angle)], axis=1)
    start = time.monotonic()
    mask = polygon_mask((1200, 1200), [circle])
    assert time.monotonic() - start < 20  # scikit-image: 20,000 edges in each of a million pixels
    assert abs(mask.sum() / (np.pi * 500**2) - 1) < 1e-3


def test_one_that_would_take_too_long_is_refused_at_once():
    y = np.arange(30_000) % 2 * 4000.0
    zigzag = np.stack([np.linspace(0, 4000, 30_000), y], axis=1)
    start = time.monotonic()
    with pytest.raises(
        RefocusError, match="polygons must have fewer edges, or be smaller: give a mask instead"
    ):
        polygon_mask((4000, 4000), [zigzag])
    with pytest.raises(RefocusError, match="polygons must have fewer edges"):
        polygon_mask((4000, 4000), [], holes=[zigzag])
    assert time.monotonic() - start < 5


@pytest.mark.seconds
def test_many_polygons_are_as_one():
    square = [[10.0, 10.0], [3990.0, 10.0], [3990.0, 3990.0], [10.0, 3990.0]]
    with pytest.raises(RefocusError, match="polygons must have fewer edges"):
        polygon_mask((4000, 4000), [square] * 2000)
