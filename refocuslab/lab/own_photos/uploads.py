"""Photos as they come from a browser: bytes and a name, never a path."""

import re
import tempfile
import threading
import warnings
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from PIL import ExifTags, Image

from refocuslab.errors import PhotoError, RefocusError, RefocusWarning, shown
from refocuslab.lab.widgets import previews
from refocuslab.lab.widgets.arriving import Incoming, Unfit
from refocuslab.lab.widgets.texts import printable
from refocuslab.pictures.picture import Picture
from refocuslab.pictures.reading import read_picture

# Photos that are held at a time: one misfocused, and more focused ones than help.
MOST_PHOTOS = 9
# An ending that is handed on: it tells camera raw from TIFF, and nothing else of a name is used.
_ENDING = re.compile(r"\.[a-z0-9]{1,5}")
# Warnings are caught for the whole process, so one thread at a time does it.
_catching = threading.Lock()


@dataclass(frozen=True, eq=False)
class Photo:
    """A photo that was uploaded; equal to nothing but itself.

    Attributes
    ----------
    id : int
        By which the page calls it.
    name : str
        Of its file, for people.
    picture : Picture
        What was read.
    size : int
        Bytes of its file.
    """

    id: int
    name: str
    picture: Picture
    size: int

    @cached_property
    def small(self) -> bytes:
        """A thumbnail, as a JPEG file."""
        return previews.jpeg(self.picture.image, previews.THUMBNAIL)

    @property
    def told(self) -> str:
        """Its size, and what camera and lens the file names."""
        height, width = self.picture.image.shape[:2]
        size = f"{width} × {height} pixels, {self.size / 1e6:.1f} MB"
        return "; ".join([size, *filter(None, [camera(self.picture.exif)])])

    @property
    def ending(self) -> str:
        """The ending of what is made of it, as on the command line: PNG, or TIFF where it has 16 bits.

        Both lose nothing, so that what is not refocused stays as it was, to the byte.
        """
        return ".png" if self.picture.deep is None else ".tif"


def photo_of(file: Incoming) -> Photo:
    """Read the photo that a file holds.

    Raises
    ------
    Unfit
        It is not read by ``read_picture``: a sentence says why.
    """
    return Photo(file.id, file.name, read(file.given, bytes(file.content)), file.size)


def read(name: str, content: bytes) -> Picture:
    """The picture that a file's bytes hold.

    Parameters
    ----------
    name : str
        The file's name. Nothing is opened by it.
    content : bytes
        The file. It lies in a folder of its own while it is read.

    Raises
    ------
    Unfit
        ``read_picture`` refuses it: a sentence says why.
    """
    with tempfile.TemporaryDirectory(prefix="refocuslab-") as folder:
        path = Path(folder) / f"photo{_ending(name)}"
        path.write_bytes(content)
        try:
            with _catching, warnings.catch_warnings():
                warnings.simplefilter("ignore", RefocusWarning)  # the picture has its doubts
                return read_picture(path)
        except RefocusError as error:
            raise Unfit(_why(printable(name), error, str(path))) from None


def camera(exif: bytes) -> str:
    """Camera, lens and exposure as EXIF data tell them; "" where they tell nothing."""
    if not exif:
        return ""
    tags = Image.Exif()
    try:
        tags.load(exif)
        shot = tags.get_ifd(ExifTags.IFD.Exif)
    except Exception:  # damaged entries end in errors of many types
        return ""
    base = ExifTags.Base
    told = [
        _text(shot.get(base.LensModel)) or _text(tags.get(base.Model)),
        _number(shot.get(base.FocalLength), "{:.4g} mm"),
        _number(shot.get(base.FNumber), "f/{:.2g}"),
        _seconds(shot.get(base.ExposureTime)),
        _number(shot.get(base.ISOSpeedRatings), "ISO {:.0f}"),
    ]
    return ", ".join(filter(None, told))


def sharpness(picture: Picture) -> float:
    """How sharp a photo is: the mean squared second difference of its gray values, by their variance."""
    gray = picture.image[..., 1].astype(np.float32)
    across, down = np.diff(gray, 2, axis=1), np.diff(gray, 2, axis=0)
    return float((np.square(across).mean() + np.square(down).mean()) / max(float(gray.var()), 1e-6))


def _ending(name: str) -> str:
    found = Path(name).suffix.lower()
    return found if _ENDING.fullmatch(found) else ""


def _why(name: str, error: RefocusError, path: str) -> str:
    """An error of reading as a sentence about the file, without the path that it had for a moment."""
    if isinstance(error, PhotoError):
        return error.about(name).replace(path, "")
    found = shown(error.got).replace(path, "").strip(" :,")
    return f"“{name}” cannot be used: {found or error.rule}."


def _text(value: Any) -> str:
    return printable(value.strip("\0 "), 60) if isinstance(value, str) else ""


def _number(value: Any, form: str) -> str:
    try:
        number = float(value)
        return form.format(number) if 0 < number < 1e7 else ""
    except (TypeError, ValueError, ZeroDivisionError):
        return ""


def _seconds(value: Any) -> str:
    whole = _number(value, "{:.3g}")
    if whole and float(whole) < 0.3:
        return f"1/{round(1 / float(value))} s"
    return f"{whole} s" if whole else ""
