"""Fits that leave out what does not fit."""

import numpy as np
import pytest

from refocuslab.robust import residuals, reweighted, tukey

RNG = np.random.default_rng(5)
X = RNG.uniform(-1, 1, 400)


def line(values, rounds):
    def fit(weight):
        return np.polyfit(X, values, 1, w=np.sqrt(weight))

    return reweighted(fit, lambda found: values - np.polyval(found, X), np.ones(400), rounds=rounds, floor=0)


def test_outliers_do_not_bend_a_line():
    values = 2 * X + 1 + RNG.normal(scale=0.01, size=400)
    values[X > 0.8] = -5.0
    (slope, offset), left = line(values, 8)
    assert (slope, offset) == pytest.approx((2, 1), abs=0.01)
    assert left.error < np.mean(left.absolute**2) / 100
    assert abs(line(values, 1)[0][0] - 2) > 1


def test_without_outliers_the_error_is_nearly_the_mean_square():
    values = 2 * X + 1 + RNG.normal(scale=0.1, size=400)
    _, left = line(values, 5)
    assert left.deviation == pytest.approx(0.1, rel=0.15)
    assert left.error == pytest.approx(np.mean(left.absolute**2), rel=0.05)


def test_weights_fall_from_1_to_0_at_five_deviations():
    weights = tukey(np.array([0, 2.5, 5, 9.0]), 1.0)
    np.testing.assert_allclose(weights, [1, 0.5625, 0, 0])


def test_the_deviation_of_a_normal_law_is_its_own():
    found = residuals(RNG.normal(scale=3, size=20_000), 0.5)
    assert found.deviation == pytest.approx(3.5, rel=0.03)
