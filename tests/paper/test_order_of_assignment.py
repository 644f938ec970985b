"""Confidence by hand, orders of assignment, causal neighborhoods, and levels that are independent."""

import math

import numpy as np
import pytest

from refocuslab import Neighborhood
from refocuslab.paper.confidence import confidence, neighborhood_confidence
from refocuslab.paper.order_of_assignment import known_offsets, levels, turns

STEP = 2.0**-24


def some_mask(height=9, width=12, seed=0, share=0.7):
    return np.random.default_rng(seed).random((height, width)) < share


def test_confidence_by_hand():
    distances = np.array([[5, 5, 5, 5], [0, 100, 200, 10**8], [7, 7, 10**8, 10**8]])
    found = confidence(distances, 0.01)
    expected = [1 / 4, 1 / (1 + math.exp(-1) + math.exp(-2)), 1 / 2]
    assert found == pytest.approx(expected, abs=STEP)
    assert (found * 2**24 == np.rint(found * 2**24)).all()


def test_only_the_distance_to_the_nearest_matters():
    distances = np.sort(np.random.default_rng(0).integers(0, 1000, (50, 20)))
    assert np.array_equal(confidence(distances, 0.01), confidence(distances + 10**7, 0.01))
    assert np.array_equal(confidence(4 * distances, 0.0025), confidence(distances, 0.01))
    peaked, flat = confidence(distances, 0.1), confidence(distances, 0.001)
    assert (peaked > flat).all()
    assert (confidence(distances, 0) == np.rint(2**24 / 20) / 2**24).all()
    assert (confidence(distances[:, :1], 0.01) == 1).all()


def test_neighborhood_confidence_of_a_mask_with_a_hole():
    mask = np.ones((3, 7), bool)
    mask[1, 3] = False
    values = np.zeros(mask.shape)
    values[0, 0], values[2, 6] = 0.5, 0.25
    whole = np.full(mask.shape, np.nan)
    whole[mask] = neighborhood_confidence(values[mask], mask)
    # Columns of 3, less the hole where the box holds it; what lies beyond the photo does not count.
    counts = np.array([9, 11, 14, 14, 14, 11, 9]) * np.ones((3, 1))
    reached = 0.5 * (np.arange(7) <= 2) + 0.25 * (np.arange(7) >= 4)
    assert np.isnan(whole[1, 3])
    assert np.array_equal(whole[mask], (reached / counts)[mask])


def test_a_box_of_one_pixel_is_the_pixel_and_a_huge_one_the_mean():
    mask = some_mask()
    values = np.rint(np.random.default_rng(1).random(mask.sum()) * 2**24) / 2**24
    assert np.array_equal(neighborhood_confidence(values, mask, 1), values)
    assert neighborhood_confidence(values, mask, 99) == pytest.approx(values.mean())


def test_scanline_order_and_random_order():
    around = np.linspace(0, 1, 12)
    assert turns("scanline", around, 3).tolist() == list(range(12))
    drawn = turns("random", around, 3)
    assert np.argsort(drawn).tolist() == np.random.default_rng(3).permutation(12).tolist()
    assert np.array_equal(drawn, turns("random", around[::-1], 3))
    assert not np.array_equal(drawn, turns("random", around, 4))


def test_confidence_order_falls_and_equal_pixels_keep_scanline_order():
    assert turns("confidence", np.array([0.2, 0.9, 0.2, 0.9, 0.5]), 0).tolist() == [3, 0, 4, 1, 2]


@pytest.mark.parametrize("order", ["scanline", "confidence", "random"])
@pytest.mark.parametrize("first_pass", [True, False])
def test_the_causal_neighborhood_is_what_is_known(order, first_pass):
    mask, neighborhood = some_mask(), Neighborhood(5)
    turn = turns(order, np.random.default_rng(1).random(mask.sum()), 2)
    known = known_offsets(turn, mask, neighborhood, order=order, first_pass=first_pass)
    when = np.full(mask.shape, -1)
    when[mask] = turn
    when = np.pad(when, 2, mode="reflect")
    for p, (y, x) in enumerate(np.argwhere(mask)):
        window = when[y : y + 5, x : x + 5].ravel()
        expected = window < turn[p] if first_pass else np.ones(25, bool)
        if order == "scanline":
            expected &= np.arange(25) < 12
        expected[12] = False
        assert np.array_equal(known[p], expected)


@pytest.mark.parametrize("radius", [1, 2, 4])
def test_scanline_levels_have_a_closed_form(radius):
    # level = x + (radius + 1) y: the pixel above and to the right is the last that must come first.
    mask = np.ones((6, 11), bool)
    split = levels(np.arange(66), mask, radius)
    x, y = np.arange(66) % 11, np.arange(66) // 11
    t = x + (radius + 1) * y
    assert [level.tolist() for level in split] == [np.flatnonzero(t == k).tolist() for k in np.unique(t)]


@pytest.mark.parametrize("order", ["scanline", "confidence", "random"])
@pytest.mark.parametrize("radius", [1, 2])
def test_pixels_of_a_level_do_not_see_each_other_and_later_ones_come_later(order, radius):
    mask = some_mask(14, 17, 3)
    turn = turns(order, np.random.default_rng(4).random(mask.sum()), 5)
    split = levels(turn, mask, radius)
    assert sorted(np.concatenate(split).tolist()) == list(range(mask.sum()))
    level = np.empty(len(turn), int)
    for number, pixels in enumerate(split):
        level[pixels] = number
    places = np.argwhere(mask)
    apart = np.abs(places[:, None] - places).max(axis=2)
    seen = (apart <= radius) & (apart > 0)
    assert ((level[:, None] < level) == (turn[:, None] < turn))[seen].all()
    # And no level could be lower: each pixel but those of the first has one just before it.
    just_before = seen & (level == level[:, None] - 1)
    assert just_before.any(axis=1)[level > 0].all()
