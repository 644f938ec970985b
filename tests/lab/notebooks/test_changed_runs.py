"""Runs with other parameters: where they go, what they replace, and where the links of their pages lead."""

from pathlib import Path

import nbformat
import pytest
from made_notebooks import command, measure, write_notebook

from refocuslab.lab.notebooks import page_links, runs
from refocuslab.lab.site.links import faults

NAME = "02_image_scene"


@pytest.mark.seconds
@pytest.mark.usefixtures("quick")
def test_what_other_parameters_replace_is_said_before_it_is_made(books, tmp_path):
    output = tmp_path / "results"
    write_notebook(books, NAME, measure(NAME))
    for values, told in (
        ([], None),
        (["-p", "candidates", "7"], "Made with the default values."),
        (["-p", "candidates", "7"], None),
        (["-p", "candidates", "9"], "Made with candidates 7 (default 20)."),
    ):
        first = command("figures", "--output", str(output), *values).stderr.splitlines()[:1]
        wanted = f"To be replaced in {output}: {NAME}. {told} To keep it, name another folder with -o."
        assert (first == [wanted]) is (told is not None)


@pytest.mark.seconds
@pytest.mark.usefixtures("quick")
def test_changed_results_get_a_folder_named_by_what_was_changed(books, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_notebook(books, NAME, measure(NAME))
    for words, folder in (
        ([], "results"),
        (["-p", "candidates", "20", "-p", "threads", "1"], "results"),
        (["-p", "candidates", "7"], "results/candidates-7"),
        (["--profile", "smoke", "-p", "scene", "coffee"], "results/smoke-scene-coffee"),
    ):
        made = command("figures", *words)
        assert made.exit_code == 0, made.output
        assert f"The page to look at: {Path(folder, 'index.html')}" in made.stdout
        assert Path(folder, "index.html").is_file()
    assert "made with" not in Path("results", "index.html").read_text(encoding="utf-8").lower()


@pytest.mark.seconds
@pytest.mark.usefixtures("quick")
def test_no_page_of_a_run_has_a_broken_link(books, tmp_path, monkeypatch):
    monkeypatch.setattr(page_links, "SITE", tmp_path / "site" / "notebooks")
    third, fourth = "03_scanline_texture", "04_confidence_order"
    for name in (NAME, third):
        path = write_notebook(books, name, measure(name))
        book = nbformat.read(path, as_version=4)
        links = f"[a]({fourth}.ipynb#A-place), [b]({NAME}.ipynb#A-place), [c](../refocuslab/scene.py)"
        text = f"## A place\n{links}"
        book.cells.append(nbformat.v4.new_markdown_cell(text))
        nbformat.write(book, path)
    output = tmp_path / "results"
    assert command("figures", "--output", str(output), "-p", "crop", "64").exit_code == 0
    assert faults(output) == []
    page = (output / "notebooks" / f"{third}.html").read_text(encoding="utf-8")
    assert f'<a href="{NAME}.html#A-place">b</a>' in page and ">a</a>" not in page and ">c</a>" not in page
    # The site has a page of what was not run.
    page_links.SITE.mkdir(parents=True)
    (page_links.SITE / f"{fourth}.html").write_text('<h2 id="a-place">A place</h2>')
    assert command("figures", "--output", str(output), "-p", "crop", "64", "--again").exit_code == 0
    page = (output / "notebooks" / f"{third}.html").read_text(encoding="utf-8")
    assert f'<a href="../../site/notebooks/{fourth}.html#a-place">a</a>' in page
    runs.run_once(third, {}, tmp_path / "runs")
    assert faults(tmp_path) == []


def test_a_page_on_another_drive_is_linked_whole(tmp_path, monkeypatch):
    monkeypatch.setattr(page_links, "SITE", tmp_path / "site")
    page_links.SITE.mkdir()
    (page_links.SITE / "a.html").touch()

    def none(*_):
        raise ValueError("path is on mount 'C:', start on mount 'D:'")

    monkeypatch.setattr(page_links.os.path, "relpath", none)
    whole = page_links.addresses(tmp_path, ())("a", "#B")
    assert whole == (tmp_path / "site" / "a.html").as_uri() + "#b"
