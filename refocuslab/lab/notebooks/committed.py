"""The committed notebooks: their clean form, the check that they have it, and their renewal."""

import base64
import copy
import re
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import nbformat

from refocuslab.files.installed import PACKAGE
from refocuslab.files.plain_files import check_plain_file, write_whole
from refocuslab.lab.notebooks.execute import KERNEL, NotebookError, Progress, execute
from refocuslab.lab.parameters.schema import NOTEBOOKS
from refocuslab.lab.parameters.validation import parameters_cell
from refocuslab.lab.records.provenance import chunks, join

LARGEST = 1_500_000  # bytes of a committed notebook
LARGEST_READ = 100_000_000  # bytes of a notebook that is checked

# The metadata of every notebook.
METADATA: dict[str, Any] = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": KERNEL},
    "language_info": {"file_extension": ".py", "name": "python", "pygments_lexer": "ipython3"},
}
_CELL_METADATA = ("tags", "jupyter", "slideshow")
_WIDGET = "application/vnd.jupyter.widget-view+json"
_PROGRESS = re.compile(r"\d+%\||\d+it \[")
_ADDRESS = re.compile(r"\bat 0x[0-9a-fA-F]{6,}")
_DATA_URI = re.compile(r"data:[\w/+.;-]+,[\w+/=%-]*")
# Two levels or more from the root, not part of a web address, a closing tag or a relative path.
_ABSOLUTE = re.compile(
    r"(?<![\w.:/<~$}\])*-])/[A-Za-z_][\w.-]*(?:/[\w.-]+)+|\b[A-Za-z]:\\(?:Users|Windows|Program)"
)


