import numpy as np
import pytest
import skimage.data

from refocuslab import FocusedPhoto, Scene, disk, load_scene
from refocuslab.optics.light import decode, encode
from refocuslab.registration.register import register
from refocuslab.registration.warp import apply, change_view, positions, resample
from refocuslab.simulation.misfocus import add_noise, misfocus

MOTORCYCLE, COFFEE = skimage.data.stereo_motorcycle()[0], skimage.data.coffee()
SIDE, TOP, LEFT, EDGE = 160, 200, 330, 12
CROP = np.s_[TOP : TOP + SIDE, LEFT : LEFT + SIDE]
TO_CROP = np.array([[1, 0, -LEFT], [0, 1, -TOP], [0, 0, 1.0]])
MASK = np.zeros((SIDE, SIDE), bool)
MASK[EDGE:-EDGE, EDGE:-EDGE] = True


def around_the_middle(matrix):
    center = np.array([[1, 0, SIDE / 2], [0, 1, SIDE / 2], [0, 0, 1.0]])
    return center @ np.array(matrix, float) @ np.linalg.inv(center)


# From pixels of U to pixels of the focused photo.
BREATHING = around_the_middle([[1.04, 0, 11], [0, 1.04, -7], [0, 0, 1]])
TURN = around_the_middle([[0.97, -0.25, 3], [0.25, 0.97, 5], [0, 0, 1]])
PERSPECTIVE = around_the_middle([[0.88, 0.1, -4], [-0.05, 1.02, 6], [0.0012, -0.0008, 1]])
GAIN, OFFSET = np.array([1.2, 1.0, 0.82]), np.array([0.0, 0.004, 0.0])


def view(matrix, *, gain=1.0, offset=0.0, seed=2):
    """A focused photo with noise, whose pixel `matrix p` shows what the pixel p of U shows."""
    whole = np.linalg.inv(TO_CROP) @ matrix @ TO_CROP
    return FocusedPhoto(add_noise(change_view(MOTORCYCLE, whole, gain=gain, offset=offset)[CROP], 1, seed))


def scene(*focused, diameter=7):
    misfocused = misfocus(MOTORCYCLE, diameter, noise=1, seed=1)[CROP]
    return Scene(misfocused, MASK, focused, psf=disk(diameter), truth=MOTORCYCLE[CROP])


def corner_error(found, true):
    x, y = np.array([EDGE, SIDE - EDGE - 1] * 2), np.repeat([EDGE, SIDE - EDGE - 1], 2)
    return np.hypot(*np.subtract(apply(found, x, y), apply(true, x, y))).max()


def psnr(photo, scene):
    both = photo.mask & scene.mask
    return 20 * np.log10(255 / np.sqrt(np.mean((photo.image[both].astype(float) - scene.truth[both]) ** 2)))


@pytest.mark.seconds
@pytest.mark.parametrize(
    ("true", "model"),
    [
        pytest.param(BREATHING, "similarity", id="breathing", marks=pytest.mark.slow),
        pytest.param(TURN, "similarity", id="turn", marks=pytest.mark.slow),
        pytest.param(PERSPECTIVE, "homography", id="perspective"),
    ],
)
def test_a_known_view_and_exposure_are_recovered(true, model):
    given = scene(view(true, gain=GAIN, offset=OFFSET))
    registered = register(given)
    (match,) = registered.matches
    assert match.trusted
    assert match.model == model
    assert corner_error(match.matrix, true) < 0.1
    np.testing.assert_allclose(match.gain, 1 / GAIN, rtol=0.02)
    np.testing.assert_allclose(match.offset, -OFFSET / GAIN, atol=0.001)
    assert match.inliers > 30
    (photo,) = registered.scene.focused
    assert photo.image.shape == given.misfocused.shape
    assert psnr(photo, given) > 32
    assert registered.scene.replace(focused=given.focused) == given


@pytest.mark.seconds
@pytest.mark.parametrize("true", [pytest.param(BREATHING, marks=pytest.mark.slow), PERSPECTIVE])
def test_unevenly_lit_photos_are_not_bent_to_look_alike(true):
    # The misfocused photo of little contrast falls off towards its corners, as lenses do.
    y, x = np.mgrid[:SIDE, :SIDE] / SIDE - 0.5
    fall = (1 - 0.5 * (x**2 + y**2))[..., None]
    given = scene(view(true))
    flat = np.array([0.35, 0.35, 0.35])

    def pale(image):
        return flat + 0.15 * (decode(image) - flat)

    focused = FocusedPhoto(encode(pale(given.focused[0].image)))
    given = given.replace(misfocused=encode(fall * pale(given.misfocused)), focused=[focused])
    (match,) = register(given).matches
    assert match.trusted
    assert corner_error(match.matrix, true) < 0.5


