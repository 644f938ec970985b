import numpy as np
import pytest
from scipy import ndimage

from refocuslab import disk
from refocuslab.optics.blur import convolve
from refocuslab.registration.alignment import measured
from refocuslab.registration.flow import enlarged, find_flow
from refocuslab.registration.pair import Pair, to_squares
from refocuslab.registration.warp import sample

SIDE = 100
RNG = np.random.default_rng(4)
LIGHT = np.clip(0.4 + 1.5 * ndimage.gaussian_filter(RNG.normal(size=(SIDE, SIDE, 3)), (2, 2, 0)), 0.02, 1)
MASK = np.ones((SIDE, SIDE), bool)
Y, X = np.mgrid[:SIDE, :SIDE].astype(float)
BULGE = 2.5 * np.exp(-((X - 50) ** 2 + (Y - 50) ** 2) / (2 * 20**2))


def pair(focused):
    return Pair(convolve(LIGHT, disk(5)), MASK, focused, MASK, disk(5))


@pytest.mark.seconds
def test_a_known_parallax_is_found():
    # The focused photo shows at x + BULGE what the misfocused one shows at x.
    focused = sample(LIGHT, X - BULGE, Y, order=5)
    given = pair(focused)
    start = measured(given, np.eye(3), "similarity")
    flow, trusted, mended = find_flow(given, start)
    inner = np.s_[15:-15, 15:-15]
    true = BULGE.copy()
    for _ in range(20):  # solve t(x) = BULGE(x + t)
        true = 2.5 * np.exp(-((X + true - 50) ** 2 + (Y - 50) ** 2) / (2 * 20**2))
    assert np.median(np.hypot(flow[0] - true, flow[1])[inner]) < 0.25
    assert trusted[inner].mean() > 0.9
    assert mended.error < start.error / 2


def test_a_good_match_needs_no_flow():
    given = pair(LIGHT)
    assert find_flow(given, measured(given, np.eye(3), "similarity")) is None


@pytest.mark.seconds
def test_unlike_photos_give_no_flow():
    given = pair(LIGHT[::-1, ::-1].copy())
    assert find_flow(given, measured(given, np.eye(3), "similarity")) is None


@pytest.mark.parametrize("scale", [1, 3])
def test_enlarging_keeps_where_a_flow_leads(scale):
    flow = np.stack([0.1 * X + 1, -0.2 * Y])[:, :40, :30]
    large = enlarged(flow, np.linalg.inv(to_squares(scale)), (40 * scale, 30 * scale))
    middle = (scale - 1) // 2
    np.testing.assert_allclose(large[:, middle::scale, middle::scale], scale * flow, atol=1e-9)
