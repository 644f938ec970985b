"""Pictures written to files: the ending tells the format, and a camera's EXIF data are kept."""

import io
import os
import warnings
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PIL import ExifTags, Image, TiffImagePlugin

from refocuslab.checks import check_count, check_photo
from refocuslab.errors import RefocusError, RefocusWarning
from refocuslab.files.plain_files import ENDINGS, write_whole
from refocuslab.pictures.color import srgb
from refocuslab.pictures.picture import Picture

# The longest side that a format allows, in pixels.
_LARGEST_SIDE = {"JPEG": 65500, "WebP": 16383}


def write_photo(
    path: str | os.PathLike[str], image: ArrayLike, *, like: Picture | None = None, quality: int = 95
) -> None:
    """Write a photo, whole or not at all, in the format that the ending of the path says.

    Parameters
    ----------
    path : str or PathLike
        Where to write: ``.png``, ``.tif`` or ``.tiff`` (16 bits, lossless), ``.webp`` (lossless), ``.jpg``
        or ``.jpeg`` (colors at full resolution).
    image : array_like of uint8, (H, W, 3)
        The photo, sRGB, as the profile in the file says.
    like : Picture or None
        The picture that the photo was made from: ``encoded_photo`` says what is kept of it.
    quality : int
        Of JPEG, 1 to 100.

    Raises
    ------
    RefocusError
        An argument breaks its rule, or nothing can be written there.

    Warns
    -----
    RefocusWarning
        Transparency is lost in a JPEG file.
    """
    content = encoded_photo(image, Path(path).suffix, like=like, quality=quality)
    write_whole(path, content)


def encoded_photo(image: ArrayLike, ending: str, *, like: Picture | None = None, quality: int = 95) -> bytes:
    """The content of a photo's file, as ``write_photo`` writes it.

    Of ``like`` it has the transparency, if the sizes agree (in a JPEG file, white in its place), the EXIF
    data as the camera wrote them, with place and date, and the resolution. In a TIFF file, pixels equal
    to those of ``like`` have all of its 16 bits. XMP and IPTC data are not kept.

    Parameters
    ----------
    image : array_like of uint8, (H, W, 3)
        The photo, sRGB.
    ending : str
        The ending of the file, with its dot.
    like : Picture or None
        The picture that the photo was made from.
    quality : int
        Of JPEG, 1 to 100.

    Returns
    -------
    bytes
        The file.

    Raises
    ------
    RefocusError
        An argument breaks its rule; the photo is too wide or too high for the format.

    Warns
    -----
    RefocusWarning
        Transparency is lost in a JPEG file.
    """
    kind = ENDINGS.get(ending.lower())
    if kind is None:
        raise RefocusError("path", f"must end in one of {', '.join(ENDINGS)}, which says the format", ending)
    quality = check_count("quality", quality, 100)
    pixels = check_photo("image", image)
    if max(pixels.shape) > _LARGEST_SIDE.get(kind, max(pixels.shape)):
        rule = f"must be at most {_LARGEST_SIDE[kind]} pixels high and wide in a {kind} file"
        raise RefocusError("image", rule, f"{pixels.shape[0]} x {pixels.shape[1]}")
    like = Picture(pixels) if like is None else like
    alpha = like.alpha if like.alpha is not None and like.alpha.shape == pixels.shape[:2] else None
    if kind == "TIFF":
        return _tiff(pixels, alpha, like)
    if kind == "JPEG" and alpha is not None:
        text = "a JPEG file cannot be transparent: what is so becomes white; write a PNG file to keep it"
        warnings.warn(text, RefocusWarning, stacklevel=3)
        share = alpha[:, :, None] / np.float32(255)
        pixels, alpha = np.rint(share * pixels + (1 - share) * 255).astype(np.uint8), None
    photo = Image.fromarray(pixels if alpha is None else np.dstack([pixels, alpha]))
    options: dict[str, Any] = {}
    if kind == "JPEG":
        options = {"quality": quality, "subsampling": 0}
    elif kind == "WebP":
        options = {"lossless": True, "exact": True}
    if like.dpi is not None and kind != "WebP":
        options["dpi"] = like.dpi
    exif = _exif(like, pixels.shape)
    if kind == "WebP" and like.dpi is not None:  # WebP has no other place for it
        tags = ExifTags.Base
        exif[tags.XResolution], exif[tags.YResolution] = like.dpi
        exif[tags.ResolutionUnit] = 2
    if len(exif):
        # JPEG keeps EXIF data in one segment of 64 KiB; maker's notes can be longer.
        if kind == "JPEG" and len(exif.tobytes()) > 65533:
            exif.get_ifd(ExifTags.IFD.Exif).pop(ExifTags.Base.MakerNote, None)
        options["exif"] = exif.tobytes()
    file = io.BytesIO()
    photo.save(file, format=kind, icc_profile=srgb.profile(), **options)
    return file.getvalue()


