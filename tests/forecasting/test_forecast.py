"""The forecast: from rates that were measured once, kept until the program changes."""

import json
import os

import numpy as np
import pytest

import refocuslab as rl
from refocuslab.forecasting import forecast, speeds
from refocuslab.forecasting.speeds import TYPICAL, Rate, Speeds
from refocuslab.forecasting.work import Size, work

COHERENT = rl.Method(search="coherent")


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv(speeds.PLACE, str(tmp_path / "kept"))
    return tmp_path / "kept"


def waves(height, width):
    """A photo whose patches a few components tell apart."""
    values = np.add.outer(np.sin(np.arange(height) / 9), np.cos(np.arange(width) / 7))
    return np.repeat((128 + 60 * values)[..., None], 3, axis=2).astype(np.uint8)


def a_scene(height=40, width=50, **given):
    photo = waves(height, width)
    return rl.Scene(photo, None, [rl.FocusedPhoto(photo)], **{"psf": rl.disk(3)} | given)


class Machine:
    """A machine of known rates, which takes no time."""

    def __init__(self, rates):
        self.speeds = Speeds(1, {name: Rate(*rate) for name, rate in rates.items()})
        self.runs = []

    def __call__(self, scene, method):
        size = Size.of(scene)
        self.runs.append(size.frame)
        return self.speeds.seconds(work(size, method, psf_given=scene.psf is not None), size.patches)


@pytest.mark.seconds
@pytest.mark.parametrize(
    "method",
    [
        COHERENT,
        rl.Method(),
        rl.Method(causal=True),
        rl.Method.scanline_texture(),
        rl.Method(search="linear"),
        rl.Method(register=True, search="coherent"),
        rl.Method.consistent(),
    ],
)
@pytest.mark.parametrize("given", [{}, {"psf": None}])
def test_the_runs_tell_the_rates_of_a_machine(method, given):
    machine = Machine(TYPICAL)
    scene = a_scene(150, 400, **given)
    told = forecast.foretell(scene, method, Speeds(1), machine)
    assert told.stages == pytest.approx(machine(scene, method), rel=0.1)
    assert told.seconds == pytest.approx(sum(told.stages.values()))
    assert max(machine.runs[:-1]) <= 256**2, "measured on small scenes only"


def test_where_nothing_tells_patches_apart_the_exact_search_is_expected_to_be_linear():
    known, machine = Speeds(1, {n: Rate(*r) for n, r in TYPICAL.items()}), Machine(TYPICAL)
    grain = np.random.default_rng(0).normal(128, 2, (120, 120, 3)).astype(np.uint8)
    for photo, linear in ((grain, True), (waves(120, 120), False)):
        scene = rl.Scene(photo, None, [rl.FocusedPhoto(photo)], psf=rl.disk(1))
        found = forecast.foretell(scene, rl.Method(), known, machine).stages
        expected = machine(scene, rl.Method(search="linear" if linear else "exact"))
        assert found == pytest.approx(expected)


@pytest.mark.seconds
def test_what_was_measured_is_kept_until_the_program_changes(folder, monkeypatch):
    measured = []

    def machine(threads):
        measured.append(threads)
        return Machine(TYPICAL)

    monkeypatch.setattr(forecast, "refocused", machine)
    counted = []
    known = forecast.measure
    monkeypatch.setattr(forecast, "measure", lambda *a, **k: counted.append(a) or known(*a, **k))
    first = forecast.forecast(a_scene(), COHERENT, threads=1)
    assert forecast.forecast(a_scene(), COHERENT, threads=1).stages == first.stages
    assert len(counted) == 1
    forecast.forecast(a_scene(), rl.Method(), threads=1)  # of which the library is known
    assert len(counted) == 2 and not any("library" in rate for rate in counted[1][0])
    forecast.forecast(a_scene(), COHERENT, threads=2)
    assert len(counted) == 3
    monkeypatch.setattr(speeds, "stamp", lambda: "another program")
    forecast.forecast(a_scene(), COHERENT, threads=1)
    assert len(counted) == 4
    assert len(list(folder.glob("speeds-*.json"))) == 3
    assert first.fits


@pytest.mark.parametrize(
    "text", ["", "[]", '{"tree": 3}', '{"tree": [1]}', '{"tree": ["a", 0]}', "\0", '{"tree": [NaN, 0]}']
)
def test_a_file_that_is_damaged_counts_as_none(folder, text):
    speeds.keep(Speeds(1, {"tree": Rate(1e-9)}))
    (path,) = folder.iterdir()
    assert speeds.kept(1).rates == {"tree": Rate(1e-9)}
    path.write_text(text)
    assert speeds.kept(1).rates == {}


