"""Notebook 11's lenses: the truth of their blur, what is said of it, and what words make of the numbers."""

import numpy as np
import pytest

import refocuslab as rl
from refocuslab.lab.measures import real_lens
from refocuslab.lab.measures.real_lens import FOUND, NOTHING, PASTED, TRUE, WHOLE
from refocuslab.lab.notebooks.notebook import Study
from refocuslab.lens.psf_choice import PsfEstimate
from refocuslab.lens.width_map import WidthMap


@pytest.fixture(scope="module")
def lenses():
    kinds = ("polygon", "cat's eye", "slant")
    benches = {name: rl.load_bench("lens-" + name.replace("'s ", "-")) for name in kinds}
    return real_lens.lenses(benches, turn=0.0, side=40)


def an_estimate(width=None, family="disk", psf=None):
    widths = None if width is None else WidthMap(width, "plane", {"plane": 0.5})
    numbers = {"diameter": 5.0}
    psf = rl.disk(5) if psf is None else psf
    return PsfEstimate(psf, family, numbers, {"whole disk": 1.0, family: 0.5}, 50.0, (5.0, 5.0), widths)


def told(lens, why="", **psnrs):
    found = "found" in psnrs
    named = {"true": TRUE, "found": FOUND, "whole": WHOLE, "pasted": PASTED, "nothing": NOTHING}
    measured = {named[name]: psnr for name, psnr in psnrs.items()}
    left = {TRUE: 1.0, FOUND: 3.0, WHOLE: 2.0}
    estimate = an_estimate() if found else None
    if not found:
        del left[FOUND]
    return real_lens.Told(lens, estimate, why, 5, left, {}, measured, {FOUND: 1.0} if found else {})


@pytest.mark.seconds
@pytest.mark.parametrize("name", ["disk", "soft disk", "polygon", "slant"])
def test_the_true_blur_of_the_truth_is_the_misfocused_photo(lenses, name):
    lens = lenses[name]
    left = rl.score(lens.scene.truth, lens.known).reblur_rms
    wrong = rl.score(lens.scene.truth, lens.known.replace(psf=rl.disk(8))).reblur_rms
    assert left < 2 < wrong
    assert lens.scene.psf is None and lens.scene.calibration is None


@pytest.mark.seconds
def test_the_square_lies_in_the_middle_or_where_the_rim_hides_most(lenses):
    for name, lens in lenses.items():
        assert lens.scene.mask.sum() == 40 * 40 and lens.scene.mask[lens.box].all()
        assert lens.scene.misfocused.shape == (104, 104, 3)
        assert lens.subject.sum() > lens.scene.mask.sum()
        assert lens.varies == (name == "slant")
    bench = rl.load_bench("lens-cat-eye")
    whole = rl.render(bench, bench.camera, seed=(bench.seed, 0))
    assert np.array_equal(lenses["cat's eye"].scene.misfocused, whole[:104, :104])
    eye, disk = lenses["cat's eye"].psf, lenses["disk"].psf
    assert (eye > eye.max() / 2).sum() < 0.8 * (disk > disk.max() / 2).sum()


@pytest.mark.seconds
def test_a_whole_photo_is_refocused_where_no_side_is_given_or_it_is_too_large():
    bench = rl.load_bench("lens-polygon")
    small = bench.replace(camera=bench.camera.replace(width=60, height=50))
    small = small.replace(focused=[small.camera.focused_on(bench.point)])
    for side in (0, 50):
        assert real_lens.take(small, "polygon", side=side).scene.mask.shape == (50, 60)
        assert real_lens.take(small, "polygon", side=side).scene.mask.all()


@pytest.mark.seconds
def test_a_turned_camera_shows_another_view(lenses):
    bench = rl.load_bench("lens-polygon")
    aside = real_lens.take(bench, "polygon", turn=5.0, side=40)
    assert np.array_equal(aside.scene.misfocused, lenses["polygon"].scene.misfocused)
    assert not np.array_equal(aside.scene.focused[0].image, lenses["polygon"].scene.focused[0].image)


@pytest.mark.seconds
def test_what_photos_tell_is_told_without_what_the_scene_knows():
    rng = np.random.default_rng(0)
    gray = np.full((60, 60, 3), 90, np.uint8)
    scene = rl.Scene(gray, None, [rl.FocusedPhoto(gray)], psf=rl.disk(3))
    found, why = real_lens.told_alone(scene, "linear")
    assert found is None and "cannot tell" in why
    sharp = np.kron(rng.integers(0, 256, (60, 60, 3)), np.ones((2, 2, 1))).astype(np.uint8)
    scene = rl.Scene(rl.blur(sharp, rl.disk(5)), None, [rl.FocusedPhoto(sharp)], psf=rl.disk(9))
    found, why = real_lens.told_alone(scene, "linear")
    assert why == "" and found.numbers["diameter"] == pytest.approx(5, abs=0.3)


