"""Colors in any space become those of sRGB; the truth is computed here from each standard's own numbers."""

import io
import struct

import numpy as np
import pytest
import tifffile
from PIL import Image, ImageCms

from refocuslab.errors import RefocusError, RefocusWarning
from refocuslab.pictures.reading import read_photo, read_picture
from refocuslab.pictures.writing import write_photo

RNG = np.random.default_rng(4)

# Primaries and white as (x, y) of each standard, and its curve from values to light.
SRGB = ((0.64, 0.33), (0.30, 0.60), (0.15, 0.06), (0.3127, 0.3290))
SPACES = {
    "Adobe RGB": (((0.64, 0.33), (0.21, 0.71), (0.15, 0.06), (0.3127, 0.3290)), lambda v: v ** (563 / 256)),
    "Display P3": (((0.68, 0.32), (0.265, 0.69), (0.15, 0.06), (0.3127, 0.3290)), None),
    "ProPhoto": (
        ((0.7347, 0.2653), (0.1596, 0.8404), (0.0366, 0.0001), (0.3457, 0.3585)),
        lambda v: v ** (461 / 256),
    ),
    "linear": (SRGB, lambda v: v),
    "gamma 1.8": (SRGB, lambda v: v ** (461 / 256)),
    "gamma 2.2": (SRGB, lambda v: v ** (563 / 256)),
}


def light_of(values):
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def value_of(light):
    light = np.clip(light, 0, 1)
    return np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)


def to_xyz(red, green, blue, white):
    """Relative to D50, by the Bradford transform."""
    xyz = [np.array([x / y, 1, (1 - x - y) / y]) for x, y in (red, green, blue, white)]
    raw = np.stack(xyz[:3], axis=1)
    raw = raw * np.linalg.solve(raw, xyz[3])
    cone = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
    d50 = np.array([0.9642, 1, 0.8249])
    return np.linalg.solve(cone, np.diag(cone @ d50 / (cone @ xyz[3])) @ cone @ raw)


def true_image(values, name):
    """The sRGB levels of values 0 … 1, and how far they lie from sRGB's own limits."""
    corners, curve = SPACES[name]
    light = (curve or light_of)(values) @ np.linalg.solve(to_xyz(*SRGB), to_xyz(*corners)).T
    return np.rint(255 * value_of(light)), np.maximum(-light, light - 1).max()


