"""The population: its scenes, frames and draws."""

import numpy as np
import pytest

from refocuslab.files.installed import data_folder
from refocuslab.lab.evidence import cases
from refocuslab.lab.evidence.cases import Case
from refocuslab.scenes.shipped import scene_names, shipped_folder


def test_every_shipped_scene_is_in_the_population_and_every_other_is_there():
    assert set(scene_names()) <= set(cases.POPULATION)
    assert all(shipped_folder(name) is not None for name in cases.POPULATION)


def test_the_scenes_of_real_lenses_are_no_part_of_the_population():
    lenses = {path.name for path in (data_folder() / "further").glob("lens-*")}
    assert len(lenses) == 5
    assert not lenses & (set(cases.POPULATION) | set(scene_names()))


def test_the_first_draw_of_all_comes_before_the_second_of_any():
    wanted = cases.cases(["coffee", "bench"], ["whole", "corner"], 2)
    assert wanted[:4] == [
        Case("coffee", "whole", 0),
        Case("coffee", "corner", 0),
        Case("bench", "whole", 0),
        Case("bench", "corner", 0),
    ]
    assert [case.draw for case in wanted] == [0] * 4 + [1] * 4


def test_the_corner_is_that_which_holds_most_of_the_mask():
    mask = np.zeros((300, 400), bool)
    mask[200:, 300:] = True
    mask[:10, :10] = True
    assert cases.corner(mask) == (300 - cases.SIDE, 400 - cases.SIDE)
    assert cases.corner(np.ones((300, 400), bool)) == (0, 0)


def test_a_corner_is_cut_from_u_alone():
    whole, cut = (Case("coins-other", frame, 0).load() for frame in ("whole", "corner"))
    top, left = cases.corner(whole.mask)
    inside = slice(top, top + cases.SIDE), slice(left, left + cases.SIDE)
    assert np.array_equal(cut.misfocused, whole.misfocused[inside])
    assert np.array_equal(cut.truth, whole.truth[inside])
    assert np.array_equal(cut.focused[0].image, whole.focused[0].image)


@pytest.mark.seconds
def test_another_draw_has_other_noise_and_the_same_truth():
    first, second = (Case("gravel-other", "corner", draw).load() for draw in (0, 1))
    assert np.array_equal(first.truth, second.truth)
    apart = first.misfocused.astype(int) - second.misfocused
    # Both have noise of about one level: the difference of two draws has about 1.4.
    assert 0.7 < apart.std() < 3
    assert abs(apart.mean()) < 0.1


@pytest.mark.parametrize("moved", [0, 1, 2])
def test_a_patch_within_one_pixel_was_found_in_place(moved):
    from types import SimpleNamespace

    y, x = np.mgrid[:4, :5]
    library = SimpleNamespace(y=y.ravel(), x=x.ravel() + moved)
    assert cases.found_in_place(library, np.arange(20), np.ones((4, 5), bool)) == (moved <= 1)