@pytest.mark.slow
@pytest.mark.parametrize("diameter", [4, 9, 14])
@pytest.mark.parametrize("true", [BREATHING, TURN, PERSPECTIVE], ids=["breathing", "turn", "perspective"])
def test_every_misfocus_of_the_normal_range(true, diameter):
    (match,) = register(scene(view(true, gain=GAIN), diameter=diameter)).matches
    assert corner_error(match.matrix, true) < 0.3
    np.testing.assert_allclose(match.gain, 1 / GAIN, rtol=0.03)


@pytest.mark.seconds
def test_what_is_in_place_stays_to_the_byte():
    given = scene(view(np.eye(3)))
    registered = register(given)
    assert registered.scene == given
    assert registered.matches[0].trusted
    assert "Left as it is" in registered.matches[0].note


@pytest.mark.slow
def test_in_place_but_exposed_otherwise_is_not_resampled():
    given = scene(view(np.eye(3), gain=0.8))
    registered = register(given)
    (match,) = registered.matches
    assert match.model == "none"
    np.testing.assert_array_equal(match.matrix, np.eye(3))
    np.testing.assert_allclose(match.gain, 1.25, rtol=0.01)
    assert psnr(registered.scene.focused[0], given) > 40


@pytest.mark.seconds
def test_pixels_that_are_not_shown_leave_the_mask():
    away = np.array([[1, 0, 60], [0, 1, 0], [0, 0, 1.0]])
    cut = view(away).image
    given = scene(FocusedPhoto(cut, np.arange(SIDE)[:, None] + 0 * np.arange(SIDE) < 90))
    (photo,) = register(given).scene.focused
    y, x = np.nonzero(photo.mask)
    # The last column that it shows may hang on the last hundredth of a pixel.
    assert SIDE - 62 <= x.max() <= SIDE - 60
    assert 88 <= y.max() <= 90


@pytest.mark.seconds
def test_an_unrelated_photo_is_left_alone_with_a_word():
    given = scene(FocusedPhoto(COFFEE[40:170, 200:340]))
    registered = register(given)
    (match,) = registered.matches
    assert registered.scene == given
    assert not match.trusted
    assert match.model == "none"
    np.testing.assert_array_equal(match.gain, 1)
    assert match.note.startswith("Not registered: ")


@pytest.mark.slow
def test_each_of_several_photos_is_registered_whatever_their_order():
    photos = [view(BREATHING, seed=3), FocusedPhoto(COFFEE[:99, :120]), view(TURN, seed=4)]
    steps = []
    there = register(scene(*photos), step=steps.append)
    back = register(scene(*photos[::-1]))
    assert [m.trusted for m in there.matches] == [True, False, True]
    assert there.origin == (0, 1, 2)
    assert there.scene.focused == back.scene.focused[::-1]
    assert [m.note for m in there.matches] == [m.note for m in back.matches][::-1]
    assert steps == sorted(steps)
    assert steps[-1] == 1


@pytest.mark.slow
def test_the_same_every_time():
    given = scene(view(PERSPECTIVE, gain=GAIN))
    assert register(given).scene == register(given).scene


@pytest.mark.parametrize("shape", [(1, 1), (3, 40), (30, 9), (40, 40)])
@pytest.mark.parametrize("level", [0, 120, 255])
def test_photos_without_anything_on_them(shape, level):
    plain = np.full((*shape, 3), level, np.uint8)
    given = Scene(plain, None, [FocusedPhoto(plain[:, ::-1])], psf=disk(1))
    assert register(given).scene == given


@pytest.mark.seconds
def test_noise_alone_is_no_match():
    rng = np.random.default_rng(6)
    first, second = rng.integers(100, 110, (2, 60, 64, 3), dtype=np.uint8)
    assert not register(Scene(first, None, [FocusedPhoto(second)], psf=disk(5))).matches[0].trusted


@pytest.mark.seconds
def test_a_mask_of_one_pixel():
    mask = np.zeros((SIDE, SIDE), bool)
    mask[80, 80] = True
    given = scene(view(BREATHING)).replace(mask=mask)
    assert not register(given).matches[0].trusted


@pytest.mark.slow
def test_a_photo_of_twice_the_size_and_one_of_half():
    for times in (0.5, 2.0):
        matrix = np.array([[times, 0, (times - 1) / 2], [0, times, (times - 1) / 2], [0, 0, 1]])
        size = round(SIDE * times)
        y, x = np.mgrid[:size, :size].astype(float)
        there = apply(np.linalg.inv(TO_CROP) @ np.linalg.inv(matrix), x, y)
        photo = FocusedPhoto(np.rint(resample(MOTORCYCLE, *there)).astype(np.uint8))
        (match,) = register(scene(photo)).matches
        assert match.trusted
        assert corner_error(match.matrix, matrix) < 0.2


