"""Matches by coherence: against plain windows, a linear search, and themselves with more threads."""

import numpy as np
import pytest
from scipy import ndimage

from refocuslab.consistency import matching
from refocuslab.consistency.match_kernels import Sweep
from refocuslab.consistency.matching import Matcher
from refocuslab.optics.psf import disk
from refocuslab.paper.patches import Neighborhood, PatchLibrary
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


def shown(photos, matcher, size):
    """(n, 3 size^2) the windows that the matches show: photos moved by quarters of a pixel, by splines."""
    library, windows = matcher._library, Neighborhood(size).windows
    found = np.empty((len(matcher.y), 3 * size**2), int)
    for number, place in enumerate(np.stack([library.photo, library.y, library.x], 1)[matcher.sources]):
        i, j = (part - 2 for part in divmod(matcher.between[number], 4))
        image = photos[place[0]].image
        if i or j:
            image = ndimage.shift(image.astype(float), (-i / 4, -j / 4, 0), order=5, mode="mirror")
            image = np.clip(np.rint(image), 0, 255)
        found[number] = windows(image, *place[1:, None])[0]
    return found


@pytest.mark.seconds
@pytest.mark.parametrize("size", [3, pytest.param(7, marks=pytest.mark.slow), 9])
def test_distances_are_those_of_the_windows(parts, size):
    photos, _, mask, sources = parts
    matcher = Matcher(parts[1], photos, mask, sources, largest=9)
    image = photo(*mask.shape, 5)
    matcher.match(image, size)
    # Only what lies in the mask is compared.
    windows = Neighborhood(size).windows
    counted = windows(np.repeat(mask[..., None], 3, axis=2), matcher.y, matcher.x)
    error = windows(image, matcher.y, matcher.x).astype(int) - shown(photos, matcher, size)
    np.testing.assert_allclose(matcher.distances, (counted * error**2).sum(axis=1) / counted.sum(axis=1))
    assert len(np.unique(matcher.between)) > 8


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
        results.append((matcher.sources, matcher.between, matcher.distances))
    assert (results[0][2] <= before + 1e-9).all() and (results[0][2] < before).any()
    for one, other in zip(*results, strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_window_that_nothing_stirred_is_as_if_it_were_tried_again(parts, monkeypatch):
    photos, library, mask, sources = parts
    image, results = photo(*mask.shape, 5), []
    for skip in (True, False):
        if not skip:
            # Every window tries its matches in every sweep.
            monkeypatch.setattr(
                matching, "Sweep", lambda one, far, _: Sweep(one, far, np.ones(mask.shape, bool))
            )
        matcher = Matcher(library, photos, mask, sources, largest=5)
        matcher.match(image, 5)
        results.append((matcher.sources, matcher.between, matcher.distances))
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


@pytest.mark.parametrize("way", [(0.25, -0.5), (-0.25, 0.25), (2.5, 0.75)])
def test_a_photo_moved_by_parts_of_a_pixel_is_matched_where_it_went(way):
    smooth = ndimage.gaussian_filter(photo(40, 40, 8).astype(float), (1.5, 1.5, 0))
    smooth = (smooth - smooth.min()) / np.ptp(smooth) * 255
    # W shows at x what the focused photo shows at x + way.
    moved = ndimage.shift(smooth, (-way[0], -way[1], 0), order=5, mode="mirror")
    sharp, image = (np.clip(np.rint(one), 0, 255).astype(np.uint8) for one in (smooth, moved))
    photos = [FocusedPhoto(sharp)]
    library = PatchLibrary(photos, disk(3), neighborhood=5)
    mask = np.zeros((40, 40), bool)
    mask[8:30, 8:30] = True
    matcher = Matcher(library, photos, mask, np.flatnonzero(mask), largest=7)
    for _ in range(3):
        matcher.match(image, 7)
    y = library.y[matcher.sources] - matcher.y + (matcher.between // 4 - 2) / 4
    x = library.x[matcher.sources] - matcher.x + (matcher.between % 4 - 2) / 4
    assert np.mean((y == way[0]) & (x == way[1])) > 0.95
    mean = matcher.average(np.ones(mask.sum()), 7)[0]
    assert np.abs(mean - image)[mask].mean() < 1


def test_what_stands_alone_moves_as_most_do():
    sharp = photo(30, 30, 9)
    photos = [FocusedPhoto(sharp)]
    library = PatchLibrary(photos, disk(3), neighborhood=5)
    mask = np.zeros((30, 30), bool)
    mask[4:16, 4:16] = mask[25, 25] = True
    image = np.roll(sharp, (-2, -3), (0, 1))
    right = np.ravel_multi_index(np.add(np.nonzero(mask), [[2], [3]]), (30, 30))
    sources = right.copy()
    sources[-1] = 0
    matcher = Matcher(library, photos, mask, sources, largest=5)
    matcher.match(image, 3)
    np.testing.assert_array_equal(matcher.sources, right)


def test_the_average_of_right_matches_is_the_photo_wherever_windows_reach(parts):
    sharp = photo(20, 20, 6)
    photos = [FocusedPhoto(sharp)]
    library = PatchLibrary(photos, disk(3), neighborhood=5)
    mask = np.zeros((20, 20), bool)
    mask[5:9, 5:9] = True
    matcher = Matcher(library, photos, mask, np.flatnonzero(mask), largest=5)
    weights = np.random.default_rng(7).random(mask.sum())
    mean, weight, discord = matcher.average(weights, 3, discord=True)
    reached = np.zeros_like(mask)
    reached[4:10, 4:10] = True
    np.testing.assert_allclose(mean[reached], sharp[reached])
    assert not weight[~reached].any()
    assert weight.sum() == pytest.approx(weights.sum())
    np.testing.assert_allclose(discord, 0, atol=1e-9)


def test_discord_is_the_variance_of_what_the_windows_say(parts):
    photos, library, mask, sources = parts
    matcher = Matcher(library, photos, mask, sources, largest=5)
    weights = np.random.default_rng(7).random(mask.sum())
    mean, _, discord = matcher.average(weights, 3, discord=True)
    shows = shown(photos, matcher, 3).reshape(-1, 3, 3, 3)
    said = [[[] for _ in range(mask.shape[1])] for _ in range(mask.shape[0])]
    for y, x, patch, weight in zip(matcher.y, matcher.x, shows, weights, strict=True):
        for dy in range(max(-1, -y), min(2, mask.shape[0] - y)):
            for dx in range(max(-1, -x), min(2, mask.shape[1] - x)):
                said[y + dy][x + dx].append((patch[dy + 1, dx + 1], weight))
    for y, x in zip(*np.nonzero(mask), strict=True):
        values, weight = (np.array(part, float) for part in zip(*said[y][x], strict=True))
        np.testing.assert_allclose(mean[y, x], np.average(values, axis=0, weights=weight))
        error = ((values - mean[y, x]) ** 2).mean(axis=1)
        assert discord[y, x] == pytest.approx(np.average(error, weights=weight), abs=1e-8)


def same_view(moves):
    """U, and a Matcher for it: columns of the focused photo moved by one after the other of the moves."""
    smooth = ndimage.gaussian_filter(photo(40, 60, 8).astype(float), (1, 1, 0))
    sharp = np.clip((smooth - smooth.mean()) * 4 + 128, 0, 255).astype(np.uint8)
    photos = [FocusedPhoto(sharp)]
    library = PatchLibrary(photos, disk(3), neighborhood=5)
    mask = np.zeros((40, 60), bool)
    mask[8:32, 8:52] = True
    y, x = np.nonzero(mask)
    move = np.array(moves)[(x - 8) * len(moves) // 44]
    right = np.ravel_multi_index((y + move[:, 0], x + move[:, 1]), mask.shape)
    seen = np.zeros((40, 60, 3), np.uint8)
    blurred = library.blurred[:, 36:39]
    for down, across in np.ndindex(40, 60):
        part = min(max(across - 8, 0) * len(moves) // 44, len(moves) - 1)
        there = np.clip(np.add((down, across), moves[part]), 0, (39, 59))
        seen[down, across] = blurred[np.ravel_multi_index(there, mask.shape)]
    # A third of the matches lies one pixel beside the right place.
    beside = right + np.where(np.random.default_rng(3).random(len(right)) < 1 / 3, 1, 0)
    return seen, Matcher(library, photos, mask, beside, largest=5), right


def test_a_photo_of_the_same_view_is_matched_where_most_of_it_is():
    # Noise makes the neighbors of the right patches about as near as these.
    seen, matcher, right = same_view([(0, 0)])
    noise = np.random.default_rng(5).normal(0, 12, seen.shape)
    matcher.adopt_common_displacement(np.clip(seen + noise, 0, 255).astype(np.uint8))
    np.testing.assert_array_equal(matcher.sources, right)


def test_where_parts_have_moved_apart_each_keeps_its_match():
    seen, matcher, _ = same_view([(0, 0), (2, 3)])
    before = matcher.sources.copy()
    matcher.adopt_common_displacement(seen)
    np.testing.assert_array_equal(matcher.sources, before)


def test_what_does_not_show_the_move_of_most_keeps_its_match():
    seen, matcher, right = same_view([(0, 0)])
    noise = np.random.default_rng(5).normal(0, 12, seen.shape)
    seen = np.clip(seen + noise, 0, 255).astype(np.uint8)
    # One corner shows something else, and matches it.
    there = (matcher.y < 14) & (matcher.x < 14)
    elsewhere = np.ravel_multi_index((matcher.y[there] + 15, matcher.x[there] + 20), seen.shape[:2])
    seen[6:16, 6:16] = matcher._library.blurred[:, 36:39].reshape(*seen.shape[:2], 3)[21:31, 26:36]
    matcher.sources[there] = elsewhere
    matcher.adopt_common_displacement(seen)
    deep = there & (matcher.y < 12) & (matcher.x < 12)
    np.testing.assert_array_equal(matcher.sources[deep], elsewhere[deep[there]])
    np.testing.assert_array_equal(matcher.sources[~there], right[~there])