def _exif(like: Picture, shape: tuple[int, ...]) -> Image.Exif:
    """The EXIF data of ``like``, with the size and the color space of the file that is written."""
    exif = Image.Exif()
    if like.exif:
        exif.load(like.exif)
        of_camera = exif.get_ifd(ExifTags.IFD.Exif)
        of_camera[ExifTags.Base.ColorSpace] = 1
        height, width = shape[:2]
        of_camera[ExifTags.Base.ExifImageWidth] = width
        of_camera[ExifTags.Base.ExifImageHeight] = height
    return exif


def _tiff(image: NDArray[np.uint8], alpha: NDArray[np.uint8] | None, like: Picture) -> bytes:
    """A TIFF file of 16 bits, which Pillow cannot write; Pillow writes its directory."""
    samples = image * np.uint16(257)
    if like.deep is not None and like.image.shape == image.shape:
        same = (image == like.image).all(axis=2)
        samples[same] = like.deep[same]
    if alpha is not None:
        samples = np.dstack([samples, alpha * np.uint16(257)])
    height, width, channels = samples.shape
    # Strips of about 256 KiB: readers decompress one whole strip at a time.
    rows = max(1, min(height, (1 << 18) // (width * channels * 2)))
    strips = []
    for top in range(0, height, rows):
        part = samples[top : top + rows].astype("<u2")
        part[:, 1:] -= part[:, :-1].copy()  # the horizontal predictor, modulo 65536
        strips.append(zlib.compress(part.tobytes(), 6))
    directory = TiffImagePlugin.ImageFileDirectory_v2(prefix=b"II")
    exif = _exif(like, image.shape)
    for tag, value in exif.items():
        directory[tag] = (
            dict(exif.get_ifd(tag)) if tag in (ExifTags.IFD.Exif, ExifTags.IFD.GPSInfo) else value
        )
    tags = ExifTags.Base
    sizes = [len(strip) for strip in strips]
    across, down = like.dpi or (1, 1)
    for tag, kind, value in (
        (tags.ImageWidth, 4, width),
        (tags.ImageLength, 4, height),
        (tags.BitsPerSample, 3, (16,) * channels),
        (tags.Compression, 3, 8),
        (tags.PhotometricInterpretation, 3, 2),
        (tags.StripOffsets, 4, tuple(int(n) for n in np.cumsum([0, *sizes[:-1]]))),
        (tags.SamplesPerPixel, 3, channels),
        (tags.RowsPerStrip, 4, rows),
        (tags.StripByteCounts, 4, tuple(sizes)),
        (tags.XResolution, 5, across),
        (tags.YResolution, 5, down),
        (tags.PlanarConfiguration, 3, 1),
        (tags.ResolutionUnit, 3, 2 if like.dpi else 1),
        (tags.Predictor, 3, 2),
        (tags.InterColorProfile, 7, srgb.profile()),
        *([(338, 3, 2)] if alpha is not None else []),  # ExtraSamples: alpha that is not multiplied in
    ):
        directory.tagtype[tag] = kind
        directory[tag] = value
    file = io.BytesIO()
    directory.save(file)
    file.write(b"".join(strips))
    return file.getvalue()
