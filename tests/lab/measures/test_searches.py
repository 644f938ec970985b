"""Searches side by side: they agree where they are exact, and what they cost is counted rightly."""

import numpy as np
import pytest

from refocuslab.lab.measures import searches, timing_scenes


@pytest.mark.seconds
def test_all_exact_searches_find_the_nearest_and_the_coherent_one_no_nearer(scene, library, true_distances):
    where = timing_scenes.middle(scene.mask, 8)
    queries = searches.whole_queries(library, scene.misfocused, where)
    true = true_distances(library.blurred, queries, 7)
    found = {one.name: one for one in searches.compare(library, scene.misfocused, where, 7, threads=2)}
    assert {"linear (ours)", "tree (ours, exact)", "cKDTree (scipy)"} <= set(found)
    for name, one in found.items():
        if name == "coherent (ours)":
            assert (one.distances >= true).all() and 0.3 < one.recall <= 1
        else:
            assert np.array_equal(np.sort(one.distances, axis=1), true) and one.recall == 1, name


@pytest.mark.seconds
def test_a_missed_patch_lowers_recall(scene, library):
    where = timing_scenes.middle(scene.mask, 8)
    queries = searches.whole_queries(library, scene.misfocused, where)
    far = np.zeros((len(queries), 1), np.int64)
    distances = searches.distances_to(library.blurred, queries, far)
    off = queries.astype(int) - library.blurred[0].astype(int)
    assert np.array_equal(distances[:, 0], (off**2).sum(axis=1))


def test_what_is_not_installed_is_named(monkeypatch):
    monkeypatch.setattr(searches, "find_spec", lambda name: None if name == "faiss" else object())
    assert searches.absent() == ["faiss"]
    assert searches._faiss(None, None, 1, None) == {}


def test_exponent_sizes_and_psnr_in_closed_form():
    sizes = searches.sizes_up_to(1_000_000)
    assert sizes == [10_000, 178**2, 316**2, 562**2, 1_000_000]
    assert searches.exponent(sizes, [3 * size**0.4 for size in sizes]) == pytest.approx(0.4)
    assert searches.psnr(np.zeros((4, 3), np.uint8), np.full((4, 3), 255)) == pytest.approx(0)


@pytest.mark.seconds
def test_scaling_measures_each_size_in_each_way():
    photo = timing_scenes.shot(timing_scenes.large_photo(120))
    found = searches.scaling(photo, [60**2, 120**2], 5, side=8, counted=np.arange(25) < 12,
                             timed=("tree (ours, exact)",), threads=1)  # fmt: skip
    assert found.sizes == [3600, 14400] and list(found.looked) == list(searches.COSTS)
    for looked in found.looked.values():
        assert all(0 < one <= size for one, size in zip(looked, found.sizes, strict=True))
    assert len(found.seconds["tree (ours, exact)"]) == 2


@pytest.mark.seconds
def test_the_floor_is_a_rate():
    floor = searches.Floor(operations=2e9, traffic=1e9)
    assert floor.linear(1000, 10, 75) == pytest.approx(2 * 1000 * 10 * 75 / 2e9)
    assert floor.once(1000, 75) == pytest.approx(75e-6)
    measured = searches.floor(side=64, rounds=1)
    assert measured.operations > 1e6 and measured.traffic > 1e6
