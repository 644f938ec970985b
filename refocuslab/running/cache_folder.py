"""The folder in which this user's programs keep what can be made again."""

import contextlib
import os
import sys
import tempfile
from pathlib import Path


def of_the_user(program: str) -> Path | None:
    """The folder of a program in the user's cache, which may not exist yet; None where there is no home.

    Parameters
    ----------
    program : str
        The name of the program's folder.
    """
    with contextlib.suppress(RuntimeError):  # there is no home
        if sys.platform == "win32":
            local = os.environ.get("LOCALAPPDATA")
            return Path(local, program, "Cache") if local else None
        if sys.platform == "darwin":
            return Path.home() / "Library" / "Caches" / program
        return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", program)
    return None


def usable(folder: Path) -> bool:
    """Whether files can be written to a folder, which is made if it is not there."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except (OSError, ValueError):  # ValueError: a NUL in the name
        return False
    return True
