"""How long a committed notebook says that it takes to read and to run."""

import re
from collections.abc import Mapping
from typing import Any

import nbformat

from refocuslab.files.installed import notebooks_folder
from refocuslab.lab.parameters.validation import PROFILES
from refocuslab.lab.records import changed

_SAID = re.compile(
    r"Reading: (?P<reading>[^.]*)\. Running: (?P<running>[^.,]*) on two cores"
    r"(?:, (?P<smoke>[^.]*) with --profile smoke)?\."
)
SMOKE = int(PROFILES["smoke"]["crop"])  # pixels, the side of what the smallest profile takes of a scene


def said(notebook: nbformat.NotebookNode) -> tuple[str, str]:
    """Reading and running, in the words of its first cell; running is that of whole scenes on two cores.

    Parameters
    ----------
    notebook : NotebookNode
        The notebook.

    Returns
    -------
    reading, running : str
        Empty where it says nothing.
    """
    found = _found(notebook)
    return (found["reading"], found["running"]) if found else ("", "")


def said_of_smoke(notebook: nbformat.NotebookNode) -> str:
    """Running on the smallest profile, in the words of its first cell; empty where it says nothing.

    ``refocuslab verify --profile smoke --again`` leaves the seconds that are told there in results.json.
    """
    found = _found(notebook)
    return (found["smoke"] or "") if found else ""


def _found(notebook: nbformat.NotebookNode) -> re.Match[str] | None:
    return _SAID.search(" ".join(notebook.cells[0].source.replace("`", "").split()))


def to_run(chosen: Mapping[str, Mapping[str, Any]]) -> str:
    """What is about to run, in a line; empty where that is nothing.

    Parameters
    ----------
    chosen : mapping of str to mapping
        {full name of a committed notebook: its parameters}.
    """
    told, measured = [], ""
    for name, values in chosen.items():
        book = nbformat.read(notebooks_folder() / f"{name}.ipynb", as_version=4)
        small = said_of_smoke(book) if 0 < changed.side(name, values) <= SMOKE else ""
        running = small or said(book)[1]
        measured = measured or (f"{SMOKE} x {SMOKE} pixels of each scene" if small else "")
        told.append(f"{name} ({running})" if running else name)
    of = measured or "whole scenes"
    return f"To run, with the time for {of} on two cores: {', '.join(told)}" if told else ""
