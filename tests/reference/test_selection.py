"""The oracle's selections of candidates, held against cases that can be worked out by hand."""

import math

import numpy as np
import pytest

from refocuslab import Method
from refocuslab.reference import selection
from refocuslab.reference.records import Candidates
from refocuslab.reference.selection import FAR, select


def pool(reds, distances, sources=None):
    """One pixel's pool of red values."""
    values = np.array([[[red, 0, 0] for red in reds]], np.uint8)
    return Candidates(values, np.array([distances]), np.array([sources or range(len(reds))]))


def chosen(given, **options):
    """(reds, distances, sources) of the one pixel's candidates."""
    made = select(given, Method(**options))
    assert not made.values[..., 1:].any()
    return made.values[0, :, 0].tolist(), made.distances[0].tolist(), made.sources[0].tolist()


def test_weights_run_from_2_to_the_24_for_the_nearest_down_to_1():
    distances = np.array([5, 6, 10**9])
    share = selection.weights(distances, Method(lambda_image=1.0))
    assert share == [2**24, 1 + round((2**24 - 1) / math.e), 1]


def test_clusters_begin_far_apart_and_stand_for_the_sum_of_their_odds():
    # Two at 10 and 12, of one distance, and one far away: the mean of the two is 11, their odds are 2.
    given = pool([10, 200, 12], [0, 1, 0], [4, 9, 7])
    gain = round(math.log(2) / 0.1)
    assert chosen(given, candidates=2, selection="kmeans", lambda_image=0.1) == (
        [11, 200],
        [-gain, 1],
        [4, 9],
    )


def test_a_cluster_takes_the_weighted_mean_rounded():
    # 0 with 2^24, 30 with 1 + (2^24 - 1) / e: their one cluster lies at 30 / (1 + e) = 8.07.
    given = pool([0, 30], [0, 10])
    assert chosen(given, candidates=1, selection="kmeans", lambda_image=0.1)[0] == [8]


def test_modes_gather_what_climbs_to_one_place_and_repeat_the_first_without_odds():
    # 10 and 12 see each other (12 levels at the most), and both end at 11; 200 stays alone.
    given = pool([10, 200, 12], [0, 1, 0], [4, 9, 7])
    gain = round(math.log(2) / 0.1)
    found = chosen(given, candidates=3, selection="modes", lambda_image=0.1)
    assert found == ([11, 200, 11], [-gain, 1, FAR], [4, 9, 4])


def test_a_chain_of_values_climbs_in_steps():
    # From 0 the mean of 0 and 12 is 6; from there all of 0, 12, 18 lie within 12, whose mean is 10.
    found = chosen(pool([0, 12, 18], [0, 0, 0]), candidates=2, selection="modes", lambda_image=0.1)
    assert found[0] == [10, 10] and found[1][1] == FAR


@pytest.mark.parametrize(
    ("count", "expected"),
    [(2, [0, 12]), (3, [0, 1, 12]), (4, [0, 1, 12, 13]), (9, [0, 1, 12, 13])],
)
def test_spread_takes_what_lies_12_levels_apart_then_the_nearest(count, expected):
    reds, distances, sources = chosen(
        pool([0, 1, 12, 13], [1, 2, 3, 4], [8, 6, 4, 2]), candidates=count, selection="spread"
    )
    assert reds == expected
    assert distances == [{0: 1, 1: 2, 12: 3, 13: 4}[red] for red in reds]
    assert sources == [{0: 8, 1: 6, 12: 4, 13: 2}[red] for red in reds]


def test_groups_of_one_distance_are_in_order_of_their_sources():
    found = chosen(pool([0, 100], [3, 3], [9, 2]), candidates=2, selection="kmeans", lambda_image=0.1)
    assert found == ([100, 0], [3, 3], [2, 9])


def test_without_image_term_a_group_has_the_distance_of_its_nearest():
    made = chosen(pool([0, 2, 100], [3, 4, 5]), candidates=2, selection="kmeans", lambda_image=0)
    assert made == ([1, 100], [3, 5], [0, 2])


def test_a_color_squared_is_the_sum_over_its_channels():
    assert selection.squared([1, 2, 3], [4, 0, 3]) == 9 + 4
    assert selection.mean([0, 2], [[0, 9, 0], [7, 7, 7], [8, 1, 4]], [3, 50, 1]) == [2.0, 7.0, 1.0]
