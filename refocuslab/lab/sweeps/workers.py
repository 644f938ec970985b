"""The points of a sweep, made by processes on this machine."""

import os
import pickle
from collections.abc import Callable
from itertools import groupby
from pathlib import Path

from refocuslab.lab.sweeps.parent_watch import end_with
from refocuslab.lab.sweeps.point import Point, SceneKey, work
from refocuslab.running.threads import thread_count
from refocuslab.scene import Scene

# Fields of Method that act only after the candidates are found: points that differ in these alone share
# library, trees and candidates.
CHEAP = ("lambda_image", "lambda_texture", "order", "causal", "passes", "seed")
# A point counts as failed after so many crashes of a process that was making it.
CRASHES = 2
# Called with the name of a point that failed, and why.
Failed = Callable[[str, str], None]


def groups(points: list[Point], workers: int) -> list[list[Point]]:
    """Group the points that share library, trees and candidates.

    Parameters
    ----------
    points : list of Point
        Of any scenes and methods.
    workers : int
        The largest groups are halved until each worker has one, or each group one point.
    """

    def stages(point: Point) -> list[str]:
        return [repr(point.scene_key), *(repr(v) for k, v in point.method.items() if k not in CHEAP)]

    made = [list(group) for _, group in groupby(sorted(points, key=stages), stages)]
    while len(made) < workers and max(map(len, made), default=0) > 1:
        largest = max(range(len(made)), key=lambda i: len(made[i]))
        group, half = made[largest], len(made[largest]) // 2
        made[largest : largest + 1] = [group[:half], group[half:]]
    return made


def make_here(
    points: list[Point], scenes: dict[SceneKey, Scene], folder: Path, workers: int | None, failed: Failed
) -> None:
    """Make the points in processes on this machine, and write each as soon as it is done.

    A process that dies is replaced. A point that was at work in ``CRASHES`` processes when they died counts
    as failed.

    Parameters
    ----------
    points : list of Point
        Those to make.
    scenes : dict of SceneKey to Scene
        The scene of every point.
    folder : Path
        Where pictures and manifests are written.
    workers : int or None
        The number of processes; by default one a core. The cores are shared out among them.
    failed : callable
        Called with name and reason of each point that fails.
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
        calls = [delayed(work)(task, pickled[task[0].scene_key], folder, threads) for task in tasks]
        processes = {"initializer": end_with, "initargs": (os.getpid(),)}
        lost = False
        with parallel_config(backend="loky", inner_max_num_threads=1, **processes):
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


def _written(point: Point, folder: Path) -> bool:
    return (folder / f"{point.name}.json").exists()
