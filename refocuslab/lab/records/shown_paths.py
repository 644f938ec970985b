"""Names of the user's files as a picture may show them: enough to find the file, and nothing else.

A picture is shown to others, so it names no folder of the machine that it was made on: a file within the
current folder, or within the picture's, is named by its relative path from there, any other by its last
part. Its hash identifies its content.
"""

import os
from collections.abc import Callable
from pathlib import Path, PurePosixPath, PureWindowsPath

from refocuslab.errors import RefocusError
from refocuslab.lab.records import identity
from refocuslab.scenes.shipped import shipped_folder


def told(path: str | os.PathLike[str], beside: str | os.PathLike[str] = ".") -> str:
    """The name for a file or folder in a picture.

    Parameters
    ----------
    path : str or PathLike
        The file or folder.
    beside : str or PathLike
        The folder of the picture.

    Returns
    -------
    str
        Its path relative to ``beside`` or to the current folder, with slashes; its last part if it lies in
        neither.
    """
    real = Path(path).resolve()
    for base in (Path(beside).resolve(), Path.cwd()):
        if real.is_relative_to(base) and real != base:
            return real.relative_to(base).as_posix()
    return real.name


def told_scene(scene: str) -> str:
    """The name for a scene in a picture: that of a shipped scene, else ``told`` of its folder."""
    return told(scene) if shipped_folder(scene) is None else scene


def files_of_scene(scene: str) -> list[Path]:
    """The path of every file that a scene, given by its name or folder, is made of."""
    folder = shipped_folder(scene) or Path(scene)
    return [folder / name for name in identity.scene_files(scene)]


def found_scene(argument: str, name: str, beside: Path, known: str | None = None) -> str:
    """A shipped scene's name, or the absolute path of the folder of another, where it lies now.

    Parameters
    ----------
    argument : str
        The argument's name, for the message.
    name : str
        What the picture calls the scene.
    beside : Path
        The folder of the picture.
    known : str or None
        ``identity.name_of`` of the scene's files; None accepts any scene of that name.

    Raises
    ------
    RefocusError
        No folder of that name has a scene.
    """
    if shipped_folder(name) is not None:
        return name

    def is_right(folder: Path) -> bool | None:
        if not os.path.isfile(folder / "scene.toml"):
            return None
        return known is None or identity.name_of(identity.scene_files(str(folder))) == known

    return str(found(argument, name, beside, is_right).resolve())


def found(argument: str, name: str, beside: Path, is_right: Callable[[Path], bool | None]) -> Path:
    """Where a file or folder lies now: beside the picture, or in the current folder, never outside the two.

    Parameters
    ----------
    argument : str
        The argument's name, for the message.
    name : str
        What the picture calls it.
    beside : Path
        The folder of the picture.
    is_right : callable
        Called with a path. True if it has the hash that the picture names, False if it has another, None
        if nothing of the kind is there.

    Returns
    -------
    Path
        The first that is right; if none is, the first that has the name.

    Raises
    ------
    RefocusError
        Nothing has the name.
    """
    parts = [part for part in PurePosixPath(name).parts if part not in ("/", "..", ".")]
    own = not PurePosixPath(name).is_absolute() and ".." not in PurePosixPath(name).parts
    last = PureWindowsPath(name).name or "."  # pictures of earlier versions name a whole path
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
