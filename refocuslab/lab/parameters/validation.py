"""A notebook's parameters: found by name, checked, and written as its parameters cell and as help."""

import dataclasses
import json
import os
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any, Literal, get_args, get_origin

import numpy as np
from pydantic import ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from refocuslab.errors import RefocusError, nearest
from refocuslab.lab.parameters.schema import LAMBDAS, NOTEBOOKS, ONE_LAMBDA, NamesScene, Parameters

# How much of a scene is taken: a moment to see that all works, a lesson's worth, all of it.
PROFILES: Mapping[str, dict[str, int | str]] = MappingProxyType(
    # In the middle of coffee there are 64 pixels of nothing but foam.
    {"smoke": {"crop": 64, "second_scene": "bench"}, "course": {"crop": 160}, "paper": {}}
)

# The notebooks that only show what they make; the others judge the paper's claims by the truth.
WITHOUT_TRUTH = ("01_point_spread_function", "09_explore", "12_your_photos")


def notebook_name(notebook: str | int) -> str:
    """The full name of a notebook given by its name, its file's name or its number.

    Raises
    ------
    RefocusError
        There is no such notebook; the message lists all.

    Examples
    --------
    >>> from refocuslab.lab.parameters.validation import notebook_name
    >>> notebook_name(4)
    '04_confidence_order'
    """
    if name := named_notebook(str(notebook)):
        return name
    rule = f"must be one of {', '.join(NOTEBOOKS)}"
    raise RefocusError("notebook", rule, notebook)


def named_notebook(text: str) -> str | None:
    """The full name of a notebook that a word names as in ``notebook_name``; None if it names none."""
    text = text.removesuffix(".ipynb")
    for name in NOTEBOOKS:
        number = name.split("_")[0]
        if text in (name, number, str(int(number))):
            return name
    return None


def model_for(notebook: str | int) -> type[Parameters]:
    """The model that holds a notebook's parameters; names as in ``notebook_name``."""
    return NOTEBOOKS[notebook_name(notebook)]


def validate(notebook: str | int, values: Mapping[str, Any]) -> dict[str, Any]:
    """All parameters of a notebook as plain JSON types: ``values``, completed by the defaults.

    Parameters
    ----------
    notebook : str or int
        As in ``notebook_name``.
    values : mapping of str to value
        Some of the parameters. numpy scalars and paths are taken as the plain values that they stand for.

    Returns
    -------
    dict of str to bool, int, float or str
        In the order of the model.

    Raises
    ------
    RefocusError
        A name is unknown (the message has the nearest one), or a value is of another type or out of range.

    Examples
    --------
    >>> from refocuslab.lab.parameters.validation import validate
    >>> validate(1, {"largest": 21})
    {'scene': 'motorcycle', 'largest': 21, 'light': 'linear', 'results': ''}
    """
    name = notebook_name(notebook)
    return _checked(name, plain(dict(values)), NOTEBOOKS[name].model_validate)


def validate_text(notebook: str | int, texts: Mapping[str, str]) -> dict[str, Any]:
    """``validate`` for values that arrive as text, as from a command line: "7" is a 7."""
    name = notebook_name(notebook)
    return _checked(name, dict(texts), NOTEBOOKS[name].model_validate_strings)


def plain(value: Any) -> Any:
    """``value`` in JSON's types: numpy scalars, paths, tuples, dataclasses, also within others."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return plain(dataclasses.asdict(value))
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    return [plain(inner) for inner in value] if isinstance(value, list | tuple) else value


def current(notebook: str | int, namespace: Mapping[str, Any]) -> dict[str, Any]:
    """The notebook's parameters as its own ``globals()`` hold them now, validated."""
    fields = model_for(notebook).model_fields
    return validate(notebook, {name: namespace[name] for name in fields if name in namespace})


def scene_parameters(notebook: str | int, figure: str = "") -> tuple[str, ...]:
    """The names of those parameters that name a scene, which a figure can show if one is given."""
    return tuple(
        name
        for name, field in model_for(notebook).model_fields.items()
        for mark in field.metadata
        if isinstance(mark, NamesScene) and (not (figure and mark.figures) or figure in mark.figures)
    )


def check_truth(notebook: str | int, argument: str, known: bool, scene: str) -> None:
    """Refuse a scene without truth where the notebook measures against it.

    Parameters
    ----------
    notebook : str or int
        As in ``notebook_name``.
    argument : str
        The parameter's name, for the message.
    known : bool
        Whether the scene has a truth.
    scene : str
        The parameter's value, for the message.

    Raises
    ------
    RefocusError
        It has none, and the notebook is not one of ``WITHOUT_TRUTH``.
    """
    if not known and notebook_name(notebook) not in WITHOUT_TRUTH:
        rule = "must have a truth, which this notebook measures against (notebooks 1 and 9 need none)"
        raise RefocusError(argument, rule, scene)


