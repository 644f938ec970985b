"""The pictures of notebook 7 show what they say."""

import numpy as np
import pytest

import refocuslab as rl
from refocuslab.lab.figures import exact_search, layout
from refocuslab.lab.measures import searches, timing_scenes, tree_visits
from refocuslab.paper import order_of_assignment
from refocuslab.search.kd_tree import build_tree


@pytest.fixture(scope="module")
def made():
    scene = timing_scenes.shot(timing_scenes.large_photo(500)[200:248, 200:248].copy(), diameter=5)
    result = rl.refocus(scene, rl.Method(candidates=5))
    return scene, result, build_tree(result.library.blurred)


def titles(figure):
    return [ax.get_title() for ax in figure.axes]


@pytest.mark.slow
def test_every_figure_can_be_drawn_and_comes_out_the_same(made):
    scene, result, tree = made
    query = searches.whole_queries(result.library, scene.misfocused, timing_scenes.middle(scene.mask, 1))[0]
    entered, limits, looked = tree_visits.visits(tree, query, 5)
    found = order_of_assignment.levels(result.order[scene.mask], scene.mask, 2)
    scaling = searches.Scaling([100, 1000], {"tree alone": [10.0, 40.0]}, {"ours": [1e-5, 2e-5]})
    floor = searches.Floor(1e9, 1e9)
    drawings = [
        lambda: exact_search.components(result.library),
        lambda: exact_search.boxes(tree, query, entered),
        lambda: exact_search.visited(scene, result.library, tree, (24, 24), entered, limits, limits[-1]),
        lambda: exact_search.coherence(scene, result, **exact_search.detail(scene, result, side=12)),
        lambda: exact_search.levels(scene.mask, {"confidence": found}),
        lambda: exact_search.costs(scaling),
        lambda: exact_search.seconds(scaling, floor, 75),
    ]
    for draw in drawings:
        assert layout.png(draw(), 40) == layout.png(draw(), 40)
    shown = exact_search.visited(scene, result.library, tree, (24, 24), entered, limits, limits[-1])
    assert f"{looked:,} of {len(result.library):,}" in titles(shown)[1]
    levelled = exact_search.levels(scene.mask, {"confidence": found})
    drawn = levelled.axes[0].images[0].get_array()
    assert (
        drawn.max() == len(found) - 1 and "0.60" in exact_search.costs(scaling).axes[0].lines[1].get_label()
    )


@pytest.mark.seconds
def test_a_pixel_follows_where_its_patch_is_one_step_on(made):
    scene, result, _ = made
    step, follows = exact_search.steps(scene, result)
    y, x = 20, 21
    left, here = (result.candidates.sources[y * 48 + u, 0] for u in (x - 1, x))
    one_on = result.library.position(here) == tuple(np.add(result.library.position(left), (0, 0, 1)))
    assert follows[y, x] == one_on and not follows[:, 0].any()
    assert tuple(step[y, x]) == (result.library.y[here] - y, result.library.x[here] - x)
