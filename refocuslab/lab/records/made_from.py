"""What a picture says that it was made from, checked against a schema, for anyone may have written it."""

import math
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    TypeAdapter,
    ValidationError,
)
from pydantic_core import PydanticCustomError

from refocuslab.checks import LARGEST_SEED
from refocuslab.errors import RefocusError, quoted
from refocuslab.lab.parameters.validation import model_for, notebook_name, validate

# What a picture can be of: a run of a notebook, a point of a sweep, a sweep, photos of the user's own.
KINDS = ("notebook", "point", "sweep", "photos")
# Levels of what a picture tells: a notebook's program, its libraries, their versions are 4 deep.
_DEEPEST = 8
# Far more than a notebook has parameters, a method fields, a refocusing photos.
_MOST = 100
# A sweep of 10,000 points takes a day; the points' names are told, each of 16 letters.
_MOST_POINTS = 10_000

# The values of a picture's fields, each within bounds.
Name = Annotated[str, StringConstraints(min_length=1, max_length=100)]
Text = Annotated[str, StringConstraints(max_length=4096)]
Whole = Annotated[int, Field(ge=-LARGEST_SEED, le=LARGEST_SEED)]
Scalar = bool | Whole | Annotated[float, Field(allow_inf_nan=False)] | Text
Values = Annotated[dict[Name, Scalar], Field(max_length=_MOST)]
Texts = Annotated[list[Text], Field(max_length=_MOST)]


def _file_name(name: str) -> str:
    if name.startswith(".") or any(c in name for c in "/\\:\0"):
        raise PydanticCustomError("file", "Input should be the name of a file, without a folder")
    return name


def _check_depth(value: dict[str, Any]) -> None:
    level: list[Any] = [value]
    for _ in range(_DEEPEST):
        inner = [v for one in level for v in (one.values() if isinstance(one, dict) else one)]
        level = [v for v in inner if isinstance(v, dict | list)]
    if level:
        raise PydanticCustomError("deep", "Input should have fewer levels")


FileName = Annotated[Name, AfterValidator(_file_name)]


class _Told(BaseModel):
    # Others may tell more, for later versions do; it is not made use of.
    model_config = ConfigDict(strict=True, frozen=True, extra="ignore")


class _Identity(_Told):
    model_config = ConfigDict(strict=True, frozen=True, extra="allow")


class _NotebooksIdentity(_Identity):
    scenes: dict[Name, Name] = {}


class _MethodsIdentity(_Identity):
    method: Values


class _PointsIdentity(_MethodsIdentity):
    crop: Annotated[int, Field(ge=0, le=100_000)]
    scene: Name


class _PhotosIdentity(_MethodsIdentity):
    files: Texts


class _Photos(_Told):
    misfocused: Text
    focused: Annotated[Texts, Field(min_length=1)]
    mask: Text = ""
    same_mask: bool = False
    diameter: Annotated[int, Field(ge=0, le=100_000)] = 0
    light: Annotated[list[Text], Field(max_length=2)] = []
    whole: bool = False


class Notebook(_Told):
    """A figure of a notebook: the notebook's name, its parameters, the figure's file, the run's identity."""

    kind: Literal["notebook"]
    notebook: Name
    parameters: Values
    # Both may be absent, so that a wrong parameter is found first; no figure has the empty name.
    figure: FileName = ""
    identity: _NotebooksIdentity = _NotebooksIdentity()


class Point(_Told):
    """A point of a sweep: the scene, and an identity with the method's fields and the crop."""

    kind: Literal["point"]
    scene: Text
    identity: _PointsIdentity


class Sweep(_Told):
    """A figure of a sweep: the notebook, the axes with their values, the parameters that stay, the file."""

    kind: Literal["sweep"]
    notebook: Name
    axes: dict[Name, Annotated[list[Scalar], Field(min_length=1, max_length=_MOST_POINTS)]]
    fixed: Values
    figure: FileName
    identity: _Identity


class Photos(_Told):
    """Photos of the user's own, refocused: their files' names, and an identity with the method's fields."""

    kind: Literal["photos"]
    photos: _Photos
    identity: _PhotosIdentity


_ANY = TypeAdapter(Annotated[Notebook | Point | Sweep | Photos, Field(discriminator="kind")])


def checked(told: dict[str, Any]) -> dict[str, Any]:
    """What a picture says, if it is complete and within bounds; fields that are not known are left out.

    Parameters
    ----------
    told : dict
        What ``provenance.read`` gives.

    Returns
    -------
    dict
        The fields of ``Notebook``, ``Point``, ``Sweep`` or ``Photos``, by its ``kind``.

    Raises
    ------
    RefocusError
        A field is missing or wrong, or a notebook's or a sweep's parameter breaks the notebook's rule.
    """
    kind = told.get("kind")
    if not isinstance(kind, str) or kind not in KINDS:
        raise RefocusError("figure", f"must be of a kind known here, {', '.join(KINDS)}", kind)
    try:
        found = _ANY.validate_python(told)
        _check_depth(told.get("identity", {}))
    except (ValidationError, PydanticCustomError) as error:
        rule = "must tell all that it was made from, as this version of refocuslab knows it"
        raise RefocusError("figure", rule, _first(error)) from None
    if isinstance(found, Notebook):
        validate(found.notebook, found.parameters)
    if isinstance(found, Sweep):
        _check_sweep(found)
    return found.model_dump()


def _check_sweep(sweep: Sweep) -> None:
    points = math.prod(map(len, sweep.axes.values()))
    if points > _MOST_POINTS:
        raise RefocusError("figure", f"must be of a sweep of at most {_MOST_POINTS:,} points", f"{points:,}")
    name = notebook_name(sweep.notebook)
    known = model_for(name).model_fields
    fixed = {key: value for key, value in sweep.fixed.items() if key in known}
    if len(fixed) < len(sweep.fixed):
        raise RefocusError(
            "figure", f"must tell parameters of {name}", ", ".join(sweep.fixed.keys() - known.keys())
        )
    validate(name, fixed)
    for key, values in sweep.axes.items():
        for value in values:
            validate(name, fixed | {key: value})


def _first(error: ValidationError | PydanticCustomError) -> str:
    if isinstance(error, PydanticCustomError):
        return error.message()
    first = error.errors(include_url=False, include_context=False)[0]
    return f"{' '.join(map(str, first['loc'][1:]))}: {first['msg']}; {quoted(first['input'])[:60]}"
