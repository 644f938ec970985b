"""ICC color profiles: what they make of a picture's samples, in sRGB."""

import io
import itertools
import struct
from collections.abc import Callable

import numpy as np
from PIL import Image, ImageCms

from refocuslab.pictures.color import srgb
from refocuslab.pictures.color.primaries import Space, power
from refocuslab.pictures.formats.samples import Samples, Unreadable, channels, full_scale

_KINDS = {b"GRAY": "grey", b"RGB ": "RGB", b"CMYK": "CMYK", b"Lab ": "Lab"}
_MODES = {"grey": "L", "RGB": "RGB", "CMYK": "CMYK"}

# How far beyond black or white counts as a color that sRGB does not have: profiles and 8-bit files
# are rounded, which moves sRGB's own purest colors by up to two levels.
_BEYOND = 3 / 255

# Rows are converted some million pixels at a time, or the float64 of a large photo would fill the memory.
_AT_ONCE = 1 << 20


def in_srgb(samples: Samples) -> tuple[np.ndarray, np.ndarray | None, list[str]]:
    """The image (H, W, 3) uint8 in sRGB, the same in uint16 where the samples have more than 8 bits, and
    what was found.
    """
    values, doubts = samples.values, []
    convert = None
    if samples.profile:
        try:
            convert = _conversion(samples)
        except _NotUsable as why:
            text = f"its color profile {why} and is left out: the colors may be wrong; convert it to sRGB"
            doubts.append(text)
    if convert is None and samples.space is not None and samples.kind in ("grey", "RGB"):
        grey = samples.kind == "grey" and samples.space.primaries is not None
        space = Space(samples.space.curves[:1]) if grey else samples.space
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


def _conversion(samples: Samples) -> Callable[[np.ndarray], np.ndarray] | None:
    """What turns values into sRGB, None where they are sRGB already."""
    profile = samples.profile
    try:
        kind, tags = _tags(profile)
        if kind != samples.kind:
            raise _NotUsable(f"is for {kind or 'other'} pictures, not for {samples.kind}")
        if kind == "Lab":
            return _of_lab
        space = None
        if kind == "grey" and b"kTRC" in tags:
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


def _tags(profile: bytes) -> tuple[str | None, dict[bytes, bytes]]:
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


def _xyz(tag: bytes) -> np.ndarray:
    return np.array(struct.unpack_from(">3i", tag, 8)) / 65536


def _curve(tag: bytes) -> np.ndarray:
    """The light 0 … 1 of each of 65,536 values, of a tag of type curv or para."""
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
    g, a, b, c, d, e, f = (
        *(n / 65536 for n in struct.unpack_from(f">{count}i", tag, 12)),
        *[0.0] * (7 - count),
    )
    if form == 0:
        return power(g)
    if form in (1, 2):  # c, where it is given, is added everywhere
        c, d, e, f = 0.0, -b / a, c, c
    curved = np.maximum(a * x + b, 0) ** g + e
    return np.clip(np.where(x >= d, curved, c * x + f), 0, 1)


def _by_lcms(profile: bytes, kind: str) -> Callable[[np.ndarray], np.ndarray]:
    """The conversion of a profile made of tables.

    LCMS takes 8 bits; what lies between two of their values is interpolated between what LCMS makes of
    the corners of its cell, so that 16 bits are not crushed.
    """
    transform = ImageCms.buildTransform(
        ImageCms.ImageCmsProfile(io.BytesIO(profile)),
        ImageCms.ImageCmsProfile(io.BytesIO(srgb.profile())),
        _MODES[kind],
        "RGB",
        renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
        flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
    )

    def eight_bits(values: np.ndarray) -> np.ndarray:
        shape = values.shape
        picture = Image.fromarray(
            np.ascontiguousarray(values[..., 0] if shape[-1] == 1 else values), _MODES[kind]
        )
        return np.asarray(ImageCms.applyTransform(picture, transform)) / 255

    def convert(values: np.ndarray) -> np.ndarray:
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


def _of_lab(lab: np.ndarray) -> np.ndarray:
    y = (lab[..., 0].astype(np.float64) + 16) / 116
    roots = np.stack([y + lab[..., 1] / 500.0, y, y - lab[..., 2] / 200.0], axis=-1)
    xyz = np.where(roots > 6 / 29, roots**3, (roots - 4 / 29) * 3 * (6 / 29) ** 2) * srgb.D50
    return srgb.encoded(xyz @ np.linalg.inv(srgb.TO_XYZ).T)


def _of_inks(values: np.ndarray) -> np.ndarray:
    paper = 1 - values / full_scale(values.dtype)
    return paper[..., :3] * paper[..., 3:]


def _converted(values: np.ndarray, convert) -> tuple[np.ndarray, np.ndarray | None, int]:
    height, width = values.shape[:2]
    image = np.empty((height, width, 3), np.uint8)
    deep = np.empty((height, width, 3), np.uint16) if values.dtype != np.uint8 else None
    beyond, rows = 0, max(1, _AT_ONCE // width)
    for top in range(0, height, rows):
        part = slice(top, top + rows)
        colors = convert(values[part])
        beyond += np.count_nonzero(((colors < -_BEYOND) | (colors > 1 + _BEYOND)).any(axis=2))
        np.clip(colors, 0, 1, out=colors)
        image[part] = np.rint(255 * colors)
        if deep is not None:
            deep[part] = np.rint(65535 * colors)
    return image, deep, beyond


def _plain(values: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
    if values.dtype.kind == "i":
        raise Unreadable("its integers have no white that is known: export it with 8 or 16 bits")
    values = np.repeat(values, 3, axis=2) if values.shape[2] == 1 else values
    if not values.flags.writeable:  # as Pillow's are
        values = values.copy()
    if values.dtype == np.uint8:
        return values, None
    if values.dtype.kind == "f":
        return (*_converted(values, np.asarray)[:2],)
    # 255 / 65535 is 1/257, and no sample lies half-way between two results.
    image = np.empty(values.shape, np.uint8)
    for row in range(len(values)):
        image[row] = (values[row].astype(np.uint32) + 128) // 257
    return image, values
