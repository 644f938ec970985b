"""Consistency: fixed points, the fall of energy, what is left alone, and what it gains."""

import dataclasses

import numpy as np
import pytest
from skimage import data, transform

from refocuslab.consistency.consistent import make_consistent
from refocuslab.errors import Cancelled, RefocusError
from refocuslab.evaluation.metrics import score
from refocuslab.method import Method
from refocuslab.optics.blur import convolve
from refocuslab.optics.light import decode, encode
from refocuslab.optics.psf import disk
from refocuslab.refocusing.refocuser import refocus
from refocuslab.registration.register import register
from refocuslab.scene import FocusedPhoto, Scene
from refocuslab.scenes.folder import load_scene
from refocuslab.simulation.misfocus import add_noise, misfocus

SIDE, DIAMETER = 80, 7


def crop(top=20, left=180, side=SIDE):
    return data.astronaut()[top : top + side, left : left + side]


def moved(photo, degrees=4.0, shift=5.0):
    """Another view of it: turned, moved, a little smaller."""
    turn = transform.SimilarityTransform(
        scale=1.04, rotation=np.deg2rad(degrees), translation=(shift, -shift)
    )
    light = decode(photo)
    return encode(
        np.stack([transform.warp(light[..., c], turn, order=3, mode="reflect") for c in range(3)], -1)
    )


def scene(*, view=True, noise=1.0, diameter=DIAMETER, mask=None, side=SIDE):
    sharp = crop(side=side)
    focused = add_noise(moved(sharp) if view else sharp, noise, seed=1)
    misfocused = misfocus(sharp, DIAMETER, noise=noise, seed=2)
    return Scene(misfocused, mask, [FocusedPhoto(focused)], psf=disk(diameter), truth=sharp)


@pytest.fixture(scope="module")
def perturbed():
    mask = np.zeros((SIDE, SIDE), bool)
    mask[8:75, 6:] = True
    given = scene(mask=mask)
    return given, make_consistent(given, threads=2)


@pytest.mark.slow
def test_the_truth_with_itself_as_library_all_but_stays():
    sharp = crop()
    given = Scene(
        misfocus(sharp, DIAMETER, noise=0, seed=0),
        None,
        [FocusedPhoto(sharp)],
        psf=disk(DIAMETER),
        truth=sharp,
    )
    found = make_consistent(given, sharp)
    assert score(found.image, given).psnr > 45


@pytest.mark.seconds
def test_from_the_photo_alone_it_finds_the_same_view_again():
    given = scene(view=False)
    found = make_consistent(given)
    assert score(found.image, given).psnr > 37
    # Nearly every pixel comes from where it is, which is as good as it gets.
    assert found.rounds[-1].spread < 3


@pytest.mark.slow
def test_the_frame_of_the_photo_is_no_worse_than_its_middle():
    # What lies beyond the frame sheds light into the photo, and nothing is known of it.
    inner = np.s_[DIAMETER:-DIAMETER, DIAMETER:-DIAMETER]
    beyond = misfocus(
        crop(top=20 - DIAMETER, left=180 - DIAMETER, side=SIDE + 2 * DIAMETER), DIAMETER, noise=1.0
    )
    given = scene(view=False).replace(misfocused=beyond[inner])
    error = (make_consistent(given).image.astype(float) - crop()) ** 2
    rim = [error[:2], error[-2:], error[:, :2], error[:, -2:]]
    assert np.mean([part.mean() for part in rim]) < 1.3 * error[inner].mean()


@pytest.mark.slow
def test_an_object_that_is_not_flat_is_not_spoiled_by_the_one_psf():
    # Seen at a slant: the disk grows from 3 to 11 pixels from left to right.
    side, diameters = 140, np.arange(3, 12)
    sharp = crop(top=40, left=160, side=side)
    steps = np.stack([convolve(decode(sharp), disk(one)) for one in diameters])
    at = np.linspace(0, len(diameters) - 1.001, side)
    left, part = at.astype(int), (at % 1)[:, None]
    columns = np.arange(side)
    light = steps[left, :, columns] * (1 - part[..., None]) + steps[left + 1, :, columns] * part[..., None]
    misfocused = add_noise(encode(light.swapaxes(0, 1)), 1.0, seed=2)
    focused = FocusedPhoto(add_noise(sharp, 1.0, seed=1))
    given = Scene(misfocused, None, [focused], psf=disk(7), truth=sharp)
    found = make_consistent(given)
    pasted = dataclasses.replace(found, image=focused.image)
    # The photo of the same view is as good as it gets, and the PSF takes little of it away.
    assert score(found.image, given).psnr > score(pasted.image, given).psnr - 6


@pytest.mark.seconds
def test_another_view_gains(perturbed):
    given, found = perturbed
    before, after = score(given.misfocused, given), score(found.image, given)
    assert after.psnr > before.psnr + 4
    assert after.ssim > before.ssim + 0.1
    assert after.reblur_rms < before.reblur_rms / 2


