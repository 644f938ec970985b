"""E3: blur in linear light."""

import numpy as np

TITLE = "Blur in linear light"
UNIT = 1
MINUTES = 20
TASK = """\
The lens adds **light**. A photo does not hold light: it holds sRGB values, about the square root of it, so that the dark
tones get enough of the 256 steps. With $c$ the stored value over 255 and $l$ the light, both from 0 to 1:

$$ l = \\begin{cases} c / 12.92 & c \\le 0.04045 \\\\ ((c + 0.055) / 1.055)^{2.4} & \\text{else} \\end{cases} \\qquad
c = \\begin{cases} 12.92 \\, l & l \\le 0.0031308 \\\\ 1.055 \\, l^{1 / 2.4} - 0.055 & \\text{else} \\end{cases} $$

Write `blur(photo, psf)`: the photo, (H, W, 3) uint8, as a lens with this PSF, (n, n) with n odd, would have taken it. Return
(H, W, 3) uint8, each value the nearest whole number.

- Beyond its frame the photo goes on like in a mirror in its outermost row or column, which does not come twice: beyond the
  edge, `a b c d` becomes `c b a b c d c b`.
- A single bright pixel turns into the PSF itself, not into its mirror image.

Numpy is enough: the sum over the PSF's pixels of a weight times a shifted photo. Write both curves yourself, without the
package's `decode` and `encode`: here you see what these do.
"""


def blur(photo, psf):
    """The photo (H, W, 3) uint8 convolved by the PSF in linear light, (H, W, 3) uint8."""
    # BEGIN SOLUTION
    c = photo / 255
    light = np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)
    r = len(psf) // 2
    wide = np.pad(light, ((r, r), (r, r), (0, 0)), mode="reflect")
    h, w, _ = photo.shape
    out = np.zeros_like(light)
    for i in range(2 * r + 1):
        for j in range(2 * r + 1):
            out += psf[i, j] * wide[2 * r - i : 2 * r - i + h, 2 * r - j : 2 * r - j + w]
    c = np.where(out <= 0.0031308, out * 12.92, 1.055 * out ** (1 / 2.4) - 0.055)
    return np.rint(255 * c).astype(np.uint8)
    # END SOLUTION


_DECODE = "light = np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)"
_ENCODE = "c = np.where(out <= 0.0031308, out * 12.92, 1.055 * out ** (1 / 2.4) - 0.055)"
WRONG = {
    "shape": ('wide = np.pad(light, ((r, r), (r, r), (0, 0)), mode="reflect")\n    h, w, _ = photo.shape\n    out = np.zeros_like(light)',
              "wide = light\n    h, w = photo.shape[0] - 2 * r, photo.shape[1] - 2 * r\n    out = np.zeros((h, w, 3))"),
    "shape#full": (
        "h, w, _ = photo.shape\n    out = np.zeros_like(light)",
        "wide = np.pad(light, ((2 * r, 2 * r), (2 * r, 2 * r), (0, 0)))\n"
        "    h, w = photo.shape[0] + 2 * r, photo.shape[1] + 2 * r\n    out = np.zeros((h, w, 3))",
    ),
    "shape#turned": ("np.rint(255 * c).astype(np.uint8)", "np.rint(255 * c).astype(np.uint8).transpose(1, 0, 2)"),
    "scale": ("np.rint(255 * c)", "np.rint(c)"),
    "scale#bytes": ("c = photo / 255", "c = photo * 1.0"),
    "scale#clipped": [("c = photo / 255", "c = photo * 1.0"), ("np.rint(255 * c)", "np.clip(255 * c, 0, 255)")],
    "order-of-channels": ("    c = photo / 255", "    c = photo[..., ::-1] / 255"),
    "light-in-bytes": ("    r = len(psf) // 2\n", "    light = np.rint(255 * light) / 255\n    r = len(psf) // 2\n"),
    "light-in-bytes#below": (
        "    r = len(psf) // 2\n",
        "    light = (255 * light).astype(np.uint8) / 255\n    r = len(psf) // 2\n",
    ),
    "light-in-bytes#after": (_ENCODE, "out = np.rint(255 * out) / 255\n    " + _ENCODE),
    "not-a-photo": ("np.rint(255 * c).astype(np.uint8)", "255 * c"),
    "not-a-photo#light": ("np.rint(255 * c).astype(np.uint8)", "out"),
    "moves": ("wide[2 * r - i : 2 * r - i + h, 2 * r - j : 2 * r - j + w]", "np.roll(light, (i, j), (0, 1))"),
    "mirrored": (
        "wide[2 * r - i : 2 * r - i + h, 2 * r - j : 2 * r - j + w]",
        "wide[i : i + h, j : j + w]",
    ),
    "mirrored#rows-for-columns": ("psf[i, j]", "psf[j, i]"),
    "channels": ("    r = len(psf) // 2\n", "    light = light.mean(axis=2, keepdims=True) * [1, 1, 1]\n    r = len(psf) // 2\n"),
    "stored-values": [(_DECODE, "light = c"), (_ENCODE, "c = out")],
    "not-encoded": (_ENCODE, "c = out"),
    "not-encoded#twice": (_ENCODE, "c = np.where(out <= 0.04045, out / 12.92, ((out + 0.055) / 1.055) ** 2.4)"),
    "nearly-the-curve": [(_DECODE, "light = c ** 2.2"), (_ENCODE, "c = out ** (1 / 2.2)")],
    "nearly-the-curve#square": [(_DECODE, "light = c**2"), (_ENCODE, "c = np.sqrt(out)")],
    "nearly-the-curve#one-piece": [
        (_DECODE, "light = ((c + 0.055) / 1.055) ** 2.4"),
        (_ENCODE, "c = np.maximum(1.055 * out ** (1 / 2.4) - 0.055, 0)"),
    ],
    "rounded-down": ("np.rint(255 * c)", "(255 * c)"),
    "rounded-up": ("np.rint(255 * c)", "np.ceil(np.round(255 * c, 6))"),
    "beyond-the-frame": ('mode="reflect"', 'mode="constant"'),
    "beyond-the-frame#wrap": ('mode="reflect"', 'mode="wrap"'),
    "beyond-the-frame#edge": ('mode="reflect"', 'mode="edge"'),
    "edge-comes-twice": ('mode="reflect"', 'mode="symmetric"'),
    "calls-the-package": ("    c = photo / 255\n", "    return rl.blur(photo, psf)\n    c = photo / 255\n"),
    "calls-the-package#curves": [
        ("    c = photo / 255\n", "    from refocuslab.optics.light import decode, encode\n    c = photo / 255\n"),
        (_DECODE, "light = decode(photo)"),
        (_ENCODE, "c = encode(out) / 255"),
    ],
}  # fmt: skip

