"""Servers on this machine: a free port, and a process that ends with its context."""

import contextlib
import socket
import subprocess
from collections.abc import Iterator, Sequence
from typing import Any

from refocuslab.errors import RefocusError

# This machine, which no other one reaches by this address.
HOST = "127.0.0.1"
# Seconds that a server may take to end.
PATIENCE = 15


def free_port(port: int = 0) -> int:
    """The port, if nobody listens at it on this machine; for 0, one at which nobody does.

    Raises
    ------
    RefocusError
        The port is taken, or this user may not listen at it.
    """
    with socket.socket() as found:
        try:
            found.bind((HOST, port))
        except OSError as error:
            raise RefocusError("--port", "must be free to listen at", f"{port} ({error.strerror})") from None
        free: int = found.getsockname()[1]
        return free


@contextlib.contextmanager
def running(command: Sequence[str], **options: Any) -> Iterator["subprocess.Popen[bytes]"]:
    """A process that ends with the context, at the latest.

    Parameters
    ----------
    command : sequence of str
        The program and its arguments.
    **options
        As for ``subprocess.Popen``.
    """
    server = subprocess.Popen(command, **options)
    try:
        yield server
    finally:
        server.terminate()
        try:
            server.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
