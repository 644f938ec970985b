"""Scenes in folders: ``scene.toml`` and the pictures that it names. data/README.md tells how."""

import json
import os
import tempfile
from pathlib import Path

import numpy as np

from refocuslab.checks import check_choice, clean_text, require
from refocuslab.errors import RefocusError, quoted
from refocuslab.optics import LARGEST_DIAMETER, LIGHTS, calibrate, disk
from refocuslab.photos import read_mask, read_photo, write_mask, write_photo
from refocuslab.polygons import polygon_mask
from refocuslab.resources import data_folder, scene_names
from refocuslab.scene import FocusedPhoto, Scene, check_texts
from refocuslab.scene_paths import picture_in, place_in
from refocuslab.scene_sources import SKIMAGE, read_psf, skimage_photo
from refocuslab.simulate import add_noise, misfocus
from refocuslab.tables import NEEDED, checked, listed, nearest, told
from refocuslab.toml_files import read_toml
from refocuslab.views import change_view

# Pixels of all photos of a scene together, 1.5 GB of them: a file of 1 MB can name one large photo
# thousands of times.
_MOST_PIXELS = 500 * 10**6
# Pixels of a photo that is misfocused or seen from elsewhere in simulation, which takes 140 bytes for each.
_MOST_SIMULATED = 25 * 10**6
_MOST_FOCUSED = 1000
_MASKED_PHOTO = {
    "photo": (str, NEEDED),
    "crop": (dict, None),
    "mask": (str, None),
    "polygons": (list, None),
    "holes": (list, None),
}
_TEXTS = {"name": (str, None), "title": (str, ""), "description": (str, "")}
# Every key of every table: the type of its value, and the value that stands in for it.
_KEYS = {
    "scene": {
        **_TEXTS,
        "light": (str, "linear"),
        "misfocused": (dict, NEEDED),
        "focused": (list, NEEDED),
        "psf": (dict, None),
        "calibration": (dict, None),
        "truth": (dict, None),
    },
    "scene of a bench": {**_TEXTS, "bench": (dict, NEEDED)},
    "misfocused": {**_MASKED_PHOTO, "simulate": (dict, None)},
    "focused": {**_MASKED_PHOTO, "same_mask": (bool, False), "view": (dict, None), "noise": (dict, None)},
    "truth": {"photo": (str, NEEDED), "crop": (dict, None)},
    "psf": {"diameter": (int, None), "file": (str, None)},
    "calibration": {"focused": (str, NEEDED), "misfocused": (str, NEEDED)},
    "crop": dict.fromkeys(("top", "left", "height", "width"), (int, NEEDED)),
    "simulate": {"diameter": (int, NEEDED), "noise": (float, 0.0), "seed": (int, 0)},
    "view": {"homography": (list, NEEDED), "gain": (list, None), "offset": (list, None)},
    "noise": {"std": (float, NEEDED), "seed": (int, 0)},
}


def load_scene(name_or_folder: str | os.PathLike) -> Scene:
    """The scene of that name that ships with refocuslab, or the one in a folder of one's own.

    A name goes before a folder; ``"./motorcycle"`` is a folder. data/README.md describes
    ``scene.toml``. An unknown name, a file that is missing or damaged, a key that does not exist
    and everything that ``Scene`` refuses raise a ``RefocusError`` that tells where.
    """
    folder = scene_folder(name_or_folder)
    path = folder / "scene.toml"
    toml = read_toml(path)
    with told(f"{path}:"):
        return _scene(folder, toml)


def save_scene(scene: Scene, folder: str | os.PathLike) -> Path:
    """Write a scene as PNG files and ``scene.toml``, so that ``load_scene(folder)`` equals it.

    The folder appears whole or not at all. It must not exist yet, or be empty: nothing is ever
    overwritten. Missing parents are made. Returns the folder.
    """
    require(isinstance(scene, Scene), "scene", "must be a Scene", type(scene).__name__)
    folder = _free(folder)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        draft = tempfile.TemporaryDirectory(dir=folder.parent, prefix=".refocuslab-")
    except OSError as error:
        rule = "must lie where folders can be made"
        raise RefocusError("folder", rule, f"{folder} ({error.strerror})") from error
    with draft:
        # Not the temporary folder itself, which nobody but its owner may read.
        whole = Path(draft.name) / "scene"
        whole.mkdir()
        _write(scene, whole)
        try:
            if folder.exists():
                # It may be the current folder, or one that a disk is mounted on, so it stays.
                for path in sorted(whole.iterdir(), key=lambda path: path.name == "scene.toml"):
                    path.rename(folder / path.name)
            else:
                whole.rename(folder)
        except OSError as error:
            raise RefocusError(
                "folder", "must be one that can be written to", f"{folder} ({error})"
            ) from error
    return folder


def scene_folder(name_or_folder) -> Path:
    """The folder of the shipped scene of that name, or the folder itself; else a ``RefocusError``."""
    names = scene_names()
    if isinstance(name_or_folder, str) and name_or_folder in names:
        return data_folder() / name_or_folder
    if not isinstance(name_or_folder, str | os.PathLike):
        raise RefocusError("scene", "must be a name or a folder", quoted(name_or_folder))
    folder = _path("scene", name_or_folder)
    if not _is_folder(folder):
        rule = f"must be one of {listed(names)}, or a folder{nearest(str(folder), names)}"
        raise RefocusError("scene", rule, quoted(str(folder)))
    return Path(os.path.realpath(folder))