def profile(by_hand, name):
    corners, _ = SPACES[name]
    gamma = {
        "Adobe RGB": 563 / 256,
        "ProPhoto": 1.8,
        "linear": 1.0,
        "gamma 1.8": 1.8,
        "gamma 2.2": 2.19921875,
    }
    if name in gamma:
        return by_hand.icc_rgb(to_xyz(*corners), by_hand.icc_curve(gamma[name]))
    curve = by_hand.icc_formula(3, 2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
    return by_hand.icc_rgb(to_xyz(*corners), curve, version=4)


def saved(path, values, icc):
    """A file of values (H, W, 3) with a profile, by a writer of another hand."""
    photo = Image.fromarray(values) if values.dtype == np.uint8 else None
    if path.suffix == ".tif":
        tifffile.imwrite(path, values, photometric="rgb", iccprofile=icc)
    else:
        photo.save(path, icc_profile=icc, **({"lossless": True} if path.suffix == ".webp" else {}))


@pytest.mark.parametrize("name", SPACES)
@pytest.mark.parametrize("ending", [".png", ".tif", ".webp"])
@pytest.mark.filterwarnings("ignore::refocuslab.errors.RefocusWarning")
def test_profiles_of_primaries_are_applied(tmp_path, by_hand, name, ending):
    values = RNG.integers(0, 256, (40, 30, 3), dtype=np.uint8)
    saved(tmp_path / f"a{ending}", values, profile(by_hand, name))
    expected, _ = true_image(values / 255, name)
    found = read_photo(tmp_path / f"a{ending}")
    assert np.abs(found - expected).max() <= 1
    assert np.abs(found - values.astype(int)).max() > 2


@pytest.mark.parametrize("name", SPACES)
@pytest.mark.filterwarnings("ignore::refocuslab.errors.RefocusWarning")
def test_they_are_applied_as_littlecms_does(tmp_path, by_hand, name):
    values = RNG.integers(0, 256, (40, 30, 3), dtype=np.uint8)
    icc = profile(by_hand, name)
    saved(tmp_path / "a.png", values, icc)
    source = ImageCms.ImageCmsProfile(io.BytesIO(icc))
    other = ImageCms.profileToProfile(Image.fromarray(values), source, ImageCms.createProfile("sRGB"), 1)
    assert np.abs(read_photo(tmp_path / "a.png").astype(int) - np.asarray(other)).max() <= 2


@pytest.mark.parametrize("name", SPACES)
@pytest.mark.filterwarnings("ignore::refocuslab.errors.RefocusWarning")
def test_sixteen_bits_are_converted_at_sixteen_bits(tmp_path, by_hand, name):
    values = RNG.integers(0, 65536, (40, 30, 3), dtype=np.uint16)
    values[0] = np.arange(0, 900, 30)[:, None]  # of linear values, the darkest levels are all that differs
    saved(tmp_path / "a.tif", values, profile(by_hand, name))
    corners, curve = SPACES[name]
    light = (curve or light_of)(values / 65535) @ np.linalg.solve(to_xyz(*SRGB), to_xyz(*corners)).T
    picture = read_picture(tmp_path / "a.tif")
    assert np.abs(picture.deep - 65535 * value_of(light)).max() <= 150
    assert np.abs(picture.image - 255 * value_of(light)).max() <= 1


def test_what_srgb_cannot_show_is_said(tmp_path, by_hand):
    values = np.full((10, 10, 3), 128, np.uint8)
    saved(tmp_path / "a.png", values, profile(by_hand, "Display P3"))
    read_photo(tmp_path / "a.png")  # a gray, of which nothing is to be said: warnings are errors here
    values[:2] = 0, 255, 0
    saved(tmp_path / "a.png", values, profile(by_hand, "Display P3"))
    with pytest.warns(RefocusWarning, match=r"20\.00% of its pixels have colors that sRGB does not have"):
        read_photo(tmp_path / "a.png")


def test_profiles_of_srgb_change_nothing(tmp_path, by_hand):
    values = RNG.integers(0, 256, (40, 30, 3), dtype=np.uint8)
    table = light_of(np.linspace(0, 1, 1024))
    own = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for icc in (own, by_hand.icc_rgb(to_xyz(*SRGB), by_hand.icc_curve(table))):
        saved(tmp_path / "a.png", values, icc)
        np.testing.assert_array_equal(read_photo(tmp_path / "a.png"), values)
    write_photo(tmp_path / "b.png", values)
    with Image.open(tmp_path / "b.png") as written:
        assert written.info["icc_profile"]
    np.testing.assert_array_equal(read_photo(tmp_path / "b.png"), values)


@pytest.mark.parametrize("gamma", [1.0, 1.8, 2.2, "dot gain"])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_gray_profiles(tmp_path, by_hand, gamma, dtype):
    values = RNG.integers(0, np.iinfo(dtype).max + 1, (20, 30), dtype=dtype)
    share = values / np.iinfo(dtype).max
    table = np.linspace(0, 1, 64) ** 1.4 * 0.9 + 0.1 * np.linspace(0, 1, 64)
    light = np.interp(share, np.linspace(0, 1, 64), table) if gamma == "dot gain" else share**gamma
    icc = by_hand.icc(b"GRAY", {b"kTRC": by_hand.icc_curve(table if gamma == "dot gain" else gamma)})
    for name in ("a.png", "a.tif"):
        if name == "a.tif":
            tifffile.imwrite(tmp_path / name, values, iccprofile=icc)
        else:
            Image.fromarray(values).save(tmp_path / name, icc_profile=icc)
        found = read_photo(tmp_path / name)
        assert (found == found[:, :, :1]).all()
        assert np.abs(found[:, :, 0] - 255 * value_of(light)).max() <= 1.5


def test_curves_of_every_form(tmp_path, by_hand):
    values = np.repeat(np.arange(256, dtype=np.uint8)[None], 2, axis=0)
    x = values / 255
    for form, numbers, light in (
        (0, (1.5,), x**1.5),
        (1, (2.0, 0.9, 0.1), np.where(x >= -0.1 / 0.9, (0.9 * x + 0.1) ** 2, 0)),
        (2, (2.0, 0.8, 0.1, 0.05), (0.8 * x + 0.1) ** 2 + 0.05),
        (
            4,
            (2.0, 0.8, 0.1, 0.5, 0.2, 0.05, 0.01),
            np.where(x >= 0.2, (0.8 * x + 0.1) ** 2 + 0.05, 0.5 * x + 0.01),
        ),
    ):
        icc = by_hand.icc(b"GRAY", {b"kTRC": by_hand.icc_formula(form, *numbers)}, 4)
        Image.fromarray(values).save(tmp_path / "a.png", icc_profile=icc)
        assert np.abs(read_photo(tmp_path / "a.png")[:, :, 0] - 255 * value_of(light)).max() <= 1


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_profiles_of_tables(tmp_path, by_hand, dtype):
    # Lightness is the mean of the channels, at all 16 bits; a gray of L* then has a known sRGB value.
    cube = np.stack(np.meshgrid([0, 1], [0, 1], [0, 1], indexing="ij"), axis=-1)
    lab = np.concatenate([100 * cube.mean(axis=-1, keepdims=True), np.zeros((2, 2, 2, 2))], axis=-1)
    icc = by_hand.icc_table(b"RGB ", lab, 3)
    values = RNG.integers(0, np.iinfo(dtype).max + 1, (20, 30, 3), dtype=dtype)
    saved(tmp_path / "a.tif", values, icc)
    lightness = 100 * (values / np.iinfo(dtype).max).mean(axis=2)
    y = (lightness + 16) / 116
    light = np.where(y > 6 / 29, y**3, (y - 4 / 29) * 3 * (6 / 29) ** 2)
    picture = read_picture(tmp_path / "a.tif")
    assert np.abs(picture.image - 255 * value_of(light)[:, :, None]).max() <= 1.6
    assert (picture.deep is None) == (dtype is np.uint8)
    if picture.deep is not None:  # finer than the levels of 8 bits, though made from them
        assert len(np.unique(picture.deep)) > 400


@pytest.mark.seconds
@pytest.mark.parametrize("ending", [".jpg", ".tif"])
def test_inks_with_a_profile(tmp_path, by_hand, ending):
    corners = np.stack(np.meshgrid([0, 1], [0, 1], [0, 1], [0, 1], indexing="ij"), axis=-1)
    lightness = 100 * (1 - corners[..., 3:]) * (1 - 0.5 * corners[..., :3].mean(axis=-1, keepdims=True))
    lab = np.concatenate([lightness, 0 * corners[..., :2]], axis=-1)
    icc = by_hand.icc_table(b"CMYK", lab, 4)
    inks = np.zeros((16, 16, 4), np.uint8)
    inks[:8, :, 3], inks[8:, :8, :3] = 255, 255
    Image.fromarray(inks, "CMYK").save(tmp_path / f"a{ending}", icc_profile=icc)
    found = read_photo(tmp_path / f"a{ending}").astype(int)
    middle = 255 * value_of(((50 + 16) / 116) ** 3)
    assert found[:8].max() <= 6
    assert np.abs(found[8:, :8] - middle).max() <= 6
    assert found[8:, 8:].min() >= 249


def test_inks_without_a_profile_are_a_guess_that_is_said(tmp_path):
    inks = np.zeros((16, 16, 4), np.uint8)
    inks[:, :8, 0] = 255
    Image.fromarray(inks, "CMYK").save(tmp_path / "a.jpg")
    with pytest.warns(RefocusWarning, match="CMYK.* without a color profile"):
        found = read_photo(tmp_path / "a.jpg")
    assert np.abs(found[:, :6].astype(int) - [0, 255, 255]).max() < 8
    assert found[:, 10:].min() > 247


@pytest.mark.parametrize("what", ["other", "garbage", "cut", "link"])
def test_profiles_that_do_not_fit_are_left_out_and_it_is_said(tmp_path, by_hand, what):
    values = RNG.integers(0, 256, (9, 9, 3), dtype=np.uint8)
    good = profile(by_hand, "Adobe RGB")
    icc = {
        "other": by_hand.icc(b"GRAY", {b"kTRC": by_hand.icc_curve(1.0)}),
        "garbage": bytes(200),
        "cut": good[:300],
        "link": good[:12] + b"link" + good[16:],
    }[what]
    Image.fromarray(values).save(tmp_path / "a.png", icc_profile=icc)
    with pytest.warns(RefocusWarning, match="color profile .* left out"):
        np.testing.assert_array_equal(read_photo(tmp_path / "a.png"), values)
    colored = Image.fromarray(values[:, :, 0])
    colored.save(tmp_path / "a.jpg", icc_profile=good, quality=100)
    with pytest.warns(RefocusWarning, match="is for RGB pictures, not for gray"):
        read_photo(tmp_path / "a.jpg")


@pytest.mark.filterwarnings("ignore:.*sRGB does not have")
def test_colors_told_by_png_chunks(tmp_path, by_hand):
    values = RNG.integers(0, 256, (20, 30, 3), dtype=np.uint8)
    p3 = [31270, 32900, 68000, 32000, 26500, 69000, 15000, 6000]
    adobe = [31270, 32900, 64000, 33000, 21000, 71000, 15000, 6000]
    srgb = [31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000]

    def corners(numbers):
        return (b"cHRM", struct.pack(">8I", *numbers))

    def gamma(number):
        return (b"gAMA", struct.pack(">I", number))

    for chunks, name in (
        ([gamma(100000)], "linear"),
        ([gamma(55556)], "gamma 1.8"),
        ([corners(p3), gamma(45455)], "Display P3"),
        ([corners(adobe), gamma(round(1e5 * 256 / 563))], None),
        ([(b"cICP", bytes([12, 13, 0, 1]))], "Display P3"),
        ([(b"cICP", bytes([1, 8, 0, 1]))], "linear"),
        ([(b"cICP", bytes([1, 13, 0, 1])), gamma(100000)], "as it is"),
        ([(b"sRGB", b"\0"), gamma(100000)], "as it is"),
        ([gamma(45455)], "as it is"),
        ([corners(srgb), gamma(45455)], "as it is"),
    ):
        (tmp_path / "a.png").write_bytes(by_hand.png(values, 2, chunks=chunks))
        found = read_photo(tmp_path / "a.png").astype(int)
        if name == "as it is":
            np.testing.assert_array_equal(found, values)
        elif name:
            assert np.abs(found - true_image(values / 255, name)[0]).max() <= 1, name
    for transfer in (16, 18):
        (tmp_path / "a.png").write_bytes(
            by_hand.png(values, 2, chunks=[(b"cICP", bytes([9, transfer, 0, 1]))])
        )
        with pytest.raises(RefocusError, match="high dynamic range"):
            read_photo(tmp_path / "a.png")


@pytest.mark.parametrize("ending", [".jpg", ".png", ".tif", ".webp"])
@pytest.mark.filterwarnings("ignore:.*sRGB does not have")
def test_adobe_rgb_told_by_exif_data(tmp_path, ending):
    values = np.full((16, 16, 3), [200, 80, 40], np.uint8)
    expected, _ = true_image(values / 255, "Adobe RGB")
    for colors, interop, converted in ((0xFFFF, "R03", True), (2, None, True), (1, "R98", False)):
        if interop == "R03" and ending == ".tif":
            continue  # Pillow, which writes these files, cannot write it there
        exif = Image.Exif()
        exif[0x010F] = "Some maker"
        exif[0x8769] = {0xA001: colors} | ({0xA005: {1: interop}} if interop else {})
        exif.load(exif.tobytes())
        options = {"quality": 100, "subsampling": 0} if ending == ".jpg" else {}
        options |= {"lossless": True} if ending == ".webp" else {}
        Image.fromarray(values).save(tmp_path / f"a{ending}", exif=exif, **options)
        found = read_photo(tmp_path / f"a{ending}").astype(int)
        assert np.abs(found - (expected if converted else values)).max() <= 3, (colors, interop)


def test_uncalibrated_colors_without_a_profile_are_said(tmp_path):
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0xA001] = 0xFFFF
    Image.fromarray(np.zeros((8, 8, 3), np.uint8)).save(tmp_path / "a.jpg", exif=exif)
    with pytest.warns(RefocusWarning, match="not sRGB"):
        read_photo(tmp_path / "a.jpg")


def test_avif_tells_its_colors_by_numbers(tmp_path):
    values = np.full((32, 32, 3), [200, 80, 40], np.uint8)
    Image.fromarray(values).save(tmp_path / "a.avif", quality=100, subsampling="4:4:4")
    data = (tmp_path / "a.avif").read_bytes()
    plain = read_photo(tmp_path / "a.avif").astype(int)
    assert np.abs(plain - values).max() <= 3
    at = data.index(b"colrnclx") + 8
    (tmp_path / "a.avif").write_bytes(data[:at] + struct.pack(">HH", 12, 13) + data[at + 4 :])
    found = read_photo(tmp_path / "a.avif").astype(int)
    assert np.abs(found - true_image(plain / 255, "Display P3")[0]).max() <= 1
    (tmp_path / "a.avif").write_bytes(data[:at] + struct.pack(">HH", 9, 16) + data[at + 4 :])
    with pytest.raises(RefocusError, match="high dynamic range"):
        read_photo(tmp_path / "a.avif")
