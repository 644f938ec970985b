"""Where a verb is to write: looked at before any work, so that nothing is lost and nothing is in vain."""

import os
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import BinaryIO

from refocuslab.errors import RefocusError
from refocuslab.files.plain_files import check_output, write_whole

# The endings of files that are no pictures to be refocused.
PNG = (".png",)
NPY = (".npy",)
PAGE = (".html", ".htm")
_LONGEST_NAME = 255  # bytes; of most file systems
_LONGEST_INSIDE = 150  # bytes of a path within the folder of a run


def check_file(
    path: str,
    inputs: Iterable[str | os.PathLike[str]] = (),
    *,
    endings: tuple[str, ...] | None = None,
    argument: str = "--output",
) -> Path:
    """``check_output`` for an option of the command line.

    Parameters
    ----------
    path : str
        Where to write.
    inputs : iterable of str or PathLike
        Files that are read, and that the path must not name.
    endings : tuple of str or None
        Endings of which the path has one, such as ``PNG``; None for a picture's.
    argument : str
        The option's name, for the message.

    Raises
    ------
    RefocusError
        The path breaks a rule of ``check_output``.
    """
    if endings is None:
        return check_output(path, inputs, argument=argument)
    return check_output(path, inputs, argument=argument, endings=endings)


def check_folder(path: str, *, argument: str = "--output") -> Path:
    """The path of a folder that files can be written to, or that can be made.

    Parameters
    ----------
    path : str
        The folder.
    argument : str
        The option's name, for the message.

    Raises
    ------
    RefocusError
        It is no folder and cannot become one, nothing can be written there, or it is a scene's own.
    """
    if not path:
        raise RefocusError(argument, "must name a folder", repr(path))
    folder = Path(path)
    if long := [part for part in folder.parts if len(os.fsencode(part)) > _LONGEST_NAME]:
        raise RefocusError(argument, f"must have names of at most {_LONGEST_NAME} bytes", long[0])
    try:
        os.lstat(folder / ("x" * _LONGEST_INSIDE))
    except (FileNotFoundError, NotADirectoryError):
        pass
    except OSError as error:
        raise RefocusError(argument, f"must be a folder ({error.strerror})", path) from None
    if os.path.lexists(folder) and not os.path.isdir(folder):
        raise RefocusError(argument, "must be a folder", path)
    if os.path.lexists(folder / "scene.toml"):
        raise RefocusError(argument, "must not be a scene's folder, whose files could be lost", path)
    there = next(one for one in (folder.absolute(), *folder.absolute().parents) if os.path.lexists(one))
    if not os.path.isdir(there):
        raise RefocusError(argument, f"must lie in a folder, and {there.name} is none", path)
    try:
        tempfile.TemporaryFile(dir=there).close()
    except OSError as error:
        rule = f"must lie where files can be written ({error.strerror})"
        raise RefocusError(argument, rule, path) from None
    return folder


def write(path: Path, content: bytes | Callable[[BinaryIO], object]) -> None:
    """``write_whole``, with the file's name in the system's error.

    Raises
    ------
    RefocusError
        As ``write_whole``.
    OSError
        The disk is full, or the like; the error's ``filename`` is the path.
    """
    try:
        write_whole(path, content)
    except OSError as error:
        error.filename = str(path)
        raise
