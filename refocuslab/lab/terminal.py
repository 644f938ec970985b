"""What the command line tells: one line each, whatever its words hold, in any code page, on any stream."""

import contextlib
import os
import shlex
import shutil
import subprocess
import sys
import threading
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

import click

from refocuslab.errors import RefocusWarning

# Characters of a line: a name of 5,000 would hide what is said about it.
LONGEST = 1000
# The program as it is installed.
_PROGRAM = "refocuslab"


def one_line(text: object) -> str:
    r"""A text as one line for a terminal.

    Characters that cannot be printed, which could steer the terminal, are escaped. The middle of a text of
    more than ``LONGEST`` characters is left out.

    Examples
    --------
    >>> from refocuslab.lab.terminal import one_line
    >>> print(one_line("a\nb \x1b[2J"))
    a b \x1b[2J
    """
    words = " ".join(line.strip() for line in str(text).splitlines())
    if len(words) > LONGEST:
        words = f"{words[: LONGEST * 3 // 4]} […] {words[-LONGEST // 5 :]}"
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in words)


def command_line(*words: str) -> str:
    """A command of this program, to be typed where it was started: with the path where that was typed.

    Parameters
    ----------
    *words : str
        The verb and what follows.

    Examples
    --------
    >>> from refocuslab.lab.terminal import command_line
    >>> command_line("refocus", "my photo.jpg")
    "refocuslab refocus 'my photo.jpg'"
    """
    started, found = sys.argv[0], shutil.which(_PROGRAM)
    program = [_PROGRAM]
    if Path(started).stem == _PROGRAM and not (found and _same(found, started)):
        program = [started]
    elif Path(started).parts[-3:] == (_PROGRAM, "lab", "__main__.py") and not found:  # python -m
        program = [sys.orig_argv[0], "-m", "refocuslab.lab"]
    join = subprocess.list2cmdline if os.name == "nt" else shlex.join
    return join([*program, *words])


def _same(found: str, started: str) -> bool:
    """Whether both are one file; Windows leaves out the ending of what it starts."""
    return Path(found).with_suffix("").resolve() == Path(started).with_suffix("").resolve()


def tell(text: object) -> None:
    """Write a line to standard output."""
    click.echo(one_line(text))


def complain(text: object) -> None:
    """Write a line to standard error; nothing if that is closed."""
    with contextlib.suppress(OSError, ValueError):
        if sys.stderr is not None and sys.stderr.isatty():
            click.echo("\r\x1b[K", nl=False, err=True)  # over the line of progress
        click.echo(one_line(text), err=True)


class Warned:
    """Shows warnings as lines, each once.

    Attributes
    ----------
    lines : set of str
        The lines of all RefocusWarnings so far.
    """

    def __init__(self) -> None:
        self.lines: set[str] = set()
        self._lock = threading.Lock()

    def tell(
        self,
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: TextIO | None = None,
        line: str | None = None,
    ) -> None:
        """Replaces ``warnings.showwarning``. Warnings of other kinds are shown, but are no doubts."""
        ours = issubclass(category, RefocusWarning)
        told = f"refocuslab: warning: {'' if ours else category.__name__ + ': '}{message}"
        with self._lock:
            if told in self.lines:
                return
            if ours:
                self.lines.add(told)
        complain(told)


@contextlib.contextmanager
def doubts_told() -> Iterator[Warned]:
    """Within the context, every warning is one line on standard error."""
    warned = Warned()
    with warnings.catch_warnings():
        warnings.simplefilter("always", RefocusWarning)
        warnings.showwarning = warned.tell
        yield warned


def any_code_page() -> None:
    """Let standard output escape what its code page lacks, as standard error does."""
    for stream in (sys.stdout, sys.stderr):
        if getattr(stream, "errors", "") == "strict" and hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def hang_up() -> None:
    """Discard what is still to be written to standard output, whose reader has gone."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


def standard_streams() -> None:
    """Open those of the three standard streams that the caller has closed.

    Otherwise the next file would get their number, and what is printed would be written into it.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # gets the lowest free number, which is this one
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "r" if number == 0 else "w", encoding="utf-8"))  # noqa: SIM115
