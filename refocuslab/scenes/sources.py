"""What a scene may take besides pictures: PSFs in files, and photographs of scikit-image."""

import io
import math
from functools import lru_cache
from pathlib import Path

import numpy as np

from refocuslab.checks import check_photo
from refocuslab.errors import RefocusError
from refocuslab.files.toml_files import read_bounded
from refocuslab.files.toml_tables import did_you_mean
from refocuslab.optics.psf import LARGEST_PSF

SKIMAGE = "skimage:"
# The widest PSF in the longest type of numbers, and its header.
_LARGEST_PSF = 16 * LARGEST_PSF**2 + 16_384
# What scikit-image's data module holds besides photos.
_NO_PHOTOS = {
    "binary_blobs",
    "data_dir",
    "download_all",
    "file_hash",
    "lbp_frontal_face_cascade_filename",
}


def read_psf(path: Path) -> np.ndarray:
    """The numbers in a .npy file, whose header is read before room is made for them."""
    rule = "must be a readable .npy file"
    try:
        content = read_bounded("file", path, _LARGEST_PSF)
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
            raise RefocusError("psf", "must be an array of numbers", f"{path}, of {dtype}")
        if len(shape) != 2 or math.prod(shape) * dtype.itemsize != len(content) - file.tell():
            raise ValueError(f"its shape, {shape}, is not that of a square, or not that of its content")
        file.seek(0)
        return np.load(file, allow_pickle=False)
    except RefocusError:
        raise
    except Exception as error:  # a header is source of Python, which has a dozen ways to be wrong
        raise RefocusError("file", rule, f"{path} ({error})") from error


@lru_cache(maxsize=4)
def skimage_photo(name: str) -> np.ndarray:
    """One of the photographs that come with scikit-image, such as "coffee"; read-only."""
    import skimage.data  # slow to import

    names = sorted({*skimage.data.__all__, "stereo_motorcycle/left", "stereo_motorcycle/right"})
    names = [n for n in names if n not in _NO_PHOTOS and n != "stereo_motorcycle"]
    if name not in names:
        rule = f"must be a photo of scikit-image{did_you_mean(name, names)}"
        raise RefocusError("photo", rule, f"'{SKIMAGE}{name}'")
    function, _, side = name.partition("/")
    try:
        photo = getattr(skimage.data, function)()
    except Exception as error:  # it may be a download, which has as many ways to fail as the net
        got = f"{name} ({error})"
        raise RefocusError("photo", "must be at hand in scikit-image", got) from error
    photo = np.asarray(photo[("left", "right").index(side)] if side else photo)
    if photo.ndim == 2:
        photo = np.repeat(photo[:, :, None], 3, axis=2)
    photo = np.array(check_photo(f"{SKIMAGE}{name}", photo[:, :, :3]))
    photo.flags.writeable = False
    return photo
