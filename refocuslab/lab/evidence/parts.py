"""What each claim says, cut into parts that can hold or fail: an effect, its threshold, and why that one.

A part of the kind "comparison" compares what the paper compares: whole systems, which differ in more than one
thing. A part of the kind "explanation" changes one thing only, the one that the paper names as the cause. A
"control" says how the rest is to be read, and is not judged.

Each threshold was halved and doubled, one at a time (of a ratio, what is beyond 1). These verdicts change:
claim 2 is "in part" where the rank correlation must be 1; claim 3 "reproduced" where a tenth more from
before is enough; claim 10 "in part" where the same place must give 2 dB. The cause of claim 4 is "in part"
where a tenth less is enough, that of claim 5 "reproduced" at 0.25 dB and "not" at 1 dB, that of claim 6 "in
part" where an eighth of the pixels is enough.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from refocuslab.lab.evidence.cases import APART, OTHER, PLACE, VIEW
from refocuslab.lab.evidence.measurements import ALONE, BEST, SCANLINE, Measures

Found = dict[str, Measures]
Kind = Literal["comparison", "explanation", "control"]
EVERYWHERE = (PLACE, APART, VIEW, OTHER)


@dataclass(frozen=True)
class Part:
    """One thing that a claim says.

    Attributes
    ----------
    claim : int
        The claim's number.
    says : str
        The part in words.
    effect : callable
        The effect in a case, from its measures: the larger, the more as the claim says. NaN where there is
        none.
    unit : str
        Of the effect; "times" is a ratio, whose means are geometric.
    threshold : float
        The part holds where the effect is above it.
    reason : str
        Why this threshold.
    kind : {"comparison", "explanation", "control"}
        Whether systems are compared as in the paper, or one thing is changed; or neither is judged.
    groups : tuple of str
        The groups of scenes that the claim speaks of.
    frames : tuple of str
        The frames in which the effect is measured; the first decides.
    """

    claim: int
    says: str
    effect: Callable[[Found], float]
    unit: str
    threshold: float
    reason: str
    kind: Kind = "comparison"
    groups: tuple[str, ...] = EVERYWHERE
    frames: tuple[str, ...] = ("whole", "middle", "corner")


def _value(found: Found, of: str, measure: str) -> float:
    value = found.get(of, {}).get(measure)
    return math.nan if value is None else float(value)


def _of(one: tuple[str, str], other: tuple[str, str], *, ratio: bool = False) -> Callable[[Found], float]:
    """The difference or the ratio of two measures, each named by what it is of and what it is."""

    def effect(found: Found) -> float:
        a, b = _value(found, *one), _value(found, *other)
        if not ratio:
            return a - b
        # Shares may be nothing: a tenth of a pixel stands for that, less than any that was counted.
        least = (
            0.1 / _value(found, "scene", "pixels") if one[1].startswith("bled") or one[1] == "gross" else 1e-9
        )
        return max(a, least) / max(b, least)

    return effect


def _alone(of: str, measure: str) -> Callable[[Found], float]:
    return lambda found: _value(found, of, measure)


def _below_one(measure: str) -> Callable[[Found], float]:
    return lambda found: 1 - _value(found, "search", measure)


def _direction_beyond_chance(found: Found) -> float:
    """Bled from before over bled from after: in scanline order, over the same in random order."""
    scan = _of((SCANLINE, "bled from before"), (SCANLINE, "bled from after"), ratio=True)
    chance = _of(("random causal", "bled from before"), ("random causal", "bled from after"), ratio=True)
    return scan(found) / chance(found)


_ANY = "more than none: its sign is all that the claim says"
_SEEN = "a step of half a decibel is about the least that is seen side by side"

PARTS: tuple[Part, ...] = (
    Part(
        1,
        "the error is larger where confidence is low",
        _of(("scene", "rms where unsure"), ("scene", "rms where sure"), ratio=True),
        "times",
        1.5,
        "half as large again is seen without measuring",
    ),
    Part(
        1,
        "the picture is noisy where confidence is low",
        _of(("scene", "grain where unsure"), ("scene", "true grain where unsure"), ratio=True),
        "times",
        1.1,
        "a tenth more grain than the truth's",
    ),
    Part(
        1,
        "confidence foretells the error, pixel by pixel",
        _alone("scene", "rank of error"),
        "rank correlation",
        0.2,
        "a twenty-fifth of the variance of ranks",
        "control",
    ),
    Part(
        2,
        "confidence rises with contrast",
        _alone("scene", "rank of contrast"),
        "rank correlation",
        0.5,
        "a quarter of the variance of ranks",
    ),
    Part(
        2,
        "the tenth with most contrast is surer than the tenth with least",
        _of(("scene", "confidence, most contrast"), ("scene", "confidence, least contrast"), ratio=True),
        "times",
        2.0,
        "twice as sure",
    ),
    Part(
        3,
        "scanline texture has less grain than no texture",
        _of((ALONE, "grain where flat"), (SCANLINE, "grain where flat"), ratio=True),
        "times",
        1.0,
        _ANY,
    ),
    Part(
        3,
        "it has less grain than the truth",
        _of(("scene", "true grain where flat"), (SCANLINE, "grain where flat"), ratio=True),
        "times",
        1.0,
        _ANY,
    ),
    Part(
        3,
        "it bleeds more from before than from after in the scan",
        _of((SCANLINE, "bled from before"), (SCANLINE, "bled from after"), ratio=True),
        "times",
        1.2,
        "a fifth more, beyond what chance does in some hundred pixels",
    ),
    Part(
        3,
        "it loses small features that no texture keeps",
        _of((ALONE, "kept"), (SCANLINE, "kept")),
        "share of features",
        0.0,
        _ANY,
    ),
    Part(
        3,
        "the scan gives the bleeding its direction, against random order",
        _direction_beyond_chance,
        "times",
        1.2,
        "a fifth more, beyond what chance does in some hundred pixels",
        "explanation",
    ),
    Part(
        3,
        "texture causes the bleeding, against no texture",
        _of((SCANLINE, "bled"), (ALONE, "bled"), ratio=True),
        "times",
        1.0,
        _ANY,
        "explanation",
    ),
    Part(
        4,
        "confidence order, symmetric, bleeds less than scanline order, causal",
        _of((SCANLINE, "bled"), (BEST, "bled"), ratio=True),
        "times",
        2.0,
        "largely removed: half or less is left",
    ),
    Part(
        4,
        "it keeps more small features",
        _of((BEST, "kept"), (SCANLINE, "kept")),
        "share of features",
        0.0,
        _ANY,
    ),
    Part(
        4, "its textures are closer to the truth", _of((BEST, "ssim"), (SCANLINE, "ssim")), "SSIM", 0.0, _ANY
    ),
    *(
        Part(
            4,
            f"it is the order: confidence against {order}, both {neighborhood}, bleeds less",
            _of((f"{order} {neighborhood}", "bled"), (f"confidence {neighborhood}", "bled"), ratio=True),
            "times",
            1.2,
            "a fifth less, where the claim says largely",
            "explanation",
        )
        for neighborhood in ("symmetric", "causal")
        for order in ("scanline", "random")
    ),
    *(
        Part(
            4,
            f"it is the order: confidence against {order}, both symmetric, is closer to the truth",
            _of((BEST, "ssim"), (f"{order} symmetric", "ssim")),
            "SSIM",
            0.0,
            _ANY,
            "explanation",
        )
        for order in ("scanline", "random")
    ),
    Part(
        4,
        "it is the neighborhood: symmetric against causal, both scanline, bleeds less",
        _of((SCANLINE, "bled"), ("scanline symmetric", "bled"), ratio=True),
        "times",
        1.2,
        "a fifth less, as is asked of the order",
        "control",
    ),
    Part(
        4,
        "texture in confidence order is closer to the truth than no texture",
        _of((BEST, "ssim"), (ALONE, "ssim")),
        "SSIM",
        0.0,
        _ANY,
        "control",
    ),
    *(
        Part(
            5,
            f"the causal neighborhood is worse than the symmetric one in {order} order",
            _of((f"{order} symmetric", "psnr"), (f"{order} causal", "psnr")),
            "dB",
            0.5,
            _SEEN,
            "explanation" if order == "random" else "comparison",
        )
        for order in ("scanline", "confidence", "random")
    ),
    Part(
        6,
        "wrong textures: SSIM falls",
        _of(("same place", "ssim"), (BEST, "ssim")),
        "SSIM",
        0.05,
        "clearly: a twentieth of the whole scale",
        groups=(APART, VIEW),
    ),
    Part(
        6,
        "wrong color: more pixels are grossly wrong",
        _of((BEST, "gross"), ("same place", "gross"), ratio=True),
        "times",
        2.0,
        "clearly: twice as many",
        groups=(APART, VIEW),
    ),
    Part(
        6,
        "small features are lost",
        _of(("same place", "kept"), (BEST, "kept")),
        "share of features",
        0.05,
        "clearly: one in twenty",
        groups=(APART, VIEW),
    ),
    Part(
        6,
        "it is the candidates: the true color is missing among them",
        _of(("same place", "recall"), (BEST, "recall")),
        "share of pixels",
        0.25,
        "a quarter of the pixels",
        "explanation",
        groups=(APART, VIEW),
    ),
    Part(
        8,
        "near-equal colors split the probability",
        _alone("scene", "split"),
        "share of the probability",
        0.1,
        "a tenth of the probability can turn a choice",
    ),
    Part(
        8,
        "k-means mends that",
        _of(("scene", "split"), ("k-means", "split"), ratio=True),
        "times",
        2.0,
        "mended: half or less is left",
    ),
    *(
        Part(
            9,
            f"the patches looked at grow more slowly than the library, in {dimensions} dimensions",
            _below_one(f"exponent, {dimensions} dimensions"),
            "1 - exponent",
            0.1,
            "an exponent below 0.9: ten times the library costs eight times as much, or less",
            frames=("whole",),
        )
        for dimensions in ("all", "causal")
    ),
    Part(
        10,
        "from the same place the method is better than deconvolution",
        _of((BEST, "psnr"), ("deconvolution", "psnr")),
        "dB",
        1.0,
        "clearly: one decibel, for the deconvolution was tuned on the truth",
        groups=(PLACE,),
        frames=("middle",),
    ),
    Part(
        10,
        "from another view deconvolution is better than the method",
        _of(("deconvolution", "psnr"), (BEST, "psnr")),
        "dB",
        1.0,
        "clearly: one decibel, for the deconvolution was tuned on the truth",
        groups=(VIEW,),
        frames=("middle",),
    ),
    Part(
        10,
        "the registered photo, pasted in, is better than the method",
        _of(("pasted", "psnr"), (BEST, "psnr")),
        "dB",
        1.0,
        "clearly: one decibel",
        "control",
        groups=(PLACE, APART, VIEW),
    ),
)
