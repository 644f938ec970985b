"""Every fast path gives the bytes of the oracle: all outputs, any search, any number of threads.

Scenes are drawn by hypothesis from kinds that strain the fast paths: photos of few colors and
periodic ones (ties everywhere), flat ones (one patch many times over), grain (all patches equally
far), black and white noise (the largest distances), masks with holes and at the borders.
"""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import refocuslab as rl
from refocuslab.method import CONFIDENCES, SELECTIONS
from refocuslab.optics.blur import blur
from refocuslab.optics.psf import disk
from refocuslab.paper import candidates, order_of_assignment, texture
from refocuslab.reference import paper
from refocuslab.running import threads as threads_module

KINDS = ("smooth", "noise", "grain", "colors", "grays", "extremes", "tiles", "flat")
RELATED = ("shifted", "mirrored", "truth")
MASKS = ("all", "holes", "corner", "inside", "sparse", "frame", "one")
# (lambda_image, lambda_texture): sensible ones first, then the ends.
LAMBDAS = (
    *((0.003, 0.01), (0.001, 0.03), (0.01, 0.01), (0.01, 0.001), (1.0, 1.0), (0.0, 0.01)),
    *((0.01, 0.0), (1e-6, 1e6), (1e6, 1e-6), (1e-300, 1.0), (1.0, 1e-300)),
)
ORDERS = ("scanline", "confidence", "random")


def make_photo(kind, height, width, seed):
    rng = np.random.default_rng(seed)
    shape = (height, width, 3)
    if kind == "noise":
        image = rng.integers(0, 256, shape)
    elif kind == "colors":
        palette = rng.integers(0, 256, (rng.integers(2, 6), 3))
        image = palette[rng.integers(0, len(palette), shape[:2])]
    elif kind == "grays":
        # Neighboring levels: distances are small integers, and often equal.
        image = np.repeat(100 + rng.integers(0, 3, (height, width, 1)), 3, axis=2)
    elif kind == "flat":
        image = np.broadcast_to(rng.integers(0, 256, 3), shape)
    elif kind == "grain":
        image = rng.integers(20, 230, 3) + np.rint(rng.normal(0, 2, shape))
    elif kind == "tiles":
        tile = rng.integers(0, 256, (rng.integers(1, 4), rng.integers(2, 5), 3))
        image = np.tile(tile, (height, width, 1))[:height, :width]
    elif kind == "smooth":
        y, x = np.mgrid[:height, :width] / max(height, width)
        slopes = rng.uniform(-1, 1, (3, 2))
        light = slopes[:, 0] * y[..., None] + slopes[:, 1] * x[..., None]
        image = np.clip(128 + 200 * (light + 0.3 * (np.hypot(y - 0.5, x - 0.4) < 0.3)[..., None]), 0, 255)
    else:
        image = 255 * rng.integers(0, 2, shape)
    return image.astype(np.uint8)


def make_mask(kind, height, width, seed):
    rng = np.random.default_rng(seed)
    mask = np.zeros((height, width), dtype=bool)
    if kind == "all":
        mask[:] = True
    elif kind == "sparse":
        mask = rng.random((height, width)) < 0.3
    elif kind == "holes":
        mask = rng.random((height, width)) < 0.8
    elif kind == "corner":
        top, left = rng.integers(0, height - 1), rng.integers(0, width - 1)
        mask[top:, left:] = True
    elif kind == "frame":
        mask[:] = True
        mask[1:-1, 1:-1] = False
    elif kind == "inside":
        mask[1:-1, 2:-2] = True
    if not mask.any():
        mask[rng.integers(0, height), rng.integers(0, width)] = True
    return mask


