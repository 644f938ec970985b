"""The samples of TIFF files: their directories read by tifffile, each kind of sample by its own rule.

Pillow reads the common TIFF files right, and of the others many wrong without a word: it keeps the low or
the high byte of samples in planes, a negative of white that is zero, stripes of turned pictures.
"""

import logging
from pathlib import Path

import numpy as np
import tifffile
from PIL import Image

from refocuslab.checks import check_size
from refocuslab.pictures.formats import kinds
from refocuslab.pictures.formats.exif import TEXTS, resolution, touch
from refocuslab.pictures.formats.pillow_reading import fractions
from refocuslab.pictures.formats.samples import Samples, Unreadable, unmultiplied
from refocuslab.pictures.tiff import segments

# What tifffile says of an odd file on its own goes to nobody: we say what matters.
logging.getLogger("tifffile").addHandler(logging.NullHandler())

_GREY, _INVERTED, _RGB, _PALETTE, _INKS, _YCBCR, _LAB, _ICC_LAB = 1, 0, 2, 3, 5, 6, 8, 9
_RAW_PHOTOMETRICS = (32803, 34892)
_NAMES = {4: "a transparency mask", 10: "Lab of the ITU", 32844: "logarithmic", 32845: "logarithmic"}
# More pictures in one file than any photograph has; the chain of a hostile file has no end.
_MOST_PAGES = 1000


def read(path: Path) -> Samples:
    """The samples of the first whole picture in a TIFF file."""
    with tifffile.TiffFile(path, _multifile=False) as file:
        pages, first = _pages(file, path.suffix)
        page, doubts = pages[first], []
        others = len([p for p in pages if not _is_reduced(p)])
        if others > 1:
            doubts.append(f"the first of its {others} pictures was taken")
        check_size(path, page.imagelength, page.imagewidth)
        values = segments.array(page, file.filehandle)
        found = _understood(page, values)
        found.doubts += doubts
        profile = page.tags.valueof(34675, b"")
        found.profile = profile if isinstance(profile, bytes) else b""
        found.dpi = _dpi(page)
        turned = page.tags.valueof(274, 1)
        found.orientation = turned if isinstance(turned, int) and 1 <= turned <= 8 else 1
        found.exif = _exif(path, page)
    return found


def _pages(file: tifffile.TiffFile, ending: str) -> tuple[list, int]:
    """The pictures of a file, those within others too, and which of them to take."""
    pages = []
    for i, page in enumerate(file.pages):
        if i >= _MOST_PAGES:
            raise Unreadable(f"it has more than {_MOST_PAGES} pictures")
        page = page.aspage() if isinstance(page, tifffile.TiffFrame) else page
        pages.append(page)
        if page.subifds:
            pages += [p for p in list(page.pages)[:20] if isinstance(p, tifffile.TiffPage)]
    raw = any(page.photometric in _RAW_PHOTOMETRICS or 50706 in page.tags for page in pages)
    if raw or ending.lower() in kinds.RAW_ENDINGS:
        raise Unreadable(kinds.RAW)
    pages = [page for page in pages if page.imagelength and page.imagewidth]
    if not pages:
        raise Unreadable("it has no picture")
    return pages, next((i for i, page in enumerate(pages) if not _is_reduced(page)), 0)


def _is_reduced(page) -> bool:
    """Whether it is a smaller copy of another picture, or a mask."""
    old, new = page.tags.valueof(255, 1), page.tags.valueof(254, 0)
    return old == 2 or (isinstance(new, int) and bool(new & 5))


def _understood(page, values: np.ndarray) -> Samples:
    """What the samples (H, W, S) of a page mean."""
    photometric, bits = page.photometric, page.bitspersample
    extra = [int(kind) for kind in page.extrasamples or ()]
    count = {_RGB: 3, _YCBCR: 3, _LAB: 3, _ICC_LAB: 3, _INKS: 4}.get(photometric, 1)
    if photometric not in (_GREY, _INVERTED, _RGB, _PALETTE, _INKS, _YCBCR, _LAB, _ICC_LAB):
        what = _NAMES.get(photometric, f"of kind {int(photometric)}")
        raise Unreadable(f"its colors are {what}, which is not read: export it as RGB")
    if values.shape[2] < count or (photometric == _INKS and page.tags.valueof(332, 1) != 1):
        raise Unreadable("its samples are not those of its kind of colors: export it as RGB")
    more = values.shape[2] - count
    if more > 1 and count == 1:
        raise Unreadable(f"it has {more + 1} channels that are not colors: export it as RGB")
    # Some writers do not say what the one further channel is, and then it is alpha.
    is_alpha = more > 0 and (extra[:1] in ([1], [2]) or (more == 1 and 338 not in page.tags))
    alpha = values[:, :, count] if is_alpha else None
    doubts = ["a further channel of it, which is no alpha, is left out"] * (more > int(is_alpha))
    colors = values[:, :, :count]
    if photometric in (_LAB, _ICC_LAB):
        return Samples(_lab(colors, photometric, bits), "Lab", _scaled(alpha, bits), doubts=doubts)
    if photometric == _PALETTE:
        return Samples(_of_palette(page, colors), "RGB", _scaled(alpha, bits), doubts=doubts)
    colors, alpha = _scaled(colors, bits), _scaled(alpha, bits)
    if alpha is not None and extra and extra[0] == 1:
        colors = unmultiplied(colors, alpha)
    if photometric == _INVERTED:
        colors = (1 if colors.dtype.kind == "f" else np.iinfo(colors.dtype).max) - colors
    if photometric == _YCBCR and page.compression != segments.JPEG:
        colors = _of_ycbcr(page, colors)
    return Samples(
        colors, {_INKS: "CMYK"}.get(photometric, "grey" if count == 1 else "RGB"), alpha, doubts=doubts
    )


