"""Samples: their channels, their white, and colors that were multiplied by alpha."""

import numpy as np
import pytest

from refocuslab.pictures.formats.samples import channels, full_scale, unmultiplied


def test_channels_and_white():
    assert [channels(kind) for kind in ("gray", "RGB", "CMYK", "Lab")] == [1, 3, 4, 3]
    assert [full_scale(np.dtype(kind)) for kind in ("u1", "<u2", ">u2", "f4")] == [255, 65535, 65535, 1]


@pytest.mark.parametrize(("kind", "white"), [(np.uint8, 255), (np.uint16, 65535), (np.float32, 1.0)])
def test_colors_are_divided_by_alpha(kind, white):
    alpha = (np.array([[1, 0.2, 0.6]]) * white).astype(kind)
    colors = np.array([[[1, 0.4, 0], [0.2, 0.1, 0], [0.3, 0.6, 0.15]]])
    found = unmultiplied((colors * white).astype(kind), alpha)
    assert found.dtype == kind
    # Cut to whole levels, samples of 8 bits know a color of alpha 51 to within one level in 51.
    expected = [[[1, 0.4, 0], [1, 0.5, 0], [0.5, 1, 0.25]]]
    assert found / white == pytest.approx(np.array(expected), abs=1 / 51 if kind == np.uint8 else 1e-4)


def test_what_is_more_than_its_alpha_is_white_and_below_no_alpha_nothing_is_divided_by_zero():
    colors = np.array([[[200, 100, 0], [3, 0, 0]]], np.uint8)
    assert unmultiplied(colors, np.array([[100, 0]], np.uint8)).tolist() == [[[255, 255, 0], [255, 0, 0]]]


def test_whole_samples_are_rounded():
    # 10 * 255 / 99 = 25.76, and 10 * 255 / 98 = 26.02.
    found = unmultiplied(np.full((1, 2, 1), 10, np.uint8), np.array([[99, 98]], np.uint8))
    assert found.ravel().tolist() == [26, 26]
    assert unmultiplied(np.full((1, 1, 1), 10, np.uint8), np.array([[100]], np.uint8)).item() == 26  # 25.5
