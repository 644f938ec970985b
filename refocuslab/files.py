"""Files of the user: only plain ones are read."""

import os
import stat
from pathlib import Path

from refocuslab.errors import RefocusError


def check_plain_file(argument: str, path: str | os.PathLike, largest: int | None = None) -> Path:
    """The path, if it is that of a plain file of at most ``largest`` bytes; else a ``RefocusError``."""
    try:
        path = Path(os.fsdecode(path))
        found = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        raise RefocusError(argument, "must be that of an existing file", path) from None
    except (OSError, ValueError, TypeError) as error:
        raise RefocusError(argument, "must be that of a file", f"{path} ({error})") from None
    if not stat.S_ISREG(found.st_mode):
        raise RefocusError(argument, "must be that of a plain file", path)
    if largest is not None and found.st_size > largest:
        raise RefocusError(argument, f"must be that of a file of at most {largest:,} bytes", path)
    return path
