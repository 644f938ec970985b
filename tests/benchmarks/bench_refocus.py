"""Seconds of the whole of refocus(), search by search, in one run: `make benchmark`.

Ratios are taken between neighbors in time, so that what else the machine does bears on both.
"""

import json
import subprocess
import sys
from functools import cache
from pathlib import Path
from statistics import median

import pytest

import refocuslab as rl
from refocuslab.lab.measures import timing_scenes

NAMES = ("motorcycle", "motorcycle-perturbed", "coffee")
ROUNDS = 5


@cache
def scene_of(name):
    return timing_scenes.whole(name)


@cache
def warm(search):
    """Compile what a search needs, before anything is measured."""
    photo = scene_of("coffee").truth[:48, :48]
    for scene in (timing_scenes.shot(photo), timing_scenes.grain(48)):
        rl.refocus(scene, rl.Method(search=search))


def measured(benchmark, work, rounds=ROUNDS):
    """The seconds of each round, and what the last one made."""
    made = []
    benchmark.pedantic(lambda: made.append(work()), rounds=rounds, iterations=1)
    return benchmark.stats.stats.data, made[-1]


def psnr(scene, result):
    return rl.score(result.image, scene).psnr


@pytest.mark.parametrize("name", NAMES)
def test_exact(benchmark, table, name):
    warm("exact")
    seconds, _ = measured(benchmark, lambda: rl.refocus(scene_of(name), rl.Method()))
    table.seconds("exact, whole of refocus, confidence order", name, seconds, bar=6, dream=2)


@pytest.mark.parametrize("name", NAMES)
def test_exact_against_linear(benchmark, table, name):
    warm("exact"), warm("linear")
    scene = scene_of(name)
    exact = [sum(rl.refocus(scene, rl.Method()).seconds.values()) for _ in range(2)]
    linear, slow = measured(benchmark, lambda: rl.refocus(scene, rl.Method(search="linear")), rounds=1)
    fast = rl.refocus(scene, rl.Method())
    exact.append(sum(fast.seconds.values()))
    assert (fast.image == slow.image).all()
    ratio = linear[0] / median(exact)
    text = f"{ratio:.1f} x faster ({median(exact):.2f} s against {linear[0]:.1f} s)"
    # Two views of a stereo pair differ, so a tree rules less out than in one view with noise.
    bar, dream = (12, 25) if name == "motorcycle" else (10, 30)
    table.row("exact against linear", name, text, ratio, bar, dream, unit="x", more_is_better=True)


@pytest.mark.parametrize("name", NAMES)
def test_coherent(benchmark, table, name):
    warm("coherent")
    scene = scene_of(name)
    seconds, result = measured(benchmark, lambda: rl.refocus(scene, rl.Method(search="coherent")))
    table.seconds("coherent, whole of refocus", name, seconds, bar=1.2, dream=0.4)
    gain = psnr(scene, result) - psnr(scene, rl.refocus(scene, rl.Method()))
    table.row("PSNR of coherent less that of exact", name, f"{gain:+.2f} dB", gain, bar=-0.2, dream=0,
              unit="dB", more_is_better=True)  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_coherent_after_a_change_of_lambda(benchmark, table, name):
    warm("coherent")
    refocuser = rl.Refocuser(scene_of(name))
    weights = iter(0.01 * 1.1**k for k in range(-1, 2 * ROUNDS))

    def move():
        return refocuser.refocus(rl.Method(search="coherent", lambda_texture=next(weights)))

    move()
    seconds, _ = measured(benchmark, move)
    table.seconds("coherent, after a change of λ", name, seconds, bar=0.4, dream=0.1)


def test_grain(benchmark, table):
    """Where nothing tells patches apart, a tree only costs: the exact search has to notice."""
    warm("exact"), warm("linear")
    scene = timing_scenes.grain(160)
    pairs = []

    def both():
        fast, slow = rl.refocus(scene, rl.Method()), rl.refocus(scene, rl.Method(search="linear"))
        assert (fast.image == slow.image).all()
        pairs.append([sum(result.seconds.values()) for result in (fast, slow)])

    measured(benchmark, both, rounds=3)
    ratio = median(slow / fast for fast, slow in pairs)
    least = [min(seconds) for seconds in zip(*pairs, strict=True)]
    text = f"{ratio:.2f} x as fast ({least[0]:.2f} s against {least[1]:.2f} s)"
    table.row("exact against linear, gray with noise of 2 gray levels, 160 x 160", "grain", text, ratio,
              bar=1, dream=2, unit="x", more_is_better=True)  # fmt: skip


# By side, None for that of the option: bars and dreams of seconds, of GB, of seconds a pixel against 300².
LARGE = {None: ((25, 15), (2.5, 2), (1.3, 1.1)), 3163: ((63, 38), (6.3, 5), (1.3, 1.1))}


@pytest.mark.parametrize("given", LARGE)
def test_large(benchmark, table, pytestconfig, given):
    """In a process of its own, so that the peak of its memory is its own."""
    side = given or pytestconfig.getoption("--large-side")
    script = Path(__file__).with_name("run_large.py")

    def run():
        answer = subprocess.run([sys.executable, script, str(side)], capture_output=True, check=True)
        return json.loads(answer.stdout)

    _, got = measured(benchmark, run, rounds=1)
    what = f"{side} x {side} pixels, {side**2 / 1e6:.3g} million patches, coherent"
    times, peaks, ratios = LARGE[given]
    table.row(what, "tiles", f"{got['seconds']:.0f} s", got["seconds"], *times, unit="s")
    table.row(f"{what}: peak memory", "tiles", f"{got['peak']:.2f} GB", got["peak"], *peaks, unit="GB")
    text = f"{got['ratio']:.2f} x ({got['whole']:.1f} µs against {got['part']:.1f} µs)"
    table.row(f"seconds a pixel, {side}² against 300²", "tiles", text, got["ratio"], *ratios, unit="x")


IMPORTS = {
    "import refocuslab": "import refocuslab",
    "import refocuslab, and all its names": "import refocuslab as rl\nfor n in rl.__all__: getattr(rl, n)",
}


@pytest.mark.parametrize("what", IMPORTS)
def test_import(benchmark, table, what):
    """Names are loaded when they are first used, so the second figure is what a script waits for."""
    code = f"from time import perf_counter as t\na = t()\n{IMPORTS[what]}\nprint(t() - a)"
    seconds = []

    def fresh():
        answer = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
        seconds.append(float(answer.stdout))

    measured(benchmark, fresh)
    table.seconds(what, "", seconds, bar=1.5, dream=0.5)
