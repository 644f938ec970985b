"""Dask's addresses and ends: refused in time, or told in a line, with what was made kept."""

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from refocuslab.errors import RefocusError
from refocuslab.files.installed import PACKAGE
from refocuslab.lab.sweeps import cluster

ENVIRONMENT = os.environ | {"PYTHONPATH": str(PACKAGE.parent)}


def whole_points(folder: Path) -> set[str]:
    return {path.stem for path in folder.glob("points/*.json")}


def answering(words: bytes) -> str:
    """The address of a port at which something else than a scheduler answers."""
    server = socket.create_server(("127.0.0.1", 0))

    def serve():
        connection, _ = server.accept()
        connection.sendall(words)
        time.sleep(3)
        connection.close()
        server.close()

    threading.Thread(target=serve, daemon=True).start()
    return "tcp://{}:{}".format(*server.getsockname())


@pytest.mark.parametrize(
    "words", [b"", b"SSH-2.0-OpenSSH_9.0\r\n", b"220 mail\r\n", b"\0" * 64, b"\xff" * 64]
)
def test_a_port_that_is_something_else_is_refused_in_time(words, monkeypatch):
    monkeypatch.setattr(cluster, "PATIENCE", 1)
    began = time.monotonic()
    with pytest.raises(
        RefocusError, match="--scheduler must be the address of a Dask scheduler that answers"
    ):
        cluster.check_address(answering(words))
    assert time.monotonic() - began < 10


@pytest.mark.parametrize(
    "address",
    ["", "nonsense", "tcp://", "tcp://host", "tcp://host:", "tcp://host:0", "tcp://host:99999",
     "host:８７８６", "http://127.0.0.1:80", "inproc://x", "tcp://a b:1", "tcp://" + "a" * 70 + ":5", "tcp://[::1:3",
     "x" * 5000, "tcp://127.0.0.1:9", "127.0.0.1:9", "tcp://127.0.0.1:9/path", "tcp://user@127.0.0.1:9", "\n",
     "tcp://:8786"],
)  # fmt: skip
def test_what_is_no_address_is_refused_at_once(address):
    began = time.monotonic()
    with pytest.raises(RefocusError, match="--scheduler must be the address"):
        cluster.check_address(address)
    assert time.monotonic() - began < 5


# A cluster whose parts end while a sweep runs

COMMAND = "from refocuslab.lab.sweeps import cluster\ncluster.PATIENCE, cluster.LONELY = 5, 3\n"
COMMAND += "from refocuslab.lab.__main__ import main\nmain()"


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="signals")
@pytest.mark.parametrize(
    ("ends", "line"),
    [
        (lambda scheduler, workers: scheduler.kill(), "has ended: start one, and the same command goes on"),
        (lambda scheduler, workers: scheduler.send_signal(signal.SIGSTOP), "has ended: start one"),
        (lambda scheduler, workers: [one.kill() for one in workers], "no worker was left at"),
    ],
    ids=["killed scheduler", "stopped scheduler", "killed workers"],
)
def test_the_end_of_a_cluster_is_a_line_and_what_was_made_is_kept(ends, line, tmp_path):
    def launch(what: str, *arguments: str) -> subprocess.Popen:
        command = [sys.executable, "-m", f"distributed.cli.dask_{what}", *arguments, "--no-dashboard"]
        return subprocess.Popen(command, env=ENVIRONMENT, cwd=tmp_path, stderr=subprocess.DEVNULL)

    address = tmp_path / "scheduler.json"
    file = ("--scheduler-file", str(address))
    scheduler, workers, running = launch("scheduler", "--host", "127.0.0.1", "--port", "0", *file), [], None
    try:
        limit = time.monotonic() + 60
        while not address.exists() and time.monotonic() < limit:
            time.sleep(0.05)
        options = ("--nthreads", "1", "--no-nanny", "--local-directory", str(tmp_path))
        workers += [launch("worker", *file, *options) for _ in range(2)]
        found = re.search(r'"address": "(tcp://[^"]+)"', address.read_text())[1]
        folder = tmp_path / "sweep"
        words = ["sweep", "4", "-p", "candidates", "20,30,40,50,60", "-p", "neighborhood", "3,5,7", "-p",
                 "crop", "150", "-o", str(folder), "--scheduler", found]  # fmt: skip
        running = subprocess.Popen(
            [sys.executable, "-c", COMMAND, *words],
            env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        while not whole_points(folder) and running.poll() is None and time.monotonic() < limit:
            time.sleep(0.02)
        ends(scheduler, workers)
        _, errors = running.communicate(timeout=90)
        assert running.returncode == 1
        assert line in errors
        assert "Traceback" not in errors
        assert whole_points(folder)
        assert not list(folder.rglob(".*"))
    finally:
        for process in (*workers, scheduler, *filter(None, [running])):
            process.kill()
            process.wait()


@pytest.mark.slow
def test_a_workers_port_is_refused_in_a_line(tmp_path):
    words = ["sweep", "4", "-p", "crop", "40", "-o", str(tmp_path), "--scheduler"]
    running = subprocess.Popen(
        [sys.executable, "-m", "refocuslab.lab", *words, answering(b"\x3a" + b"\0" * 65)],
        env=ENVIRONMENT, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    _, errors = running.communicate(timeout=90)
    assert running.returncode == 2
    assert "Traceback" not in errors
    assert errors.splitlines()[-1].startswith("refocuslab: --scheduler must be the address")
