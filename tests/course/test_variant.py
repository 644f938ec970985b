"""Variants: the same for a name however it is written, another for each, and never degenerate."""

import numpy as np
import pytest

from refocuslab import FocusedPhoto, RefocusError, Scene, disk, scene_names
from refocuslab.course.variant import DIAMETERS, SCENES, crop, variant

KNOWN, PLACE = (4082288147, "motorcycle-perturbed", 434, 13), (0.3661417069200854, 0.7027797930530598)
MANY = [variant(f"student {n}", "e01") for n in range(400)]


def test_a_name_draws_the_same_however_it_is_written():
    assert variant("Zo\u00eb ", "e06") == variant("zoe\u0308", "e06")
    assert variant("ada", "e06") != variant("ada", "e07") != variant("ada", "e07", draw=1)


def test_a_known_name_draws_what_it_drew_when_this_was_written():
    # Copies have been handed out: a change here would give every student another variant.
    one = variant("ada", "e06")
    assert (one.seed, one.scene, one.noise, one.diameter) == KNOWN
    assert one.place == pytest.approx(PLACE)


def test_every_value_occurs_and_none_is_out_of_range():
    assert {one.scene for one in MANY} == set(SCENES) == set(scene_names())
    assert {one.diameter for one in MANY} == set(DIAMETERS)
    assert len({one.seed for one in MANY}) == len(MANY)
    assert all(0 not in one.shift and max(map(abs, one.shift)) <= 6 for one in MANY)
    assert all(0.55 <= one.exposure <= 0.8 or 1.25 <= one.exposure <= 1.7 for one in MANY)
    assert all(2 <= abs(one.yaw) <= 6 for one in MANY)
    assert {one.yaw > 0 for one in MANY} == {one.exposure > 1 for one in MANY} == {True, False}
    assert all(0 <= one.place[k] < 1 for one in MANY for k in (0, 1))


@pytest.mark.parametrize("student", ["x" * 101, 7, None, "\ud800"])
def test_a_bad_name_is_refused(student):
    with pytest.raises(RefocusError, match="student must"):
        variant(student, "e01")


@pytest.fixture(scope="module")
def scene():
    rng = np.random.default_rng(3)
    photo = rng.integers(0, 256, (60, 70, 3), dtype=np.uint8)
    mask = np.zeros((60, 70), bool)
    mask[20:50, 30:65] = True
    other = FocusedPhoto(rng.integers(0, 256, (40, 40, 3), dtype=np.uint8))
    return Scene(photo, mask, [FocusedPhoto(photo, mask), other], psf=disk(3), truth=photo)


def test_a_crop_holds_enough_of_the_mask_wherever_it_lies(scene):
    crops = [crop(scene, one, 32, least=500, margin=2) for one in MANY[:60]]
    assert all(one.mask.shape == (32, 32) and one.mask.sum() >= 500 for one in crops)
    assert len({one.misfocused.tobytes() for one in crops}) > 40
    for one in crops:
        assert np.array_equal(one.misfocused, one.truth)
        same, apart = one.focused
        assert 32 <= same.image.shape[0] <= 36 and apart.image.shape == (40, 40, 3)


def test_a_crop_that_cannot_be_is_refused(scene):
    with pytest.raises(RefocusError, match=r"least must be at most 960 in squares of 32 pixels; got 2000"):
        crop(scene, MANY[0], 32)
    with pytest.raises(RefocusError, match="side must be at most 60; got 61"):
        crop(scene, MANY[0], 61)
