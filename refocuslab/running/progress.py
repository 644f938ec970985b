"""The seconds of each stage, its progress, and its cancellation."""

from time import perf_counter

from refocuslab.errors import Cancelled


class Watch:
    """Seconds of each stage; progress and cancellation at each step."""

    def __init__(self, progress, cancel):
        self.seconds = {}
        self._progress, self._cancel = progress, cancel
        self._stage, self._since, self._share = None, 0.0, 0.0

    def start(self, stage: str) -> None:
        self.end()
        self._stage, self._since = stage, perf_counter()
        self.step(0.0)

    def end(self) -> None:
        if self._stage:
            self.seconds[self._stage] = perf_counter() - self._since
            if self._share < 1:
                self.step(1.0)

    def step(self, share: float) -> None:
        self._share = share
        self.check()
        if self._progress:
            self._progress(self._stage, share)

    def check(self) -> None:
        """Raise Cancelled if that is asked for."""
        if self._cancel is not None and self._cancel.is_set():
            raise Cancelled(f"cancelled during {self._stage}")

    def inside(self) -> "Watch":
        """A watch for work inside this stage: it can be cancelled, and its seconds are its own."""
        return Watch(lambda *_: self.step(self._share), None)
