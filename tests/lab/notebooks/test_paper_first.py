"""The paper's figures can be looked at while the rest is made, and the pages say what is not there."""

import json

import pytest

from refocuslab.lab.notebooks import runs
from refocuslab.lab.notebooks.execute import NotebookError
from refocuslab.lab.parameters.validation import validate
from refocuslab.lab.records import notebook_record

FIRST, PAPER, LATER = "01_point_spread_function", "03_scanline_texture", "06_candidate_selection"
REFRESH = 'http-equiv="refresh"'


@pytest.fixture
def made(books, monkeypatch):
    """Calls what the test sets before each notebook, and notes their order."""
    state = {"order": [], "before": lambda name: None}

    def run(name, values, staging, progress=None, address=None):
        state["order"].append(name)
        state["before"](name)
        (staging / f"{name[:2]}.png").write_bytes(b"a picture")
        figure = {"figure": name[1], "file": f"{name[:2]}.png", "caption": "A picture."}
        notebook_record.record(staging, name, {}, figures=[figure], rows=[])

    monkeypatch.setattr(runs, "run_notebook", run)
    monkeypatch.setattr(runs.provenance, "stamped", lambda png, made_from: png)
    return state


@pytest.fixture
def books(tmp_path, monkeypatch):
    folder = tmp_path / "books"
    folder.mkdir()
    monkeypatch.setattr(runs, "notebooks_folder", lambda: folder)
    monkeypatch.setattr(runs, "_why_unreadable", lambda name: None)
    monkeypatch.setattr(
        runs.identity, "notebook_run", lambda name, *_: {"kind": "notebook", "notebook": name}
    )
    return folder


def figures(output, names=(FIRST, PAPER, LATER)):
    return runs.figures(output, {name: validate(name, {}) for name in names})


def pages(output):
    return [(output / name).read_text(encoding="utf-8") for name in ("verdict.html", "index.html")]


@pytest.mark.seconds
def test_the_papers_figures_are_there_while_the_rest_is_made(made, tmp_path):
    output, seen = tmp_path / "results", {}

    def look(name):
        there = sorted(path.name for path in output.glob("[!.]*.*"))
        seen[name] = there, pages(output) if there else []

    made["before"] = look
    whole, failures = figures(output)
    assert (made["order"], failures) == ([PAPER, FIRST, LATER], [])
    assert seen[PAPER] == ([], [])
    for name in (FIRST, LATER):
        there, both = seen[name]
        assert {"03.png", "index.html", "results.json", "verdict.html"} <= set(there)
        assert not {"01.png", "06.png"} & set(there)
        for text in both:
            assert REFRESH in text and f"Still being made:</b> {FIRST}, {LATER}." in text
    assert "being made" not in whole and len(whole["notebooks"]) == 3
    for text in pages(output):
        assert REFRESH not in text and "Still being made" not in text and "Not made" not in text
    assert {"01.png", "03.png", "06.png"} <= {path.name for path in output.iterdir()}
    made["order"].clear()
    assert figures(output)[0]["notebooks"] == whole["notebooks"] and not made["order"]


@pytest.mark.seconds
@pytest.mark.parametrize("end", [NotebookError(LATER, "division by zero"), KeyboardInterrupt()])
def test_pages_do_not_wait_for_what_will_not_come(made, tmp_path, end):
    output = tmp_path / "results"

    def fail(name):
        if name == LATER:
            raise end

    made["before"] = fail
    if isinstance(end, NotebookError):
        assert figures(output) == (None, [f"{LATER}: division by zero"])
    else:
        with pytest.raises(KeyboardInterrupt):
            figures(output)
    for text in pages(output):
        assert REFRESH not in text and f"Not made:</b> {FIRST}, {LATER}." in text
    assert (output / "03.png").exists()
    assert not {"01.png", "06.png"} & {path.name for path in output.iterdir()}
    assert not list(output.glob(".*"))
    assert json.loads((output / "results.json").read_text())["missing"] == [FIRST, LATER]
    # The next call makes the rest.
    made["order"].clear()
    made["before"] = lambda name: None
    whole, _ = figures(output)
    assert made["order"] == [FIRST, LATER] and len(whole["notebooks"]) == 3
    assert "Not made" not in pages(output)[0]
