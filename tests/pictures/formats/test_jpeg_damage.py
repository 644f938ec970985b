"""Damage within a JPEG file: what is found, what is not, and that no good file is refused."""

import contextlib
import io

import numpy as np
import pytest
from PIL import Image
from skimage import data

from refocuslab.errors import RefocusError
from refocuslab.pictures.formats.jpeg_damage import check_jpeg
from refocuslab.pictures.formats.samples import Unreadable
from refocuslab.pictures.reading import read_photo

PHOTOS = {"astronaut": data.astronaut(), "coffee": data.coffee()[:301, :333], "gray": data.camera()}


def jpeg(photo, **options):
    file = io.BytesIO()
    Image.fromarray(photo).save(file, "JPEG", **options)
    return file.getvalue()


def damaged(content, kind, rng):
    """The file with a part of its codes lost or overwritten."""
    start = content.index(b"\xff\xda") + 100
    at = int(rng.integers(start, len(content) - 1100))
    if kind == "cut":
        return content[:at]
    if kind == "lost":
        return content[:at] + content[at + 50 :]
    size = {"200 zeros": 200, "1000 zeros": 1000, "100 others": 100}[kind]
    new = rng.integers(0, 256, size, dtype=np.uint8).tobytes() if kind == "100 others" else bytes(size)
    return content[:at] + new + content[at + size :]


@pytest.mark.seconds
@pytest.mark.parametrize("name", ["astronaut", pytest.param("coffee", marks=pytest.mark.slow), "gray"])
@pytest.mark.parametrize("progressive", [False, True])
def test_good_files_are_read(name, progressive):
    photo = PHOTOS[name]
    dots = np.zeros_like(photo[:64, :64])
    dots[3::16, 5::16] = 255
    check_jpeg(jpeg(photo, quality=100, subsampling=0, progressive=progressive))
    for size in (
        photo[100:196, 100:190],
        dots,
        photo[:17, :9],
        photo[:8, :8],
        photo[:1, :1],
        photo[:133, :200],
    ):
        for quality in (10, 75, 100):
            for subsampling in (0, 1, 2):
                for restarts in ({}, {"restart_marker_blocks": 3}, {"restart_marker_rows": 1}):
                    for optimize in (False, True):
                        options = {"optimize": optimize, "progressive": progressive, **restarts}
                        check_jpeg(jpeg(size, quality=quality, subsampling=subsampling, **options))


# Of 200 each with these seeds, as many at least are found; the rest keep by chance the length of the codes.
@pytest.mark.seconds
@pytest.mark.parametrize(
    ("kind", "found"),
    [
        pytest.param("cut", 200, marks=pytest.mark.slow),
        ("lost", 150),
        pytest.param("200 zeros", 197, marks=pytest.mark.slow),
        pytest.param("1000 zeros", 199, marks=pytest.mark.slow),
        pytest.param("100 others", 188, marks=pytest.mark.slow),
    ],
)
@pytest.mark.parametrize("progressive", [False, True])
def test_damage_is_found(kind, found, progressive):
    rng, count = np.random.default_rng(3), 0
    for quality in (60, 95):
        for restarts in ({}, {"restart_marker_rows": 1}):
            content = jpeg(PHOTOS["astronaut"], quality=quality, progressive=progressive, **restarts)
            for _ in range(50):
                try:
                    check_jpeg(damaged(content, kind, rng))
                except Unreadable as why:
                    assert "damaged" in str(why)
                    count += 1
    assert count >= found


def test_a_damaged_photo_is_refused(tmp_path):
    content = jpeg(PHOTOS["coffee"], quality=90)
    middle = len(content) // 2
    (tmp_path / "a.jpg").write_bytes(content[:middle] + bytes(400) + content[middle + 400 :])
    with pytest.raises(RefocusError, match=r"a\.jpg: it is damaged"):
        read_photo(tmp_path / "a.jpg")


def test_inks_and_fill_bytes_and_what_follows_the_picture(tmp_path):
    inks = np.zeros((64, 64, 4), np.uint8)
    inks[::3, ::2] = 200
    file = io.BytesIO()
    Image.fromarray(inks, "CMYK").save(file, "JPEG")
    check_jpeg(file.getvalue())
    content = jpeg(PHOTOS["gray"])
    check_jpeg(content + b"anything that a phone appends, such as a film")
    check_jpeg(content[:-2] + b"\xff\xff\xff\xd9")
    check_jpeg(content[:-2] + bytes(40) + b"\xff\xd9")  # some cameras fill up with zeros
    with pytest.raises(Unreadable, match="go on where the picture ends"):
        check_jpeg(content[:-2] + b"1234567890" + b"\xff\xd9")


@pytest.mark.seconds
@pytest.mark.parametrize("name", [pytest.param("astronaut", marks=pytest.mark.slow), "coffee", "gray"])
def test_headers_that_lie_end_in_words(name):
    content = bytearray(jpeg(PHOTOS[name][:24, :24], progressive=name == "coffee"))
    start = content.index(b"\xff\xda")
    for at in range(2, start + 12):
        for value in (0, 1, 0x11, 0x7F, 0xFF):
            broken = bytes(content[:at]) + bytes([value]) + bytes(content[at + 1 :])
            with contextlib.suppress(Unreadable):
                check_jpeg(broken)
