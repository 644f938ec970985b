"""Deconvolution: what it undoes without noise, what it leaves alone, how it is tuned."""

from itertools import islice

import numpy as np
import pytest
from hypothesis import given as having
from hypothesis import strategies as st
from skimage import data

from refocuslab.errors import RefocusError
from refocuslab.evaluation.blur_frame import Frame
from refocuslab.evaluation.deconvolution import (
    richardson_lucy,
    richardson_lucy_photos,
    richardson_lucy_steps,
    total_variation,
    wiener,
)
from refocuslab.evaluation.metrics import score
from refocuslab.evaluation.tuning import STRENGTHS, climbed, tune
from refocuslab.optics.psf import disk
from refocuslab.scene import FocusedPhoto, Scene
from refocuslab.scenes.folder import load_scene
from refocuslab.simulation.misfocus import misfocus

METHODS = {wiener: 1e-3, richardson_lucy: 40, total_variation: 1e-4}
named = pytest.mark.parametrize(
    ("deconvolve", "strength"), METHODS.items(), ids=lambda x: getattr(x, "__name__", "")
)
iterated = pytest.mark.parametrize(
    ("deconvolve", "strength"),
    [(richardson_lucy, 40), (total_variation, 1e-3)],
    ids=lambda x: getattr(x, "__name__", ""),
)


def scene(*, noise=0.0, mask=None, light="linear", diameter=5):
    sharp = data.astronaut()[20:84, 180:250]
    misfocused = misfocus(sharp, diameter, noise=noise, seed=1, light=light)
    return Scene(misfocused, mask, [FocusedPhoto(sharp)], psf=disk(diameter), truth=sharp)


@named
def test_without_noise_it_improves_the_photo(deconvolve, strength):
    given = scene()
    before, after = score(given.misfocused, given), score(deconvolve(given, strength), given)
    assert after.psnr > before.psnr + 3
    assert after.reblur_rms < before.reblur_rms


@named
def test_a_flat_photo_stays_flat_to_the_border(deconvolve, strength):
    flat = np.full((40, 50, 3), (90, 140, 30), np.uint8)
    given = Scene(flat, None, [FocusedPhoto(flat)], psf=disk(7))
    assert np.abs(deconvolve(given, strength).astype(int) - flat).max() <= 1


@pytest.mark.seconds
@named
def test_outside_the_mask_it_is_the_photo(deconvolve, strength):
    mask = np.zeros((64, 70), bool)
    mask[20:50, 10:60] = True
    given = scene(mask=mask)
    found = deconvolve(given, strength)
    np.testing.assert_array_equal(found[~mask], given.misfocused[~mask])
    whole = deconvolve(scene(), strength, explain="photo")
    if deconvolve is not total_variation:  # its scale is that of the light in the mask
        np.testing.assert_array_equal(deconvolve(given, strength, explain="photo")[mask], whole[mask])
    assert not np.array_equal(found[mask], given.misfocused[mask])


def in_other_surroundings(given, seed=0):
    """The scene with noise for U outside its mask."""
    misfocused = np.random.default_rng(seed).integers(0, 256, given.misfocused.shape, dtype=np.uint8)
    misfocused[given.mask] = given.misfocused[given.mask]
    return given.replace(misfocused=misfocused)


@pytest.mark.seconds
@iterated
def test_what_surrounds_the_mask_does_not_matter_where_only_the_mask_is_explained(deconvolve, strength):
    mask = np.zeros((64, 70), bool)
    mask[16:52, 12:60] = True
    given = scene(mask=mask, noise=1.0)
    other = in_other_surroundings(given)

    def harm(explain):
        before, after = (deconvolve(s, strength, explain=explain) for s in (given, other))
        return np.abs(before[mask].astype(int) - after[mask]).mean()

    assert harm("mask") < 3
    assert harm("photo") > 5 * harm("mask")
    # And where the surroundings have the PSF of the object, they help.
    inside, everywhere = (score(deconvolve(given, strength, explain=e), given) for e in ("mask", "photo"))
    assert everywhere.psnr > inside.psnr


