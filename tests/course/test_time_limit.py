"""A function without an end is told so, and so is one that is interrupted; the notebook goes on."""

import signal
import threading

import pytest

from refocuslab.course import lesson as lessons
from refocuslab.course.lesson import Lesson
from refocuslab.course.time_limit import TooSlow, at_most
from refocuslab.course.verdict import judge

needs_alarms = pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="there are no alarms here")


def without_end(d):
    while True:
        pass


def catches_all(d):
    count = 0
    while count < 2:
        try:
            while True:
                pass
        except:  # noqa: E722
            count += 1
    raise ValueError("caught")


def is_interrupted(d):
    raise KeyboardInterrupt


@needs_alarms
def test_a_loop_without_an_end_is_told_with_its_line():
    before = signal.getsignal(signal.SIGALRM)
    found = judge("e01", without_end, seconds=0.05)
    assert (found.state, found.key) == ("wrong", "too-slow")
    assert "After 0.05 seconds it was still at work in line " in found.text
    assert signal.getsignal(signal.SIGALRM) == before and signal.getitimer(signal.ITIMER_REAL) == (0, 0)


@pytest.mark.seconds
@needs_alarms
def test_the_alarm_rings_again_where_it_was_caught():
    assert "ValueError" in judge("e01", catches_all, seconds=0.05).text


@needs_alarms
def test_a_lesson_limits_what_it_checks(monkeypatch):
    given = []
    monkeypatch.setattr(lessons, "judge", lambda *_, **options: given.append(options["seconds"]))
    Lesson().check("e01", without_end)
    assert given == [10.0]


def test_who_interrupts_a_check_in_a_lesson_gets_a_sentence():
    found = Lesson().check("e01", is_interrupted)
    assert (found.state, found.key) == ("wrong", "stopped")
    assert "KeyboardInterrupt in line 2" in found.text


def test_elsewhere_an_interrupt_ends_the_program():
    with pytest.raises(KeyboardInterrupt):
        judge("e01", is_interrupted)


@needs_alarms
def test_what_is_done_in_time_is_left_alone():
    with at_most(0.05):
        pass
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)


@needs_alarms
def test_an_alarm_of_somebody_else_is_left_alone():
    before = signal.signal(signal.SIGALRM, lambda *_: None)
    try:
        signal.setitimer(signal.ITIMER_REAL, 100)
        with at_most(0.01):
            assert signal.getitimer(signal.ITIMER_REAL)[0] > 99
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def test_another_thread_has_no_limit():
    found = []

    def works():
        try:
            with at_most(0.001):
                found.append(sum(range(10**6)))
        except (TooSlow, ValueError) as error:
            found.append(error)

    thread = threading.Thread(target=works)
    thread.start()
    thread.join()
    assert found == [sum(range(10**6))]
