"""Sweeps: planned and refused by the schema, resumed to the point, failures listed and not fatal.

The points here are made in this process, by an `evaluate` that measures nothing.
"""

import csv
import io
import json
import re
from dataclasses import asdict
from itertools import pairwise

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image
from pyarrow import parquet

from refocuslab.errors import RefocusError
from refocuslab.lab.cli import main
from refocuslab.lab.parameters import arguments
from refocuslab.lab.records import manifest, provenance
from refocuslab.lab.records.identity import sha256
from refocuslab.lab.sweeps.plan import Sweep, method_of, plan
from refocuslab.lab.sweeps.point import Point
from refocuslab.lab.sweeps.sweep import Row, best_points, load_scenes, make_points
from refocuslab.lab.sweeps.table import Table, columns, csv_bytes, digest, parquet_bytes
from refocuslab.method import Method

PAIRS = (("scene", "motorcycle,coffee"), ("neighborhood", "3,5"), ("lambda_texture", "0.1,0.01,1"))


def planned(*pairs, notebook="4") -> Sweep:
    return plan(notebook, arguments.axes(pairs or PAIRS), "smoke")


@pytest.fixture
def asked_for(monkeypatch) -> list[Point]:
    """A fake `evaluate`; the points that it was asked for. λ = 1 fails."""
    seen = []

    def evaluate(point, refocuser):
        seen.append(point)
        method = point.method
        if method["lambda_texture"] == 1:
            raise ValueError("too much\n  texture")
        picture = io.BytesIO()
        Image.fromarray(np.full((6, 8, 3), method["neighborhood"], np.uint8)).save(picture, "png")
        png = provenance.stamped(picture.getvalue(), point.made_from)
        psnr = float("inf") if point.scene == "coffee" else 20 + method["lambda_texture"]
        return manifest.manifest(
            point.made_of,
            parameters=point.parameters,
            scenes={point.scene: point.files},
            seconds={"library": 0.5, "texture": 0.25 + len(seen)},
            scores=[{"psnr": psnr, "ssim": None, "reblur_rms": 2.0}],
            outputs={f"{point.name}.png": png},
        ), png

    folder = "refocuslab.lab.sweeps"
    monkeypatch.setattr(f"{folder}.point.evaluate", evaluate)
    monkeypatch.setattr(f"{folder}.point.refocuser_of", lambda *_: None)
    monkeypatch.setattr(
        f"{folder}.sweep.load_scenes", lambda todo, whys: {p.scene_key: None for p in todo.values()}
    )
    return seen


def make(folder, sweep=None) -> list[Row]:
    return make_points(sweep or planned(), folder, workers=1)


def table(folder) -> Table:
    return columns(make(folder))


# The plan


def test_a_plan_is_the_grid_of_all_values_the_last_fastest():
    sweep = planned()
    grid = sweep.grid()
    assert len(grid) == 12
    assert [(g["scene"], g["neighborhood"], g["lambda_texture"]) for g in grid[:4]] == [
        *(("motorcycle", 3, 0.1), ("motorcycle", 3, 0.01), ("motorcycle", 3, 1.0)),
        ("motorcycle", 5, 0.1),
    ]
    assert {g["crop"] for g in grid} == {64}
    assert planned(("neighborhood", "5"), ("crop", "40")).grid()[0]["crop"] == 40
    assert planned(("neighborhood", "5,5")).axes == {}


def test_a_point_has_the_method_of_its_notebook():
    methods = {}
    for notebook in ("2", "3", "4"):
        sweep = planned(("candidates", "3,5"), notebook=notebook)
        methods[notebook] = [method_of(sweep, parameters) for parameters in sweep.grid()]
    assert methods["2"] == [Method.image_scene(candidates=count) for count in (3, 5)]
    assert methods["3"] == [Method.scanline_texture(candidates=count) for count in (3, 5)]
    assert methods["4"] == [Method.confidence_order(candidates=count) for count in (3, 5)]


@pytest.mark.parametrize(
    ("notebook", "pair", "message"),
    [
        ("4", ("neighborhod", "3"), "neighborhod is not a parameter of 04.*nearest: neighborhood"),
        ("4", ("neighborhood", "3,4"), "neighborhood must be odd; got '4'"),
        ("4", ("scene", "coffee,cofee"), "scene must be one of .*nearest: coffee"),
        ("4", ("second_scene", "coffee"), "second_scene plays no part in a point of a sweep"),
        ("4", ("threads", "1,2"), "threads plays no part"),
        ("2", ("lambda_texture", "1"), "lambda_texture is not a parameter of 02"),
        ("1", ("largest", "3,5"), "notebook must be one that refocuses"),
        ("7x", ("crop", "64"), "notebook must be one of"),
    ],
)
def test_a_wrong_plan_is_refused(notebook, pair, message):
    with pytest.raises(RefocusError, match=message):
        planned(pair, notebook=notebook)


