"""The PSF found from the photos themselves: recovered, or refused in words."""

import numpy as np
import pytest
from skimage import data
from threadpoolctl import threadpool_limits

from refocuslab.errors import RefocusError
from refocuslab.lens import patches
from refocuslab.lens.psf_families import polygon, soft_disk
from refocuslab.lens.varying_blur import convolve_varying
from refocuslab.lens.varying_psf import VaryingPsf
from refocuslab.lens.width_map import WidthMap
from refocuslab.method import Method
from refocuslab.optics.blur import convolve
from refocuslab.optics.light import decode, encode
from refocuslab.optics.psf import disk
from refocuslab.refocusing.refocuser import Refocuser
from refocuslab.registration import psf_estimate
from refocuslab.registration.psf_estimate import estimate_psf, with_psf
from refocuslab.registration.register import register
from refocuslab.registration.warp import change_view
from refocuslab.scene import FocusedPhoto, Scene
from refocuslab.scenes.folder import load_scene
from refocuslab.scenes.saving import save_scene

SHARP = data.astronaut()[20:220, 100:300]
BREATHING = np.array([[1.02, 0.004, 1.3], [-0.004, 1.02, -0.6], [0, 0, 1]])


def made(psf, *, focused=None, mask=None, seed=0):
    """U, blurred in light and noisy; V larger, turned, darker, of another white balance."""
    blurred = encode(convolve(decode(SHARP), psf)).astype(float)
    noisy = blurred + np.random.default_rng(seed).normal(0, 1, SHARP.shape)
    photo = np.clip(np.rint(noisy), 0, 255).astype(np.uint8)
    if focused is None:
        focused = change_view(SHARP, BREATHING, gain=[0.85, 0.9, 1.0])
    return Scene(photo, mask, [FocusedPhoto(focused)])


@pytest.mark.seconds
@pytest.mark.parametrize("diameter", [2.5, 7, 17])
def test_a_disk_is_recovered_from_another_view(diameter):
    found = estimate_psf(made(disk(diameter)))
    assert found.numbers["diameter"] == pytest.approx(diameter, abs=0.1)
    assert found.predicts > 25
    assert found.psf.sum() == pytest.approx(1)
    assert found.map.form == "constant"
    assert found.map.width.shape == SHARP.shape[:2]
    assert found.map.width[0, 0] == pytest.approx(diameter, abs=0.25)
    assert found.varying is None


@pytest.mark.seconds
def test_a_slant_is_recovered():
    width = np.linspace(5, 9, SHARP.shape[1]) * np.ones((SHARP.shape[0], 1))
    photo = encode(convolve_varying(decode(SHARP), VaryingPsf.of(width)))
    found = estimate_psf(made(disk(7)).replace(misfocused=photo))
    assert found.map.form == "plane"
    assert np.abs(found.map.width - width).max() < 0.3
    assert np.array_equal(found.varying.width, found.map.width)


@pytest.mark.seconds
def test_the_number_of_threads_changes_no_byte(monkeypatch):
    scene, found = made(disk(6)).middle(130), []
    for threads in (1, 2):
        monkeypatch.setattr(patches, "thread_count", lambda _, threads=threads: threads)
        with threadpool_limits(limits=threads):
            found.append(estimate_psf(scene))
    one, two = found
    assert one.errors == two.errors
    assert one.map.errors == two.map.errors
    assert np.array_equal(one.psf, two.psf)
    assert np.array_equal(one.map.width, two.map.width)


@pytest.mark.seconds
@pytest.mark.parametrize(("far", "found_in"), [(0, "its surroundings"), (330, "all of the photo")])
def test_what_lies_far_from_the_object_is_not_looked_at(far, found_in):
    random, found = np.random.default_rng(3), []
    scene = made(disk(6), focused=SHARP)
    for _ in range(2 if found_in == "its surroundings" else 1):
        seen, sharp = (random.integers(0, 256, (400, 560, 3), np.uint8) for _ in range(2))
        seen[20:220, 30:230] = scene.misfocused
        sharp[20:220, 30 + far : 230 + far] = SHARP
        mask = np.zeros(seen.shape[:2], bool)
        mask[90:150, 100:160] = True
        found.append(estimate_psf(Scene(seen, mask, [FocusedPhoto(sharp)])))
    assert found[0].numbers["diameter"] == pytest.approx(6, abs=0.15)
    assert found[0].map.width.shape == mask.shape
    assert np.array_equal(found[0].map.width, found[-1].map.width)


@pytest.mark.seconds
def test_a_first_guess_that_is_far_too_narrow_is_widened(monkeypatch):
    monkeypatch.setattr(psf_estimate, "spectral_diameter", lambda *_: 2.0)
    assert estimate_psf(made(disk(17))).numbers["diameter"] == pytest.approx(17, abs=0.3)


@pytest.mark.seconds
def test_a_map_that_the_patches_do_not_bear_out_is_not_taken(monkeypatch):
    slope = np.linspace(3, 11, SHARP.shape[1]) * np.ones((SHARP.shape[0], 1))
    monkeypatch.setattr(psf_estimate, "find_widths", lambda *_: WidthMap(slope, "plane", {"plane": 1.0}))
    found = estimate_psf(made(disk(7)))
    assert found.map.form == "constant" and found.varying is None
    assert (found.map.width == 7).all()


