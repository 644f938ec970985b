"""The weighted comparison and the pyramid's, by hand; equality with the oracle stands in test_equality."""

from types import SimpleNamespace

import numpy as np
import pytest
from made_pictures import gray

import refocuslab as rl
from refocuslab.paper.candidates import Candidates
from refocuslab.paper.canvas import start_canvas
from refocuslab.paper.weighted_texture import WEIGHT_STEPS, Comparison, pixel_weights, what_is_around

ONE = np.pad(np.ones((1, 1), bool), 1)


def test_weights_are_thirds_of_the_confidence_and_whole_outside_the_mask():
    confidence = np.array([[0.0, 0.1, 1 / 3, 0.34, 2 / 3 - 1e-9, 0.7, 1.0, np.nan]])
    expected = [1, 1, 1, 2, 2, 3, 3, 3]
    assert WEIGHT_STEPS == 3
    assert pixel_weights(confidence, SimpleNamespace(weighted=True)).tolist() == [expected]
    assert pixel_weights(confidence, SimpleNamespace(weighted=False)).tolist() == [[1] * 8]


def chosen(confidence, method, *, coarser=None, above=None):
    """Which of two patches wins: one fits the pixel above, the other the pixel below, by 1 level less."""
    photo = gray([[100] * 3, [0, 0, 0], [51] * 3])
    patches = gray([[100] * 3, [0, 10, 0], [0] * 3]), gray([[50] * 3, [0, 20, 0], [51] * 3])
    library = SimpleNamespace(
        sharp=np.array([p.ravel() for p in patches]),
        centers=np.array([[10] * 3, [20] * 3], np.uint8),
        coarser=above, neighborhood=rl.Neighborhood(3),
        grid=SimpleNamespace(
            index_at=np.full(99, -1, np.int32), place=np.array([50, 50]), stride=np.array([5, 5])),
    )  # fmt: skip
    found = Candidates(library.centers[None], np.zeros((1, 2), np.int64), np.arange(2, dtype=np.int64)[None])
    canvas = start_canvas(photo, ONE, found, library.neighborhood)
    how = {"weighted": method.weighted, "causal": False, "search": "exact"}
    assign = Comparison(library, **how).kernel(
        canvas, what_is_around(canvas, confidence, coarser, method), 1.0, 1.0
    )
    known = np.arange(9)[None] != 4
    assign(np.array([0]), known)
    return int(canvas.image[1, 1, 0])


@pytest.mark.seconds
def test_what_is_certain_decides():
    plain, weighted = rl.Method(weighted=False), rl.Method(weighted=True)
    sure_above, sure_below = np.full((2, 3, 3), 0.2)
    sure_above[0] = sure_below[2] = 1.0
    assert chosen(sure_above, plain) == chosen(sure_below, plain) == 20
    assert chosen(sure_above, weighted) == 10
    assert chosen(sure_below, weighted) == 20


@pytest.mark.seconds
def test_the_coarser_level_decides_where_all_else_is_alike():
    method = rl.Method(levels=2)
    coarser = SimpleNamespace(image=np.full((3, 3, 3), 200, np.uint8), confidence=np.ones((3, 3)))
    near, far = np.full((1, 27), 199, np.uint8), np.full((1, 27), 100, np.uint8)
    all_sure = np.ones((3, 3))
    for above, expected in (((near, far), 10), ((far, near), 20)):
        assert chosen(all_sure, method, coarser=coarser, above=np.concatenate(above)) == expected


def scene(size=30, kind="smooth"):
    rng = np.random.default_rng(2)
    y, x = np.mgrid[:size, :size]
    truth = np.stack([120 + 60 * np.sin(x / 3 + k) * np.cos(y / 4) for k in range(3)], axis=-1)
    truth = np.clip(truth + rng.normal(0, 6, truth.shape), 0, 255).astype(np.uint8)
    psf = rl.disk(4)
    other = np.roll(truth, 3, axis=1)
    return rl.Scene(
        rl.blur(truth, psf), np.ones((size, size), bool), [rl.FocusedPhoto(other)], psf=psf, truth=truth
    )


def test_with_confidence_1_everywhere_weights_change_nothing():
    # One candidate is certain: three thirds everywhere are the paper's distances.
    made = [rl.refocus(scene(), rl.Method(candidates=2, lambda_image=1e6, weighted=w)) for w in (False, True)]
    assert np.array_equal(made[0].image, made[1].image) and np.array_equal(made[0].source, made[1].source)


@pytest.mark.seconds
@pytest.mark.parametrize("search", ["exact", "coherent"])
def test_weights_matter_where_confidence_differs_and_threads_do_not(search):
    method = rl.Method(lambda_image=1e-3, lambda_texture=1e-3, weighted=True, levels=2, search=search)
    one, two = (rl.refocus(scene(), method, threads=n) for n in (1, 2))
    assert np.array_equal(one.image, two.image) and np.array_equal(one.source, two.source)
    plain = rl.refocus(scene(), rl.Method(lambda_image=1e-3, lambda_texture=1e-3, levels=2, search=search))
    assert not np.array_equal(one.image, plain.image)
