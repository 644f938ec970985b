import numpy as np
import pytest
from PIL import Image

from refocuslab.errors import RefocusError
from refocuslab.files.plain_files import write_whole
from refocuslab.pictures.masks import read_mask, write_mask
from refocuslab.pictures.polygons import polygon_mask
from refocuslab.pictures.reading import read_photo
from refocuslab.pictures.writing import write_photo

RNG = np.random.default_rng(5)
PHOTO = RNG.integers(0, 256, (6, 9, 3), dtype=np.uint8)
GRAY = PHOTO[:, :, 0]


def three(gray):
    return np.repeat(gray[:, :, None], 3, axis=2)


def test_rgb_and_gray(tmp_path):
    for name in ("a.png", "a.tif", "a.bmp"):
        Image.fromarray(PHOTO).save(tmp_path / name)
        np.testing.assert_array_equal(read_photo(tmp_path / name), PHOTO)
        Image.fromarray(GRAY).save(tmp_path / name)
        np.testing.assert_array_equal(read_photo(tmp_path / name), three(GRAY))
    Image.fromarray(GRAY >= 128).save(tmp_path / "bilevel.png")
    np.testing.assert_array_equal(read_photo(tmp_path / "bilevel.png")[:, :, 1] == 255, GRAY >= 128)


def test_jpeg_is_turned_too(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    photo = np.zeros((16, 32, 3), np.uint8)
    photo[:, :16] = 255
    Image.fromarray(photo).save(tmp_path / "a.jpg", exif=exif)
    read = read_photo(tmp_path / "a.jpg")
    assert read.shape == (32, 16, 3)
    assert read[:16].min() > 250
    assert read[16:].max() < 5


def test_unreadable_files_are_named(tmp_path):
    for name, content in (
        ("empty.png", b""),
        ("text.png", b"not a photo at all"),
        ("cut.png", None),
    ):
        path = tmp_path / name
        if content is None:
            write_photo(path, PHOTO)
            content = path.read_bytes()[:-40]
        path.write_bytes(content)
        with pytest.raises(RefocusError, match=name) as caught:
            read_photo(path)
        assert str(path) in str(caught.value)
    with pytest.raises(RefocusError, match=r"existing file; got .*nowhere\.png"):
        read_photo(tmp_path / "nowhere.png")
    with pytest.raises(RefocusError, match="plain file"):
        read_photo(tmp_path)


def test_mask_threshold_is_half_of_full_scale(tmp_path):
    Image.fromarray(np.array([[0, 127, 128, 255]], np.uint8)).save(tmp_path / "m.png")
    np.testing.assert_array_equal(read_mask(tmp_path / "m.png"), [[False, False, True, True]])
    Image.fromarray(np.array([[0, 32767, 32768]], np.uint16)).save(tmp_path / "m.png")
    np.testing.assert_array_equal(read_mask(tmp_path / "m.png"), [[False, False, True]])


def test_polygon_mask_counts_pixel_centers():
    mask = polygon_mask((6, 8), [[[0.5, 1.5], [3.5, 1.5], [3.5, 4.5], [0.5, 4.5]]])
    expected = np.zeros((6, 8), bool)
    expected[2:5, 1:4] = True
    np.testing.assert_array_equal(mask, expected)


def test_polygons_unite_holes_are_cut_and_the_photo_clips():
    left = [[-9, -9], [3.5, -9], [3.5, 99], [-9, 99]]
    right = [[2.5, -9], [99, -9], [99, 99], [2.5, 99]]
    hole = [[2.5, 2.5], [5.5, 2.5], [5.5, 3.5], [2.5, 3.5]]
    expected = np.ones((6, 8), bool)
    expected[3, 3:6] = False
    np.testing.assert_array_equal(polygon_mask((6, 8), [left, right], holes=[hole]), expected)
    assert not polygon_mask((6, 8), []).any()


@pytest.mark.parametrize(
    "polygon", [[[0, 0], [1, 1]], [[0, 0, 0]] * 3, [0, 1, 2], "round", [[0, 0], [1], [2, 2]], 3]
)
def test_polygons_that_are_none(polygon):
    with pytest.raises(RefocusError, match="polygons must be lists of at least three points"):
        polygon_mask((4, 4), [polygon])
    with pytest.raises(RefocusError, match="holes must be"):
        polygon_mask((4, 4), [], holes=[polygon])


def test_polygons_that_are_not_finite():
    with pytest.raises(RefocusError, match="polygons must be finite"):
        polygon_mask((4, 4), [[[0, 0], [1, float("nan")], [1, 1]]])


def test_written_photos_and_masks_read_back(tmp_path):
    write_photo(tmp_path / "a.png", PHOTO)
    np.testing.assert_array_equal(read_photo(tmp_path / "a.png"), PHOTO)
    write_mask(tmp_path / "m.png", GRAY > 99)
    np.testing.assert_array_equal(read_mask(tmp_path / "m.png"), GRAY > 99)
    with pytest.raises(RefocusError, match="image must be a photo"):
        write_photo(tmp_path / "b.png", GRAY)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.png", "m.png"]


def test_write_whole_replaces_at_once_or_not_at_all(tmp_path):
    path = tmp_path / "file"
    write_whole(path, b"first")
    write_whole(path, lambda file: file.write(b"second"))
    assert path.read_bytes() == b"second"

    def fails(file):
        file.write(b"half of the third")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_whole(path, fails)
    assert path.read_bytes() == b"second"
    assert list(tmp_path.iterdir()) == [path]
    with pytest.raises(RefocusError, match="folder that exists"):
        write_whole(tmp_path / "nowhere" / "file", b"")
