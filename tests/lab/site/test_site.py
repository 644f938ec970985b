"""The site: no public name is missing, no link broken, nothing comes from the web, two builds are equal."""

import filecmp
import os
import re
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace

import pytest
from PIL import Image

import refocuslab as rl
from refocuslab.errors import RefocusError
from refocuslab.lab.course.making import Course
from refocuslab.lab.parameters.schema import NOTEBOOKS
from refocuslab.lab.site import build as builder
from refocuslab.lab.site import lecturer, reference
from refocuslab.lab.site.links import faults
from refocuslab.lab.site.notebook_facts import seconds_in
from refocuslab.lab.site.notebook_pages import section_of, with_links
from refocuslab.scenes.tables import SceneTable

DOCS = builder.ROOT / "docs"


def test_every_public_name_is_in_one_chapter_of_the_reference():
    told = [name for _, names in reference.CHAPTERS.values() for name in names]
    assert sorted(told) == sorted(rl.__all__)


def test_every_chapter_is_in_the_contents_of_the_reference():
    contents = (DOCS / "reference" / "index.md").read_text(encoding="utf-8")
    pages = [*reference.chapters(), "scene-toml", "parameters"]
    assert [page for page in pages if f"\n{page}\n" not in contents] == []


def test_every_notebook_is_in_some_contents():
    texts = "".join(path.read_text(encoding="utf-8") for path in DOCS.rglob("*.md"))
    assert [name for name in NOTEBOOKS if f"notebooks/{name}\n" not in texts] == []


def test_every_key_of_a_scene_and_every_parameter_has_a_line():
    text = reference.scene_tables()
    assert all(f"| `{name}` |" in text for name in SceneTable.__dataclass_fields__)
    assert "| `f_number` |" in text, "the keys of a bench, too"
    assert not re.search(r"\|  \|$", text, re.MULTILINE), "each with its meaning"
    text = reference.parameters()
    for name, model in NOTEBOOKS.items():
        part = text[text.index(f"## {name}") :]
        assert all(f"| `{field}` |" in part for field in model.model_fields)


def page(folder: Path, name: str, body: str) -> None:
    (folder / name).write_text(f"<html><body>{body}</body></html>", encoding="utf-8")


def test_broken_links_and_what_comes_from_the_web_are_found(tmp_path):
    page(tmp_path, "a.html", '<p id="here"><a href="b.html#there">b</a><a href="#here">h</a></p>')
    page(tmp_path, "b.html", '<b id="there">t</b><a href="https://example.org">out</a><img src="data:,x">')
    assert faults(tmp_path) == []
    page(tmp_path, "c.html", '<a href="no.html">n</a><a href="b.html#no">n</a><a href="#no">n</a>')
    page(tmp_path, "d.html", '<script src="https://example.org/x.js"></script><img src="no.png">')
    (tmp_path / "e.css").write_text("@import url('//example.org/f.css');")
    assert len(faults(tmp_path)) == 6


def test_links_between_notebooks_lead_to_pages_and_those_to_files_become_text():
    text = "[p](01_point_spread_function.ipynb#The-paper) [`f`](../refocuslab/scene.py) [x](no.ipynb)"
    wanted = "[p](../n/01_point_spread_function.md#the-paper) `f` [x](no.ipynb)"
    assert with_links(text, "../n/") == wanted


def test_a_section_of_a_notebook_ends_at_the_next_heading():
    import nbformat

    cells = [nbformat.v4.new_markdown_cell("# t\n## Symbols\na\n\nb\n## Next\nc")]
    notebook = nbformat.v4.new_notebook(cells=cells)
    assert (section_of(notebook, "Symbols"), section_of(notebook, "None")) == ("a\n\nb", "")


def test_seconds_are_read_where_there_are_some(tmp_path):
    assert seconds_in(tmp_path) == {}
    told = '{"notebooks": [{"notebook": "a", "seconds": 2.5}, {"notebook": "b", "seconds": null}]}'
    (tmp_path / "results.json").write_text(told)
    assert seconds_in(tmp_path) == {"a": 2.5}
    (tmp_path / "results.json").write_text("{")
    assert seconds_in(tmp_path) == {}


def test_a_folder_that_holds_something_else_is_not_replaced(tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(RefocusError, match="must be empty, or the site of an earlier build"):
        builder.build(tmp_path, tmp_path)
    assert os.listdir(tmp_path) == ["mine.txt"]


@pytest.mark.seconds
def test_the_checks_of_the_course_are_counted_with_their_faults(monkeypatch):
    (one,) = [one for one in Course(builder.ROOT / "course").exercises.values() if one.exercise == "e06"]
    right, wrong = 1 + len(one.also_right), len(one.wrong)
    *_, line, whole = lecturer.table([one]).splitlines()
    hints = len({label.partition("#")[0] for label in one.wrong})
    assert line == f"| E6 {one.title} | {right} | {wrong} | {hints} | 0 |"
    assert whole == f"| **all** | {right} | {wrong} | {hints} | 0 |"
    monkeypatch.setattr(lecturer.gates, "judge", lambda *_, **__: SimpleNamespace(key="", state="right"))
    assert lecturer.table([one]).endswith(f"| {wrong + 1} |"), "the stub, too"


@pytest.mark.slow
def test_the_site_is_whole_loads_nothing_and_comes_out_the_same_twice(tmp_path, monkeypatch):
    if not all(map(find_spec, ("myst_parser", "pydata_sphinx_theme", "sphinx_click"))):
        pytest.skip("what builds the site is not installed")

    def pictures(folder):
        """Small ones: `make docs` makes those that are shown, which cost most of its time."""
        for name in ("before", "after", "consistent", "exact"):
            Image.new("RGB", (8, 8)).save(folder / f"{name}.png")
        named = ("psnr_before", "psnr_paper", "psnr_consistent", "reblur_paper", "reblur_consistent")
        return dict.fromkeys((*named, "hashes", "coherent_differ"), "1.0")

    monkeypatch.setattr(builder.pictures, "make_pictures", pictures)
    monkeypatch.setattr(builder, "sliders_page", lambda: "<!DOCTYPE html><p>sliders</p>")
    sites = [tmp_path / name for name in ("first", "second")]
    for site in sites:
        assert builder.build(site, tmp_path / "none") == []
    files = [
        sorted(path.relative_to(site).as_posix() for path in site.rglob("*") if path.is_file())
        for site in sites
    ]
    assert files[0] == files[1]
    assert {"index.html", "gallery.html", "sliders.html", "paper/index.html"} <= set(files[0])
    different = filecmp.cmpfiles(*sites, files[0], shallow=False)[1:]
    assert different == ([], [])
    documented = "".join(path.read_text("utf-8") for path in (sites[0] / "reference").glob("*.html"))
    assert [name for name in rl.__all__ if f'id="refocuslab.{name}"' not in documented] == []
    whole = sum(path.stat().st_size for path in sites[0].rglob("*") if path.is_file())
    assert whole < 40_000_000


def test_the_guide_is_parted_into_a_page_for_each_unit_and_nothing_is_lost():
    guide = (
        "# Guide\n\n## Before\na\n## Unit 0: First\n### To say\nb\n## Unit 1: Second\nc\n## How to grade\nd\n"
    )
    whole, units = lecturer.parted(guide)
    assert whole == "## Before\na\n## How to grade\nd"
    assert units == ["# Unit 0: First\n## To say\nb\n", "# Unit 1: Second\nc\n"]