def _scaled(values: np.ndarray | None, bits: int) -> np.ndarray | None:
    """Samples of any number of bits as uint8, uint16 or float32; as int64 where white is not known."""
    if values is None:
        return None
    if values.dtype.kind == "f":
        return fractions(values)
    if values.dtype.kind == "i" or bits > 16:
        return values.astype(np.int64)
    if bits in (8, 16):
        return values.astype(np.uint8 if bits == 8 else np.uint16)
    top = 255 if bits < 8 else 65535
    scaled = np.rint(values * (top / (2**bits - 1)))
    return scaled.astype(np.uint8 if bits < 8 else np.uint16)


def _of_palette(page, indices: np.ndarray) -> np.ndarray:
    table = page.colormap
    if table is None or table.ndim != 2 or indices.dtype.kind != "u":
        raise Unreadable("its palette is missing")
    table = np.asarray(table).T
    if len(table) <= indices.max():
        raise Unreadable("its palette has too few colors")
    # Of 16 bits by the standard, and 8 bits v are 257 v there; some writers make them 256 v, or v.
    colors = table.astype(np.uint16)
    for unit in (257, 256, 1 if table.max() <= 255 else 257):
        if not (colors % unit).any():
            return (colors // unit).astype(np.uint8)[indices[:, :, 0]]
    return colors[indices[:, :, 0]]


def _lab(values: np.ndarray, photometric: int, bits: int) -> np.ndarray:
    if bits not in (8, 16) or values.dtype.kind == "f":
        raise Unreadable("its Lab colors are of an unusual number of bits: export it as RGB")
    unit = 1 if bits == 8 else 256
    light = values[:, :, :1].astype(np.float32)
    if photometric == _LAB:
        colors = values[:, :, 1:].astype(f"i{bits // 8}").astype(np.float32) / unit
        return np.concatenate([light * (100 / (2**bits - 1)), colors], axis=2)
    colors = values[:, :, 1:].astype(np.float32) / unit - 128
    return np.concatenate([light * (100 / (255 * unit)), colors], axis=2)


def _of_ycbcr(page, values: np.ndarray) -> np.ndarray:
    if values.dtype != np.uint8:
        raise Unreadable("its colors are YCbCr of more than 8 bits: export it as RGB")
    red, green, blue = _numbers(page, 529, (0.299, 0.587, 0.114))
    black = np.array(_numbers(page, 532, (0, 255, 128, 255, 128, 255))).reshape(3, 2)
    y, cb, cr = np.moveaxis(values.astype(np.float64), 2, 0)
    y = (y - black[0, 0]) * 255 / (black[0, 1] - black[0, 0])
    cb = (cb - black[1, 0]) * 127 / (black[1, 1] - black[1, 0])
    cr = (cr - black[2, 0]) * 127 / (black[2, 1] - black[2, 0])
    r, b = cr * (2 - 2 * red) + y, cb * (2 - 2 * blue) + y
    colors = np.stack([r, (y - blue * b - red * r) / green, b], axis=2)
    return np.rint(colors).clip(0, 255).astype(np.uint8)


def _numbers(page, tag: int, otherwise: tuple[float, ...]) -> tuple[float, ...]:
    """The numbers in a tag of fractions."""
    given = page.tags.valueof(tag, None)
    if not isinstance(given, tuple) or len(given) != 2 * len(otherwise):
        return otherwise
    return tuple(n / d for n, d in zip(given[::2], given[1::2], strict=True))


def _dpi(page) -> tuple[float, float] | None:
    per_inch = {2: 1.0, 3: 2.54}.get(page.tags.valueof(296, 2))
    sides = [page.tags.valueof(tag, None) for tag in (282, 283)]
    try:
        return resolution([per_inch * n / d for n, d in sides])
    except (TypeError, ValueError, ZeroDivisionError):
        return None


def _exif(path: Path, page) -> Image.Exif:
    """The EXIF data, which Pillow reads without the picture; of a BigTIFF file, only its own texts."""
    exif = Image.Exif()
    if page.parent.is_bigtiff:
        texts = {tag: page.tags.valueof(tag, None) for tag in TEXTS}
        exif.update({tag: text for tag, text in texts.items() if isinstance(text, str)})
        return exif
    try:
        with path.open("rb") as file:
            exif.load_from_fp(file)
            touch(exif)
    except Exception:  # damaged entries end in errors of many types
        return Image.Exif()
    return exif
