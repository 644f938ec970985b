"""The seconds of each stage, its progress, and its cancellation."""

from collections.abc import Callable
from contextvars import ContextVar, Token
from time import perf_counter
from typing import Protocol, cast

from refocuslab.errors import Cancelled

# Called with a stage's name and the share of it that is done, 0 to 1.
Progress = Callable[[str, float], object]
# Called with the share of a stage that is done, 0 to 1; it may raise Cancelled.
Step = Callable[[float], object]


# What this thread asks at each breath.
_asked: ContextVar[Callable[[], object]] = ContextVar("asked", default=lambda: None)


def breathe() -> None:
    """Raise Cancelled if the work of this thread is to stop.

    For loops that take long and have no step of their own. Costs a microsecond; does nothing outside of
    the work of a ``Watch``.
    """
    _asked.get()()


def asked_here() -> Callable[[], object]:
    """What ``breathe`` asks in this thread, to be handed to others."""
    return _asked.get()


def ask(check: Callable[[], object]) -> None:
    """Let ``breathe`` ask this from now on, in this thread."""
    _asked.set(check)


class Cancel(Protocol):
    """What tells that the work is to stop, in any thread; a ``threading.Event`` does."""

    def is_set(self) -> bool:
        """Whether it is to stop."""
        ...


class Watch:
    """Seconds of each stage; progress and cancellation at each step; as a context, also at each breath.

    Parameters
    ----------
    progress : callable or None
        Called with the stage's name and the share of it that is done, 0 to 1.
    cancel : Cancel or None
        Asked at each step; once it is set, the step raises ``Cancelled``.

    Attributes
    ----------
    seconds : dict of str to float
        The seconds of each stage that has ended, by its name.
    """

    def __init__(self, progress: Progress | None, cancel: Cancel | None) -> None:
        self.seconds: dict[str, float] = {}
        self._progress, self._cancel = progress, cancel
        self._stage: str | None = None
        self._since, self._share = 0.0, 0.0
        self._before: Token[Callable[[], object]] | None = None

    def __enter__(self) -> "Watch":
        """Have ``breathe`` ask this watch, in this thread, and what it asks already."""
        around = _asked.get()

        def both() -> None:
            around()
            self.check()

        self._before = _asked.set(both)
        return self

    def __exit__(self, *_: object) -> None:
        """Have it ask what it asked before."""
        _asked.reset(cast(Token[Callable[[], object]], self._before))

    def start(self, stage: str) -> None:
        """End the stage before, if there is one, and begin this one at the share 0."""
        self.end()
        self._stage, self._since = stage, perf_counter()
        self.step(0.0)

    def end(self) -> None:
        """Note the seconds of the stage, and report the share 1 if that was not done."""
        if self._stage:
            self.seconds[self._stage] = perf_counter() - self._since
            if self._share < 1:
                self.step(1.0)

    def step(self, share: float) -> None:
        """Report the share of the stage that is done, 0 to 1; raise Cancelled if that is asked for."""
        self._share = share
        self.check()
        if self._progress:
            self._progress(cast(str, self._stage), share)  # a step belongs to a stage

    def check(self) -> None:
        """Raise Cancelled if that is asked for."""
        if self._cancel is not None and self._cancel.is_set():
            raise Cancelled(f"cancelled during {self._stage}")

    def inside(self) -> "Watch":
        """A watch for work inside this stage: it can be cancelled, and its seconds are its own."""
        return Watch(lambda *_: self.step(self._share), None)
