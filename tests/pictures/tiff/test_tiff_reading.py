"""Every kind of TIFF file, written by hand, is read as what was written."""

import io
import itertools
import struct

import numpy as np
import pytest
import tifffile
from PIL import Image

from refocuslab.errors import RefocusError, RefocusWarning
from refocuslab.pictures.masks import read_mask
from refocuslab.pictures.reading import read_photo, read_picture
from refocuslab.pictures.tiff import tiff_reading

H, W = 11, 19
RNG = np.random.default_rng(2)

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


def samples(count, bits, kind="u"):
    if kind == "f":
        return (RNG.integers(0, 1025, (H, W, count)) / 1024).astype(f"f{bits // 8}")  # exact in all
    dtype = np.uint8 if bits <= 8 else np.uint16
    values = RNG.integers(0, 2**bits, (H, W, count)).astype(dtype)
    values[0, 0], values[0, 1] = 0, 2**bits - 1
    return values


def eight_bits(values, bits):
    top = 1.0 if values.dtype.kind == "f" else 2**bits - 1
    return np.rint(values.astype(np.float64) * (255 / top)).astype(np.uint8)


def three(image):
    return np.repeat(image, 3, axis=2) if image.shape[2] == 1 else image


LAYOUTS = [
    dict(zip(("order", "big", "planar", "tile", "compression"), layout, strict=True))
    for layout in itertools.product("<>", (False, True), (1, 2), (None, 16), (1, 5, 8, 32773))
]


@pytest.mark.seconds
@pytest.mark.parametrize(
    ("photometric", "layout"),
    [(2, layout) for layout in LAYOUTS] + [(i % 2, layout) for i, layout in enumerate(LAYOUTS[::3])],
    ids=lambda value: "-".join(map(str, value.values())) if isinstance(value, dict) else str(value),
)
def test_every_layout(tmp_path, by_hand, layout, photometric):
    count = 3 if photometric == 2 else 1
    for bits, predictor in ((8, 1), (8, 2), (16, 1), (16, 2), (12, 1), (4, 1), (2, 1), (1, 1), (10, 1)):
        values = samples(count, bits)
        data = by_hand.tiff(values, photometric=photometric, bits=bits, predictor=predictor, **layout)
        (tmp_path / "a.tif").write_bytes(data)
        expected = three(eight_bits(values, bits))
        expected = 255 - expected if photometric == 0 else expected
        np.testing.assert_array_equal(read_photo(tmp_path / "a.tif"), expected, f"{bits} bits, {predictor}")


@pytest.mark.seconds
@pytest.mark.parametrize("layout", LAYOUTS[::3], ids=lambda layout: "-".join(map(str, layout.values())))
@pytest.mark.parametrize(
    ("bits", "predictor"), [(16, 1), (32, 1), (64, 1), (32, 2), (16, 3), (32, 3), (64, 3)]
)
def test_floating_point_samples(tmp_path, by_hand, layout, bits, predictor):
    for count, photometric in ((1, 1), (3, 2), (1, 0)):
        values = samples(count, bits, "f")
        data = by_hand.tiff(values, photometric=photometric, predictor=predictor, **layout)
        (tmp_path / "a.tif").write_bytes(data)
        expected = three(eight_bits(1 - values.astype(float) if photometric == 0 else values, bits))
        np.testing.assert_array_equal(read_photo(tmp_path / "a.tif"), expected)


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf, 1.5, -0.25, 255.0])
def test_floating_point_samples_beyond_white_are_refused(tmp_path, by_hand, wrong):
    values = samples(3, 32, "f")
    values[3, 4, 1] = wrong
    (tmp_path / "a.tif").write_bytes(by_hand.tiff(values, photometric=2))
    with pytest.raises(RefocusError, match="floating-point samples go"):
        read_photo(tmp_path / "a.tif")


