import dataclasses
import re

import numpy as np
import pytest

from refocuslab.errors import RefocusError
from refocuslab.lens.varying_psf import VaryingPsf
from refocuslab.optics.psf import disk
from refocuslab.scene import FocusedPhoto, Scene
from refocuslab.simulation.misfocus import point_light

RNG = np.random.default_rng(8)
VARYING = VaryingPsf.of(np.linspace(3, 6, 12 * 15).reshape(12, 15))


def photo(height=12, width=15):
    return RNG.integers(0, 256, (height, width, 3), dtype=np.uint8)


def some(image):
    mask = np.zeros(image.shape[:2], bool)
    mask[2:-2, 3:-3] = True
    return mask


def scene(**changes):
    u, v = photo(), photo(20, 9)
    fields = {
        "misfocused": u,
        "mask": some(u),
        "focused": [FocusedPhoto(v, some(v)), FocusedPhoto(photo(9, 30))],
        "psf": disk(5),
    }
    return Scene(**fields | changes)


def refused(message, **changes):
    with pytest.raises(RefocusError, match=re.escape(message)):
        scene(**changes)


def test_a_scene_holds_read_only_copies():
    u, truth = photo(), photo()
    mask, psf = some(u), disk(5)
    made = scene(misfocused=u, mask=mask, psf=psf, truth=truth, name="n")
    assert isinstance(made.focused, tuple)
    for mine, theirs in (
        (made.misfocused, u),
        (made.mask, mask),
        (made.psf, psf),
        (made.truth, truth),
    ):
        np.testing.assert_array_equal(mine, theirs)
        assert mine.dtype == theirs.dtype
        assert not mine.flags.writeable
        assert not np.shares_memory(mine, theirs)
    assert not made.focused[0].image.flags.writeable
    assert not made.focused[0].mask.flags.writeable
    u[:] = 0
    assert made.misfocused.any()
    with pytest.raises(dataclasses.FrozenInstanceError):
        made.mask = mask


def test_no_mask_means_every_pixel():
    assert FocusedPhoto(photo()).mask.all()
    assert scene(mask=None).mask.shape == (12, 15)
    assert scene(mask=None).mask.all()


def test_views_and_other_memory_orders_do_not_matter():
    u = photo(12, 30)
    made = Scene(u[:, ::2], None, [FocusedPhoto(np.asfortranarray(u))], psf=disk(3).tolist())
    np.testing.assert_array_equal(made.misfocused, u[:, ::2])
    assert made.misfocused.flags.c_contiguous
    np.testing.assert_array_equal(made.focused[0].image, u)
    np.testing.assert_array_equal(made.psf, disk(3))


def test_equality_is_of_values():
    made = scene(truth=photo(), calibration=point_light(3))
    assert made == made.replace()
    for change in (
        {"misfocused": 255 - made.misfocused},
        {"mask": None},
        {"focused": made.focused[:1]},
        {"focused": made.focused[::-1]},
        {"psf": disk(3)},
        {"truth": None},
        {"calibration": None},
        {"name": "another"},
        {"title": "another"},
        {"description": "another"},
    ):
        assert made != made.replace(**change), change
    assert made != "a scene"
    v = photo()
    assert FocusedPhoto(v) == FocusedPhoto(v, np.ones(v.shape[:2], bool))
    assert FocusedPhoto(v) != FocusedPhoto(v, some(v))


def test_calibration_gives_the_psf_unless_there_is_one():
    shots = point_light(5, noise=1.0, seed=1)
    made = scene(psf=None, calibration=shots)
    np.testing.assert_array_equal(made.psf, disk(5))
    np.testing.assert_array_equal(made.calibration, shots)
    assert not made.calibration[0].flags.writeable
    np.testing.assert_array_equal(scene(psf=disk(7), calibration=shots).psf, disk(7))


def test_replace_finds_the_psf_of_a_new_calibration_only():
    made = scene(psf=disk(3))
    again = made.replace(calibration=point_light(7))
    np.testing.assert_array_equal(again.psf, disk(7))
    np.testing.assert_array_equal(again.replace(calibration=None).psf, disk(7))
    given = made.replace(calibration=point_light(7), psf=disk(9))
    np.testing.assert_array_equal(given.psf, disk(9))
    assert made.replace(name="x").name == "x"
    with pytest.raises(RefocusError, match="mask must have the shape"):
        made.replace(misfocused=photo(13, 15))


