from dataclasses import replace

import numpy as np
import pytest
from scipy import ndimage

from refocuslab import disk
from refocuslab.optics.blur import convolve
from refocuslab.registration.alignment import align, best_model, measured
from refocuslab.registration.pair import Pair
from refocuslab.registration.warp import apply, positions, sample

SIDE = 96
RNG = np.random.default_rng(8)
# Light that is band-limited, so that a warp of it is exact.
LIGHT = 0.5 + 1.2 * ndimage.gaussian_filter(RNG.normal(size=(SIDE + 80, SIDE + 80, 3)), (2, 2, 0))
MASK = np.zeros((SIDE, SIDE), bool)
MASK[8:-8, 8:-8] = True
NEAR = {
    "similarity": np.array([[1.01, -0.01, 1.5], [0.01, 1.01, -1.2], [0, 0, 1]]),
    "affine": np.array([[1.02, 0.015, -1.0], [-0.01, 0.98, 1.2], [0, 0, 1]]),
    "homography": np.array([[1.0, 0.01, -1.5], [0.0, 0.99, 1.0], [2e-4, -2e-4, 1]]),
}


def pair(matrix, *, gain=1.0, offset=0.0, noise=0.002):
    """Photos of which the focused one, at matrix p, shows what the misfocused one blurs at p."""
    middle = np.s_[40 : 40 + SIDE, 40 : 40 + SIDE]
    misfocused = convolve(LIGHT, disk(5))[middle]
    x, y = positions(np.linalg.inv(matrix), (SIDE, SIDE))
    focused = gain * sample(LIGHT, x + 40, y + 40, order=5) + offset
    grains = RNG.normal(scale=noise, size=(2, SIDE, SIDE, 3))
    return Pair(misfocused + grains[0], MASK, focused + grains[1], np.ones_like(MASK), disk(5))


def corner_error(found, true):
    x, y = np.array([8, 8, 87, 87]), np.array([8, 87, 8, 87])
    return np.hypot(*np.subtract(apply(found, x, y), apply(true, x, y))).max()


@pytest.mark.parametrize("model", NEAR)
def test_a_known_warp_is_recovered_to_a_small_part_of_a_pixel(model):
    found = align(pair(NEAR[model], gain=0.8, offset=0.05), np.eye(3), model)
    assert corner_error(found.matrix, NEAR[model]) < 0.05
    assert found.agreement > 0.97
    assert found.overlap > 0.85


def test_a_similarity_stays_one():
    found = align(pair(NEAR["similarity"]), np.eye(3), "similarity").matrix
    np.testing.assert_allclose(found[2], [0, 0, 1], atol=1e-12)
    assert found[0, 0] == pytest.approx(found[1, 1])
    assert found[0, 1] == pytest.approx(-found[1, 0])


@pytest.mark.seconds
@pytest.mark.parametrize("model", NEAR)
def test_the_evidence_chooses_the_model(model):
    given = pair(NEAR[model])
    assert best_model(given, align(given, np.eye(3), "similarity")).model == model


def test_the_fit_is_best_where_it_is_true():
    given = pair(np.eye(3))
    errors = [
        measured(given, np.array([[1, 0, dx], [0, 1, 0], [0, 0, 1]]), "").error for dx in (0, 0.5, 1, 2)
    ]
    assert errors == sorted(errors)


def test_coarse_alignment_reaches_farther():
    far = np.array([[1.0, 0, 9.0], [0, 1, -8], [0, 0, 1]])
    assert corner_error(align(pair(far), np.eye(3), "similarity", coarse=True).matrix, far) < 0.1


def test_known_exposure_unmixes_colors():
    gain = np.array([0.7, 1.0, 1.3])
    given = pair(NEAR["similarity"], gain=gain, noise=0)
    off = [
        corner_error(align(one, np.eye(3), "similarity").matrix, NEAR["similarity"])
        for one in (given, replace(given, gain=1 / gain))
    ]
    assert off[1] < min(off[0], 0.02)


def test_photos_that_share_nothing():
    away = np.array([[1.0, 0, 500], [0, 1, 0], [0, 0, 1]])
    found = measured(pair(np.eye(3)), away, "similarity")
    assert (found.error, found.agreement, found.overlap) == (np.inf, 0, 0)
