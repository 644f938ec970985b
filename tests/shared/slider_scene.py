"""A small scene for the sliders: two focused photos, one of another size, and pixels outside the mask."""

import numpy as np

import refocuslab as rl

TITLE = "<img src=x onerror=\"document.title='hurt'\"></script>"


def slider_scene() -> rl.Scene:
    """Of few colors, so that candidates compete."""
    rng = np.random.default_rng(5)
    sharp = rng.choice([20, 90, 130, 220], (20, 24, 3)).astype(np.uint8)
    other = rng.choice([20, 90, 130, 220], (18, 19, 3)).astype(np.uint8)
    mask = np.zeros((20, 24), bool)
    mask[2:-4, 3:-5] = True
    seen = np.ones((20, 24), bool)
    seen[:3] = False
    return rl.Scene(
        rl.blur(sharp, rl.disk(3), light="linear"),
        mask,
        [rl.FocusedPhoto(other), rl.FocusedPhoto(sharp, seen)],
        psf=rl.disk(3),
        truth=sharp,
        name="few colors",
        title=TITLE,
    )
