"""The committed notebooks outside the package: copies to work in, one of them with a scene of one's own."""

import os
from pathlib import Path

import nbformat

from refocuslab.errors import RefocusError
from refocuslab.files.installed import notebooks_folder
from refocuslab.files.plain_files import check_plain_file, write_whole
from refocuslab.lab.escaping import file_stem
from refocuslab.lab.notebooks.committed import LARGEST_READ, text_of
from refocuslab.lab.parameters.validation import literal, parameters_cell
from refocuslab.scenes.shipped import scene_folder, shipped_folder

# The notebook that is the explorer.
EXPLORE = "09_explore"


def copies(folder: str | os.PathLike[str]) -> tuple[list[Path], list[Path]]:
    """Copy all notebooks into a folder.

    Parameters
    ----------
    folder : str or PathLike
        Made if it is not there.

    Returns
    -------
    made, kept : list of Path
        The copies, and what was there already and is the same.

    Raises
    ------
    RefocusError
        A file of a notebook's name is there and is another one; nothing is copied.
    """
    contents = {path.name: path.read_bytes() for path in sorted(notebooks_folder().glob("*.ipynb"))}
    if not contents:
        raise RefocusError("notebooks", f"must lie in {notebooks_folder()}", "none")
    target = Path(folder)
    same = [name for name, content in contents.items() if _is(target / name, content)]
    changed = [name for name in contents if name not in same and os.path.lexists(target / name)]
    if changed:
        rule = "must be a folder without changed notebooks; move these away, or name another one"
        raise RefocusError("folder", rule, ", ".join(changed))
    target.mkdir(parents=True, exist_ok=True)
    made = [name for name in contents if name not in same]
    for name in made:
        write_whole(target / name, contents[name])
    return [target / name for name in made], [target / name for name in same]


def explorer_of(scene: str, folder: str | os.PathLike[str] = ".") -> tuple[Path, bool]:
    """A copy of notebook 09 that begins with a scene.

    Parameters
    ----------
    scene : str
        A name, or a folder that holds a scene.
    folder : str or PathLike
        Where the copy lies.

    Returns
    -------
    path : Path
        The copy.
    made : bool
        Whether it was made just now; one that is there and begins with the scene stays as it is.

    Raises
    ------
    RefocusError
        There is no such scene, or no notebook 09.
    """
    path = scene_folder(scene)
    value = scene if shipped_folder(scene) is not None else str(path)
    short, number = file_stem(path.name, "scene"), 1
    target = Path(folder) / f"explore-{short}.ipynb"
    while os.path.lexists(target):
        if _begins_with(target, value):
            return target, False
        number += 1
        target = Path(folder) / f"explore-{short}-{number}.ipynb"
    source = notebooks_folder() / f"{EXPLORE}.ipynb"
    if not source.is_file():
        raise RefocusError("explore", f"must find notebook 09 in {notebooks_folder()}", "none")
    book = nbformat.read(source, as_version=4)
    for cell in book.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
        if "parameters" in cell.metadata.get("tags", ()):
            default = _line(parameters_cell(EXPLORE))
            begins = default.partition("=")[0]
            cell.source = cell.source.replace(default, f"{begins}= {literal(value)}")
    write_whole(target, text_of(book).encode())
    return target, True


def _line(cell: str) -> str:
    """What sets the scene in a cell of parameters, without the comment."""
    found = [line for line in cell.splitlines() if line.startswith("scene: ")]
    return found[0].rpartition("  #")[0] if found else ""


def _begins_with(path: Path, scene: str) -> bool:
    try:
        book = nbformat.read(check_plain_file("notebook", path, LARGEST_READ), as_version=4)
        cells = [cell.source for cell in book.cells if "parameters" in cell.metadata.get("tags", ())]
    except Exception:  # it may be anything
        return False
    return any(_line(cell).endswith(f"= {literal(scene)}") for cell in cells)


def _is(path: Path, content: bytes) -> bool:
    try:
        return check_plain_file("notebook", path, LARGEST_READ).read_bytes() == content
    except (RefocusError, OSError):
        return False
