"""The last digit of a number in a notebook may differ by one between machines, and nothing else."""

import pytest
from last_digit import alike, settle, settled

TABLE = "| both | 30.4 | 0.937 | 2.65 |"


@pytest.mark.parametrize(
    "other",
    [
        TABLE,
        TABLE.replace("30.4", "30.5"),
        TABLE.replace("30.4", "30.3").replace("0.937", "0.938"),
    ],
)
def test_one_in_the_last_digit_is_alike(other):
    assert alike(other, TABLE) and alike(TABLE, other)


@pytest.mark.parametrize(
    "other",
    [
        TABLE.replace("30.4", "30.6"),
        TABLE.replace("0.937", "0.935"),
        TABLE.replace("2.65", "2.7"),
        TABLE.replace("30.4", "30"),
        TABLE.replace("30.4", "-30.4"),
        TABLE.replace("both", "one"),
        TABLE + " 1.0 |",
        "",
    ],
)
def test_anything_else_is_not(other):
    assert not alike(other, TABLE)


def test_whole_numbers_are_held_to_the_digit():
    assert not alike("63 matches", "64 matches") and alike("9.99 s", "10.00 s")


def test_what_is_alike_is_settled_and_the_rest_stands():
    found = {"output_type": "display_data", "data": {"text/markdown": "30.5 dB", "text/plain": "63"}}
    settle(found, {"output_type": "display_data", "data": {"text/markdown": "30.4 dB", "text/plain": "64"}})
    assert found["data"] == {"text/markdown": "30.4 dB", "text/plain": "63"}
    printed = {"output_type": "stream", "text": "1.00 px"}
    settle(printed, {"output_type": "stream", "text": "1.02 px"})
    assert printed["text"] == "1.00 px"


def test_outputs_are_compared_once_they_are_settled():
    made, kept = [{"text": "1.00"}, {"text": "2.00"}], [{"text": "1.01"}]
    assert settled(lambda found, committed: found[:1] == committed and len(found) == 2)(made, kept)
    assert not settled(lambda found, committed: found == committed)(made, kept)
