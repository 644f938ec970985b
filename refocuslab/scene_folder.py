"""Scenes in folders: ``scene.toml`` and the pictures that it names. data/README.md tells how."""

import difflib
import json
import os
import reprlib
import tempfile
import tomllib
from collections.abc import Iterable
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

import numpy as np

from refocuslab.errors import RefocusError
from refocuslab.optics import calibrate, check_photo, disk
from refocuslab.photos import polygon_mask, read_mask, read_photo, write_mask, write_photo
from refocuslab.resources import data_folder, scene_names
from refocuslab.scene import FocusedPhoto, Scene
from refocuslab.simulate import add_noise, misfocus
from refocuslab.views import change_view

_NEEDED = object()
_MASKED_PHOTO = {
    "photo": (str, _NEEDED),
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
        "misfocused": (dict, _NEEDED),
        "focused": (list, _NEEDED),
        "psf": (dict, None),
        "calibration": (dict, None),
        "truth": (dict, None),
    },
    "scene of a bench": {**_TEXTS, "bench": (dict, _NEEDED)},
    "misfocused": {**_MASKED_PHOTO, "simulate": (dict, None)},
    "focused": {**_MASKED_PHOTO, "same_mask": (bool, False), "view": (dict, None), "noise": (dict, None)},
    "truth": {"photo": (str, _NEEDED), "crop": (dict, None)},
    "psf": {"diameter": (int, None), "file": (str, None)},
    "calibration": {"focused": (str, _NEEDED), "misfocused": (str, _NEEDED)},
    "crop": dict.fromkeys(("top", "left", "height", "width"), (int, _NEEDED)),
    "simulate": {"diameter": (int, _NEEDED), "noise": (float, 0.0), "seed": (int, 0)},
    "view": {"homography": (list, _NEEDED), "gain": (list, None), "offset": (list, None)},
    "noise": {"std": (float, _NEEDED), "seed": (int, 0)},
}
_WORDS = {
    str: "text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    dict: "a table",
    list: "a list",
}
# What scikit-image's data module holds besides photos.
_NO_PHOTOS = {
    "binary_blobs",
    "data_dir",
    "download_all",
    "file_hash",
    "lbp_frontal_face_cascade_filename",
}


def load_scene(name_or_folder: str | os.PathLike) -> Scene:
    """The scene of that name that ships with refocuslab, or the one in a folder of one's own.

    A name goes before a folder; ``"./motorcycle"`` is a folder. data/README.md describes
    ``scene.toml``. An unknown name, a file that is missing or damaged, a key that does not exist
    and everything that ``Scene`` refuses raise a ``RefocusError`` that tells where.
    """
    folder = _folder(name_or_folder)
    path = folder / "scene.toml"
    toml = _toml(path)
    with _told(f"{path}:"):
        return _scene(folder, toml)


def save_scene(scene: Scene, folder: str | os.PathLike) -> Path:
    """Write a scene as PNG files and ``scene.toml``, so that ``load_scene(folder)`` equals it.

    The folder appears whole or not at all. It must not exist yet, or be empty: nothing is ever
    overwritten. Missing parents are made. Returns the folder.
    """
    folder = Path(folder)
    if folder.exists() and not (folder.is_dir() and not any(folder.iterdir())):
        raise RefocusError("folder", "must not exist yet, or be empty", folder)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        draft = tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-")
    except OSError as error:
        rule = "must lie where folders can be made"
        raise RefocusError("folder", rule, f"{folder} ({error.strerror})") from error
    with draft:
        # Not the temporary folder itself, which nobody but its owner may read.
        whole = Path(draft.name) / "scene"
        whole.mkdir()
        _write(scene, whole)
        if folder.exists():
            folder.rmdir()  # some systems do not rename onto a folder, not even an empty one
        whole.rename(folder)
    return folder


def _folder(name_or_folder) -> Path:
    names = scene_names()
    if isinstance(name_or_folder, str) and name_or_folder in names:
        return data_folder() / name_or_folder
    try:
        folder = Path(name_or_folder)
    except TypeError:
        raise RefocusError("scene", "must be a name or a folder", repr(name_or_folder)) from None
    if not folder.is_dir():
        rule = f"must be one of {_listed(names)}, or a folder{_nearest(str(folder), names)}"
        raise RefocusError("scene", rule, repr(str(name_or_folder)))
    return folder.resolve()


