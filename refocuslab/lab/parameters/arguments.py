"""What is asked for on the command line, checked before anything slow is loaded or started."""

import csv
import os
from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from refocuslab.errors import RefocusError, nearest
from refocuslab.files.toml_files import read_toml
from refocuslab.lab.parameters.schema import NOTEBOOKS
from refocuslab.lab.parameters.validation import (
    check_truth,
    in_profile,
    model_for,
    nearest_or_all,
    notebook_name,
    scene_parameters,
    validate_text,
)
from refocuslab.method import Method
from refocuslab.scenes.shipped import scene_names, shipped_folder

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
    """The notebooks that are asked for, in their order.

    Parameters
    ----------
    names : tuple of str
        Numbers of the paper's figures, and names of notebooks; none for all that there are.
    folder : Path
        Where the notebooks lie.

    Raises
    ------
    RefocusError
        A name is neither, or none is given and the folder holds no notebook.
    """
    if not names:
        there = [name for name in NOTEBOOKS if (folder / f"{name}.ipynb").exists()]
        if not there:
            raise RefocusError("notebooks", f"must lie in {folder}", "none")
        return there
    found = {name for text in names for name in FIGURES.get(text) or (_notebook_or_figure(text),)}
    return sorted(found, key=list(NOTEBOOKS).index)


def parameters(chosen: list[str], texts: dict[str, str], profile: str = "paper") -> dict[str, dict[str, Any]]:
    """All parameters of each notebook: ``texts`` where it has them, then the profile, then the defaults.

    Parameters
    ----------
    chosen : list of str
        Names of notebooks.
    texts : dict of str to str
        {parameter: value}, as the command line has them.
    profile : str
        A name of ``PROFILES``.

    Returns
    -------
    dict of str to dict
        {notebook: its parameters}, as ``validate`` gives them; scenes as ``scene`` gives them.

    Raises
    ------
    RefocusError
        A parameter is one of none of the notebooks, a value breaks its rule, or a scene does not exist.
    """
    if "results" in texts:
        raise RefocusError("results", "is set by --output", texts["results"])
    known = list(dict.fromkeys(p for name in chosen for p in model_for(name).model_fields))
    for parameter, text in texts.items():
        if parameter not in known:
            rule = "is not a parameter of " + (chosen[0] if len(chosen) == 1 else "any of these notebooks")
            raise RefocusError(parameter, rule + nearest_or_all(parameter, known, "there are"), text)
    values = {}
    for name in chosen:
        own = {k: text for k, text in texts.items() if k in model_for(name).model_fields}
        preset = {k: str(value) for k, value in in_profile(name, profile).items()}
        values[name] = with_scenes(name, validate_text(name, preset | own))
    return values


def with_scenes(name: str, values: dict[str, Any]) -> dict[str, Any]:
    """The parameters of a notebook, each scene's folder as an absolute path.

    Raises
    ------
    RefocusError
        A scene does not exist, or has no truth and the notebook needs one.
    """
    scenes = {parameter: scene(parameter, values[parameter]) for parameter in scene_parameters(name)}
    for parameter, where in scenes.items():
        if shipped_folder(where) is None:
            toml = read_toml(Path(where) / "scene.toml")
            check_truth(name, parameter, "truth" in toml or "bench" in toml, where)
    return values | scenes


def scene(argument: str, text: str) -> str:
    """The name of a shipped scene as it is, or the absolute path of a folder that holds one.

    Raises
    ------
    RefocusError
        It is neither; the message, which names the ``argument``, has the nearest of the names.
    """
    if shipped_folder(text) is not None:
        return text
    known = scene_names()
    if not os.path.isfile(Path(text) / "scene.toml"):
        rule = f"must be one of {', '.join(known)}, or a folder with a scene.toml"
        if near := nearest(text, known):
            rule += f"; nearest: {near}"
        raise RefocusError(argument, rule, repr(text))
    try:
        Path(text).resolve().as_posix().encode()
    except UnicodeEncodeError:
        raise RefocusError(argument, "must lie in folders whose names are text in UTF-8", text) from None
    return str(Path(text).resolve())


def axes(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """The axes of a sweep: {parameter: its values as text, in the order given, each once}.

    Values are parted as in a line of CSV: one that has a comma stands in double quotes.

    Raises
    ------
    RefocusError
        The values of a parameter are no such line, or none.

    Examples
    --------
    >>> from refocuslab.lab.parameters.arguments import axes
    >>> axes([("neighborhood", "3,5"), ("neighborhood", "7")])
    {'neighborhood': ['3', '5', '7']}
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


def method(texts: Mapping[str, str], best: Method | None = None) -> Method:
    """A method with other values for some of the fields of ``Method``.

    Parameters
    ----------
    texts : mapping of str to str
        The fields, and their values as text.
    best : Method or None
        The others are as here; None is the best system of the paper.

    Raises
    ------
    RefocusError
        A name is that of no field, or a value breaks the field's rule.

    Examples
    --------
    >>> from refocuslab.lab.parameters.arguments import method
    >>> method({"neighborhood": "7", "causal": "true"}).neighborhood
    7
    """
    kinds: dict[str, Any] = {field.name: field.type for field in fields(Method)}
    values = {}
    for name, text in texts.items():
        if name not in kinds:
            rule = f"is not a choice of the method{nearest_or_all(name, kinds, 'there are')}"
            raise RefocusError(name, rule, text)
        values[name] = _value(name, kinds[name], text)
    return replace(best or Method(), **values)


def _value(name: str, kind: type, text: str) -> Any:
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
