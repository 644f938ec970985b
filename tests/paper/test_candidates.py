"""Candidates: distinct values, nearest first, and what may not change them."""

import numpy as np
import pytest
from made_pictures import gray, noise

from refocuslab import FocusedPhoto, PatchLibrary
from refocuslab.optics.blur import blur
from refocuslab.optics.psf import disk
from refocuslab.paper import candidates
from refocuslab.paper.candidates import find_candidates
from refocuslab.running import threads
from refocuslab.search import nearest_list

NO_BLUR = np.ones((1, 1))
FIELDS = ("values", "distances", "sources")


def find(photos, image, mask=None, count=20, *, psf=NO_BLUR, size=3, **options):
    library = PatchLibrary([FocusedPhoto(photo) for photo in photos], psf, neighborhood=size)
    mask = np.ones(image.shape[:2], bool) if mask is None else mask
    return find_candidates(library, image, mask, count, **options), library


@pytest.mark.parametrize("search", ["exact", "linear"])
def test_one_candidate_a_color_by_hand(search):
    # Flat photos have one patch: N(U) of level u is 27 (u - level)^2 from each. The two tens tie,
    # and the first has the lower index; 7 and 13 are equally far, and 13 stands first.
    photos = [gray(np.full((3, 3), level)) for level in (13, 10, 10, 7, 200)]
    found, _ = find(photos, gray(np.full((3, 4), 10)), count=4, search=search)
    assert found.values.dtype == np.uint8 and found.distances.dtype == found.sources.dtype == np.int32
    assert (found.values[..., 0] == [10, 13, 7, 200]).all()
    assert (found.distances == [0, 27 * 9, 27 * 9, 27 * 190**2]).all()
    assert (found.sources == [9, 0, 27, 36]).all()


@pytest.mark.parametrize("search", ["exact", "linear"])
@pytest.mark.parametrize("count", [1, 4, 1000])
def test_fewer_colors_than_candidates(search, count):
    palette = noise(1, 4, 3)[0]
    photo = palette[np.random.default_rng(0).integers(0, 4, (9, 9))]
    found, library = find([photo], noise(5, 6, 1), count=count, psf=disk(3), search=search)
    assert library.distinct_colors == 4
    assert found.values.shape == (30, min(count, 4), 3)
    for values in found.values.tolist():
        assert len({tuple(value) for value in values}) == len(values)
    assert (np.diff(found.distances, axis=1) >= 0).all()


def test_each_candidate_is_the_center_of_its_source_at_its_distance():
    image, photo = noise(8, 9, 1), noise(10, 10, 2)
    found, library = find([photo], image, psf=disk(4), size=5)
    windows = library.neighborhood.windows(image, *np.nonzero(np.ones((8, 9), bool)))
    off = library.blurred[found.sources].astype(int) - windows[:, None]
    assert np.array_equal(found.distances, (off**2).sum(axis=2))
    assert np.array_equal(found.values, library.centers[found.sources])


@pytest.mark.parametrize("search", ["exact", "linear"])
def test_an_unrelated_photo_changes_nothing_but_numbers(search):
    # Dark photos, and a bright one that is farther than any of their patches.
    image, near, far = noise(7, 8, 1, 0, 90), noise(12, 9, 2, 0, 90), noise(9, 9, 3, 200, 256)
    alone, library = find([near], image, psf=disk(3), search=search)
    for photos, shift in (([near, far], 0), ([far, near], 81)):
        both, larger = find(photos, image, psf=disk(3), search=search)
        assert np.array_equal(both.values, alone.values)
        assert np.array_equal(both.distances, alone.distances)
        assert np.array_equal(both.sources, alone.sources + shift)
        assert larger.position(shift + 5)[1:] == library.position(5)[1:]


def test_a_mirrored_scene_has_the_same_candidates_mirrored():
    image, photo = blur(noise(9, 8, 1), disk(4)), noise(11, 12, 2)
    found, _ = find([photo], image, psf=disk(4), size=5)
    distances, values = found.distances.reshape(9, 8, 20), found.values.reshape(9, 8, 20, 3)
    # Patches that tie are numbered the other way round in the mirror.
    alone = np.diff(distances, axis=2, prepend=-1, append=10**9) > 0
    alone = alone[..., 1:] & alone[..., :-1]
    for flip in (np.flipud, np.fliplr):
        mirrored, _ = find([flip(photo)], flip(image), psf=disk(4), size=5)
        assert np.array_equal(flip(mirrored.distances.reshape(9, 8, 20)), distances)
        assert np.array_equal(flip(mirrored.values.reshape(9, 8, 20, 3))[alone], values[alone])
    assert alone.mean() > 0.99


