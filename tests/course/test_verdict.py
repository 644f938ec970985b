"""What is said of a function: each state, whatever the function does."""

import sys

import numpy as np
import pytest

from refocuslab import RefocusError, disk
from refocuslab.course.exercises import find
from refocuslab.course.verdict import judge


def right(d):
    n = 16
    u = (np.arange(d * n) + 0.5) / n - d / 2
    inside = np.hypot(u[:, None], u) <= d / 2
    return inside.reshape(d, n, d, n).mean(axis=(1, 3)) / inside.mean() / d**2


def not_written(d):
    raise NotImplementedError


def forgets_to_return(d):
    right(d)


def fails(d):
    weights = right(d)
    return weights[d]


def leaves(d):
    sys.exit("gone")


def recurses(d):
    return recurses(d)


def returns_text(d):
    return "a disk"


def returns_ragged(d):
    return [[1], [1, 2]]


def returns_complex(d):
    return right(d) * 1j


@pytest.mark.parametrize(
    ("function", "state", "key", "text"),
    [
        (right, "right", "", "E1: right."),
        (not_written, "not written", "", "E1: not written yet."),
        (forgets_to_return, "wrong", "returns-nothing", "It returns nothing."),
        (fails, "wrong", "raises", "It stops with IndexError in line 3: index"),
        (leaves, "wrong", "raises", "It stops with SystemExit in line 2: gone."),
        (recurses, "wrong", "raises", "It stops with RecursionError in line 2"),
        (returns_text, "wrong", "unreadable", "Which shape and type"),
        (returns_ragged, "wrong", "unreadable", "Which shape and type"),
        (returns_complex, "wrong", "unreadable", "Which shape and type"),
        (lambda d: -right(d), "wrong", "keeps-light", "Yours add up to -1."),
        (lambda d: right(d) * np.nan, "wrong", "keeps-light", "Yours add up to nan."),
        (lambda d: disk(d), "right by the package", "calls-the-package", "the package has a part in it"),
        (np.zeros, "wrong", "square-odd", "yours has the shape"),
    ],
    ids=lambda one: getattr(one, "__name__", None),
)
def test_each_state(function, state, key, text):
    found = judge("E1", function)
    assert (found.state, found.key) == (state, key)
    assert text in str(found) and "\n" not in str(found)
    assert found.right == state.startswith("right")


def test_inputs_are_copies_and_changes_are_told():
    def spoils(blurred, centers, query, count):
        blurred[0] = 0
        return centers[:count], np.arange(count)

    assert judge("e06", spoils).key == "changes-its-input"


def test_a_list_that_is_sorted_in_place_is_told():
    made, effect, verdict = find("e10").pieces()

    def sorts(table, first, second):
        table.sort()
        return effect(table, first, second)

    assert judge("e10", made, sorts, verdict).key == "changes-its-input"


def test_infinite_numbers_of_a_student_s_warn_of_nothing(recwarn):
    def infinite(blurred, centers, query, count):
        return centers[:count], np.full(count, np.inf)

    assert judge("e06", infinite).state == "wrong"
    assert not recwarn.list


def test_a_hint_is_safe_to_show_as_html():
    def fails(d):
        raise ValueError("<script>alert(1)</script>")

    page = judge("e01", fails)._repr_html_()
    assert "<script>" not in page and "&lt;script&gt;" in page


def test_a_long_error_is_cut():
    def fails(d):
        raise ValueError("x" * 10_000)

    assert len(str(judge("e01", fails))) < 400


@pytest.mark.parametrize("name", ["e99", "", "disk", None, 1, "e" * 1000])
def test_an_unknown_exercise_is_told(name):
    with pytest.raises(RefocusError, match="exercise must be one of e01, "):
        judge(name, right)


def test_other_functions_than_asked_for_are_told():
    with pytest.raises(
        RefocusError, match="functions must be 1: disk, each by its name, as the cell had it; got 2"
    ):
        judge("e01", right, right)
    rule = "function must be the function itself, as disk, not what it returns; got "
    array = r"an array of the shape \(13, 13\)"
    for value, told in ((3, "3"), (disk(13), array), ([[0.5]] * 99, "a list")):
        with pytest.raises(RefocusError, match=f"{rule}{told}$"):
            judge("e01", value)


def _helper(values):
    return values[99]


def calls_a_helper(d):
    return _helper([d])


def test_an_error_in_a_helper_names_the_helper():
    found = str(judge("e01", calls_a_helper))
    assert "IndexError in line 2 of _helper: list index out of range. Which" in found
