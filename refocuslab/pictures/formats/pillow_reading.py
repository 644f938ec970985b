"""The samples of pictures that Pillow reads, at all their bits and with their transparency."""

import math
import re
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFile, UnidentifiedImageError

from refocuslab.checks import check_size
from refocuslab.pictures.formats import ends, exif, png_chunks
from refocuslab.pictures.formats.jpeg_damage import check_jpeg
from refocuslab.pictures.formats.samples import ColorKind, Samples, Unreadable

# Of a 16-bit color sample, Pillow keeps the high byte only. In the raw mode of the other byte order it keeps
# the low one: that mode by the one that Pillow chooses.
_LOW_BYTES = {
    f"{color};16{order}": f"{color};16{other}"
    for color in ("RGB", "RGBA", "RGBX")
    for order, other in (("B", "L"), ("L", "B"), ("N", "B" if sys.byteorder == "little" else "L"))
}

# The head of a binary PPM or PGM file, comments and all.
_GAP = rb"(?:\s|#[^\n]*\n)+"
_PPM_HEAD = re.compile(
    rb"P[56]"
    + _GAP
    + rb"(?P<width>\d{1,9})"
    + _GAP
    + rb"(?P<height>\d{1,9})"
    + _GAP
    + rb"(?P<white>\d{1,5})\s"
)

# How many threads read now, and Pillow's own limit of pixels, which is off meanwhile.
_LOCK = threading.Lock()
_READING = 0
_PILLOWS_LIMIT = Image.MAX_IMAGE_PIXELS


def read(path: Path, kind: str) -> Samples:
    """The samples of a file that Pillow reads.

    Parameters
    ----------
    path : Path
        The file.
    kind : str
        Its format, as ``kind_of`` names it, but for "TIFF".

    Raises
    ------
    Unreadable
        The file is damaged, cut off, or of samples that are not read.
    RefocusError
        It has more megapixels than are read.
    """
    chunks: dict[bytes, bytes] = {}
    space = None
    if kind == "PNG":
        chunks = png_chunks.checked(path)
    elif kind != "JPEG":
        space = ends.checked(path, kind)
    with _without_pillows_limit(), _opened(path, kind) as photo:
        check_size(path, photo.height, photo.width)
        if kind == "JPEG":
            check_jpeg(path)
        values, color, alpha = _values(photo, path, kind, chunks)
        info, tags = photo.info, photo.getexif()
        found = Samples(values, color, alpha, info.get("icc_profile") or b"", exif=tags)
        count = getattr(photo, "n_frames", 1)
        if color == "CMYK" and "adobe" not in info:
            text = "it does not say whether its inks (CMYK) are inverted: they were taken for it, as most are"
            found.doubts.append(text)
    found.space = png_chunks.space(chunks) if chunks else space
    if b"cICP" in chunks:
        found.profile = b""
    found.dpi = exif.resolution(info.get("dpi")) or exif.dpi(tags)
    found.orientation = exif.orientation(tags)
    if count > 1:
        found.doubts.append(f"the first of its {count} pictures was taken")
    return found


@contextmanager
def _without_pillows_limit() -> Iterator[None]:
    """Switch off Pillow's limit of pixels, which is global; ``check_size`` has a limit that can be raised."""
    global _READING, _PILLOWS_LIMIT
    with _LOCK:
        if not _READING:
            _PILLOWS_LIMIT, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
        _READING += 1
    try:
        yield
    finally:
        with _LOCK:
            _READING -= 1
            if not _READING:
                Image.MAX_IMAGE_PIXELS = _PILLOWS_LIMIT


def _opened(path: Path, kind: str) -> ImageFile.ImageFile:
    if kind == "HEIC":
        # An optional dependency, for those who have such photos.
        try:
            import pillow_heif
        except ImportError:
            raise Unreadable(
                "it is a HEIC photo: install pillow-heif (pip install 'refocuslab[heic]')"
            ) from None
        pillow_heif.register_heif_opener()
    formats = {"HEIC": ("HEIF",)}.get(kind, (kind,))
    try:
        return Image.open(path, formats=formats)
    except UnidentifiedImageError:
        raise Unreadable("it is damaged or cut off: its headers cannot be read") from None


_Split = tuple[NDArray[Any], ColorKind, NDArray[Any] | None]


