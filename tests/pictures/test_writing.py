"""What is written is read back: pixels, transparency, profile, and what the camera said."""

import numpy as np
import pytest
import tifffile
from PIL import Image

from refocuslab.errors import RefocusError, RefocusWarning
from refocuslab.pictures.picture import Picture
from refocuslab.pictures.reading import read_photo, read_picture
from refocuslab.pictures.writing import encoded_photo, write_photo

RNG = np.random.default_rng(8)
IMAGE = RNG.integers(0, 256, (40, 50, 3), dtype=np.uint8)
LOSSLESS = [".png", ".tif", ".tiff", ".webp", ".PNG"]


def camera():
    exif = Image.Exif()
    exif[0x010F], exif[0x0132] = "Some maker", "2021:02:03 04:05:06"
    exif[0x8769] = {
        0x9003: "2021:02:03 04:05:06",
        0x829A: 0.008,
        0xA001: 0xFFFF,
        0xA002: 6000,
        0x927C: b"notes",
    }
    exif[0x8825] = {1: "N", 2: (10.0, 20.0, 30.0)}
    return exif.tobytes()


@pytest.mark.parametrize("ending", [*LOSSLESS, ".jpg", ".jpeg"])
def test_pixels_profile_and_format(tmp_path, ending):
    smooth = np.add.outer(np.arange(40), np.arange(50))[:, :, None].astype(np.uint8) + np.uint8([0, 40, 80])
    image = IMAGE if ending in LOSSLESS else smooth
    write_photo(tmp_path / f"a{ending}", image)
    with Image.open(tmp_path / f"a{ending}") as written:
        kinds = {".png": "PNG", ".tif": "TIFF", ".tiff": "TIFF", ".webp": "WEBP"}
        assert written.format == kinds.get(ending.lower(), "JPEG")
        assert b"sRGB".decode().encode("utf-16-be") in written.info["icc_profile"]
        assert not written.getexif().get(0x010F)
    assert np.abs(read_photo(tmp_path / f"a{ending}").astype(int) - image).max() <= (
        0 if ending in LOSSLESS else 4
    )
    assert read_picture(tmp_path / f"a{ending}").doubts == ()
    assert encoded_photo(image, ending) == (tmp_path / f"a{ending}").read_bytes()


@pytest.mark.parametrize("ending", [*LOSSLESS[:4], ".jpg"])
def test_what_the_camera_said_is_kept(tmp_path, ending):
    write_photo(tmp_path / f"a{ending}", IMAGE, like=Picture(IMAGE, exif=camera(), dpi=(300.0, 240.0)))
    picture = read_picture(tmp_path / f"a{ending}")
    assert np.allclose(picture.dpi, (300, 240), atol=0.1)
    exif = Image.Exif()
    exif.load(picture.exif)
    assert exif[0x010F] == "Some maker"
    assert exif[0x0132] == "2021:02:03 04:05:06"
    inner = exif.get_ifd(0x8769)
    assert (inner[0x9003], inner[0x829A], inner[0x927C]) == ("2021:02:03 04:05:06", 0.008, b"notes")
    assert exif.get_ifd(0x8825)[2] == (10.0, 20.0, 30.0)
    with Image.open(tmp_path / f"a{ending}") as written:
        inner = written.getexif().get_ifd(0x8769)
    assert (inner[0xA001], inner[0xA002], inner[0xA003]) == (1, 50, 40)


def test_orientation_is_settled_and_the_thumbnail_left_out(tmp_path):
    photo = Image.fromarray(IMAGE)
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "Some maker"
    exif.get_ifd(1)[0x0103] = 6
    photo.save(tmp_path / "a.jpg", exif=exif, quality=95)
    picture = read_picture(tmp_path / "a.jpg")
    assert picture.image.shape == (50, 40, 3)
    write_photo(tmp_path / "b.jpg", picture.image, like=picture)
    with Image.open(tmp_path / "b.jpg") as written:
        assert written.size == (40, 50)
        assert 0x0112 not in written.getexif()
        assert not written.getexif().get_ifd(1)
        assert written.getexif()[0x010F] == "Some maker"


