"""Samples of a picture converted to sRGB, by its ICC color profile if it has one."""

import io
import itertools
import struct
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

from refocuslab.pictures.color import srgb
from refocuslab.pictures.color.primaries import Space, power
from refocuslab.pictures.formats.samples import ColorKind, Samples, Unreadable, channels, full_scale

# A conversion takes samples, (H, W, C), to sRGB, (H, W, 3) of 0 to 1; beyond for colors that sRGB has not.
_Conversion = Callable[[NDArray[Any]], NDArray[np.floating]]

# What profiles and Pillow call the kinds of colors.
_KINDS: dict[bytes, ColorKind] = {b"GRAY": "gray", b"RGB ": "RGB", b"CMYK": "CMYK", b"Lab ": "Lab"}
_MODES: dict[ColorKind, str] = {"gray": "L", "RGB": "RGB", "CMYK": "CMYK"}

# A color beyond black or white by more is one that sRGB does not have. Profiles and files of 8 bits are
# rounded, which moves sRGB's own primaries by up to two levels.
_BEYOND = 3 / 255

# Pixels that are converted at a time: in float64 they take 24 MB, a photo of 24 megapixels 0.6 GB.
_AT_ONCE = 1 << 20


def in_srgb(samples: Samples) -> tuple[NDArray[np.uint8], NDArray[np.uint16] | None, list[str]]:
    """Samples converted to sRGB.

    Parameters
    ----------
    samples : Samples
        Their profile tells the color space, or else their ``space``, or else it is sRGB.

    Returns
    -------
    image : ndarray of uint8, (H, W, 3)
        The picture, sRGB; it may be the samples themselves.
    deep : ndarray of uint16, (H, W, 3), or None
        The same at 16 bits, if the samples have more than 8.
    doubts : list of str
        What the picture's owner may not expect, a sentence each.

    Raises
    ------
    Unreadable
        The samples are integers whose white is not known.
    """
    values, doubts = samples.values, []
    convert: _Conversion | None = None
    if samples.profile:
        try:
            convert = _conversion(samples)
        except _NotUsable as why:
            text = f"its color profile {why} and is left out: the colors may be wrong; convert it to sRGB"
            doubts.append(text)
    if convert is None and samples.space is not None and samples.kind in ("gray", "RGB"):
        gray = samples.kind == "gray" and samples.space.primaries is not None
        space = Space(samples.space.curves[:1]) if gray else samples.space
        convert = None if space.is_srgb else space.srgb
    if convert is None and samples.kind == "Lab":
        convert = _of_lab
    if convert is None and samples.kind == "CMYK":
        doubts.append(
            "its inks (CMYK) come without a color profile: the colors are a guess; convert it to sRGB"
        )
        convert = _of_inks
    if convert is None:
        return *_plain(values), doubts
    image, deep, beyond = _converted(values, convert)
    if beyond:
        share = beyond / (values.shape[0] * values.shape[1])
        found = f"{max(share, 0.0001):.2%} of its pixels have colors that sRGB does not have"
        doubts.append(f"{found}: they became the nearest")
    return image, deep, doubts


class _NotUsable(Exception):
    """A profile that does not say what the samples mean."""


def _conversion(samples: Samples) -> _Conversion | None:
    """The conversion that the profile describes; None where that is of sRGB itself."""
    profile = samples.profile
    try:
        kind, tags = _tags(profile)
        if kind != samples.kind:
            raise _NotUsable(f"is for {kind or 'other'} pictures, not for {samples.kind}")
        if kind == "Lab":
            return _of_lab
        space = None
        if kind == "gray" and b"kTRC" in tags:
            space = Space((_curve(tags[b"kTRC"]),))
        elif kind == "RGB" and b"A2B0" not in tags and b"A2B1" not in tags:
            columns = [_xyz(tags[name]) for name in (b"rXYZ", b"gXYZ", b"bXYZ")]
            space = Space(
                tuple(_curve(tags[name]) for name in (b"rTRC", b"gTRC", b"bTRC")), np.stack(columns, axis=1)
            )
        if space is not None:
            return None if space.is_srgb else space.srgb
        return _by_lcms(profile, kind)
    except _NotUsable:
        raise
    except Exception as error:  # LCMS and struct meet a damaged profile with errors of many types
        raise _NotUsable("is damaged") from error


def _tags(profile: bytes) -> tuple[ColorKind | None, dict[bytes, bytes]]:
    if len(profile) < 132 or profile[36:40] != b"acsp" or len(profile) < struct.unpack_from(">I", profile)[0]:
        raise _NotUsable("is damaged")
    if profile[12:16] in (b"link", b"abst", b"nmcl"):
        raise _NotUsable("is none of a picture")
    (count,) = struct.unpack_from(">I", profile, 128)
    tags = {}
    for i in range(min(count, 200)):
        name, start, size = struct.unpack_from(">4sII", profile, 132 + 12 * i)
        tags[name] = profile[start : start + size]
    return _KINDS.get(profile[16:20]), tags


def _xyz(tag: bytes) -> NDArray[np.float64]:
    return np.array(struct.unpack_from(">3i", tag, 8)) / 65536


