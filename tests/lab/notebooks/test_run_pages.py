"""The list of runs: each by a name that a person can read, and nothing that is no run."""

import json

from refocuslab.lab.notebooks.run_pages import write_list, write_page
from refocuslab.lab.records import identity, manifest, notebook_record

NAME = "04_confidence_order"


def a_run(folder, **parameters):
    made_of = {"notebook": NAME, "parameters": parameters}
    path = folder / identity.name_of(made_of)
    path.mkdir(parents=True)
    made = manifest.manifest(
        made_of, parameters=parameters, scenes={}, seconds={"notebook": 61.4}, scores=[], outputs={}
    )
    manifest.write(made, path / "manifest.json")
    return path


def test_runs_are_listed_by_name_and_what_is_none_is_left_out(tmp_path):
    first, second = a_run(tmp_path, crop=160), a_run(tmp_path, lambda_texture=0.1)
    notebook_record.record(first, NAME, {"crop": 160})
    write_page(NAME, {"crop": 160}, first)
    copied = tmp_path / "a copy"
    copied.mkdir()
    (copied / "manifest.json").write_bytes((first / "manifest.json").read_bytes())
    edited = a_run(tmp_path, crop=64)
    told = json.loads((edited / "manifest.json").read_text())
    (edited / "manifest.json").write_text(json.dumps(told | {"parameters": {"crop": 1}}))
    write_list(tmp_path)
    page = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert f'<a href="{first.name}/index.html">4 Confidence order, crop 160</a>' in page
    assert f'<a href="{second.name}/notebooks/{NAME}.html">4 Confidence order, lambda_texture 0.1</a>' in page
    assert page.count("<a href=") - page.count('<a href="#') == 2
    assert "61 s" in page
    write_list(tmp_path)
    assert (tmp_path / "index.html").read_text(encoding="utf-8") == page
