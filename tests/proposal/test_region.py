"""A region of evidence without confetti, its seam, and what lies over what."""

import numpy as np
from made_pictures import noise

from refocuslab.proposal.region import blended, region, seam


def disc(side, radius):
    rows, columns = np.indices((side, side))
    return (rows - side / 2) ** 2 + (columns - side / 2) ** 2 < radius**2


def test_noisy_evidence_gives_a_whole_region_and_no_specks():
    mask = disc(120, 40)
    told = np.where(mask, 0.3, -0.3) + np.random.default_rng(0).normal(size=mask.shape) * 0.4
    found = region(told.astype(np.float32), mask.shape, 1)
    assert (found & mask).sum() / (found | mask).sum() > 0.9
    assert not found[:10].any() and found[50:70, 50:70].all()


def test_a_silent_hole_is_filled_and_one_that_speaks_is_not():
    told = np.where(disc(120, 50), 0.5, -0.5).astype(np.float32)
    hole = disc(120, 15)
    assert region(np.where(hole, -0.05, told).astype(np.float32), hole.shape, 1)[hole].all()
    assert not region(np.where(hole, -0.5, told).astype(np.float32), hole.shape, 1)[disc(120, 10)].any()


def test_blocks_lie_where_their_pixels_are():
    told = np.full((20, 20), -0.5, np.float32)
    told[5:] = 0.5
    found = region(told, (82, 80), 4)
    # Block 5 begins at pixel 20; the region is a pixel wider.
    assert (found == (np.arange(82) >= 19)[:, None]).all()


def test_a_seam_rises_inside_the_mask_and_not_from_the_frame():
    mask = np.zeros((9, 20), bool)
    mask[:, 8:] = True
    row = seam(mask, 3.0)[4]
    assert np.allclose(row[8:12], [5 / 32, 1 / 2, 27 / 32, 1])
    assert not row[:8].any() and (row[11:] == 1).all()
    assert (seam(np.ones((4, 5), bool)) == 1).all()


def test_what_is_blended_keeps_both_to_the_byte_beside_the_seam():
    below, above = noise(6, 8), noise(6, 8, seed=1)
    alpha = np.zeros((6, 8), np.float32)
    alpha[:, 3], alpha[:, 4:] = 0.25, 1
    mixed = blended(below, above, alpha)
    assert np.array_equal(mixed[:, :3], below[:, :3]) and np.array_equal(mixed[:, 4:], above[:, 4:])
    wanted = 0.75 * below[:, 3].astype(float) + 0.25 * above[:, 3]
    assert np.abs(mixed[:, 3] - wanted).max() <= 0.5
