"""Figures: the paper's panels, the right pictures in them, and the same bytes each time."""

import io
from types import SimpleNamespace

import matplotlib
import numpy as np
import pytest
from made_pictures import noise
from PIL import Image

import refocuslab as rl
from refocuslab.lab.figures import drawing, layout, paper
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


def test_photos_stand_above_their_details():
    images = [noise(30, 40, seed) for seed in range(3)]
    boxes = [(2, 3, 10, 12), (15, 20, 10, 12)]
    figure = drawing.photos(images, ["one", "two", "three"], details=boxes)
    assert titles(figure) == ["(a) one", "(b) two", "(c) three"]
    grid = np.array(figure.axes).reshape(3, 3)
    for column, image in enumerate(images):
        assert np.array_equal(picture(grid[0, column]), image)
        assert len(grid[0, column].patches) == 2
        for row, (top, left, height, width) in enumerate(boxes, 1):
            assert np.array_equal(picture(grid[row, column]), image[top : top + height, left : left + width])
            assert grid[0, column].patches[row - 1].get_xy() == (left - 0.5, top - 0.5)
    assert titles(drawing.photos(images, ["one", "two", "three"], letters=False)) == ["one", "two", "three"]


def test_sums_over_rectangles():
    values = np.random.default_rng(0).integers(0, 9, (7, 9))
    expected = np.lib.stride_tricks.sliding_window_view(values, (3, 4)).sum(axis=(2, 3))
    assert np.array_equal(drawing.sum_over(values, 3, 4), expected)
    assert drawing.sum_over(values, 7, 9).tolist() == [[values.sum()]]


def test_details_lie_where_most_is_wrong_in_the_mask_and_apart():
    truth = np.full((80, 90, 3), 100, np.uint8)
    mask = np.zeros((80, 90), bool)
    mask[:, :60] = True
    image = truth.copy()
    image[10:18, 30:42] = 250
    image[50:58, 5:17] = 200
    image[20:40, 70:] = 0  # worse, but outside the mask
    scene = SimpleNamespace(truth=truth, mask=mask, misfocused=truth)
    found = drawing.details(scene, image, side=12)
    assert found == [(10, 30, 8, 12), (50, 5, 8, 12)]
    assert drawing.details(scene, image, side=12, count=1) == found[:1]
    assert drawing.details(scene, side=12) == []  # nothing was lost
    scene.misfocused = image
    assert drawing.details(scene, side=12) == found
    for top, left, height, width in drawing.details(scene, noise(80, 90), side=12, count=9):
        assert mask[top : top + height, left : left + width].mean() > 0.9
    scene.truth = None
    assert drawing.details(scene, image) == []


def test_details_of_a_photo_smaller_than_a_detail(scene, result):
    assert drawing.details(scene, result.image) == []  # the mask fills less than 0.9 of it
    whole = scene.replace(mask=None)
    assert drawing.details(whole, result.image) == [(0, 0, 30, 40)]


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


@pytest.mark.parametrize("count", [1, 2, 6])
def test_curves_draw_every_series(count):
    series = {f"series {i}": [i, i + 1, i + 2] for i in range(count)}
    (ax,) = drawing.curves([1, 10, 100], series, xlabel="x", ylabel="y", log=True).axes
    assert [line.get_ydata().tolist() for line in ax.lines] == list(series.values())
    assert (ax.get_legend() is not None) == (count > 1)
    assert ax.get_xscale() == "log"


def test_a_png_is_the_same_to_the_byte_and_says_nothing_of_its_making(scene, result):
    first, again = (layout.png(paper.figure2(scene, result)) for _ in range(2))
    assert first == again
    with Image.open(io.BytesIO(first)) as picture:
        assert picture.format == "PNG" and picture.text == {}
        assert picture.width == pytest.approx(3 * 2.9 * layout.DOTS, rel=0.05)


def test_figures_belong_to_whoever_asked_not_to_pyplot():
    before = matplotlib.get_backend()
    layout.png(paper.mtf_figure(3))
    assert matplotlib.get_backend() == before
    assert not matplotlib._pylab_helpers.Gcf.figs


def test_bars_lie_below_each_other_as_long_as_their_values():
    figure = drawing.bars(["one", "two-three"], {"a": [1, -2], "b": [3, 4]}, xlabel="dB")
    ax = figure.axes[0]
    assert [bar.get_width() for bar in ax.patches] == [1, -2, 3, 4]
    top = [bar.get_y() for bar in ax.patches]
    assert top[0] < top[2] < top[1] < top[3] and ax.yaxis_inverted()
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["a", "b"]
