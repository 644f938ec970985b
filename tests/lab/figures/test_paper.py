"""Figures: the paper's panels, the right pictures in them, and the same bytes each time."""

import io

import matplotlib
import numpy as np
import pytest
from made_pictures import noise
from PIL import Image

import refocuslab as rl
from refocuslab.lab.figures import layout, paper
from refocuslab.optics.blur import blur
from refocuslab.optics.psf import disk
from refocuslab.simulation import misfocus


@pytest.fixture(scope="module")
def scene():
    mask = np.zeros((30, 40), bool)
    mask[5:25, 8:36] = True
    sharp = noise(30, 40)
    return rl.Scene(blur(sharp, disk(5)), mask, [rl.FocusedPhoto(sharp)], psf=disk(5), truth=sharp)


@pytest.fixture(scope="module")
def result(scene):
    return rl.refocus(scene, rl.Method(candidates=5))


def titles(figure):
    return [ax.get_title() for ax in figure.axes if ax.get_title()]


def picture(ax):
    return ax.images[0].get_array()


def test_figure_1_shows_what_is_left_out_in_black():
    known = np.zeros((3, 25), bool)
    known[0, 3], known[1, 12:], known[2, :5] = True, True, True
    figure = paper.figure1(5, known)
    assert [title[:3] for title in titles(figure)] == ["(a)", "(b)", "(c)", "(d)"]
    fixed = np.arange(25).reshape(5, 5) < 12
    for ax, expected in zip(figure.axes, [fixed, *known.reshape(3, 5, 5)], strict=True):
        expected[2, 2] = True  # the pixel itself, where the candidate stands
        assert np.array_equal(picture(ax), expected)
        assert ax.images[0].get_cmap()(0.0)[:3] == (0, 0, 0)
    (ax,) = paper.figure1a(7).axes
    assert np.array_equal(picture(ax), np.arange(49).reshape(7, 7) <= 24)


def test_figure_1_needs_three_neighborhoods():
    with pytest.raises(ValueError, match="zip"):
        paper.figure1(5, np.zeros((2, 25), bool))


def test_figure_2_shows_the_photo_and_both_confidences_from_black_to_white(scene, result):
    figure = paper.figure2(scene, result)
    assert titles(figure) == ["(a) misfocused, object outlined", "(b) pixel confidence",
                              "(c) neighborhood confidence"]  # fmt: skip
    photo, pixel, around = figure.axes
    assert np.array_equal(picture(photo), scene.misfocused)
    for ax, values in ((pixel, result.confidence), (around, result.neighborhood_confidence)):
        assert np.array_equal(np.ma.filled(picture(ax), np.nan), values, equal_nan=True)
        assert ax.images[0].get_clim() == (0, 1)
        assert ax.images[0].get_cmap()(1.0)[:3] == (1, 1, 1)


def test_the_order_is_shown_from_first_to_last(scene, result):
    _, ax = paper.order_figure(scene, result).axes
    (bar,) = ax.child_axes
    shown = np.ma.filled(picture(ax), np.nan)
    assert np.isnan(shown[~scene.mask]).all()
    assert np.array_equal(shown[scene.mask], result.order[scene.mask] / (scene.mask.sum() - 1))
    assert [label.get_text() for label in bar.get_yticklabels()] == ["first", "last"]


def test_the_calibration_marks_the_best_disk(scene):
    shots = misfocus.point_light(5, size=32)
    calibration = rl.calibrate(*shots, largest=8)
    figure = paper.calibration_figure(scene.replace(calibration=tuple(shots)), calibration)
    focused, misfocused, errors, psf = figure.axes
    assert np.array_equal(picture(focused), shots[0]) and np.array_equal(picture(misfocused), shots[1])
    curve, best = errors.lines
    assert curve.get_xdata().tolist() == list(range(1, 9))
    assert curve.get_ydata().tolist() == list(calibration.errors.values())
    assert best.get_xdata().tolist() == [5] and np.array_equal(picture(psf), disk(5))
    assert titles(figure)[-1] == "(d) the PSF: 5 pixels"


def test_the_mtf_of_a_disk_stands_beside_the_ideal_one():
    (ax,) = paper.mtf_figure(9).axes
    _, drawn, ideal = ax.lines
    assert np.array_equal(drawn.get_ydata(), rl.mtf(disk(9))[1])
    assert np.array_equal(ideal.get_ydata(), rl.disk_mtf(9, rl.mtf(disk(9))[0]))


@pytest.mark.seconds
def test_a_png_is_the_same_to_the_byte_and_says_nothing_of_its_making(scene, result):
    first, again = (layout.png(paper.figure2(scene, result)) for _ in range(2))
    assert first == again
    with Image.open(io.BytesIO(first)) as picture:
        assert picture.format == "PNG" and picture.text == {}
        assert picture.width == pytest.approx(3 * 2.9 * layout.DOTS, rel=0.05)


@pytest.mark.seconds
def test_figures_belong_to_whoever_asked_not_to_pyplot():
    before = matplotlib.get_backend()
    layout.png(paper.mtf_figure(3))
    assert matplotlib.get_backend() == before
    assert not matplotlib._pylab_helpers.Gcf.figs
