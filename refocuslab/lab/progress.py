"""One line of text that says which notebook runs, at which cell, and for how long."""

import contextlib
import sys
import threading
from collections.abc import Callable, Iterator
from time import perf_counter
from typing import TextIO


class ProgressLine:
    """Progress of notebooks that run one after another.

    On a terminal the line is drawn over itself twice a second, so that a long cell is seen to
    live; elsewhere (a log, a pipe) a notebook gets one line when it ends.
    """

    def __init__(self, stream: TextIO | None = None, *, interval: float = 0.5):
        self.stream = stream or sys.stderr
        self.interval = interval
        self.live = self.stream.isatty()

    @contextlib.contextmanager
    def of(self, name: str) -> Iterator[Callable[[int, int], None]]:
        """Show the progress of ``name``; gives the function to call with (cell, cells)."""
        start, at, end = perf_counter(), "starts", threading.Event()

        def set_cell(cell: int, cells: int) -> None:
            nonlocal at
            at = f"cell {cell} of {cells}"

        def draw() -> None:
            while not end.wait(self.interval):
                self._write(f"\r{name}  {at}  {_clock(start)}\x1b[K")

        drawing = threading.Thread(target=draw, daemon=True)
        if self.live:
            drawing.start()
        state = "failed"
        try:
            yield set_cell
            state = "done"
        finally:
            end.set()
            if self.live:
                drawing.join()
            clear = "\r\x1b[K" if self.live else ""
            self._write(f"{clear}{name}  {state}  {_clock(start)}\n")

    def _write(self, text: str) -> None:
        self.stream.write(text)
        self.stream.flush()


def _clock(start: float) -> str:
    minutes, seconds = divmod(int(perf_counter() - start), 60)
    return f"{minutes}:{seconds:02d}"
