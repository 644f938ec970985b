"""The paper's claims about its pictures, each turned into numbers and a verdict.

A verdict is "reproduced" when all that the claim says was measured, "in part" when some of it was, and
"not" when none was. The thresholds stand here and in picture_measures.py, in the open, and are the same
for every scene.
"""

from dataclasses import asdict, dataclass

from scipy import stats

from refocuslab.lab.measures.candidate_quality import recall
from refocuslab.lab.measures.picture_measures import (
    bleeding,
    contrast,
    details_kept,
    grain,
    gross,
    highest,
    lowest,
    rms,
)


@dataclass(frozen=True)
class Claim:
    """number and section of the paper's claim, what it says, what was measured, the verdict.

    tolerance: how far the measured numbers may be from what the claim says, in words.
    """

    number: int
    section: str
    statement: str
    measure: str
    value: str
    verdict: str
    tolerance: str = ""

    def as_dict(self) -> dict:
        return asdict(self)


def verdict(*parts: bool) -> str:
    """What the parts of a claim, each found or not, make together."""
    return "reproduced" if all(parts) else "in part" if any(parts) else "not"


def right_where_confident(scene, result) -> Claim:
    """Claim 1, from a result of the image-scene constraint alone."""
    sure = highest(result.confidence, scene.mask, 0.25)
    unsure = lowest(result.confidence, scene.mask, 0.25)
    low, high = rms(result.image, scene, sure), rms(result.image, scene, unsure)
    rough, true = grain(result.image, unsure), grain(scene.truth, unsure)
    return Claim(
        1, "3.1",
        "The image-scene constraint alone is right where confidence is high, noisy where it is low.",
        "RMS error in the most and the least confident quarter; grain in the latter, against the truth's",
        f"{low:.1f} and {high:.1f} grey levels; grain {rough:.1f}, truth {true:.1f}",
        verdict(high > 1.5 * low, rough > 1.1 * true),
        "RMS 1.5 times as large where least confident; grain there 1.1 times the truth's")  # fmt: skip


def confident_where_contrasty(scene, result) -> Claim:
    """Claim 2, from any result."""
    local = contrast(scene.misfocused)[scene.mask]
    rank = float(stats.spearmanr(local, result.confidence[scene.mask]).statistic)
    confident = result.confidence
    strong = confident[highest(contrast(scene.misfocused), scene.mask, 0.1)].mean()
    weak = confident[lowest(contrast(scene.misfocused), scene.mask, 0.1)].mean()
    return Claim(
        2, "2.3", "Confidence is highest where the misfocused photo has most contrast.",
        "rank correlation of contrast and confidence; mean confidence in the tenth with most and with "
        "least contrast",
        f"ρ = {rank:.2f}; {strong:.2f} and {weak:.2f}",
        verdict(rank > 0.5, strong > 2 * weak),
        "ρ above 0.5; twice the confidence")  # fmt: skip


def scanline_smooths_and_bleeds(scene, image_scene, scanline) -> Claim:
    """Claim 3, from results of the image-scene constraint alone and of scanline order."""
    flat = lowest(contrast(scene.misfocused), scene.mask, 0.5)
    alone, smooth, true = (grain(i, flat) for i in (image_scene.image, scanline.image, scene.truth))
    before, after = bleeding(scanline.image, scene)
    kept_alone, kept = details_kept(image_scene.image, scene), details_kept(scanline.image, scene)
    return Claim(
        3, "3.2",
        "Scanline texture removes the noise of low-contrast regions but renders them too smooth; textures "
        "bleed in the direction of the scan; small features disappear.",
        "grain in the low-contrast half: alone, scanline, truth; pixels bled from before and from after in "
        "the scan; small features kept: alone, scanline",
        f"{alone:.2f}, {smooth:.2f}, {true:.2f}; {before:.2%} and {after:.2%}; {kept_alone:.1%}, {kept:.1%}",
        verdict(smooth < alone, smooth < true, before > 1.2 * after, kept < kept_alone),
        "grain less than alone and than the truth's; 1.2 times as many bled from before; fewer features "
        "kept")  # fmt: skip


def confidence_order_mends(scene, scanline, confident, scores) -> Claim:
    """Claim 4, from results of scanline and confidence order and their two scores."""
    bled, still = (sum(bleeding(r.image, scene)) for r in (scanline, confident))
    kept, more = (details_kept(r.image, scene) for r in (scanline, confident))
    first, second = scores
    return Claim(
        4, "3.3",
        "Confidence order with the symmetric neighborhood largely removes the bleeding, and its textures are "
        "closer to the truth.",
        "pixels bled, small features kept, SSIM and PSNR: scanline, confidence order",
        f"{bled:.2%}, {still:.2%}; {kept:.1%}, {more:.1%}; {first.ssim:.3f}, {second.ssim:.3f}; "
        f"{first.psnr:.1f} dB, {second.psnr:.1f} dB",
        verdict(still < bled / 2, more > kept, second.ssim > first.ssim),
        "half as many bled; more features kept; higher SSIM")  # fmt: skip


def causal_is_poor(scores: dict) -> Claim:
    """Claim 5, from the scores {(order, causal): score} of both orders with both neighborhoods."""
    gain = {
        order: scores[order, False].psnr - scores[order, True].psnr for order in ("scanline", "confidence")
    }
    return Claim(
        5, "2.2", "Causal neighborhoods give poor results, under confidence order too.",
        "PSNR of the symmetric neighborhood less that of the causal one: scanline, confidence order",
        f"{gain['scanline']:+.1f} dB, {gain['confidence']:+.1f} dB",
        verdict(gain["scanline"] > 0.5, gain["confidence"] > 0.5),
        "more than 0.5 dB in each order")  # fmt: skip


