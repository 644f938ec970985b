"""Paths within a scene's folder, and the names of files in its tables."""

import pytest

from refocuslab.errors import RefocusError
from refocuslab.files.installed import data_folder
from refocuslab.scenes import paths
from refocuslab.scenes.paths import files_named, picture_in, place_in


def test_a_name_leads_into_the_folder_whether_a_file_is_there_or_not(tmp_path):
    assert place_in(tmp_path, "photo.png") == tmp_path / "photo.png"
    assert place_in(tmp_path, "deep/./photo.png") == tmp_path / "deep" / "photo.png"
    # Dots within a name are no way up.
    assert place_in(tmp_path, "a..b.png") == tmp_path / "a..b.png"


@pytest.mark.parametrize("name", ["../photo.png", "deep/../photo.png", "..", "/photo.png", "photo\0.png"])
def test_a_name_that_leads_out_is_refused(tmp_path, name):
    with pytest.raises(RefocusError, match="must lie in the folder of the scene"):
        place_in(tmp_path / "scene", name)


def test_a_link_is_followed_within_the_folder_only(tmp_path):
    inside, outside = tmp_path / "scene", tmp_path / "elsewhere"
    for folder in (inside, outside):
        folder.mkdir()
        (folder / "photo.png").write_bytes(b"a photo")
    (inside / "same.png").symlink_to(inside / "photo.png")
    (inside / "other.png").symlink_to(outside / "photo.png")
    (inside / "deep").symlink_to(outside)
    assert picture_in(inside, "same.png") == inside / "same.png"
    for name in ("other.png", "deep/photo.png"):
        with pytest.raises(RefocusError, match=r"a link that leads out of it"):
            place_in(inside, name)


@pytest.mark.parametrize("where", ["coffee", "further/tea"])
def test_an_installer_may_link_the_files_of_a_shipped_scene(tmp_path, monkeypatch, where):
    (tmp_path / "store.png").write_bytes(b"a photo")
    scene = tmp_path / "data" / where
    scene.mkdir(parents=True)
    (scene / "photo.png").symlink_to(tmp_path / "store.png")
    with pytest.raises(RefocusError):
        place_in(scene, "photo.png")
    monkeypatch.setattr(paths, "data_folder", lambda: tmp_path / "data")
    assert place_in(scene, "photo.png") == scene / "photo.png"
    with pytest.raises(RefocusError):
        place_in(scene, "../../store.png")


def test_a_picture_is_a_plain_file_of_no_more_than_the_limit(tmp_path, monkeypatch):
    (tmp_path / "photo.png").write_bytes(bytes(11))
    (tmp_path / "folder.png").mkdir()
    assert picture_in(tmp_path, "photo.png") == tmp_path / "photo.png"
    for name in ("folder.png", "missing.png"):
        with pytest.raises(RefocusError):
            picture_in(tmp_path, name)
    monkeypatch.setattr(paths, "LARGEST_PICTURE", 10)
    with pytest.raises(RefocusError):
        picture_in(tmp_path, "photo.png")


def test_the_files_of_every_table_are_named_in_its_order():
    toml = {
        "title": "photo.png",
        "misfocused": {"photo": "m.png", "mask": "mm.png", "simulate": {"photo": "no"}},
        "truth": {"photo": "t.png", "mask": 3},
        "focused": [{"photo": "skimage:coffee"}, {"photo": "f.png", "mask": "fm.png"}],
        "psf": {"file": "psf.npy", "diameter": 7},
        "calibration": {"focused": "cf.png", "misfocused": "cm.png"},
        "bench": {
            "plane": [{"name": "wall", "texture": {"photo": "w.png"}, "sides": {"noise": 4}}],
            "box": [{"texture": {"photo": "b.png"}, "sides": {"photo": "s.png"}}],
        },
    }
    assert list(files_named(toml)) == [
        "m.png", "mm.png", "t.png", "skimage:coffee", "f.png", "fm.png", "psf.npy", "cf.png", "cm.png",
        "w.png", "b.png", "s.png",
    ]  # fmt: skip


@pytest.mark.parametrize("wrong", ["text", 3, [], [3, "text"], {}, None, {"photo": {"photo": "deep"}}])
def test_what_is_no_table_names_nothing(wrong):
    keys = ("misfocused", "truth", "focused", "psf", "calibration", "bench")
    assert list(files_named(dict.fromkeys(keys, wrong))) == []
    assert list(files_named({"bench": {"plane": wrong, "box": wrong}})) == []


def test_every_file_of_a_shipped_scene_is_there():
    import tomllib

    for path in data_folder().glob("*/scene.toml"):
        for name in files_named(tomllib.loads(path.read_text("utf-8"))):
            assert name.startswith("skimage:") or picture_in(path.parent, name).is_file()
