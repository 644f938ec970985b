"""Pictures read from files: upright, in sRGB, or refused with a reason."""

import os
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from refocuslab.checks import megapixels
from refocuslab.errors import PhotoError, RefocusError, RefocusWarning
from refocuslab.files.plain_files import check_plain_file
from refocuslab.pictures import icc_profiles
from refocuslab.pictures.formats import exif, kinds, pillow_reading, raw_reading
from refocuslab.pictures.formats.samples import Samples, Unreadable, full_scale
from refocuslab.pictures.picture import Picture

# Bytes of a pixel, at most: four samples of 32 bits. A file of more holds something else.
_BYTES = 16
# How sentences on files begin that came to harm, and what helps.
_DEFECTS = ("it is empty", "it is cut off", "it is damaged", "it is no picture")
_READABLE = "must be that of a readable photo"
_AGAIN = "copy it from the camera once more, or export it again"


def read_photo(path: str | os.PathLike[str]) -> NDArray[np.uint8]:
    """The photo in a file, upright as its orientation says, and in sRGB.

    PNG, JPEG, TIFF, WebP, AVIF, JPEG 2000, GIF, BMP, PPM, QOI, HEIC where pillow-heif is installed, and
    camera raw where rawpy is, developed in the camera's white balance. Gray and palettes become RGB,
    samples s of 16 bits round(255 s / 65535), and colors are converted from the file's color profile to
    sRGB.

    Parameters
    ----------
    path : str or PathLike
        The file.

    Returns
    -------
    ndarray of uint8, (H, W, 3)
        The photo, sRGB.

    Raises
    ------
    RefocusError
        The file is missing, no plain file, damaged or cut off, of more megapixels than are read, or of
        a format that is not read.

    Warns
    -----
    RefocusWarning
        Something was done to the file's picture that its owner may not expect.

    See Also
    --------
    refocuslab.pictures.reading.read_picture : With transparency, 16 bits and the camera's data.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from PIL import Image
    >>> from refocuslab import read_photo
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "photo.jpg"
    ...     exif = Image.Exif()
    ...     exif[0x0112] = 6  # held upright: the camera's rows are columns
    ...     Image.new("RGB", (40, 30)).save(path, exif=exif)
    ...     read_photo(path).shape
    (40, 30, 3)
    """
    return _picture(path, stacklevel=3).image


def read_picture(path: str | os.PathLike[str]) -> Picture:
    """The picture in a file, upright as its orientation says and in sRGB, with what else the file says.

    PNG, JPEG, TIFF, WebP, AVIF, JPEG 2000, GIF, BMP, PPM, QOI, HEIC where pillow-heif is installed, and
    camera raw where rawpy is, developed in the camera's white balance. Gray and palettes become RGB,
    samples s of 16 bits round(255 s / 65535). Colors are converted from the file's color profile, or from
    what it says of them elsewhere (PNG chunks, EXIF data), to sRGB. Of several pictures, the first is
    taken. Of a picture with transparency, ``alpha`` says where it is shown; below wholly transparent
    pixels, ``image`` has the color of the nearest pixel that is not.

    Parameters
    ----------
    path : str or PathLike
        The file.

    Returns
    -------
    Picture
        The picture, and what else the file says of it.

    Raises
    ------
    RefocusError
        The file is missing, no plain file, damaged or cut off, of more megapixels than are read, or of
        a format that is not read.

    Warns
    -----
    RefocusWarning
        Once for each of the picture's ``doubts``.
    """
    return _picture(path, stacklevel=3)


