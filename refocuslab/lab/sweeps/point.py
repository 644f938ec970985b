"""A point of a sweep: one scene refocused by one method, scored, and kept as a picture with a manifest.

What runs in a worker lies here, and imports neither notebooks nor drawing. A worker keeps its last
scene's `Refocuser`, so points that share library, trees and candidates share them.
"""

import math
import os
import pickle
import threading
from dataclasses import asdict, dataclass
from pathlib import Path

from refocuslab.errors import RefocusError
from refocuslab.evaluation.metrics import score
from refocuslab.files.plain_files import write_whole
from refocuslab.lab.records import identity, manifest, provenance, shown_paths
from refocuslab.method import Method
from refocuslab.pictures.picture import Picture
from refocuslab.pictures.writing import encoded_photo
from refocuslab.refocusing.refocuser import Refocuser, Result
from refocuslab.scene import Scene

SCORES = ("psnr", "ssim", "reblur_rms")
_here = threading.local()


@dataclass(frozen=True)
class Point:
    """scene: a name or folder. method: all fields of a Method. made_of: its identity, name: its hash."""

    name: str
    scene: str
    crop: int
    method: dict
    made_of: dict
    files: dict
    told: str

    @classmethod
    def of(
        cls, scene: str, crop: int, method: Method, files: dict | None = None, told: str | None = None
    ) -> "Point":
        """files: `identity.scene_files` of the scene, where they are known already. told: its name in the
        picture, by default as `places.told_scene` has it."""
        files = identity.scene_files(scene) if files is None else files
        told = shown_paths.told_scene(scene) if told is None else told
        made_of = identity.point(asdict(method), crop, files)
        return cls(identity.name_of(made_of), scene, crop, asdict(method), made_of, files, told)

    @property
    def parameters(self) -> dict:
        return {"scene": self.scene, "crop": self.crop, **self.method}

    @property
    def made_from(self) -> dict:
        """What its picture says about itself."""
        return {"kind": "point", "scene": self.told, "identity": self.made_of}

    @property
    def scene_key(self) -> tuple:
        return self.made_of["scene"], self.crop


def picture(result: Result, made_from: dict, ending: str = ".png", *, like: Picture | None = None) -> bytes:
    """The file of the result's image, with what ``like`` says of itself; a PNG file tells what it was made
    from."""
    return provenance.stamped(encoded_photo(result.image, ending, like=like), made_from)


def evaluate(point: Point, refocuser: Refocuser) -> tuple[manifest.Manifest, bytes]:
    """Refocus and score one point: its manifest and its picture."""
    program = identity.method_program()
    if program != point.made_of["program"]:
        differ = identity.differences(point.made_of["program"], program)
        raise RefocusError("worker", "must run the same program and libraries", "; ".join(differ))
    method = Method(**point.method)
    result = refocuser.refocus(method)
    measured = score(result.image, refocuser.scene, light=method.light)
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
    """Write a point's picture, and then its manifest: without that, the point is not done."""
    write_whole(folder / f"{made.name}.png", png)
    manifest.write(made, folder / f"{made.name}.json")


def kept(name: str, folder: Path) -> manifest.Manifest | None:
    """The manifest of a point that is done, with its picture as it was written; else None."""
    made = manifest.read(folder / f"{name}.json")
    return made if made is not None and made.name == name and made.holds(folder) and _scored(made) else None


def blocked(name: str, folder: Path) -> str:
    """Why a point's two files cannot be written: what lies in their place is no file. Else nothing."""
    for path in (folder / f"{name}.png", folder / f"{name}.json"):
        if os.path.lexists(path) and (path.is_symlink() or not path.is_file()):
            return f"{path.name} is not a plain file: move it away"
    return ""


def _scored(made: manifest.Manifest) -> bool:
    """Whether its scores are those of one picture: numbers, or nothing where there is no truth."""
    if len(made.scores) != 1 or not set(SCORES) <= set(made.scores[0]):
        return False
    values = [made.scores[0][name] for name in SCORES]
    return values[-1] is not None and all(
        value is None or value == "Infinity" or (type(value) in (int, float) and not math.isnan(value))
        for value in values
    )


def refocuser_of(key: tuple, scene: Scene | bytes, threads: int) -> Refocuser:
    """This worker's `Refocuser` for a scene (pickled, perhaps); the last one is kept."""
    if getattr(_here, "key", None) != (key, threads):
        scene = pickle.loads(scene) if isinstance(scene, bytes) else scene
        _here.key, _here.refocuser = (key, threads), Refocuser(scene, threads=threads)
    return _here.refocuser


def attempt(point: Point, scene: Scene | bytes, threads: int = 1):
    """`evaluate`, or in its place one line that says why it failed."""
    try:
        return evaluate(point, refocuser_of(point.scene_key, scene, threads))
    except Exception as error:  # of whatever kind: a failed point must not end the others
        kind = "" if isinstance(error, RefocusError) else f"{type(error).__name__}: "
        return kind + " ".join(str(error).split())


def work(points: list[Point], scene: bytes, folder: Path, threads: int) -> dict[str, str]:
    """Make points in the given order and write each as it is done; {name: why} for those that failed.

    A mark tells which point was at work if this process dies.
    """
    failed = {}
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