@pytest.mark.seconds
@pytest.mark.parametrize("orientation", UPRIGHT)
@pytest.mark.parametrize("compression", [1, 5, 8])
@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.filterwarnings("ignore::refocuslab.errors.RefocusWarning")
def test_every_orientation_of_every_kind(tmp_path, by_hand, orientation, compression, bits):
    turn = UPRIGHT[orientation]
    path = tmp_path / "a.tif"
    for photometric, count, extra in (
        (0, 1, ()),
        (1, 1, ()),
        (2, 3, ()),
        (2, 4, (2,)),
        (1, 2, (2,)),
        (5, 4, ()),
    ):
        for planar in (1, 2):
            values = samples(count, bits)
            if extra:
                values[:, :, -1] = np.maximum(values[:, :, -1], 1 if bits == 8 else 200)
            data = by_hand.tiff(
                values, photometric=photometric, orientation=orientation, compression=compression,
                extra=extra, planar=planar,
            )  # fmt: skip
            path.write_bytes(data)
            picture = read_picture(path)
            seen = eight_bits(values, bits)
            if extra:
                np.testing.assert_array_equal(picture.alpha, turn(seen[:, :, -1]))
                seen = seen[:, :, :-1]
            if photometric == 0:
                seen = 255 - seen
            if photometric == 5:
                full = values.astype(np.float64) / (2**bits - 1)
                seen = np.rint(255 * (1 - full[:, :, :3]) * (1 - full[:, :, 3:])).astype(np.uint8)
            np.testing.assert_array_equal(picture.image, turn(three(seen)))


@pytest.mark.parametrize("bits", [1, 2, 4, 8, 16])
@pytest.mark.parametrize("orientation", [1, 6])
def test_palettes(tmp_path, by_hand, bits, orientation):
    indices = samples(1, bits if bits < 16 else 8)
    indices = indices.astype(np.uint16) if bits == 16 else indices
    table = RNG.integers(0, 256, (3, 2**bits)).astype(np.uint16)
    tags = [(320, 3, (table * 257).reshape(-1).tolist())]
    data = by_hand.tiff(indices, photometric=3, bits=bits, orientation=orientation, tags=tags)
    (tmp_path / "a.tif").write_bytes(data)
    expected = table.T.astype(np.uint8)[indices[:, :, 0]]
    np.testing.assert_array_equal(read_photo(tmp_path / "a.tif"), UPRIGHT[orientation](expected))


def test_bits_in_the_other_order(tmp_path, by_hand):
    for compression, bits in itertools.product((1, 5, 8), (1, 8, 16)):
        values = samples(1, bits)
        data = by_hand.tiff(values, photometric=1, bits=bits, fill=2, compression=compression)
        (tmp_path / "a.tif").write_bytes(data)
        np.testing.assert_array_equal(read_photo(tmp_path / "a.tif"), three(eight_bits(values, bits)))


