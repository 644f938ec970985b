"""Strips and tiles of a page made up of its tags: put together by hand, and damaged in every way."""

import io
import lzma
import zlib
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from refocuslab.pictures.formats.samples import Unreadable
from refocuslab.pictures.tiff.segments import array


class Tags(dict):
    def valueof(self, tag, default=None):
        return self.get(tag, default)


def page(*parts, height=2, width=3, tags=(), **changes):
    """A page of 8-bit gray samples in strips, and its file: the parts one after the other."""
    data = b"".join(parts)
    offsets = [sum(map(len, parts[:i])) for i in range(len(parts))]
    fields = {
        "imagelength": height, "imagewidth": width, "samplesperpixel": 1, "planarconfig": 1,
        "is_tiled": False, "tilelength": 0, "tilewidth": 0, "rowsperstrip": height, "dataoffsets": offsets,
        "databytecounts": [len(part) for part in parts], "tags": Tags(tags), "compression": 1,
        "is_subsampled": False, "photometric": 1, "bitspersample": 8, "sampleformat": 1, "imagedepth": 1,
        "tiledepth": 1, "fillorder": 1, "predictor": 1, "parent": SimpleNamespace(byteorder="<"),
        "jpegtables": None,
    }  # fmt: skip
    file = io.BytesIO(data)
    file.size = len(data)
    return SimpleNamespace(**{**fields, **changes}), file


def read(*parts, **changes):
    return array(*page(*parts, **changes))


SIX = bytes([10, 20, 30, 40, 50, 60])
TABLE = [[10, 20, 30], [40, 50, 60]]


def test_strips_follow_each_other_and_the_last_ends_with_the_picture():
    found = read(b"abc", b"def", b"ghi", height=3, rowsperstrip=1)
    assert found.shape == (3, 3, 1) and found.tobytes() == b"abcdefghi"
    assert read(b"abcdef", b"ghi", height=3, rowsperstrip=2).tobytes() == b"abcdefghi"


def test_tiles_are_whole_and_what_lies_beyond_the_picture_is_left_out():
    tiles = [b"abde", b"c.f.", b"gh..", b"i..."]
    tiled = {"is_tiled": True, "tilelength": 2, "tilewidth": 2}
    assert read(*tiles, height=3, **tiled).tobytes() == b"abcdefghi"


def test_planes_become_the_samples_of_a_pixel():
    found = read(b"abcdef", b"ABCDEF", samplesperpixel=2, planarconfig=2)
    assert found.shape == (2, 3, 2) and found.tobytes() == b"aAbBcCdDeEfF"
    assert read(b"aAbBcCdDeEfF", samplesperpixel=2).tobytes() == b"aAbBcCdDeEfF"


@pytest.mark.parametrize("order", ["<", ">"])
def test_samples_of_more_bytes(order):
    numbers = np.array([[1, 2, 300], [40_000, 5, 65_535]])
    parent = SimpleNamespace(byteorder=order)
    found = read(numbers.astype(f"{order}u2").tobytes(), bitspersample=16, parent=parent)
    assert found.dtype == np.uint16 and found[..., 0].tolist() == numbers.tolist()
    signed = read((-numbers).astype(f"{order}i4").tobytes(), bitspersample=32, sampleformat=2, parent=parent)
    assert signed.dtype == np.int32 and (signed[..., 0] == -numbers).all()


