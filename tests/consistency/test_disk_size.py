"""The diameter of a disk, from patches whose place is known."""

import numpy as np
import pytest
from skimage import data

from refocuslab.consistency.disk_size import REACH, DiskSize, diameter_of
from refocuslab.optics.light import gray_levels_per_light
from refocuslab.optics.psf import disk
from refocuslab.paper.patches import PatchLibrary
from refocuslab.scene import FocusedPhoto, Scene
from refocuslab.simulation.misfocus import misfocus

TRUE = 7


def better(given, *, psf=None, sharp=None, wrong=0.0, light="linear", mask=None):
    """What is found where every pixel matches itself, but for a share of them that match anything."""
    sharp = data.astronaut()[20:100, 180:260] if sharp is None else sharp
    photo = misfocus(sharp, TRUE, noise=1, seed=0, light=light)
    psf = disk(given) if psf is None else psf
    scene = Scene(
        photo,
        mask,
        [FocusedPhoto(sharp[::-1], np.ones(sharp.shape[:2], bool)), FocusedPhoto(sharp, mask)],
        psf=psf,
    )
    library = PatchLibrary(scene.focused, psf, neighborhood=3)
    sources = np.flatnonzero(library.photo == 1)
    rng = np.random.default_rng(1)
    astray = rng.random(len(sources)) < wrong
    sources[astray] = rng.integers(0, len(library), astray.sum())
    levels = gray_levels_per_light(photo, light)[scene.mask]
    return DiskSize(scene, library, light=light).better(sources, levels)


@pytest.mark.parametrize("diameter", [1, 2, 7, 12])
def test_a_disk_is_known_by_its_weights(diameter):
    assert diameter_of(disk(diameter)) == diameter


def test_another_psf_is_no_disk_and_stays():
    box = np.full((7, 7), 1 / 49)
    assert diameter_of(box) is None
    assert better(None, psf=box) is None


@pytest.mark.parametrize("given", range(TRUE - REACH, TRUE + REACH + 1))
@pytest.mark.parametrize("light", ["linear", "encoded"])
def test_the_right_diameter_is_found_and_left_alone(given, light):
    assert better(given, light=light) == (None if given == TRUE else TRUE)


def test_matches_gone_astray_do_not_count_while_they_are_fewer_than_half():
    assert better(TRUE + 1, wrong=0.3) == TRUE


def test_a_photo_that_tells_nothing_changes_nothing():
    assert better(TRUE + 1, sharp=np.full((80, 80, 3), 90, np.uint8)) is None


def test_too_few_pixels_change_nothing():
    mask = np.zeros((80, 80), bool)
    mask[30:50, 30:50] = True
    assert better(TRUE + 1, mask=mask) is None
