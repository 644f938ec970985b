"""Measures on pictures made to have, or not to have, errors, grain, small features and bleeding."""

from types import SimpleNamespace

import numpy as np
import pytest
from made_pictures import gray, noise

from refocuslab.errors import RefocusError
from refocuslab.evaluation.metrics import Score
from refocuslab.lab.measures import picture_measures


def test_a_measure_against_the_truth_needs_one():
    scene = SimpleNamespace(truth=None, name="own")
    with pytest.raises(RefocusError, match=r"^scene must have a truth, which .*; got own$"):
        picture_measures.error(noise(40, 50), scene)
    with pytest.raises(RefocusError, match=r"^scene must have a truth"):
        picture_measures.psnr_of(Score(None, None, 1.0))


def test_errors_by_hand(a_scene):
    scene = a_scene(gray(np.full((4, 4), 100)))
    image = scene.truth.copy()
    image[0, 0] = 100, 70, 110
    image[1, 1] = 124
    assert picture_measures.error(image, scene)[:2, :2].tolist() == [[30, 0], [0, 24]]
    where = np.arange(16).reshape(4, 4) == 0
    assert picture_measures.rms(image, scene, where) == pytest.approx(np.sqrt(1000 / 3))
    assert picture_measures.gross(image, scene) == 1 / 16  # 24 is not yet gross
    scene.mask = where
    assert picture_measures.gross(image, scene) == 1


def test_contrast_and_grain_of_known_pictures(inner):
    flat, board = np.full((12, 12), 90), np.full((12, 12), 90)
    board[::2, ::2] += 40
    everywhere, middle = np.ones((12, 12), bool), inner(12, 12, 3)
    assert (picture_measures.contrast(gray(flat)) < 1e-3).all() and picture_measures.grain(
        gray(flat), everywhere
    ) == 0
    # A pixel in four stands out: the median takes it away, and 9 or 6 or 4 of 25 are in a window.
    assert picture_measures.grain(gray(board), middle) == pytest.approx(np.sqrt(1600 * 9 / 36))
    spread = picture_measures.contrast(gray(board))[6, 6]
    assert spread == pytest.approx(40 * np.sqrt(9 / 25 * 16 / 25))


def test_shares_of_the_mask(inner):
    values, mask = np.random.default_rng(0).random((20, 20)), inner(20, 20, 5)
    low, high = picture_measures.lowest(values, mask, 0.1), picture_measures.highest(values, mask, 0.1)
    for some, sign in ((low, 1), (high, -1)):
        assert some.sum() == 10 and mask[some].all()
        assert (sign * values)[some].max() <= (sign * values)[mask & ~some].min()


@pytest.mark.parametrize(("axis", "by"), [(1, 2), (0, 2), (1, 4), (0, 1)])
def test_a_picture_shifted_along_the_scan_has_bled(axis, by, a_scene, inner):
    scene = a_scene(noise(40, 50), inner())
    forward, backward = np.roll(scene.truth, by, axis), np.roll(scene.truth, -by, axis)
    before, after = picture_measures.bleeding(forward, scene)
    assert before > 0.95 and after < 0.01
    assert (
        picture_measures.bleeding(backward, scene)[1] > 0.95
        and picture_measures.bleeding(backward, scene)[0] < 0.01
    )
    assert picture_measures.bleeding(scene.truth, scene) == (0, 0)


def test_what_is_wrong_but_from_nowhere_near_has_not_bled(a_scene, inner):
    scene = a_scene(noise(40, 50, low=0, high=100), inner())
    assert sum(picture_measures.bleeding(np.full_like(scene.truth, 255), scene)) == 0


@pytest.mark.parametrize("axis", [0, 1])
def test_nothing_bleeds_round_the_edge_of_the_photo(axis, a_scene):
    # The last column is white; a white first column did not come from there.
    truth = np.zeros((10, 10))
    truth[:, -1] = 255
    image = truth.copy()
    image[:, 0] = 255
    if axis == 0:
        truth, image = truth.T, image.T
    assert picture_measures.bleeding(gray(image), a_scene(gray(truth))) == (0, 0)
    assert picture_measures.bleeding(gray(image[::-1, ::-1]), a_scene(gray(truth[::-1, ::-1]))) == (0, 0)


def test_small_features_are_kept_lost_or_turned_round(a_scene, dots, inner):
    scene = a_scene(dots(), inner())
    assert picture_measures.details_kept(scene.truth, scene) == 1
    assert picture_measures.details_kept(gray(np.full((40, 50), 100)), scene) == 0
    assert picture_measures.details_kept(200 - scene.truth, scene) == 0
    bright = np.maximum(scene.truth, 100)
    kept = (scene.truth[..., 0] > 100)[scene.mask].sum() / (scene.truth[..., 0] != 100)[scene.mask].sum()
    assert picture_measures.details_kept(bright, scene) == pytest.approx(kept)
    weak = (100 + (scene.truth.astype(int) - 100) * 0.4).astype(np.uint8)
    assert picture_measures.details_kept(weak, scene) == 0
    assert np.isnan(picture_measures.details_kept(scene.truth, a_scene(gray(np.full((40, 50), 100)))))
