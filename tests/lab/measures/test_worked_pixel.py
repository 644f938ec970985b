"""The pixels that the notebooks work out: within the mask, unsure, and where something is to be seen."""

import numpy as np
import pytest

import refocuslab as rl
from refocuslab.lab.measures.worked_pixel import mixed_square, often, worked_pixel
from refocuslab.optics.blur import blur
from refocuslab.optics.psf import disk


@pytest.fixture(scope="module")
def scene():
    truth = np.random.default_rng(0).integers(0, 4, (30, 36, 3)).astype(np.uint8) * 60
    truth[:, :18] = 90  # plain, so that its pixels are unsure
    mask = np.zeros((30, 36), bool)
    mask[4:26, 5:32] = True
    return rl.Scene(blur(truth, disk(3)), mask, [rl.FocusedPhoto(truth, mask)], psf=disk(3), truth=truth)


@pytest.fixture(scope="module")
def result(scene):
    return rl.Refocuser(scene).refocus(rl.Method.image_scene(candidates=8, lambda_image=1e-4))


def test_a_worked_pixel_lies_within_the_mask_and_is_one_of_those_wanted(scene, result):
    y, x = worked_pixel(scene, result)
    assert scene.mask[y - 2 : y + 3, x - 2 : x + 3].all()
    columns = np.nonzero(scene.mask)[1]
    y, x = worked_pixel(scene, result, columns == 9)
    assert x == 9
    y, x = worked_pixel(scene, result, columns < 0)  # nothing will do
    assert scene.mask[y, x]


def test_where_no_window_lies_within_the_mask_a_pixel_of_it_will_do(scene):
    thin = np.zeros_like(scene.mask)
    thin[0] = True
    narrow = scene.replace(mask=thin)
    result = rl.Refocuser(narrow).refocus(rl.Method.image_scene(candidates=3))
    assert worked_pixel(narrow, result)[0] == 0


def test_values_that_stand_in_several_patches_are_found(result):
    library, sources = result.library, result.candidates.sources
    counts = {color: (library.colors == color).sum() for color in np.unique(library.colors)}
    expected = [any(counts[color] >= 3 for color in library.colors[row]) for row in sources]
    assert often(library, sources).tolist() == expected
    assert not often(library, sources, times=len(library) + 1).any()


def test_the_mixed_square_holds_sure_and_unsure_pixels(scene, result):
    top, left, height, width = mixed_square(scene, result)
    square = np.s_[top : top + height, left : left + width]
    assert (height, width) == (7, 7) and scene.mask[square].all()
    others = [result.confidence[y : y + 7, x : x + 7] for y in range(4, 20) for x in range(5, 26)]
    assert result.confidence[square].std() == max(other.std() for other in others)
