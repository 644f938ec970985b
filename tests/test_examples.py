"""The examples in the docstrings of the whole package run, and show what they say."""

import doctest
import importlib

import pytest

import refocuslab as rl
from refocuslab.files.installed import PACKAGE, sources

# __main__ is a program, no module to import.
MODULES = [
    ".".join(("refocuslab", *path.relative_to(PACKAGE).with_suffix("").parts)).removesuffix(".__init__")
    for path in sources()
    if path.name != "__main__.py"
]
EXAMPLES = {
    one.name: one
    for module in map(importlib.import_module, MODULES)
    for one in doctest.DocTestFinder().find(module, module.__name__)
    if one.examples
}


def test_there_are_examples():
    public = {name.rpartition(".")[2] for name in EXAMPLES} & set(rl.__all__)
    assert {"Scene", "Method", "blur", "disk", "mtf", "calibrate", "score", "tune"} <= public


@pytest.mark.seconds
@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_shows_what_it_says(name):
    told = []
    found = doctest.DocTestRunner().run(EXAMPLES[name], out=told.append)
    assert not found.failed, "".join(told)
