"""Scenes to time the searches on: real photographs of any size, with every pixel in the mask."""

import numpy as np
from numpy.typing import NDArray

import refocuslab as rl
from refocuslab.simulation import misfocus

# Side of a tile in pixels. The smallest photograph, chelsea, 300 high, is enlarged most: 1.7 times.
TILE = 500
NOISE = 1.0  # of every photo: its standard deviation in gray levels
# Functions of skimage.data; each gives a color photograph.
PHOTOGRAPHS = (
    "coffee",
    "astronaut",
    "chelsea",
    "rocket",
    "hubble_deep_field",
    "immunohistochemistry",
    "retina",
)


def whole(name: str) -> rl.Scene:
    """A shipped scene without its masks: every pixel is refocused, every patch is in the library."""
    scene = rl.load_scene(name)
    focused = [rl.FocusedPhoto(photo.image) for photo in scene.focused]
    return rl.Scene(scene.misfocused, None, focused, psf=scene.known_psf, truth=scene.truth, name=name)


def grain(side: int) -> rl.Scene:
    """A flat gray photo of ``side`` pixels with noise of two gray levels: nothing tells two patches apart."""
    gray = np.full((side, side, 3), 128, np.uint8)
    return shot(gray, diameter=5, noise=2.0)


def shot(truth: NDArray[np.uint8], *, diameter: int = 9, noise: float = NOISE) -> rl.Scene:
    """A photo misfocused by a disk, and the same view in focus.

    Parameters
    ----------
    truth : ndarray of uint8, (H, W, 3)
        The view, sRGB.
    diameter : int
        Of the disk, in pixels.
    noise : float
        Standard deviation of the noise of each photo, in gray levels.
    """
    misfocused = misfocus.misfocus(truth, diameter, noise=noise, seed=1)
    focused = rl.FocusedPhoto(misfocus.add_noise(truth, noise, seed=2))
    return rl.Scene(misfocused, None, [focused], psf=rl.disk(diameter), truth=truth)


def large_photo(side: int) -> NDArray[np.uint8]:
    """(side, side, 3) uint8: tiles cut from the color photographs that come with scikit-image.

    No two tiles are alike: where a photograph is used again it is cut elsewhere, mirrored or turned,
    enlarged by another factor (1 to 1.7), and exposed differently.
    """
    from skimage import data  # slow to import

    left, right, _ = data.stereo_motorcycle()  # type: ignore[no-untyped-call]  # scikit-image has no types
    photos: list[NDArray[np.uint8]] = [left, *(getattr(data, name)() for name in PHOTOGRAPHS)]
    photos.insert(4, right)  # far from its like
    rng = np.random.default_rng(7)
    tiles = -(-side // TILE)
    rows = [
        np.hstack([_tile(photos[(row * tiles + column) % len(photos)], rng) for column in range(tiles)])
        for row in range(tiles)
    ]
    return np.vstack(rows)[:side, :side]


def middle(mask: NDArray[np.bool_], side: int) -> NDArray[np.bool_]:
    """(H, W) bool: the masked pixels of the square of ``side`` pixels in the middle of a photo."""
    top, left = (max(0, (length - side) // 2) for length in mask.shape)
    square = np.zeros_like(mask)
    square[top : top + side, left : left + side] = True
    return square & mask


def _tile(photo: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    from skimage.transform import resize

    longest = min(TILE, *photo.shape[:2])
    cut = int(rng.integers(2 * TILE // 3, longest) if longest > 2 * TILE // 3 else longest)
    top, left = (int(rng.integers(0, 1 + length - cut)) for length in photo.shape[:2])
    square = photo[top : top + cut, left : left + cut]
    values = resize(  # type: ignore[no-untyped-call]  # scikit-image has no types
        square, (TILE, TILE), order=3, anti_aliasing=False
    )
    values = np.rot90(values, int(rng.integers(4)))
    if rng.integers(2):
        values = values[:, ::-1]
    exposed = np.clip(values, 0, 1) ** rng.uniform(0.8, 1.25)
    tile: NDArray[np.uint8] = np.rint(255 * exposed).astype(np.uint8)
    return tile
