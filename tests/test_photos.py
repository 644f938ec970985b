import struct
import zlib

import numpy as np
import pytest
import tifffile
from PIL import Image

from refocuslab.errors import RefocusError
from refocuslab.photos import (
    polygon_mask,
    read_mask,
    read_photo,
    write_mask,
    write_photo,
    write_whole,
)

RNG = np.random.default_rng(5)
PHOTO = RNG.integers(0, 256, (6, 9, 3), dtype=np.uint8)
GREY = PHOTO[:, :, 0]
DEEP = RNG.integers(0, 65536, (6, 9, 4), dtype=np.uint16)
DEEP[0, :5] = np.array([0, 128, 129, 65406, 65535])[:, None]  # both sides of two steps, both ends


def eight_bits(samples):
    return np.rint(samples * (255 / 65535)).astype(np.uint8)


def three(grey):
    return np.repeat(grey[:, :, None], 3, axis=2)


def write_png16(path, samples, colour_type):
    """A PNG file of 16 bits, with a different filter on every row as encoders choose them."""
    height, width, channels = samples.shape
    rows = samples.astype(">u2").view(np.uint8).reshape(height, width * channels * 2)
    lines, above, step = b"", np.zeros_like(rows[0]), 2 * channels
    for y, row in enumerate(rows):
        left = np.concatenate([np.zeros(step, np.uint8), row[:-step]])
        lines += bytes([y % 3]) + [row, row - left, row - above][y % 3].tobytes()
        above = row
    chunks = [
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 16, colour_type, 0, 0, 0)),
        (b"IDAT", zlib.compress(lines)),
        (b"IEND", b""),
    ]
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + b"".join(
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
            for kind, data in chunks
        )
    )


@pytest.mark.parametrize("alpha", [0, 1, 255])
def test_alpha_is_ignored_and_the_colour_below_it_kept(tmp_path, alpha):
    rgba = np.dstack([PHOTO, np.full((6, 9), alpha, np.uint8)])
    Image.fromarray(rgba).save(tmp_path / "rgba.png")
    Image.fromarray(rgba[:, :, [0, 3]]).save(tmp_path / "la.png")
    np.testing.assert_array_equal(read_photo(tmp_path / "rgba.png"), PHOTO)
    np.testing.assert_array_equal(read_photo(str(tmp_path / "la.png")), three(GREY))


def test_rgb_and_grey(tmp_path):
    for name in ("a.png", "a.tif", "a.bmp"):
        Image.fromarray(PHOTO).save(tmp_path / name)
        np.testing.assert_array_equal(read_photo(tmp_path / name), PHOTO)
        Image.fromarray(GREY).save(tmp_path / name)
        np.testing.assert_array_equal(read_photo(tmp_path / name), three(GREY))
    Image.fromarray(GREY >= 128).save(tmp_path / "bilevel.png")
    np.testing.assert_array_equal(read_photo(tmp_path / "bilevel.png")[:, :, 1] == 255, GREY >= 128)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("transparency", [None, 3, b"\x00\x80\xff\x07"])
def test_palette(tmp_path, transparency):
    indices = np.arange(12, dtype=np.uint8).reshape(3, 4) % 4
    colours = np.array([[250, 1, 2], [3, 240, 4], [5, 6, 230], [7, 8, 9]], np.uint8)
    photo = Image.fromarray(indices)
    photo.putpalette(colours.tobytes())
    options = {} if transparency is None else {"transparency": transparency}
    photo.save(tmp_path / "p.png", **options)
    np.testing.assert_array_equal(read_photo(tmp_path / "p.png"), colours[indices])


@pytest.mark.parametrize(("colour_type", "channels"), [(0, 1), (4, 2), (2, 3), (6, 4)])
def test_sixteen_bit_png_is_scaled_and_rounded(tmp_path, colour_type, channels):
    samples = DEEP[:, :, :channels]
    write_png16(tmp_path / "deep.png", samples, colour_type)
    colour = samples[:, :, :3] if channels >= 3 else np.repeat(samples[:, :, :1], 3, axis=2)
    photo = read_photo(tmp_path / "deep.png")
    assert photo.dtype == np.uint8
    assert photo.flags.writeable
    np.testing.assert_array_equal(photo, eight_bits(colour))


@pytest.mark.parametrize("byteorder", ["<", ">"])
@pytest.mark.parametrize("compression", [None, "zlib"])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_sixteen_bit_tiff_is_scaled_and_rounded(tmp_path, byteorder, compression, channels):
    samples = DEEP[:, :, :channels]
    tifffile.imwrite(
        tmp_path / "deep.tif",
        samples[:, :, 0] if channels == 1 else samples,
        photometric="minisblack" if channels == 1 else "rgb",
        extrasamples=["unassalpha"] if channels == 4 else None,
        byteorder=byteorder,
        compression=compression,
    )
    colour = samples[:, :, :3] if channels >= 3 else np.repeat(samples, 3, axis=2)
    np.testing.assert_array_equal(read_photo(tmp_path / "deep.tif"), eight_bits(colour))


# What a viewer must do to a file of each EXIF orientation to show it upright.
UPRIGHT = {
    1: lambda a: a,
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: a.swapaxes(0, 1),
    6: lambda a: a[::-1].swapaxes(0, 1),
    7: lambda a: a[::-1, ::-1].swapaxes(0, 1),
    8: lambda a: a[:, ::-1].swapaxes(0, 1),
}


@pytest.mark.parametrize("orientation", UPRIGHT)
def test_exif_orientation_is_applied(tmp_path, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(PHOTO).save(tmp_path / "a.png", exif=exif)
    np.testing.assert_array_equal(read_photo(tmp_path / "a.png"), UPRIGHT[orientation](PHOTO))
    Image.fromarray(DEEP[:, :, 0]).save(tmp_path / "b.png", exif=exif)
    expected = UPRIGHT[orientation](three(eight_bits(DEEP[:, :, 0])))
    np.testing.assert_array_equal(read_photo(tmp_path / "b.png"), expected)
    tag = [(0x0112, "H", 1, orientation, True)]
    tifffile.imwrite(tmp_path / "c.tif", DEEP[:, :, :3], photometric="rgb", extratags=tag)
    expected = UPRIGHT[orientation](eight_bits(DEEP[:, :, :3]))
    np.testing.assert_array_equal(read_photo(tmp_path / "c.tif"), expected)


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
    with pytest.raises(RefocusError, match="readable photo"):
        read_photo(tmp_path)
    Image.fromarray(np.ones((4, 4), np.float32)).save(tmp_path / "float.tif")
    with pytest.raises(RefocusError, match="more than 16 bits"):
        read_photo(tmp_path / "float.tif")


def test_mask_threshold_is_half_of_full_scale(tmp_path):
    Image.fromarray(np.array([[0, 127, 128, 255]], np.uint8)).save(tmp_path / "m.png")
    np.testing.assert_array_equal(read_mask(tmp_path / "m.png"), [[False, False, True, True]])
    Image.fromarray(np.array([[0, 32767, 32768]], np.uint16)).save(tmp_path / "m.png")
    np.testing.assert_array_equal(read_mask(tmp_path / "m.png"), [[False, False, True]])


def test_polygon_mask_counts_pixel_centres():
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
    write_mask(tmp_path / "m.png", GREY > 99)
    np.testing.assert_array_equal(read_mask(tmp_path / "m.png"), GREY > 99)
    with pytest.raises(RefocusError, match="image must be a photo"):
        write_photo(tmp_path / "b.png", GREY)
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
