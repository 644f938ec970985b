"""The tree's bounds are never above a true distance, and its leaves are all reached."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from refocuslab.tree import (
    COORDINATES,
    LEAF,
    build_tree,
    component_bounds,
    next_leaf,
    next_leaf_of_some,
    own_bounds,
    pairs,
    project,
    squared_distance,
)  # fmt: skip

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


def node_distances(leaves):
    """The same for every node below the root, from that of the leaves."""
    whole = np.concatenate([np.zeros_like(leaves), leaves])
    for node in range(len(leaves) - 1, 0, -1):
        whole[node] = min(whole[2 * node], whole[2 * node + 1])
    return whole[2:]


def components(tree, query, chosen):
    point = np.empty(COORDINATES, np.float32)
    project(query, tree.mean, tree.axes, chosen.astype(np.float64), point)
    return point


drawn = given(
    st.sampled_from(KINDS),
    st.sampled_from(KINDS),
    st.sampled_from([1, 15, 17, 100, 400]),
    st.sampled_from([27, 75, 147]),
    st.integers(0, 10**6),
)
steady = settings(max_examples=40, derandomize=True, database=None, deadline=None)


def check_bounds(kind, other, count, depth, seed):
    rows, query = patches(kind, count, depth, seed), patches(other, 1, depth, seed + 1)[0]
    chosen = some_of(depth, seed)
    tree = build_tree(rows, chosen)
    true = node_distances(leaf_distances(tree, query, chosen))

    point = components(tree, query, chosen)
    found = [component_bounds(pair, point) for pair in tree.pairs[1:]]
    assert (np.ravel(found) <= true).all()

    # Boxes in the patch's own dimensions serve any other subset.
    subset = some_of(depth, seed + 1)
    counted = np.where(subset, 255, 0).astype(np.uint8)
    true = node_distances(leaf_distances(tree, query, subset))
    found = [own_bounds(pair, query & counted, counted) for pair in pairs(tree.rows, tree.starts)[1:]]
    assert (np.ravel(found) <= true).all()


@steady
@drawn
def test_no_bound_is_above_a_true_distance(kind, other, count, depth, seed):
    check_bounds(kind, other, count, depth, seed)


@pytest.mark.parametrize("side", [9, pytest.param(31, marks=pytest.mark.slow)])
def test_rounding_of_the_largest_patches_is_allowed_for(side):
    # 31 x 31 pixels at opposite corners: components of 10^4, where float32 has steps of 10^-3.
    for kind, other in (("extremes", "flat"), ("flat", "extremes"), ("smooth", "extremes")):
        check_bounds(kind, other, 60, 3 * side**2, 3)


def test_a_patch_that_is_its_own_query_is_within_every_limit():
    rows = patches("grain", 200, 75, 5)
    tree = build_tree(rows)
    for leaf in range(len(tree.starts) - 1):
        for i in range(tree.starts[leaf], tree.starts[leaf + 1]):
            point = components(tree, tree.rows[i], np.ones(75, bool))
            assert leaf in leaves_within(tree, point, lambda: 0)


def test_bounds_are_worth_having():
    # Patches of two effective dimensions: a leaf's bound is most of the distance to it.
    rows, query = patches("smooth", 400, 75, 1), patches("smooth", 400, 75, 1)[7]
    tree, everything = build_tree(rows), np.ones(75, bool)
    true = leaf_distances(tree, query, everything)
    point = components(tree, query, everything)
    found = np.ravel([component_bounds(pair, point) for pair in tree.pairs[len(tree.pairs) // 2 :]])
    far = true > np.median(true)
    assert (found[far] > 0.5 * true[far]).all()


@pytest.mark.parametrize("count", [1, 7, 16, 17, 100, 1000])
def test_a_tree_holds_each_patch_once_in_small_leaves(count):
    rows = patches("few", count, 27, count)
    tree = build_tree(rows)
    sizes = np.diff(tree.starts)
    assert sorted(tree.patches) == list(range(count))
    assert np.array_equal(tree.rows, rows[tree.patches])
    assert sizes.sum() == count and sizes.max() <= LEAF and sizes.min() >= min(count, LEAF // 2)


def leaves_within(tree, point, limit, *, some=None):
    """Leaves in the order of their visit; limit() is asked anew before each. some: own pairs, counted."""
    nodes, bounds, top = np.empty(64, np.int64), np.empty(64, np.float32), 1
    nodes[0], bounds[0] = 1, 0
    while True:
        if some:
            leaf, top = next_leaf_of_some(some[0], point, some[1], np.float32(limit()), nodes, bounds, top)
        else:
            leaf, top = next_leaf(tree.pairs, point, np.float32(limit()), nodes, bounds, top)
        if leaf < 0:
            return
        yield leaf


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("count", [1, 50, 1000])
def test_without_a_limit_every_leaf_is_visited_once(kind, count):
    tree = build_tree(patches(kind, count, 75, 1))
    point = components(tree, patches("noise", 1, 75, 2)[0], np.ones(75, bool))
    order = leaves_within(tree, point, lambda: np.inf)
    assert sorted(order) == list(range(len(tree.starts) - 1))
    assert list(leaves_within(tree, point, lambda: -2)) == []


@pytest.mark.parametrize("kind", KINDS)
def test_leaves_of_some_dimensions_hold_all_that_is_near_in_these(kind):
    tree = build_tree(patches(kind, 300, 75, 1))
    query, subset = patches("noise", 1, 75, 2)[0], some_of(75, 1)
    counted = np.where(subset, 255, 0).astype(np.uint8)
    some = pairs(tree.rows, tree.starts), counted
    assert sorted(leaves_within(tree, query & counted, lambda: np.inf, some=some)) == list(
        range(len(tree.pairs))
    )
    true = leaf_distances(tree, query, subset)
    limit = np.median(true)
    visited = set(leaves_within(tree, query & counted, lambda: limit, some=some))
    assert set(np.flatnonzero(true <= limit)) <= visited


@steady
@drawn
def test_a_falling_limit_finds_all_the_nearest_patches(kind, other, count, depth, seed):
    rows, query = patches(kind, count, depth, seed), patches(other, 1, depth, seed + 1)[0]
    tree = build_tree(rows)
    distances, best, found = ((rows.astype(int) - query) ** 2).sum(axis=1), np.inf, []
    for leaf in leaves_within(tree, components(tree, query, np.ones(depth, bool)), lambda: best):  # noqa: B023
        for i in range(tree.starts[leaf], tree.starts[leaf + 1]):
            distance = squared_distance(query, tree.rows[i])
            if distance <= best:
                found = [*(found if distance == best else []), tree.patches[i]]
                best = distance
    assert best == distances.min()
    assert sorted(found) == np.flatnonzero(distances == distances.min()).tolist()


def test_squared_distances_are_exact_integers_at_their_largest():
    a, b = np.zeros(3 * 31 * 31, np.uint8), np.full(3 * 31 * 31, 255, np.uint8)
    assert squared_distance(a, b) == squared_distance(b, a) == len(a) * 255**2
    assert squared_distance(b, b) == 0
