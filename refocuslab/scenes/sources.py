"""What a scene may take besides pictures: PSFs in files, and photographs of scikit-image."""

import io
import math
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from refocuslab.checks import check_photo
from refocuslab.errors import RefocusError
from refocuslab.files.toml_files import read_bounded
from refocuslab.files.toml_tables import did_you_mean
from refocuslab.optics.psf import LARGEST_PSF

# What the name of a photo begins with that comes with scikit-image.
SKIMAGE = "skimage:"
# Bytes of the widest PSF in the longest type of numbers, and of its header.
_LARGEST_PSF = 16 * LARGEST_PSF**2 + 16_384
# Bytes of a map in float64 of 150 megapixels, and of its header.
LARGEST_MAP = 8 * 150 * 10**6 + 16_384
# What scikit-image's data module holds besides photos.
_NO_PHOTOS = {
    "binary_blobs",
    "data_dir",
    "download_all",
    "file_hash",
    "lbp_frontal_face_cascade_filename",
}


def read_psf(path: Path) -> NDArray[np.generic]:
    """The numbers in a ``.npy`` file: ``check_psf`` tells whether they are a PSF.

    Raises
    ------
    RefocusError
        As ``read_numbers``.
    """
    return read_numbers("psf", path, _LARGEST_PSF)


def read_numbers(name: str, path: Path, largest: int) -> NDArray[np.generic]:
    """The numbers in a ``.npy`` file; its header is read before memory is allocated for them.

    Parameters
    ----------
    name : str
        What they are, for errors.
    path : Path
        A file of the ``.npy`` format 1.0 or 2.0.
    largest : int
        The most bytes that are read.

    Returns
    -------
    ndarray of numbers, (n, m)
        As they stand there.

    Raises
    ------
    RefocusError
        The file cannot be read, is damaged, or holds no array of numbers in two dimensions.
    """
    rule = "must be a readable .npy file"
    try:
        content = read_bounded("file", path, largest)
    except RefocusError as error:
        raise RefocusError("file", f"{rule}, and {error.rule}", error.got) from None
    file = io.BytesIO(content)
    try:
        version = np.lib.format.read_magic(file)
        read = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
        shape, _, dtype = read[version](file)
        if dtype.hasobject:
            raise ValueError("it holds objects")
        if dtype.kind not in "iuf":
            raise RefocusError(name, "must be an array of numbers", f"{path}, of {dtype}")
        if len(shape) != 2 or math.prod(shape) * dtype.itemsize != len(content) - file.tell():
            raise ValueError(f"its shape, {shape}, is not that of a square, or not that of its content")
        file.seek(0)
        numbers: NDArray[np.generic] = np.load(file, allow_pickle=False)
        return numbers
    except RefocusError:
        raise
    except Exception as error:  # a header is a Python literal: parsing it raises errors of many types
        raise RefocusError("file", rule, f"{path} ({error})") from error


@lru_cache(maxsize=4)
def skimage_photo(name: str) -> NDArray[np.uint8]:
    """One of the photographs of scikit-image.

    Parameters
    ----------
    name : str
        A function of ``skimage.data``, such as "coffee"; of the stereo pair, "stereo_motorcycle/left" and
        "stereo_motorcycle/right".

    Returns
    -------
    ndarray of uint8, (H, W, 3)
        The photo, sRGB, read-only; a gray one has three equal channels.

    Raises
    ------
    RefocusError
        There is no such photo, it would have to be downloaded and cannot be, or is not of 8 bits.
    """
    import skimage.data  # slow to import

    names = sorted({*skimage.data.__all__, "stereo_motorcycle/left", "stereo_motorcycle/right"})
    names = [n for n in names if n not in _NO_PHOTOS and n != "stereo_motorcycle"]
    if name not in names:
        rule = f"must be a photo of scikit-image{did_you_mean(name, names)}"
        raise RefocusError("photo", rule, f"'{SKIMAGE}{name}'")
    function, _, side = name.partition("/")
    try:
        photo = getattr(skimage.data, function)()
    except Exception as error:  # it may be a download, which fails with errors of many types
        got = f"{name} ({error})"
        raise RefocusError("photo", "must be at hand in scikit-image", got) from error
    photo = np.asarray(photo[("left", "right").index(side)] if side else photo)
    if photo.ndim == 2:
        photo = np.repeat(photo[:, :, None], 3, axis=2)
    photo = np.array(check_photo(f"{SKIMAGE}{name}", photo[:, :, :3]))
    photo.flags.writeable = False
    return photo