@pytest.mark.seconds
def test_tables_say_what_was_measured(lenses):
    found = {
        "disk": told(lenses["disk"], true=40.0, found=39.0, whole=40.04, pasted=38.0, nothing=20.0),
        "slant": told(lenses["slant"], "psf must be given; got no texture", true=30.0, whole=29.0),
    }
    disk, slant = real_lens.cost_table(found)[2:]
    assert disk == "| disk | **40.0** | 39.0 | **40.0** | 38.0 | 20.0 |"
    assert slant == "| slant | **30.0** | – | 29.0 | – | – |"
    disk, slant = real_lens.blur_table(found)[2:]
    assert disk == "| disk | 12.0 | disk, 5.0 pixels | 1.00 | 3.00 | 2.00 (5 px) |"
    assert "| nothing: no texture | 1.00 | – | 2.00 (5 px) |" in slant and " to " in slant


@pytest.mark.seconds
def test_a_map_that_was_found_is_told_by_its_range_inside_the_mask(lenses):
    lens = lenses["slant"]
    width = np.tile(np.linspace(4.0, 8.0, 104), (104, 1))
    inside = width[lens.box]
    one = told(lens, true=1.0, found=1.0, whole=1.0, pasted=1.0)
    one = real_lens.Told(*(an_estimate(width) if name == "found" else getattr(one, name)
                           for name in real_lens.Told.__dataclass_fields__))  # fmt: skip
    line = real_lens.blur_table({"slant": one})[2]
    assert f"disk, {inside.min():.1f} to {inside.max():.1f} pixels (plane)" in line


@pytest.mark.seconds
@pytest.mark.parametrize(
    ("psnrs", "said"),
    [
        ([(40.0, 39.8, 40.0), (30.0, 30.5, 29.0)], "holds**, on 2 of 2 lenses."),
        ([(40.0, 39.8, 40.0), (30.0, 29.0, 28.0)], "holds in part**, on 1 of 2 lenses. It fails on: slant."),
        ([(40.0, 39.8, 41.0), (30.0, None, 28.0)], "does not hold**, on 0 of 2 lenses. It fails on: disk, "
         "slant."),
    ],
)  # fmt: skip
def test_the_verdict_follows_from_the_numbers(lenses, psnrs, said):
    found = {}
    for name, (true, alone, pasted) in zip(("disk", "slant"), psnrs, strict=True):
        measured = {"true": true, "pasted": pasted, "whole": 20.0} | (
            {} if alone is None else {"found": alone}
        )
        found[name] = told(lenses[name], **measured)
    lines = real_lens.claim(found)
    assert lines[-1] == f"Verdict here: **{said}"
    assert ("slant: no PSF found" in lines[2]) == (psnrs[1][1] is None)


@pytest.mark.seconds
def test_the_summary_names_what_costs_what_is_wrong_and_what_is_silent(lenses):
    found = {
        "disk": told(lenses["disk"], true=40.0, found=39.0, whole=39.9, pasted=38.0),
        "slant": told(lenses["slant"], true=30.0, whole=28.0, pasted=28.0),
    }
    text = "\n".join(real_lens.summary(found))
    assert "whole disk** costs 2.0 dB on *slant*; at most 0.3 dB on *disk*." in text
    assert "PSF that was found** costs 1.0 dB on *disk*." in text
    assert "wrong** where it leaves more of U than that disk: *disk* (3.0 against 2.0 gray levels)." in text
    assert "No PSF** was found on *slant*." in text
    assert "from +1.0 dB (*disk*) to +1.0 dB (*disk*)" in text
    assert "on *disk*. There a PSF matters only" in text


@pytest.mark.slow
def test_a_lens_is_judged_by_every_model(lenses):
    study = Study("11_real_lens", {"crop": 40})
    one = real_lens.judge(study, lenses["disk"])
    assert one.found is not None and one.why == ""
    assert set(one.images) == set(one.psnrs) == {NOTHING, PASTED, *real_lens.MODELS}
    assert set(one.left) == set(one.pastes) == set(real_lens.MODELS)
    assert one.diameter == 12 and one.left[TRUE] <= one.left[WHOLE] + 0.1
    assert min(one.psnrs[model] for model in real_lens.MODELS) > one.psnrs[NOTHING] + 10
    assert study.table().data.count("| Real lens |") == 5
