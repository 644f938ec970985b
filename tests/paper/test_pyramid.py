"""The pyramid: levels, masks, the windows above, and what a method of several levels makes."""

import numpy as np
import pytest
from made_pictures import noise

import refocuslab as rl
from refocuslab.optics.image_function import Downsampling
from refocuslab.paper import pyramid


def a_scene(height=22, width=27):
    truth = noise(height, width)
    mask = np.zeros((height, width), bool)
    mask[3:15, 4:21] = True
    focused = [rl.FocusedPhoto(truth), rl.FocusedPhoto(noise(20, 24, 1))]
    return rl.Scene(rl.blur(truth, rl.disk(3)), mask, focused, psf=rl.disk(3), truth=truth)


def test_a_pixel_is_the_mean_of_four_and_masked_with_any_of_them():
    photo = np.zeros((3, 4, 3), np.uint8)
    photo[:2, :2] = 60
    photo[2, 3] = 200
    half = pyramid.halved(photo, "encoded")
    assert half.shape == (2, 2, 3)
    # The odd row is reflected: the pixel at (1, 1) is the mean of 0, 200, 0, 200.
    assert half[..., 0].tolist() == [[60, 0], [0, 100]]
    mask = np.zeros((3, 4), bool)
    mask[2, 3] = mask[0, 0] = True
    assert pyramid.halved_mask(mask).tolist() == [[True, False], [False, True]]


def test_each_level_sees_the_blurred_photo_halved():
    scene, method = a_scene(), rl.Method(neighborhood=3, levels=3)
    made = pyramid.libraries(scene.focused, scene.psf, method, 3)
    photo = rl.blur(scene.focused[1].image, scene.psf)
    sharp = scene.focused[1].image
    for level, library in enumerate(made):
        y, x = photo.shape[0] // 2, photo.shape[1] // 2
        (at,) = np.flatnonzero((library.photo == 1) & (library.y == y) & (library.x == x))
        window = np.s_[y - 1 : y + 2, x - 1 : x + 2]
        assert np.array_equal(library.blurred[at], photo[window].ravel())
        assert np.array_equal(library.sharp[at], sharp[window].ravel())
        photo, sharp = pyramid.halved(photo, "linear"), pyramid.halved(sharp, "linear")
        if level < 2:
            window = np.s_[y // 2 - 1 : y // 2 + 2, x // 2 - 1 : x // 2 + 2]
            assert np.array_equal(library.coarser[at], sharp[window].ravel())
    assert made[2].coarser is None


@pytest.mark.seconds
@pytest.mark.parametrize("causal", [False, True])
def test_every_level_is_a_whole_result_and_the_finest_reads_the_next(causal):
    scene = a_scene()
    result = rl.refocus(scene, rl.Method(neighborhood=3, levels=3, causal=causal))
    masks, level = [scene.mask], result
    while level:
        assert np.array_equal(level.order >= 0, masks[-1])
        masks.append(pyramid.halved_mask(masks[-1]))
        level = level.coarser
    assert len(masks) == 4
    assert list(result.seconds) == [
        *("library", "coarser levels", "candidates", "order", "texture"),
        "assessment",
    ]
    single = rl.refocus(scene, rl.Method(neighborhood=3, causal=causal))
    assert single.coarser is None and not np.array_equal(single.image, result.image)


def test_from_the_same_photo_the_truth_comes_back_at_every_level():
    # Noise without noise: each window stands in the library once, at every level.
    scene = a_scene()
    level, truth = rl.refocus(scene, rl.Method(levels=2, lambda_image=1.0)), scene.truth
    while level:
        assert np.array_equal(level.image[level.order >= 0], truth[level.order >= 0])
        level, truth = level.coarser, pyramid.halved(truth, "linear")


def test_levels_without_texture_are_not_made():
    method = rl.Method.image_scene(levels=3)
    result = rl.refocus(a_scene(), method)
    assert result.coarser is None and "coarser levels" not in result.seconds
    assert np.array_equal(result.image, rl.refocus(a_scene(), rl.Method.image_scene()).image)


def test_photos_too_small_for_the_levels():
    with pytest.raises(rl.RefocusError, match="levels must leave 5 x 5 pixels or more of every photo"):
        rl.refocus(a_scene(), rl.Method(levels=4))
    small = a_scene().replace(focused=[rl.FocusedPhoto(noise(9, 9))])
    with pytest.raises(rl.RefocusError, match="levels must leave 7 x 7"):
        rl.refocus(small, rl.Method(levels=2, neighborhood=7))


@pytest.mark.seconds
def test_a_refocuser_that_keeps_levels_gives_what_refocus_gives():
    scene = a_scene()
    engine = rl.Refocuser(scene)
    for levels, weighted in ((1, True), (3, False), (2, True), (3, True), (1, False)):
        method = rl.Method(neighborhood=3, levels=levels, weighted=weighted)
        assert np.array_equal(engine.refocus(method).image, rl.refocus(scene, method).image)


def test_other_image_functions_and_registration_have_pyramids_too():
    coarse = Downsampling(2)
    scene = a_scene()
    low = scene.replace(misfocused=coarse(scene.truth))
    one = rl.refocus(low, rl.Method(levels=2), image_function=coarse)
    assert np.array_equal(one.library.blurred, rl.PatchLibrary(
        low.focused, low.psf, image_function=coarse).blurred)  # fmt: skip


def test_progress_rises_and_a_pyramid_can_be_cancelled():
    seen = []
    rl.refocus(a_scene(), rl.Method(levels=3), progress=lambda *at: seen.append(at))
    shares = [share for stage, share in seen if stage == "coarser levels"]
    assert shares == sorted(shares) and shares[-1] == 1
    from threading import Event

    stop = Event()
    with pytest.raises(rl.Cancelled, match="coarser levels"):
        rl.refocus(a_scene(), rl.Method(levels=3), cancel=stop,
                   progress=lambda stage, _: stop.set() if stage == "coarser levels" else None)  # fmt: skip
