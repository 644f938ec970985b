"""One bar over all stages, by a clock that is set by hand."""

from types import SimpleNamespace

import pytest

from refocuslab.running import clock
from refocuslab.running.clock import Clock


@pytest.fixture
def at(monkeypatch):
    """A function that sets the time, in seconds."""
    now = SimpleNamespace(time=0.0)
    monkeypatch.setattr(clock, "perf_counter", lambda: now.time)
    return lambda time: setattr(now, "time", time)


def test_stages_are_joined_by_the_seconds_expected_of_them(at):
    timer = Clock({"library": 1.0, "candidates": 3.0, "texture": 4.0})
    assert timer.at("library", 0.0)[0] == 0
    assert timer.at("candidates", 1 / 3)[0] == 0.25
    assert timer.at("texture", 0.5)[0] == 0.75
    assert timer.at("texture", 1.0) == (1.0, 0.0)
    assert Clock({}).at("texture", 0.5) == (0.0, 0.0)
    assert Clock({"order": 0.0}).at("order", 0.5) == (0.0, 0.0)


def test_the_bar_never_goes_back_nor_to_its_end_for_a_stage_that_was_not_expected(at):
    timer = Clock({"candidates": 3.0, "texture": 1.0})
    assert timer.at("candidates", 1.0)[0] == 0.75
    assert timer.at("candidates", 0.2)[0] == 0.75
    assert timer.at("drawing", 1.0)[0] == 0.75
    assert timer.at("texture", 1.5)[0] == 1.0


def test_work_at_the_expected_pace_has_the_expected_seconds_left(at):
    timer = Clock({"candidates": 2.0, "texture": 8.0})
    assert timer.at("candidates", 0.0)[1] == pytest.approx(10)
    for seconds in (1, 2, 6, 9):
        at(float(seconds))
        stage, share = ("candidates", seconds / 2) if seconds <= 2 else ("texture", (seconds - 2) / 8)
        assert timer.at(stage, share)[1] == pytest.approx(10 - seconds)


def test_slower_work_has_more_left_the_sooner_the_more_of_it_is_done(at):
    timer = Clock({"texture": 10.0})
    at(3.0)
    # Ten times as slow as expected, but only 3 % are done: most of what is left is still what was expected.
    assert timer.at("texture", 0.03)[1] == pytest.approx(9.7 * 3.5 / 0.8)
    at(50.0)
    assert timer.at("texture", 0.5)[1] == pytest.approx(50, rel=0.1)


def test_time_passes_also_while_a_stage_says_nothing(at):
    timer = Clock({"texture": 10.0})
    at(5.0)
    timer.at("texture", 0.5)
    at(7.0)
    assert timer.left == pytest.approx(3)
    at(100.0)
    assert timer.left == 0
