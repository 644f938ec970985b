"""Measures of certainty by hand, and what they must and must not depend on."""

import math

import numpy as np
import pytest

from refocuslab.method import CONFIDENCES
from refocuslab.paper.candidates import Candidates
from refocuslab.paper.confidence import HALF, OTHER, certainty, confidence

STEP = 2.0**-24
LAM = 0.01


def one(values, distances):
    distances = np.array([distances], np.int64)
    return Candidates(np.array([values], np.uint8), distances, np.zeros_like(distances))


def test_by_hand():
    half = round(math.log(2) / LAM)
    p = math.exp(-LAM * half)
    found = one([[0, 0, 0], [10, 0, 0], [200, 0, 0]], [5, 5 + half, 10**7])
    assert certainty(found, "share", LAM) == confidence(found.distances, LAM)
    expected = p / (1 + p) * 100
    assert certainty(found, "variance", LAM) == pytest.approx(1 / (1 + expected / HALF**2), abs=STEP)
    shares = np.array([1, p]) / (1 + p)
    entropy = -(shares * np.log(shares)).sum() / math.log(3)
    assert certainty(found, "entropy", LAM) == pytest.approx(1 - entropy, abs=STEP)
    # The second is near to the best in color: the same mode. The third is another, and has no chance.
    assert certainty(found, "ratio", LAM) == 1
    assert certainty(one([[0, 0, 0], [OTHER, 0, 0]], [0, half]), "ratio", LAM) == pytest.approx(
        1 - p, abs=STEP
    )


def test_equal_colors_split_the_share_but_not_the_variance():
    split = one([[8, 8, 8], [8, 8, 9], [8, 9, 8], [9, 8, 8]], [0, 0, 0, 0])
    assert certainty(split, "share", LAM) == 0.25
    assert certainty(split, "entropy", LAM) == 0
    assert certainty(split, "variance", LAM) > 0.99
    assert certainty(split, "ratio", LAM) == 1


@pytest.mark.parametrize("kind", CONFIDENCES)
def test_range_steps_shift_and_a_single_candidate(kind):
    rng = np.random.default_rng(0)
    distances = np.sort(rng.integers(0, 500, (200, 9)), axis=1)
    found = Candidates(rng.integers(0, 256, (200, 9, 3)).astype(np.uint8), distances, distances)
    sure = certainty(found, kind, LAM)
    assert ((sure >= 0) & (sure <= 1)).all() and (sure * 2**24 == np.rint(sure * 2**24)).all()
    assert len(np.unique(sure)) > 50
    moved = Candidates(found.values, distances + 10**6, distances)
    assert np.array_equal(certainty(moved, kind, LAM), sure)
    assert (certainty(found.first(1), kind, LAM) == 1).all()
