"""Dask's addresses and ends: refused in time, or told in a line, with what was made kept."""

import signal
import socket
import sys
import threading
import time

import pytest
from distributed import Client

from refocuslab.errors import RefocusError
from refocuslab.lab.sweeps import cluster
from refocuslab.lab.sweeps.cluster import check_address


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


@pytest.mark.seconds
@pytest.mark.parametrize(
    "words", [b"", b"SSH-2.0-OpenSSH_9.0\r\n", b"220 mail\r\n", b"\0" * 64, b"\xff" * 64]
)
def test_a_port_that_is_something_else_is_refused_in_time(words, monkeypatch):
    monkeypatch.setattr("refocuslab.lab.sweeps.cluster.PATIENCE", 1)
    began = time.monotonic()
    with pytest.raises(
        RefocusError, match="--scheduler must be the address of a Dask scheduler that answers"
    ):
        check_address(answering(words))
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
        check_address(address)
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
def test_the_end_of_a_cluster_is_a_line_and_what_was_made_is_kept(
    ends, line, tmp_path, cluster, start, whole_points, until
):
    dask, folder = cluster(2), tmp_path / "sweep"
    words = ["sweep", "4", "-p", "candidates", "20,30,40,50,60"]
    words += ["-p", "neighborhood", "3,5,7", "-p", "crop", "150"]
    running = start("-c", COMMAND, *words, "-o", folder, "--scheduler", dask.address)
    until(lambda: whole_points(folder) or running.poll() is not None)
    ends(dask.scheduler, dask.workers)
    _, errors = running.communicate(timeout=90)
    assert running.returncode == 1
    assert line in errors
    assert "Traceback" not in errors
    assert whole_points(folder)
    assert not list(folder.rglob(".*"))


@pytest.mark.slow
def test_a_workers_port_is_refused_in_a_line(tmp_path, start):
    words = ("sweep", "4", "-p", "crop", "40", "-o", tmp_path, "--scheduler")
    running = start("-m", "refocuslab.lab", *words, answering(b"\x3a" + b"\0" * 65))
    _, errors = running.communicate(timeout=90)
    assert running.returncode == 2
    assert "Traceback" not in errors
    assert errors.splitlines()[-1].startswith("refocuslab: --scheduler must be the address")


@pytest.mark.slow
def test_a_point_lost_after_it_was_made_is_waited_for(monkeypatch):
    with Client(processes=False, n_workers=1, threads_per_worker=1, dashboard_address=None) as client:
        future = client.submit(int, 7)
        future.result()
        lost = []

        def worker_dies(seconds, sleep=time.sleep):
            sleep(5 * seconds)
            if not lost:  # between the point's arrival and its fetching
                future._state.lose()
                lost.append(client.loop.call_later(0.5, future._state.finish))

        monkeypatch.setattr(cluster.time, "sleep", worker_dies)
        arrived = cluster._arrived(client, [future], client.scheduler.address)
        assert [made.result() for made in arrived] == [7]
        assert lost
        future.cancel()
        with pytest.raises(ConnectionError, match="has ended"):
            list(cluster._arrived(client, [future], client.scheduler.address))
