"""Linear light and the sRGB values that photos hold: decode and encode.

Defocus adds light, so a PSF acts on *linear* light. Photos hold sRGB *encoded* values; every
function that takes a photo decodes it, works, and encodes it again. With ``light="encoded"``
the encoded values are taken for light as they stand.
"""

import numpy as np

from refocuslab.checks import check_choice
from refocuslab.running.finite import finite

LIGHTS = ("linear", "encoded")


def decode(image, *, light: str = "linear") -> np.ndarray:
    """Light from sRGB values: l = c/12.92 if c <= 0.04045, else ((c + 0.055)/1.055)^2.4.

    ``image``: encoded values of any shape, uint8 or float, 0..255, and c = image/255.
    Returns float64 of that shape, linear light 0..1; for ``light="encoded"`` it is c itself.
    """
    check_choice("light", light, LIGHTS)
    image = np.asarray(image)
    if image.dtype == np.uint8:
        return decode(np.arange(256.0), light=light)[image]
    c = image / 255.0
    if light == "encoded":
        return c
    # The power is taken of every value, so keep it away from negative ones.
    return np.where(c <= 0.04045, c / 12.92, ((np.maximum(c, 0) + 0.055) / 1.055) ** 2.4)


def encode(image, *, light: str = "linear") -> np.ndarray:
    """The inverse of ``decode``, as uint8: light 0..1 of any shape to sRGB values 0..255.

    Light beyond the range is clipped, as a sensor does; the rest goes to the nearest value. Light that is
    NaN or infinite raises a ``RefocusError``: a cast would make it black without a word.
    """
    check_choice("light", light, LIGHTS)
    finite("encoding", image)
    c = np.clip(image, 0.0, 1.0)
    if light == "linear":
        c = np.where(c <= 0.0031308, c * 12.92, 1.055 * c ** (1 / 2.4) - 0.055)
    # Half a grey level must not fall by the last bit of an FFT, which differs between machines.
    return np.rint(np.round(255 * c, 6)).astype(np.uint8)


def grey_levels_per_light(image, light: str) -> np.ndarray:
    """How many grey levels a unit of light is at encoded values 0..255: the slope of the encoding."""
    if light == "encoded":
        return np.full(np.shape(image), 255.0)
    step = 0.5
    image = np.clip(image, step, 255 - step)
    return 2 * step / (decode(image + step, light=light) - decode(image - step, light=light))
