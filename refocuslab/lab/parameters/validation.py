"""A notebook's parameters: found by name, checked, and written as its parameters cell and as help."""

import dataclasses
import json
import os
from difflib import get_close_matches
from types import MappingProxyType
from typing import Literal, get_args, get_origin

import numpy as np
from pydantic import ValidationError

from refocuslab.errors import RefocusError
from refocuslab.lab.parameters.schema import NOTEBOOKS, NamesScene, Parameters

# How much of a scene is taken: a moment to see that all works, a lesson's worth, all of it.
PROFILES = MappingProxyType({"smoke": {"crop": 64}, "course": {"crop": 160}, "paper": {}})

# The notebooks that only show what they make; the others judge the paper's claims by the truth.
WITHOUT_TRUTH = ("01_point_spread_function", "09_explore")


def notebook_name(notebook: str | int) -> str:
    """The full name of a notebook given by its name, its file's name or its number.

    ``RefocusError`` for one that does not exist, with the nearest name.
    """
    text = str(notebook).removesuffix(".ipynb")
    for name in NOTEBOOKS:
        number = name.split("_")[0]
        if text in (name, number, str(int(number))):
            return name
    rule = f"must be one of {', '.join(NOTEBOOKS)}"
    raise RefocusError("notebook", rule, notebook)


def model_for(notebook: str | int) -> type[Parameters]:
    """The model that holds a notebook's parameters; names as in `notebook_name`."""
    return NOTEBOOKS[notebook_name(notebook)]


def validate(notebook: str | int, values: dict) -> dict:
    """All parameters of a notebook as plain JSON types: ``values``, completed by the defaults.

    Numpy scalars and paths are taken as the plain values that they stand for. Raises
    ``RefocusError`` for an unknown name (with the nearest one), for a value of another type, and
    for one out of range.
    """
    name = notebook_name(notebook)
    return _checked(name, plain(dict(values)), NOTEBOOKS[name].model_validate)


def validate_text(notebook: str | int, texts: dict[str, str]) -> dict:
    """`validate` for values that arrive as text, as from a command line: "7" is a 7."""
    name = notebook_name(notebook)
    return _checked(name, dict(texts), NOTEBOOKS[name].model_validate_strings)


def plain(value):
    """``value`` in JSON's types: numpy scalars, paths, tuples, dataclasses, also within others."""
    if dataclasses.is_dataclass(value):
        return plain(dataclasses.asdict(value))
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    return [plain(inner) for inner in value] if isinstance(value, list | tuple) else value


def current(notebook: str | int, namespace: dict) -> dict:
    """The notebook's parameters as its own ``globals()`` hold them now, validated."""
    fields = model_for(notebook).model_fields
    return validate(notebook, {name: namespace[name] for name in fields if name in namespace})


def scene_parameters(notebook: str | int) -> tuple[str, ...]:
    """The names of those parameters that name a scene."""
    return tuple(
        name
        for name, field in model_for(notebook).model_fields.items()
        if any(isinstance(mark, NamesScene) for mark in field.metadata)
    )


def check_truth(notebook: str | int, argument: str, known: bool, scene: str) -> None:
    """A ``RefocusError`` where a notebook measures against the truth, and a scene's is not ``known``."""
    if not known and notebook_name(notebook) not in WITHOUT_TRUTH:
        rule = "must have a truth, which this notebook measures against (notebooks 1 and 9 need none)"
        raise RefocusError(argument, rule, scene)


def type_name(notebook: str | int, parameter: str) -> str:
    """The type of a parameter as the parameters cell writes it: int, float or str."""
    annotation = model_for(notebook).model_fields[parameter].annotation
    if get_origin(annotation) is Literal:
        (annotation,) = {type(choice) for choice in get_args(annotation)}
    return annotation.__name__


def literal(value: int | float | str) -> str:
    """A default as Python source."""
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(value)


def parameters_cell(notebook: str | int) -> str:
    """The source of the notebook's parameters cell: ``name: type = literal  # help`` a line.

    papermill reads that cell with a regular expression, so every line keeps to this form.
    """
    return "\n".join(
        f"{name}: {type_name(notebook, name)} = {literal(field.default)}  # {field.description}"
        for name, field in model_for(notebook).model_fields.items()
    )


def help_lines() -> list[str]:
    """A line for every parameter of any notebook: its name, its default and what it is."""
    fields: dict = {}
    for model in NOTEBOOKS.values():
        fields |= {name: field for name, field in model.model_fields.items() if name not in fields}
    wide = max(map(len, fields))
    return [
        f"{name:{wide}}  {literal(field.default):12}  {field.description}{_range(field)}"
        for name, field in fields.items()
    ]


def in_profile(notebook: str | int, profile: str) -> dict:
    """Those parameters of a notebook that a profile sets."""
    known = model_for(notebook).model_fields
    return {name: value for name, value in PROFILES[profile].items() if name in known}


def _checked(notebook: str, values: dict, read) -> dict:
    known = NOTEBOOKS[notebook].model_fields
    for name, value in values.items():
        if name not in known:
            rule = f"is not a parameter of {notebook}{_nearest(name, known)}"
            raise RefocusError(str(name), rule, value)
    try:
        return read(values).model_dump()
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        name = str(first["loc"][0])
        rule = _rule(first, known[name].metadata)
        raise RefocusError(name, rule, repr(first["input"])) from None


def _rule(error: dict, metadata: list) -> str:
    if error["type"] in ("greater_than_equal", "less_than_equal"):
        least = next(mark.ge for mark in metadata if hasattr(mark, "ge"))
        most = next(mark.le for mark in metadata if hasattr(mark, "le"))
        return f"must be from {least} to {most}"
    return error["msg"].removeprefix("Input ").replace("should", "must", 1)


def _range(field) -> str:
    limits = {
        key: getattr(mark, key) for mark in field.metadata for key in ("ge", "le") if hasattr(mark, key)
    }
    return f", {limits['ge']} to {limits['le']}" if len(limits) == 2 else ""


def _nearest(name: object, names) -> str:
    near = get_close_matches(str(name), list(names), n=1, cutoff=0.5)
    return f"; nearest: {near[0]}" if near else f"; it has {', '.join(names)}"
