"""Masks: read from pictures, written as pictures."""

import io
import os
import warnings
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PIL import Image

from refocuslab.errors import RefocusError, RefocusWarning
from refocuslab.files.plain_files import write_whole
from refocuslab.pictures.formats.samples import full_scale
from refocuslab.pictures.reading import read_samples

_EXPECTED = "must be that of a mask: white (or opaque) where to refocus and black (or transparent) elsewhere"

# Levels of 255: channels that differ by more are a color, means up to _BLACK are black, from _WHITE on white.
# JPEG changes the edge between black and white by some tens of levels.
_COLORED, _BLACK, _WHITE = 64, 24, 231
# Shares of a mask's pixels: colored ones at an edge, at most; a gray that is a region, at least; grays at an
# edge, at most.
_MOST_COLORED, _REGION, _MOST_GRAY = 0.01, 0.05, 0.3
# Pixels of a region, at least: in a small mask, an edge alone can have the share.
_LEAST_REGION = 64


def read_mask(path: str | os.PathLike[str]) -> NDArray[np.bool_]:
    """The mask in a picture's file: True where it is white, or opaque if its transparency is the mask.

    The file is read as ``read_picture`` reads it, but its colors are not converted.

    - Opaque everywhere: True where the mean of red, green and blue is half of white or more. Samples of
      0 and 1, or, at 16 bits, of 0 and 255, are black and white too.
    - Partly transparent, and what is shown is all of one color or a picture: True where alpha is half
      or more.
    - Partly transparent, and what is shown is black and white: True where it is white *and* opaque.

    Parameters
    ----------
    path : str or PathLike
        The file.

    Returns
    -------
    ndarray of bool, (H, W)
        The mask.

    Raises
    ------
    RefocusError
        The file is not read by ``read_picture``, or it may mean two things, and the message says what was
        found: colors (red on black, classes), grays that are regions, values too dark or too light to tell.

    Warns
    -----
    RefocusWarning
        More than 30 % of its pixels are neither black nor white, or ``read_picture`` would warn.
    """
    samples = read_samples(path)
    if samples.kind not in ("gray", "RGB"):
        raise RefocusError("path", _EXPECTED, f"{path}: it has {samples.kind} colors")
    values = samples.values
    if values.shape[2] == 3 and (values == values[:, :, :1]).all():
        values = values[:, :, :1]
    shown = np.ones(values.shape[:2], bool)
    if samples.alpha is not None:
        shown = samples.alpha >= full_scale(samples.alpha.dtype) / 2
        if not shown.any():
            raise RefocusError("path", _EXPECTED, f"{path}: all of it is transparent")
        if not shown.all() and not _is_black_and_white(values, shown):
            return shown
    for text in samples.doubts:
        warnings.warn(f"{path}: {text}", RefocusWarning, stacklevel=2)
    white, doubt = _white(path, values, shown)
    if doubt:
        warnings.warn(f"{path}: {doubt}", RefocusWarning, stacklevel=2)
    return white & shown


def _levels(values: NDArray[Any]) -> NDArray[Any]:
    """The samples as levels, 0 to 255: uint8 or float32."""
    if values.dtype == np.uint8:
        return values
    return values.astype(np.float32) * np.float32(255 / full_scale(values.dtype))


def _is_black_and_white(values: NDArray[Any], shown: NDArray[np.bool_]) -> bool:
    """Whether the colors that are shown are those of a mask: both black and white, and little between."""
    if values.dtype.kind == "i":
        return True
    colors = _levels(values[shown])
    mean = colors.mean(axis=1, dtype=np.float32)
    gray = np.count_nonzero((mean > _BLACK) & (mean < _WHITE))
    colored = np.count_nonzero(np.ptp(colors, axis=1) > _COLORED)
    divided = mean.min() <= _BLACK and mean.max() >= _WHITE
    return bool(divided and colored <= _MOST_COLORED * mean.size and gray <= _MOST_GRAY * mean.size)


