"""Scenes in folders: ``scene.toml`` and the pictures that it names. data/README.md tells how."""

import os
from pathlib import Path

from refocuslab.checks import check_choice, clean_text
from refocuslab.errors import RefocusError
from refocuslab.files.toml_files import read_toml
from refocuslab.files.toml_tables import told
from refocuslab.optics.calibration import calibrate
from refocuslab.optics.light import LIGHTS
from refocuslab.scene import Scene, check_texts
from refocuslab.scenes.bench_table import read_bench
from refocuslab.scenes.reading import Reading
from refocuslab.scenes.shipped import scene_folder
from refocuslab.scenes.tables import read_table

_MOST_FOCUSED = 1000


def load_scene(name_or_folder: str | os.PathLike) -> Scene:
    """The scene of that name that ships with refocuslab, or the one in a folder of one's own.

    A name goes before a folder; ``"./motorcycle"`` is a folder. data/README.md describes
    ``scene.toml``. An unknown name, a file that is missing or damaged, a key that does not exist
    and everything that ``Scene`` refuses raise a ``RefocusError`` that tells where.
    """
    folder = scene_folder(name_or_folder)
    path = folder / "scene.toml"
    toml = read_toml(path)
    with told(f"{path}:"):
        return _scene(folder, toml)


def _scene(folder: Path, toml: dict) -> Scene:
    if "bench" in toml:
        return _scene_of_bench(folder, toml)
    keys = read_table(toml, "scene")
    psf, calibration, truth = None, None, None
    light = check_choice("light", keys["light"], LIGHTS)
    read = Reading(folder, light)
    with told("[misfocused]"):
        table = read_table(keys["misfocused"], "misfocused")
        misfocused = read.photo(table)
        mask = read.mask(table, misfocused)
    if len(keys["focused"]) > _MOST_FOCUSED:
        raise RefocusError("focused", f"must be at most {_MOST_FOCUSED} photos", len(keys["focused"]))
    focused = []
    for number, table in enumerate(keys["focused"], start=1):
        with told(f"[[focused]] number {number}:"):
            focused.append(read.focused(read_table(table, "focused"), mask))
    if keys["psf"] is not None:
        with told("[psf]"):
            psf = read.psf(read_table(keys["psf"], "psf"))
    if keys["calibration"] is not None:
        with told("[calibration]"):
            table = read_table(keys["calibration"], "calibration")
            calibration = [read.file(table[shot]) for shot in ("focused", "misfocused")]
            psf = calibrate(*calibration, light=light).psf if psf is None else psf
    if keys["truth"] is not None:
        with told("[truth]"):
            truth = read.photo(read_table(keys["truth"], "truth"))
    return Scene(
        misfocused,
        mask,
        focused,
        psf=psf,
        calibration=calibration,
        truth=truth,
        name=_name(folder, keys),
        title=keys["title"],
        description=keys["description"],
    )


def _scene_of_bench(folder: Path, toml: dict) -> Scene:
    from refocuslab.simulation.bench import bench_scene

    keys = read_table(toml, "scene of a bench")
    texts = {"name": _name(folder, keys), "title": keys["title"], "description": keys["description"]}
    check_texts(**texts)  # before what takes a while
    return bench_scene(read_bench(folder, keys["bench"]), **texts)


def _name(folder: Path, keys: dict) -> str:
    return clean_text(folder.name) if keys["name"] is None else keys["name"]
