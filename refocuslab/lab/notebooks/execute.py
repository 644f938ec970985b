"""One notebook, executed once in a kernel of its own."""

import contextlib
import os
import re
import site
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nbformat

from refocuslab.files.installed import PACKAGE

KERNEL = "python3"  # the name of the kernel of every notebook
# Called with a cell, counted from 1, and the number of cells, before the cell is run.
Progress = Callable[[int, int], None]
_ANSI = re.compile("\x1b\\[[0-9;]*[A-Za-z]")


class NotebookError(RuntimeError):
    """A notebook that did not run to its end; the message is one line, ``<notebook>: <reason>``.

    Attributes
    ----------
    notebook, reason : str
        The two parts of the message.
    """

    def __init__(self, notebook: str, reason: str) -> None:
        super().__init__(notebook, reason)
        self.notebook, self.reason = notebook, reason

    def __str__(self) -> str:
        return f"{self.notebook}: {self.reason}"


def execute(
    name: str,
    notebook: nbformat.NotebookNode,
    parameters: dict[str, Any] | None = None,
    *,
    folder: Path,
    progress: Progress | None = None,
) -> nbformat.NotebookNode:
    """Run ``notebook`` through papermill and return the executed copy; nothing is written.

    Parameters
    ----------
    name : str
        What errors call the notebook.
    notebook : NotebookNode
        Its cells, which stay as they are.
    parameters : dict or None
        Plain JSON values, already validated: papermill itself would only warn. None injects none.
    folder : Path
        The kernel's working directory. The caller's own is neither read nor changed.
    progress : callable or None
        Called as ``progress(cell, cells)`` before each cell, counted from 1.

    Returns
    -------
    NotebookNode
        The executed copy.

    Raises
    ------
    NotebookError
        A cell raised an exception (which the message holds), or the kernel died.
    """
    import papermill  # slow to import, and the notebooks import this package
    from nbclient.exceptions import CellControlSignal, DeadKernelError
    from papermill.exceptions import PapermillException, PapermillExecutionError
    from traitlets.config import Config

    cells = len(notebook.cells) + bool(parameters)
    at = 0

    def report(cell: object, cell_index: int) -> None:
        nonlocal at
        at = cell_index + 1
        if progress:
            progress(at, cells)

    with tempfile.TemporaryDirectory(prefix="kernel-") as sockets, same_package():
        config = Config()
        if os.name == "posix":
            # Sockets in the file system: two kernels that start together cannot take one port.
            config.KernelManager.transport = "ipc"
            config.KernelManager.connection_file = os.path.join(sockets, "kernel.json")
        try:
            done: nbformat.NotebookNode = papermill.execute_notebook(
                notebook,
                None,
                parameters=parameters,
                kernel_name=KERNEL,
                shutdown_kernel="immediate",  # all output has arrived; nothing is left to wait for
                progress_bar=False,
                resources={"metadata": {"path": str(folder)}},
                config=config,
                on_cell_start=report,
            )
            return done
        except PapermillExecutionError as error:
            first = (error.source.strip().splitlines() or [""])[0]
            reason = f"{error.ename}: {_one_line(error.evalue)} (in the cell that begins {first!r})"
            raise NotebookError(name, reason) from None
        except (DeadKernelError, CellControlSignal, PapermillException, RuntimeError) as error:
            raise NotebookError(name, f"{_one_line(error)} (in cell {at} of {cells})") from error


def _one_line(text: object) -> str:
    return " ".join(_ANSI.sub("", str(text)).split())


@contextlib.contextmanager
def same_package() -> Iterator[None]:
    """Let the kernel import the refocuslab that is running now, also from a bare checkout."""
    parent = str(PACKAGE.parent)
    before = os.environ.get("PYTHONPATH")
    if parent not in (*site.getsitepackages(), site.getusersitepackages()):
        os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (parent, before)))
    try:
        yield
    finally:
        if before is None:
            os.environ.pop("PYTHONPATH", None)
        else:
            os.environ["PYTHONPATH"] = before
