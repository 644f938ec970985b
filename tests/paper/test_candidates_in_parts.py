"""Where U is blurred otherwise at each place, each pixel is compared with patches blurred as U is there."""

import numpy as np
import pytest

import refocuslab as rl
from refocuslab.lens.varying_psf import VaryingPsf
from refocuslab.optics.light import decode, encode
from refocuslab.paper.candidates import find_candidates
from refocuslab.paper.candidates_in_parts import find_candidates_in_parts, parts_of
from refocuslab.paper.patches import PatchLibrary

NAMES = ("values", "distances", "sources")


@pytest.fixture(scope="module")
def photo():
    return np.random.default_rng(3).integers(0, 256, (24, 26, 3)).astype(np.uint8)


@pytest.fixture(scope="module")
def slant():
    return VaryingPsf.of(np.broadcast_to(np.linspace(3, 7, 26), (24, 26)))


def test_parts_of_one_blur_give_what_the_whole_gives(photo):
    library = PatchLibrary([rl.FocusedPhoto(photo)], rl.disk(3), neighborhood=3)
    image, mask = rl.blur(photo, rl.disk(3)), np.ones((24, 26), bool)
    mask[3:5, 4:9] = False
    left = np.zeros_like(mask)
    left[:, :11] = True
    done = []
    parts = [(library, mask & left), (library, mask & ~left)]
    found = find_candidates_in_parts(parts, image, 5, step=done.append)
    whole = find_candidates(library, image, mask, 5)
    assert all(np.array_equal(getattr(found, name), getattr(whole, name)) for name in NAMES)
    assert done == sorted(done) and done[-1] == pytest.approx(1)


def test_each_pixel_is_of_the_psf_whose_width_is_nearest(slant):
    mask = np.ones((24, 26), bool)
    mask[:, :2] = False
    parts = parts_of(slant, mask)
    assert np.array_equal(sum(pixels.astype(int) for _, pixels in parts), mask)
    for number, pixels in parts:
        assert np.abs(slant.width[pixels] - slant.widths[number]).max() <= 0.25 + 1e-9
    (coarse,) = parts_of(slant, np.arange(13) == np.zeros((12, 1)))
    assert coarse[0] == 0  # 3 pixels wide at the left edge
    for every in (2, 3, 99):
        taken = parts_of(slant, mask, every)
        assert np.array_equal(sum(pixels.astype(int) for _, pixels in taken), mask)
        chosen = np.array(sorted({number for number, _ in taken}))
        assert len(chosen) == max(len(slant.psfs) // every, 1)
        away = np.abs(slant.width[..., None] - slant.widths[chosen])
        for number, pixels in taken:
            assert (away[pixels, list(chosen).index(number)] == away[pixels].min(axis=1)).all()


@pytest.mark.seconds
@pytest.mark.parametrize("method", [rl.Method.image_scene(), rl.Method.confidence_order(levels=2)])
def test_a_photo_blurred_otherwise_at_each_place_is_told_by_its_map(photo, slant, method):
    given = rl.Scene(photo, None, [rl.FocusedPhoto(photo)], psf=slant.middle, varying=slant)
    scene = given.replace(misfocused=encode(given.convolved(decode(photo))))
    assert rl.score(photo, scene).reblur_rms == 0
    off = [
        np.median(rl.refocus(one, method).candidates.distances[:, 0])
        for one in (scene, scene.replace(varying=None))
    ]
    assert off[0] < 0.1 * off[1]
    # A map of one width changes nothing.
    same = VaryingPsf.of(np.full((24, 26), 5.0))
    alike = scene.replace(psf=rl.disk(5), varying=same), scene.replace(psf=rl.disk(5), varying=None)
    one, other = (rl.refocus(made, method) for made in alike)
    assert np.array_equal(one.image, other.image) and np.array_equal(one.source, other.source)
