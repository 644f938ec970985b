"""What is said of a walk through the tree is what it visited, and it misses nothing."""

import numpy as np
import pytest

from refocuslab.lab.measures import searches, timing_scenes, tree_visits
from refocuslab.paper.patches import PatchLibrary
from refocuslab.search.kd_tree import boxes_round, build_tree


@pytest.mark.seconds
@pytest.mark.parametrize("some", [False, True])
def test_visits_see_every_patch_that_is_near_enough(scene, library, some, true_distances):
    counted = np.repeat(np.arange(25) % 3 > 0, 3) if some else None
    tree = build_tree(library.sharp)
    own = boxes_round(tree.rows, tree.starts) if some else None
    counts = np.full(75, 255, np.uint8) if counted is None else np.where(counted, 255, 0).astype(np.uint8)
    for query in searches.whole_queries(library, scene.truth, timing_scenes.middle(scene.mask, 4)):
        entered, limits, looked = tree_visits.visits(tree, query & counts, 5, own=own, counted=counts)
        assert len(entered) == len(limits) == len(set(entered)) and (np.diff(limits) <= 0).all()
        assert looked == sum(tree.starts[entered + 1] - tree.starts[entered])
        true = true_distances(library.sharp & counts, (query & counts)[None], 5)
        assert limits[-1] == true[0, -1]


@pytest.mark.seconds
def test_a_known_limit_saves_leaves_and_grain_leaves_none_out(scene, library, true_distances):
    queries = searches.whole_queries(library, scene.misfocused, timing_scenes.middle(scene.mask, 6))
    limits = true_distances(library.blurred, queries, 5)[:, -1] + 1.0
    alone, known = (tree_visits.cost(library.blurred, queries, 5, limits=some) for some in (None, limits))
    assert (known <= alone).all() and known.sum() < alone.sum()
    assert alone[:, 1].mean() < len(library) / 4
    flat = timing_scenes.grain(30)
    noise = PatchLibrary(flat.focused, flat.psf)
    windows = searches.whole_queries(noise, flat.misfocused, timing_scenes.middle(flat.mask, 4))
    assert tree_visits.cost(noise.blurred, windows, 5)[:, 1].mean() > 0.8 * len(noise)
