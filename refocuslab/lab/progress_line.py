"""One line of text that says what runs, how far it is, and how long it has run."""

import contextlib
import re
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from time import perf_counter
from typing import TextIO

from refocuslab.errors import Cancelled
from refocuslab.lab.terminal import one_line
from refocuslab.running.clock import Clock

# Characters of the bar.
_BAR = 20
# What is not said any more at the end.
_LEFT = r",? *about [\d:]+ left$"


class ProgressLine:
    """Progress of notebooks that run one after another, and of the points of a sweep.

    On a terminal the line is drawn anew every ``interval`` seconds, over itself. Elsewhere, as in a log, a
    line is written when the work ends, and every ``lines`` seconds if the work can say how far it is.

    Parameters
    ----------
    stream : file or None
        Where to write; by default standard error.
    interval : float
        Seconds.
    lines : float
        Seconds.
    """

    def __init__(self, stream: TextIO | None = None, *, interval: float = 0.5, lines: float = 60) -> None:
        self.stream = stream or sys.stderr
        self.interval, self.lines = interval, lines
        self.live = self.stream is not None and self.stream.isatty()

    @contextlib.contextmanager
    def of(self, name: str, say: Callable[[], str] | None = None) -> Iterator[Callable[[int, int], None]]:
        """Show progress within the context.

        Parameters
        ----------
        name : str
            What runs.
        say : callable or None
            Says how far the work is, whenever the line is drawn.

        Yields
        ------
        callable
            To be called with the number of the cell at work and that of all cells; without ``say``, the line
            shows them.
        """
        name = one_line(name)
        start, cell, end = perf_counter(), "starts", threading.Event()

        def set_cell(at: int, cells: int) -> None:
            nonlocal cell
            cell = f"cell {at} of {cells}"

        def draw() -> None:
            while not end.wait(self.interval if self.live else self.lines):
                text = f"{name}  {say() if say else cell}  {_clock(start)}"
                self._write(f"\r{text}\x1b[K" if self.live else f"{text}\n")

        drawing = threading.Thread(target=draw, daemon=True) if self.live or say else None
        if drawing:
            drawing.start()
        state = "failed"
        try:
            yield set_cell
            state = "done"
        except (KeyboardInterrupt, Cancelled, SystemExit):  # the last by SIGTERM
            state = "interrupted"
            raise
        finally:
            end.set()
            if drawing:
                drawing.join()
            clear = "\r\x1b[K" if self.live else ""
            far = re.sub(_LEFT, "", say()) + "  " if say else ""
            self._write(f"{clear}{name}  {far}{state}  {_clock(start)}\n")

    def say(self, text: str) -> None:
        """Write a line before the work; nothing if the text is empty."""
        if text:
            self._write(f"{one_line(text)}\n")

    def _write(self, text: str) -> None:
        with contextlib.suppress(OSError, ValueError, AttributeError):  # the stream is closed
            self.stream.write(text)
            self.stream.flush()


class Stages:
    """One bar over all stages of a piece of work, in words: a ``progress`` to call, a ``say`` for the line.

    Parameters
    ----------
    expected : mapping of str to float
        The seconds that each stage is expected to take, in their order.
    named : callable
        What the line calls a stage.

    Examples
    --------
    >>> from refocuslab.lab.progress_line import Stages
    >>> stages = Stages({"candidates": 30.0, "texture": 10.0})
    >>> stages("candidates", 0.0)
    >>> print(stages)
    [                    ]   0 %  candidates, about 0:40 left
    """

    def __init__(self, expected: Mapping[str, float], named: Callable[[str], str] = str) -> None:
        self._clock, self._named = Clock(expected), named
        self._share, self._stage = 0.0, ""

    def __call__(self, stage: str, share: float) -> None:
        """Note how far a stage is."""
        self._share, self._stage = self._clock.at(stage, share)[0], self._named(stage)

    def __str__(self) -> str:
        """The bar, the stage at work, and the time left, where that is a second or more."""
        filled = "=" * int(_BAR * self._share)
        text = f"[{filled:{_BAR}}] {int(100 * self._share):3d} %"
        left = round(self._clock.left)
        words = [self._stage] * bool(self._stage) + [f"about {clock_text(left)} left"] * bool(left)
        return f"{text}  {', '.join(words)}".rstrip()


def how_far(before: int, done: int, of: int, failed: int, seconds: float) -> str:
    """How far a sweep is, and about how long it still takes.

    Parameters
    ----------
    before, done, of : int
        Points that were there before, points made or failed since, and all points.
    failed : int
        Points that failed.
    seconds : float
        How long the sweep has run.

    Examples
    --------
    >>> from refocuslab.lab.progress_line import how_far
    >>> how_far(before=4, done=2, of=10, failed=0, seconds=30)
    '6 of 10 points, about 1:00 left'
    """
    text = f"{before + done} of {of} points" + (f", {failed} failed" if failed else "")
    left = of - before - done
    return f"{text}, about {clock_text(seconds / done * left)} left" if done and left else text


def _clock(start: float) -> str:
    return clock_text(perf_counter() - start)


def clock_text(seconds: float) -> str:
    """Seconds as a clock shows them: m:ss, or h:mm:ss from an hour on."""
    minutes, seconds = divmod(int(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02d}:{seconds:02d}" if minutes > 59 else f"{minutes}:{seconds:02d}"
