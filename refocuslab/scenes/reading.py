"""What the tables of a scene name, read from its folder: photos, masks and PSFs."""

from pathlib import Path

import numpy as np

from refocuslab.checks import require
from refocuslab.errors import RefocusError
from refocuslab.files.toml_tables import told
from refocuslab.optics.psf import disk
from refocuslab.pictures.masks import read_mask
from refocuslab.pictures.polygons import polygon_mask
from refocuslab.pictures.reading import read_photo
from refocuslab.registration.warp import change_view
from refocuslab.scene import FocusedPhoto
from refocuslab.scenes.paths import picture_in, place_in
from refocuslab.scenes.sources import SKIMAGE, read_psf, skimage_photo
from refocuslab.scenes.tables import read_table
from refocuslab.simulation.misfocus import add_noise, misfocus

# Pixels of all photos of a scene together, 1.5 GB of them: a file of 1 MB can name one large photo
# thousands of times.
_MOST_PIXELS = 500 * 10**6
# Pixels of a photo that is misfocused or seen from elsewhere in simulation, which takes 140 bytes for each.
_MOST_SIMULATED = 25 * 10**6


class Reading:
    """What the tables of one scene name, read from its folder, and how much of it there may be yet."""

    def __init__(self, folder: Path, light: str = "linear"):
        self._folder, self._light, self._left = folder, light, _MOST_PIXELS

    def file(self, name: str) -> np.ndarray:
        """A photo of that name in the folder, or one of scikit-image."""
        if name.startswith(SKIMAGE):
            photo = skimage_photo(name.removeprefix(SKIMAGE))
        else:
            photo = read_photo(picture_in(self._folder, name))
        self._left -= photo.shape[0] * photo.shape[1]
        require(self._left >= 0, "its photos", f"must have at most {_MOST_PIXELS:,} pixels together", "more")
        return photo

    def photo(self, keys: dict) -> np.ndarray:
        """The photo that a table describes, with all that is done to it."""
        photo = self.file(keys["photo"])
        if keys.get("simulate") is not None:
            # Before the crop: a lens spreads the light from beyond the frame into it as well.
            with told("simulate:"):
                how = read_table(keys["simulate"], "simulate")
                options = {"noise": how["noise"], "seed": how["seed"], "light": self._light}
                photo = misfocus(_to_simulate(photo), how["diameter"], **options)
        if keys.get("view") is not None:
            with told("view:"):
                how = read_table(keys["view"], "view")
                options = {key: how[key] for key in ("gain", "offset") if how[key] is not None}
                photo = change_view(_to_simulate(photo), how["homography"], **options, light=self._light)
        if keys["crop"] is not None:
            with told("crop:"):
                photo = _crop(photo, **read_table(keys["crop"], "crop"))
        if keys.get("noise") is not None:
            with told("noise:"):
                how = read_table(keys["noise"], "noise")
                photo = add_noise(_to_simulate(photo), how["std"], how["seed"])
        return photo

    def mask(self, keys: dict, photo: np.ndarray) -> np.ndarray | None:
        if keys["polygons"] is None:
            if keys["holes"] is not None:
                raise RefocusError("holes", "must come with polygons", "none")
            return None if keys["mask"] is None else read_mask(picture_in(self._folder, keys["mask"]))
        if keys["mask"] is not None:
            raise RefocusError("mask", "must not be given with polygons", "both")
        return polygon_mask(photo.shape[:2], keys["polygons"], holes=keys["holes"] or ())

    def focused(self, keys: dict, mask_of_misfocused: np.ndarray | None) -> FocusedPhoto:
        photo = self.photo(keys)
        mask = self.mask(keys, photo)
        if keys["same_mask"]:
            if mask is not None:
                raise RefocusError("same_mask", "must not be given with a mask or polygons", "both")
            mask = mask_of_misfocused
        return FocusedPhoto(photo, mask)

    def psf(self, keys: dict) -> np.ndarray:
        if (keys["diameter"] is None) == (keys["file"] is None):
            got = "none" if keys["file"] is None else "both"
            raise RefocusError("it", "must have a diameter or a file, one of them", got)
        if keys["file"] is None:
            return disk(keys["diameter"])
        return read_psf(place_in(self._folder, keys["file"]))


def _to_simulate(photo: np.ndarray) -> np.ndarray:
    pixels = photo.shape[0] * photo.shape[1]
    require(pixels <= _MOST_SIMULATED, "the photo", f"must have at most {_MOST_SIMULATED:,} pixels", pixels)
    return photo


def _crop(photo: np.ndarray, top: int, left: int, height: int, width: int) -> np.ndarray:
    rows, columns, _ = photo.shape
    if not (0 <= top < top + height <= rows and 0 <= left < left + width <= columns):
        got = f"top {top}, left {left}, height {height}, width {width}"
        raise RefocusError("it", f"must lie inside the photo, {rows} x {columns} pixels", got)
    return photo[top : top + height, left : left + width]