@st.composite
def cases(draw, *, neighborhoods, side, photo_side, photos=3, counts=(20, 5, 20, 50, 3, 1)):
    """A scene and a method.

    `side` and `photo_side` are by how little and how much a photo may outgrow the window.
    """
    size = draw(st.sampled_from(neighborhoods))
    light = draw(st.sampled_from(["linear", "encoded"]))
    seeds = st.integers(0, 2**16)

    def sides(extra):
        low, high = extra
        return size + draw(st.integers(low, high)), size + draw(st.integers(low, high))

    psf = disk(draw(st.sampled_from([3, 4, 1])))
    if draw(st.booleans()):
        psf = np.random.default_rng(draw(seeds)).random(psf.shape)
        psf /= psf.sum()

    height, width = sides(side)
    truth = make_photo(draw(st.sampled_from(KINDS)), height, width, draw(seeds))
    misfocused = truth if draw(st.integers(0, 3)) == 3 else blur(truth, psf, light=light)
    mask = make_mask(draw(st.sampled_from(MASKS)), height, width, draw(seeds))

    focused = []
    for _ in range(draw(st.integers(1, photos))):
        h, w = sides(photo_side)
        kind = draw(st.sampled_from((*RELATED, *RELATED, *KINDS)))
        if kind in KINDS:
            image = make_photo(kind, h, w, draw(seeds))
        else:
            image = {
                "truth": truth,
                "shifted": np.roll(truth, 1, (0, 1)),
                "mirrored": truth[:, ::-1],
            }[kind]
        masked = draw(st.sampled_from((None, None, *MASKS[:-1])))
        if masked is not None:
            masked = make_mask(masked, *image.shape[:2], draw(seeds))
        focused.append(rl.FocusedPhoto(image, masked))

    lambda_image, lambda_texture = draw(st.sampled_from(LAMBDAS))
    method = rl.Method(
        neighborhood=size,
        candidates=draw(st.sampled_from(counts)),
        causal=draw(st.booleans()),
        order=draw(st.sampled_from(ORDERS)),
        passes=draw(st.sampled_from([1, 2, 1, 3])),
        lambda_image=lambda_image,
        lambda_texture=lambda_texture,
        light=light,
        seed=draw(st.integers(0, 99)),
        selection=draw(st.sampled_from(["nearest", "nearest", *SELECTIONS])),
        pool=draw(st.sampled_from([30, 5, 100])),
        confidence=draw(st.sampled_from(["share", *CONFIDENCES])),
        box=draw(st.sampled_from([5, 1, 3, 9])),
    )
    return rl.Scene(misfocused, mask, focused, psf=psf), method


def differences(result, expected):
    """One line for each field that differs: how often, and the first place with both values."""
    found = {
        "candidates.values": (result.candidates.values, expected.candidate_values),
        "candidates.distances": (result.candidates.distances, expected.candidate_distances),
        "candidates.sources": (result.candidates.sources, expected.candidate_sources),
        "confidence": (result.confidence, expected.confidence),
        "neighborhood_confidence": (
            result.neighborhood_confidence,
            expected.neighborhood_confidence,
        ),
        "order": (result.order, expected.order),
        "source": (result.source, expected.source),
        "image": (result.image, expected.image),
    }
    lines = []
    for name, (got, want) in found.items():
        # A search keeps its distances and sources in int32, the reference in int64.
        short = name.startswith("candidates.") and got.dtype == np.int32 and want.dtype == np.int64
        if got.shape != want.shape or not (short or got.dtype == want.dtype):
            lines.append(f"{name}: {got.dtype} {got.shape}, not {want.dtype} {want.shape}")
        elif not np.array_equal(got, want, equal_nan=got.dtype.kind == "f"):
            wrong = ~((got == want) | ((got != got) & (want != want)))
            first = tuple(int(i) for i in np.argwhere(wrong)[0])
            lines.append(
                f"{name}: {np.count_nonzero(wrong)} of {wrong.size} differ; "
                f"at {first} {got[first]!r}, not {want[first]!r}"
            )
    return lines


def check(scene, method, paths, *, finely=True):
    """The fast paths, each a (search, threads), against the oracle.

    finely: the work is cut into shares so small that even these scenes need several threads.
    """
    expected = paper.refocus(scene, method)
    failures = []
    for search, threads in paths:
        with pytest.MonkeyPatch.context() as patch:
            if finely:
                patch.setattr(threads_module, "PART", 7)
                patch.setattr(order_of_assignment, "WORTH_SHARING", 2)
                patch.setattr(order_of_assignment, "SHARE", 7)
                patch.setattr(candidates, "ROWS", 0)
                patch.setattr(texture, "WORTH_A_PRODUCT", 1)
            result = rl.refocus(scene, replace(method, search=search), threads=threads)
        failures += [f"{search}, {threads} threads: {line}" for line in differences(result, expected)]
    photos = [(photo.image.shape, int(np.count_nonzero(photo.mask))) for photo in scene.focused]
    what = f"U {scene.misfocused.shape}, {np.count_nonzero(scene.mask)} masked; focused {photos}"
    assert not failures, "\n".join([f"{what}; {method}", *failures])


ALL_PATHS = [(search, threads) for search in ("exact", "linear") for threads in (1, 2, 3, 4)]


def steady(examples):
    """The same examples in every run."""
    return settings(
        max_examples=examples,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )


# Drawn scenes


