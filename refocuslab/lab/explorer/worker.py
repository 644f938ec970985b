"""One thread that does the latest job: a newer one supersedes it, Cancel ends it."""

import logging
import threading
from collections.abc import Callable
from time import perf_counter

from refocuslab.errors import Cancelled


class Turn:
    """One job's turn. As `cancel=` of refocus() it ends work that is superseded or cancelled."""

    def __init__(self):
        self.superseded, self.cancelled = threading.Event(), threading.Event()

    def is_set(self) -> bool:
        return self.superseded.is_set() or self.cancelled.is_set()


class Worker:
    """Does one job at a time, in a thread of its own, and of all that wait only the latest.

    A job is called with its Turn. What it raises, Cancelled excepted, goes to `failed`; both are
    called in the worker's thread, `idle` when nothing is left to do. What these two raise is logged:
    whatever fails, the next job is done.
    """

    def __init__(self, failed: Callable[[Exception], None], idle: Callable[[], None] = lambda: None):
        self._failed, self._idle = failed, idle
        self._change = threading.Condition()
        self._waiting: tuple[Callable, Turn] | None = None
        self._turn: Turn | None = None
        self._thread: threading.Thread | None = None

    def submit(self, job: Callable[[Turn], None]) -> Turn:
        """Do this job next; the one under way is superseded, the one that waits is forgotten."""
        turn = Turn()
        with self._change:
            if self._turn:
                self._turn.superseded.set()
            self._waiting = job, turn
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="explorer", daemon=True)
                self._thread.start()
        return turn

    def cancel(self) -> bool:
        """End the job under way and forget the one that waits; False if there was none."""
        with self._change:
            busy = self._turn is not None or self._waiting is not None
            self._waiting = None
            if self._turn:
                self._turn.cancelled.set()
            return busy

    def join(self, timeout: float | None = None) -> bool:
        """Wait until there is nothing to do; False if that takes longer than `timeout` seconds."""
        with self._change:
            return self._change.wait_for(lambda: self._thread is None, timeout)

    def _work(self) -> None:
        while True:
            with self._change:
                if self._waiting is None:
                    self._turn = self._thread = None
                    self._change.notify_all()
                    return
                job, self._turn = self._waiting
                turn, self._waiting = self._turn, None
            try:
                job(turn)
            except Cancelled:
                pass
            except Exception as error:  # the explorer lives on, and says what it was
                if not turn.is_set():
                    self._safely(self._failed, error)
            with self._change:
                self._turn = None
                done = self._waiting is None
            if done:
                self._safely(self._idle)

    @staticmethod
    def _safely(call: Callable, *arguments) -> None:
        try:
            call(*arguments)
        except Exception:
            logging.getLogger(__name__).exception("the explorer could not say what happened")


class Clock:
    """How far a piece of work is, and how long it will take: from the shares of its stages.

    weights: seconds that each stage is expected to take, in order.
    """

    def __init__(self, weights: dict[str, float]):
        self._weights = dict(weights)
        self._start = perf_counter()

    def at(self, stage: str, share: float) -> tuple[float, float]:
        """(share of the whole done, seconds left)."""
        whole = sum(self._weights.values()) or 1.0
        before = 0.0
        for name, weight in self._weights.items():
            if name == stage:
                break
            before += weight
        done = min(1.0, (before + share * self._weights.get(stage, 0.0)) / whole)
        spent = perf_counter() - self._start
        # The weights are a guess; the clock corrects it as soon as a tenth is done.
        left = (1 - done) * (spent / done if done > 0.1 else whole)
        return done, left
