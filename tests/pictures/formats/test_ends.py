"""Files cut off where Pillow does not notice, laid out byte by byte."""

import struct

import numpy as np
import pytest

from refocuslab.pictures.color.primaries import BT2020, D65, DISPLAY_P3, primaries
from refocuslab.pictures.formats import ends
from refocuslab.pictures.formats.samples import Unreadable

# A GIF file: its head says that 2 << 1 colors follow; a comment; a picture of 1 x 1 with its own palette,
# whose codes are one block.
GIF = (
    b"GIF89a" + struct.pack("<HHBBB", 1, 1, 0x81, 0, 0) + bytes(12)
    + b"\x21\xfe\x03abc\0"
    + b"\x2c" + struct.pack("<HHHHB", 0, 0, 1, 1, 0x80) + bytes(6) + b"\x02\x02D\x01\0"
)  # fmt: skip
WEBP = b"RIFF" + struct.pack("<I", 12) + b"WEBPVP8 " + bytes(4)
QOI = b"qoif" + bytes(20) + bytes(7) + b"\1"
CODES = b"\xff\x4f\xff\x51" + bytes(9) + b"\xff\xd9"


def box(name, content, *, wide=False):
    if wide:
        return struct.pack(">I4sQ", 1, name, 16 + len(content)) + content
    return struct.pack(">I4s", 8 + len(content), name) + content


def to_the_end(name, content):
    """A box of the size 0, which reaches to the end of its file."""
    return struct.pack(">I4s", 0, name) + content


def jpeg2000(codes, **options):
    return box(b"jP  ", b"\r\n\x87\n") + box(b"jp2c", codes, **options)


def avif(colors):
    return box(b"ftyp", b"avif") + box(b"meta", bytes(4) + colors) + box(b"mdat", bytes(20))


@pytest.fixture
def checked(tmp_path):
    """The answer to a file of some content."""

    def check(content, kind):
        (tmp_path / "picture").write_bytes(content)
        return ends.checked(tmp_path / "picture", kind)

    return check


@pytest.mark.seconds
@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("GIF", GIF),
        ("GIF", GIF[:10] + b"\0\0\0" + GIF[25:]),  # no palette for all its pictures
        ("WEBP", WEBP),
        ("QOI", QOI),
        ("JPEG2000", CODES),
        ("JPEG2000", CODES + bytes(30)),
        ("JPEG2000", jpeg2000(CODES)),
        ("JPEG2000", jpeg2000(CODES, wide=True)),
        ("JPEG2000", box(b"jP  ", b"\r\n\x87\n") + to_the_end(b"jp2c", CODES)),
        ("AVIF", avif(b"")),
        ("HEIC", avif(b"")),
    ],
)
def test_a_whole_file_passes_and_all_that_is_cut_off_does_not(checked, kind, content):
    assert checked(content, kind) is None
    # Zeros that fill up the end of a JPEG 2000 file may be missing.
    least = len(content.rstrip(b"\0")) if kind == "JPEG2000" else len(content)
    for keep in range(12, least):
        # Between two boxes the outermost level ends as a shorter file would.
        if kind in ("AVIF", "HEIC") and keep in (12, 24):
            continue
        with pytest.raises(Unreadable, match="cut off"):
            checked(content[:keep], kind)


def test_other_formats_pass(checked):
    assert checked(b"", "BMP") is None and checked(b"II*\0", "TIFF") is None


def test_a_gif_file_without_a_picture_is_damaged(checked):
    for after in (b"\x3b", b"\0" * 9):
        with pytest.raises(Unreadable, match="it has no picture"):
            checked(GIF[:25] + after, "GIF")


def test_a_box_smaller_than_its_head_is_damaged(checked):
    with pytest.raises(Unreadable, match="cut off"):
        checked(struct.pack(">I4s", 7, b"ftyp") + bytes(40), "AVIF")


def test_the_code_points_of_colors_are_read(checked):
    for points, corners in (((12, 13), DISPLAY_P3), ((9, 8), BT2020)):
        space = checked(avif(b"colrnclx" + struct.pack(">HHHB", *points, 6, 128)), "AVIF")
        assert np.array_equal(space.primaries, primaries(D65, *corners))
    assert checked(avif(b"colrnclx" + struct.pack(">HH", 1, 13)), "AVIF") is None
    # A profile takes precedence.
    for kind in (b"colrprof", b"colrrICC"):
        assert checked(avif(kind + b"colrnclx" + struct.pack(">HH", 9, 8)), "AVIF") is None
    with pytest.raises(Unreadable, match="high dynamic range"):
        checked(avif(b"colrnclx" + struct.pack(">HH", 9, 16)), "HEIC")
