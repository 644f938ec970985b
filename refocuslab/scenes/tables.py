"""The tables of a ``scene.toml``, a dataclass each: its fields are the keys that the table may have.

``read_table`` reads them and reports a wrong key or type. What is None was not given. data/README.md
tells people the same.
"""

from dataclasses import dataclass, field
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
        Standard deviation of the noise added then, in grey levels of 255.
    seed : int
        Of the noise, 0 to 2^128 - 1.
    """

    diameter: int
    noise: float = 0.0
    seed: int = 0

    def __post_init__(self) -> None:
        _check_seed(self.seed)


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
        Standard deviation in grey levels of 255.
    seed : int
        Of the noise, 0 to 2^128 - 1.
    """

    std: float
    seed: int = 0

    def __post_init__(self) -> None:
        _check_seed(self.seed)


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
    view : ViewTable, optional
        Another view of the photo, made in simulation.
    noise : NoiseTable, optional
        Noise that is added in simulation.
    """

    same_mask: bool = False
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
    calibration: CalibrationTable | None = None
    truth: PhotoTable | None = None


@dataclass(frozen=True, kw_only=True)
class CameraTable:
    """``[bench.camera]``, which takes the misfocused photo: the fields of ``Camera``.

    Attributes
    ----------
    focal_length, f_number, focus_distance, pixel : float
        Of the lens and the sensor; lengths in mm.
    width, height : int
        Of the photo, in pixels.
    position, target : list, optional
        Where the lens is and what it looks at, [x, y, z] in mm.
    exposure, full_well, read_noise : float, optional
        Gain of the light, and electrons.
    breathing : bool, optional
        Focusing nearer narrows the view.
    """

    focal_length: float
    f_number: float
    focus_distance: float
    pixel: float
    width: int
    height: int
    position: list[Any] | None = None
    target: list[Any] | None = None
    exposure: float | None = None
    full_well: float | None = None
    read_noise: float | None = None
    breathing: bool | None = None


@dataclass(frozen=True, kw_only=True)
class FocusedCameraTable:
    """``[[bench.focused]]``: where the camera of a focused photo differs from that of ``[bench.camera]``.

    Attributes
    ----------
    turn : float
        Degrees by which the camera is carried round the subject, to the right.
    f_number, focus_distance, exposure : float, optional
        Instead of the camera's; without a distance the subject is in focus.
    """

    turn: float = 0.0
    f_number: float | None = None
    focus_distance: float | None = None
    exposure: float | None = None


@dataclass(frozen=True, kw_only=True)
class LampTable:
    """``[bench.lamp]``: the fields of ``Lamp``.

    Attributes
    ----------
    towards : list, optional
        The direction to the lamp, [x, y, z].
    radius : float, optional
        Its angular radius in degrees.
    ambient : float, optional
        The share of light from everywhere, 0 to 1.
    """

    towards: list[Any] | None = None
    radius: float | None = None
    ambient: float | None = None


@dataclass(frozen=True, kw_only=True)
class TextureTable:
    """A ``texture`` or ``sides``: what faces show, a photo or noise, one of them.

    Attributes
    ----------
    photo : str, optional
        A file in the folder, or ``"skimage:..."``.
    crop : CropTable, optional
        The part of the photo to take.
    noise : int, optional
        The seed of procedural noise.
    texel : float, optional
        Side of a pixel on the face, in mm; the photo covers the face without it.
    tint : list, optional
        Gain of red, green and blue.
    """

    photo: str | None = None
    crop: CropTable | None = None
    noise: int | None = None
    texel: float | None = None
    tint: list[Any] | None = None


@dataclass(frozen=True, kw_only=True)
class PlaneTable:
    """``[[bench.plane]]``: the fields of ``Plane``.

    Attributes
    ----------
    name : str
        What ``subject`` calls it.
    centre : list
        [x, y, z] in mm.
    size : list
        Width and height in mm.
    texture : TextureTable
        What it shows.
    yaw, pitch : float, optional
        Degrees by which its front turns to the right and up.
    """

    name: str
    centre: list[Any]
    size: list[Any]
    texture: TextureTable
    yaw: float | None = None
    pitch: float | None = None


@dataclass(frozen=True, kw_only=True)
class BoxTable(PlaneTable):
    """``[[bench.box]]``: the fields of ``Box``.

    Attributes
    ----------
    name, centre, size, texture, yaw, pitch
        As in ``PlaneTable``; the size has a depth as well, and the texture is that of front and back.
    sides : TextureTable, optional
        What the other sides show, if not the same.
    """

    sides: TextureTable | None = None


@dataclass(frozen=True, kw_only=True)
class BenchTable:
    """``[bench]``: the fields of ``Bench``.

    Attributes
    ----------
    subject : list
        Names of the planes and boxes that make up the object.
    seed : int
        Of all noise, 0 to 2^128 - 1.
    camera : CameraTable
        The camera of the misfocused photo.
    focused : list of FocusedCameraTable
        Those of the focused ones.
    plane : list of PlaneTable
        The planes.
    box : list of BoxTable
        The boxes.
    lamp : LampTable
        What lights them.
    """

    subject: list[Any]
    seed: int = 0
    camera: CameraTable
    focused: list[FocusedCameraTable]
    plane: list[PlaneTable] = field(default_factory=list)
    box: list[BoxTable] = field(default_factory=list)
    lamp: LampTable = field(default_factory=LampTable)

    def __post_init__(self) -> None:
        _check_seed(self.seed)


@dataclass(frozen=True, kw_only=True)
class BenchSceneTable:
    """The whole ``scene.toml`` of a camera bench.

    Attributes
    ----------
    name, title, description
        As in ``SceneTable``.
    bench : BenchTable
        The set-up.
    """

    name: str | None = None
    title: str = ""
    description: str = ""
    bench: BenchTable


def _check_seed(seed: int) -> None:
    """Refuse a seed out of range before anything is made with it."""
    rule = f"must be at least 0, and at most {LARGEST_SEED}"
    require(0 <= seed <= LARGEST_SEED, "seed", rule, quoted(seed))
