"""The notebooks' parameters: one model each, the only place for names, types, ranges and help.

The text of a notebook's parameters cell, the checks of the command line and the help are all
made from these models; the defaults of the method's own numbers are those of ``Method``.
"""

import dataclasses
import json
import os
import warnings
from difflib import get_close_matches
from types import MappingProxyType
from typing import Annotated, Literal, get_args, get_origin

import numpy as np
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import PydanticCustomError

from refocuslab.errors import RefocusError
from refocuslab.method import CONFIDENCES, LIGHTS, ORDERS, SEARCHES, SELECTIONS, Method

METHOD = Method()
SMALLEST_CROP = 32


def _odd(value: int) -> int:
    if value % 2 == 0:
        raise PydanticCustomError("odd", "Input should be odd")
    return value


def _whole_or_wide(value: int) -> int:
    if 0 < value < SMALLEST_CROP:
        raise PydanticCustomError("crop", f"Input should be 0 or from {SMALLEST_CROP} upwards")
    return value


def _named(value: str) -> str:
    if not value.strip():
        raise PydanticCustomError("scene", "Input should name a scene or a folder")
    return value


class _SceneName:
    """Marks the parameters that name a scene or the folder of one."""


@dataclasses.dataclass(frozen=True)
class Log:
    """Marks a parameter that a slider offers on a logarithmic scale, from `least` to `most`."""

    least: float
    most: float


def _scene(help: str):
    return Annotated[str, Field(description=help), AfterValidator(_named), _SceneName()]


def _weight(help: str):
    limits = {"ge": 0, "le": 1000, "allow_inf_nan": False}
    return Annotated[float, Field(**limits, description=help), Log(1e-5, 1.0)]


SceneName = _scene("scene to refocus, or a folder that holds one")
SecondScene = _scene("second scene, for Figure 4")
SameView = _scene("its target with a focused photo from the same view")
PerturbedScene = _scene("its target with a focused photo from another view")
Largest = Annotated[int, Field(ge=1, le=99, description="largest disk diameter tried, pixels")]
Neighborhood = Annotated[
    int,
    Field(ge=3, le=11, description="side of the square neighborhood, pixels, odd"),
    AfterValidator(_odd),
]
Candidates = Annotated[int, Field(ge=1, le=200, description="candidate values kept for a pixel")]
LambdaImage = _weight("weight of the image-scene constraint, 1 / grey level squared")
LambdaTexture = _weight("weight of the scene texture constraint, 1 / grey level squared")
LambdaRatio = Annotated[
    float, Field(description="weight of texture against that of the image-scene constraint"), Log(1e-3, 1e3)
]
Light = Annotated[Literal[LIGHTS], Field(description=f"values that the PSF blurs, {' or '.join(LIGHTS)}")]
Search = Annotated[
    Literal[SEARCHES],
    Field(description="exact, coherent (nearly the same, faster) or linear (the same, slower)"),
]
Order = Annotated[Literal[ORDERS], Field(description=f"order of assignment, {', '.join(ORDERS)}")]
Causal = Annotated[bool, Field(description="leave pixels without a value out of the neighborhood")]
Passes = Annotated[int, Field(ge=1, le=10, description="how often every pixel is assigned")]
Selection = Annotated[
    Literal[SELECTIONS], Field(description=f"how candidates are chosen, {', '.join(SELECTIONS)}")
]
Pool = Annotated[int, Field(ge=1, le=200, description="nearest values that candidates are selected from")]
Confidence = Annotated[
    Literal[CONFIDENCES], Field(description=f"measure of confidence, {', '.join(CONFIDENCES)}")
]
Box = Annotated[
    int,
    Field(ge=1, le=25, description="side of the box of the neighborhood confidence, pixels, odd"),
    AfterValidator(_odd),
]
Seed = Annotated[int, Field(ge=0, le=2**31 - 1, description="seed of the random order")]
Consistency = Annotated[
    bool, Field(description="go on until the result, blurred, gives the misfocused photo")
]
Register = Annotated[bool, Field(description="bring focused photos to the view of the misfocused one first")]
Threads = Annotated[int, Field(ge=0, le=1024, description="threads, 0 for all cores")]
Results = Annotated[str, Field(description="folder for figures and scores, empty for none")]
Crop = Annotated[
    int,
    Field(ge=0, le=4096, description="side of a centred square to cut down to, 0 for all"),
    AfterValidator(_whole_or_wide),
]


