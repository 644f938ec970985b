"""Own places, errors by confidence, and what lies at the edges."""

import numpy as np
import pytest

import refocuslab as rl
from refocuslab.lab.measures.right_patches import at_the_edge, by_confidence, own_place
from refocuslab.optics.blur import blur
from refocuslab.optics.psf import disk


@pytest.fixture(scope="module")
def scene():
    truth = np.random.default_rng(0).integers(0, 256, (30, 36, 3), np.uint8)
    mask = np.zeros((30, 36), bool)
    mask[2:28, 3:34] = True
    return rl.Scene(blur(truth, disk(3)), mask, [rl.FocusedPhoto(truth, mask)], psf=disk(3), truth=truth)


def refocused(scene):
    return rl.Refocuser(scene).refocus(rl.Method.image_scene(candidates=4))


def test_from_the_very_photo_every_pixel_finds_its_own_place(scene):
    result = refocused(scene)
    assert own_place(scene, result).all()
    parts = by_confidence(scene, result)
    assert len(parts) == 4
    assert [part.confidence for part in parts] == sorted(part.confidence for part in parts)
    assert all(part.own == 1 and part.error == 0 and np.isnan(part.error_elsewhere) for part in parts)


def test_from_a_moved_photo_none_does_and_the_error_is_that_of_the_others(scene):
    photo = scene.focused[0]
    moved = rl.FocusedPhoto(np.roll(photo.image, 1, axis=1), np.roll(photo.mask, 1, axis=1))
    result = refocused(scene.replace(focused=[moved]))
    assert own_place(scene, result).mean() < 0.1
    for part in by_confidence(scene.replace(truth=255 - scene.truth), result, parts=3):
        assert part.own < 0.2 and part.error > 50
        assert part.error_elsewhere == pytest.approx(part.error, rel=0.2)


def test_what_is_wrong_at_the_edge_is_told_from_what_is_wrong_within(scene):
    image = scene.truth.copy()
    assert np.isnan(at_the_edge(image, scene)[0])
    for place in ((2, 3), (15, 18)):
        image[place] = np.where(image[place] > 127, 0, 255)
    wrong, everywhere = at_the_edge(image, scene, 6)
    assert wrong == 0.5
    assert everywhere == 1 - (26 - 12) * (31 - 12) / (26 * 31)
