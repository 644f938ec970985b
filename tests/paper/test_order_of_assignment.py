"""Confidence by hand, orders of assignment, causal neighborhoods, and levels that are independent."""

import math

import numpy as np
import pytest

from refocuslab import Neighborhood
from refocuslab.paper.confidence import confidence, neighborhood_confidence
from refocuslab.paper.order_of_assignment import TILE, known_offsets, levels, rounds, side_by_side, turns

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


@pytest.mark.parametrize("order", ["scanline", "confidence", "random"])
@pytest.mark.parametrize("radius", [1, 3])
def test_groups_of_a_round_do_not_see_each_other_and_each_pixel_keeps_its_turn(order, radius):
    mask = some_mask(3 * TILE - 7, 2 * TILE + 9, 3, share=0.8)
    turn = turns(order, np.random.default_rng(4).random(mask.sum()), 5)
    split = rounds(turn, mask, radius)
    assert sorted(split.pixels.tolist()) == list(range(mask.sum()))
    assert split.starts[0] == split.groups[0] == 0
    assert split.starts[-1] == mask.sum() and split.groups[-1] == len(split.starts) - 1
    group_of = np.repeat(np.arange(len(split.starts) - 1), np.diff(split.starts))
    round_of = np.repeat(np.arange(len(split.groups) - 1), np.diff(split.groups))[group_of]
    when, group, number = (np.full(mask.shape, -1) for _ in range(3))
    y, x = (at[split.pixels] for at in np.nonzero(mask))
    when[y, x], group[y, x], number[y, x] = np.arange(mask.sum()), group_of, round_of
    turn_at = np.full(mask.shape, -1)
    turn_at[mask] = turn
    for dy in range(radius + 1):
        for dx in range(-radius, radius + 1):
            if (dy, dx) <= (0, 0):
                continue
            rows, (left, right) = slice(0, mask.shape[0] - dy), (max(0, -dx), mask.shape[1] - max(0, dx))
            one, other = np.s_[rows, left:right], np.s_[dy:, left + dx : right + dx]
            both = mask[one] & mask[other]
            # Of two pixels that see each other the earlier one comes first, in an earlier round or beside it.
            assert ((when[one] < when[other]) == (turn_at[one] < turn_at[other]))[both].all()
            assert ((number[one] != number[other]) | (group[one] == group[other]))[both].all()
    for pixels in np.split(split.pixels, split.starts[1:-1]):
        assert np.ptp(np.nonzero(mask)[0][pixels]) < TILE and np.ptp(np.nonzero(mask)[1][pixels]) < TILE


def test_pixels_that_see_only_their_own_tile_take_one_round_and_a_chain_across_takes_two():
    apart = np.zeros((10, 3 * TILE), bool)
    apart[5, [3, 4, TILE + 9, 2 * TILE + 8]] = True
    assert len(rounds(np.array([1, 0, 2, 3]), apart, 1).groups) == 2
    across = np.zeros((10, 3 * TILE), bool)
    across[5, [TILE - 1, TILE]] = True
    split = rounds(np.array([1, 0]), across, 1)
    assert split.pixels.tolist() == [1, 0] and split.groups.tolist() == [0, 1, 2]


@pytest.mark.parametrize("size", [1, 7, 10**6])
def test_shares_are_whole_groups_in_the_order_of_the_rounds(size):
    mask = some_mask(2 * TILE, 2 * TILE, 1)
    turn = turns("confidence", np.random.default_rng(4).random(mask.sum()), 5)
    split = rounds(turn, mask, 2)
    shares = split.shares(size)
    assert len(shares) == len(split.groups) - 1
    assert np.array_equal(np.concatenate([pixels for step in shares for pixels in step]), split.pixels)
    ends = np.cumsum([len(pixels) for step in shares for pixels in step])
    assert set(ends.tolist()) <= set(split.starts.tolist())
    assert all(len(pixels) >= min(size, sum(map(len, step))) for step in shares for pixels in step[:-1])
    if size == 1:
        assert [len(step) for step in shares] == np.diff(split.groups).tolist()


def test_steps_of_levels_are_shared_by_threads_unless_they_are_small():
    mask = np.ones((40, 40), bool)
    turn = turns("random", np.zeros(1600), 1)
    steps = side_by_side(turn, mask, 1, 3, in_sequence=False)
    assert [sorted(np.concatenate(step).tolist()) for step in steps] == [
        sorted(level.tolist()) for level in levels(turn, mask, 1)
    ]
    assert {len(step) for step in steps} == {1, 3}
    assert all((len(step) == 3) == (sum(map(len, step)) >= 16) for step in steps)
    sequence = side_by_side(turn, mask, 1, 3, in_sequence=True)
    assert np.array_equal(np.concatenate([np.concatenate(step) for step in sequence]),
                          rounds(turn, mask, 1).pixels)  # fmt: skip
