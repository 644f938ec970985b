"""Provenance: a picture carries what it was made from, and is the same picture with it."""

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from refocuslab.errors import RefocusError
from refocuslab.lab.records import provenance

MADE_FROM = {"kind": "point", "scene": "Größe λ", "identity": {"b": 1, "a": [0.1, True]}}


def png(text: dict | None = None) -> bytes:
    image = Image.fromarray(np.arange(48, dtype=np.uint8).reshape(4, 4, 3))
    file = io.BytesIO()
    info = None
    if text:
        from PIL.PngImagePlugin import PngInfo

        info = PngInfo()
        for key, value in text.items():
            info.add_text(key, value)
    image.save(file, "png", pnginfo=info)
    return file.getvalue()


def test_a_stamped_picture_opens_and_shows_the_same_and_says_what_it_is():
    stamped = provenance.stamped(png(), MADE_FROM)
    with Image.open(io.BytesIO(stamped)) as seen, Image.open(io.BytesIO(png())) as plain:
        seen.verify()
        assert "refocuslab" in Image.open(io.BytesIO(stamped)).text
        assert np.array_equal(Image.open(io.BytesIO(stamped)), plain)
    assert provenance.parse(stamped) == MADE_FROM
    assert list(provenance.parse(stamped)["identity"]) == ["b", "a"]  # in the order given


def test_a_second_stamp_takes_the_place_of_the_first_and_other_texts_stay():
    twice = provenance.stamped(provenance.stamped(png({"Title": "mine"}), {"old": 1}), MADE_FROM)
    assert twice == provenance.stamped(png({"Title": "mine"}), MADE_FROM)
    assert Image.open(io.BytesIO(twice)).text["Title"] == "mine"


def test_what_is_no_png_stays_as_it_is():
    assert provenance.stamped(b"picture", MADE_FROM) == b"picture"
    assert provenance.parse(b"picture") is None
    assert provenance.parse(png()) is None


def test_a_file_without_it_is_refused_by_name(tmp_path):
    (tmp_path / "plain.png").write_bytes(png())
    (tmp_path / "note.txt").write_bytes(b"x")
    for name in ("plain.png", "note.txt"):
        with pytest.raises(RefocusError, match=f"figure must be a PNG file that tells.*{name}"):
            provenance.read(tmp_path / name)
    with pytest.raises(RefocusError, match="must be a file that can be read"):
        provenance.read(tmp_path / "none.png")


@given(st.binary(max_size=80))
def test_damaged_files_are_refused_and_do_not_crash(tail):
    assert provenance.parse(b"\x89PNG\r\n\x1a\n" + tail) is None
