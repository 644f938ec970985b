"""Tiles: their layout, what they see, and that their seams are not seen."""

import numpy as np
import pytest
from skimage import data

from refocuslab.consistency import tiles
from refocuslab.consistency.consistent import make_consistent
from refocuslab.errors import Cancelled
from refocuslab.evaluation.metrics import score
from refocuslab.optics.psf import disk
from refocuslab.paper.patches import around
from refocuslab.scene import FocusedPhoto, Scene
from refocuslab.simulation.misfocus import add_noise, misfocus

DIAMETER = 5


def scene(height, width, mask=None, *, beside=0):
    """An object, and a photo of it that lies so many pixels beside."""
    sharp = data.astronaut()[20 : 20 + height, 150 : 150 + width]
    focused = add_noise(data.astronaut()[20 : 20 + height, 150 + beside : 150 + beside + width], 1.0, seed=1)
    misfocused = misfocus(sharp, DIAMETER, noise=1.0, seed=2)
    return Scene(misfocused, mask, [FocusedPhoto(focused)], psf=disk(DIAMETER), truth=sharp)


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr(tiles, "SIDE", 40)


@pytest.fixture(scope="module")
def object_in_frame():
    mask = np.zeros((130, 170), bool)
    mask[30:100, 20:150] = True
    mask[30:66, 100:] = False
    return scene(130, 170, mask)


def counted(found, shape, part):
    total = np.zeros(shape, int)
    for tile in found:
        total[getattr(tile, part)] += 1
    return total


def test_each_pixel_of_the_mask_is_in_one_core_and_seen_with_all_that_reaches_it(small, object_in_frame):
    mask = object_in_frame.mask
    found = tiles.tiles_of(object_in_frame, 9)
    assert len(found) == 7  # of 2 x 4, one holds nothing
    assert (counted(found, mask.shape, "core")[mask] == 1).all()
    sizes = [mask[tile.core].sum() for tile in found]
    assert sizes == sorted(sizes, reverse=True)
    reach = 9 // 2 + 1 + 2 * (len(disk(DIAMETER)) // 2)
    for tile in found:
        for core, work, box, length in zip(tile.core, tile.work, tile.box, mask.shape, strict=True):
            assert work == slice(max(0, core.start - reach), min(length, core.stop + reach))
            assert box.start <= max(0, work.start - reach - 30)
            assert box.stop >= min(length, work.stop + reach + 30)


def test_a_mask_a_little_larger_than_a_tile_is_one(monkeypatch):
    given = scene(60, 45)
    for side, count in (60, 1), (49, 1), (40, 2):
        monkeypatch.setattr(tiles, "SIDE", side)
        found = tiles.tiles_of(given, 9)
        assert len(found) == count
    assert found[0].work != found[0].core


@pytest.mark.seconds
def test_the_same_bytes_for_any_number_of_threads(small, object_in_frame):
    found = [make_consistent(object_in_frame, sizes=(9, 5), threads=threads) for threads in (1, 2, 3)]
    for other in found[1:]:
        for name in ("image", "match", "begun", "basis"):
            np.testing.assert_array_equal(getattr(other, name), getattr(found[0], name))
    outside = ~object_in_frame.mask
    np.testing.assert_array_equal(found[0].image[outside], object_in_frame.misfocused[outside])
    assert (found[0].match[outside] == -1).all() and (found[0].match[~outside] >= 0).all()
    np.testing.assert_allclose(found[0].basis.sum(axis=2), 1, atol=1e-5)


@pytest.mark.seconds
def test_tiles_are_as_good_as_one_and_their_seams_are_not_seen(monkeypatch):
    given = scene(90, 120)
    whole = make_consistent(given, sizes=(9, 5), correct_psf=False)
    monkeypatch.setattr(tiles, "SIDE", 40)
    cores = tiles.tiles_of(given, 9)
    assert len(cores) == 9
    tiled = make_consistent(given, sizes=(9, 5), correct_psf=False)
    assert score(tiled.image, given).psnr > score(whole.image, given).psnr - 0.1
    off = np.abs(tiled.image.astype(float) - whole.image).mean(axis=2)
    seam = np.zeros(off.shape, bool)
    for tile in cores:
        for axis, one in enumerate(tile.core):
            if one.start:
                np.moveaxis(seam, axis, 0)[one.start - 1 : one.start + 1] = True
    assert off.mean() < 0.5
    assert off[seam].mean() < off.mean() + 0.2


@pytest.mark.seconds
def test_a_photo_in_place_is_searched_near_its_place_only(object_in_frame):
    rows, columns = around(object_in_frame.mask, 0)
    mask = object_in_frame.mask.copy()
    mask[:, columns.start + 12 :] = mask[: rows.start + 3] = mask[rows.start + 15 :] = False
    given = object_in_frame.replace(mask=mask)
    (tile,) = tiles.tiles_of(given, 5)
    seen = tiles.part_of(given, tile, [True])
    assert seen.focused[0].image.shape == seen.misfocused.shape == (*mask[tile.box].shape, 3)
    assert seen.mask.sum() == mask.sum()
    whole = tiles.part_of(given, tile, [False])
    assert whole.focused[0].image.shape == given.misfocused.shape
    # Matches are told in the frame of the photo, either way.
    y, x = np.nonzero(mask)
    for placed in ([True], [False]):
        match = make_consistent(given, placed=placed, sizes=(5,), correct_psf=False).match[mask]
        right = (match[:, 1] == y) & (match[:, 2] == x)
        assert (match[:, 0] == 0).all() and right.mean() > 0.9


@pytest.mark.seconds
def test_of_several_photos_each_match_names_its_own(object_in_frame):
    sharp = object_in_frame.focused[0].image
    there = np.zeros(sharp.shape[:2], bool)
    there[:, 160:] = True  # nothing near the tile
    black = FocusedPhoto(np.zeros_like(sharp), there)
    given = object_in_frame.replace(focused=[black, FocusedPhoto(sharp)])
    mask = np.zeros_like(given.mask)
    mask[40:52, 30:42] = True
    given = given.replace(mask=mask)
    match = make_consistent(given, placed=[True, True], sizes=(5,), correct_psf=False).match[mask]
    assert (match[:, 0] == 1).all()
    # Where no photo in place shows anything, all are seen.
    given = given.replace(focused=[black])
    found = make_consistent(given, placed=[True], sizes=(5,), correct_psf=False).match[mask]
    assert (found[:, 0] == 0).all() and (found[:, 2] >= 160).all()


@pytest.mark.seconds
def test_progress_rises_over_all_tiles_and_a_cancelled_run_ends(small, object_in_frame):
    shares = []
    make_consistent(object_in_frame, sizes=(5,), threads=2, step=shares.append)
    assert shares == sorted(shares) and shares[0] == 0 and shares[-1] == 1
    assert len({round(share, 3) for share in shares}) > 4

    def cancel(share):
        if share > 0.4:
            raise Cancelled("enough")

    with pytest.raises(Cancelled, match="enough"):
        make_consistent(object_in_frame, sizes=(5,), threads=2, step=cancel)
