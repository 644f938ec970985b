"""Linear light and the sRGB values that photos hold: decode and encode.

Defocus adds light, so a PSF acts on *linear* light. Photos hold sRGB *encoded* values; every
function that takes a photo decodes it, works, and encodes it again. With ``light="encoded"``
the encoded values are taken for light as they stand.
"""

from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from refocuslab.checks import check_choice
from refocuslab.running.finite import finite

# Where a PSF acts: on light, or on the stored values.
LightKind = Literal["linear", "encoded"]
LIGHTS: tuple[LightKind, ...] = get_args(LightKind)


def decode(image: ArrayLike, *, light: LightKind = "linear") -> NDArray[np.float64]:
    """Light from sRGB values: l = c/12.92 if c <= 0.04045, else ((c + 0.055)/1.055)^2.4.

    Parameters
    ----------
    image : array_like, uint8 or float
        Encoded values of any shape, 0..255, and c = image/255.
    light : {"linear", "encoded"}
        "encoded" returns c itself.

    Returns
    -------
    ndarray of float64
        Linear light 0..1, in the shape of ``image``.

    Raises
    ------
    RefocusError
        ``light`` is none of the two.
    """
    check_choice("light", light, LIGHTS)
    values = np.asarray(image)
    if values.dtype == np.uint8:
        by_value: NDArray[np.float64] = decode(np.arange(256.0), light=light)[values]
        return by_value
    c: NDArray[np.float64] = values / 255.0
    if light == "encoded":
        return c
    # The power is taken of every value, so keep it away from negative ones.
    linear: NDArray[np.float64] = np.where(
        c <= 0.04045, c / 12.92, ((np.maximum(c, 0) + 0.055) / 1.055) ** 2.4
    )
    return linear


def encode(image: ArrayLike, *, light: LightKind = "linear") -> NDArray[np.uint8]:
    """The inverse of ``decode``: c = 12.92 l if l <= 0.0031308, else 1.055 l^(1/2.4) - 0.055.

    Light beyond the range is clipped, as a sensor does; the rest goes to the nearest value.

    Parameters
    ----------
    image : array_like of float
        Light l of any shape, 0..1.
    light : {"linear", "encoded"}
        With "encoded", c is l itself.

    Returns
    -------
    ndarray of uint8
        sRGB values 0..255, the nearest to 255 c, in the shape of ``image``.

    Raises
    ------
    RefocusError
        Light is NaN or infinite (a cast would make it black without a word), or ``light`` is none of the
        two.
    """
    check_choice("light", light, LIGHTS)
    finite("encoding", image)
    c: NDArray[np.floating[Any]] = np.clip(image, 0.0, 1.0)
    if light == "linear":
        c = np.where(c <= 0.0031308, c * 12.92, 1.055 * c ** (1 / 2.4) - 0.055)
    # Half a gray level must not fall by the last bit of an FFT, which differs between machines.
    gray: NDArray[np.uint8] = np.rint(np.round(255 * c, 6)).astype(np.uint8)
    return gray


def gray(image: NDArray[Any], dtype: DTypeLike = np.float64) -> NDArray[Any]:
    """The mean of three channels, (H, W): as ``image.mean(axis=2, dtype=dtype)``, in a sixth of the time.

    Parameters
    ----------
    image : ndarray, (H, W, 3)
        In any units.
    dtype : dtype
        Of the sum and of the mean.
    """
    total: NDArray[Any] = image[..., 0].astype(dtype)
    total += image[..., 1]
    total += image[..., 2]
    total /= 3
    return total


def gray_levels_per_light(image: ArrayLike, light: LightKind) -> NDArray[np.float64]:
    """Gray levels per unit of light: the slope of the encoding, by a central difference of one level.

    Parameters
    ----------
    image : array_like
        Encoded values, 0..255, of any shape.
    light : {"linear", "encoded"}
        What blur acts on; 255 everywhere for "encoded".

    Returns
    -------
    ndarray
        float64, of the shape of ``image``.
    """
    if light == "encoded":
        return np.full(np.shape(image), 255.0)
    given = np.asarray(image)
    if given.dtype == np.uint8:
        by_value: NDArray[np.float64] = gray_levels_per_light(np.arange(256.0), light)[given]
        return by_value
    step = 0.5
    values = np.clip(given, step, 255 - step)
    return 2 * step / (decode(values + step, light=light) - decode(values - step, light=light))
