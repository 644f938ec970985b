"""Sweeps: every point of a plan, made once however often the command is called."""

import os
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

from refocuslab.errors import RefocusError
from refocuslab.lab.folders.locks import one_at_a_time
from refocuslab.lab.folders.whole_folders import kept_if_filled, remove_drafts_of_files
from refocuslab.lab.parameters import arguments
from refocuslab.lab.progress_line import ProgressLine, how_far
from refocuslab.lab.records import identity
from refocuslab.lab.records.manifest import Manifest
from refocuslab.lab.sweeps.cluster import make_on_cluster
from refocuslab.lab.sweeps.plan import Sweep, method_of
from refocuslab.lab.sweeps.point import SCORES, Point, SceneKey, blocked, kept
from refocuslab.lab.sweeps.workers import make_here
from refocuslab.scene import Scene


@dataclass(frozen=True)
class Row:
    """One point of a sweep, made or not.

    Attributes
    ----------
    parameters : dict
        Scene, crop and every field of the method; for a combination that the method refuses, the parameters
        of the sweep.
    name : str
        The point's, "" for a refused combination.
    made : Manifest or None
        The point's manifest; None if it failed.
    why : str
        Why it failed, in one line.
    """

    parameters: dict[str, Any]
    name: str = ""
    made: Manifest | None = None
    why: str = ""

    @property
    def scores(self) -> dict[str, Any]:
        """The fields of its `Score`, an infinite one as the text "Infinity"; None for each if it failed."""
        return self.made.scores[0] if self.made else dict.fromkeys(SCORES)

    @property
    def rank(self) -> float:
        """What the best point has most of: the PSNR, or -``reblur_rms`` for a scene without truth.

        Minus infinity for a point that failed.
        """
        psnr, reblur = self.scores["psnr"], self.scores["reblur_rms"]
        return float("-inf") if reblur is None else -reblur if psnr is None else float(psnr)


def make_points(
    sweep: Sweep,
    folder: Path,
    *,
    workers: int | None = None,
    scheduler: str | None = None,
    line: ProgressLine | None = None,
) -> list[Row]:
    """Make those points of a sweep that are not in its folder yet.

    Each is written whole as soon as it is done, so the same call goes on where a killed one ended. Points
    that failed are tried again.

    Parameters
    ----------
    sweep : Sweep
        What to make.
    folder : Path
        The sweep's folder; its folder ``points`` gets the files of the points.
    workers : int or None
        Processes on this machine; by default one a core.
    scheduler : str or None
        The address of a Dask scheduler, whose workers make the points instead.
    line : ProgressLine or None
        Where to show progress; by default on standard error.

    Returns
    -------
    list of Row
        Every point, in the order of the grid; those that failed have no manifest.

    Raises
    ------
    RefocusError
        The folder has a file named ``points``, or no scheduler with workers is at the address.
    ConnectionError
        The cluster ended before the sweep did.
    """
    place = folder / "points"
    if os.path.lexists(place) and not place.is_dir():
        raise RefocusError("output", "must have a folder, or nothing yet, of the name points", place)
    with kept_if_filled(place), one_at_a_time(folder, "sweep"):
        remove_drafts_of_files(place)
        for mark in place.glob(".started-*"):
            mark.unlink(missing_ok=True)
        return _make(sweep, place, workers, scheduler, line)


def _make(
    sweep: Sweep, place: Path, workers: int | None, scheduler: str | None, line: ProgressLine | None
) -> list[Row]:
    grid = sweep.grid()
    scenes = {text: arguments.scene("scene", text) for text in {parameters["scene"] for parameters in grid}}
    files = {scene: identity.scene_files(scene) for scene in scenes.values()}
    points: dict[int, Point] = {}
    failed: dict[int, str] = {}
    for at, parameters in enumerate(grid):
        scene = scenes[parameters["scene"]]
        try:
            # Each value is in its range, but the method may refuse their combination.
            method = method_of(sweep, parameters)
            points[at] = Point.of(scene, parameters.get("crop", 0), method, files[scene])
        except RefocusError as error:
            failed[at] = str(error)
    missing = {p.name: p for p in points.values() if kept(p.name, place) is None}
    whys = {name: why for name in missing if (why := blocked(name, place))}
    loaded = load_scenes({name: point for name, point in missing.items() if name not in whys}, whys)
    todo = [point for point in missing.values() if point.name not in whys]
    if todo:
        done = _Done(todo, len({point.name for point in points.values()}), place, whys)
        with (line or ProgressLine()).of("sweep", done):
            if scheduler:
                make_on_cluster(todo, loaded, place, scheduler, whys.__setitem__)
            else:
                make_here(todo, loaded, place, workers, whys.__setitem__)
    return [
        _row(parameters, points.get(at), failed.get(at, ""), whys, place)
        for at, parameters in enumerate(grid)
    ]


def best_points(rows: list[Row]) -> dict[str, Row]:
    """The point of the highest rank of each scene that has any; of equals, the first."""
    found: dict[str, Row] = {}
    for row in rows:
        scene = row.parameters["scene"]
        if row.made and (scene not in found or row.rank > found[scene].rank):
            found[scene] = row
    return found


def load_scenes(points: dict[str, Point], whys: dict[str, str]) -> dict[SceneKey, Scene]:
    """The scenes of the points; ``whys`` gets the points whose scene cannot be read."""
    from refocuslab.lab.measures.cropping import cut
    from refocuslab.scenes.folder import load_scene

    found: dict[SceneKey, Scene] = {}
    broken: dict[SceneKey, str] = {}
    for point in points.values():
        key = point.scene_key
        if key not in found and key not in broken:
            try:
                found[key] = cut(load_scene(point.scene), point.crop)
            except RefocusError as error:
                broken[key] = str(error)
        if key in broken:
            whys[point.name] = broken[key]
    return found


def _row(parameters: dict[str, Any], point: Point | None, why: str, whys: dict[str, str], place: Path) -> Row:
    if point is None:
        return Row(parameters, why=why)
    made = kept(point.name, place)
    # The table shows all fields of the method, not only the parameters of the notebook.
    shown = parameters | point.method
    return Row(shown, point.name, made, "" if made else whys.get(point.name, "it was not made"))


class _Done:
    """How many points are done, counted by the files in their folder."""

    def __init__(self, todo: list[Point], of: int, place: Path, whys: dict[str, str]) -> None:
        self._names, self._of = {point.name for point in todo}, of
        self._place, self._whys, self._start = place, whys, perf_counter()

    def __call__(self) -> str:
        failed = len(self._names & set(self._whys))
        done = failed + len(self._names & {path.stem for path in self._place.glob("*.json")})
        before = self._of - len(self._names)
        return how_far(before, done, self._of, failed, perf_counter() - self._start)
