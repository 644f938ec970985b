"""A limit of time for a call in this process, so that a loop without an end does not hold up a notebook."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

# Seconds until the next one, where a bare ``except`` of the student's has caught an alarm.
_AGAIN = 0.5


class TooSlow(BaseException):
    """The time is up; no ``Exception``, so that no ``except Exception`` of the student's takes it for one."""


@contextmanager
def at_most(seconds: float | None) -> Iterator[None]:
    """Raise ``TooSlow`` in what is done within after so many seconds.

    Nothing is limited where there are no alarms (Windows, a browser, any thread but the main one), or where
    somebody else has set one.

    Parameters
    ----------
    seconds : float or None
        None: no limit.

    Raises
    ------
    TooSlow
        The time is up.
    """
    if seconds is None or not _free():
        yield
        return
    before = signal.signal(signal.SIGALRM, _ring)
    try:
        signal.setitimer(signal.ITIMER_REAL, seconds, _AGAIN)
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _ring(_number: int, _frame: FrameType | None) -> None:
    raise TooSlow


def _free() -> bool:
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        return False
    nobody = signal.getsignal(signal.SIGALRM) in (signal.SIG_DFL, signal.SIG_IGN)
    return nobody and signal.getitimer(signal.ITIMER_REAL)[0] == 0
