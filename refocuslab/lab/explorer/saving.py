"""A picture away from the explorer: the commands that make it, and its files."""

import dataclasses
import json
import re
import shlex
from pathlib import Path

import refocuslab as rl
from refocuslab.errors import RefocusError
from refocuslab.files.plain_files import write_whole
from refocuslab.lab.explorer.controls import NOTEBOOK, Settings
from refocuslab.lab.explorer.session import Outcome
from refocuslab.lab.parameters import validation
from refocuslab.pictures.writing import write_photo

PICTURE = "explored.png"
# How many pictures a page may save in a folder: a visitor's page, too, for as long as somebody looks at it.
MOST = 100
LONGEST_STEM = 40
SAVED = re.compile(r"explored-.*-\d{2,}\.(png|json)", re.DOTALL)


def differing(method: rl.Method) -> dict:
    """Those values of a method that are not the defaults."""
    default = rl.Method()
    return {
        field.name: getattr(method, field.name)
        for field in dataclasses.fields(method)
        if getattr(method, field.name) != getattr(default, field.name)
    }


def python_line(settings: Settings, *, crop: int = 0, given: bool = False) -> str:
    """Python that makes `image`, exactly this picture. given: the scene is an object of the user's."""
    scene = "scene" if given else f"rl.load_scene({_literal(settings.scene)})"
    if crop:
        scene = f"{scene}.middle({crop})"
    arguments = ", ".join(
        f"{key}={validation.literal(value)}" for key, value in differing(settings.method).items()
    )
    return f"import refocuslab as rl\n\nimage = rl.refocus({scene}, rl.Method({arguments})).image"


def papermill_line(settings: Settings, *, crop: int = 0, given: bool = False) -> str:
    """The shell's command that runs notebook 09 for exactly this picture; it writes explored.png."""
    if given:
        return '# first rl.save_scene(scene, "my-scene"), then the explorer with scene="my-scene"'
    if not settings.scene.isprintable():
        return "# rename the scene's folder first: its name cannot be typed"
    fields = validation.model_for(NOTEBOOK).model_fields
    values = {"scene": settings.scene} | dataclasses.asdict(settings.method) | {"crop": crop}
    words = ["papermill", f"notebooks/{NOTEBOOK}.ipynb", "explored.ipynb"]
    for key, value in values.items():
        if key == "scene" or (key in fields and value != fields[key].default):
            words += ["-r" if isinstance(value, str) else "-p", key, str(value)]
    return shlex.join([*words, "-r", "results", "results"])


def write(outcome: Outcome, folder: str | Path) -> Path:
    """Write a picture as `explored.png`."""
    path = Path(folder) / PICTURE
    path.parent.mkdir(parents=True, exist_ok=True)
    write_photo(path, outcome.image)
    return path


def save(
    outcome: Outcome, folder: str | Path, *, crop: int = 0, given: bool = False, most: int | None = None
) -> list[Path]:
    """Write a picture as PNG, and its parameters and scores beside it as JSON, under a new name.

    most: how many pictures saved here the folder may hold in the end, None for any number.
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
        "score": dataclasses.asdict(outcome.score),
        "notes": list(outcome.result.notes),
        "doubts": [dataclasses.asdict(one) for one in outcome.doubts],
        "version": rl.__version__,
        "python": python_line(outcome.settings, crop=crop, given=given),
        "papermill": papermill_line(outcome.settings, crop=crop, given=given),
    }
    # A perfect photo's PSNR is infinite, which JSON cannot say but for a text.
    text = json.dumps(_finite(told), indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    try:
        write_photo(picture, outcome.image)
        write_whole(picture.with_suffix(".json"), text.encode())
    except BaseException:
        picture.unlink(missing_ok=True)
        raise
    return [picture, picture.with_suffix(".json")]


def _stem(scene: str) -> str:
    """What the files of a scene's pictures begin with, whatever its name."""
    kept = "".join(one if one.isalnum() or one in "-_" else "-" for one in Path(scene).name)
    return f"explored-{kept[:LONGEST_STEM]}"


def _new_picture(folder: Path, stem: str, there: set[str]) -> Path:
    """The path of a new file, held by an empty one against others that save here at the same time."""
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
    """A name as Python source; what cannot be seen is spelled out."""
    return validation.literal(name) if name.isprintable() else ascii(name)


def _finite(value):
    if isinstance(value, dict):
        return {key: _finite(inner) for key, inner in value.items()}
    return "Infinity" if value == float("inf") else value