# Making the points


@pytest.mark.seconds
def test_points_come_back_in_the_grids_order_and_are_made_in_an_order_that_shares(asked_for, tmp_path):
    rows = make(tmp_path)
    shown = [{name: row.parameters[name] for name in ("scene", "neighborhood", "crop")} for row in rows]
    assert shown == [{name: g[name] for name in shown[0]} for g in planned().grid()]
    made = [(p.scene, p.method["neighborhood"]) for p in asked_for]
    changes = sum(a != b for a, b in pairwise(made))
    assert changes == 3  # two scenes with two neighborhoods, each dealt with once
    assert not list(tmp_path.rglob(".*"))


@pytest.mark.seconds
def test_what_is_there_is_not_made_again_and_what_was_damaged_is(asked_for, tmp_path):
    first = make(tmp_path)
    asked_for.clear()
    again = make(tmp_path)
    assert {p.method["lambda_texture"] for p in asked_for} == {1.0}  # only those that failed
    assert [row.made for row in again] == [row.made for row in first]
    good = [row for row in first if row.made]
    picture, half, gone, other = (tmp_path / "points" / f"{row.name}" for row in good[:4])
    picture.with_suffix(".png").write_bytes(b"changed")
    half.with_suffix(".json").write_text(half.with_suffix(".json").read_text()[:100])
    gone.with_suffix(".png").unlink()
    other.with_suffix(".json").write_bytes(gone.with_suffix(".json").read_bytes())  # not its own
    (tmp_path / "points" / ".a.json.0011.tmp").touch()
    (tmp_path / "points" / ".started-a").touch()
    asked_for.clear()
    make(tmp_path)
    redone = {p.name for p in asked_for if p.method["lambda_texture"] != 1}
    assert redone == {row.name for row in good[:4]}
    assert not list((tmp_path / "points").glob(".*"))


@pytest.mark.seconds
def test_an_edited_score_is_made_again_and_never_enters_the_table(asked_for, tmp_path):
    before = digest(table(tmp_path))
    for row in make(tmp_path):
        path = tmp_path / "points" / f"{row.name}.json"
        if row.made:
            path.write_text(
                path.read_text().replace('"reblur_rms":', '"reblur_rms": 1').replace("2.0", "0.5")
            )
    assert digest(table(tmp_path)) == before
    for changed in ({"psnr": "good"}, {"reblur_rms": None}, {"psnr": True}, {"reblur_rms": "nan"}):
        for row in (rows := make(tmp_path)):
            if row.made:  # sealed anew, as by hand
                made = row.made.model_copy(update={"scores": [row.made.scores[0] | changed]}).sealed()
                manifest.write(made, tmp_path / "points" / f"{row.name}.json")
        assert digest(table(tmp_path)) == before, changed
    assert len(rows) == 12


@pytest.mark.seconds
def test_a_folder_in_place_of_a_picture_costs_that_point_and_no_other(asked_for, tmp_path):
    first = [row for row in make(tmp_path) if row.made]
    for row, suffix in zip(first, (".png", ".json"), strict=False):
        path = tmp_path / "points" / f"{row.name}{suffix}"
        path.unlink()
        path.mkdir()
    asked_for.clear()
    rows = make(tmp_path)
    blocked = [row for row in rows if "is not a plain file: move it away" in row.why]
    assert [row.name for row in blocked] == [row.name for row in first[:2]]
    assert not {row.name for row in blocked} & {point.name for point in asked_for}
    assert sum(row.made is not None for row in rows) == len(first) - 2


def test_points_that_is_a_file_is_refused(asked_for, tmp_path):
    (tmp_path / "points").touch()
    with pytest.raises(RefocusError, match="must have a folder, or nothing yet, of the name points"):
        make(tmp_path)


@pytest.mark.seconds
def test_two_sweeps_at_once_take_turns(asked_for, tmp_path):
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(2) as pool:
        one, two = pool.map(lambda _: make(tmp_path), range(2))
    assert [row.made for row in one] == [row.made for row in two]
    made = [point.name for point in asked_for if point.method["lambda_texture"] != 1]
    assert len(made) == len(set(made)) == 8
    assert not list(tmp_path.rglob(".*"))


@pytest.mark.seconds
def test_a_wider_sweep_makes_only_what_is_new(asked_for, tmp_path):
    make(tmp_path)
    asked_for.clear()
    make(tmp_path, planned(("scene", "motorcycle"), ("neighborhood", "3,5,7"), ("lambda_texture", "0.1")))
    assert [(p.scene, p.method["neighborhood"]) for p in asked_for] == [("motorcycle", 7)]


