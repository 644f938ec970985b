"""Deconvolution with the lens as it is: a PSF that varies, or that nobody gives."""

import numpy as np
import pytest
from skimage import data

from refocuslab.evaluation.deconvolution import richardson_lucy, total_variation, wiener
from refocuslab.evaluation.metrics import score
from refocuslab.evaluation.tuning import tune
from refocuslab.lens.varying_blur import convolve_varying
from refocuslab.lens.varying_psf import VaryingPsf
from refocuslab.optics.light import decode, encode
from refocuslab.optics.psf import disk
from refocuslab.registration.psf_estimate import with_psf
from refocuslab.scene import FocusedPhoto, Scene
from refocuslab.scenes.folder import load_scene

SHARP = data.astronaut()[20:116, 180:276]
METHODS = {wiener: 1e-3, richardson_lucy: 40, total_variation: 1e-4}
named = pytest.mark.parametrize(
    ("deconvolve", "strength"), METHODS.items(), ids=lambda x: getattr(x, "__name__", "")
)


def scene(widths):
    """A photo whose misfocus has these widths, from its left to its right."""
    varying = VaryingPsf.of(np.broadcast_to(np.asarray(widths, float), SHARP.shape[:2]))
    misfocused = encode(convolve_varying(decode(SHARP), varying))
    return Scene(misfocused, None, [FocusedPhoto(SHARP)], psf=varying.middle, varying=varying, truth=SHARP)


@pytest.mark.seconds
@named
def test_what_varies_is_undone_where_one_psf_cannot(deconvolve, strength):
    given = scene(np.linspace(3, 9, 96))
    one = deconvolve(given.replace(psf=given.psf), strength)
    each = deconvolve(given, strength)
    assert score(each, given).psnr > score(one, given).psnr + 2
    assert score(each, given).reblur_rms < score(one, given).reblur_rms


@pytest.mark.seconds
@named
def test_a_width_that_is_everywhere_the_same_gives_what_one_psf_gives(deconvolve, strength):
    given = scene(np.full(96, 5.0))
    one, each = deconvolve(given.replace(psf=disk(5)), strength), deconvolve(given, strength)
    # Total variation is solved by another way, and nearly.
    most = 1 if deconvolve is not total_variation else 8
    off = np.abs(one.astype(int) - each)
    assert off.max() <= most and off.mean() < 0.5


@pytest.mark.slow
def test_a_psf_that_is_withheld_is_the_one_that_the_photos_tell():
    given = load_scene("coffee").middle(120)
    withheld = given.replace(psf=None)
    told = with_psf(withheld)
    for deconvolve, strength in METHODS.items():
        assert np.array_equal(deconvolve(withheld, strength), deconvolve(told, strength))
    best, known = (tune(richardson_lucy, one, [20, 80]) for one in (withheld, given))
    assert abs(best.score.psnr - known.score.psnr) < 0.5
