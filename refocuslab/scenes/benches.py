"""Benches in folders: the ``[bench]`` of a ``scene.toml``. data/README.md tells how."""

import os
from pathlib import Path
from typing import Any

from refocuslab.errors import RefocusError
from refocuslab.files.toml_files import read_toml
from refocuslab.files.toml_tables import given, read_table, told
from refocuslab.scenes.bench_tables import BenchTable, BoxTable, PlaneTable, TextureTable
from refocuslab.scenes.reading import Reading
from refocuslab.scenes.shipped import scene_folder
from refocuslab.simulation.bench import MOST_THINGS, Bench
from refocuslab.simulation.camera import Camera
from refocuslab.simulation.solids import Box, Lamp, Plane, Texture, noise_texture


def load_bench(name_or_folder: str | os.PathLike[str]) -> Bench:
    """The set-up of a scene that a camera bench describes, to change it: ``bench_scene`` renders it.

    Parameters
    ----------
    name_or_folder : str or PathLike
        As for ``load_scene``.

    Returns
    -------
    Bench
        Camera, lamp, planes and boxes.

    Raises
    ------
    RefocusError
        As for ``load_scene``; also where the scene has no bench.

    Examples
    --------
    >>> from refocuslab import load_bench
    >>> bench = load_bench("bench")
    >>> round(bench.camera.blur_diameter(bench.point[2]), 1)
    9.2
    """
    folder = scene_folder(name_or_folder)
    path = folder / "scene.toml"
    toml = read_toml(path)
    with told(f"{path}:"):
        if "bench" not in toml:
            raise RefocusError("bench", "must be given", "a scene without a bench")
        with told("[bench]"):
            table = read_table(BenchTable, toml["bench"])
        return build_bench(folder, table)


def build_bench(folder: Path, table: BenchTable) -> Bench:
    """The set-up that a table describes.

    Parameters
    ----------
    folder : Path
        The scene's folder, where its photos lie.
    table : BenchTable
        The table, read.

    Raises
    ------
    RefocusError
        A file or a number of the table breaks its rule, or the parts do not make a bench.
    """
    with told("[bench]"):
        reading = Reading(folder)
        # Their cost is known when they are all there; until then, a file of 1 MB can name thousands.
        for key, tables in (("plane", table.plane), ("box", table.box), ("focused", table.focused)):
            if len(tables) > MOST_THINGS:
                raise RefocusError(key, f"must stand there at most {MOST_THINGS} times", len(tables))
        objects: list[Plane | Box] = []
        for number, plane in enumerate(table.plane, start=1):
            with told(f"plane number {number}:"):
                objects.append(Plane(**_fields(reading, plane)))
        for number, box in enumerate(table.box, start=1):
            with told(f"box number {number}:"):
                objects.append(Box(**_fields(reading, box)))
        with told("camera:"):
            camera = Camera(**given(table.camera))
        with told("lamp:"):
            lamp = Lamp(**given(table.lamp))
        bench = Bench(
            objects=objects,
            subject=table.subject,
            camera=camera,
            focused=[camera],
            lamp=lamp,
            seed=table.seed,
        )
        focused = []
        for number, one in enumerate(table.focused, start=1):
            with told(f"focused number {number}:"):
                turned = camera.turned(one.turn, about=bench.point).focused_on(bench.point)
                focused.append(turned.replace(**given(one, but=["turn"])))
        return bench.replace(focused=focused)


def _fields(reading: Reading, solid: PlaneTable) -> dict[str, Any]:
    fields = given(solid)
    with told("texture:"):
        fields["texture"] = _texture(reading, solid.texture)
    if isinstance(solid, BoxTable) and solid.sides is not None:
        with told("sides:"):
            fields["sides"] = _texture(reading, solid.sides)
    return fields


def _texture(reading: Reading, table: TextureTable) -> Texture:
    if table.photo is not None and table.noise is None:
        photo = reading.photo(table.photo, table.crop)
    elif table.noise is not None and table.photo is None:
        photo = noise_texture(table.noise)
    else:
        got = "neither" if table.photo is None else "both"
        raise RefocusError("it", "must have a photo or noise, one of them", got)
    return Texture(photo, **given(table, but=("photo", "crop", "noise")))
