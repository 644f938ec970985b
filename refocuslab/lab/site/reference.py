"""The pages of the reference that are made from the program itself: names, tables of a scene, parameters."""

import dataclasses
import inspect
from collections.abc import Iterator
from typing import Any

from numpydoc.docscrape import NumpyDocString

import refocuslab as rl
from refocuslab.lab.escaping import in_markdown
from refocuslab.lab.parameters.schema import NOTEBOOKS
from refocuslab.lab.parameters.validation import help_lines
from refocuslab.scenes import bench_tables, tables

# The chapters of the reference, each with the public names that it documents, in the order of reading.
CHAPTERS = {
    "Refocusing": (
        "What is given, every choice, and what is made of it.",
        ("Scene", "FocusedPhoto", "Method", "refocus", "Refocuser", "Result", "Doubt", "score", "Score"),
    ),
    "Photos of one's own": (
        "Where a photo is out of focus, how it is blurred there, and how photos fit.",
        (
            "read_photo",
            "propose_mask",
            "MaskProposal",
            "estimate_psf",
            "PsfEstimate",
            "register",
            "Registration",
        ),
    ),
    "Blur": (
        "Point spread functions, what they do to a photo, and how they are measured.",
        ("disk", "blur", "mtf", "disk_mtf", "calibrate", "Calibration"),
    ),
    "Patches and consistency": (
        "What the method is made of.",
        ("Neighborhood", "PatchLibrary", "make_consistent", "Consistent"),
    ),
    "Deconvolution": (
        "The opponent, which needs no focused photo.",
        ("wiener", "richardson_lucy", "total_variation", "tune"),
    ),
    "Scenes in folders": (
        "Read, saved and listed.",
        ("load_scene", "save_scene", "scene_names", "load_bench"),
    ),
    "The camera bench": (
        "Planes and boxes through a thin lens, from which photos, masks and the truth are rendered.",
        (
            *("Bench", "Camera", "Plane", "Box", "Lamp", "Texture", "noise_texture", "bench_scene"),
            *("render", "blur_map", "light_shots", "pin_sharp"),
        ),
    ),
    "Errors and warnings": (
        "Each names the argument, the rule and the value.",
        ("RefocusError", "RefocusWarning", "Cancelled"),
    ),
}


def chapters() -> dict[str, str]:
    """The pages of the public names, {file's name without ending: Markdown}."""
    made = {}
    for title, (about, names) in CHAPTERS.items():
        blocks = "\n\n".join(f"```{{eval-rst}}\n{_directive(name)}\n```" for name in names)
        listed = ", ".join(f"[`{name}`](#refocuslab.{name})" for name in names)
        made[file_of(title)] = f"# {title}\n\n{about}\n\n{listed}\n\n{blocks}\n"
    return made


def file_of(title: str) -> str:
    """A chapter's file, without its ending."""
    return title.lower().replace("'s", "").replace(" ", "-")


def _directive(name: str) -> str:
    value = getattr(rl, name)
    if inspect.isclass(value):
        kind = "autoexception" if issubclass(value, BaseException) else "autoclass"
        return f".. {kind}:: refocuslab.{name}\n   :members:\n   :member-order: bysource"
    return f".. autofunction:: refocuslab.{name}"


def scene_tables() -> str:
    """The tables of a ``scene.toml``, from the dataclasses that read them."""
    parts = [
        "# scene.toml",
        "Every table of a scene, with its keys. Made from the dataclasses that read the file; a key that is "
        "not here is refused, with the nearest name. [How to write a scene](../howto/scene.md) has examples.",
    ]
    for module in (tables, bench_tables):
        for kind in _classes(module):
            parts += [f"## {_heading(kind)}", _told(kind), _keys(kind)]
    return "\n\n".join(parts) + "\n"


def _classes(module: Any) -> Iterator[type]:
    for value in vars(module).values():
        if inspect.isclass(value) and value.__module__ == module.__name__ and dataclasses.is_dataclass(value):
            yield value


def _heading(kind: type) -> str:
    return kind.__name__.removesuffix("Table")


def _told(kind: type) -> str:
    doc = NumpyDocString(inspect.getdoc(kind) or "")
    return _plain(" ".join([*doc["Summary"], *doc["Extended Summary"]]))


def _keys(kind: type) -> str:
    """A table of a dataclass's fields and those of its base classes: type, default, meaning."""
    meanings: dict[str, tuple[str, str]] = {}
    for one in reversed(kind.__mro__):
        for told in NumpyDocString(inspect.getdoc(one) or "")["Attributes"] if one is not object else ():
            for name in told.name.split(", "):
                meanings[name] = told.type, " ".join(told.desc)
    lines = ["| key | type | default | meaning |", "|---|---|---|---|"]
    for field in dataclasses.fields(kind):
        type_, meaning = meanings.get(field.name, (str(field.type), ""))
        default = "required" if field.default is dataclasses.MISSING else _default(field.default)
        lines.append(f"| `{field.name}` | {in_markdown(type_)} | {default} | {_plain(meaning)} |")
    return "\n".join(lines)


def _default(value: object) -> str:
    return "–" if value is None else f"`{value!r}`"


def _plain(text: str) -> str:
    return in_markdown(text).replace("\\`\\`", "`")


def parameters() -> str:
    """Every notebook's parameters, from their schema."""
    parts = [
        "# Parameters of the notebooks",
        "One model a notebook gives the parameters cell, the checks of the command line and this page. "
        "`refocuslab run 4 -p NAME VALUE` changes one, `refocuslab sweep 4 -p NAME VALUE,VALUE` tries more.",
        "## All of them",
        "```text\n" + "\n".join(help_lines()) + "\n```",
    ]
    for name, model in NOTEBOOKS.items():
        parts += [
            f"## {name}",
            in_markdown(model.__doc__ or ""),
            "| parameter | default | meaning |\n|---|---|---|\n"
            + "\n".join(
                f"| `{key}` | `{field.default!r}` | {in_markdown(field.description or '')} |"
                for key, field in model.model_fields.items()
            ),
        ]
    return "\n\n".join(parts) + "\n"
