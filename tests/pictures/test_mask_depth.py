"""The depth of a mask is the distance to the nearest pixel that is not in it."""

import numpy as np

from refocuslab.pictures.mask_depth import mask_depth


def test_the_depth_is_the_least_distance_to_a_pixel_outside():
    mask = np.random.default_rng(0).random((9, 12)) < 0.8
    outside = np.argwhere(~np.pad(mask, 1)) - 1
    expected = [np.hypot(*(outside - place).T).min() for place in np.ndindex(mask.shape)]
    np.testing.assert_allclose(mask_depth(mask).ravel(), expected, rtol=1e-15)
    assert (mask_depth(mask)[~mask] == 0).all()


def test_beyond_the_frame_is_outside():
    assert mask_depth(np.ones((5, 1), bool)).tolist() == [[1]] * 5
    assert mask_depth(np.ones((5, 5), bool))[2, 2] == 3
