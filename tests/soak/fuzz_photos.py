"""The reader of pictures against files that are broken on purpose.

``run(seconds, seed)`` breaks good files of every format for a while. Each case has a seed of its own, and
``case(seed)`` does it again. Reading gives an image (H, W, 3) uint8 or a mask (H, W) bool, or a
`RefocusError` whose message is one line: never another exception, nor more time or memory than bounds.
"""

import io
import resource
import struct
import tempfile
import time
import tracemalloc
import warnings
import zlib
from collections import Counter
from functools import cache
from pathlib import Path

import numpy as np
import tifffile
from PIL import Image

from refocuslab.errors import RefocusError, RefocusWarning
from refocuslab.pictures.masks import read_mask
from refocuslab.pictures.reading import read_picture

# Seconds and bytes that one small broken file may take. A header may claim a million pixels, the limit set
# here, in 16 bits with alpha, converted in float64.
SECONDS, BYTES, MEGAPIXELS = 20.0, 400e6, "1"


@cache
def good_files() -> tuple[tuple[str, bytes], ...]:
    """(ending, content) of good files, one or more of each format."""
    rng = np.random.default_rng(1)
    smooth = np.add.outer(np.arange(48), np.arange(40))[:, :, None] * 2 + np.array([0, 20, 40])
    photo = (smooth + rng.integers(0, 20, smooth.shape)).astype(np.uint8)
    deep = photo.astype(np.uint16) * 257
    alpha = np.dstack([photo, np.where(np.arange(40) < 20, 0, 255)[None].repeat(48, 0).astype(np.uint8)])
    exif = Image.Exif()
    exif[0x010F], exif[0x0112] = "Some maker", 6
    exif[0x8769] = {0x9003: "2021:02:03 04:05:06", 0xA001: 1}
    found = []

    def pillow(ending, values, kind=None, mode=None, **options):
        file = io.BytesIO()
        picture = Image.fromarray(values)
        picture = picture.convert(mode) if mode else picture
        picture.save(file, kind or ending.upper(), **options)
        found.append((ending, file.getvalue()))

    icc = icc_profile()
    for values in (photo, alpha, photo[:, :, 0], deep[:, :, 0]):
        pillow("png", values, exif=exif, dpi=(300, 300), icc_profile=icc)
    pillow("png", photo, mode="P", transparency=3)
    for options in (
        {},
        {"progressive": True},
        {"restart_marker_rows": 1},
        {"icc_profile": icc, "exif": exif},
    ):
        pillow("jpg", photo, "JPEG", **options)
    pillow("jpg", photo, "JPEG", mode="CMYK")
    pillow("jpg", photo, "MPO", save_all=True, append_images=[Image.fromarray(photo)])
    for options in ({"lossless": True}, {"exif": exif, "icc_profile": icc}):
        pillow("webp", alpha, **options)
    more = [Image.fromarray(255 - photo)]
    pillow("webp", photo, save_all=True, append_images=more)
    pillow("gif", photo, save_all=True, append_images=more)
    for mode in ("1", "L", "P", "RGB"):
        pillow("bmp", photo, mode=mode)
    for ending, kind, values in (
        ("ppm", "PPM", photo),
        ("pgm", "PPM", deep[:, :, 0]),
        ("jp2", "JPEG2000", photo),
        ("jp2", "JPEG2000", deep[:, :, 0]),
        ("qoi", "QOI", alpha),
        ("avif", "AVIF", photo),
    ):
        pillow(ending, values, kind)
    for values in (photo, alpha, photo[:, :, 0], deep, deep[:, :, 0], deep / np.float32(65535)):
        for options in (
            {},
            {"compression": "zlib", "predictor": True},
            {"tile": (16, 16)},
            {"bigtiff": True},
        ):
            file = io.BytesIO()
            options = (
                options
                if values.dtype.kind == "u"
                else {k: v for k, v in options.items() if k != "predictor"}
            )
            kind = "minisblack" if values.ndim == 2 else "rgb"
            tifffile.imwrite(
                file, values, photometric=kind, iccprofile=icc if values.ndim == 3 else None, **options
            )
            found.append(("tif", file.getvalue()))
    for compression in ("tiff_lzw", "packbits", "jpeg", "tiff_adobe_deflate"):
        for mode in ("RGB", "L", "CMYK"):
            pillow("tif", photo, "TIFF", mode=mode, compression=compression)
    pillow("tif", photo, "TIFF", mode="1", compression="group4")
    pillow("tif", photo, "TIFF", mode="P")
    return tuple(found)


def icc_profile() -> bytes:
    """A profile of primaries that are not sRGB's, so that converting is tried too."""
    from refocuslab.pictures.color import srgb

    profile = bytearray(srgb.profile())
    at = profile.index(b"para") + 12
    profile[at : at + 4] = struct.pack(">i", round(1.8 * 65536))
    return bytes(profile)


