"""Work in parts: every part once, steps in the caller's thread, errors at once."""

import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from refocuslab import RefocusError
from refocuslab.errors import Cancelled
from refocuslab.running.progress import Watch, breathe
from refocuslab.running.threads import PART, in_parts, interruptible, thread_count


@pytest.mark.parametrize("threads", [0, -1, 2.0, "2", True])
def test_thread_counts_that_are_none(threads):
    with pytest.raises(RefocusError) as caught:
        thread_count(threads)
    assert str(caught.value) == f"threads must be None or a whole number from 1; got {threads}"


def test_no_thread_count_means_the_cores_that_this_process_may_use():
    if hasattr(os, "sched_getaffinity"):
        assert thread_count(None) == len(os.sched_getaffinity(0))
    assert thread_count(None) >= 1
    assert thread_count(7) == 7


@pytest.mark.parametrize("threads", [1, 2, 5])
@pytest.mark.parametrize("length", [0, 1, PART - 1, PART, PART + 1, 5 * PART])
def test_every_item_is_worked_on_once_and_steps_come_here(length, threads):
    done, steps = [0] * length, []

    def work(first, last):
        assert 0 < last - first <= PART
        for i in range(first, last):
            done[i] += 1

    in_parts(work, length, threads, lambda share: steps.append((share, threading.get_ident())))
    assert done == [1] * length
    shares = [share for share, _ in steps]
    assert shares == sorted(set(shares)) and len(shares) == -(-length // PART)
    assert shares[-1:] == [1.0] * bool(length)
    assert {ident for _, ident in steps} <= {threading.get_ident()}


def test_an_error_of_the_work_reaches_the_caller():
    def work(first, last):
        if first == 2 * PART:
            raise ZeroDivisionError

    steps = []
    with pytest.raises(ZeroDivisionError):
        in_parts(work, 4 * PART, 2, steps.append)
    assert steps == [0.25, 0.5]


def test_what_a_step_raises_ends_the_rest():
    begun = []

    def work(first, last):
        begun.append(first)
        time.sleep(0.002)

    def stop(share):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        in_parts(work, 100 * PART, 2, stop)
    assert len(begun) < 50
    at_return = len(begun)
    time.sleep(0.01)
    assert len(begun) == at_return


def test_all_threads_end_at_their_next_breath():
    """Once what was started is cancelled, or one part has failed."""
    cancel, begun = threading.Event(), threading.Barrier(2)

    def forever(first, last):
        begun.wait(10)
        if first and not cancel.is_set():
            raise ZeroDivisionError
        while True:
            breathe()

    with pytest.raises(ZeroDivisionError), Watch(None, threading.Event()) as watch:
        watch.start("candidates")
        in_parts(lambda first, last: forever(PART - first, last), 2 * PART, 2)
    cancel.set()
    with pytest.raises(Cancelled), Watch(None, cancel):
        in_parts(forever, 2 * PART, 2)


def test_an_interrupt_does_not_wait_for_the_work():
    begun, ended = threading.Event(), threading.Event()

    def work(cancel):
        begun.set()
        cancel.wait(10)
        ended.set()

    def interrupt():
        begun.wait(10)
        signal.raise_signal(signal.SIGINT)

    # A shell's background job inherits a deaf ear for it.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            threading.Thread(target=interrupt).start()
            interruptible(work)
    finally:
        signal.signal(signal.SIGINT, before)
    assert ended.wait(10)


def test_what_the_work_gives_or_raises_comes_from_interruptible():
    assert interruptible(lambda cancel: cancel.is_set()) is False
    with pytest.raises(ZeroDivisionError):
        interruptible(lambda _: 1 // 0)


@pytest.mark.seconds
@pytest.mark.parametrize("threads", [1, 2])
def test_work_in_parts_is_cancelled_between_two_parts(threads):
    cancel, begun = threading.Event(), []

    def work(first, last):
        begun.append(first)
        if first == 3 * PART:
            cancel.set()

    with pytest.raises(Cancelled), Watch(None, cancel):
        in_parts(work, 1000 * PART, threads)
    assert 4 <= len(begun) < 50


@pytest.mark.seconds
@pytest.mark.parametrize(
    "begin",
    [
        "in_background(lambda: work(end), end.set)",
        "Worker(failed=print).submit(work)",
        "threading.Thread(target=lambda: interruptible(work), daemon=True).start()",
    ],
)
def test_python_exits_in_peace_while_a_thread_transforms(begin):
    code = f"""
import threading
import numpy as np
from scipy import fft
from refocuslab.lab.widgets.worker import Worker
from refocuslab.running.threads import in_background, interruptible

begun, end = threading.Event(), threading.Event()

def work(cancel):
    while not cancel.is_set():
        fft.rfft2(np.ones((500, 500)))
        begun.set()

{begin}
begun.wait()
"""
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")


def test_a_breath_of_interrupted_work_ends_it():
    ended = threading.Event()

    def work(cancel):
        try:
            cancel.set()
            breathe()
        finally:
            ended.set()

    with pytest.raises(Cancelled):
        interruptible(work)
    assert ended.is_set()
