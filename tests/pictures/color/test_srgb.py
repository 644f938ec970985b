"""sRGB by its standard: the curve, the primaries, and the profile as a color manager reads it."""

import io
import struct

import numpy as np
import pytest
from PIL import Image, ImageCms

from refocuslab.pictures.color import srgb


def test_the_curve_is_that_of_the_standard():
    # IEC 61966-2-1: 12.92 l up to 0.0031308, then 1.055 l^(1/2.4) - 0.055.
    assert srgb.encoded(np.array([0.0, 0.001, 0.0031308, 1.0])).tolist() == pytest.approx(
        [0, 0.01292, 0.04044994, 1]
    )
    assert srgb.encoded(np.array(0.2140411)) == pytest.approx(0.5, abs=1e-6)
    assert srgb.encoded(np.array([4.0, -4.0])) == pytest.approx(
        np.array([1, -1]) * (1.055 * 4 ** (1 / 2.4) - 0.055)
    )
    assert srgb.encoded(np.array(-0.001)) == pytest.approx(-0.01292)


def test_linear_is_the_inverse():
    values = np.linspace(0, 1, 1001).reshape(7, 11, 13)
    assert srgb.encoded(srgb.linear(values)) == pytest.approx(values, abs=1e-6)
    assert srgb.linear(np.array([0.04045, 0.5])) == pytest.approx([0.04045 / 12.92, 0.2140411], abs=1e-7)


def test_white_is_that_of_color_profiles():
    assert srgb.TO_XYZ.sum(axis=1) == pytest.approx(srgb.D50, abs=2e-4)


def test_the_profile_is_laid_out_as_the_standard_says():
    data = srgb.profile()
    assert len(data) == struct.unpack(">I", data[:4])[0] and len(data) % 4 == 0
    assert (data[8], data[12:16], data[16:20], data[20:24], data[36:40]) == (
        4,
        b"mntr",
        b"RGB ",
        b"XYZ ",
        b"acsp",
    )
    (count,) = struct.unpack(">I", data[128:132])
    names = set()
    for i in range(count):
        name, start, size = struct.unpack(">4sII", data[132 + 12 * i : 144 + 12 * i])
        names.add(name)
        assert start % 4 == 0 and 132 + 12 * count <= start and start + size <= len(data)
        if name == b"gXYZ":
            assert np.array(struct.unpack(">3i", data[start + 8 : start + 20])) / 65536 == pytest.approx(
                srgb.TO_XYZ[:, 1], abs=1e-5
            )
    assert names == {
        b"desc", b"cprt", b"wtpt", b"chad", b"rXYZ", b"gXYZ", b"bXYZ", b"rTRC", b"gTRC", b"bTRC",
    }  # fmt: skip
    assert data is srgb.profile()


def test_a_color_manager_takes_it_for_srgb():
    profile = ImageCms.ImageCmsProfile(io.BytesIO(srgb.profile()))
    assert ImageCms.getProfileDescription(profile).strip() == "sRGB"
    colors = np.random.default_rng(0).integers(0, 256, (20, 30, 3), dtype=np.uint8)
    there = ImageCms.profileToProfile(Image.fromarray(colors), profile, ImageCms.createProfile("sRGB"))
    assert np.abs(np.asarray(there).astype(int) - colors).max() <= 1
