"""W takes a focused photo as it lies where that explains U nearly as well, and nowhere else."""

import numpy as np
from made_pictures import noise
from scipy import ndimage

from refocuslab.consistency.pasting import pasted
from refocuslab.optics.blur import blur, convolve
from refocuslab.optics.psf import disk
from refocuslab.scene import FocusedPhoto, Scene

SHARP = np.clip(ndimage.gaussian_filter(noise(60, 60).astype(float), (1, 1, 0)) * 2.5 - 190, 20, 235).astype(
    np.uint8
)
ONE = np.ones(SHARP.shape[:2])


def scene(focused=SHARP, **given):
    return Scene(blur(SHARP, disk(5)), given.pop("mask", None), [FocusedPhoto(focused, **given)], psf=disk(5))


def slightly_wrong():
    return np.clip(SHARP.astype(int) + np.random.default_rng(1).integers(-6, 7, SHARP.shape), 0, 255).astype(
        np.uint8
    )


def test_a_photo_in_place_is_taken():
    image, share = pasted(scene(), slightly_wrong(), ONE, "linear")
    assert np.array_equal(image, SHARP)
    assert share.min() == 1


def test_light_from_beyond_the_frame_speaks_against_no_photo():
    inner, psf = np.s_[10:50, 10:50], disk(9)
    seen = blur(SHARP, psf, light="encoded")[inner]
    # What blurs to U if the frame is a mirror is bent near it: it explains U better than the truth does.
    bent = SHARP[inner].astype(float)
    for _ in range(60):
        bent = np.clip(bent + convolve(seen - convolve(bent, psf), psf), 0, 255)
    cut = Scene(seen, None, [FocusedPhoto(SHARP[inner])], psf=psf)
    image, share = pasted(cut, np.rint(bent).astype(np.uint8), ONE[inner], "encoded")
    assert np.array_equal(image, SHARP[inner])
    assert share.min() == 1


def test_a_photo_of_something_else_is_left():
    wrong, made = 255 - SHARP, slightly_wrong()
    image, share = pasted(scene(wrong), made, ONE, "linear")
    assert np.array_equal(image, made)
    assert share.max() == 0


def test_what_one_part_shows_is_told_apart():
    photo, made = SHARP.copy(), slightly_wrong()
    photo[:, 30:] = 255 - photo[:, 30:]
    image, share = pasted(scene(photo), made, ONE, "linear")
    assert np.array_equal(image[:, :15], SHARP[:, :15])
    assert np.array_equal(image[:, 30:], made[:, 30:])
    # From one to the other it passes by and by.
    middle = share[30]
    assert (np.diff(middle) <= 1e-12).all()
    assert ((middle > 0) & (middle < 1)).sum() >= 2


def test_masks_bound_it_and_outside_nothing_changes():
    mask, shown = np.zeros((60, 60), bool), np.zeros((60, 60), bool)
    mask[10:50, 10:50], shown[:, :30] = True, True
    whole = scene(mask=mask)
    whole = whole.replace(focused=[FocusedPhoto(SHARP, shown)])
    made = np.where(mask[..., None], slightly_wrong(), whole.misfocused)
    image, share = pasted(whole, made, ONE, "linear")
    assert np.array_equal(image[~mask], whole.misfocused[~mask])
    assert share[~mask].max() == 0
    assert share[:, 30:].max() == 0
    assert share[30, 12:20].min() == 1


def test_a_photo_of_another_size_is_no_picture_of_this_frame():
    made = slightly_wrong()
    image, share = pasted(scene(SHARP[:-1]), made, ONE, "linear")
    assert np.array_equal(image, made)
    assert share.max() == 0
