"""The drawing kit: photos and their details, curves, bars, outlines."""

from types import SimpleNamespace

import numpy as np
import pytest
from made_pictures import noise

import refocuslab as rl
from refocuslab.lab.figures import drawing
from refocuslab.optics.psf import disk


def titles(figure):
    return [ax.get_title() for ax in figure.axes if ax.get_title()]


def picture(ax):
    return ax.images[0].get_array()


@pytest.mark.seconds
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


def test_details_of_a_small_photo_show_a_part_of_it():
    sharp, image = noise(64, 70), noise(64, 70, 1)
    scene = rl.Scene(sharp, None, [rl.FocusedPhoto(sharp)], psf=disk(5), truth=sharp)
    assert [box[2:] for box in drawing.details(scene, image)] == [(16, 24)] * 2
    assert [box[2:] for box in drawing.details(scene, image, side=15, count=1)] == [(10, 15)]
    tiny = rl.Scene(sharp[:9, :8], None, [rl.FocusedPhoto(sharp)], psf=disk(5), truth=sharp[:9, :8])
    assert drawing.details(tiny, image[:9, :8])[0][2:] == (8, 8)


@pytest.mark.parametrize("count", [1, 2, 6])
def test_curves_draw_every_series(count):
    series = {f"series {i}": [i, i + 1, i + 2] for i in range(count)}
    (ax,) = drawing.curves([1, 10, 100], series, xlabel="x", ylabel="y", log=True).axes
    assert [line.get_ydata().tolist() for line in ax.lines] == list(series.values())
    assert (ax.get_legend() is not None) == (count > 1)
    assert ax.get_xscale() == "log"


def test_bars_lie_below_each_other_as_long_as_their_values():
    figure = drawing.bars(["one", "two-three"], {"a": [1, -2], "b": [3, 4]}, xlabel="dB")
    ax = figure.axes[0]
    assert [bar.get_width() for bar in ax.patches] == [1, -2, 3, 4]
    top = [bar.get_y() for bar in ax.patches]
    assert top[0] < top[2] < top[1] < top[3] and ax.yaxis_inverted()
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["a", "b"]


def test_an_outline_is_drawn_where_the_mask_leaves_something_out():
    _, (ax, other) = drawing.panels(2)
    mask = np.zeros((6, 8), bool)
    mask[2:4, 3:6] = True
    drawing.draw_outline(ax, mask)
    (line,) = ax.collections
    (path,) = line.get_paths()
    # Halfway between the pixels of the mask and their neighbors.
    assert path.get_extents().bounds == (2.5, 1.5, 3, 2)
    drawing.draw_outline(other, np.ones((6, 8), bool))
    assert not other.collections
