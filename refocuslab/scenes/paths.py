"""The files of a scene: what a scene.toml names, and where that leads."""

import os
from collections.abc import Iterator
from pathlib import Path

from refocuslab.errors import RefocusError, quoted
from refocuslab.files.installed import data_folder
from refocuslab.files.plain_files import check_plain_file

# A TIFF file of 150 megapixels, 16 bits and four channels has 1.2 GB.
LARGEST_PICTURE = 2 * 10**9
_OUTSIDE = "must lie in the folder of the scene"


def place_in(folder: Path, name: str) -> Path:
    """The path of that name in a scene's folder; a ``RefocusError`` for what leads out of it."""
    path = Path(name)
    if path.is_absolute() or path.anchor or ".." in path.parts or "\0" in name:
        raise RefocusError("its files", _OUTSIDE, quoted(name))
    # The installer of a package may have linked its files to a store of its own.
    shipped = folder.parent == data_folder()
    if not shipped and not Path(os.path.realpath(folder / path)).is_relative_to(os.path.realpath(folder)):
        raise RefocusError("its files", _OUTSIDE, f"{quoted(name)}, a link that leads out of it")
    return folder / path


def picture_in(folder: Path, name: str) -> Path:
    """The path of a plain file in a scene's folder, not larger than any picture."""
    return check_plain_file("path", place_in(folder, name), LARGEST_PICTURE)


def files_named(toml: dict) -> Iterator[str]:
    """The texts in a scene.toml that stand where the name of a file does; the rest may be anything."""
    for table in [toml.get("misfocused"), toml.get("truth"), *_tables(toml.get("focused"))]:
        yield from _texts(table, "photo", "mask")
    yield from _texts(toml.get("psf"), "file")
    yield from _texts(toml.get("calibration"), "focused", "misfocused")
    bench = toml.get("bench")
    if isinstance(bench, dict):
        for solid in [*_tables(bench.get("plane")), *_tables(bench.get("box"))]:
            for face in ("texture", "sides"):
                yield from _texts(solid.get(face), "photo")


def _tables(value) -> list[dict]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _texts(table, *keys: str) -> Iterator[str]:
    if isinstance(table, dict):
        yield from (table[key] for key in keys if isinstance(table.get(key), str))
