"""A thread that does the latest job: a newer one supersedes it, Cancel ends it."""

import logging
import threading
import time
from collections.abc import Callable, Iterable
from typing import ParamSpec

from refocuslab.errors import Cancelled
from refocuslab.running.threads import in_background

_Arguments = ParamSpec("_Arguments")
# Seconds between two messages of progress.
BETWEEN_PROGRESS = 0.1


class Turn:
    """What a job is told while it is at work. As ``cancel=`` of `refocus` it ends work that is in vain.

    Attributes
    ----------
    superseded : threading.Event
        A newer job waits.
    cancelled : threading.Event
        Nobody wants the job's result.
    """

    def __init__(self) -> None:
        self.superseded, self.cancelled = threading.Event(), threading.Event()

    def is_set(self) -> bool:
        """Whether the job is superseded or cancelled."""
        return self.superseded.is_set() or self.cancelled.is_set()


Job = Callable[[Turn], object]


class Worker:
    """Does one job at a time in a thread of its own, and of all jobs that wait only the latest.

    What ``failed`` and ``idle`` raise is logged, and the next job is done all the same.

    Parameters
    ----------
    failed : callable
        Called in the worker's thread with what a job raised, unless that is `Cancelled` or the job's turn was
        over.
    idle : callable
        Called in the worker's thread when no job is left.
    """

    def __init__(
        self, failed: Callable[[Exception], object], idle: Callable[[], object] = lambda: None
    ) -> None:
        self._failed, self._idle = failed, idle
        self._change = threading.Condition()
        self._waiting: tuple[Job, Turn] | None = None
        self._turn: Turn | None = None
        self._thread: threading.Thread | None = None

    def submit(self, job: Job) -> Turn:
        """Do this job next: the one at work is superseded, the one that waits is dropped."""
        turn = Turn()
        with self._change:
            if self._turn:
                self._turn.superseded.set()
            self._waiting = job, turn
            if self._thread is None:
                self._thread = in_background(self._work, self.cancel, "explorer")
        return turn

    def cancel(self) -> bool:
        """End the job at work and drop the one that waits; False if there was neither."""
        with self._change:
            busy = self._turn is not None or self._waiting is not None
            self._waiting = None
            if self._turn:
                self._turn.cancelled.set()
            return busy

    def join(self, timeout: float | None = None) -> bool:
        """Wait until there is no job left; False if that takes longer than ``timeout`` seconds."""
        with self._change:
            return self._change.wait_for(lambda: self._thread is None, timeout)

    def _work(self) -> None:
        while True:
            with self._change:
                if self._waiting is None:
                    self._turn = self._thread = None
                    self._change.notify_all()
                    return
                job, turn = self._waiting
                self._turn, self._waiting = turn, None
            try:
                job(turn)
            except Cancelled:
                pass
            except Exception as error:  # of whatever kind: the next job must be done
                # Once Python exits, pools of threads take no more work.
                if not turn.is_set() and threading.main_thread().is_alive():
                    self._safely(self._failed, error)
            with self._change:
                self._turn = None
                done = self._waiting is None
            if done:
                self._safely(self._idle)

    @staticmethod
    def _safely(
        call: Callable[_Arguments, object], *args: _Arguments.args, **options: _Arguments.kwargs
    ) -> None:
        try:
            call(*args, **options)
        except Exception:
            logging.getLogger(__name__).exception("the explorer could not say what happened")


class Throttle:
    """Lets a message of progress pass now and then: a page that is told more often only falls behind."""

    def __init__(self) -> None:
        self._passed = 0.0

    def passes(self) -> bool:
        """Whether the last one that passed is long enough ago."""
        now = time.perf_counter()
        if now - self._passed < BETWEEN_PROGRESS:
            return False
        self._passed = now
        return True


def settle(workers: Iterable[Worker], timeout: float | None, error: Callable[[], Exception | None]) -> None:
    """Wait until no worker has a job.

    Parameters
    ----------
    workers : iterable of Worker
        Joined in turn.
    timeout : float or None
        The most seconds to wait.
    error : callable
        What the last work raised.

    Raises
    ------
    TimeoutError
        It took longer.
    Exception
        Whatever ended the work.
    """
    end = None if timeout is None else time.monotonic() + timeout
    for worker in workers:
        if not worker.join(None if end is None else max(0.0, end - time.monotonic())):
            raise TimeoutError(f"not ready within {timeout} seconds")
    if raised := error():
        raise raised
