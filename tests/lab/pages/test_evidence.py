"""The evidence as a page: every claim, every scene, and words that say where."""

import re

import pytest

from refocuslab.lab.evidence.cases import POPULATION, Case
from refocuslab.lab.evidence.judgment import Effect, judgments
from refocuslab.lab.pages import evidence as pages


@pytest.mark.seconds
@pytest.mark.parametrize("strips_once", [True, pytest.param(False, marks=pytest.mark.slow)], indirect=True)
def test_the_page_holds_every_claim_that_was_measured_and_every_scene(evidence):
    page = pages.page(evidence)
    claims = re.findall(r"<b>Claim (\d+)</b>", page)
    assert claims == ["1", "2", "3", "4", "5", "8"]
    assert page.count("<img ") == len(claims) == len(re.findall(r'alt="Claim \d+, the effect', page))
    scenes = page[page.index('<section id="scenes">') :]
    assert all(f"<td >{name}</td>" in scenes for name in POPULATION)
    assert scenes.count("25.0%") == 12
    assert "12 scenes, in 1 frames of each and 2 draws" in page


def test_the_pasted_photo_stands_in_the_table_of_scenes_where_it_was_measured(evidence):
    found = dict(evidence.found)
    for draw, psnr in ((0, 40.0), (1, 42.0)):
        case = Case("coffee", "whole", draw)
        found[case] = found[case] | {"pasted": {"psnr": psnr}}
    table = pages.scenes(found)
    assert table.count("41.0") == 1 and table.count("–") == len(POPULATION) - 1
    assert "registered,<br>pasted in,<br>dB" in table


def test_a_run_stands_beside_the_evidence(evidence):
    cards = pages.cards(evidence, {4: ("<i>badge</i>", "<i>row</i>"), 7: ("<i>seven</i>", "")})
    fourth = cards[cards.index("Claim 4") : cards.index("Claim 5")]
    assert (
        fourth.index("<i>badge</i>") < fourth.index("on all scenes: reproduced") < fourth.index("<i>row</i>")
    )
    assert "<b>Claim 7</b>" in cards and "<i>seven</i>" in cards


def test_where_a_part_holds_is_told_by_name(evidence):
    fourth = judgments(evidence.found)[4]
    assert pages.sentence(fourth[0]) == (
        "Holds on 10 of 12 scenes; not on astronaut-perspective, chelsea-perspective."
    )
    assert pages.whole_sentence(fourth) == (
        "Reproduced on 10 of 12 scenes; not on 2 of 12 scenes (astronaut-perspective, chelsea-perspective)."
    )
    assert pages.in_words(fourth) == "reproduced; its cause: in part"
    assert pages.in_words(judgments(evidence.found)[2]) == "reproduced"


@pytest.mark.parametrize(
    ("effect", "unit", "text"),
    [
        (Effect(1.234, 1.1, 12.3, 5), "times", "1.23 times [1.10, 12]"),
        (Effect(0.5, -0.25, 1.25, 5), "dB", "+0.50 dB [-0.25, +1.25]"),
        (Effect(0.01234, 0.0, 0.02, 5), "SSIM", "0.012 SSIM [0.000, 0.020]"),
        (Effect(0.3, -1, 1, 1), "share of pixels", "0.300"),
    ],
)
def test_an_effect_has_its_unit_and_its_interval(effect, unit, text):
    assert pages.told(effect, unit) == text