@pytest.mark.seconds
@pytest.mark.parametrize("softness", [1.5, 3.0])
def test_soft_edges_are_told_from_a_wider_disk(softness):
    # Power spectra take them for a disk of twice the diameter and more.
    found = estimate_psf(made(soft_disk(12, softness)))
    assert found.family == "soft disk"
    assert found.numbers["diameter"] == pytest.approx(12, abs=0.8)
    assert found.numbers["softness"] == pytest.approx(softness, abs=0.5)


@pytest.mark.seconds
def test_a_textured_object_with_depth_on_an_even_desk_is_told():
    def on_a_desk(photo):
        desk = np.full((300, 300, 3), 128, np.uint8)
        desk[50:250, 50:250] = photo
        noise = np.random.default_rng(int(photo[0, 0, 0])).normal(0, 0.7, desk.shape)
        return np.clip(np.rint(desk + noise), 0, 255).astype(np.uint8)

    width = np.full((300, 300), 4.0)
    width[:, 150:] = 11.0
    blurred = convolve_varying(decode(on_a_desk(SHARP)), VaryingPsf.of(width))
    found = estimate_psf(Scene(encode(blurred), None, [FocusedPhoto(on_a_desk(SHARP))]))
    assert found.map.form == "smooth"
    assert np.median(found.map.width[60:240, 60:130]) == pytest.approx(4, abs=0.3)
    assert np.median(found.map.width[60:240, 170:240]) == pytest.approx(11, abs=0.3)
    assert "from place to place" in found.note


@pytest.mark.seconds
def test_a_polygon_is_told_from_a_disk():
    found = estimate_psf(made(polygon(13, 3, 30)))
    assert found.errors["polygon"] < 0.9 * found.errors["disk"] or found.family == "free"


@pytest.mark.seconds
def test_a_sharp_photo_has_no_blur():
    assert estimate_psf(made(disk(1))).numbers["diameter"] <= 1


def test_a_psf_that_is_given_stays():
    scene = made(disk(5)).replace(psf=disk(3))
    found = estimate_psf(scene)
    assert found.family == "given"
    assert found.psf is scene.psf
    assert found.map is None
    assert found.varying is None
    assert with_psf(scene) is scene


@pytest.mark.seconds
def test_a_mask_leaves_the_rest_out():
    mask = np.zeros(SHARP.shape[:2], bool)
    mask[30:170, 40:180] = True
    scene = made(disk(6), mask=mask)
    photo = np.array(scene.misfocused)
    photo[~mask] = 200 - photo[~mask] // 2
    assert estimate_psf(scene.replace(misfocused=photo)).numbers["diameter"] == pytest.approx(6, abs=0.15)


@pytest.mark.seconds
@pytest.mark.parametrize(
    ("focused", "why"),
    [
        (data.coffee()[:200, :200], "without a view in common"),
        (np.full_like(SHARP, 128), "without a view in common"),
    ],
)
def test_photos_that_do_not_tell_are_refused_in_words(focused, why):
    with pytest.raises(RefocusError, match="psf must be given, or a calibration") as refused:
        estimate_psf(made(disk(6), focused=focused))
    assert why in str(refused.value)


@pytest.mark.seconds
def test_a_photo_without_texture_does_not_tell():
    ramp = np.repeat(np.linspace(40, 220, 160)[None, :, None], 140, axis=0)
    ramp = np.rint(np.repeat(ramp, 3, axis=2) + np.random.default_rng(1).normal(0, 2, (140, 160, 3)))
    photo = np.clip(ramp, 0, 255).astype(np.uint8)
    with pytest.raises(RefocusError, match="psf must be given"):
        estimate_psf(Scene(photo, None, [FocusedPhoto(photo[::-1])]))


@pytest.mark.seconds
def test_misfocus_of_two_widths_is_told_from_a_lack_of_texture():
    wide, narrow = (decode(made(disk(d)).misfocused) for d in (5, 10))
    wide[:, :100] = narrow[:, :100]
    scene = Scene(encode(wide), None, [FocusedPhoto(SHARP)])
    assert estimate_psf(scene).widths == pytest.approx((5, 10), abs=1)
    result = Refocuser(scene.middle(120)).refocus(Method.image_scene(search="coherent"))
    assert any("differs smoothly from place to place, from 4.8" in note for note in result.notes)
    assert not any(doubt.about == "PSF" for doubt in result.doubts)


@pytest.mark.seconds
def test_all_that_needs_a_psf_finds_it(tmp_path):
    scene = made(disk(7)).middle(120)
    whole = with_psf(scene)
    assert np.array_equal(register(scene).scene.psf, whole.psf)
    engine = Refocuser(scene)
    result = engine.refocus(Method.image_scene(search="coherent"))
    known = Refocuser(whole).refocus(Method.image_scene(search="coherent"))
    assert np.array_equal(result.image, known.image)
    assert result.psf_estimate.note in result.notes
    assert "PSF" in result.seconds
    # For another method it is not found anew.
    again = engine.refocus(Method.image_scene(search="coherent", candidates=5))
    assert again.psf_estimate is result.psf_estimate
    save_scene(scene, tmp_path / "saved")
    assert load_scene(tmp_path / "saved").psf is None


def test_what_cannot_find_it_says_how():
    with pytest.raises(RefocusError, match=r"psf must be known: estimate_psf\(scene\)"):
        made(disk(5)).known_psf  # noqa: B018
