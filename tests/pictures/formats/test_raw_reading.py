"""Camera raw: a sensor's samples written as a DNG file, developed, upright, or refused in words."""

import struct

import numpy as np
import pytest
from PIL import ExifTags, Image

from refocuslab import read_photo
from refocuslab.errors import RefocusError
from refocuslab.optics.light import decode
from refocuslab.pictures.reading import read_picture, upright

# From CIE XYZ to a camera whose colors are those of sRGB: IEC 61966-2-1.
SRGB_CAMERA = [
    [3.2406, -1.5372, -0.4986],
    [-0.9689, 1.8758, 0.0415],
    [0.0557, -0.2040, 1.0570],
]


def light() -> np.ndarray:
    """Linear light, (40, 60, 3): an even picture with three other areas, none of them its own mirror."""
    made = np.full((40, 60, 3), (0.5, 0.25, 0.1))
    made[:20, :30] = 0.05, 0.9, 0.02
    made[30:, 40:] = 1.0
    made[:10, 50:] = 0.01, 0.02, 0.6
    return made


def fractions(kind: int, values) -> tuple[int, list[int]]:
    return kind, [number for value in values for number in (round(value * 10_000), 10_000)]


def dng(by_hand, seen: np.ndarray, neutral=(1, 1, 1), more=(), **options) -> bytes:
    """A DNG file without compression: at each pixel one of red, green, green and blue."""
    sensor = np.empty(seen.shape[:2], np.uint16)
    for down, across, color in ((0, 0, 0), (0, 1, 1), (1, 0, 1), (1, 1, 2)):
        sensor[down::2, across::2] = np.rint(65535 * seen[down::2, across::2, color] * neutral[color])
    tags = [
        (33421, 3, [2, 2]), (33422, 1, [0, 1, 1, 2]),  # the pattern of its colors
        (50706, 1, [1, 4, 0, 0]), (50714, 3, [0]), (50717, 4, [65535]),  # a DNG file; black and white
        (50721, *fractions(10, np.ravel(SRGB_CAMERA))), (50728, *fractions(5, neutral)),
        (50778, 3, [21]), *more,  # the matrix is for daylight
    ]  # fmt: skip
    return by_hand.tiff(sensor[:, :, None], photometric=32803, rows=40, tags=tags, **options)


# Pixels inside the areas of ``light()``, where a demosaicing has nothing to guess.
INSIDE = [(10, 10), (25, 15), (35, 50), (4, 55)]


@pytest.fixture
def rawpy():
    return pytest.importorskip("rawpy")


@pytest.mark.parametrize("ending", [".dng", ".tif", ".nef"])
@pytest.mark.parametrize("neutral", [(1, 1, 1), (0.5, 1, 0.8)])
def test_a_raw_photo_is_developed_to_srgb_in_its_white_balance(tmp_path, by_hand, rawpy, ending, neutral):
    path = tmp_path / f"a{ending}"
    path.write_bytes(dng(by_hand, light(), neutral))
    found = read_picture(path)
    assert found.image.shape == (40, 60, 3) and found.deep.dtype == np.uint16
    for at in INSIDE:
        np.testing.assert_allclose(decode(found.deep[at] / 257), light()[at], atol=2e-4)
    np.testing.assert_array_equal(found.image, np.rint(found.deep / 257).astype(np.uint8))


def test_two_exposures_stay_as_they_were_to_each_other(tmp_path, by_hand, rawpy):
    # No brightness is invented: the darker photo stays darker by as much.
    bright = 0.2 * light()
    (tmp_path / "a.dng").write_bytes(dng(by_hand, bright))
    (tmp_path / "b.dng").write_bytes(dng(by_hand, 0.25 * bright))
    for name, share in (("a.dng", 1), ("b.dng", 0.25)):
        deep = read_picture(tmp_path / name).deep
        for at in INSIDE:
            np.testing.assert_allclose(decode(deep[at] / 257), share * bright[at], atol=2e-4)


@pytest.mark.parametrize("orientation", [2, 3, 6, 8])
def test_a_raw_photo_is_turned_upright_once(tmp_path, by_hand, rawpy, orientation):
    (tmp_path / "a.dng").write_bytes(dng(by_hand, light()))
    (tmp_path / "b.dng").write_bytes(dng(by_hand, light(), orientation=orientation))
    plain, turned = read_photo(tmp_path / "a.dng"), read_photo(tmp_path / "b.dng")
    np.testing.assert_array_equal(turned, upright(plain, orientation))


def test_the_cameras_data_are_kept_and_the_space_of_its_jpegs_is_not_taken(tmp_path, by_hand, rawpy):
    (tmp_path / "a.dng").write_bytes(dng(by_hand, light()))
    at = len(dng(by_hand, light(), more=[(34665, 4, [0])]))
    # At the end of the file, the directory of the shot: f/2.8, and Adobe RGB.
    shot = struct.pack("<HHHII", 2, 33437, 5, 1, at + 30) + struct.pack("<HHIHH", 40961, 3, 1, 2, 0)
    shot += struct.pack("<III", 0, 28, 10)
    (tmp_path / "b.dng").write_bytes(dng(by_hand, light(), more=[(34665, 4, [at])]) + shot)
    plain, told = read_picture(tmp_path / "a.dng"), read_picture(tmp_path / "b.dng")
    np.testing.assert_array_equal(told.deep, plain.deep)
    kept = Image.Exif()
    kept.load(told.exif)
    assert dict(kept.get_ifd(ExifTags.IFD.Exif)) == {ExifTags.Base.FNumber: pytest.approx(2.8)}


@pytest.mark.parametrize("keep", [0.1, 0.5, 0.9])
def test_a_raw_photo_that_is_cut_off_is_refused(tmp_path, by_hand, rawpy, keep):
    content = dng(by_hand, light())
    (tmp_path / "a.nef").write_bytes(content[: int(keep * len(content))])
    with pytest.raises(RefocusError, match=r"camera raw.*copy it from the camera once more, or develop it"):
        read_photo(tmp_path / "a.nef")


def test_a_raw_photo_that_is_too_large_is_refused_before_it_is_decoded(tmp_path, by_hand, rawpy, monkeypatch):
    (tmp_path / "a.dng").write_bytes(dng(by_hand, light()))
    monkeypatch.setenv("REFOCUSLAB_MEGAPIXELS", "0.002")

    class Watched(rawpy.RawPy):
        def unpack(self):
            pytest.fail("decoded")

    monkeypatch.setattr(rawpy, "RawPy", Watched)
    with pytest.raises(RefocusError, match=r"at most 0\.002 megapixels.*60 x 40"):
        read_photo(tmp_path / "a.dng")


def test_without_rawpy_a_sentence_says_how_to_get_it(tmp_path, by_hand, without_rawpy):
    for name in ("a.dng", "a.tif"):
        (tmp_path / name).write_bytes(dng(by_hand, light()))
        with pytest.raises(RefocusError) as caught:
            read_photo(tmp_path / name)
        assert 'install rawpy (pip install "refocuslab[raw]"), or develop it first' in str(caught.value)
