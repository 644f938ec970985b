"""Two of the same at once, and results that somebody changed: nothing good goes, nothing false is shown."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from test_runs import NAME, books, command, measure, quick, write_notebook  # noqa: F401

from refocuslab.errors import RefocusWarning
from refocuslab.lab import manifest, runs

OTHER = "03_scanline_texture"


@pytest.mark.usefixtures("quick")
def test_two_identical_runs_at_once_end_as_one(books, tmp_path):  # noqa: F811
    write_notebook(books, NAME, measure(NAME))
    with ThreadPoolExecutor(3) as pool:
        ended = list(pool.map(lambda _: runs.run_once(NAME, {}, tmp_path / "runs"), range(3)))
    (path,) = {path for path, _, _ in ended}
    assert [one.name for one in (tmp_path / "runs").iterdir()] == [path.name]
    assert len({made.seal for _, made, _ in ended}) == 1
    assert sum(fresh for _, _, fresh in ended) == 1
    assert manifest.read(path / "manifest.json").holds(path)


@pytest.mark.usefixtures("quick")
def test_a_run_that_was_made_meanwhile_is_taken_and_not_put_aside(books, tmp_path):  # noqa: F811
    write_notebook(books, NAME, measure(NAME))
    path, made, _ = runs.run_once(NAME, {}, tmp_path)
    staging = tmp_path / "mine"
    staging.mkdir()
    assert runs._moved(staging, path, made) == (made, False)
    assert sorted(one.name for one in tmp_path.iterdir() if one.is_dir()) == sorted(
        ["books", "mine", path.name]
    )


@pytest.mark.usefixtures("quick")
def test_two_figures_into_one_folder_vouch_for_what_lies_there(books, tmp_path):  # noqa: F811
    write_notebook(books, NAME, measure(NAME))
    write_notebook(books, OTHER, measure(OTHER, "figure3.png"))
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


@pytest.mark.usefixtures("quick")
def test_an_edited_record_takes_no_part_in_a_report(books, tmp_path):  # noqa: F811
    write_notebook(books, NAME, measure(NAME))
    write_notebook(books, OTHER, measure(OTHER, "figure3.png"))
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
