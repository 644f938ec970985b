"""Progress: what is told of each stage, what its seconds are, and how it is cancelled."""

import threading

import pytest

from refocuslab.errors import Cancelled
from refocuslab.running import progress
from refocuslab.running.progress import Watch, breathe


@pytest.fixture
def clock(monkeypatch):
    """A clock that the test sets."""
    now = [100.0]
    monkeypatch.setattr(progress, "perf_counter", lambda: now[0])
    return now


def test_each_stage_begins_at_0_and_ends_at_1_once(clock):
    told = []
    watch = Watch(lambda *stage: told.append(stage), None)
    watch.start("candidates")
    watch.step(0.5)
    watch.start("texture")
    watch.step(1.0)
    watch.end()
    assert told == [
        ("candidates", 0.0),
        ("candidates", 0.5),
        ("candidates", 1.0),
        ("texture", 0.0),
        ("texture", 1.0),
    ]


def test_seconds_are_those_of_each_stage(clock):
    watch = Watch(None, None)
    watch.start("a")
    clock[0] += 2
    watch.start("b")
    clock[0] += 3
    watch.end()
    assert watch.seconds == {"a": 2.0, "b": 3.0}


def test_nothing_is_noted_before_a_stage_begins():
    watch = Watch(None, None)
    watch.end()
    watch.check()
    assert watch.seconds == {}


def test_a_cancelled_stage_ends_at_its_next_step_and_tells_its_name():
    cancel, told = threading.Event(), []
    watch = Watch(lambda *stage: told.append(stage), cancel)
    watch.start("texture")
    cancel.set()
    with pytest.raises(Cancelled, match="cancelled during texture"):
        watch.step(0.5)
    with pytest.raises(Cancelled):
        watch.check()
    assert told == [("texture", 0.0)]


def test_work_inside_a_stage_repeats_its_share_keeps_its_own_seconds_and_can_be_cancelled(clock):
    cancel, told = threading.Event(), []
    watch = Watch(lambda *stage: told.append(stage), cancel)
    watch.start("outer")
    watch.step(0.25)
    inner = watch.inside()
    inner.start("inner")
    clock[0] += 5
    inner.end()
    assert set(told) == {("outer", 0.0), ("outer", 0.25)}
    assert inner.seconds == {"inner": 5.0} and watch.seconds == {}
    cancel.set()
    with pytest.raises(Cancelled, match="during outer"):
        inner.step(0.5)


def test_work_without_steps_ends_at_its_next_breath_as_long_as_the_watch_lasts():
    cancel = threading.Event()
    breathe()
    with Watch(None, cancel) as watch:
        watch.start("library")
        breathe()
        cancel.set()
        with pytest.raises(Cancelled, match="during library"):
            breathe()
        with Watch(None, None), pytest.raises(Cancelled):
            breathe()
    breathe()


def test_work_inside_other_work_ends_alone():
    cancel = threading.Event()
    cancel.set()
    with Watch(None, threading.Event()):
        with Watch(None, cancel), pytest.raises(Cancelled):
            breathe()
        breathe()


def test_a_breath_is_of_the_work_of_its_own_thread():
    cancel, other = threading.Event(), []
    cancel.set()
    with Watch(None, cancel):
        thread = threading.Thread(target=lambda: other.append(breathe()))
        thread.start()
        thread.join()
    assert other == [None]
