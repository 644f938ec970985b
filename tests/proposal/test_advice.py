"""Each sentence of advice has a pair of photos that must bring it, and ten good pairs that must not."""

import io

import numpy as np
import pytest
from PIL import Image
from scipy import ndimage
from skimage import data

from refocuslab import FocusedPhoto, Scene, blur, disk, propose_mask
from refocuslab.optics.blur import convolve
from refocuslab.optics.light import decode, encode
from refocuslab.proposal.differing import unlike
from refocuslab.registration.warp import change_view
from refocuslab.simulation.misfocus import add_noise

VIEW = np.array([[1.01, -0.01, 4.0], [0.01, 1.01, -3.0], [1e-5, 0, 1]])
SHARP = np.ascontiguousarray(data.coffee()[40:300, 150:490])
OTHER = np.ascontiguousarray(data.astronaut()[60:320, 60:400])


def soft(sharp, diameter=7, seed=0):
    """A photo with a misfocused layer in it."""
    height, width = sharp.shape[:2]
    rows, columns = np.indices((height, width))
    mask = ((rows - height / 2) / height) ** 2 + ((columns - width / 2) / width) ** 2 < 0.12
    light, psf = decode(sharp), disk(diameter)
    cover = convolve(mask[..., None].astype(float), psf)
    mixed = convolve(light * mask[..., None], psf) + (1 - cover) * light
    return add_noise(encode(mixed), 1.0, seed)


def view(sharp, seed=1, gain=(1.05, 1.0, 0.95)):
    """A sharp photo from a little aside, in other light."""
    return add_noise(change_view(sharp, VIEW, gain=gain), 1.0, seed)


def about(misfocused, *focused):
    photos = [FocusedPhoto(np.ascontiguousarray(photo)) for photo in focused]
    return {one.about: one for one in propose_mask(Scene(misfocused, None, photos)).advice}


def lit(photo, times):
    return encode(np.clip(times * decode(photo), 0, 1))


def moved(photo):
    other = photo.copy()
    other[100:170, 60:150] = OTHER[100:170, 60:150]
    return other


def glinting(photo):
    """Lamps that mirror in it: small bright spots, which the camera sees from one place only."""
    other = photo.copy()
    for y, x in ((172, 170), (178, 205)):
        other[y : y + 7, x : x + 7] = 190
    return other


def compressed(photo, quality):
    file = io.BytesIO()
    Image.fromarray(photo).save(file, "JPEG", quality=quality)
    return np.array(Image.open(file))


def enlarged(photo):
    image = Image.fromarray(photo)
    small = image.resize((image.width // 2, image.height // 2), Image.Resampling.BICUBIC)
    return np.array(small.resize(image.size, Image.Resampling.BICUBIC))


def shaken(photo):
    line = np.zeros((15, 15))
    line[7] = 1
    line = np.maximum(ndimage.rotate(line, 20, reshape=False, order=1), 0)
    return encode(convolve(decode(photo), line / line.sum()))


WRONG = {
    "view": lambda: (soft(SHARP), view(OTHER)),
    "overlap": lambda: (soft(SHARP)[:, :200].copy(), view(SHARP)[:, 110:]),
    "swapped": lambda: (view(SHARP), soft(SHARP, 9)),
    "sharpness": lambda: (view(SHARP), add_noise(SHARP, 1.0, 5)),
    "movement": lambda: (soft(SHARP), moved(view(SHARP))),
    "spots": lambda: (soft(SHARP), view(glinting(SHARP))),
    "exposure": lambda: (soft(SHARP), view(SHARP, gain=(0.1, 0.1, 0.1))),
    "motion": lambda: (add_noise(shaken(SHARP), 1.0, 2), view(SHARP)),
    "size": lambda: (soft(SHARP), enlarged(view(SHARP))),
    "compression": lambda: (soft(SHARP), compressed(view(SHARP), 12)),
    "saturation": lambda: (soft(SHARP), lit(view(SHARP), 4)),
}


@pytest.mark.slow
@pytest.mark.parametrize("word", WRONG)
def test_what_is_wrong_with_a_pair_is_said_with_what_to_do(word):
    told = about(*WRONG[word]())
    assert word in told, told
    text = told[word].text
    assert text.endswith(".") and "focused" in text
    assert told[word].grave == (word in ("view", "swapped"))


@pytest.mark.seconds
def test_the_misfocused_photo_is_looked_at_too():
    told = about(compressed(soft(SHARP), 8), view(SHARP))
    assert told["compression"].text.startswith("The misfocused photo is heavily compressed")


PHOTOS = {
    "astronaut": lambda: OTHER,
    "cat": lambda: np.ascontiguousarray(data.chelsea()[:260, 60:400]),
    "coffee": lambda: SHARP,
    "motorcycle": lambda: np.ascontiguousarray(data.stereo_motorcycle()[0][80:340, 150:490]),
    "rocket": lambda: np.ascontiguousarray(data.rocket()[100:400, 150:500]),
}


@pytest.mark.slow
@pytest.mark.parametrize("diameter", [5, 9])
@pytest.mark.parametrize("name", PHOTOS)
def test_nothing_is_said_of_a_good_pair(name, diameter):
    sharp = PHOTOS[name]()
    assert about(soft(sharp, diameter, seed=diameter), view(sharp, gain=(0.9, 1.0, 1.1))) == {}


@pytest.mark.seconds
def test_photos_are_told_apart_by_number():
    told = about(soft(SHARP), view(SHARP), view(OTHER))
    assert set(told) == {"view"}
    assert told["view"].text.startswith("Focused photo 2 could not be laid over")


@pytest.mark.seconds
def test_a_blurred_focused_photo_is_said_to_be_soft():
    assert {"swapped", "size"} <= set(about(SHARP, blur(view(SHARP), disk(7))))


@pytest.mark.seconds
def test_what_blur_does_not_explain_is_a_share_of_the_mask():
    inside = np.zeros(SHARP.shape[:2], bool)
    inside[60:200, 60:280] = True
    focused, blurred = FocusedPhoto(SHARP), blur(SHARP, disk(7))
    scene = Scene(blurred, None, [focused], psf=disk(7))
    assert unlike(scene, focused, inside, light="linear") == 0
    other = blurred.copy()
    other[100:120, 100:130] = 255 - other[100:120, 100:130]
    other[:20] = 255 - other[:20]  # outside
    share = unlike(scene.replace(misfocused=other), focused, inside, light="linear")
    kept = 132 * 212  # of the mask without its edge
    assert 0.6 * 20 * 30 / kept < share < 1.5 * 20 * 30 / kept
    assert unlike(scene.replace(misfocused=other), focused, np.zeros_like(inside), light="linear") == 0
