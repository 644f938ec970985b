"""Benches in folders: the ``[bench]`` of a ``scene.toml``. data/README.md tells how."""

import os
from pathlib import Path

from refocuslab.errors import RefocusError
from refocuslab.files.toml_files import read_toml
from refocuslab.files.toml_tables import NEEDED, checked, told
from refocuslab.scenes.reading import Reading
from refocuslab.scenes.shipped import scene_folder
from refocuslab.simulation.bench import MOST_THINGS, Bench
from refocuslab.simulation.camera import Camera
from refocuslab.simulation.solids import Box, Lamp, Plane, Texture, noise_texture

CAMERA = dict.fromkeys(("focal_length", "f_number", "focus_distance", "pixel"), (float, NEEDED))
CAMERA |= dict.fromkeys(("width", "height"), (int, NEEDED))
CAMERA |= dict.fromkeys(("position", "target"), (list, None))
CAMERA |= dict.fromkeys(("exposure", "full_well", "read_noise"), (float, None))
CAMERA |= {"breathing": (bool, None)}
FOCUSED = dict.fromkeys(("turn", "f_number", "focus_distance", "exposure"), (float, None))
LAMP = {"towards": (list, None), "radius": (float, None), "ambient": (float, None)}
TEXTURE = {
    "photo": (str, None),
    "crop": (dict, None),
    "noise": (int, None),
    "texel": (float, None),
    "tint": (list, None),
}
PLANE = {
    "name": (str, NEEDED),
    "centre": (list, NEEDED),
    "size": (list, NEEDED),
    "texture": (dict, NEEDED),
    "yaw": (float, None),
    "pitch": (float, None),
}
BOX = PLANE | {"sides": (dict, None)}
BENCH = {
    "subject": (list, NEEDED),
    "seed": (int, 0),
    "camera": (dict, NEEDED),
    "focused": (list, NEEDED),
    "plane": (list, None),
    "box": (list, None),
    "lamp": (dict, None),
}


def load_bench(name_or_folder: str | os.PathLike) -> Bench:
    """The set-up of a scene that a camera bench describes, to change it: ``bench_scene`` renders it.

    The argument and the errors are those of ``load_scene``.
    """
    folder = scene_folder(name_or_folder)
    path = folder / "scene.toml"
    toml = read_toml(path)
    with told(f"{path}:"):
        if "bench" not in toml:
            raise RefocusError("bench", "must be given", "a scene without a bench")
        return read_bench(folder, toml["bench"])


def read_bench(folder: Path, table) -> Bench:
    """The set-up that a table of TOML describes; its photos lie in the folder."""
    with told("[bench]"):
        keys = checked(table, BENCH)
        read, objects = Reading(folder), []
        # Their cost is known when they are all there; until then, a file of 1 MB can name thousands.
        for key in ("plane", "box", "focused"):
            if len(keys[key] or ()) > MOST_THINGS:
                raise RefocusError(key, f"must stand there at most {MOST_THINGS} times", len(keys[key]))
        for kind, solid, wanted in (("plane", Plane, PLANE), ("box", Box, BOX)):
            for number, one in enumerate(keys[kind] or (), start=1):
                with told(f"{kind} number {number}:"):
                    objects.append(_solid(read, solid, _given(one, wanted)))
        with told("camera:"):
            camera = Camera(**_given(keys["camera"], CAMERA))
        with told("lamp:"):
            lamp = Lamp(**_given(keys["lamp"] or {}, LAMP))
        bench = Bench(
            objects=objects,
            subject=keys["subject"],
            camera=camera,
            focused=[camera],
            lamp=lamp,
            seed=keys["seed"],
        )
        focused = []
        for number, one in enumerate(keys["focused"], start=1):
            with told(f"focused number {number}:"):
                given = _given(one, FOCUSED)
                turned = camera.turned(given.pop("turn", 0.0), about=bench.point)
                focused.append(turned.focused_on(bench.point).replace(**given))
        return bench.replace(focused=focused)


def _given(table, kind: dict) -> dict:
    """The checked table without the keys that were left out: the dataclasses know what stands for them."""
    return {key: value for key, value in checked(table, kind).items() if value is not None}


def _solid(read: Reading, solid: type, given: dict) -> Plane | Box:
    for face in given.keys() & {"texture", "sides"}:
        with told(f"{face}:"):
            given[face] = _texture(read, given[face])
    return solid(given.pop("name"), **given)


def _texture(read: Reading, table) -> Texture:
    given = _given(table, TEXTURE)
    if ("photo" in given) == ("noise" in given):
        got = "both" if "photo" in given else "neither"
        raise RefocusError("it", "must have a photo or noise, one of them", got)
    crop = given.pop("crop", None)
    if "noise" in given:
        photo = noise_texture(given.pop("noise"))
    else:
        photo = read.photo({"photo": given.pop("photo"), "crop": crop})
    return Texture(photo, **given)
