"""Names of the user's files as a picture may tell them: they lead back to the file, and tell of nothing else.

A picture is shown to others, so it tells no folder of the machine that it was made on: a file within the
current folder, or within the picture's, is told by its way from there, any other by its mere name. What
it was is told by its hash.
"""

import os
from collections.abc import Callable
from pathlib import Path, PurePosixPath, PureWindowsPath

from refocuslab.errors import RefocusError
from refocuslab.files.installed import data_folder
from refocuslab.lab.records import identity
from refocuslab.scenes.shipped import scene_names


def told(path: str | os.PathLike, beside: str | os.PathLike = ".") -> str:
    """The name for a file or folder in a picture that lies in the folder ``beside``."""
    real = Path(path).resolve()
    for base in (Path(beside).resolve(), Path.cwd()):
        if real.is_relative_to(base) and real != base:
            return real.relative_to(base).as_posix()
    return real.name


def told_scene(scene: str) -> str:
    """The name for a scene in a picture: its own where it comes with refocuslab, else that of its folder."""
    return scene if scene in scene_names() else told(scene)


def files_of_scene(scene: str) -> list[Path]:
    """Every file that the scene of a name, or in a folder, is made of."""
    folder = data_folder() / scene if scene in scene_names() else Path(scene)
    return [folder / name for name in identity.scene_files(scene)]


def found_scene(argument: str, name: str, beside: Path, known: str | None = None) -> str:
    """A scene's name, or where its folder now lies. known: the `identity.name_of` of its files."""
    if name in scene_names():
        return name

    def is_right(folder: Path) -> bool | None:
        if not os.path.isfile(folder / "scene.toml"):
            return None
        return known is None or identity.name_of(identity.scene_files(str(folder))) == known

    return str(found(argument, name, beside, is_right).resolve())


def found(argument: str, name: str, beside: Path, is_right: Callable[[Path], bool | None]) -> Path:
    """Where the file (or folder) of a name now lies: beside the picture, or in the current folder.

    is_right: True for what has the hash that the picture tells, False for what has not, None for what is
    nothing of the kind. One that is right goes before one that merely has the name. A name leads to
    nothing outside the two folders.
    """
    parts = [part for part in PurePosixPath(name).parts if part not in ("/", "..", ".")]
    own = not PurePosixPath(name).is_absolute() and ".." not in PurePosixPath(name).parts
    last = PureWindowsPath(name).name or "."  # pictures of earlier versions tell a whole path
    ways = [Path(*parts), Path(last)] if own and parts else [Path(last)]
    others = []
    for base in (beside, Path()):
        for way in ways:
            right = is_right(base / way)
            if right:
                return base / way
            if right is False:
                others.append(base / way)
    if others:
        return others[0]
    rule = "must tell of files that lie beside it or in the current folder"
    raise RefocusError(argument, rule, f"{name}, which does not")
