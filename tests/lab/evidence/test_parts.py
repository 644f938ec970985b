"""The effects of the claims' parts, by hand from a few measures."""

import math

import pytest

from refocuslab.lab.evidence.parts import PARTS
from refocuslab.lab.evidence.statements import CLAIMS, WHY


def effect(says, found):
    (part,) = (part for part in PARTS if part.says == says)
    return part.effect(found)


def test_differences_and_ratios_are_the_larger_the_more_as_the_claim_says():
    found = {
        "scene": {"rms where sure": 2.0, "rms where unsure": 5.0, "rank of error": 0.25, "pixels": 1000},
        "scanline causal": {"ssim": 0.7, "kept": 0.25},
        "confidence symmetric": {"ssim": 0.9, "kept": 0.75, "psnr": 30.0},
        "deconvolution": {"psnr": 28.0},
        "pasted": {"psnr": 31.0},
        "search": {"exponent, all dimensions": 0.75},
    }
    assert effect("the error is larger where confidence is low", found) == 2.5
    assert effect("confidence foretells the error, pixel by pixel", found) == 0.25
    assert effect("it keeps more small features", found) == 0.5
    assert effect("its textures are closer to the truth", found) == pytest.approx(0.2)
    assert effect("from the same place the method is better than deconvolution", found) == 2
    assert effect("from another view deconvolution is better than the method", found) == -2
    assert effect("the registered photo, pasted in, is better than the method", found) == 1
    says = "the patches looked at grow more slowly than the library, in all dimensions"
    assert effect(says, found) == 0.25


def test_no_pixel_at_all_counts_as_a_tenth_of_one():
    bled = {"scene": {"pixels": 200}, "scanline causal": {"bled": 0.1}, "confidence symmetric": {"bled": 0.0}}
    says = "confidence order, symmetric, bleeds less than scanline order, causal"
    # 20 pixels over a tenth.
    assert effect(says, bled) == pytest.approx(200)
    gross = {"scene": {"pixels": 200}} | {of: {"gross": 0.0} for of in ("confidence symmetric", "same place")}
    assert effect("wrong color: more pixels are grossly wrong", gross) == 1


def test_the_direction_of_the_scan_is_measured_against_that_of_random_order():
    found = {
        "scene": {"pixels": 1000},
        "scanline causal": {"bled from before": 0.06, "bled from after": 0.02},
        "random causal": {"bled from before": 0.03, "bled from after": 0.02},
    }
    says = "the scan gives the bleeding its direction, against random order"
    assert effect(says, found) == pytest.approx(2)


@pytest.mark.parametrize("part", PARTS, ids=lambda part: f"{part.claim} {part.says}")
def test_without_its_measures_a_part_has_no_effect(part):
    assert math.isnan(part.effect({}))
    assert math.isnan(part.effect({of: {} for of in ("scene", "search", "same place", "deconvolution")}))


def test_parts_and_reasons_are_of_claims_and_none_stands_twice():
    assert {part.claim for part in PARTS} | set(WHY) <= set(CLAIMS)
    says = [(part.claim, part.says) for part in PARTS]
    assert len(set(says)) == len(says)