class Parameters(BaseModel):
    """What every notebook's model shares: exact types, no unknown names."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class PointSpreadFunction(Parameters):
    """§3: the PSF from a photographed light."""

    scene: SceneName = "motorcycle"
    largest: Largest = 31
    light: Light = METHOD.light
    results: Results = ""


class ImageScene(Parameters):
    """§2.1, §3.1: the image-scene constraint alone."""

    scene: SceneName = "motorcycle"
    neighborhood: Neighborhood = METHOD.neighborhood
    candidates: Candidates = METHOD.candidates
    lambda_image: LambdaImage = METHOD.lambda_image
    light: Light = METHOD.light
    search: Search = METHOD.search
    threads: Threads = 0
    crop: Crop = 0
    results: Results = ""


class ScanlineTexture(Parameters):
    """§2.2, §3.2: both constraints in scanline order."""

    scene: SceneName = "motorcycle"
    neighborhood: Neighborhood = METHOD.neighborhood
    candidates: Candidates = METHOD.candidates
    lambda_image: LambdaImage = METHOD.lambda_image
    lambda_texture: LambdaTexture = METHOD.lambda_texture
    light: Light = METHOD.light
    search: Search = METHOD.search
    threads: Threads = 0
    crop: Crop = 0
    results: Results = ""


class ConfidenceOrder(Parameters):
    """§2.3, §3.3: both constraints in order of confidence."""

    scene: SceneName = "motorcycle"
    second_scene: SecondScene = "coffee"
    neighborhood: Neighborhood = METHOD.neighborhood
    candidates: Candidates = METHOD.candidates
    lambda_image: LambdaImage = METHOD.lambda_image
    lambda_texture: LambdaTexture = METHOD.lambda_texture
    light: Light = METHOD.light
    search: Search = METHOD.search
    threads: Threads = 0
    crop: Crop = 0
    results: Results = ""


class PerturbedView(Parameters):
    """§4: a focused photo from a perturbed view."""

    scene: SceneName = "motorcycle-perturbed"
    scene_same_view: SameView = "motorcycle"
    neighborhood: Neighborhood = METHOD.neighborhood
    candidates: Candidates = METHOD.candidates
    lambda_image: LambdaImage = METHOD.lambda_image
    lambda_texture: LambdaTexture = METHOD.lambda_texture
    light: Light = METHOD.light
    search: Search = METHOD.search
    threads: Threads = 0
    crop: Crop = 0
    results: Results = ""


class CandidateSelection(Parameters):
    """§5.1: other candidates, other measures of confidence."""

    scene: SceneName = "motorcycle"
    scene_perturbed: PerturbedScene = "motorcycle-perturbed"
    neighborhood: Neighborhood = METHOD.neighborhood
    candidates: Candidates = METHOD.candidates
    pool: Pool = METHOD.pool
    lambda_image: LambdaImage = METHOD.lambda_image
    lambda_texture: LambdaTexture = METHOD.lambda_texture
    light: Light = METHOD.light
    search: Search = METHOD.search
    threads: Threads = 0
    crop: Crop = 0
    results: Results = ""


class OpenQuestions(Parameters):
    """§2.3, §5: the weights, several passes, the best recipe."""

    scene: SceneName = "motorcycle"
    scene_perturbed: PerturbedScene = "motorcycle-perturbed"
    light: Light = METHOD.light
    threads: Threads = 0
    crop: Crop = 0
    results: Results = ""


with warnings.catch_warnings():
    # Every class has an attribute of this name, for abstract classes; nothing here uses it.
    warnings.filterwarnings("ignore", 'Field name "register"')

    class Explore(Parameters):
        """All of it, to play with: every choice of the method."""

        scene: SceneName = "motorcycle"
        neighborhood: Neighborhood = METHOD.neighborhood
        candidates: Candidates = METHOD.candidates
        lambda_image: LambdaImage = METHOD.lambda_image
        lambda_texture: LambdaTexture = METHOD.lambda_texture
        order: Order = METHOD.order
        causal: Causal = METHOD.causal
        passes: Passes = METHOD.passes
        search: Search = METHOD.search
        light: Light = METHOD.light
        seed: Seed = METHOD.seed
        selection: Selection = METHOD.selection
        pool: Pool = METHOD.pool
        confidence: Confidence = METHOD.confidence
        box: Box = METHOD.box
        register: Register = METHOD.register
        consistency: Consistency = METHOD.consistency
        threads: Threads = 0
        crop: Crop = 0
        results: Results = ""


NOTEBOOKS = MappingProxyType(
    {
        "01_point_spread_function": PointSpreadFunction,
        "02_image_scene": ImageScene,
        "03_scanline_texture": ScanlineTexture,
        "04_confidence_order": ConfidenceOrder,
        "05_perturbed_view": PerturbedView,
        "06_candidate_selection": CandidateSelection,
        "09_explore": Explore,
        "10_open_questions": OpenQuestions,
    }
)


# How much of a scene is taken: a moment to see that all works, a lesson's worth, all of it.
PROFILES = MappingProxyType({"smoke": {"crop": 64}, "course": {"crop": 160}, "paper": {}})


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
        if any(isinstance(mark, _SceneName) for mark in field.metadata)
    )


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
