"""Where a verb is to write: looked at before any work, so that nothing is lost and nothing is in vain."""

import contextlib
import os
import stat
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from refocuslab.errors import RefocusError
from refocuslab.photos import write_whole

PNG = (".png",)
NPY = (".npy",)
PAGE = (".html", ".htm")
LONGEST_NAME = 255  # bytes of a file's name where the file system does not say


def check_file(
    argument: str, path: str | os.PathLike, endings: tuple[str, ...] = (), inputs: Iterable = ()
) -> Path:
    """The path of a file that can be written, or be replaced as it is a plain one and none of the inputs.

    endings: those of the formats that can be written, empty for any.
    """
    text = os.fspath(path)
    if not text or text.endswith(("/", os.sep)) or Path(text).name in ("", ".."):
        raise RefocusError(argument, "must name a file", repr(text))
    path = Path(text)
    _check_names(argument, path)
    with _existing(argument, path):
        if os.path.exists(path) and any(os.path.samefile(path, one) for one in inputs if os.path.exists(one)):
            raise RefocusError(argument, "must not be one of the inputs, which would be lost", text)
    if os.path.isdir(path):
        raise RefocusError(argument, "must name a file, not a folder", text)
    if endings and path.suffix.lower() not in endings:
        raise RefocusError(argument, f"must end in {' or '.join(endings)}", text)
    _check_plain(argument, path)
    if not os.path.isdir(path.absolute().parent):
        raise RefocusError(argument, "must lie in a folder that exists", text)
    _check_writable(argument, path.absolute().parent, text)
    return path


def check_folder(argument: str, path: str | os.PathLike) -> Path:
    """The path of a folder that files can be written to, or that can be made; no scene's own folder."""
    text = os.fspath(path)
    if not text:
        raise RefocusError(argument, "must name a folder", repr(text))
    path = Path(text)
    _check_names(argument, path)
    with _existing(argument, path):
        os.lstat(path / "a name")  # as long as one that will be made there
    if os.path.lexists(path) and not os.path.isdir(path):
        raise RefocusError(argument, "must be a folder", text)
    if os.path.lexists(path / "scene.toml"):
        raise RefocusError(argument, "must not be a scene's folder, whose files could be lost", text)
    there = next(one for one in (path.absolute(), *path.absolute().parents) if os.path.lexists(one))
    if not os.path.isdir(there):
        raise RefocusError(argument, f"must lie in a folder; {there.name} is none", text)
    _check_writable(argument, there, text)
    return path


def write(path: Path, content) -> None:
    """`write_whole`, with the file's name in what the system says against it."""
    try:
        write_whole(path, content)
    except OSError as error:
        error.filename = error.filename or str(path)
        raise


@contextlib.contextmanager
def _existing(argument: str, path: Path) -> Iterator[None]:
    """What is not there is no input; what cannot be looked at is no place to write."""
    try:
        yield
    except FileNotFoundError:
        return
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise RefocusError(argument, f"must be a place that can be written ({why})", str(path)) from None


def _check_names(argument: str, path: Path) -> None:
    for name in path.parts:
        size = len(os.fsencode(name))
        if size > LONGEST_NAME:
            rule = f"must have names of at most {LONGEST_NAME} bytes"
            raise RefocusError(argument, rule, f"one of {size}: {name[:30]}…")


def _check_plain(argument: str, path: Path) -> None:
    with _existing(argument, path):
        mode = os.lstat(path).st_mode
        if stat.S_ISLNK(mode):
            raise RefocusError(argument, "must not be a link: name the file itself", str(path))
        if not stat.S_ISREG(mode):
            raise RefocusError(argument, "must be a plain file", str(path))
        if not mode & 0o222 or not os.access(path, os.W_OK):
            raise RefocusError(argument, "must not be a file that is read-only", str(path))


def _check_writable(argument: str, folder: Path, text: str) -> None:
    try:
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        rule = f"must lie where files can be written ({error.strerror})"
        raise RefocusError(argument, rule, text) from None