def read_samples(path: str | os.PathLike[str]) -> Samples:
    """The samples in a picture's file, upright, their colors not converted.

    Parameters
    ----------
    path : str or PathLike
        The file.

    Raises
    ------
    RefocusError
        As for ``read_picture``.
    """
    plain = check_plain_file("path", path, largest=int(megapixels() * 1e6 * _BYTES))
    try:
        with plain.open("rb") as file:
            kind = kinds.kind_of(file.read(256), plain.suffix)
        with warnings.catch_warnings(record=True) as odd:
            warnings.simplefilter("always")
            found = _reader(kind)(plain)
        found.doubts += sorted(
            {f"something in it is odd ({w.message})" for w in odd if w.category is UserWarning}
        )
    except RefocusError:
        raise
    except Unreadable as why:
        raise PhotoError("path", _READABLE, path, _remedied(why)) from None
    except Exception as error:  # Pillow and tifffile meet a damaged file with a dozen types of error
        damage = f"it is damaged or cut off ({_said(error)})"
        raise PhotoError("path", _READABLE, path, _remedied(damage)) from error
    if 0 in found.values.shape:
        raise PhotoError("path", _READABLE, path, "it has no pixels")
    found.values = upright(found.values, found.orientation)
    if found.alpha is not None:
        found.alpha = upright(found.alpha, found.orientation)
        if (found.alpha == full_scale(found.alpha.dtype)).all():
            found.alpha = None
    return found


def _reader(kind: str) -> Callable[[Path], Samples]:
    if kind == "TIFF":
        from refocuslab.pictures.tiff import tiff_reading  # slow to import

        return tiff_reading.read
    if kind == "RAW":
        return raw_reading.read
    return partial(pillow_reading.read, kind=kind)


def upright(values: NDArray[Any], orientation: int) -> NDArray[Any]:
    """A picture rotated and mirrored as its EXIF orientation asks.

    Parameters
    ----------
    values : ndarray, (H, W) or (H, W, C)
        The picture as it is stored.
    orientation : int
        1 to 8; from 5 on, the sides are exchanged.

    Returns
    -------
    ndarray
        A contiguous array of the same type.
    """
    if orientation >= 5:
        values = values.swapaxes(0, 1)
    mirrored = {2: (0, 1), 3: (1, 1), 4: (1, 0), 6: (0, 1), 7: (1, 1), 8: (1, 0)}
    down, across = mirrored.get(orientation, (0, 0))
    return np.ascontiguousarray(values[:: -1 if down else 1, :: -1 if across else 1])


def _picture(path: str | os.PathLike[str], stacklevel: int) -> Picture:
    found = read_samples(path)
    doubts, kept = list(found.doubts), b""
    if found.exif is not None:
        if not found.profile and found.space is None:
            found.space, more = exif.space(found.exif)
            doubts += more
        kept, more = exif.kept(found.exif)
        doubts += more
    try:
        image, deep, more = icc_profiles.in_srgb(found)
    except Unreadable as why:
        raise PhotoError("path", _READABLE, path, str(why)) from None
    doubts += more
    alpha = None
    if found.alpha is not None:
        alpha = np.rint(found.alpha * (255 / full_scale(found.alpha.dtype))).astype(np.uint8)
        doubts += _shown(path, image, deep, alpha)
    for text in doubts:
        warnings.warn(f"{path}: {text}", RefocusWarning, stacklevel=stacklevel)
    return Picture(image, alpha, deep, kept, found.dpi, tuple(doubts))


def _shown(
    path: object, image: NDArray[np.uint8], deep: NDArray[np.uint16] | None, alpha: NDArray[np.uint8]
) -> list[str]:
    """Give wholly transparent pixels, in place, the color of the nearest that is not; returns a doubt."""
    from scipy.ndimage import distance_transform_edt

    hidden = alpha == 0
    if hidden.all():
        raise PhotoError("path", "must be that of a photo to be seen", path, "it is wholly transparent")
    if hidden.any():
        nearest = distance_transform_edt(hidden, return_distances=False, return_indices=True)
        where = tuple(axis[hidden] for axis in nearest)
        for colors in (image, deep):
            if colors is not None:
                colors[hidden] = colors[where]
    share = np.count_nonzero(alpha < 255) / alpha.size
    return [
        f"{max(share, 0.0001):.2%} of it is transparent, wholly or in part; colors hidden there are not used"
    ]


def _remedied(why: object) -> str:
    """Why a file is not read, with what to do where its defect alone is told."""
    text = str(why)
    return f"{text}; {_AGAIN}" if text.startswith(_DEFECTS) else text


def _said(error: Exception) -> str:
    """The first line of an error's message, cut at 200 characters."""
    return str(error).split("\n")[0][:200] or type(error).__name__
