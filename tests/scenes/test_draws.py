"""Other draws of a scene's noise."""

import numpy as np
import pytest

from refocuslab.checks import LARGEST_SEED
from refocuslab.errors import RefocusError
from refocuslab.scenes.draws import redrawn
from refocuslab.scenes.folder import load_scene


def test_draw_0_is_the_seed_itself_and_no_two_draws_share_one():
    assert redrawn(7, 0) == 7
    seeds = {redrawn(seed, draw) for seed in range(50) for draw in range(200)}
    assert len(seeds) == 50 * 200
    assert redrawn(LARGEST_SEED, 1) < LARGEST_SEED


@pytest.mark.seconds
def test_both_photos_get_another_draw():
    first, again, other = (load_scene("motorcycle", draw=draw) for draw in (0, 0, 2))
    assert np.array_equal(first.misfocused, again.misfocused)
    assert (first.misfocused != other.misfocused).mean() > 0.5
    assert (first.focused[0].image != other.focused[0].image).mean() > 0.5
    assert np.array_equal(first.truth, other.truth)


@pytest.mark.parametrize("draw", [-1, 10**6 + 1, 1.5, True])
def test_a_draw_out_of_range_is_refused(draw):
    with pytest.raises(RefocusError, match=r"^draw must be "):
        load_scene("motorcycle", draw=draw)
