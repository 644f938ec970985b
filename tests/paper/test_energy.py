"""The energy that the chosen candidate minimizes, by hand and by its formula (§2.2, §3.2)."""

import numpy as np
import pytest

from refocuslab import FocusedPhoto, Neighborhood, PatchLibrary
from refocuslab.paper.candidates import Candidates
from refocuslab.paper.canvas import start_canvas
from refocuslab.paper.energy import Energy, Factors, Patches, nothing_weighed, reach, suggestions, weigh

# A photo of 4 x 5 pixels whose every pixel is a patch: patch 5 y + x is centered at (y, x).
PHOTO = np.random.default_rng(0).integers(0, 256, (4, 5, 3), dtype=np.uint8)
LIBRARY = PatchLibrary([FocusedPhoto(PHOTO)], np.ones((1, 1)), neighborhood=3)
GRID = LIBRARY.grid
PATCHES = Patches(LIBRARY.sharp, LIBRARY.centers, GRID.index_at, GRID.place, GRID.stride)


def canvas_of(values, distances, sources, shape=(3, 3), at=(1, 1)):
    """A canvas with one pixel in its mask."""
    mask = np.zeros(shape, bool)
    mask[at] = True
    found = Candidates(np.array([values], np.uint8), np.array([distances]), np.array([sources]))
    return start_canvas(np.zeros((*shape, 3), np.uint8), mask, found, Neighborhood(3))


def weighed(canvas, factors, *patches):
    """The least energy and the choice, after patches (d(v), v) in their order."""
    best = nothing_weighed(1)
    for distance, patch in patches:
        weigh(distance, patch, Energy(canvas, PATCHES, factors), 0, best, 0)
    return best.energy[0], best.choice[0].tolist()


def test_before_anything_is_weighed_all_is_better():
    best = nothing_weighed(2)
    assert best.energy.tolist() == [np.inf, np.inf]
    assert best.choice.tolist() == [[-1, -1, -1]] * 2


@pytest.mark.seconds
@pytest.mark.parametrize("center", [1, 3])
def test_the_least_energy_is_that_of_the_formula_over_candidates_and_patches(center):
    rng = np.random.default_rng(center)
    values = rng.integers(0, 256, (4, 3))
    distances, sources = np.sort(rng.integers(0, 40_000, 4)), np.array([3, 19, 8, 1])
    canvas = canvas_of(values, distances, sources)
    factors = Factors(0.4, 0.7, center)
    some = [(int(rng.integers(0, 30_000)), patch) for patch in range(20)]
    terms = {
        0.4 * distances[k]
        + 0.7 * (d + center * ((PHOTO.reshape(-1, 3)[v].astype(int) - values[k]) ** 2).sum()): (k, v)
        for d, v in some
        for k in range(4)
    }
    energy, choice = weighed(canvas, factors, *some)
    assert energy == pytest.approx(min(terms), rel=1e-12)
    k, v = terms[min(terms)]
    assert choice == [k, sources[k], v]


def test_equal_energies_go_to_the_lower_source_whichever_is_weighed_first():
    # Candidate 0, 6 levels from patch 12's center, and candidate 1, nothing from it but 36 from U.
    center = PHOTO[2, 2].astype(int)
    off = np.array([6 if center[0] < 128 else -6, 0, 0])
    for sources, expected in (([9, 4], [1, 4, 12]), ([4, 9], [0, 4, 12])):
        canvas = canvas_of([center + off, center], [0, 36], sources)
        assert weighed(canvas, Factors(1.0, 1.0, 1), (5, 12)) == (41.0, expected)


def test_a_patch_that_cannot_win_changes_nothing():
    canvas = canvas_of([[0, 0, 0]], [10], [0])
    center = int((PHOTO[0, 0].astype(int) ** 2).sum())
    first = weighed(canvas, Factors(2.0, 1.0, 1), (3, 0))
    assert first == (20 + 3 + center, [0, 0, 0])
    assert weighed(canvas, Factors(2.0, 1.0, 1), (3, 0), (4 + center, 7)) == first


@pytest.mark.parametrize(
    ("least", "nearest", "image", "texture", "expected"),
    [(100.0, 10, 2.0, 4.0, 21.0), (20.0, 10, 2.0, 4.0, 1.0), (101.0, 10, 2.0, 4.0, 21.0)],
)
def test_the_reach_is_the_texture_distance_that_is_left_rounded_up(least, nearest, image, texture, expected):
    # (100 - 2 * 10) / 4 = 20, and 20 + 1 > 20 itself; (101 - 20) / 4 = 20.25.
    assert reach(least, nearest, Factors(image, texture, 1)) == expected
    assert expected > (least - image * nearest) / texture


def test_a_texture_factor_that_vanishes_reaches_every_patch():
    assert reach(1.0, 0, Factors(1.0, 5e-324, 1)) == np.inf
    assert reach(np.inf, 3, Factors(1.0, 1.0, 1)) == np.inf


@pytest.mark.seconds
def test_neighbors_suggest_their_own_patches_one_step_back_then_come_the_candidates():
    canvas = canvas_of([[1, 1, 1], [2, 2, 2]], [0, 1], [19, 0])
    # The pixel to the left came from (1, 1), patch 6, so (1, 2), patch 7, is suggested; the one above
    # matched (2, 3), patch 13, so (3, 3), patch 18. The one below came from (0, 4): one row up is none.
    canvas.source[1, 0], canvas.match[0, 1], canvas.source[2, 1] = 6, 13, 4
    # One that suggests patch 7 again adds nothing.
    canvas.match[1, 0] = 6
    # The pixel itself came from its nearest candidate, 19, which is found in its turn of the window.
    found = np.full(2 * 9 + 2, -9)
    count = suggestions(canvas, PATCHES, 0, found)
    assert found[:count].tolist() == [18, 7, 19, 19, 0]
    assert (found[count:] == -9).all()


def test_beyond_the_edge_nothing_suggests():
    canvas = canvas_of([[1, 1, 1]], [0], [19], shape=(1, 1), at=(0, 0))
    found = np.empty(2 * 9 + 1, np.int64)
    assert found[: suggestions(canvas, PATCHES, 0, found)].tolist() == [19, 19]
