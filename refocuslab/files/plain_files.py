"""Files of the user: only plain ones are read or replaced, and what is written is written whole."""

import errno
import os
import secrets
import shutil
import stat
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import BinaryIO

from refocuslab.errors import RefocusError

# Endings of the picture files that are written, and their formats.
ENDINGS = {".png": "PNG", ".tif": "TIFF", ".tiff": "TIFF", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WebP"}

_KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISLNK, "a link"),
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


def check_plain_file(argument: str, path: str | os.PathLike[str], largest: int | None = None) -> Path:
    """The path, if it is that of a plain file of at most ``largest`` bytes.

    The file is not opened: a named pipe would wait for its other end without end. A link counts as
    what it leads to.

    Parameters
    ----------
    argument : str
        The argument's name, for the message.
    path : str or PathLike
        The file's path.
    largest : int or None
        The most bytes; None sets no limit.

    Raises
    ------
    RefocusError
        There is no such file, it is no plain file, or it is larger.
    """
    name = _name(argument, path)
    path = Path(name)
    try:
        found = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        raise RefocusError(argument, "must be that of an existing file", name) from None
    except (OSError, ValueError) as error:  # a ValueError where the path holds a zero byte
        raise RefocusError(argument, "must be that of a file", f"{name} ({_why(error)})") from None
    if not stat.S_ISREG(found.st_mode):
        raise RefocusError(argument, "must be that of a plain file", f"{name}, {_kind(found)}")
    if largest is not None and found.st_size > largest:
        rule = f"must be that of a file of at most {largest:,} bytes"
        raise RefocusError(argument, rule, f"{name}, {found.st_size:,} bytes")
    return path


def check_output(
    path: str | os.PathLike[str],
    inputs: Iterable[str | os.PathLike[str]] = (),
    *,
    argument: str = "output",
    endings: Iterable[str] = tuple(ENDINGS),
) -> Path:
    """The path, if a file can be written there without loss of anything.

    It lies in a folder that can be written to, and is free or that of a plain file which may be written
    to and is none of the inputs: under no other name, through no link, and not as one file of two names.

    Parameters
    ----------
    path : str or PathLike
        Where to write.
    inputs : iterable of str or PathLike
        Files that are read.
    argument : str
        The argument's name, for the message.
    endings : iterable of str
        Endings of which the path has one, in lower case with their dot; by default a picture's.

    Raises
    ------
    RefocusError
        The path breaks a rule above.
    """
    name = _name(argument, path)
    if name.endswith(("/", os.sep)) or os.path.isdir(name) or Path(name).name in ("", ".."):
        raise RefocusError(argument, "must be that of a file", f"{name}, a folder")
    path = Path(name)
    if path.suffix.lower() not in endings:
        rule = f"must end in one of {', '.join(endings)}, which says the format"
        raise RefocusError(argument, rule, name)
    # Before the rule that it is no link, for this is the graver fault and the better advice.
    for given in inputs:
        if _same_file(path, Path(given)):
            raise RefocusError(argument, "must not name a file that is read", f"{name}, which is {given}")
    _check_replaceable(argument, path)
    draft = _open_draft(argument, path)
    draft[1].close()
    draft[0].unlink()
    return path


def write_whole(path: str | os.PathLike[str], content: bytes | Callable[[BinaryIO], object]) -> None:
    """Write a file whole or not at all: until it is complete, what was there before stays.

    A file that is replaced leaves its permissions to the new one.

    Parameters
    ----------
    path : str or PathLike
        Where to write.
    content : bytes or callable
        The bytes, or a function that writes them to the open binary file it is given.

    Raises
    ------
    RefocusError
        What is there is no plain file or is read-only, or the folder cannot be written to.
    """
    path = Path(_name("path", path))
    _check_replaceable("path", path)
    draft, file = _open_draft("path", path)
    try:
        with file:
            if callable(content):
                content(file)
            else:
                file.write(content)
        if path.exists():
            shutil.copymode(path, draft)
        draft.replace(path)
    except BaseException:  # an interrupt, too, must leave nothing behind
        draft.unlink(missing_ok=True)
        raise


def _name(argument: str, path: str | os.PathLike[str]) -> str:
    try:
        name = os.fsdecode(path)
    except TypeError:
        raise RefocusError(argument, "must be a path", type(path).__name__) from None
    if not name or "\0" in name:
        raise RefocusError(argument, "must be a path", repr(name))
    return name


def _check_replaceable(argument: str, path: Path) -> None:
    try:
        found = path.lstat()
    except FileNotFoundError:
        return
    except OSError as error:
        raise RefocusError(argument, _PLACE, f"{path} ({_why(error)})") from None
    if not stat.S_ISREG(found.st_mode):
        rule = "must be free or that of a plain file, for nothing else is replaced"
        raise RefocusError(argument, rule, f"{path}, {_kind(found)}")
    # The administrator may write to what is marked read-only; the mark was set to keep the file.
    if not found.st_mode & 0o222 or not os.access(path, os.W_OK):
        raise RefocusError(argument, "must be that of a file which may be replaced", f"{path}, read-only")


_PLACE = "must lie in a folder that exists and can be written to"


def _open_draft(argument: str, path: Path) -> tuple[Path, BinaryIO]:
    # Only within one folder is a rename sure to be a single step. The draft's name is short, for
    # names have an end at 255 bytes; that of the file itself is tried by lstat.
    draft = path.with_name(f".{secrets.token_hex(8)}.tmp")
    try:
        return draft, draft.open("xb")
    except OSError as error:
        raise RefocusError(argument, _PLACE, f"{path} ({_why(error)})") from error


def _same_file(path: Path, other: Path) -> bool:
    try:
        return path.samefile(other)
    except (OSError, ValueError):  # one of them is not there
        return os.path.normcase(os.path.realpath(path)) == os.path.normcase(os.path.realpath(other))


def _kind(found: os.stat_result) -> str:
    return next((name for is_kind, name in _KINDS if is_kind(found.st_mode)), "no plain file")


def _why(error: OSError | ValueError) -> str:
    if getattr(error, "errno", None) == errno.ENAMETOOLONG:
        return "its name is too long"
    return getattr(error, "strerror", None) or str(error)
