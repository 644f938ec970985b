"""A file's format by its first bytes, and what is said of files that are not read."""

import struct

import pytest

from refocuslab.pictures.formats.kinds import kind_of
from refocuslab.pictures.formats.samples import Unreadable


def boxed(*brands):
    """The head of an ISO media file: its main brand, a version, and further brands."""
    size = 16 + 4 * (len(brands) - 1)
    return struct.pack(">I4s4sI", size, b"ftyp", brands[0], 0) + b"".join(brands[1:])


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"\xff\xd8\xff\xe0", "JPEG"),
        (b"\x89PNG\r\n\x1a\n", "PNG"),
        (b"II*\0", "TIFF"),
        (b"MM\0*", "TIFF"),
        (b"II+\0", "TIFF"),
        (b"MM\0+", "TIFF"),
        (b"GIF87a", "GIF"),
        (b"GIF89a", "GIF"),
        (b"BM", "BMP"),
        (b"\0\0\0\x0cjP  \r\n\x87\n", "JPEG2000"),
        (b"\xff\x4f\xff\x51", "JPEG2000"),
        (b"qoif", "QOI"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", "WEBP"),
        (b"P6\n3 2 255\n", "PPM"),
        (b"P2 3 2", "PPM"),
        (b"Pf\n", "PPM"),
        (boxed(b"avif", b"mif1"), "AVIF"),
        (boxed(b"mif1", b"avif"), "AVIF"),
        (boxed(b"heic"), "HEIC"),
        (boxed(b"mif1", b"miaf"), "HEIC"),
        (b"II*\0\x10\0\0\0CR\x02\0", "RAW"),
        (b"\0\0\0\x18ftypcrx ", "RAW"),
        (b"FUJIFILMCCD-RAW 0200", "RAW"),
    ],
)
def test_formats_that_are_read(head, kind):
    assert kind_of(head + bytes(40), ".whatever") == kind


@pytest.mark.parametrize(
    ("head", "words"),
    [
        (b"", "it is empty"),
        (b"8BPS\0\1", "Photoshop"),
        (b"gimp xcf v011", "GIMP"),
        (b"%PDF-1.7", "PDF"),
        (b"\n %!PS-Adobe", "PostScript"),
        (b"\xff\x0a\xfa", "JPEG XL"),
        (b"v/1\x01", "OpenEXR"),
        (b"#?RADIANCE\n", "Radiance"),
        (b"II\xbc\x01", "JPEG XR"),
        (b"<svg xmlns=", "SVG"),
        (b"<?xml version=", "XML"),
        (boxed(b"isom", b"mp41"), "a video"),
        (b"P9 3 2", "it holds text"),
        (b"P6x", "it holds text"),
        ("\ufeffGröße\r\n".encode()[:6], "it holds text"),  # cut within a letter
        (b"hello\0", "it is no picture, or damaged"),
        (b"gr\xfc\xdfe", "it is no picture, or damaged"),
        (b"RIFF\x10\0\0\0WAVEfmt ", "it is no picture, or damaged"),
    ],
)
def test_files_that_are_not_read_and_what_they_are(head, words):
    with pytest.raises(Unreadable) as caught:
        kind_of(head, ".JPG")
    assert words in str(caught.value)


def test_a_file_that_claims_to_be_no_picture_is_told_what_is_read():
    with pytest.raises(Unreadable, match=r"it is none of PNG.*export it as JPEG or PNG"):
        kind_of(b"hello\0", ".abc")


def test_a_brand_beyond_the_list_does_not_count():
    beyond = boxed(b"isom", b"mp41") + b"avif"
    with pytest.raises(Unreadable, match="a video"):
        kind_of(beyond, ".avif")


@pytest.mark.parametrize("ending", [".nef", ".NEF", ".dng", ".Cr2"])
def test_the_ending_tells_camera_raw_from_tiff_but_from_nothing_else(ending):
    for head in (b"II*\0", b"what it holds"):
        assert kind_of(head, ending) == "RAW"
    assert kind_of(b"\xff\xd8\xff\xe0", ending) == "JPEG"
