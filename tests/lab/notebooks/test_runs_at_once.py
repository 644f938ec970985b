"""Two of the same at once, and results that somebody changed: nothing good goes, nothing false is shown."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
import pytest

from refocuslab.errors import RefocusWarning
from refocuslab.lab.notebooks import runs
from refocuslab.lab.parameters.validation import parameters_cell
from refocuslab.lab.records import manifest, notebook_record

NAME, OTHER = "02_image_scene", "03_scanline_texture"


@pytest.fixture
def books(tmp_path, monkeypatch) -> Path:
    """A folder for notebooks, which are not executed: each only records a figure and a score."""
    folder = tmp_path / "books"
    folder.mkdir()
    monkeypatch.setattr(runs, "notebooks_folder", lambda: folder)

    def execute(name, notebook, parameters=None, *, folder, progress=None):
        file = f"figure{name[1]}.png"
        (folder / file).write_bytes(b"a picture")
        figure = {"figure": name[1], "file": file, "caption": "A picture."}
        row = {"figure": name[1], "variant": "alone", "scene": name, "psnr": 21.74}
        values = {k: v for k, v in parameters.items() if k != "results"}
        notebook_record.record(folder, name, values, figures=[figure], rows=[row])
        return notebook

    monkeypatch.setattr(runs, "execute", execute)
    return folder


def write_notebook(folder: Path, name: str) -> None:
    cell = nbformat.v4.new_code_cell(parameters_cell(name), metadata={"tags": ["parameters"]})
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), folder / f"{name}.ipynb")


@pytest.mark.seconds
def test_two_identical_runs_at_once_end_as_one(books, tmp_path):
    write_notebook(books, NAME)
    with ThreadPoolExecutor(3) as pool:
        ended = list(pool.map(lambda _: runs.run_once(NAME, {}, tmp_path / "runs"), range(3)))
    (path,) = {path for path, _, _ in ended}
    assert [one.name for one in (tmp_path / "runs").iterdir()] == [path.name]
    assert len({made.seal for _, made, _ in ended}) == 1
    assert sum(fresh for _, _, fresh in ended) == 1
    assert manifest.read(path / "manifest.json").holds(path)


def test_a_run_that_was_made_meanwhile_is_taken_and_not_put_aside(books, tmp_path):
    write_notebook(books, NAME)
    path, made, _ = runs.run_once(NAME, {}, tmp_path)
    staging = tmp_path / "mine"
    staging.mkdir()
    assert runs._moved(staging, path, made) == (made, False)
    assert sorted(one.name for one in tmp_path.iterdir() if one.is_dir()) == sorted(
        ["books", "mine", path.name]
    )


@pytest.mark.seconds
def test_two_figures_into_one_folder_vouch_for_what_lies_there(books, tmp_path):
    write_notebook(books, NAME)
    write_notebook(books, OTHER)
    output = tmp_path / "results"
    with ThreadPoolExecutor(4) as pool:
        chosen = [{NAME: {}}, {OTHER: {}}, {NAME: {}, OTHER: {}}, {OTHER: {}}]
        values = [{name: runs.validate(name, {}) for name in one} for one in chosen]
        ended = list(pool.map(lambda one: runs.figures(output, one), values))
    assert not [failures for _, failures in ended if failures]
    whole = json.loads((output / "results.json").read_text())
    assert {one["notebook"] for one in whole["notebooks"]} == {NAME, OTHER}
    for file, known in whole["files"].items():
        assert manifest.sha256((output / file).read_bytes()) == known
    assert not list(output.rglob(".*"))


@pytest.mark.seconds
def test_an_edited_record_takes_no_part_in_a_report(books, tmp_path):
    write_notebook(books, NAME)
    write_notebook(books, OTHER)
    output = tmp_path / "results"
    values = {name: runs.validate(name, {}) for name in (NAME, OTHER)}
    whole, _ = runs.figures(output, values)
    assert {row["notebook"] for row in whole["rows"]} == {NAME, OTHER}
    record = output / f"{NAME}.json"
    record.write_text(record.read_text().replace("21.74", "51.74"))
    with pytest.warns(RefocusWarning, match=f"the results of {NAME} were changed"):
        whole, _ = runs.figures(output, {OTHER: values[OTHER]})
    assert {one["notebook"] for one in whole["notebooks"]} == {OTHER}
    whole, _ = runs.figures(output, values)  # made again, as it is not what was made
    assert "51.74" not in (output / "results.json").read_text()
    assert {one["notebook"] for one in whole["notebooks"]} == {NAME, OTHER}
