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
        In alphabetical order. Those in the folder ``further``, which measurements need, are not among them,
        though ``load_scene`` knows their names too.
    """
    return _names(data_folder())


def shipped_folder(name: str) -> Path | None:
    """The folder of the shipped scene of that name, be it in ``scene_names`` or further; None without one."""
    for folder in (data_folder(), data_folder() / "further"):
        if name in _names(folder):
            return folder / name
    return None


def _names(folder: Path) -> tuple[str, ...]:
    return tuple(sorted(path.parent.name for path in folder.glob("*/scene.toml")))


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
    if isinstance(name_or_folder, str) and (shipped := shipped_folder(name_or_folder)) is not None:
        return shipped
    if not isinstance(name_or_folder, str | os.PathLike):
        raise RefocusError("scene", "must be a name or a folder", quoted(name_or_folder))
    folder = folder_path("scene", name_or_folder)
    if not _is_folder(folder):
        names = scene_names()
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