def test_where_nothing_can_be_kept_nothing_is(folder, monkeypatch):
    folder.write_text("a file")
    speeds.keep(Speeds(1, {"tree": Rate(1.0)}))
    assert speeds.kept(1).rates == {}
    monkeypatch.delenv(speeds.PLACE)
    monkeypatch.setattr(speeds, "of_the_user", lambda program: None)
    speeds.keep(Speeds(1, {"tree": Rate(1.0)}))
    assert speeds.kept(1).rates == {}


def test_a_folder_keeps_the_newest_files(folder):
    folder.mkdir()
    for age in range(20):
        old = folder / f"speeds-{age}.json"
        old.write_text(json.dumps({}))
        os.utime(old, (1000 - age, 1000 - age))
    speeds.keep(Speeds(1))
    left = {path.name for path in folder.iterdir()}
    assert len(left) == 16 and "speeds-0.json" in left and "speeds-19.json" not in left


def test_a_bar_needs_no_measurement(monkeypatch):
    monkeypatch.setattr(forecast, "measure", lambda *a, **k: pytest.fail("measured"))
    scene = a_scene()
    for method in (
        COHERENT,
        rl.Method(causal=True, levels=2),
        rl.Method.consistent(),
        rl.Method(search="linear"),
    ):
        found = forecast.expected(scene.replace(psf=None), method)
        assert next(iter(found)) == "PSF" and all(np.isfinite(seconds) for seconds in found.values())
    speeds.keep(Speeds(1, {"assessment, each": Rate(1000.0)}))
    assert forecast.expected(scene, COHERENT, threads=1)["assessment"] > 999
    assert forecast.expected(scene, COHERENT, threads=2)["assessment"] < 1


def test_the_memory_is_that_by_which_a_run_is_refused(monkeypatch):
    known = Speeds(1, {name: Rate(*rate) for name, rate in TYPICAL.items()})
    told = forecast.foretell(a_scene(), COHERENT, known, Machine(TYPICAL))
    assert told.fits and told.memory > 0
    monkeypatch.setattr(forecast, "there_is", lambda: told.memory - 1)
    assert not forecast.foretell(a_scene(), COHERENT, known, Machine(TYPICAL)).fits


def test_a_run_teaches_what_the_next_one_takes():
    scene, method = a_scene(150, 200), rl.Method.consistent()
    before = forecast.expected(scene, method, threads=1)
    took = {"consistency": 20.0, "registration": 0.001, "assessment": 10.0}
    forecast.learn(scene, method, took, threads=1)
    after = forecast.expected(scene, method, threads=1)
    assert after["consistency"] == pytest.approx(20)  # some seconds teach, a moment does not
    assert after["registration"] == before["registration"]
    assert after["assessment"] == before["assessment"], "of so small a picture, it was something else"
    assert forecast.expected(scene, method, threads=2) == pytest.approx(before)
    larger = forecast.expected(a_scene(300, 400), method, threads=1)["consistency"]
    assert 60 < larger < 80, "four times the pixels; some of the seconds are of each run"


def test_a_run_that_was_stopped_for_a_while_is_put_right_by_the_next():
    scene, method = a_scene(150, 200), rl.Method.consistent()
    for took in (1000.0, 6.0):
        forecast.learn(scene, method, {"consistency": took}, threads=1)
    assert forecast.expected(scene, method, threads=1)["consistency"] == pytest.approx(6)


def test_a_small_picture_that_compiled_the_kernels_teaches_nothing():
    scene, method = a_scene(), rl.Method.consistent()
    before = forecast.expected(scene, method, threads=1)
    forecast.learn(scene, method, {"consistency": 50.0}, threads=1)
    assert forecast.expected(scene, method, threads=1) == before


def test_what_was_kept_from_before_teaches_nothing():
    scene, method = a_scene(150, 200), rl.Method.consistent()
    speeds.keep(Speeds(1, {name: Rate(1e6 * rate[0], rate[1]) for name, rate in TYPICAL.items()}))
    before = forecast.expected(scene, method, threads=1)
    known = before["consistency"]
    forecast.learn(scene, method, {"consistency": 0.05 * known}, threads=1)
    assert forecast.expected(scene, method, threads=1) == before
    forecast.learn(scene, method, {"consistency": 0.5 * known}, threads=1)
    assert forecast.expected(scene, method, threads=1)["consistency"] == pytest.approx(0.5 * known)
