"""PSFs fitted to patches: the quadratic forms, each family, and the choice among them."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import ndimage, optimize

from refocuslab.lens.patches import Forms, Patches
from refocuslab.lens.psf_choice import FAMILIES, PsfEstimate, choose
from refocuslab.lens.psf_families import gaussian, polygon, ring, soft_disk
from refocuslab.lens.psf_fit import Fit, best_disk, fit
from refocuslab.lens.width_map import WidthMap
from refocuslab.optics.psf import disk

REACH, SIDE = 7, 16


def patches(psf, count=16, error=0.0, seed=0):
    """Patches of noise and of edges, blurred by a PSF, with white noise in gray levels."""
    random = np.random.default_rng(seed)
    wide = SIDE + 2 * REACH
    sharp = random.random((count, wide, wide))
    sharp[::2] = np.cumsum(sharp[::2] - 0.5, axis=2) / 4
    place = np.array([(y, x) for y in range(4) for x in range(4)][:count], float)
    made = Patches(np.zeros((count, SIDE, SIDE)), sharp, np.full((count, SIDE, SIDE), 255.0), place)
    seen = made.blurred(psf) + random.normal(0, error / 255, (count, SIDE, SIDE))
    return Patches(seen, sharp, made.worth, place)


def test_the_forms_are_the_squared_errors():
    made = patches(disk(5), 3, error=2.0)
    for psf in (disk(3), disk(6.4), soft_disk(4, 1)):
        forms = Forms.of(made)
        gain = (forms.b @ forms.placed(psf)).sum() / (forms.q @ forms.placed(psf) @ forms.placed(psf)).sum()
        assert 0.9 < gain < 1.1
        directly = (made.errors(gain * psf) ** 2).sum(axis=(1, 2))
        np.testing.assert_allclose(forms.errors(psf), directly, rtol=1e-7)


def test_what_does_not_count_is_in_no_form():
    made = patches(disk(5), 2, error=1.0)
    spoiled = made.seen.copy()
    spoiled[:, :4] = 9.0
    worth = made.worth.copy()
    worth[:, :4] = 0
    a = Forms.of(Patches(spoiled, made.sharp, worth, made.place))
    b = Forms.of(Patches(made.seen, made.sharp, worth, made.place))
    np.testing.assert_allclose(a.errors(disk(4)), b.errors(disk(4)))
    assert a.count.tolist() == [12 * SIDE] * 2


@pytest.mark.parametrize("diameter", [1.7, 4.0, 6.35, 9.8])
def test_the_best_disk_is_the_one_that_blurred(diameter):
    made = patches(disk(diameter), error=1.0)
    found = best_disk(lambda psf: float((made.errors(psf) ** 2).sum()), 2.0 * REACH - 1)
    assert found == pytest.approx(diameter, abs=0.02)


def test_patches_tell_how_far_and_how_bright_they_lie():
    made = patches(disk(5))
    slope = np.gradient(made.blurred(disk(5)), axis=(1, 2))
    shifted = Patches(made.seen + 0.1 * slope[0] - 0.05 * slope[1], made.sharp, made.worth, made.place)
    np.testing.assert_allclose(shifted.moves(disk(5)), [[0.1, -0.05]] * 16, atol=0.02)
    brighter = Patches(1.2 * made.seen, made.sharp, made.worth, made.place).exposed(disk(5))
    np.testing.assert_allclose(brighter.sharp, 1.2 * made.sharp)


TRUE = {
    "whole disk": (disk(6), {"diameter": 6}),
    "disk": (disk(6.4), {"diameter": 6.4}),
    "Gaussian": (gaussian(1.4), {"deviation": 1.4}),
    "soft disk": (soft_disk(6.5, 1.1), {"diameter": 6.5, "softness": 1.1}),
    "ring": (ring(8.5, 0.8, 0.3), {"diameter": 8.5, "obstruction": 0.8}),
    "polygon": (polygon(8.6, 5, 20, 0.3), {"diameter": 8.6, "blades": 5}),
}


@pytest.mark.seconds
@pytest.mark.parametrize("family", TRUE)
def test_each_family_is_recovered_and_chosen(family):
    psf, numbers = TRUE[family]
    made = patches(psf, error=1.0)
    forms = Forms.of(made)
    about = best_disk(lambda psf: float(forms.total().errors(psf)[0]), 2.0 * REACH - 1)
    found = fit(family, forms, about)
    for name, value in numbers.items():
        assert found.numbers[name] == pytest.approx(value, rel=0.03), name
    chosen = choose(forms, made.place, about)
    assert chosen.fit.family == family
    assert set(chosen.errors) == set(FAMILIES)
    # Nothing predicts better than the noise.
    assert 0.9 < chosen.errors[family] < 1.15


@pytest.mark.seconds
def test_what_is_of_no_family_is_a_free_kernel():
    psf = np.zeros((9, 9))
    psf[2:5, 1:8], psf[6, 6] = 1, 4
    psf /= psf.sum()
    made = patches(psf, error=0.5)
    chosen = choose(Forms.of(made), made.place, 6.0)
    assert chosen.fit.family == "free"
    edge = (len(chosen.fit.psf) - 9) // 2
    assert np.abs(chosen.fit.psf - np.pad(psf, edge)).sum() < 0.1
    assert chosen.fit.psf.min() >= 0
    assert chosen.fit.psf.sum() == pytest.approx(1)


@pytest.mark.seconds
def test_noise_alone_makes_no_kernel_free():
    made = patches(disk(6), error=12.0)
    assert choose(Forms.of(made), made.place, 6.0).fit.family == "whole disk"


def test_a_fit_in_larger_units_is_enlarged():
    found = fit("soft disk", Forms.of(patches(soft_disk(6, 1), error=0.5)), 6.0).enlarged(3)
    assert found.numbers["diameter"] == pytest.approx(18, rel=0.03)
    assert found.numbers["softness"] == pytest.approx(3, rel=0.06)
    assert np.array_equal(found.psf, soft_disk(found.numbers["diameter"], found.numbers["softness"]))
    free = fit("free", Forms.of(patches(disk(6), error=0.1)), 6.0, smoothness=1e-4).enlarged(3)
    edge = (len(free.psf) - len(disk(18))) // 2
    assert np.abs(free.psf - np.pad(disk(18), edge)).sum() < 0.35


def test_an_estimate_says_what_it_is():
    errors = dict.fromkeys(FAMILIES, 2.0) | {"ring": 1.0}
    numbers = {"diameter": 7.31, "obstruction": 0.4, "softness": 0.3}
    found = PsfEstimate(ring(7.31, 0.4, 0.3), "ring", numbers, errors, 100.0, (7.0, 7.5))
    assert found.predicts == pytest.approx(40)
    assert "a disk of 7.31 pixels with a darker middle" in found.note
    assert "within 1.0 gray levels of 100" in found.note
    assert "a disk 7.3 pixels across with a darker middle" in found.plain and "PSF" not in found.plain
    assert "within 1.0 of 255 gray levels" in found.plain


def test_an_estimate_varies_where_its_map_does():
    width = np.linspace(4, 8, 12).reshape(3, 4)
    found = PsfEstimate(
        soft_disk(6, 0.9),
        "soft disk",
        {"diameter": 6, "softness": 0.9},
        {},
        100.0,
        (4, 8),
        WidthMap(width, "plane", {}),
    )
    assert np.array_equal(found.varying.width, width)
    # Soft edges keep their share of the diameter.
    assert np.array_equal(found.varying.psfs[-1], soft_disk(8, 1.2))
    same = replace(found, map=WidthMap(width, "constant", {}))
    assert same.varying is replace(found, map=None).varying is None


def test_a_kernel_of_no_negative_weight_is_the_best_of_all():
    made = patches(disk(5), error=4.0)
    total = Forms.of(made).total()
    found = fit("free", total, 5.0, smoothness=1e-3)
    # From another start, it is the same.
    again = fit("free", total, 5.0, smoothness=1e-3, like=Fit("disk", disk(9), {}))
    np.testing.assert_allclose(again.psf, found.psf, atol=1e-9)
    q, b = total.q[0], total.b[0]
    side = total.side
    pixels = np.eye(side * side).reshape(-1, side, side)
    laplacian = np.array([ndimage.laplace(pixel, mode="constant") for pixel in pixels]).reshape(side**2, -1)
    a = q + 1e-3 * np.trace(q) / len(q) * laplacian @ laplacian
    root = np.linalg.cholesky(a)
    best, _ = optimize.nnls(root.T, np.linalg.solve(root, b))
    np.testing.assert_allclose(found.psf.ravel(), best / best.sum(), atol=1e-8)
