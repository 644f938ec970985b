"""E2: what the lens loses."""

import numpy as np

TITLE = "What the lens loses"
UNIT = 1
MINUTES = 15
TASK = """\
Any photo is a sum of waves, from coarse to fine. Blur keeps each wave and lowers its contrast. To what share, the
**modulation transfer function** (MTF) tells: for waves that run along x with $f$ cycles per pixel it is

$$ \\text{MTF}(f) = \\Bigl| \\sum_{y, x} \\text{psf}(y, x) \\, e^{-2 \\pi i f x} \\Bigr| , \\qquad 0 \\le f \\le 0.5 . $$

1 means that all contrast is kept; where the MTF is 0 the wave is gone. Write two functions of a PSF, an array (n, n):

- `first_zero(psf)`: the lowest $f$ at which the MTF touches zero, a number in cycles per pixel, right to 0.002;
- `lost_share(psf, least)`: the share of the frequencies from 0 to 0.5, evenly spaced, at which the MTF is less than `least`: a
  number from 0 to 1, right to 0.01.

A look at `np.fft.rfft` and at what its argument `n` does saves work.
"""


def first_zero(psf):
    """The lowest frequency along x, in cycles per pixel, that the PSF erases."""
    # BEGIN SOLUTION
    contrast = abs(np.fft.rfft(psf.sum(axis=0), 4096))
    k = 1
    while contrast[k + 1] < contrast[k] or contrast[k] > 0.01:
        k += 1
    return k / 4096
    # END SOLUTION


def lost_share(psf, least):
    """The share of the frequencies from 0 to 0.5 cycles per pixel whose MTF is less than least."""
    # BEGIN SOLUTION
    return (abs(np.fft.rfft(psf.sum(axis=0), 2048)) < least).mean()
    # END SOLUTION


WRONG = {
    "one-number": ("return k / 4096", "return contrast"),
    "units": ("return k / 4096", "return 2 * np.pi * k / 4096"),
    "units#bin": ("return k / 4096", "return k"),
    "found-none": ("    k = 1\n", "    return np.argmax(contrast == 0) / 4096\n    k = 1\n"),
    "found-none#bins": (
        "    k = 1\n",
        "    contrast = abs(np.fft.rfft(psf.sum(axis=0)))\n    return np.argmax(np.diff(contrast) > 0) / len(psf)\n    k = 1\n",
    ),
    "no-such-frequency": ("    k = 1\n", "    return np.flatnonzero(contrast == 0)[0] / 4096\n    k = 1\n"),
    "no-such-frequency#nearly": (
        "    k = 1\n",
        "    return np.arange(2049)[np.isclose(contrast, 0)].min() / 4096\n    k = 1\n",
    ),
    "last-bin": ("return k / 4096", "return k / 2048"),
    "a-slice": ("psf.sum(axis=0), 4096", "psf[len(psf) // 2], 4096"),
    "a-slice#formula": ("return k / 4096", "return 1 / len(psf)"),
    "radius": ("return k / 4096", "return 0.61 / len(psf)"),
    "formula": ("return k / 4096", "return 1.22 / len(psf)"),
    "other-axis": ("psf.sum(axis=0), 4096", "psf.sum(axis=1), 4096"),
    "not-the-first": ("    k = 1\n", "    return contrast.argmin() / 4096\n    k = 1\n"),
    "too-coarse": [
        ("psf.sum(axis=0), 4096", "psf.sum(axis=0)"),
        ("return k / 4096", "return np.fft.rfftfreq(len(psf))[k]"),
        (
            "while contrast[k + 1] < contrast[k] or contrast[k] > 0.01",
            "while k + 1 < len(contrast) and contrast[k + 1] < contrast[k]",
        ),
    ],
    "small-is-not-zero": ("contrast[k + 1] < contrast[k] or contrast[k] > 0.01", "contrast[k] > 0.05"),
    "small-is-not-zero#hundredth": (
        "contrast[k + 1] < contrast[k] or contrast[k] > 0.01",
        "contrast[k] > 0.01",
    ),
    "a-dip": (" or contrast[k] > 0.01", ""),
    "one-share": (" < least).mean()", " < least)"),
    "more-than-all": (" < least).mean()", " < least).sum()"),
    "more-than-all#percent": (" < least).mean()", " < least).mean() * 100"),
    "kept": (" < least).mean()", " >= least).mean()"),
    "squared": (
        "(abs(np.fft.rfft(psf.sum(axis=0), 2048)) <",
        "(abs(np.fft.rfft(psf.sum(axis=0), 2048)) ** 2 <",
    ),
    "real-part": (
        "(abs(np.fft.rfft(psf.sum(axis=0), 2048)) < least)",
        "(np.fft.rfft(psf.sum(axis=0), 2048).real < least)",
    ),
    "never-comes-back": (
        "return (abs(np.fft.rfft(psf.sum(axis=0), 2048)) < least).mean()",
        "m = abs(np.fft.rfft(psf.sum(axis=0), 2048))\n    return 1 - np.argmax(m < least) / len(m)",
    ),
    "beyond-the-zero": (
        "return (abs(np.fft.rfft(psf.sum(axis=0), 2048)) < least).mean()",
        "return 1 - 2 * first_zero(psf)",
    ),
    "upside-down": (
        "return (abs(np.fft.rfft(psf.sum(axis=0), 2048)) < least).mean()",
        "x = np.arange(len(psf)) - len(psf) // 2\n"
        "    f = np.linspace(0, 0.5, 1001)[:, None]\n"
        "    return ((psf.sum(axis=0) * np.cos(2 * np.pi * f * x)).sum(axis=1) < least).mean()",
    ),
    "share": ("psf.sum(axis=0), 2048", "psf.sum(axis=0), 16"),
    "share#fixed": ("< least", "< 0.1"),
    "calls-the-package": ("    k = 1\n", "    contrast = rl.mtf(psf, size=4096)[1]\n    k = 1\n"),
}

