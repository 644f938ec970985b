"""A picture outside the explorer: its files, and the commands that make it again."""

import dataclasses
import json
import os
import re
import shlex
from pathlib import Path
from typing import Any

import refocuslab as rl
from refocuslab.errors import RefocusError
from refocuslab.files.plain_files import write_whole
from refocuslab.lab.escaping import file_stem
from refocuslab.lab.explorer.making.controls import NOTEBOOK, Settings
from refocuslab.lab.explorer.making.session import Outcome
from refocuslab.lab.figures.basis_map import means
from refocuslab.lab.parameters import validation
from refocuslab.pictures.writing import write_photo

# The file that the shell command writes.
PICTURE = "explored.png"
# The most pictures that a page, which may be a visitor's, saves in a folder.
MOST = 100
# Characters of a scene's name in the name of a file.
LONGEST_STEM = 40
# The names of saved scenes and files.
SAVED_SCENE = re.compile(r"scene-.*-\d{2,}", re.DOTALL)
SAVED = re.compile(r"explored-.*-\d{2,}\.(png|json)", re.DOTALL)


def differing(method: rl.Method) -> dict[str, Any]:
    """The fields of a method that differ from the defaults.

    Examples
    --------
    >>> from refocuslab import Method
    >>> from refocuslab.lab.explorer.saving import differing
    >>> differing(Method(neighborhood=3, passes=1))
    {'neighborhood': 3}
    """
    default = rl.Method()
    return {
        field.name: getattr(method, field.name)
        for field in dataclasses.fields(method)
        if getattr(method, field.name) != getattr(default, field.name)
    }


def python_line(settings: Settings, *, crop: int = 0, given: bool = False) -> str:
    """Python code that makes ``image``, exactly the picture of the settings.

    Parameters
    ----------
    settings : Settings
        Scene and method.
    crop : int
        Side of the centered square, in pixels; 0 for all.
    given : bool
        The scene was given as an object, which the code calls ``scene``.
    """
    scene = "scene" if given else f"rl.load_scene({_literal(settings.scene)})"
    if crop:
        scene = f"{scene}.middle({crop})"
    arguments = ", ".join(
        f"{key}={validation.literal(value)}" for key, value in differing(settings.method).items()
    )
    return f"import refocuslab as rl\n\nimage = rl.refocus({scene}, rl.Method({arguments})).image"


def shell_line(settings: Settings, *, crop: int = 0, given: bool = False) -> str:
    """The shell command that runs notebook 09 for exactly this picture, with parameters as of `python_line`.

    It works in any folder, and prints the run's folder, in which explored.png lies. For a scene that has no
    name to type, a comment says what to do first.
    """
    if given:
        return '# first save the scene as a folder "my-scene", then: refocuslab explore my-scene'
    if not settings.scene.isprintable():
        return "# rename the scene's folder first: its name cannot be typed"
    fields = validation.model_for(NOTEBOOK).model_fields
    values = {"scene": settings.scene} | dataclasses.asdict(settings.method) | {"crop": crop}
    words = ["refocuslab", "run", "9"]
    for key, value in values.items():
        if key == "scene" or (key in fields and value != fields[key].default):
            words += ["-p", key, str(value)]
    return shlex.join(words)


def write(outcome: Outcome, folder: str | Path) -> Path:
    """Write a picture as ``explored.png`` into a folder, and return its path."""
    path = Path(folder) / PICTURE
    path.parent.mkdir(parents=True, exist_ok=True)
    write_photo(path, outcome.image)
    return path


