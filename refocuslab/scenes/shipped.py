"""Where scenes lie: those that ship with refocuslab, by their names, and folders of one's own."""

import os
from pathlib import Path

from refocuslab.checks import require
from refocuslab.errors import RefocusError, quoted
from refocuslab.files.installed import data_folder
from refocuslab.files.toml_tables import did_you_mean, listed


def scene_names() -> tuple[str, ...]:
    """The names of the scenes that ship with refocuslab.

    Returns
    -------
    tuple of str
        In alphabetical order.
    """
    return tuple(sorted(path.parent.name for path in data_folder().glob("*/scene.toml")))


def scene_folder(name_or_folder: str | os.PathLike[str]) -> Path:
    """The folder of a scene.

    Parameters
    ----------
    name_or_folder : str or PathLike
        The name of a shipped scene, or else the path of a folder.

    Returns
    -------
    Path
        The folder, absolute, its links followed; that of a shipped scene as ``data_folder`` has it.

    Raises
    ------
    RefocusError
        It is neither.
    """
    names = scene_names()
    if isinstance(name_or_folder, str) and name_or_folder in names:
        return data_folder() / name_or_folder
    if not isinstance(name_or_folder, str | os.PathLike):
        raise RefocusError("scene", "must be a name or a folder", quoted(name_or_folder))
    folder = folder_path("scene", name_or_folder)
    if not _is_folder(folder):
        rule = f"must be one of {listed(names)}, or a folder{did_you_mean(str(folder), names)}"
        raise RefocusError("scene", rule, quoted(str(folder)))
    return Path(os.path.realpath(folder))


def folder_path(argument: str, path: object) -> Path:
    """The path of a folder, which need not be there.

    Parameters
    ----------
    argument : str
        The argument's name, for the message.
    path : object
        What was handed in.

    Raises
    ------
    RefocusError
        It is no path, is empty, or holds a zero byte.
    """
    text = os.fsdecode(path) if isinstance(path, str | os.PathLike) else ""
    require(text != "" and "\0" not in text, argument, "must be the path of a folder", quoted(path))
    return Path(text)


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:  # a name that is too long, a folder that may not be entered
        return False