def _curve(tag: bytes) -> NDArray[np.float64]:
    """The curve of a tag of type curv or para: the light, 0 to 1, of each of 65,536 values."""
    x = np.linspace(0, 1, 65536)
    if tag[:4] == b"curv":
        (count,) = struct.unpack_from(">I", tag, 8)
        if count == 0:
            return x
        if count == 1:
            return power(struct.unpack_from(">H", tag, 12)[0] / 256)
        table = np.frombuffer(tag, ">u2", count, 12) / 65535
        return np.interp(x, np.linspace(0, 1, count), table)
    if tag[:4] != b"para":
        raise _NotUsable("has a curve of an unknown type")
    (form,) = struct.unpack_from(">H", tag, 8)
    count = (1, 3, 4, 5, 7)[form]
    fixed = [n / 65536 for n in struct.unpack_from(f">{count}i", tag, 12)]
    g, a, b, c, d, e, f = fixed + [0.0] * (7 - count)
    if form == 0:
        return power(g)
    if form in (1, 2):  # c, if it is given, is added to both branches
        c, d, e, f = 0.0, -b / a, c, c
    curved = np.maximum(a * x + b, 0) ** g + e
    light: NDArray[np.float64] = np.clip(np.where(x >= d, curved, c * x + f), 0, 1)
    return light


def _by_lcms(profile: bytes, kind: ColorKind) -> _Conversion:
    """The conversion of a profile of tables.

    LCMS, within Pillow, converts 8 bits only. Samples of more bits are interpolated linearly between
    LCMS's results at the corners of their cell of 8-bit values.
    """
    transform = ImageCms.buildTransform(
        ImageCms.ImageCmsProfile(io.BytesIO(profile)),
        ImageCms.ImageCmsProfile(io.BytesIO(srgb.profile())),
        _MODES[kind],
        "RGB",
        renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
        flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
    )

    def eight_bits(values: NDArray[np.uint8]) -> NDArray[np.float64]:
        shape = values.shape
        picture = Image.fromarray(
            np.ascontiguousarray(values[..., 0] if shape[-1] == 1 else values), _MODES[kind]
        )
        return np.asarray(ImageCms.applyTransform(picture, transform)) / 255

    def convert(values: NDArray[Any]) -> NDArray[np.float64]:
        if values.dtype == np.uint8:
            return eight_bits(values)
        place = np.clip(values * (255 / full_scale(values.dtype)), 0, 255)
        low = np.minimum(place.astype(np.uint8), 254)
        share = place - low
        total = np.zeros((*values.shape[:-1], 3))
        for corner in itertools.product((0, 1), repeat=channels(kind)):
            weight = np.where(corner, share, 1 - share).prod(axis=-1, keepdims=True)
            total += weight * eight_bits(low + np.array(corner, np.uint8))
        return total

    return convert


def _of_lab(lab: NDArray[Any]) -> NDArray[np.float64]:
    y = (lab[..., 0].astype(np.float64) + 16) / 116
    roots = np.stack([y + lab[..., 1] / 500.0, y, y - lab[..., 2] / 200.0], axis=-1)
    xyz = np.where(roots > 6 / 29, roots**3, (roots - 4 / 29) * 3 * (6 / 29) ** 2) * srgb.D50
    return srgb.encoded(xyz @ np.linalg.inv(srgb.TO_XYZ).T)


def _of_inks(values: NDArray[Any]) -> NDArray[np.float64]:
    paper: NDArray[np.float64] = 1 - values / full_scale(values.dtype)
    return paper[..., :3] * paper[..., 3:]


def _converted(
    values: NDArray[Any], convert: _Conversion
) -> tuple[NDArray[np.uint8], NDArray[np.uint16] | None, int]:
    """The picture at 8 and at 16 bits, and how many of its pixels sRGB does not have."""
    height, width = values.shape[:2]
    image = np.empty((height, width, 3), np.uint8)
    deep = np.empty((height, width, 3), np.uint16) if values.dtype != np.uint8 else None
    beyond, rows = 0, max(1, _AT_ONCE // width)
    for top in range(0, height, rows):
        part = slice(top, top + rows)
        colors = convert(values[part])
        beyond += int(np.count_nonzero(((colors < -_BEYOND) | (colors > 1 + _BEYOND)).any(axis=2)))
        np.clip(colors, 0, 1, out=colors)
        image[part] = np.rint(255 * colors)
        if deep is not None:
            deep[part] = np.rint(65535 * colors)
    return image, deep, beyond


def _plain(values: NDArray[Any]) -> tuple[NDArray[np.uint8], NDArray[np.uint16] | None]:
    """Samples that are sRGB already, at 8 and, if they have more, at 16 bits."""
    if values.dtype.kind == "i":
        raise Unreadable("its integers have no white that is known: export it with 8 or 16 bits")
    values = np.repeat(values, 3, axis=2) if values.shape[2] == 1 else values
    if not values.flags.writeable:  # as Pillow's are
        values = values.copy()
    if values.dtype == np.uint8:
        return values, None
    if values.dtype.kind == "f":
        return _converted(values, np.asarray)[:2]
    # The rounded v 255 / 65535 = v / 257; 257 is odd, so no v lies half-way between two results.
    image = np.empty(values.shape, np.uint8)
    for row in range(len(values)):
        image[row] = (values[row].astype(np.uint32) + 128) // 257
    return image, values
