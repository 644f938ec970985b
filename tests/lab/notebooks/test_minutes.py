"""Every committed notebook says how long it takes, where the command line can read it."""

import nbformat
import pytest

from refocuslab.files.installed import notebooks_folder
from refocuslab.lab.notebooks import minutes
from refocuslab.lab.parameters.schema import NOTEBOOKS


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_notebook_says_both(name):
    reading, running = minutes.said(nbformat.read(notebooks_folder() / f"{name}.ipynb", as_version=4))
    assert reading.startswith("about ") and running.startswith("about ")


def test_what_is_to_run_is_told_with_its_time():
    told = minutes.to_run(["02_image_scene", "04_confidence_order"])
    assert "02_image_scene (about half a minute), 04_confidence_order (about a minute and a half)" in told
    assert minutes.to_run([]) == ""
