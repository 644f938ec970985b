"""The mask that is painted: what strokes and outlines cover, and that each can be taken back."""

from itertools import pairwise

import numpy as np
import pytest

from refocuslab.errors import RefocusError
from refocuslab.lab.widgets.painting import MOST_CHANGES, Painting
from refocuslab.pictures.polygons import polygon_mask

SHAPE = (40, 60)


def distance_to_line(points, shape=SHAPE) -> np.ndarray:
    """Of each pixel from the nearest point of a line, one pixel at a time."""
    far = np.full(shape, np.inf)
    points = np.asarray(points, float)
    ends = list(pairwise(points)) or [(points[0], points[0])]
    for y in range(shape[0]):
        for x in range(shape[1]):
            for a, b in ends:
                along = b - a
                t = np.clip(np.dot([x, y] - a, along) / max(np.dot(along, along), 1e-12), 0, 1)
                far[y, x] = min(far[y, x], np.hypot(*(a + t * along - [x, y])))
    return far


@pytest.mark.seconds
@pytest.mark.parametrize("points", [[[20, 15]], [[5, 5], [50, 30]], [[10, 30], [30, 8], [55, 35], [12, 12]]])
@pytest.mark.parametrize("radius", [1.5, 4, 9.3])
def test_a_stroke_covers_what_lies_within_its_radius(points, radius):
    painting = Painting(np.zeros(SHAPE, bool))
    painting.stroke(points, radius)
    far = distance_to_line(points)
    assert np.array_equal(painting.mask, far <= radius)


def test_the_eraser_takes_away_what_the_brush_would_paint():
    painted = Painting(np.zeros(SHAPE, bool))
    painted.stroke([[5, 5], [50, 30]], 4)
    erased = Painting(np.ones(SHAPE, bool))
    erased.stroke([[5, 5], [50, 30]], 4, erase=True)
    assert np.array_equal(erased.mask, ~painted.mask)


def test_an_outline_is_the_polygon_whatever_part_of_it_lies_outside():
    corners = [[-10, 5], [30, -8], [70, 20], [25, 50]]
    painting = Painting(np.zeros(SHAPE, bool))
    painting.outline(corners)
    assert np.array_equal(painting.mask, polygon_mask(SHAPE, [corners]))
    painting.outline([[10, 10], [20, 10], [20, 20], [10, 20]], erase=True)
    assert not painting.mask[11:20, 11:20].any() and painting.mask[15, 30]


@pytest.mark.parametrize("points", [[[-50, -50]], [[200, 5], [300, 9]], [[1e6, -1e6], [1e6, 1e6]]])
def test_a_stroke_beside_the_photo_changes_nothing_and_is_nothing_to_take_back(points):
    painting = Painting(np.zeros(SHAPE, bool))
    painting.stroke(points, 5)
    assert not painting.mask.any() and painting.steps == (0, 0)


def test_a_stroke_that_would_take_long_is_refused():
    painting = Painting(np.zeros((3000, 4000), bool))
    points = np.random.default_rng(0).uniform(0, 3000, (4000, 2)).tolist()
    with pytest.raises(RefocusError, match="must be shorter or thinner"):
        painting.stroke(points, 500)
    assert painting.steps == (0, 0)


def test_every_change_can_be_taken_back_and_made_again():
    rng = np.random.default_rng(0)
    proposed = rng.random(SHAPE) < 0.5
    painting, seen = Painting(proposed), [proposed]
    for number in range(12):
        points = rng.uniform(-5, 60, (3, 2)).tolist()
        if number % 4 == 3:
            painting.fill(("everything", "nothing", "the rest")[number // 4])
        elif number % 2:
            painting.outline(points, erase=number % 4 == 1)
        else:
            painting.stroke(points, 6, erase=number % 4 == 2)
        if not np.array_equal(painting.mask, seen[-1]):
            seen.append(painting.mask)
    assert painting.steps == (len(seen) - 1, 0) and len(seen) > 8
    for before in seen[-2::-1]:
        assert painting.undo() and np.array_equal(painting.mask, before)
    assert not painting.undo()
    for after in seen[1:]:
        assert painting.redo() and np.array_equal(painting.mask, after)
    assert not painting.redo()


def test_a_new_change_forgets_what_was_taken_back():
    painting = Painting(np.zeros(SHAPE, bool))
    painting.stroke([[5, 5]], 3)
    painting.undo()
    painting.stroke([[30, 30]], 3)
    assert painting.steps == (1, 0) and not painting.redo()


def test_as_many_changes_as_are_kept():
    painting = Painting(np.zeros(SHAPE, bool))
    for _ in range(MOST_CHANGES + 7):
        painting.fill("the rest")
    assert painting.steps == (MOST_CHANGES, 0)


def test_a_mask_that_was_handed_on_stays_as_it_was():
    painting = Painting(np.zeros(SHAPE, bool))
    painting.stroke([[5, 5]], 3)
    handed, copy = painting.mask, painting.mask.copy()
    painting.fill("everything")
    painting.undo()
    painting.stroke([[20, 20]], 3)
    assert np.array_equal(handed, copy)


def test_back_to_the_proposal():
    proposed = np.zeros(SHAPE, bool)
    proposed[10:20, 10:30] = True
    painting = Painting(proposed)
    painting.stroke([[40, 30]], 5)
    painting.fill("the proposal")
    assert np.array_equal(painting.mask, proposed)
    assert painting.undo() and painting.mask[30, 40]
