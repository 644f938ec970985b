"""The paper's claims about its pictures, each turned into numbers and a verdict.

A verdict is "reproduced" when all parts of the claim were measured, "in part" when some were, and "not"
when none was. The thresholds stand here and in picture_measures.py, and are the same for every scene.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from scipy import stats

from refocuslab.evaluation.metrics import Score
from refocuslab.lab.measures.candidate_quality import recall
from refocuslab.lab.measures.picture_measures import (
    bleeding,
    contrast,
    details_kept,
    grain,
    gross,
    highest,
    lowest,
    psnr_of,
    rms,
    truth_of,
)
from refocuslab.lab.records.notebook_record import Claim, Verdict
from refocuslab.refocusing.result import Result
from refocuslab.scene import Scene

if TYPE_CHECKING:  # slow to import
    from refocuslab.lab.measures.searches import Scaling

# The value of a best candidate, R, G and B, and its probability P; the scores of three rivals.
_Best = tuple[Sequence[int], float]
_Rivals = tuple[Score, Score, Score]


def verdict(*parts: bool) -> Verdict:
    """The verdict on a claim, of whose parts each was measured or not.

    Examples
    --------
    >>> from refocuslab.lab.measures.claims import verdict
    >>> verdict(True, False)
    'in part'
    """
    return "reproduced" if all(parts) else "in part" if any(parts) else "not"


def right_where_confident(scene: Scene, result: Result) -> Claim:
    """Claim 1, from a result of the image-scene constraint alone."""
    sure = highest(result.confidence, scene.mask, 0.25)
    unsure = lowest(result.confidence, scene.mask, 0.25)
    low, high = rms(result.image, scene, sure), rms(result.image, scene, unsure)
    rough, true = grain(result.image, unsure), grain(truth_of(scene), unsure)
    return Claim(
        number=1,
        section="3.1",
        statement=(
            "The image-scene constraint alone is right where confidence is high, noisy where it is low."
        ),
        measure=(
            "RMS error in the most and the least confident quarter; grain in the latter, against the truth's"
        ),
        value=(f"RMS error {low:.1f} and {high:.1f}; grain {rough:.1f}, of the truth {true:.1f} gray levels"),
        verdict=verdict(high > 1.5 * low, rough > 1.1 * true),
        tolerance="RMS 1.5 times as large where least confident; grain there 1.1 times the truth's",
    )


def confident_where_contrasty(scene: Scene, result: Result) -> Claim:
    """Claim 2, from any result."""
    local, confident = contrast(scene.misfocused), result.confidence
    rank = float(stats.spearmanr(local[scene.mask], confident[scene.mask]).statistic)
    strong = confident[highest(local, scene.mask, 0.1)].mean()
    weak = confident[lowest(local, scene.mask, 0.1)].mean()
    return Claim(
        number=2,
        section="2.3",
        statement="Confidence is highest where the misfocused photo has most contrast.",
        measure=(
            "rank correlation of contrast and confidence; mean confidence in the tenth with most and with"
            " least contrast"
        ),
        value=f"rank correlation {rank:.2f}; confidence {strong:.2f} and {weak:.2f}",
        verdict=verdict(rank > 0.5, strong > 2 * weak),
        tolerance="ρ above 0.5; twice the confidence",
    )


def scanline_smooths_and_bleeds(scene: Scene, image_scene: Result, scanline: Result) -> Claim:
    """Claim 3, from results of the image-scene constraint alone and of scanline order."""
    flat = lowest(contrast(scene.misfocused), scene.mask, 0.5)
    alone, smooth, true = (grain(i, flat) for i in (image_scene.image, scanline.image, truth_of(scene)))
    before, after = bleeding(scanline.image, scene)
    kept_alone, kept = details_kept(image_scene.image, scene), details_kept(scanline.image, scene)
    return Claim(
        number=3,
        section="3.2",
        statement=(
            "Scanline texture removes the noise of low-contrast regions but renders them too smooth; "
            "textures bleed in the direction of the scan; small features disappear."
        ),
        measure=(
            "grain in the low-contrast half: alone, scanline, truth; pixels bled from before and from "
            "after in the scan; small features kept: alone, scanline"
        ),
        value=(
            f"grain: alone {alone:.2f}, scanline {smooth:.2f}, truth {true:.2f} gray levels; bled from "
            f"before {before:.2%}, from after {after:.2%} of the pixels; features kept: alone "
            f"{kept_alone:.1%}, scanline {kept:.1%}"
        ),
        verdict=verdict(smooth < alone, smooth < true, before > 1.2 * after, kept < kept_alone),
        tolerance=(
            "grain less than alone and than the truth's; 1.2 times as many bled from before; fewer "
            "features kept"
        ),
    )


def confidence_order_mends(
    scene: Scene, scanline: Result, confident: Result, scores: Sequence[Score]
) -> Claim:
    """Claim 4, from results of scanline and confidence order and their two scores."""
    bled, still = (sum(bleeding(r.image, scene)) for r in (scanline, confident))
    kept, more = (details_kept(r.image, scene) for r in (scanline, confident))
    first, second = scores
    psnr, mended = psnr_of(first), psnr_of(second)
    ssim, better = _ssim(first), _ssim(second)
    return Claim(
        number=4,
        section="3.3",
        statement=(
            "Confidence order with the symmetric neighborhood largely removes the bleeding, and its "
            "textures are closer to the truth."
        ),
        measure="pixels bled, small features kept, SSIM and PSNR: scanline, confidence order",
        value=(
            f"bled {bled:.2%} and {still:.2%} of the pixels; features kept {kept:.1%} and {more:.1%}; "
            f"SSIM {ssim:.3f} and {better:.3f}; PSNR {psnr:.1f} and {mended:.1f} dB"
        ),
        verdict=verdict(still < bled / 2, more > kept, better > ssim),
        tolerance="half as many bled; more features kept; higher SSIM",
    )


def causal_is_poor(scores: Mapping[Any, Score]) -> Claim:
    """Claim 5, from the scores {(order, causal): score} of both orders with both neighborhoods."""
    orders = ("scanline", "confidence")
    gain = {order: psnr_of(scores[order, False]) - psnr_of(scores[order, True]) for order in orders}
    return Claim(
        number=5,
        section="2.2",
        statement="Causal neighborhoods give poor results, under confidence order too.",
        measure="PSNR of the symmetric neighborhood less that of the causal one: scanline, confidence order",
        value=f"scanline {gain['scanline']:+.1f} dB, confidence {gain['confidence']:+.1f} dB",
        verdict=verdict(gain["scanline"] > 0.5, gain["confidence"] > 0.5),
        tolerance="more than 0.5 dB in each order",
    )


def perturbed_view_is_worse(
    scenes: Sequence[Scene], results: Sequence[Result], scores: Sequence[Score]
) -> Claim:
    """Claim 6, from (same view, perturbed view) scenes, results and scores of the best system."""
    wrong = [gross(r.image, s) for s, r in zip(scenes, results, strict=True)]
    kept = [details_kept(r.image, s) for s, r in zip(scenes, results, strict=True)]
    near = [recall(r, s) for s, r in zip(scenes, results, strict=True)]
    psnr, moved_psnr = map(psnr_of, scores)
    ssim, moved_ssim = map(_ssim, scores)
    return Claim(
        number=6,
        section="4",
        statement=(
            "A focused photo from a perturbed view gives clearly worse results: wrong textures, wrong "
            "overall color, lost features."
        ),
        measure=(
            "same view, perturbed view: PSNR, SSIM, grossly wrong colors, small features kept, true "
            "color among the candidates"
        ),
        value=(
            f"PSNR {psnr:.1f} and {moved_psnr:.1f} dB; SSIM {ssim:.3f} and {moved_ssim:.3f}; grossly wrong "
            f"{wrong[0]:.1%} and {wrong[1]:.1%} of the pixels; features kept {kept[0]:.0%} and "
            f"{kept[1]:.0%}; true color among the candidates {near[0]:.0%} and {near[1]:.0%}"
        ),
        verdict=verdict(moved_ssim < ssim - 0.05, wrong[1] > 2 * wrong[0], kept[1] < kept[0] - 0.05),
        tolerance="SSIM 0.05 less; twice as many gross errors; 5 % of the features less",
    )


def hours_of_linear_search(pixels: int, patches: int, candidates: int, depth: int) -> Claim:
    """Claim 7, from the sizes of the problem: the hours themselves are those of a machine of 2005."""
    terms = pixels * (1 + candidates) * patches * depth
    fast, slow = (terms / (hours * 3600) / 1e9 for hours in (5, 10))
    return Claim(
        number=7,
        section="5",
        statement="A picture of 300 x 300 pixels with 20 candidates takes 5 to 10 hours by linear search.",
        measure=(
            "squared differences in one search for the candidates and one more for each of them; what 5 "
            "to 10 hours make of that a second"
        ),
        value=f"{terms:.1e} differences; {slow:.2f} to {fast:.2f} billion a second",
        # A core of 2005 had two to four billion cycles a second, and such a loop takes a few for each.
        verdict=verdict(slow > 0.1 and fast < 2.0, False),
        tolerance=(
            "0.1 to 2 billion a second, as a core of 2005 can do; the hours are not measured, so at most "
            "in part"
        ),
    )


def near_equal_colors(example: Mapping[str, _Best], split: Mapping[str, float], gain: float) -> Claim:
    """Claim 8, from the candidates of two selections, "nearest" and "kmeans".

    Parameters
    ----------
    example : mapping of str to (value, float)
        The best candidate in the paper's case of black and white, and its P, of each selection.
    split : mapping of str to float
        The share of the probability in other candidates of nearly the best one's color, of each selection.
    gain : float
        PSNR of the picture by "kmeans" less that by "nearest", in dB.
    """
    (first, p), (mended, whole) = example["nearest"], example["kmeans"]
    before, after = split["nearest"], split["kmeans"]
    return Claim(
        number=8,
        section="5.1",
        statement=(
            "Near-equal colors split their probability; k-means in RGB, weighted by probability, mends that."
        ),
        measure=(
            "the paper's case, best candidate: nearest, k-means; probability in other candidates of "
            "nearly the best one's color, another view: nearest, k-means; PSNR of the picture by "
            "k-means, less nearest"
        ),
        value=(
            f"nearest {first} with P = {p:.2f}, k-means {mended} with P = {whole:.2f}; split: nearest "
            f"{before:.0%}, k-means {after:.0%} of the probability; PSNR {gain:+.2f} dB"
        ),
        verdict=verdict(max(mended) <= 1 and whole > p, before > 0.1, after < before / 2),
        tolerance=(
            "near-black and more probable; more than 10 % of the probability split; less than half of "
            "that by k-means; the PSNR is no part of the claim"
        ),
    )


def sublinear(scaling: "Scaling") -> Claim:
    """Claim 9, from the patches looked at by the searches: all dimensions, a known limit, some dimensions."""
    from refocuslab.lab.measures.searches import exponent  # slow to import

    whole, known, some = (exponent(scaling.sizes, looked) for looked in scaling.looked.values())
    share = scaling.looked["tree, limit known"][-1] / scaling.sizes[-1]
    return Claim(
        number=9,
        section="5.2",
        statement=(
            "The search can be made sublinear in the size of the library, also for causal neighborhoods, "
            "which need the nearest patch in an arbitrary subset of the dimensions."
        ),
        measure=(
            "exponent of the patches looked at for a query: all dimensions, with a limit known, a subset "
            f"of them; share of {scaling.sizes[-1]:,} patches looked at"
        ),
        value=(
            f"exponents: all dimensions {whole:.2f}, a limit known {known:.2f}, a subset {some:.2f}; "
            f"{share:.2%} of the patches"
        ),
        verdict=verdict(whole < 0.9, known < 0.9, some < 0.9),
        tolerance="exponents below 0.9",
    )


def deconvolution_needs_no_view(same: Sequence[_Rivals], moved: Sequence[_Rivals]) -> Claim:
    """Claim 10, from scores of the paper's best system, the best deconvolution, and the pasted photo.

    The last is told beside them, and no part of the claim.

    Parameters
    ----------
    same, moved : sequence of (Score, Score, Score)
        Of scenes whose focused photos show the view of the misfocused one, and of scenes whose show another.
    """

    def ahead(scores: Sequence[_Rivals], sign: int) -> int:
        return sum(sign * (psnr_of(paper) - psnr_of(opponent)) > 1 for paper, opponent, _ in scores)

    def told(scores: Sequence[_Rivals]) -> str:
        texts = (
            f"{psnr_of(paper):.1f} and {psnr_of(opponent):.1f} ({psnr_of(pasted):.1f})"
            for paper, opponent, pasted in scores
        )
        return ", ".join(texts) or "none"

    with_view, without = ahead(same, 1), ahead(moved, -1)
    return Claim(
        number=10,
        section="1, 5",
        statement=(
            "The method uses focused photos, deconvolution does not; but deconvolution does not need one "
            "from the same view."
        ),
        measure=(
            "PSNR of the paper's best system and of the best deconvolution, tuned on the truth (and of the "
            "registered photo, pasted in), scene by scene: same view; another view"
        ),
        value=f"same view: {told(same)} dB; another view: {told(moved)} dB",
        verdict=verdict(with_view > len(same) / 2, without > len(moved) / 2),
        tolerance="in most scenes 1 dB more: the method from the same view, deconvolution from another",
    )


def _ssim(score: Score) -> float:
    return float("nan") if score.ssim is None else score.ssim
