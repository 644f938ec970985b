"""The strip forgets the oldest pictures, by their number and by their memory, and never the last."""

import dataclasses

import pytest

import refocuslab as rl
from refocuslab.lab.explorer import strip
from refocuslab.lab.explorer.making.controls import Settings
from refocuslab.lab.explorer.making.session import Session
from refocuslab.lab.widgets.worker import Turn


@pytest.fixture(scope="module")
def outcome(a_scene):
    shown = []
    settings = Settings("made", rl.Method(candidates=4, neighborhood=3))
    Session({"made": a_scene()}, shipped=False).run(settings, Turn(), show=shown.append)
    return shown[-1]


@pytest.fixture
def strip_of(outcome):
    """A strip of so many outcomes, numbered from 0, that share all but their image."""

    def made(count):
        filled = strip.Strip()
        for number in range(count):
            filled.add(number, dataclasses.replace(outcome, image=outcome.image.copy()))
        return filled

    return made


def test_the_last_ones_are_kept(strip_of):
    filled = strip_of(strip.EARLIER + 2)
    assert len(filled) == strip.EARLIER
    assert filled.outcome(0) is filled.outcome(1) is None and filled.outcome(2) is not None


def test_fewer_are_kept_where_they_hold_much_and_one_however_much(strip_of, outcome, monkeypatch):
    one, image = strip_of(1).megabytes(), outcome.image.nbytes / 1e6
    monkeypatch.setattr(strip, "MEGABYTES", one + 2.5 * image)
    assert [number for number in range(5) if strip_of(5).outcome(number)] == [2, 3, 4]
    monkeypatch.setattr(strip, "MEGABYTES", one / 2)
    assert [number for number in range(5) if strip_of(5).outcome(number)] == [4]


def test_the_row_of_the_picture_shown_is_marked(strip_of):
    filled = strip_of(3)
    rows = filled.rows(filled.outcome(1))
    assert [(row["id"], row["now"]) for row in rows] == [(0, False), (1, True), (2, False)]
    assert all(row["png"].startswith(b"\x89PNG") for row in rows)


def test_a_copy_keeps_what_the_first_forgets(strip_of, outcome):
    filled = strip_of(strip.EARLIER)
    other = filled.copy()
    filled.add(99, outcome)
    assert other.outcome(0) is not None and other.outcome(99) is None
    assert filled.outcome(0) is None and filled.outcome(99) is outcome
