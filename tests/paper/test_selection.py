"""Ways of selection: the paper's black and white, closed forms, and what must not change them."""

import math

import numpy as np
import pytest

from refocuslab import Method
from refocuslab.method import SELECTIONS
from refocuslab.paper.candidates import Candidates
from refocuslab.paper.selection import APART, FAR, pool_size, select


def pool(values, distances, sources=None):
    """One pixel's pool."""
    sources = range(len(values)) if sources is None else sources
    return Candidates(np.array([values], np.uint8), np.array([distances], np.int64), np.array([sources]))


def drawn(n=40, size=50, seed=0):
    rng = np.random.default_rng(seed)
    values = rng.integers(0, 60, (n, size, 3)).astype(np.uint8)
    distances = np.sort(rng.integers(0, 400, (n, size)), axis=1)
    return Candidates(values, distances, rng.permuted(np.tile(np.arange(1000), (n, 1)), axis=1)[:, :size])


def likely(share, lam):
    return round(-math.log(share) / lam)


@pytest.mark.seconds
def test_black_and_white_as_in_the_paper():
    # §5.1: (0,0,1) and (0,1,0) with 0.3 each, white with 0.4. The nearest is white; the cluster is black.
    lam = 0.001
    found = pool([[255] * 3, [0, 0, 1], [0, 1, 0]], [likely(0.4, lam), likely(0.3, lam), likely(0.3, lam)])
    assert select(found, Method(candidates=1), 1).values.tolist() == [[[255, 255, 255]]]
    made = select(found, Method(candidates=2, selection="kmeans", lambda_image=lam), 1)
    black, white = made.values[0].tolist()
    assert max(black) <= 1 and white == [255] * 3
    assert np.exp(-lam * made.distances[0]) == pytest.approx([0.6, 0.4], abs=1e-3)
    assert made.sources.tolist() == [[1, 0]]
    modes = select(found, Method(candidates=2, selection="modes", lambda_image=lam), 1)
    assert np.array_equal(modes.values, made.values) and np.array_equal(modes.distances, made.distances)


def test_a_single_cluster_is_the_expected_color():
    found = drawn()
    lam = 0.01
    made = select(found, Method(candidates=1, selection="kmeans", pool=50, lambda_image=lam))
    p = np.exp(-lam * (found.distances - found.distances[:, :1]))
    expected = (p[..., None] * found.values).sum(axis=1) / p.sum(axis=1)[:, None]
    assert np.abs(made.values[:, 0] - expected).max() <= 0.501
    whole = found.distances[:, 0] - np.log(p.sum(axis=1)) / lam
    assert np.abs(made.distances[:, 0] - whole).max() <= 0.501
    assert np.array_equal(made.sources[:, 0], found.sources[:, 0])


def test_as_many_clusters_as_values_are_the_values():
    found = pool([[0, 0, 0], [9, 9, 9], [100, 0, 0]], [5, 80, 900])
    made = select(found, Method(candidates=3, selection="kmeans"), 1)
    for got, given in zip((made.values, made.distances, made.sources),
                          (found.values, found.distances, found.sources), strict=True):  # fmt: skip
        assert np.array_equal(got, given)


def test_fewer_modes_than_candidates_repeat_the_first_with_probability_0():
    found = pool([[10, 10, 10], [12, 10, 10], [200, 0, 0]], [0, 0, 50])
    made = select(found, Method(candidates=3, selection="modes", lambda_image=0.1), 1)
    assert made.values.tolist() == [[[11, 10, 10], [200, 0, 0], [11, 10, 10]]]
    assert made.distances.tolist() == [[likely(2, 0.1), 50, FAR]]


@pytest.mark.seconds
def test_spread_values_lie_apart_and_the_nearest_fill_the_rest():
    found = pool([[0, 0, 0], [1, 0, 0], [APART, 0, 0], [APART + 1, 0, 0]], [1, 2, 3, 4])
    made = select(found, Method(candidates=2, selection="spread"), 1)
    assert made.sources.tolist() == [[0, 2]] and made.distances.tolist() == [[1, 3]]
    assert select(found, Method(candidates=3, selection="spread"), 1).sources.tolist() == [[0, 1, 2]]


def test_with_lambda_0_a_cluster_has_the_distance_of_its_nearest():
    found = pool([[0, 0, 0], [1, 0, 0], [200, 0, 0]], [7, 8, 9])
    method = Method(candidates=2, selection="kmeans", lambda_image=0)
    assert sorted(select(found, method, 1).distances[0].tolist()) == [7, 9]


@pytest.mark.seconds
@pytest.mark.parametrize("selection", SELECTIONS)
def test_whatever_is_selected_is_sorted_and_does_not_hang_on_threads(selection):
    found = drawn(n=3000, size=12)
    method = Method(candidates=5, selection=selection, pool=12)
    one, two = select(found, method, 1), select(found, method, 2)
    assert (np.diff(one.distances, axis=1) >= 0).all() and one.values.shape == (3000, 5, 3)
    assert np.array_equal(one.values, two.values) and np.array_equal(one.sources, two.sources)


def test_the_pool_holds_at_least_the_candidates():
    assert pool_size(Method(candidates=7)) == 7
    assert pool_size(Method(candidates=7, selection="modes", pool=50)) == 50
    assert pool_size(Method(candidates=70, selection="modes", pool=50)) == 70
