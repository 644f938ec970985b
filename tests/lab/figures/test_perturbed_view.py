"""The pictures of notebook 5's second half show what they say."""

from types import SimpleNamespace

import numpy as np
import pytest
from made_pictures import noise

import refocuslab as rl
from refocuslab.lab.figures import drawing, layout, perturbed_view
from refocuslab.lab.measures import picture_measures
from refocuslab.optics.blur import blur
from refocuslab.optics.psf import disk
from refocuslab.registration.register import Match, Registration


@pytest.fixture(scope="module")
def scene():
    mask = np.zeros((30, 40), bool)
    mask[4:24, 6:34] = True
    sharp = noise(30, 40)
    return rl.Scene(blur(sharp, disk(3)), mask, [rl.FocusedPhoto(sharp)], psf=disk(3), truth=sharp)


def result(scene, image, *values):
    values = [np.broadcast_to(value, scene.truth.shape)[scene.mask] for value in values]
    return SimpleNamespace(image=image, candidates=SimpleNamespace(values=np.stack(values, axis=1)))


def titles(figure):
    return [ax.get_title() for ax in figure.axes if ax.get_title()]


def picture(ax):
    return np.ma.filled(ax.images[0].get_array().astype(float), np.nan)


def a_match(**changes):
    ones = {"gain": np.ones(3), "offset": np.zeros(3)}
    return Match(**{"model": "none", "matrix": np.eye(3), "flow": None, **ones, "matches": 0, "inliers": 0,
                    "agreement": 0.0, "trusted": True, "note": ""} | changes)  # fmt: skip


def test_recall_is_drawn_pixel_by_pixel(scene):
    off = np.where(np.arange(40)[None, :, None] < 20, 5, 40)
    some = result(scene, scene.truth, scene.truth.astype(int) + off, scene.truth.astype(int) + 60)
    figure = perturbed_view.recall(scene, some)
    inside = np.where(scene.mask, off[..., 0], np.nan)
    assert np.array_equal(picture(figure.axes[0]), inside, equal_nan=True)
    assert titles(figure)[0] == "(a) near candidate: 50.0%"
    assert figure.axes[0].images[0].get_clim() == (0, picture_measures.GROSS)


def test_blame_goes_to_the_choice_or_to_the_candidates(scene):
    wrong = scene.truth.astype(int)
    wrong[:, 20:] = (wrong[:, 20:] + 100) % 256
    # The upper pixels have the truth among their candidates, the lower ones only what was taken.
    lower = np.arange(30)[:, None, None] >= 14
    one = result(scene, wrong.astype(np.uint8), wrong, np.where(lower, wrong, scene.truth))
    figure = perturbed_view.recall(scene, one)
    drawn, title = picture(figure.axes[1]), titles(figure)[1]
    gross = scene.mask & (np.abs(wrong - scene.truth).max(axis=2) > picture_measures.GROSS)
    assert np.array_equal(drawn == 1, gross & ~lower[..., 0])
    assert np.array_equal(drawn == 2, gross & lower[..., 0])
    assert (drawn == 1).any() and (drawn == 2).any()
    lacking, choice = ((drawn == kind)[scene.mask].mean() for kind in (2, 1))
    assert title == f"(b) orange {lacking:.1%}, blue {choice:.1%}"


def test_displacement_is_that_of_the_geometry_after_the_flow():
    flow = np.stack([np.full((5, 6), 2.0), np.full((5, 6), -1.0)])
    shift = np.array([[1, 0, 3], [0, 1, 4], [0, 0, 1.0]])
    double = np.diag([2.0, 2.0, 1.0])
    assert np.array_equal(perturbed_view.displacement(a_match(matrix=shift), (5, 6))[:, 2, 3], (3, 4))
    assert np.array_equal(
        perturbed_view.displacement(a_match(matrix=double, flow=flow), (5, 6))[:, 2, 3], (7, 0)
    )


def test_a_registration_shows_what_moved_and_what_is_left(scene):
    (given,) = scene.focused
    moved = rl.FocusedPhoto(np.roll(given.image, 3, axis=1), scene.mask)
    shift = np.array([[1, 0, -3], [0, 1, 4], [0, 0, 1.0]])
    match = a_match(model="similarity", matrix=shift)
    registered = Registration(scene.replace(focused=[moved]), (match,), (0,))
    figure = perturbed_view.registration(scene, registered)
    photo, warped, length, before, after, none = figure.axes[:6]
    assert np.array_equal(picture(photo), given.image)
    assert (picture(warped)[~scene.mask] == 255).all()
    assert np.allclose(picture(length)[scene.mask], 5) and np.isnan(picture(length)[~scene.mask]).all()
    assert (picture(before)[scene.mask] == 0).all() and (picture(after)[scene.mask] > 0).any()
    assert "up to 5.0 pixels" in titles(figure)[2] and "off by 0.0" in titles(figure)[3]
    assert not none.get_visible()


@pytest.mark.seconds
def test_a_photo_left_alone_is_shown_once_and_one_with_a_flow_in_both_forms(scene):
    alone = perturbed_view.registration(scene, Registration(scene, (a_match(),), (0,)))
    assert [ax.get_visible() for ax in alone.axes[3:6]] == [True, False, False]
    flowed, plain = (rl.FocusedPhoto(noise(30, 40, seed), scene.mask) for seed in (1, 2))
    both = Registration(scene.replace(focused=[flowed, plain]), (a_match(model="flow"),), (0, 0))
    figure = perturbed_view.registration(scene, both)
    assert [title.partition(":")[0] for title in titles(figure)[3:]] == [
        "(d) as given", "(e) registered", "(f) with the flow"]  # fmt: skip
    left = np.abs(blur(flowed.image, scene.psf).astype(float) - scene.misfocused).max(axis=2)
    assert np.array_equal(picture(figure.axes[5])[scene.mask], left[scene.mask])


@pytest.mark.seconds
def test_a_photo_of_another_size_cannot_be_compared_before_it_is_registered(scene):
    large = rl.FocusedPhoto(noise(50, 60, 3))
    other = scene.replace(focused=[large])
    made = Registration(scene, (a_match(model="similarity"),), (0,))
    figure = perturbed_view.registration(other, made)
    assert [ax.get_visible() for ax in figure.axes[3:6]] == [True, False, False]
    assert titles(figure)[3].startswith("(d) registered")
    untouched = perturbed_view.registration(other, Registration(other, (a_match(trusted=False),), (0,)))
    assert [ax.get_visible() for ax in untouched.axes[3:6]] == [False, False, False]


@pytest.mark.seconds
def test_details_stand_in_rows_and_come_out_the_same(scene):
    boxes = [(2, 3, 10, 12), (15, 20, 8, 12)]
    images = [scene.truth, scene.misfocused]
    grid = np.array(drawing.closely(images, ["truth", "U"], boxes).axes).reshape(2, 2)
    for row, (top, left, height, width) in zip(grid, boxes, strict=True):
        for ax, image in zip(row, images, strict=True):
            assert np.array_equal(picture(ax), image[top : top + height, left : left + width])
    first, again = (layout.png(drawing.closely(images, ["truth", "U"], boxes), 40) for _ in range(2))
    assert first == again
