"""From effects to verdicts."""

import math

import pytest

from refocuslab.lab.evidence import judgment
from refocuslab.lab.evidence.cases import Case
from refocuslab.lab.evidence.parts import PARTS, Part


def test_the_interval_is_students():
    # Mean 2, standard error 1 / sqrt(3), and 4.302653 is the 97.5 % point of t with two degrees of freedom.
    mean, low, high, of = judgment.interval([1.0, 2.0, 3.0])
    assert (mean, of) == (2.0, 3)
    assert (low, high) == pytest.approx((2 - 4.302653 / math.sqrt(3), 2 + 4.302653 / math.sqrt(3)))


def test_the_mean_of_ratios_is_geometric():
    mean, low, high, _ = judgment.interval([0.5, 2.0], ratio=True)
    assert mean == pytest.approx(1)
    assert low * high == pytest.approx(1)


def test_one_value_has_no_interval_and_none_is_not_a_number():
    assert judgment.interval([3.0, math.nan]) == (3.0, -math.inf, math.inf, 1)
    assert judgment.interval([math.nan]).of == 0


PART = Part(1, "it is more", lambda found: found["a"]["more"], "dB", 1.0, "why", frames=("whole", "corner"))


def judged(**more):
    """Of coffee: its effects by frame."""
    found = {
        Case("coffee", frame, draw): {"a": {"more": value}}
        for frame, values in more.items()
        for draw, value in enumerate(values)
    }
    return judgment.judge(found, PART)


@pytest.mark.parametrize(
    ("values", "word"),
    [
        ([1.1], "holds"),
        ([1.0], "fails"),
        ([1.5, 1.52], "holds"),
        ([0.5, 0.52], "fails"),
        ([0.5, 1.6], "unclear"),
    ],
)
def test_a_part_holds_where_its_interval_lies_above_the_threshold(values, word):
    (scene,) = judged(whole=values).scenes
    assert scene.holds == word


def test_the_first_frame_decides_and_another_that_differs_is_told():
    (scene,) = judged(corner=[0.0], whole=[2.0]).scenes
    assert (scene.holds, scene.elsewhere, scene.effect.mean) == ("holds", ("corner",), 2.0)
    (scene,) = judged(corner=[2.0]).scenes
    assert (scene.holds, scene.elsewhere) == ("holds", ())
    (scene,) = judged(corner=[0.0], whole=[0.5, 1.6]).scenes
    assert (scene.holds, scene.elsewhere) == ("unclear", ("corner",))
    (scene,) = judged(corner=[0.5, 1.6], whole=[2.0]).scenes
    assert (scene.holds, scene.elsewhere) == ("holds", ())


def test_the_verdict_is_of_shares_of_scenes(evidence):
    fourth = judgment.judgments(evidence.found)[4]
    bled = fourth[0]
    # Four times as much in ten scenes, as much in the two in perspective.
    assert len(bled.named("holds")) == 10
    assert bled.named("fails") == ["astronaut-perspective", "chelsea-perspective"]
    assert bled.share == pytest.approx(10 / 12)
    assert bled.most_against.scene == "astronaut-perspective"
    # The scenes of one subject, such as the four of the motorcycle, count as one: six of eight.
    assert (bled.over_scenes.mean, bled.over_scenes.of) == (pytest.approx(4 ** (6 / 8)), 8)
    assert judgment.verdict(fourth, "comparison") == "reproduced"
    # With one neighborhood, no order bleeds less than another, and scanline is worse in causal ones only.
    assert judgment.verdict(fourth, "explanation") == "in part"
    assert judgment.verdict([], "comparison") == "not measured"


def test_by_scene_all_of_it_must_hold(evidence):
    words = judgment.by_scene(judgment.judgments(evidence.found)[4], "comparison")
    assert {name for name, word in words.items() if word == "not"} == {
        "astronaut-perspective",
        "chelsea-perspective",
    }
    assert set(words.values()) == {"reproduced", "not"}


def test_every_part_has_a_reason_and_a_claim():
    assert {part.claim for part in PARTS} == {1, 2, 3, 4, 5, 6, 8, 9, 10}
    assert all(len(part.reason) > 5 and part.says and part.unit for part in PARTS)


def test_a_part_without_measures_is_no_effect():
    """An empty measure is not a 0: the part is left out, not failed."""
    assert judgment.judgments({Case("coffee", "whole", 0): {}}) == {}
