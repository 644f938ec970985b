"""Scenes to measure the searches on: real photographs of any size, with every pixel in the mask."""

import numpy as np

import refocuslab as rl
from refocuslab.simulation import misfocus

TILE = 500
NOISE = 1.0


def whole(name: str) -> rl.Scene:
    """A shipped scene without its masks: every pixel is refocused, every patch is in the library."""
    scene = rl.load_scene(name)
    focused = [rl.FocusedPhoto(photo.image) for photo in scene.focused]
    return rl.Scene(scene.misfocused, None, focused, psf=scene.psf, truth=scene.truth, name=name)


def grain(side: int) -> rl.Scene:
    """A flat grey photo with noise of two grey levels: nothing in it tells two patches apart."""
    grey = np.full((side, side, 3), 128, np.uint8)
    return shot(grey, diameter=5, noise=2.0)


def shot(truth: np.ndarray, *, diameter: int = 9, noise: float = NOISE) -> rl.Scene:
    """A photo misfocused by a disk, and the same view in focus, each with noise of its own."""
    misfocused = misfocus.misfocus(truth, diameter, noise=noise, seed=1)
    focused = rl.FocusedPhoto(misfocus.add_noise(truth, noise, seed=2))
    return rl.Scene(misfocused, None, [focused], psf=rl.disk(diameter), truth=truth)


def large_photo(side: int) -> np.ndarray:
    """(side, side, 3) uint8: tiles cut from the colour photographs that come with scikit-image.

    No two tiles are alike: where a photograph comes again it is cut elsewhere, mirrored or turned,
    enlarged by another factor (1 to 1.7), and exposed otherwise.
    """
    from skimage import data  # slow to import

    left, right, _ = data.stereo_motorcycle()
    photos = [left, data.coffee(), data.astronaut(), data.chelsea(), right, data.rocket(),
              data.hubble_deep_field(), data.immunohistochemistry(), data.retina()]  # fmt: skip
    rng = np.random.default_rng(7)
    tiles = -(-side // TILE)
    rows = [
        np.hstack([_tile(photos[(row * tiles + column) % len(photos)], rng) for column in range(tiles)])
        for row in range(tiles)
    ]
    return np.vstack(rows)[:side, :side]


def _tile(photo: np.ndarray, rng) -> np.ndarray:
    from skimage.transform import resize

    longest = min(TILE, *photo.shape[:2])
    cut = int(rng.integers(2 * TILE // 3, longest) if longest > 2 * TILE // 3 else longest)
    top, left = (int(rng.integers(0, 1 + length - cut)) for length in photo.shape[:2])
    values = resize(photo[top : top + cut, left : left + cut], (TILE, TILE), order=3, anti_aliasing=False)
    values = np.rot90(values, int(rng.integers(4)))
    if rng.integers(2):
        values = values[:, ::-1]
    exposed = np.clip(values, 0, 1) ** rng.uniform(0.8, 1.25)
    return np.rint(255 * exposed).astype(np.uint8)


def middle(mask: np.ndarray, side: int) -> np.ndarray:
    """(H, W) bool: the masked pixels of the square of `side` pixels in the middle of a photo."""
    top, left = (max(0, (length - side) // 2) for length in mask.shape)
    square = np.zeros_like(mask)
    square[top : top + side, left : left + side] = True
    return square & mask
