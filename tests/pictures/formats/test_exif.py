"""EXIF data: what is kept, and what they say of colors, resolution and orientation."""

import numpy as np
import pytest
from PIL import ExifTags, Image

from refocuslab.pictures.color.primaries import adobe_rgb
from refocuslab.pictures.formats import exif

BASE, IFD = ExifTags.Base, ExifTags.IFD


def data(tags=(), *, inner=(), interop=()):
    """EXIF data as they are found in a file: the tags of the first directory and of those within it."""
    made = Image.Exif()
    made.update(dict(tags))
    if interop:
        inner = {**dict(inner), IFD.Interop.value: dict(interop)}
    if inner:
        made[IFD.Exif.value] = dict(inner)
    read = Image.Exif()
    read.load(made.tobytes())
    return read


class Damaged(dict):
    """Data of which every part ends in an error of another type."""

    def get_ifd(self, _):
        raise SyntaxError("damaged")

    def get(self, *_):
        raise KeyError("damaged")

    def __contains__(self, tag):
        return tag == BASE.Make.value

    def __getitem__(self, _):
        raise EOFError("damaged")


def test_the_camera_and_its_moment_are_kept_and_the_layout_of_its_file_is_not():
    given = data(
        {BASE.Make: "Maker", BASE.Orientation: 6, BASE.ImageWidth: 99, BASE.XResolution: 300.0},
        inner={BASE.DateTimeOriginal: "2021:02:03 04:05:06", BASE.ColorSpace: 2},
        interop={1: "R03"},
    )
    content, doubts = exif.kept(given)
    assert doubts == []
    found = Image.Exif()
    found.load(content)
    assert dict(found.items()).keys() == {BASE.Make, IFD.Exif}
    assert found[BASE.Make] == "Maker"
    assert found.get_ifd(IFD.Exif) == {BASE.DateTimeOriginal: "2021:02:03 04:05:06"}


def test_nothing_is_kept_of_nothing():
    assert exif.kept(data()) == (b"", [])
    assert exif.kept(data({BASE.Orientation: 3})) == (b"", [])
    # A rating of 0 is one.
    assert len(exif.kept(data({BASE.Rating: 0}))[0]) > 0


def test_what_is_damaged_is_left_out_and_said_once():
    given = Image.Exif()
    given[BASE.Make] = "Maker"
    given[BASE.Model] = object()  # which cannot be written
    given[BASE.Artist] = object()
    content, doubts = exif.kept(given)
    assert doubts == ["its EXIF data are damaged: a part is left out"]
    found = Image.Exif()
    found.load(content)
    assert dict(found.items()) == {BASE.Make: "Maker"}
    assert exif.kept(Damaged())[1] == doubts


@pytest.mark.parametrize(
    ("colors", "index", "adobe", "doubted"),
    [
        (None, "", False, False),
        (1, "R98", False, False),
        (2, "", True, False),
        (0xFFFF, "R03", True, False),
        (0xFFFF, "R98", False, True),
        (0xFFFF, "", False, True),
        (1, "R03", False, False),
    ],
)
def test_the_color_space(colors, index, adobe, doubted):
    given = data(
        inner={} if colors is None else {BASE.ColorSpace: colors}, interop={1: index} if index else {}
    )
    found, doubts = exif.space(given)
    assert (found is not None) == adobe and len(doubts) == doubted
    if adobe:
        assert np.array_equal(found.primaries, adobe_rgb().primaries)


def test_an_index_of_bytes_is_read_as_text(monkeypatch):
    given = data(inner={BASE.ColorSpace: 0xFFFF})
    folders = {IFD.Exif: {BASE.ColorSpace: 0xFFFF}, IFD.Interop: {1: b"R03\0"}}
    monkeypatch.setattr(given, "get_ifd", lambda folder: folders[folder])
    assert exif.space(given)[0] is not None


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({BASE.XResolution: 300.0, BASE.YResolution: 150.0}, (300, 150)),
        ({BASE.XResolution: 300.0, BASE.YResolution: 150.0, BASE.ResolutionUnit: 2}, (300, 150)),
        ({BASE.XResolution: 100.0, BASE.YResolution: 50.0, BASE.ResolutionUnit: 3}, (254, 127)),
        ({BASE.XResolution: 300.0, BASE.YResolution: 150.0, BASE.ResolutionUnit: 1}, None),
        ({BASE.XResolution: 300.0}, None),
        ({}, None),
    ],
)
def test_pixels_per_inch(tags, expected):
    assert exif.dpi(data(tags)) == (expected and pytest.approx(expected))


@pytest.mark.parametrize(
    ("sides", "expected"),
    [
        ((72, 72.5), (72, 72.5)),
        ((100_000, 1.01), (100_000, 1.01)),
        ((100_001, 72), None),
        ((72, 1), None),
        ((float("nan"), 72), None),
        ((float("inf"), 72), None),
        ((72,), None),
        (("many", 72), None),
        (None, None),
        (3, None),
    ],
)
def test_a_resolution_is_two_numbers_within_reason(sides, expected):
    assert exif.resolution(sides) == expected


def test_orientation():
    assert [exif.orientation(data({BASE.Orientation: n})) for n in range(10)] == [
        1,
        1,
        2,
        3,
        4,
        5,
        6,
        7,
        8,
        1,
    ]
    assert exif.orientation(data()) == 1
    words = Image.Exif()
    words[BASE.Orientation] = "6"
    assert exif.orientation(words) == 1


def test_damaged_data_say_nothing():
    damaged = Damaged()
    assert exif.space(damaged) == (None, [])
    assert exif.dpi(damaged) is None
    assert exif.orientation(damaged) == 1