def _path(argument: str, path) -> Path:
    good = isinstance(path, str | os.PathLike) and "\0" not in os.fsdecode(path)
    require(good and os.fsdecode(path) != "", argument, "must be the path of a folder", quoted(path))
    return Path(os.fsdecode(path))


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:  # a name that is too long, a folder that may not be entered
        return False


def _free(folder) -> Path:
    """The folder, links followed, if it is empty or nothing is there; else a ``RefocusError``."""
    folder = Path(os.path.realpath(_path("folder", folder)))
    try:
        free = not os.path.lexists(folder) or (folder.is_dir() and not any(folder.iterdir()))
    except OSError as error:
        raise RefocusError(
            "folder", "must be one that can be read", f"{folder} ({error.strerror})"
        ) from error
    require(free, "folder", "must not exist yet, or be empty", folder)
    return folder


def _scene(folder: Path, toml: dict) -> Scene:
    if "bench" in toml:
        return _scene_of_bench(folder, toml)
    keys = _table(toml, "scene")
    psf, calibration, truth = None, None, None
    light = check_choice("light", keys["light"], LIGHTS)
    read = Reading(folder, light)
    with told("[misfocused]"):
        table = _table(keys["misfocused"], "misfocused")
        misfocused = read.photo(table)
        mask = read.mask(table, misfocused)
    if len(keys["focused"]) > _MOST_FOCUSED:
        raise RefocusError("focused", f"must be at most {_MOST_FOCUSED} photos", len(keys["focused"]))
    focused = []
    for number, table in enumerate(keys["focused"], start=1):
        with told(f"[[focused]] number {number}:"):
            focused.append(read.focused(_table(table, "focused"), mask))
    if keys["psf"] is not None:
        with told("[psf]"):
            psf = read.psf(_table(keys["psf"], "psf"))
    if keys["calibration"] is not None:
        with told("[calibration]"):
            table = _table(keys["calibration"], "calibration")
            calibration = [read.file(table[shot]) for shot in ("focused", "misfocused")]
            psf = calibrate(*calibration, light=light).psf if psf is None else psf
    if keys["truth"] is not None:
        with told("[truth]"):
            truth = read.photo(_table(keys["truth"], "truth"))
    return Scene(
        misfocused,
        mask,
        focused,
        psf=psf,
        calibration=calibration,
        truth=truth,
        name=_name(folder, keys),
        title=keys["title"],
        description=keys["description"],
    )


def _scene_of_bench(folder: Path, toml: dict) -> Scene:
    from refocuslab.bench import bench_scene
    from refocuslab.bench_folder import read_bench  # which reads its photos with this module

    keys = _table(toml, "scene of a bench")
    texts = {"name": _name(folder, keys), "title": keys["title"], "description": keys["description"]}
    check_texts(**texts)  # before what takes a while
    return bench_scene(read_bench(folder, keys["bench"]), **texts)


def _name(folder: Path, keys: dict) -> str:
    return clean_text(folder.name) if keys["name"] is None else keys["name"]


def _table(table, kind: str) -> dict:
    return checked(table, _KEYS[kind])


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
                how = _table(keys["simulate"], "simulate")
                options = {"noise": how["noise"], "seed": how["seed"], "light": self._light}
                photo = misfocus(_to_simulate(photo), how["diameter"], **options)
        if keys.get("view") is not None:
            with told("view:"):
                how = _table(keys["view"], "view")
                options = {key: how[key] for key in ("gain", "offset") if how[key] is not None}
                photo = change_view(_to_simulate(photo), how["homography"], **options, light=self._light)
        if keys["crop"] is not None:
            with told("crop:"):
                photo = _crop(photo, **_table(keys["crop"], "crop"))
        if keys.get("noise") is not None:
            with told("noise:"):
                how = _table(keys["noise"], "noise")
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


def _write(scene: Scene, folder: Path) -> None:
    lines = [f"{key} = {_text(getattr(scene, key))}" for key in ("name", "title", "description")]

    def photo(table: str, key: str, name: str, image) -> None:
        write_photo(folder / name, image)
        lines.extend([*(["", table] if table else []), f'{key} = "{name}"'])

    def mask(name: str, mask) -> None:
        if not mask.all():  # no mask means every pixel
            write_mask(folder / name, mask)
            lines.append(f'mask = "{name}"')

    photo("[misfocused]", "photo", "misfocused.png", scene.misfocused)
    mask("misfocused_mask.png", scene.mask)
    for i, focused in enumerate(scene.focused, start=1):
        photo("[[focused]]", "photo", f"focused_{i}.png", focused.image)
        mask(f"focused_{i}_mask.png", focused.mask)
    side = scene.psf.shape[0]
    found = [d for d in (side - 1, side) if 0 < d <= LARGEST_DIAMETER and np.array_equal(scene.psf, disk(d))]
    if found:
        lines += ["", "[psf]", f"diameter = {found[0]}"]
    else:
        np.save(folder / "psf.npy", scene.psf)
        lines += ["", "[psf]", 'file = "psf.npy"']
    if scene.calibration is not None:
        focused_light, misfocused_light = scene.calibration
        photo("[calibration]", "focused", "light_focused.png", focused_light)
        photo("", "misfocused", "light_misfocused.png", misfocused_light)
    if scene.truth is not None:
        photo("[truth]", "photo", "truth.png", scene.truth)
    (folder / "scene.toml").write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")


def _text(text: str) -> str:
    """The text as a TOML string: JSON writes the same, but for one character."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
