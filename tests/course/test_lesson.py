"""A lesson goes on whatever its exercises are, and says whose piece it goes on with."""

import sys

import numpy as np
import pytest

from refocuslab import RefocusError, disk
from refocuslab.course.exercises import exercises
from refocuslab.course.lesson import Lesson
from refocuslab.course.predictions import Predictions


def box(d):
    return np.ones((d, d)) / d**2


def stub(d):
    raise NotImplementedError


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (disk, "From here on disk: your own.\n"),
        (box, "From here on disk: the package's, for yours is not right yet.\n"),
        (stub, "From here on disk: the package's, for yours is not written yet.\n"),
    ],
)
def test_a_lesson_uses_what_is_right_and_says_so(function, said, capsys):
    used = Lesson("ada").use("e01", function)
    assert np.array_equal(used(7), disk(7))
    assert Lesson().whose(used) == ("your" if function is disk else "the package's")
    assert capsys.readouterr().out == said
    assert (used is function) == (function is disk)


def test_the_lessons_own_piece_is_not_taken_for_the_students(capsys):
    lesson = Lesson()
    placed = lesson.use("e01", stub)
    found = lesson.check("e01", placed)
    assert found.state == "not written" and "Run your cell first" in found.text
    assert placed.__name__ == "disk" and placed.__doc__ == disk.__doc__


def test_what_is_not_set_the_package_does(capsys):
    lesson = Lesson()
    given = lesson.given("E1")
    assert np.array_equal(given(7), disk(7)) and lesson.whose(given) == "the package's"
    assert capsys.readouterr().out == "From here on disk: the package's.\n"
    assert [one.__name__ for one in lesson.given("e02")] == list(exercises()["e02"].names)


@pytest.mark.seconds
@pytest.mark.parametrize("name", exercises())
def test_the_packages_pieces_pass_the_check_themselves(name):
    known = exercises()[name]
    pieces = known.pieces()
    assert tuple(one.__name__ for one in pieces) == known.names
    assert Lesson("ada").check(name, *pieces).right


def test_a_lesson_draws_its_students_variants():
    assert Lesson("ada", draw=2).variant("E6") == Lesson(" ADA", draw=2).variant("e06")
    with pytest.raises(RefocusError, match="student must be of at most 100 characters"):
        Lesson("a" * 101)
    with pytest.raises(RefocusError, match="draw must be"):
        Lesson("ada", draw=-1)


def test_a_prediction_is_kept_and_revealed():
    asked = Predictions()
    box = asked.ask("lost", "Which detail is lost?", ["coarse", "fine"])
    assert asked.reveal("lost", "fine") == "It is: fine. You made no prediction; the next one counts."
    box.children[1].value = "coarse"
    assert asked.reveal("lost", "fine") == "It is: fine. You said: coarse. Why?"
    box.children[1].value = "fine"
    revealed = asked.reveal("lost", "fine")
    assert repr(revealed) == revealed == "It is: fine. So you said."


def test_without_widgets_a_prediction_is_a_text(monkeypatch):
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    lesson = Lesson()
    assert "Which? (a / b)" in lesson.predict("x", "Which?", ["a", "b"])
    assert lesson.reveal("x", "a").startswith("It is: a.")


def test_a_question_without_a_choice_is_refused():
    asked = Predictions()
    for choices in ([], ["a"], ["a", "a"]):
        with pytest.raises(RefocusError, match="choices must be two or more"):
            asked.ask("x", "?", choices)
    with pytest.raises(RefocusError, match="name must be"):
        asked.reveal("never asked", "a")
    asked.ask("x", "?", ["a", "b"])
    with pytest.raises(RefocusError, match='answer must be "a" or "b"'):
        asked.reveal("x", "c")