@pytest.mark.seconds
def test_energy_falls_in_each_round_and_from_round_to_round(perturbed):
    given, found = perturbed
    assert all(step.energy < step.energy_before for step in found.rounds)
    same = make_consistent(given, sizes=(7, 7, 7)).rounds
    # The weights are found anew in each round, and so is the scale of the energy that is left.
    for quantity in ("energy_before", "distance"):
        values = [getattr(step, quantity) for step in same]
        assert values == sorted(values, reverse=True), quantity
    # Already after the first of them W blurs back to U as well as U's noise lets it.
    assert all(0.9 * step.noise < step.reblur < step.noise for step in same)
    # Weighed by the true variances, every value of U contributes about 1.
    assert 0.8 < same[-1].energy < 1.25


def test_outside_the_mask_it_is_the_photo(perturbed):
    given, found = perturbed
    outside = ~given.mask
    np.testing.assert_array_equal(found.image[outside], given.misfocused[outside])
    assert (found.match[outside] == -1).all() and (found.match[given.mask] >= 0).all()
    np.testing.assert_array_equal(found.begun[outside], given.misfocused[outside])


@pytest.mark.seconds
@pytest.mark.parametrize("side", [36, pytest.param(SIDE, marks=pytest.mark.slow)])
def test_threads_and_repetition_change_no_byte(side):
    given = scene(side=side)
    found, again = (make_consistent(given, threads=threads) for threads in (2, 1))
    np.testing.assert_array_equal(again.image, found.image)
    assert again.rounds == found.rounds


@pytest.mark.seconds
@pytest.mark.parametrize("noise", [0.5, pytest.param(3.0, marks=pytest.mark.slow)])
def test_the_noise_of_the_photo_is_measured(noise):
    found = make_consistent(scene(view=False, noise=noise), sizes=(9,))
    assert found.rounds[-1].noise == pytest.approx(np.hypot(noise, 12**-0.5), rel=0.15)


@pytest.mark.slow
def test_a_psf_wrong_by_a_pixel_is_noticed_and_costs_little():
    right, wrong = (scene(diameter=diameter) for diameter in (DIAMETER, DIAMETER + 1))
    found = [make_consistent(one, correct_psf=False) for one in (right, wrong)]
    np.testing.assert_array_equal(found[1].psf, wrong.psf)
    assert found[1].misfit.size > 3 * found[0].misfit.size
    psnr = [
        score(one.image, right).psnr
        for one in (*found, dataclasses.replace(found[0], image=right.misfocused))
    ]
    assert psnr[0] > psnr[1] > psnr[2] + 1


