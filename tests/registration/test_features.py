import numpy as np
import pytest
import skimage.data

from refocuslab.registration import features
from refocuslab.registration.warp import apply

PHOTO = skimage.data.astronaut()[100:228, 160:288].mean(axis=2) / 255
EVERYWHERE = np.ones(PHOTO.shape, bool)
RNG = np.random.default_rng(3)
KINDS = {
    "similarity": np.array([[1.02, -0.1, 9], [0.1, 1.02, -4], [0, 0, 1]]),
    "affine": np.array([[1.1, 0.2, 9], [0.0, 0.85, -4], [0, 0, 1]]),
    "homography": np.array([[1.0, 0.1, 9], [-0.1, 0.9, -4], [0.0015, -0.001, 1]]),
}


def matches(matrix, right=60, wrong=40, error=0.3):
    first = RNG.uniform(0, 300, (right + wrong, 2))
    second = np.stack(apply(matrix, *first.T), axis=1) + RNG.normal(scale=error, size=first.shape)
    second[right:] = RNG.uniform(0, 300, (wrong, 2))
    return features.Matches(first, second)


@pytest.mark.parametrize("kind", ["similarity", pytest.param("affine", marks=pytest.mark.slow), "homography"])
def test_the_simplest_geometry_that_explains_the_matches_wins(kind):
    model, matrix, inliers = features.geometry(matches(KINDS[kind]))
    assert model == kind
    assert 55 <= inliers <= 66
    corners = np.array([[0, 300, 0, 300], [0, 0, 300, 300.0]])
    off = np.subtract(apply(matrix, *corners), apply(KINDS[kind], *corners))
    assert np.hypot(*off).max() < 2


def test_chance_matches_agree_on_nothing():
    assert features.geometry(matches(np.eye(3), right=0, wrong=60))[2] < 10


@pytest.mark.parametrize("count", [0, 1, 3])
def test_too_few_matches(count):
    model, matrix, inliers = features.geometry(matches(np.eye(3), right=count, wrong=0))
    assert (model, inliers) == ("none", 0)
    np.testing.assert_array_equal(matrix, np.eye(3))


def test_features_know_themselves_and_stay_in_the_mask():
    left = EVERYWHERE.copy()
    left[:, 64:] = False
    described = features.describe(PHOTO, left)
    assert len(described) > 20
    assert described.positions[:, 0].max() <= 64
    found = features.match(described, described)
    np.testing.assert_array_equal(found.first, found.second)


@pytest.mark.seconds
def test_contrast_and_brightness_change_nothing():
    given = features.describe(PHOTO, EVERYWHERE)
    other = features.describe(0.3 + 0.4 * PHOTO, EVERYWHERE)
    np.testing.assert_allclose(other.positions, given.positions, atol=1e-6)
    np.testing.assert_allclose(other.descriptors.astype(int), given.descriptors, atol=1)


@pytest.mark.parametrize("image", [np.zeros((40, 40)), np.full((40, 40), 0.5), RNG.random((5, 40))])
def test_a_photo_without_features(image):
    found = features.describe(image, np.ones(image.shape, bool))
    assert (len(found), len(found.descriptors)) == (0, 0)
    assert len(features.match(found, features.describe(PHOTO, EVERYWHERE))) == 0
