"""The engine: points in groups that share; the same table by processes and by Dask, whatever is killed.

The slow tests run the command itself, on crops.
"""

import os
import random
import re
import signal
import subprocess
import time

import psutil
import pytest

from refocuslab.lab.sweeps.point import Point
from refocuslab.lab.sweeps.workers import CHEAP, groups
from refocuslab.method import Method

SWEEP = "sweep 4 -p scene motorcycle,coffee -p neighborhood 3,5 -p lambda_texture 0.001,0.01,0.1 -p crop 40"
COMMAND = ("-m", "refocuslab.lab", *SWEEP.split(), "-o")
POINTS = 12


def point(**changes) -> Point:
    method = Method(**changes)
    scene = {"a": "1"}
    return Point.of("scene", 0, method, scene)


def test_points_that_share_stages_are_in_one_group():
    points = [point(neighborhood=n, lambda_texture=t) for t in (0.1, 1.0, 10.0) for n in (3, 5)]
    made = groups(points, 1)
    assert [[p.method["neighborhood"] for p in group] for group in made] == [[3, 3, 3], [5, 5, 5]]
    made = groups(points, 4)
    assert sorted(map(len, made)) == [1, 1, 2, 2]
    assert {p.name for group in made for p in group} == {p.name for p in points}
    assert all(len({p.method["neighborhood"] for p in group}) == 1 for group in made)
    assert len(groups(points, 100)) == 6
    assert groups([], 3) == []


def test_a_field_of_the_method_is_known_to_be_cheap_or_counts_as_a_stage():
    assert set(CHEAP) < set(point().method)


# The command, killed and resumed


def digest(running: subprocess.Popen) -> str:
    said, errors = running.communicate(timeout=300)
    assert running.returncode == 0, errors
    return re.search(r"sha256 (\w{64})", said)[1]


@pytest.fixture(scope="module")
def undisturbed(start, whole_points, tmp_path_factory) -> str:
    folder = tmp_path_factory.mktemp("sweep")
    made = digest(start(*COMMAND, folder))
    assert len(whole_points(folder)) == POINTS
    return made


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_a_sweep_killed_five_times_ends_with_the_same_table(
    undisturbed, tmp_path, start, whole_points, until
):
    chance = random.Random(5)
    done: set[str] = set()
    for turn in range(5):
        running = start(*COMMAND, tmp_path)
        wanted = min(2 * turn + 1, POINTS)
        until(lambda wanted=wanted: len(whole_points(tmp_path)) >= wanted)
        time.sleep(chance.uniform(0, 0.1))
        workers = psutil.Process(running.pid).children(True)
        # Sometimes the command alone, so that its workers find themselves orphans.
        (os.killpg if turn % 2 else os.kill)(running.pid, signal.SIGKILL)
        running.communicate()  # and closes its pipes
        _, living = psutil.wait_procs(workers, timeout=30)
        assert not living
        now = whole_points(tmp_path)
        assert done <= now  # nothing lost
        done = now
    before = {path: path.stat().st_mtime_ns for path in tmp_path.glob("points/*.json")}
    assert digest(start(*COMMAND, tmp_path)) == undisturbed
    kept = [path for path, then in before.items() if path.stat().st_mtime_ns == then]
    assert len(kept) == len(before)  # nothing done twice
    assert len(whole_points(tmp_path)) == POINTS
    assert not list(tmp_path.rglob(".*"))


def is_worker(process) -> bool:
    """Whether this child computes points; one that has just ended does not."""
    try:
        return "popen_loky" in " ".join(process.cmdline())
    except psutil.NoSuchProcess:
        return False


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_a_worker_process_that_dies_costs_nothing(undisturbed, tmp_path, start, whole_points, until):
    running = start(*COMMAND, tmp_path, "--workers", "2")
    until(lambda: whole_points(tmp_path))
    marks = list((tmp_path / "points").glob(".started-*"))
    next(filter(is_worker, psutil.Process(running.pid).children(True))).kill()
    assert digest(running) == undisturbed
    assert marks
    assert not list(tmp_path.rglob(".*"))


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_a_dask_cluster_makes_the_same_table_with_a_worker_lost_on_the_way(
    undisturbed, tmp_path, cluster, start, whole_points, until
):
    dask, folder = cluster(3), tmp_path / "sweep"
    running = start(*COMMAND, folder, "--scheduler", dask.address)
    until(lambda: len(whole_points(folder)) >= 3 or running.poll() is not None)
    dask.workers[0].kill()
    assert digest(running) == undisturbed
    assert len(whole_points(folder)) == POINTS
