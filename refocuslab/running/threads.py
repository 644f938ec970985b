"""Work in parts on several threads; the parts do not depend on each other, so neither does the result."""

import atexit
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event, Thread
from time import monotonic
from typing import TypeVar, cast

from threadpoolctl import threadpool_limits

from refocuslab.errors import Cancelled, RefocusError
from refocuslab.running.progress import Step, ask, asked_here, breathe

PART = 1024
# More than any machine has cores; each thread costs memory.
MOST_THREADS = 1024
# Seconds that Python's exit waits for threads in the background. A kernel of Jupyter's has five to end.
_LAST = 4.0
_in_background: dict[Thread, Callable[[], object]] = {}
_Made = TypeVar("_Made")


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


@contextmanager
def pool(threads: int | None) -> Iterator[ThreadPoolExecutor]:
    """Threads that breathe as this one does (``breathe``), and at the latest then end when the context fails.

    Parameters
    ----------
    threads : int or None
        As for ``thread_count``.
    """
    failed, asked = Event(), asked_here()

    def check() -> None:
        if failed.is_set():
            raise Cancelled("what this was a part of has ended")
        asked()

    executor = ThreadPoolExecutor(thread_count(threads), initializer=ask, initargs=(check,))
    try:
        yield executor
    except BaseException:
        failed.set()
        raise
    finally:
        executor.shutdown(cancel_futures=True)


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

    def part(first: int, last: int) -> object:
        breathe()
        return work(first, last)

    with pool(threads) as executor:
        for (_, last), _ in zip(bounds, executor.map(part, *zip(*bounds, strict=True)), strict=True):
            breathe()
            if step:
                step(last / length)


def in_background(work: Callable[[], object], end: Callable[[], object], name: str | None = None) -> Thread:
    """Start a thread that does not keep Python from its exit, and that the exit ends and waits for, briefly.

    Python stops a thread that is left wherever it is. Within a Fourier transform of scipy's, that aborts the
    whole process.

    Parameters
    ----------
    work : callable
        What the thread does.
    end : callable
        Called at the exit, to tell the work to end.
    name : str or None
        The thread's.
    """

    def run() -> None:
        try:
            work()
        finally:
            _in_background.pop(thread, None)

    thread = Thread(target=run, name=name, daemon=True)
    _in_background[thread] = end
    thread.start()
    return thread


@atexit.register
def _leave() -> None:
    left, until = list(_in_background.items()), monotonic() + _LAST
    for _, end in left:
        end()
    for thread, _ in left:
        thread.join(max(0.0, until - monotonic()))


def interruptible(work: Callable[[Event], _Made], poll: float = 0.1) -> _Made:
    """What work(cancel) gives, in a thread of its own: an interrupt does not wait for it.

    Ctrl-C ends Python between two of its instructions only, and a kernel or a function of a library may
    take seconds.

    Parameters
    ----------
    work : callable
        Called with an event that is set once this thread is interrupted; ``breathe`` asks it, too.
    poll : float
        Seconds after which an interrupt is seen at the latest.
    """
    cancel = Event()
    made: list[_Made] = []
    failed: list[BaseException] = []

    def check() -> None:
        if cancel.is_set():
            raise Cancelled("nobody waits for it any longer")

    def run() -> None:
        ask(check)
        try:
            made.append(work(cancel))
        except BaseException as error:
            failed.append(error)

    try:
        thread = in_background(run, cancel.set)
        while thread.is_alive():
            thread.join(poll)
    finally:
        cancel.set()
    if failed:
        raise failed[0]
    return made[0]


@contextmanager
def one_thread_each() -> Iterator[None]:
    """Inside, a matrix product runs in the thread that asked for it: our threads share the cores already."""
    with threadpool_limits(limits=1, user_api="blas"):
        yield
