"""The files of a scene: what a scene.toml names, and where that leads."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from refocuslab.errors import RefocusError, quoted
from refocuslab.files.installed import data_folder
from refocuslab.files.plain_files import check_plain_file

# A TIFF file of 150 megapixels, 16 bits and four channels has 1.2 GB.
LARGEST_PICTURE = 2 * 10**9
_OUTSIDE = "must lie in the folder of the scene"


def place_in(folder: Path, name: str) -> Path:
    """The path of that name in a scene's folder.

    Raises
    ------
    RefocusError
        It leads out of the folder: an absolute path, ``..``, or a link to elsewhere.
    """
    path = Path(name)
    if path.is_absolute() or path.anchor or ".." in path.parts or "\0" in name:
        raise RefocusError("its files", _OUTSIDE, quoted(name))
    # The installer of a package may have linked its files to a store of its own.
    shipped = folder.parent in (data_folder(), data_folder() / "further")
    if not shipped and not Path(os.path.realpath(folder / path)).is_relative_to(os.path.realpath(folder)):
        raise RefocusError("its files", _OUTSIDE, f"{quoted(name)}, a link that leads out of it")
    return folder / path


def picture_in(folder: Path, name: str) -> Path:
    """The path of a plain file in a scene's folder, of at most ``LARGEST_PICTURE`` bytes.

    Raises
    ------
    RefocusError
        It leads out of the folder, is no plain file, or is larger.
    """
    return check_plain_file("path", place_in(folder, name), LARGEST_PICTURE)


def files_named(toml: dict[str, Any]) -> Iterator[str]:
    """The names of files in a ``scene.toml``, whatever else is in it.

    Parameters
    ----------
    toml : dict
        What the TOML parser gives; it need not be a scene.

    Yields
    ------
    str
        A text that stands where the name of a file does; ``skimage:...`` too.
    """
    for table in [toml.get("misfocused"), toml.get("truth"), *_tables(toml.get("focused"))]:
        yield from _texts(table, "photo", "mask")
    yield from _texts(toml.get("psf"), "file")
    yield from _texts(toml.get("calibration"), "focused", "misfocused")
    bench = toml.get("bench")
    if isinstance(bench, dict):
        for solid in [*_tables(bench.get("plane")), *_tables(bench.get("box"))]:
            for face in ("texture", "sides"):
                yield from _texts(solid.get(face), "photo")


def _tables(value: object) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _texts(table: object, *keys: str) -> Iterator[str]:
    if isinstance(table, dict):
        yield from (table[key] for key in keys if isinstance(table.get(key), str))
