"""What refocus() says of its result: notes, doubts, and the grave doubt of an unrelated photo."""

import warnings

import numpy as np
import pytest
from skimage import data
from skimage.color import gray2rgb

import refocuslab as rl
from refocuslab.optics.blur import blur
from refocuslab.optics.light import decode, encode
from refocuslab.optics.psf import disk
from refocuslab.refocusing import refocuser
from refocuslab.refocusing.evidence import clear_of_edge, detail, noise, unexplained
from refocuslab.refocusing.relation import as_it_lies
from refocuslab.registration.exposure import LIKELY_GAIN
from refocuslab.simulation.misfocus import add_noise, misfocus

SIDE = 100
PAPER, REGISTERED, CONSISTENT = rl.Method(), rl.Method(register=True), rl.Method.consistent()
METHODS = [rl.Method.image_scene(), PAPER, REGISTERED, CONSISTENT]


def quick(*few):
    """All the methods, of which the others are for the slow tests."""
    return [one if one in few else pytest.param(one, marks=pytest.mark.slow) for one in METHODS]


def crop(image, top, left, side=SIDE):
    image = gray2rgb(image) if image.ndim == 2 else image
    return np.ascontiguousarray(image[top : top + side, left : left + side])


COFFEE, CAT = crop(data.coffee(), 140, 240), crop(data.chelsea(), 80, 140)
RNG = np.random.default_rng(4)
GRAINS = [RNG.integers(0, 256, (SIDE, SIDE, 3), dtype=np.uint8) for _ in range(2)]
Y, X = np.mgrid[:SIDE, :SIDE] - SIDE / 2
MASK = np.hypot(X, Y) < 38


def scene(truth, *focused, diameter=7, given=None, mask=MASK, misfocused=None):
    misfocused = misfocus(truth, diameter, noise=1, seed=1) if misfocused is None else misfocused
    photos = [photo if isinstance(photo, rl.FocusedPhoto) else rl.FocusedPhoto(photo) for photo in focused]
    return rl.Scene(misfocused, mask, photos, psf=disk(given or diameter), truth=truth)


def lit(image, gain):
    return add_noise(encode(gain * decode(image)), 1, 3)


def said(given, method=PAPER):
    result = rl.Refocuser(given).refocus(method)
    return result, [doubt.about for doubt in result.doubts]


def test_noise_of_a_blurred_photo_is_told_from_its_content():
    for std in (1.0, 2.0, 6.0):
        photo = misfocus(crop(data.coffee(), 0, 0, 200), 9, noise=std, seed=3)
        assert noise(photo, np.ones(photo.shape[:2], bool)) == pytest.approx(std, rel=0.1)
    # Saturated areas have lost theirs, and do not count.
    photo = misfocus(crop(data.coffee(), 0, 0, 200), 9, noise=4, seed=3)
    photo[:120] = 255
    assert noise(photo, np.ones(photo.shape[:2], bool)) == pytest.approx(4, rel=0.15)
    assert noise(np.full((20, 20, 3), 7, np.uint8), np.ones((20, 20), bool)) == 0.5


def test_detail_is_what_blur_takes_away():
    whole = np.ones((SIDE, SIDE), bool)
    assert detail(COFFEE, whole) > 4 * detail(blur(COFFEE, disk(7)), whole)
    assert detail(add_noise(np.full_like(COFFEE, 99), 3, 1), whole, 3.0) < 0.5


def test_unexplained_is_none_of_the_photo_itself_and_all_of_its_mean():
    photo = blur(COFFEE, disk(7))
    left = unexplained(photo, photo, MASK, 7, 1.0)
    assert (left.rms, left.share, left.excess) == (0, 0, 0)
    mean = np.full(photo.shape, photo[MASK].mean(axis=0))
    assert unexplained(mean, photo, MASK, 7, 1.0).share > 1


