"""Photos from a browser: what is read, what is refused in words, and that no path is opened."""

import io
import struct
import tempfile
import zlib

import numpy as np
import pytest
from PIL import ExifTags, Image

from refocuslab.lab.own_photos import uploads
from refocuslab.lab.own_photos.uploads import camera, photo_of, read, sharpness
from refocuslab.lab.widgets.arriving import Incoming, Unfit
from refocuslab.pictures.picture import Picture

PHOTO = np.random.default_rng(0).integers(0, 256, (20, 30, 3), np.uint8)


def encoded(kind: str, image=PHOTO, **options) -> bytes:
    file = io.BytesIO()
    Image.fromarray(image).save(file, format=kind, **options)
    return file.getvalue()


def enormous() -> bytes:
    """A whole PNG file of 30,000 x 30,000 pixels, in about a hundred kilobytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    packer = zlib.compressobj(9)
    rows = b"".join(packer.compress(bytes(3751)) for _ in range(30_000)) + packer.flush()
    head = struct.pack(">IIBBBBB", 30_000, 30_000, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@pytest.mark.parametrize(("kind", "name"), [("PNG", "a.png"), ("TIFF", "a.tif"), ("WEBP", "a.webp")])
def test_lossless_files_are_read_to_the_byte(kind, name):
    options = {"lossless": True} if kind == "WEBP" else {}
    assert np.array_equal(read(name, encoded(kind, **options)).image, PHOTO)


def test_the_format_is_told_by_the_bytes_and_not_by_the_name():
    assert np.array_equal(read("a.jpg", encoded("PNG")).image, PHOTO)


def test_a_photo_is_turned_upright():
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    assert np.array_equal(read("a.png", encoded("PNG", exif=exif)).image, np.rot90(PHOTO, -1))


REFUSED = [
    ("notes.jpg", b"just some text\n" * 20, "“notes.jpg” cannot be used: it holds text and no picture"),
    ("cut.png", encoded("PNG")[:-40], "“cut.png” cannot be used: "),
    ("cut.jpg", encoded("JPEG")[:-200], "“cut.jpg” cannot be used: "),
    ("shot.cr2", b"II*\0" + bytes(64), "“shot.cr2” cannot be used: it is camera raw"),
    ("film.mp4", b"\0\0\0\x18ftypisom" + bytes(64), "“film.mp4” cannot be used: it is a video"),
    ("big.png", enormous(), "“big.png” cannot be used: it has 30000 x 30000 pixels, and at most 150"),
]


@pytest.mark.parametrize(("name", "content", "says"), REFUSED, ids=[name for name, _, _ in REFUSED])
def test_what_is_no_photo_is_refused_in_a_sentence_without_a_path(name, content, says):
    with pytest.raises(Unfit) as refused:
        read(name, content)
    text = str(refused.value)
    assert text.startswith(says) and text.endswith(".") and text.count("(") == text.count(")")
    assert tempfile.gettempdir() not in text and "photo." not in text


@pytest.mark.seconds
def test_what_is_too_large_is_refused_before_it_is_decoded(monkeypatch):
    monkeypatch.setattr(Image.Image, "load", lambda *_: pytest.fail("decoded"))
    with pytest.raises(Unfit, match="30000 x 30000"):
        read("big.png", enormous())


def test_where_pillow_heif_is_absent_a_sentence_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pillow_heif", None)
    with pytest.raises(Unfit, match=r"it is a HEIC photo: install pillow-heif"):
        read("a.heic", b"\0\0\0\x18ftypheic" + bytes(64))


@pytest.mark.parametrize(
    "name", ["../../x.png", "/etc/passwd", "C:\\a\\b.png", "a.p/../ng", "\0.png", "x" * 255]
)
def test_no_name_leads_out_of_the_folder_in_which_a_photo_is_read(name, monkeypatch):
    seen = []
    inner = uploads.read_picture
    monkeypatch.setattr(uploads, "read_picture", lambda path: (seen.append(path), inner(path))[1])
    assert np.array_equal(read(name, encoded("PNG")).image, PHOTO)
    (path,) = seen
    assert path.stem == "photo" and path.parent.name.startswith("refocuslab-")
    assert not path.exists() and not path.parent.exists()


def test_a_file_becomes_a_photo():
    content = encoded("PNG")
    photo = photo_of(Incoming(7, "folder/a.png", len(content), "focused", bytearray(content)))
    assert np.array_equal(photo.picture.image, PHOTO)
    assert (photo.id, photo.name, photo.ending, photo.size) == (7, "a.png", ".png", len(content))
    assert photo.told == "30 × 20 pixels, 0.0 MB"


@pytest.mark.parametrize(
    ("name", "deep", "ending"),
    [("a.tif", True, ".tif"), ("a.TIFF", True, ".tif"), ("a.png", True, ".tif"), ("a.png", False, ".png"),
     ("a.jpg", False, ".png"), ("a.heic", False, ".png")],
)  # fmt: skip
def test_what_is_made_is_written_without_loss_and_16_bits_with_16(name, deep, ending):
    samples = PHOTO * np.uint16(257) if deep else None
    assert uploads.Photo(1, name, Picture(PHOTO, deep=samples), 9).ending == ending


def test_camera_lens_and_exposure_are_told():
    exif = Image.Exif()
    exif[ExifTags.Base.Model] = "A camera"
    base = ExifTags.Base
    shot = {base.LensModel: "50mm F1.8", base.FNumber: 2.8, base.FocalLength: 50.0, base.ExposureTime: 0.01,
            base.ISOSpeedRatings: 200}  # fmt: skip
    exif.get_ifd(ExifTags.IFD.Exif).update(shot)
    picture = read("a.jpg", encoded("JPEG", exif=exif))
    assert camera(picture.exif) == "50mm F1.8, 50 mm, f/2.8, 1/100 s, ISO 200"
    assert camera(b"") == "" and camera(b"Exif\0\0nonsense") == ""


@pytest.mark.seconds
def test_the_sharper_photo_has_the_larger_sharpness_in_any_exposure():
    from skimage import data

    import refocuslab as rl

    photo = data.astronaut()
    dark = (photo * 0.6).astype(np.uint8)

    def of(image) -> float:
        return sharpness(read("a.png", encoded("PNG", image)))

    assert of(dark) > 1.5 * of(rl.blur(photo, rl.disk(5)))
    assert of(np.zeros((8, 9, 3), np.uint8)) == 0