@pytest.mark.seconds
def test_failures_are_listed_and_not_fatal(asked_for, tmp_path):
    rows = make(tmp_path)
    failed = [row for row in rows if row.made is None]
    assert {row.parameters["lambda_texture"] for row in failed} == {1.0}
    assert {row.why for row in failed} == {"ValueError: too much texture"}
    both = planned(("lambda_image", "0,0.01"), ("lambda_texture", "0,0.1"))
    refused = make(tmp_path, both)[0]
    assert "lambda_image must be more than 0" in refused.why
    assert sum(row.made is None for row in make(tmp_path, both)) == 1


def test_a_scene_that_cannot_be_read_fails_its_points_only(tmp_path, monkeypatch):
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "scene.toml").write_text("[")
    point = Point.of(str(tmp_path / "broken"), 0, Method())
    whys = {}
    assert load_scenes({point.name: point}, whys) == {}
    assert "scene.toml" in whys[point.name]


@pytest.mark.seconds
def test_the_best_has_the_highest_psnr_or_where_there_is_none_the_closest_blur(asked_for, tmp_path):
    best = best_points(make(tmp_path))
    assert best["motorcycle"].parameters["lambda_texture"] == 0.1
    assert best["coffee"].scores["psnr"] == "Infinity" or best["coffee"].rank == float("inf")
    row = best["motorcycle"]
    blind = [
        Row({"scene": "x"}, n, row.made.model_copy(update={"scores": [{"psnr": None, "reblur_rms": r}]}))
        for n, r in (("far", 3.0), ("near", 1.0))
    ]
    assert best_points(blind)["x"].name == "near"


# The table


@pytest.mark.seconds
def test_the_table_is_the_same_in_csv_and_parquet(asked_for, tmp_path):
    made = table(tmp_path)
    text = list(csv.DictReader(io.StringIO(csv_bytes(made).decode())))
    assert len(text) == 12
    (tmp_path / "t.parquet").write_bytes(parquet_bytes(made))
    read = parquet.read_table(tmp_path / "t.parquet").to_pylist()
    assert list(read[0]) == list(text[0]) == list(made)
    assert {"scene", "crop", "psnr", "ssim", "reblur_rms", "seconds", "seconds_library"} <= set(made)
    assert set(asdict(Method())) <= set(made)
    for line, row in zip(text, read, strict=True):
        assert line == {k: "" if v is None else str(v) for k, v in row.items()}
    assert read[0]["seconds"] == read[0]["seconds_library"] + read[0]["seconds_texture"]
    assert [row["failed"] for row in read[:3]] == [None, None, "ValueError: too much texture"]


@pytest.mark.seconds
def test_the_digest_ignores_seconds_and_nothing_else(asked_for, tmp_path):
    one, other = (table(tmp_path / name) for name in "ab")
    assert one["seconds"] != other["seconds"]
    assert digest(one) == digest(other)
    other["psnr"][0] += 1e-12
    assert digest(one) != digest(other)


# The command


@pytest.mark.seconds
def test_the_command_leaves_a_table_pictures_and_a_page_and_says_what_failed(asked_for, tmp_path):
    out = tmp_path / "sweep"
    options = [text for pair in PAIRS for text in ("-p", *pair)]
    made = CliRunner().invoke(
        main.main, ["sweep", "4", *options, "--profile", "smoke", "-o", str(out), "--workers", "1"]
    )
    assert made.exit_code == 1, made.output
    assert "best of motorcycle: neighborhood 3, lambda_texture 0.1 (20.10 dB" in made.stdout
    failed = [line for line in made.stderr.splitlines() if line.startswith("failed: ")]
    assert len(failed) == 4
    assert (
        failed[0]
        == "failed: scene motorcycle, neighborhood 3, lambda_texture 1.0: ValueError: too much texture"
    )
    pictures = {f"{kind}-{label}.png" for kind in ("sheet", "heat") for label in ("1-motorcycle", "2-coffee")}
    others = {"points", "table.csv", "table.parquet", "index.html", "sweep.json"}
    assert {path.name for path in out.iterdir()} == pictures | others
    whole = json.loads((out / "sweep.json").read_text())
    for name, known in whole["outputs"].items():
        assert sha256((out / name).read_bytes()) == known
    assert (whole["points"], len(whole["failed"])) == (12, 4)
    page = (out / "index.html").read_text(encoding="utf-8")
    links = set(re.findall(r'(?:href|src)="([^"#][^"]*)"', page))
    assert links
    assert all((out / link).is_file() for link in links)
    for name in pictures:
        assert provenance.read(out / name)["figure"] == name


@pytest.mark.seconds
def test_a_sweep_that_succeeds_ends_with_0(asked_for, tmp_path):
    made = CliRunner().invoke(main.main, ["sweep", "4", "--profile", "smoke", "-o", str(tmp_path / "s")])
    assert made.exit_code == 0, made.output