def test_maker_notes_too_long_for_a_jpeg_file_are_left_out(tmp_path):
    exif = Image.Exif()
    exif[0x8769] = {0x9003: "2021:02:03 04:05:06", 0x927C: bytes(70000)}
    write_photo(tmp_path / "a.jpg", IMAGE, like=Picture(IMAGE, exif=exif.tobytes()))
    with Image.open(tmp_path / "a.jpg") as written:
        inner = written.getexif().get_ifd(0x8769)
    assert inner[0x9003] == "2021:02:03 04:05:06"
    assert 0x927C not in inner


@pytest.mark.parametrize("ending", LOSSLESS)
@pytest.mark.filterwarnings("ignore:.* is transparent")
def test_a_cut_out_photo_gives_a_cut_out_result(tmp_path, ending):
    alpha = RNG.integers(0, 256, (40, 50), dtype=np.uint8)
    alpha[:, 25:] = 255
    write_photo(tmp_path / f"a{ending}", IMAGE, like=Picture(IMAGE, alpha=alpha))
    picture = read_picture(tmp_path / f"a{ending}")
    np.testing.assert_array_equal(picture.alpha, alpha)
    np.testing.assert_array_equal(picture.image[alpha > 0], IMAGE[alpha > 0])
    # A result of another size, such as a crop, is not the cut-out photo.
    write_photo(tmp_path / f"b{ending}", IMAGE[:20], like=Picture(IMAGE, alpha=alpha))
    assert read_picture(tmp_path / f"b{ending}").alpha is None


def test_in_a_jpeg_file_what_is_transparent_becomes_white_and_it_is_said(tmp_path):
    alpha = np.zeros((40, 50), np.uint8)
    alpha[:, 32:] = 255
    with pytest.warns(RefocusWarning, match="cannot be transparent"):
        write_photo(tmp_path / "a.jpg", IMAGE, like=Picture(IMAGE, alpha=alpha))
    assert read_photo(tmp_path / "a.jpg")[:, :24].min() > 250


def test_pixels_that_did_not_change_keep_their_sixteen_bits(tmp_path):
    deep = RNG.integers(0, 65536, (40, 50, 3), dtype=np.uint16)
    tifffile.imwrite(tmp_path / "a.tif", deep, photometric="rgb")
    picture = read_picture(tmp_path / "a.tif")
    np.testing.assert_array_equal(picture.deep, deep)
    result = picture.image.copy()
    result[10:20, 10:20] ^= 255
    write_photo(tmp_path / "b.tif", result, like=picture)
    written = tifffile.imread(tmp_path / "b.tif")
    same = np.ones((40, 50), bool)
    same[10:20, 10:20] = False
    np.testing.assert_array_equal(written[same], deep[same])
    np.testing.assert_array_equal(written[~same], result[~same] * np.uint16(257))


def test_what_cannot_be_written_is_refused(tmp_path):
    for ending in (".gif", ".bmp", "", ".png.txt"):
        with pytest.raises(RefocusError, match="must end in one of"):
            write_photo(tmp_path / f"a{ending}", IMAGE)
    for quality in (0, 101, 9.5, True, "high"):
        with pytest.raises(RefocusError, match="quality must be"):
            write_photo(tmp_path / "a.jpg", IMAGE, quality=quality)
    with pytest.raises(RefocusError, match="at most 16383 pixels"):
        write_photo(tmp_path / "a.webp", np.zeros((1, 16384, 3), np.uint8))
    with pytest.raises(RefocusError, match="at most 65500 pixels"):
        write_photo(tmp_path / "a.jpg", np.zeros((65501, 1, 3), np.uint8))
    assert list(tmp_path.iterdir()) == []


def test_quality_is_that_of_the_jpeg_file():
    sizes = [len(encoded_photo(IMAGE, ".jpg", quality=quality)) for quality in (20, 60, 95, 100)]
    assert sizes == sorted(sizes)
    assert encoded_photo(IMAGE, ".webp", quality=20) == encoded_photo(IMAGE, ".webp", quality=95)