@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.filterwarnings("ignore::refocuslab.errors.RefocusWarning")
def test_alpha_that_was_multiplied_in_is_taken_out(tmp_path, by_hand, bits):
    top = 2**bits - 1
    plain = samples(4, bits)
    plain[:, :, 3] = np.maximum(plain[:, :, 3], top // 2)
    share = plain[:, :, 3:] / top
    multiplied = plain.copy()
    multiplied[:, :, :3] = np.rint(plain[:, :, :3] * share)
    (tmp_path / "a.tif").write_bytes(by_hand.tiff(multiplied, photometric=2, extra=(1,)))
    picture = read_picture(tmp_path / "a.tif")
    found, expected = picture.image.astype(int), eight_bits(plain[:, :, :3], bits)
    assert np.abs(found - expected).max() <= 1
    np.testing.assert_array_equal(picture.alpha, eight_bits(plain[:, :, 3], bits))


def test_a_further_channel_is_no_alpha(tmp_path, by_hand):
    values = samples(4, 16)  # a scanner's infrared
    (tmp_path / "a.tif").write_bytes(by_hand.tiff(values, photometric=2, extra=(0,)))
    with pytest.warns(RefocusWarning, match="no alpha, is left out"):
        picture = read_picture(tmp_path / "a.tif")
    assert picture.alpha is None
    np.testing.assert_array_equal(picture.image, eight_bits(values[:, :, :3], 16))


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK", "YCbCr"])
@pytest.mark.filterwarnings("ignore::refocuslab.errors.RefocusWarning")
def test_jpeg_within_tiff(tmp_path, mode):
    smooth = np.add.outer(np.arange(64), np.arange(80))[:, :, None] + np.array([0, 30, 60, 20])
    photo = Image.fromarray(smooth.astype(np.uint8)[:, :, :3]).convert(mode)
    photo.save(tmp_path / "a.tif", compression="jpeg", quality=95)
    expected = np.asarray(photo.convert("RGB")).astype(int)
    assert np.abs(read_photo(tmp_path / "a.tif") - expected).max() <= 6
    photo.save(tmp_path / "a.tif", compression="jpeg", quality=95, tiffinfo={274: 6})
    turned = UPRIGHT[6](expected)
    assert np.abs(read_photo(tmp_path / "a.tif") - turned).max() <= 6


@pytest.mark.parametrize("compression", ["group3", "group4", "tiff_ccitt", "tiff_lzw", "packbits"])
def test_fax_and_lzw_of_another_writer(tmp_path, compression):
    mask = RNG.random((H, W)) > 0.5
    Image.fromarray(mask).save(tmp_path / "a.tif", compression=compression)
    np.testing.assert_array_equal(read_photo(tmp_path / "a.tif")[:, :, 0] > 0, mask)
    np.testing.assert_array_equal(read_mask(tmp_path / "a.tif"), mask)


def test_ycbcr_without_jpeg(tmp_path, by_hand):
    rgb = samples(3, 8)
    ycbcr = np.asarray(Image.fromarray(rgb).convert("YCbCr"))
    (tmp_path / "a.tif").write_bytes(by_hand.tiff(ycbcr, photometric=6, tags=[(530, 3, [1, 1])]))
    assert np.abs(read_photo(tmp_path / "a.tif").astype(int) - rgb).max() <= 3
    (tmp_path / "a.tif").write_bytes(by_hand.tiff(ycbcr, photometric=6, tags=[(530, 3, [2, 2])]))
    with pytest.raises(RefocusError, match="YCbCr of fewer pixels"):
        read_photo(tmp_path / "a.tif")


@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.filterwarnings("ignore::refocuslab.errors.RefocusWarning")
def test_lab(tmp_path, by_hand, bits):
    # Neutral colors and sRGB's primaries, relative to D50.
    lab = np.array([[[0, 0, 0], [100, 0, 0], [53.585, 0, 0], [54.29, 80.81, 69.89], [29.57, 68.30, -112.03]]])
    rgb = np.array([[[0, 0, 0], [255, 255, 255], [128, 128, 128], [255, 0, 0], [0, 0, 255]]])
    unit = 1 if bits == 8 else 256
    dtype = np.uint8 if bits == 8 else np.uint16
    top = 2**bits - 1
    cie = np.concatenate([lab[..., :1] * top / 100, np.rint(lab[..., 1:] * unit) % (top + 1)], axis=2)
    icc = np.concatenate([lab[..., :1] * 255 * unit / 100, (lab[..., 1:] + 128) * unit], axis=2)
    for photometric, coded in ((8, cie), (9, icc)):
        (tmp_path / "a.tif").write_bytes(by_hand.tiff(np.rint(coded).astype(dtype), photometric=photometric))
        assert np.abs(read_photo(tmp_path / "a.tif").astype(int) - rgb).max() <= (4 if bits == 8 else 1)


def test_integers_without_a_white_are_refused_but_as_masks_of_zero_and_one(tmp_path, by_hand):
    mask = RNG.random((H, W, 1)) > 0.5
    for dtype in (np.int8, np.int16, np.int32, np.uint32, np.int64, np.uint64):
        (tmp_path / "a.tif").write_bytes(by_hand.tiff(mask.astype(dtype), photometric=1))
        with pytest.raises(RefocusError, match="no white that is known"):
            read_photo(tmp_path / "a.tif")
        np.testing.assert_array_equal(read_mask(tmp_path / "a.tif"), mask[:, :, 0])


def test_which_of_several_pictures_is_taken(tmp_path):
    photo, small = samples(3, 8), samples(3, 8)[:4, :4]
    path = tmp_path / "a.tif"
    with tifffile.TiffWriter(path) as file:
        file.write(photo, photometric="rgb")
        file.write(samples(3, 8), photometric="rgb")
    with pytest.warns(RefocusWarning, match="the first of its 2 pictures"):
        np.testing.assert_array_equal(read_photo(path), photo)
    with tifffile.TiffWriter(path) as file:  # a thumbnail first, then the photo
        file.write(small, photometric="rgb", subfiletype=1)
        file.write(photo, photometric="rgb")
    np.testing.assert_array_equal(read_photo(path), photo)
    with tifffile.TiffWriter(path) as file:  # a thumbnail, and the photo within it
        file.write(small, photometric="rgb", subfiletype=1, subifds=1)
        file.write(photo, photometric="rgb")
    np.testing.assert_array_equal(read_photo(path), photo)
    with tifffile.TiffWriter(path) as file:  # a photo, and its thumbnail within it
        file.write(photo, photometric="rgb", subifds=1)
        file.write(small, photometric="rgb", subfiletype=1)
    np.testing.assert_array_equal(read_photo(path), photo)


@pytest.mark.parametrize("ending", [".tif", ".dng", ".nef", ".arw", ".CR2"])
def test_camera_raw_is_refused_without_rawpy(tmp_path, without_rawpy, ending):
    path = tmp_path / f"a{ending}"
    sensor = samples(1, 16)[:, :, 0]
    with tifffile.TiffWriter(path) as file:
        file.write(samples(3, 8)[:4, :4], photometric="rgb", subfiletype=1, subifds=1)
        file.write(sensor, photometric=32803)
    with pytest.raises(RefocusError, match=r"camera raw.*develop it first"):
        read_photo(path)
    tags = [(50706, 1, 4, (1, 4, 0, 0), True)]
    tifffile.imwrite(path, samples(3, 8), photometric="rgb", extratags=tags)
    with pytest.raises(RefocusError, match="camera raw"):
        read_photo(path)


def test_what_cannot_be_read_says_why(tmp_path, by_hand):
    values = samples(1, 8)
    for options, words in (
        ({"photometric": 4, "bits": 1}, "transparency mask"),
        ({"photometric": 32844}, "logarithmic"),
        ({"photometric": 10}, "its samples|Lab of the ITU"),
        ({"photometric": 2}, "not those of its kind"),
        ({"photometric": 3}, "palette is missing"),
        ({"photometric": 1, "kind": 5}, "complex"),
    ):
        (tmp_path / "a.tif").write_bytes(by_hand.tiff(values // 255, **options))
        with pytest.raises(RefocusError, match=words):
            read_photo(tmp_path / "a.tif")
    data = bytearray(by_hand.tiff(values, photometric=1))
    at = data.index(b"\x03\x01\x03\x00\x01\x00\x00\x00\x01")
    data[at + 8 : at + 10] = (34887).to_bytes(2, "little")
    (tmp_path / "a.tif").write_bytes(data)
    with pytest.raises(RefocusError, match=r"compression \(34887\) is not read"):
        read_photo(tmp_path / "a.tif")


@pytest.mark.parametrize("compression", [1, 5, 8, 32773])
@pytest.mark.parametrize("tile", [None, 16])
def test_a_file_that_is_cut_off_is_refused(tmp_path, by_hand, compression, tile):
    data = by_hand.tiff(samples(3, 8), photometric=2, compression=compression, tile=tile)
    # The directory moves to the front, as many writers have it, so that cutting takes the picture.
    photo = Image.open(io.BytesIO(data))
    assert photo.size == (W, H)
    for keep in (9, 40, len(data) // 2, len(data) - 300):
        (tmp_path / "a.tif").write_bytes(data[:keep])
        with pytest.raises(RefocusError, match="readable photo"):
            read_photo(tmp_path / "a.tif")


def test_lzw_and_packbits_whose_tables_grow(tmp_path):
    smooth = np.add.outer(np.arange(300) // 3, np.arange(400) // 2)[:, :, None] + np.array([0, 30, 60])
    for values in (smooth.astype(np.uint8), RNG.integers(0, 256, (300, 400, 3), dtype=np.uint8)):
        for compression in ("tiff_lzw", "packbits", "tiff_adobe_deflate"):
            Image.fromarray(values).save(tmp_path / "a.tif", compression=compression)
            np.testing.assert_array_equal(read_photo(tmp_path / "a.tif"), values)


@pytest.mark.parametrize(
    ("dtype", "options", "words"),
    [
        (np.uint8, {"photometric": 1, "shape": (H, W, 3)}, "3 channels that are not colors"),
        (
            np.uint16,
            {"photometric": 6, "shape": (H, W, 3), "tags": [(530, 3, [1, 1])]},
            "YCbCr of more than 8",
        ),
        (np.float32, {"photometric": 8, "shape": (H, W, 3)}, "Lab colors are of an unusual number of bits"),
        (np.uint8, {"photometric": 5, "shape": (H, W, 4), "tags": [(332, 3, [2])]}, "not those of its kind"),
    ],
)
def test_colors_that_are_not_read_say_why(tmp_path, by_hand, dtype, options, words):
    options = dict(options)
    (tmp_path / "a.tif").write_bytes(by_hand.tiff(np.zeros(options.pop("shape"), dtype), **options))
    with pytest.raises(RefocusError, match=words):
        read_photo(tmp_path / "a.tif")


@pytest.mark.parametrize("unit", [1, 256, 257])
def test_a_palette_of_any_unit_is_read_and_one_of_too_few_colors_refused(tmp_path, by_hand, unit):
    table = np.array([[0, 9, 200, 255], [3, 0, 7, 1], [255, 8, 0, 90]])
    indices = np.array([[[0], [1], [2], [3]]], np.uint8)
    tags = [(320, 3, (table * unit).reshape(-1).tolist())]
    (tmp_path / "a.tif").write_bytes(by_hand.tiff(indices, photometric=3, bits=2, tags=tags))
    assert read_photo(tmp_path / "a.tif").tolist() == [table.T.tolist()]
    (tmp_path / "a.tif").write_bytes(by_hand.tiff(indices + 3, photometric=3, tags=tags))
    with pytest.raises(RefocusError, match="palette has too few colors"):
        read_photo(tmp_path / "a.tif")


def fractions(*numbers):
    """A tag's content: each number in thousandths."""
    return struct.pack(f"<{2 * len(numbers)}I", *(part for n in numbers for part in (round(1000 * n), 1000)))


def test_ycbcr_by_the_numbers_of_its_file(tmp_path, by_hand):
    # Section 21 of TIFF 6.0, with the luma of ITU-R BT.709 and the range of television.
    red, green, blue = 0.213, 0.715, 0.072
    tags = [(529, 5, fractions(red, green, blue)), (530, 3, [1, 1])]
    tags.append((532, 5, fractions(16, 235, 128, 240, 128, 240)))
    rgb = np.array([[[200, 30, 90], [16, 128, 240], [255, 255, 255], [0, 0, 0]]], float)
    luma = rgb @ [red, green, blue]
    cb, cr = (rgb[..., 2] - luma) / (2 - 2 * blue), (rgb[..., 0] - luma) / (2 - 2 * red)
    coded = np.stack([16 + luma * 219 / 255, 128 + cb * 112 / 127, 128 + cr * 112 / 127], axis=2)
    data = by_hand.tiff(np.rint(coded).astype(np.uint8), photometric=6, tags=tags)
    # Numbers of fractions have 8 bytes each, of which the directory is to count one.
    for tag, count in ((529, 3), (532, 6)):
        data = data.replace(struct.pack("<HHI", tag, 5, 8 * count), struct.pack("<HHI", tag, 5, count))
    (tmp_path / "a.tif").write_bytes(data)
    assert np.abs(read_photo(tmp_path / "a.tif") - rgb).max() <= 2


def test_a_chain_of_pictures_without_end_is_refused(tmp_path, by_hand, monkeypatch):
    monkeypatch.setattr(tiff_reading, "_MOST_PAGES", 3)
    pages = [Image.fromarray(np.zeros((4, 4), np.uint8))] * 4
    pages[0].save(tmp_path / "a.tif", save_all=True, append_images=pages[1:3])
    with pytest.warns(RefocusWarning, match="the first of its 3 pictures"):
        read_photo(tmp_path / "a.tif")
    pages[0].save(tmp_path / "a.tif", save_all=True, append_images=pages[1:])
    with pytest.raises(RefocusError, match="more than 3 pictures"):
        read_photo(tmp_path / "a.tif")
