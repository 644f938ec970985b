"""Manifests: known by their seal, read only from plain files, and true to nothing outside their folder."""

import json
import os

import pytest

from refocuslab.lab.records import manifest
from refocuslab.lab.records.identity import sha256


@pytest.fixture
def written(tmp_path):
    (tmp_path / "a.png").write_bytes(b"picture")
    made = manifest.manifest(
        {"kind": "point", "crop": 3}, parameters={"scene": "coffee", "crop": 3, "order": "confidence"},
        scenes={"coffee": {"a": "b"}}, seconds={"library": 0.1 + 0.2},
        scores=[{"psnr": float("inf"), "ssim": None, "reblur_rms": 1 / 3}], outputs={"a.png": b"picture"},
        doubts=["dark"],
    )  # fmt: skip
    manifest.write(made, tmp_path / "a.json")
    return tmp_path / "a.json"


def test_a_manifest_comes_back_and_holds(written):
    made = manifest.read(written)
    assert made.doubts == ("dark",)
    assert made.holds(written.parent)


@pytest.mark.parametrize(
    ("before", "after"),
    [('"reblur_rms":0.3', '"reblur_rms":0.1'), ("confidence", "scanline"), ('"dark"', ""), ("Infinity", "99"),
     ('"crop":3', '"crop":4'), ("coffee", "tea"), ('"ssim":null', '"ssim":"fine"'), ('"ssim":null,', "")],
)  # fmt: skip
def test_an_edited_manifest_is_none(before, after, written):
    text = json.dumps(json.loads(written.read_text()), separators=(",", ":"))
    written.write_text(text)
    assert manifest.read(written) is not None  # spaces do not matter
    assert before in text
    written.write_text(text.replace(before, after))
    assert manifest.read(written) is None


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"null", b"\xff" * 9, b"[" * 100_000, b'{"name": 1}', b"1e999"]
)
def test_what_is_no_manifest_is_none(content, written):
    written.write_bytes(content)
    assert manifest.read(written) is None


@pytest.mark.skipif(os.name != "posix", reason="pipes and devices")
def test_what_is_no_plain_file_is_not_opened(written, monkeypatch):
    os.mkfifo(written.parent / "pipe")
    assert manifest.read(written.parent / "pipe") is None
    assert manifest.read(written.parent) is None
    assert manifest.read(written.parent / "\0") is None
    os.symlink("/dev/zero", written.parent / "zero")
    assert manifest.read(written.parent / "zero") is None
    monkeypatch.setattr(manifest, "LARGEST", 100)
    assert manifest.read(written) is None


@pytest.mark.parametrize("file", ["../outside", "/outside", "a/../../outside", "pipe", "folder", "gone"])
def test_outputs_lie_within_the_folder_and_are_plain_files(file, written):
    folder = written.parent / "in"
    (folder / "folder").mkdir(parents=True)
    (written.parent / "outside").write_bytes(b"x")
    if os.name == "posix":
        os.mkfifo(folder / "pipe")
    made = manifest.read(written).model_copy(update={"outputs": {file: sha256(b"x")}}).sealed()
    assert made.is_as_written
    assert not made.holds(folder)