def test_a_thin_mask_has_a_deeper_half_too():
    thin = np.zeros((30, 30), bool)
    thin[10:13, 3:27] = True
    assert clear_of_edge(thin, 5).any() and not clear_of_edge(thin, 5, thin=False).any()
    assert clear_of_edge(np.ones((30, 30), bool), 5).sum() == 20 * 20


@pytest.mark.seconds
@pytest.mark.parametrize("method", quick(PAPER, REGISTERED)[:-1])
@pytest.mark.parametrize(
    "pair",
    [
        (COFFEE, CAT),
        pytest.param((CAT, COFFEE), marks=pytest.mark.slow),
        pytest.param(GRAINS, marks=pytest.mark.slow),
    ],
    ids=["cat", "coffee", "grain"],
)
def test_an_unrelated_photo_is_a_grave_doubt(method, pair):
    result, _ = said(scene(*pair), method)
    assert [doubt.about for doubt in result.doubts if doubt.grave] == ["unrelated"]


@pytest.mark.seconds
@pytest.mark.parametrize(
    ("side", "gain"),
    [(64, 1.0), (32, 0.5), *(pytest.param(*case, marks=pytest.mark.slow) for case in [(32, 1.0), (64, 0.5)])],
)
def test_small_and_exposed_otherwise_an_unrelated_photo_is_one_still(side, gain):
    small = np.s_[20 : 20 + side, 20 : 20 + side]
    result, _ = said(scene(COFFEE[small], lit(CAT[small], gain), mask=None, diameter=5))
    assert any(doubt.grave for doubt in result.doubts)


@pytest.mark.seconds
def test_flat_photos_of_other_colors_are_unrelated_and_of_one_color_are_not():
    red, blue = np.full((40, 40, 3), (200, 30, 30), np.uint8), np.full((40, 40, 3), (30, 30, 200), np.uint8)
    assert said(scene(red, blue, mask=None, misfocused=red))[0].doubts[0].grave
    assert said(scene(red, red, mask=None, misfocused=red))[0].doubts == ()


@pytest.mark.seconds
@pytest.mark.parametrize("method", quick(PAPER, CONSISTENT))
def test_a_photo_that_fits_gives_no_doubt(method):
    result, abouts = said(scene(COFFEE, lit(COFFEE, 1.0)), method)
    assert abouts == []
    assert len(result.notes) == (1 if method.register else 0)
    if method.register:
        assert result.notes[0].startswith("The focused photo: left as it is")


@pytest.mark.seconds
@pytest.mark.parametrize("gain", [0.6, *(pytest.param(gain, marks=pytest.mark.slow) for gain in (0.25, 1.3))])
def test_another_exposure_is_told_with_its_remedy_and_is_not_grave(gain):
    given = scene(COFFEE, lit(COFFEE, gain))
    result, abouts = said(given)
    assert abouts == ["exposure"] and not result.doubts[0].grave
    assert "-p register true" in result.doubts[0].text
    if gain < 1:
        assert f"{-np.log2(gain):.1f}" in result.doubts[0].text
        result, abouts = said(given, REGISTERED)
        assert abouts == []
        assert "stops less" in result.notes[0]


@pytest.mark.seconds
def test_another_white_balance_is_told():
    result, abouts = said(scene(COFFEE, lit(COFFEE, np.array([1.15, 1, 0.8]))))
    assert abouts == ["exposure"]
    assert "white balance" in result.doubts[0].text


@pytest.mark.seconds
def test_a_photo_that_cannot_be_registered_is_told_and_the_other_serves():
    result, abouts = said(scene(COFFEE, lit(COFFEE, 1.0), CAT), REGISTERED)
    assert abouts == ["registration"] and not result.doubts[0].grave
    assert result.doubts[0].text.startswith("Focused photo 2 could not be registered")
    assert [note.split(":")[0] for note in result.notes] == ["Focused photo 1", "Focused photo 2"]