def test_only_the_window_of_a_pixel_counts():
    image, mask = noise(9, 9), np.zeros((9, 9), bool)
    mask[4, 3] = True
    other = noise(9, 9, 5)
    other[2:7, 1:6] = image[2:7, 1:6]
    found, again = (find([noise(12, 12, 2)], each, mask, size=5)[0] for each in (image, other))
    assert all(np.array_equal(getattr(found, name), getattr(again, name)) for name in FIELDS)
    other[6, 5, 2] ^= 1
    changed, _ = find([noise(12, 12, 2)], other, mask, size=5)
    assert not np.array_equal(found.distances, changed.distances)


@pytest.mark.parametrize("part", [1, 3, 1024])
def test_the_size_of_a_part_does_not_matter(part, monkeypatch):
    image, photo = noise(6, 7, 1, 100, 103), noise(9, 9, 2, 100, 103)
    expected, _ = find([photo], image, search="linear")
    monkeypatch.setattr(threads, "PART", part)
    monkeypatch.setattr(candidates, "ROWS", 0)
    shares = []
    found, _ = find([photo], image, threads=2, step=shares.append)
    assert all(np.array_equal(getattr(found, name), getattr(expected, name)) for name in FIELDS)
    assert shares == [min(part * i, 42) / 42 for i in range(1, -(-42 // part) + 1)]


def test_patches_may_be_offered_in_any_order_and_twice():
    rng = np.random.default_rng(0)
    distances, colors = rng.integers(0, 6, 40), rng.integers(0, 9, 40).astype(np.int32)
    best = {}
    for patch in np.lexsort((np.arange(40), distances)):
        best.setdefault(int(colors[patch]), (int(distances[patch]), int(patch)))
    expected = sorted(best.values())[:5]
    for _ in range(20):
        keys, held_colors, held = np.empty(5, np.int64), np.empty(5, np.int32), 0
        for patch in rng.permutation(np.tile(np.arange(40), 2)):
            nearness = nearest_list.key(distances[patch], patch)
            held = nearest_list.offer(nearness, colors[patch], keys, held_colors, held)
        assert [(key >> nearest_list.BITS, key % 2**nearest_list.BITS) for key in keys.tolist()] == expected
        assert held_colors.tolist() == [colors[patch] for _, patch in expected]


def test_columns_of_pixels_are_searched_one_after_the_other_and_the_first_few_before_all():
    x = np.tile(np.arange(100), 3)
    order = candidates.column_by_column(x)
    first = candidates.TRIES
    assert order[:first].tolist() == list(range(first))
    after = order[first:]
    expected = sorted(range(first, 300), key=lambda p: (x[p] // candidates.COLUMN, p))
    assert after.tolist() == expected
    # The left and the upper pixel have been there before.
    turn = np.argsort(order)
    assert all(turn[p - 1] < turn[p] for p in range(300) if x[p])
    assert all(turn[p - 100] < turn[p] for p in range(100, 300))


def test_a_coherent_search_does_not_depend_on_what_other_threads_have_tried(monkeypatch):
    # Too few colors for a list: every pixel gives the tree up, and a trial would have the rest go without.
    monkeypatch.setattr(threads, "PART", 7)
    monkeypatch.setattr(candidates, "ROWS", 0)
    rng = np.random.default_rng(3)
    palette = rng.integers(0, 256, (60, 3))
    image = palette[rng.integers(0, 60, (31, 34))].astype(np.uint8)
    library = PatchLibrary([FocusedPhoto(image)], disk(5), neighborhood=5)
    mask = np.ones((31, 34), bool)
    found = []
    for worth in (True, False):
        monkeypatch.setattr(candidates.Trial, "worth", lambda self, worth=worth: worth)
        found.append(find_candidates(library, image, mask, 50, search="coherent", threads=2))
    assert np.array_equal(found[0].sources, found[1].sources)
