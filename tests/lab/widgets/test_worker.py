"""The thread that does the latest job."""

import threading
import time
from types import SimpleNamespace

import pytest

from refocuslab.errors import Cancelled
from refocuslab.lab.widgets import worker
from refocuslab.lab.widgets.worker import Throttle, Turn, Worker, settle


def test_a_turn_is_over_when_it_is_superseded_or_cancelled():
    for event in ("superseded", "cancelled"):
        turn = Turn()
        assert not turn.is_set()
        getattr(turn, event).set()
        assert turn.is_set()


def test_only_the_latest_of_the_jobs_that_wait_is_done_and_the_one_under_way_is_told():
    done, first, release = [], threading.Event(), threading.Event()

    def slow(turn):
        first.set()
        release.wait(5)
        done.append(("slow", turn.superseded.is_set(), turn.cancelled.is_set()))

    worker = Worker(failed=done.append)
    worker.submit(slow)
    first.wait(5)
    for number in range(10):
        worker.submit(lambda turn, number=number: done.append(number))
    release.set()
    assert worker.join(5)
    assert done == [("slow", True, False), 9]


def test_cancel_ends_the_work_and_errors_are_told():
    told, begun = [], threading.Event()

    def work(turn):
        begun.set()
        while not turn.is_set():
            time.sleep(0.001)
        raise Cancelled("as asked")

    worker = Worker(failed=told.append, idle=lambda: told.append("idle"))
    assert not worker.cancel()
    worker.submit(work)
    begun.wait(5)
    assert worker.cancel() and worker.join(5)
    assert told == ["idle"]
    worker.submit(lambda turn: 1 / 0)
    assert worker.join(5)
    assert isinstance(told[1], ZeroDivisionError) and told[2:] == ["idle"]


def test_what_a_job_raises_after_its_turn_is_told_to_nobody():
    told, begun = [], threading.Event()

    def work(turn):
        begun.set()
        while not turn.is_set():
            time.sleep(0.001)
        raise ValueError("too late to matter")

    worker = Worker(failed=told.append)
    worker.submit(work)
    begun.wait(5)
    worker.submit(lambda turn: told.append("next"))
    assert worker.join(5)
    assert told == ["next"]


def test_to_wait_has_an_end():
    release = threading.Event()
    worker = Worker(failed=lambda error: None)
    worker.submit(lambda turn: release.wait(5))
    assert not worker.join(0.01)
    release.set()
    assert worker.join(5)


def test_a_worker_outlives_those_it_tells():
    worker, done = Worker(failed=lambda error: 1 / 0, idle=lambda: 1 / 0), []
    for _ in range(2):
        worker.submit(lambda turn: [][0])
        assert worker.join(5)
    worker.submit(lambda turn: done.append(1))
    assert worker.join(5) and done == [1]


def test_progress_passes_now_and_then(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(worker, "time", SimpleNamespace(perf_counter=lambda: now[0]))
    throttle = Throttle()
    passed = []
    for now[0] in (100.0, 100.05, 100.09, 100.11, 100.12, 100.3):
        passed.append(throttle.passes())
    assert passed == [True, False, False, True, False, True]


def test_all_workers_are_waited_for_and_what_ended_the_work_is_raised():
    release, done = threading.Event(), []
    workers = [Worker(lambda error: None) for _ in range(2)]
    for one in workers:
        one.submit(lambda turn: (release.wait(30), done.append(1)))
    with pytest.raises(TimeoutError, match=r"not ready within 0\.05 seconds"):
        settle(workers, 0.05, lambda: None)
    release.set()
    settle(workers, 30, lambda: None)
    assert len(done) == 2
    with pytest.raises(ZeroDivisionError):
        settle(workers, None, ZeroDivisionError)
