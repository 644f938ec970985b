"""What a browser is sent of pictures that may have many megapixels: small ones, and parts at full size."""

import io
from dataclasses import dataclass

import numpy as np
from matplotlib import colormaps
from numpy.typing import NDArray
from PIL import Image

# cividis, (256, 3), looks the same with and without red-green blindness.
CIVIDIS = (colormaps["cividis"](np.linspace(0, 1, 256))[:, :3] * 255).round().astype(np.uint8)
# Gray levels at the end of the scale of differences.
LARGEST_DIFFERENCE = 24
# Pixels of the longer side of a preview; screens show pictures of a page about as wide. Of 12 megapixels, a
# JPEG file of this size takes 0.02 s and 0.5 MB, one of all of it 0.3 s and 6 MB.
LONGEST = 1600
# Pixels of the longer side of a part at full size; it is made smaller if it has more.
LARGEST_PART = 2048
THUMBNAIL = 160
QUALITY = 92

_Photo = NDArray[np.uint8]
_Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Box:
    """A part of a picture: its place in pixels."""

    top: int
    left: int
    height: int
    width: int

    def within(self, shape: tuple[int, ...]) -> "Box | None":
        """What of it lies in a picture of this shape, None if nothing does."""
        top, left = min(self.top, shape[0]), min(self.left, shape[1])
        height, width = min(self.height, shape[0] - top), min(self.width, shape[1] - left)
        return Box(top, left, height, width) if height > 0 and width > 0 else None

    def of(self, image: _Photo) -> _Photo:
        """The part itself, a view."""
        return image[self.top : self.top + self.height, self.left : self.left + self.width]


def size(shape: tuple[int, ...], longest: int = LONGEST) -> tuple[int, int]:
    """Width and height of a preview of a picture of this shape."""
    share = min(1.0, longest / max(shape[:2]))
    return max(1, round(shape[1] * share)), max(1, round(shape[0] * share))


def jpeg(image: _Photo, longest: int = LONGEST) -> bytes:
    """A picture as a JPEG file, its longer side at most ``longest`` pixels."""
    small, file = Image.fromarray(image), io.BytesIO()
    if (into := size(image.shape, longest)) != small.size:
        small = small.resize(into, Image.Resampling.LANCZOS, reducing_gap=2.0)
    small.save(file, format="JPEG", quality=QUALITY, subsampling=0)
    return file.getvalue()


def mask_png(mask: _Mask) -> bytes:
    """A mask as a black and white PNG file of the size of a preview."""
    file = io.BytesIO()
    small = Image.fromarray(mask).resize(size(mask.shape), Image.Resampling.NEAREST)
    small.save(file, format="PNG", compress_level=1)
    return file.getvalue()


def kernel(psf: NDArray[np.float64]) -> dict[str, object]:
    """A PSF for the page, with a dark rim: its side, and R, G, B of each pixel; white is its maximum."""
    gray = np.pad(np.rint(psf * (255 / psf.max())).astype(np.uint8), 2)
    return {"side": len(gray), "kernel": np.repeat(gray[..., None], 3, axis=2).tobytes()}


def radius(psf: NDArray[np.float64]) -> float:
    """The radius of the disk that has the second moment of a PSF, in pixels."""
    y, x = np.mgrid[: len(psf), : len(psf)] - (len(psf) - 1) / 2
    return float(np.sqrt(2 * (psf * (x * x + y * y)).sum()))


def difference(image: _Photo, other: _Photo, shown: _Mask) -> _Photo:
    """The mean absolute difference of two pictures in colors, dark blue 0; dark where nothing is shown."""
    off = np.abs(image.astype(np.int16) - other).mean(axis=2, dtype=np.float32)
    colored: _Photo = CIVIDIS[np.minimum(off * (255 / LARGEST_DIFFERENCE), 255).astype(np.uint8)]
    colored[~shown] = 96
    return colored
