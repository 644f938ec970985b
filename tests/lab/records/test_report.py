"""Records joined into one report: hashes of their files, and no file of two notebooks."""

import hashlib
import json

import pytest

from refocuslab.errors import RefocusError
from refocuslab.lab.records import report
from refocuslab.lab.records.notebook_record import Record

SECOND, THIRD = "02_image_scene", "03_scanline_texture"


def record(notebook, *files, figure="3", **more):
    figures = [{"figure": figure, "file": file, "caption": "c"} for file in files]
    return Record(notebook=notebook, parameters={"crop": 64}, figures=figures, **more)


def test_notebooks_figures_and_claims_stand_in_the_papers_order():
    def claim(number):
        words = dict.fromkeys(("section", "statement", "measure"), "s")
        return words | {"number": number, "value": 1.0, "verdict": "not"}

    late = record(THIRD, "b.png", "a.png", figure="10", claims=[claim(10), claim(2)])
    early = record(SECOND, "c.png", figure="2", claims=[claim(3)])
    whole = report.report([late, early], {})
    assert [one["notebook"] for one in whole["notebooks"]] == [SECOND, THIRD]
    assert [(one["figure"], one["file"]) for one in whole["figures"]] == [
        *(("2", "c.png"), ("10", "a.png"), ("10", "b.png"))
    ]
    assert [(one["number"], one["notebook"]) for one in whole["claims"]] == [
        *((2, THIRD), (3, SECOND), (10, THIRD))
    ]
    json.dumps(whole, allow_nan=False)


def test_a_file_of_two_notebooks_is_refused_and_of_one_may_stand_twice():
    with pytest.raises(RefocusError, match=f"a.png must belong to one notebook; got {SECOND} and {THIRD}"):
        report.report([record(THIRD, "a.png"), record(SECOND, "a.png")], {})
    whole = report.report([record(SECOND, "a.png", "a.png")], {})
    assert [one["file"] for one in whole["figures"]] == ["a.png", "a.png"]


def test_files_have_the_hash_of_what_they_hold(tmp_path):
    (tmp_path / "x").write_bytes(b"some")
    whole = report.report([record(SECOND)], {"a.png": tmp_path / "x"})
    assert whole["files"] == {"a.png": hashlib.sha256(b"some").hexdigest()}


def test_a_row_has_what_the_notebook_was_run_with_and_what_it_changed():
    rows = [{"figure": "2", "variant": name, "scene": "made", "parameters": own}
            for name, own in (("a", {}), ("b", {"crop": 32}))]  # fmt: skip
    a, b = report.report([record(SECOND, rows=rows)], {})["rows"]
    assert (a["parameters"]["crop"], b["parameters"]["crop"]) == (64, 32)
