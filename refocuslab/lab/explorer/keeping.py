"""A picture away from the explorer: the commands that make it, and its files."""

import dataclasses
import json
import shlex
from pathlib import Path

import refocuslab as rl
from refocuslab.lab import parameters
from refocuslab.lab.explorer.controls import NOTEBOOK, Settings
from refocuslab.lab.explorer.pictures import png
from refocuslab.lab.explorer.session import Outcome
from refocuslab.photos import write_whole

PICTURE = "explored.png"


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
    lines = ["import refocuslab as rl"]
    name = parameters.literal(settings.scene)
    scene = "scene" if given else f"rl.load_scene({name})"
    if crop:
        lines.append("from refocuslab.lab.study import cut")
        scene = f"cut({scene}, {crop})"
    arguments = ", ".join(
        f"{key}={parameters.literal(value)}" for key, value in differing(settings.method).items()
    )
    lines += ["", f"image = rl.refocus({scene}, rl.Method({arguments})).image"]
    return "\n".join(lines)


def papermill_line(settings: Settings, *, crop: int = 0, given: bool = False) -> str:
    """The shell's command that runs notebook 09 for exactly this picture; it writes explored.png."""
    if given:
        return '# first rl.save_scene(scene, "my-scene"), then the explorer with scene="my-scene"'
    fields = parameters.model_for(NOTEBOOK).model_fields
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
    write_whole(path, png(outcome.image))
    return path


def save(outcome: Outcome, folder: str | Path, *, crop: int = 0, given: bool = False) -> list[Path]:
    """Write a picture as PNG, and its parameters and scores beside it as JSON, under a new name."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    stem = "".join(c if c.isalnum() or c in "-_" else "-" for c in Path(outcome.settings.scene).name)
    number = 1
    while (folder / f"explored-{stem}-{number:02d}.png").exists():
        number += 1
    picture = folder / f"explored-{stem}-{number:02d}.png"
    told = {
        "scene": outcome.settings.scene,
        "crop": crop,
        "method": dataclasses.asdict(outcome.settings.method),
        "score": dataclasses.asdict(outcome.score),
        "version": rl.__version__,
        "python": python_line(outcome.settings, crop=crop, given=given),
        "papermill": papermill_line(outcome.settings, crop=crop, given=given),
    }
    write_whole(picture, png(outcome.image))
    # A perfect photo's PSNR is infinite, which JSON cannot say but for a text.
    text = json.dumps(_finite(told), indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    write_whole(picture.with_suffix(".json"), text.encode())
    return [picture, picture.with_suffix(".json")]


def _finite(value):
    if isinstance(value, dict):
        return {key: _finite(inner) for key, inner in value.items()}
    return "Infinity" if value == float("inf") else value
