"""The points of a sweep, made by the workers of a Dask cluster, each of which may end at any time."""

import asyncio
import contextlib
import logging
import pickle
import re
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from refocuslab.errors import RefocusError
from refocuslab.lab.sweeps.point import Made, Point, SceneKey, attempt, keep
from refocuslab.lab.sweeps.workers import Failed, groups
from refocuslab.lab.terminal import complain
from refocuslab.scene import Scene

if TYPE_CHECKING:
    from distributed import Client

# Seconds for a scheduler to answer.
PATIENCE = 10
# Seconds without any worker after which the sweep ends.
LONELY = 60
# Seconds between two looks at what has arrived.
EVERY = 0.1
# Protocol (optional), host, port.
ADDRESS = re.compile(r"(?:(tcp|tls)://)?(\[[0-9a-fA-F:.]+\]|[\w.-]+):(\d{1,5})", re.ASCII)
# A scheduler greets whoever connects: eight bytes hold the length of the rest, which is 58 bytes in version
# 2026.8. Whatever announces more than this is no scheduler.
GREETING = 10_000
# The rule of every error about the address.
RULE = "must be the address of a Dask scheduler that answers, such as tcp://host:8786"


def make_on_cluster(
    points: list[Point], scenes: dict[SceneKey, Scene], folder: Path, address: str, failed: Failed
) -> None:
    """Make the points on the workers of a Dask scheduler, and write each here as it arrives.

    The workers need this version of refocuslab, but no common file system. The points of one group go to one
    worker; if that is lost, Dask gives them to another.

    Parameters
    ----------
    points : list of Point
        Those to make.
    scenes : dict of SceneKey to Scene
        The scene of every point.
    folder : Path
        Where pictures and manifests are written.
    address : str
        The scheduler's, such as "tcp://host:8786".
    failed : callable
        Called with name and reason of each point that fails.

    Raises
    ------
    RefocusError
        No scheduler answers at the address, or it has no workers.
    ConnectionError
        The scheduler ended, or all workers did and no other came within ``LONELY`` seconds. What had arrived
        is written.
    """
    check_address(address)
    with _client(address) as client:
        addresses = list(client.nthreads())
        sent = {
            key: client.submit(pickle.loads, pickle.dumps(scene), key=f"scene-{key[0]}-{key[1]}", retries=2)
            for key, scene in scenes.items()
        }
        futures = {}
        for place, group in enumerate(groups(points, len(addresses))):
            worker = addresses[place % len(addresses)]
            for point in group:
                future = client.submit(
                    *(attempt, point, sent[point.scene_key]),
                    key=f"point-{point.name}",
                    pure=False,
                    workers=[worker],
                    allow_other_workers=True,
                    retries=2,
                )
                futures[future] = point.name
        for future in _arrived(client, list(futures), address):
            name = futures.pop(future)
            try:
                failure = f"error: {future.exception()}" if future.status == "error" else ""
                made: Made | str = failure or future.result()
            except asyncio.CancelledError:  # which is no Exception
                raise _lost(address) from None
            if isinstance(made, str):
                failed(name, " ".join(made.split()))
            else:
                keep(*made, folder)
            del future  # the workers need not keep what is written


def check_address(address: str) -> None:
    """Refuse what is no address of a Dask scheduler.

    Raises
    ------
    RefocusError
        It has another form than "tcp://host:port" or "tls://host:port", nothing answers there within
        ``PATIENCE`` seconds, or something else than a scheduler does.
    """
    match = ADDRESS.fullmatch(address)
    if not match or not 0 < int(match[3]) < 65536:
        raise RefocusError("--scheduler", RULE, address)
    try:
        peer = (match[2].strip("[]"), int(match[3]))
        with socket.create_connection(peer, timeout=PATIENCE) as connection:
            if match[1] == "tls":
                return
            greeting = b""
            while len(greeting) < 8 and (more := connection.recv(8 - len(greeting))):
                greeting += more
    except (OSError, UnicodeError) as error:
        raise RefocusError("--scheduler", RULE, f"{address} ({error})") from None
    if len(greeting) < 8 or not 0 < int.from_bytes(greeting, "little") < GREETING:
        raise RefocusError("--scheduler", RULE, f"{address}, where something else answers")


def _arrived(client: "Client", futures: list[Any], address: str) -> Iterator[Any]:
    """The futures as they end; ConnectionError when there is no scheduler, or no worker, any more."""
    from distributed import as_completed

    arrived, left = as_completed(futures, loop=client.loop), len(futures)
    del futures[:]
    lonely, looked = None, time.monotonic()
    while left:
        if arrived.has_ready():
            future = next(arrived)
            if future.status == "lost":  # its worker died before it was fetched: Dask makes it anew
                arrived.add(future)
                continue
            if future.status == "cancelled":
                raise _lost(address)
            left -= 1
            yield future
            continue
        time.sleep(EVERY)
        now = time.monotonic()
        if now - looked < 1:
            continue
        looked = now
        if _workers(client, address):
            lonely = None
        elif lonely is None:
            lonely = now
            complain(f"refocuslab: note: no worker is left at {address}; waits {LONELY} s for another")
        elif now - lonely > LONELY:
            rule = f"no worker was left at {address} for {LONELY} s: start some, and the same command goes on"
            raise ConnectionError(rule)


def _workers(client: "Client", address: str) -> int:
    try:
        ask = client.scheduler.ncores  # type: ignore[union-attr]  # the client is connected
        return len(client.sync(ask, callback_timeout=PATIENCE))
    except Exception:  # Dask raises a dozen types of error at the end of its peer
        raise _lost(address) from None


def _lost(address: str) -> ConnectionError:
    return ConnectionError(
        f"the Dask scheduler at {address} has ended: start one, and the same command goes on"
    )


@contextlib.contextmanager
def _client(address: str) -> Iterator["Client"]:
    try:
        from distributed import Client
    except ModuleNotFoundError:
        rule = 'needs Dask: pip install "refocuslab[cluster]"'
        raise RefocusError("--scheduler", rule, address) from None

    class Quiet(Client):
        """A client that is silent about a refused connection when it is collected."""

        def __del__(self) -> None:
            with contextlib.suppress(Exception):
                super().__del__()  # type: ignore[no-untyped-call]

    disabled = logging.root.manager.disable
    logging.disable(logging.CRITICAL)  # what Dask logs as tracebacks, an error of one line says
    try:
        try:
            # Dask has typed neither this nor __del__ and close.
            client = Quiet(address, timeout=PATIENCE, set_as_default=False)  # type: ignore[no-untyped-call]
        except Exception as error:
            raise RefocusError("--scheduler", RULE, f"{address} ({error})") from None
        try:
            try:
                client.wait_for_workers(1, timeout=PATIENCE)
            except TimeoutError:
                raise RefocusError("--scheduler", "must have workers", f"none at {address}") from None
            yield client
        finally:
            with contextlib.suppress(Exception):
                client.close(timeout=2)  # type: ignore[no-untyped-call]
    finally:
        logging.disable(disabled)
