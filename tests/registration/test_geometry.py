"""Which geometries are trusted."""

import numpy as np
import pytest
from skimage import data

from refocuslab import disk
from refocuslab.optics.blur import convolve
from refocuslab.optics.light import decode
from refocuslab.registration import features
from refocuslab.registration.alignment import Alignment
from refocuslab.registration.geometry import find, why_untrusted
from refocuslab.registration.pair import Pair


@pytest.mark.parametrize(
    ("agreement", "overlap", "inliers", "why"),
    [
        (0.9, 0.9, 0, ""),
        (0.5, 0.9, 0, "correlates"),
        (0.5, 0.9, 10, ""),
        (0.2, 0.9, 10, "correlates"),
        (0.9, 0.1, 0, "in common"),
        (0.9, 0.1, 10, ""),
        (0.9, 0.01, 10, "in common"),
    ],
)
def test_features_make_up_for_what_detail_and_overlap_lack(agreement, overlap, inliers, why):
    doubt = why_untrusted(Alignment("similarity", np.eye(3), 0.0, agreement, overlap), inliers)
    assert why in doubt and bool(doubt) == bool(why)


def test_tiny_photos_have_no_geometry():
    light, mask = np.random.default_rng(0).random((7, 40, 3)), np.ones((7, 40), bool)
    found = find(Pair(light, mask, light, mask, disk(3)))
    assert found.doubt and (found.matches, found.inliers) == (0, 0)


@pytest.mark.seconds
def test_where_plenty_of_features_agree_those_of_the_squares_are_enough(monkeypatch):
    light = decode(data.astronaut()[20:320, 110:410])
    light = convolve(light, disk(7))
    everywhere, described = np.ones(light.shape[:2], bool), []
    pair = Pair(light, everywhere, light, everywhere, disk(7))
    describe = features.describe

    def noted(*given, **how):
        described.append(given)
        return describe(*given, **how)

    monkeypatch.setattr(features, "describe", noted)
    found = find(pair)
    assert pair.square == 2
    assert [image.shape for image, _ in described] == 2 * [(150, 150)]
    assert found.inliers >= 40 and not found.doubt
    monkeypatch.setattr("refocuslab.registration.geometry.PLENTY", 10**6)
    find(pair)
    assert [image.shape for image, _ in described[2:]] == 2 * [(150, 150)] + 3 * [(300, 300)]
