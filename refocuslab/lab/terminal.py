"""What the command line tells, whatever its words hold: one line each, in any code page, on any stream."""

import contextlib
import os
import sys
import threading
import warnings
from collections.abc import Iterator

import click

from refocuslab.errors import RefocusWarning

LONGEST = 1000  # characters of a line; a name of 5,000 would hide what is said about it


def one_line(text: object) -> str:
    """A text from anywhere as one line: what could steer a terminal is spelled, and the middle may be cut."""
    words = " ".join(line.strip() for line in str(text).splitlines())
    if len(words) > LONGEST:
        words = f"{words[: LONGEST * 3 // 4]} […] {words[-LONGEST // 5 :]}"
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in words)


def tell(text: object) -> None:
    """A line on standard output."""
    click.echo(one_line(text))


def complain(text: object) -> None:
    """A line on standard error, where there is still one to be read."""
    with contextlib.suppress(OSError, ValueError):
        if sys.stderr is not None and sys.stderr.isatty():
            click.echo("\r\x1b[K", nl=False, err=True)  # over the line of progress
        click.echo(one_line(text), err=True)


class Warned:
    """The doubts that were told while a verb ran; each is told once."""

    def __init__(self):
        self.lines: set[str] = set()
        self._lock = threading.Lock()

    def tell(self, message: Warning | str, category=RefocusWarning, *_) -> None:
        """Stands in for `warnings.showwarning`; what is not ours is shown, but is no doubt of a picture."""
        ours = issubclass(category, RefocusWarning)
        line = f"refocuslab: warning: {'' if ours else category.__name__ + ': '}{message}"
        with self._lock:
            if line in self.lines:
                return
            if ours:
                self.lines.add(line)
        complain(line)


@contextlib.contextmanager
def doubts_told() -> Iterator[Warned]:
    """Within, every warning is one line on standard error."""
    warned = Warned()
    with warnings.catch_warnings():
        warnings.simplefilter("always", RefocusWarning)
        warnings.showwarning = warned.tell
        yield warned


def any_code_page() -> None:
    """Let standard output spell what its code page lacks, as standard error does."""
    for stream in (sys.stdout, sys.stderr):
        if getattr(stream, "errors", "") == "strict" and hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def hang_up() -> None:
    """Nobody reads standard output any more: what is still to be written goes nowhere, quietly."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


def standard_streams() -> None:
    """Open those of the three that the caller has closed: or the next file would get their number."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest number that is free, which is this one
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "r" if number == 0 else "w", encoding="utf-8"))  # noqa: SIM115