@pytest.mark.seconds
@iterated
def test_light_from_beyond_the_frame_is_not_taken_for_a_mirror(deconvolve, strength):
    sharp = data.astronaut()[20:84, 180:250]
    misfocused = misfocus(data.astronaut()[:140, 140:300], 9, noise=0.5)[20:84, 40:110]
    given = Scene(misfocused, None, [FocusedPhoto(sharp)], psf=disk(9), truth=sharp)
    middle = np.zeros(given.mask.shape, bool)
    middle[6:-6, 6:-6] = True
    found = deconvolve(given, strength)
    at_the_rim, inside = (score(found, given.replace(mask=mask)).psnr for mask in (~middle, middle))
    assert at_the_rim > inside - 0.5 > 23


@pytest.mark.seconds
@named
def test_a_scene_turned_over_gives_the_photo_turned_over(deconvolve, strength):
    given = scene(noise=1.0)
    turned = np.swapaxes(given.misfocused, 0, 1)
    turned = Scene(turned, None, [FocusedPhoto(turned)], psf=given.psf)
    found = np.swapaxes(deconvolve(turned, strength), 0, 1).astype(int)
    assert np.abs(found - deconvolve(given, strength)).max() <= 1


def test_each_step_of_richardson_and_lucy_keeps_the_light_and_is_likelier():
    mask = np.zeros((64, 70), bool)
    mask[16:52, 12:60] = True
    frame = Frame(scene(mask=mask, noise=2.0), "linear", "mask")
    light = (frame.seen * frame.photo).sum()
    seen = frame.seen[:, :, 0] > 0
    likelihoods = []
    for x in islice(richardson_lucy_steps(frame), 12):
        blurred = frame.blur(x)
        assert np.isclose((frame.seen * blurred).sum(), light, rtol=1e-4)
        assert x.min() >= 0
        likelihoods.append(float((frame.photo * np.log(blurred) - blurred)[seen].sum(dtype=float)))
    assert (np.diff(likelihoods) > 0).all()


@pytest.mark.seconds
def test_total_variation_lowers_a_step_as_the_formula_says():
    # Halves of n columns, h apart: each comes nearer by lambda / (sqrt(3) n), lambda = strength h / 2.
    step = np.full((40, 60, 3), 60, np.uint8)
    step[:, 30:] = 180
    given = Scene(step, None, [FocusedPhoto(step)], psf=disk(1))
    for strength in (1, 3):
        nearer = strength * 60 / (np.sqrt(3) * 30)
        found = total_variation(given, strength, light="encoded")[:, [0, 29, 30, 59], 0].astype(float)
        np.testing.assert_allclose(found, [[60 + nearer] * 2 + [180 - nearer] * 2] * 40, atol=1.6)


