"""Maps of the width of misfocus: recovered, their form told by prediction."""

import numpy as np
import pytest
from scipy import ndimage

from refocuslab.lens.lattice import SQUARE, Lattice, square_corners
from refocuslab.lens.varying_blur import convolve_varying
from refocuslab.lens.varying_psf import VaryingPsf
from refocuslab.lens.width_map import find_widths
from refocuslab.optics.psf import disk

SHAPE = 150, 190
REACH = 6
TRIED = np.linspace(2, 10, 17)
Y, X = (np.linspace(-1, 1, side) for side in SHAPE)
MAPS = {
    "constant": np.full(SHAPE, 5.3),
    "plane": 6 + 1.5 * X + 0.5 * Y[:, None],
    "smooth": 6 + 1.8 * np.sin(4 * X) * np.cos(3 * Y[:, None]),
}


def lattice(width, *, counts=None, noise=1.0):
    """Texture of all scales over squares, blurred by disks of these widths, with noise in gray levels."""
    random = np.random.default_rng(2)
    sharp = (
        ndimage.gaussian_filter(random.random(SHAPE), 0.8) + np.cumsum(random.random(SHAPE) - 0.5, axis=1) / 9
    )
    seen = convolve_varying(sharp[..., None], VaryingPsf.of(width))[..., 0] + random.normal(
        0, noise / 255, SHAPE
    )
    worth = np.full(SHAPE, 255.0) if counts is None else 255.0 * counts
    tops, lefts = square_corners(np.ones(SHAPE, bool), 1)
    beyond = [(0, len(corners) * SQUARE - side) for corners, side in zip((tops, lefts), SHAPE, strict=True)]
    wide = np.pad(np.pad(sharp, REACH, mode="reflect"), beyond, mode="edge")
    side = SQUARE + 2 * REACH
    squares = [wide[top : top + side, left : left + side] for top in tops for left in lefts]
    return Lattice.of(np.pad(seen, beyond), np.array(squares), np.pad(worth, beyond), (tops, lefts), 1)


@pytest.mark.seconds
@pytest.mark.parametrize(("form", "within"), [("constant", 0.1), ("plane", 0.03), ("smooth", 0.3)])
def test_each_form_is_recovered_and_told(form, within):
    found = find_widths(lattice(MAPS[form]), disk, TRIED, SHAPE)
    assert found.form == form
    assert found.width.shape == SHAPE
    assert np.sqrt(np.mean((found.width - MAPS[form]) ** 2)) < within
    assert set(found.errors) == {"constant", "plane", "smooth"}


@pytest.mark.seconds
def test_a_step_is_smooth():
    width = np.where(X < 0, 4.0, 8.0) * np.ones((SHAPE[0], 1))
    found = find_widths(lattice(width), disk, TRIED, SHAPE)
    assert found.form == "smooth"
    away = np.abs(X) > 0.3
    assert np.abs(found.width - width)[:, away].mean() < 0.3


@pytest.mark.seconds
def test_what_does_not_count_tells_nothing_and_takes_the_width_for_all():
    counts = np.zeros(SHAPE, bool)
    counts[:, :60] = True
    whole, part = MAPS["plane"].copy(), lattice(MAPS["plane"], counts=counts)
    other = MAPS["plane"].copy()
    other[:, 70:] = 3.0
    found = find_widths(part, disk, TRIED, SHAPE)
    spoiled = find_widths(lattice(other, counts=counts), disk, TRIED, SHAPE)
    assert np.abs(found.width - whole)[:, :60].mean() < 0.2
    np.testing.assert_allclose(spoiled.width, found.width, atol=0.05)
    nothing = find_widths(lattice(whole, counts=np.zeros(SHAPE, bool)), disk, TRIED, SHAPE)
    assert nothing.form == "constant"
    assert np.isfinite(nothing.width).all()


def test_a_large_object_is_looked_at_here_and_there():
    for shape, unit in ((SHAPE, 1), ((1536, 2048), 1), ((6000, 200), 1), ((1536, 2048), 5)):
        mask = np.zeros(shape, bool)
        mask[3:, 7:] = True
        tops, lefts = square_corners(mask, unit)
        assert (tops[0], lefts[0]) == (3, 7)
        assert len(tops) * len(lefts) <= 110
        for corners, side in ((tops, shape[0]), (lefts, shape[1])):
            assert corners[-1] < side <= corners[-1] + 2 * SQUARE * unit + np.diff(corners, prepend=0).max()
            assert (np.diff(corners) >= SQUARE * unit).all()
