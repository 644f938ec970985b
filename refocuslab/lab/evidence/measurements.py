"""What is measured of one case: the paper's three variations and their controls, one thing changed at a time.

All numbers are of the pixels in the mask. Grain and bleeding are those of picture_measures.py.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from refocuslab.evaluation.deconvolution import richardson_lucy, total_variation
from refocuslab.evaluation.metrics import score
from refocuslab.evaluation.pasted_photo import pasted_photo
from refocuslab.evaluation.tuning import tune
from refocuslab.lab.evidence.cases import OTHER, PLACE, Case, found_in_place, truth_of, twin
from refocuslab.lab.measures import candidate_quality, picture_measures
from refocuslab.lab.measures.searches import exponent, whole_queries
from refocuslab.lab.measures.tree_visits import cost
from refocuslab.method import ORDERS, Method
from refocuslab.paper.patches import PatchLibrary
from refocuslab.refocusing.refocuser import Refocuser
from refocuslab.refocusing.result import Result
from refocuslab.scene import Scene

ALONE = "no texture"
BEST = "confidence symmetric"
SCANLINE = "scanline causal"
# Every order with both neighborhoods: what changes between two of them is either the one or the other.
SYSTEMS = {
    ALONE: Method.image_scene(),
    **{
        f"{order} {'causal' if causal else 'symmetric'}": Method(order=order, causal=causal)
        for order in ORDERS
        for causal in (True, False)
    },
}
# The search is measured with these shares of the library's patches, and for so many pixels.
_SHARES = (1 / 16, 1 / 4, 1)
_QUERIES = 300
Measures = dict[str, float | None]


def measure(case: Case, *, threads: int | None = None) -> dict[str, Measures]:
    """Every measure of a case, by what it is of: the scene, each system, the rivals.

    Parameters
    ----------
    case : Case
        What to load and to refocus.
    threads : int or None
        None for all cores; the numbers do not depend on it.

    Returns
    -------
    dict of str to dict
        ``"scene"``, each of SYSTEMS, ``"k-means"``, ``"pasted"`` (the registered photo), ``"same place"``
        (but where the focused photo already lies there, or shows another object), and ``"deconvolution"``
        (in the middle frame).
    """
    scene = case.load()
    refocuser = Refocuser(scene, threads=threads)
    results = {name: refocuser.refocus(method) for name, method in SYSTEMS.items()}
    alone = results[ALONE]
    flat = picture_measures.lowest(picture_measures.contrast(scene.misfocused), scene.mask, 0.5)
    found = {"scene": _of_scene(scene, alone, flat)}
    found |= {name: _of_picture(scene, result.image, flat) for name, result in results.items()}
    found[BEST]["recall"] = candidate_quality.recall(results[BEST], scene)
    clusters = refocuser.refocus(Method.image_scene(selection="kmeans"))
    found["k-means"] = {"split": candidate_quality.split(clusters.candidates, clusters.method.lambda_image)}
    if case.group not in (PLACE, OTHER):
        same = twin(scene, case.draw)
        result = Refocuser(same, threads=threads).refocus(SYSTEMS[BEST])
        found["same place"] = _of_picture(same, result.image, flat)
        found["same place"]["recall"] = candidate_quality.recall(result, same)
    found["pasted"] = {"psnr": score(pasted_photo(scene), scene).psnr}
    if case.frame == "middle":
        found["deconvolution"] = _deconvolution(scene)
    if case.frame == "whole":
        found["search"] = _search(scene, alone.library, case.draw)
    return found


def _of_scene(scene: Scene, alone: Result, flat: NDArray[np.bool_]) -> Measures:
    """Confidence, and what the image-scene constraint makes of it (claims 1, 2 and 8)."""
    local, truth = picture_measures.contrast(scene.misfocused), truth_of(scene)
    confidence, mask = alone.confidence, scene.mask
    sure = picture_measures.highest(confidence, mask, 0.25)
    unsure = picture_measures.lowest(confidence, mask, 0.25)
    strong, weak = picture_measures.highest(local, mask, 0.1), picture_measures.lowest(local, mask, 0.1)
    misfocused = score(scene.misfocused, scene)
    return {
        "pixels": int(mask.sum()),
        "patches": len(alone.library),
        "found in place": found_in_place(
            alone.library, alone.candidates.sources[:, 0].astype(np.int64), mask
        ),
        "psnr": misfocused.psnr,
        "ssim": misfocused.ssim,
        "rms where sure": picture_measures.rms(alone.image, scene, sure),
        "rms where unsure": picture_measures.rms(alone.image, scene, unsure),
        "grain where unsure": picture_measures.grain(alone.image, unsure),
        "true grain where unsure": picture_measures.grain(truth, unsure),
        "true grain where flat": picture_measures.grain(truth, flat),
        "rank of contrast": float(stats.spearmanr(local[mask], confidence[mask]).statistic),
        "confidence, most contrast": float(confidence[strong].mean()),
        "confidence, least contrast": float(confidence[weak].mean()),
        "rank of error": candidate_quality.foretells(confidence, alone.image, scene),
        "split": candidate_quality.split(alone.candidates, alone.method.lambda_image),
    }


def _of_picture(scene: Scene, image: NDArray[np.uint8], flat: NDArray[np.bool_]) -> Measures:
    scored = score(image, scene)
    before, after = picture_measures.bleeding(image, scene)
    return {
        "psnr": scored.psnr,
        "ssim": scored.ssim,
        "grain where flat": picture_measures.grain(image, flat),
        "bled from before": before,
        "bled from after": after,
        "bled": before + after,
        "kept": picture_measures.details_kept(image, scene),
        "gross": picture_measures.gross(image, scene),
    }


def _search(scene: Scene, library: PatchLibrary, draw: int) -> Measures:
    """How the patches that the tree looks at grow with the library: b of cost = a N^b (claim 9).

    Once for the candidates in all dimensions; once for the one nearest sharp patch in those dimensions that
    a causal neighborhood has, of which the tree, built for all, knows nothing.
    """
    chance = np.random.default_rng((9, draw))
    y, x = np.nonzero(scene.mask)
    where = np.zeros_like(scene.mask)
    some = chance.choice(len(y), min(_QUERIES, len(y)), replace=False)
    where[y[some], x[some]] = True
    order, counted = chance.permutation(len(library)), library.neighborhood.before_center
    blurred = whole_queries(library, scene.misfocused, where)
    sharp = whole_queries(library, truth_of(scene), where)
    sizes = [round(share * len(library)) for share in _SHARES]
    whole, causal = [], []
    for size in sizes:
        kept = np.sort(order[:size])
        whole.append(cost(library.blurred[kept], blurred, Method().candidates)[:, 1].mean())
        causal.append(cost(library.sharp[kept], sharp, 1, counted=np.repeat(counted, 3))[:, 1].mean())
    return {
        "exponent, all dimensions": exponent(sizes, whole),
        "exponent, causal dimensions": exponent(sizes, causal),
        "share looked at": float(whole[-1] / sizes[-1]),
    }


def _deconvolution(scene: Scene) -> Measures:
    """The better of the two stronger deconvolutions, tuned on the truth as no user could."""
    return {"psnr": max(tune(one, scene).score.psnr or 0.0 for one in (richardson_lucy, total_variation))}
