"""Verdicts on pictures made to have, or not to have, what the paper complains of."""

from types import SimpleNamespace

import numpy as np
import pytest
from made_pictures import gray, noise

from refocuslab.evaluation.metrics import Score
from refocuslab.lab.measures import candidate_quality, claims, picture_measures, searches
from refocuslab.lab.measures.candidate_quality import best_choice
from refocuslab.lab.records.notebook_record import Record


def result(image, confidence=None, values=None):
    return SimpleNamespace(image=image, confidence=confidence, candidates=SimpleNamespace(values=values))


def test_a_verdict_is_all_some_or_none():
    assert claims.verdict(True, np.True_) == "reproduced"
    assert claims.verdict(False, True) == "in part"
    assert claims.verdict(False, np.False_) == "not"


def test_recall_counts_any_candidate_near_the_truth(a_scene):
    scene = a_scene(gray([[10, 20, 30, 40]]))
    values = gray([[0, 18], [90, 29], [90, 38], [31, 99]])
    # 8 off is near, 9 is not.
    assert candidate_quality.recall(result(None, values=values), scene) == 0.5


def test_the_nearest_candidate_and_the_best_picture_of_them(a_scene):
    mask = np.array([[True, True, False]])
    scene = a_scene(gray([[10, 20, 30]]), mask, gray([[1, 2, 3]]))
    values = np.array([[[10, 10, 17], [14, 14, 14]], [[20, 90, 20], [50, 50, 50]]], np.uint8)
    one = result(None, values=values)
    assert candidate_quality.nearest_candidate(one, scene)[0, :2].tolist() == [4, 30]
    assert np.isnan(candidate_quality.nearest_candidate(one, scene)[0, 2])
    # Nearest by the sum of squares, as PSNR counts: 48 against 49, 2,700 against 4,900.
    assert best_choice(scene, one.candidates).tolist() == [[[14] * 3, [50] * 3, [3] * 3]]


def test_blame_parts_the_grossly_wrong(a_scene):
    scene = a_scene(gray([[100, 100, 100, 100]]), np.array([[True, True, True, False]]))
    values = gray([[200, 105], [200, 109], [100, 100]])
    chosen, lacking = candidate_quality.blame(result(gray([[200, 200, 100, 0]]), values=values), scene)
    assert chosen.tolist() == [[True, False, False, False]]
    assert lacking.tolist() == [[False, True, False, False]]


def test_right_where_confident(a_scene):
    truth = gray(np.full((20, 40), 100))
    scene, confidence = a_scene(truth), np.tile(np.linspace(0.1, 1, 40), (20, 1))
    scale = np.tile(np.linspace(30, 1, 40), (20, 1))[..., None]

    def said(off):
        image = np.clip(truth + off, 0, 255).astype(np.uint8)
        return claims.right_where_confident(scene, result(image, confidence)).verdict

    grain = np.random.default_rng(0).normal(0, 1, truth.shape)
    assert said(grain * scale) == "reproduced"
    assert said(0 * grain + scale) == "in part"  # wrong, but not noisy
    assert said(grain * scale[:, ::-1]) == "in part"  # noisy, but no less where confident
    assert said(0 * grain) == "not"


def test_confident_where_contrasty(a_scene):
    amplitude = np.linspace(1, 60, 50)[None, :, None]
    image = (120 + amplitude * np.random.default_rng(0).uniform(-1, 1, (40, 50, 3))).astype(np.uint8)
    local = picture_measures.contrast(image)
    scene, rising = a_scene(image), (local - local.min()) / np.ptp(local) * 0.9 + 0.1
    for confidence, expected in (
        (rising, "reproduced"),
        (0.8 + 0.1 * rising, "in part"),
        (1.1 - rising, "not"),
    ):
        assert claims.confident_where_contrasty(scene, result(image, confidence)).verdict == expected


def test_scanline_smooths_and_bleeds(a_scene, dots, inner):
    truth = dots().astype(int) + noise(40, 50, low=0, high=12)
    truth = np.clip(truth, 0, 255).astype(np.uint8)
    scene = a_scene(truth, inner())
    rough = np.clip(truth + np.random.default_rng(1).normal(0, 9, truth.shape), 0, 255).astype(np.uint8)
    flat = gray(np.full((40, 50), 105))

    def smeared(by):
        image = flat.copy()
        image[np.roll(truth[..., 0] > 150, by, axis=1)] = 185
        return image

    def said(alone, scanline):
        return claims.scanline_smooths_and_bleeds(scene, result(alone), result(scanline)).verdict

    assert said(rough, smeared(2)) == "reproduced"
    assert said(rough, smeared(-2)) == "in part"
    assert said(truth, rough) == "not"


def score(psnr, ssim=0.5):
    return Score(psnr, ssim, 1.0)


def test_confidence_order_mends(a_scene, inner):
    scene = a_scene(noise(40, 50), inner())
    bled, good = result(np.roll(scene.truth, 2, axis=1)), result(scene.truth)

    def said(first, second, scores):
        return claims.confidence_order_mends(scene, first, second, scores).verdict

    assert said(bled, good, (score(20, 0.5), score(25, 0.6))) == "reproduced"
    assert said(bled, good, (score(20, 0.6), score(25, 0.5))) == "in part"
    assert said(good, bled, (score(20, 0.6), score(25, 0.5))) == "not"
    assert said(good, good, (score(20, 0.6), score(20, 0.6))) == "not"


