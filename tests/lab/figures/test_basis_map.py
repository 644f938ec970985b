"""The map of what W rests on: its colors, and the shares that its legend tells."""

import numpy as np
import pytest

from refocuslab.lab.figures import basis_map, layout

MASK = np.zeros((8, 9), bool)
MASK[:6] = True
SHARES = np.zeros((8, 9, 3), np.float32)
SHARES[:2, :, 0] = SHARES[2:4, :, 1] = SHARES[4:, :, 2] = 1


def test_each_share_has_its_color_and_mixtures_lie_between():
    image, colors = basis_map.colored(SHARES, MASK), list(basis_map.BASIS.values())
    for row, color in zip((0, 2, 4), colors, strict=True):
        assert (image[row] == color).all()
    assert (image[6:] == basis_map.OUTSIDE).all()
    half = basis_map.colored((SHARES + SHARES[::-1]) / 2, MASK)
    assert (half[0] == np.rint(np.add(colors[0], colors[2]) / 2)).all()


def test_in_gray_they_differ_too():
    brightness = [np.dot(color, (0.299, 0.587, 0.114)) for color in basis_map.BASIS.values()]
    assert min(np.diff(brightness)) > 50


@pytest.mark.seconds
def test_the_legend_tells_the_shares_in_the_mask():
    figure = basis_map.beside(np.zeros((8, 9, 3), np.uint8), SHARES, MASK)
    told = [text.get_text() for text in figure.legends[0].get_texts()]
    assert told == ["U, 33%", "the library, 33%", "a pasted photo, 33%"]
    assert np.array_equal(np.asarray(figure.axes[1].images[0].get_array()), basis_map.colored(SHARES, MASK))
    assert layout.png(figure) == layout.png(basis_map.beside(np.zeros((8, 9, 3), np.uint8), SHARES, MASK))
