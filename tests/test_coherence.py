"""Matches by coherence: against plain windows, a linear search, and themselves with more threads."""

import numpy as np
import pytest

from refocuslab.coherence import Matcher
from refocuslab.optics import disk
from refocuslab.patches import PatchLibrary
from refocuslab.scene import FocusedPhoto


def photo(height, width, seed):
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


@pytest.fixture
def parts():
    photos = [FocusedPhoto(photo(20, 25, 0)), FocusedPhoto(photo(23, 19, 1), photo(23, 19, 2)[..., 0] > 60)]
    library = PatchLibrary(photos, disk(3), neighborhood=5)
    mask = photo(18, 22, 3)[..., 0] > 40
    sources = np.random.default_rng(4).integers(0, len(library), mask.sum())
    return photos, library, mask, sources


@pytest.mark.parametrize("size", [3, 7, 9])
def test_distances_are_those_of_the_windows(parts, size):
    photos, _, mask, sources = parts
    of_size = PatchLibrary(photos, disk(3), neighborhood=size)
    matcher = Matcher(parts[1], photos, mask, sources, largest=9)
    image = photo(*mask.shape, 5)
    matcher.match(image, size)
    # Only what lies in the mask is compared.
    counted = of_size.neighborhood.windows(np.repeat(mask[..., None], 3, axis=2), matcher.y, matcher.x)
    windows = of_size.neighborhood.windows(image, matcher.y, matcher.x).astype(int)
    expected = (counted * (windows - of_size.sharp[matcher.sources]) ** 2).sum(axis=1) / counted.sum(axis=1)
    np.testing.assert_allclose(matcher.distances, expected)


def test_matches_never_get_worse_and_threads_change_nothing(parts):
    photos, library, mask, sources = parts
    image = photo(*mask.shape, 5)
    counted = library.neighborhood.windows(np.repeat(mask[..., None], 3, axis=2), *np.nonzero(mask))
    windows = library.neighborhood.windows(image, *np.nonzero(mask)).astype(int)
    before = (counted * (windows - library.sharp[sources]) ** 2).sum(axis=1) / counted.sum(axis=1)
    results = []
    for threads in (1, 3):
        matcher = Matcher(library, photos, mask, sources, largest=5)
        matcher.match(image, 5, threads=threads)
        results.append((matcher.sources, matcher.distances))
    assert (results[0][1] <= before + 1e-9).all() and (results[0][1] < before).any()
    for one, other in zip(*results, strict=True):
        np.testing.assert_array_equal(one, other)


def test_one_right_match_spreads_over_a_copy():
    sharp = photo(20, 20, 6)
    photos = [FocusedPhoto(sharp)]
    library = PatchLibrary(photos, disk(3), neighborhood=5)
    mask = np.zeros((20, 20), bool)
    mask[4:16, 4:16] = True
    sources = np.zeros(mask.sum(), np.int64)
    sources[70] = np.flatnonzero(mask)[70]
    matcher = Matcher(library, photos, mask, sources, largest=5)
    for _ in range(4):
        matcher.match(sharp, 5)
    np.testing.assert_array_equal(matcher.sources, np.flatnonzero(mask))


def test_the_average_of_right_matches_is_the_photo_wherever_windows_reach(parts):
    sharp = photo(20, 20, 6)
    photos = [FocusedPhoto(sharp)]
    library = PatchLibrary(photos, disk(3), neighborhood=5)
    mask = np.zeros((20, 20), bool)
    mask[5:9, 5:9] = True
    matcher = Matcher(library, photos, mask, np.flatnonzero(mask), largest=5)
    weights = np.random.default_rng(7).random(mask.sum())
    mean, weight = matcher.average(weights, 3)
    reached = np.zeros_like(mask)
    reached[4:10, 4:10] = True
    np.testing.assert_allclose(mean[reached], sharp[reached])
    assert not weight[~reached].any()
    assert weight.sum() == pytest.approx(weights.sum())
