"""A mask is what its owner sees as one, or it is refused with what was found."""

import numpy as np
import pytest
import tifffile
from PIL import Image

from refocuslab.errors import RefocusError, RefocusWarning
from refocuslab.pictures.masks import read_mask

H, W = 40, 60
TRUTH = np.zeros((H, W), bool)
TRUTH[10:30, 15:45] = True
RNG = np.random.default_rng(9)
PICTURE = RNG.integers(0, 256, (H, W, 3), dtype=np.uint8)


def gray(white=255, black=0, dtype=np.uint8):
    return np.where(TRUTH, white, black).astype(dtype)


def rgba(color, alpha):
    color = np.broadcast_to(np.asarray(color, np.uint8), (H, W, 3)) if np.ndim(color) < 2 else color
    color = np.repeat(color[:, :, None], 3, axis=2) if color.ndim == 2 else color
    return np.dstack([color, np.asarray(alpha, np.uint8)])


def assert_reads(path, expected=TRUTH):
    np.testing.assert_array_equal(read_mask(path), expected)


@pytest.mark.parametrize(
    "values",
    [
        gray(),
        gray(1),
        gray(200, 40),
        gray(255, 0, np.uint16),
        gray(65535, 0, np.uint16),
        gray(1, 0, np.uint16),
    ],
    ids=["8 bits", "0 and 1", "not quite", "8 bits in 16", "16 bits", "0 and 1 in 16"],
)
@pytest.mark.parametrize("ending", ["png", "tif"])
def test_opaque_masks(tmp_path, values, ending):
    Image.fromarray(values).save(tmp_path / f"m.{ending}")
    assert_reads(tmp_path / f"m.{ending}")


def test_masks_of_other_modes(tmp_path):
    path = tmp_path / "m.png"
    for photo in (
        Image.fromarray(TRUTH),
        Image.fromarray(np.repeat(gray()[:, :, None], 3, axis=2)),
        Image.fromarray(np.repeat(gray(1)[:, :, None], 3, axis=2)),
        Image.fromarray(gray()).convert("P"),
        Image.fromarray(np.dstack([gray(), np.full((H, W), 255, np.uint8)])),
    ):
        photo.save(path)
        assert_reads(path)
    Image.fromarray(gray()).save(tmp_path / "m.jpg", quality=70)
    assert_reads(tmp_path / "m.jpg")
    tifffile.imwrite(tmp_path / "m.tif", TRUTH.astype(np.float32))
    assert_reads(tmp_path / "m.tif")
    exif = Image.Exif()
    exif[0x0112] = 3
    Image.fromarray(gray()).save(path, exif=exif)
    assert_reads(path, TRUTH[::-1, ::-1])


def test_an_edge_that_is_smooth_is_divided_at_half(tmp_path):
    ramp = np.clip(np.arange(W) * 8 - 100, 0, 255).astype(np.uint8)
    Image.fromarray(np.broadcast_to(ramp, (H, W)).copy()).save(tmp_path / "m.png")
    with pytest.warns(RefocusWarning, match="neither black nor white"):
        found = read_mask(tmp_path / "m.png")
    np.testing.assert_array_equal(found, np.broadcast_to(ramp >= 128, (H, W)))


@pytest.mark.parametrize(
    ("layers", "expected"),
    [
        # A white layer, partly erased: beneath, the editor left white or black.
        (rgba(255, gray()), TRUTH),
        (rgba(gray(), gray()), TRUTH),
        # An object cut out, its alpha the mask; and drawn in one color.
        (rgba(PICTURE, gray()), TRUTH),
        (rgba((200, 30, 30), gray()), TRUTH),
        (rgba(0, gray()), TRUTH),
        # Black and white that is shown in part: white and opaque.
        (rgba(gray(), np.where(np.arange(W) < 30, 255, 0) * np.ones((H, 1))), TRUTH & (np.arange(W) < 30)),
        # A layer that fades.
        (rgba(255, np.arange(W) * 4 * np.ones((H, 1))), np.broadcast_to(np.arange(W) * 4 >= 128, (H, W))),
        # Alpha that says nothing.
        (rgba(gray(), np.full((H, W), 200)), TRUTH),
    ],
)
def test_transparency(tmp_path, layers, expected):
    for name in ("m.png", "m.tif", "m.webp"):
        options = {"lossless": True, "exact": True} if name == "m.webp" else {}
        Image.fromarray(layers).save(tmp_path / name, **options)
        assert_reads(tmp_path / name, expected)
    if (layers[:, :, 0] == layers[:, :, 1]).all():
        Image.fromarray(layers[:, :, [0, 3]]).save(tmp_path / "la.png")
        assert_reads(tmp_path / "la.png", expected)


