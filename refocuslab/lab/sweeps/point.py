"""A point of a sweep: one scene refocused by one method, scored, and written as a picture with a manifest.

Workers import this module, so it imports neither notebooks nor drawing. A worker keeps the `Refocuser` of
its last scene: consecutive points whose library, trees or candidates are equal compute them once.
"""

import math
import os
import pickle
import threading
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, cast

from refocuslab.errors import RefocusError
from refocuslab.evaluation.metrics import score
from refocuslab.files.plain_files import write_whole
from refocuslab.lab.records import identity, manifest, provenance, shown_paths
from refocuslab.method import Method
from refocuslab.pictures.picture import Picture
from refocuslab.pictures.writing import encoded_photo
from refocuslab.refocusing.refocuser import Refocuser
from refocuslab.refocusing.result import Result
from refocuslab.scene import Scene

# The fields of `Score`, as a manifest and the table have them.
SCORES = ("psnr", "ssim", "reblur_rms")
# What identifies a scene as it is cut: the hash of its files, and the crop.
SceneKey = tuple[str, int]
# A point that was made, with the bytes of its PNG file.
Made = tuple[manifest.Manifest, bytes]
_here = threading.local()


@dataclass(frozen=True)
class Point:
    """One scene and one method.

    Attributes
    ----------
    name : str
        The hash of ``made_of``, which names the point's files.
    scene : str
        Name or folder.
    crop : int
        Side of the centered square that the scene is cut down to, in pixels; 0 for all of it.
    method : dict
        All fields of a Method.
    made_of : dict
        The point's identity: all that determines its picture.
    files : dict of str to str
        SHA-256 of each of the scene's files.
    told : str
        What the picture calls the scene.
    """

    name: str
    scene: str
    crop: int
    method: dict[str, Any]
    made_of: dict[str, Any]
    files: dict[str, str]
    told: str

    @classmethod
    def of(
        cls,
        scene: str,
        crop: int,
        method: Method,
        files: dict[str, str] | None = None,
        told: str | None = None,
    ) -> "Point":
        """The point of a scene and a method.

        Parameters
        ----------
        scene : str
            Name or folder.
        crop : int
            Side of the centered square, in pixels; 0 for all of the scene.
        method : Method
            How it is refocused.
        files : dict of str to str or None
            ``identity.scene_files`` of the scene, if known already; None reads them.
        told : str or None
            What the picture calls the scene; by default ``shown_paths.told_scene``.
        """
        files = identity.scene_files(scene) if files is None else files
        told = shown_paths.told_scene(scene) if told is None else told
        made_of = identity.point(asdict(method), crop, files)
        return cls(identity.name_of(made_of), scene, crop, asdict(method), made_of, files, told)

    @property
    def parameters(self) -> dict[str, Any]:
        """Scene, crop, and the fields of the method."""
        return {"scene": self.scene, "crop": self.crop, **self.method}

    @property
    def made_from(self) -> dict[str, Any]:
        """What the picture's file tells of how it was made."""
        return {"kind": "point", "scene": self.told, "identity": self.made_of}

    @property
    def scene_key(self) -> SceneKey:
        """What the points of one scene, cut alike, share."""
        return self.made_of["scene"], self.crop


def picture(
    result: Result, made_from: dict[str, Any], ending: str = ".png", *, like: Picture | None = None
) -> bytes:
    """The bytes of a file of the result's image.

    Parameters
    ----------
    result : Result
        Its ``image`` is encoded.
    made_from : dict
        What a PNG file tells of how it was made; files of other formats do not tell it.
    ending : str
        The format: ".png", ".tif", ".webp", ".jpg".
    like : Picture or None
        The picture whose transparency, color profile and metadata the file gets.
    """
    return provenance.stamped(encoded_photo(result.image, ending, like=like), made_from)