@pytest.mark.seconds
def test_total_variation_of_a_photo_half_as_bright_is_half_as_bright():
    given = scene(noise=1.0, light="encoded")
    bright = 2 * (given.misfocused // 4)
    found = [
        total_variation(given.replace(misfocused=u, truth=None), 3e-3, light="encoded").astype(float)
        for u in (bright, bright // 2)
    ]
    clear = (found[0] > 2) & (found[0] < 253)
    assert np.abs(found[0] / 2 - found[1])[clear].max() <= 1


@pytest.mark.seconds
@named
def test_the_light_matters(deconvolve, strength):
    given = scene(light="encoded")
    right, wrong = (
        score(deconvolve(given, strength, light=light), given).psnr for light in ("encoded", "linear")
    )
    assert right > wrong


@pytest.mark.seconds
@named
def test_a_psf_of_one_pixel_takes_nothing(deconvolve, strength):
    given = scene(diameter=1)
    gentle = {wiener: 1e-6, richardson_lucy: 1, total_variation: 1e-6}[deconvolve]
    assert score(deconvolve(given, gentle), given).psnr > 45


@pytest.mark.seconds
@named
def test_tuning_returns_the_best_of_the_table(deconvolve, strength):
    given = scene(noise=2.0)
    shares = []
    tuned = tune(deconvolve, given, [strength * 4, strength, strength / 4], step=shares.append)
    assert [tried[0] for tried in tuned.tried] == [strength / 4, strength, strength * 4]
    assert dict(tuned.tried)[tuned.strength].psnr == max(found.psnr for _, found in tuned.tried)
    np.testing.assert_array_equal(tuned.image, deconvolve(given, tuned.strength))
    assert shares[-1] == 1


@pytest.mark.seconds
@having(st.integers(1, 40), st.data())
def test_climbing_finds_the_peak_of_what_rises_and_falls(count, drawn):
    peak, start = (drawn.draw(st.integers(0, count - 1)) for _ in range(2))
    seen = []

    def height(place):
        seen.append(place)
        return -abs(place - peak)

    assert climbed(height, count, start) == peak
    assert set(seen) <= set(range(min(start, peak) - 1, max(start, peak) + 2))


@pytest.mark.seconds
def test_the_best_way_to_explain_is_found():
    mask = np.zeros((64, 70), bool)
    mask[16:52, 12:60] = True
    given = scene(mask=mask, noise=1.0)
    strengths = [1e-4, 3e-4, 1e-3]
    assert tune(total_variation, given, strengths).explain == "photo"
    assert tune(total_variation, in_other_surroundings(given), strengths).explain == "mask"


@pytest.mark.slow
@pytest.mark.parametrize("deconvolve", METHODS)
def test_climbing_the_grid_finds_its_best_and_that_is_not_at_its_end(deconvolve):
    given = scene(noise=1.0, diameter=7)
    tuned = tune(deconvolve, given)
    every = tune(deconvolve, given, STRENGTHS[deconvolve])
    assert (tuned.strength, tuned.score) == (every.strength, every.score)
    assert len(tuned.tried) < len(every.tried) == len(STRENGTHS[deconvolve])
    assert tuned.strength in STRENGTHS[deconvolve][2:-2]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "explain"), [("motorcycle", "photo"), ("bench", "mask")])
def test_on_a_whole_scene_total_variation_beats_what_others_reach(name, explain):
    given = load_scene(name)
    found = {one: tune(one, given) for one in METHODS}
    best = {one: tuned.score.psnr for one, tuned in found.items()}
    assert best[wiener] + 2 < best[richardson_lucy] < best[total_variation] - 0.8
    assert best[total_variation] > 26.4, "weaker than it was: no fair opponent"
    assert found[total_variation].explain == explain
    for one, tuned in found.items():
        assert tuned.strength in STRENGTHS[one][2:-2]


@named
def test_a_strength_must_be_positive(deconvolve, strength):
    with pytest.raises(RefocusError, match="strength"):
        deconvolve(scene(), 0)


def test_steps_must_be_whole_and_tuning_needs_a_truth():
    given = scene()
    with pytest.raises(RefocusError, match="whole"):
        richardson_lucy(given, 2.5)
    with pytest.raises(RefocusError, match="truth"):
        tune(wiener, given.replace(truth=None))
    with pytest.raises(RefocusError, match="one or more"):
        tune(wiener, given, [])
    with pytest.raises(RefocusError, match="explain"):
        total_variation(given, 1e-3, explain="all")
    with pytest.raises(RefocusError, match="explain"):
        wiener(given, 1e-3, explain="mask")


@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (2, 3), (3, 2), (3, 12), (4, 4)])
@pytest.mark.parametrize("deconvolve", METHODS)
def test_a_psf_wider_than_the_photo_and_its_mirror_image(deconvolve, shape):
    sharp = data.astronaut()[: shape[0], : shape[1]]
    given = Scene(sharp, None, [FocusedPhoto(sharp)], psf=disk(2 * min(shape) - 1))
    assert deconvolve(given, METHODS[deconvolve]).shape == sharp.shape


def test_photos_of_one_run_are_those_of_runs_of_their_own():
    given = scene(noise=1.0)
    strengths = [2, 5, 5, 9]
    for strength, found in zip(strengths, richardson_lucy_photos(given, strengths), strict=True):
        np.testing.assert_array_equal(found, richardson_lucy(given, strength))
    with pytest.raises(RefocusError, match="whole"):
        richardson_lucy_photos(given, [2, 2.5])
