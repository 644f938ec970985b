"""Pictures written to files: the format follows the ending, and what a camera said of them is kept."""

import io
import os
import warnings
import zlib
from pathlib import Path

import numpy as np
from PIL import ExifTags, Image, TiffImagePlugin

from refocuslab.checks import check_photo
from refocuslab.errors import RefocusError, RefocusWarning
from refocuslab.files.plain_files import ENDINGS, write_whole
from refocuslab.pictures.color import srgb
from refocuslab.pictures.picture import Picture

# The largest side that each format has room for.
_LARGEST_SIDE = {"JPEG": 65500, "WebP": 16383}


def write_photo(path: str | os.PathLike, image, *, like: Picture | None = None, quality: int = 95) -> None:
    """Write a photo, (H, W, 3) uint8 sRGB, whole or not at all, in the format that its ending says.

    ``.png``, ``.tif`` and ``.tiff`` (16 bits, without loss), ``.webp`` (without loss), ``.jpg`` and
    ``.jpeg`` (of the given quality, 1 to 100, colors at full resolution). The file carries the profile
    of sRGB and, of the picture ``like``, all that ``encoded_photo`` keeps. Anything else raises a
    ``RefocusError``.
    """
    content = encoded_photo(image, Path(path).suffix, like=like, quality=quality)
    write_whole(path, content)


def encoded_photo(image, ending: str, *, like: Picture | None = None, quality: int = 95) -> bytes:
    """The file of a photo, (H, W, 3) uint8 sRGB, as ``write_photo`` writes it.

    Of ``like``, the picture that the photo was made from, it has the transparency where the sizes agree
    (a JPEG file has none: there, it becomes white, and a ``RefocusWarning`` says so), the EXIF data as
    the camera wrote them, place and date with them, and the resolution. In a TIFF file, pixels that
    are those of ``like`` have all of its 16 bits. XMP and IPTC data are not kept.
    """
    kind = ENDINGS.get(ending.lower())
    if kind is None:
        raise RefocusError("path", f"must end in one of {', '.join(ENDINGS)}, which says the format", ending)
    if isinstance(quality, bool) or not isinstance(quality, int) or not 1 <= quality <= 100:
        raise RefocusError("quality", "must be a whole number from 1 to 100", quality)
    image = check_photo("image", image)
    if max(image.shape) > _LARGEST_SIDE.get(kind, max(image.shape)):
        rule = f"must be at most {_LARGEST_SIDE[kind]} pixels high and wide in a {kind} file"
        raise RefocusError("image", rule, f"{image.shape[0]} x {image.shape[1]}")
    like = Picture(image) if like is None else like
    alpha = like.alpha if like.alpha is not None and like.alpha.shape == image.shape[:2] else None
    if kind == "TIFF":
        return _tiff(image, alpha, like)
    if kind == "JPEG" and alpha is not None:
        text = "a JPEG file cannot be transparent: what is so becomes white; write a PNG file to keep it"
        warnings.warn(text, RefocusWarning, stacklevel=3)
        share = alpha[:, :, None] / np.float32(255)
        image, alpha = np.rint(share * image + (1 - share) * 255).astype(np.uint8), None
    photo = Image.fromarray(image if alpha is None else np.dstack([image, alpha]))
    options = {
        "PNG": {},
        "JPEG": {"quality": quality, "subsampling": 0},
        "WebP": {"lossless": True, "exact": True},
    }[kind]
    if like.dpi is not None and kind != "WebP":
        options["dpi"] = like.dpi
    exif = _exif(like, image.shape)
    if kind == "WebP" and like.dpi is not None:  # which has no place for it but this
        tags = ExifTags.Base
        exif[tags.XResolution], exif[tags.YResolution] = like.dpi
        exif[tags.ResolutionUnit] = 2
    if len(exif):
        # JPEG keeps EXIF data in one segment of 64 KB, and maker notes can be longer.
        if kind == "JPEG" and len(exif.tobytes()) > 65533:
            exif.get_ifd(ExifTags.IFD.Exif).pop(ExifTags.Base.MakerNote, None)
        options["exif"] = exif.tobytes()
    file = io.BytesIO()
    photo.save(file, format=kind, icc_profile=srgb.profile(), **options)
    return file.getvalue()


def _exif(like: Picture, shape: tuple[int, ...]) -> Image.Exif:
    """The EXIF data of ``like``, told of the size and the colors of what is written."""
    exif = Image.Exif()
    if like.exif:
        exif.load(like.exif)
        of_camera = exif.get_ifd(ExifTags.IFD.Exif)
        of_camera[ExifTags.Base.ColorSpace] = 1
        height, width = shape[:2]
        of_camera[ExifTags.Base.ExifImageWidth] = width
        of_camera[ExifTags.Base.ExifImageHeight] = height
    return exif


def _tiff(image: np.ndarray, alpha: np.ndarray | None, like: Picture) -> bytes:
    """A TIFF file of 16 bits, which Pillow cannot write; its directory is Pillow's all the same."""
    samples = image * np.uint16(257)
    if like.deep is not None and like.image.shape == image.shape:
        same = (image == like.image).all(axis=2)
        samples[same] = like.deep[same]
    if alpha is not None:
        samples = np.dstack([samples, alpha * np.uint16(257)])
    height, width, channels = samples.shape
    # Strips of about 256 KB, as libtiff's own rules advise against larger ones.
    rows = max(1, min(height, (1 << 18) // (width * channels * 2)))
    strips = []
    for top in range(0, height, rows):
        strip = samples[top : top + rows].astype("<u2")
        strip[:, 1:] -= strip[:, :-1].copy()  # the horizontal predictor, modulo 65536
        strips.append(zlib.compress(strip.tobytes(), 6))
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
    for strip in strips:
        file.write(strip)
    return file.getvalue()
