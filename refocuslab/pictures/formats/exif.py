"""EXIF data: what is kept of a photo's, and what they say of colors, resolution and orientation."""

import math
from typing import Any

from PIL import ExifTags, Image

from refocuslab.pictures.color.primaries import Space, adobe_rgb

# Tags that describe the photo and its camera, not how samples are laid out in its file. The thumbnail is in a
# second directory, which Pillow does not write.
_KEPT = (
    *("ImageDescription", "Make", "Model", "Software", "DateTime", "Artist", "HostComputer", "Copyright"),
    *("Rating", "RatingPercent", "XPTitle", "XPComment", "XPAuthor", "XPKeywords", "XPSubject"),
)
# Their numbers.
TEXTS = tuple(ExifTags.Base[name].value for name in _KEPT)
_FOLDERS = (ExifTags.IFD.Exif.value, ExifTags.IFD.GPSInfo.value)
_OF_COLORS = (ExifTags.Base.ColorSpace.value, ExifTags.IFD.Interop.value)


def touch(exif: Image.Exif) -> None:
    """Read the directories within EXIF data while their file is open: Pillow keeps them from then on."""
    for folder in (*_FOLDERS, ExifTags.IFD.Interop):
        exif.get_ifd(folder)


def kept(exif: Image.Exif) -> tuple[bytes, list[str]]:
    """EXIF data as the camera wrote them, without orientation, thumbnail and color space.

    Parameters
    ----------
    exif : PIL.Image.Exif
        The data; place and maker's notes are kept.

    Returns
    -------
    data : bytes
        What is kept, as Pillow writes it; ``b""`` for nothing.
    doubts : list of str
        A sentence if a part is damaged and left out.
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
    """The color space that EXIF data declare, for a photo without a profile (DCF 2.0).

    Returns
    -------
    space : Space or None
        Adobe RGB, or None for sRGB.
    doubts : list of str
        A sentence if the space is neither, and taken as sRGB.
    """
    try:
        colors = exif.get_ifd(ExifTags.IFD.Exif).get(ExifTags.Base.ColorSpace)
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
    """Pixels per inch, across and down, as EXIF data give them; None where they do not."""
    try:
        per_inch = {2: 1.0, 3: 2.54}[exif.get(ExifTags.Base.ResolutionUnit, 2)]
        sides = [
            per_inch * float(exif[tag]) for tag in (ExifTags.Base.XResolution, ExifTags.Base.YResolution)
        ]
    except Exception:  # damaged entries end in errors of many types
        return None
    return resolution(sides)


def resolution(sides: Any) -> tuple[float, float] | None:
    """Pixels per inch, across and down, if those are two numbers over 1 and up to 100,000; else None."""
    try:
        across, down = (float(n) for n in sides)
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    return (across, down) if all(math.isfinite(n) and 1 < n <= 1e5 for n in (across, down)) else None


def orientation(exif: Image.Exif) -> int:
    """The orientation, 1 to 8, that EXIF data give; 1 where they give none."""
    try:
        found = exif.get(ExifTags.Base.Orientation, 1)
    except Exception:  # damaged entries end in errors of many types
        return 1
    return found if isinstance(found, int) and 1 <= found <= 8 else 1
