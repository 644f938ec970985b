"""How a focused photo relates to U, of photos whose relation is known."""

import numpy as np
import pytest

from refocuslab import FocusedPhoto, Scene, disk
from refocuslab.optics.blur import blur, convolve
from refocuslab.optics.light import decode, encode
from refocuslab.refocusing import relation
from refocuslab.refocusing.relation import as_it_lies, relate
from refocuslab.registration.register import Registration

RNG = np.random.default_rng(3)
# Dots of light on a dark ground, none of them clipped under the gains below.
SHARP = np.where(RNG.random((60, 60, 1)) < 0.3, RNG.integers(90, 140, (60, 60, 3)), 40).astype(np.uint8)
OTHER = RNG.integers(0, 256, (60, 60, 3), dtype=np.uint8)
INNER = np.zeros((60, 60), bool)
INNER[8:52, 8:52] = True


def scene_of(*photos, diameter=5, given=None, gain=1.0, mask=INNER):
    misfocused = encode(gain * decode(blur(SHARP, disk(diameter))))
    return Scene(misfocused, mask, list(photos), psf=disk(given or diameter))


def in_place(scene, photo, light="linear"):
    return as_it_lies(scene, photo, light=light, noise=1.0)


@pytest.mark.parametrize("gain", [1.0, 0.5, np.array([1.5, 1.0, 0.8])])
def test_a_photo_in_place_is_off_by_its_exposure_alone(gain):
    photo = FocusedPhoto(SHARP)
    left, found = in_place(scene_of(photo, gain=gain), photo)
    assert found == pytest.approx(np.broadcast_to(gain, 3), rel=0.02)
    # Rounding to whole levels, twice, is all that is left.
    assert left.rms < 1 and left.share < 0.05


def test_what_lies_elsewhere_is_off():
    photo = FocusedPhoto(np.roll(SHARP, 20, axis=1))
    assert in_place(scene_of(photo), photo)[0].share > 0.8


def test_nothing_is_told_of_another_shape_or_no_common_pixel_or_an_unlikely_balance():
    assert in_place(scene_of(FocusedPhoto(SHARP[:50])), FocusedPhoto(SHARP[:50])) is None
    outside = FocusedPhoto(SHARP, ~INNER)
    assert in_place(scene_of(outside), outside) is None
    blue = SHARP.copy()
    blue[..., :2] = 20
    assert in_place(scene_of(FocusedPhoto(blue)), FocusedPhoto(blue)) is None


def test_of_a_photo_clipped_nearly_everywhere_the_medians_are_compared():
    white = FocusedPhoto(np.full((60, 60, 3), 255, np.uint8))
    scene = scene_of(white, gain=4.0)
    _, gain = in_place(scene, white)
    assert gain == pytest.approx(np.median(decode(scene.misfocused)[INNER], axis=0), rel=1e-6)
    assert gain.min() > 0.125  # and is not held at its least


def related(scene, *matches):
    """The relations, of photos that registration left as they were."""
    return relate(scene, Registration(scene, matches, tuple(range(len(matches)))), light="linear", noise=1.0)


def test_what_was_matched_is_related_and_its_gain_known(match):
    gain = np.array([1.1, 1.0, 0.9])
    (found,) = related(scene_of(FocusedPhoto(SHARP)), match(gain=gain))
    assert found.related and found.gain is gain
    assert (found.moved, found.diameter) == (0, None)


def test_what_was_not_matched_is_related_if_it_fits_in_place_or_its_detail_is_no_chance(match):
    lost = match(trusted=False, agreement=0.2)
    scene = scene_of(FocusedPhoto(SHARP), FocusedPhoto(OTHER), FocusedPhoto(OTHER), gain=0.7)
    same, other, certain = related(scene, lost, lost, match(trusted=False, agreement=0.9))
    assert same.related and same.gain == pytest.approx([0.7] * 3, rel=0.02)
    assert not other.related and other.gain is None
    assert certain.related and certain.gain is None


@pytest.mark.parametrize(("diameter", "given"), [(5, 9), (9, 5), (7, 6), (6, 6)])
def test_a_disk_that_explains_u_far_better_is_found_to_the_pixel(match, diameter, given):
    (found,) = related(scene_of(FocusedPhoto(SHARP), diameter=diameter, given=given), match())
    assert found.diameter == (None if diameter == given else diameter)


def test_a_psf_that_is_no_disk_has_no_better_one(match):
    scene = scene_of(FocusedPhoto(SHARP), diameter=5)
    scene = scene.replace(psf=np.full((3, 3), 1 / 9))
    assert related(scene, match())[0].diameter is None


def test_the_displacement_is_the_largest_of_the_masks_pixels(match):
    # (x, y) goes to (1.1 x + 3, y - 4): by 3 + 0.1 x across and 4 up, at most at x = 51.
    matrix = np.array([[1.1, 0, 3], [0, 1, -4], [0, 0, 1.0]])
    (found,) = related(scene_of(FocusedPhoto(SHARP)), match(matrix=matrix))
    assert found.moved == pytest.approx(np.hypot(3 + 5.1, 4))


@pytest.mark.seconds
def test_of_a_large_mask_its_fullest_part_tells_the_diameter(match, monkeypatch):
    sizes = []
    monkeypatch.setattr(relation, "convolve", lambda *a: (sizes.append(a[0].shape), convolve(*a))[1])
    sharp = np.tile(SHARP, (-(-600 // SHARP.shape[0]), -(-1300 // SHARP.shape[1]), 1))
    misfocused = encode(convolve(decode(sharp), disk(5)))
    scene = Scene(misfocused, None, [FocusedPhoto(sharp)], psf=disk(9))
    (found,) = related(scene, match())
    assert found.diameter == 5
    assert max(one[1] for one in sizes if one != sharp.shape) < 700
    assert sizes.count(sharp.shape) <= 2