def type_name(notebook: str | int, parameter: str) -> str:
    """The type of a parameter as the parameters cell writes it: bool, int, float or str."""
    annotation: Any = model_for(notebook).model_fields[parameter].annotation
    if get_origin(annotation) is Literal:
        (annotation,) = {type(choice) for choice in get_args(annotation)}
    return str(annotation.__name__)


def literal(value: object) -> str:
    """A default as Python source; text in double quotes."""
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(value)


def parameters_cell(notebook: str | int) -> str:
    """The source of the notebook's parameters cell: ``name: type = literal  # help`` a line.

    papermill reads that cell with a regular expression, so every line keeps to this form.
    """
    return "\n".join(
        f"{name}: {type_name(notebook, name)} = {literal(field.default)}  # {field.description}"
        for name, field in model_for(notebook).model_fields.items()
    )


def help_lines(notebooks: Iterable[str] = tuple(NOTEBOOKS), names: Iterable[str] | None = None) -> list[str]:
    """A line for every parameter of some notebooks: its name, its default and what it is.

    Parameters
    ----------
    notebooks : iterable of str
        Full names; a parameter's default is that of the first that has it.
    names : iterable of str or None
        Some of the parameters; None for all.
    """
    fields: dict[str, FieldInfo] = {}
    for notebook in notebooks:
        model = NOTEBOOKS[notebook]
        fields |= {name: field for name, field in model.model_fields.items() if name not in fields}
    if names is not None:
        fields = {name: fields[name] for name in names}
    wide = max(map(len, fields))
    return [
        f"{name:{wide}}  {literal(field.default):12}  {field.description}{_range(field)}"
        for name, field in fields.items()
    ]


def in_profile(notebook: str | int, profile: str) -> dict[str, int | str]:
    """Those parameters of a notebook that a profile, a name of ``PROFILES``, sets."""
    known = model_for(notebook).model_fields
    return {name: value for name, value in PROFILES[profile].items() if name in known}


def nearest_or_all(name: str, known: Iterable[str], introduction: str) -> str:
    """The end of a rule about an unknown name: those it begins, the nearest of those known, or all.

    Examples
    --------
    >>> from refocuslab.lab.parameters.validation import nearest_or_all
    >>> nearest_or_all("neighborhod", ["light", "neighborhood"], "it has")
    '; nearest: neighborhood'
    >>> nearest_or_all("x", ["light", "neighborhood"], "it has")
    '; it has light, neighborhood'
    >>> nearest_or_all("lambda", ["lambda_image", "light"], "it has")
    '; nearest: lambda_image'
    """
    names = list(known)
    if several := [one for one in names if one.startswith(f"{name.replace('λ', 'lambda')}_")]:
        told = f"; there are {', '.join(several)}" if len(several) > 1 else f"; nearest: {several[0]}"
        return told + (f". {ONE_LAMBDA.rstrip('.')}" if several == list(LAMBDAS) else "")
    near = nearest(name, names)
    return f"; nearest: {near}" if near else f"; {introduction} {', '.join(names)}"


def _checked(
    notebook: str, values: dict[str, Any], read: Callable[[dict[str, Any]], Parameters]
) -> dict[str, Any]:
    known = NOTEBOOKS[notebook].model_fields
    for name, value in values.items():
        if name not in known:
            rule = f"is not a parameter of {notebook}{nearest_or_all(str(name), known, 'it has')}"
            raise RefocusError(str(name), rule, value)
    try:
        return read(values).model_dump()
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        name = str(first["loc"][0])
        rule = _rule(first, known[name].metadata)
        raise RefocusError(name, rule, repr(first["input"])) from None


def _rule(error: ErrorDetails, metadata: list[Any]) -> str:
    if error["type"] in ("greater_than_equal", "less_than_equal"):
        limits = _limits(metadata)
        return f"must be from {limits['ge']} to {limits['le']}"
    return error["msg"].removeprefix("Input ").replace("should", "must", 1)


def _range(field: FieldInfo) -> str:
    limits = _limits(field.metadata)
    return f", {limits['ge']} to {limits['le']}" if len(limits) == 2 else ""


def _limits(metadata: list[Any]) -> dict[str, float]:
    """The least (ge) and the most (le) that a field may be, as far as it has them."""
    return {key: getattr(mark, key) for mark in metadata for key in ("ge", "le") if hasattr(mark, key)}
