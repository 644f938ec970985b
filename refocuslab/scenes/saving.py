"""Scenes written to folders, whole or not at all, so that they can be loaded again."""

import json
import os
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from refocuslab.checks import require
from refocuslab.errors import RefocusError
from refocuslab.lens.varying_psf import VaryingPsf
from refocuslab.optics.psf import LARGEST_DIAMETER, disk
from refocuslab.pictures.masks import write_mask
from refocuslab.pictures.writing import write_photo
from refocuslab.scene import Scene
from refocuslab.scenes.shipped import folder_path


def save_scene(scene: Scene, folder: str | os.PathLike[str]) -> Path:
    """Write a scene as PNG files and ``scene.toml``, so that ``load_scene(folder)`` equals it.

    The folder appears whole or not at all.

    Parameters
    ----------
    scene : Scene
        The scene.
    folder : str or PathLike
        Where to write: nothing is there yet, or an empty folder. Missing parents are made.

    Returns
    -------
    Path
        The folder, its links followed.

    Raises
    ------
    RefocusError
        The folder holds something, or cannot be made or written to.

    Examples
    --------
    >>> import tempfile
    >>> from refocuslab import load_scene, save_scene
    >>> scene = load_scene("coffee").middle(100)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     load_scene(save_scene(scene, folder)) == scene
    True
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


def _free(path: str | os.PathLike[str]) -> Path:
    """The folder, its links followed, if it is empty or nothing is there."""
    folder = Path(os.path.realpath(folder_path("folder", path)))
    try:
        free = not os.path.lexists(folder) or (folder.is_dir() and not any(folder.iterdir()))
    except OSError as error:
        raise RefocusError(
            "folder", "must be one that can be read", f"{folder} ({error.strerror})"
        ) from error
    require(free, "folder", "must not exist yet, or be empty", folder)
    return folder


def _write(scene: Scene, folder: Path) -> None:
    lines = [f"{key} = {_text(getattr(scene, key))}" for key in ("name", "title", "description")]

    def photo(table: str, key: str, name: str, image: NDArray[np.uint8]) -> None:
        write_photo(folder / name, image)
        lines.extend([*(["", table] if table else []), f'{key} = "{name}"'])

    def mask(name: str, mask: NDArray[np.bool_]) -> None:
        if not mask.all():  # no mask means every pixel
            write_mask(folder / name, mask)
            lines.append(f'mask = "{name}"')

    photo("[misfocused]", "photo", "misfocused.png", scene.misfocused)
    mask("misfocused_mask.png", scene.mask)
    for i, focused in enumerate(scene.focused, start=1):
        photo("[[focused]]", "photo", f"focused_{i}.png", focused.image)
        mask(f"focused_{i}_mask.png", focused.mask)
        if focused.restored:
            lines.append("restored = true")
    if scene.psf is not None:
        lines += _of_psf(folder, scene.psf)
    if scene.varying is not None:
        lines += _of_varying(folder, scene.varying)
    if scene.calibration is not None:
        focused_light, misfocused_light = scene.calibration
        photo("[calibration]", "focused", "light_focused.png", focused_light)
        photo("", "misfocused", "light_misfocused.png", misfocused_light)
    if scene.truth is not None:
        photo("[truth]", "photo", "truth.png", scene.truth)
    (folder / "scene.toml").write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")


def _of_psf(folder: Path, psf: NDArray[np.float64]) -> list[str]:
    """The lines that give a PSF: a disk's diameter, or the file in which it is saved."""
    side = len(psf)
    found = [d for d in (side - 1, side) if 0 < d <= LARGEST_DIAMETER and np.array_equal(psf, disk(d))]
    if found:
        return ["", "[psf]", f"diameter = {found[0]}"]
    np.save(folder / "psf.npy", psf)
    return ["", "[psf]", 'file = "psf.npy"']


def _of_varying(folder: Path, varying: VaryingPsf) -> list[str]:
    """The lines that give the PSF of each pixel: the map of widths, and the PSFs unless they are disks."""
    np.save(folder / "width.npy", varying.width)
    lines = ["", "[varying]", 'width = "width.npy"']
    if varying != VaryingPsf.of(varying.width):
        names = [f"psf_{number}.npy" for number in range(len(varying.psfs))]
        for name, psf in zip(names, varying.psfs, strict=True):
            np.save(folder / name, psf)
        lines += [f"widths = {varying.widths.tolist()}", f"psfs = {json.dumps(names)}"]
    return lines


def _text(text: str) -> str:
    """The text as a TOML string: JSON writes the same, but for one character."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