@pytest.mark.seconds
@pytest.mark.parametrize("method", [PAPER, pytest.param(REGISTERED, marks=pytest.mark.slow)])
def test_swapped_photos_are_told(method):
    sharp, soft = lit(COFFEE, 1.0), misfocus(COFFEE, 7, noise=1, seed=1)
    result, abouts = said(scene(COFFEE, soft, misfocused=sharp), method)
    assert abouts == ["sharpness"]
    assert "swapped" in result.doubts[0].text


@pytest.mark.slow
def test_where_nothing_is_to_be_gained_that_is_told():
    sharp = lit(COFFEE, 1.0)
    _, abouts = said(scene(COFFEE, sharp, misfocused=sharp))
    assert abouts == ["sharpness"]


@pytest.mark.seconds
def test_a_focused_mask_of_few_pixels_is_told():
    few = np.zeros((SIDE, SIDE), bool)
    few[40:45, 40:45] = True
    result, abouts = said(scene(COFFEE, rl.FocusedPhoto(lit(COFFEE, 1.0), few)))
    assert "patches" in abouts
    assert "only 25 patches" in result.doubts[abouts.index("patches")].text


@pytest.mark.parametrize("given", [pytest.param(given, marks=pytest.mark.slow) for given in (3, 15)])
def test_a_wrong_psf_is_told_with_a_better_one(given):
    result, abouts = said(scene(COFFEE, lit(COFFEE, 1.0), diameter=8, given=given))
    assert abouts == ["PSF"]
    assert any(f"about {near} pixels" in result.doubts[0].text for near in (7, 8, 9))


@pytest.mark.seconds
def test_a_wrong_psf_is_told_to_the_pixel():
    result, _ = said(scene(COFFEE, lit(COFFEE, 1.0), diameter=7, given=5))
    assert "about 7 pixels, not of 5" in result.doubts[0].text


@pytest.mark.slow
def test_a_corrected_psf_is_noted_and_one_at_the_limit_doubted():
    sharp = lit(COFFEE, 1.0)
    result, abouts = said(scene(COFFEE, sharp, diameter=8, given=6), CONSISTENT)
    assert any("corrected from 6 to 8 pixels" in note for note in result.notes)
    assert abouts == []
    result, abouts = said(scene(COFFEE, sharp, diameter=9, given=5), CONSISTENT)
    assert abouts == ["PSF"]


@pytest.mark.seconds
def test_refocus_warns_once_for_each_doubt_where_it_was_called():
    given = scene(COFFEE, lit(COFFEE, 0.6))
    with pytest.warns(rl.RefocusWarning) as caught:
        result = rl.refocus(given, rl.Method.image_scene())
    assert [str(one.message) for one in caught] == [doubt.text for doubt in result.doubts]
    assert len(caught) == 1 and caught[0].filename == __file__
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert rl.Refocuser(given).refocus(rl.Method.image_scene()).doubts == result.doubts


@pytest.mark.seconds
def test_no_doubt_costs_a_registration_but_that_of_a_result_that_does_not_fit(monkeypatch):
    calls = []
    real = refocuser.register
    monkeypatch.setattr(refocuser, "register", lambda *a, **k: calls.append(1) or real(*a, **k))
    rl.Refocuser(scene(COFFEE, lit(COFFEE, 1.0))).refocus(PAPER)
    assert calls == []
    engine = rl.Refocuser(scene(COFFEE, CAT))
    for method in (PAPER, rl.Method.image_scene()):
        engine.refocus(method)
    assert calls == [1]


def test_a_black_photo_has_an_exposure_in_range():
    black, bright = np.zeros((24, 24, 3), np.uint8), rl.FocusedPhoto(lit(COFFEE, 1.0)[:24, :24])
    made = rl.Scene(black, None, [bright], psf=rl.disk(3))
    _, gain = as_it_lies(made, bright, light="linear", noise=1.0)
    assert gain.min() >= LIKELY_GAIN[0]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "about"), [("motorcycle", []), ("motorcycle-perturbed", ["view"])])
def test_a_view_with_parallax_is_told_where_no_warp_would_mend_it(name, about):
    method = rl.Method.image_scene(search="coherent")
    assert said(rl.load_scene(name), method)[1] == about
