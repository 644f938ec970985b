"""The tables of a bench in a ``scene.toml``, as ``tables.py`` has those of photos.

None stands for a key that is not given: the dataclass of ``refocuslab.simulation`` has its default.
"""

from dataclasses import dataclass, field
from typing import Any

from refocuslab.scenes.tables import CropTable, check_table_seed


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
    blades, blade_angle : int and float, optional
        A polygon's corners instead of a circle, and the direction of one in degrees.
    obstruction : float, optional
        Share of the diameter that is dark in the middle.
    rim_distance, rim_diameter : float, optional
        A rim before the lens, in mm.
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
    blades: int | None = None
    blade_angle: float | None = None
    obstruction: float | None = None
    rim_distance: float | None = None
    rim_diameter: float | None = None


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
        check_table_seed(self.seed)


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
