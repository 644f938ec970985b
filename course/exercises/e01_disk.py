"""E1: the PSF of a misfocused lens."""

import numpy as np

TITLE = "The PSF of a misfocused lens"
UNIT = 1
MINUTES = 15
TASK = """\
Out of focus, a point of light becomes a disk: the lens's opening, evenly lit. Its image on the sensor is
the **point spread function** (PSF): an array whose number at each pixel is that pixel's share of the point's light.

Write `disk(d)` for an odd diameter `d` in pixels: a `d` × `d` array of these shares, the weights. The center of the disk is the center
of the middle pixel. A pixel that the rim cuts gets the part of it that the disk covers; 8 × 8 points in a pixel
are enough to find that out.
"""


def disk(d):
    """Weights of a disk of diameter d pixels, (d, d)."""
    # BEGIN SOLUTION
    n = 16
    u = (np.arange(d * n) + 0.5) / n - d / 2
    inside = np.hypot(u[:, None], u) <= d / 2
    weights = inside.reshape(d, n, d, n).mean(axis=(1, 3))
    return weights / weights.sum()
    # END SOLUTION


WRONG = {
    "square-odd": ("return weights / weights.sum()", "return np.pad(weights, (0, 1)) / weights.sum()"),
    "always-the-same": ("n = 16", "n, d = 16, 7"),
    "keeps-light": ("return weights / weights.sum()", "return weights"),
    "radius-for-diameter": ("n = 16", "n, d = 16, 2 * d + 1"),
    "radius-for-diameter#narrow": ("<= d / 2", "<= d / 2 - 1"),
    "radius-for-diameter#between-centers": ("<= d / 2", "<= (d - 1) / 2"),
    "radius-for-diameter#whole": ("<= d / 2", "<= d // 2"),
    "off-center": ("/ n - d / 2", "/ n - (d - 1) / 2"),
    "off-center#corner": [
        ("(np.arange(d * n) + 0.5) / n - d / 2", "np.arange(d) - d / 2"),
        ("n = 16", "n = 1"),
    ],
    "size": ("return weights / weights.sum()", "return np.pad(weights, 1) / weights.sum()"),
    "not-round": ("np.hypot(u[:, None], u) <= d / 2", "np.maximum(abs(u[:, None]), abs(u)) <= d / 2"),
    "not-flat": ("np.hypot(u[:, None], u) <= d / 2", "np.exp(-8 * (u[:, None] ** 2 + u**2) / d**2)"),
    "rim-all-or-nothing": ("n = 16", "n = 1"),
    "lopsided": [("n = 16", "n = 8"), ("(np.arange(d * n) + 0.5) / n", "np.arange(d * n) / n")],
    "rim-too-coarse": ("n = 16", "n = 2"),
    "rim-too-coarse#ends": [
        ("n = 16", "n = 8"),
        ("(np.arange(d * n) + 0.5) / n - d / 2", "np.linspace(-d / 2, d / 2, d * n)"),
    ],
    "rim-too-coarse#ramp": [
        ("(np.arange(d * n) + 0.5) / n - d / 2", "np.arange(d) - d // 2"),
        ("np.hypot(u[:, None], u) <= d / 2", "np.clip(d / 2 + 0.5 - np.hypot(u[:, None], u), 0, 1)"),
        ("n = 16", "n = 1"),
    ],
    "calls-the-package": ("n = 16", "return rl.disk(d)"),
}

BELIEFS = {
    "square-odd": "A PSF may have an even side, or its middle may lie between pixels.",
    "always-the-same": "The diameter of the lesson is the diameter.",
    "keeps-light": "The weights are a mask of ones.",
    "radius-for-diameter": "d is the radius; or: the rim is not lit; or: it goes through the outermost pixels' centers.",
    "off-center": "The middle of d pixels is d / 2, or (d - 1) / 2, whatever is counted: edges or centers.",
    "size": "A margin of zeros does no harm.",
    "not-round": "The PSF of a camera is a box, as the box filter of a textbook.",
    "not-flat": "Blur is a Gaussian.",
    "rim-all-or-nothing": "A pixel is in the disk, or not.",
    "lopsided": "A point stands for what lies right of it and below.",
    "rim-too-coarse": "Half or all of a pixel is near enough; or: points go from rim to rim; or: the share falls evenly.",
    "calls-the-package": "What the package has need not be understood.",
}


def by_chords(d):
    """The disk's height over a column is known; its share of a row is what the row's edges leave of it."""
    n = 400
    x = (np.arange(d * n) + 0.5) / n - d / 2
    half = np.sqrt(np.maximum((d / 2) ** 2 - x**2, 0))
    edges = np.arange(d + 1) - d / 2
    covered = np.diff(np.clip(edges[:, None], -half, half), axis=0)
    weights = covered.reshape(d, d, n).mean(axis=2)
    return weights / weights.sum()


def in_loops(d):
    """Point by point, 9 x 9 in a pixel, in plain Python."""
    weights = np.zeros((d, d))
    parts = [(k + 0.5) / 9 - 0.5 for k in range(9)]
    for row in range(d):
        for column in range(d):
            for a in parts:
                for b in parts:
                    y, x = row - d // 2 + a, column - d // 2 + b
                    weights[row, column] += y * y + x * x <= d * d / 4
    return weights / weights.sum()


def with_an_import_in_vain(d):
    """By tests at random places, 4000 in a pixel; what it imports of the package, it does not use."""
    from refocuslab.optics.psf import otf as in_vain  # noqa: F401

    rng = np.random.default_rng(0)
    at = np.arange(d)[:, None, None] - d // 2 + rng.uniform(-0.5, 0.5, (d, d, 4000))
    beside = np.arange(d)[None, :, None] - d // 2 + rng.uniform(-0.5, 0.5, (d, d, 4000))
    weights = (at**2 + beside**2 <= d**2 / 4).mean(axis=2)
    return weights / weights.sum()


ALSO_RIGHT = [by_chords, in_loops, with_an_import_in_vain]
