"""What the tables of a scene name, read from its folder: photos, masks and PSFs."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from refocuslab.checks import require
from refocuslab.errors import RefocusError
from refocuslab.files.toml_tables import given, told
from refocuslab.lens.varying_psf import VaryingPsf
from refocuslab.optics.light import LightKind
from refocuslab.optics.psf import disk
from refocuslab.pictures.masks import read_mask
from refocuslab.pictures.polygons import polygon_mask
from refocuslab.pictures.reading import read_photo
from refocuslab.registration.warp import change_view
from refocuslab.scene import FocusedPhoto
from refocuslab.scenes.paths import picture_in, place_in
from refocuslab.scenes.sources import LARGEST_MAP, SKIMAGE, read_numbers, read_psf, skimage_photo
from refocuslab.scenes.tables import (
    CropTable,
    FocusedTable,
    MaskedPhotoTable,
    MisfocusedTable,
    PsfTable,
    VaryingTable,
)
from refocuslab.simulation.misfocus import add_noise, misfocus

# Pixels of all photos of a scene together, 1.5 GB of them: a file of 1 MB can name one large photo
# thousands of times.
_MOST_PIXELS = 500 * 10**6
# Pixels of a photo that is misfocused or seen from elsewhere in simulation, which takes 140 bytes for each.
_MOST_SIMULATED = 25 * 10**6
# PSFs of several widths: more than a map of any use has, each up to 16 MB.
_MOST_PSFS = 100

_Photo = NDArray[np.uint8]
_Mask = NDArray[np.bool_]


class Reading:
    """What the tables of one scene name, read from its folder; all its photos have 500 megapixels at most.

    Parameters
    ----------
    folder : Path
        The folder of the scene.
    light : str
        The light in which photos are misfocused and seen from elsewhere: "linear" or "encoded".
    """

    def __init__(self, folder: Path, light: LightKind = "linear"):
        self._folder, self._light, self._left = folder, light, _MOST_PIXELS

    def photo(self, name: str, crop: CropTable | None = None) -> _Photo:
        """A photo of that name in the folder, or one of scikit-image; the part of it that is cropped.

        Parameters
        ----------
        name : str
            A path within the folder, or ``skimage:`` and a name.
        crop : CropTable or None
            The part to take.

        Returns
        -------
        ndarray of uint8, (H, W, 3)
            The photo, sRGB.

        Raises
        ------
        RefocusError
            The file is missing, outside the folder or no picture; the crop does not lie within it; or the
            photos that were read have too many pixels together.
        """
        if name.startswith(SKIMAGE):
            photo = skimage_photo(name.removeprefix(SKIMAGE))
        else:
            photo = read_photo(picture_in(self._folder, name))
        self._left -= photo.shape[0] * photo.shape[1]
        require(self._left >= 0, "its photos", f"must have at most {_MOST_PIXELS:,} pixels together", "more")
        return _cropped(photo, crop)

    def misfocused(self, table: MisfocusedTable) -> tuple[_Photo, _Mask | None]:
        """The misfocused photo and its mask, None for the whole photo.

        Raises
        ------
        RefocusError
            A file or a number of the table breaks its rule.
        """
        photo = self.photo(table.photo)
        if table.simulate is not None:
            # Before the crop: a lens spreads the light from beyond the frame into it as well.
            with told("simulate:"):
                how = table.simulate
                photo = misfocus(
                    _to_simulate(photo), how.diameter, noise=how.noise, seed=how.seed, light=self._light
                )
        photo = _cropped(photo, table.crop)
        return photo, self._mask(table, photo)

    def focused(self, table: FocusedTable, mask_of_misfocused: _Mask | None) -> FocusedPhoto:
        """A focused photo.

        Parameters
        ----------
        table : FocusedTable
            The photo, its mask, and what is done to it.
        mask_of_misfocused : ndarray of bool, (H, W), or None
            The mask for ``same_mask``.

        Raises
        ------
        RefocusError
            A file or a number of the table breaks its rule, or it has two masks.
        """
        photo = self.photo(table.photo)
        if table.view is not None:
            with told("view:"):
                photo = change_view(_to_simulate(photo), **given(table.view), light=self._light)
        photo = _cropped(photo, table.crop)
        if table.noise is not None:
            with told("noise:"):
                photo = add_noise(_to_simulate(photo), table.noise.std, table.noise.seed)
        mask = self._mask(table, photo)
        if table.same_mask:
            if mask is not None:
                raise RefocusError("same_mask", "must not be given with a mask or polygons", "both")
            mask = mask_of_misfocused
        return FocusedPhoto(photo, mask, table.restored)

    def psf(self, table: PsfTable) -> NDArray[np.generic]:
        """The PSF, (n, n): a disk, or the numbers of a file, of which ``check_psf`` tells if they are one.

        Raises
        ------
        RefocusError
            The table has neither a diameter nor a file, or both; or one of them breaks its rule.
        """
        if (table.diameter is None) == (table.file is None):
            got = "none" if table.file is None else "both"
            raise RefocusError("it", "must have a diameter or a file, one of them", got)
        if table.diameter is not None:
            return disk(table.diameter)
        return read_psf(place_in(self._folder, table.file or ""))

    def varying(self, table: VaryingTable) -> VaryingPsf:
        """How wide the misfocus is at each pixel.

        Raises
        ------
        RefocusError
            A file or a number breaks its rule, or only one of ``widths`` and ``psfs`` is given.
        """
        width = read_numbers("width", place_in(self._folder, table.width), LARGEST_MAP)
        if table.widths is None and table.psfs is None:
            return VaryingPsf.of(width)
        if table.widths is None or table.psfs is None:
            raise RefocusError("it", "must have widths and psfs, or neither", "one of them")
        require(len(table.psfs) <= _MOST_PSFS, "psfs", f"must be at most {_MOST_PSFS}", len(table.psfs))
        psfs = [read_psf(place_in(self._folder, str(name))) for name in table.psfs]
        return VaryingPsf(psfs, table.widths, width)

    def _mask(self, table: MaskedPhotoTable, photo: _Photo) -> _Mask | None:
        if table.polygons is None:
            if table.holes is not None:
                raise RefocusError("holes", "must come with polygons", "none")
            return None if table.mask is None else read_mask(picture_in(self._folder, table.mask))
        if table.mask is not None:
            raise RefocusError("mask", "must not be given with polygons", "both")
        return polygon_mask(photo.shape[:2], table.polygons, holes=table.holes or ())


def _to_simulate(photo: _Photo) -> _Photo:
    pixels = photo.shape[0] * photo.shape[1]
    require(pixels <= _MOST_SIMULATED, "the photo", f"must have at most {_MOST_SIMULATED:,} pixels", pixels)
    return photo


def _cropped(photo: _Photo, crop: CropTable | None) -> _Photo:
    if crop is None:
        return photo
    rows, columns, _ = photo.shape
    bottom, right = crop.top + crop.height, crop.left + crop.width
    if not (0 <= crop.top < bottom <= rows and 0 <= crop.left < right <= columns):
        got = f"top {crop.top}, left {crop.left}, height {crop.height}, width {crop.width}"
        raise RefocusError("crop: it", f"must lie inside the photo, {rows} x {columns} pixels", got)
    return photo[crop.top : bottom, crop.left : right]
