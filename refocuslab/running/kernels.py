"""Compiled kernels: one decorator for all, and a cache that sees a change in any file of the method.

numba keeps a compiled kernel by the date of its own file alone. A kernel that calls another, reads a
constant or takes a NamedTuple of another file would stay as it was compiled when that file changes. So
each kernel carries the stamp of all files of the method.
"""

import hashlib
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from numba import njit

from refocuslab.files.installed import PACKAGE, method_sources


def kernel(function: Callable[..., Any] | None = None, /, **options: Any) -> Callable[..., Any]:
    """Compile a function by numba when it is first called, keep it on disk, and let other threads run.

    Parameters
    ----------
    function : callable
        A function that numba can compile.
    **options
        More options of ``numba.njit``, such as ``fastmath``.

    Returns
    -------
    callable
        The compiled function; a decorator where only options are given.
    """
    if function is None:
        return lambda given: kernel(given, **options)
    compiled: Any = njit(cache=True, nogil=True, **options)(function)
    # Without a place for kernels numba caches nothing, and there is no file to stamp.
    if kept := getattr(compiled._cache, "_cache_file", None):
        kept._source_stamp = (kept._source_stamp, stamp())
    found: Callable[..., Any] = compiled
    return found


@lru_cache(maxsize=1)
def stamp() -> str:
    """A hash of the names, dates and sizes of all files of the method."""
    facts = [(path.relative_to(PACKAGE).as_posix(), path.stat()) for path in method_sources()]
    text = repr([(name, state.st_mtime_ns, state.st_size) for name, state in facts])
    return hashlib.sha256(text.encode()).hexdigest()
