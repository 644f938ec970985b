"""One process at a time: a second that is to make the same in the same folder waits for the first."""

import contextlib
import os
import time
from collections.abc import Iterator
from pathlib import Path

from refocuslab.lab.terminal import complain

EVERY = 0.2  # seconds between two looks at whether the other has ended


@contextlib.contextmanager
def one_at_a_time(folder: Path, name: str) -> Iterator[None]:
    """Hold ``folder``/.lock-``name``. The system lets go of it when its process ends, however it ends.

    Where a file system knows no locks, nothing is held: what follows must be whole without it.
    """
    path = folder / f".lock-{name}"
    told = False
    while True:
        file = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        if _taken(file) is False:
            os.close(file)
            if not told:
                complain(f"refocuslab: note: waits for another process that makes the same in {folder}")
                told = True
            time.sleep(EVERY)
        elif _is(file, path):
            break
        else:  # its last holder has removed it in the meantime
            os.close(file)
    try:
        yield
    finally:
        if os.name == "posix":
            path.unlink(missing_ok=True)
        os.close(file)
        if os.name != "posix":
            with contextlib.suppress(OSError):  # another one has opened it
                path.unlink(missing_ok=True)


def _taken(file: int) -> bool | None:
    """True if it is ours now, False if another's, None where there are no locks."""
    try:
        if os.name == "posix":
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        else:
            import msvcrt

            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
    except (BlockingIOError, PermissionError):
        return False
    except OSError:
        return None
    return True


def _is(file: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file), os.stat(path))
    except FileNotFoundError:
        return False
