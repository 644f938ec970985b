"""How long a committed notebook says that it takes to read and to run."""

import re
from collections.abc import Iterable

import nbformat

from refocuslab.files.installed import notebooks_folder

_SAID = re.compile(r"Reading: (?P<reading>[^.]*)\. Running: (?P<running>[^.]*) on two cores\.")


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
    found = _SAID.search(" ".join(notebook.cells[0].source.split()))
    return (found["reading"], found["running"]) if found else ("", "")


def to_run(names: Iterable[str]) -> str:
    """What is about to run, in a line; empty where that is nothing.

    Parameters
    ----------
    names : iterable of str
        Full names of committed notebooks.
    """
    told = []
    for name in names:
        running = said(nbformat.read(notebooks_folder() / f"{name}.ipynb", as_version=4))[1]
        told.append(f"{name} ({running})" if running else name)
    return f"To run, with the time for whole scenes on two cores: {', '.join(told)}" if told else ""
