"""Pictures read from files."""

import os
import sys
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from refocuslab.errors import RefocusError
from refocuslab.picture import Picture

# Pillow keeps one byte of each 16-bit sample, the high one. Told the other byte order, it keeps
# the low one: the raw mode that does so for each raw mode of 16-bit colour.
_LOW_BYTES = {
    f"{colour};16{order}": f"{colour};16{other}"
    for colour in ("RGB", "RGBA", "RGBX")
    for order, other in (("B", "L"), ("L", "B"), ("N", "B" if sys.byteorder == "little" else "L"))
}


def read_picture(path: str | os.PathLike) -> Picture:
    """The picture in a file, with what else the file says of it."""
    return Picture(read_photo(path))


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
