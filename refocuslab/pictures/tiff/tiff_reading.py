"""The samples of TIFF files: their directories are read by tifffile, their samples here.

Pillow reads common TIFF files correctly, and many others wrong without an error: of 16-bit samples in
planes it keeps one byte, pictures in which white is zero become negatives, rotated ones in tiles stripes.
"""

import logging
from pathlib import Path
from typing import Any

import numpy as np
import tifffile
from numpy.typing import NDArray
from PIL import Image

from refocuslab.checks import check_size
from refocuslab.pictures.formats import raw_reading
from refocuslab.pictures.formats.exif import TEXTS, resolution, touch
from refocuslab.pictures.formats.pillow_reading import fractions
from refocuslab.pictures.formats.samples import ColorKind, Samples, Unreadable, unmultiplied
from refocuslab.pictures.tiff import segments

# tifffile logs what is odd in a file; what matters to its owner is in the doubts.
logging.getLogger("tifffile").addHandler(logging.NullHandler())

_GRAY, _INVERTED, _RGB, _PALETTE, _INKS, _YCBCR, _LAB, _ICC_LAB = 1, 0, 2, 3, 5, 6, 8, 9
_RAW_PHOTOMETRICS = (32803, 34892)
_NAMES = {4: "a transparency mask", 10: "Lab of the ITU", 32844: "logarithmic", 32845: "logarithmic"}
# Pictures in one file, at most: a hostile file's chain of them has no end.
_MOST_PAGES = 1000


def read(path: Path) -> Samples:
    """The samples of a TIFF file's first picture that is no thumbnail and no mask.

    Raises
    ------
    Unreadable
        The file has no picture, is damaged, cut off, or of samples that are not read.
    RefocusError
        It has more megapixels than are read.
    """
    with tifffile.TiffFile(path, _multifile=False) as file:
        pages = _pages(file)
        if any(page.photometric in _RAW_PHOTOMETRICS or 50706 in page.tags for page in pages):
            return raw_reading.read(path)
        pages = [page for page in pages if page.imagelength and page.imagewidth]
        if not pages:
            raise Unreadable("it has no picture")
        first = next((i for i, page in enumerate(pages) if not _is_reduced(page)), 0)
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


def _pages(file: tifffile.TiffFile) -> list[tifffile.TiffPage]:
    """The pictures of a file, those within others too."""
    pages: list[tifffile.TiffPage] = []
    for i, page in enumerate(file.pages):
        if i >= _MOST_PAGES:
            raise Unreadable(f"it has more than {_MOST_PAGES} pictures")
        page = page.aspage() if isinstance(page, tifffile.TiffFrame) else page
        pages.append(page)
        if page.subifds:
            pages += [p for p in list(page.pages or ())[:20] if isinstance(p, tifffile.TiffPage)]
    return pages


def _is_reduced(page: tifffile.TiffPage) -> bool:
    """Whether it is a reduced copy of another picture, or a mask."""
    old, new = page.tags.valueof(255, 1), page.tags.valueof(254, 0)
    return old == 2 or (isinstance(new, int) and bool(new & 5))


def _understood(page: tifffile.TiffPage, values: NDArray[Any]) -> Samples:
    """The samples, (H, W, S), of a page as colors and alpha."""
    photometric, bits = page.photometric, page.bitspersample
    extra = [int(kind) for kind in page.extrasamples or ()]
    count = {_RGB: 3, _YCBCR: 3, _LAB: 3, _ICC_LAB: 3, _INKS: 4}.get(photometric, 1)
    if photometric not in (_GRAY, _INVERTED, _RGB, _PALETTE, _INKS, _YCBCR, _LAB, _ICC_LAB):
        what = _NAMES.get(photometric, f"of kind {int(photometric)}")
        raise Unreadable(f"its colors are {what}, which is not read: export it as RGB")
    if values.shape[2] < count or (photometric == _INKS and page.tags.valueof(332, 1) != 1):
        raise Unreadable("its samples are not those of its kind of colors: export it as RGB")
    more = values.shape[2] - count
    if more > 1 and count == 1:
        raise Unreadable(f"it has {more + 1} channels that are not colors: export it as RGB")
    # Some writers do not declare the one further channel; then it is alpha.
    is_alpha = more > 0 and (extra[:1] in ([1], [2]) or (more == 1 and 338 not in page.tags))
    alpha = _scaled(values[:, :, count], bits) if is_alpha else None
    doubts = ["a further channel of it, which is no alpha, is left out"] * (more > int(is_alpha))
    colors = values[:, :, :count]
    if photometric in (_LAB, _ICC_LAB):
        return Samples(_lab(colors, photometric, bits), "Lab", alpha, doubts=doubts)
    if photometric == _PALETTE:
        return Samples(_of_palette(page, colors), "RGB", alpha, doubts=doubts)
    colors = _scaled(colors, bits)
    if alpha is not None and extra and extra[0] == 1:
        colors = unmultiplied(colors, alpha)
    if photometric == _INVERTED:
        colors = (1 if colors.dtype.kind == "f" else np.iinfo(colors.dtype).max) - colors
    if photometric == _YCBCR and page.compression != segments.JPEG:
        colors = _of_ycbcr(page, colors)
    kind: ColorKind = "CMYK" if photometric == _INKS else "gray" if count == 1 else "RGB"
    return Samples(colors, kind, alpha, doubts=doubts)


