"""Where scenes lie: by their names, and in folders of one's own."""

import os
from pathlib import Path

import pytest

from refocuslab.errors import RefocusError
from refocuslab.scenes import shipped
from refocuslab.scenes.shipped import folder_path, scene_folder, scene_names, shipped_folder


@pytest.fixture
def data(tmp_path, monkeypatch):
    """Two shipped scenes, one more to measure with, and what is none."""
    folder = tmp_path / "data"
    for name in ("teapot", "bunny", "empty", "further/armadillo"):
        (folder / name).mkdir(parents=True)
    for name in ("teapot", "bunny", "further/armadillo"):
        (folder / name / "scene.toml").touch()
    (folder / "README.md").touch()
    monkeypatch.setattr(shipped, "data_folder", lambda: folder)
    return folder


def test_names_are_those_of_folders_with_a_table_in_alphabetical_order(data):
    assert scene_names() == ("bunny", "teapot")


def test_a_scene_to_measure_with_has_a_name_that_is_in_no_list(data):
    assert scene_folder("armadillo") == shipped_folder("armadillo") == data / "further" / "armadillo"
    for name in ("empty", "further", "further/armadillo", "../data/teapot", "", "."):
        assert shipped_folder(name) is None


def test_a_name_goes_before_a_folder_and_a_path_does_not(data, tmp_path, monkeypatch):
    own = tmp_path / "own"
    (own / "teapot").mkdir(parents=True)
    monkeypatch.chdir(own)
    assert scene_folder("teapot") == data / "teapot"
    assert scene_folder(Path("teapot")) == scene_folder("./teapot") == own / "teapot"


def test_a_folder_is_absolute_and_its_links_are_followed(data, tmp_path, monkeypatch):
    (tmp_path / "mine").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "mine")
    monkeypatch.chdir(tmp_path)
    for given in ("link", Path("link"), "mine/../link", tmp_path / "link"):
        assert scene_folder(given) == Path(os.path.realpath(tmp_path / "mine"))


@pytest.mark.parametrize("wrong", ["teapots", "empty/no", "x" * 5000])
def test_neither_a_name_nor_a_folder(data, wrong):
    with pytest.raises(RefocusError, match='must be one of "bunny", "teapot", or a folder'):
        scene_folder(wrong)


def test_a_name_that_is_nearly_one_is_proposed(data):
    with pytest.raises(RefocusError, match='did you mean "teapot"'):
        scene_folder("teapots")


@pytest.mark.parametrize("wrong", [3, None, b"teapot", ["teapot"]])
def test_what_is_no_path_is_refused(data, wrong):
    with pytest.raises(RefocusError, match="must be a name or a folder"):
        scene_folder(wrong)


def test_the_path_of_a_folder_need_not_be_there(tmp_path):
    assert folder_path("output", str(tmp_path / "new")) == tmp_path / "new"
    assert folder_path("output", Path("new")) == Path("new")
    for wrong in ("", "a\0b", 3, None):
        with pytest.raises(RefocusError, match="output must be the path of a folder"):
            folder_path("output", wrong)
