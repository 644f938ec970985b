"""Neighborhoods and the library: reflection, numbering, and the way from a patch to its neighbor."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_pictures import noise

from refocuslab import FocusedPhoto, Neighborhood, PatchLibrary, RefocusError
from refocuslab.optics.blur import blur
from refocuslab.optics.psf import disk
from refocuslab.paper.patches import REACH, reflect


def some_photos():
    """Two photos of different sizes with ragged masks."""
    made = []
    for seed, (height, width) in enumerate([(9, 11), (12, 7)]):
        mask = np.random.default_rng(seed).random((height, width)) < 0.6
        mask[0, 0] = mask[-1, -1] = True
        made.append(FocusedPhoto(noise(height, width, seed), mask))
    return made


@given(st.integers(2, 9), st.data())
def test_reflection_is_that_of_numpy(length, data):
    reach = data.draw(st.integers(0, length - 1))
    expected = np.pad(np.arange(length), reach, mode="reflect")
    assert reflect(np.arange(-reach, length + reach), length).tolist() == expected.tolist()


@pytest.mark.parametrize("size", [1, 3, 5, 7])
def test_a_neighborhood_is_a_square_in_scanline_order(size):
    neighborhood = Neighborhood(size)
    radius = size // 2
    span = range(-radius, radius + 1)
    assert neighborhood.radius == radius
    assert neighborhood.offsets.tolist() == [[dy, dx] for dy in span for dx in span]
    assert neighborhood.offsets[neighborhood.center].tolist() == [0, 0]
    before = [dy < 0 or (dy == 0 and dx < 0) for dy, dx in neighborhood.offsets]
    assert neighborhood.before_center.tolist() == before


@pytest.mark.parametrize("size", [0, -3, 4, 5.0, True, "5"])
def test_sizes_that_are_none(size):
    with pytest.raises(RefocusError, match=r"^neighborhood must be an odd integer of at least 1; got "):
        Neighborhood(size)
    with pytest.raises(RefocusError, match=r"^neighborhood must be "):
        PatchLibrary([FocusedPhoto(noise(9, 9))], disk(3), neighborhood=size)


def test_a_library_needs_a_photo():
    with pytest.raises(RefocusError, match=r"^focused must be one or more FocusedPhoto; got none$"):
        PatchLibrary([], disk(3))


def test_windows_at_every_place_are_those_of_the_padded_photo():
    image, neighborhood = noise(6, 8), Neighborhood(5)
    padded = np.pad(image, ((2, 2), (2, 2), (0, 0)), mode="reflect")
    y, x = np.divmod(np.arange(48), 8)
    expected = [padded[v : v + 5, u : u + 5].ravel() for v, u in zip(y, x, strict=True)]
    found = neighborhood.windows(image, y, x)
    assert found.dtype == np.uint8 and np.array_equal(found, expected)


@pytest.mark.parametrize("shape", [(4, 9), (9, 4)])
def test_a_photo_smaller_than_the_window(shape):
    with pytest.raises(RefocusError) as caught:
        PatchLibrary([FocusedPhoto(noise(9, 9)), FocusedPhoto(noise(*shape))], disk(3))
    got = f"{shape[0]} x {shape[1]} pixels"
    assert str(caught.value) == f"photo must be no smaller than the 5 x 5 neighborhood; got {got}"


def test_patches_are_numbered_photo_by_photo_in_scanline_order():
    photos = some_photos()
    library = PatchLibrary(photos, disk(3))
    places = [(i, *place) for i, photo in enumerate(photos) for place in np.argwhere(photo.mask).tolist()]
    assert [library.position(i) for i in range(len(library))] == places
    assert all(type(number) is int for number in library.position(0))
    with pytest.raises(IndexError):
        library.position(len(library))


@pytest.mark.parametrize("light", ["linear", "encoded"])
def test_a_patch_is_what_its_position_says(light):
    photos = some_photos()
    library = PatchLibrary(photos, disk(4), neighborhood=3, light=light)
    shots = [photo.image for photo in photos], [blur(photo.image, disk(4), light=light) for photo in photos]
    for rows, images in zip((library.sharp, library.blurred), shots, strict=True):
        padded = [np.pad(image, ((1, 1), (1, 1), (0, 0)), mode="reflect") for image in images]
        for i in range(len(library)):
            photo, y, x = library.position(i)
            assert np.array_equal(rows[i], padded[photo][y : y + 3, x : x + 3].ravel())
    at = zip(library.photo, library.y, library.x, strict=True)
    assert np.array_equal(library.centers, [photos[photo].image[y, x] for photo, y, x in at])


def test_colors_are_told_apart_by_all_three_channels():
    image = np.zeros((3, 5, 3), np.uint8)
    image[0, :3] = [[1, 0, 0], [0, 1, 0], [0, 0, 1]]
    image[1, 0] = [255, 255, 255]
    library = PatchLibrary([FocusedPhoto(image)], disk(1), neighborhood=3)
    assert library.distinct_colors == 5
    assert library.colors[[0, 1, 2, 5]].tolist() == [1 << 16, 1 << 8, 1, 0xFFFFFF]


def test_a_step_on_the_grid_leads_to_the_patch_beside_or_nowhere():
    library = PatchLibrary(some_photos(), disk(3))
    grid, number = library.grid, {library.position(i): i for i in range(len(library))}
    for i in range(len(library)):
        photo, y, x = library.position(i)
        for dy, dx in library.neighborhood.offsets:
            found = grid.index_at[grid.place[i] + dy * grid.stride[i] + dx]
            assert found == number.get((photo, y + dy, x + dx), -1)


@pytest.mark.parametrize("neighborhood", [1, 3, 5, 9])
def test_no_search_steps_beyond_the_frame_of_the_grid(neighborhood):
    photos = [FocusedPhoto(np.zeros((9, 10, 3), np.uint8)), FocusedPhoto(np.zeros((11, 9, 3), np.uint8))]
    library = PatchLibrary(photos, disk(1), neighborhood=neighborhood)
    grid, reach = library.grid, max(REACH, neighborhood // 2)
    assert grid.frame >= reach
    for i in range(len(library)):
        photo, y, x = library.position(i)
        for dy in range(-reach, reach + 1):
            for dx in range(-reach, reach + 1):
                place = grid.place[i] + dy * grid.stride[i] + dx
                assert 0 <= place < len(grid.index_at)
                there = 0 <= y + dy < (9, 11)[photo] and 0 <= x + dx < (10, 9)[photo]
                assert (grid.index_at[place] >= 0) == there


@pytest.mark.parametrize("made", [np.zeros((9, 9, 3)), np.zeros((9, 8, 3), np.uint8), None])
def test_an_image_function_that_gives_no_such_photo_is_refused(made):
    with pytest.raises(RefocusError, match=r"^image_function must give a photo of the shape and type"):
        PatchLibrary(
            [FocusedPhoto(np.zeros((9, 9, 3), np.uint8))], disk(1), image_function=lambda photo: made
        )


@pytest.mark.parametrize("neighborhood", [3, 5, 9])
@pytest.mark.parametrize("place", [np.s_[0, 0], np.s_[20, 15], np.s_[39, 44], np.s_[1:4, 30:], np.s_[:, 7]])
def test_a_part_of_the_photo_gives_the_patches_of_the_whole(neighborhood, place):
    image = np.random.default_rng(4).integers(0, 256, (40, 45, 3)).astype(np.uint8)
    mask = np.zeros((40, 45), bool)
    mask[place] = True
    library = PatchLibrary([FocusedPhoto(image, mask)], disk(7), neighborhood=neighborhood)
    windows = Neighborhood(neighborhood).windows
    assert np.array_equal(library.sharp, windows(image, *np.nonzero(mask)))
    assert np.array_equal(library.blurred, windows(blur(image, disk(7)), *np.nonzero(mask)))
