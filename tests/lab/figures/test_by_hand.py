"""The pictures of what is worked out by hand show what they are given."""

import numpy as np
import pytest

import refocuslab as rl
from refocuslab.lab.figures import by_hand, layout
from refocuslab.optics.blur import blur
from refocuslab.optics.psf import disk


def noise(*shape, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (*shape, 3), dtype=np.uint8)


@pytest.fixture(scope="module")
def scene():
    mask = np.zeros((40, 40), bool)
    mask[5:35, 8:36] = True
    truth = noise(40, 40)
    return rl.Scene(blur(truth, disk(5)), mask, [rl.FocusedPhoto(truth)], psf=disk(5), truth=truth)


def titles(figure):
    return [ax.get_title() for ax in figure.axes]


def pictures(axes):
    return [ax.images[0].get_array() for ax in axes if ax.images]


def test_the_input_is_shown_side_by_side(scene):
    figure = by_hand.given(scene, (10, 12))
    shown = pictures(figure.axes)
    for drawn, expected in zip(shown, (scene.misfocused, scene.truth, scene.mask), strict=True):
        assert np.array_equal(drawn, expected)
    (mark,) = figure.axes[0].lines
    assert (mark.get_xdata()[0], mark.get_ydata()[0]) == (12, 10)
    several = scene.replace(focused=[*scene.focused] * 2)
    assert "the first of 2 focused photos" in titles(by_hand.given(several))[1]


def test_matches_stand_above_their_sharp_sides_with_their_distances():
    query, blurred, sharp = noise(5, 5), noise(3, 5, 5, seed=1), noise(3, 5, 5, seed=2)
    figure = by_hand.matches(query, blurred, sharp, [1, 20, 3000])
    assert titles(figure)[:4] == ["query N(U)", "1", "20", "3,000"]
    assert all(map(np.array_equal, pictures(figure.axes), [query, *blurred, *sharp]))


def test_choices_leave_out_what_does_not_count():
    windows, nearest = noise(2, 3, 3), noise(2, 3, 3, seed=1)
    counted = np.arange(9).reshape(3, 3) < 5
    figure = by_hand.choices(windows, counted, nearest, ["one", "two"])
    for drawn, patch in zip(pictures(figure.axes), [*windows, *nearest], strict=True):
        assert np.array_equal(drawn[counted], patch[counted])
        assert (drawn[~counted] == by_hand.NONE).all()


def test_numbers_are_written_on_their_pixels():
    maps = {"a": np.arange(4).reshape(2, 2), "b": np.array([[0.25, 0.5], [0.75, 1.0]]), "c": np.eye(2)}
    figure = by_hand.numbers(maps)
    first, second, *_ = figure.axes
    assert [text.get_text() for text in first.texts] == ["0", "1", "2", "3"]
    assert [text.get_text() for text in second.texts] == ["0.25", "0.50", "0.75", "1.00"]
    assert titles(figure) == ["(a) a", "(b) b", "(c) c", ""]
    assert not figure.axes[-1].axison


def test_what_waits_is_gray(scene):
    order = np.full(scene.mask.shape, -1)
    order[scene.mask] = np.arange(scene.mask.sum())
    figure = by_hand.filled(scene.truth, {"scanline": order}, [0.5, 1.0])
    half, _ = pictures(figure.axes)
    assert titles(figure) == ["scanline, 50% assigned", "scanline, 100% assigned"]
    done = scene.mask & (order < 0.5 * order.max())
    assert np.array_equal(half[done], scene.truth[done])
    assert (half[scene.mask & ~done] == by_hand.NONE).all() and (half[~scene.mask] == 255).all()


@pytest.mark.seconds
@pytest.mark.parametrize(
    "details",
    [[], pytest.param([(6, 9, 12, 18)], marks=pytest.mark.slow), [(6, 9, 12, 18), (20, 10, 12, 18)]],
)
def test_variations_stand_above_their_errors_and_beside_the_truth(scene, details):
    images = {"one": scene.truth, "two": scene.misfocused}
    figure = by_hand.variations(images, scene, details)
    shown = pictures(figure.axes)
    assert len(shown) == 4 + 3 * len(details)
    assert np.array_equal(shown[1], scene.misfocused)
    off = np.ma.filled(shown[3], np.nan)
    assert np.isnan(off[~scene.mask]).all() and off[scene.mask].max() > 24
    assert not np.ma.filled(shown[2], 0)[scene.mask].any()
    for row, (top, left, height, width) in enumerate(details):
        part = scene.truth[top : top + height, left : left + width]
        assert np.array_equal(shown[4 + 3 * row + 2], part)
    assert layout.png(figure) == layout.png(by_hand.variations(images, scene, details))


@pytest.mark.seconds
def test_pictures_of_a_small_scene_fill_their_panels():
    truth = noise(64, 64)
    scene = rl.Scene(truth, None, [rl.FocusedPhoto(truth)], psf=disk(3), truth=truth)
    figure = by_hand.variations(dict.fromkeys("abc", truth), scene, [(0, 0, 16, 24)])
    layout.lay_out(figure)
    first, second = (ax.get_window_extent() for ax in figure.axes[:2])
    # Five dots for each pixel is the most that the panel of a whole scene, 319 dots, has room for.
    assert round(first.width) == round(first.height) == 5 * 64
    assert 0 < second.x0 - first.x1 < 40
