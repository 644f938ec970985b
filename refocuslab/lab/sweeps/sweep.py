"""Sweeps: every point of a plan, made once wherever and however often the command is called."""

import os
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from refocuslab.errors import RefocusError
from refocuslab.lab.folders.locks import one_at_a_time
from refocuslab.lab.folders.whole_folders import kept_if_filled, remove_drafts_of_files
from refocuslab.lab.parameters import arguments
from refocuslab.lab.progress_line import ProgressLine, how_far
from refocuslab.lab.records import identity
from refocuslab.lab.records.manifest import Manifest
from refocuslab.lab.sweeps import cluster
from refocuslab.lab.sweeps import workers as engine
from refocuslab.lab.sweeps.plan import Sweep, method_of
from refocuslab.lab.sweeps.point import SCORES, Point, blocked, kept


@dataclass(frozen=True)
class Row:
    """One point of a sweep: its parameters, and its manifest or why there is none."""

    parameters: dict
    name: str = ""
    made: Manifest | None = None
    why: str = ""

    @property
    def scores(self) -> dict:
        return self.made.scores[0] if self.made else dict.fromkeys(SCORES)

    @property
    def rank(self) -> float:
        """More is better: PSNR, or closeness to the misfocused photo where the truth is not known."""
        psnr, reblur = self.scores["psnr"], self.scores["reblur_rms"]
        return float("-inf") if reblur is None else -reblur if psnr is None else float(psnr)


def make(
    sweep: Sweep,
    folder: Path,
    *,
    workers: int | None = None,
    scheduler: str | None = None,
    line: ProgressLine | None = None,
) -> list[Row]:
    """Make all points that are not in ``folder`` yet, and return all of them in the grid's order.

    Each is written whole as soon as it is done, so the same call goes on where a killed one ended.
    Failures are rows without a manifest; the next call tries them again.
    """
    place = folder / "points"
    if os.path.lexists(place) and not place.is_dir():
        raise RefocusError("output", "must have a folder, or nothing yet, of the name points", place)
    with kept_if_filled(place), one_at_a_time(folder, "sweep"):
        remove_drafts_of_files(place)
        for mark in place.glob(".started-*"):
            mark.unlink(missing_ok=True)
        return _make(sweep, place, workers, scheduler, line)


def _make(sweep: Sweep, place: Path, workers, scheduler, line) -> list[Row]:
    grid = sweep.grid()
    scenes = {text: arguments.scene("scene", text) for text in {parameters["scene"] for parameters in grid}}
    files = {scene: identity.scene_files(scene) for scene in scenes.values()}
    points, failed = {}, {}
    for at, parameters in enumerate(grid):
        scene = scenes[parameters["scene"]]
        try:
            # A combination of values, each in order, may still be one that the method refuses.
            method = method_of(sweep, parameters)
            points[at] = Point.of(scene, parameters.get("crop", 0), method, files[scene])
        except RefocusError as error:
            failed[at] = str(error)
    missing = {p.name: p for p in points.values() if kept(p.name, place) is None}
    whys = {name: why for name in missing if (why := blocked(name, place))}
    loaded = _scenes({name: point for name, point in missing.items() if name not in whys}, whys)
    todo = [point for point in missing.values() if point.name not in whys]
    if todo:
        done = _Done(todo, len({point.name for point in points.values()}), place, whys)
        with (line or ProgressLine()).of("sweep", done):
            if scheduler:
                cluster.make(todo, loaded, place, scheduler, whys.__setitem__)
            else:
                engine.here(todo, loaded, place, workers, whys.__setitem__)
    return [
        _row(parameters, points.get(at), failed.get(at), whys, place) for at, parameters in enumerate(grid)
    ]


def best(rows: list[Row]) -> dict[str, Row]:
    """The best point of every scene that has one."""
    found: dict[str, Row] = {}
    for row in rows:
        scene = row.parameters["scene"]
        if row.made and (scene not in found or row.rank > found[scene].rank):
            found[scene] = row
    return found


def _scenes(points: dict[str, Point], whys: dict[str, str]) -> dict:
    """{scene_key: Scene} for the points; those of a scene that cannot be read are put into whys."""
    from refocuslab.lab.measures.cropping import cut
    from refocuslab.scenes.folder import load_scene

    found, broken = {}, {}
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


def _row(parameters: dict, point: Point | None, why: str | None, whys: dict, place: Path) -> Row:
    if point is None:
        return Row(parameters, why=why)
    made = kept(point.name, place)
    # All fields of the method, those that the notebook has no parameter for as well.
    shown = parameters | point.method
    return Row(shown, point.name, made, "" if made else whys.get(point.name, "it was not made"))


class _Done:
    """How many of the points are done, as their folder tells."""

    def __init__(self, todo: list[Point], of: int, place: Path, whys: dict):
        self._names, self._of = {point.name for point in todo}, of
        self._place, self._whys, self._start = place, whys, perf_counter()

    def __call__(self) -> str:
        failed = len(self._names & set(self._whys))
        done = failed + len(self._names & {path.stem for path in self._place.glob("*.json")})
        before = self._of - len(self._names)
        return how_far(before, done, self._of, failed, perf_counter() - self._start)