BELIEFS = {
    "one-number": "The MTF is the answer.",
    "units": "A frequency is an angle, or the index in the transform.",
    "found-none": "A zero is a number that is exactly 0; or: n numbers of a PSF are enough of its MTF.",
    "no-such-frequency": "A zero is a number that is exactly 0, or that np.isclose takes for it.",
    "last-bin": "rfft goes up to one cycle a pixel.",
    "a-slice": "The PSF along x is its middle row.",
    "radius": "The formula 0.61 / r holds for the diameter.",
    "formula": "Every PSF is a disk.",
    "other-axis": "Waves along x are summed along x.",
    "not-the-first": "The smallest value is the first zero.",
    "too-coarse": "The transform of n numbers tells the MTF between its bins.",
    "small-is-not-zero": "Small is zero.",
    "a-dip": "Where the MTF turns it is zero.",
    "real-part": "The real part of a transform is its contrast.",
    "never-comes-back": "What is lost at one frequency is lost at all finer ones.",
    "one-share": "The list of lost frequencies is the answer.",
    "more-than-all": "A share is a count, or per cent.",
    "kept": "The share that is left.",
    "squared": "Contrast is power.",
    "beyond-the-zero": "Beyond the first zero everything is lost.",
    "upside-down": "What is below zero is less than nothing, so it is lost.",
    "share": "A few frequencies are enough; or: a tenth was asked for before, so a tenth it is.",
    "calls-the-package": "What the package has need not be understood.",
}


def by_sign_change(psf):
    """The transform about the center is real where the PSF is symmetric: its zero is where the sign turns."""
    n = len(psf)
    f = np.linspace(0, 0.5, 5001)
    x = np.arange(n) - (n - 1) / 2
    real = (np.cos(2 * np.pi * f[:, None] * x) * psf.sum(axis=0)).sum(axis=1)
    return float(f[np.flatnonzero(real <= 0)[0]])


def by_definition(psf, least):
    """Both sums of the definition, frequency by frequency."""
    _, x = np.indices(psf.shape)
    lost = 0
    for f in np.arange(500) / 1000:
        lost += np.hypot(*[(psf * wave(2 * np.pi * f * x)).sum() for wave in (np.cos, np.sin)]) < least
    return lost / 500


def by_scipy(psf):
    """Peaks of the negative MTF."""
    from scipy.signal import find_peaks

    padded = np.zeros((len(psf), 2000))
    padded[:, : len(psf)] = psf
    magnitude = np.abs(np.fft.fft2(padded)[0, :1001])
    return np.linspace(0, 0.5, 1001)[find_peaks(-magnitude, height=-0.01)[0][0]]


def by_padding(psf, least):
    """The row of the two-dimensional transform."""
    padded = np.zeros((len(psf), 4000))
    padded[:, : len(psf)] = psf
    magnitude = np.abs(np.fft.fft2(padded)[0])
    return np.count_nonzero(magnitude < least) / magnitude.size


ALSO_RIGHT = [(by_sign_change, by_definition), (by_scipy, by_padding)]
