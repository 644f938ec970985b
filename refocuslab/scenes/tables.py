"""The tables of a ``scene.toml``, a dataclass each: its fields are the keys that the table may have.

``read_table`` reads them and reports a wrong key or type. None stands for a key that is not given.
``bench_tables.py`` has the tables of a bench; data/README.md describes all of them for users.
"""

from dataclasses import dataclass
from typing import Any

from refocuslab.checks import LARGEST_SEED, require
from refocuslab.errors import quoted


@dataclass(frozen=True, kw_only=True)
class CropTable:
    """A ``crop``: the part of a photo to take.

    Attributes
    ----------
    top, left : int
        The first row and the first column, from 0.
    height, width : int
        Rows and columns, at least 1.
    """

    top: int
    left: int
    height: int
    width: int


@dataclass(frozen=True, kw_only=True)
class SimulateTable:
    """A ``simulate``: how a sharp photo is misfocused, before its crop.

    Attributes
    ----------
    diameter : int
        Of the disk, in pixels.
    noise : float
        Standard deviation of the noise added then, in gray levels of 255.
    seed : int
        Of the noise, 0 to 2^128 - 1.
    """

    diameter: int
    noise: float = 0.0
    seed: int = 0

    def __post_init__(self) -> None:
        check_table_seed(self.seed)


@dataclass(frozen=True, kw_only=True)
class ViewTable:
    """A ``view``: a photo as another camera would take it of a flat picture, before its crop.

    Attributes
    ----------
    homography : list
        Three rows of three numbers that take (x, y, 1) of the photo to the view.
    gain, offset : list, optional
        Three numbers each, for red, green and blue, in the scene's light.
    """

    homography: list[Any]
    gain: list[Any] | None = None
    offset: list[Any] | None = None


@dataclass(frozen=True, kw_only=True)
class NoiseTable:
    """A ``noise``: what is added to a photo after its crop.

    Attributes
    ----------
    std : float
        Standard deviation in gray levels of 255.
    seed : int
        Of the noise, 0 to 2^128 - 1.
    """

    std: float
    seed: int = 0

    def __post_init__(self) -> None:
        check_table_seed(self.seed)


@dataclass(frozen=True, kw_only=True)
class PhotoTable:
    """``[truth]``, and what ``[misfocused]`` and ``[[focused]]`` have too: a photo.

    Attributes
    ----------
    photo : str
        A file in the folder, or ``"skimage:..."``.
    crop : CropTable, optional
        The part to take.
    """

    photo: str
    crop: CropTable | None = None


@dataclass(frozen=True, kw_only=True)
class MaskedPhotoTable(PhotoTable):
    """What ``[misfocused]`` and ``[[focused]]`` have in common: a photo and its mask.

    Attributes
    ----------
    photo, crop
        As in ``PhotoTable``.
    mask : str, optional
        A file in the folder, of the size of the photo after the crop.
    polygons : list, optional
        Instead of a mask: lists of points [x, y] in pixels of the photo after the crop.
    holes : list, optional
        Polygons that are cut out of those.
    """

    mask: str | None = None
    polygons: list[Any] | None = None
    holes: list[Any] | None = None


@dataclass(frozen=True, kw_only=True)
class MisfocusedTable(MaskedPhotoTable):
    """``[misfocused]``: the photo U, and its mask.

    Attributes
    ----------
    photo, crop, mask, polygons, holes
        As in ``MaskedPhotoTable``.
    simulate : SimulateTable, optional
        The photo is sharp, and is misfocused in simulation.
    """

    simulate: SimulateTable | None = None


@dataclass(frozen=True, kw_only=True)
class FocusedTable(MaskedPhotoTable):
    """``[[focused]]``: a photo of the library V, and its mask.

    Attributes
    ----------
    photo, crop, mask, polygons, holes
        As in ``MaskedPhotoTable``.
    same_mask : bool
        Take the mask of the misfocused photo.
    restored : bool
        Registration estimated some of its clipped samples.
    view : ViewTable, optional
        Another view of the photo, made in simulation.
    noise : NoiseTable, optional
        Noise that is added in simulation.
    """

    same_mask: bool = False
    restored: bool = False
    view: ViewTable | None = None
    noise: NoiseTable | None = None


@dataclass(frozen=True, kw_only=True)
class PsfTable:
    """``[psf]``: a disk or any other PSF, one of them.

    Attributes
    ----------
    diameter : int, optional
        Of the disk, in pixels.
    file : str, optional
        A ``.npy`` file in the folder.
    """

    diameter: int | None = None
    file: str | None = None


@dataclass(frozen=True, kw_only=True)
class VaryingTable:
    """``[varying]``: how wide the misfocus is at each pixel of the misfocused photo.

    Attributes
    ----------
    width : str
        A ``.npy`` file in the folder: the width at each pixel, (H, W).
    widths : list of float, optional
        The widths of the PSFs, rising. Without them, and ``psfs``, the PSFs are disks.
    psfs : list of str, optional
        A ``.npy`` file for each of the widths.
    """

    width: str
    widths: list[Any] | None = None
    psfs: list[Any] | None = None


@dataclass(frozen=True, kw_only=True)
class CalibrationTable:
    """``[calibration]``: two shots of a small light, from which the PSF is found (§3).

    Attributes
    ----------
    focused, misfocused : str
        Files in the folder.
    """

    focused: str
    misfocused: str


@dataclass(frozen=True, kw_only=True)
class SceneTable:
    """The whole ``scene.toml`` of photos.

    Attributes
    ----------
    name, title, description : str
        Text for people; the name is optional, and that of the folder without it.
    light : str
        "linear" or "encoded": where ``simulate``, ``view`` and ``[calibration]`` take light to add.
    misfocused : MisfocusedTable
        The photo to refocus.
    focused : list of FocusedTable
        The photos of the library.
    psf : PsfTable, optional
        The misfocus; it may be left out where there is a calibration.
    varying : VaryingTable, optional
        How wide it is at each pixel, beside ``psf``.
    calibration : CalibrationTable, optional
        Two shots of a small light.
    truth : PhotoTable, optional
        The misfocused photo as it should have been.
    """

    name: str | None = None
    title: str = ""
    description: str = ""
    light: str = "linear"
    misfocused: MisfocusedTable
    focused: list[FocusedTable]
    psf: PsfTable | None = None
    varying: VaryingTable | None = None
    calibration: CalibrationTable | None = None
    truth: PhotoTable | None = None


def check_table_seed(seed: int) -> None:
    """Refuse a seed out of range where it is read, before anything is made with it.

    Raises
    ------
    RefocusError
        It is not from 0 to ``LARGEST_SEED``.
    """
    rule = f"must be at least 0, and at most {LARGEST_SEED}"
    require(0 <= seed <= LARGEST_SEED, "seed", rule, quoted(seed))
