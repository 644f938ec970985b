"""When a warp is of use to wide patches, and when it is not."""

import numpy as np
import pytest

from refocuslab import FocusedPhoto, Scene, disk, load_scene
from refocuslab.paper.candidates import find_candidates
from refocuslab.registration import parallax
from refocuslab.registration.parallax import warp_is_needless
from refocuslab.registration.register import register
from refocuslab.registration.warp import change_view


@pytest.fixture(scope="module")
def perturbed():
    """Real parallax: both photos of a stereo pair."""
    return load_scene("motorcycle-perturbed")


def middle(scene, side):
    edge = (300 - side) // 2
    crop = np.s_[edge : edge + side, edge : edge + side]
    focused = [FocusedPhoto(photo.image[crop], photo.mask[crop]) for photo in scene.focused]
    photos = {name: getattr(scene, name)[crop] for name in ("misfocused", "mask", "truth")}
    return scene.replace(focused=focused, **photos)


def turned(photo, degrees):
    angle, middle = np.deg2rad(degrees), photo.mask.shape[1] / 2
    there = np.array([[1, 0, middle], [0, 1, middle], [0, 0, 1]])
    turn = np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]])
    matrix = there @ turn @ np.linalg.inv(there)
    mask = change_view(np.repeat(photo.mask[..., None], 3, axis=2).astype(np.uint8) * 255, matrix)
    return FocusedPhoto(change_view(photo.image, matrix), mask[..., 0] > 127)


@pytest.mark.slow
def test_where_parallax_is_left_the_photo_is_not_warped(perturbed):
    registered = register(perturbed, flow=False)
    (match,), (photo,), (given,) = registered.matches, registered.scene.focused, perturbed.focused
    assert match.trusted and match.model == "none"
    np.testing.assert_array_equal(match.matrix, np.eye(3))
    assert "parallax" in match.note
    np.testing.assert_array_equal(photo.mask, given.mask)
    # It is lit a little differently, and not moved.
    difference = photo.image.astype(float) - given.image
    assert np.abs(difference).max() < 8 and np.abs(match.gain - 1).max() > 0.01


@pytest.mark.slow
def test_the_flow_for_small_patches_is_not_touched_by_that(perturbed):
    assert register(perturbed).matches[0].model == "flow"


@pytest.mark.slow
def test_a_turned_photo_is_warped_whatever_parallax_it_leaves(perturbed):
    given = perturbed.replace(focused=[turned(perturbed.focused[0], 25)])
    (match,) = register(given, flow=False).matches
    assert match.trusted and match.model != "none"


@pytest.mark.seconds
@pytest.mark.parametrize("side", [150, pytest.param(300, marks=pytest.mark.slow)])
def test_a_photo_is_as_near_as_itself_and_nearer_than_one_turned_away(perturbed, side):
    scene = middle(perturbed, side)
    given = scene.focused[0]
    assert warp_is_needless(scene, given, given, light="linear")
    assert not warp_is_needless(scene, given, turned(given, 90), light="linear")
    assert warp_is_needless(scene, turned(given, 90), given, light="linear")


@pytest.mark.seconds
def test_of_a_large_mask_no_more_pixels_are_asked_for(monkeypatch):
    photo = FocusedPhoto(np.zeros((500, 700, 3), np.uint8))
    scene = Scene(photo.image, None, [photo], psf=disk(1))
    asked = []

    def find(library, image, mask, count):
        asked.append(mask.sum())
        return find_candidates(library, image, np.indices(mask.shape).sum(axis=0) == 0, count)

    monkeypatch.setattr(parallax, "find_candidates", find)
    assert warp_is_needless(scene, photo, photo, light="linear")
    assert len(asked) == 2 and all(8_000 < number <= 10_000 for number in asked)


def test_photos_too_small_to_compare_are_warped(perturbed):
    tiny = FocusedPhoto(perturbed.focused[0].image[:8, :8])
    assert not warp_is_needless(perturbed, perturbed.focused[0], tiny, light="linear")
