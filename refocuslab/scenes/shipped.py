"""Where scenes lie: those that ship with refocuslab, by their names, and folders of one's own."""

import os
from pathlib import Path

from refocuslab.checks import require
from refocuslab.errors import RefocusError, quoted
from refocuslab.files.installed import data_folder
from refocuslab.files.toml_tables import did_you_mean, listed


def scene_names() -> tuple[str, ...]:
    """The names of the scenes that ship with refocuslab, in alphabetical order."""
    return tuple(sorted(path.parent.name for path in data_folder().glob("*/scene.toml")))


def scene_folder(name_or_folder) -> Path:
    """The folder of the shipped scene of that name, or the folder itself; else a ``RefocusError``."""
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


def folder_path(argument: str, path) -> Path:
    good = isinstance(path, str | os.PathLike) and "\0" not in os.fsdecode(path)
    require(good and os.fsdecode(path) != "", argument, "must be the path of a folder", quoted(path))
    return Path(os.fsdecode(path))


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:  # a name that is too long, a folder that may not be entered
        return False
