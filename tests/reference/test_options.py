"""What the oracle has beyond the paper, by hand: confidences, weights, and the levels of a pyramid."""

import math

import numpy as np
import pytest
from made_pictures import gray

from refocuslab import FocusedPhoto, Method
from refocuslab.reference import options
from refocuslab.reference.records import Candidates, Level, Made, Reference

E = math.exp(-1)
STEP = 2.0**-24


def candidates(values, distances):
    distances = np.array([distances])
    return Candidates(np.array([values], np.uint8), distances, np.zeros_like(distances))


@pytest.mark.parametrize(
    ("confidence", "reds", "distances", "expected"),
    [
        ("share", [0, 10, 200], [7, 7, 7], 1 / 3),
        ("share", [0, 10], [7, 8], 1 / (1 + E)),
        # The color expected to be 10^2 off, with odds of E to 1; half of all confidence goes at 10 levels.
        ("variance", [0, 10], [7, 8], 1 / (1 + E / (1 + E))),
        ("variance", [0, 20], [7, 7], 1 / (1 + 0.5 * 4)),
        # Another color is one at least 16 levels off.
        ("ratio", [0, 15], [7, 7], 1),
        ("ratio", [0, 16, 90], [7, 8, 9], 1 - E),
        ("entropy", [0, 10], [7, 7], 0),
        ("entropy", [0, 10], [7, 10**6], 1),
        ("entropy", [0], [7], 1),
        (
            "entropy",
            [0, 10, 20],
            [7, 8, 8],
            1 - (math.log(1 + 2 * E) + 2 * E / (1 + 2 * E)) / math.log(3),
        ),
    ],
)
def test_confidence(confidence, reds, distances, expected):
    found = candidates([[red, 0, 0] for red in reds], distances)
    (sure,) = options.certainty(found, Method(confidence=confidence, lambda_image=1.0))
    assert sure == pytest.approx(expected, abs=STEP)
    assert sure * 2**24 == round(sure * 2**24)


def test_a_pixel_counts_thirds_of_its_confidence_rounded_up():
    confidence = np.array([[0.0, 0.3, 0.34], [0.67, 1.0, np.nan]])
    assert options.counts(confidence, Method(weighted=True)).tolist() == [[1, 1, 2], [3, 3, 3]]
    assert options.counts(confidence, Method()).tolist() == [[1, 1, 1]] * 2


def test_a_mask_is_halved_to_all_that_it_touches():
    mask = np.zeros((3, 5), bool)
    mask[0, 1] = mask[2, 4] = True
    assert options.halved(mask).tolist() == [[True, False, False], [False, False, True]]


def level(levels):
    photo, mask = gray(levels), np.zeros(np.shape(levels), bool)
    mask[0, 0] = True
    return Level(photo, mask, [FocusedPhoto(photo)], [photo])


def test_levels_come_coarsest_first_and_a_pixel_is_the_mean_of_four():
    finest = level([[10, 30, 90, 90], [20, 40, 90, 90], [0, 0, 8, 8], [0, 0, 8, 8]])
    method = Method(levels=2, light="encoded", lambda_texture=1)
    coarser, same = options.pyramid(finest, method)
    assert same is finest
    for photo in (coarser.misfocused, coarser.focused[0].image, coarser.seen[0]):
        assert photo.tolist() == gray([[25, 90], [0, 8]]).tolist()
    assert coarser.mask.tolist() == [[True, False], [False, False]]
    assert coarser.focused[0].mask.all()
    # Without texture there is nothing that a coarser level could tell.
    assert options.pyramid(finest, Method(levels=2, lambda_texture=0)) == [finest]


def test_a_square_is_mirrored_at_the_edges():
    photo = gray([[0, 1, 2], [3, 4, 5], [6, 7, 8]])
    assert options.square(photo, 1, 1)[::3].tolist() == list(range(9))
    assert options.square(photo, 0, 2)[::3].tolist() == [4, 5, 4, 1, 2, 1, 4, 5, 4]


def test_above_lie_the_squares_at_half_the_row_and_column():
    coarse = gray([[0, 1], [2, 3]])
    made = Reference(10 + coarse, *[None] * 7)
    weights = np.array([[1, 2], [3, 1]])
    photo = FocusedPhoto(gray(np.zeros((4, 4))), np.arange(16).reshape(4, 4) == 7)
    mask = np.zeros((4, 4), bool)
    mask[3, 1] = True
    found = options.above(mask, [photo], Made(made, weights, Level(coarse, mask, [FocusedPhoto(coarse)], [])))
    # The one patch, at (1, 3), lies below (0, 1); the pixel, (3, 1), below (1, 0).
    assert found.of_patches[:, ::3].tolist() == [[2, 3, 2, 0, 1, 0, 2, 3, 2]]
    assert found.of_pixels[:, ::3].tolist() == [[11, 10, 11, 13, 12, 13, 11, 10, 11]]
    assert found.weights[:, ::3].tolist() == [[2, 1, 2, 1, 3, 1, 2, 1, 2]]
    assert options.above(mask, [photo], None) is None
