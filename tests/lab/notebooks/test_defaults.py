"""Beside a figure of other parameters stands that of the defaults, from the committed notebook."""

import base64

import nbformat
import pytest

from refocuslab.lab.notebooks.defaults import defaults
from refocuslab.lab.pages import results
from refocuslab.lab.records import notebook_record, report

NAME = "04_confidence_order"
TABLE = (
    "| figure | variant | scene | PSNR, dB | SSIM | reblur RMS |\n|---|---|---|--:|--:|--:|\n"
    "| 3b | scanline order | motorcycle | 29.0 | 0.959 | 4.31 |\n"
    "| 3 | random order | motorcycle | 31.3 | 0.966 | 3.26 |"
)


@pytest.fixture
def committed(tmp_path, monkeypatch):
    """A committed notebook with a figure and its scores; what it shows can be taken away."""

    def write(*, outputs=True):
        cells = [nbformat.v4.new_code_cell('study.figure("figure3", drawn)') for _ in range(2)]
        cells[0].source = 'study.figure("figure3a", drawn)'
        if outputs:
            for cell, data in zip(cells, (b"another", b"default"), strict=True):
                shown = {"image/jpeg": base64.b64encode(data).decode()}
                cell.outputs = [nbformat.v4.new_output("display_data", shown)]
            cells[1].outputs.append(nbformat.v4.new_output("display_data", {"text/markdown": TABLE}))
        nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / f"{NAME}.ipynb")

    monkeypatch.setattr("refocuslab.files.installed.notebooks_folder", lambda: tmp_path)
    write()
    return write


def a_report(**parameters):
    row = {"figure": "3b", "variant": "scanline order", "scene": "motorcycle", "psnr": 27.42}
    rows = [row, row | {"variant": "another"}, row | {"figure": "3", "variant": "random order"}]
    one = notebook_record.Record(
        notebook=NAME,
        parameters=parameters,
        rows=rows,
        figures=[{"figure": "3", "file": "figure3.png", "caption": "C."}],
    )
    return report.report([one], {})


def test_the_page_shows_the_default_below_and_both_scores(committed, tmp_path):
    whole = a_report(lambda_texture=0.02)
    found = defaults(whole, tmp_path / "out")
    assert (tmp_path / "out" / found["figure3.png"].file).read_bytes() == b"default"
    page = results.page(whole, asked=("3",), defaults=found)
    assert page.index('src="figure3.png"') < page.index('src="defaults/figure3.jpg"')
    cells = page[page.index(">this run<") :]
    assert cells.index(">29.0<") < cells.index(">27.4<") < cells.index(">-1.6<")
    assert "31.3" not in cells  # the panels of Figure 3 are 3a, 3b and 3c


@pytest.mark.parametrize(
    "parameters",
    [{}, {"crop": 64, "lambda_texture": 0.02}, {"scene": "coffee"}, {"second_scene": "bench"}],
)
def test_what_cannot_be_compared_has_no_default_beside_it(committed, tmp_path, parameters):
    assert defaults(a_report(**parameters), tmp_path / "out") == {}
    assert not (tmp_path / "out").exists()


def test_notebooks_without_outputs_have_none(committed, tmp_path):
    committed(outputs=False)
    assert defaults(a_report(lambda_texture=0.02), tmp_path / "out") == {}
