"""Every mode in every container is read as what was written; what is no photo is refused in words."""

import builtins
import io
import os
import struct

import numpy as np
import pytest
from PIL import Image

from refocuslab.errors import RefocusError, RefocusWarning
from refocuslab.pictures.masks import read_mask
from refocuslab.pictures.reading import read_photo, read_picture

RNG = np.random.default_rng(6)
H, W = 9, 14
RGB = RNG.integers(0, 256, (H, W, 3), dtype=np.uint8)
GRAY = RGB[:, :, 0]


def three(gray):
    return np.repeat(gray.reshape(*gray.shape[:2], 1), 3, axis=2)


@pytest.mark.parametrize("bits", [1, 2, 4, 8, 16])
@pytest.mark.parametrize("key", [False, True])
@pytest.mark.filterwarnings("ignore:.* is transparent")
def test_gray_png(tmp_path, by_hand, bits, key):
    values = RNG.integers(0, 2**bits, (H, W, 1)).astype(np.uint16)
    values[0, :2, 0] = 0, 2**bits - 1
    chunks = [(b"tRNS", struct.pack(">H", int(values[3, 3, 0])))] if key else []
    (tmp_path / "a.png").write_bytes(by_hand.png(values, 0, bits, chunks))
    picture = read_picture(tmp_path / "a.png")
    shown = values[:, :, 0] != values[3, 3, 0] if key else np.ones((H, W), bool)
    expected = np.rint(values[:, :, 0] * (255 / (2**bits - 1))).astype(np.uint8)
    np.testing.assert_array_equal(picture.image[shown], three(expected)[shown])
    assert (picture.alpha is None) == (not key)
    if key:
        np.testing.assert_array_equal(picture.alpha, np.where(shown, 255, 0))


@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.filterwarnings("ignore:.* is transparent")
def test_rgb_png_with_a_transparent_color(tmp_path, by_hand, bits):
    values = RNG.integers(0, 2**bits, (H, W, 3)).astype(np.uint16)
    values[2] = values[1, 1]
    values[4, 4] = values[1, 1] ^ (1, 0, 0)  # of 16 bits, it differs in the low byte alone
    (tmp_path / "a.png").write_bytes(
        by_hand.png(values, 2, bits, [(b"tRNS", struct.pack(">3H", *values[1, 1]))])
    )
    picture = read_picture(tmp_path / "a.png")
    shown = (values != values[1, 1]).any(axis=2)
    assert shown[4, 4]
    np.testing.assert_array_equal(picture.alpha, np.where(shown, 255, 0))
    expected = np.rint(values * (255 / (2**bits - 1))).astype(np.uint8)
    np.testing.assert_array_equal(picture.image[shown], expected[shown])


@pytest.mark.parametrize("bits", [1, 2, 4, 8])
@pytest.mark.filterwarnings("ignore:.* is transparent")
def test_palette_png(tmp_path, by_hand, bits):
    indices = RNG.integers(0, 2**bits, (H, W, 1)).astype(np.uint8)
    table = RNG.integers(0, 256, (2**bits, 3), dtype=np.uint8)
    alpha = np.full(2**bits, 255, np.uint8)
    for transparent in (False, True):
        chunks = [(b"PLTE", table.tobytes())]
        if transparent:
            alpha[0] = 0
            chunks.append((b"tRNS", alpha[:1].tobytes()))
        (tmp_path / "a.png").write_bytes(by_hand.png(indices, 3, bits, chunks))
        picture = read_picture(tmp_path / "a.png")
        shown = alpha[indices[:, :, 0]] > 0
        np.testing.assert_array_equal(picture.image[shown], table[indices[:, :, 0]][shown])
        np.testing.assert_array_equal(shown if picture.alpha is None else picture.alpha == 255, shown)