def evaluate(point: Point, refocuser: Refocuser) -> Made:
    """Refocus and score one point.

    Raises
    ------
    RefocusError
        This process runs another version of the method or its libraries than the one that planned the
        point.
    """
    program = identity.method_program()
    if program != point.made_of["program"]:
        differ = identity.differences(point.made_of["program"], program)
        raise RefocusError("worker", "must run the same program and libraries", "; ".join(differ))
    method = Method(**point.method)
    result = refocuser.refocus(method)
    measured = score(result.image, result.with_psf(refocuser.scene), light=method.light)
    png = picture(result, point.made_from)
    made = manifest.manifest(
        point.made_of,
        parameters=point.parameters,
        scenes={point.scene: point.files},
        seconds=result.seconds,
        scores=[asdict(measured)],
        outputs={f"{point.name}.png": png},
        doubts=[" ".join(str(doubt).split()) for doubt in result.doubts],
    )
    return made, png


def keep(made: manifest.Manifest, png: bytes, folder: Path) -> None:
    """Write a point's picture, then its manifest, whose presence marks the point as done."""
    write_whole(folder / f"{made.name}.png", png)
    manifest.write(made, folder / f"{made.name}.json")


def kept(name: str, folder: Path) -> manifest.Manifest | None:
    """The manifest of a point that is done and whose picture is unchanged, else None."""
    made = manifest.read(folder / f"{name}.json")
    return made if made is not None and made.name == name and made.holds(folder) and _scored(made) else None


def blocked(name: str, folder: Path) -> str:
    """Why a point's two files cannot be written, or an empty text.

    Something else than a plain file lies in the place of one of them.
    """
    for path in (folder / f"{name}.png", folder / f"{name}.json"):
        if os.path.lexists(path) and (path.is_symlink() or not path.is_file()):
            return f"{path.name} is not a plain file: move it away"
    return ""


def _scored(made: manifest.Manifest) -> bool:
    """Whether it has the scores of one picture, each a number, or None for want of a truth."""
    if len(made.scores) != 1 or not set(SCORES) <= set(made.scores[0]):
        return False
    values = [made.scores[0][name] for name in SCORES]
    return values[-1] is not None and all(
        value is None
        or value == "Infinity"
        or (isinstance(value, int | float) and not isinstance(value, bool) and not math.isnan(value))
        for value in values
    )


def refocuser_of(key: SceneKey, scene: Scene | bytes, threads: int) -> Refocuser:
    """This thread's `Refocuser` of a scene, which may be pickled; the last one is kept."""
    if getattr(_here, "key", None) != (key, threads):
        scene = pickle.loads(scene) if isinstance(scene, bytes) else scene
        _here.key, _here.refocuser = (key, threads), Refocuser(scene, threads=threads)
    return cast(Refocuser, _here.refocuser)


def attempt(point: Point, scene: Scene | bytes, threads: int = 1) -> Made | str:
    """`evaluate`, or one line that says why it failed."""
    try:
        return evaluate(point, refocuser_of(point.scene_key, scene, threads))
    except Exception as error:  # of whatever kind: a failed point must not end the others
        kind = "" if isinstance(error, RefocusError) else f"{type(error).__name__}: "
        return kind + " ".join(str(error).split())


def work(points: list[Point], scene: bytes, folder: Path, threads: int) -> dict[str, str]:
    """Make points one after another, and write each as soon as it is done.

    A file ``.started-NAME`` tells which point was at work if this process dies.

    Parameters
    ----------
    points : list of Point
        All of one scene.
    scene : bytes
        The scene, pickled.
    folder : Path
        Where pictures and manifests are written.
    threads : int
        Threads of the method.

    Returns
    -------
    dict of str to str
        Why each point failed that did, by its name.
    """
    failed: dict[str, str] = {}
    for point in points:
        mark = folder / f".started-{point.name}"
        mark.touch()
        made = attempt(point, scene, threads)
        if isinstance(made, str):
            failed[point.name] = made
        else:
            try:
                keep(*made, folder)
            except (RefocusError, IsADirectoryError, PermissionError) as error:  # the others may be written
                failed[point.name] = " ".join(str(error).split())
        mark.unlink(missing_ok=True)
    return failed
