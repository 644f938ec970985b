import numpy as np
import pytest

from refocuslab.errors import RefocusError
from refocuslab.simulation.solids import Box, Lamp, Plane, Texture, faces, noise_texture

GRAY = np.full((8, 8, 3), 128, np.uint8)
FRONTAL = Lamp(towards=(0, 0, -1), radius=0, ambient=0)


def box(**changes):
    return Box("box", **{"centre": (0, 0, 500), "size": (40, 60, 20), "texture": GRAY} | changes)


def normals(shown):
    normal = np.cross(shown.down, shown.right)
    return normal / np.linalg.norm(normal, axis=1, keepdims=True)


@pytest.mark.parametrize(("yaw", "pitch"), [(0, 0), (30, 0), (0, 40), (-75, 20)])
def test_a_box_is_closed_and_its_faces_look_outwards(yaw, pitch):
    shown = faces([box(yaw=yaw, pitch=pitch)], [], FRONTAL)
    middles = shown.vertices().mean(axis=1) - [0, 0, 500]
    outwards = (middles * normals(shown)).sum(axis=1)
    np.testing.assert_allclose(outwards, [10, 10, 20, 20, 30, 30])
    # Each of its 8 corners belongs to three faces.
    corners = np.unique(shown.vertices().reshape(-1, 3).round(6), axis=0, return_counts=True)[1]
    assert corners.tolist() == [3] * 8


def test_yaw_turns_a_front_to_the_right_and_pitch_up():
    front = Plane("a", centre=(0, 0, 9), size=(1, 1), texture=GRAY, yaw=90)
    floor = Plane("b", centre=(0, 0, 9), size=(1, 1), texture=GRAY, pitch=90)
    np.testing.assert_allclose(
        normals(faces([front, floor], [], FRONTAL)), [[1, 0, 0], [0, -1, 0]], atol=1e-12
    )
    np.testing.assert_allclose(box(yaw=90).front, [10, 0, 500])


def test_a_lamp_lights_by_the_cosine_and_the_ambient_share():
    for yaw in (0, 40, 80):
        plane = Plane("a", centre=(0, 0, 9), size=(1, 1), texture=GRAY, yaw=yaw)
        for ambient in (0, 0.3):
            lamp = Lamp(towards=(0, 0, -2), radius=0, ambient=ambient)
            expected = ambient + (1 - ambient) * np.cos(np.radians(yaw))
            np.testing.assert_allclose(faces([plane], [], lamp).lamp, expected)


def test_what_another_thing_hides_from_the_lamp_lies_in_its_shadow():
    wall = Plane("wall", centre=(0, 0, 900), size=(480, 480), texture=GRAY)
    card = Plane("card", centre=(0, 0, 500), size=(160, 160), texture=GRAY)
    lamp = faces([wall, card], [], FRONTAL).lamp
    expected = np.ones((48, 48))
    expected[16:32, 16:32] = 0
    np.testing.assert_array_equal(lamp[0], expected)
    np.testing.assert_array_equal(lamp[1], 1)
    # A wide lamp softens the edge, and it keeps the middle of it: what one point loses another gains.
    soft = faces([wall, card], [], Lamp(towards=(0, 0, -1), radius=4, ambient=0)).lamp[0]
    half = soft[24, (soft[24] > 0.1) & (soft[24] < 0.9)]
    assert len(half) >= 4
    assert 1 - soft.mean() == pytest.approx(1 / 9, abs=0.005)


def test_a_photo_covers_its_face_with_square_texels_or_has_its_own_scale():
    photo = np.zeros((100, 200, 3), np.uint8)
    assert Texture(photo).laid(50, 50) == ([100, 100], [50, 0])
    assert Texture(photo).laid(400, 100) == ([200, 50], [0, 25])
    assert Texture(photo, texel=0.5).laid(400, 100) == ([800, 200], [0, 0])


def test_noise_is_a_photo_that_depends_on_its_seed_alone():
    noise = noise_texture(4, size=128)
    assert noise.shape == (128, 128, 3)
    np.testing.assert_array_equal(noise, noise_texture(4, size=128))
    assert (noise != noise_texture(5, size=128)).any()
    assert noise.std() > 20
    np.testing.assert_allclose(noise.mean(axis=(0, 1)), (150, 140, 125), atol=8)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: box(size=(40, -60, 20)), "size must be 3 finite numbers greater than 0"),
        (lambda: box(size=(40, 60)), "size must be 3"),
        (lambda: box(centre=(0, 0, np.inf)), "centre must be 3 finite numbers"),
        (lambda: box(yaw="left"), "yaw must be a number"),
        (lambda: box(texture=GRAY[:, :, 0]), "photo must be a photo"),
        (lambda: Plane("", centre=(0, 0, 9), size=(1, 1), texture=GRAY), "name must be text"),
        (lambda: Texture(GRAY, texel=0), "texel must be a number greater than 0"),
        (lambda: Texture(GRAY, tint=(1, 0, 1)), "tint must be 3 finite numbers greater than 0"),
        (lambda: Lamp(towards=(0, 0, 0)), "towards must not be 0"),
        (lambda: Lamp(ambient=1.5), "ambient must be from 0 to 1"),
        (lambda: Lamp(radius=90), "radius must be from 0 to less than 90"),
    ],
)
def test_impossible_things_are_refused(make, message):
    with pytest.raises(RefocusError, match=message):
        make()
