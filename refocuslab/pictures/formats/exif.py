"""EXIF data: what is kept of a photo's, and what it says of the colors."""

import math

from PIL import ExifTags, Image

from refocuslab.pictures.color.primaries import Space, adobe_rgb

# What tells of the photo and its camera, not of how the samples lie in the file that it came in. The
# thumbnail lies in a second directory, which Pillow does not write.
_KEPT = (
    *("ImageDescription", "Make", "Model", "Software", "DateTime", "Artist", "HostComputer", "Copyright"),
    *("Rating", "RatingPercent", "XPTitle", "XPComment", "XPAuthor", "XPKeywords", "XPSubject"),
)
TEXTS = tuple(ExifTags.Base[name].value for name in _KEPT)
_FOLDERS = (ExifTags.IFD.Exif.value, ExifTags.IFD.GPSInfo.value)
_OF_COLORS = (ExifTags.Base.ColorSpace.value, ExifTags.IFD.Interop.value)


def touch(exif: Image.Exif) -> None:
    """Read the folders within EXIF data while their file is open: Pillow keeps them from then on."""
    for folder in (*_FOLDERS, ExifTags.IFD.Interop):
        exif.get_ifd(folder)


def kept(exif: Image.Exif) -> tuple[bytes, list[str]]:
    """What is kept of EXIF data, as bytes, and what was found: as the camera wrote it, place and
    maker's notes with it, without orientation, thumbnail, and what is said of the colors.
    """
    new, lost = Image.Exif(), False
    for tag in (*TEXTS, *_FOLDERS):
        if tag not in exif:
            continue
        try:
            content = dict(exif.get_ifd(tag)) if tag in _FOLDERS else exif[tag]
            if tag in _FOLDERS:
                content = {key: value for key, value in content.items() if key not in _OF_COLORS}
            trial = Image.Exif()
            trial[tag] = content
            trial.tobytes()
        except Exception:  # damaged entries end in errors of many types
            lost = True
            continue
        if content or content == 0:
            new[tag] = content
    return (new.tobytes() if len(new) else b""), ["its EXIF data are damaged: a part is left out"] * lost


def space(exif: Image.Exif) -> tuple[Space | None, list[str]]:
    """What EXIF data say of the colors of a photo without a profile, and what is doubted."""
    try:
        (colors,) = [exif.get_ifd(ExifTags.IFD.Exif).get(ExifTags.Base.ColorSpace)]
        interop = exif.get_ifd(ExifTags.IFD.Interop).get(ExifTags.Interop.InteropIndex)
    except Exception:  # damaged entries end in errors of many types
        return None, []
    if isinstance(interop, bytes):
        interop = interop.decode("latin-1")
    # DCF 2.0: a camera that writes Adobe RGB says "uncalibrated" and R03. Some write 2 instead.
    if colors == 2 or (colors == 0xFFFF and str(interop).startswith("R03")):
        return adobe_rgb(), []
    if colors == 0xFFFF:
        text = "its EXIF data say that its colors are not sRGB, and no profile what they are: taken for sRGB"
        return None, [text]
    return None, []


def dpi(exif: Image.Exif) -> tuple[float, float] | None:
    """The pixels to the inch that EXIF data give."""
    try:
        per_inch = {2: 1.0, 3: 2.54}[exif.get(ExifTags.Base.ResolutionUnit, 2)]
        sides = [
            per_inch * float(exif[tag]) for tag in (ExifTags.Base.XResolution, ExifTags.Base.YResolution)
        ]
    except Exception:  # damaged entries end in errors of many types
        return None
    return resolution(sides)


def resolution(sides) -> tuple[float, float] | None:
    """The pixels to the inch across and down, if they are numbers that make sense."""
    try:
        across, down = (float(n) for n in sides)
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    return (across, down) if all(math.isfinite(n) and 1 < n <= 1e5 for n in (across, down)) else None


def orientation(exif: Image.Exif) -> int:
    """The orientation 1 to 8 that EXIF data give, 1 where they give none."""
    try:
        found = exif.get(ExifTags.Base.Orientation, 1)
    except Exception:  # damaged entries end in errors of many types
        return 1
    return found if isinstance(found, int) and 1 <= found <= 8 else 1
