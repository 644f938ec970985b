"""What the page says of a picture: its scores, what was changed, and a line for the strip."""

import dataclasses

import pytest

import refocuslab as rl
from refocuslab.lab.explorer import page_content
from refocuslab.lab.explorer.making.controls import Settings
from refocuslab.lab.explorer.making.session import Session
from refocuslab.lab.widgets.worker import Turn


@pytest.fixture(scope="module")
def outcome_of(a_scene):
    """The outcome of a method on the scene with a truth, or on that without."""
    session = Session({"made": a_scene(), "blind": a_scene(truth=False)}, shipped=False)

    def made(scene="made", **changes):
        shown = []
        settings = Settings(scene, dataclasses.replace(rl.Method(candidates=4, neighborhood=3), **changes))
        session.run(settings, Turn(), show=shown.append)
        return shown[-1]

    return made


def with_psnr(outcome, psnr):
    return dataclasses.replace(outcome, score=dataclasses.replace(outcome.score, psnr=psnr))


def test_scores_are_compared_with_those_of_the_same_scene_only(outcome_of):
    outcome, blind = outcome_of(), outcome_of("blind")
    first, other, perfect = (with_psnr(outcome, psnr) for psnr in (31.5, 30.25, float("inf")))
    rows = page_content.scores(first, None)
    assert [(row["name"], row["change"]) for row in rows] == [("PSNR", ""), ("SSIM", ""), ("reblur RMS", "")]
    psnr, ssim, _ = page_content.scores(other, first)
    assert (psnr["value"], psnr["unit"], psnr["change"]) == ("30.25", "dB", "-1.25")
    assert ssim["change"] == "+0.0000"
    # To a perfect picture there is no number of decibels.
    assert page_content.scores(perfect, first)[0]["change"] == ""
    (reblur,) = page_content.scores(blind, first)
    assert (reblur["name"], reblur["change"]) == ("reblur RMS", "")


def test_the_caption_is_the_psnr_or_without_a_truth_the_reblur_rms(outcome_of):
    first, blind = outcome_of(), outcome_of("blind")
    assert page_content.caption(first) == f"{first.score.psnr:.2f} dB"
    assert page_content.caption(blind) == f"{blind.score.reblur_rms:.2f} reblur"
    assert page_content.caption(dataclasses.replace(first, score=None)) == ""


@pytest.mark.seconds
@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, ""),
        ({"candidates": 7}, "candidates 7"),
        ({"candidates": 7, "seed": 3}, "candidates 7, seed 3"),
        ({"lambda_texture": rl.Method().lambda_texture * 2}, "λ ratio 2"),
        # A mixture is no system, and has no name.
        ({"order": "random"}, "order random"),
        # A system sets the order, the neighborhood and the ratio, which are not named.
        ({"order": "scanline", "causal": True}, "scanline texture"),
    ],
)
def test_only_what_was_changed_is_named(outcome_of, changes, words):
    assert page_content.change(outcome_of(**changes), outcome_of()) == words


def test_another_scene_is_named_as_the_page_calls_it(outcome_of):
    blind = dataclasses.replace(outcome_of("blind"), called="photos/blind")
    assert page_content.change(blind, outcome_of()) == "scene photos/blind"
    assert page_content.change(blind, None) == ""
