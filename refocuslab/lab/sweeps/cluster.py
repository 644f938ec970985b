"""The points of a sweep made by the workers of a Dask cluster, which may end at any time."""

import asyncio
import contextlib
import logging
import pickle
import re
import socket
import time
from collections.abc import Iterator
from pathlib import Path

from refocuslab.errors import RefocusError
from refocuslab.lab.sweeps.point import Point, attempt, keep
from refocuslab.lab.sweeps.workers import Failed, groups
from refocuslab.lab.terminal import complain

PATIENCE = 10  # seconds for a scheduler to answer
LONELY = 60  # seconds without any worker after which the sweep ends
EVERY = 0.1  # seconds between two looks at what has arrived
ADDRESS = re.compile(r"(?:(tcp|tls)://)?(\[[0-9a-fA-F:.]+\]|[\w.-]+):(\d{1,5})", re.ASCII)
# A scheduler greets whoever connects with so many bytes at most, led by their number in eight. Version
# 2026.8 has 58.
GREETING = 10_000
RULE = "must be the address of a Dask scheduler that answers, such as tcp://host:8786"


def make(points: list[Point], scenes: dict, folder: Path, address: str, failed: Failed) -> None:
    """Make the points on the workers of a Dask scheduler; each is written here as it arrives.

    The workers need this version of refocuslab, and no common file system. Points of one group go to
    one worker while it lives; Dask gives those of a lost worker to another. ``ConnectionError`` if the
    scheduler ends, or all workers and no other comes: what has arrived is kept.
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
                    attempt, point, sent[point.scene_key], key=f"point-{point.name}", pure=False,
                    workers=[worker], allow_other_workers=True, retries=2)  # fmt: skip
                futures[future] = point.name
        for future in _arrived(client, list(futures), address):
            name = futures.pop(future)
            try:
                made = f"error: {future.exception()}" if future.status == "error" else future.result()
            except asyncio.CancelledError:  # which is no Exception
                raise _lost(address) from None
            if isinstance(made, str):
                failed(name, " ".join(made.split()))
            else:
                keep(*made, folder)
            del future  # the workers need not keep what is written


def check_address(address: str) -> None:
    """Refuse what is no address, and a port at which something else answers, or nothing."""
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


def _arrived(client, futures: list, address: str) -> Iterator:
    """The futures as they end, while there are a scheduler and workers."""
    from distributed import as_completed

    arrived, left = as_completed(futures, loop=client.loop), len(futures)
    del futures[:]
    lonely, looked = None, time.monotonic()
    while left:
        if arrived.has_ready():
            future = next(arrived)
            if future.status in ("cancelled", "lost"):
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


def _workers(client, address: str) -> int:
    try:
        return len(client.sync(client.scheduler.ncores, callback_timeout=PATIENCE))
    except Exception:  # it meets the end of its peer with a dozen types of error
        raise _lost(address) from None


def _lost(address: str) -> ConnectionError:
    return ConnectionError(
        f"the Dask scheduler at {address} has ended: start one, and the same command goes on"
    )


@contextlib.contextmanager
def _client(address: str):
    try:
        from distributed import Client
    except ModuleNotFoundError:
        rule = 'needs Dask: pip install "refocuslab[cluster]"'
        raise RefocusError("--scheduler", rule, address) from None

    class Quiet(Client):
        """A client that was refused, and says no more about it when it goes."""

        def __del__(self):
            with contextlib.suppress(Exception):
                super().__del__()

    disabled = logging.root.manager.disable
    logging.disable(logging.CRITICAL)  # what Dask has to say in tracebacks is said here in a line
    try:
        try:
            client = Quiet(address, timeout=PATIENCE, set_as_default=False)
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
                client.close(timeout=2)
    finally:
        logging.disable(disabled)
