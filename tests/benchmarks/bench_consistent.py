"""Seconds and memory of Method.consistent(), by the size of the mask and of the photo: `make benchmark`.

What is compared was measured by turns in this run.
"""

import subprocess
import sys
from pathlib import Path
from statistics import median
from time import perf_counter

import pytest

import refocuslab as rl
from refocuslab.lab.measures import timing_scenes

METHOD = rl.Method.consistent()
ROUNDS = 3


@pytest.fixture(scope="module", autouse=True)
def compiled():
    rl.refocus(rl.load_scene("coffee").middle(60), METHOD)


def seconds(work):
    begun = perf_counter()
    work()
    return perf_counter() - begun


def pictured(side, mask):
    """A photo of this side, and a mask of that in its middle."""
    scene = timing_scenes.shot(timing_scenes.large_photo(side))
    return scene.replace(mask=timing_scenes.middle(scene.mask, mask))


@pytest.mark.parametrize("name", ["coffee", "motorcycle-breathing", "motorcycle-perturbed"])
def test_against_the_exact_system(table, name):
    scene, took = rl.load_scene(name), ([], [], [])
    known = rl.Refocuser(scene)
    known.refocus(METHOD)
    for _ in range(ROUNDS):
        for kept, work in zip(
            took,
            (lambda: rl.refocus(scene, METHOD), lambda: known.refocus(METHOD), lambda: rl.refocus(scene)),
            strict=True,
        ):
            kept.append(seconds(work))
    whole, exact = median(took[0]), median(took[2])
    table.seconds("consistent, whole of refocus", name, took[0], bar=2.6, dream=1.1)
    table.seconds("consistent, registration known", name, took[1], bar=1.8, dream=0.75)
    text = f"{whole / exact:.1f} x as long ({whole:.2f} s against {exact:.2f} s)"
    table.row("consistent against exact", name, text, whole / exact, bar=3, dream=1, unit="x")


@pytest.mark.parametrize("side, mask, bar, dream", [(1500, 300, 1.5, 1.1), (1000, 1000, 11.1, 7.8)])
def test_a_larger_photo_against_300_x_300(table, side, mask, bar, dream):
    alone, larger = pictured(300, 300), pictured(side, mask)
    took = [
        (seconds(lambda: rl.refocus(alone, METHOD)), seconds(lambda: rl.refocus(larger, METHOD)))
        for _ in range(2)
    ]
    ratio = median(large / small for small, large in took)
    text = f"{ratio:.2f} x as long ({median(large for _, large in took):.1f} s)"
    name = f"{mask} x {mask} in {side} x {side}, against 300 x 300"
    table.row("consistent, a larger photo", name, text, ratio, bar, dream, unit="x")


@pytest.mark.parametrize("side, mask, most, dream", [(1100, 518, 1.0, 0.6), (1000, 1000, 2.0, 1.0)])
def test_memory(table, side, mask, most, dream):
    # In a process of its own, whose peak nothing before has raised.
    command = [sys.executable, Path(__file__).parent / "run_peak.py", f"{mask}/{side}", "consistent"]
    peak = float(subprocess.run(command, capture_output=True, text=True, check=True).stdout) / 1e3
    name = f"{mask} x {mask} in {side} x {side}"
    table.row("consistent, memory beside the scene", name, f"{peak:.2f} GB", peak, most, dream, unit="GB")
