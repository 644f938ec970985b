"""Camera raw, developed by LibRaw: an optional dependency, for those who have such photos."""

from pathlib import Path
from typing import Any

from PIL import ExifTags, Image

from refocuslab.checks import check_size
from refocuslab.pictures.formats import exif
from refocuslab.pictures.formats.samples import Samples, Unreadable

# What helps always.
_DEVELOP = "develop it first, and give what your raw converter exports (TIFF of 16 bits)"
# LibRaw's numbers of the curve of sRGB: its power, and its slope near black.
_SRGB = (2.4, 12.92)


def read(path: Path) -> Samples:
    """The samples of a camera raw file: 16 bits, sRGB, upright, in the camera's white balance.

    LibRaw stretches each photo by its own brightest hundredth unless told not to: then two photos of one
    exposure would differ, and highlights be cut.

    Raises
    ------
    Unreadable
        rawpy is not installed, the file is damaged or cut off, or LibRaw does not know its camera.
    RefocusError
        It has more megapixels than are read.
    """
    rawpy = _rawpy()
    try:
        with rawpy.RawPy() as raw:
            with path.open("rb") as file:  # and not by name: LibRaw opens those of the system's own letters
                raw.open_buffer(file)
            sizes = raw.sizes
            check_size(path, max(sizes.raw_height, sizes.height), max(sizes.raw_width, sizes.width))
            raw.unpack()
            values = raw.postprocess(
                output_bps=16,
                output_color=rawpy.ColorSpace.sRGB,
                gamma=_SRGB,
                use_camera_wb=True,
                no_auto_bright=True,
            )
            tags = _exif(path, raw)
    except rawpy.LibRawError as error:
        said = error.args[0] if error.args else error
        said = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
        text = f"it is camera raw that rawpy does not read ({said}): copy it from the camera once more"
        raise Unreadable(f"{text}, or {_DEVELOP}") from None
    return Samples(values, "RGB", exif=tags, dpi=exif.dpi(tags))


def _rawpy() -> Any:
    try:
        import rawpy
    except ImportError:
        text = f'it is camera raw: install rawpy (pip install "refocuslab[raw]"), or {_DEVELOP}'
        raise Unreadable(text) from None
    return rawpy


def _exif(path: Path, raw: Any) -> Image.Exif:
    """The camera's data: as in a TIFF file, which most raw files are; or else what LibRaw tells."""
    tags = Image.Exif()
    try:
        with path.open("rb") as file:
            tags.load_from_fp(file)
            exif.touch(tags)
    except Exception:  # no TIFF file, or one with damaged entries, which end in errors of many types
        tags = Image.Exif()
    base, shot, lens = ExifTags.Base, raw.other, raw.lens
    if ExifTags.IFD.Exif in tags:
        tags.get_ifd(ExifTags.IFD.Exif).pop(base.ColorSpace, None)  # that of the camera's own JPEG files
        return tags
    told = {
        base.ISOSpeedRatings: round(shot.iso_speed),
        base.ExposureTime: shot.shutter_speed,
        base.FNumber: shot.aperture,
        base.FocalLength: shot.focal_length,
        base.LensModel: lens.model,
        base.DateTimeOriginal: f"{shot.timestamp:%Y:%m:%d %H:%M:%S}" if shot.timestamp.year > 1970 else "",
    }
    known = {tag: value for tag, value in told.items() if value}
    if known:
        tags[ExifTags.IFD.Exif] = known
    return tags