def _values(photo: ImageFile.ImageFile, path: Path, kind: str, chunks: dict[bytes, bytes]) -> _Split:
    """The samples, (H, W, C), their kind, and alpha, (H, W), or None."""
    mode, rawmode = photo.mode, _rawmode(photo)
    bits = chunks[b"IHDR"][8] if chunks else 8
    key = photo.info.get("transparency") if mode in ("1", "L", "I;16", "RGB") else None
    values: NDArray[Any]
    if mode.startswith("I;16"):
        values = np.asarray(photo).astype(np.uint16)[:, :, None]
    elif kind == "PPM" and (deep := _deep_ppm(path)) is not None:
        values = deep
    elif kind == "PPM" and mode == "I":
        values = np.asarray(photo).clip(0, 65535).astype(np.uint16)[:, :, None]
    elif mode == "F":
        values = fractions(np.asarray(photo)[:, :, None])
    elif mode in ("I", "F"):
        raise Unreadable("its samples have more than 16 bits: export it with 16 or 8")
    elif rawmode == "LA;16B":
        # Unpacked as RGBA, a pixel is the two bytes of its gray, then the two of its alpha.
        pairs = np.asarray(_decoded(path, "RGBA"))
        values = pairs.view(">u2").astype(np.uint16)
    elif rawmode in _LOW_BYTES:
        values = np.asarray(photo).astype(np.uint16)
        values *= 256
        values += np.asarray(_decoded(path, _LOW_BYTES[rawmode]))
    elif mode == "1":
        values = np.where(np.asarray(photo), np.uint8(255), np.uint8(0))[:, :, None]
        key = 255 * key if isinstance(key, int) and key < 2 else key
    elif mode == "L":
        values = np.asarray(photo)[:, :, None]
        key = key * (255 // (2**bits - 1)) if isinstance(key, int) and bits < 8 else key
    elif mode in ("LA", "RGB", "RGBA", "CMYK"):
        values = np.asarray(photo)
    elif mode in ("P", "PA") and "transparency" not in photo.info and mode == "P" and not _clear(photo):
        values = np.asarray(photo.convert("RGB"))
    else:
        transparent = mode in ("P", "PA", "La", "RGBa")
        values = np.asarray(photo.convert("RGBA" if transparent else "RGB"))
    return _split(values, mode, key)


def _deep_ppm(path: Path) -> NDArray[np.uint16] | None:
    """The samples of a binary PPM or PGM file of more than 8 bits, which Pillow reads at 8; else None."""
    with path.open("rb") as file:
        head = file.read(4096)
        start = _PPM_HEAD.match(head)
        if start is None or int(start["white"]) < 256:
            return None
        count = 1 if head[:2] == b"P5" else 3
        shape = int(start["height"]), int(start["width"]), count
        file.seek(start.end())
        values = np.frombuffer(file.read(2 * math.prod(shape)), ">u2")
    if values.size < math.prod(shape):
        raise Unreadable("it is cut off")
    white = int(start["white"])
    if white == 65535:
        return values.reshape(shape).astype(np.uint16)
    scaled = np.rint(values.astype(np.float32) * np.float32(65535 / white)).clip(0, 65535)
    found: NDArray[np.uint16] = scaled.astype(np.uint16).reshape(shape)
    return found


def _clear(photo: Image.Image) -> bool:
    """Whether the palette itself has transparent colors."""
    return photo.palette is not None and photo.palette.mode == "RGBA"


def _split(values: NDArray[Any], mode: str, key: Any) -> _Split:
    """Colors and alpha apart; ``key``: the color that stands for transparency, or None."""
    if mode == "CMYK":
        return values, "CMYK", None
    alpha: NDArray[Any] | None = None
    if values.shape[2] in (2, 4):
        values, alpha = values[:, :, :-1], values[:, :, -1]
    elif key is not None:
        full = np.iinfo(values.dtype).max
        hidden = (values == np.array(key, np.int64)).all(axis=2)
        alpha = np.where(hidden, values.dtype.type(0), values.dtype.type(full))
    return values, "gray" if values.shape[2] == 1 else "RGB", alpha


def fractions(values: NDArray[np.floating]) -> NDArray[np.float32]:
    """Floating-point samples of any shape as float32.

    Raises
    ------
    Unreadable
        They are not all finite and, but for 10^-6 of rounding, from 0 to 1.
    """
    low, high = values.min(), values.max()
    if not (np.isfinite(low) and np.isfinite(high)) or low < -1e-6 or high > 1 + 1e-6:
        found = f"from {low:g} to {high:g}"
        raise Unreadable(
            f"its floating-point samples go {found}, and 0 to 1 are read: scale it, or export it with 16 bits"
        )
    return values.astype(np.float32).clip(0, 1)


def _decoded(path: Path, rawmode: str) -> Image.Image:
    """The photo, its samples unpacked in another raw mode."""
    with Image.open(path) as photo:
        for i, tile in enumerate(photo.tile):
            args = (rawmode, *tile.args[1:]) if isinstance(tile.args, tuple) else rawmode
            photo.tile[i] = tile._replace(args=args)
        photo.load()
        return photo.copy()


def _rawmode(photo: ImageFile.ImageFile) -> Any:
    """The raw mode in which Pillow will unpack a photo that is open and not yet loaded."""
    args: Any = photo.tile[0].args if photo.tile else None
    return args[0] if isinstance(args, tuple) and args else args