def perturbed_view_is_worse(scenes, results, scores) -> Claim:
    """Claim 6, from (same view, perturbed view) scenes, results and scores of the best system."""
    wrong = [gross(r.image, s) for s, r in zip(scenes, results, strict=True)]
    kept = [details_kept(r.image, s) for s, r in zip(scenes, results, strict=True)]
    near = [recall(r, s) for s, r in zip(scenes, results, strict=True)]
    same, moved = scores
    return Claim(
        6, "4",
        "A focused photo from a perturbed view gives clearly worse results: wrong textures, wrong overall "
        "colour, lost features.",
        "same view, perturbed view: PSNR, SSIM, grossly wrong colours, small features kept, true colour "
        "among the candidates",
        f"{same.psnr:.1f}, {moved.psnr:.1f} dB; {same.ssim:.3f}, {moved.ssim:.3f}; "
        f"{wrong[0]:.1%}, {wrong[1]:.1%}; {kept[0]:.0%}, {kept[1]:.0%}; {near[0]:.0%}, {near[1]:.0%}",
        verdict(moved.ssim < same.ssim - 0.05, wrong[1] > 2 * wrong[0], kept[1] < kept[0] - 0.05),
        "SSIM 0.05 less; twice as many gross errors; 5 % of the features less")  # fmt: skip


def hours_of_linear_search(pixels: int, patches: int, candidates: int, depth: int) -> Claim:
    """Claim 7, from the sizes of the problem: the hours themselves are those of a machine of 2005."""
    terms = pixels * (1 + candidates) * patches * depth
    fast, slow = (terms / (hours * 3600) / 1e9 for hours in (5, 10))
    return Claim(
        7, "5", "A picture of 300 x 300 pixels with 20 candidates takes 5 to 10 hours by linear search.",
        "squared differences in one search for the candidates and one more for each of them; what 5 to "
        "10 hours make of that a second",
        f"{terms:.1e}; {slow:.2f} to {fast:.2f} billion a second",
        # A core of 2005 had two to four billion cycles a second, and such a loop takes a few for each.
        verdict(slow > 0.1 and fast < 2.0, False),
        "0.1 to 2 billion a second, as a core of 2005 can do; the hours are not measured, so at most in part",
    )  # fmt: skip


def near_equal_colours(example: dict, split: dict, gain: float) -> Claim:
    """Claim 8. example: {selection: (value, P)} of the best candidate in the paper's case of black and
    white; split: {selection: share of the probability} beside the best; gain: dB, k-means over nearest."""
    (first, p), (mended, whole) = example["nearest"], example["kmeans"]
    before, after = split["nearest"], split["kmeans"]
    return Claim(
        8, "5.1",
        "Near-equal colours split their probability; k-means in RGB, weighted by probability, mends that.",
        "the paper's case, best candidate: nearest, k-means; probability in other candidates of nearly the "
        "best one's colour, another view: nearest, k-means; PSNR of the picture by k-means, less nearest",
        f"{first} with {p:.2f}, {mended} with {whole:.2f}; {before:.0%}, {after:.0%}; {gain:+.2f} dB",
        verdict(max(mended) <= 1 and whole > p, before > 0.1, after < before / 2),
        "near-black and more probable; more than 10 % of the probability split; less than half of that by "
        "k-means; the PSNR is no part of the claim")  # fmt: skip


def sublinear(scaling) -> Claim:
    """Claim 9, from the exponents of searches.Scaling.looked: all dimensions, and part of them."""
    from refocuslab.lab.measures.searches import exponent  # slow to import

    whole, known, some = (exponent(scaling.sizes, looked) for looked in scaling.looked.values())
    share = scaling.looked["tree, limit known"][-1] / scaling.sizes[-1]
    return Claim(
        9, "5.2",
        "The search can be made sublinear in the size of the library, also for causal neighborhoods, which "
        "need the nearest patch in an arbitrary subset of the dimensions.",
        "exponent of the patches looked at for a query: all dimensions, with a limit known, a subset of "
        f"them; share of {scaling.sizes[-1]:,} patches looked at",
        f"{whole:.2f}, {known:.2f}, {some:.2f}; {share:.2%}",
        verdict(whole < 0.9, known < 0.9, some < 0.9),
        "exponents below 0.9")  # fmt: skip


def deconvolution_needs_no_view(same, moved) -> Claim:
    """Claim 10, from pairs of scores (the paper's best system, the best deconvolution): of scenes whose
    focused photos show the same view, and of scenes whose show another."""

    def ahead(pairs, sign):
        return sum(sign * (paper.psnr - opponent.psnr) > 1 for paper, opponent in pairs)

    def told(pairs):
        return ", ".join(f"{paper.psnr:.1f} and {opponent.psnr:.1f}" for paper, opponent in pairs) or "none"

    with_view, without = ahead(same, 1), ahead(moved, -1)
    return Claim(
        10, "1, 5",
        "The method uses focused photos, deconvolution does not; but deconvolution does not need one from "
        "the same view.",
        "PSNR of the paper's best system and of the best deconvolution, tuned on the truth, scene by scene: "
        "same view; another view",
        f"{told(same)} dB; {told(moved)} dB",
        verdict(with_view > len(same) / 2, without > len(moved) / 2),
        "in most scenes 1 dB more: the method from the same view, deconvolution from another")  # fmt: skip
