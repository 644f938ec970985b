"""E14: a picture that agrees with both."""

import numpy as np

TITLE = "A picture that agrees with both"
UNIT = 4
MINUTES = 30
TASK = """\
`patches` is a picture Z that was put together from focused patches: sharp, but wrong in places. `misfocused` is U, right but
blurred. The **consistent** picture W is near to Z, and blurred it is near to U:

$$ W = \\arg\\min_W \\; \\frac{\\lVert G * W - U \\rVert^2}{\\sigma^2} + \\frac{\\lVert W - Z \\rVert^2}{\\tau^2} . $$

Here G is the PSF, σ the standard deviation of U's noise, τ that of Z's error. The frame repeats itself on all sides, so that
a convolution is a product in Fourier space, and each frequency can be solved on its own. Derive that solution first.

Write `consistent(psf, misfocused, patches, sigma, tau)`:

- `psf`, (m, m), m odd; the center of the PSF is the middle pixel of this array;
- `misfocused` and `patches`, (H, W) float: one channel of light each; H and W may differ, and are larger than m.

Return W, (H, W) real.

Write `reblur_rms(psf, picture, misfocused)`: the root mean square of G * W − U over the frame, one number.
"""


def consistent(psf, misfocused, patches, sigma, tau):
    """W of one channel, (H, W), in closed form."""
    # BEGIN SOLUTION
    kernel = np.zeros(misfocused.shape)
    kernel[: len(psf), : len(psf)] = psf
    kernel = np.roll(kernel, (-(len(psf) // 2), -(len(psf) // 2)), axis=(0, 1))
    K, U, Z = (np.fft.fft2(one) for one in (kernel, misfocused, patches))
    top = np.conj(K) * U / sigma**2 + Z / tau**2
    bottom = abs(K) ** 2 / sigma**2 + 1 / tau**2
    return np.fft.ifft2(top / bottom).real
    # END SOLUTION


def reblur_rms(psf, picture, misfocused):
    """How far the picture, blurred, is from the misfocused photo: a root mean square."""
    # BEGIN SOLUTION
    h = len(psf) // 2
    blurred = np.zeros(picture.shape)
    for i in range(len(psf)):
        for j in range(len(psf)):
            blurred += psf[i, j] * np.roll(picture, (i - h, j - h), axis=(0, 1))
    gap = blurred - misfocused
    return np.sqrt((gap**2).mean())
    # END SOLUTION


_TOP = "top = np.conj(K) * U / sigma**2 + Z / tau**2"
_BOTTOM = "bottom = abs(K) ** 2 / sigma**2 + 1 / tau**2"
_RMS = "return np.sqrt((gap**2).mean())"
_W = "return np.fft.ifft2(top / bottom).real"
WRONG = {
    "a-picture": ("np.fft.fft2(one)", "np.fft.fft2(one, s=np.add(misfocused.shape, len(psf) - 1))"),
    "a-picture#cut": (_W, _W + "[1:-1, 1:-1]"),
    "odd-width": [
        ("np.fft.fft2(one)", "np.fft.rfft2(one)"),
        (_W, "return np.fft.irfft2(top / bottom)"),
    ],
    "complex": ("(top / bottom).real", "(top / bottom)"),
    "divides-by-nothing": (_W, "return np.fft.ifft2(U / K).real"),
    "ignores-patches": (_TOP, "top = np.conj(K) * U / sigma**2"),
    "ignores-photo": (_W, "return patches"),
    "all-or-nothing": (_W, "return np.fft.ifft2(np.where(abs(K) * tau > sigma, U / (K + 1e-30), Z)).real"),
    "divides-by-nothing#bottom": (_BOTTOM, "bottom = abs(K) ** 2 / sigma**2"),
    "flat-gray": (_BOTTOM, "bottom = abs(K) ** 2 / sigma**2 + 1 / tau"),
    "flat-gray#mean": (_W, "return np.fft.ifft2(U / sigma**2 + Z / tau**2).real"),
    "displaced": (
        "kernel = np.roll(kernel, (-(len(psf) // 2), -(len(psf) // 2)), axis=(0, 1))",
        "kernel = kernel + 0",
    ),
    "displaced#shift": (
        "kernel = np.roll(kernel, (-(len(psf) // 2), -(len(psf) // 2)), axis=(0, 1))",
        "kernel = np.fft.fftshift(kernel)",
    ),
    "mirrored": ("np.conj(K) * U", "K * U"),
    "sigma-tau-swapped": ("K, U, Z = (", "sigma, tau = tau, sigma\n    K, U, Z = ("),
    "not-squared": [(_TOP, _TOP.replace("**2", "")), (_BOTTOM, "bottom = abs(K) ** 2 / sigma + 1 / tau")],
    "not-the-least": (_BOTTOM, "bottom = abs(K) / sigma**2 + 1 / tau**2"),
    "one-number": ("return np.sqrt((gap**2).mean())", "return np.sqrt(gap**2)"),
    "not-blurred": ("gap = blurred - misfocused", "gap = picture - misfocused"),
    "no-root": (_RMS, "return (gap**2).mean()"),
    "no-root#sum": (_RMS, "return np.sqrt((gap**2).sum())"),
    "dark-beyond-the-frame": (
        "gap = blurred - misfocused",
        "from scipy import ndimage\n    gap = ndimage.convolve(picture, psf, mode='constant') - misfocused",
    ),
    "blurred-in-a-mirror": ("(i - h, j - h)", "(h - i, h - j)"),
    "another-reblur": (_RMS, "return abs(gap).mean()"),
}

BELIEFS = {
    "a-picture": "A convolution makes the picture larger or smaller.",
    "odd-width": "The inverse of rfft2 knows how wide the picture was.",
    "complex": "What comes out of a Fourier transform is a picture already.",
    "divides-by-nothing": "Division by K undoes the blur.",
    "ignores-patches": "σ and τ only hold the division back; Z has no part in the sum above.",
    "ignores-photo": "A sharp picture needs no U.",
    "all-or-nothing": "At each frequency one of the two is right.",
    "flat-gray": "The weights need not add up.",
    "displaced": "The kernel's place in its array does not matter.",
    "mirrored": "The adjoint of a blur is the blur.",
    "sigma-tau-swapped": "It does not matter which of the two stands where.",
    "not-squared": "What is weighed is 1/σ.",
    "not-the-least": "K and |K|² are much alike.",
    "one-number": "A map is a measure.",
    "not-blurred": "W itself should be near to U.",
    "no-root": "A mean of squares is as good; or a sum is.",
    "dark-beyond-the-frame": "Beyond the frame it is dark.",
    "blurred-in-a-mirror": "Correlation is convolution.",
    "another-reblur": "A mean of absolute values is much the same.",
}


def nudged(psf, misfocused, patches, sigma, tau):
    """Z and what U says against it: the same solution, written as a correction."""
    m, (height, width) = len(psf), misfocused.shape
    at = np.arange(m) - m // 2
    grid = np.zeros((height, width))
    grid[np.ix_(at % height, at % width)] = psf
    otf = np.fft.rfft2(grid)
    against = np.fft.rfft2(misfocused) - otf * np.fft.rfft2(patches)
    wiener = otf.conj() / (np.abs(otf) ** 2 + (sigma / tau) ** 2)
    return patches + np.fft.irfft2(wiener * against, s=misfocused.shape)


def rms_in_frequencies(psf, picture, misfocused):
    """By Parseval's theorem."""
    m, grid = len(psf), np.zeros(picture.shape)
    at = np.arange(m) - m // 2
    grid[np.ix_(at, at)] = psf
    left = np.fft.fft2(grid) * np.fft.fft2(picture) - np.fft.fft2(misfocused)
    return np.linalg.norm(left) / left.size


def by_matrices(psf, misfocused, patches, sigma, tau):
    """The normal equations, written out: a row for each pixel."""
    blur = _matrix(psf, misfocused.shape)
    left = blur.T @ blur / sigma**2 + np.eye(misfocused.size) / tau**2
    right = blur.T @ misfocused.ravel() / sigma**2 + patches.ravel() / tau**2
    return np.linalg.solve(left, right).reshape(misfocused.shape)


def rms_by_matrix(psf, picture, misfocused):
    """The same matrix."""
    off = _matrix(psf, picture.shape) @ picture.ravel() - misfocused.ravel()
    return (off @ off / len(off)) ** 0.5


def _matrix(psf, shape):
    h, pixels = len(psf) // 2, np.arange(shape[0] * shape[1]).reshape(shape)
    blur = np.zeros((pixels.size, pixels.size))
    for (i, j), weight in np.ndenumerate(psf):
        blur[pixels.ravel(), np.roll(pixels, (i - h, j - h), axis=(0, 1)).ravel()] += weight
    return blur


ALSO_RIGHT = [(nudged, rms_in_frequencies), (by_matrices, rms_by_matrix)]
