"""What the tests of sweeps share: commands in processes of their own, and a Dask cluster that can be hurt."""

import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

import pytest

from refocuslab.files.installed import PACKAGE

ENVIRONMENT = os.environ | {"PYTHONPATH": str(PACKAGE.parent)}


class Cluster(NamedTuple):
    """A scheduler, its workers, and its address."""

    scheduler: subprocess.Popen
    workers: list[subprocess.Popen]
    address: str


@pytest.fixture(scope="module")
def start():
    """Starts Python with some words, as the leader of a process group; ends what still runs."""
    started = []

    def started_with(*words: object) -> subprocess.Popen:
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        command = [sys.executable, *map(str, words)]
        started.append(subprocess.Popen(command, env=ENVIRONMENT, start_new_session=True, **pipes))
        return started[-1]

    yield started_with
    for process in started:
        process.kill()
        process.communicate()


@pytest.fixture
def cluster(tmp_path):
    """Starts a Dask cluster of so many workers on this machine."""
    started = []

    def launch(what: str, *words: str) -> subprocess.Popen:
        command = [sys.executable, "-m", f"distributed.cli.dask_{what}", *words, "--no-dashboard"]
        started.append(subprocess.Popen(command, env=ENVIRONMENT, cwd=tmp_path, stderr=subprocess.DEVNULL))
        return started[-1]

    def started_with(count: int) -> Cluster:
        file = tmp_path / "scheduler.json"
        scheduler = launch("scheduler", "--host", "127.0.0.1", "--port", "0", "--scheduler-file", str(file))
        until(file.exists)
        options = ("--nthreads", "1", "--no-nanny", "--local-directory", str(tmp_path))
        workers = [launch("worker", "--scheduler-file", str(file), *options) for _ in range(count)]
        return Cluster(scheduler, workers, re.search(r'"address": "(tcp://[^"]+)"', file.read_text())[1])

    yield started_with
    for process in reversed(started):
        process.kill()
        process.wait()


@pytest.fixture(scope="module")
def whole_points():
    """The names of the points in a sweep's folder that are done."""
    return lambda folder: {path.stem for path in Path(folder).glob("points/*.json")}


def until(holds, seconds: float = 60) -> None:
    """Wait until something holds, or the seconds are over."""
    limit = time.monotonic() + seconds
    while not holds() and time.monotonic() < limit:
        time.sleep(0.02)


@pytest.fixture(name="until")
def wait_until():
    """The function `until`."""
    return until
