"""Figures that are made again from their own files."""

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from refocuslab.errors import RefocusError
from refocuslab.lab.cli import main
from refocuslab.lab.cli.photos import remake
from refocuslab.lab.progress_line import ProgressLine
from refocuslab.lab.records import provenance
from refocuslab.scenes.folder import load_scene


def picture(path, made_from):
    Image.fromarray(np.zeros((3, 3, 3), np.uint8)).save(path)
    path.write_bytes(provenance.stamped(path.read_bytes(), made_from))
    return path


@pytest.mark.parametrize(
    ("made_from", "message"),
    [
        ({"kind": "poem"}, "figure must be of a kind known here, notebook, point, sweep, photos; got poem"),
        ({}, "figure must be of a kind known here"),
        ({"kind": "notebook"}, "figure must tell all that it was made from"),
        (
            {"kind": "point", "identity": {"crop": 0, "method": {"magic": 1}}, "scene": "coffee"},
            "must tell all",
        ),
        ({"kind": "notebook", "notebook": "2", "parameters": {"scenes": 1}}, "nearest: scene"),
    ],
)
def test_what_a_file_does_not_tell_is_not_guessed(made_from, message, tmp_path):
    with pytest.raises(RefocusError, match=message):
        remake.remake(picture(tmp_path / "a.png", made_from), ProgressLine())


@pytest.mark.slow
def test_a_notebooks_figure_and_a_sweeps_pictures_come_back_to_the_byte(tmp_path):
    def run(*arguments):
        made = CliRunner().invoke(main.main, list(map(str, arguments)))
        assert made.exit_code == 0, made.output
        return made.stdout

    folder = run("run", 2, "-p", "crop", 40, "-o", tmp_path / "runs").split()[0]
    assert "was there already" in run("run", 2, "-p", "crop", 40, "-p", "threads", 1, "-o", tmp_path / "runs")
    points = ("-p", "crop", 40, "-p", "candidates", "20,5", "-p", "scene", "motorcycle")
    run("sweep", 4, *points, "-o", tmp_path / "s", "--workers", 1, "--notebooks", "best")
    whole = json.loads((tmp_path / "s" / "sweep.json").read_text())
    ((best, read),) = whole["notebooks"].items()
    assert best == whole["best"]["motorcycle"]["point"]
    assert (tmp_path / "s" / read / "manifest.json").exists()
    assert read in (tmp_path / "s" / "index.html").read_text()
    point = next((tmp_path / "s" / "points").glob("*.png"))
    figures = [f"{folder}/figure2.png", tmp_path / "s" / "sheet-1-motorcycle.png", point]
    for figure in [*figures, tmp_path / "s" / "heat-1-motorcycle.png"]:
        assert "the same bytes" in run("remake", figure, "-o", tmp_path / "again.png")
    assert load_scene("motorcycle").name == "motorcycle"


@pytest.mark.slow
def test_a_figure_made_by_another_version_is_remade_with_what_has_changed(tmp_path, monkeypatch):
    run = CliRunner().invoke(main.main, ["run", "2", "-p", "crop", "40", "-o", str(tmp_path)])
    figure = f"{run.stdout.split()[0]}/figure2.png"
    told = provenance.read(Path(figure))
    told["identity"]["program"]["libraries"]["numpy"] = "1.0"
    other = picture(tmp_path / "old.png", told)
    made = CliRunner().invoke(main.main, ["remake", str(other)])
    assert made.exit_code == 1
    assert "program libraries numpy: 1.0 then, " in made.stderr
