"""One process at a time: a second that is to make the same in the same folder waits for the first."""

import contextlib
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from refocuslab.lab.terminal import complain

# Seconds between two attempts: a wait that nobody notices after runs of seconds to minutes.
EVERY = 0.2


@contextlib.contextmanager
def one_at_a_time(folder: Path, name: str) -> Iterator[None]:
    """Hold the lock on ``folder``/.lock-``name`` within a ``with`` block; wait while another process has it.

    The system releases it when its process ends, however it ends. Where a file system knows no locks,
    nothing is held, so the work inside must leave whole files without it, too.
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
        if sys.platform != "win32":
            path.unlink(missing_ok=True)
        os.close(file)
        if sys.platform == "win32":
            with contextlib.suppress(OSError):  # another one has opened it
                path.unlink(missing_ok=True)


def _taken(file: int) -> bool | None:
    """True if it is ours now, False if another's, None where there are no locks."""
    try:
        if sys.platform == "win32":  # the test by which a type checker, too, knows the system
            import msvcrt

            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
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
