"""Notebooks outside the package: copied whole, and one that begins with a scene of one's own."""

import nbformat
import pytest

import refocuslab as rl
from refocuslab.files.installed import notebooks_folder
from refocuslab.lab.notebooks import copies
from refocuslab.lab.parameters.validation import parameters_cell


def cell_of(path) -> str:
    (cell,) = [c for c in nbformat.read(path, 4).cells if "parameters" in c.metadata.get("tags", ())]
    return cell.source


def test_all_notebooks_are_copied_to_the_byte(tmp_path):
    made, kept = copies.copies(tmp_path / "a" / "b")
    assert kept == [] and len(made) == len(list(notebooks_folder().glob("*.ipynb")))
    assert all(path.read_bytes() == (notebooks_folder() / path.name).read_bytes() for path in made)
    made[3].unlink()
    again, kept = copies.copies(tmp_path / "a" / "b")
    assert again == [made[3]] and len(kept) == len(made) - 1


def test_a_changed_notebook_is_not_replaced_and_nothing_is_copied(tmp_path):
    (tmp_path / "09_explore.ipynb").write_text("mine")
    with pytest.raises(rl.RefocusError, match=r"without changed notebooks.*; got 09_explore\.ipynb"):
        copies.copies(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["09_explore.ipynb"]


def test_the_explorer_of_a_scene_begins_with_it(a_scene, tmp_path):
    for place in ("one", "two"):
        rl.save_scene(a_scene(), tmp_path / place / 'a "cup"  # 1')
    first, second = (str(tmp_path / place / 'a "cup"  # 1') for place in ("one", "two"))
    path, made = copies.explorer_of(first, tmp_path)
    assert made and path.name == "explore-a--cup-----1.ipynb"
    values = {}
    exec(cell_of(path), values)
    assert values["scene"] == first
    # All else is as it was, and nothing is shown of another scene.
    default = parameters_cell("09_explore").splitlines()
    assert cell_of(path).splitlines()[1:] == default[1:]
    assert all(not cell.get("outputs") for cell in nbformat.read(path, 4).cells)
    # It is found again, whatever was done in it; that of another folder is another one.
    path.write_text(path.read_text().replace("passes: int = 1", "passes: int = 2"))
    assert copies.explorer_of(first, tmp_path) == (path, False)
    other, made = copies.explorer_of(second, tmp_path)
    assert made and other != path and "passes: int = 2" in cell_of(path)


def test_a_shipped_scene_is_called_by_its_name_and_what_is_none_is_refused(tmp_path):
    path, _ = copies.explorer_of("coffee", tmp_path)
    assert 'scene: str = "coffee"  #' in cell_of(path)
    with pytest.raises(rl.RefocusError, match="scene must be one of"):
        copies.explorer_of("nowhere", tmp_path)
    (tmp_path / "explore-bench.ipynb").write_text("no notebook")
    assert copies.explorer_of("bench", tmp_path)[0].name == "explore-bench-2.ipynb"
