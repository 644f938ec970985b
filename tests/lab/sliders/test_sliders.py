"""The page of sliders holds the pictures that the package makes, and nothing of another place."""

import base64
import json
import re
import zlib
from itertools import product

import numpy as np
import pytest
from slider_scene import slider_scene

import refocuslab as rl
from refocuslab.lab.sliders import sweep as made
from refocuslab.lab.sliders.page import packed, sliders_page

SIDE = 18


@pytest.fixture(scope="module")
def few():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(made, "NEIGHBORHOODS", (5,))
        patch.setattr(made, "RATIOS", (0.0, 1.0))
        told = []
        sweep = made.slider_sweep(slider_scene(), SIDE, step=lambda *counts: told.append(counts))
        count = len(sweep.arrays["ranks"])
        assert told == [(at, count) for at in range(1, count + 1)], "each picture is told as it is made"
        return sweep


def image_of(sweep, way, size):
    """The picture of a way, put together from the arrays as the page does it."""
    part = slider_scene().middle(SIDE)
    inside = [np.argwhere(sweep.arrays[f"mask-{photo}"]) for photo in range(2)]
    values = np.concatenate([sweep.arrays[f"sharp-{p}"][tuple(at.T)] for p, at in enumerate(inside)])
    sources = sweep.arrays[f"sources-{size}"]
    image = part.misfocused.copy()
    image[part.mask] = values[sources[np.arange(len(sources)), sweep.arrays["ranks"][way]]]
    return image


@pytest.mark.seconds
def test_every_way_is_the_picture_that_the_package_makes(few):
    part = slider_scene().middle(SIDE)
    ways = list(product((5,), made.ORDERS, made.NEIGHBORS, (0.0, 1.0)))
    assert len(few.arrays["ranks"]) == len(few.about["psnr"]) == len(ways)
    pictures = []
    for place, (size, order, causal, ratio) in enumerate(ways):
        method = rl.Method(neighborhood=size, order=order, causal=causal, lambda_texture=ratio * 0.01)
        result = rl.Refocuser(part).refocus(method)
        assert np.array_equal(image_of(few, place, size), result.image)
        assert np.array_equal(few.arrays[f"turns-{size}-{order}"], result.order[part.mask])
        assert few.about["psnr"][place] == round(rl.score(result.image, part).psnr, 2)
        pictures.append(result.image.tobytes())
    assert len(set(pictures)) > 4, "the ways differ"


def test_the_blurred_photos_are_those_of_the_library(few):
    part = slider_scene().middle(SIDE)
    library = rl.Refocuser(part).refocus(rl.Method.image_scene(neighborhood=5)).library
    for photo in range(2):
        here = library.photo == photo
        windows = library.neighborhood.windows(
            few.arrays[f"blurred-{photo}"], library.y[here], library.x[here]
        )
        assert np.array_equal(windows, library.blurred[here])


def test_what_is_packed_is_what_was_made(few):
    data = zlib.decompress(base64.b64decode(packed(few)))
    assert data == b"".join(array.tobytes() for array in few.arrays.values())


def test_the_page_loads_nothing_and_no_text_of_a_scene_is_markup(few, monkeypatch):
    sweep = "refocuslab.lab.sliders.page.slider_sweep"
    monkeypatch.setattr(sweep, lambda scene, side, step: step(1, 2) or few)
    told = []
    page = sliders_page(slider_scene(), SIDE, step=lambda *counts: told.append(counts))
    assert told == [(1, 2)]
    assert not re.findall(r"https?://|//cdn|<link|<img", page)
    assert page.count("</script>") == 3
    about = json.loads(re.search(r'id="about">(.*?)</script>', page, re.DOTALL)[1])
    assert about["title"] == slider_scene().title


@pytest.mark.parametrize("side", [6, 161])
def test_a_side_that_does_not_fit_is_refused(side):
    with pytest.raises(rl.RefocusError, match="side must be from 7 to 160"):
        made.slider_sweep(slider_scene(), side)
