"""The pasted photo: which photo lies on top, where U stays, and what registration is used."""

import numpy as np
import pytest

import refocuslab as rl
from refocuslab.evaluation.pasted_photo import pasted_photo
from refocuslab.registration.register import Registration, register


def test_the_flow_lies_on_top_and_only_where_the_object_is_seen():
    gray = np.full((12, 10, 3), 9, np.uint8)
    mask = np.zeros((12, 10), bool)
    mask[2:8, 2:8] = True
    upper = np.zeros_like(mask)
    upper[:5] = True
    photos = [
        rl.FocusedPhoto(gray + 1, upper),
        rl.FocusedPhoto(gray + 2, mask),
        rl.FocusedPhoto(np.full((5, 5, 3), 77, np.uint8)),
    ]
    scene = rl.Scene(gray, mask, photos, psf=rl.disk(3))
    image = pasted_photo(scene, Registration(scene, (), (0, 0, 1)))
    assert (image[~mask] == 9).all()
    assert (image[mask & upper] == 10).all() and (image[mask & ~upper] == 11).all()


@pytest.mark.seconds
def test_without_a_registration_it_makes_one():
    scene = rl.load_scene("motorcycle-breathing").middle(120)
    image = pasted_photo(scene)
    assert np.array_equal(image, pasted_photo(scene, register(scene)))
    assert rl.score(image, scene).psnr > rl.score(scene.misfocused, scene).psnr + 10


def test_what_nothing_shows_stays_misfocused():
    gray = np.full((30, 30, 3), 90, np.uint8)
    scene = rl.Scene(gray, None, [rl.FocusedPhoto(np.full((20, 20, 3), 140, np.uint8))], psf=rl.disk(3))
    assert np.array_equal(pasted_photo(scene), gray)