@pytest.mark.parametrize(
    ("bits", "rows", "expected"),
    [
        # Each row begins at a byte.
        (1, ["101", "010"], [[1, 0, 1], [0, 1, 0]]),
        (4, ["0001 0010 1111", "0011 0000 0101"], [[1, 2, 15], [3, 0, 5]]),
        (10, ["1111111111 0000000001 1000000000", "0000000010 0000000011 0000000100"],
         [[1023, 1, 512], [2, 3, 4]]),
    ],
)  # fmt: skip
def test_samples_of_any_number_of_bits(bits, rows, expected):
    size = -(-3 * bits // 8)
    data = b"".join(int(row.replace(" ", "").ljust(8 * size, "0"), 2).to_bytes(size) for row in rows)
    found = read(data, bitspersample=bits)
    assert found[..., 0].tolist() == expected
    assert found.dtype == (np.uint8 if bits <= 8 else np.uint16)


def test_bits_in_the_other_order_are_turned():
    assert read(bytes([0b10000000, 0b01000000, 1, 2, 3, 4]), fillorder=2)[0, :2, 0].tolist() == [1, 2]


def test_differences_are_summed_along_a_row_and_wrap():
    found = read(bytes([250, 10, 1, 7, 255, 0]), predictor=2)
    assert found[..., 0].tolist() == [[250, 4, 5], [7, 6, 6]]
    # Of samples of 4 bits the sums wrap at 16.
    found = read(bytes([0xF3, 0x20, 0x11, 0x10]), predictor=2, bitspersample=4)
    assert found[..., 0].tolist() == [[15, 2, 4], [1, 2, 3]]


def test_floats_by_their_bytes():
    numbers = np.array([[0.5, 0.25, 1.0], [0.0, 0.125, 0.75]], np.float32)
    planes = numbers.astype(">f4").view(np.uint8).reshape(2, 3, 4).transpose(0, 2, 1).reshape(2, 12)
    less = np.diff(planes, axis=1, prepend=np.uint8(0))
    found = read(less.tobytes(), bitspersample=32, sampleformat=3, predictor=3)
    assert (found[..., 0] == numbers).all()


@pytest.mark.parametrize(
    ("compression", "compress"),
    [
        (8, zlib.compress),
        (32946, zlib.compress),
        (34925, lzma.compress),
        (32773, lambda data: b"\x05" + data),
    ],
)
def test_what_is_compressed_is_read_and_what_is_damaged_refused(compression, compress):
    data = compress(SIX)
    assert read(data, compression=compression)[..., 0].tolist() == TABLE
    # More than is needed does no harm.
    assert read(data + b"more", compression=compression)[..., 0].tolist() == TABLE
    with pytest.raises(Unreadable, match="damaged"):
        read(data[:-1] if compression == 32773 else b"\xff" * 9, compression=compression)


def test_what_libtiff_cannot_decompress_is_refused(capfd):
    with pytest.raises(Unreadable, match="compressed data are wrong"):
        read(b"none of it" * 20, compression=50000)
    capfd.readouterr()  # it also says so to the terminal
    # Fax codes are of one bit a sample.
    with pytest.raises(Unreadable, match=r"compression \(4\) is not read"):
        read(SIX, compression=4)


def test_fax_codes_are_read():
    mask = np.random.default_rng(0).random((6, 20)) < 0.5
    file = io.BytesIO()
    Image.fromarray(mask).save(file, "TIFF", compression="group4")
    with Image.open(io.BytesIO(file.getvalue())) as picture:
        (at,), (count,), white = picture.tag_v2[273], picture.tag_v2[279], picture.tag_v2[262] == 0
    data = file.getvalue()[at : at + count]
    found = read(data, height=6, width=20, bitspersample=1, compression=4)
    assert ((found[..., 0] == 1) == (mask ^ white)).all()


def jpeg(image, **options):
    file = io.BytesIO()
    Image.fromarray(image).save(file, "JPEG", quality=100, **options)
    return file.getvalue()


def test_jpeg_data_larger_than_their_part_are_cut_and_smaller_ones_refused():
    slope = np.add.outer(np.arange(16), np.arange(16)).astype(np.uint8) * 8
    found = read(jpeg(slope), height=10, width=12, compression=7)
    assert found.shape == (10, 12, 1)
    assert np.abs(found[..., 0].astype(int) - slope[:10, :12]).max() <= 2
    for wrong in ({"height": 17, "width": 16}, {"height": 16, "width": 17}):
        with pytest.raises(Unreadable, match="of another size"):
            read(jpeg(slope), compression=7, **wrong)
    with pytest.raises(Unreadable, match="of another size"):
        read(jpeg(slope), height=16, width=16, compression=7, samplesperpixel=3)


def test_jpeg_data_of_a_kind_that_pillow_does_not_read_are_refused():
    # A frame of 12 bits a sample, which is not checked for damage.
    data = jpeg(np.zeros((16, 16), np.uint8)).replace(b"\xff\xc0\0\x0b\x08", b"\xff\xc0\0\x0b\x0c")
    with pytest.raises(Unreadable, match="its JPEG data are wrong"):
        read(data, height=16, width=16, compression=7)


@pytest.mark.parametrize(
    ("words", "changes"),
    [
        ("parts of its picture are missing", {"rowsperstrip": 1}),
        ("parts of its picture are missing", {"rowsperstrip": 0}),
        ("parts of its picture are missing", {"databytecounts": []}),
        ("parts of its picture are missing", {"is_tiled": True, "tilelength": 2, "tilewidth": 0}),
        ("it is cut off", {"databytecounts": [7]}),
        ("a part of its picture is too short", {"databytecounts": [5]}),
        ("samples are of different sizes", {"tags": {258: (8, 8, 16)}}),
        ("samples are of different sizes", {"tags": {339: (1, 3)}}),
        ("in an unusual order", {"samplesperpixel": 17}),
        ("in an unusual order", {"samplesperpixel": 2, "planarconfig": 2, "compression": 3}),
        ("YCbCr of fewer pixels", {"is_subsampled": True, "photometric": 6}),
        ("JPEG data have more than 8 bits", {"compression": 7, "bitspersample": 12}),
        ("it is a volume", {"imagedepth": 2}),
        ("it is a volume", {"tiledepth": 4}),
        ("complex numbers", {"sampleformat": 6}),
        ("24 bits of an unusual kind", {"bitspersample": 24}),
        ("4 bits of an unusual kind", {"bitspersample": 4, "sampleformat": 2}),
        ("24 bits of an unusual kind", {"bitspersample": 24, "sampleformat": 3}),
        ("predicted in an unusual way", {"predictor": 3}),
        ("predicted in an unusual way", {"predictor": 34892}),
        (r"compression \(34887\) is not read", {"compression": 34887}),
    ],
)
def test_what_is_not_read_says_why(words, changes):
    parts = [SIX] * (2 if changes.get("planarconfig") == 2 else 1)
    with pytest.raises(Unreadable, match=words):
        read(*parts, **changes)