@pytest.mark.slow
def test_large_photos_are_registered_as_well_as_small_ones(monkeypatch):
    given = scene(view(PERSPECTIVE, gain=GAIN))
    monkeypatch.setattr("refocuslab.registration.pair.WORKING_PIXELS", SIDE * SIDE // 4)
    (match,) = register(given).matches
    assert corner_error(match.matrix, PERSPECTIVE) < 0.3
    np.testing.assert_allclose(match.gain, 1 / GAIN, rtol=0.03)


@pytest.mark.seconds
@pytest.mark.parametrize("corner", [(0, 0), (250, 380)])
def test_in_a_large_frame_only_what_is_around_the_object_is_looked_at(corner):
    # Around the object, both photos show other things, at its place and elsewhere.
    small = scene(view(BREATHING, gain=GAIN))
    top, left = corner
    there = np.s_[top : top + SIDE, left : left + SIDE]
    photos = []
    for image in (small.misfocused, small.focused[0].image):
        photo = np.resize(COFFEE, (500, 700, 3))
        photo[there] = image
        photos.append(photo)
    mask = np.zeros((500, 700), bool)
    mask[there] = small.mask
    steps = []
    registered = register(Scene(photos[0], mask, [FocusedPhoto(photos[1])], psf=small.psf), step=steps.append)
    (match,), (photo,) = registered.matches, registered.scene.focused
    moved = np.array([[1, 0, left], [0, 1, top], [0, 0, 1.0]])
    assert corner_error(np.linalg.inv(moved) @ match.matrix @ moved, BREATHING) < 0.1
    inner = np.s_[20:-20, 20:-20]
    error = photo.image[there][inner].astype(float) - small.truth[inner]
    assert 10 * np.log10(255**2 / np.mean(error**2)) > 32
    assert photo.mask[there][inner].all()
    far = np.hypot(*np.indices(mask.shape) - np.reshape([top + SIDE / 2, left + SIDE / 2], (2, 1, 1))) > 400
    assert far.any() and not photo.mask[far].any()
    assert len(steps) > 8  # so often it may be cancelled


@pytest.mark.seconds
def test_tiles_join_to_what_one_tile_would_be(monkeypatch):
    given = scene(view(PERSPECTIVE, gain=GAIN))
    whole = register(given, flow=False).scene.focused
    monkeypatch.setattr("refocuslab.registration.warp._TILE", 37)
    assert register(given, flow=False).scene.focused == whole


@pytest.mark.slow
def test_encoded_light():
    encoded = misfocus(MOTORCYCLE, 7, noise=1, seed=1, light="encoded")[CROP]
    whole = np.linalg.inv(TO_CROP) @ BREATHING @ TO_CROP
    photo = FocusedPhoto(change_view(MOTORCYCLE, whole, gain=0.8, light="encoded")[CROP])
    (match,) = register(scene(photo).replace(misfocused=encoded), light="encoded").matches
    assert corner_error(match.matrix, BREATHING) < 0.1
    np.testing.assert_allclose(match.gain, 1.25, rtol=0.02)


@pytest.mark.slow
def test_parallax_gets_a_flow_and_the_library_both_photos():
    given = load_scene("motorcycle-perturbed")
    registered = register(given)
    (match,) = registered.matches
    assert match.model == "flow"
    assert registered.origin == (0, 0)
    flowed, plain = registered.scene.focused
    assert psnr(flowed, given) > psnr(plain, given) + 2
    taken = resample(given.focused[0].image, *positions(match.matrix, given.mask.shape, match.flow))
    error = (taken - given.truth)[flowed.mask & given.mask]
    assert 10 * np.log10(255**2 / np.mean(error**2)) > psnr(plain, given) + 2


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "model", "decibels"),
    [
        ("motorcycle-breathing", "similarity", 38),
        ("astronaut-perspective", "homography", 34),
        ("chelsea-perspective", "homography", 34),
    ],
)
def test_the_scenes_of_other_views(name, model, decibels):
    given = load_scene(name)
    registered = register(given)
    assert registered.matches[0].model == model
    assert psnr(registered.scene.focused[0], given) > decibels
    assert (registered.scene.focused[0].mask & given.mask).sum() > 0.95 * given.mask.sum()


@pytest.mark.seconds
def test_on_one_core_the_geometry_is_the_same(monkeypatch):
    from refocuslab.running import threads

    scene, found = load_scene("motorcycle-breathing"), []
    for count in (1, 3):
        monkeypatch.setattr(threads, "thread_count", lambda _, count=count: count)
        found.append(register(scene).scene.focused[0].image)
    assert np.array_equal(*found)
