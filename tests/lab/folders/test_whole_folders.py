"""Drafts: a folder is whole or not there."""

import os
import platform
import subprocess
import sys

import pytest

from refocuslab.errors import RefocusError
from refocuslab.lab.folders.whole_folders import draft, remove_drafts_of_files


def test_a_draft_that_was_renamed_stays_and_any_other_goes(tmp_path):
    folder = tmp_path / "new" / "runs"
    with draft(folder, "a") as made:
        (made / "file").write_text("x")
        made.rename(folder / "a")
    assert os.listdir(folder) == ["a"]
    with pytest.raises(KeyError), draft(folder, "b") as made:
        (made / "file").touch()
        raise KeyError
    assert os.listdir(folder) == ["a"]


def test_a_folder_that_was_made_for_nothing_goes_again(tmp_path):
    with pytest.raises(KeyError), draft(tmp_path / "new", "a"):
        raise KeyError
    assert not (tmp_path / "new").exists()
    (tmp_path / "file").touch()
    with pytest.raises(RefocusError, match="output must be a folder"), draft(tmp_path / "file", "a"):
        pass


def test_what_the_dead_have_left_goes_and_what_the_living_make_stays(tmp_path):
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    node = platform.node()
    left, living, elsewhere, other = (
        tmp_path / name
        for name in (
            f".draft-a-{node}-{dead.pid}",
            f".draft-a-{node}-{os.getppid()}",
            f".draft-a-not-{node}-{dead.pid}",
            f".draft-b-{node}-{dead.pid}",
        )
    )
    for folder in (left, living, elsewhere, other):
        folder.mkdir()
    with draft(tmp_path, "a"):
        pass
    assert [f.exists() for f in (left, living, elsewhere, other)] == [False, True, True, True]


def test_half_written_files_go(tmp_path):
    (tmp_path / ".a.json.0123.tmp").touch()
    (tmp_path / "a.json").touch()
    remove_drafts_of_files(tmp_path)
    assert os.listdir(tmp_path) == ["a.json"]