def _toml(path: Path) -> dict:
    try:
        with path.open("rb") as file:
            return tomllib.load(file)
    except FileNotFoundError:
        raise RefocusError(str(path), "must exist", "nothing there") from None
    except OSError as error:
        raise RefocusError(str(path), "must be readable", error.strerror) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RefocusError(str(path), "must be TOML", error) from error


@contextmanager
def _told(where: str):
    """Let a ``RefocusError`` from within tell where in the scene its rule was broken."""
    try:
        yield
    except RefocusError as error:
        told = RefocusError(f"{where} {error.argument}", error.rule, error.got)
        raise told from error.__cause__


def _scene(folder: Path, toml: dict) -> Scene:
    if "bench" in toml:
        return _scene_of_bench(folder, toml)
    keys = _table(toml, "scene")
    light, psf, calibration, truth = keys["light"], None, None, None
    if light not in ("linear", "encoded"):
        raise RefocusError("light", 'must be "linear" or "encoded"', repr(light))
    with _told("[misfocused]"):
        table = _table(keys["misfocused"], "misfocused")
        misfocused = _photo(folder, table, light)
        mask = _mask(folder, table, misfocused)
    focused = []
    for number, table in enumerate(keys["focused"], start=1):
        with _told(f"[[focused]] number {number}:"):
            focused.append(_focused(folder, _table(table, "focused"), mask, light))
    if keys["psf"] is not None:
        with _told("[psf]"):
            psf = _psf(folder, _table(keys["psf"], "psf"))
    if keys["calibration"] is not None:
        with _told("[calibration]"):
            table = _table(keys["calibration"], "calibration")
            calibration = [read_photo(_file(folder, table[s])) for s in ("focused", "misfocused")]
            psf = calibrate(*calibration, light=light).psf if psf is None else psf
    if keys["truth"] is not None:
        with _told("[truth]"):
            truth = _photo(folder, _table(keys["truth"], "truth"))
    return Scene(
        misfocused,
        mask,
        focused,
        psf=psf,
        calibration=calibration,
        truth=truth,
        name=folder.name if keys["name"] is None else keys["name"],
        title=keys["title"],
        description=keys["description"],
    )


def _scene_of_bench(folder: Path, toml: dict) -> Scene:
    from refocuslab.bench import bench_scene
    from refocuslab.bench_folder import read_bench  # which reads its tables with this module

    keys = _table(toml, "scene of a bench")
    name = folder.name if keys["name"] is None else keys["name"]
    bench = read_bench(folder, keys["bench"])
    return bench_scene(bench, name=name, title=keys["title"], description=keys["description"])


def _table(table, kind: str | dict) -> dict:
    """The table with every key of its kind, or of a dict like those of _KEYS, all of them checked."""
    if not isinstance(table, dict):
        raise RefocusError("it", "must be a table", reprlib.repr(table))
    keys = _KEYS[kind] if isinstance(kind, str) else kind
    for key, value in table.items():
        if key not in keys:
            rule = f"is none of the keys {_listed(keys)}{_nearest(key, keys)}"
            raise RefocusError(key, rule, reprlib.repr(value))
        wanted = keys[key][0]
        if type(value) is not wanted and not (wanted is float and type(value) is int):
            raise RefocusError(key, f"must be {_WORDS[wanted]}", reprlib.repr(value))
        if key == "seed" and value < 0:
            raise RefocusError(key, "must be at least 0", value)
    for key, (_, default) in keys.items():
        if default is _NEEDED and key not in table:
            raise RefocusError(key, "must be given", "nothing")
    return {key: default for key, (_, default) in keys.items()} | table


