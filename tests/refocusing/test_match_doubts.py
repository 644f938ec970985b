"""What is said of registered photos: each sentence at the value from which it is said."""

import math

import numpy as np
import pytest

from refocuslab.refocusing.match_doubts import exposed, named, of_registration, stops
from refocuslab.registration.register import Registration


def said(*matches, light="linear"):
    """The notes, and (about, text) of the doubts."""
    notes, doubts = of_registration(Registration(None, matches, tuple(range(len(matches)))), light)
    assert not any(doubt.grave for doubt in doubts)
    return notes, [(doubt.about, doubt.text) for doubt in doubts]


def test_a_photo_is_numbered_where_there_are_several():
    assert named(0, 1) == "The focused photo"
    assert [named(number, 3) for number in range(3)] == [f"Focused photo {n}" for n in (1, 2, 3)]


def test_stops_are_powers_of_two_of_light():
    # U has twice the light: the focused photo got one stop less.
    assert stops(np.array([2.0, 1.0, 0.25]), "linear").tolist() == [-1, 0, 2]
    # Encoded values are about the light to the power 1 / 2.2.
    assert stops(np.array([2.0, 1.0, 0.25]) ** (1 / 2.2), "encoded") == pytest.approx([-1, 0, 2])


@pytest.mark.parametrize(
    ("gain", "words"),
    [
        ([1, 1, 1], "exposed as the misfocused one"),
        ([2, 2, 2], "exposed 1.00 stops less than the misfocused one"),
        ([0.5, 0.5, 0.5], "exposed 1.00 stops more than the misfocused one"),
        # Half a stop to either side is white balance alone, told as the channels of the photo by its green.
        (
            [math.sqrt(2), 1, math.sqrt(0.5)],
            "taken with another white balance (R : G : B as 0.71 : 1.00 : 1.41)",
        ),
        (
            [4, 2, 2],
            "exposed 1.33 stops less than the misfocused one, "
            "with another white balance (R : G : B as 0.50 : 1.00 : 1.00)",
        ),
    ],
)
def test_an_exposure_in_words(gain, words):
    assert exposed(np.array(gain, float), "linear") == words


def test_of_a_photo_that_needed_nothing_only_the_note_is_left(match):
    assert said(match()) == (["The focused photo: left as it is."], [])


def test_notes_tell_of_exposure_and_of_clipping(match):
    gain = np.full(3, 0.5)
    notes, doubts = said(match(), match(gain=gain, clipped=0.02, note="Only its exposure was matched."))
    assert notes == [
        "Focused photo 1: left as it is.",
        "Focused photo 2: only its exposure was matched. "
        "It was exposed 1.00 stops more than the misfocused one.",
        "Focused photo 2: 2.0% is clipped; there the misfocused photo told how bright it is.",
    ]
    assert doubts == []
    assert said(match(clipped=0.2))[0][1].startswith("The focused photo: 20% is clipped")
    assert len(said(match(clipped=0.001))[0]) == 1


def test_what_could_not_be_registered_is_doubted_with_its_reason_and_nothing_else_is(match):
    lost = match(
        trusted=False,
        agreement=0.1,
        overlap=0.1,
        clipped=0.9,
        gain=np.full(3, 8.0),
        note="Not registered: fog.",
    )
    notes, ((about, text),) = said(lost)
    assert about == "registration"
    assert text.startswith("The focused photo could not be registered (fog) and was used as it is")
    assert "It was" not in notes[0]


@pytest.mark.parametrize(
    ("about", "just", "beyond", "words"),
    [
        ("registration", {"agreement": 0.6}, {"agreement": 0.59}, "correlates to 0.59 only"),
        ("overlap", {"overlap": 0.5}, {"overlap": 0.49}, "shows only 49% of the object"),
        ("clipping", {"clipped": 0.25}, {"clipped": 0.26}, "is clipped in 26% of its pixels"),
        (
            "exposure",
            {"gain": np.array([7.9, 1, 0.126])},
            {"gain": np.array([1, 1, 8.0])},
            "more than three stops",
        ),
        ("exposure", {"gain": np.ones(3)}, {"gain": np.array([0.125, 1, 1])}, "more than three stops"),
    ],
)
def test_doubts_begin_where_a_measure_leaves_its_range(match, about, just, beyond, words):
    assert said(match(**just))[1] == []
    ((found, text),) = said(match(**beyond))[1]
    assert found == about and words in text and text.startswith("The focused photo ")
