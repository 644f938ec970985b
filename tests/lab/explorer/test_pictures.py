"""Maps in colors: their scale, what lies outside the mask, and small pictures of large ones."""

import io

import numpy as np
from made_pictures import noise
from PIL import Image

from refocuslab.lab.explorer import pictures

MASK = np.array([[True, True, True], [True, True, False]])


def test_a_scale_goes_from_0_to_its_end_and_no_further():
    values = np.array([[0.0, 1.0, 2.0], [9.0, np.nan, 1.0]])
    shown = pictures.scaled(values, 2, MASK)
    expected = pictures.CIVIDIS[[[0, 127, 255], [255, 0, 0]]]
    assert np.array_equal(shown[MASK], expected[MASK])
    assert (shown[~MASK] == pictures.OUTSIDE).all()
    # Where nothing differs, all of it lies at the beginning.
    assert (pictures.scaled(np.zeros((2, 3)), 0, MASK)[MASK] == pictures.CIVIDIS[0]).all()


def test_a_scale_leaves_its_colors_as_they_were():
    before = pictures.CIVIDIS.copy()
    pictures.scaled(np.zeros((2, 3)), 1, ~MASK)
    assert np.array_equal(pictures.CIVIDIS, before)


def test_a_thumbnail_keeps_the_shape_and_enlarges_nothing():
    def size(height, width):
        return Image.open(io.BytesIO(pictures.thumbnail(noise(height, width), side=10))).size

    assert size(40, 20) == (5, 10)
    assert size(7, 9) == (9, 7)
