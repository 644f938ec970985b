"""Folders that appear whole or not at all: made under another name, and renamed when they are done."""

import contextlib
import os
import platform
import shutil
from collections.abc import Iterator
from pathlib import Path

from refocuslab.errors import RefocusError


@contextlib.contextmanager
def draft(folder: Path, name: str) -> Iterator[Path]:
    """A new hidden folder within ``folder``, so in its file system: a rename out of it is one step.

    It is gone afterwards, unless it was renamed. What processes of this machine that no longer live
    have left of earlier drafts of the name goes first. A ``folder`` that was made here and stays empty
    goes as well.
    """
    if folder.exists() and not folder.is_dir():
        raise RefocusError("output", "must be a folder", folder)
    new = not folder.exists()
    folder.mkdir(parents=True, exist_ok=True)
    _sweep_up(folder, name)
    made = folder / f".draft-{name}-{platform.node()}-{os.getpid()}"
    made.mkdir()
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)
        if new and not any(folder.iterdir()):
            folder.rmdir()


def remove_drafts_of_files(folder: Path) -> None:
    """What `write_whole` left in a folder when its process was killed."""
    for path in folder.glob(".*.tmp"):
        path.unlink(missing_ok=True)


def _sweep_up(folder: Path, name: str) -> None:
    from psutil import pid_exists

    for left in folder.glob(f".draft-{name}-{platform.node()}-*"):
        pid = left.name.rpartition("-")[2]
        if pid.isdigit() and (int(pid) == os.getpid() or not pid_exists(int(pid))):
            shutil.rmtree(left, ignore_errors=True)