@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize(("color_type", "count"), [(4, 2), (6, 4)])
@pytest.mark.filterwarnings("ignore:.* is transparent")
def test_png_with_alpha(tmp_path, by_hand, bits, color_type, count):
    values = RNG.integers(1, 2**bits, (H, W, count)).astype(np.uint16)
    values[:, :, -1] = np.maximum(values[:, :, -1], 2**bits // 3)
    (tmp_path / "a.png").write_bytes(by_hand.png(values, color_type, bits))
    picture = read_picture(tmp_path / "a.png")
    expected = np.rint(values * (255 / (2**bits - 1))).astype(np.uint8)
    np.testing.assert_array_equal(
        picture.image, three(expected[:, :, :-1]) if count == 2 else expected[:, :, :3]
    )
    np.testing.assert_array_equal(picture.alpha, expected[:, :, -1])
    if bits == 16:
        np.testing.assert_array_equal(picture.deep[:, :, 0], values[:, :, 0])


@pytest.mark.filterwarnings("ignore:.* is transparent")
def test_colors_that_are_hidden_do_not_enter(tmp_path):
    rgba = np.dstack([RGB, np.full((H, W), 255, np.uint8)])
    rgba[:, :5, :3], rgba[:, :5, 3] = (255, 0, 255), 0
    for name in ("a.png", "a.webp", "a.tif"):
        options = {"lossless": True, "exact": True} if name == "a.webp" else {}
        Image.fromarray(rgba).save(tmp_path / name, **options)
        image = read_photo(tmp_path / name)
        np.testing.assert_array_equal(image[:, 5:], RGB[:, 5:])
        np.testing.assert_array_equal(image[:, :5], np.repeat(RGB[:, 5:6], 5, axis=1))
    rgba[:, :, 3] = 0
    Image.fromarray(rgba).save(tmp_path / "a.png")
    with pytest.raises(RefocusError, match="wholly transparent"):
        read_photo(tmp_path / "a.png")


def test_a_photo_that_is_opaque_has_no_alpha_and_nothing_is_said(tmp_path):
    Image.fromarray(np.dstack([RGB, np.full((H, W), 255, np.uint8)])).save(tmp_path / "a.png")
    picture = read_picture(tmp_path / "a.png")
    assert picture.alpha is None
    assert picture.doubts == ()


@pytest.mark.parametrize("ending", ["png", "bmp", "ppm", "tif", "webp", "gif", "qoi", "jp2", "avif", "jpg"])
@pytest.mark.parametrize("mode", ["1", "L", "RGB", "P"])
def test_modes_in_containers(tmp_path, ending, mode):
    smooth = np.add.outer(np.arange(32) * 3, np.arange(40) * 3)[:, :, None] + np.array([0, 20, 40])
    photo = Image.fromarray(smooth.astype(np.uint8)).convert(mode)
    options = {"webp": {"lossless": True}, "avif": {"quality": 100, "subsampling": "4:4:4"}}.get(ending, {})
    options |= {"jpg": {"quality": 100, "subsampling": 0}}.get(ending, {})
    if (ending, mode) in {(e, "1") for e in ("jp2", "qoi", "avif", "webp")} | {
        (e, "P") for e in ("ppm", "jp2", "jpg", "qoi")
    } | {("qoi", "L")}:
        photo = photo.convert("RGB")
    photo.save(tmp_path / f"a.{ending}", **options)
    expected = np.asarray(photo.convert("RGB")).astype(int)
    close = {"jpg": 4, "avif": 4}.get(ending, 80 if (ending, mode) == ("gif", "RGB") else 0)
    assert np.abs(read_photo(tmp_path / f"a.{ending}") - expected).max() <= close


@pytest.mark.parametrize("top", [255, 100, 1023, 4095, 65535])
@pytest.mark.parametrize("form", ["P5", "P6", "P2", "P3"])
def test_ppm_of_every_white(tmp_path, top, form):
    count = 1 if form in ("P5", "P2") else 3
    values = RNG.integers(0, top + 1, (H, W, count))
    head = f"{form}\n# made by hand\n{W} {H}\n{top}\n".encode()
    if form in ("P5", "P6"):
        body = values.astype(">u2" if top > 255 else np.uint8).tobytes()
    else:
        body = " ".join(map(str, values.reshape(-1))).encode() + b"\n"
    (tmp_path / "a.ppm").write_bytes(head + body)
    expected = np.rint(values * (255 / top)).astype(np.uint8)
    assert np.abs(read_photo(tmp_path / "a.ppm").astype(int) - expected).max() <= (1 if top != 255 else 0)
    if form in ("P5", "P6") and top > 255:
        deep = read_picture(tmp_path / "a.ppm").deep
        assert np.abs(deep - np.rint(values * (65535 / top))).max() <= 1


def test_pfm(tmp_path):
    values = RNG.random((H, W), dtype=np.float32)
    (tmp_path / "a.pfm").write_bytes(f"Pf\n{W} {H}\n-1.0\n".encode() + values[::-1].tobytes())
    np.testing.assert_array_equal(
        read_photo(tmp_path / "a.pfm"), three(np.rint(255 * values).astype(np.uint8))
    )
    (tmp_path / "a.pfm").write_bytes(f"Pf\n{W} {H}\n-1.0\n".encode() + (9 * values[::-1]).tobytes())
    with pytest.raises(RefocusError, match="floating-point samples go from"):
        read_photo(tmp_path / "a.pfm")


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("ending", ["jpg", "png", "webp", "avif"])
def test_orientation_in_exif_data(tmp_path, orientation, ending):
    corner = np.zeros((32, 48, 3), np.uint8)
    corner[:16, :16] = 255
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(corner).save(tmp_path / f"a.{ending}", exif=exif)
    with Image.open(tmp_path / f"a.{ending}") as photo:
        image = read_photo(tmp_path / f"a.{ending}")
        assert image.shape[:2] == ((32, 48) if orientation < 5 else (48, 32))
        assert photo.size == (48, 32)
    where = {1: "tl", 2: "tr", 3: "br", 4: "bl", 5: "tl", 6: "tr", 7: "br", 8: "bl"}[orientation]
    part = image[:16] if where[0] == "t" else image[-16:]
    part = part[:, :16] if where[1] == "l" else part[:, -16:]
    assert part.min() > 200
    assert np.count_nonzero(image[:, :, 0] > 128) < 300


@pytest.mark.parametrize("ending", ["gif", "webp", "png", "avif", "mpo"])
def test_the_first_of_several_pictures_is_taken_and_it_is_said(tmp_path, ending):
    photos = [Image.fromarray(np.full((32, 32, 3), level, np.uint8)) for level in (40, 120, 200)]
    name = tmp_path / f"a.{'jpg' if ending == 'mpo' else ending}"
    photos[0].save(name, format=ending.upper(), save_all=True, append_images=photos[1:])
    with pytest.warns(RefocusWarning, match="the first of its 3 pictures was taken"):
        image = read_photo(name)
    assert np.abs(image.astype(int) - 40).max() <= 3


def boxes(*brands):
    return (
        struct.pack(">I4s", 16 + 4 * len(brands[1:]), b"ftyp") + brands[0] + bytes(4) + b"".join(brands[1:])
    )


@pytest.mark.parametrize("brands", [(b"heic", b"mif1"), (b"mif1", b"heic"), (b"heix",), (b"msf1", b"hevc")])
def test_heic_says_what_to_install(tmp_path, monkeypatch, brands):
    (tmp_path / "a.heic").write_bytes(boxes(*brands) + bytes(64))
    imported = builtins.__import__

    def without(name, *rest, **more):
        if name == "pillow_heif":
            raise ImportError(name)
        return imported(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(RefocusError, match="HEIC photo: install pillow-heif"):
        read_photo(tmp_path / "a.heic")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "it is empty"),
        (b"II*\0\x10\0\0\0CR\x02\0" + bytes(64), "camera raw"),
        (b"FUJIFILMCCD-RAW 0201" + bytes(64), "camera raw"),
        (b"IIRO\x08\0\0\0" + bytes(64), "camera raw"),
        (b"IIU\0\x08\0\0\0" + bytes(64), "camera raw"),
        (b"FOVb" + bytes(64), "camera raw"),
        (boxes(b"crx ", b"isom") + bytes(64), "camera raw"),
        (boxes(b"isom", b"mp42") + bytes(64), "video"),
        (b"8BPS\0\1" + bytes(64), "Photoshop document: export it"),
        (b"%PDF-1.7" + bytes(64), "PDF"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n", "PostScript"),
        (b"\xff\x0a" + bytes(64), "JPEG XL"),
        (b'<?xml version="1.0"?><svg/>', "drawing"),
        (b"v/1\x01" + bytes(64), "OpenEXR"),
        (b"not a photo at all", "it holds text and no picture"),
        (b"\x89PNG\r\n\x1a\n", "cut off"),
        (b"GIF89a", "cut off"),
        (b"\xff\xd8\xff\xe0", "cut off"),
    ],
)
def test_what_is_no_photo_is_refused_in_words(tmp_path, content, words):
    (tmp_path / "a.jpg").write_bytes(content)
    for read in (read_photo, read_mask, read_picture):
        with pytest.raises(RefocusError, match=words):
            read(tmp_path / "a.jpg")


