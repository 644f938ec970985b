"""Image functions: downsampling by hand, and one engine for both."""

import numpy as np
import pytest

import refocuslab as rl
from refocuslab.optics.image_function import Blur, Downsampling


def photo(height=12, width=15, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3)).astype(np.uint8)


def scene(misfocused, focused):
    mask = np.ones(misfocused.shape[:2], bool)
    return rl.Scene(misfocused, mask, [rl.FocusedPhoto(focused)], psf=rl.disk(3))


def test_a_coarse_pixel_is_the_mean_light_of_its_block():
    fine = np.zeros((4, 6, 3), np.uint8)
    fine[:2, :2] = [[[0] * 3, [100] * 3], [[60] * 3, [80] * 3]]
    assert Downsampling(2, "encoded").reduce(fine)[0, 0].tolist() == [60, 60, 60]
    black_and_white = np.zeros((2, 2, 3), np.uint8)
    black_and_white[0] = 255
    assert Downsampling(2).reduce(black_and_white)[0, 0].tolist() == [188] * 3  # half the light
    assert Downsampling(5).reduce(photo()).shape == (3, 3, 3)


@pytest.mark.parametrize("factor", [1, 2, 3])
def test_what_has_no_detail_is_left_as_it_is_and_the_grid_does_not_move(factor):
    flat = np.full((11, 8, 3), 77, np.uint8)
    assert np.array_equal(Downsampling(factor)(flat), flat)
    assert np.array_equal(Downsampling(1)(photo()), photo())
    ramp = np.repeat(np.arange(24, 216, 8, dtype=np.uint8)[None, :, None].repeat(18, 0), 3, axis=2)
    inside = np.s_[4:-4, 6:-6]
    back = Downsampling(factor, "encoded")(ramp).astype(int)
    assert np.abs(back - ramp)[inside].max() <= 1


def test_blur_is_the_functions_default():
    u, focused = rl.blur(photo(), rl.disk(3)), photo(seed=1)
    named = rl.refocus(scene(u, focused), image_function=Blur(rl.disk(3)))
    assert np.array_equal(named.image, rl.refocus(scene(u, focused)).image)


def test_the_engine_undoes_a_downsampling_that_its_library_shows():
    fine, down = photo(16, 18), Downsampling(2)
    made = rl.refocus(scene(down(fine), fine), rl.Method.image_scene(), image_function=down)
    assert np.array_equal(made.image, fine)
    assert np.array_equal(rl.Refocuser(scene(down(fine), fine), image_function=down)
                          .refocus(rl.Method.image_scene(lambda_image=0.5)).image, fine)  # fmt: skip


def test_what_is_refused():
    for factor in (0, 1.5, True):
        with pytest.raises(rl.RefocusError, match="factor must be"):
            Downsampling(factor)
    with pytest.raises(rl.RefocusError, match="image_function must be None with"):
        rl.refocus(scene(photo(), photo()), rl.Method(consistency=True), image_function=Downsampling(2))
