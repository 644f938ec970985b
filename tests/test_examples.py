"""The examples in the docstrings of the public names run, and show what they say."""

import doctest

import pytest

import refocuslab as rl

FINDER = doctest.DocTestFinder(recurse=False)
EXAMPLES = {
    name: found[0]
    for name in rl.__all__
    if (found := [one for one in FINDER.find(getattr(rl, name), name) if one.examples])
}


def test_there_are_examples():
    assert {"Scene", "Method", "blur", "disk", "mtf", "calibrate", "score", "tune"} <= set(EXAMPLES)


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_shows_what_it_says(name):
    told = []
    found = doctest.DocTestRunner().run(EXAMPLES[name], out=told.append)
    assert not found.failed, "".join(told)
