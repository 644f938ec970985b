"""The tree's bounds are never above a true distance, and its leaves are all reached."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from refocuslab.errors import Cancelled
from refocuslab.running.progress import Watch
from refocuslab.search.descent import (
    begin,
    box_bounds,
    new_stack,
    next_leaf,
    next_leaf_of_some,
    own_bounds,
    patch_bounds,
    squared_distance,
)
from refocuslab.search.kd_tree import COORDINATES, FAN, LEAF, PROMISING, boxes_round, build_tree, project

KINDS = ("noise", "extremes", "few", "flat", "smooth", "grain")


def patches(kind, count, depth, seed):
    """(count, depth) uint8 that strain a tree: corners of the cube, ties, and almost no dimensions."""
    rng = np.random.default_rng(seed)
    if kind == "noise":
        return rng.integers(0, 256, (count, depth), dtype=np.uint8)
    if kind == "extremes":
        return 255 * rng.integers(0, 2, (count, depth), dtype=np.uint8)
    if kind == "few":
        return rng.integers(0, 256, (3, depth), dtype=np.uint8)[rng.integers(0, 3, count)]
    if kind == "flat":
        return np.full((count, depth), rng.integers(0, 256), np.uint8)
    if kind == "smooth":
        slopes = rng.normal(0, 1, (2, depth))
        return np.clip(128 + rng.normal(0, 60, (count, 2)) @ slopes, 0, 255).astype(np.uint8)
    return np.clip(128 + rng.normal(0, 2, (count, depth)), 0, 255).astype(np.uint8)


def some_of(depth, seed):
    """Dimensions to count: all, or a random subset of whole pixels as in a causal neighborhood."""
    if seed % 3 == 0:
        return np.ones(depth, bool)
    rng = np.random.default_rng(seed)
    chosen = np.repeat(rng.random(depth // 3) < rng.choice([0.1, 0.5, 0.9]), 3)
    chosen[:3] = True
    return chosen


def leaf_distances(tree, query, chosen):
    """The least true squared distance, in the chosen dimensions, of each leaf."""
    off = (tree.rows.astype(np.int64) - query)[:, chosen]
    return np.minimum.reduceat((off**2).sum(axis=1), tree.starts[:-1])


def child_distances(tree, leaves):
    """The same for all children of every node, from that of the leaves; infinite where there is none."""
    least = np.concatenate([np.zeros(len(tree.first)), leaves])
    found = np.full((len(tree.first), FAN), np.inf)
    for node in reversed(range(len(tree.first))):
        own = least[tree.first[node] : tree.first[node] + tree.children[node]]
        found[node, : len(own)], least[node] = own, own.min()
    return found


def all_bounds(bounds_of, boxes, *query):
    found = np.empty((len(boxes), FAN), np.float32)
    for node in range(len(boxes)):
        bounds_of(boxes, node, *query, found[node])
    return found


def components(tree, query, chosen):
    point = np.empty(COORDINATES, np.float32)
    project(query, tree.mean, tree.axes, chosen.astype(np.float64), point)
    return point


drawn = given(
    st.sampled_from(KINDS),
    st.sampled_from(KINDS),
    st.sampled_from([1, 63, 65, 400, 1500]),
    st.sampled_from([27, 75, 147]),
    st.integers(0, 10**6),
)
steady = settings(max_examples=40, derandomize=True, database=None, deadline=None)


def check_bounds(kind, other, count, depth, seed):
    rows, query = patches(kind, count, depth, seed), patches(other, 1, depth, seed + 1)[0]
    chosen = some_of(depth, seed)
    tree = build_tree(rows, chosen)
    point = components(tree, query, chosen)
    true = child_distances(tree, leaf_distances(tree, query, chosen))
    assert (all_bounds(box_bounds, tree.boxes, point) <= true).all()

    off = ((tree.rows.astype(np.int64) - query) ** 2)[:, chosen].sum(axis=1)
    bounds = np.empty(LEAF, np.float32)
    for leaf, (start, end) in enumerate(pairwise(tree.starts)):
        for limit in (np.median(off), off[start:end].min() - 1):
            if patch_bounds(tree.lanes, leaf, point, np.float32(limit), bounds):
                assert (bounds[: end - start] <= off[start:end]).all()
                assert (bounds[end - start :] > limit).all()
            else:
                assert off[start:end].min() > limit

    # Boxes in the patch's own dimensions serve any other subset.
    subset = some_of(depth, seed + 1)
    counted = np.where(subset, 255, 0).astype(np.uint8)
    true = child_distances(tree, leaf_distances(tree, query, subset))
    own = boxes_round(tree.rows, tree.starts)
    assert (all_bounds(own_bounds, own, query & counted, counted) <= true).all()


@pytest.mark.seconds
@steady
@drawn
def test_no_bound_is_above_a_true_distance(kind, other, count, depth, seed):
    check_bounds(kind, other, count, depth, seed)


@pytest.mark.parametrize("side", [9, pytest.param(31, marks=pytest.mark.slow)])
def test_rounding_of_the_largest_patches_is_allowed_for(side):
    # 31 x 31 pixels at opposite corners: components of 10^4, where float32 has steps of 10^-3.
    for kind, other in (("extremes", "flat"), ("flat", "extremes"), ("smooth", "extremes")):
        check_bounds(kind, other, 60, 3 * side**2, 3)


def test_where_components_tell_little_there_is_no_tree():
    assert build_tree(patches("noise", 2000, 75, 1), least=PROMISING) is None
    assert build_tree(patches("grain", 2000, 75, 1), least=PROMISING) is None
    for kind in ("smooth", "flat", "few"):
        assert build_tree(patches(kind, 2000, 75, 1), least=PROMISING) is not None


def test_a_patch_that_is_its_own_query_is_within_every_limit():
    rows = patches("grain", 200, 75, 5)
    tree = build_tree(rows)
    for leaf in range(len(tree.starts) - 1):
        for i in range(tree.starts[leaf], tree.starts[leaf + 1]):
            point = components(tree, tree.rows[i], np.ones(75, bool))
            assert leaf in leaves_within(tree, point, lambda: 0)


def test_bounds_are_worth_having():
    # Patches of two effective dimensions: a leaf's bound is most of the distance to it.
    rows, query = patches("smooth", 4000, 75, 1), patches("smooth", 4000, 75, 1)[7]
    tree, everything = build_tree(rows), np.ones(75, bool)
    true = child_distances(tree, leaf_distances(tree, query, everything))
    found = all_bounds(box_bounds, tree.boxes, components(tree, query, everything))
    far = (true > np.median(true[np.isfinite(true)])) & np.isfinite(true)
    assert far.any() and (found[far] > 0.5 * true[far]).all()


@pytest.mark.parametrize("count", [1, 7, 64, 65, 1000, 20_000])
def test_a_tree_holds_each_patch_once_in_small_leaves(count):
    rows = patches("few", count, 27, count)
    tree = build_tree(rows)
    sizes = np.diff(tree.starts)
    assert sorted(tree.patches) == list(range(count))
    assert np.array_equal(tree.rows, rows[tree.patches])
    assert sizes.sum() == count and sizes.max() <= LEAF and sizes.min() >= min(count, LEAF // 2)


def leaves_within(tree, point, limit, *, some=None):
    """Leaves in the order of their visit; limit() is asked anew before each. some: own pairs, counted."""
    stack = new_stack()
    begin(stack)
    while True:
        if some:
            leaf = next_leaf_of_some(tree, some[0], point, some[1], np.float32(limit()), stack)
        else:
            leaf = next_leaf(tree, point, np.float32(limit()), stack)
        if leaf < 0:
            return
        yield leaf


@pytest.mark.seconds
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("count", [1, 100, 1000, 20_000])
def test_without_a_limit_every_leaf_is_visited_once(kind, count):
    tree = build_tree(patches(kind, count, 75, 1))
    point = components(tree, patches("noise", 1, 75, 2)[0], np.ones(75, bool))
    order = leaves_within(tree, point, lambda: np.inf)
    assert sorted(order) == list(range(len(tree.starts) - 1))
    assert list(leaves_within(tree, point, lambda: -2)) == []


@pytest.mark.parametrize("kind", KINDS)
def test_leaves_of_some_dimensions_hold_all_that_is_near_in_these(kind):
    tree = build_tree(patches(kind, 3000, 75, 1))
    query, subset = patches("noise", 1, 75, 2)[0], some_of(75, 1)
    counted = np.where(subset, 255, 0).astype(np.uint8)
    some = boxes_round(tree.rows, tree.starts), counted
    assert sorted(leaves_within(tree, query & counted, lambda: np.inf, some=some)) == list(
        range(len(tree.lanes))
    )
    true = leaf_distances(tree, query, subset)
    limit = np.median(true)
    visited = set(leaves_within(tree, query & counted, lambda: limit, some=some))
    assert set(np.flatnonzero(true <= limit)) <= visited


@pytest.mark.seconds
@steady
@drawn
def test_a_falling_limit_finds_all_the_nearest_patches(kind, other, count, depth, seed):
    rows, query = patches(kind, count, depth, seed), patches(other, 1, depth, seed + 1)[0]
    tree = build_tree(rows)
    distances, best, found = ((rows.astype(int) - query) ** 2).sum(axis=1), np.inf, []
    for leaf in leaves_within(tree, components(tree, query, np.ones(depth, bool)), lambda: best):  # noqa: B023
        for i in range(tree.starts[leaf], tree.starts[leaf + 1]):
            distance = squared_distance(tree.rows, i, query)
            if distance <= best:
                found = [*(found if distance == best else []), tree.patches[i]]
                best = distance
    assert best == distances.min()
    assert sorted(found) == np.flatnonzero(distances == distances.min()).tolist()


def test_squared_distances_are_exact_integers_at_their_largest():
    a, b = np.zeros(3 * 31 * 31, np.uint8), np.full(3 * 31 * 31, 255, np.uint8)
    assert squared_distance(a[None], 0, b) == squared_distance(b[None], 0, a) == len(a) * 255**2
    assert squared_distance(b[None], 0, b) == 0


def test_the_growing_of_a_tree_can_be_cancelled_between_its_levels():
    asked = []

    class Later:
        def is_set(self):
            asked.append(True)
            return len(asked) == 4

    with pytest.raises(Cancelled), Watch(None, Later()):
        build_tree(patches("smooth", 16 * LEAF, 27, 0))
    assert len(asked) == 4  # before each of four levels