@pytest.mark.parametrize(
    "bad", [photo()[:, :, 0], photo() / 2, photo().repeat(2, axis=2), photo(0, 5), "a.png", None]
)
def test_photos_that_are_none(bad):
    rule = "must be a photo of shape (H, W, 3) and type uint8"
    refused(f"misfocused {rule}", misfocused=bad)
    refused(f"calibration {rule}", calibration=(photo(), bad))
    if bad is not None:
        refused(f"truth {rule}", truth=bad)
    with pytest.raises(RefocusError, match=re.escape(f"image {rule}")):
        FocusedPhoto(bad)


@pytest.mark.parametrize(
    ("mask", "got"),
    [
        (np.ones((12, 14), bool), "(12, 14) bool"),
        (np.ones((15, 12), bool), "(15, 12) bool"),
        (np.ones((12, 15), np.uint8), "(12, 15) uint8"),
        (np.ones((12, 15, 3), bool), "(12, 15, 3) bool"),
    ],
)
def test_masks_of_another_shape_or_type(mask, got):
    refused(f"mask must have the shape of its photo, (12, 15), and type bool; got {got}", mask=mask)
    with pytest.raises(RefocusError, match="mask must have the shape of its photo"):
        FocusedPhoto(photo(), mask)


def test_empty_masks():
    empty = np.zeros((12, 15), bool)
    refused("mask must hold at least one pixel", mask=empty)
    with pytest.raises(RefocusError, match="mask must hold at least one pixel"):
        FocusedPhoto(photo(), empty)


@pytest.mark.parametrize(
    "bad", [[], (), None, photo(), FocusedPhoto(photo()), [photo()], [FocusedPhoto(photo()), None]]
)
def test_focused_photos_that_are_none(bad):
    refused("focused must be one or more FocusedPhoto", focused=bad)


def psf_with(value):
    psf = disk(5)
    psf[2, 2] = value
    return psf


@pytest.mark.parametrize(
    ("psf", "message"),
    [
        (psf_with(np.nan), "psf must be finite"),
        (psf_with(np.inf), "psf must be finite"),
        (psf_with(-0.1), "psf must not be negative"),
        (psf_with(0.5), "psf must sum to 1"),
        (np.full((4, 4), 1 / 16), "psf must be square with an odd side"),
        (np.full((3, 5), 1 / 15), "psf must be square with an odd side"),
        (np.ones(1), "psf must be square with an odd side"),
        (9, "psf must be square with an odd side"),
        ("disk", "psf must be an array of numbers"),
    ],
)
def test_psfs_that_are_none(psf, message):
    refused(message, psf=psf)


def test_a_psf_larger_than_a_photo():
    # The least side of all photos is the 9 pixels of a focused one.
    assert scene(psf=disk(17)).psf.shape == (17, 17)
    refused("psf must fit the photos: at most 17 pixels wide here; got 19 pixels", psf=disk(19))
    refused(
        "psf must fit the photos: at most 5 pixels wide here; got 7 pixels",
        psf=disk(7),
        misfocused=photo(3, 40),
        mask=None,
    )


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"varying": VaryingPsf.of(np.full((12, 14), 5.0))},
            "varying must be a VaryingPsf of the misfocused photo's size",
        ),
        ({"varying": np.full((12, 15), 5.0)}, "varying must be a VaryingPsf"),
        ({"varying": VARYING, "psf": None}, "with a psf beside it"),
        (
            {"varying": VaryingPsf.of(np.full((12, 15), 19.0))},
            "varying must fit the photos: at most 17 pixels wide here; got 19 pixels",
        ),
    ],
)
def test_varying_psfs_that_are_none(changes, message):
    refused(message, **changes)


def test_a_varying_psf_goes_with_its_photo_and_its_psf():
    whole = scene(varying=VARYING)
    assert whole == whole.replace(varying=VaryingPsf.of(VARYING.width))
    assert whole != whole.replace(varying=None)
    assert np.array_equal(whole.middle(8).varying.width, VARYING.width[2:10, 3:11])
    assert whole.replace(psf=disk(3)).varying is None


def test_a_truth_of_another_shape():
    refused("truth must have the shape of the misfocused photo, (12, 15, 3)", truth=photo(15, 12))


def test_calibrations_that_are_none():
    focused, misfocused = point_light(5)
    for bad in ((focused,), focused, (focused, misfocused, focused), "light"):
        refused("calibration must be two photos of a light", calibration=bad)
    refused("calibration must be two photos of one shape", calibration=(focused, misfocused[1:]))
    dark = np.full_like(focused, 20)
    refused("must show a light at least", calibration=(dark, misfocused), psf=None)


@pytest.mark.parametrize("text", ["name", "title", "description"])
def test_texts_that_are_none(text):
    refused(f"{text} must be text; got 3", **{text: 3})