def _scaled(values: NDArray[Any], bits: int) -> NDArray[Any]:
    """Samples of any number of bits as uint8, uint16 or float32; as int64 where white is not known."""
    if values.dtype.kind == "f":
        return fractions(values)
    if values.dtype.kind == "i" or bits > 16:
        return values.astype(np.int64)
    if bits in (8, 16):
        return values.astype(np.uint8 if bits == 8 else np.uint16)
    top = 255 if bits < 8 else 65535
    scaled: NDArray[np.float64] = np.rint(values * (top / (2**bits - 1)))
    return scaled.astype(np.uint8 if bits < 8 else np.uint16)


def _of_palette(page: tifffile.TiffPage, indices: NDArray[Any]) -> NDArray[Any]:
    table = page.colormap
    if table is None or table.ndim != 2 or indices.dtype.kind != "u":
        raise Unreadable("its palette is missing")
    table = np.asarray(table).T
    if len(table) <= indices.max():
        raise Unreadable("its palette has too few colors")
    # 16 bits by the standard, where 8 bits v are 257 v; some writers give 256 v, or v.
    colors: NDArray[Any] = table.astype(np.uint16)
    for unit in (257, 256, 1 if table.max() <= 255 else 257):
        if not (colors % unit).any():
            colors = (colors // unit).astype(np.uint8)
            break
    picked: NDArray[Any] = colors[indices[:, :, 0]]
    return picked


def _lab(values: NDArray[Any], photometric: int, bits: int) -> NDArray[np.float32]:
    if bits not in (8, 16) or values.dtype.kind == "f":
        raise Unreadable("its Lab colors are of an unusual number of bits: export it as RGB")
    unit = 1 if bits == 8 else 256
    light = values[:, :, :1].astype(np.float32)
    if photometric == _LAB:
        colors = values[:, :, 1:].astype(f"i{bits // 8}").astype(np.float32) / unit
        return np.concatenate([light * (100 / (2**bits - 1)), colors], axis=2)
    colors = values[:, :, 1:].astype(np.float32) / unit - 128
    return np.concatenate([light * (100 / (255 * unit)), colors], axis=2)


def _of_ycbcr(page: tifffile.TiffPage, values: NDArray[Any]) -> NDArray[np.uint8]:
    """YCbCr to RGB (TIFF 6.0, section 21)."""
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
    rgb: NDArray[np.uint8] = np.rint(colors).clip(0, 255).astype(np.uint8)
    return rgb


def _numbers(page: tifffile.TiffPage, tag: int, otherwise: tuple[float, ...]) -> tuple[float, ...]:
    """The numbers in a tag of fractions; ``otherwise`` where there are not as many."""
    given = page.tags.valueof(tag, None)
    if not isinstance(given, tuple) or len(given) != 2 * len(otherwise):
        return otherwise
    return tuple(n / d for n, d in zip(given[::2], given[1::2], strict=True))


def _dpi(page: tifffile.TiffPage) -> tuple[float, float] | None:
    per_inch = {2: 1.0, 3: 2.54}.get(page.tags.valueof(296, 2))
    sides = [page.tags.valueof(tag, None) for tag in (282, 283)]
    try:
        return resolution([per_inch * n / d for n, d in sides])
    except (TypeError, ValueError, ZeroDivisionError):
        return None


def _exif(path: Path, page: tifffile.TiffPage) -> Image.Exif:
    """The EXIF data; of a BigTIFF file, which Pillow does not read, only its texts."""
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
