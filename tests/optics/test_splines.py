"""Splines through images, against those of scipy."""

import numpy as np
import pytest
from scipy import ndimage

from refocuslab.optics import splines

RNG = np.random.default_rng(5)


@pytest.mark.parametrize("order", splines.ORDERS)
@pytest.mark.parametrize("shape", [(1, 1, 3), (2, 5, 1), (23, 31, 3), (9, 12, 2)])
def test_they_are_those_of_scipy(shape, order):
    image = RNG.random(shape)
    x, y = RNG.uniform(-40, 70, (2, 30, 20))
    x[:3], y[:2] = np.rint(x[:3]), np.rint(y[:2])
    planes = np.moveaxis(image, 2, 0)
    wanted = [ndimage.map_coordinates(plane, [y, x], order=order, mode="mirror") for plane in planes]
    found = splines.values(splines.coefficients(image, order), x, y, order)
    np.testing.assert_allclose(found, np.stack(wanted, axis=-1), atol=1e-12)
