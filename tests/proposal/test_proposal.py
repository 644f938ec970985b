"""Where to refocus, proposed from pairs whose truth is known."""

import re

import numpy as np
import pytest
from scipy import ndimage
from skimage import data

from refocuslab import FocusedPhoto, Scene, disk, propose_mask
from refocuslab.optics.blur import convolve
from refocuslab.optics.light import decode, encode
from refocuslab.registration.warp import change_view
from refocuslab.simulation.misfocus import add_noise

VIEW = np.array([[1.01, -0.01, 4.0], [0.01, 1.01, -3.0], [1e-5, 0, 1]])


def soft_inside(sharp, mask, diameter, seed=0):
    """A photo of which a layer, the mask, is misfocused before a sharp ground; and the layer's opacity."""
    light, psf = decode(sharp), disk(diameter)
    cover = convolve(mask[..., None].astype(float), psf)
    mixed = convolve(light * mask[..., None], psf) + (1 - cover) * light
    return add_noise(encode(mixed), 1.0, seed), cover[..., 0]


def disc(shape, y, x, radius):
    rows, columns = np.indices(shape)
    return (rows - y) ** 2 + (columns - x) ** 2 < radius**2


@pytest.fixture(scope="module")
def pair():
    sharp = data.coffee()[:300, 100:460]
    mask = disc(sharp.shape[:2], 160, 180, 100)
    misfocused, cover = soft_inside(sharp, mask, 9)
    focused = add_noise(change_view(sharp, VIEW, gain=[1.1, 1.0, 0.9]), 1.0, 1)
    return Scene(misfocused, None, [FocusedPhoto(focused)]), mask, cover


@pytest.fixture(scope="module")
def proposal(pair):
    return propose_mask(pair[0])


def overlap(a, b):
    return (a & b).sum() / (a | b).sum()


@pytest.mark.seconds
def test_the_mask_is_told_before_the_blur(pair, proposal):
    told, shares = [], []
    again = propose_mask(pair[0], step=shares.append, early=lambda first: told.append((first, max(shares))))
    ((first, share),) = told
    assert share == 0.5 and first.psf is None and first.advice == ()
    assert first.note == again.note == proposal.note
    assert np.array_equal(first.mask, proposal.mask) and np.array_equal(again.mask, proposal.mask)
    assert np.array_equal(again.psf.psf, proposal.psf.psf) and again.advice == proposal.advice


@pytest.mark.seconds
def test_what_is_softer_is_proposed_and_what_is_sharp_is_left(pair, proposal):
    _, mask, cover = pair
    assert overlap(proposal.mask, mask) > 0.93
    assert proposal.mask[cover < 1e-6].mean() < 0.005


@pytest.mark.seconds
def test_a_seam_rises_from_the_edge_of_the_mask(proposal):
    assert proposal.alpha.dtype == np.float32
    assert ((proposal.alpha > 0) == proposal.mask).all()
    assert proposal.alpha.max() == 1
    edge = proposal.mask & ~ndimage.binary_erosion(proposal.mask, border_value=1)
    assert 0 < proposal.alpha[edge].min() < 0.6


@pytest.mark.seconds
def test_the_photo_lies_over_u_in_its_exposure(pair, proposal):
    scene, _, cover = pair
    (photo,) = proposal.registration.scene.focused
    sharp = (cover < 1e-6) & photo.mask
    assert np.abs(photo.image[sharp].astype(float) - scene.misfocused[sharp]).mean() < 3
    assert proposal.registration.matches[0].trusted


@pytest.mark.seconds
def test_the_blur_is_that_of_the_region(proposal):
    assert proposal.psf is not None
    assert proposal.psf.numbers["diameter"] == pytest.approx(9, abs=0.3)


@pytest.mark.seconds
def test_nothing_is_proposed_where_both_are_sharp_or_u_is_the_sharper(pair):
    scene, _, _ = pair
    swapped = Scene(scene.focused[0].image, None, [FocusedPhoto(scene.misfocused)])
    assert propose_mask(swapped).mask.mean() < 0.005
    same = Scene(scene.focused[0].image, None, scene.focused)
    found = propose_mask(same)
    assert not found.mask.any() and not found.alpha.any()
    assert found.psf is None


@pytest.mark.seconds
def test_what_has_no_texture_is_left_and_that_is_said(pair):
    scene, _, _ = pair
    assert "too smooth" not in propose_mask(scene.replace(psf=disk(9))).note
    sharp = data.coffee()[:160, 100:300].copy()
    sharp[:, 100:] = 128
    misfocused, _ = soft_inside(sharp, np.ones(sharp.shape[:2], bool), 9)
    found = propose_mask(Scene(misfocused, None, [FocusedPhoto(add_noise(sharp, 1.0, 1))], psf=disk(9)))
    assert found.mask[:, :90].mean() > 0.9 and found.mask[:, 120:].mean() < 0.1
    assert re.search("[45].% of it is too smooth to tell and is left", found.note)


@pytest.mark.slow
def test_parallax_is_taken_up_by_a_flow_and_changes_little_that_is_sharp():
    left, right = (view[::2, ::2, :3] for view in data.stereo_motorcycle()[:2])
    mask = disc(left.shape[:2], 130, 180, 80)
    misfocused, cover = soft_inside(left, mask, 7)
    found = propose_mask(Scene(misfocused, None, [FocusedPhoto(add_noise(right, 1.0, 1))]))
    (match,) = found.registration.matches
    assert match.model == "flow" and match.flow.shape == (2, *mask.shape)
    assert overlap(found.mask, mask) > 0.85
    assert found.mask[cover < 1e-6].mean() < 0.02
