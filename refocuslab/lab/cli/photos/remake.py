"""A figure made again from what its own file tells of how it was made."""

import tempfile
from pathlib import Path
from typing import Any

from refocuslab.errors import RefocusError
from refocuslab.files.installed import notebooks_folder
from refocuslab.lab.cli.photos.own_photos import Photos
from refocuslab.lab.cli.photos.proposed import Task
from refocuslab.lab.parameters.validation import scene_parameters, validate
from refocuslab.lab.progress_line import ProgressLine
from refocuslab.lab.records import identity, provenance, shown_paths
from refocuslab.lab.records.made_from import checked
from refocuslab.method import Method

# The bytes of a figure made again, and its identity now.
Remade = tuple[bytes, dict[str, Any]]


def remake(figure: Path, line: ProgressLine | None = None) -> tuple[bytes, list[str]]:
    """Make a figure again.

    Parameters
    ----------
    figure : Path
        A PNG file that a verb or a notebook wrote.
    line : ProgressLine or None
        Where to show progress; by default on standard error.

    Returns
    -------
    png : bytes
        The figure made anew; on the same machine the bytes of the file, if nothing has changed.
    changed : list of str
        A line for each thing that has changed since the file was written: programs, libraries, inputs.

    Raises
    ------
    RefocusError
        The file does not tell how it was made, or what it was made from is not found.
    """
    made_from = checked(provenance.read(figure))
    how = {"notebook": _notebook, "point": _point, "sweep": _sweep, "photos": _photos}
    try:
        png, now = how[made_from["kind"]](made_from, line or ProgressLine(), figure.absolute().parent)
    except (KeyError, TypeError) as error:
        rule = "must tell all that it was made from, as this version of refocuslab knows it"
        raise RefocusError("figure", rule, f"{figure} ({error})") from error
    return png, identity.differences(made_from["identity"], now)


def _notebook(made_from: dict[str, Any], line: ProgressLine, beside: Path) -> Remade:
    from refocuslab.lab.notebooks.runs import run_once

    name = made_from["notebook"]
    asked_for = validate(name, made_from["parameters"])  # before any file is looked for
    told = {scene: asked_for[scene] for scene in scene_parameters(name)}
    known = made_from["identity"]["scenes"]
    found = {
        scene: shown_paths.found_scene("figure", text, beside, known.get(scene))
        for scene, text in told.items()
    }
    values = asked_for | found
    now = identity.notebook_run(name, values, notebooks_folder() / f"{name}.ipynb")
    with tempfile.TemporaryDirectory(prefix="remake-") as folder, line.of(name) as progress:
        run, made, _ = run_once(name, values, folder, progress=progress, told=told)
        if made_from["figure"] not in made.outputs:
            raise RefocusError("figure", f"must be one that {name} makes", made_from["figure"])
        return (run / made_from["figure"]).read_bytes(), now


def _point(made_from: dict[str, Any], line: ProgressLine, beside: Path) -> Remade:
    from refocuslab.lab.measures.cropping import cut
    from refocuslab.lab.sweeps.point import Point, evaluate
    from refocuslab.refocusing.refocuser import Refocuser
    from refocuslab.scenes.folder import load_scene

    then, told = made_from["identity"], made_from["scene"]
    scene = shown_paths.found_scene("figure", told, beside, then["scene"])
    point = Point.of(scene, then["crop"], Method(**then["method"]), told=told)
    with line.of("refocus"):
        _, png = evaluate(point, Refocuser(cut(load_scene(point.scene), point.crop)))
    return png, point.made_of


def _sweep(made_from: dict[str, Any], line: ProgressLine, beside: Path) -> Remade:
    from refocuslab.lab.sweeps.plan import Sweep
    from refocuslab.lab.sweeps.report import pictures
    from refocuslab.lab.sweeps.sweep import make_points

    axes, fixed = made_from["axes"], made_from["fixed"]
    names = axes.get("scene") or [fixed["scene"]]
    found = {name: shown_paths.found_scene("figure", name, beside) for name in names}
    axes = {k: [found[name] for name in v] if k == "scene" else v for k, v in axes.items()}
    fixed = {k: found[v] if k == "scene" else v for k, v in fixed.items()}
    sweep = Sweep(made_from["notebook"], axes, fixed, {place: name for name, place in found.items()})
    with tempfile.TemporaryDirectory(prefix="remake-") as folder:
        rows = make_points(sweep, Path(folder), line=line)
        png = pictures(sweep, rows, Path(folder, "points"))[made_from["figure"]]
    now = provenance.parse(png) or {}
    return png, now["identity"]


def _photos(made_from: dict[str, Any], line: ProgressLine, beside: Path) -> Remade:
    from refocuslab.lab.sweeps.point import picture

    names, then = made_from["photos"], made_from["identity"]
    photos = Photos.found(names, then["files"], beside)
    method = Method(**then["method"])
    with line.of("refocus"):
        task = Task.of(photos, method)
        result = task.refocused(task.engine(), method)
    return picture(result, photos.made_from(method, names), like=task.like), photos.identity(method)
