"""The strips and tiles of a TIFF page, decompressed and put together."""

import io
import lzma
import math
import struct
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from tifffile import FileHandle, TiffPage

from refocuslab.pictures.formats.jpeg_damage import check_jpeg
from refocuslab.pictures.formats.samples import Unreadable
from refocuslab.pictures.tiff import byte_codes

# Codes of compression: JPEG; none, deflate, LZMA.
JPEG = 7
_NONE, _DEFLATE, _LZMA = (1,), (8, 32946), (34925,)
_CODES = {5: byte_codes.lzw, 32773: byte_codes.packbits}
# Decompressed by libtiff: Huffman and fax codes, of one bit a sample; Zstandard, of bytes.
_FAX, _BYTES = (2, 3, 4), (50000,)


def array(page: TiffPage, file: FileHandle) -> NDArray[Any]:
    """The samples of a page.

    Parameters
    ----------
    page : tifffile.TiffPage
        The directory of the picture.
    file : tifffile.FileHandle
        The open file.

    Returns
    -------
    ndarray, (H, W, S)
        Integers of the narrowest type that holds the page's bits, signed if the page's are, or floats.

    Raises
    ------
    Unreadable
        A part is damaged or missing, or the samples are of a kind that is not read.
    """
    height, width, count = page.imagelength, page.imagewidth, page.samplesperpixel
    planes = count if page.planarconfig == 2 else 1
    within = count // planes
    tall, wide = (
        (page.tilelength, page.tilewidth) if page.is_tiled else (min(page.rowsperstrip, height), width)
    )
    across, down = -(-width // max(wide, 1)), -(-height // max(tall, 1))
    offsets, sizes = page.dataoffsets, page.databytecounts
    _check(page, min(tall, wide), max(len(offsets), len(sizes)), planes * across * down)
    whole = np.zeros((height, width, count), _dtype(page))
    for i in range(planes * across * down):
        plane, at = divmod(i, across * down)
        top, left = at // across * tall, at % across * wide
        # A strip ends with the picture, a tile is whole.
        rows = tall if page.is_tiled else min(tall, height - top)
        if offsets[i] + sizes[i] > file.size:
            raise Unreadable("it is cut off")
        file.seek(offsets[i])
        data = file.read(sizes[i])
        part = _segment(page, data, rows, wide, within)
        part = part[: height - top, : width - left]
        whole[
            top : top + len(part), left : left + part.shape[1], plane * within : plane * within + within
        ] = part
    return whole


def _check(page: TiffPage, side: int, given: int, needed: int) -> None:
    if side < 1 or given < needed or len(page.databytecounts) < needed:
        raise Unreadable("it is damaged: parts of its picture are missing")
    bits = page.tags.valueof(258, 1)
    formats = page.tags.valueof(339, 1)
    if any(isinstance(of, tuple) and len(set(of)) > 1 for of in (bits, formats)):
        raise Unreadable("its samples are of different sizes: export it as RGB")
    if page.samplesperpixel > 16 or (
        page.planarconfig == 2 and page.samplesperpixel > 1 and page.compression in _FAX
    ):
        raise Unreadable("its samples lie in an unusual order: export it as RGB")
    jpeg = page.compression == JPEG
    if page.is_subsampled and page.photometric == 6 and not jpeg:
        raise Unreadable("its colors are YCbCr of fewer pixels: export it as RGB")
    if jpeg and page.bitspersample != 8:
        raise Unreadable("its JPEG data have more than 8 bits: export it with LZW or without compression")
    if page.imagedepth > 1 or page.tiledepth > 1:
        raise Unreadable("it is a volume, not a photo")


def _dtype(page: TiffPage) -> np.dtype[Any]:
    bits, kind = page.bitspersample, {1: "u", 2: "i", 3: "f"}.get(int(page.sampleformat), "u")
    if int(page.sampleformat) in (5, 6):
        raise Unreadable("its samples are complex numbers")
    if kind == "f" and bits in (16, 32, 64):
        return np.dtype(f"f{bits // 8}")
    if kind != "f" and (bits <= 16 or bits in (32, 64)) and (kind == "u" or bits >= 8):
        return np.dtype(f"{kind}{max(1, 1 << math.ceil(math.log2(bits / 8))) if bits > 8 else 1}")
    raise Unreadable(f"its samples have {bits} bits of an unusual kind: export it with 8 or 16 bits")


def _segment(page: TiffPage, data: bytes, rows: int, wide: int, within: int) -> NDArray[Any]:
    """One strip or tile, (rows, wide, within): ``within`` is the number of samples of a pixel in it."""
    bits = page.bitspersample
    if page.compression == JPEG:
        return _jpeg(page, data, rows, wide, within)
    if page.fillorder == 2:
        data = np.packbits(np.unpackbits(np.frombuffer(data, np.uint8), bitorder="little")).tobytes()
    length = -(-wide * within * bits // 8)
    data = _decompressed(page, data, length, rows, wide)
    if len(data) < rows * length:
        raise Unreadable("it is damaged or cut off: a part of its picture is too short")
    lines = np.frombuffer(data, np.uint8, rows * length).reshape(rows, length)
    order, predictor = page.parent.byteorder, page.predictor
    dtype = _dtype(page)
    if predictor == 3 and dtype.kind == "f":
        # A row holds the most significant bytes of all samples first; each byte is less its left neighbor.
        sums = np.add.accumulate(lines.reshape(rows, -1, within), axis=1, dtype=np.uint8)
        planes = sums.reshape(rows, dtype.itemsize, wide * within).transpose(0, 2, 1)
        floats = np.ascontiguousarray(planes).view(f">f{dtype.itemsize}")
        return floats.reshape(rows, wide, within).astype(dtype)
    if predictor not in (1, 2):
        raise Unreadable("its samples are predicted in an unusual way: export it without compression")
    if bits == 8 * dtype.itemsize:
        samples: NDArray[Any] = lines.view(dtype.newbyteorder(order))
    else:
        samples = _unpacked(lines, bits, wide * within)
    part: NDArray[Any] = samples.astype(dtype).reshape(rows, wide, within)
    if predictor == 2:
        whole = part.view(f"u{dtype.itemsize}")
        part = np.add.accumulate(whole, axis=1, dtype=whole.dtype).view(dtype)
        part = part & dtype.type(2**bits - 1) if bits < 8 * dtype.itemsize else part
    return part


def _unpacked(lines: NDArray[np.uint8], bits: int, count: int) -> NDArray[np.uint16]:
    """Samples, (rows, count), of any number of bits up to 16; a row starts at a byte."""
    single = np.unpackbits(lines, axis=1, count=count * bits).reshape(len(lines), count, bits)
    found = np.zeros(single.shape[:2], np.uint16)
    for bit in range(bits):
        found = found << np.uint16(1) | single[:, :, bit]
    return found


def _decompressed(page: TiffPage, data: bytes, length: int, rows: int, wide: int) -> bytes:
    kind = page.compression
    most = length * rows
    if kind in _NONE:
        return data
    try:
        if kind in _DEFLATE:
            return zlib.decompressobj().decompress(data, most + 1)
        if kind in _LZMA:
            return lzma.LZMADecompressor().decompress(data, most + 1)
    except (zlib.error, lzma.LZMAError):
        raise Unreadable("it is damaged: its compressed data are wrong") from None
    if kind in _CODES:
        out = np.empty(most, np.uint8)
        filled = _CODES[kind](np.frombuffer(data, np.uint8), out)
        if filled < most:
            raise Unreadable("it is damaged: its compressed data are wrong or cut off")
        return out.tobytes()
    if kind in _FAX and page.bitspersample == 1 and page.samplesperpixel == 1:
        return _by_libtiff(page, data, wide, rows, "1")
    if kind in _BYTES:
        return _by_libtiff(page, data, length, rows, "L")
    raise Unreadable(f"its compression ({kind}) is not read: export it with LZW or without")


def _by_libtiff(page: TiffPage, data: bytes, width: int, rows: int, mode: str) -> bytes:
    """Bytes decompressed by libtiff, within Pillow, as a TIFF file of one gray strip."""
    entries = [
        (256, 4, width),
        (257, 4, rows),
        (258, 3, 1 if mode == "1" else 8),
        (259, 3, int(page.compression)),
        (262, 3, 1),
        (273, 4, 0),
        (277, 3, 1),
        (278, 4, rows),
        (279, 4, len(data)),
        *[(tag, 4, page.tags.valueof(tag)) for tag in (292, 293) if tag in page.tags],
    ]
    start = 8 + 2 + 12 * len(entries) + 4
    head = b"II*\0" + struct.pack("<IH", 8, len(entries))
    for tag, kind, value in entries:
        head += struct.pack("<HHII", tag, kind, 1, start if tag == 273 else value)
    try:
        with Image.open(io.BytesIO(head + bytes(4) + data), formats=["TIFF"]) as picture:
            return picture.convert(mode).tobytes()
    except (OSError, ValueError, struct.error):
        raise Unreadable("it is damaged: its compressed data are wrong") from None


def _jpeg(page: TiffPage, data: bytes, rows: int, wide: int, within: int) -> NDArray[np.uint8]:
    """A segment of JPEG data, decoded with the tables of its page."""
    tables = page.jpegtables or b""
    ycbcr = page.photometric == 6 and within == 3
    # An Adobe marker tells the decoder whether the colors are YCbCr: the page says so, the data may not.
    mark = b"\xff\xee\0\x0eAdobe\0\x64\0\0\0\0" + bytes([int(ycbcr)])
    whole = b"\xff\xd8" + mark + tables[2:-2] + data[2:]
    check_jpeg(whole)
    try:
        with Image.open(io.BytesIO(whole), formats=["JPEG"]) as picture:
            part = np.asarray(picture)
    except (OSError, ValueError, SyntaxError):
        raise Unreadable("it is damaged: its JPEG data are wrong") from None
    part = part.reshape(*part.shape[:2], -1)
    if part.shape[0] < rows or part.shape[1] < wide or part.shape[2] != within:
        raise Unreadable("it is damaged: its JPEG data are of another size")
    # Pillow inverts four inks, as Adobe's JPEG files need it; in TIFF files they are not inverted.
    return (255 - part if within == 4 else part)[:rows, :wide]
