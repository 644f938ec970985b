"""Photos and masks in files: read as the camera meant them, written whole or not at all."""

import os
import secrets
import sys
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import Image, ImageOps

from refocuslab.errors import RefocusError
from refocuslab.optics import check_photo
from refocuslab.polygons import polygon_mask as polygon_mask

# Pillow keeps one byte of each 16-bit sample, the high one. Told the other byte order, it keeps
# the low one: the raw mode that does so for each raw mode of 16-bit colour.
_LOW_BYTES = {
    f"{colour};16{order}": f"{colour};16{other}"
    for colour in ("RGB", "RGBA", "RGBX")
    for order, other in (("B", "L"), ("L", "B"), ("N", "B" if sys.byteorder == "little" else "L"))
}


def read_photo(path: str | os.PathLike) -> np.ndarray:
    """The photo in a file, (H, W, 3) uint8 sRGB, upright as its EXIF orientation says.

    Whatever Pillow reads: grey and palettes become RGB, alpha is ignored and the colour below it
    kept, 16-bit samples s become round(255 s / 65535). A colour profile is not applied. A
    ``RefocusError`` names the path if the file is missing, damaged, or of more than 16 bits.
    """
    path = Path(path)
    try:
        return _read(path)
    except FileNotFoundError:
        raise RefocusError("path", "must be that of an existing file", path) from None
    except Exception as error:  # Pillow meets a damaged file with a dozen types of error
        got = f"{path} ({error})"
        raise RefocusError("path", "must be that of a readable photo", got) from error


def read_mask(path: str | os.PathLike) -> np.ndarray:
    """The mask in a file, (H, W) bool: True where the mean of R, G, B is half of white or more.

    The file is read as ``read_photo`` does, with its errors. Alpha is ignored.
    """
    return read_photo(path).sum(axis=2, dtype=np.int64) >= 3 * 128


def write_photo(path: str | os.PathLike, image) -> None:
    """Write a photo, (H, W, 3) uint8 sRGB, as a PNG file, whole or not at all."""
    photo = Image.fromarray(check_photo("image", image))
    write_whole(path, lambda file: photo.save(file, format="PNG"))


def write_mask(path: str | os.PathLike, mask) -> None:
    """Write a mask, (H, W) bool, as a black and white PNG file, whole or not at all."""
    picture = Image.fromarray(np.where(mask, np.uint8(255), np.uint8(0)))
    write_whole(path, lambda file: picture.save(file, format="PNG"))


def write_whole(path: str | os.PathLike, content: bytes | Callable[[BinaryIO], object]) -> None:
    """Write a file whole or not at all: until it is complete, what was there before stays.

    ``content``: the bytes, or a function that writes them to the open binary file it is given.
    """
    path = Path(path)
    # Only within one folder is a rename sure to be a single step.
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        file = draft.open("xb")
    except OSError as error:
        rule = "must lie in a folder that exists and can be written to"
        raise RefocusError("path", rule, f"{path} ({error.strerror})") from error
    try:
        with file:
            if callable(content):
                content(file)
            else:
                file.write(content)
        draft.replace(path)
    except BaseException:  # an interrupt, too, must leave nothing behind
        draft.unlink(missing_ok=True)
        raise


def _read(path: Path) -> np.ndarray:
    with Image.open(path) as photo:
        mode, rawmode = photo.mode, _rawmode(photo)
    if mode in ("I", "F"):
        raise ValueError("its samples have more than 16 bits")
    if mode.startswith("I;16"):
        samples = np.asarray(_decoded(path)).astype(np.int64)[:, :, None]
    elif rawmode == "LA;16B":
        # Taken for RGBA, a pixel is the two bytes of its grey and then the two of its alpha.
        grey = np.asarray(_decoded(path, "RGBA")).astype(np.int64)
        samples = 256 * grey[:, :, :1] + grey[:, :, 1:2]
    elif rawmode in _LOW_BYTES:
        samples = 256 * _colours(_decoded(path)).astype(np.int64)
        samples += _colours(_decoded(path, _LOW_BYTES[rawmode]))
    else:
        return _colours(_decoded(path))
    # 255 / 65535 is 1/257, and no sample lies half-way between two results.
    eight_bits = ((samples + 128) // 257).astype(np.uint8)
    return np.broadcast_to(eight_bits, (*eight_bits.shape[:2], 3)).copy()


def _decoded(path: Path, rawmode: str | None = None) -> Image.Image:
    """The upright photo, its samples unpacked as ``rawmode`` says if that is given."""
    with Image.open(path) as photo:
        for i, tile in enumerate(photo.tile if rawmode else ()):
            args = rawmode if isinstance(tile.args, str) else (rawmode, *tile.args[1:])
            photo.tile[i] = tile._replace(args=args)
        return ImageOps.exif_transpose(photo)


def _rawmode(photo: Image.Image) -> str | None:
    """How Pillow is about to unpack the samples of a photo that it has opened, not yet read."""
    args = photo.tile[0].args if photo.tile else None
    return args[0] if isinstance(args, tuple) and args else args


def _colours(photo: Image.Image) -> np.ndarray:
    """RGB, (H, W, 3) uint8, of a photo of any mode of 8 bits."""
    # Straight from a palette with alpha to RGB, Pillow would warn.
    photo = photo.convert("RGBA") if photo.mode in ("P", "PA") else photo
    return np.array(photo.convert("RGB"))
