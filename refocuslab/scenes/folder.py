"""Scenes in folders: ``scene.toml`` and the pictures that it names. data/README.md tells how."""

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

from refocuslab.checks import check_choice, check_count, clean_text
from refocuslab.errors import RefocusError
from refocuslab.files.toml_files import read_toml
from refocuslab.files.toml_tables import read_table, told
from refocuslab.optics.calibration import calibrate
from refocuslab.optics.light import LIGHTS
from refocuslab.scene import Scene, check_texts
from refocuslab.scenes.bench_tables import BenchSceneTable
from refocuslab.scenes.benches import build_bench
from refocuslab.scenes.draws import MOST_DRAWS, photos_redrawn, redrawn
from refocuslab.scenes.reading import Reading
from refocuslab.scenes.shipped import scene_folder
from refocuslab.scenes.tables import SceneTable

_MOST_FOCUSED = 1000


def load_scene(name_or_folder: str | os.PathLike[str], *, draw: int = 0) -> Scene:
    """The scene of that name that ships with refocuslab, or the one in a folder of one's own.

    Parameters
    ----------
    name_or_folder : str or PathLike
        A name goes before a folder; ``"./motorcycle"`` is a folder.
    draw : int
        Which draw of the noise that is simulated: 0 is that of ``scene.toml``, each other number from 1 to
        1,000,000 is another. Photos without simulated noise are the same in every draw.

    Returns
    -------
    Scene
        What its ``scene.toml`` describes, as data/README.md says. A camera bench is rendered, which takes
        a second or more.

    Raises
    ------
    RefocusError
        The name is unknown, a file is missing or damaged, a key does not exist, ``draw`` is out of range,
        or ``Scene`` refuses what is there; the message tells where.

    Examples
    --------
    >>> from refocuslab import load_scene
    >>> scene = load_scene("coffee")
    >>> scene.misfocused.shape, len(scene.focused)
    ((300, 300, 3), 1)
    """
    folder = scene_folder(name_or_folder)
    draw = check_count("draw", draw, MOST_DRAWS, least=0)
    path = folder / "scene.toml"
    toml = read_toml(path)
    with told(f"{path}:"):
        scene = _scene_of_bench if "bench" in toml else _scene_of_photos
        return scene(folder, toml, draw)


def _scene_of_photos(folder: Path, toml: dict[str, Any], draw: int) -> Scene:
    table = photos_redrawn(read_table(SceneTable, toml, headers=True), draw)
    psf, varying, calibration, truth = None, None, None, None
    light = check_choice("light", table.light, LIGHTS)
    reading = Reading(folder, light)
    with told("[misfocused]"):
        misfocused, mask = reading.misfocused(table.misfocused)
    if len(table.focused) > _MOST_FOCUSED:
        raise RefocusError("focused", f"must be at most {_MOST_FOCUSED} photos", len(table.focused))
    focused = []
    for number, one in enumerate(table.focused, start=1):
        with told(f"[[focused]] number {number}:"):
            focused.append(reading.focused(one, mask))
    if table.psf is not None:
        with told("[psf]"):
            psf = reading.psf(table.psf)
    if table.varying is not None:
        with told("[varying]"):
            varying = reading.varying(table.varying)
    if table.calibration is not None:
        with told("[calibration]"):
            shots = table.calibration
            calibration = reading.photo(shots.focused), reading.photo(shots.misfocused)
            psf = calibrate(*calibration, light=light).psf if psf is None else psf
    if table.truth is not None:
        with told("[truth]"):
            truth = reading.photo(table.truth.photo, table.truth.crop)
    return Scene(
        misfocused,
        mask,
        focused,
        psf=psf,
        calibration=calibration,
        truth=truth,
        name=_name(folder, table.name),
        title=table.title,
        description=table.description,
        varying=varying,
    )


def _scene_of_bench(folder: Path, toml: dict[str, Any], draw: int) -> Scene:
    from refocuslab.simulation.bench import bench_scene

    table = read_table(BenchSceneTable, toml, headers=True)
    name = _name(folder, table.name)
    check_texts(name, table.title, table.description)  # before what takes a while
    bench = build_bench(folder, replace(table.bench, seed=redrawn(table.bench.seed, draw)))
    return bench_scene(bench, name=name, title=table.title, description=table.description)


def _name(folder: Path, name: str | None) -> str:
    return clean_text(folder.name) if name is None else name