@pytest.mark.seconds
@steady(8)
@given(cases(neighborhoods=(3, 5), side=(1, 6), photo_side=(0, 7)), st.sampled_from([1, 2, 3]))
def test_small_scenes(case, threads):
    check(*case, [("exact", 1), ("exact", 2), ("exact", 3), ("linear", threads)])


@pytest.mark.seconds
@steady(6)
@given(cases(neighborhoods=(7, 9, 11), side=(0, 3), photo_side=(0, 5)), st.sampled_from([1, 2, 3]))
def test_wide_neighborhoods(case, threads):
    check(*case, [("exact", threads), ("linear", 1)])


@pytest.mark.seconds
@steady(5)
@given(cases(neighborhoods=(3, 5), side=(2, 4), photo_side=(12, 25)), st.sampled_from([1, 2, 3]))
def test_libraries_of_many_leaves(case, threads):
    check(*case, [("exact", threads), ("linear", 2)])


@pytest.mark.slow
@steady(200)
@given(cases(neighborhoods=(5, 3, 7), side=(0, 10), photo_side=(0, 12)))
def test_more_scenes(case):
    check(*case, ALL_PATHS)


@pytest.mark.slow
@steady(25)
@given(cases(neighborhoods=(5, 3, 7), side=(2, 9), photo_side=(20, 45)))
def test_large_libraries(case):
    check(*case, [("exact", 1), ("exact", 3), ("linear", 2)])


@pytest.mark.slow
@steady(12)
@given(cases(neighborhoods=(5, 3, 7), side=(12, 30), photo_side=(5, 20)))
def test_large_photos(case):
    check(*case, [("exact", 1), ("exact", 2), ("exact", 3), ("linear", 2)], finely=False)


# Cases that no draw may miss


def fixed_scene(kind="smooth", *, side=12, mask="holes", size=3, photo="truth"):
    truth = make_photo(kind, side, side + 2, 1)
    if photo == "truth":
        focused = rl.FocusedPhoto(truth)
    else:
        focused = rl.FocusedPhoto(make_photo(photo, side + 3, side + 1, 2))
    misfocused = blur(truth, disk(size))
    return rl.Scene(misfocused, make_mask(mask, side, side + 2, 3), [focused], psf=disk(size))


@pytest.mark.seconds
@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("passes", [pytest.param(1, marks=pytest.mark.slow), 2])
def test_every_order_neighborhood_and_number_of_passes(order, causal, passes):
    options = {"order": order, "causal": causal, "passes": passes}
    for kind, lambda_texture in (("colors", 0.001), ("smooth", 1.0)):
        method = rl.Method(lambda_image=0.01, lambda_texture=lambda_texture, **options)
        check(fixed_scene(kind, side=8), method, [("exact", 1), ("exact", 3), ("linear", 2)])


