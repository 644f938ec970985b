"""The format of a picture's file, told by its first bytes; and advice on files that are not read."""

import codecs
import struct

from refocuslab.pictures.formats.samples import Unreadable

# Endings of camera raw files: many are TIFF files by their first bytes.
RAW_ENDINGS = frozenset((
    ".3fr", ".arw", ".cr2", ".cr3", ".crw", ".dcr", ".dng", ".erf", ".fff", ".gpr", ".iiq", ".k25", ".kdc",
    ".mef", ".mos", ".mrw", ".nef", ".nrw", ".orf", ".pef", ".raf", ".raw", ".rw2", ".rwl", ".sr2", ".srf",
    ".srw", ".x3f",
))  # fmt: skip

# Where camera raw files have which bytes: Canon (3), Olympus (3), Panasonic, Fuji, Sigma, Minolta.
_RAW_STARTS = (
    (8, b"CR\x02"),
    (4, b"ftypcrx"),
    (6, b"HEAPCCDR"),
    (0, b"IIRO"),
    (0, b"IIRS"),
    (0, b"MMOR"),
    (0, b"IIU\0"),
    (0, b"FUJIFILMCCD-RAW"),
    (0, b"FOVb"),
    (0, b"\0MRM"),
)

# The first bytes of the formats that are read.
_STARTS = (
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"II*\0", "TIFF"),
    (b"MM\0*", "TIFF"),
    (b"II+\0", "TIFF"),
    (b"MM\0+", "TIFF"),
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
    (b"BM", "BMP"),
    (b"\0\0\0\x0cjP  \r\n\x87\n", "JPEG2000"),
    (b"\xff\x4f\xff\x51", "JPEG2000"),
    (b"qoif", "QOI"),
)

# The first bytes of other files that people have, what they are and what to do.
_OTHERS = (
    (b"8BPS", "a Photoshop document: export it as PNG or TIFF"),
    (b"gimp xcf", "a GIMP document: export it as PNG or TIFF"),
    (b"%PDF", "a PDF document: export the picture as PNG or TIFF"),
    (b"%!PS", "a PostScript document: export the picture as PNG or TIFF"),
    (b"\xff\x0a", "a JPEG XL picture: convert it to PNG or TIFF"),
    (b"\0\0\0\x0cJXL ", "a JPEG XL picture: convert it to PNG or TIFF"),
    (b"v/1\x01", "an OpenEXR picture: convert it to sRGB and export it as PNG or TIFF"),
    (b"#?RADIANCE", "a Radiance HDR picture: convert it to sRGB and export it as PNG or TIFF"),
    (b"II\xbc\x01", "a JPEG XR picture: convert it to PNG or TIFF"),
    (b"<svg", "a drawing (SVG): export it as PNG"),
    (b"<?xml", "a drawing or a text (XML): export it as PNG"),
)

# What the names of pictures end in, camera raw aside: such a file that is none has come to harm.
_ENDINGS = frozenset((
    ".jpg", ".jpeg", ".jpe", ".png", ".tif", ".tiff", ".webp", ".avif", ".heic", ".heif", ".jp2", ".gif",
    ".bmp", ".ppm", ".pgm", ".qoi",
))  # fmt: skip

# What is said of what is read.
OURS = "PNG, JPEG, TIFF, WebP, AVIF, HEIC, camera raw, JPEG 2000, GIF, BMP, PPM or QOI"


def kind_of(head: bytes, ending: str) -> str:
    """The format of a file.

    Parameters
    ----------
    head : bytes
        Its first 256 bytes, fewer if it has fewer.
    ending : str
        The ending of its name with the dot, which tells camera raw from TIFF.

    Returns
    -------
    str
        "AVIF", "BMP", "GIF", "HEIC", "JPEG", "JPEG2000", "PNG", "PPM", "QOI", "RAW", "TIFF" or
        "WEBP".

    Raises
    ------
    Unreadable
        It is none of these; the message says what it is.
    """
    if not head:
        raise Unreadable("it is empty")
    if any(head[place : place + len(start)] == start for place, start in _RAW_STARTS):
        return "RAW"
    kind = next((kind for start, kind in _STARTS if head.startswith(start)), None)
    if kind in (None, "TIFF") and ending.lower() in RAW_ENDINGS:
        return "RAW"
    if kind is not None:
        return kind
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WEBP"
    if head[:1] == b"P" and head[1:2] in b"123456Ff" and head[2:3].isspace():
        return "PPM"
    if head[4:8] == b"ftyp":
        return _of_boxes(head)
    for start, what in _OTHERS:
        if head.lstrip().startswith(start):
            raise Unreadable(f"it is {what}")
    if _is_text(head):
        raise Unreadable("it holds text and no picture: give the photo itself")
    if ending.lower() in _ENDINGS:
        raise Unreadable("it is no picture, or damaged")
    raise Unreadable(f"it is none of {OURS}: open it where it was made, and export it as JPEG or PNG")


def _is_text(head: bytes) -> bool:
    """Whether a file begins as text does: UTF-8 without controls, its last letter cut perhaps."""
    try:
        text = codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return False
    return all(letter.isprintable() or letter.isspace() for letter in text.removeprefix("\ufeff"))


def _of_boxes(head: bytes) -> str:
    """AVIF and HEIC share a container, whose list of brands tells them apart."""
    (size,) = struct.unpack(">I", head[:4])
    brands = {head[8:12]} | {head[i : i + 4] for i in range(16, min(size, len(head)) - 3, 4)}
    if brands & {b"avif", b"avis"}:
        return "AVIF"
    if brands & {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}:
        return "HEIC"
    raise Unreadable("it is a video or another container: export the picture as PNG or TIFF")