def save(
    outcome: Outcome, folder: str | Path, *, crop: int = 0, given: bool = False, most: int | None = None
) -> list[Path]:
    """Write a picture as PNG, and its parameters and scores beside it as JSON, under a new name.

    Parameters
    ----------
    outcome : Outcome
        The picture.
    folder : str or Path
        Made if it is not there.
    crop : int
        As for `python_line`.
    given : bool
        As for `python_line`.
    most : int or None
        How many saved pictures the folder may hold in the end; None for any number.

    Returns
    -------
    list of Path
        The PNG file and the JSON file.

    Raises
    ------
    RefocusError
        The folder holds ``most`` pictures already.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    there = {Path(file.name).stem for file in folder.iterdir() if SAVED.fullmatch(file.name)}
    if most is not None and len(there) >= most:
        rule = f"may hold at most {most} saved pictures; move some away first"
        raise RefocusError("results", rule, f"{len(there)} of them")
    picture = _new_picture(folder, _stem(outcome.settings.scene), there)
    told = {
        "scene": outcome.settings.scene,
        "crop": crop,
        "method": dataclasses.asdict(outcome.settings.method),
        "score": None if outcome.score is None else dataclasses.asdict(outcome.score),
        "rests_on": _rests_on(outcome),
        "notes": list(outcome.result.notes),
        "doubts": [dataclasses.asdict(one) for one in outcome.doubts],
        "version": rl.__version__,
        "python": python_line(outcome.settings, crop=crop, given=given),
        "shell": shell_line(outcome.settings, crop=crop, given=given),
    }
    # JSON has no infinity, which is the PSNR of a perfect photo: it becomes a text.
    text = json.dumps(_finite(told), indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    try:
        write_photo(picture, outcome.image)
        write_whole(picture.with_suffix(".json"), text.encode())
    except BaseException:
        picture.unlink(missing_ok=True)
        raise
    return [picture, picture.with_suffix(".json")]


def save_scene(scene: rl.Scene, name: str, folder: str | Path, *, most: int | None = None) -> Path:
    """Write a scene's folder into a folder, under a new name.

    Parameters
    ----------
    scene : Scene
        The scene.
    name : str
        What it is called.
    folder : str or Path
        Made if it is not there.
    most : int or None
        How many saved scenes the folder may hold in the end; None for any number.

    Returns
    -------
    Path
        The scene's folder.

    Raises
    ------
    RefocusError
        The folder holds ``most`` saved scenes already.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    there = {file.name for file in folder.iterdir() if SAVED_SCENE.fullmatch(file.name)}
    if most is not None and len(there) >= most:
        rule = f"may hold at most {most} saved scenes; move some away first"
        raise RefocusError("results", rule, f"{len(there)} of them")
    short = file_stem(name, "scene")
    number = 1
    while os.path.lexists(folder / (new := f"scene-{short}-{number:02d}")):
        number += 1
    return rl.save_scene(scene, folder / new)


def _rests_on(outcome: Outcome) -> dict[str, float] | None:
    """The mean share of what the picture rests on, in its mask; None without consistency."""
    basis = outcome.result.basis
    if basis is None:
        return None
    return {name: round(share, 4) for name, share in means(basis, outcome.scene.mask).items()}


def _stem(scene: str) -> str:
    """What the names of a scene's files begin with: letters, digits, hyphens and underscores."""
    kept = "".join(one if one.isalnum() or one in "-_" else "-" for one in Path(scene).name)
    return f"explored-{kept[:LONGEST_STEM]}"


def _new_picture(folder: Path, stem: str, there: set[str]) -> Path:
    """The path of a new empty file, which reserves the name against others that save at the same time."""
    number = 1
    while True:
        picture = folder / f"{stem}-{number:02d}.png"
        if picture.stem not in there:
            try:
                picture.touch(exist_ok=False)
                return picture
            except FileExistsError:
                pass
        number += 1


def _literal(name: str) -> str:
    """A name as Python source; characters that cannot be seen are escaped."""
    return validation.literal(name) if name.isprintable() else ascii(name)


def _finite(value: Any) -> Any:  # anything that JSON holds
    if isinstance(value, dict):
        return {key: _finite(inner) for key, inner in value.items()}
    return "Infinity" if value == float("inf") else value
