"""A folder of notebooks in the place of the committed ones, and runs without a kernel."""

from pathlib import Path

import pytest
from made_notebooks import run_here

from refocuslab.lab.notebooks import runs


@pytest.fixture
def books(tmp_path, monkeypatch) -> Path:
    folder = tmp_path / "books"
    folder.mkdir()
    monkeypatch.setattr(runs, "notebooks_folder", lambda: folder)
    monkeypatch.setattr("refocuslab.files.installed.notebooks_folder", lambda: folder)
    return folder


@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setattr(runs, "execute", run_here)
