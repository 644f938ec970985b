"""A figure made again from what its own file says about it."""

import tempfile
from pathlib import Path

from refocuslab.errors import RefocusError
from refocuslab.files.installed import notebooks_folder
from refocuslab.lab.cli.own_photos import Photos
from refocuslab.lab.parameters.validation import scene_parameters, validate
from refocuslab.lab.progress_line import ProgressLine
from refocuslab.lab.records import identity, provenance, shown_paths
from refocuslab.lab.records import made_from as made_from_schema
from refocuslab.method import Method


def remake(figure: Path, line: ProgressLine | None = None) -> tuple[bytes, list[str]]:
    """The figure's bytes made anew, and a line for everything that has changed since it was made.

    The bytes are those of the file if nothing has changed, on the same machine. ``RefocusError`` if
    the file is not a PNG of ours, or what it was made from is not there.
    """
    made_from = made_from_schema.checked(provenance.read(figure))
    how = {"notebook": _notebook, "point": _point, "sweep": _sweep, "photos": _photos}
    try:
        png, now = how[made_from["kind"]](made_from, line or ProgressLine(), figure.absolute().parent)
    except (KeyError, TypeError) as error:
        rule = "must tell all that it was made from, as this version of refocuslab knows it"
        raise RefocusError("figure", rule, f"{figure} ({error})") from error
    return png, identity.differences(made_from["identity"], now)


def _notebook(made_from: dict, line: ProgressLine, beside: Path) -> tuple[bytes, dict]:
    from refocuslab.lab.notebooks.runs import run_once

    name = made_from["notebook"]
    asked_for = validate(name, made_from["parameters"])  # refused before anything is looked for
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


def _point(made_from: dict, line: ProgressLine, beside: Path) -> tuple[bytes, dict]:
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


def _sweep(made_from: dict, line: ProgressLine, beside: Path) -> tuple[bytes, dict]:
    from refocuslab.lab.sweeps import report
    from refocuslab.lab.sweeps import sweep as sweeps
    from refocuslab.lab.sweeps.plan import Sweep

    axes, fixed = made_from["axes"], made_from["fixed"]
    names = axes.get("scene") or [fixed["scene"]]
    found = {name: shown_paths.found_scene("figure", name, beside) for name in names}
    axes = {k: [found[name] for name in v] if k == "scene" else v for k, v in axes.items()}
    fixed = {k: found[v] if k == "scene" else v for k, v in fixed.items()}
    sweep = Sweep(made_from["notebook"], axes, fixed, {place: name for name, place in found.items()})
    with tempfile.TemporaryDirectory(prefix="remake-") as folder:
        rows = sweeps.make(sweep, Path(folder), line=line)
        png = report.pictures(sweep, rows, Path(folder, "points"))[made_from["figure"]]
    return png, provenance.parse(png)["identity"]


def _photos(made_from: dict, line: ProgressLine, beside: Path) -> tuple[bytes, dict]:
    from refocuslab.lab.sweeps.point import picture
    from refocuslab.refocusing.refocuser import Refocuser

    names, then = made_from["photos"], made_from["identity"]
    photos = Photos.found(names, then["files"], beside)
    method = Method(**then["method"])
    with line.of("refocus"):
        scene, like = photos.scene(method.light)
        result = Refocuser(scene).refocus(method)
    return picture(result, photos.made_from(method, names), like=like), photos.identity(method)