@pytest.mark.parametrize(
    ("scanline", "confidence", "expected"),
    [(3, 2, "reproduced"), (3, 0.4, "in part"), (-1, 2, "in part"), (0.5, -2, "not")],
)
def test_causal_is_poor(scanline, confidence, expected):
    gains = {"scanline": scanline, "confidence": confidence}
    scores = {(o, causal): score(20 + (0 if causal else g)) for o, g in gains.items() for causal in (0, 1)}
    claim = claims.causal_is_poor(scores)
    assert claim.verdict == expected
    assert claim.value == f"scanline {scanline:+.1f} dB, confidence {confidence:+.1f} dB"


def test_perturbed_view_is_worse(a_scene, dots, inner):
    scene = a_scene(dots(), inner())
    values = scene.truth[scene.mask][:, None]
    good, lost = result(scene.truth, values=values), result(gray(np.full((40, 50), 140)), values=values)

    def said(same, moved, *ssim):
        return claims.perturbed_view_is_worse(
            (scene, scene), (same, moved), [score(20, s) for s in ssim]
        ).verdict

    assert said(good, lost, 0.9, 0.7) == "reproduced"
    assert said(good, lost, 0.9, 0.86) == "in part"
    assert said(lost, good, 0.7, 0.9) == "not"
    assert said(good, good, 0.9, 0.9) == "not"


@pytest.mark.parametrize(
    ("same", "moved", "expected"),
    [
        ([(34, 26), (36, 31)], [(22, 26), (25, 30), (29, 27)], "reproduced"),
        ([(34, 26)], [(27, 26)], "in part"),
        ([(26.5, 26)], [(22, 26)], "in part"),
        ([(26, 34), (36, 31)], [(26, 26.9)], "not"),
        ([], [(22, 26)], "in part"),
    ],
)
def test_deconvolution_needs_no_view(same, moved, expected):
    scores = [
        [(score(paper), score(opponent), score(48)) for paper, opponent in some] for some in (same, moved)
    ]
    claim = claims.deconvolution_needs_no_view(*scores)
    assert claim.verdict == expected
    assert (f"{same[0][0]:.1f} and {same[0][1]:.1f} (48.0)" if same else "none dB;") in claim.value


def test_every_claim_fits_the_record(a_scene, dots, inner):
    scene = a_scene(dots(), inner())
    one = result(scene.truth, np.full((40, 50), 0.5), scene.truth[scene.mask][:, None])
    two, four = [score(20)] * 2, {(o, c): score(20) for o in ("scanline", "confidence") for c in (0, 1)}
    made = [
        claims.right_where_confident(scene, one),
        claims.confident_where_contrasty(scene, result(one.image, np.random.default_rng(0).random((40, 50)))),
        claims.scanline_smooths_and_bleeds(scene, one, one),
        claims.confidence_order_mends(scene, one, one, two),
        claims.causal_is_poor(four),
        claims.perturbed_view_is_worse((scene, scene), (one, one), two),
        claims.deconvolution_needs_no_view([[score(20)] * 3], [[score(20)] * 3]),
    ]
    kept = Record(notebook="02_image_scene", parameters={}, claims=made)
    assert Record.model_validate_json(kept.model_dump_json()).claims == tuple(made)
    assert [claim.number for claim in made] == [1, 2, 3, 4, 5, 6, 10]


def test_claim_7_is_the_size_of_the_problem_and_at_most_in_part():
    claim = claims.hours_of_linear_search(10**4, 10**5, 19, 50)
    assert claim.verdict == "not" and claim.value.startswith("1.0e+12")
    assert claims.hours_of_linear_search(90_000, 90_000, 20, 75).verdict == "in part"


@pytest.mark.parametrize(
    ("powers", "verdict"),
    [((0.5, 0.4, 0.6), "reproduced"), ((0.5, 0.4, 1.0), "in part"), ((1.0, 1.0, 1.0), "not")],
)
def test_claim_9_follows_the_exponents(powers, verdict):
    sizes = [10**4, 10**5, 10**6]
    looked = {name: [size**b for size in sizes] for name, b in zip(searches.COSTS, powers, strict=True)}
    claim = claims.sublinear(searches.Scaling(sizes, looked, {}))
    assert claim.verdict == verdict and f"all dimensions {powers[0]:.2f}, " in claim.value


@pytest.mark.parametrize(
    ("mended", "split", "verdict"),
    [
        (((0, 1, 1), 0.6), (0.3, 0.1), "reproduced"),
        (((0, 1, 1), 0.6), (0.3, 0.2), "in part"),
        (((85, 86, 86), 1.0), (0.05, 0.04), "not"),
    ],
)
def test_claim_8_follows_the_example_and_the_shares(mended, split, verdict):
    example = {"nearest": ((255, 255, 255), 0.4), "kmeans": mended}
    claim = claims.near_equal_colors(example, dict(zip(("nearest", "kmeans"), split, strict=True)), -0.1)
    assert (claim.number, claim.verdict) == (8, verdict) and "-0.10 dB" in claim.value