BELIEFS = {
    "shape": "Pixels near the edge have no blur; or: blur makes a photo larger; or: width comes first.",
    "scale": "numpy knows that a photo's largest value is 255.",
    "order-of-channels": "Every library stores a color in the same order.",
    "light-in-bytes": "Light is a photo, too, so bytes hold it.",
    "not-a-photo": "Floats will do; or: the result is light.",
    "moves": "A shift by i and j of the PSF's rows and columns is centered.",
    "mirrored": "A window times the weights is a convolution; or: x comes first.",
    "channels": "Light has no color, so the mean of the three will do.",
    "stored-values": "The numbers in a photo are light.",
    "not-encoded": "Once the light is right, the rest is scaling.",
    "nearly-the-curve": "sRGB is gamma 2.2, or a square root.",
    "rounded-down": "astype rounds.",
    "rounded-up": "Up is the safe side, as no light is lost.",
    "beyond-the-frame": "Beyond the frame it is black; or the photo begins anew; or its last pixel goes on.",
    "edge-comes-twice": "Reflect and symmetric are the same.",
    "calls-the-package": "What the package has need not be understood.",
}


def by_scipy(photo, psf):
    """scipy's convolution, where this mirror is called so; sRGB by a table of 256 values."""
    from scipy.ndimage import convolve as convolved

    stored = np.arange(256) / 255
    table = np.where(stored <= 0.04045, stored / 12.92, np.power((stored + 0.055) / 1.055, 2.4))
    channels = [convolved(table[photo[..., k]], psf, mode="mirror") for k in range(3)]
    shone = np.clip(np.stack(channels, axis=-1), 0, 1)
    dark = shone <= 0.0031308
    values = np.where(dark, 12.92 * shone, 1.055 * shone ** (5 / 12) - 0.055)
    return (255 * values + 0.5).astype(np.uint8)


def by_fourier(photo, psf):
    """A product of spectra, of the photo mirrored on all sides."""
    r, (height, width) = len(psf) // 2, photo.shape[:2]
    stored = np.pad(photo, ((r, r), (r, r), (0, 0)), "reflect") / 255.0
    bent = stored > 0.04045
    stored[bent] = ((stored[bent] + 0.055) / 1.055) ** 2.4
    stored[~bent] /= 12.92
    spectrum = np.fft.fft2(stored, axes=(0, 1)) * np.fft.fft2(psf, stored.shape[:2])[..., None]
    shone = np.maximum(np.fft.ifft2(spectrum, axes=(0, 1)).real[2 * r :, 2 * r :], 0)
    bent = shone > 0.0031308
    shone[bent] = 1.055 * shone[bent] ** (1 / 2.4) - 0.055
    shone[~bent] *= 12.92
    return np.clip(np.round(shone * 255), 0, 255).astype(np.uint8)[:height, :width]


ALSO_RIGHT = [by_scipy, by_fourier]