@pytest.mark.parametrize("ending", [".nef", ".CR2", ".arw", ".dng", ".raf", ".cr3", ".orf", ".rw2"])
def test_the_ending_of_camera_raw_is_enough(tmp_path, by_hand, without_rawpy, ending):
    (tmp_path / f"a{ending}").write_bytes(by_hand.tiff(RGB, photometric=2))
    with pytest.raises(RefocusError, match=r"camera raw.*develop it first"):
        read_photo(tmp_path / f"a{ending}")


@pytest.mark.parametrize("ending", ["png", "tif", "jpg", "webp", "gif", "bmp", "ppm", "jp2", "avif", "qoi"])
def test_a_file_that_is_cut_off_is_refused(tmp_path, ending):
    photo = Image.fromarray(RNG.integers(0, 256, (64, 64, 3), dtype=np.uint8))
    file = io.BytesIO()
    photo.save(file, format={"jpg": "JPEG", "tif": "TIFF", "jp2": "JPEG2000"}.get(ending, ending.upper()))
    data = file.getvalue()
    path = tmp_path / f"a.{ending}"
    for keep in (10, len(data) // 4, len(data) // 2, len(data) * 9 // 10, len(data) - 30):
        path.write_bytes(data[:keep])
        with pytest.raises(RefocusError, match="readable photo") as caught:
            read_photo(path)
        assert str(path) in str(caught.value)


def test_a_png_file_with_a_wrong_checksum_is_refused(tmp_path):
    file = io.BytesIO()
    Image.fromarray(RGB).save(file, format="PNG", icc_profile=b"x" * 400, dpi=(72, 72))
    data = file.getvalue()
    for name in (b"IHDR", b"IDAT", b"iCCP", b"pHYs", b"IEND"):
        at = data.index(name)
        broken = bytearray(data)
        broken[at + 4 + int.from_bytes(data[at - 4 : at], "big")] ^= 1
        (tmp_path / "a.png").write_bytes(broken)
        with pytest.raises(RefocusError, match=f"checksum of its part {name.decode()} is wrong"):
            read_photo(tmp_path / "a.png")


def test_large_pictures_are_refused_by_their_headers(tmp_path, by_hand, monkeypatch):
    head = struct.pack(">IIBBBBB", 13000, 13000, 8, 2, 0, 0, 0)
    chunks = by_hand.chunk(b"IHDR", head) + by_hand.chunk(b"IDAT", b"") + by_hand.chunk(b"IEND", b"")
    bmp = (
        b"BM"
        + struct.pack("<IHHI", 54, 0, 0, 54)
        + struct.pack("<IiiHHIIiiII", 40, 13000, 13000, 1, 24, *[0] * 6)
    )
    tiff = by_hand.tiff(np.zeros((1, 1, 3), np.uint8), photometric=2).replace(
        struct.pack("<HHII", 256, 4, 1, 1), struct.pack("<HHII", 256, 4, 1, 13000)
    )
    tiff = tiff.replace(struct.pack("<HHII", 257, 4, 1, 1), struct.pack("<HHII", 257, 4, 1, 13000))
    for name, content in (
        ("a.png", b"\x89PNG\r\n\x1a\n" + chunks),
        ("a.bmp", bmp),
        ("a.tif", tiff),
        ("a.ppm", b"P6 13000 13000 255\n"),
        ("a.ppm", b"P6 13000 13000 65535\n"),
        ("a.gif", b"GIF89a" + struct.pack("<HH", 13000, 13000) + b"\0\0\0,\0\0\0\0\1\0\1\0\0\2\2D\1\0;"),
    ):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(
            RefocusError, match=r"at most 150 megapixels .*REFOCUSLAB_MEGAPIXELS.*13000 x 13000"
        ):
            read_photo(tmp_path / name)
    before = Image.MAX_IMAGE_PIXELS
    monkeypatch.setenv("REFOCUSLAB_MEGAPIXELS", "0.0001")
    Image.fromarray(RGB).save(tmp_path / "small.png")
    with pytest.raises(RefocusError, match=r"at most 0\.0001 megapixels"):
        read_photo(tmp_path / "small.png")
    for wrong in ("many", "-3", "nan", "inf"):
        monkeypatch.setenv("REFOCUSLAB_MEGAPIXELS", wrong)
        with pytest.raises(RefocusError, match="must be a number of megapixels"):
            read_photo(tmp_path / "small.png")
    assert before == Image.MAX_IMAGE_PIXELS


def test_the_limit_is_ours_and_not_pillows(tmp_path, monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 20)
    for ending in ("png", "webp", "gif", "jpg"):
        Image.fromarray(RGB).save(tmp_path / f"a.{ending}")
        read_photo(tmp_path / f"a.{ending}")
    assert Image.MAX_IMAGE_PIXELS == 20


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")
def test_a_named_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "a.png")
    for read in (read_photo, read_mask):
        with pytest.raises(RefocusError, match=r"plain file.*a named pipe"):
            read(tmp_path / "a.png")


@pytest.mark.parametrize("ending", ["jpg", "png", "tif", "webp"])
def test_what_the_camera_said_is_read(tmp_path, ending):
    exif = Image.Exif()
    exif[0x010F], exif[0x0112] = "Some maker", 6
    exif[0x8769] = {0x9003: "2021:02:03 04:05:06"}
    exif[0x8825] = {1: "N", 2: (10.0, 20.0, 30.0)}
    exif.load(exif.tobytes())
    Image.fromarray(RGB).save(tmp_path / f"a.{ending}", exif=exif, dpi=(300, 300))
    picture = read_picture(tmp_path / f"a.{ending}")
    found = Image.Exif()
    found.load(picture.exif)
    assert found[0x010F] == "Some maker"
    assert 0x0112 not in found
    assert found.get_ifd(0x8769)[0x9003] == "2021:02:03 04:05:06"
    assert found.get_ifd(0x8825)[2] == (10.0, 20.0, 30.0)
    if ending != "webp":
        assert np.allclose(picture.dpi, 300, atol=0.1)
