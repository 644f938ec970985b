"""refocus(): what its result promises, what may not change it, progress, cancellation, errors."""

import threading
import tracemalloc
from itertools import pairwise
from threading import Event

import numpy as np
import pytest
from made_pictures import noise

import refocuslab as rl
from refocuslab.optics.blur import blur
from refocuslab.optics.psf import disk
from refocuslab.paper import order_of_assignment
from refocuslab.refocusing import one_level

PRESETS = [rl.Method.image_scene(), rl.Method.scanline_texture(), rl.Method.confidence_order()]
STAGES = ["library", "candidates", "order", "texture", "assessment"]


def smooth(height, width):
    """Waves, a hard edge, and a corner with grain that misfocus takes away."""
    y, x = np.mgrid[:height, :width]
    waves = 120 + 50 * np.sin(x / 2.1) * np.cos(y / 3.3) + 40 * (x > y)
    image = np.stack([waves, waves[::-1], 255 - waves], axis=-1)
    image[height // 2 :, : width // 2] = 90 + noise(height, width, 4, 0, 3)[height // 2 :, : width // 2]
    return image.astype(np.uint8)


def a_scene(truth=None, *, focused=None, psf=None, mask=None):
    truth = noise(14, 16) if truth is None else truth
    psf = disk(4) if psf is None else psf
    if mask is None:
        mask = np.zeros(truth.shape[:2], bool)
        mask[2:12, 3:] = True
        mask[6, 8] = False
    focused = [rl.FocusedPhoto(noise(15, 13, 9))] if focused is None else focused
    return rl.Scene(blur(truth, psf), mask, focused, psf=psf, truth=truth)


def same(a, b, names=("image", "confidence", "neighborhood_confidence", "order", "source")):
    return all(
        np.array_equal(getattr(a, n), getattr(b, n), equal_nan=n.endswith("confidence")) for n in names
    )


@pytest.mark.parametrize("method", PRESETS)
def test_what_a_result_promises(method):
    scene = a_scene()
    result = rl.refocus(scene, method, threads=1)
    mask = scene.mask
    assert np.array_equal(result.image[~mask], scene.misfocused[~mask])
    assert np.array_equal(result.image[mask], result.library.centers[result.source[mask]])
    proposed = (result.candidates.sources == result.source[mask][:, None]).sum(axis=1)
    assert (proposed == 1).all()
    for table in (result.order, result.source):
        assert table.dtype == np.int64 and (table[~mask] == -1).all()
    for table in (result.confidence, result.neighborhood_confidence):
        assert table.dtype == np.float64 and np.isnan(table[~mask]).all()
        assert (table[mask] >= 1 / 20 - 1e-6).all() and (table[mask] <= 1).all()
    assert sorted(result.order[mask]) == list(range(mask.sum()))
    assert result.method is method
    assert list(result.seconds) == STAGES and all(s >= 0 for s in result.seconds.values())


def test_the_default_is_the_papers_best_system():
    assert same(rl.refocus(a_scene()), rl.refocus(a_scene(), rl.Method.confidence_order()))


@pytest.mark.parametrize("method", PRESETS)
def test_the_truth_comes_back_where_the_confidence_is_high(method):
    # Without noise the true patch lies at distance 0. A confidence above 1/2 leaves no other there.
    truth = smooth(24, 26)
    scene = a_scene(truth, focused=[rl.FocusedPhoto(truth)], mask=np.ones((24, 26), bool))
    result = rl.refocus(scene, method)
    sure = result.confidence > 0.5
    assert np.array_equal(result.image[sure], truth[sure])
    assert 0.2 < sure.mean() < 1
    assert (result.candidates.distances[:, 0] == 0).all()


@pytest.mark.seconds
@pytest.mark.parametrize("method", PRESETS)
def test_an_unrelated_photo_changes_nothing_but_numbers(method):
    scene = a_scene(noise(14, 16, 1, 0, 60), focused=[rl.FocusedPhoto(noise(13, 12, 2, 0, 60))])
    far = rl.FocusedPhoto(noise(9, 10, 3, 220, 256))
    alone = rl.refocus(scene, method)
    for focused, shift in (([*scene.focused, far], 0), ([far, *scene.focused], 90)):
        result = rl.refocus(scene.replace(focused=focused), method)
        assert same(result, alone, ("image", "confidence", "neighborhood_confidence", "order"))
        assert np.array_equal(result.source, np.where(scene.mask, alone.source + shift, -1))


@pytest.mark.seconds
@pytest.mark.parametrize("method", PRESETS)
def test_photos_in_another_order_change_nothing_but_numbers(method):
    photos = [rl.FocusedPhoto(noise(h, w, h)) for h, w in ((9, 12), (11, 7), (8, 8))]
    one, other = (rl.refocus(a_scene(focused=each), method) for each in (photos, photos[::-1]))
    assert same(one, other, ("image", "confidence", "order"))
    for a, b in zip(one.source[one.source >= 0], other.source[other.source >= 0], strict=True):
        photo, y, x = other.library.position(b)
        assert one.library.position(a) == (2 - photo, y, x)


@pytest.mark.seconds
def test_a_mirrored_scene_gives_the_mirrored_picture():
    # Confidence order has no left and right, and grain leaves no ties.
    scene, method = a_scene(), rl.Method(lambda_image=1e-4, lambda_texture=1e-3)
    for flip in (np.fliplr, np.flipud):
        focused = [rl.FocusedPhoto(flip(photo.image)) for photo in scene.focused]
        mirrored = rl.Scene(flip(scene.misfocused), flip(scene.mask), focused, psf=scene.psf)
        result, expected = rl.refocus(mirrored, method), rl.refocus(scene, method)
        assert same(result, expected, ()) and np.array_equal(flip(result.image), expected.image)
        assert np.array_equal(flip(result.order), expected.order)
    alone = rl.refocus(scene, rl.Method.image_scene())
    assert not np.array_equal(expected.image, alone.image)


@pytest.mark.seconds
def test_only_the_ratio_of_the_lambdas_weighs_the_constraints():
    # Powers of two, so that not a bit is rounded otherwise; scanline order asks for no confidence.
    first, *others = (
        rl.refocus(a_scene(), rl.Method.scanline_texture(lambda_image=f / 128, lambda_texture=f / 64))
        for f in (1 / 16, 1, 64)
    )
    for other in others:
        assert same(other, first, ("image", "source", "order"))
        assert not same(other, first, ("confidence",))


@pytest.mark.seconds
def test_one_candidate_leaves_no_choice_to_texture():
    alone = rl.refocus(a_scene(), rl.Method.image_scene(candidates=1))
    for method in PRESETS[1:]:
        one = rl.Method(order=method.order, causal=method.causal, candidates=1)
        assert same(rl.refocus(a_scene(), one), alone, ("image", "source", "confidence"))


@pytest.mark.parametrize("method", PRESETS)
def test_a_library_of_few_colors_paints_with_them(method):
    palette = noise(1, 3, 5)[0]
    photo = palette[np.random.default_rng(0).integers(0, 3, (9, 9))]
    scene = a_scene(focused=[rl.FocusedPhoto(photo)])
    result = rl.refocus(scene, method)
    assert result.candidates.values.shape == (scene.mask.sum(), 3, 3)
    assert {tuple(c) for c in result.image[scene.mask]} <= {tuple(c) for c in palette}


@pytest.mark.parametrize("method", PRESETS)
@pytest.mark.parametrize("passes", [1, 3])
def test_progress_rises_from_0_to_1_in_every_stage_and_in_this_thread(method, passes, monkeypatch):
    monkeypatch.setattr("refocuslab.running.threads.PART", 32)
    calls = []

    def progress(stage, share):
        calls.append((stage, share))
        assert threading.current_thread() is here

    here = threading.current_thread()
    method = rl.Method(**{**vars(method), "passes": passes})
    rl.refocus(a_scene(), method, progress=progress, threads=3)
    assert list(dict.fromkeys(stage for stage, _ in calls)) == STAGES
    for stage in STAGES:
        shares = [share for name, share in calls if name == stage]
        assert shares[0] == 0 and shares[-1] == 1
        assert shares == sorted(set(shares))
    assert [stage for stage, _ in calls] == sorted((stage for stage, _ in calls), key=STAGES.index)


@pytest.mark.parametrize(
    ("stage", "after"), [*((stage, 0.0) for stage in STAGES), *((stage, 0.5) for stage in STAGES[:-1])]
)
def test_cancelling_ends_it_at_the_next_step(stage, after, monkeypatch):
    monkeypatch.setattr("refocuslab.running.threads.PART", 32)
    cancel, calls = threading.Event(), []

    def progress(name, share):
        assert not cancel.is_set()
        calls.append(name)
        if name == stage and share >= after:
            cancel.set()

    with pytest.raises(rl.Cancelled):
        rl.refocus(a_scene(), progress=progress, cancel=cancel, threads=2)
    assert calls[-1] == stage


def test_cancelled_beforehand_does_nothing():
    cancel, calls = threading.Event(), []
    cancel.set()
    with pytest.raises(rl.Cancelled):
        rl.refocus(a_scene(), progress=lambda *call: calls.append(call), cancel=cancel)
    assert calls == []


@pytest.mark.parametrize("threads", [0, -2, 1.0, True, "all"])
def test_bad_threads_are_refused_before_any_work(threads):
    calls = []
    with pytest.raises(rl.RefocusError, match=r"^threads must be None or a whole number from 1; got"):
        rl.refocus(a_scene(), threads=threads, progress=lambda *call: calls.append(call))
    assert calls == []


@pytest.mark.parametrize("small", ["misfocused", "focused"])
def test_a_photo_smaller_than_the_neighborhood(small):
    truth, photo = noise(8, 20), noise(20, 20, 1)
    if small == "focused":
        truth, photo = photo, truth
    mask = np.ones(truth.shape[:2], bool)
    scene = a_scene(truth, focused=[rl.FocusedPhoto(photo)], mask=mask)
    rl.refocus(scene, rl.Method(neighborhood=7))
    with pytest.raises(rl.RefocusError) as caught:
        rl.refocus(scene, rl.Method(neighborhood=9))
    expected = "photo must be no smaller than the 9 x 9 neighborhood; got 8 x 20 pixels"
    assert str(caught.value) == expected


def test_more_threads_than_pixels_get_no_empty_shares(monkeypatch):
    shares = []
    kernel = one_level.TextureSearch.kernel

    def watched(self, *given):
        assign = kernel(self, *given)
        return lambda pixels, known: (shares.append(len(pixels)), assign(pixels, known))

    monkeypatch.setattr(order_of_assignment, "WORTH_SHARING", 4)
    monkeypatch.setattr(one_level.TextureSearch, "kernel", watched)
    expected = rl.refocus(a_scene(), threads=1)
    alone, shares[:] = len(shares), []
    assert same(rl.refocus(a_scene(), threads=500), expected)
    assert min(shares) > 0 and len(shares) > alone
    assert sum(shares) == expected.order.max() + 1


@pytest.mark.seconds
def test_a_refocuser_gives_what_refocus_gives_in_any_sequence(monkeypatch):
    scene = rl.load_scene("motorcycle")
    window = np.s_[120:150, 150:184]
    small = scene.replace(
        misfocused=scene.misfocused[window], mask=None, truth=None,
        focused=[rl.FocusedPhoto(scene.focused[0].image[window])])  # fmt: skip
    methods = [
        rl.Method(),
        rl.Method(lambda_texture=0.1),
        rl.Method(candidates=3),
        rl.Method(neighborhood=3, search="coherent"),
        rl.Method.scanline_texture(),
        rl.Method(light="encoded"),
        rl.Method(),
    ]
    searched = []
    find = one_level.find_candidates_in_parts
    monkeypatch.setattr(
        one_level, "find_candidates_in_parts", lambda *a, **k: searched.append(1) or find(*a, **k)
    )
    kept = rl.Refocuser(small)
    results = [kept.refocus(method) for method in methods]
    # Only another neighborhood, search or light needs another search for candidates.
    assert len(searched) == 3
    for method, result in zip(methods, results, strict=True):
        expected = rl.refocus(small, method)
        assert np.array_equal(result.image, expected.image)
        assert np.array_equal(result.source, expected.source)


@pytest.mark.slow
def test_what_is_cancelled_is_not_kept_half_done():
    scene = rl.load_scene("motorcycle-breathing")
    kept, cancel = rl.Refocuser(scene), Event()

    def stop(stage, share):
        if stage == "candidates" and share > 0:
            cancel.set()

    with pytest.raises(rl.Cancelled):
        kept.refocus(rl.Method(search="coherent"), progress=stop, cancel=cancel)
    again = kept.refocus(rl.Method(search="coherent"))
    assert np.array_equal(again.image, rl.refocus(scene, rl.Method(search="coherent")).image)


@pytest.mark.slow
def test_registration_is_a_stage_of_its_own():
    scene = rl.load_scene("motorcycle-breathing")
    stages = []
    method = rl.Method(search="coherent", register=True)
    result = rl.refocus(scene, method, progress=lambda stage, _: stages.append(stage))
    assert stages[0] == "registration" and "registration" in result.seconds
    assert result.registration.matches[0].trusted
    plain = rl.refocus(scene, rl.Method(search="coherent"))
    assert plain.registration is None
    assert rl.score(result.image, scene).psnr > rl.score(plain.image, scene).psnr + 8


@pytest.mark.seconds
def test_consistency_is_the_last_stage_and_leaves_the_papers_results():
    scene = rl.load_scene("motorcycle-breathing")
    window = np.s_[100:164, 110:180]
    small = scene.replace(
        misfocused=scene.misfocused[window], mask=None, truth=scene.truth[window],
        focused=[rl.FocusedPhoto(scene.truth[window])])  # fmt: skip
    paper = rl.refocus(small, rl.Method(search="coherent"))
    result = rl.refocus(small, rl.Method(search="coherent", consistency=True))
    assert paper.consistent is None and np.array_equal(result.image, result.consistent.image)
    assert np.array_equal(result.source, paper.source)
    assert list(result.seconds)[-2:] == ["consistency", "assessment"]
    assert rl.score(result.image, small).psnr > rl.score(paper.image, small).psnr
    assert rl.Method.consistent().register and rl.Method.consistent().consistency


@pytest.mark.slow
def test_consistency_changes_nothing_outside_the_mask():
    scene = rl.load_scene("motorcycle")
    window = np.s_[100:150, 110:160]
    mask = np.zeros((50, 50), bool)
    mask[10:40, 12:38] = True
    small = scene.replace(
        misfocused=scene.misfocused[window], mask=mask, truth=None,
        focused=[rl.FocusedPhoto(scene.focused[0].image[window])])  # fmt: skip
    result = rl.refocus(small, rl.Method.consistent(search="coherent"))
    assert np.array_equal(result.image[~mask], small.misfocused[~mask])


def test_changed_tells_what_each_pass_changed():
    method = {"lambda_image": 1e-4, "lambda_texture": 1e-3}
    scene = a_scene(noise(14, 16, 1, 90, 110), focused=[rl.FocusedPhoto(noise(15, 13, 9, 90, 110))])
    runs = [rl.refocus(scene, rl.Method(passes=n, **method)) for n in (1, 2, 3)]
    images = [scene.misfocused.copy(), *(run.image for run in runs)]
    images[0][scene.mask] = runs[0].candidates.values[:, 0]
    pairs = pairwise(images)
    expected = [float((a != b).any(axis=2)[scene.mask].mean()) for a, b in pairs]
    assert runs[2].changed == pytest.approx(expected) and expected[0] > expected[1] > 0
    assert rl.refocus(scene, rl.Method.image_scene()).changed == ()


@pytest.mark.parametrize("causal", [False, True])
def test_passes_end_where_nothing_changes_any_more(causal, monkeypatch):
    truth = noise(14, 16)
    scene = a_scene(truth, focused=[rl.FocusedPhoto(truth)])
    passes = []
    ways = one_level.neighborhoods
    monkeypatch.setattr(one_level, "neighborhoods", lambda *at, **how: passes.append(1) or ways(*at, **how))
    result = rl.refocus(scene, rl.Method(passes=9, causal=causal, lambda_image=1.0))
    assert len(passes) < 5 and len(result.changed) == 9 and result.changed[-1] == 0
    assert same(result, rl.refocus(scene, rl.Method(passes=len(passes), causal=causal, lambda_image=1.0)))


@pytest.mark.seconds
@pytest.mark.parametrize("method", PRESETS)
def test_a_large_photo_with_a_small_mask_needs_no_more_memory_than_its_result(method):
    side = 600
    # Faint: a result that does not explain U would be held against a registration, with memory of its own.
    image, mask = noise(side, side) // 64 + 100, np.zeros((side, side), bool)
    mask[300:312, 200:212] = True
    scene = a_scene(image, mask=mask, focused=[rl.FocusedPhoto(image, mask)])
    rl.refocus(a_scene(), method)
    tracemalloc.start()
    result = rl.refocus(scene, method, threads=1)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    # W has 3 bytes a pixel; confidences, order and sources 8 each. It was 123 in all.
    assert peak < 50 * side**2
    assert np.array_equal(result.image[~mask], scene.misfocused[~mask])
