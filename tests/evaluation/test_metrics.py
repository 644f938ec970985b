"""The measures against their closed forms, and what the mask hides."""

import math

import numpy as np
import pytest
from skimage.metrics import structural_similarity

from refocuslab.errors import RefocusError
from refocuslab.evaluation.metrics import Score, score
from refocuslab.optics.blur import blur
from refocuslab.optics.psf import disk
from refocuslab.scene import FocusedPhoto, Scene


@pytest.fixture
def scene():
    rng = np.random.default_rng(0)
    truth = rng.integers(40, 200, (24, 30, 3), dtype=np.uint8)
    mask = np.zeros((24, 30), dtype=bool)
    mask[5:15, 8:25] = True
    return Scene(blur(truth, disk(5)), mask, [FocusedPhoto(truth)], psf=disk(5), truth=truth)


def test_the_truth_is_perfect(scene):
    assert score(scene.truth, scene) == Score(psnr=math.inf, ssim=1.0, reblur_rms=0.0)


def test_psnr_of_a_known_error(scene):
    wrong = scene.truth.copy()
    wrong[scene.mask, 1] += 20  # one channel of three: mean square 20**2 / 3
    assert score(wrong, scene).psnr == pytest.approx(10 * math.log10(255**2 / (400 / 3)))
    # Neither signs nor squares may wrap round in uint8.
    wrong[scene.mask, 1] -= 40
    assert score(wrong, scene).psnr == pytest.approx(10 * math.log10(255**2 / (400 / 3)))


def test_only_the_mask_counts(scene):
    wrong = scene.truth.copy()
    wrong[:, 28:] = 0  # beyond the mask, SSIM's window and the PSF
    assert score(wrong, scene) == score(scene.truth, scene)


def test_reblur_of_a_known_error(scene):
    scene = scene.replace(
        misfocused=np.where(scene.mask[..., None], scene.misfocused + 3, 0).astype(np.uint8)
    )
    assert score(scene.truth, scene).reblur_rms == pytest.approx(3)


def test_reblur_acts_in_the_light_it_is_told(scene):
    scene = scene.replace(misfocused=blur(scene.truth, disk(5), light="encoded"))
    assert score(scene.truth, scene, light="encoded").reblur_rms == 0
    assert score(scene.truth, scene).reblur_rms > 1


def test_ssim_is_the_mean_over_the_mask(scene):
    noisy = np.clip(scene.truth + np.random.default_rng(1).normal(0, 20, scene.truth.shape), 0, 255)
    noisy = noisy.astype(np.uint8)
    everywhere, similarity = structural_similarity(
        noisy, scene.truth, channel_axis=2, data_range=255, full=True
    )
    assert score(noisy, scene).ssim == pytest.approx(similarity[scene.mask].mean())
    assert score(noisy, scene).ssim != pytest.approx(everywhere, abs=1e-4)


def test_without_truth_only_the_blur_is_measured(scene):
    scene = scene.replace(truth=None)
    assert score(scene.misfocused, scene).psnr is None
    assert score(scene.misfocused, scene).ssim is None
    assert score(scene.misfocused, scene).reblur_rms > 0


def test_a_photo_below_the_window_has_no_ssim(scene):
    small = scene.replace(
        misfocused=scene.misfocused[:6], mask=scene.mask[:6], psf=disk(3), truth=scene.truth[:6]
    )
    result = score(small.truth, small)
    assert result.ssim is None
    assert result.psnr == math.inf


@pytest.mark.parametrize("change", [lambda a: a[1:], lambda a: a / 255, lambda a: a[..., 0]])
def test_another_shape_or_type_is_refused(scene, change):
    with pytest.raises(RefocusError, match="image must"):
        score(change(scene.truth), scene)