def _photo(folder: Path, keys: dict, light: str = "linear") -> np.ndarray:
    name = keys["photo"]
    if name.startswith("skimage:"):
        photo = _skimage_photo(name.removeprefix("skimage:"))
    else:
        photo = read_photo(_file(folder, name))
    if keys.get("simulate") is not None:
        # Before the crop: a lens spreads the light from beyond the frame into it as well.
        with _told("simulate:"):
            how = _table(keys["simulate"], "simulate")
            options = {"noise": how["noise"], "seed": how["seed"], "light": light}
            photo = misfocus(photo, how["diameter"], **options)
    if keys.get("view") is not None:
        with _told("view:"):
            how = _table(keys["view"], "view")
            options = {key: how[key] for key in ("gain", "offset") if how[key] is not None}
            photo = change_view(photo, how["homography"], **options, light=light)
    if keys["crop"] is not None:
        with _told("crop:"):
            photo = _crop(photo, **_table(keys["crop"], "crop"))
    if keys.get("noise") is not None:
        with _told("noise:"):
            how = _table(keys["noise"], "noise")
            photo = add_noise(photo, how["std"], how["seed"])
    return photo


def _crop(photo: np.ndarray, top: int, left: int, height: int, width: int) -> np.ndarray:
    rows, columns, _ = photo.shape
    if not (0 <= top < top + height <= rows and 0 <= left < left + width <= columns):
        got = f"top {top}, left {left}, height {height}, width {width}"
        raise RefocusError("it", f"must lie inside the photo, {rows} x {columns} pixels", got)
    return photo[top : top + height, left : left + width]


def _mask(folder: Path, keys: dict, photo: np.ndarray) -> np.ndarray | None:
    if keys["polygons"] is None:
        if keys["holes"] is not None:
            raise RefocusError("holes", "must come with polygons", "none")
        return None if keys["mask"] is None else read_mask(_file(folder, keys["mask"]))
    if keys["mask"] is not None:
        raise RefocusError("mask", "must not be given with polygons", "both")
    return polygon_mask(photo.shape[:2], keys["polygons"], holes=keys["holes"] or ())


def _focused(folder: Path, keys: dict, mask_of_misfocused: np.ndarray | None, light: str) -> FocusedPhoto:
    photo = _photo(folder, keys, light)
    mask = _mask(folder, keys, photo)
    if keys["same_mask"]:
        if mask is not None:
            raise RefocusError("same_mask", "must not be given with a mask or polygons", "both")
        mask = mask_of_misfocused
    return FocusedPhoto(photo, mask)


def _psf(folder: Path, keys: dict) -> np.ndarray:
    if (keys["diameter"] is None) == (keys["file"] is None):
        got = "none" if keys["file"] is None else "both"
        raise RefocusError("it", "must have a diameter or a file, one of them", got)
    if keys["file"] is None:
        return disk(keys["diameter"])
    path = _file(folder, keys["file"])
    try:
        return np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise RefocusError("file", "must be a readable .npy file", f"{path} ({error})") from error


def _file(folder: Path, name: str) -> Path:
    if Path(name).is_absolute() or ".." in Path(name).parts:
        raise RefocusError("its files", "must lie in the folder of the scene", repr(name))
    return folder / name


@lru_cache(maxsize=4)
def _skimage_photo(name: str) -> np.ndarray:
    """One of the photographs that come with scikit-image, such as "coffee"; read-only."""
    import skimage.data  # slow to import

    names = sorted({*skimage.data.__all__, "stereo_motorcycle/left", "stereo_motorcycle/right"})
    names = [n for n in names if n not in _NO_PHOTOS and n != "stereo_motorcycle"]
    if name not in names:
        rule = f"must be a photo of scikit-image{_nearest(name, names)}"
        raise RefocusError("photo", rule, f"'skimage:{name}'")
    function, _, side = name.partition("/")
    try:
        photo = getattr(skimage.data, function)()
    except Exception as error:  # it may be a download, which has as many ways to fail as the net
        got = f"{name} ({error})"
        raise RefocusError("photo", "must be at hand in scikit-image", got) from error
    photo = np.asarray(photo[("left", "right").index(side)] if side else photo)
    if photo.ndim == 2:
        photo = np.repeat(photo[:, :, None], 3, axis=2)
    photo = np.array(check_photo(f"skimage:{name}", photo[:, :, :3]))
    photo.flags.writeable = False
    return photo


def _nearest(name: str, names: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, names, n=3, cutoff=0.5)
    return f" (did you mean {_listed(near)}?)" if near else ""


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


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
    found = [d for d in (side - 1, side) if d and np.array_equal(scene.psf, disk(d))]
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
