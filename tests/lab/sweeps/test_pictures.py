"""The figures of a sweep: which point stands in which cell, what is framed, and what is said of failures."""

import numpy as np
import pytest
from made_pictures import noise
from PIL import Image

from refocuslab.lab.records.manifest import manifest
from refocuslab.lab.sweeps import pictures
from refocuslab.lab.sweeps.sweep import Row

AXES = {"scene": ["made"], "neighborhood": [3, 5], "lambda_texture": [0.1, 1.0]}


def row(neighborhood, texture, reblur, psnr=None, **more):
    """A point; one that failed where its reblur RMS is None."""
    parameters = {"scene": "made", "neighborhood": neighborhood, "lambda_texture": texture} | more
    name = "-".join(map(str, parameters.values()))
    if reblur is None:
        return Row(parameters, name, why="it failed")
    scores = [{"psnr": psnr, "ssim": None, "reblur_rms": reblur}]
    made = manifest({"of": name}, parameters={}, scenes={}, seconds={}, scores=scores, outputs={})
    return Row(parameters, name, made)


def grid(*psnrs):
    """Four points without a truth, or of these PSNRs."""
    cells = [(3, 0.1, 4.0), (3, 1.0, 2.0), (5, 0.1, None), (5, 1.0, 3.0)]
    return [row(*cell, psnr) for cell, psnr in zip(cells, psnrs or [None] * 4, strict=True)]


def texts(ax):
    return [text.get_text() for text in ax.texts]


def framed(ax):
    """The left and the upper end of the one frame."""
    (box,) = ax.patches
    return box.get_xy()


def test_a_cell_holds_the_best_of_all_that_is_not_shown():
    rows = [row(3, 0.1, 5.0, order="random"), row(3, 0.1, 4.0, order="scanline"), row(3, 0.1, None)]
    assert pictures.cells(rows, "neighborhood", "lambda_texture") == {(3, 0.1): rows[1]}
    assert pictures.cells(rows[::-1], None, "neighborhood") == {(None, 3): rows[1]}
    # One that failed is shown where there is no other.
    assert pictures.cells(rows[2:], None, None) == {(None, None): rows[2]}


def test_two_axes_that_are_no_scene_are_shown():
    assert pictures.grid_axes(AXES) == ("neighborhood", "lambda_texture")
    assert pictures.grid_axes({"scene": ["made"]}) == (None, None)
    assert pictures.grid_axes({"order": [1, 2], "causal": [0, 1], "seed": [1, 2]}) == ("causal", "seed")


def test_without_a_truth_the_least_reblur_rms_is_framed():
    ax, bar = pictures.heat_map(grid(), AXES).axes
    assert texts(ax) == ["4.00", "2.00", "failed", "3.00"]
    assert framed(ax) == (0.5, -0.5)
    assert bar.get_ylabel() == "reblur RMS, gray levels"
    shown = np.ma.filled(ax.images[0].get_array(), np.nan)
    np.testing.assert_array_equal(shown, [[4.0, 2.0], [np.nan, 3.0]])
    assert [label.get_text() for label in ax.get_xticklabels()] == ["0.1", "1"]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("lambda_texture", "neighborhood")


def test_with_a_truth_the_highest_psnr_is_framed_a_perfect_one_too():
    ax, bar = pictures.heat_map(grid(20.0, 21.0, None, 22.0), AXES).axes
    assert texts(ax) == ["20.00", "21.00", "failed", "22.00"]
    assert framed(ax) == (0.5, 0.5) and bar.get_ylabel() == "PSNR, dB"
    assert ax.images[0].get_array().max() == 22
    ax, _ = pictures.heat_map(grid("Infinity", 21.0, None, 22.0), AXES).axes
    assert texts(ax)[0] == "inf" and framed(ax) == (-0.5, -0.5)


@pytest.mark.parametrize("rows", [[row(3, 0.1, None)]])
def test_where_all_failed_nothing_is_framed(rows, tmp_path):
    ax, _ = pictures.heat_map(rows, AXES).axes
    assert texts(ax) == ["failed"] and not ax.patches
    (ax,) = pictures.sheet(rows, AXES, tmp_path).axes
    assert texts(ax) == ["failed"] and not ax.patches


def test_the_sheet_shows_each_picture_in_its_cell(tmp_path):
    rows = grid()
    made = [one for one in rows if one.made]
    side, step_y, step_x = pictures.SIDE, pictures.SIDE + pictures.TITLE + pictures.GAP, 0
    for seed, one in enumerate(made):
        Image.fromarray(noise(side, side, seed)).save(tmp_path / f"{one.name}.png")
    (ax,) = pictures.sheet(rows, AXES, tmp_path).axes
    whole, step_x = ax.images[0].get_array(), side + pictures.GAP
    for seed, (y, x) in enumerate([(0, 0), (0, step_x), (step_y, step_x)]):
        top = y + pictures.TITLE
        assert np.array_equal(whole[top : top + side, x : x + side], noise(side, side, seed))
    assert (whole[step_y + pictures.TITLE :, :side] == 255).all()  # the one that failed
    assert texts(ax) == ["4.00 gray levels", "2.00 gray levels", "failed", "3.00 gray levels"]
    assert framed(ax) == (step_x - 0.5, pictures.TITLE - 0.5)