@st.composite
def cases_beyond(draw, **sizes):
    """Cases with a weighted comparison, a pyramid, or both."""
    scene, method = draw(cases(**sizes))
    smallest = min(side for photo in (scene, *scene.focused) for side in photo.mask.shape)
    deepest = max(
        n for n in (1, 2, 3) if n == 1 or -(-smallest // 2 ** (n - 1)) >= max(method.neighborhood, 3)
    )
    changes = {"weighted": draw(st.booleans()), "levels": draw(st.sampled_from([deepest, deepest, 1]))}
    return scene, replace(method, **changes)


@pytest.mark.seconds
@steady(5)
@given(cases_beyond(neighborhoods=(3,), side=(4, 9), photo_side=(3, 9)), st.sampled_from([1, 2, 3]))
def test_weights_and_pyramids(case, threads):
    check(*case, [("exact", threads), ("linear", 1)])


@pytest.mark.seconds
@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize(("weighted", "levels"), [(True, 1), (False, 3), (True, 3)])
def test_weights_pyramids_and_both(weighted, levels, causal):
    # Confidences of one, two and three thirds, at every level.
    options = {"weighted": weighted, "levels": levels, "causal": causal, "candidates": 8, "neighborhood": 3}
    method = rl.Method(lambda_image=1e-3, lambda_texture=2e-3, **options)
    for kind in ("smooth", "colors"):
        check(fixed_scene(kind, side=9), method, [("exact", 3), ("linear", 1)])


@pytest.mark.slow
@steady(150)
@given(cases_beyond(neighborhoods=(3, 5, 7, 9), side=(4, 20), photo_side=(3, 20)))
def test_more_weights_and_pyramids(case):
    check(*case, ALL_PATHS)


@pytest.mark.seconds
@pytest.mark.parametrize(
    "neighborhood",
    [3, 5, *(pytest.param(size, marks=pytest.mark.slow) for size in (7, 9, 11))],
)
def test_photos_no_larger_than_the_window(neighborhood):
    image = make_photo("noise", neighborhood, neighborhood, 5)
    mask = np.ones((neighborhood, neighborhood), dtype=bool)
    focused = rl.FocusedPhoto(make_photo("noise", neighborhood, neighborhood, 6), mask)
    scene = rl.Scene(image, mask, [focused], psf=disk(3))
    for causal in (False, True):
        check(scene, rl.Method(neighborhood=neighborhood, causal=causal, passes=2), ALL_PATHS)


@pytest.mark.seconds
@pytest.mark.parametrize("kind", ["flat", "tiles"])
def test_more_ties_than_a_leaf_or_a_list_holds(kind):
    # Hundreds of patches at one distance: the lowest index must win through any pruning.
    for count in (1, 20):
        method = rl.Method(candidates=count, lambda_image=0.001, lambda_texture=0.001)
        check(fixed_scene(kind, side=14, photo=kind), method, [("exact", 1), ("linear", 1)])


@pytest.mark.seconds
@pytest.mark.parametrize("lambda_image", [0.0, 5e-324, pytest.param(1e-12, marks=pytest.mark.slow), 1e9])
@pytest.mark.parametrize("lambda_texture", [5e-324, pytest.param(1e-12, marks=pytest.mark.slow), 1e9])
@pytest.mark.parametrize("weighted", [False, True])
def test_lambdas_at_the_ends_of_their_range(lambda_image, lambda_texture, weighted):
    # Products that vanish tie, and ties go to the lowest source.
    method = rl.Method(lambda_image=lambda_image, lambda_texture=lambda_texture, weighted=weighted)
    check(fixed_scene("noise", side=8, photo="noise"), method, [("exact", 2), ("linear", 1)])


@pytest.mark.seconds
def test_equal_energies_of_unlike_candidates_go_to_the_lowest_source():
    # With equal weights on photos of neighboring levels, sums of small integers often meet.
    for seed in range(3):
        image = make_photo("grays", 9, 9, seed)
        focused = [rl.FocusedPhoto(make_photo("grays", 12, 12, seed + 10))]
        scene = rl.Scene(image, np.ones((9, 9), dtype=bool), focused, psf=np.ones((1, 1)))
        for weight in (1.0, 3.0):
            method = rl.Method(neighborhood=3, lambda_image=1.0, lambda_texture=weight)
            check(scene, method, [("exact", 1), ("linear", 1)])


@pytest.mark.seconds
def test_more_candidates_than_patches():
    scene = fixed_scene("noise", side=6, mask="all", photo="noise")
    check(scene, rl.Method(candidates=1000), [("exact", 1), ("exact", 2), ("linear", 1)])


@pytest.mark.seconds
def test_the_layout_of_the_arrays_does_not_matter():
    scene = fixed_scene("noise", photo="colors")
    focused = scene.focused[0]
    wide = np.repeat(scene.misfocused, 2, axis=1)
    turned = rl.Scene(
        wide[:, ::2],
        np.asfortranarray(scene.mask),
        [rl.FocusedPhoto(np.asfortranarray(focused.image), np.asfortranarray(focused.mask))],
        psf=np.asfortranarray(scene.psf),
    )
    expected = paper.refocus(scene, rl.Method())
    assert not differences(rl.refocus(turned, rl.Method()), expected)


# The coherent search is not exact, but as steady


@pytest.mark.seconds
@steady(12)
@given(cases(neighborhoods=(3, 5), side=(1, 6), photo_side=(0, 7)))
def test_the_coherent_search_does_not_depend_on_threads(case):
    scene, method = case
    method = replace(method, search="coherent")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(threads_module, "PART", 7)
        patch.setattr(order_of_assignment, "WORTH_SHARING", 2)
        patch.setattr(order_of_assignment, "SHARE", 7)
        first, *others = (rl.refocus(scene, method, threads=threads) for threads in (1, 2, 3))
    for other in others:
        assert np.array_equal(first.image, other.image)
        assert np.array_equal(first.source, other.source)
        assert np.array_equal(first.candidates.distances, other.candidates.distances)
    # What it finds is there: distances are those of its sources, and none beats the exact ones.
    exact = rl.refocus(scene, replace(method, search="exact")).candidates.distances
    assert (first.candidates.distances >= exact).all()
