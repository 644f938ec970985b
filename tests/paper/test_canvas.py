"""The canvas before the first pixel is assigned, and after one is, by hand."""

import numpy as np

from refocuslab import Neighborhood
from refocuslab.paper.candidates import Candidates
from refocuslab.paper.canvas import put, start_canvas

# Two pixels of the mask, (0, 1) and (1, 0), of three candidates each.
MASK = np.array([[False, True, False], [True, False, False]])
VALUES = np.arange(18, dtype=np.uint8).reshape(2, 3, 3)
FOUND = Candidates(VALUES, np.array([[0, 4, 9], [1, 1, 2]]), np.array([[7, 5, 3], [2, 8, 6]]))


def a_canvas(photo=None):
    photo = np.full((2, 3, 3), 200, np.uint8) if photo is None else photo
    return start_canvas(photo, MASK, FOUND, Neighborhood(3))


def test_it_starts_from_the_nearest_candidates_and_from_the_photo_outside_the_mask():
    photo = np.full((2, 3, 3), 200, np.uint8)
    canvas = a_canvas(photo)
    rest, first, second = [200] * 3, [0, 1, 2], [9, 10, 11]
    assert canvas.image.tolist() == [[rest, first, rest], [second, rest, rest]]
    assert canvas.source.tolist() == [[-1, 7, -1], [2, -1, -1]]
    assert (canvas.match == -1).all() and canvas.match.shape == (2, 3)
    assert (photo == 200).all()
    assert (canvas.y.tolist(), canvas.x.tolist()) == ([0, 1], [1, 0])


def test_rows_and_columns_beyond_the_edge_are_mirrored_without_repeating_it():
    canvas = a_canvas()
    assert canvas.row.tolist() == [1, 0, 1, 0]
    assert canvas.column.tolist() == [1, 0, 1, 2, 1]
    assert canvas.offsets.tolist() == [[dy, dx] for dy in (-1, 0, 1) for dx in (-1, 0, 1)]


def test_what_is_put_is_the_value_of_the_chosen_candidate_with_its_source_and_match():
    canvas = a_canvas()
    put(canvas, np.array([1]), np.array([[2, 6, 40]]))
    assert canvas.image[1, 0].tolist() == [15, 16, 17]
    assert (canvas.source[1, 0], canvas.match[1, 0]) == (6, 40)
    # The other pixel keeps what it had.
    assert canvas.image[0, 1].tolist() == [0, 1, 2]
    assert (canvas.source[0, 1], canvas.match[0, 1]) == (7, -1)
