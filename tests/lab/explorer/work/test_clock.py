"""The seconds that are expected of a picture."""

from types import SimpleNamespace

import pytest

from refocuslab import Method
from refocuslab.lab.explorer.work.clock import STAGES, expected_seconds

SECONDS = {"library": 0.3, "candidates": 0.2, "order": 0.05, "texture": 4.0}


def after(change, **before):
    """What is expected of a picture by a changed method, after one that took ``SECONDS``."""
    last = SimpleNamespace(method=Method(**before), seconds=SECONDS)
    return expected_seconds(Method(**{**before, **change}), last)


def test_the_first_picture_of_a_scene_is_expected_to_take_what_most_do():
    found = expected_seconds(Method(), None)
    assert found == STAGES and found is not STAGES
    assert list(found)[:3] == ["PSF", "registration", "library"]


@pytest.mark.parametrize("change", [{}, {"lambda_image": 0.5}, {"order": "random", "seed": 3, "passes": 2}])
def test_what_changes_after_the_candidates_leaves_them_as_they_are(change):
    expected = dict.fromkeys(STAGES, 0.0) | {"order": 0.05, "texture": 4.0}
    assert after(change) == expected


@pytest.mark.parametrize("change", [{"neighborhood": 7}, {"candidates": 9, "seed": 3}, {"search": "linear"}])
def test_what_makes_candidates_anew_takes_as_long_as_before_and_at_least_what_most_do(change):
    assert after(change) == STAGES | {"library": 0.3, "candidates": 0.6, "order": 0.05, "texture": 4.0}


def test_texture_that_was_left_out_before_takes_what_it_does_for_most():
    assert after({"lambda_texture": 0.01}, lambda_texture=0.0)["texture"] == STAGES["texture"]
    assert after({"lambda_texture": 0.0})["texture"] == 4.0
