"""Work in parts on several threads; the parts do not depend on each other, so neither does the result."""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import cast

from threadpoolctl import threadpool_limits

from refocuslab.errors import RefocusError
from refocuslab.running.progress import Step

PART = 1024
# More than any machine has cores; each thread costs memory.
MOST_THREADS = 1024


def thread_count(threads: int | None) -> int:
    """How many threads `threads` asks for: itself, or one a core for None.

    Raises
    ------
    RefocusError
        It is neither None nor a whole number from 1 to 1024.
    """
    if threads is None:
        here = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
        return cast(int, here)
    if not isinstance(threads, int) or isinstance(threads, bool) or threads < 1:  # type: ignore[redundant-expr]
        raise RefocusError("threads", "must be None or a whole number from 1", threads)
    if threads > MOST_THREADS:
        raise RefocusError("threads", f"must be at most {MOST_THREADS}", threads)
    return threads


def in_parts(
    work: Callable[[int, int], object],
    length: int,
    threads: int | None,
    step: Step | None = None,
    *,
    at_least: int = 1,
) -> None:
    """Run work(first, last) over 0 … length in parts; step(share done) after each, in this thread.

    The parts do not depend on the number of threads.

    Parameters
    ----------
    work : callable
        Called with the bounds of a part, first included and last not, in any of the threads.
    length : int
        How many there are to work on.
    threads : int or None
        As for ``thread_count``.
    step : callable or None
        Called with the share done, 0 to 1, in the order of the parts. What it raises ends the rest.
    at_least : int
        The least length of a part; it is never less than 1024, but for the last part.

    Raises
    ------
    RefocusError
        ``threads`` is out of range.
    """
    size = max(PART, at_least)
    bounds = [(first, min(first + size, length)) for first in range(0, length, size)]
    pool = ThreadPoolExecutor(thread_count(threads))
    try:
        for (_, last), _ in zip(bounds, pool.map(work, *zip(*bounds, strict=True)), strict=True):
            if step:
                step(last / length)
    finally:
        pool.shutdown(cancel_futures=True)


@contextmanager
def one_thread_each() -> Iterator[None]:
    """Inside, a matrix product runs in the thread that asked for it: our threads share the cores already."""
    with threadpool_limits(limits=1, user_api="blas"):
        yield
