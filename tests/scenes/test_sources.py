"""PSFs in files, and photographs of scikit-image: what is taken, and what is refused in words."""

import io
import struct

import numpy as np
import pytest
import skimage.data

from refocuslab.errors import RefocusError
from refocuslab.scenes import sources
from refocuslab.scenes.sources import read_psf, skimage_photo


def npy(numbers, version=(1, 0)):
    file = io.BytesIO()
    np.lib.format.write_array(file, numbers, version=version)
    return file.getvalue()


@pytest.mark.parametrize("version", [(1, 0), (2, 0)])
@pytest.mark.parametrize("kind", ["f8", ">f4", "f2", "u1", "i8"])
def test_numbers_are_read_as_they_stand(tmp_path, version, kind):
    numbers = np.arange(15).reshape(3, 5).astype(kind)
    (tmp_path / "psf.npy").write_bytes(npy(numbers, version))
    found = read_psf(tmp_path / "psf.npy")
    assert found.dtype == numbers.dtype and np.array_equal(found, numbers)


def test_what_is_no_array_of_numbers_in_two_dimensions_is_refused(tmp_path):
    good, vast = npy(np.ones((3, 3))), io.BytesIO()
    # A header that declares 8 TB of numbers.
    header = {"shape": (10**6, 10**6), "fortran_order": False, "descr": "<f8"}
    np.lib.format.write_array_header_1_0(vast, header)
    for content, words in (
        (b"", "must be a readable .npy file"),
        (b"PK\3\4" + bytes(99), "must be a readable .npy file"),
        (good[:-1], "not that of its content"),
        (good + b"\0", "not that of its content"),
        (vast.getvalue(), "not that of its content"),
        (npy(np.ones((3, 3, 3))), "not that of a square"),
        (npy(np.ones(9)), "not that of a square"),
        (npy(np.ones((3, 3), complex)), "must be an array of numbers"),
        (npy(np.ones((3, 3), bool)), "must be an array of numbers"),
        (npy(np.array([["a"]])), "must be an array of numbers"),
        (npy(np.zeros((1, 1), object)), "it holds objects"),
        (good[:6] + struct.pack("BB", 3, 0) + good[8:], "must be a readable .npy file"),
    ):
        (tmp_path / "psf.npy").write_bytes(content)
        with pytest.raises(RefocusError, match=words):
            read_psf(tmp_path / "psf.npy")
    with pytest.raises(RefocusError, match=r"must be a readable \.npy file, and"):
        read_psf(tmp_path / "missing.npy")


def test_a_photo_of_scikit_image_is_that_photo():
    photo = skimage_photo("coffee")
    assert np.array_equal(photo, skimage.data.coffee())
    with pytest.raises(ValueError, match="read-only"):
        photo[0, 0] = 0
    assert skimage_photo("coffee") is photo


def test_a_gray_photo_has_three_equal_channels():
    photo = skimage_photo("camera")
    assert photo.shape == (512, 512, 3)
    assert all(np.array_equal(photo[..., channel], skimage.data.camera()) for channel in range(3))


@pytest.fixture
def photos_of_scikit_image(monkeypatch):
    """A function that puts another in the place of one of scikit-image's."""
    skimage_photo.cache_clear()
    yield lambda name, function: monkeypatch.setattr(skimage.data, name, function)
    skimage_photo.cache_clear()


def test_the_stereo_pair_is_two_photos_without_its_depth(photos_of_scikit_image):
    pair = [np.full((4, 5, 3), level, np.uint8) for level in (10, 20)]
    photos_of_scikit_image("stereo_motorcycle", lambda: (*pair, np.zeros((4, 5))))
    assert (skimage_photo("stereo_motorcycle/left") == 10).all()
    assert (skimage_photo("stereo_motorcycle/right") == 20).all()


def test_the_fourth_channel_is_left_out_and_what_has_not_eight_bits_is_refused(photos_of_scikit_image):
    rgba = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)
    photos_of_scikit_image("rocket", lambda: rgba)
    assert np.array_equal(skimage_photo("rocket"), rgba[..., :3])
    photos_of_scikit_image("moon", lambda: np.zeros((4, 4), np.uint16))
    with pytest.raises(RefocusError, match="skimage:moon"):
        skimage_photo("moon")


def test_a_download_that_fails_is_told(photos_of_scikit_image):
    def fail():
        raise OSError("no network")

    photos_of_scikit_image("eagle", fail)
    with pytest.raises(RefocusError, match=r"must be at hand in scikit-image.*eagle \(no network\)"):
        skimage_photo("eagle")


@pytest.mark.parametrize("name", ["cofee", "data_dir", "stereo_motorcycle", "coffee/left", "", "__all__"])
def test_what_is_no_photo_of_scikit_image_is_refused(name):
    with pytest.raises(RefocusError, match=f"photo of scikit-image.*'{sources.SKIMAGE}{name}'"):
        skimage_photo(name)


def test_a_name_that_is_nearly_one_is_proposed():
    with pytest.raises(RefocusError, match='did you mean "coffee"'):
        skimage_photo("cofee")
