"""Why this pixel: the choice made again by linear search is the one that was made."""

import dataclasses

import numpy as np
import pytest

import refocuslab as rl
from refocuslab.lab.explorer.pixel import canvas_at, explain, surroundings
from refocuslab.optics.blur import blur
from refocuslab.optics.psf import disk
from refocuslab.paper.texture import neighborhoods


def scene_of(height=22, width=25):
    # A photo of few colors, so that candidates compete.
    rng = np.random.default_rng(5)
    sharp = rng.choice([20, 90, 130, 220], (height, width, 3)).astype(np.uint8)
    mask = np.zeros((height, width), bool)
    mask[2:-4, 0:-3] = True
    other = rng.choice([20, 90, 130, 220], (18, 19, 3)).astype(np.uint8)
    return rl.Scene(blur(sharp, disk(3)), mask, [rl.FocusedPhoto(other), rl.FocusedPhoto(sharp)], psf=disk(3))


SCENE = scene_of()
METHODS = [
    rl.Method(candidates=8, lambda_texture=0.002),
    rl.Method(candidates=8, causal=True, lambda_texture=0.002),
    rl.Method.scanline_texture(candidates=8, neighborhood=3),
    rl.Method(candidates=8, order="random", causal=True, passes=2),
    rl.Method(candidates=5, passes=3, neighborhood=3),
    rl.Method.image_scene(candidates=8),
    rl.Method(candidates=4, selection="kmeans", pool=30, lambda_image=1e-5, lambda_texture=1e-5),
    rl.Method(candidates=4, selection="modes", pool=30, lambda_image=0.001, order="random", passes=2),
    rl.Method(candidates=6, selection="spread", pool=30, confidence="variance", weighted=True),
    rl.Method(candidates=6, levels=2, neighborhood=3, lambda_texture=0.003),
    rl.Method(candidates=6, levels=3, neighborhood=3, weighted=True, causal=True, passes=2),
]
MEANS = ("kmeans", "modes")


@pytest.fixture(scope="module", params=METHODS, ids=range(len(METHODS)))
def made(request):
    method = request.param
    before = None
    if method.passes > 1:
        before = rl.refocus(SCENE, dataclasses.replace(method, passes=method.passes - 1))
    return rl.refocus(SCENE, method), before


@pytest.mark.seconds
def test_the_winner_is_what_the_result_took(made):
    result, _ = made
    for y, x in np.argwhere(SCENE.mask)[::7]:
        pixel = explain(SCENE, result, int(y), int(x))
        assert pixel.winner == pixel.chosen
        assert np.array_equal(pixel.values[pixel.chosen], pixel.value)
        assert np.array_equal(pixel.value, result.image[y, x])


@pytest.mark.seconds
def test_candidates_distances_and_shares_are_those_of_the_api(made):
    result, _ = made
    number = 130
    y, x = np.argwhere(SCENE.mask)[number]
    pixel = explain(SCENE, result, int(y), int(x))
    assert np.array_equal(pixel.values, result.candidates.values[number])
    assert np.array_equal(pixel.sources, result.candidates.sources[number])
    assert np.array_equal(pixel.image_distances, result.candidates.distances[number])
    method = result.method
    for k, source in enumerate(pixel.sources):
        assert pixel.places[k] == result.library.position(source)
        off = pixel.blurred[k].astype(int) - pixel.query
        middle = len(pixel.query) // 2
        if method.selection not in MEANS:
            assert (off**2).sum() == pixel.image_distances[k]
            assert np.array_equal(pixel.sharp[k][middle, middle], pixel.values[k])
        # The patch that fits best has the distance that is told.
        wanted = pixel.window.astype(int)
        wanted[middle, middle] = pixel.values[k]
        counts = pixel.weights * pixel.counted
        counts[middle, middle] = pixel.whole
        told = (counts[..., None] * (pixel.texture[k] - wanted) ** 2).sum()
        assert (
            (told == pixel.texture_distances[k])
            if method.levels == 1
            else (told <= pixel.texture_distances[k])
        )
        assert (pixel.above is not None) == (method.levels > 1)
    for share in (pixel.p_image, pixel.p_texture, pixel.product):
        assert share.sum() == pytest.approx(1)
    if method.confidence == "share":
        assert pixel.p_image[0] == pytest.approx(result.confidence[y, x], abs=1e-6)
    product = pixel.p_image * pixel.p_texture
    assert pixel.product == pytest.approx(product / product.sum())


@pytest.mark.seconds
def test_neighbors_are_counted_as_the_method_counts_them(made):
    result, _ = made
    method, neighborhood = result.method, result.library.neighborhood
    turn = result.order[SCENE.mask]
    known = neighborhoods(turn, SCENE.mask, neighborhood, method, first_pass=method.passes == 1)
    for number in range(0, len(turn), 11):
        y, x = np.argwhere(SCENE.mask)[number]
        pixel = explain(SCENE, result, int(y), int(x))
        assert np.array_equal(pixel.counted.ravel(), known[number])
        assert pixel.turn == turn[number] and pixel.turns == len(turn)
        rows, columns = neighborhood.positions([y], [x], SCENE.mask.shape)
        for holds, row, column in zip(pixel.holds, rows[0], columns[0], strict=True):
            if holds == "assigned":
                assert result.order[row, column] < pixel.turn and SCENE.mask[row, column]
            elif holds == "photo":
                assert not SCENE.mask[row, column]
            elif holds == "stand-in":
                assert result.order[row, column] >= pixel.turn


@pytest.mark.seconds
def test_the_canvas_goes_from_the_nearest_candidates_to_the_result(made):
    result, before = made
    n = int(SCENE.mask.sum())
    assert np.array_equal(canvas_at(SCENE, result, n), result.image)
    if result.method.selection == "kmeans":
        assert (result.library.centers[result.source[SCENE.mask]] != result.image[SCENE.mask]).any()
    start = canvas_at(SCENE, result, 0)
    if before is None:
        assert np.array_equal(start[SCENE.mask], result.candidates.values[:, 0])
    else:
        assert np.array_equal(start, before.image)
        # The state between two passes is the end of one and the beginning of the next.
        assert len(result.earlier) == result.method.passes - 1
        assert np.array_equal(canvas_at(SCENE, result, n, -2), before.image)
        first = dataclasses.replace(result.method, passes=1)
        assert np.array_equal(canvas_at(SCENE, result, n, 0), rl.refocus(SCENE, first).image)


def test_what_cannot_be_explained_is_refused():
    result = rl.refocus(SCENE, METHODS[4])
    for y, x in ((0, 0), (-1, 3), (40, 3)):
        with pytest.raises(rl.RefocusError, match="pixel must lie inside the mask"):
            explain(SCENE, result, y, x)


def test_surroundings_stay_in_the_photo():
    image = np.arange(50 * 60 * 3, dtype=np.uint8).reshape(50, 60, 3)
    for y, x in ((0, 0), (25, 30), (49, 59)):
        square, at_y, at_x = surroundings(image, y, x)
        assert square.shape == (33, 33, 3) and np.array_equal(square[at_y, at_x], image[y, x])
    assert surroundings(image[:20], 3, 50)[0].shape == (20, 20, 3)
