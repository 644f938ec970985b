"""What is asked for on the command line, checked before anything slow is loaded or started."""

import csv
import os
from dataclasses import fields
from difflib import get_close_matches
from pathlib import Path
from types import MappingProxyType

from refocuslab.errors import RefocusError
from refocuslab.files.toml_files import read_toml
from refocuslab.lab.parameters.validation import (
    NOTEBOOKS,
    check_truth,
    in_profile,
    model_for,
    notebook_name,
    scene_parameters,
    validate_text,
)
from refocuslab.method import Method
from refocuslab.scenes.shipped import scene_names

# The paper's figures, and the notebooks that make their parts.
FIGURES = MappingProxyType(
    {
        "1": ("03_scanline_texture", "04_confidence_order"),
        "2": ("02_image_scene",),
        "3": ("02_image_scene", "03_scanline_texture", "04_confidence_order"),
        "4": ("04_confidence_order",),
        "5": ("05_perturbed_view",),
    }
)


def notebooks(names: tuple[str, ...], folder: Path) -> list[str]:
    """The notebooks that make the figures of these numbers, or have these names; by default all."""
    if not names:
        found = [name for name in NOTEBOOKS if (folder / f"{name}.ipynb").exists()]
        if not found:
            raise RefocusError("notebooks", f"must lie in {folder}", "none")
        return found
    found = {name for text in names for name in FIGURES.get(text) or (_notebook_or_figure(text),)}
    return sorted(found, key=list(NOTEBOOKS).index)


def parameters(chosen: list[str], texts: dict[str, str], profile: str = "paper") -> dict[str, dict]:
    """All parameters of the notebooks: ``texts`` where they have them, the profile, the defaults.

    Each must be a parameter of at least one of them. Values are checked, scenes to exist.
    """
    if "results" in texts:
        raise RefocusError("results", "is set by --output", texts["results"])
    known = list(dict.fromkeys(p for name in chosen for p in model_for(name).model_fields))
    for parameter, text in texts.items():
        if parameter not in known:
            rule = "is not a parameter of " + (chosen[0] if len(chosen) == 1 else "any of these notebooks")
            raise RefocusError(parameter, rule + _nearest(parameter, known), text)
    values = {}
    for name in chosen:
        own = {k: text for k, text in texts.items() if k in model_for(name).model_fields}
        preset = {k: str(value) for k, value in in_profile(name, profile).items()}
        values[name] = with_scenes(name, validate_text(name, preset | own))
    return values


def with_scenes(name: str, values: dict) -> dict:
    """``values`` with every scene checked to exist, with a truth where the notebook needs it, and relative
    scene folders made absolute."""
    scenes = {parameter: scene(parameter, values[parameter]) for parameter in scene_parameters(name)}
    for parameter, where in scenes.items():
        if where not in scene_names():
            toml = read_toml(Path(where) / "scene.toml")
            check_truth(name, parameter, "truth" in toml or "bench" in toml, where)
    return values | scenes


def scene(argument: str, text: str) -> str:
    """The name of a shipped scene as it is, or the absolute path of a folder that holds one."""
    known = scene_names()
    if text in known:
        return text
    if not os.path.isfile(Path(text) / "scene.toml"):
        near = get_close_matches(text, known, n=1, cutoff=0.5)
        nearest = f"; nearest: {near[0]}" if near else ""
        rule = f"must be one of {', '.join(known)}, or a folder with a scene.toml{nearest}"
        raise RefocusError(argument, rule, repr(text))
    try:
        Path(text).resolve().as_posix().encode()
    except UnicodeEncodeError:
        raise RefocusError(argument, "must lie in folders whose names are text in UTF-8", text) from None
    return str(Path(text).resolve())


def axes(pairs) -> dict[str, list[str]]:
    """{parameter: its values as text, in the order given}, from pairs such as ("neighborhood", "3,5").

    Values are parted as in a line of CSV: one that has a comma stands in double quotes.
    """
    found: dict[str, list[str]] = {}
    for parameter, text in pairs:
        try:
            (parted,) = csv.reader([text], skipinitialspace=True, strict=True)
        except (csv.Error, ValueError):
            parted = []
        values = [value.strip() for value in parted if value.strip()]
        if not values:
            rule = "must have values with commas between them, those that have a comma in double quotes"
            raise RefocusError(parameter, rule, repr(text))
        found[parameter] = list(dict.fromkeys([*found.get(parameter, ()), *values]))
    return found


def method(texts: dict[str, str]) -> Method:
    """The best system of the paper with other values for some of the fields of `Method`."""
    kinds = {field.name: field.type for field in fields(Method)}
    values = {}
    for name, text in texts.items():
        if name not in kinds:
            raise RefocusError(name, f"is not a choice of the method{_nearest(name, list(kinds))}", text)
        values[name] = _value(name, kinds[name], text)
    return Method(**values)


def _value(name: str, kind: type, text: str):
    try:
        if kind is bool:
            return {"true": True, "false": False}[text.lower()]
        return kind(text)
    except (KeyError, ValueError):
        words = {bool: "true or false", int: "a whole number", float: "a number"}
        raise RefocusError(name, f"must be {words[kind]}", repr(text)) from None


def _notebook_or_figure(text: str) -> str:
    if text.isdigit() and len(text) == 1:
        raise RefocusError("figure", f"must be one of {', '.join(FIGURES)}, or a notebook's name", text)
    return notebook_name(text)


def _nearest(name: str, known: list[str]) -> str:
    near = get_close_matches(name, known, n=1, cutoff=0.5)
    return f"; nearest: {near[0]}" if near else f"; there are {', '.join(known)}"
