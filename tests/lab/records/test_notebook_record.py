"""Records of what was measured: checked when they are made, and joined into one report."""

import json
from dataclasses import asdict, dataclass

import numpy as np
import pytest

from refocuslab.errors import RefocusError
from refocuslab.evaluation.metrics import Score
from refocuslab.lab.records import notebook_record, report

NAME = "02_image_scene"


ROW = {"figure": "3c", "variant": "confidence order", "scene": "motorcycle"}
CLAIM = {
    **{"number": 4, "section": "3.3", "statement": "Less bleeding.", "measure": "dB gained"},
    **{"value": 1.5, "verdict": "reproduced"},
}


@dataclass(frozen=True)
class Statement:
    number: int
    section: str
    statement: str
    measure: str
    value: float
    verdict: str


@pytest.mark.parametrize(
    ("entries", "where"),
    [
        ({"rows": [ROW, ROW | {"psnr": "high"}]}, r"rows\.1\.psnr"),
        ({"rows": [ROW | {"psnr": float("nan")}]}, r"rows\.0\.psnr"),
        ({"rows": [ROW | {"seconds": -1}]}, r"rows\.0\.seconds"),
        ({"rows": [ROW | {"snr": 3}]}, r"rows\.0\.snr"),
        ({"rows": [{"figure": "3c"}]}, r"rows\.0\.variant"),
        ({"claims": [CLAIM | {"verdict": "yes"}]}, r"claims\.0\.verdict"),
        ({"claims": [{k: v for k, v in CLAIM.items() if k != "value"}]}, r"claims\.0\.value"),
        ({"figures": [{"figure": "3", "file": "../a.png", "caption": "c"}]}, r"figures\.0\.file"),
    ],
)
def test_a_record_with_a_wrong_field_is_refused_and_not_written(entries, where, tmp_path):
    for results in ("", tmp_path):  # also where nothing is to be written
        with pytest.raises(RefocusError, match=rf"{NAME} record, {where}"):
            notebook_record.record(results, NAME, {}, **entries)
    assert not list(tmp_path.iterdir())


def test_a_record_needs_its_figures_and_known_parameters(tmp_path):
    figure = {"figure": "3", "file": "figure3.png", "caption": "c"}
    with pytest.raises(RefocusError, match=r"figure must be saved .*; got figure3\.png"):
        notebook_record.record(tmp_path, NAME, {}, figures=[figure])
    with pytest.raises(RefocusError, match="neighborhood must be odd"):
        notebook_record.record(tmp_path, NAME, {"neighborhood": 4})
    assert not list(tmp_path.iterdir())
    assert notebook_record.record("", NAME, {}, figures=[figure]) is None


def test_a_record_reads_back_as_it_was_written(tmp_path):
    rows = [
        ROW | {"psnr": float("inf"), "ssim": np.float64(1), "parameters": {"causal": True}},
        ROW | asdict(Score(None, None, np.float32(0.5))),
    ]
    path = notebook_record.record(
        tmp_path, NAME, {"crop": np.int64(64)}, rows=rows, claims=[Statement(**CLAIM)]
    )
    assert path == tmp_path / f"{NAME}.json"
    text = path.read_text(encoding="utf-8")
    assert '"psnr": "Infinity"' in text
    json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))
    made = notebook_record.read_record(tmp_path, NAME)
    assert made.rows[0].psnr == float("inf")
    assert (made.rows[0].ssim, made.rows[1].reblur_rms, made.rows[1].psnr) == (1, 0.5, None)
    assert made.claims[0].model_dump() == CLAIM | {"tolerance": ""}
    whole = report.report([made], {})
    assert whole["rows"][0]["parameters"]["causal"] is True
    assert "causal" not in whole["rows"][1]["parameters"]
    assert "∞" in report.table(whole["rows"])


def test_the_table_is_aligned_and_in_the_papers_order():
    names = ("10", "3c", "3a", "2")
    rows = [notebook_record.Row(**ROW | {"figure": name, "psnr": 9.0}) for name in names]
    made = notebook_record.Record(notebook=NAME, parameters={}, rows=rows)
    text = report.table(report.report([made], {})["rows"]).splitlines()
    assert [line.split()[0] for line in text[2:]] == ["2", "3a", "3c", "10"]
    assert len({line.index("confidence") for line in text[2:]}) == 1
    assert text[0].index("PSNR dB") + len("PSNR dB") == text[2].index("9.0") + len("9.0")


def test_what_two_notebooks_measured_alike_is_reported_once():
    rows = [ROW | {"psnr": 30.0}, ROW | {"psnr": 31.0}]
    first = notebook_record.Record(notebook=NAME, parameters={}, rows=rows)
    again = notebook_record.Record(notebook="03_scanline_texture", parameters={}, rows=rows[:1])
    got = report.report([first, again], {})["rows"]
    assert [(row["psnr"], row["notebook"]) for row in got] == [(30.0, NAME), (31.0, NAME)]
