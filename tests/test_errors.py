"""An error says which argument, which rule, and what came instead."""

import pickle

from refocuslab.errors import PhotoError, RefocusError, nearest, similar


def test_the_message_names_argument_rule_and_value():
    error = RefocusError("neighborhood", "must be odd", 4)
    assert isinstance(error, ValueError)
    assert str(error) == "neighborhood must be odd; got 4"
    assert (error.argument, error.rule, error.got) == ("neighborhood", "must be odd", 4)


def test_errors_travel_between_processes():
    error = pickle.loads(pickle.dumps(RefocusError("psf", "must be square", (3, 4))))
    assert str(error) == "psf must be square; got (3, 4)"


def test_the_nearest_choice_is_the_most_similar_of_them():
    choices = ["coffee", "motorcycle-perturbed", "motorcycle"]
    assert nearest("motorcylce", choices) == "motorcycle"
    assert similar("motorcylce", choices) == ["motorcycle", "motorcycle-perturbed"]
    assert nearest("xyz", choices) is None
    assert nearest("coffee", iter(())) is None


def test_long_names_are_not_compared():
    assert nearest("a" * 60, ["a" * 61]) == "a" * 61
    assert nearest("a" * 61, ["a" * 61]) is None


def test_a_photo_that_is_none_is_told_of_by_what_its_owner_calls_it():
    error = pickle.loads(pickle.dumps(PhotoError("path", "must be readable", "in/a\nb.jpg", "it is empty")))
    assert str(error) == "path must be readable; got in/a\\nb.jpg: it is empty"
    assert error.about() == "“in/a\\nb.jpg” cannot be used: it is empty."
    assert error.about("my photo") == "“my photo” cannot be used: it is empty."