def clean(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """A copy without anything that a second run, or another machine, would write differently.

    Timestamps, papermill's and the widgets' state, the Python version, the texts inside PNG files, progress
    bars on stderr and empty code cells are removed. Pieces of one output stream become one; cells are
    numbered. Sources, outputs and execution counts stay.

    Raises
    ------
    ValueError
        An output's picture is no base64.
    """
    notebook = copy.deepcopy(notebook)
    cells = [c for c in notebook.cells if c.cell_type != "code" or c.source.strip()]
    for place, cell in enumerate(cells, 1):
        cell.id = f"cell-{place:02d}"
        kept = {key: cell.metadata[key] for key in _CELL_METADATA if cell.metadata.get(key)}
        cell.metadata = nbformat.from_dict(kept)
        if cell.cell_type == "code":
            cell.outputs = _clean_outputs(cell.outputs)
    whole = {"cells": cells, "metadata": METADATA, "nbformat": 4, "nbformat_minor": 5}
    made: nbformat.NotebookNode = nbformat.from_dict(whole)
    return made


def text_of(notebook: nbformat.NotebookNode) -> str:
    """The notebook as the text of its file."""
    text: str = nbformat.writes(notebook)
    return text + "\n"


def problems(name: str, text: str) -> list[str]:
    """What keeps a notebook file from being committed, a line each; empty if nothing does.

    It must be clean, executed in order from 1, without errors, stderr, memory addresses and
    absolute paths, under ``LARGEST`` bytes, and hold the parameters cell of its model.

    Parameters
    ----------
    name : str
        The notebook's name.
    text : str
        The text of its file.
    """
    try:
        notebook = nbformat.reads(text, as_version=4)
        nbformat.validate(notebook)
    except Exception as error:  # nbformat raises KeyError, JSONDecodeError and its own
        return [f"is not a notebook ({type(error).__name__})"]
    found = []
    size = len(text.encode())
    if size >= LARGEST:
        found.append(f"has {size:,} bytes, and must have less than {LARGEST:,}")
    if notebook.metadata.get("kernelspec", {}).get("name") != KERNEL:
        found.append(f"must name the kernel {KERNEL}")
    found += _parameter_problems(name, notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    if [cell.execution_count for cell in code] != list(range(1, len(code) + 1)):
        found.append("is not executed in order, from 1, every cell")
    for place, cell in enumerate(notebook.cells, 1):
        found += [f"cell {place} {problem}" for problem in _cell_problems(cell)]
    try:
        difference = _first_difference(text, text_of(clean(notebook)))
    except ValueError as error:  # a picture that is none
        difference = str(error)
    if difference:
        found.append(f"is not clean: {difference}")
    return found


def check(paths: Iterable[Path]) -> list[str]:
    """One line for every problem of every notebook file.

    Raises
    ------
    RefocusError
        A path is that of no plain file of at most ``LARGEST_READ`` bytes.
    """
    checked = [check_plain_file("notebook", path, LARGEST_READ) for path in paths]
    return [f"{path.name} {problem}" for path in checked for problem in _problems_of(path)]


def _problems_of(path: Path) -> list[str]:
    try:
        return problems(path.stem, path.read_text(encoding="utf-8"))
    except UnicodeDecodeError:
        return ["is not a notebook (it is no text in UTF-8)"]


def renew(path: Path, *, progress: Progress | None = None) -> bool:
    """Execute a notebook in place with its default parameters.

    The parameters cell is written anew from the model. The file is replaced only by a whole, clean
    notebook.

    Parameters
    ----------
    path : Path
        The notebook's file.
    progress : callable or None
        Called as ``progress(cell, cells)`` before each cell, counted from 1.

    Returns
    -------
    bool
        Whether the file changed.

    Raises
    ------
    NotebookError
        A cell failed, or the executed notebook has ``problems``; the file stays as it was.
    """
    before = path.read_text(encoding="utf-8")
    notebook = nbformat.reads(before, as_version=4)
    for cell in notebook.cells:
        if path.stem in NOTEBOOKS and "parameters" in cell.metadata.get("tags", ()):
            cell.source = parameters_cell(path.stem)
    with tempfile.TemporaryDirectory() as empty:
        notebook = execute(path.stem, notebook, folder=Path(empty), progress=progress)
    after = text_of(clean(notebook))
    found = problems(path.stem, after)
    if found:
        raise NotebookError(path.stem, f"it ran, but {'; '.join(found)}")
    if after != before:
        write_whole(path, after.encode())
    return after != before


def _parameter_problems(name: str, notebook: nbformat.NotebookNode) -> list[str]:
    tags = [set(cell.metadata.get("tags", ())) for cell in notebook.cells]
    found = []
    if any("injected-parameters" in these for these in tags):
        found.append("holds injected parameters")
    cells = [c for c, these in zip(notebook.cells, tags, strict=True) if "parameters" in these]
    if name not in NOTEBOOKS:
        return found + (["has parameters, but no model in schema.py"] if cells else [])
    if len(cells) != 1:
        found.append(f"must have one cell tagged parameters, and has {len(cells)}")
    elif cells[0].source != parameters_cell(name):
        difference = _first_difference(cells[0].source, parameters_cell(name))
        found.append(f"has a parameters cell unlike its model: {difference}")
    return found


def _cell_problems(cell: nbformat.NotebookNode) -> list[str]:
    found = []
    texts = [cell.source]
    for output in cell.get("outputs", ()):
        if output.output_type == "error":
            found.append(f"ends in {output.ename}")
            continue
        if output.output_type == "stream" and output.name == "stderr":
            found.append("writes to stderr")
        shown = output.get("data", {"text/plain": output.get("text", "")})
        texts += [str(v) for mime, v in shown.items() if not mime.startswith(("image/png", "image/j"))]
    text = _DATA_URI.sub("", "\n".join(texts))
    if match := _ADDRESS.search(text):
        found.append(f"shows a memory address, {match[0]!r}")
    paths = [folder for folder in _own_folders() if folder in text]
    paths += [match[0] for match in _ABSOLUTE.finditer(text)]
    if paths:
        found.append(f"holds an absolute path, {paths[0]!r}")
    return found


def _own_folders() -> list[str]:
    folders = (Path.home(), Path.cwd(), PACKAGE.parent, Path(sys.prefix))
    return [str(folder) for folder in folders if len(folder.parts) > 2]


def _first_difference(text: str, wanted: str) -> str:
    have, want = text.splitlines(), wanted.splitlines()
    for place, line in enumerate(have, 1):
        if place > len(want) or line != want[place - 1]:
            return f"line {place} is {line.strip()[:70]!r}"
    if len(want) > len(have):
        return f"line {len(have) + 1} should be {want[len(have)].strip()[:70]!r}"
    return "" if text == wanted else "line ends or last line"


def _clean_outputs(outputs: list[nbformat.NotebookNode]) -> list[nbformat.NotebookNode]:
    cleaned: list[nbformat.NotebookNode] = []
    for output in outputs:
        if output.output_type == "stream":
            if output.name == "stderr" and _is_progress(output.text):
                continue
            last = cleaned[-1] if cleaned else None
            if last is not None and (last.output_type, last.get("name")) == ("stream", output.name):
                last.text += output.text
                continue
        elif _WIDGET in output.get("data", {}):
            continue
        elif "image/png" in output.get("data", {}):
            output.data["image/png"] = _plain_png(output.data["image/png"])
        cleaned.append(output)
    return cleaned


def _is_progress(text: str) -> bool:
    lines = [line for line in re.split(r"[\r\n]+", text) if line.strip(" \x1b[A")]
    return all(_PROGRESS.search(line) for line in lines)


def _plain_png(encoded: str) -> str:
    """The PNG without its text chunks, which name the drawing library's version and the date."""
    png = base64.b64decode(encoded)
    texts = (b"tEXt", b"iTXt", b"zTXt", b"tIME")
    plain = join(chunk for kind, chunk in chunks(png) if kind not in texts)
    return base64.b64encode(plain).decode("ascii")
