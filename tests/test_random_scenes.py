"""A small sample of what `make soak` does for an hour: random scenes, and every kernel within its arrays."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

SOAK = Path(__file__).parent / "soak"
sys.path.insert(0, str(SOAK))
import random_scenes  # noqa: E402

# Cases that fell once: conjugate gradients that left float32, a variance that did, bounds without room
# between them, sweeps beyond the grid, threads that disagreed, a logarithm of 0, a PSF wider than the photo.
FELL = (1000016, 1000060, 1000134, 1000005, 1000012, 3000152, 3000489, 5000029, 1000125)
# Small cases that call every kernel of the method between them, and two with 3 pixels down or across.
CALL_ALL = (3, 18, 22, 55, 241, 270, 516, 14, 59, 301)


@pytest.mark.seconds
@pytest.mark.parametrize("seed", FELL)
def test_what_fell_once_holds(seed):
    random_scenes.one(seed)


@pytest.mark.seconds
def test_some_random_scenes_hold():
    outcomes = [random_scenes.one(seed) for seed in range(30)]
    # Each of these was there, and not all were refused.
    assert {"consistent", "variation", "registered"} <= {system for system, _ in outcomes}
    assert {"finite", "oracle", "refused"} == {outcome for _, outcome in outcomes}


def test_a_case_is_the_same_again():
    first, again = random_scenes.draw(11), random_scenes.draw(11)
    assert first[:3] == again[:3]


@pytest.mark.seconds
def test_what_falls_is_counted_and_told_with_its_seed(monkeypatch):
    def fall(*_):
        raise np.linalg.LinAlgError("no")

    monkeypatch.setattr(random_scenes.rl, "refocus", fall)
    found = random_scenes.run(60, 1, cases=12)
    assert sum(found["counts"].values()) == 12
    assert found["failures"] and "random_scenes.one(10000" in found["failures"][0]
    assert sum(n for key, n in found["counts"].items() if key.endswith("fell")) == len(found["failures"])


@pytest.mark.slow
@pytest.mark.plain
def test_no_kernel_reaches_beyond_its_arrays():
    # Kernels are what njit makes: in a process of its own, the same functions in plain Python.
    command = [sys.executable, SOAK / "strict_kernels.py", *map(str, CALL_ALL)]
    answer = subprocess.run(command, capture_output=True, text=True, check=False, cwd=SOAK.parents[1])
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.split() == [], "some case must call every kernel of the method"
