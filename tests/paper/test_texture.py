"""The scene texture constraint on canvases that can be worked out by hand, and by brute force."""

import numpy as np
import pytest
from made_pictures import gray, noise

from refocuslab import FocusedPhoto, Method, Neighborhood, PatchLibrary
from refocuslab.optics.psf import disk
from refocuslab.paper.candidates import Candidates, find_candidates
from refocuslab.paper.canvas import start_canvas
from refocuslab.paper.texture import TextureSearch, neighborhoods


def made(image, mask, photo, count=6, size=3):
    library = PatchLibrary([FocusedPhoto(photo)], disk(3), neighborhood=size)
    found = find_candidates(library, image, mask, count)
    return library, found, start_canvas(image, mask, found, library.neighborhood)


def assign(library, canvas, pixels, known, weights, *, linear=False, fixed=None):
    if fixed is None:
        fixed = np.arange(known.shape[1]) != library.neighborhood.center
    search = TextureSearch(library, fixed=fixed, search="linear" if linear else "exact")
    search.kernel(canvas, *weights)(np.asarray(pixels), known)


def energies(library, canvas, p, known, lambda_image, lambda_texture):
    """E of each candidate of a pixel as §3.2 has it: W' is built whole for each candidate."""
    neighborhood, counted = library.neighborhood, np.repeat(known, 3)
    center = slice(3 * neighborhood.center, 3 * neighborhood.center + 3)
    window = neighborhood.windows(canvas.image, canvas.y[p : p + 1], canvas.x[p : p + 1])[0].astype(int)
    counted[center] = True
    found = []
    for value, distance in zip(canvas.values[p], canvas.distances[p], strict=True):
        window[center] = value
        texture = ((library.sharp - window)[:, counted] ** 2).sum(axis=1).min()
        found.append(lambda_image * distance + lambda_texture * texture)
    return np.array(found)


@pytest.mark.seconds
@pytest.mark.parametrize("linear", [False, True])
@pytest.mark.parametrize("size", [3, 5])
def test_the_choice_is_the_least_energy_in_any_neighborhood(linear, size):
    # Neighborhoods drawn at random, some empty, some fixed: of each the best of all candidates.
    rng = np.random.default_rng(size)
    image, mask = noise(8, 9, 1, 60, 140), np.ones((8, 9), bool)
    library, _, canvas = made(image, mask, noise(10, 11, 2, 60, 140), size=size)
    known = rng.random((72, size**2)) < rng.choice([0, 0.3, 0.7, 1], (72, 1))
    known[:, library.neighborhood.center] = False
    weights = 0.001, 0.0025
    moved = 0
    for p in range(72):
        expected = energies(library, canvas, p, known[p], *weights)
        assign(library, canvas, [p], known, weights, linear=linear)
        winner = int(expected.argmin())
        assert np.sort(expected)[1] - expected[winner] > 1e-9  # no tie, so this test may use floats
        assert np.array_equal(canvas.image.reshape(-1, 3)[p], canvas.values[p, winner])
        assert canvas.source.ravel()[p] == canvas.sources[p, winner]
        moved += winner > 0
    assert moved > 10


@pytest.mark.parametrize("linear", [False, True])
def test_where_nothing_is_known_the_nearest_candidate_stays(linear):
    # Each candidate is the center of a patch, so P_texture is 1 for all of them.
    image, mask = noise(6, 6), np.ones((6, 6), bool)
    library, found, canvas = made(image, mask, noise(8, 8, 1))
    known = np.zeros((36, 9), bool)
    assign(library, canvas, range(36), known, (1e-6, 1.0), linear=linear)
    assert np.array_equal(canvas.source.ravel(), found.sources[:, 0])


@pytest.mark.seconds
@pytest.mark.parametrize("linear", [False, True])
def test_ties_go_to_the_lowest_source_not_the_nearest(linear):
    # Without P_image, candidates 20 and 30 suit a flat surround of 25 equally.
    photo = gray([[25, 25, 25], [25, 30, 25], [25, 25, 25]])
    library = PatchLibrary(
        [FocusedPhoto(photo), FocusedPhoto(gray(np.where(photo[..., 0] == 30, 20, 25)))],
        np.ones((1, 1)), neighborhood=3)  # fmt: skip
    values = np.array([[[20] * 3, [30] * 3]], np.uint8)
    found = Candidates(values, np.array([[0, 9]]), np.array([[13, 4]]))
    mask = np.zeros((3, 3), bool)
    mask[1, 1] = True
    for weights, expected in (((0.0, 1.0), 30), ((1e-3, 1.0), 20)):
        canvas = start_canvas(gray(np.full((3, 3), 25)), mask, found, library.neighborhood)
        assign(library, canvas, [0], np.ones((1, 9), bool) & (np.arange(9) != 4), weights, linear=linear)
        assert canvas.image[1, 1].tolist() == [expected] * 3


@pytest.mark.seconds
def test_texture_may_come_from_a_patch_that_no_candidate_has():
    # The window lies 1 gray level off a patch with center 31: 30 is the candidate nearest to that.
    photo = gray([[80, 80, 80], [80, 31, 80], [80, 80, 80]])
    library = PatchLibrary([FocusedPhoto(photo)], np.ones((1, 1)), neighborhood=3)
    found = Candidates(np.array([[[50] * 3, [30] * 3]], np.uint8), np.array([[0, 400]]), np.array([[0, 1]]))
    mask = np.zeros((3, 3), bool)
    mask[1, 1] = True
    # 3 (19^2 - 1^2) = 1080 of texture against 400 of image.
    for ratio, expected in ((0.37, 50), (0.38, 30)):
        canvas = start_canvas(gray(np.full((3, 3), 80)), mask, found, library.neighborhood)
        assign(library, canvas, [0], np.ones((1, 9), bool) & (np.arange(9) != 4), (1.0, ratio))
        assert canvas.image[1, 1, 0] == expected


def test_the_symmetric_neighborhood_is_everything_but_the_center():
    mask, turn = np.ones((4, 5), bool), np.arange(20)[::-1]
    around = neighborhoods(turn, mask, Neighborhood(3), Method(order="random"), first_pass=True)
    assert (around == (np.arange(9) != 4)).all()
    causal = Method(order="scanline", causal=True)
    fixed = neighborhoods(np.arange(20), mask, Neighborhood(3), causal, first_pass=True)
    assert (fixed[6] == (np.arange(9) < 4)).all()
    # On the top row the window is reflected downwards, to pixels that come later.
    assert fixed[2].tolist() == [False, False, False, True, False, False, False, False, False]
