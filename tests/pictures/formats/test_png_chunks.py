"""The chunks of a PNG file: whole or not, and the colors that they declare."""

import os
import struct

import numpy as np
import pytest

from refocuslab.pictures.color import srgb
from refocuslab.pictures.color.primaries import BT709, BT2020, D65, DISPLAY_P3, primaries
from refocuslab.pictures.formats import png_chunks
from refocuslab.pictures.formats.png_chunks import coded_space, space
from refocuslab.pictures.formats.samples import Unreadable


@pytest.fixture
def chunks(tmp_path, by_hand):
    """The chunks that are found in a file of these."""

    def check(*content, cut=None, after=b""):
        data = b"\x89PNG\r\n\x1a\n" + b"".join(by_hand.chunk(*one) for one in content) + after
        (tmp_path / "a.png").write_bytes(data[:cut])
        return png_chunks.checked(tmp_path / "a.png")

    return check


def test_the_first_of_a_name_is_kept_if_it_is_short(chunks):
    found = chunks(
        (b"IHDR", b"head"), (b"gAMA", b"one"), (b"gAMA", b"two"), (b"IDAT", bytes(257)), (b"IEND", b"")
    )
    assert found == {b"IHDR": b"head", b"gAMA": b"one", b"IDAT": b"", b"IEND": b""}
    assert chunks((b"IDAT", bytes(256)), (b"IEND", b""))[b"IDAT"] == bytes(256)


def test_what_follows_the_end_does_not_count(chunks):
    assert list(chunks((b"IEND", b""), after=b"anything at all, of any length")) == [b"IEND"]


def test_a_file_that_has_not_all_its_chunks_is_cut_off(chunks):
    whole = [(b"IHDR", b"head"), (b"IDAT", b"some"), (b"IEND", b"")]
    size = 8 + 16 + 16 + 12
    chunks(*whole, cut=size)
    for cut in range(8, size):
        with pytest.raises(Unreadable, match="cut off"):
            chunks(*whole, cut=cut)


def test_a_file_that_becomes_shorter_while_it_is_read_is_cut_off(chunks, tmp_path, monkeypatch):
    real = type(tmp_path).stat

    def longer(path, **how):
        state = list(real(path, **how))
        state[6] += 10**6  # st_size
        return os.stat_result(state)

    chunks((b"IEND", b""))
    (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n" + struct.pack(">I4s", 400, b"IDAT") + bytes(300))
    monkeypatch.setattr(type(tmp_path), "stat", longer)
    with pytest.raises(Unreadable, match="cut off"):
        png_chunks.checked(tmp_path / "a.png")


def gamma(share):
    return {b"gAMA": struct.pack(">I", round(share * 100_000))}


def corners(*points):
    return {b"cHRM": struct.pack(">8I", *(round(100_000 * n) for point in points for n in point))}


def test_a_gamma_is_the_power_that_encoded_the_light():
    found = space(gamma(0.5))
    # Encoded by the power 1/2, light is the square.
    assert found.curves[0][[0, 32768, 65535]] == pytest.approx([0, (32768 / 65535) ** 2, 1])
    assert found.primaries == pytest.approx(primaries(D65, *BT709))


@pytest.mark.parametrize("share", [0.45, 0.45454, 0.45455, 0.46])
def test_a_gamma_of_2_2_stands_for_the_curve_of_srgb(share):
    found = space(gamma(share))
    assert found.is_srgb
    assert found.curves[0][10_000] == pytest.approx(srgb.linear(np.array(10_000 / 65535)))


def test_primaries_are_those_of_the_file_and_without_a_gamma_the_curve_is_srgbs():
    found = space(corners(D65, *DISPLAY_P3))
    assert found.primaries == pytest.approx(primaries(D65, *DISPLAY_P3))
    assert found.curves[0][10_000] == pytest.approx(srgb.linear(np.array(10_000 / 65535)))


def test_primaries_that_are_none_are_left_out():
    on_a_line = ((0.1, 0.1), (0.2, 0.2), (0.3, 0.3))
    without_light = ((0.64, 0.33), (0.30, 0.0), (0.15, 0.06))
    for wrong in (on_a_line, without_light):
        assert space(corners(D65, *wrong)) is None
        assert space(corners(D65, *wrong) | gamma(0.5)).primaries == pytest.approx(primaries(D65, *BT709))


def test_which_chunk_goes_before_which():
    others = gamma(0.5) | corners(D65, *BT2020)
    assert space({b"sRGB": b"\0"} | others) is None
    coded = space({b"cICP": bytes([12, 13, 0, 1]), b"sRGB": b"\0"} | others)
    assert coded.primaries == pytest.approx(primaries(D65, *DISPLAY_P3))
    # One of another length says nothing, and neither does a gamma of zero.
    assert space({b"cICP": bytes(3)}) is space({b"gAMA": bytes(4)}) is space({}) is None


@pytest.mark.parametrize(
    ("points", "corner", "light"),
    [
        ((9, 8), BT2020, 0.5),
        ((12, 4), DISPLAY_P3, 0.5**2.2),
        ((1, 5), BT709, 0.5**2.8),
        ((12, 1), DISPLAY_P3, 0.2140411),
        ((12, 2), DISPLAY_P3, 0.2140411),
        ((2, 8), BT709, 0.5),
    ],
)
def test_code_points_of_h_273(points, corner, light):
    found = coded_space(*points)
    assert found.primaries == pytest.approx(primaries(D65, *corner))
    half = np.interp(0.5, np.linspace(0, 1, 65536), found.curves[0])
    assert half == pytest.approx(light, abs=1e-6)


def test_code_points_of_srgb_and_those_that_are_not_read():
    assert coded_space(1, 13) is coded_space(2, 2) is coded_space(1, 6) is None
    for transfer in (16, 18):
        with pytest.raises(Unreadable, match="high dynamic range"):
            coded_space(9, transfer)
    for points in ((3, 13), (1, 9)):
        with pytest.raises(Unreadable, match=rf"numbers \({points[0]}, {points[1]}\)"):
            coded_space(*points)
