"""Where two photos differ once one is blurred as the other: the same picture, whatever its size."""

import numpy as np
import pytest
from skimage import data

import refocuslab as rl
from refocuslab.lab.widgets import differing
from refocuslab.lab.widgets.previews import difference
from refocuslab.lens.varying_psf import VaryingPsf
from refocuslab.optics.light import decode, encode
from refocuslab.proposal import differing as both

SHARP = np.ascontiguousarray(data.coffee()[60:181, 200:343])
FOCUSED = rl.FocusedPhoto(SHARP)


def literal(scene: rl.Scene) -> np.ndarray:
    return difference(encode(scene.convolved(decode(SHARP))), scene.misfocused, FOCUSED.mask)


def scenes() -> list[rl.Scene]:
    width = np.broadcast_to(np.linspace(4, 9, SHARP.shape[1]), SHARP.shape[:2])
    soft = rl.blur(SHARP, rl.disk(6)).copy()
    soft[30:60, 40:90] = 255 - soft[30:60, 40:90]  # something else is there
    plain = rl.Scene(soft, None, [FOCUSED], psf=rl.disk(6))
    return [plain, plain.replace(varying=VaryingPsf.of(width))]


@pytest.mark.parametrize("scene", scenes(), ids=["one PSF", "varying"])
def test_of_small_photos_it_is_the_literal_difference(scene):
    shown = differing.once_blurred(scene, FOCUSED, light="linear")
    assert np.abs(shown.astype(int) - literal(scene)).max() <= 8  # single precision: a gray level at most


@pytest.mark.parametrize("scene", scenes(), ids=["one PSF", "varying"])
def test_of_large_photos_it_shows_the_same_in_squares(scene, monkeypatch):
    monkeypatch.setattr(both, "_PIXELS", SHARP.shape[0] * SHARP.shape[1] // 3)
    shown, known = differing.once_blurred(scene, FOCUSED, light="linear"), literal(scene)
    assert shown.shape == known.shape and (shown[:2, :2] == shown[0, 0]).all()
    inner = np.zeros(known.shape[:2], bool)
    inner[34:56, 44:86] = True
    for where in (inner, ~inner):
        assert abs(shown[where].mean() - known[where].mean()) < 0.06 * 255
    assert shown[inner].mean() > shown[~inner].mean() + 25


def test_without_a_psf_nothing_is_blurred():
    scene = rl.Scene(SHARP, None, [FOCUSED])
    assert np.array_equal(
        differing.once_blurred(scene, FOCUSED, light="linear"), difference(SHARP, SHARP, FOCUSED.mask)
    )
