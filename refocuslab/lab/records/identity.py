"""What determines a result, and the name that is a hash of it.

Two runs with one name give the same result; a changed photo, parameter, line of the program or library
gives another name. Threads, folders, the machine and the time of day do not enter.
"""

import hashlib
import importlib.metadata
import json
import os
from functools import lru_cache
from pathlib import Path
from typing import Any

from refocuslab.errors import RefocusError, shown
from refocuslab.files import toml_files
from refocuslab.files.installed import PACKAGE, method_sources, sources
from refocuslab.files.toml_files import parse_toml, read_bounded
from refocuslab.lab.parameters.validation import scene_parameters
from refocuslab.scenes.paths import files_named, picture_in
from refocuslab.scenes.shipped import shipped_folder

# The libraries whose versions can change a picture, and that which can change a figure.
LIBRARIES = ("numpy", "scipy", "numba", "scikit-image", "pillow")
DRAWING = ("matplotlib",)
# The parameters of a notebook that its results do not depend on.
APART = ("threads", "results")


def name_of(identity: dict[str, Any]) -> str:
    """Sixteen hexadecimal digits of the SHA-256 of all that determines a result.

    Parameters
    ----------
    identity : dict
        Plain JSON types; the order of its keys does not matter.

    Examples
    --------
    >>> from refocuslab.lab.records.identity import name_of
    >>> name_of({"scene": "coffee", "crop": 64}) == name_of({"crop": 64, "scene": "coffee"})
    True
    """
    text = json.dumps(identity, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return sha256(text.encode())[:16]


def method_program() -> dict[str, Any]:
    """The method's source and the versions of its libraries; of the lab, only what prepares a point."""
    lab = PACKAGE / "lab"
    files = [*method_sources(), lab / "measures" / "cropping.py", lab / "sweeps" / "point.py"]
    return {"source": _source(tuple(files)), "libraries": versions(LIBRARIES)}


def notebook_program() -> dict[str, Any]:
    """The whole package's source, and the versions of its libraries and of the one that draws."""
    source = _source(tuple(sources()))
    return {"source": source, "libraries": versions((*LIBRARIES, *DRAWING))}


def point(method: dict[str, Any], crop: int, files: dict[str, str]) -> dict[str, Any]:
    """The identity of a point of a sweep: one scene refocused by one method.

    Parameters
    ----------
    method : dict
        All fields of the ``Method``.
    crop : int
        Side of the square that the scene is cut down to, pixels; 0 for all of it.
    files : dict of str to str
        The scene's ``scene_files``.
    """
    return {
        "kind": "point",
        "method": method,
        "crop": crop,
        "scene": name_of(files),
        "program": method_program(),
    }


def notebook_run(notebook: str, parameters: dict[str, Any], file: Path) -> dict[str, Any]:
    """The identity of a notebook executed once.

    Parameters
    ----------
    notebook : str
        Its full name.
    parameters : dict
        All its parameters, validated.
    file : Path
        The notebook's file: its cells enter, its outputs do not.
    """
    scenes = scene_parameters(notebook)
    return {
        "kind": "notebook",
        "notebook": notebook,
        "cells": _cells(file),
        "parameters": {k: v for k, v in parameters.items() if k not in (*APART, *scenes)},
        "scenes": {name: name_of(scene_files(parameters[name])) for name in scenes},
        "program": notebook_program(),
    }


def scene_files(scene: str) -> dict[str, str]:
    """The SHA-256 of scene.toml and of every file of the folder that it names.

    Photos that come with a library (``skimage:coffee``) are determined by the library's version, which
    is part of the program.

    Parameters
    ----------
    scene : str
        The name of a shipped scene, or the folder of another.

    Returns
    -------
    dict of str to str
        {file: hexadecimal digits}, scene.toml first; files that cannot be read are left out.

    Raises
    ------
    RefocusError
        scene.toml cannot be read.
    """
    folder = shipped_folder(scene) or Path(scene)
    text = read_bounded("scene.toml", folder / "scene.toml", toml_files.LARGEST)
    try:
        named = sorted(set(files_named(parse_toml("scene.toml", text))))
    except RefocusError:  # loading the scene will tell what is wrong with it
        named = []
    files = {"scene.toml": sha256(text)}
    known: dict[str, str] = {}
    for name in named:
        try:
            path = picture_in(folder, name)
            place = os.path.realpath(path)  # one file may be named in a thousand ways
            if place not in known:
                with path.open("rb") as file:
                    known[place] = hashlib.file_digest(file, "sha256").hexdigest()
            files[name] = known[place]
        except (RefocusError, OSError):
            continue
    return files


def differences(then: dict[str, Any], now: dict[str, Any], where: str = "") -> list[str]:
    """One line for everything in which two identities differ.

    Parameters
    ----------
    then, now : dict
        The identities.
    where : str
        The keys that lead to them, for the lines.

    Examples
    --------
    >>> from refocuslab.lab.records.identity import differences
    >>> differences({"crop": 0, "method": {"box": 5}}, {"crop": 0, "method": {"box": 7}})
    ['method box: 5 then, 7 now']
    """
    found = []
    for key in dict.fromkeys((*then, *now)):
        before, after = then.get(key), now.get(key)
        path = f"{where} {key}".strip()
        if isinstance(before, dict) and isinstance(after, dict):
            found += differences(before, after, path)
        elif before != after:
            found.append(f"{shown(path, 200)}: {shown(before, 200)} then, {shown(after, 200)} now")
    return found


def sha256(content: bytes) -> str:
    """The SHA-256 of some bytes, in hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


@lru_cache(maxsize=8)
def versions(packages: tuple[str, ...]) -> dict[str, str]:
    """The installed version of each package."""
    return {package: importlib.metadata.version(package) for package in packages}


@lru_cache(maxsize=4)
def _source(files: tuple[Path, ...]) -> str:
    return name_of({file.relative_to(PACKAGE).as_posix(): file.read_text("utf-8") for file in files})


def _cells(file: Path) -> str:
    """The hash of a notebook's sources: its outputs do not matter."""
    cells = json.loads(file.read_bytes())["cells"]
    return name_of({"cells": [[cell["cell_type"], "".join(cell["source"])] for cell in cells]})