def _white(path: object, values: NDArray[Any], shown: NDArray[np.bool_]) -> tuple[NDArray[np.bool_], str]:
    """Where a mask is white, (H, W), and what is doubted; ``shown``: where it is opaque."""

    def refused(found: str) -> RefocusError:
        return RefocusError("path", _EXPECTED, f"{path}: {found}")

    opaque = values[shown]
    if values.dtype.kind == "i":
        if not np.isin(opaque, (0, 1)).all() and not np.isin(opaque, (0, 255)).all():
            raise refused(f"integers {_listed(opaque)} whose white is not known")
        return values[:, :, 0] > 0, ""
    levels = _levels(opaque)
    colored = np.count_nonzero(np.ptp(levels, axis=1) > _COLORED)
    if colored > _MOST_COLORED * len(levels):
        raise refused(f"colors, such as {_most_common(levels)}; paint one of them white and the others black")
    if values.dtype.kind == "u" and opaque.max() > 0 and values.shape[2] == 1:
        for unit in (1,) if values.dtype == np.uint8 else (1, 255):
            if np.isin(opaque, (0, unit)).all():
                return values[:, :, 0] == unit, ""
    white = (
        values.sum(axis=2, dtype=np.float32 if values.dtype.kind == "f" else np.int64)
        >= full_scale(values.dtype) * values.shape[2] / 2
    )
    mean = levels.mean(axis=1, dtype=np.float32)
    darkest, brightest = mean.min(), mean.max()
    if 0 < brightest < 127.5:
        raise refused(f"grays {_listed(opaque)}, none as bright as half of white")
    if 127.5 <= darkest < _WHITE:
        raise refused(f"grays {_listed(opaque)}, none as dark as half of white")
    if len(regions := _regions(mean)) > 2:
        raise refused(
            f"regions of {len(regions)} grays, {_listed(regions)} of 255; paint each white or black"
        )
    unsure = (mean > _BLACK) & (mean < _WHITE)
    for gray in regions:
        unsure &= np.abs(mean - gray) > _BLACK
    share = np.count_nonzero(unsure) / mean.size
    if share > _MOST_GRAY and mean.size > _LEAST_REGION:
        return white, f"{share:.0%} of the mask is neither black nor white: it was divided at half of white"
    return white, ""


def _regions(mean: NDArray[np.floating]) -> NDArray[np.floating]:
    """The grays that are regions of a mask, 0 to 255; grays that pass smoothly into each other are one."""
    counts = np.bincount((mean / 16).astype(np.int64), minlength=17)
    large = counts >= max(_REGION * mean.size, _LEAST_REGION)
    starts = np.flatnonzero(np.diff(large.astype(np.int8), prepend=0, append=0))
    found = []
    for low, high in starts.reshape(-1, 2):
        within = mean[(mean >= 16 * low) & (mean < 16 * high)]
        found.append(np.rint(np.median(within)))
    return np.array(found)


def _most_common(levels: NDArray[Any]) -> str:
    some = np.rint(levels[:: max(1, len(levels) // 10000)]).astype(np.uint8)
    colors, counts = np.unique(some, axis=0, return_counts=True)
    return ", ".join(
        f"({r}, {g}, {b})" for r, g, b in colors[np.argsort(-counts, kind="stable")[:3]].tolist()
    )


def _listed(values: NDArray[Any]) -> str:
    found = np.unique(values)
    text = ", ".join(f"{value:g}" for value in found[:6])
    return text + (f" … {found[-1]:g}" if len(found) > 6 else "")


def write_mask(path: str | os.PathLike[str], mask: ArrayLike) -> None:
    """Write a mask as a black and white PNG file, whole or not at all.

    Parameters
    ----------
    path : str or PathLike
        Where to write.
    mask : array_like of bool, (H, W)
        White where it is True.

    Raises
    ------
    RefocusError
        As for ``write_whole``.
    """
    picture, file = Image.fromarray(np.where(mask, np.uint8(255), np.uint8(0))), io.BytesIO()
    picture.save(file, format="PNG")
    write_whole(path, file.getvalue())
