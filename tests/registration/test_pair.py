"""Two photos at working size."""

import numpy as np
import pytest
from skimage import data

from refocuslab import FocusedPhoto, Scene, disk
from refocuslab.registration import pair as pairs
from refocuslab.registration.pair import full_size, working_pair
from refocuslab.registration.warp import apply
from refocuslab.simulation.misfocus import misfocus

PHOTO = data.coffee()[100:220, 200:326]
SCENE = Scene(misfocus(PHOTO, 9, noise=0, seed=1), None, [FocusedPhoto(PHOTO)], psf=disk(9))


def test_small_photos_stay_as_they_are():
    pair, place = working_pair(SCENE, SCENE.focused[0], "linear")
    assert place.scale == 1 and pair.mask.shape == SCENE.mask.shape
    np.testing.assert_array_equal(pair.psf, SCENE.psf)


def test_shrunk_photos_are_blurred_by_the_shrunk_psf(monkeypatch):
    monkeypatch.setattr(pairs, "WORKING_PIXELS", PHOTO.shape[0] * PHOTO.shape[1] // 9)
    pair, place = working_pair(SCENE, SCENE.focused[0], "linear")
    assert place.scale == 3 and pair.mask.shape == (40, 42)
    assert pair.psf.sum() == pytest.approx(1)
    image, seen = pair.view(np.eye(3))
    inner = np.s_[4:-4, 4:-4]
    assert seen[inner].all()
    assert np.abs(image - pair.target)[inner].std() < 0.03 * pair.target[inner].std()


def test_a_geometry_of_shrunk_photos_is_that_of_the_photos():
    matrix = np.array([[1.1, 0.1, 3], [-0.1, 0.9, -2], [1e-3, 0, 1]])
    x, y = np.array([0.0, 10, 20]), np.array([5.0, 0, 30])
    small = apply(matrix, x, y)
    large = apply(full_size(matrix, 3), 3 * x + 1, 3 * y + 1)
    np.testing.assert_allclose(large, [3 * small[0] + 1, 3 * small[1] + 1])
