"""Every committed notebook says how long it takes, where the command line can read it."""

import nbformat
import pytest

from refocuslab.files.installed import notebooks_folder
from refocuslab.lab.notebooks import minutes
from refocuslab.lab.parameters.schema import NOTEBOOKS


def read(name):
    return nbformat.read(notebooks_folder() / f"{name}.ipynb", as_version=4)


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_notebook_says_both(name):
    reading, running = minutes.said(read(name))
    assert reading.startswith("about ") and running.startswith("about ")


@pytest.mark.parametrize("name", [name for name in NOTEBOOKS if "crop" in NOTEBOOKS[name].model_fields])
def test_a_notebook_that_takes_a_part_says_how_long_that_is(name):
    assert minutes.said_of_smoke(read(name)).startswith("about ")


def test_what_is_to_run_is_told_with_its_time():
    whole = {"crop": 0}
    told = minutes.to_run({"02_image_scene": whole, "04_confidence_order": whole})
    assert told.startswith("To run, with the time for whole scenes on two cores: ")
    assert "02_image_scene (about half a minute), 04_confidence_order (about a minute and a half)" in told
    assert minutes.to_run({}) == ""


def test_what_is_to_run_on_the_smallest_profile_is_told_with_its_own_time():
    names = ("01_point_spread_function", "04_confidence_order")
    told = minutes.to_run({name: {"crop": 64} for name in names})
    assert told.startswith("To run, with the time for 64 x 64 pixels of each scene on two cores: ")
    small, whole = minutes.said_of_smoke(read(names[1])), minutes.said(read(names[1]))[1]
    assert told.endswith(f"{names[1]} ({small})") and small != whole
    # It has no crop.
    assert f"{names[0]} ({minutes.said(read(names[0]))[1]})" in told
    assert "whole scenes" in minutes.to_run({names[1]: {"crop": 160}})