def broken(content: bytes, rng: np.random.Generator) -> bytes:
    """A file changed in one way, or in several."""
    data = bytearray(content)
    for _ in range(rng.choice([1, 1, 1, 2, 5])):
        how = rng.choice(["flip", "byte", "head", "cut", "lose", "zero", "swap", "double", "number", "chunk"])
        size = len(data)
        if size < 16:
            break
        at, length = int(rng.integers(size)), int(rng.integers(1, 64))
        if how == "flip":
            data[at] ^= 1 << int(rng.integers(8))
        elif how == "byte":
            data[at] = int(rng.choice([0, 1, 0x7F, 0x80, 0xFF]))
        elif how == "head":
            data[int(rng.integers(min(size, 200)))] = int(rng.integers(256))
        elif how == "cut":
            del data[at:]
        elif how == "lose":
            del data[at : at + length]
        elif how == "zero":
            data[at : at + length] = bytes(len(data[at : at + length]))
        elif how == "swap":
            other = int(rng.integers(size))
            data[at : at + length], data[other : other + length] = (
                data[other : other + length],
                data[at : at + length],
            )
        elif how == "double":
            data[at:at] = data[at : at + length]
        elif how == "number":
            form = rng.choice(["<I", ">I", "<H", ">H"])
            number = (
                int(rng.choice([0, 1, 0x7FFF, 0xFFFF]))
                if form[1] == "H"
                else int(rng.choice([0, 1, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF]))
            )
            coded = struct.pack(form, number)
            data[at : at + len(coded)] = coded
        else:
            data = bytearray(_chunks_mended(bytes(data), rng))
    return bytes(data)


def _chunks_mended(data: bytes, rng: np.random.Generator) -> bytes:
    """A PNG file with a byte of a chunk changed and its checksum made right, so that it goes deeper."""
    if not data.startswith(b"\x89PNG"):
        return data
    at, parts = 8, [data[:8]]
    while at + 12 <= len(data):
        (size,) = struct.unpack_from(">I", data, at)
        name, content = data[at + 4 : at + 8], bytearray(data[at + 8 : at + 8 + size])
        if content and rng.random() < 0.4:
            content[int(rng.integers(len(content)))] = int(rng.integers(256))
        parts.append(struct.pack(">I", len(content)) + name + content)
        parts.append(struct.pack(">I", zlib.crc32(name + content)))
        at += 12 + size
    if rng.random() < 0.3 and len(parts) > 5:
        a, b = rng.integers(1, (len(parts) - 1) // 2, 2) * 2 - 1
        parts[a : a + 2], parts[b : b + 2] = parts[b : b + 2], parts[a : a + 2]
    return b"".join(parts)


def case(seed: int, folder: Path | None = None) -> tuple[str, str]:
    """(outcome, ending) of the case of a seed; an AssertionError tells what did not hold."""
    rng = np.random.default_rng(seed)
    files = good_files()
    ending, content = files[int(rng.integers(len(files)))]
    with tempfile.TemporaryDirectory(dir=folder) as name:
        path = Path(name) / f"broken.{ending}"
        path.write_bytes(broken(content, rng))
        outcomes = {_outcome(path, read) for read in (read_picture, read_mask)}
    return ("read" if "read" in outcomes else "refused"), ending


def _outcome(path: Path, read) -> str:
    start = time.perf_counter()
    tracemalloc.start()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            warnings.simplefilter("ignore", RefocusWarning)
            found = read(path)
    except RefocusError as error:
        assert "\n" not in str(error), f"{read.__name__}: {error}"
        outcome = "refused"
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        raise AssertionError(f"{read.__name__}: {type(error).__name__}: {error}") from error
    else:
        outcome = "read"
        image = getattr(found, "image", None)
        if image is None:
            assert found.ndim == 2 and found.dtype == bool and found.size, (
                f"a mask {found.shape} {found.dtype}"
            )
        else:
            assert image.ndim == 3 and image.shape[2] == 3 and image.dtype == np.uint8 and image.size
            assert found.alpha is None or found.alpha.shape == image.shape[:2]
            assert found.deep is None or found.deep.shape == image.shape
    finally:
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    seconds = time.perf_counter() - start
    assert seconds < SECONDS, f"{read.__name__} took {seconds:.1f} s"
    assert most < BYTES, f"{read.__name__} took {most / 1e6:.0f} MB"
    return outcome


def run(seconds: float, seed: int) -> dict:
    """Cases from a seed on, for a time: how many of each outcome, and the seeds of those that failed."""
    import os

    before = os.environ.get("REFOCUSLAB_MEGAPIXELS")
    os.environ["REFOCUSLAB_MEGAPIXELS"] = MEGAPIXELS
    counts, failures = Counter(), []
    end, number = time.monotonic() + seconds, seed
    try:
        while time.monotonic() < end:
            try:
                outcome, ending = case(number)
                counts[f"{ending} {outcome}"] += 1
            except AssertionError as error:
                failures.append({"seed": number, "found": str(error)[:300]})
            number += 1
    finally:
        if before is None:
            del os.environ["REFOCUSLAB_MEGAPIXELS"]
        else:
            os.environ["REFOCUSLAB_MEGAPIXELS"] = before
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {
        "cases": number - seed,
        "counts": dict(sorted(counts.items())),
        "failures": failures,
        "peak_kb": peak,
    }
