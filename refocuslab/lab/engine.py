"""Where the points of a sweep are made: processes of this machine, or the workers of a Dask cluster."""

import contextlib
import os
import pickle
from collections.abc import Callable
from itertools import groupby
from pathlib import Path

from refocuslab.errors import RefocusError
from refocuslab.lab.points import Point, attempt, keep, work
from refocuslab.threads import thread_count

# Fields of Method that matter only after the candidates are found: points that differ in nothing
# else share their library, trees and candidates.
CHEAP = ("lambda_image", "lambda_texture", "order", "causal", "passes", "seed")
CRASHES = 2  # how many workers a point may take with it before it counts as failed
PATIENCE = 10  # seconds for a scheduler to answer
Failed = Callable[[str, str], None]


def groups(points: list[Point], workers: int) -> list[list[Point]]:
    """The points in groups that share stages, no fewer groups than workers where that can be."""

    def stages(point: Point) -> list:
        return [repr(point.scene_key), *(repr(v) for k, v in point.method.items() if k not in CHEAP)]

    made = [list(group) for _, group in groupby(sorted(points, key=stages), stages)]
    while len(made) < workers and max(map(len, made), default=0) > 1:
        largest = max(range(len(made)), key=lambda i: len(made[i]))
        group, half = made[largest], len(made[largest]) // 2
        made[largest : largest + 1] = [group[:half], group[half:]]
    return made


def here(points: list[Point], scenes: dict, folder: Path, workers: int | None, failed: Failed) -> None:
    """Make the points in processes of this machine; each is written as it is done.

    scenes: {scene_key: Scene}. ``failed(name, why)`` is called for those that are not. A process that
    dies is replaced; a point that was at work twice when that happened counts as failed.
    """
    from joblib import Parallel, delayed, parallel_config
    from joblib.externals.loky.process_executor import TerminatedWorkerError

    pickled = {key: pickle.dumps(scene) for key, scene in scenes.items()}
    cores = thread_count(None)
    crashes: dict[str, int] = {}
    left = list(points)
    while left:
        count = min(workers or cores, len(left))
        threads = max(1, cores // count)
        tasks = groups(left, count)
        calls = [
            delayed(work)(task, pickled[task[0].scene_key], folder, threads, os.getpid()) for task in tasks
        ]
        lost = False
        with parallel_config(backend="loky", inner_max_num_threads=1):
            ended = Parallel(n_jobs=count, return_as="generator_unordered", batch_size=1)(calls)
            try:
                for failures in ended:
                    for name, why in failures.items():
                        crashes[name] = CRASHES
                        failed(name, why)
            except TerminatedWorkerError:
                lost = True
        if not lost:
            break
        for mark in folder.glob(".started-*"):
            name = mark.name.removeprefix(".started-")
            crashes[name] = crashes.get(name, 0) + 1
            if crashes[name] == CRASHES:
                failed(name, "its process died, twice")
            mark.unlink(missing_ok=True)
        left = [p for p in left if crashes.get(p.name, 0) < CRASHES and not _written(p, folder)]


def cluster(points: list[Point], scenes: dict, folder: Path, address: str, failed: Failed) -> None:
    """Make the points on the workers of a Dask scheduler; each is written here as it arrives.

    The workers need this version of refocuslab, and no common file system. Points of one group go to
    one worker while it lives; Dask gives those of a lost worker to another.
    """
    from distributed import as_completed

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
        for future in as_completed(list(futures), loop=client.loop):
            name = futures.pop(future)
            made = f"{future.status}: {future.exception()}" if future.status == "error" else future.result()
            if isinstance(made, str):
                failed(name, " ".join(made.split()))
            else:
                keep(*made, folder)
            del future  # the workers need not keep what is written


@contextlib.contextmanager
def _client(address: str):
    try:
        from distributed import Client
    except ModuleNotFoundError:
        rule = 'needs Dask: pip install "refocuslab[cluster]"'
        raise RefocusError("--scheduler", rule, address) from None
    try:
        client = Client(address, timeout=PATIENCE, set_as_default=False)
    except (OSError, ValueError, TimeoutError) as error:
        rule = "must be the address of a Dask scheduler that answers, such as tcp://host:8786"
        raise RefocusError("--scheduler", rule, f"{address} ({' '.join(str(error).split())})") from None
    with client:
        try:
            client.wait_for_workers(1, timeout=PATIENCE)
        except TimeoutError:
            raise RefocusError("--scheduler", "must have workers", f"none at {address}") from None
        yield client


def _written(point: Point, folder: Path) -> bool:
    return (folder / f"{point.name}.json").exists()
