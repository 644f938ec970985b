"""The pictures of notebook 8 show what they say."""

import numpy as np
import pytest

import refocuslab as rl
from refocuslab.lab.figures import beyond_the_paper, layout
from refocuslab.lab.measures import all_methods
from refocuslab.registration.register import Match, Registration


def compared(shift=0.0):
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 256, (60, 80, 3), dtype=np.uint8)
    mask = np.zeros((60, 80), bool)
    mask[4:-4, 4:-4] = True
    scene = rl.Scene(rl.blur(truth, rl.disk(5)), mask, [rl.FocusedPhoto(truth)], psf=rl.disk(5), truth=truth)
    images = {
        name: np.clip(truth.astype(int) + 3 * number, 0, 255).astype(np.uint8)
        for number, name in enumerate(all_methods.METHODS)
    }
    scores = {name: rl.Score(20.0 + number, 0.5, 1.0) for number, name in enumerate(all_methods.METHODS)}
    seconds = {name: 0.5 + number for number, name in enumerate(all_methods.METHODS)}
    matrix = np.eye(3)
    matrix[0, 2] = shift
    match = Match("none", matrix, None, np.ones(3), np.zeros(3), 0, 0, 1.0, True, "")
    return all_methods.Compared(scene, images, scores, seconds, {}, Registration(scene, (match,), (0,)))


def test_scores_stand_where_they_were_measured_and_same_views_first():
    found = {"moved-scene": compared(3.0), "still": compared()}
    ax = beyond_the_paper.scores(found).axes[0]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["still", "moved-scene"]
    dots = {
        line.get_label(): line.get_xdata()[0] for line in ax.lines if not line.get_label().startswith("_")
    }
    one = found["still"]
    assert dots == {label: one.scores[name].psnr for label, name in beyond_the_paper.chosen(one).items()}
    assert one.opponent == "total variation"


def test_the_sheet_has_a_row_for_each_scene_and_the_same_detail_of_each_picture():
    found = {"one": compared(), "two": compared(3.0)}
    axes = beyond_the_paper.sheet(found, side=30).axes
    assert len(axes) == 12 and axes[5].get_title() == "truth"
    shown = [np.asarray(ax.images[0].get_array()).astype(int) for ax in axes[:6]]
    places = list(all_methods.METHODS)
    for image, name in zip(shown[1:5], list(beyond_the_paper.chosen(found["one"]).values())[1:], strict=True):
        off = image - shown[5]
        assert np.median(off) == 3 * places.index(name)


def test_curves_keep_their_points():
    measured = [
        all_methods.Curve(
            str(n), "x", [1, 2.5], {all_methods.CONSISTENT: [30, 31], all_methods.NOTHING: [19, 18]}
        )
        for n in range(3)
    ]
    figure = beyond_the_paper.curves(measured)
    assert [ax.get_title() for ax in figure.axes[:3]] == ["(a) 0", "(b) 1", "(c) 2"]
    assert list(figure.axes[2].lines[0].get_ydata()) == [30, 31]
    assert [text.get_text() for text in figure.legends[0].get_texts()] == [
        all_methods.CONSISTENT,
        all_methods.NOTHING,
    ]
    assert not figure.axes[3].axison


@pytest.mark.slow
def test_every_figure_can_be_drawn_and_comes_out_the_same():
    found = {"one": compared(), "two": compared(3.0)}
    for draw in (
        lambda: beyond_the_paper.scores(found),
        lambda: beyond_the_paper.sheet(found),
        lambda: beyond_the_paper.deconvolved(found["one"]),
        lambda: beyond_the_paper.errors(found["one"]),
        lambda: beyond_the_paper.seconds(found, 15),
    ):
        assert layout.png(draw(), 40) == layout.png(draw(), 40)
