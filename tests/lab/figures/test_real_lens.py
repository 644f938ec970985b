"""The pictures of notebook 11 show what they say."""

import numpy as np
import pytest
from made_pictures import noise

import refocuslab as rl
from refocuslab.lab.figures import layout, real_lens
from refocuslab.lab.measures.real_lens import FOUND, MODELS, NOTHING, PASTED, TRUE, WHOLE, Lens, Told
from refocuslab.lens.psf_choice import PsfEstimate
from refocuslab.lens.psf_families import ring
from refocuslab.lens.width_map import WidthMap

ERRORS = {"whole disk": 1.5, "disk": 1.4, "ring": 0.5}


def an_estimate(psf, family="ring", width=None):
    widths = None if width is None else WidthMap(width, "plane", {"plane": 0.5})
    return PsfEstimate(psf, family, {"diameter": 9.0}, ERRORS, 50.0, (9.0, 9.0), widths)


def a_told(*, slant=False, found=True):
    truth = noise(70, 80)
    mask = np.zeros((70, 80), bool)
    mask[10:60, 12:68] = True
    width = np.tile(np.linspace(5, 9, 80), (70, 1)) if slant else np.full((70, 80), 9.0)
    scene = rl.Scene(rl.blur(truth, rl.disk(9)), mask, [rl.FocusedPhoto(truth)], truth=truth)
    images = {
        name: np.clip(truth.astype(int) + 4 * number, 0, 255).astype(np.uint8)
        for number, name in enumerate((*MODELS, PASTED, NOTHING))
    }
    estimate = an_estimate(ring(9, 0.4), width=width + 0.5)
    if not found:
        estimate = None
        del images[FOUND]
    psnrs = {name: 30.0 + number for number, name in enumerate(images)}
    lens = Lens(scene, rl.disk(9), width, np.ones_like(mask))
    return Told(lens, estimate, "" if found else "no texture", 9, {}, images, psnrs, {})


def picture(ax):
    return np.ma.filled(ax.images[0].get_array().astype(float), np.nan)


def titles(figure):
    return [ax.get_title() for ax in figure.axes if ax.get_title()]


@pytest.mark.seconds
def test_a_psf_stands_beside_the_nearest_disk_with_the_error_of_every_family():
    psf = np.pad(ring(9, 0.4), 6)  # the rim of zeros is cut off
    figure = real_lens.psf_figure(an_estimate(psf), rl.disk(9), called="calibrated")
    found, nearest, row, families = figure.axes
    assert picture(found).shape == picture(nearest).shape and len(picture(found)) == len(ring(9, 0.4)) + 4
    assert picture(found).sum() == pytest.approx(1) and picture(found).max() == psf.max()
    assert found.images[0].get_clim() == nearest.images[0].get_clim()
    assert titles(figure)[1] == f"(b) disk, {real_lens.nearest_disk(ring(9, 0.4)):.1f} px"
    assert [text.get_text() for text in row.get_legend().get_texts()] == ["calibrated", "found", "disk"]
    middle = len(picture(found)) // 2
    assert np.allclose(row.lines[1].get_ydata(), 100 * picture(found)[middle])
    assert [bar.get_width() for bar in families.patches] == list(ERRORS.values())
    assert [label.get_text() for label in families.get_yticklabels()] == list(ERRORS)
    told = [text.get_text().strip() for text in families.texts]
    assert told == ["1.50 (30 dB)", "1.40 (31 dB)", "0.50 (40 dB)"]
    colors = [bar.get_facecolor() for bar in families.patches]
    assert colors[0] == colors[1] != colors[2]


def test_a_given_psf_has_no_families_to_show():
    given = PsfEstimate(rl.disk(3), "given", {}, {}, 0.0, (3.0, 3.0))
    with pytest.raises(rl.RefocusError, match="estimate must be found from photos"):
        real_lens.psf_figure(given)


@pytest.mark.parametrize("diameter", [3.0, 5.4, 12.0])
def test_the_nearest_disk_of_a_disk_is_that_disk(diameter):
    assert real_lens.nearest_disk(rl.disk(diameter)) == diameter


def test_a_map_of_widths_stands_beside_the_true_one_on_one_scale():
    true = np.tile(np.linspace(5, 9, 30), (20, 1))
    true[0, 0] = np.nan
    found, truth, off = real_lens.width_figure(true + 0.25, true).axes
    assert np.allclose(picture(found), true + 0.25, equal_nan=True)
    assert found.images[0].get_clim() == truth.images[0].get_clim() == pytest.approx((5, 9.25))
    assert np.allclose(picture(off)[1:], 0.25) and off.get_title().endswith("RMS 0.2")
    (alone,) = real_lens.width_figure(true).axes
    assert alone.get_title() == "(a) diameter found"


@pytest.mark.seconds
def test_each_lens_shows_its_psf_or_its_map_above_what_was_found():
    told = {"ring": a_told(), "slant": a_told(slant=True), "silent": a_told(found=False)}
    figure = real_lens.blurs(told)
    above, below = figure.axes[:3], figure.axes[3:6]
    assert [ax.get_title() for ax in above] == list(told)
    assert picture(above[0]).sum() == pytest.approx(1) and picture(above[0]).max() == rl.disk(9).max()
    assert picture(below[0]).max() == ring(9, 0.4).max()
    box = told["slant"].lens.box
    assert np.allclose(picture(above[1]), told["slant"].lens.width[box])
    assert np.allclose(picture(below[1]), told["slant"].lens.width[box] + 0.5)
    assert not below[2].images and below[2].texts[0].get_text() == "nothing"


def test_the_sheet_shows_the_same_detail_of_every_picture_and_its_psnr():
    told = {"ring": a_told(), "silent": a_told(found=False)}
    axes = np.array(real_lens.sheet(told, side=30).axes[:12]).reshape(2, 6)
    order = [NOTHING, WHOLE, FOUND, TRUE, PASTED]
    images = list(told["ring"].images)
    for ax, name in zip(axes[0], order, strict=False):
        off = np.median(picture(ax) - picture(axes[0, -1]))
        assert off == 4 * images.index(name)
        assert ax.texts[0].get_text() == f"{told['ring'].psnrs[name]:.1f} dB"
    assert axes[1, 2].texts[0].get_text() == "no PSF" and not axes[1, 2].images
    assert axes[0, -1].get_title() == "truth"


@pytest.mark.slow
def test_every_figure_can_be_drawn_and_comes_out_the_same():
    told = {"ring": a_told(), "slant": a_told(slant=True), "silent": a_told(found=False)}
    for draw in (
        lambda: real_lens.psf_figure(an_estimate(ring(9, 0.4))),
        lambda: real_lens.width_figure(told["slant"].lens.width),
        lambda: real_lens.blurs(told),
        lambda: real_lens.sheet(told, side=30),
    ):
        assert layout.png(draw(), 40) == layout.png(draw(), 40)
