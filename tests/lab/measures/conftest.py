"""Pictures made for measures, and a library small enough to compare with every patch."""

from types import SimpleNamespace

import numpy as np
import pytest
from made_pictures import gray

from refocuslab.lab.measures import timing_scenes
from refocuslab.paper.patches import PatchLibrary


@pytest.fixture(scope="session")
def a_scene():
    def make(truth, mask=None, misfocused=None):
        mask = np.ones(truth.shape[:2], bool) if mask is None else mask
        return SimpleNamespace(truth=truth, mask=mask, misfocused=truth if misfocused is None else misfocused)

    return make


@pytest.fixture(scope="session")
def inner():
    """A mask that keeps clear of the photo's edges."""

    def make(height=40, width=50, frame=6):
        mask = np.zeros((height, width), bool)
        mask[frame:-frame, frame:-frame] = True
        return mask

    return make


@pytest.fixture(scope="session")
def dots():
    """A gray photo with bright and dark dots, 9 pixels apart."""

    def make(height=40, width=50):
        image = np.full((height, width), 100)
        image[4::9, 4::9], image[8::9, 8::9] = 180, 30
        return gray(image)

    return make


@pytest.fixture(scope="session")
def scene():
    return timing_scenes.shot(timing_scenes.large_photo(500)[200:260, 200:260].copy(), diameter=5)


@pytest.fixture(scope="session")
def library(scene):
    return PatchLibrary(scene.focused, scene.psf)


@pytest.fixture(scope="session")
def true_distances():
    """The squared distances of the nearest patches of each query, by comparing with all."""

    def nearest(rows, queries, count):
        off = rows[None].astype(np.int64) - queries[:, None]
        return np.sort((off**2).sum(axis=2), axis=1)[:, :count]

    return nearest
