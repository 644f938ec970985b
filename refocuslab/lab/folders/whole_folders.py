"""Folders that appear whole or not at all: made under another name, and renamed when they are done."""

import contextlib
import os
import platform
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

from refocuslab.checks import require
from refocuslab.errors import RefocusError

_living: set[str] = set()  # the drafts of this process


@contextlib.contextmanager
def draft(folder: Path, name: str) -> Iterator[Path]:
    """A hidden folder to make something in, within a ``with`` block; removed afterwards, unless renamed.

    It lies within ``folder``, so in its file system, where a rename is one step. Drafts of the same name
    that ended processes of this machine have left are removed first. A ``folder`` that was made here and
    stays empty is removed, too.

    Parameters
    ----------
    folder : Path
        Where the finished folder will lie; made if it is not there.
    name : str
        What is made, for the draft's name.

    Raises
    ------
    RefocusError
        ``folder`` is there and is no folder.
    """
    with kept_if_filled(folder):
        _sweep_up(folder, name)
        made = folder / f".draft-{name}-{platform.node()}-{os.getpid()}-{secrets.token_hex(4)}"
        _living.add(made.name)
        try:
            made.mkdir()
            yield made
        finally:
            shutil.rmtree(made, ignore_errors=True)
            _living.discard(made.name)


@contextlib.contextmanager
def new_folder(output: Path) -> Iterator[Path]:
    """A draft that becomes the folder ``output`` at the end of a ``with`` block, unless that fails.

    Raises
    ------
    RefocusError
        As ``check_empty``; nothing has been made.
    """
    check_empty(output)
    with draft(output.parent, output.name) as made:
        yield made
        if output.exists():
            output.rmdir()
        made.rename(output)


def check_empty(output: Path) -> None:
    """Refuse a folder that holds something: what is made at two times must not mix.

    Raises
    ------
    RefocusError
        It does.
    """
    empty = not output.exists() or not any(output.iterdir())
    require(empty, "--output", "must be a folder that is not there yet, or an empty one", output)


@contextlib.contextmanager
def kept_if_filled(folder: Path) -> Iterator[None]:
    """Make a folder, with those above it, for a ``with`` block; what is empty afterwards is removed again.

    Raises
    ------
    RefocusError
        Something else than a folder has its name.
    """
    if os.path.lexists(folder) and not folder.is_dir():
        raise RefocusError("output", "must be a folder", folder)
    new = []
    for one in (folder, *folder.parents):
        if os.path.lexists(one):
            break
        new.append(one)
    folder.mkdir(parents=True, exist_ok=True)
    try:
        yield
    finally:
        with contextlib.suppress(OSError):  # it is not empty, or another process has taken it away
            for one in new:
                one.rmdir()


def remove_drafts_of_files(folder: Path) -> None:
    """Remove what ``write_whole`` left in a folder when its process was killed."""
    for path in folder.glob(".*.tmp"):
        path.unlink(missing_ok=True)


def _sweep_up(folder: Path, name: str) -> None:
    from psutil import pid_exists

    start = f".draft-{name}-{platform.node()}-"
    for left in folder.glob(".draft-*"):
        if not left.name.startswith(start) or left.name in _living:
            continue
        pid = left.name.removeprefix(start).partition("-")[0]
        if pid.isdigit() and (int(pid) == os.getpid() or not pid_exists(int(pid))):
            shutil.rmtree(left, ignore_errors=True)
