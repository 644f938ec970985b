"""What W rests on: known answers where U, the library or a pasted photo decides alone, and between."""

import numpy as np
import pytest

from refocuslab.consistency.agreement import Agreement
from refocuslab.consistency.basis import basis, library_share
from refocuslab.consistency.consistent import make_consistent
from refocuslab.lens.varying_blur import VaryingBlurOperator
from refocuslab.lens.varying_psf import VaryingPsf
from refocuslab.method import Method
from refocuslab.optics.blur_operator import BlurOperator
from refocuslab.optics.psf import disk
from refocuslab.refocusing.refocuser import refocus
from refocuslab.scenes.folder import load_scene

SHAPE = 90, 101
ALL = np.ones(SHAPE, bool)
# It passes every frequency: what it took, U alone can give back.
SOFT = np.outer([0.1, 0.8, 0.1], [0.1, 0.8, 0.1])


def agreement(blur, *, data=1.0, photo_variance=1.0, prior_variance=1.0):
    photo = np.full((*SHAPE, 3), 0.5, np.float32)
    prior, flat = blur.extended(photo), np.ones(blur.frequencies.shape)
    trust = np.broadcast_to(data, SHAPE)[..., None] * np.ones(3)
    return Agreement(
        blur, photo, trust, photo_variance * flat, prior, np.ones_like(prior), prior_variance * flat
    )


def share(made, mask=ALL):
    return library_share(
        made, 100 / (1 + 200 * made.blur.frequencies), np.ones((*SHAPE, 3), np.float32), mask
    )


def test_a_photo_without_noise_decides_alone_where_the_psf_passes_all():
    found = share(agreement(BlurOperator(SOFT, SHAPE), photo_variance=1e-3))
    # At the frame's edge light from outside is unknown.
    assert found[5:-5, 5:-5].max() < 0.02


def test_where_the_photo_has_no_weight_it_is_the_library():
    left = np.arange(SHAPE[1]) < 40
    found = share(agreement(BlurOperator(disk(7), SHAPE), data=np.where(left, 0.0, 30.0)))
    np.testing.assert_allclose(found[:, :20], 1, atol=5e-3)
    assert found[10:-10, 60:-10].mean() < 0.9


@pytest.mark.parametrize("varying", [False, True])
def test_between_it_is_the_mean_over_the_frequencies_that_misfocus_took(varying):
    made = (
        VaryingBlurOperator(VaryingPsf.of(np.full(SHAPE, 5.0))) if varying else BlurOperator(disk(5), SHAPE)
    )
    transfer = made.transfer[..., 0]
    follows = 0.25 / (0.25 + np.abs(transfer) ** 2)
    taken = np.abs(1 - transfer) ** 2 * 100 / (1 + 200 * made.frequencies)
    # rfft2 has each column of frequencies but the first and the last for two.
    twice = np.full(taken.shape[1], 2.0)
    twice[0] = twice[-1] = 1
    wanted = (follows * taken * twice).sum() / (taken * twice).sum()
    found = share(agreement(made, photo_variance=0.25))
    assert found[10:-10, 10:-10].mean() == pytest.approx(wanted, abs=0.02)
    assert 0.2 < wanted < 0.95


def test_outside_the_mask_nothing_is_the_librarys_and_what_was_pasted_is_no_longer():
    mask, pasted = ALL.copy(), np.zeros(SHAPE)
    mask[:, :20] = False
    pasted[:, 50:], pasted[:, 40:50] = 1, 0.5
    library = share(agreement(BlurOperator(disk(5), SHAPE)), mask)
    found = basis(library, pasted, mask)
    np.testing.assert_allclose(found.sum(axis=2), 1, atol=1e-6)
    assert (found[:, :20] == (1, 0, 0)).all() and (found[:, 50:] == (0, 0, 1)).all()
    np.testing.assert_allclose(found[:, 40:50, 1], library[:, 40:50] / 2)


@pytest.mark.seconds
def test_a_result_says_it_and_the_papers_systems_have_none():
    scene = load_scene("coffee").middle(48)
    found = make_consistent(scene, sizes=(9, 5))
    assert found.basis.dtype == np.float32 and found.basis.shape == scene.misfocused.shape
    assert found.basis.min() >= 0 and found.basis.sum(axis=2) == pytest.approx(1, abs=1e-6)
    assert np.array_equal(found.pasted, found.basis[..., 2])
    assert refocus(scene, Method.image_scene(search="coherent")).basis is None
