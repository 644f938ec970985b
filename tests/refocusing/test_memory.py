import re

import numpy as np
import pytest

import refocuslab as rl
from refocuslab.errors import RefocusError
from refocuslab.refocusing import memory


@pytest.fixture
def scene():
    photo = np.random.default_rng(0).integers(0, 256, (40, 50, 3), dtype=np.uint8)
    return rl.Scene(photo, None, [rl.FocusedPhoto(photo)], psf=rl.disk(3))


def test_what_is_needed_grows_with_all_that_takes_memory(scene):
    least = memory.needed(scene, rl.Method(search="coherent"))
    for changes in ({"search": "exact"}, {"neighborhood": 9}, {"selection": "kmeans"}, {"consistency": True}):
        assert memory.needed(scene, rl.Method(**{"search": "coherent"} | changes)) > least
    small = np.zeros(scene.mask.shape, bool)
    small[:9, :9] = True
    assert memory.needed(scene.replace(mask=small), rl.Method(search="coherent")) < least


def test_the_memory_of_consistency_follows_the_tile():
    photo = np.zeros((1400, 1500, 3), np.uint8)
    scene = rl.Scene(photo, None, [rl.FocusedPhoto(photo)], psf=None)
    part = memory.needed(scene.middle(1300), rl.Method.consistent())
    frames = 2 * 60 * (1400 * 1500 - 1300**2)
    assert memory.needed(scene, rl.Method.consistent()) < 1.2 * (part + frames)
    assert part < 0.7 * 1500 * 1300**2


@pytest.mark.seconds
def test_a_scene_beyond_the_memory_is_refused_before_any_work(scene, monkeypatch):
    assert memory.there_is() > 2**28
    monkeypatch.setattr("refocuslab.refocusing.memory.there_is", lambda: 2**19)
    stages = []
    with pytest.raises(RefocusError, match="scene must fit into memory"):
        rl.refocus(scene, progress=lambda stage, share: stages.append(stage))
    assert not stages
    monkeypatch.setattr("refocuslab.refocusing.memory.there_is", lambda: None)
    rl.Refocuser(scene).refocus()


def test_what_would_fit_fits(scene, monkeypatch):
    method = rl.Method(candidates=200)
    most = memory.needed(scene, method) // 2
    monkeypatch.setattr("refocuslab.refocusing.memory.there_is", lambda: most)
    with pytest.raises(RefocusError, match=r"photos of 35 x 28 pixels, or candidates = 50 would") as caught:
        memory.check_memory(scene, method)
    assert "megapixels" not in str(caught.value)
    memory.check_memory(scene, rl.Method(candidates=50))
    memory.check_memory(scene.middle(28), method)
    mask = np.zeros(scene.mask.shape, bool)
    mask[:20] = True
    assert "megapixels in the mask" in memory.what_fits(scene.replace(mask=mask), method, most)
    assert "candidates" not in memory.what_fits(scene, rl.Method(candidates=20), 1000)


@pytest.mark.seconds
@pytest.mark.parametrize("masked", [False, True])
def test_what_would_fit_of_a_large_photo_is_told_by_its_tiles(masked):
    photo = np.zeros((2400, 3000, 3), np.uint8)
    mask = np.ones((2400, 3000), bool)
    mask[: 1200 * masked] = False
    scene, method = rl.Scene(photo, mask, [rl.FocusedPhoto(photo)]), rl.Method.consistent()
    most = 1_400_000_000
    assert memory.needed(scene, method) > most
    width, height = map(
        int, re.match(r"photos of (\d+) x (\d+) pixels", memory.what_fits(scene, method, most)).groups()
    )
    # A formula that shrank all of it by the root of 0.9 would have ended at 2800 pixels.
    smaller = rl.Scene(
        photo[:height, :width], mask[-height:, :width], [rl.FocusedPhoto(photo[:height, :width])]
    )
    assert 0.8 * most < memory.needed(smaller, method) <= 1.01 * most
    assert "1 x 1 pixels" in memory.what_fits(scene, method, 1000)
