"""Two searches that are alike give what ``refocus`` gives with that search."""

import dataclasses

import numpy as np
import pytest

import refocuslab as rl
from refocuslab.lab.measures.search_stages import STAGES, by_stage


@pytest.mark.seconds
@pytest.mark.parametrize("causal", [False, True])
def test_equal_searches_give_the_picture_of_that_search(causal):
    mask = np.zeros((48, 48), bool)
    mask[9:33, 14:41] = True  # away from the photo's edge, where a coherent search would begin elsewhere
    scene = rl.load_scene("motorcycle-perturbed").middle(48).replace(mask=mask)
    method = rl.Method(candidates=5, causal=causal)
    made = by_stage(scene, method)
    assert set(made) == {(first, second) for first in STAGES for second in STAGES}
    for search in STAGES:
        whole = rl.Refocuser(scene).refocus(dataclasses.replace(method, search=search)).image
        assert np.array_equal(made[search, search], whole)
    assert not np.array_equal(made["exact", "coherent"], made["exact", "exact"])
