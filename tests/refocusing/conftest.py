"""Matches of registration, made up."""

import numpy as np
import pytest

from refocuslab.registration.register import Match


@pytest.fixture(scope="session")
def match():
    """A function that makes a Match: a trusted one that changes nothing, but for the given fields."""

    def make(**changes):
        fields = {
            "model": "none", "matrix": np.eye(3), "flow": None, "gain": np.ones(3), "offset": np.zeros(3),
            "matches": 90, "inliers": 80, "agreement": 0.99, "trusted": True, "note": "Left as it is.",
        }  # fmt: skip
        return Match(**{**fields, **changes})

    return make
