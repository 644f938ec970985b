"""The forecast against what was measured, seconds of CPU and peaks of memory: `make benchmark`.

Seconds are those of CPU, of one thread, so that what else the machine does bears less on them.
"""

import json
import subprocess
import sys
from pathlib import Path
from time import process_time

import numpy as np
import pytest

import refocuslab as rl
from refocuslab.forecasting.forecast import foretell
from refocuslab.forecasting.speeds import Speeds
from refocuslab.lab.measures import timing_scenes
from refocuslab.refocusing.refocuser import Refocuser

SPEEDS = Speeds(1)
METHODS = {
    "coherent": rl.Method(search="coherent"),
    "exact": rl.Method(),
    "exact, scanline": rl.Method.scanline_texture(),
    "exact, 9 x 9, 50 candidates": rl.Method(neighborhood=9, candidates=50),
    "consistent": rl.Method.consistent(search="coherent"),
}
SCENES = ("coffee", "motorcycle", "motorcycle-perturbed", "bench-perturbed")
SHIPPED = rl.scene_names()
# A mask in the middle of a photo, and the side of the photo.
LARGE = {"tiles, 150 x 150": (150, 150), "tiles, 500 x 500": (500, 500), "tiles, 200 of 600": (200, 600)}
CASES = [
    *((name, method) for name in ("coffee", "motorcycle") for method in list(METHODS)[:4]),
    *((name, method) for name in LARGE for method in ("coherent", "exact")),
    *((name, "consistent") for name in (*SCENES, "tiles, 150 x 150", "tiles, 200 of 600")),
]


def scene_of(name):
    if name in SHIPPED:
        return timing_scenes.whole(name)
    # As LARGE has them, or sides of another mask and photo: "518/1100".
    mask, side = LARGE.get(name) or map(int, name.split("/"))
    scene = timing_scenes.shot(timing_scenes.large_photo(side))
    return scene.replace(mask=timing_scenes.middle(scene.mask, mask))


def timed(scene, method):
    """Seconds of CPU of each stage."""
    seconds, at = {}, [None, 0.0]

    def progress(stage, share):
        now = process_time()
        if at[0]:
            seconds[at[0]] = seconds.get(at[0], 0.0) + now - at[1]
        at[:] = stage, now

    Refocuser(scene, threads=1).refocus(method, progress=progress)
    progress(None, 0.0)
    return seconds


@pytest.mark.parametrize(("name", "method"), CASES)
def test_seconds(table, name, method):
    scene = scene_of(name)
    told = foretell(scene, METHODS[method], SPEEDS, timed)
    measured = timed(scene, METHODS[method])
    print(
        "\n", name, method, {k: (round(told.stages.get(k, 0), 2), round(v, 2)) for k, v in measured.items()}
    )
    row(table, f"forecast of seconds, {method}", name, told.seconds, sum(measured.values()), "s of CPU")


@pytest.mark.parametrize(("name", "method"), [case for case in CASES if case[0] != "tiles, 150 x 150"])
def test_memory(table, name, method):
    scene = scene_of(name)
    told = foretell(scene, METHODS[method], SPEEDS, timed)
    script = Path(__file__).with_name("run_peak.py")
    command = [sys.executable, script, name, method]
    answer = subprocess.run(command, capture_output=True, check=True, text=True)
    row(table, f"forecast of memory, {method}", name, told.memory / 1e6, json.loads(answer.stdout), "MB")


def row(table, figure, name, told, measured, unit):
    off = abs(np.log(told / measured))
    text = f"{told / measured:.2f} x ({told:.1f} told, {measured:.1f} {unit} measured)"
    table.row(figure, name, text, 100 * (np.exp(off) - 1), 30, 15, unit="%")
