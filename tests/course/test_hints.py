"""Hints ask: one question, two sentences at most, no value."""

import re

import pytest

from refocuslab.course import hints

ALL = [(exercise, key) for exercise, table in hints.texts().items() for key in table]


@pytest.mark.parametrize(("exercise", "key"), ALL)
def test_a_hint_is_one_question_of_at_most_two_sentences(exercise, key):
    ask = hints.texts()[exercise][key].ask
    assert ask.endswith("?") and ask.count("?") == 1
    assert len(re.findall(r"[.?!](?: |$)", ask)) <= 2
    assert len(ask) <= 140


@pytest.mark.parametrize(("exercise", "key"), ALL)
def test_what_is_told_of_the_students_answer_is_a_sentence(exercise, key):
    yours = hints.texts()[exercise][key].yours
    assert not yours or (yours.endswith(".") and "{" in yours)


def test_a_text_holds_the_students_own_number():
    told = hints.text("e01", "keeps-light", (2.5,))
    assert told.startswith("Yours add up to 2.5. A lens ")
    assert hints.text("e01", "keeps-light").startswith("A lens")
    assert hints.text("e01", "returns-nothing") == hints.text("any", "returns-nothing")


def test_an_unknown_key_is_an_error():
    with pytest.raises(KeyError):
        hints.text("e01", "no-such-key")
