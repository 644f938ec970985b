"""A place for numba's compiled kernels, also where it finds none by itself.

numba keeps them beside the source or in the user's cache folder, and refuses to decorate a function where
it can write to neither: a read-only installation and an account without a home. This runs before numba is
loaded, and loads nothing slow.
"""

import atexit
import os
import shutil
import sys
import tempfile
from pathlib import Path

from refocuslab.files.installed import sources
from refocuslab.running.cache_folder import of_the_user, usable

PLACE = "NUMBA_CACHE_DIR"
REMEDY = f"set {PLACE} to a folder that can be written to, and later runs start faster"
_notes: list[str] = []


def settle() -> None:
    """See to it that kernels can be compiled, and note it for the user where no place keeps them.

    Child processes inherit a temporary place, which is removed when this process ends. Where there is not
    even a place for temporary files, each process compiles for itself.
    """
    given = os.environ.get(PLACE)
    if given and usable(Path(given)):
        return
    # Each module's kernels are kept beside it.
    if all(usable(folder / "__pycache__") for folder in {path.parent for path in sources()}):
        return
    if (own := of_the_user("numba")) and usable(own):
        return
    try:
        place = tempfile.mkdtemp(prefix="refocuslab-kernels-")
    except OSError:
        _compile_without_keeping()
        _notes.append(f"no folder can keep compiled kernels, so every process compiles them anew: {REMEDY}")
        return
    os.environ[PLACE] = place
    if "numba" in sys.modules:  # it has read the environment already
        sys.modules["numba"].config.CACHE_DIR = place
    atexit.register(_remove, place, os.getpid())
    _notes.append(f"no lasting folder can keep compiled kernels, so they go with this run: {REMEDY}")


def take_note() -> str | None:
    """The note of `settle`, once: whoever takes it tells the user."""
    return _notes.pop() if _notes else None


def count() -> int:
    """How many compiled kernels are kept in the place that ``settle`` has found."""
    given = os.environ.get(PLACE)
    places = [Path(given)] if given else {path.parent / "__pycache__" for path in sources()}
    return sum(1 for place in places for _ in place.rglob("*.nbi"))


def _remove(place: str, owner: int) -> None:
    if os.getpid() == owner:  # not in a child that was forked
        shutil.rmtree(place, ignore_errors=True)


def _compile_without_keeping() -> None:
    from numba.core.dispatcher import Dispatcher

    Dispatcher.enable_caching = lambda self: None  # type: ignore[method-assign]
