"""Notebook 8's experiments: what is pasted, what is shared, what a bar says, what a curve varies."""

from types import SimpleNamespace

import numpy as np
import pytest

import refocuslab as rl
from refocuslab.lab.measures import all_methods
from refocuslab.lab.notebooks.notebook import Study


@pytest.fixture(scope="module")
def study():
    return Study("08_beyond_the_paper", {"crop": 40, "candidates": 5, "search": "coherent"})


def a_score(psnr, ssim=0.5, reblur=1.0):
    return rl.Score(psnr, ssim, reblur)


def compared(**psnrs):
    named = {
        "paper": all_methods.BEST,
        "consistent": all_methods.CONSISTENT,
        "tv": "total variation",
        "pasted": all_methods.PASTED,
    }
    scores = {name: a_score(10.0) for name in all_methods.METHODS}
    scores |= {named[name]: a_score(psnr, psnr / 100) for name, psnr in psnrs.items()}
    return all_methods.Compared(None, {}, scores, {}, {}, None)


def test_the_opponent_is_the_best_deconvolution():
    one = compared(tv=20.0, paper=30.0, consistent=25.0)
    assert one.opponent == "total variation"
    other = compared(tv=5.0)
    assert other.opponent in ("Wiener", "Richardson-Lucy")


def test_bars_are_met_missed_or_dreamt():
    found = {
        "motorcycle-perturbed": compared(paper=10.0, tv=22.0, consistent=27.0),
        "motorcycle": compared(paper=27.2, consistent=27.0),
        "bench": compared(paper=28.0, consistent=27.0),
        "motorcycle-breathing": compared(consistent=26.0),
    }
    lines = all_methods.bars(found)[2:]
    assert len(lines) == 5 + 4  # only for scenes that were measured, and against pasting on each of them
    said = [line.rstrip(" |").split("| ")[-1].strip("*") for line in lines]
    assert said[:5] == ["met, and the dream", "met, and the dream", "met", "missed", "met"]
    assert "+17.0 dB, +0.170" in lines[0] and "`consistent` on motorcycle |" in lines[4]
    pasting = all_methods.bars({"bench": compared(consistent=27.0, pasted=27.2)})[-1]
    assert f"| {all_methods.PASTED} | -0.3 dB | +0.0 dB | -0.2 dB | **met** |" in pasting
    pasting = all_methods.bars({"bench": compared(consistent=27.0, pasted=27.4)})[-1]
    assert "**missed**" in pasting
    # A bar has two measures where it names two.
    poor = {"motorcycle-perturbed": compared(paper=20.0, tv=22.0, consistent=30.0)}
    assert "**missed**" in all_methods.bars(poor)[2] and "**met, and the dream**" in all_methods.bars(poor)[3]


def test_the_best_of_a_row_is_bold():
    found = {"here": compared(consistent=30.0)}
    row = all_methods.table(found, lambda s: (f"{s.psnr:.1f}", s.psnr))[2]
    assert row.count("**") == 2 and row.endswith("| **30.0** |") and row.startswith("| here | 10.0 |")
    row = all_methods.table({"here": compared()}, lambda s: (f"{s.psnr:.1f}", s.psnr))[2]
    assert row.count("**") == 2 * len(all_methods.METHODS)  # all alike


@pytest.mark.slow
def test_every_method_is_measured_and_what_only_differs_in_the_focused_photo_is_not_deconvolved_again(
    study, monkeypatch
):
    tuned = []

    def tune(deconvolve, scene, **_):
        tuned.append(deconvolve)
        image = scene.misfocused
        return SimpleNamespace(image=image, strength=1, explain="photo", score=rl.score(image, scene))

    monkeypatch.setattr(all_methods, "tune", tune)
    found = all_methods.compare(study, ["motorcycle", "motorcycle-breathing"])
    assert len(tuned) == len(all_methods.DECONVOLUTIONS)
    for one in found.values():
        assert tuple(one.images) == tuple(one.scores) == all_methods.METHODS
        assert all(one.seconds[name] > 0 for name in all_methods.METHODS[1:])
    assert found["motorcycle"].same_view and not found["motorcycle-breathing"].same_view
    table = study.table().data
    assert table.count("| Beyond |") == 2 * len(all_methods.METHODS)


@pytest.mark.seconds
def test_focused_photos_keep_a_margin_when_cut():
    scene = rl.load_scene("motorcycle")
    small = all_methods.small(scene, 50)
    wide = 50 + 2 * all_methods.MARGIN
    assert small.misfocused.shape == (50, 50, 3) and small.focused[0].image.shape == (wide, wide, 3)
    inner = np.s_[all_methods.MARGIN : -all_methods.MARGIN]
    assert np.array_equal(small.focused[0].image[inner, inner], all_methods.cut(scene, 50).focused[0].image)
    assert all_methods.small(scene, 0) is scene


@pytest.mark.seconds
def test_curves_vary_one_thing_and_name_their_lines(study, monkeypatch):
    seen = []

    def point(study, scene, opponent=None):
        seen.append(scene)
        return {all_methods.CONSISTENT: 30.0, all_methods.OPPONENT: 20.0}

    monkeypatch.setattr(all_methods, "_point", point)
    monkeypatch.setattr(all_methods, "_uncorrected", lambda study, scene: scene.misfocused)
    monkeypatch.setattr(all_methods, "_opponent", lambda study, scene: 20.0)
    scene = all_methods.small(rl.load_scene("motorcycle"), 48)
    curve = all_methods.against_diameter(study, scene, [3, 5])
    assert curve.x == [3, 5] and curve.lines[all_methods.CONSISTENT] == [30.0, 30.0]
    assert [len(one.psf) for one in seen] == [3, 5]
    seen.clear()
    all_methods.against_noise(study, scene, [0, 6])
    assert len({one.psf.tobytes() for one in seen}) == 1
    rough = [np.abs(np.diff(one.misfocused.astype(float), axis=0)).mean() for one in seen]
    assert rough[1] > 2 * rough[0]
    seen.clear()
    curve = all_methods.against_psf_error(study, scene, [-2, 0])
    assert [len(one.psf) for one in seen] == [7, 9] and len(curve.lines[all_methods.UNCORRECTED]) == 2
    assert all(np.array_equal(one.misfocused, scene.misfocused) for one in seen)
    seen.clear()
    all_methods.against_turn(study, rl.load_bench("bench-perturbed"), [0, 5], 40)
    assert all(one.misfocused.shape == (40, 40, 3) for one in seen)
    assert np.array_equal(seen[0].misfocused, seen[1].misfocused)
    assert not np.array_equal(seen[0].focused[0].image, seen[1].focused[0].image)
    with pytest.raises(rl.RefocusError, match="disk"):
        all_methods.against_noise(study, scene.replace(psf=np.full((3, 3), 1 / 9)), [1])


@pytest.mark.slow
def test_a_point_of_a_curve_measures_all_and_correction_mends_a_wrong_disk(study):
    scene = all_methods.small(rl.load_scene("motorcycle-perturbed"), 96)
    curve = all_methods.against_psf_error(study, scene, [1])
    points = {label: psnr[0] for label, psnr in curve.lines.items()}
    nothing, uncorrected = all_methods.NOTHING, all_methods.UNCORRECTED
    opponent, papers = all_methods.OPPONENT, all_methods.PAPERS
    pasted = all_methods.PASTED
    assert set(points) == {all_methods.CONSISTENT, opponent, papers, pasted, nothing, uncorrected}
    assert points[all_methods.CONSISTENT] > points[uncorrected] + 1 > points[nothing] + 1
    assert points[opponent] > points[nothing]