def test_a_palette_with_a_transparent_entry(tmp_path):
    for colors in ([255] * 6, [0, 0, 0, 255, 255, 255], [9, 200, 30, 255, 255, 255]):
        photo = Image.fromarray(TRUTH.astype(np.uint8))
        photo.putpalette(colors)
        photo.save(tmp_path / "m.png", transparency=0)
        assert_reads(tmp_path / "m.png")
        photo.save(tmp_path / "m.gif", transparency=0)
        assert_reads(tmp_path / "m.gif")


def test_a_transparent_gray(tmp_path):
    Image.fromarray(gray(255, 128)).save(tmp_path / "m.png", transparency=128)
    assert_reads(tmp_path / "m.png")


def classes(*levels):
    found = np.zeros((H, W), np.uint8)
    for i, level in enumerate(levels):
        found[:, i * W // len(levels) :] = level
    return found


@pytest.mark.parametrize(
    ("picture", "words"),
    [
        (
            np.where(TRUTH[:, :, None], np.uint8([255, 0, 0]), np.uint8(0)),
            r"colors, such as \(0, 0, 0\), \(255, 0, 0\)",
        ),
        (np.where(TRUTH[:, :, None], np.uint8([255, 255, 0]), np.uint8([0, 0, 255])), "colors, such as"),
        (PICTURE, "colors, such as"),
        (classes(0, 1, 2, 3, 4), "grays 0, 1, 2, 3, 4, none as bright as half"),
        (classes(0, 100), "grays 0, 100, none as bright"),
        (classes(150, 255), "grays 150, 255, none as dark"),
        (np.full((H, W), 100, np.uint8), "grays 100, none as bright"),
        (np.full((H, W), 180, np.uint8), "grays 180, none as dark"),
        (classes(0, 128, 255), "regions of 3 grays, 0, 128, 255 of 255"),
        (classes(0, 85, 170, 255), "regions of 4 grays"),
        (rgba(255, np.zeros((H, W))), "all of it is transparent"),
        (rgba(255, np.full((H, W), 90)), "all of it is transparent"),
    ],
)
def test_what_may_mean_two_things_is_refused_with_what_was_found(tmp_path, picture, words):
    Image.fromarray(picture).save(tmp_path / "m.png")
    with pytest.raises(RefocusError, match=words) as caught:
        read_mask(tmp_path / "m.png")
    assert "white (or opaque) where to refocus" in str(caught.value)


def test_classes_of_many_bits_are_refused(tmp_path):
    tifffile.imwrite(tmp_path / "m.tif", classes(0, 1, 2).astype(np.int32))
    with pytest.raises(RefocusError, match="integers 0, 1, 2 whose white is not known"):
        read_mask(tmp_path / "m.tif")
    Image.fromarray(np.zeros((H, W, 4), np.uint8), "CMYK").save(tmp_path / "m.tif")
    with pytest.raises(RefocusError, match="CMYK"):
        read_mask(tmp_path / "m.tif")


def test_masks_all_white_or_all_black_are_what_they_are(tmp_path):
    for level in (0, 255):
        Image.fromarray(np.full((H, W), level, np.uint8)).save(tmp_path / "m.png")
        assert_reads(tmp_path / "m.png", np.full((H, W), level == 255))
