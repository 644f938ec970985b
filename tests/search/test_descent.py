"""The descent by hand: which nodes are visited, what their bounds are, and when a tree is given a rest."""

import numpy as np
import pytest

from refocuslab.search import descent
from refocuslab.search.descent import (
    SAFE_SHARE,
    SAFE_STEP,
    Trial,
    begin,
    box_bounds,
    new_stack,
    next_leaf,
    next_leaf_of_some,
    own_bounds,
    patch_bounds,
    squared_distance,
)
from refocuslab.search.kd_tree import COORDINATES, FAN, LEAF, Tree


def test_a_trial_rests_after_more_than_half_gave_up():
    trial = Trial(rest=3)
    assert trial.worth() and trial.worth()
    assert trial.judge(given_up=5, tried=10) and trial.worth()
    assert not trial.judge(given_up=6, tried=10)
    # Three shares go without the tree, the fourth enters it again.
    assert [trial.worth() for _ in range(4)] == [False, False, False, True]
    assert trial.judge(0, 1) and trial.worth()


def test_a_stack_begins_with_the_root_alone():
    stack = new_stack()
    assert stack.height.tolist() == [0]
    stack.height[0] = 7
    begin(stack)
    assert (stack.height[0], stack.nodes[0], stack.bounds[0]) == (1, 0, 0)


@pytest.mark.seconds
def test_children_beyond_the_limit_are_left_out_and_the_nearest_is_on_top():
    nodes, bounds = np.full(40, -1), np.full(40, -1, np.float32)
    nodes[0], bounds[0] = 77, 3
    found = np.array([5, 9, 2, 7, 8] + [0] * (FAN - 5), np.float32)
    top = descent._push(30, 5, 7.0, nodes, bounds, found, 1)
    assert top == 4 and nodes[0] == 77
    assert dict(zip(nodes[1:4].tolist(), bounds[1:4].tolist(), strict=True)) == {30: 5, 32: 2, 33: 7}
    assert nodes[3] == 32
    # None within the limit: nothing changes.
    assert descent._push(30, 5, 1.0, nodes, bounds, found, 4) == 4 and nodes[3] == 32


def test_the_bound_of_a_box_is_the_squared_distance_to_its_nearest_point():
    rng = np.random.default_rng(0)
    low = rng.uniform(-50, 50, (2, COORDINATES, FAN)).astype(np.float32)
    high = low + rng.uniform(0, 20, low.shape).astype(np.float32)
    point = rng.uniform(-60, 60, COORDINATES).astype(np.float32)
    found = np.empty(FAN, np.float32)
    for node in range(2):
        box_bounds(np.stack([low, high], axis=1), node, point, found)
        off = np.clip(point[:, None], low[node], high[node]).astype(float) - point[:, None]
        assert found == pytest.approx(float(SAFE_SHARE) * (off**2).sum(axis=0) - float(SAFE_STEP), rel=1e-5)


def test_the_bound_of_a_box_in_some_of_the_patchs_dimensions():
    boxes = np.zeros((1, 2, 3, FAN), np.uint8)
    boxes[0, 0], boxes[0, 1] = 100, 110
    found = np.empty(FAN, np.float32)
    # 10 below, within, and 5 above, which does not count.
    own_bounds(boxes, 0, np.array([90, 105, 115], np.uint8), np.array([255, 255, 0], np.uint8), found)
    assert found == pytest.approx(100 * SAFE_SHARE)
    own_bounds(boxes, 0, np.array([90, 105, 115], np.uint8), np.array([255, 255, 255], np.uint8), found)
    assert found == pytest.approx(125 * SAFE_SHARE)


def test_the_bounds_of_a_leafs_patches_and_when_all_are_beyond_the_limit():
    lanes = np.zeros((1, COORDINATES, LEAF), np.float32)
    lanes[0, 0] = np.arange(LEAF)  # patch i lies i from the point in the first coordinate,
    lanes[0, -1] = 3  # and 3 in the last
    point, bounds = np.zeros(COORDINATES, np.float32), np.full(LEAF, -9, np.float32)
    assert patch_bounds(lanes, 0, point, np.float32(0.0), bounds)
    expected = (np.arange(LEAF) ** 2 + 9.0) * float(SAFE_SHARE) - float(SAFE_STEP)
    assert bounds == pytest.approx(expected, rel=1e-6)
    # The first half of the coordinates is enough to rule all of them out.
    assert not patch_bounds(lanes + 50, 0, point, np.float32(1000.0), bounds)


@pytest.fixture
def tree():
    """A root with three leaves, 10, 2 and 5 from the origin along the first coordinate."""
    boxes = np.zeros((1, 2, COORDINATES, FAN), np.float32)
    boxes[0, :, 0, :3] = 10, 2, 5
    none = np.zeros(0)
    return Tree(
        first=np.array([1], np.int32), children=np.array([3], np.int32), boxes=boxes,
        starts=np.arange(4), patches=np.arange(3, dtype=np.int32), rows=np.zeros((3, 3), np.uint8),
        lanes=np.zeros((3, COORDINATES, LEAF), np.float32), mean=none, axes=np.zeros((0, COORDINATES)),
    )  # fmt: skip


LEAVES = [
    ([1000] * 4, [1, 2, 0, -1]),
    # 100 is beyond the limit from the first, or by the time that the leaf's turn comes.
    ([50] * 3, [1, 2, -1]),
    ([1000, 50, 50], [1, 2, -1]),
    ([-5], [-1]),
]


@pytest.mark.parametrize(("limits", "expected"), LEAVES)
def test_leaves_come_nearest_first_as_long_as_the_limit_reaches_them(tree, limits, expected):
    point, stack = np.zeros(COORDINATES, np.float32), new_stack()
    begin(stack)
    assert [next_leaf(tree, point, np.float32(limit), stack) for limit in limits] == expected


@pytest.mark.parametrize(("limits", "expected"), LEAVES)
def test_likewise_in_some_of_the_patchs_own_dimensions(tree, limits, expected):
    own = np.zeros((1, 2, 3, FAN), np.uint8)
    own[0, :, 1, :3] = 10, 2, 5
    own[0, :, 2, :3] = 0, 200, 0  # which does not count
    window, counted, stack = np.zeros(3, np.uint8), np.array([255, 255, 0], np.uint8), new_stack()
    begin(stack)
    found = [next_leaf_of_some(tree, own, window, counted, np.float32(limit), stack) for limit in limits]
    assert found == expected


def test_a_squared_distance_by_hand():
    rows = np.array([[0, 255, 7], [1, 2, 3]], np.uint8)
    assert squared_distance(rows, 0, np.array([255, 0, 9], np.uint8)) == 2 * 255**2 + 4
