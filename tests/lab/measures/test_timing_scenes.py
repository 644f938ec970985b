"""Scenes to measure on: whole, of the size asked for, the same each time, and no two tiles alike."""

import numpy as np
import pytest

from refocuslab.lab.measures import timing_scenes


@pytest.mark.slow
def test_a_large_photo_is_the_same_each_time_and_no_tile_comes_twice():
    photo = timing_scenes.large_photo(1000)
    assert photo.shape == (1000, 1000, 3) and photo.dtype == np.uint8
    assert np.array_equal(photo, timing_scenes.large_photo(1000))
    tiles = [photo[y : y + 500, x : x + 500] for y in (0, 500) for x in (0, 500)]
    means = [tile.mean(axis=(0, 1)) for tile in tiles]
    for i, one in enumerate(means):
        assert tiles[i].std() > 10
        assert all(np.abs(one - other).max() > 1 for other in means[:i])


@pytest.mark.seconds
def test_a_shot_has_noise_of_its_own_in_each_photo_and_every_pixel_in_the_mask():
    scene = timing_scenes.shot(timing_scenes.large_photo(64))
    assert scene.mask.all() and scene.focused[0].mask.all()
    off = scene.focused[0].image.astype(int) - scene.truth
    assert 0.5 < off.std() < 1.5


@pytest.mark.seconds
def test_a_shipped_scene_is_taken_whole():
    scene = timing_scenes.whole("motorcycle")
    assert scene.mask.all() and scene.focused[0].mask.all() and scene.mask.shape == (300, 300)


def test_grain_is_gray_with_noise():
    scene = timing_scenes.grain(40)
    assert abs(scene.misfocused.mean() - 128) < 0.5 and 1.5 < scene.misfocused.std() < 2.5


def test_middle_keeps_to_the_mask():
    mask = np.ones((20, 30), bool)
    mask[:, :15] = False
    square = timing_scenes.middle(mask, 10)
    assert square.sum() == 10 * 5 and square[5:15, 15:20].all()