@pytest.mark.slow
def test_little_parallax_and_a_narrow_psf_do_not_pass_for_one_view():
    # The middle of a stereo pair, all but a plane: one move would nearly do for all of it.
    def middle(array, side):
        top, left = ((whole - side) // 2 for whole in array.shape[:2])
        return array[top : top + side, left : left + side]

    whole = load_scene("motorcycle-perturbed")
    focused = [FocusedPhoto(middle(photo.image, 160), middle(photo.mask, 160)) for photo in whole.focused]
    found = {}
    for diameter in (8, 9):
        given = Scene(
            middle(whole.misfocused, 96),
            middle(whole.mask, 96),
            focused,
            psf=disk(diameter),
            truth=middle(whole.truth, 96),
        )
        given = register(given, flow=False).scene
        found[diameter] = score(make_consistent(given).image, given).psnr
    assert found[8] > found[9] - 2


@pytest.mark.slow
@pytest.mark.parametrize("wrong", [-2, -1, 1, 2])
def test_a_psf_wrong_by_a_pixel_or_two_is_put_right(wrong):
    right = make_consistent(scene())
    found = make_consistent(scene(diameter=DIAMETER + wrong))
    np.testing.assert_array_equal(found.psf, disk(DIAMETER))
    np.testing.assert_array_equal(found.image, right.image)


@pytest.mark.slow
def test_in_encoded_values_a_blur_of_encoded_values_is_undone():
    sharp = crop()
    given = Scene(
        misfocus(sharp, DIAMETER, noise=1, seed=3, light="encoded"),
        None,
        [FocusedPhoto(moved(sharp))],
        psf=disk(DIAMETER),
        truth=sharp,
    )
    psnr = [score(make_consistent(given, light=light).image, given).psnr for light in ("encoded", "linear")]
    assert psnr[0] > psnr[1] + 0.5


@pytest.mark.slow
def test_several_photos_are_one_library():
    one = scene()
    other = FocusedPhoto(add_noise(moved(crop(), degrees=-3, shift=-4), 1.0, seed=5))
    both = one.replace(focused=[*one.focused, other])
    assert score(make_consistent(both).image, one).psnr > score(make_consistent(one).image, one).psnr - 0.2


@pytest.mark.slow
def test_a_saturated_photo_asks_for_no_less_light_than_there_was():
    # A lamp too bright for U: its blur is cut off at 255, and W must not be dark there.
    sharp = np.full((48, 48, 3), 60, np.uint8)
    sharp[16:32, 16:32] = 255
    light = decode(sharp)
    light[16:32, 16:32] = 8.0
    misfocused = encode(convolve(light, disk(DIAMETER)))
    given = Scene(misfocused, None, [FocusedPhoto(sharp)], psf=disk(DIAMETER))
    found = make_consistent(given)
    assert found.image[20:28, 20:28].min() > 240


@pytest.mark.seconds
@pytest.mark.parametrize("side", [5, 8, 12])
def test_photos_smaller_than_the_windows_are_no_obstacle(side):
    sharp = crop(side=side)
    given = Scene(misfocus(sharp, 3, seed=0), None, [FocusedPhoto(sharp)], psf=disk(3), truth=sharp)
    assert make_consistent(given).image.shape == sharp.shape


@pytest.mark.seconds
def test_a_cancelled_run_ends_and_progress_rises(perturbed):
    given, _ = perturbed
    shares = []
    make_consistent(given, sizes=(5, 5), step=shares.append)
    assert shares == sorted(shares) and shares[0] == 0 and shares[-1] == 1

    def cancel(share):
        if share > 0.5:
            raise Cancelled("enough")

    with pytest.raises(Cancelled):
        make_consistent(given, sizes=(5, 5), step=cancel)


def test_a_start_must_be_a_photo(perturbed):
    with pytest.raises(RefocusError, match="start"):
        make_consistent(perturbed[0], np.zeros((4, 4)))


@pytest.mark.seconds
@pytest.mark.parametrize(
    "shape", [(1, 1), (1, 9), (2, 2), (3, 3), (3, 12), (12, 3), (4, 4), (4, 11), (11, 4)]
)
@pytest.mark.parametrize("photos", [pytest.param(1, marks=pytest.mark.slow), 3])
def test_a_photo_of_a_few_pixels(shape, photos):
    # A sweep that left the grid ended in a segmentation fault, or in the patches of another photo.
    rng = np.random.default_rng(0)
    sharp, *others = (rng.integers(0, 256, (*shape, 3)).astype(np.uint8) for _ in range(1 + photos))
    given = Scene(sharp, None, list(map(FocusedPhoto, others)), psf=disk(1))
    found = make_consistent(given)
    assert np.isfinite([dataclasses.astuple(step) for step in found.rounds]).all()
    if min(shape) >= 3:
        refocused = refocus(given, Method(neighborhood=3, consistency=True))
        assert np.isfinite([dataclasses.astuple(step) for step in refocused.consistent.rounds]).all()


# Of photos; more of them, and noise, in the slow tests.
@pytest.mark.seconds
@pytest.mark.parametrize(
    "seed", [3, *(pytest.param(seed, marks=pytest.mark.slow) for seed in (0, 1, 2, 4, 5))]
)
def test_photos_that_have_nothing_in_common_do_not_leave_float32(seed):
    rng = np.random.default_rng(seed)
    if seed < 3:
        sharp, other = (rng.integers(0, 256, (32, 32, 3)).astype(np.uint8) for _ in range(2))
    else:
        top, left = rng.integers(0, 200, 2)
        sharp = data.cat()[top : top + 32, left : left + 32]
        other = data.coffee()[top : top + 32, left : left + 32]
    found = make_consistent(Scene(misfocus(sharp, 5, noise=1.0), None, [FocusedPhoto(other)], psf=disk(5)))
    assert np.isfinite([dataclasses.astuple(step) for step in found.rounds]).all()
    # Not black, but about what U shows.
    assert abs(found.image.mean() - sharp.mean()) < 40


@pytest.mark.seconds
@pytest.mark.parametrize("far, least", [(9, 48), (13, 34)])
def test_where_the_psf_does_not_hold_w_stays_with_a_photo_that_is_in_place(far, least):
    # One half of U is blurred otherwise: there W leaned to U, for 27.9 and 22.8 dB.
    side = 96
    sharp = data.coffee()[152 : 152 + side, 252 : 252 + side]
    light = decode(sharp)
    left, right = (convolve(light, disk(diameter)) for diameter in (5, far))
    near = np.arange(side) < side // 2
    blurred = encode(np.where(near[None, :, None], left, right))
    mask = np.zeros((side, side), bool)
    mask[12:-12, 12:-12] = True
    given = Scene(blurred, mask, [FocusedPhoto(sharp)], psf=disk(5), truth=sharp)
    found = make_consistent(given, correct_psf=False)
    assert score(found.image, given.replace(mask=mask & ~near)).psnr > least


@pytest.mark.slow
def test_a_bad_match_is_not_trusted_more_than_a_little():
    # Parallax, and a narrow disk. Where bad matches were trusted three times as much, W had 28.4 dB.
    given = load_scene("motorcycle-perturbed").middle(96)
    blurred = misfocus(given.truth, 5, noise=1.0, seed=5)
    given = register(given.replace(misfocused=blurred, psf=disk(5)), flow=False).scene
    assert score(make_consistent(given).image, given).psnr > 32
